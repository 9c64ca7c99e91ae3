"""What is granted masked only leaves masked only, through whichever door: histories, feeds, batches, cursors, mutations,
subscriptions, errors."""

import base64
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest

from baseregistry import cluster
from baseregistry.access import tokens
from tests.access.register import Register
from tests.access.test_masks import NUMBER, ask, data, granted, refused
from tests.access.test_territory_streams import HEADERS, running
from tests.conftest import Database
from tests.graphql.conftest import Client, client_of, empty_world
from tests.graphql.streams.conftest import Running
from tests.graphql.world import build

__all__ = ["running"]

PLAIN = (
    *("person.sex", "person.history", "person.changes", "person.version", "person.record", "person.identifiers.scheme"),
    *(
        "person.identifiers.status",
        "person.identifiers.history",
        "identifier.scheme",
        "identifier.changes",
        "right.share",
    ),
    *("right.history", "right.changes"),
)
MASKED = (
    *("person.fullName", "person.identifiers.number", "identifier.number", "right.holder.fullName"),
    "identifier.person.fullName",
)
SECRETS = ("Trần Thị Bình", "Nguyễn Văn An", "tran thi binh", NUMBER)


@pytest.fixture(scope="module")
def client(
    running_cluster: cluster.Cluster, template: Any, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Client]:
    """A world with a log of its own."""
    with empty_world(running_cluster, template) as world:
        build(world)
        with client_of(world, tmp_path_factory.mktemp("data")) as client:
            yield client


def silent(text: str) -> None:
    """Nothing of it is a plain value, also where it is wrapped up as a cursor."""
    for secret in SECRETS:
        wrapped = (base64.b64encode(b"x" * shift + secret.encode())[4:-4].decode() for shift in range(3))
        assert all(one not in text for one in (secret, *wrapped)), text


ANSWERED = [
    "{ person(id: $id) { fullName(mask: true) history { edges { cursor node { fullName(mask: true) version { digest } } } } } }",
    "{ personHistory(id: $id) { edges { cursor node { fullName(mask: true) } } pageInfo { endCursor startCursor } } }",
    "{ personBatch(id: [$id]) { items { key node { fullName(mask: true) } } notFound } }",
    "{ nodes(ids: [$id]) { id ... on Person { fullName(mask: true) identifiers { nodes { number(mask: true) } } } } }",
    "{ node(id: $id) { ... on Person { fullName(mask: true) } } }",
    "{ persons(first: 1) { edges { cursor node { fullName(mask: true) } } pageInfo { endCursor } } }",
    '{ personChangesSince(position: "0") { edges { cursor node { versions { fullName(mask: true) }'
    " withdrawn { fullName(mask: true) } } } } }",
    '{ identifierChangesSince(position: "0") { nodes { versions { number(mask: true) person { fullName(mask: true) } } } } }',
    '{ rightChangesSince(position: "0") { nodes { versions { share holder { ... on Person { fullName(mask: true) } } } } } }',
    "{ rights { nodes { history { nodes { holder { ... on Person { fullName(mask: true) } } } } } } }",
    "{ person(id: $id) { identifiersHistory { nodes { number(mask: true) scheme { code } } } } }",
    "{ identifiers { nodes { number(mask: true) version { digest } } } }",
]


@pytest.mark.parametrize("text", ANSWERED)
def test_it_is_told_masked(client: Client, text: str) -> None:
    with granted(client, PLAIN, MASKED):
        response = ask(client, text)
    assert "errors" not in response.json(), response.json()["errors"]
    assert "*" in response.text or "T. T. B." in response.text
    silent(response.text)


REFUSED = [
    "{ person(id: $id) { history { nodes { fullName } } } }",
    "{ personHistory(id: $id) { nodes { fullName } } }",
    f'{{ personBatch(personalId: ["{NUMBER}"]) {{ items {{ node {{ fullName(mask: true) }} }} notFound }} }}',
    f'{{ personBatch(personalId: ["{NUMBER}"]) {{ notFound }} }}',
    f'{{ personMatches(personalId: "{NUMBER}") {{ heldAt }} }}',
    f'{{ person(personalId: "{NUMBER}") {{ fullName(mask: true) }} }}',
    '{ personChangesSince(position: "0") { nodes { versions { fullName } } } }',
    '{ personChangesSince(position: "0") { nodes { withdrawn { fullName } } } }',
    '{ personChangesSince(position: "0") { nodes { facts { attributes { attribute old new } } } } }',
    '{ personChangesSince(position: "0") { nodes { facts { attributes { redacted } } } } }',
    '{ rightChangesSince(position: "0") { nodes { versions { holder { ... on Person { fullName } } } } } }',
    '{ change(position: "3") { writes { nodes { facts { attributes { new } } } } } }',
    '{ rights(where: {holder: {person: {fullName: {search: "binh"}}}}) { totalCount } }',
    "{ rights(where: {not: {holder: {person: {fullName: {isNull: true}}}}}) { totalCount } }",
    '{ persons(where: {identifiers: {some: {number: {prefix: "049"}}}}) { nodes { fullName(mask: true) } } }',
    "{ persons(orderBy: [FULL_NAME_ASC], first: 1) { pageInfo { endCursor } } }",
    "{ identifiers(orderBy: [NUMBER_DESC], first: 1) { edges { cursor } } }",
    "{ person(id: $id) { a: identifiers(orderBy: [NUMBER_ASC]) { edges { cursor } } } }",
    '{ person(id: $id) { identifiersHistory(where: {number: {eq: "1"}}) { totalCount } } }',
]


@pytest.mark.parametrize("text", REFUSED)
def test_no_other_door_is_open(client: Client, text: str) -> None:
    with granted(client, PLAIN, MASKED):
        body = ask(client, text)
        said = refused(client, text)
    assert said["where"]["missing"]
    silent(body.text.replace(NUMBER, "") if NUMBER in text else body.text)


def test_a_cursor_of_another_order_is_no_way_in(client: Client) -> None:
    """One who may order by names hands on a cursor: it is refused where names do not order."""
    ordered = "{ persons(orderBy: [FULL_NAME_ASC], first: 1) { pageInfo { endCursor } } }"
    with granted(client, ("person.*",), ()):
        cursor = data(client, ordered)["persons"]["pageInfo"]["endCursor"]
    with granted(client, PLAIN, MASKED):
        text = f'{{ persons(first: 1, after: "{cursor}") {{ nodes {{ fullName(mask: true) }} }} }}'
        (error,) = ask(client, text).json()["errors"]
    assert error["extensions"]["code"] == "question.bad_cursor"


def test_equal_values_have_other_digests(client: Client) -> None:
    """A version's digest is salted: who guesses a name cannot hold it against the digest (decision 0003)."""
    text = "mutation($c: ChangeInput!) { recordChange(input: $c) { changed { ... on Person { version { digest } } } } }"
    with granted(client, PLAIN, MASKED):
        said = [ask(client, text, c=_change("Ngô Thị Sáu")).json()["data"]["recordChange"]["changed"] for _ in range(2)]
    assert said[0] != said[1]


def _change(name: str) -> dict[str, Any]:
    given = {"registerPerson": {"from": "1980-01-01T00:00:00Z", "values": {"fullName": name, "status": "ALIVE"}}}
    return {"idempotencyKey": str(uuid4()), "provenance": {"kind": "REGISTRATION", "agency": "A"}, "acts": [given]}


def test_a_change_tells_it_back_masked(client: Client) -> None:
    text = "mutation($c: ChangeInput!) { recordChange(input: $c) { changed { ... on Person { fullName%s } } } }"
    with granted(client, PLAIN, MASKED):
        body = ask(client, text % "(mask: true)", c=_change("Ngô Thị Sáu")).json()
        assert body["data"]["recordChange"]["changed"] == [{"fullName": "N. T. S."}]
        plain = ask(client, text % "", c=_change("Ngô Thị Bảy")).json()
    assert plain["errors"][0]["extensions"]["where"]["missing"] == ["person.fullName"]
    assert not (plain.get("data") or {}).get("recordChange")


# --- subscriptions -----------------------------------------------------------------------------------


@pytest.fixture
def register(database: Database) -> Register:
    """The tax department is told the names of people masked only."""
    made = Register(database)
    made.callers()
    made.grant("masked names", "~person.fullName", "person.changes", "person.sex")
    return made


def test_a_subscription_pushes_it_masked_and_nothing_plain(
    register: Register, running: Running, tmp_path: Path
) -> None:
    token = tokens.issue(running.settings, "lan.tran", 1, "tax")
    headers = {**HEADERS, "authorization": f"Bearer {token}"}
    text = 'subscription { personChanges(since: "0") { recordId versions { fullName(mask: true) } } }'
    register.write(register.register("population.person", "binh", full_name="Trần Thị Bình", status="ALIVE"))
    with running.events(text, headers) as events:
        (first,) = events.take(1)
        register.write(register.register("population.person", "an", full_name="Nguyễn Văn An", status="ALIVE"))
        (second,) = events.take(1)
    told = [event.data["data"]["personChanges"]["versions"] for event in (first, second)]
    assert told == [[{"fullName": "T. T. B."}], [{"fullName": "N. V. A."}]]
    for event in (first, second):
        silent(str(event.data))
    for asked in (
        'subscription { personChanges(since: "0") { versions { fullName } } }',
        'subscription { personChanges(since: "0") { withdrawn { fullName } } }',
        'subscription { personChanges(since: "0") { facts { attributes { new } } } }',
    ):
        with running.events(asked, headers) as events:
            text = events.response.read().decode()
        assert "access.field_not_granted" in text
        silent(text)

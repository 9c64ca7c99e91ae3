"""Masked values: made in the database, by request and by grant; what is only masked finds, orders and counts nothing."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import orjson
import pytest

from baseregistry import cluster, errors
from baseregistry.access.askers import Askers
from baseregistry.access.errands import Errand
from baseregistry.access.granted import Granted, GrantSet, digest_of
from baseregistry.access.spelling import check_path
from baseregistry.access.tokens import Caller
from baseregistry.graphql.http import Endpoint
from baseregistry.registries.declarations import DECLARATIONS
from tests.access.known import asked_by, logged
from tests.access.log import uuid
from tests.graphql.conftest import Client, client_of, empty_world
from tests.graphql.world import build

NUMBER = "049156000001"  # of Trần Thị Bình
PLAIN = ("person.sex", "person.identifiers.scheme", "person.ageIsAtLeast.years18", "right.share")
MASKED = ("person.fullName", "person.birthDate", "person.identifiers.number", "right.holder.fullName")


class Masked:
    """Grants in force: some paths plain, some masked only."""

    enforced = True

    def __init__(self, plain: tuple[str, ...], masked: tuple[str, ...]) -> None:
        grant = Granted(uuid(9), 3, frozenset(plain + masked), frozenset(masked), None, (), "Nghị định 154/2024/NĐ-CP")
        self.set = GrantSet(digest_of((grant,)), "H17.01.MC", "one-stop", "1.004222", (grant,))

    def of(self, caller: Caller | None, errand: Errand) -> GrantSet:
        return self.set

    def role(self, client: str, official: str) -> str | None:
        return "RECEIVING"

    def known(self, caller: Caller) -> None:
        return None


@contextmanager
def granted(client: Client, plain: tuple[str, ...] = PLAIN, masked: tuple[str, ...] = MASKED) -> Iterator[None]:
    endpoint = client.service.graphql
    assert isinstance(endpoint, Endpoint)
    with asked_by(endpoint, Askers(endpoint.askers.verifier, Masked(plain, masked))):
        yield


def ask(client: Client, text: str, **variables: Any) -> Any:
    variables.setdefault("id", str(client.world.id("binh")))
    head = "query($id: ID!) " if "$id" in text and not text.startswith("query") else ""
    variables = {name: value for name, value in variables.items() if f"${name}" in head + text}
    return client.ask(head + text, {"x-purpose": "1.004222", "x-case": "HS-7"}, **variables)


def data(client: Client, text: str, **variables: Any) -> Any:
    body = ask(client, text, **variables).json()
    assert "errors" not in body, body["errors"]
    return body["data"]


def refused(client: Client, text: str, **variables: Any) -> Any:
    """The place of a refusal."""
    (error,) = ask(client, text, **variables).json()["errors"]
    assert error["extensions"]["code"] == "access.field_not_granted", error
    return error["extensions"]


@pytest.fixture(scope="module")
def client(
    running_cluster: cluster.Cluster, template: Any, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Client]:
    """A world with a log of its own."""
    with empty_world(running_cluster, template) as world:
        build(world)
        with client_of(world, tmp_path_factory.mktemp("data")) as client:
            yield client


PEOPLE = (
    "{ persons { nodes { fullName(mask: true) birthDate(mask: true) identifiers { nodes { number(mask: true) } } } } }"
)


def test_what_is_granted_masked_is_answered_masked_and_the_plain_value_nowhere(client: Client) -> None:
    with granted(client):
        response = ask(client, PEOPLE)
    people = response.json()["data"]["persons"]["nodes"]
    (binh,) = [one for one in people if {"number": "049*******01"} in one["identifiers"]["nodes"]]
    assert binh["fullName"] == "T. T. B."
    assert binh["birthDate"] is None or len(binh["birthDate"]) == 4
    assert NUMBER.encode() not in response.content
    assert "Trần Thị Bình" not in response.text


@pytest.mark.parametrize(
    "text",
    [
        "{ persons { nodes { fullName } } }",
        "{ persons { nodes { fullName(mask: false) } } }",
        "{ persons { nodes { a: fullName(mask: true) b: fullName } } }",
        "{ persons { nodes { ...A ...B } } } fragment A on Person { a: fullName(mask: true) }"
        " fragment B on Person { b: fullName }",
        "{ persons { edges { node { ... on Node { ... on Person { fullName } } } } } }",
        '{ persons(where: {fullName: {search: "binh"}}) { nodes { fullName(mask: true) } } }',
        '{ persons(where: {not: {fullName: {prefix: "tran"}}}) { totalCount } }',
        "{ persons(orderBy: [FULL_NAME_GIVEN_ASC]) { nodes { fullName(mask: true) } } }",
    ],
)
def test_asked_plainly_or_used_to_find_it_is_refused(client: Client, text: str) -> None:
    with granted(client):
        said = refused(client, text)
    assert said["where"]["missing"] == ["person.fullName"]


def test_the_refusal_names_the_mask_and_the_answer_instead(client: Client) -> None:
    with granted(client):
        said = refused(client, "{ persons { nodes { birthDate } } }")
        assert "`mask: true`: person.birthDate" in said["hint"]
        assert said["where"]["masked"] == ["person.birthDate"]
        assert said["where"]["answers"] == ["person.ageIsAtLeast"]
        ordered = refused(client, "{ persons(orderBy: [BIRTH_DATE_ASC]) { totalCount } }")
        assert "masked" not in ordered["where"], "a mask opens no order"


def test_a_key_is_refused_where_the_number_is_only_masked(client: Client) -> None:
    with granted(client):
        said = refused(client, f'{{ person(personalId: "{NUMBER}") {{ sex {{ code }} }} }}')
    assert "person.identifiers.number" in said["where"]["missing"]


def test_a_variable_may_say_mask_and_each_of_its_values_is_judged(client: Client) -> None:
    text = "query($id: ID!, $m: Boolean!) { person(id: $id) { fullName(mask: $m) } }"
    with granted(client):
        assert data(client, text, m=True)["person"]["fullName"] == "T. T. B."
        assert refused(client, text, m=False)["where"]["missing"] == ["person.fullName"]
        assert data(client, text, m=True)["person"]["fullName"] == "T. T. B."


def test_a_union_tells_each_member_by_its_own_grant(client: Client) -> None:
    text = "{ rights { nodes { share holder { ... on Person { fullName%s } } } } }"
    with granted(client):
        names = [one["holder"] for one in data(client, text % "(mask: true)")["rights"]["nodes"]]
        assert {"fullName": "T. T. B."} in names
        assert refused(client, text % "")["where"]["missing"] == ["right.holder.fullName"]


def test_histories_and_facts_of_feeds_are_not_opened_by_a_mask(client: Client) -> None:
    with granted(client, ("person.sex", "person.changes", "person.history"), ("person.fullName",)):
        history = "{ person(id: $id) { history { nodes { fullName(mask: true) } } } }"
        nodes = data(client, history)["person"]["history"]["nodes"]
        assert nodes
        assert all(one == {"fullName": "T. T. B."} for one in nodes)
        facts = '{ personChangesSince(position: "0") { nodes { facts { attributes { new } } } } }'
        assert "person.fullName" in refused(client, facts)["where"]["missing"]


def test_a_list_of_requests_and_sets_of_variables_are_judged_alike(client: Client) -> None:
    headers = {"authorization": f"Bearer {client.token}", "x-purpose": "1.004222"}
    text, ids = "query($id: ID!) { person(id: $id) { fullName(mask: true) } }", [str(client.world.id("binh"))] * 2
    with granted(client):
        sets = client.send(json={"query": text, "variables": [{"id": one} for one in ids]}, headers=headers)
        assert [one["data"]["person"]["fullName"] for one in sets.json()] == ["T. T. B."] * 2
        listed = [{"query": text, "variables": {"id": ids[0]}}, {"query": "{ persons { nodes { fullName } } }"}]
        good, bad = client.send(json=listed, headers=headers).json()
        assert good["data"]["person"]["fullName"] == "T. T. B."
        assert bad["errors"][0]["extensions"]["code"] == "access.field_not_granted"


def test_the_log_says_that_it_was_told_masked(client: Client) -> None:
    with granted(client):
        data(client, "{ person(id: $id) { fullName(mask: true) } }")
    assert "person.fullName(mask: true)" in logged(client)[-1].paths


def test_who_has_it_plain_may_ask_for_it_masked(client: Client) -> None:
    with granted(client, ("person.*",), ()):
        found = data(client, "{ person(id: $id) { fullName a: fullName(mask: true) } }")["person"]
    assert found == {"fullName": "Trần Thị Bình", "a": "T. T. B."}


@pytest.mark.parametrize(
    ("number", "shown"),
    [("049156000001", "049*******01"), ("123456789", "123****89"), ("12345678", "******78"), ("1234", "****")],
)
def test_the_shorter_a_number_the_less_of_it_is_shown(client: Client, number: str, shown: str) -> None:
    import sqlalchemy as sa

    from baseregistry.registries.answer.leaves import _masked_number

    with client.world.engine.connect() as connection:
        statement = sa.select(_masked_number(sa.literal_column(f"'{number}'::text")))
        assert connection.execute(statement).scalar_one() == shown


def test_both_lanes_mask_alike(client: Client) -> None:
    fast, slow = client.lanes(PEOPLE)
    assert fast.partition(b',"extensions":')[0] == slow.partition(b',"extensions":')[0]
    assert orjson.loads(fast)["data"]["persons"]["nodes"]


def test_a_masked_path_that_cannot_be_masked_is_refused_when_it_is_loaded() -> None:
    check_path(DECLARATIONS, "person.identifiers.number", "grants.toml", masked=True)
    with pytest.raises(errors.BadFile, match="cannot be told masked"):
        check_path(DECLARATIONS, "person.sex", "grants.toml", masked=True)

"""What leaves by the door is in the access log first: every form of question, refusals, answers that found nobody."""

import asyncio
from collections.abc import Iterator
from hashlib import sha256
from typing import Any

import orjson
import pytest

from baseregistry import cluster, db
from baseregistry.access.askers import Asker
from baseregistry.access.errands import Errand
from baseregistry.access.log.verification import verify
from baseregistry.access.tokens import Caller
from baseregistry.graphql.http import Endpoint
from baseregistry.graphql.requests import Asked
from tests.access.known import PATHS, Known, Opened, known, unchecked
from tests.graphql.conftest import Client, client_of, empty_world
from tests.graphql.world import build

PERSON = "query Owner($id: ID!) { person(id: $id) { fullName } }"


@pytest.fixture(scope="module")
def own(running_cluster: cluster.Cluster, template: Any, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Client]:
    """A world with a log of its own."""
    with empty_world(running_cluster, template) as world:
        build(world)
        with client_of(world, tmp_path_factory.mktemp("data")) as client:
            yield client


@pytest.fixture
def caller(own: Client) -> Iterator[Known]:
    with known(own) as made:
        yield made
        with db.reading(own.world.engine) as reading:
            assert verify(reading).problems == []


def subjects(caller: Known, position: int) -> set[tuple[str, str]]:
    return {(one.entity, str(one.subject)) for one in caller.seen() if one.position >= position and one.subject}


def test_an_answer_is_in_the_log(own: Client, caller: Known) -> None:
    response = caller.ask(PERSON, id=str(own.world.id("binh")))
    assert response.json()["data"]["person"]["fullName"] == "Trần Thị Bình"
    (entry,) = caller.new()
    assert bytes(entry.answer) == sha256(response.content).digest()
    assert (entry.agency, entry.client, entry.subject, entry.official) == (
        "So TNMT",
        "land-portal",
        "tester",
        "can-bo-7",
    )
    assert (entry.purpose, entry.case_id, entry.form, entry.operation, entry.status) == (
        "1.004238",
        "HS-7",
        "answer",
        "",
        200,
    )
    assert bytes(entry.document) == sha256(PERSON.encode()).digest()
    assert entry.grants[0]["law"] == "Luật Đất đai 2024"
    assert entry.known == response.json()["extensions"]["snapshot"]["position"]
    assert entry.valid_at == response.json()["extensions"]["snapshot"]["roots"]["person"]["validAt"]
    assert entry.asked_at <= entry.answered_at
    (seen,) = [one for one in caller.seen() if one.position == entry.position]
    assert (seen.entity, seen.how, seen.fields, seen.conditions) == ("population.person", "OPENED", ["full_name"], [])
    assert seen.subject == seen.record_id == own.world.id("binh")


def test_where_access_is_left_out_nothing_is_logged(own: Client, caller: Known) -> None:
    with unchecked(own):
        assert own.data(PERSON, id=str(own.world.id("binh")))
    assert caller.new() == []


def test_who_asked_for_nobody_is_logged_with_the_hash_of_the_number(own: Client, caller: Known) -> None:
    document = "query($n: String!) { person(personalId: $n) { fullName } }"
    for number in ("049156000001", "049156000077", "049156000077"):
        caller.ask(document, n=number)
    found, none, again = caller.new()
    assert (found.records, none.records) == (1, 0)
    assert len(none.asked) == 16
    assert none.asked == again.asked != found.asked
    assert caller.seen()[-1].conditions == ["personal_id"]


@pytest.mark.parametrize("found", [True, False])
@pytest.mark.parametrize(
    "page", ["nodes { id fullName }", "edges { cursor node { fullName } }", "nodes { fullName } edges { node { id } }"]
)
def test_a_page_leaves_as_without_a_log(own: Client, caller: Known, page: str, found: bool) -> None:
    text = "query($w: PersonFilter) { persons(where: $w) { %s totalCount pageInfo { hasNextPage endCursor } } }" % page  # noqa: UP031 - braces
    sought = {"fullName": {"eq": "Nguyễn Văn An" if found else "Nobody"}}
    told = caller.ask(text, w=sought).content
    said = orjson.loads(told)["data"]
    with unchecked(own):
        assert said == own.data(text, w=sought)
    assert (b"$" in told, said["persons"]["totalCount"] > 0) == (False, found)
    (entry,) = caller.new()
    assert bool(entry.records) is found
    assert entry.answer == sha256(told).digest()


def test_a_refusal_is_logged_with_its_code(own: Client) -> None:
    with known(own, ("person.birthDate",)) as caller:
        response = caller.ask(PERSON, id=str(own.world.id("binh")))
        assert response.json()["errors"][0]["extensions"]["code"] == "access.field_not_granted"
        caller.ask("{ nothing }")
        refused, bad = caller.new()
        assert (refused.form, refused.code, refused.status, refused.records) == (
            "refusal",
            "access.field_not_granted",
            403,
            0,
        )
        assert bytes(refused.document) == sha256(PERSON.encode()).digest()
        assert bad.form == "refusal"


def test_lists_and_sets_of_variables_are_logged_each(own: Client, caller: Known) -> None:
    ids = [str(own.world.id(name)) for name in ("an", "binh")]
    headers = {"authorization": f"Bearer {own.token}", "x-purpose": "1.004238"}
    said = [{"query": PERSON, "variables": {"id": one}} for one in ids]
    told = own.send(json=said, headers=headers).json()
    assert [one["data"]["person"]["fullName"] for one in told] == ["Nguyễn Văn An", "Trần Thị Bình"]
    lines = own.send(
        json={"query": PERSON, "variables": [{"id": one} for one in ids]},
        headers={**headers, "accept": "application/jsonl"},
    ).text.splitlines()
    assert len(lines) == 2
    entries = caller.new()
    assert [entry.records for entry in entries] == [1, 1, 1, 1]
    assert entries[2].position == entries[3].position, "sets are committed together"
    assert subjects(caller, entries[2].position) == {("population.person", one) for one in ids}


def test_an_answer_that_still_stands_is_logged_as_the_answer(own: Client, caller: Known) -> None:
    document = 'query($id: ID!) { person(id: $id, asOf: { position: "6" }) { fullName } }'
    variables = orjson.dumps({"id": str(own.world.id("binh"))}).decode()
    headers = {"authorization": f"Bearer {own.token}", "x-purpose": "1.004238"}
    asked = {"params": {"query": document, "variables": variables}, "headers": headers}
    first = own.send("GET", **asked)
    again = own.send("GET", params=asked["params"], headers={**headers, "if-none-match": first.headers["etag"]})
    assert (first.status_code, again.status_code) == (200, 304)
    entries = caller.new()
    assert [(entry.status, entry.records) for entry in entries] == [(200, 1), (304, 1)]


def test_the_way_from_a_parcel_to_its_holders_is_told(own: Client, caller: Known) -> None:
    document = "query($id: ID!) { parcel(id: $id) { mapSheet rights { nodes { share holder { ... on Person { fullName } } } } } }"
    data = caller.data(document, id=str(own.world.id("parcel")))
    assert "Trần Thị Bình" in str(data)
    (entry,) = caller.new()
    seen = [one for one in caller.seen() if one.position == entry.position]
    assert {one.entity for one in seen} == {"land.right", "population.person"}
    assert ("land.right", str(own.world.id("binh"))) in {(one.entity, str(one.subject)) for one in seen}


async def together(own: Client, document: str, asker: Asker, ids: list[str]) -> list[bytes]:
    """The answers to many questions that are asked in the same moment."""
    endpoint = own.service.graphql
    assert isinstance(endpoint, Endpoint)
    return await asyncio.gather(*[endpoint.door.answer(Asked(document, None, {"id": one}), asker) for one in ids])


def test_many_at_once_are_committed_together(own: Client, caller: Known) -> None:
    grants = Opened(frozenset(PATHS)).of(None, Errand())
    asker = Asker(Caller("tester", 0, 2e9), Errand(), grants)
    bodies = own.runner.run(together(own, PERSON, asker, [str(own.world.id("binh"))] * 40))
    assert all("Trần Thị Bình".encode() in body for body in bodies)
    entries = caller.new()
    assert len(entries) == 40
    assert len({entry.position for entry in entries}) < 10

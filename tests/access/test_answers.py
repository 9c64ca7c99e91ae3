"""Answers are not searched: who is told whether somebody is 18 learns no birth date by asking often (decision 0024)."""

from collections.abc import Iterator
from typing import Any

import pytest

from baseregistry import cluster
from tests.access.known import logged
from tests.access.test_masks import ask, data, granted, refused
from tests.graphql.conftest import Client, client_of, empty_world
from tests.graphql.world import build

ANSWERS = ("person.sex", "person.ageIsAtLeast.years18", "person.ageIsAtLeast.years60", "person.holdsRightIn.unitCode48")
HEADERS = {"x-purpose": "1.004222", "x-case": "HS-7"}


@pytest.fixture(scope="module")
def client(
    running_cluster: cluster.Cluster, template: Any, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Client]:
    """A world with a log of its own."""
    with empty_world(running_cluster, template) as world:
        build(world)
        with client_of(world, tmp_path_factory.mktemp("data")) as client:
            yield client


def test_what_is_granted_is_answered_however_it_is_asked(client: Client) -> None:
    with granted(client, ANSWERS, ()):
        both = data(client, "{ person(id: $id) { a: ageIsAtLeast(years: 18) b: ageIsAtLeast(years: 60) } }")
        assert both["person"] == {"a": "YES", "b": "YES"}
        text = "query($id: ID!, $y: Int!) { person(id: $id) { ageIsAtLeast(years: $y) } }"
        assert data(client, text, y=60)["person"] == {"ageIsAtLeast": "YES"}
        assert refused(client, text, y=61)["where"]["missing"] == ["person.ageIsAtLeast"]
        assert data(client, text, y=18)["person"] == {"ageIsAtLeast": "YES"}
        assert data(client, '{ person(id: $id) { holdsRightIn(unitCode: "48") } }')["person"]


WAYS = [
    "{ person(id: $id) { ageIsAtLeast(years: 69) } }",
    "{ person(id: $id) { a: ageIsAtLeast(years: 18) b: ageIsAtLeast(years: 69) } }",
    "query($id: ID!) { person(id: $id) { ...A } } fragment A on Person { ageIsAtLeast(years: 69) }",
    "{ node(id: $id) { ... on Person { ageIsAtLeast(years: 69) } } }",
    "{ nodes(ids: [$id]) { ... on Person { ageIsAtLeast(years: 69) } } }",
    "{ personBatch(id: [$id]) { items { node { ageIsAtLeast(years: 69) } } } }",
    "{ persons { nodes { ageIsAtLeast(years: 69) } } }",
    # a granted number of years, seen from another day
    '{ person(id: $id) { ageIsAtLeast(years: 18, on: "1974-06-01") } }',
    '{ person(id: $id, asOf: {validAt: "1974-06-01T00:00:00Z"}) { ageIsAtLeast(years: 18) } }',
    '{ person(id: $id, asOf: {knownAt: "2026-06-01T00:00:00Z"}) { ageIsAtLeast(years: 18) } }',
    '{ person(id: $id, asOf: {position: "3"}) { ageIsAtLeast(years: 18) } }',
    '{ personHistory(id: $id, between: {from: "1974-06-01T00:00:00Z"}) { nodes { ageIsAtLeast(years: 18) } } }',
    "{ person(id: $id) { history { nodes { ageIsAtLeast(years: 18) } } } }",
    '{ personChangesSince(position: "0") { nodes { versions { ageIsAtLeast(years: 18) } } } }',
    # other answers about the same day
    "{ person(id: $id) { age { atLeast } } }",
    # what the times of the record itself tell
    "{ person(id: $id) { version { validFrom } } }",
    "{ person(id: $id) { history { totalCount } } }",
    '{ personHistory(id: $id, between: {to: "1956-06-01T00:00:00Z"}) { totalCount } }',
    '{ person(id: $id, asOf: {validAt: "1956-06-01T00:00:00Z"}) { sex { code } } }',
    '{ person(id: $id, asOf: {validAt: "1956-06-01T00:00:00Z"}) { __typename } }',
    '{ persons(asOf: {validAt: "1956-06-01T00:00:00Z"}) { totalCount } }',
    # other units, by code or by id
    '{ person(id: $id) { holdsRightIn(unitCode: "49") } }',
    "{ person(id: $id) { holdsRightIn(unit: $id) } }",
    '{ person(id: $id) { holdsRightIn(unitCode: "48", kind: "USE") } }',
]


@pytest.mark.parametrize("text", WAYS)
def test_no_way_leads_past_what_is_granted(client: Client, text: str) -> None:
    opened = (*ANSWERS, "person.history", "person.changes")
    with granted(client, opened, ()):
        said = refused(client, text)
    assert said["where"]["missing"]


@pytest.mark.parametrize("text", [way for way in WAYS if "birthDate" not in way and "holdsRightIn" not in way])
def test_who_is_granted_the_day_itself_may_ask_all_of_it(client: Client, text: str) -> None:
    with granted(client, ("person.*", "person.history", "person.changes", "person.birthDate"), ()):
        body = ask(client, text).json()
    assert "access.field_not_granted" not in str(body), body


@pytest.mark.parametrize("text", ["{ person(id: $id) { version { validFrom } } }"])
def test_a_masked_day_is_not_told_by_times_either(client: Client, text: str) -> None:
    with granted(client, ("person.sex",), ("person.birthDate",)):
        assert refused(client, text)["where"]["missing"] == ["person.birthDate"]
        assert data(client, "{ person(id: $id) { birthDate(mask: true) } }")["person"] == {"birthDate": "1956"}


def test_lists_of_variables_and_of_requests_are_judged_one_by_one(client: Client) -> None:
    text, identity = (
        "query($id: ID!, $y: Int!) { person(id: $id) { ageIsAtLeast(years: $y) } }",
        client.world.id("binh"),
    )
    headers = {"authorization": f"Bearer {client.token}", **HEADERS}
    said = [{"id": str(identity), "y": years} for years in range(56, 66)]
    with granted(client, ANSWERS, ()):
        before = len(logged(client))
        sets = client.send(json={"query": text, "variables": said}, headers=headers).json()
        requests = [{"query": text, "variables": one} for one in said]
        listed = client.send(json=requests, headers=headers).json()
    for answers in (sets, listed):
        told = [years for years, one in zip(range(56, 66), answers, strict=True) if "data" in one]
        assert told == [60]
    kept = logged(client)[before:]
    assert [row.status for row in kept].count(200) == 2
    assert [row.code for row in kept].count("access.field_not_granted") == 2 * 9


def test_a_plan_that_was_made_for_one_value_lets_no_other_pass(client: Client) -> None:
    text = "query($id: ID!, $y: Int!) { person(id: $id) { ageIsAtLeast(years: $y) } }"
    with granted(client, ANSWERS, ()):
        for years in (18, 17, 18, 19, 60, 59):
            body = ask(client, text, y=years).json()
            assert ("data" in body) is (years in {18, 60}), body
    with granted(client, ("person.ageIsAtLeast.years17", "person.sex"), ()):
        assert data(client, text, y=17)["person"]
        said = refused(client, text, y=18)
    assert said["hint"] == "Granted: person.ageIsAtLeast for years 17."


def test_a_parcel_s_holder_is_no_way_to_find_parcels(client: Client) -> None:
    """`isHeldBy` of a list would be a search for what somebody owns."""
    opened = ("parcel.mapSheet", "parcel.isHeldBy.holder")
    listed = "query($who: ID!) { parcels { nodes { mapSheet isHeldBy(holder: $who) } } }"
    named = "query($p: ID!, $who: ID!) { parcel(id: $p) { isHeldBy(holder: $who) } }"
    who = str(client.world.id("binh"))
    with granted(client, opened, ()):
        assert refused(client, listed, who=who)["where"]["missing"] == ["parcel.isHeldBy"]
        body = ask(client, named, p=str(client.world.id("house")), who=who).json()
        assert "errors" not in body, body
        kinds = named.replace("$who)", '$who, kind: "USE")')
        assert refused(client, kinds, p=who, who=who)["where"]["missing"] == ["parcel.isHeldBy"]


def test_a_star_opens_no_answer_about_other_records(client: Client) -> None:
    with granted(client, ("person.*",), ()):
        said = refused(client, '{ person(id: $id) { ageIsAtLeast(years: 33) holdsRightIn(unitCode: "48") } }')
    assert said["where"]["missing"] == ["person.holdsRightIn"]

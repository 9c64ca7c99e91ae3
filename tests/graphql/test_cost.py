"""What a question costs is known before it runs, told with the answer, and limited."""

from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import pytest

from baseregistry.graphql.cost import APART, COUNT, GEOMETRY, LOOK, ROOT
from baseregistry.graphql.http import Endpoint
from tests.graphql.conftest import Client
from tests.graphql.test_http import codes

ONE = 1 + ROOT  # a root by one key


def cost(client: Client, text: str, **variables: Any) -> int:
    body = client.ask(text, **variables).json()
    assert "errors" not in body, body
    found: int = body["extensions"]["cost"]
    return found


@pytest.mark.parametrize(
    ("text", "points"),
    [
        ('{ unit(code: "48") { name } }', ONE + 1),
        ('{ unit(code: "48") { name code parent { name } } }', ONE + 2 + LOOK + 1),
        ('{ a: unit(code: "48") { name } b: unit(code: "49") { name code } }', 2 * ONE + 3),
        ("{ units(first: 7) { nodes { name code } } }", ROOT + 7 * (LOOK + 2)),
        ("{ units { totalCount } }", ROOT + COUNT),
        ("{ units(first: 7) { totalCount nodes { name } } }", ROOT + COUNT + 7 * (LOOK + 1)),
        ('{ units(first: 7, where: {or: [{code: {eq: "1"}}, {code: {eq: "2"}}]}) { nodes { name } } }', ROOT + 7 * (2 + LOOK + 1)),
        ("{ parcels(first: 3) { nodes { geometry rights(first: 5) { nodes { kind { code } } } } } }",
         ROOT + 3 * (LOOK + GEOMETRY + LOOK) + 15 * (LOOK + LOOK + 1)),
        ('{ units(first: 7, where: {parent: {is: {code: {eq: "48"}}}}) { nodes { name } } }', ROOT + 7 * (APART + 1 + LOOK + 1)),
    ],
)  # fmt: skip
def test_the_cost_is_counted_from_what_is_asked(client: Client, text: str, points: int) -> None:
    assert cost(client, text) == points


def test_pages_and_lists_count_by_what_a_request_gives(client: Client) -> None:
    text = "query($a: Int, $b: Int) { units(first: $a) { nodes { parcels(first: $b) { nodes { id } } } } }"
    for outer, inner in ((1, 1), (10, 3), (0, 9)):
        assert cost(client, text, a=outer, b=inner) == ROOT + outer * 2 * LOOK + outer * inner * (LOOK + 1)


def test_both_lanes_tell_the_same_cost(client: Client) -> None:
    fast, slow = client.lanes("{ units(first: 7) { nodes { name } } }")
    assert fast.partition(b'"cost":')[2].partition(b",")[0] == slow.partition(b'"cost":')[2].partition(b",")[0] == b"31"


@pytest.fixture
def limited(client: Client) -> Iterator[Any]:
    """Sets limits of the door for one test."""
    endpoint = client.service.graphql
    assert isinstance(endpoint, Endpoint)
    door = endpoint.door
    before = door.limits

    def limit(**limits: int) -> None:
        door.limits = replace(before, **limits)

    yield limit
    door.limits = before


def test_what_costs_too_much_is_refused_before_it_runs(client: Client, limited: Any) -> None:
    limited(cost=100)
    text = "query($n: Int) { units(first: $n) { nodes { name } } }"
    assert cost(client, text, n=30) == 100
    error = client.ask(text, n=31).json()["errors"][0]
    assert error["extensions"]["code"] == "question.too_costly"
    assert error["extensions"]["where"] == {"cost": "103", "most": "100"}


@pytest.mark.parametrize(
    ("text", "variables"),
    [
        ("{ units(first: 1000) { nodes { parcels(first: 1000) { nodes { id } } } } }", {}),
        (
            "query($a: Int, $b: Int) { units(first: $a) { nodes { parcels(first: $b) { nodes { id } } } } }",
            {"a": 1000, "b": 101},
        ),
    ],
)
def test_an_answer_that_could_hold_too_many_rows_is_refused(client: Client, text: str, variables: Any) -> None:
    assert codes(client.ask(text, **variables).json()) == ["question.too_many_rows"]


def test_no_lists_are_taken_where_none_are_wanted(client: Client, limited: Any) -> None:
    limited(batch=0)
    headers = {"authorization": f"Bearer {client.token}"}
    response = client.send(json=[{"query": "{ __typename }"}], headers=headers)
    assert (response.status_code, codes(response.json())) == (400, ["http.bad_request"])


def test_a_list_costs_no_more_than_a_single_question_may(client: Client, limited: Any) -> None:
    """What still fits is answered, whatever stands before it; what does not is refused with the cost of all."""
    limited(cost=45)
    dear, cheap = "{ units(first: 7) { nodes { name } } }", '{ unit(code: "48") { name } }'
    asked = [{"query": text} for text in (dear, dear, cheap)]
    said = client.send(json=asked, headers={"authorization": f"Bearer {client.token}"}).json()
    assert ["errors" in one for one in said] == [False, True, False]
    assert codes(said[1]) == ["question.too_costly"]
    assert said[1]["errors"][0]["extensions"]["where"] == {"cost": "62", "most": "45"}

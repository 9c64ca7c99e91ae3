"""Many questions in one request: lists of variables in one statement, lists of requests, as an array or JSON lines."""

import json
from typing import Any

import pytest

from baseregistry.graphql.http import Endpoint
from baseregistry.registries.answer import Pool
from tests.graphql.conftest import Client

UNIT = "query Unit($code: String!, $at: AsOf, $more: Boolean = false) { unit(code: $code, asOf: $at) { code name @include(if: $more) } }"
JSONL = {"accept": "application/jsonl"}


def send(client: Client, said: Any, **headers: str) -> Any:
    return client.send(json=said, headers={"authorization": f"Bearer {client.token}", **headers})


def lines(client: Client, said: Any) -> list[Any]:
    response = send(client, said, **JSONL)
    assert response.status_code == 200
    assert response.headers["content-type"].startswith("application/jsonl")
    assert response.text.endswith("\n")
    return [json.loads(line) for line in response.text.splitlines()]


def alone(client: Client, query: str, variables: dict[str, Any]) -> Any:
    return send(client, {"query": query, "variables": variables}).json()


def without_moments(response: dict[str, Any]) -> dict[str, Any]:
    """A response without what depends on when it was asked."""
    told = json.loads(json.dumps(response))
    for root in told.get("extensions", {}).get("snapshot", {}).get("roots", {}).values():
        root.pop("validAt")
    return {name: value for name, value in told.items() if name not in {"variableIndex", "requestIndex"}}


SETS: list[dict[str, Any]] = [
    {"code": "48"},
    {"code": "no such unit"},
    {"code": "48", "more": True},
    {"code": 7},
    {},
    {"code": "49", "at": {"position": "1"}},
    {"code": "49", "at": {"position": "999999"}},
    {"code": "49", "at": {"validAt": "2020-01-01"}, "more": True},
    {"code": "48", "at": None},
    {"code": "48", "at": {"validAt": "2020-01-01T00:00:00"}},
]


def test_each_set_of_variables_is_answered_as_if_it_were_alone(client: Client) -> None:
    told = lines(client, {"query": UNIT, "variables": SETS})
    assert [one["variableIndex"] for one in told] == list(range(len(SETS)))
    expected = [without_moments(alone(client, UNIT, one)) for one in SETS]
    assert [without_moments(one) for one in told] == expected
    assert {"errors" in one for one in told} == {True, False}


def test_sets_of_one_shape_are_one_statement(client: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[str] = []
    result = Pool._result

    async def counted(self: Pool, plan: Any, parameters: Any, **said: Any) -> Any:
        asked.append(plan.sql)
        return await result(self, plan, parameters, **said)

    monkeypatch.setattr(Pool, "_result", counted)
    told = lines(client, {"query": UNIT, "variables": [{"code": str(number)} for number in range(1000)]})
    assert len(asked) == 1
    assert [one["data"]["unit"] for one in told][48] == {"code": "48"}
    assert len(told) == 1000


def test_an_array_where_no_lines_are_accepted(client: Client) -> None:
    told = send(client, {"query": UNIT, "variables": SETS[:2]}).json()
    assert [(one["variableIndex"], one["data"]["unit"]) for one in told] == [(0, {"code": "48"}), (1, None)]


def test_lists_of_requests_with_sets_of_variables_tell_both_places(client: Client) -> None:
    said = [{"query": UNIT, "variables": SETS[:2]}, {"query": "{ nope }"}, {"query": UNIT, "variables": SETS[0]}]
    told = lines(client, said)
    assert [(one["requestIndex"], one.get("variableIndex")) for one in told] == [(0, 0), (0, 1), (1, None), (2, None)]
    assert ["errors" in one for one in told] == [False, False, True, False]


def test_a_plain_list_of_requests_has_no_places(client: Client) -> None:
    told = send(client, [{"query": UNIT, "variables": SETS[0]}] * 2).json()
    assert [sorted(one) for one in told] == [["data", "extensions"]] * 2


def test_a_single_question_as_one_line(client: Client) -> None:
    (told,) = lines(client, {"query": UNIT, "variables": SETS[0]})
    assert told["data"] == {"unit": {"code": "48"}}


def test_what_depends_on_no_variable(client: Client) -> None:
    told = lines(client, {"query": "{ units(first: 1) { totalCount } __typename }", "variables": [{}, {}, {}]})
    assert len({json.dumps(one["data"]) for one in told}) == 1
    assert [one["variableIndex"] for one in told] == [0, 1, 2]


@pytest.mark.parametrize("asks", ["{ __schema { queryType { name } } }", "{ __typename }"])
def test_what_depends_on_no_record(client: Client, asks: str) -> None:
    told = lines(client, {"query": asks, "variables": [{}, {}]})
    assert [sorted(one) for one in told] == [["data", "variableIndex"]] * 2


@pytest.mark.parametrize("node", ["Unit", "Parcel", "Person"])
def test_any_record_by_its_id(client: Client, node: str) -> None:
    plural = {"Unit": "units", "Parcel": "parcels", "Person": "persons"}[node]
    ids = [one["id"] for one in client.data(f"{{ {plural}(first: 3) {{ nodes {{ id }} }} }}")[plural]["nodes"]]
    told = lines(
        client,
        {"query": "query($id: ID!) { node(id: $id) { id __typename } }", "variables": [{"id": one} for one in ids]},
    )
    assert [one["data"]["node"] for one in told] == [{"id": one, "__typename": node} for one in ids]


@pytest.mark.parametrize(
    ("variables", "code"),
    [
        ([], "http.bad_request"),
        ([{}, 1], "http.bad_request"),
        (["{}"], "http.bad_request"),
        ([{"code": "48"}] * 1001, "http.batch_too_long"),
    ],
)
def test_lists_that_are_none(client: Client, variables: Any, code: str) -> None:
    response = send(client, {"query": UNIT, "variables": variables})
    assert response.status_code == 400
    assert response.json()["errors"][0]["extensions"]["code"] == code


def test_together_they_may_not_cost_more_than_one_question(client: Client) -> None:
    query = "query($n: Int!) { parcels(first: $n) { nodes { id mapSheet parcelNumber documentedArea status { titleVi } } } }"
    assert "errors" not in alone(client, query, {"n": 1000})
    (told,) = lines(client, {"query": query, "variables": [{"n": 1000}] * 1000})
    assert told["errors"][0]["extensions"]["code"] == "question.too_costly"


def test_sets_inside_a_list_of_requests_count_together(client: Client) -> None:
    """Neither two lists of sets, nor one beside a single question, may cost more than one question may."""
    query = "query($n: Int!) { parcels(first: $n) { nodes { id mapSheet parcelNumber documentedArea } } }"
    cost = alone(client, query, {"n": 1000})["extensions"]["cost"]
    endpoint = client.service.graphql
    assert isinstance(endpoint, Endpoint)
    half = endpoint.door.limits.cost * 6 // 10 // cost
    sets = {"query": query, "variables": [{"n": 1000}] * half}
    assert all("data" in one for one in send(client, sets).json())
    told = lines(client, [sets, sets, {"query": query, "variables": {"n": 1}}])
    assert [one["requestIndex"] for one in told] == [0] * half + [1, 2]
    assert all("data" in one for one in told[:half])
    assert told[half]["errors"][0]["extensions"]["code"] == "question.too_costly"
    assert "data" in told[-1]
    full = {"query": query, "variables": [{"n": 1000}] * (endpoint.door.limits.cost // cost)}
    last = lines(client, [full, {"query": query, "variables": {"n": 1000}}])[-1]
    assert last["errors"][0]["extensions"]["code"] == "question.too_costly"


def test_a_list_of_variables_is_not_asked_by_get(client: Client) -> None:
    params = {"query": UNIT, "variables": json.dumps(SETS[:2])}
    response = client.send("GET", params=params, headers={"authorization": f"Bearer {client.token}"})
    assert response.status_code == 400

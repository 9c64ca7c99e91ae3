"""GraphQL over HTTP: methods, media types, statuses, limits; every refusal has a code and no `data`."""

from typing import Any
from urllib.parse import urlencode

import orjson
import pytest

from baseregistry.graphql import page
from baseregistry.graphql.limits import Limits
from baseregistry.settings import Settings
from tests.graphql.conftest import Client

GRAPHQL, JSON = "application/graphql-response+json", "application/json"
QUESTION = '{ unit(code: "48") { name } }'
LIMITS = Limits.of(Settings())
ANSWER = {"unit": {"name": "Thành phố Đà Nẵng"}}


def authorised(client: Client, **more: str) -> dict[str, str]:
    return {"authorization": f"Bearer {client.token}", **more}


def codes(body: dict[str, Any]) -> list[str]:
    return [error["extensions"]["code"] for error in body["errors"]]


@pytest.mark.parametrize(
    ("accept", "answered"),
    [(None, JSON), ("*/*", JSON), (JSON, JSON), (GRAPHQL, GRAPHQL), (f"{GRAPHQL}, {JSON};q=0.9", GRAPHQL)],
)
def test_a_question_is_answered_in_the_media_type_asked_for(client: Client, accept: str | None, answered: str) -> None:
    response = client.ask(QUESTION, {"accept": accept or ""})
    assert response.status_code == 200
    assert response.headers["content-type"] == f"{answered}; charset=utf-8"
    assert response.headers["cache-control"] == "private, no-store"
    assert int(response.headers["content-length"]) == len(response.content)
    assert response.json()["data"] == ANSWER


def test_a_question_may_be_asked_by_get(client: Client) -> None:
    query = urlencode(
        {"query": "query Q($c: String) { unit(code: $c) { name } }", "variables": '{"c": "48"}', "operationName": "Q"}
    )
    response = client.send("GET", f"/graphql?{query}", headers=authorised(client))
    assert response.json()["data"] == ANSWER
    assert client.send("GET", "/graphql?query=%7B__typename%7D", headers=authorised(client)).json() == {
        "data": {"__typename": "Query"}
    }


@pytest.mark.parametrize(
    ("text", "variables", "code"),
    [
        ("{", {}, "question.syntax"),
        ("{ nope }", {}, "question.invalid"),
        ("mutation { a }", {}, "question.invalid"),
        ('{ unit(code: "48", asOf: {validAt: "2025-07-01T00:00:00"}) { name } }', {}, "input.naive_timestamp"),
        (
            "query($t: DateTime) { units(asOf: {validAt: $t}) { totalCount } }",
            {"t": "2025-07-01T00:00:00"},
            "input.naive_timestamp",
        ),
        ("query($id: ID!) { unit(id: $id) { name } }", {}, "input.bad_variables"),
        ("query($id: ID!) { unit(id: $id) { name } }", {"id": "7"}, "input.bad_id"),
        ("query($n: Int) { units(first: $n) { totalCount } }", {"n": 2**31}, "input.bad_variables"),
        ("query($n: Int) { units(first: $n) { totalCount } }", {"n": 1001}, "question.bad_page"),
        ("{ units(first: -1) { totalCount } }", {}, "question.bad_page"),
        ('{ units(after: "nonsense") { totalCount nodes { id } } }', {}, "question.bad_cursor"),
        ('{ units(where: {name: {eq: "a\\u0000b"}}) { totalCount } }', {}, "question.bad_value"),
        ('{ parcels { nodes { geometry(crs: "EPSG:999999") } } }', {}, "question.unknown_crs"),
        ("{ unit { name } }", {}, "question.key_needed"),
        ("{ units(asOf: {position: 999}) { totalCount } }", {}, "question.future_position"),
    ],
)
def test_a_wrong_question_has_a_code_and_a_status_by_its_media_type(
    client: Client, text: str, variables: dict[str, Any], code: str
) -> None:
    strict, lenient = (client.ask(text, {"accept": kind}, **variables) for kind in (GRAPHQL, JSON))
    assert (strict.status_code, lenient.status_code) == (400, 200)
    assert strict.content == lenient.content
    assert set(strict.json()) == {"errors"}
    assert codes(strict.json())[0] == code
    for leaked in ("SELECT", "psycopg", "Traceback", "sqlalchemy", "$1"):
        assert leaked not in strict.text


@pytest.mark.parametrize(
    ("said", "status", "code"),
    [
        ({"content": b"{", "headers": {"content-type": JSON}}, 400, "http.bad_json"),
        ({"content": b"[]", "headers": {"content-type": JSON}}, 400, "http.bad_request"),
        ({"content": b"{}", "headers": {"content-type": JSON}}, 400, "http.no_query"),
        ({"json": {"query": 1}}, 400, "http.no_query"),
        ({"json": {"query": ""}}, 400, "http.no_query"),
        ({"json": {"query": QUESTION, "variables": []}}, 400, "http.bad_request"),
        ({"json": {"query": QUESTION, "operationName": 1}}, 400, "http.bad_request"),
        ({"json": {"query": QUESTION, "extensions": "x"}}, 400, "http.bad_request"),
        ({"content": b'{"query": "\xff"}', "headers": {"content-type": JSON}}, 400, "http.bad_json"),
        (
            {"content": b'{"query": "{__typename}", "variables": {"a": "\\ud800"}}', "headers": {"content-type": JSON}},
            400,
            "http.bad_json",
        ),
        (
            {"content": QUESTION.encode(), "headers": {"content-type": "application/graphql"}},
            415,
            "http.bad_content_type",
        ),
        ({"data": {"query": QUESTION}}, 415, "http.bad_content_type"),
        ({"json": {"query": "#" * LIMITS.body}}, 413, "http.too_large"),
        ({"json": {"query": QUESTION}, "headers": {"accept": "text/csv"}}, 406, "http.not_acceptable"),
    ],
)
def test_a_request_that_is_wrong_as_http(client: Client, said: dict[str, Any], status: int, code: str) -> None:
    response = client.send(**{**said, "headers": authorised(client, **said.get("headers", {}))})
    assert response.status_code == status
    assert codes(response.json()) == [code]


def test_a_body_without_a_length_is_limited_too(client: Client) -> None:
    async def parts() -> Any:
        for _ in range(20):
            yield b" " * 100_000

    response = client.send(content=parts(), headers=authorised(client, **{"content-type": JSON}))
    assert response.status_code == 413

    async def few() -> Any:
        yield b'{"query": '
        yield orjson.dumps(QUESTION) + b"}"

    assert client.send(content=few(), headers=authorised(client, **{"content-type": JSON})).json()["data"] == ANSWER


@pytest.mark.parametrize("method", ["PUT", "DELETE", "PATCH", "OPTIONS"])
def test_other_methods_are_refused(client: Client, method: str) -> None:
    response = client.send(method, "/graphql", headers=authorised(client))
    assert (response.status_code, response.headers["allow"]) == (405, "GET, POST")


@pytest.mark.parametrize(
    ("headers", "code"),
    [
        ({}, "access.no_token"),
        ({"authorization": "Basic eA=="}, "access.no_token"),
        ({"authorization": "Bearer x.y.z"}, "access.bad_token"),
    ],
)
def test_without_a_token_nothing_is_answered(client: Client, headers: dict[str, str], code: str) -> None:
    for text in (QUESTION, "{ __schema { description } }", "{"):
        response = client.send(json={"query": text}, headers=headers)
        assert response.status_code == 401
        assert response.headers["www-authenticate"].startswith("Bearer")
        assert codes(response.json()) == [code]


def test_errors_say_where_and_stay_the_same(client: Client) -> None:
    first, again = (client.ask("{ units { nope } }", {"accept": GRAPHQL}) for _ in range(2))
    assert first.content == again.content
    error = first.json()["errors"][0]
    assert error["locations"] == [{"line": 1, "column": 11}]
    assert "nope" in error["message"]
    missing = client.ask("{ unit { name } }").json()["errors"][0]
    assert missing["extensions"]["hint"] == "Give exactly one of: `id`; `code`."


def test_the_schema_can_be_asked_for_alone_and_beside_records(client: Client) -> None:
    alone = client.ask("{ __schema { queryType { name } } }").json()
    assert alone == {"data": {"__schema": {"queryType": {"name": "Query"}}}}
    text = 'query($code: String!) { a: unit(code: $code) { name } __type(name: "Unit") { name } b: unit(code: "20404") { code } }'
    both = client.ask(text, code="48").json()
    assert list(both["data"]) == ["a", "__type", "b"]
    assert both["data"]["a"] == ANSWER["unit"]
    assert both["extensions"]["snapshot"]["position"] == "6"


def test_the_page_comes_from_this_machine_only(client: Client, monkeypatch: pytest.MonkeyPatch, tmp_path: Any) -> None:
    browser = {"accept": "text/html,application/xhtml+xml,*/*;q=0.8"}
    for folder, expected in ((page.STATIC, "GraphiQL" if page.installed() else "npm ci"), (tmp_path, "npm ci")):
        monkeypatch.setattr(page, "STATIC", folder)
        response = client.send("GET", "/graphql", headers=browser)
        assert response.status_code == 200
        assert response.headers["content-type"] == "text/html; charset=utf-8"
        assert "default-src 'none'" in response.headers["content-security-policy"]
        assert expected.lower() in response.text.lower()
        assert "http://" not in response.text
        assert "https://" not in response.text


@pytest.mark.parametrize("name", ["page.css", "graphiql.js", "plain.js"])
def test_the_page_finds_its_own_files(client: Client, name: str) -> None:
    assert client.send("GET", f"/graphql/page/{name}").status_code == 200


def test_the_home_page_and_the_health(client: Client) -> None:
    assert "/graphql" in client.send("GET", "/").text
    assert client.send("GET", "/healthz").json()["status"] == "ok"
    assert client.send("GET", "/readyz").json()["position"] == "6"
    assert client.send("GET", "/nothing").status_code == 404


def test_only_this_machine_is_answered(client: Client) -> None:
    response = client.send("POST", "http://192.0.2.7/graphql", json={"query": QUESTION}, headers=authorised(client))
    assert response.status_code == 403
    assert codes(response.json()) == ["access.not_loopback"]

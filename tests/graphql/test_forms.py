"""The forms of a request: documents by their hash, lists, GET; and of an answer: compressed, or not sent again."""

import gzip
from hashlib import sha256
from typing import Any
from unittest.mock import AsyncMock
from urllib.parse import urlencode

import orjson
import pytest
import zstandard

from baseregistry.graphql import compression, requests
from baseregistry.graphql.refusals import BadRequest
from tests.graphql.conftest import Client
from tests.graphql.test_http import ANSWER, GRAPHQL, LIMITS, QUESTION, authorised, codes

LARGE = "{ __schema { types { name description fields { name description } } } }"


def digest(text: str) -> str:
    return sha256(text.encode()).hexdigest()


def persisted(text: str) -> dict[str, Any]:
    return {"persistedQuery": {"version": 1, "sha256Hash": digest(text)}}


def got(client: Client, headers: dict[str, str] | None = None, **parameters: Any) -> Any:
    said = {name: value if isinstance(value, str) else orjson.dumps(value) for name, value in parameters.items()}
    return client.send("GET", f"/graphql?{urlencode(said)}", headers=authorised(client, **(headers or {})))


# --- documents by their hash -------------------------------------------------------------------------


def test_apollos_way_ask_by_hash_send_the_text_once_ask_by_hash_again(client: Client) -> None:
    text = '{ unit(code: "48") { name } } # apollo'
    unknown = client.send(json={"extensions": persisted(text)}, headers=authorised(client))
    assert unknown.status_code == 200
    said = {"message": "PersistedQueryNotFound", "extensions": {"code": "PERSISTED_QUERY_NOT_FOUND"}}
    assert unknown.json() == {"errors": [said]}
    strict = client.send(json={"extensions": persisted(text)}, headers=authorised(client, accept=GRAPHQL))
    assert (strict.status_code, strict.content) == (400, unknown.content)
    for body in ({"query": text, "extensions": persisted(text)}, {"extensions": persisted(text)}):
        assert client.send(json=body, headers=authorised(client)).json()["data"] == ANSWER
    assert got(client, extensions=persisted(text)).json()["data"] == ANSWER


def test_a_document_is_named_by_its_id(client: Client) -> None:
    text = "query Named($code: String!) { unit(code: $code) { name } } query Other { __typename }"
    body = {"documentId": f"sha256:{digest(text)}", "variables": {"code": "48"}, "operationName": "Named"}
    unknown = client.send(json=body, headers=authorised(client, accept=GRAPHQL))
    assert unknown.status_code == 400
    assert codes(unknown.json()) == ["question.unknown_document"]
    assert client.send(json={**body, "query": text}, headers=authorised(client)).json()["data"] == ANSWER
    assert client.send(json=body, headers=authorised(client)).json()["data"] == ANSWER
    assert got(client, **body).json()["data"] == ANSWER
    other = client.send(json={**body, "operationName": "Other"}, headers=authorised(client))
    assert other.json() == {"data": {"__typename": "Query"}}


def test_a_refused_document_is_not_kept(client: Client) -> None:
    text = "{ nope }"
    refused = client.send(json={"query": text, "extensions": persisted(text)}, headers=authorised(client))
    assert codes(refused.json()) == ["question.invalid"]
    again = client.send(json={"extensions": persisted(text)}, headers=authorised(client))
    assert codes(again.json()) == ["PERSISTED_QUERY_NOT_FOUND"]


@pytest.mark.parametrize(
    ("body", "code"),
    [
        ({"query": QUESTION, "extensions": persisted("{ other }")}, "http.hash_mismatch"),
        ({"query": QUESTION, "documentId": f"sha256:{digest('{ other }')}"}, "http.hash_mismatch"),
        ({"documentId": "sha256:" + "0" * 63}, "http.bad_request"),
        ({"documentId": "sha256:" + "A" * 64}, "http.bad_request"),
        ({"documentId": "0" * 64}, "http.bad_request"),
        ({"documentId": "md5:" + "0" * 32}, "http.bad_request"),
        ({"documentId": 7}, "http.bad_request"),
        ({"documentId": f"sha256:{digest(QUESTION)}", "extensions": persisted(QUESTION)}, "http.bad_request"),
        ({"extensions": {"persistedQuery": {"version": 2, "sha256Hash": digest(QUESTION)}}}, "http.bad_request"),
        ({"extensions": {"persistedQuery": {"version": 1, "sha256Hash": 7}}}, "http.bad_request"),
        ({"extensions": {"persistedQuery": "x"}}, "http.bad_request"),
        ({"extensions": {"other": 1}}, "http.no_query"),
        ({"query": 7, "extensions": persisted(QUESTION)}, "http.no_query"),
    ],
)
def test_a_document_that_is_named_wrongly_is_refused(client: Client, body: dict[str, Any], code: str) -> None:
    response = client.send(json=body, headers=authorised(client))
    assert response.status_code == 400
    assert codes(response.json()) == [code]


# --- lists of requests -------------------------------------------------------------------------------


def test_a_list_is_answered_in_its_order_and_one_bad_request_spoils_no_other(client: Client) -> None:
    asked: list[Any] = [
        {"query": QUESTION},
        {"query": "{ nope }"},
        {"query": 1},
        7,
        {"query": "query($c: String) { unit(code: $c) { code } }", "variables": {"c": "20404"}},
        {"query": "{ units(asOf: {position: 999}) { totalCount } }"},
        {"query": "{ __typename }"},
    ]
    response = client.send(json=asked, headers=authorised(client))
    assert response.status_code == 200
    found = response.json()
    assert [item.get("data") for item in found] == [
        ANSWER, None, None, None, {"unit": {"code": "20404"}}, None, {"__typename": "Query"},
    ]  # fmt: skip
    assert [codes(item)[0] for item in found if "errors" in item] == [
        "question.invalid", "http.no_query", "http.bad_request", "question.future_position",
    ]  # fmt: skip


@pytest.mark.parametrize(("count", "code"), [(0, "http.bad_request"), (11, "http.batch_too_long")])
def test_a_list_of_none_or_of_too_many_is_refused(client: Client, count: int, code: str) -> None:
    response = client.send(json=[{"query": QUESTION}] * count, headers=authorised(client))
    assert response.status_code == 400
    assert codes(response.json()) == [code]
    assert len(client.send(json=[{"query": QUESTION}] * 10, headers=authorised(client)).json()) == 10


# --- GET ---------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("query_string", "status", "code"),
    [
        ("query=%FF", 400, "http.bad_request"),
        ("query=%ED%A0%80", 400, "http.bad_request"),
        ("query=%7B__typename%7D&query=%7B__typename%7D", 400, "http.bad_request"),
        ("&".join(f"a{number}=1" for number in range(21)), 400, "http.bad_request"),
        ("query=%7B__typename%7D&variables=%7B", 400, "http.bad_json"),
        ("query=%7B__typename%7D&variables=[]", 400, "http.bad_request"),
        ("query=%7B__typename%7D&variables=%7B%22a%22:1,%22a%22:2%7D", 400, "http.repeated_name"),
        ("variables=%7B%7D", 400, "http.no_query"),
        ("query=mutation%7B__typename%7D", 405, "http.bad_method"),
    ],
)
def test_a_get_that_is_wrong(client: Client, query_string: str, status: int, code: str) -> None:
    response = client.send("GET", f"/graphql?{query_string}", headers=authorised(client, accept=GRAPHQL))
    assert (response.status_code, codes(response.json())) == (status, [code])


def test_a_query_string_is_limited_too(client: Client) -> None:
    scope = {"method": "GET", "query_string": b"query=" + b"a" * LIMITS.body}
    with pytest.raises(BadRequest) as refused:
        client.runner.run(requests.asked(scope, {}, AsyncMock(), LIMITS))
    assert (refused.value.status, refused.value.code) == (414, "http.too_large")


def test_head_tells_what_get_would(client: Client) -> None:
    query = urlencode({"query": QUESTION})
    found, told = (client.send(method, f"/graphql?{query}", headers=authorised(client)) for method in ("GET", "HEAD"))
    assert told.status_code == 200
    assert told.headers["content-type"] == found.headers["content-type"]


# --- compression -------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("accepted", "coding"),
    [
        ("gzip", "gzip"),
        ("zstd, gzip", "gzip"),
        ("zstd, gzip;q=0.5", "zstd"),
        ("zstd", "zstd"),
        ("gzip;q=1.0, zstd;q=0.5", "gzip"),
        ("*", "gzip"),
        ("br", None),
        ("gzip;q=0", None),
        ("identity, gzip;q=0.5", None),
        ("", None),
    ],
)
def test_a_large_answer_is_compressed_for_who_asks(client: Client, accepted: str, coding: str | None) -> None:
    response = client.ask(LARGE, {"accept-encoding": accepted})
    plain = client.ask(LARGE, {"accept-encoding": "identity"})
    assert len(plain.content) > compression.SMALLEST
    assert response.headers.get("content-encoding") == coding
    assert "accept-encoding" in response.headers["vary"]
    assert response.json()["data"] == plain.json()["data"]
    if coding:
        assert int(response.headers["content-length"]) < len(plain.content) / 2
    small = client.ask(QUESTION, {"accept-encoding": accepted})
    assert "content-encoding" not in small.headers


@pytest.mark.parametrize("size", [compression.SMALLEST, compression.LARGE * 3])
def test_what_is_compressed_can_be_read_again(client: Client, size: int) -> None:
    body = bytes(range(256)) * (size // 256)
    for name, read in ((b"gzip", gzip.decompress), (b"zstd", zstandard.decompress)):
        assert read(client.runner.run(compression.compressed(body, name))) == body


# --- what was answered at a position and still stands ------------------------------------------------


def test_a_positioned_question_is_confirmed_without_its_answer(client: Client) -> None:
    asked = {"query": '{ unit(code: "48", asOf: {position: 3}) { name } }'}
    first = got(client, **asked)
    tag = first.headers["etag"]
    assert first.json()["data"] == ANSWER
    assert tag.startswith('W/"')
    assert first.headers["cache-control"] == "private, no-cache"
    for said in (tag, f'"other", {tag}', tag.removeprefix("W/")):
        again = got(client, {"if-none-match": said}, **asked)
        assert (again.status_code, again.content) == (304, b"")
        assert again.headers["etag"] == tag
        assert "content-length" not in again.headers
    assert got(client, {"if-none-match": 'W/"other"'}, **asked).json()["data"] == ANSWER


def test_another_question_has_another_tag(client: Client) -> None:
    text = "query A($c: String, $p: Position) { unit(code: $c, asOf: {position: $p}) { name } } query B { __typename }"
    given = [{"c": "48", "p": "3"}, {"c": "48", "p": "4"}, {"c": "49", "p": "3"}]
    tags = [got(client, query=text, operationName="A", variables=variables).headers["etag"] for variables in given]
    tags.append(got(client, query=text + " ", operationName="A", variables=given[0]).headers["etag"])
    assert len(set(tags)) == len(tags)
    assert got(client, query=text, operationName="A", variables={"p": "3", "c": "48"}).headers["etag"] == tags[0]


@pytest.mark.parametrize(
    "question",
    [
        '{ unit(code: "48") { name } }',
        '{ unit(code: "48", asOf: {validAt: "2025-01-01"}) { name } }',
        '{ unit(code: "48", asOf: {knownAt: "2025-01-01"}) { name } }',
        '{ unit(code: "48", asOf: {position: 0}) { name } }',
        '{ a: unit(code: "48", asOf: {position: 3}) { name } b: unit(code: "48", asOf: {position: 4}) { name } }',
        '{ a: unit(code: "48", asOf: {position: 3}) { name } b: unit(code: "48") { name } }',
        "{ __typename }",
    ],
)
def test_what_may_be_answered_otherwise_tomorrow_has_no_tag(client: Client, question: str) -> None:
    response = got(client, {"if-none-match": "*"}, query=question)
    assert response.status_code == 200
    assert "errors" not in response.json()
    assert "etag" not in response.headers


def test_a_position_that_is_none_of_this_ledger_is_refused_even_to_who_has_its_answer(client: Client) -> None:
    text = 'query($p: Position, $h: String) { unit(code: "48", asOf: {position: $p, ledgerHash: $h}) { name } }'
    found = got(client, query=text, variables={"p": "3"})
    known = found.json()["extensions"]["snapshot"]["ledgerHash"]
    headers = {"if-none-match": found.headers["etag"], "accept": GRAPHQL}
    assert got(client, headers, query=text, variables={"p": "3"}).status_code == 304
    hashed = got(client, query=text, variables={"p": "3", "h": known})
    headers["if-none-match"] = hashed.headers["etag"]
    assert got(client, headers, query=text, variables={"p": "3", "h": known}).status_code == 304
    for variables, status, code in (
        ({"p": "3", "h": "00" * 32}, 409, "ledger.forked"),
        ({"p": "999"}, 400, "question.future_position"),
    ):
        response = got(client, headers, query=text, variables=variables)
        assert (response.status_code, codes(response.json())) == (status, [code])


def test_by_post_there_is_no_tag(client: Client) -> None:
    assert "etag" not in client.ask('{ unit(code: "48", asOf: {position: 3}) { name } }').headers

"""What scanners of GraphQL services look for, and what attackers send: a stance on each, and a code for what is refused.

The stances are told in docs/reference/hostile-input.md, which names these tests.
"""

import time
from pathlib import Path
from typing import Any
from unicodedata import normalize

import orjson
import pytest
from graphql import get_introspection_query

from baseregistry.graphql import limits
from tests.graphql.conftest import Client
from tests.graphql.test_http import ANSWER, GRAPHQL, JSON, LIMITS, QUESTION, authorised, codes

SECONDS = 0.5  # at most, on a machine that does other things besides; bench/ holds it to 50 ms
PAGE = (Path(__file__).parents[2] / "docs" / "reference" / "hostile-input.md").read_text(encoding="utf-8")


def refused(client: Client, text: str, variables: Any = None) -> str:
    """The code by which a question is refused, quickly, in the strict media type, with nothing of the inside told."""
    body = orjson.dumps({"query": text, "variables": variables})
    begin = time.process_time()
    response = client.send(content=body, headers=authorised(client, **{"content-type": JSON, "accept": GRAPHQL}))
    assert time.process_time() - begin < SECONDS
    assert 400 <= response.status_code < 500, response.text
    assert set(response.json()) == {"errors"}
    for inside in ("Traceback", "SELECT", "psycopg", "sqlalchemy", 'File "'):
        assert inside not in response.text
    return codes(response.json())[0]


def test_every_test_here_is_named_on_its_page() -> None:
    assert [name for name in globals() if name.startswith("test_") and f"`{name}`" not in PAGE] == []


# --- what graphql-cop looks for ----------------------------------------------------------------------


def test_alias_overload(client: Client) -> None:
    aliases = " ".join(f"alias{number}: __typename" for number in range(101))
    assert refused(client, f"{{ {aliases} }}") == "question.too_large"


def test_batch_overload(client: Client) -> None:
    response = client.send(json=[{"query": "{ __typename }"}] * 11, headers=authorised(client))
    assert codes(response.json()) == ["http.batch_too_long"]


def test_directive_overload(client: Client) -> None:
    assert refused(client, "{ __typename " + "@aa" * 101 + " }") == "question.too_large"
    assert refused(client, "{ __typename @aa @aa }") == "question.invalid"


def test_circular_introspection(client: Client) -> None:
    nested = "{ __schema { types { " + "fields { type { " * 3 + "name" + " } }" * 3 + " } } }"
    assert refused(client, nested) == "question.invalid"
    whole = "{ " + " ".join(f"a{number}: __schema {{ ...S }}" for number in range(20)) + " }"
    fragment = "fragment S on __Schema { types { fields { name type { name } args { name type { name } } } } }"
    assert refused(client, f"{whole} {fragment}") == "question.too_large"


def test_circular_fragments(client: Client) -> None:
    assert refused(client, "{ ...A } fragment A on Query { ...B } fragment B on Query { ...A }") == "question.invalid"
    inside = "{ units { nodes { ...A } } } fragment A on Unit { parent { ...A } }"
    assert refused(client, inside) == "question.invalid"
    chain = " ".join(f"fragment F{number} on Query {{ ...F{(number + 1) % 60} }}" for number in range(60))
    assert refused(client, "{ ...F0 } " + chain) == "question.too_large"
    for root, kind in (
        ("...F0", "Query"),
        ("__schema { ...F0 }", "__Schema"),
    ):  # each twice in the one before: 2^45 of nothing
        doubling = [f"fragment F{number} on {kind} {{ ...F{number + 1} ...F{number + 1} }}" for number in range(45)]
        circle = [*doubling, f"fragment F45 on {kind} {{ ...F0 }}"]
        assert refused(client, f"{{ {root} }} " + " ".join(circle)) == "question.invalid"


def test_field_duplication(client: Client) -> None:
    assert refused(client, "{ " + "__typename " * 501 + "}") == "question.too_large"
    repeated = 'unit(code: "48") { parent { parent { name } } } ' * 100
    assert refused(client, "{ " + repeated + "}") == "question.too_large"


def test_field_suggestions(client: Client) -> None:
    answer = client.send(json={"query": "{ unitz { name } }"})
    assert (answer.status_code, codes(answer.json())) == (401, ["access.no_token"])
    assert "Did you mean" in client.ask("{ unitz { name } }").json()["errors"][0]["message"]


def test_introspection_needs_a_token(client: Client) -> None:
    query = {"query": get_introspection_query()}
    assert client.send(json=query).status_code == 401
    assert client.send(json=query, headers=authorised(client)).json()["data"]["__schema"]


def test_mutation_by_get(client: Client) -> None:
    response = client.send("GET", "/graphql?query=mutation%7B__typename%7D", headers=authorised(client))
    assert (response.status_code, response.headers["allow"]) == (405, "POST")


def test_question_by_get_is_no_forgery(client: Client) -> None:
    assert client.send("GET", "/graphql?query=%7B__typename%7D").status_code == 401, "no cookie stands for a token"
    answer = client.send("GET", "/graphql?query=%7B__typename%7D", headers=authorised(client))
    assert "set-cookie" not in answer.headers
    assert "access-control-allow-origin" not in answer.headers


@pytest.mark.parametrize(
    "content_type", ["application/x-www-form-urlencoded", "multipart/form-data; boundary=x", "text/plain", ""]
)
def test_post_that_a_form_could_send(client: Client, content_type: str) -> None:
    body = orjson.dumps({"query": QUESTION})
    response = client.send(content=body, headers=authorised(client, **{"content-type": content_type}))
    assert (response.status_code, codes(response.json())) == (415, ["http.bad_content_type"])


def test_tracing_is_not_told(client: Client) -> None:
    body = {"query": QUESTION, "extensions": {"tracing": True}}
    answer = client.send(json=body, headers=authorised(client, **{"apollo-federation-include-trace": "ftv1"})).json()
    assert answer["data"] == ANSWER
    assert set(answer["extensions"]) == {"cost", "snapshot"}


def test_the_page_shows_nothing_without_a_token(client: Client) -> None:
    page = client.send("GET", "/graphql", headers={"accept": "text/html"})
    assert page.status_code == 200
    assert "frame-ancestors 'none'" in page.headers["content-security-policy"]
    assert client.send(json={"query": QUESTION}).status_code == 401


@pytest.mark.parametrize("text", ["qwerty cop { abc }", "query cop { unit }", "}", "\x00", "{ unit(code: $x) { id } }"])
def test_unhandled_errors(client: Client, text: str) -> None:
    assert refused(client, text) in {"question.syntax", "question.invalid", "http.bad_json"}


# --- documents ---------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("{ __typename } #" + "x" * 1_000_000, "question.too_large"),
        ('{ unit(code: """' + "\n x" * 60_000 + '""") { id } }', "question.too_large"),
        ("{" * 3_000 + "a" + "}" * 3_000, "question.syntax"),
        ("{ units { nodes { " + "parent { " * 15 + "id" + " }" * 15 + " } } }", "question.too_large"),
        ("{ units(where: {code: {in: " + "[" * 900 + "]" * 900 + "}}) { totalCount } }", "question.syntax"),
        ("{ units(where: " + "{not: " * 30 + "{}" + "}" * 30 + ") { totalCount } }", "question.too_large"),
        (" ".join(f"query Q{number} {{ __typename }}" for number in range(60)), "question.too_large"),
        ("{ a " * 1_600, "question.syntax"),
        ("query(" + " ".join(f"$v{number}: Int" for number in range(500)) + ") { __typename }", "question.invalid"),
        ('{ unit(code: "\\ud800") { id } }', "question.syntax"),
        ('{ unit(code: "\\u{110000}") { id } }', "question.syntax"),
        ('{ units(where: {name: {eq: "a\\u0000b"}}) { totalCount } }', "question.bad_value"),
        ("{ units(first: " + "9" * 2_000 + ") { totalCount } }", "question.invalid"),
        ("{ units(asOf: {position: " + "9" * 5_000 + "}) { totalCount } }", "input.bad_position"),
        ("{ units(first: 1e" + "9" * 500 + ") { totalCount } }", "question.invalid"),
        ('{ parcels(where: {documentedArea: {eq: "1e' + "9" * 50 + '"}}) { totalCount } }', "input.bad_decimal"),
    ],
    ids=lambda value: value[:30] if isinstance(value, str) else None,
)
def test_documents_that_are_too_much(client: Client, text: str, code: str) -> None:
    assert refused(client, text) == code


# --- values ------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("kind", "field", "value", "code"),
    [
        ("Int", "units(first: $v) { totalCount }", 10**400, "http.bad_json"),
        ("Int", "units(first: $v) { totalCount }", 10**30, "input.bad_variables"),
        ("Position", "units(asOf: {position: $v}) { totalCount }", 2**63, "input.bad_position"),
        ("Position", "units(asOf: {position: $v}) { totalCount }", 10**30, "input.bad_position"),
        ("String", "unit(code: $v) { id }", ["48"], "input.bad_variables"),
        ("String", "unit(code: $v) { id }", {"a": 1}, "input.bad_variables"),
        ("String", "units(after: $v) { totalCount nodes { id } }", "'; DROP TABLE land_parcel; --", "question.bad_cursor"),
        ("String", "units(after: $v) { totalCount nodes { id } }", "A" * 100_000, "question.bad_cursor"),
        ("[String!]", "units(where: {code: {in: $v}}) { totalCount }", ["1"] * 1_001, "input.list_too_long"),
        ("[String!]", "units(where: {code: {in: $v}}) { totalCount }", [None], "input.bad_variables"),
        ("ID", "unit(id: $v) { id }", "' OR 1=1", "input.bad_id"),
        ("CRS", "parcels { nodes { geometry(crs: $v) } }", "+proj=tmerc", "input.bad_crs"),
        ("UnitFilter", "units(where: $v) { totalCount }", {"or": [{}] * 1_001}, "question.too_large"),
    ],
)  # fmt: skip
def test_values_that_are_none(client: Client, kind: str, field: str, value: Any, code: str) -> None:
    text = f"query($v: {kind}) {{ {field} }}"
    if not isinstance(value, int) or value < 2**64:
        assert refused(client, text, {"v": value}) == code
        return
    body = b'{"query": %b, "variables": {"v": %d}}' % (orjson.dumps(text), value)
    headers = authorised(client, **{"content-type": JSON, "accept": GRAPHQL})
    assert codes(client.send(content=body, headers=headers).json()) == [code]


@pytest.mark.parametrize("value", ["48'; DROP TABLE administration_unit; --", '48" OR ""="', "48\\", "$1", "48/*", "%"])
def test_sql_in_a_value_is_a_value(client: Client, value: str) -> None:
    assert client.data("query($c: String) { unit(code: $c) { name } }", c=value) == {"unit": None}
    assert client.data(QUESTION) == ANSWER


# --- bodies ------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("body", "code"),
    [
        (b'{"query": "{__typename}", "query": "{units{totalCount}}"}', "http.repeated_name"),
        (b'{"query": "{__typename}", "qu\\u0065ry": "{units{totalCount}}"}', "http.repeated_name"),
        (b'{"query": "{__typename}" , "query" : "{__typename}"}', "http.repeated_name"),
        (b'{"query": "{__typename}", "variables": {"a": 1, "a": 2}}', "http.repeated_name"),
        (b'{"query": "{__typename}", "variables": {"b": [{"a": 1, "a": 2}], "c": "\\u0022"}}', "http.repeated_name"),
        (b'{"query": "{__typename}", "variables": {"a": ' + b"[" * 300 + b"]" * 300 + b"}}", "http.bad_json"),
        (b"[" * 100_000, "http.bad_json"),
        (b'{"query": "\\ud800"}', "http.bad_json"),
        (b'{"query": "\xed\xa0\x80"}', "http.bad_json"),
        (b'{"query": "\x00"}', "http.bad_json"),
        (b'{"query": NaN}', "http.bad_json"),
        (b"\xef\xbb\xbf{}", "http.bad_json"),
        (b"\xff\xfe{\x00}\x00", "http.bad_json"),
        (b'{"query": "{__typename}"} {}', "http.bad_json"),
        (b"", "http.bad_json"),
        (b"null", "http.bad_request"),
        (b"[[]]" , "http.bad_request"),
    ],
    ids=lambda value: value[:40].decode("latin-1") if isinstance(value, bytes) else None,
)  # fmt: skip
def test_bodies_that_are_wrong(client: Client, body: bytes, code: str) -> None:
    response = client.send(content=body, headers=authorised(client, **{"content-type": JSON}))
    found = response.json()
    assert codes(found[0] if isinstance(found, list) else found) == [code]
    assert response.status_code == (200 if isinstance(found, list) else 400)


@pytest.mark.parametrize("variables", [{"a": '"'}, {'"': '"a":1,"a":2'}, {"a": "\\u0022"}, {"query": "query"}])
def test_bodies_that_are_right_are_not_mistaken(client: Client, variables: dict[str, str]) -> None:
    body = orjson.dumps({"query": QUESTION, "variables": variables})
    for content in (body, body.replace(b'\\"', b"\\u0022")):
        response = client.send(content=content, headers=authorised(client, **{"content-type": JSON}))
        assert response.json()["data"] == ANSWER


def test_names_composed_otherwise_are_the_same_name(client: Client) -> None:
    composed = "Thành phố Đà Nẵng"
    apart = normalize("NFD", composed)
    assert apart != composed
    asked = "query($n: String) { units(where: {name: {eq: $n}}) { nodes { code } } }"
    assert client.data(asked, n=composed) == client.data(asked, n=apart) == {"units": {"nodes": [{"code": "48"}]}}


def test_what_nobody_foresaw_has_no_words_of_the_inside(client: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(limits, "page", lambda _: 1 / 0)
    for accept in (JSON, GRAPHQL):
        response = client.ask("{ units { totalCount } }", {"accept": accept})
        assert (response.status_code, codes(response.json())) == (500, ["register.internal"])
        assert "ZeroDivision" not in response.text
    batch = client.send(json=[{"query": "{ units { totalCount } }"}, {"query": QUESTION}], headers=authorised(client))
    assert [("errors" in item, item.get("data")) for item in batch.json()] == [(True, None), (False, ANSWER)]


def test_a_failing_database_is_said_to_fail(client: Client) -> None:
    held = client.world.engine
    with held.begin() as connection:
        connection.exec_driver_sql("ALTER TABLE enterprise_dependent_unit RENAME COLUMN name TO renamed")
    try:
        response = client.ask("{ dependentUnits { nodes { name } } }", {"accept": GRAPHQL})
    finally:
        with held.begin() as connection:
            connection.exec_driver_sql("ALTER TABLE enterprise_dependent_unit RENAME COLUMN renamed TO name")
    assert (response.status_code, codes(response.json())) == (503, ["register.database_failed"])
    assert "SELECT" not in response.text
    assert int(response.headers["retry-after"]) > 0


def test_limits_hold_at_their_edge(client: Client) -> None:
    assert client.ask("{ " + " ".join(f"a{number}: __typename" for number in range(LIMITS.roots)) + " }").json()["data"]
    text = "{ __typename } #"
    assert client.ask(text + "x" * (LIMITS.document - len(text))).json() == {"data": {"__typename": "Query"}}

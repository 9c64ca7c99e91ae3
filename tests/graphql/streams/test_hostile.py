"""What is hostile is refused alike at every door: POST, GET, server-sent events, WebSocket.  Nothing of the inside is told,
and the door stands open for the next one.

Documents and values of every other kind stand in tests/graphql/test_hostile; here is one of each sort, at all four doors.
"""

import json
from collections.abc import Callable
from typing import Any
from unicodedata import normalize
from uuid import uuid4

import httpx
import pytest

from tests.graphql.streams.conftest import Running, Socket

INSIDE = ("Traceback", "SELECT", "psycopg", "sqlalchemy", 'File "', "FROM ", "baseregistry.")
NAMED = "query($v: String) { units(where: {name: {eq: $v}}) { totalCount } }"
DRAWN = "query($v: GeoJSON) { parcels(where: {geometry: {intersects: $v}}) { totalCount } }"
SQL = "x'; DROP TABLE land_parcel; SELECT pg_sleep(9); --"
BOWTIE = {"type": "Polygon", "coordinates": [[[108, 15], [109, 16], [108, 16], [109, 15], [108, 15]]]}
RING = [[108 + number % 7 / 1e3, 15 + number / 1e6] for number in range(10_001)]
DEEP: Any = [108, 15]
for _ in range(200):
    DEEP = [DEEP]

Asked = tuple[str, dict[str, Any]]
TABLE: dict[str, tuple[Asked, str]] = {
    "deep": (("{ units { nodes { " + "parent { " * 15 + "id" + " }" * 15 + " } } }", {}), "question.too_large"),
    "wide": (("{ " + "__typename " * 501 + "}", {}), "question.too_large"),
    "aliases": (("{ " + " ".join(f"a{n}: __typename" for n in range(101)) + " }", {}), "question.too_large"),
    "roots": (("{ " + " ".join(f"a{n}: units {{ totalCount }}" for n in range(21)) + " }", {}), "question.too_large"),
    "circle": (("{ ...A } fragment A on Query { ...B } fragment B on Query { ...A }", {}), "question.invalid"),
    "rows": (("{ units(first: 1000) { nodes { parcels(first: 1000) { nodes { id } } } } }", {}), "question.too_many_rows"),
    "no document": (("}", {}), "question.syntax"),
    "no field": (("{ pg_shadow }", {}), "question.invalid"),
    "SQL in a document": (("{ units(where: {name: {eq: " + SQL + "}}) { totalCount } }", {}), "question.syntax"),
    "SQL in a cursor": (("query($v: String) { units(after: $v) { nodes { id } } }", {"v": SQL}), "question.bad_cursor"),
    "SQL in an id": (("query($v: ID!) { node(id: $v) { id } }", {"v": SQL}), "input.bad_id"),
    "SQL in a position": (("query($v: Position) { units(asOf: {position: $v}) { totalCount } }", {"v": SQL}), "input.bad_position"),
    "SQL in a moment": (("query($v: DateTime) { units(asOf: {validAt: $v}) { totalCount } }", {"v": SQL}), "input.bad_instant"),
    "SQL in a CRS": (("query($v: CRS!) { parcels { nodes { geometry(crs: $v) } } }", {"v": SQL}), "input.bad_crs"),
    "NUL": ((NAMED, {"v": "a\0b"}), "question.bad_value"),
    "other types": ((NAMED, {"v": {"eq": ["a"]}}), "input.bad_variables"),
    "a number too large": (("query($v: Int) { units(first: $v) { totalCount } }", {"v": 10**18}), "input.bad_variables"),
    "a page too large": (("query($v: Int) { units(first: $v) { totalCount } }", {"v": -1}), "question.bad_page"),
    "self-crossing": ((DRAWN, {"v": BOWTIE}), "input.bad_geojson"),
    "open ring": ((DRAWN, {"v": {"type": "Polygon", "coordinates": [BOWTIE["coordinates"][0][:3]]}}), "input.bad_geojson"),  # type: ignore[index]
    "nested coordinates": ((DRAWN, {"v": {"type": "MultiPolygon", "coordinates": DEEP}}), "input.bad_geojson"),
    "endless": ((DRAWN, {"v": {"type": "Point", "coordinates": [1e308, -1e308]}}), "input.bad_geojson"),
    "elsewhere": ((DRAWN, {"v": {"type": "Point", "coordinates": [-170.5, -80]}}), "question.outside_crs"),
}  # fmt: skip
LONG: dict[str, tuple[Asked, str]] = {  # too long for an address
    "megabyte": (("{ __typename } #" + "x" * 500_000, {}), "question.too_large"),
    "giant GeoJSON": ((DRAWN, {"v": {"type": "LineString", "coordinates": RING}}), "input.geometry_too_large"),
    "giant string": ((NAMED, {"v": "x" * 200_000}), ""),
}


def by_post(running: Running, text: str, variables: dict[str, Any]) -> str:
    said = json.dumps({"query": text, "variables": variables})
    headers = {"content-type": "application/json", "accept": "application/graphql-response+json"}
    return code_of(
        httpx.post(f"{running.address}/graphql", content=said, headers={**headers, **token(running)}, timeout=30)
    )


def by_get(running: Running, text: str, variables: dict[str, Any]) -> str:
    said = {"query": text, "variables": json.dumps(variables)}
    headers = {"accept": "application/graphql-response+json", **token(running)}
    return code_of(httpx.get(f"{running.address}/graphql", params=said, headers=headers, timeout=30))


def by_events(running: Running, text: str, variables: dict[str, Any]) -> str:
    with running.events(text, **variables) as events:
        if events.response.headers["content-type"].startswith("text/event-stream"):
            told = list(events)
            answer = told[0].data
            inside(json.dumps(answer))
            return str(answer["errors"][0]["extensions"]["code"]) if "errors" in answer else ""
        events.response.read()
        return code_of(events.response)


def by_socket(running: Running, text: str, variables: dict[str, Any]) -> str:
    with running.socket() as socket:
        code = subscribed(socket, text, variables)
        assert subscribed(socket, "{ __typename }", {}) == "", "the connection lives on"
        return code


def subscribed(socket: Socket, text: str, variables: dict[str, Any]) -> str:
    name = uuid4().hex
    socket.subscribe(name, text, **variables)
    message = socket.receive()
    inside(json.dumps(message))
    if message["type"] == "error":
        return str(message["payload"][0]["extensions"]["code"])
    errors = message["payload"].get("errors")
    assert socket.receive() == {"type": "complete", "id": name}
    return str(errors[0]["extensions"]["code"]) if errors else ""


def token(running: Running) -> dict[str, str]:
    return {"authorization": f"Bearer {running.token()}"}


def code_of(response: httpx.Response) -> str:
    inside(response.text)
    assert response.status_code < 500
    errors = response.json().get("errors")
    assert bool(errors) == (response.status_code >= 400)
    return str(errors[0]["extensions"]["code"]) if errors else ""


def inside(text: str) -> None:
    assert not [word for word in INSIDE if word in text.replace(SQL, "")], text[:2_000]


DOORS: dict[str, Callable[[Running, str, dict[str, Any]], str]] = {
    "POST": by_post,
    "GET": by_get,
    "events": by_events,
    "socket": by_socket,
}


@pytest.mark.parametrize("door", DOORS)
def test_what_is_hostile_is_refused_alike_at_every_door(quiet: Running, door: str) -> None:
    table = TABLE if door == "GET" else {**TABLE, **LONG}
    found = {name: DOORS[door](quiet, *asked) for name, (asked, _) in table.items()}
    assert found == {name: code for name, (_, code) in table.items()}


@pytest.mark.parametrize("door", DOORS)
def test_sql_and_other_spellings_are_values_at_every_door(quiet: Running, door: str) -> None:
    for value in (SQL, '" OR ""="', "$1::text", "\\", "%", normalize("NFD", "Thành phố Đà Nẵng")):
        assert DOORS[door](quiet, NAMED, {"v": value}) == ""


@pytest.mark.parametrize("door", ["POST", "socket"])
def test_unpaired_surrogates_are_refused(quiet: Running, door: str) -> None:
    """Half of a character, written with an escape: JSON allows it, Unicode does not."""
    said = '{"query": "query($v: String) { units(where: {name: {eq: $v}}) { totalCount } }", "variables": {"v": "\\ud83d"}}'
    if door == "POST":
        headers = {"content-type": "application/json", **token(quiet)}
        response = httpx.post(f"{quiet.address}/graphql", content=said, headers=headers)
        inside(response.text)
        assert response.json()["errors"][0]["extensions"]["code"] == "http.bad_json"
        return
    with quiet.socket() as socket:
        socket.connection.send(f'{{"id": "1", "type": "subscribe", "payload": {said}}}')
        assert socket.closed()[0] == 4400


def test_the_register_stands_after_all_of_it(quiet: Running) -> None:
    said = {"query": "{ parcels { totalCount } units { totalCount } }"}
    answer = httpx.post(f"{quiet.address}/graphql", json=said, headers=token(quiet)).json()
    assert answer["data"]["parcels"]["totalCount"] > 0

"""Whatever stands in a variable: answered alike by the fast lane, the executor lane and the reference, or refused with a code.

Cursors that are forged are answered or refused, and no more is asked of them: the reference knows only those it was given.
"""

import base64
import json
from datetime import UTC, datetime
from typing import Any
from unicodedata import normalize

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.graphql.reference.compared import Compared
from tests.graphql.test_http import authorised
from tests.graphql.test_reference import EXAMPLES

INSIDE = ("Traceback", "SELECT ", "psycopg", "sqlalchemy", 'File "')
PARCELS = "documentedArea mapSheet parcelNumber status { code titleVi }"
QUESTIONS = {
    "String": "unit(code: $v) { id name }",
    "String!": "personMatches(personalId: $v) { person { fullName } matched { number } heldAt }",
    "[String!]": f"parcels(where: {{mapSheet: {{in: $v}}}}) {{ totalCount nodes {{ {PARCELS} }} }}",
    "NameComparison": "persons(where: {fullName: $v}, orderBy: [FULL_NAME_GIVEN_ASC]) { nodes { fullName birthDate } }",
    "ID!": "node(id: $v) { id ... on Person { fullName } ... on Parcel { rights { nodes { holder { __typename } } } } }",
    "[ID!]!": "nodes(ids: $v) { id __typename }",
    "[ID!]": "personBatch(id: $v) { items { key node { fullName } } notFound }",
    "Int": "units(first: $v) { totalCount nodes { name } pageInfo { hasNextPage } }",
    "Int!": "persons { nodes { fullName ageIsAtLeast(years: $v) } }",
    "Position": "parcels(asOf: {position: $v}) { nodes { documentedArea version { recordedTo } } }",
    "DateTime": f"parcels(asOf: {{validAt: $v}}) {{ nodes {{ {PARCELS} commune {{ name parent {{ name }} }} }} }}",
    "AsOf": "rights(asOf: $v) { nodes { share holder { ... on Person { fullName } } version { validFrom validTo } } }",
    "Period": "parcels { nodes { history(between: $v) { nodes { documentedArea version { validFrom } } } } }",
    "Decimal": f"parcels(where: {{documentedArea: {{gte: $v}}}}) {{ nodes {{ {PARCELS} }} }}",
    "Date": "persons { nodes { fullName age(on: $v) { atLeast atMost } } }",
    "PartialDate": "persons(where: {birthDate: {lte: $v, possibly: true}}) { nodes { birthDate } }",
    "PartialDateComparison": "persons(where: {birthDate: $v}, orderBy: [BIRTH_DATE_DESC]) { nodes { birthDate } }",
    "Boolean!": "parcelHistory(nationalParcelId: \"w6ugqcgbzkvx\", includeSuperseded: $v) { nodes { documentedArea } }",
    "CRS!": "parcels { nodes { geometry(crs: $v) } }",
    "[Float!]": "parcels(where: {geometry: {bbox: $v}}) { totalCount }",
    "GeoJSON": "parcels(where: {geometry: {intersects: $v, crs: \"EPSG:5899\"}}) { totalCount }",
    "PersonFilter": "persons(where: $v) { totalCount nodes { fullName } }",
    "[PersonOrder!]": "persons(orderBy: $v) { nodes { fullName birthDate } }",
}  # fmt: skip
CURSOR = "query($v: String) { persons(after: $v, orderBy: [BIRTH_DATE_ASC]) { nodes { id } pageInfo { endCursor } } }"

hostile = st.sampled_from(
    ["", "\0", "\ud800", "\udfff\ud800", "\u202e", "a\u0301", "%", "_", "\\", "'", '"', "';--", "$1", "{}", "NULL", "NaN", "-0", "1e9",
     "9" * 400, "x" * 5_000, "\U0010ffff", "49' OR '1'='1", "Infinity", "true", "../../etc/passwd", "${jndi:x}", "😀", "ß", "İ"]
)  # fmt: skip
known = st.sampled_from(
    ["49", "049156000001", "Nguyễn Văn Ân", normalize("NFD", "Nguyễn Văn Ân"), "12", "2025-07-01", "1956", "1956-02", "2019-02-28",
     "2022-05-06T07:08:09.123456Z", "2022-05-06T07:08:09.123456+14:00", "210.50", "CRS84", "EPSG:5899", "EPSG:0", "7", "3"]
)  # fmt: skip
texts = hostile | known | st.text(max_size=12)
numbers = (
    st.sampled_from([0, 1, 3, 18, -1, 200, 201, 1000, 1001, 2**31, -(2**31), 2**53 + 1, 2**63 - 1, 2**63, 10**30])
    | st.floats()
)
shapes = st.sampled_from(
    [{"type": "Point", "coordinates": [540010, 1750005]}, {"type": "Point", "coordinates": []}, {"type": "Point"}, {"type": []},
     {"type": "Polygon", "coordinates": [[[540000, 1750000], [540010, 1750010], [540010, 1750000], [540000, 1750010], [540000, 1750000]]]},
     {"type": "GeometryCollection", "geometries": []}, {"type": "LineString", "coordinates": [[540000, 1750000]]}]
)  # fmt: skip
names = st.sampled_from(
    ["eq", "in", "prefix", "search", "isNull", "lt", "gte", "possibly", "validAt", "position", "knownAt", "ledgerHash", "from", "to",
     "and", "or", "not", "fullName", "birthDate", "rights", "some", "none", "holder", "FULL_NAME_ASC", "__proto__", ""]
)  # fmt: skip
orders = st.sampled_from(["FULL_NAME_ASC", "FULL_NAME_GIVEN_DESC", "BIRTH_DATE_DESC", "FULL_NAME_DESC"])
plain = st.none() | st.booleans() | numbers | texts | shapes | orders
values = st.recursive(
    plain, lambda inner: st.lists(inner, max_size=4) | st.dictionaries(names, inner, max_size=3), max_leaves=6
)
boxes = st.lists(st.sampled_from([107.5, 15, 108.9, 16.4, -181, 1e308]), min_size=3, max_size=5)

moments = st.datetimes(timezones=st.just(UTC)).map(datetime.isoformat) | st.dates().map(str)
positions = st.integers(0, 13) | st.integers(0, 13).map(str)
parts = st.integers(1, 2100).map("{:04}".format) | st.dates().map(str) | st.dates().map(lambda day: str(day)[:7])
compared_with = st.dictionaries(st.sampled_from(["eq", "lt", "lte", "gt", "gte"]), parts, max_size=2)
named = st.dictionaries(st.sampled_from(["eq", "prefix", "search"]), texts, min_size=1, max_size=2)
FITTING: dict[str, st.SearchStrategy[Any]] = {
    "[String!]": st.lists(texts, max_size=4),
    "NameComparison": named,
    "Int": st.integers(0, 1001),
    "Int!": st.integers(-1, 201),
    "Position": positions,
    "DateTime": moments,
    "AsOf": st.fixed_dictionaries({}, optional={"validAt": moments, "position": positions}),
    "Period": st.fixed_dictionaries({}, optional={"from": moments, "to": moments}),
    "Decimal": st.decimals(-1, 400, places=2).map(str) | st.integers(),
    "Date": st.dates().map(str),
    "PartialDate": parts,
    "PartialDateComparison": compared_with,
    "Boolean!": st.booleans(),
    "CRS!": st.sampled_from(["CRS84", "EPSG:5899", "EPSG:3857", "EPSG:4756", "EPSG:32648"]),
    "GeoJSON": shapes,
    "PersonFilter": st.fixed_dictionaries(
        {}, optional={"fullName": named, "birthDate": compared_with, "not": st.just({})}
    ),
    "[PersonOrder!]": st.lists(orders, max_size=3),
}


def sent(compared: Compared, text: str, variables: dict[str, Any]) -> bytes | None:
    """The answer, None where it is refused; sent as JSON with escapes, so that halves of characters arrive too."""
    body = json.dumps({"query": text, "variables": variables})
    client = compared.client
    response = client.send(content=body, headers=authorised(client, **{"content-type": "application/json"}))
    assert response.status_code in {200, 400}, response.text
    assert not [word for word in INSIDE if word in response.text], response.text
    said = response.json()
    if "errors" not in said:
        return response.content
    assert said["errors"][0]["extensions"]["code"].partition(".")[0] in {"question", "input", "ledger", "http"}, said
    again = client.send(content=body, headers=authorised(client, **{"content-type": "application/json"}))
    assert again.json() == said, "an error is always worded alike"
    return None


@pytest.mark.parametrize("kind", QUESTIONS)
def test_whatever_a_variable_holds(compared: Compared, kind: str) -> None:
    text = f"query($v: {kind}) {{ {QUESTIONS[kind]} }}"
    ids = st.sampled_from([str(one) for one in compared.reference.reader.rows.entity_of])
    several = st.lists(ids | ids.map(str.upper) | texts, max_size=3)
    chosen = {
        **FITTING,
        "[Float!]": boxes | st.just([107.5, 15, 108.9, 16.4]),
        "ID!": ids,
        "[ID!]!": several,
        "[ID!]": several,
    }

    answered: list[Any] = []

    @given(value=chosen.get(kind, texts) | values)
    @settings(
        max_examples=2 * EXAMPLES,
        deadline=None,
        derandomize=True,
        database=None,
        suppress_health_check=list(HealthCheck),
    )
    def ask(value: Any) -> None:
        if sent(compared, text, {"v": value}) is not None:
            answered.append(compared.ask(text, {"v": value}))

    ask()
    assert sum(found is not None for found in answered) > 0, answered


def test_whatever_a_cursor_holds(compared: Compared) -> None:
    cursor = compared.client.data(CURSOR.replace("after: $v", "after: $v, first: 2"))["persons"]["pageInfo"][
        "endCursor"
    ]
    parts = json.loads(base64.urlsafe_b64decode(cursor + "=" * (-len(cursor) % 4)))

    @given(place=st.integers(0, len(parts)), value=values, cut=st.integers(0, len(cursor)))
    @settings(
        max_examples=4 * EXAMPLES,
        deadline=None,
        derandomize=True,
        database=None,
        suppress_health_check=list(HealthCheck),
    )
    def ask(place: int, value: Any, cut: int) -> None:
        forged = [*parts[:place], value, *parts[place + 1 :]]
        for text in (json.dumps(forged), json.dumps(forged, ensure_ascii=True)[:-1], json.dumps(value)):
            sent(compared, CURSOR, {"v": base64.urlsafe_b64encode(text.encode()).decode()})
        sent(compared, CURSOR, {"v": cursor[:cut]})

    ask()

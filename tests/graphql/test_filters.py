"""Filters through the door: other records, places, names; and what is refused with a code."""

from typing import Any

import pytest

from tests.graphql.conftest import Client
from tests.graphql.world import World

STORAGE = {"crs": "EPSG:5899"}
AROUND = {
    "type": "Polygon",
    "coordinates": [[[539990, 1749990], [540030, 1749990], [540030, 1750020], [539990, 1749990]]],
}
HALF = {
    "type": "Polygon",
    "coordinates": [[[540010, 1749990], [540030, 1749990], [540030, 1750020], [540010, 1750020], [540010, 1749990]]],
}
PARCELS = "query($where: ParcelFilter) { parcels(where: $where) { nodes { id } totalCount } }"
ROUND = {
    "type": "Polygon",
    "coordinates": [[[540000, 1749999], [540021, 1749999], [540021, 1750011], [540000, 1750011], [540000, 1749999]]],
}
RING = [[108.1, 15.8], [108.2, 15.9], [108.2, 15.8], [108.1, 15.9], [108.1, 15.8]]


def ids(client: Client, where: dict[str, Any]) -> set[str]:
    found = client.data(PARCELS, where=where)["parcels"]
    assert found["totalCount"] == len(found["nodes"])
    return {node["id"] for node in found["nodes"]}


@pytest.mark.parametrize("holder", ["binh", "company", "couple"])
def test_parcels_are_found_by_who_holds_them(client: Client, world: World, holder: str) -> None:
    said = {"rights": {"some": {"holder": {"eq": str(world.id(holder))}}}}
    assert str(world.id("parcel")) in ids(client, said)


def test_conditions_reach_through_a_union(client: Client, world: World) -> None:
    parcel = str(world.id("parcel"))
    person = {"rights": {"some": {"holder": {"person": {"fullName": {"search": "binh tran"}}}}}}
    enterprise = {"rights": {"some": {"holder": {"enterprise": {"taxCode": {"prefix": "40001"}}}}}}
    assert parcel in ids(client, person) & ids(client, enterprise)
    assert parcel not in ids(client, {"rights": {"every": {"holder": {"person": {}}}}})


def test_of_none_every_holds_and_none_too(client: Client, world: World) -> None:
    lonely = str(world.id("neighbour 3"))
    nobody = {"holder": {"person": {"fullName": {"eq": "Nobody"}}}}
    assert lonely in ids(client, {"rights": {"every": nobody}}) & ids(client, {"rights": {"none": {}}})
    assert lonely not in ids(client, {"rights": {"some": {}}})


def test_a_reference_is_seen_at_its_own_moment(client: Client, world: World) -> None:
    """Before the reform the commune lay in another province; conditions travel as answers do."""
    text = 'query($then: AsOf) { parcels(asOf: $then, where: {commune: {is: {parent: {is: {code: {eq: "49"}}}}}}) { totalCount } }'
    assert client.data(text, then={"validAt": "2025-06-30"})["parcels"]["totalCount"] == 6
    assert client.data(text, then={"validAt": "2025-07-02"})["parcels"]["totalCount"] == 0


@pytest.mark.parametrize(
    ("said", "found"),
    [
        ({"intersects": AROUND, **STORAGE}, True),
        ({"within": AROUND, **STORAGE}, False),
        ({"within": ROUND, **STORAGE}, True),
        ({"intersects": HALF, **STORAGE}, True),
        ({"within": HALF, **STORAGE}, False),
        ({"bbox": [540019.5, 1750000, 540030, 1750001], **STORAGE}, True),
        ({"bbox": [540021, 1750000, 540030, 1750001], **STORAGE}, False),
        ({"distance": {"of": {"type": "Point", "coordinates": [540030, 1750005]}, "meters": 10.01}, **STORAGE}, True),
        ({"distance": {"of": {"type": "Point", "coordinates": [540030, 1750005]}, "meters": 9.9}, **STORAGE}, False),
        ({"isNull": False}, True),
        ({"isNull": True}, False),
    ],
)  # fmt: skip
def test_places(client: Client, world: World, said: dict[str, Any], found: bool) -> None:
    assert (str(world.id("parcel")) in ids(client, {"geometry": said})) is found


def test_what_was_answered_in_degrees_is_found_by_it(client: Client, world: World) -> None:
    """GeoJSON in CRS84, as this service answers it, is where the parcel is: also as a literal and in a box."""
    parcel = str(world.id("parcel"))
    shape = client.data("query($id: ID!) { parcel(id: $id) { geometry } }", id=parcel)["parcel"]["geometry"]
    assert parcel in ids(client, {"geometry": {"intersects": shape}})
    (lon, lat) = shape["coordinates"][0][0][0]
    place = f'{{type: "Point", coordinates: [{lon}, {lat}]}}'
    literal = f"{{ parcels(where: {{geometry: {{distance: {{of: {place}, meters: 0.01}}}}}}) {{ nodes {{ id }} }} }}"
    assert {"id": parcel} in client.data(literal)["parcels"]["nodes"]
    assert parcel in ids(client, {"geometry": {"bbox": [lon - 0.001, lat - 0.001, lon + 0.001, lat + 0.001]}})


POLYGON = {"type": "Polygon"}
HOSTILE: dict[str, tuple[dict[str, Any], str]] = {
    "self-crossing": ({"intersects": {**POLYGON, "coordinates": [RING]}}, "input.bad_geojson"),
    "not closed": ({"intersects": {**POLYGON, "coordinates": [RING[:4]]}}, "input.bad_geojson"),
    "three positions": ({"within": {**POLYGON, "coordinates": [RING[:2] + RING[:1]]}}, "input.bad_geojson"),
    "wrong nesting": ({"intersects": {**POLYGON, "coordinates": RING}}, "input.bad_geojson"),
    "too deep": ({"intersects": {"type": "Point", "coordinates": [[108.1, 15.8]]}}, "input.bad_geojson"),
    "empty": ({"intersects": {**POLYGON, "coordinates": []}}, "input.bad_geojson"),
    "no coordinates": ({"intersects": {"type": "Point"}}, "input.bad_geojson"),
    "no type": ({"intersects": {"coordinates": [1, 2]}}, "input.bad_geojson"),
    "a feature": ({"intersects": {"type": "Feature", "geometry": None}}, "input.bad_geojson"),
    "a list as type": ({"intersects": {"type": ["Point"], "coordinates": [1, 2]}}, "input.bad_geojson"),
    "text": ({"intersects": "POINT (1 2)"}, "input.bad_geojson"),
    "a number of text": ({"intersects": {"type": "Point", "coordinates": ["108", 15.8]}}, "input.bad_geojson"),
    "true": ({"intersects": {"type": "Point", "coordinates": [True, 15.8]}}, "input.bad_geojson"),
    "huge": ({"intersects": {"type": "Point", "coordinates": [1e300, 15.8]}}, "input.bad_geojson"),
    "one number": ({"intersects": {"type": "Point", "coordinates": [108.1]}}, "input.bad_geojson"),
    "own crs": ({"intersects": {"type": "Point", "coordinates": [1, 2], "crs": {}}}, "input.bad_geojson"),
    "giant": ({"intersects": {"type": "MultiPoint", "coordinates": [[108.1, 15.8]] * 10_001}}, "input.geometry_too_large"),
    "latitude first": ({"intersects": {"type": "Point", "coordinates": [15.8, 108.1]}}, "question.outside_crs"),
    "elsewhere": ({"intersects": {"type": "Point", "coordinates": [2.35, 48.85]}}, "question.outside_crs"),
    "metres as degrees": ({"intersects": AROUND}, "question.outside_crs"),
    "no way there": ({"intersects": {"type": "Point", "coordinates": [650_000, 6_860_000]}, "crs": "EPSG:2154"}, "input.no_crs_operation"),
    "unknown crs": ({"intersects": {"type": "Point", "coordinates": [1, 2]}, "crs": "EPSG:999998"}, "input.unknown_crs"),
    "swapped crs": ({"intersects": {"type": "Point", "coordinates": [1, 2]}, "crs": "EPSG:6959"}, "input.swapped_crs"),
    "box of three": ({"bbox": [108.1, 15.8, 108.2]}, "input.bad_box"),
    "box without inside": ({"bbox": [108.2, 15.8, 108.1, 15.9]}, "input.bad_box"),
    "far": ({"distance": {"of": {"type": "Point", "coordinates": [108.1, 15.8]}, "meters": 1e9}}, "question.bad_value"),
    "negative": ({"distance": {"of": {"type": "Point", "coordinates": [108.1, 15.8]}, "meters": -1}}, "question.bad_value"),
    "null": ({"intersects": None}, "question.null_comparison"),
}  # fmt: skip


@pytest.mark.parametrize("said", HOSTILE)
def test_bad_geometries_are_refused(client: Client, said: str) -> None:
    where, code = HOSTILE[said]
    answer = client.ask(PARCELS, where={"geometry": where})
    body = answer.json()
    assert [error["extensions"]["code"] for error in body["errors"]] == [code], body
    assert answer.status_code < 500
    assert not {"data"} & set(body) or body["data"] is None
    assert "SELECT" not in answer.text


@pytest.mark.parametrize(
    "literal",
    [
        '{type: "Point", coordinates: [NaN, 1]}',
        '{type: "Point", coordinates: [%s, 1]}' % ("9" * 5000),
        '{type: "Point", coordinates: [$x, 15.8]}',
        "[[[[[[[[1]]]]]]]]",
        "7",
        "null_island",
    ],
)
def test_bad_literals_are_refused(client: Client, literal: str) -> None:
    text = f"query($x: Float) {{ parcels(where: {{geometry: {{intersects: {literal}}}}}) {{ totalCount }} }}"
    answer = client.ask(text, x=108.1)
    assert answer.status_code < 500
    assert answer.json()["errors"][0]["extensions"]["code"]
    assert "internal" not in answer.text.lower()


def test_too_many_other_records_are_refused(client: Client) -> None:
    where: dict[str, Any] = {}
    for _ in range(6):
        where = {"rights": {"some": {"parcel": {"is": where}}}}
    body = client.ask(PARCELS, where=where).json()
    assert body["errors"][0]["extensions"]["code"] == "question.too_large"


@pytest.mark.parametrize("said", [{"commune": {"is": None}}, {"rights": {"some": None}}, {"rights": {"none": None}}])
def test_null_is_no_condition(client: Client, said: dict[str, Any]) -> None:
    body = client.ask(PARCELS, where=said).json()
    assert body["errors"][0]["extensions"]["code"] == "question.null_comparison"


def test_people_in_the_order_of_given_names(client: Client) -> None:
    page_info = "pageInfo { hasNextPage endCursor }"
    page = f"persons(orderBy: [FULL_NAME_GIVEN_ASC], first: 1, after: $after) {{ nodes {{ fullName }} {page_info} }}"
    text = f"query($after: String) {{ {page} }}"
    found, after, more = [], None, True
    while more:
        answer = client.data(text, after=after)["persons"]
        found += [node["fullName"] for node in answer["nodes"]]
        after, more = answer["pageInfo"]["endCursor"], answer["pageInfo"]["hasNextPage"]
    assert found.index("Nguyễn Văn An") < found.index("Trần Thị Bình")
    assert len(found) == len(set(found)) == 3

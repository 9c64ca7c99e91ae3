"""A good change with one or two of its values replaced by anything: refused with a code, or recorded; never a 500."""

import copy
import json
import random
from collections.abc import Iterator
from typing import Any

from tests.graphql.mutations.agency import RECORD, Agency, change, parcel, person

EXAMPLES = 400
NOBODY = "01890a5d-ac96-774b-bcce-b302099a8057"
SQUARE = [[[540000, 1750000], [540020, 1750000], [540020, 1750020], [540000, 1750000]]]
ANYTHING: list[Any] = [
    *(None, True, 0, -1, 1.5, 10**30, "", "x", "a\u0000b", "a" * 5_000, [], {}, [[]], [None]),
    *("2020-01-01", "9999-12-31", "0001-01-01", "2020-01-01T00:00:00Z", "infinity", "1/3", "1956-03", "CURRENT", "USE"),
    *("'; DROP TABLE record; --", "%s", ":id", "$1", "\u202e", "e\u0301", "\U0001f600", NOBODY),
    *({"id": NOBODY}, {"local": "p"}, {"local": "an"}, {"id": NOBODY, "local": "p"}),
    {"geoJson": {"type": "Polygon", "coordinates": [[[1, 2]]]}, "crs": "EPSG:5899"},
    {"geoJson": {"type": "MultiPolygon", "coordinates": []}, "crs": "EPSG:3857"},
    {"geoJson": {"type": "Polygon", "coordinates": [[[10**14, 10**14]] * 4]}, "crs": "CRS84"},
]
LEAKS = ("SELECT", "INSERT", "psycopg", "sqlalchemy", "Traceback", 'File "')

Place = tuple[str | int, ...]


def places(value: Any, place: Place = ()) -> Iterator[Place]:
    """Every place in a JSON value."""
    yield place
    inside = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for step, item in inside:
        yield from places(item, (*place, step))


def replaced(value: Any, place: Place, by: Any) -> Any:
    """A copy with another value in a place."""
    made = inner = copy.deepcopy(value)
    for step in place[:-1]:
        inner = inner[step]
    inner[place[-1]] = by
    return made


def good(commune: dict[str, str]) -> dict[str, Any]:
    """A change that would be recorded."""
    shape = {"geoJson": {"type": "Polygon", "coordinates": SQUARE}, "crs": "EPSG:5899"}
    right = {"parcel": {"local": "p"}, "holder": {"local": "an"}, "kind": "USE", "share": "1/2"}
    renamed = {"id": commune["id"], "from": "1997-01-01", "values": {"name": "Phường Hải Châu I"}}
    return change(
        parcel(commune, "1", local="p", geometry=shape, documentedArea="12.5"),
        person("Nguyễn Văn An", local="an", birthDate="1956-03", birthplace=commune),
        {"registerRight": {"from": "2012-01-01", "to": "2020-01-01", "values": right}},
        {"changeUnit": {**renamed, "overLaterFacts": True}},
        kind="CORRECTION",
        feed=True,
        documentDate="2020-01-01",
        sourceRecordedAt="2020-01-01",
    )


def test_whatever_is_sent_is_refused_in_words_or_recorded(province: Agency) -> None:
    chance = random.Random(20250701)
    base = {"input": good({"id": province.ids["commune"]})}
    assert province.send(RECORD, {**base, "only": True}).json()["data"]["recordChange"]["written"] is True
    told: set[str] = set()
    for number in range(EXAMPLES):
        given: Any = replaced(base, ("input", "idempotencyKey"), f"key {number}")
        for _ in range(chance.choice((1, 1, 2))):
            given = replaced(given, chance.choice(list(places(given))[1:]), chance.choice(ANYTHING))
        response = province.send(RECORD, given)
        assert response.status_code < 500, (response.text, given)
        errors = response.json().get("errors", [])
        assert bool(errors) == (response.status_code != 200), (response.text, given)
        assert not [leak for leak in LEAKS if leak in json.dumps(errors, ensure_ascii=False)], (response.text, given)
        told |= {error["extensions"]["code"] for error in errors}
    assert len(told) > 12, told

"""Connections: total orders with nulls, cursors that stay right while records come, pages that end where they should."""

import base64
import json
from decimal import Decimal
from typing import Any
from uuid import UUID

import pytest

from baseregistry import errors
from baseregistry.registries.answer import LONGEST_PAGE
from baseregistry.registries.question import Form
from tests.conftest import Database
from tests.registries.answer.asking import Asker
from tests.registries.scene import Scene

PAGE = "edges{cursor node{id}} page_info{has_next_page has_previous_page start_cursor end_cursor} total_count"
AREAS = [None, "5", "3", "3", None, "1", "5", "2", "5", None, "4", "3"]


@pytest.fixture(scope="module")
def parcels(shared: Database) -> dict[str, Any]:
    """Parcels with areas, some unknown and many alike."""
    scene = Scene(shared)
    made = {}
    for number, area in enumerate(AREAS):
        status = "RETIRED" if number % 3 == 0 else "CURRENT"
        values = {"documented_area": area and Decimal(area), "status": status}
        made[str(scene.parcel(str(number), **values))] = (None if area is None else int(area), status, number)
    scene.tell()
    return made


def walk(asker: Asker, first: int, **said: Any) -> list[str]:
    """All ids, page after page, with what every page says about itself."""
    found: list[str] = []
    after = None
    while True:
        page = asker.many("land.parcel", PAGE, first=first, after=after, **said)
        ids = [edge["node"]["id"] for edge in page["edges"]]
        info = page["page_info"]
        assert len(ids) <= first
        assert info["has_previous_page"] is (after is not None)
        assert (info["start_cursor"], info["end_cursor"]) == (page["edges"][0]["cursor"], page["edges"][-1]["cursor"])
        found += ids
        if not info["has_next_page"]:
            return found
        after = info["end_cursor"]


def placed(value: Any, descending: bool) -> Any:
    """A sort key under which null is larger than every value."""
    larger = (value is None, value if value is not None else 0)
    return tuple(-part for part in larger) if descending else larger


@pytest.mark.parametrize("first", [1, 2, 5, 12, 100])
@pytest.mark.parametrize("descending", [False, True])
def test_null_is_the_largest(parcels: dict[str, Any], asker: Asker, first: int, descending: bool) -> None:
    order = ("-documented_area",) if descending else ("documented_area",)
    expected = sorted(parcels, key=lambda key: UUID(key).bytes, reverse=descending)
    expected.sort(key=lambda key: placed(parcels[key][0], descending))
    assert walk(asker, first, order=order) == expected


@pytest.mark.parametrize("first", [1, 3, 7])
@pytest.mark.parametrize(
    "order", [("status", "-documented_area"), ("-documented_area", "status"), ("-status", "documented_area")]
)
def test_orders_of_several_terms(parcels: dict[str, Any], asker: Asker, first: int, order: tuple[str, ...]) -> None:
    names = ("documented_area", "status")
    last = order[-1].startswith("-")
    expected = sorted(parcels, key=lambda key: UUID(key).bytes, reverse=last)
    for term in reversed(order):
        place, descending = names.index(term.lstrip("-")), term.startswith("-")
        if place == 0:
            expected.sort(key=lambda key: placed(parcels[key][0], descending))
        else:
            expected.sort(key=lambda key: parcels[key][1], reverse=descending)
    assert walk(asker, first, order=order) == expected


@pytest.mark.parametrize("first", [1, 4, 12])
def test_without_an_order_the_ids_are_one(parcels: dict[str, Any], asker: Asker, first: int) -> None:
    assert walk(asker, first) == sorted(parcels, key=lambda key: UUID(key).bytes)


def test_a_filter_holds_on_every_page(parcels: dict[str, Any], asker: Asker) -> None:
    found = walk(asker, 2, order=("documented_area",), where=lambda slots: slots.where("status", "eq", "CURRENT"))
    assert sorted(found) == sorted(key for key, value in parcels.items() if value[1] == "CURRENT")


def test_a_page_of_nothing_still_tells_whether_more_follow(parcels: dict[str, Any], asker: Asker) -> None:
    page = asker.many("land.parcel", "nodes{id} page_info{has_next_page end_cursor} total_count", first=0)
    assert page == {"nodes": [], "page_info": {"has_next_page": True, "end_cursor": None}, "total_count": len(AREAS)}


def test_the_last_page_has_no_next(parcels: dict[str, Any], asker: Asker) -> None:
    page = asker.many("land.parcel", "nodes{id} page_info{has_next_page}", first=len(AREAS))
    assert page["page_info"] == {"has_next_page": False}
    assert len(page["nodes"]) == len(AREAS)


def test_only_what_a_page_tells(parcels: dict[str, Any], asker: Asker) -> None:
    assert asker.many("land.parcel", "total_count") == {"total_count": len(AREAS)}
    assert asker.many("land.parcel", "page_info{has_previous_page}") == {"page_info": {"has_previous_page": False}}
    assert asker.many("land.parcel", "page_info{has_next_page}", first=3) == {"page_info": {"has_next_page": True}}


@pytest.mark.parametrize("order", [("parcel_number",), ("-parcel_number",), ("documented_area", "-parcel_number")])
def test_a_cursor_stays_right_while_records_come(database: Database, alone: Asker, order: tuple[str, ...]) -> None:
    """What was there when the walk began comes exactly once, whatever is registered before or behind the cursor."""
    scene = Scene(database)
    there = {
        str(scene.parcel(f"{number:03}", documented_area=None if number % 2 else Decimal(number)))
        for number in range(0, 40, 2)
    }
    scene.tell()
    found, after = [], None
    for turn in range(100):
        page = alone.many(
            "land.parcel", "nodes{id} page_info{has_next_page end_cursor}", first=3, after=after, order=order
        )
        found += [node["id"] for node in page["nodes"]]
        after = page["page_info"]["end_cursor"]
        if not page["page_info"]["has_next_page"]:
            break
        scene.parcel(f"{turn * 2 + 1:03}", documented_area=Decimal(turn) if turn % 3 else None)
        scene.tell()
    assert len(found) == len(set(found))
    assert there <= set(found)


def test_pages_inside_records(parcels: dict[str, Any], asker: Asker) -> None:
    (unit,) = asker.many("administration.unit", "nodes{parcels{nodes{id} total_count page_info{has_next_page}}}")[
        "nodes"
    ]
    assert unit["parcels"]["total_count"] == len(AREAS)
    assert {node["id"] for node in unit["parcels"]["nodes"]} == set(parcels)


@pytest.mark.parametrize(
    "cursor",
    ["", "nonsense", "e30", "ä", base64.urlsafe_b64encode(b'["00000000", "1", "2"]').decode().rstrip("="), 7, None],
)
def test_what_is_no_cursor_is_refused(parcels: dict[str, Any], asker: Asker, cursor: Any) -> None:
    question, slots = asker.question(Form.MANY, "land.parcel", "nodes{id}", after="x", order=("status",))
    slots.values[slots.values.index("x")] = cursor
    with pytest.raises(errors.BadQuestion) as refused:
        asker.answer([question], slots.values)
    assert refused.value.code == "question.bad_cursor"


def test_the_cursor_of_another_order_is_refused(parcels: dict[str, Any], asker: Asker) -> None:
    page = asker.many("land.parcel", "page_info{end_cursor}", first=1, order=("status",))
    with pytest.raises(errors.BadQuestion) as refused:
        asker.many("land.parcel", "nodes{id}", after=page["page_info"]["end_cursor"], order=("-status",))
    assert refused.value.code == "question.bad_cursor"


def test_a_forged_cursor_is_none(parcels: dict[str, Any], asker: Asker) -> None:
    page = asker.many("land.parcel", "page_info{end_cursor}", first=1, order=("documented_area",))
    text = page["page_info"]["end_cursor"]
    parts = json.loads(base64.urlsafe_b64decode(text + "=" * (-len(text) % 4)))
    forged = base64.urlsafe_b64encode(json.dumps([parts[0], "1); DROP TABLE record", parts[2]]).encode()).decode()
    with pytest.raises(errors.BadQuestion) as refused:
        asker.many("land.parcel", "nodes{id}", after=forged.rstrip("="), order=("documented_area",))
    assert refused.value.code == "question.bad_cursor"


@pytest.mark.parametrize("first", [-1, LONGEST_PAGE + 1, None, True, "3"])
def test_a_page_has_a_size(parcels: dict[str, Any], asker: Asker, first: Any) -> None:
    with pytest.raises(errors.BadQuestion) as refused:
        asker.many("land.parcel", "nodes{id}", first=first)
    assert refused.value.code == "question.bad_page"


def test_a_geometry_has_no_order(parcels: dict[str, Any], asker: Asker) -> None:
    with pytest.raises(errors.BadQuestion) as refused:
        asker.many("land.parcel", "nodes{id}", order=("geometry",))
    assert refused.value.code == "question.not_comparable"


def test_names_are_in_vietnamese_order(database: Database, alone: Asker) -> None:
    scene = Scene(database)
    names = ["Đỗ Ân", "Dương An", "Đặng Bình", "Du An", "Ê An", "Em An", "Ă A", "Ánh A", "Âu A", "An A"]
    for name in names:
        scene.person(name)
    scene.tell()
    nodes = alone.many("population.person", "nodes{full_name}", order=("full_name",))["nodes"]
    assert [node["full_name"] for node in nodes] == [
        "An A", "Ánh A", "Ă A", "Âu A", "Du An", "Dương An", "Đặng Bình", "Đỗ Ân", "Em An", "Ê An",
    ]  # fmt: skip
    page = alone.many("population.person", PAGE, order=("full_name",), first=4)
    rest = alone.many("population.person", PAGE, order=("full_name",), after=page["page_info"]["end_cursor"])
    assert len(rest["edges"]) == 6


def test_shares_are_in_order_of_what_they_are(database: Database, alone: Asker) -> None:
    scene = Scene(database)
    shares = ["1/10", "1/2", "2/5", "1/3", "9/10"]
    for number, share in enumerate(shares):
        scene.right(scene.parcel(str(number)), share)
    scene.tell()
    nodes = alone.many("land.right", "nodes{share}", order=("-share",))["nodes"]
    assert [node["share"] for node in nodes] == ["9/10", "1/2", "2/5", "1/3", "1/10"]
    page = alone.many("land.right", "page_info{end_cursor}", order=("-share",), first=2)
    rest = alone.many("land.right", "nodes{share}", order=("-share",), after=page["page_info"]["end_cursor"])
    assert [node["share"] for node in rest["nodes"]] == ["2/5", "1/3", "1/10"]

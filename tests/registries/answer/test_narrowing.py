"""Pages of few records and of many are found by an index, and are the same whichever way they were found."""

from collections.abc import Callable
from decimal import Decimal
from typing import Any
from uuid import UUID, uuid4

import pytest

from baseregistry.registries.answer import narrowing
from baseregistry.registries.question import Comparison, Either, Every, Operator
from tests.conftest import Database
from tests.registries.answer.asking import Asker, Slots
from tests.registries.scene import Scene

PAGE = "nodes{id parcel_number} page_info{has_next_page end_cursor} total_count"
SHEETS = ["1", "1", "2", "3", "1", "2", "1", "4", "1", "3", "1", "2"]
AREAS = [None, "5", "3", "3", None, "1", "5", "2", "5", None, "4", "3"]
NUMBERS = ["1", "11", "12", "2", "21", "3", "1", "13", "110", "4", "5", "1"]

Row = dict[str, Any]
Where = tuple[Callable[[Slots], Any], Callable[[Row], bool]]


def one(attribute: str, operator: str, value: Any, meets: Callable[[Any], bool]) -> Where:
    """A condition, and the same in Python; nothing is not met by null."""
    return (
        lambda slots: slots.where(attribute, operator, value),
        lambda row: row[attribute] is not None and meets(row[attribute]),
    )


SHEET_IN = one("map_sheet", "in", ["2", "3", "2", "zz", "3"], lambda sheet: sheet in {"2", "3"})
SHEET_IS = one("map_sheet", "eq", "1", lambda sheet: sheet == "1")
NUMBER_BEGINS = one("parcel_number", "prefix", "1", lambda number: number.startswith("1"))
AREA_FROM = one("documented_area", "gte", "3", lambda area: area >= 3)
AREA_IN = one("documented_area", "in", ["5", "5.00", "1"], lambda area: area in {1, 5})
RETIRED = one("status", "eq", "RETIRED", lambda status: status == "RETIRED")
CODES = one("status", "prefix", "RE", lambda status: status.startswith("RE"))
NOBODY = one("map_sheet", "in", ["zz"], lambda _: False)
OF_NONE = one("map_sheet", "in", [], lambda _: False)


def both(*parts: Where) -> Where:
    return (
        lambda slots: Every(tuple(said(slots) for said, _ in parts)),
        lambda row: all(meets(row) for _, meets in parts),
    )


def either(*parts: Where) -> Where:
    return (
        lambda slots: Either(tuple(said(slots) for said, _ in parts)),
        lambda row: any(meets(row) for _, meets in parts),
    )


ASKED: dict[str, Where] = {
    "values, some twice": SHEET_IN,
    "one value": SHEET_IS,
    "a beginning": NUMBER_BEGINS,
    "a range": AREA_FROM,
    "numbers written in two ways": AREA_IN,
    "codes that begin so": CODES,
    "nothing of the sort": NOBODY,
    "no value": OF_NONE,
    "values and a range": both(SHEET_IN, AREA_FROM),
    "a value and a beginning": both(RETIRED, NUMBER_BEGINS),
    "values inside": both(both(SHEET_IN, RETIRED), either(AREA_FROM, NUMBER_BEGINS)),
    "one or another": either(SHEET_IN, AREA_FROM),
}
ORDERS: tuple[tuple[str, ...], ...] = ((), ("map_sheet",), ("-map_sheet",), ("-documented_area", "map_sheet"))


@pytest.fixture(scope="module")
def parcels(shared: Database) -> dict[str, Row]:
    """Parcels on a few sheets, with a version that is no longer believed for each."""
    scene, made = Scene(shared), {}
    for place, (sheet, area, number) in enumerate(zip(SHEETS, AREAS, NUMBERS, strict=True)):
        values: Row = {"documented_area": area and Decimal(area), "status": "RETIRED" if place % 3 == 0 else "CURRENT"}
        record = str(scene.parcel(number, map_sheet=sheet, **values))
        made[record] = {"map_sheet": sheet, "parcel_number": number, **values}
    scene.tell()
    return made


def walk(asker: Asker, first: int, where: Where, order: tuple[str, ...]) -> tuple[list[str], set[int]]:
    """All ids, page after page, and how many there are by each of them."""
    found: list[str] = []
    totals: set[int] = set()
    after = None
    while True:
        page = asker.many("land.parcel", PAGE, first=first, after=after, where=where[0], order=order)
        found += [node["id"] for node in page["nodes"]]
        totals.add(page["total_count"])
        if not page["page_info"]["has_next_page"]:
            return found, totals
        after = page["page_info"]["end_cursor"]


def expected(parcels: dict[str, Row], where: Where, order: tuple[str, ...]) -> list[str]:
    """The same by Python's own sorting; null is larger than every value."""
    found = sorted((key for key, row in parcels.items() if where[1](row)), key=lambda key: UUID(key).bytes)
    if order and order[-1].startswith("-"):
        found.reverse()
    for term in reversed(order):
        name = term.lstrip("-")
        found.sort(key=lambda key: (parcels[key][name] is None, parcels[key][name] or 0), reverse=term.startswith("-"))
    return found


@pytest.mark.parametrize("few", [0, 2, 4, 1_000])
@pytest.mark.parametrize("asked", ASKED)
def test_few_and_many_are_answered_alike(
    parcels: dict[str, Row], asker: Asker, asked: str, few: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Whether an index is read or the order walked: the bound between them is set below and above what there is."""
    monkeypatch.setattr(narrowing, "FEW", few)
    monkeypatch.setattr(narrowing, "FEW_IN_ORDER", few)
    fresh = Asker(asker.installation, asker.connection)
    for order in ORDERS:
        wanted = expected(parcels, ASKED[asked], order)
        for first in (1, 3, 100):
            assert walk(fresh, first, ASKED[asked], order) == (wanted, {len(wanted)}), (order, first)


def test_a_territory_bounds_what_is_found(parcels: dict[str, Row], asker: Asker) -> None:
    (commune,) = {row["commune"]["id"] for row in asker.many("land.parcel", "nodes{commune{id}}")["nodes"]}
    for units, count in ([str(uuid4())], 0), ([commune], 5):
        page = asker.many("land.parcel", "nodes{id} total_count", where=SHEET_IN[0], units=units)
        assert (len(page["nodes"]), page["total_count"]) == (count, count)


def test_a_comparison_that_no_index_serves_is_left_to_the_planner() -> None:
    searched = Comparison("full_name", Operator.SEARCH)
    assert list(narrowing.required(Every((searched, Every(()))))) == [searched]

"""Conditions, held against the same comparisons in Python."""

import operator
from collections.abc import Callable
from datetime import date, timedelta
from decimal import Decimal
from fractions import Fraction
from typing import Any

import pytest
from psycopg.types.range import DateRange

from baseregistry import errors
from baseregistry.registries.question import Condition, Either, Every, Never
from tests.conftest import Database
from tests.registries.answer.asking import Asker, Slots
from tests.registries.scene import Scene

BIRTHS = [
    "1955", "1955-12", "1955-12-31", "1956", "1956-01", "1956-01-01", "1956-02", "1956-02-29", "1956-03-12", "1956-12",
    "1956-12-31", "1957", "1957-01", "1957-01-01", "1957-06-15", None,
]  # fmt: skip
ASKED = [birth for birth in BIRTHS if birth] + ["1954", "1958", "1956-02-28", "1956-03"]
NAMES = ["Nguyễn Văn An", "Nguyễn Thị Ẩn", "nguyen van an", "Đỗ Bình", "Do Binh", "Trần_%", "Trần", "Trân", 'O"Neil\\']
Days = tuple[date, date]  # half-open


class World(Scene):
    def __init__(self, database: Database) -> None:
        super().__init__(database)
        for number, birth in enumerate(BIRTHS):
            born = DateRange(*days(birth)) if birth else None
            self.person(NAMES[number % len(NAMES)], birth_date=born, nationality="VN" if number % 2 else None)
        self.homes = [self.parcel(f"{number}", documented_area=Decimal(number) / 4) for number in range(6)]
        for share, home in zip(("1/2", "1/3", "2/3", "3/10", "1/1"), self.homes, strict=False):
            self.right(home, share, holder=self.state("land.party_group", kind="OTHER"))
        self.tell()


@pytest.fixture(scope="module")
def world(shared: Database) -> World:
    return World(shared)


def days(birth: str) -> Days:
    """The days that a partial day may be."""
    parts = [int(part) for part in birth.split("-")]
    match parts:
        case [year]:
            return date(year, 1, 1), date(year + 1, 1, 1)
        case [year, month]:
            return date(year, month, 1), date(year + month // 12, month % 12 + 1, 1)
        case _:
            first = date(*parts)
            return first, first + timedelta(days=1)


def passes(word: str, possibly: bool, births: Days, asked: Days) -> bool:
    """Each day of `births` (or one, if `possibly`) compares so with the days asked about."""
    (first, end), (low, high) = births, asked
    every = [first + timedelta(days=n) for n in range((end - first).days)]
    tests: dict[str, Callable[[date], bool]] = {
        "eq": lambda day: low <= day < high,
        "lt": lambda day: day < low,
        "lte": lambda day: day < high,
        "gt": lambda day: day >= high,
        "gte": lambda day: day >= low,
    }
    return (any if possibly else all)(map(tests[word], every))


@pytest.mark.parametrize("word", ["eq", "lt", "lte", "gt", "gte"])
@pytest.mark.parametrize("possibly", [False, True])
def test_partial_days_compare_certainly_or_possibly(world: World, asker: Asker, word: str, possibly: bool) -> None:
    for asked in ASKED:
        found = people(asker, lambda slots, asked=asked: slots.where("birth_date", word, asked, possibly=possibly))
        expected = [birth for birth in BIRTHS if birth and passes(word, possibly, days(birth), days(asked))]
        assert sorted(person["birth_date"] for person in found) == sorted(expected), asked


@pytest.mark.parametrize("possibly", [False, True])
def test_partial_days_in_a_list(world: World, asker: Asker, possibly: bool) -> None:
    asked = ["1956-02", "1957-01-01"]
    found = people(asker, lambda slots: slots.where("birth_date", "in", asked, possibly=possibly))
    expected = [b for b in BIRTHS if b and any(passes("eq", possibly, days(b), days(one)) for one in asked)]
    assert sorted(person["birth_date"] for person in found) == sorted(expected)


def people(asker: Asker, where: Callable[[Slots], Condition]) -> Any:
    return asker.many("population.person", "nodes{full_name birth_date}", where=where)["nodes"]


def names(asker: Asker, where: Callable[[Slots], Condition]) -> set[str]:
    return {person["full_name"] for person in people(asker, where)}


def test_a_name_begins_without_diacritics_and_case(world: World, asker: Asker) -> None:
    nguyen = {"Nguyễn Văn An", "Nguyễn Thị Ẩn", "nguyen van an"}
    assert names(asker, lambda slots: slots.where("full_name", "prefix", "NGUYÊN")) == nguyen
    assert names(asker, lambda slots: slots.where("full_name", "prefix", "nguyễn v")) == nguyen - {"Nguyễn Thị Ẩn"}
    assert names(asker, lambda slots: slots.where("full_name", "prefix", "do b")) == {"Đỗ Bình", "Do Binh"}


@pytest.mark.parametrize("asked", ["😀", " ", "--", "%"])
def test_a_beginning_without_letters_or_digits_is_nobodys(world: World, asker: Asker, asked: str) -> None:
    assert people(asker, lambda slots: slots.where("full_name", "prefix", asked)) == []


def test_every_name_begins_with_nothing(world: World, asker: Asker) -> None:
    assert len(people(asker, lambda slots: slots.where("full_name", "prefix", ""))) == len(BIRTHS)


def test_equality_is_exact(world: World, asker: Asker) -> None:
    assert names(asker, lambda slots: slots.where("full_name", "eq", "Trần")) == {"Trần"}
    assert names(asker, lambda slots: slots.where("full_name", "eq", "Tra\u0302\u0300n")) == {"Trần"}  # NFC
    odd = ['O"Neil\\', "Trần_%", "{,}", "NULL"]
    assert names(asker, lambda slots: slots.where("full_name", "in", odd)) == {'O"Neil\\', "Trần_%"}
    assert names(asker, lambda slots: slots.where("full_name", "in", [])) == set()


def test_what_a_code_begins_with(world: World, asker: Asker) -> None:
    assert len(people(asker, lambda slots: slots.where("nationality", "prefix", "V"))) == len(BIRTHS) // 2
    assert people(asker, lambda slots: slots.where("nationality", "prefix", "v")) == []
    assert people(asker, lambda slots: slots.where("nationality", "prefix", "%")) == []


def test_null_and_not(world: World, asker: Asker) -> None:
    half = len(BIRTHS) // 2
    assert len(people(asker, lambda slots: slots.where("nationality", "is_null"))) == half
    assert len(people(asker, lambda slots: slots.where("nationality", "is_null", negated=True))) == half
    assert len(people(asker, lambda slots: Never(slots.where("nationality", "eq", "VN")))) == half
    assert len(people(asker, lambda slots: slots.where("nationality", "eq", "VN", negated=True))) == half


def test_every_either_and_none(world: World, asker: Asker) -> None:
    assert len(people(asker, lambda slots: Every(()))) == len(BIRTHS)
    assert people(asker, lambda slots: Either(())) == []
    both = names(
        asker,
        lambda slots: Every((
            Either((slots.where("full_name", "eq", "Trần"), slots.where("full_name", "eq", "Trân"))),
            Never(slots.where("full_name", "eq", "Trân")),
        )),
    )  # fmt: skip
    assert both == {"Trần"}


@pytest.mark.parametrize("word", ["eq", "lt", "lte", "gt", "gte"])
def test_numbers_and_shares_compare_exactly(world: World, asker: Asker, word: str) -> None:
    compare = {"eq": operator.eq, "lt": operator.lt, "lte": operator.le, "gt": operator.gt, "gte": operator.ge}[word]
    for asked in ("0.5", 1, Decimal("0.75")):
        found = asker.many(
            "land.parcel", "total_count", where=lambda slots, asked=asked: slots.where("documented_area", word, asked)
        )
        assert found["total_count"] == sum(compare(Decimal(n) / 4, Decimal(str(asked))) for n in range(6))
    for asked in ("1/3", "333333333333/1000000000000", "2/3"):
        found = asker.many(
            "land.right", "nodes{share}", where=lambda slots, asked=asked: slots.where("share", word, asked)
        )
        shares = [share for share in ("1/2", "1/3", "2/3", "3/10", "1/1") if compare(Fraction(share), Fraction(asked))]
        assert sorted(node["share"] for node in found["nodes"]) == sorted(shares)


def test_references_are_compared_by_id(world: World, asker: Asker) -> None:
    home = str(world.homes[2])
    found = asker.many("land.right", "nodes{share parcel{id}}", where=lambda slots: slots.where("parcel", "eq", home))
    assert found == {"nodes": [{"share": "2/3", "parcel": {"id": home}}]}
    several = asker.many(
        "land.right", "total_count", where=lambda slots: slots.where("parcel", "in", [home, world.homes[0]])
    )
    assert several == {"total_count": 2}


@pytest.mark.parametrize(
    ("entity", "said"),
    [
        ("land.parcel", ("geometry", "eq", "x")),
        ("land.right", ("parcel", "lt", "x")),
        ("land.right", ("joint", "gt", True)),
        ("population.person", ("birth_date", "prefix", "1956")),
        ("land.parcel", ("documented_area", "prefix", "1")),
    ],
)
def test_comparisons_without_a_sense_are_refused(
    world: World, asker: Asker, entity: str, said: tuple[Any, ...]
) -> None:
    with pytest.raises(errors.BadQuestion) as refused:
        asker.many(entity, "total_count", where=lambda slots: slots.where(*said))
    assert refused.value.code == "question.not_comparable"


@pytest.mark.parametrize(
    ("entity", "attribute", "value"),
    [
        ("land.right", "parcel", "no uuid"),
        ("land.parcel", "documented_area", "12,5"),
        ("land.parcel", "documented_area", 1.5),
        ("land.right", "joint", "yes"),
        ("population.person", "birth_date", "1956-13"),
        ("population.person", "birth_date", "9999"),
        ("population.person", "full_name", "a\0b"),
        ("population.person", "full_name", "\ud800"),
        ("land.right", "share", "1/0"),
        ("land.right", "share", "-1/3"),
        ("land.certificate", "issued_on", "2025-02-30"),
    ],
)
def test_values_that_cannot_be_read_are_refused(
    world: World, asker: Asker, entity: str, attribute: str, value: Any
) -> None:
    with pytest.raises(errors.BadQuestion) as refused:
        asker.many(entity, "total_count", where=lambda slots: slots.where(attribute, "eq", value))
    assert refused.value.code == "question.bad_value"


def test_an_unknown_attribute_is_refused(world: World, asker: Asker) -> None:
    with pytest.raises(errors.BadQuestion) as refused:
        asker.many("land.parcel", "total_count", where=lambda slots: slots.where("nonsense", "eq", "1"))
    assert refused.value.code == "question.unknown_field"

"""Names are found by their words; the pages of a search, put together, are what a naive search of all names answers."""

import re
import unicodedata
from typing import Any
from uuid import UUID

import pytest

from baseregistry import errors
from baseregistry.registries.question import Comparison, Either, Every, Never, Operator
from tests.conftest import Database
from tests.registries.answer.asking import Asker
from tests.registries.scene import Scene

NAMES = [
    "Nguyễn Văn A", "Nguyên Vân Á", "A Văn Nguyễn", "Nguyễn Văn Anh", "Nguyễn Văn Ánh", "Nguyen Van Anh", "NGUYỄN VĂN ANH",
    "Nguyễn Thị Vân Anh", "Anh Nguyễn", "Trần Thị Hoà", "Trần Thị Hòa", "Trần Văn Hoa", "Hoa", "Đỗ Đình Đô", "Do Dinh Do",
    "H'Hen Niê", "Hen H Nie", "Lê-Hoàng Yến", "Yến Lê Hoàng", "Văn Văn", "Văn", "O'Neil", "😀 An", "An",
]  # fmt: skip
GIVEN = ["Văn", "Thị", "Anh", "Hoà", "Hoa", "Ngọc", "Lan"]
ASKED = [
    "nguyen van a", "Nguyễn Văn A", "A Văn Nguyễn", "nguyễn", "NGUYEN VAN ANH", "Nguyễn Văn Ánh", "anh nguyen", "van van", "van",
    "Hoà", "hoa", "Hòa tran", "đô", "do", "h'hen nie", "h hen", "yến lê-hoàng", "nguyen thi", "Nguyễn Thị", "thi van", "zzz", "O'Neil",
    "o neil", "  nguyen   van\ta ", "Nguye\u0302\u0303n",
]  # fmt: skip
SENSELESS = ["", " ", "😀", "--", "%", "*"]


def folded(text: str) -> list[str]:
    """The words of a text without diacritics, in lower case; what is neither letter nor digit divides words."""
    plain = unicodedata.normalize("NFD", text).translate({0x110: "D", 0x111: "d"})
    return re.findall("[a-z0-9]+", "".join(c for c in plain if not unicodedata.combining(c)).lower())


def rank(name: str, asked: str) -> int | None:
    """The whole name as written, its words, all words as written, all words; None where a word is missing."""
    asked = " ".join(unicodedata.normalize("NFC", asked).split())
    if not folded(asked) or not set(folded(asked)) <= set(folded(name)):
        return None
    as_written = set(asked.lower().split(" ")) <= set(name.lower().split(" "))
    whole = sorted(folded(asked)) == sorted(folded(name))
    return (0 if as_written else 1) if whole else (2 if as_written else 3)


@pytest.fixture(scope="module")
def people(shared: Database) -> dict[str, str]:
    """Names by id: those above, and a name so common that its hits are in several parts of the register."""
    scene = Scene(shared)
    made = {str(scene.person(name)): name for name in NAMES}
    for number in range(450):
        name = f"Nguyễn {GIVEN[number % 7]} {GIVEN[number // 7 % 7]} {'Bình' if number % 3 else 'Binh'}"
        made[str(scene.person(name))] = name
    scene.tell()
    return made


def expected(people: dict[str, str], asked: str) -> list[str]:
    ranked = [(rank(name, asked), UUID(key).bytes[15] & 127, UUID(key).bytes, key) for key, name in people.items()]
    return [found[3] for found in sorted(item for item in ranked if item[0] is not None)]


def searched(asked: str) -> Any:
    return lambda slots: Comparison("full_name", Operator.SEARCH, slots.bind(asked))


def walk(asker: Asker, first: int, where: Any) -> list[str]:
    """All ids, page after page."""
    found: list[str] = []
    after = None
    while True:
        page = asker.many(
            "population.person", "nodes{id} page_info{has_next_page end_cursor}", where=where, first=first, after=after
        )
        found += [node["id"] for node in page["nodes"]]
        after = page["page_info"]["end_cursor"]
        if not page["page_info"]["has_next_page"]:
            return found


@pytest.mark.parametrize("asked", ASKED)
def test_pages_are_what_a_naive_search_answers(people: dict[str, str], asker: Asker, asked: str) -> None:
    for first in (3, 50, 1000) if len(expected(people, asked)) < 60 else (50, 1000):
        assert walk(asker, first, searched(asked)) == expected(people, asked)
    count = asker.many("population.person", "total_count", where=searched(asked))["total_count"]
    assert count == len(expected(people, asked))


def test_the_best_come_first(people: dict[str, str], asker: Asker) -> None:
    found = [people[key] for key in walk(asker, 50, searched("Nguyễn Văn Anh"))]
    assert set(found[:2]) == {"Nguyễn Văn Anh", "NGUYỄN VĂN ANH"}
    assert set(found[2:4]) == {"Nguyễn Văn Ánh", "Nguyen Van Anh"}
    assert "Nguyễn Văn Anh Bình" in found[4:]


@pytest.mark.parametrize("asked", SENSELESS)
def test_no_words_are_nobodys(people: dict[str, str], asker: Asker, asked: str) -> None:
    assert walk(asker, 50, searched(asked)) == []
    assert asker.many("population.person", "total_count", where=searched(asked))["total_count"] == 0


@pytest.mark.parametrize("first", [1, 7])
def test_what_else_is_said_holds_too(people: dict[str, str], asker: Asker, first: int) -> None:
    ids = sorted(people)[::5]
    some = {key: people[key] for key in ids}
    found = walk(
        asker,
        first,
        lambda slots: Every((
            searched("nguyen hoa")(slots), Never(slots.where("full_name", "eq", "Nguyễn Hoà Hoà Binh")),
            slots.where("full_name", "in", sorted(set(some.values()))),
        )),
    )  # fmt: skip
    names = set(some.values()) - {"Nguyễn Hoà Hoà Binh"}
    assert found == expected({key: name for key, name in people.items() if name in names}, "nguyen hoa")


def test_inside_either_and_never_it_is_a_condition_as_any_other(people: dict[str, str], asker: Asker) -> None:
    either = walk(asker, 50, lambda slots: Either((searched("niê")(slots), searched("o neil")(slots))))
    assert {people[key] for key in either} == {"H'Hen Niê", "Hen H Nie", "O'Neil"}
    assert either == sorted(either, key=lambda key: UUID(key).bytes)
    others = walk(asker, 200, lambda slots: Never(searched("nguyen")(slots)))
    assert set(others) == {key for key, name in people.items() if rank(name, "nguyen") is None}


def test_with_an_order_it_is_that_order(people: dict[str, str], asker: Asker) -> None:
    page = asker.many("population.person", "nodes{full_name}", where=searched("van"), order=("-full_name",), first=1000)
    names = [node["full_name"] for node in page["nodes"]]
    assert sorted(names) == sorted(name for name in people.values() if rank(name, "van") is not None)
    assert names[0].startswith("Văn")


def test_a_person_is_found_by_what_they_were_called_then(database: Database, alone: Asker) -> None:
    """Superseded and later names do not rank, nor hide who is called so now."""
    scene = Scene(database)
    scene.person("Lê Thị Lan")
    scene.tell()
    (position,) = [row[0] for row in alone.connection.execute("SELECT max(position) FROM ledger_change")]
    later = scene.person("Lê Lan Thị")
    scene.tell()
    then = alone.many("population.person", "nodes{full_name}", {"position": position}, where=searched("lan le thi"))
    assert then == {"nodes": [{"full_name": "Lê Thị Lan"}]}
    now = alone.many("population.person", "nodes{id} total_count", where=searched("Lê Thị Lan"))
    assert now["total_count"] == 2
    assert str(later) in {node["id"] for node in now["nodes"]}


@pytest.mark.parametrize(
    ("asked", "code"),
    [("a\0b", "question.bad_value"), ("\ud800", "question.bad_value"), ("a" * 201, "question.search_too_long"), (7, "question.bad_value")],
)  # fmt: skip
def test_what_is_no_text_is_refused(people: dict[str, str], asker: Asker, asked: Any, code: str) -> None:
    with pytest.raises(errors.BadQuestion) as refused:
        asker.many("population.person", "nodes{id}", where=searched(asked))
    assert refused.value.code == code


@pytest.mark.parametrize("attribute", ["nationality", "birth_date"])
def test_only_names_are_searched(people: dict[str, str], asker: Asker, attribute: str) -> None:
    with pytest.raises(errors.BadQuestion) as refused:
        asker.many(
            "population.person",
            "nodes{id}",
            where=lambda slots: Comparison(attribute, Operator.SEARCH, slots.bind("a")),
        )
    assert refused.value.code == "question.not_comparable"

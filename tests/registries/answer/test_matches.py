"""Whose number it ever was: searched over all valid time, as believed at the position, answered at the moment."""

from datetime import UTC, datetime
from typing import Any

import pytest

from baseregistry import errors
from baseregistry.registries import acts
from baseregistry.registries.acts import Period
from baseregistry.registries.ledger import Kind
from baseregistry.registries.question import Form
from tests.conftest import Database
from tests.registries.answer.asking import Asker
from tests.registries.scene import START, Scene, entity

LATER, FUTURE = datetime(2023, 1, 1, tzinfo=UTC), datetime(2090, 1, 1, tzinfo=UTC)
SHARED, CANCELLED, WRONG, COMING = "049090000012", "200123456", "049090000099", "049090000077"
FIELDS = "record{full_name} matched{number status version{valid_from}} held"


class World(Scene):
    """A number that passed from one person to another, one that was cancelled, one that was never right, one to come."""

    def __init__(self, database: Database) -> None:
        super().__init__(database)
        self.an, self.binh = self.person("Nguyễn Văn An"), self.person("Trần Thị Bình")
        self.number(self.an, SHARED, Period(START, LATER))
        self.number(self.binh, SHARED, Period(LATER))
        cancelled = self.number(self.an, CANCELLED, Period(START), "OLD_ID")
        wrong = self.number(self.binh, WRONG, Period(START))
        self.number(self.an, COMING, Period(FUTURE))
        self.first = self.tell().position
        identifier = entity("population.identifier")
        self.tell([acts.change(identifier, cancelled, Period(LATER), {"status": "CANCELLED"})], Kind.REAL_WORLD_CHANGE)
        self.tell([acts.retract(identifier, wrong)], Kind.RETRACTION)

    def number(self, person: Any, number: str, valid: Period, scheme: str = "PERSONAL_ID") -> Any:
        said = {"person": person, "number": number, "scheme": scheme, "status": "IN_USE"}
        return self.state("population.identifier", valid, **said)


@pytest.fixture(scope="module")
def world(shared: Database) -> World:
    return World(shared)


def matches(asker: Asker, as_of: dict[str, Any] | None = None, /, fields: str = FIELDS, **key: str) -> Any:
    return asker.ask(Form.MATCHES, "population.person", fields, as_of=as_of, key=key)


def told(found: Any) -> list[tuple[Any, str, str, bool]]:
    """Whose it is, since when that is so, in which status, and whether it is held."""
    return [
        (
            match["record"] and match["record"]["full_name"],
            match["matched"]["version"]["valid_from"][:10],
            match["matched"]["status"],
            match["held"],
        )
        for match in found
    ]


def test_several_matches_are_a_list_with_the_bearer_of_the_moment_first(world: World, asker: Asker) -> None:
    an, binh = ("Nguyễn Văn An", "2020-01-01", "IN_USE"), ("Trần Thị Bình", "2023-01-01", "IN_USE")
    assert told(matches(asker, personal_id=SHARED)) == [(*binh, True), (*an, False)]
    assert told(matches(asker, {"valid_at": "2021-01-01"}, personal_id=SHARED)) == [(*an, True), (*binh, False)]
    assert matches(asker, old_id=SHARED) == []


def test_a_cancelled_number_finds_its_person_and_is_no_longer_held(world: World, asker: Asker) -> None:
    """The version shown is that of the moment; `person` by the number, as that of a moment, finds no less."""
    assert told(matches(asker, old_id=CANCELLED)) == [("Nguyễn Văn An", "2023-01-01", "CANCELLED", False)]
    before = matches(asker, {"valid_at": "2022-01-01"}, old_id=CANCELLED)
    assert told(before) == [("Nguyễn Văn An", "2020-01-01", "IN_USE", True)]


def test_a_number_yet_to_come_or_of_one_not_yet_born_matches(world: World, asker: Asker) -> None:
    assert told(matches(asker, personal_id=COMING)) == [("Nguyễn Văn An", "2090-01-01", "IN_USE", False)]
    early = matches(asker, {"valid_at": "1990-01-01"}, old_id=CANCELLED)
    assert told(early) == [(None, "2020-01-01", "IN_USE", False)]


def test_only_what_is_believed_at_the_position_matches(world: World, asker: Asker) -> None:
    assert matches(asker, personal_id=WRONG) == []
    found = matches(asker, {"position": world.first, "valid_at": "2022-01-01"}, personal_id=WRONG)
    assert told(found) == [("Trần Thị Bình", "2020-01-01", "IN_USE", True)]


def test_what_is_inside_a_match_is_seen_when_it_was_so(world: World, asker: Asker) -> None:
    fields = "matched{person{id} version{valid_to}} held"
    found = matches(asker, None, fields=fields, personal_id=SHARED)
    assert [match["matched"]["person"]["id"] for match in found] == [str(world.binh), str(world.an)]


def test_an_unknown_number_matches_nobody_and_an_unknown_lookup_is_refused(world: World, asker: Asker) -> None:
    assert matches(asker, personal_id="'; DROP TABLE record; --") == []
    for key in ({"number": "1"}, {"id": str(world.an)}):
        with pytest.raises(errors.BadQuestion) as refused:
            matches(asker, **key)
        assert refused.value.code == "question.unknown_key"


def test_within_a_territory_nobody_matches_who_does_not_reside_there(world: World, asker: Asker) -> None:
    assert asker.ask(Form.MATCHES, "population.person", FIELDS, key={"old_id": CANCELLED}) != []
    found = asker.ask(Form.MATCHES, "population.person", FIELDS, key={"old_id": CANCELLED}, units=[str(world.commune)])
    assert found == []

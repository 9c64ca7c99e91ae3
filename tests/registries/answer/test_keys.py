"""How a record is named: by id, by its keys, through another record; and where the caller may look."""

from datetime import UTC, datetime
from typing import Any

import pytest

from baseregistry import errors
from baseregistry.registries.acts import Period
from baseregistry.registries.question import Form
from tests.conftest import Database
from tests.registries.answer.asking import Asker
from tests.registries.scene import START, Scene

LATER = datetime(2023, 1, 1, tzinfo=UTC)


class World(Scene):
    """Two communes; two parcels under one label; a person whose number another one bore before."""

    def __init__(self, database: Database) -> None:
        super().__init__(database)
        self.other = self.state("administration.unit", code="20411", name="Xã Khác", level="COMMUNE")
        self.twins = [self.parcel("1"), self.parcel("1", commune=self.other)]
        self.single = self.parcel("2")
        self.people = [self.person("Nguyễn Văn An"), self.person("Trần Thị Bình")]
        for person, valid in zip(self.people, (Period(START, LATER), Period(LATER)), strict=True):
            self._number(person, "049090000012", valid, "PERSONAL_ID")
        self._number(self.people[0], "200123456", Period(START), "OLD_ID")
        self._number(self.people[0], "200123457", Period(START), "OLD_ID")
        for parcel in self.twins:
            self.right(parcel, holder=self.people[0])
        self.tell()

    def _number(self, person: Any, number: str, valid: Period, scheme: str) -> None:
        self.state("population.identifier", valid, person=person, number=number, scheme=scheme, status="IN_USE")


@pytest.fixture(scope="module")
def world(shared: Database) -> World:
    return World(shared)


def test_a_unique_key(world: World, asker: Asker) -> None:
    assert asker.one("administration.unit", "name", code="20411") == {"name": "Xã Khác"}
    assert asker.one("administration.unit", "name", code="99999") is None


def test_through_another_record_at_its_moment(world: World, asker: Asker) -> None:
    """A number finds whoever bore it at the moment asked."""
    for moment, name in (("2022-06-01", "Nguyễn Văn An"), ("2024-06-01", "Trần Thị Bình")):
        found = asker.one("population.person", "full_name", as_of={"valid_at": moment}, personal_id="049090000012")
        assert found == {"full_name": name}
    assert asker.one("population.person", "full_name", old_id="049090000012") is None
    assert asker.one("population.person", "full_name", old_id="200123457") == {"full_name": "Nguyễn Văn An"}


def test_a_label_answers_every_match(world: World, asker: Asker) -> None:
    label = {"label": (world.commune, "7", "1")}
    found = asker.many("land.parcel", "nodes{id}", key=label)
    assert {node["id"] for node in found["nodes"]} == set(map(str, world.twins))
    assert asker.one("land.parcel", "id", label=(world.commune, "7", "2")) == {"id": str(world.single)}
    assert asker.one("land.parcel", "id", label=(world.commune, "7", "3")) is None


def test_a_label_of_several_is_not_one(world: World, asker: Asker) -> None:
    with pytest.raises(errors.BadQuestion) as refused:
        asker.one("land.parcel", "id", label=(world.commune, "7", "1"))
    assert refused.value.code == "question.several_records"


def test_an_unknown_key_or_entity_is_refused(world: World, asker: Asker) -> None:
    with pytest.raises(errors.BadQuestion) as refused:
        asker.one("land.parcel", "id", number="1")
    assert refused.value.code == "question.unknown_key"
    for entity, key in (("land.nonsense", {"id": world.single}), ("land.parcel", {})):
        with pytest.raises(errors.BadQuestion) as refused:
            asker.one(entity, "id", **key)
        assert refused.value.code == "question.unknown_record"


def test_a_territory_binds_roots_and_ways_back(world: World, asker: Asker) -> None:
    here, there = [str(world.commune)], [str(world.other)]
    for units, expected in ((here, {world.twins[0], world.single}), (there, {world.twins[1]}), ([], set())):
        found = asker.many("land.parcel", "nodes{id} total_count", units=units)
        assert {node["id"] for node in found["nodes"]} == set(map(str, expected))
        assert found["total_count"] == len(expected)
    assert asker.ask(Form.ONE, "land.parcel", "id", key={"id": world.single}, units=there) is None
    rights = asker.many("land.right", "nodes{parcel{id}}", units=there)["nodes"]
    assert rights == [{"parcel": {"id": str(world.twins[1])}}]
    holder = "nodes{holder{rights{total_count}}}"
    assert asker.many("land.right", holder, units=here)["nodes"] == [{"holder": {"rights": {"total_count": 1}}}]


def test_history_lies_inside_the_territory_too(world: World, asker: Asker) -> None:
    key = {"id": world.single}
    assert len(asker.history("land.parcel", "id", key=key, units=[str(world.commune)])) == 1
    assert asker.history("land.parcel", "id", key=key, units=[str(world.other)]) == []


def test_what_lies_in_no_unit_cannot_be_asked_for_within_a_territory(world: World, asker: Asker) -> None:
    with pytest.raises(errors.BadQuestion) as refused:
        asker.many("access.agency", "nodes{id}", units=[str(world.commune)])
    assert refused.value.code == "question.no_territory"

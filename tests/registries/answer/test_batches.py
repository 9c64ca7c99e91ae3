"""Many records by a list of keys: in the order given, what is missing said; by ids of any entity; at any two times."""

from datetime import UTC, datetime
from typing import Any
from uuid import uuid4

import pytest

from baseregistry import errors
from baseregistry.registries import acts
from baseregistry.registries.acts import Period
from baseregistry.registries.declarations import DECLARATIONS
from baseregistry.registries.ledger import Kind
from baseregistry.registries.question import Bind, Field, Form, Question
from tests.conftest import Database
from tests.registries.answer.asking import Asker, want
from tests.registries.answer.test_sets import asked, told
from tests.registries.scene import START, Scene, entity

LATER = datetime(2023, 1, 1, tzinfo=UTC)
NUMBERS = [f"0490900000{number:02d}" for number in range(12)]
PERSON = "items{key node{full_name}} not_found"


class World(Scene):
    """Twelve people with numbers; the first passes the number on in 2023, the second one's was never right."""

    def __init__(self, database: Database) -> None:
        super().__init__(database)
        self.other = self.state("administration.unit", code="20411", name="Xã Khác", level="COMMUNE")
        self.parcels = [self.parcel("1"), self.parcel("2", commune=self.other)]
        self.people = [self.person(f"Người {number}") for number in range(12)]
        spans = [Period(START, LATER)] + [Period(START)] * 11
        self.identifiers = [self._number(*each) for each in zip(self.people, NUMBERS, spans, strict=True)]
        self._number(self.people[11], NUMBERS[0], Period(LATER))
        self.first = self.tell().position
        retracted = acts.retract(entity("population.identifier"), self.identifiers[1])
        self.last = self.tell([retracted], Kind.RETRACTION).position

    def _number(self, person: Any, number: str, valid: Period) -> Any:
        said = {"person": person, "number": number, "scheme": "PERSONAL_ID", "status": "IN_USE"}
        return self.state("population.identifier", valid, **said)


@pytest.fixture(scope="module")
def world(shared: Database) -> World:
    return World(shared)


def batch(asker: Asker, which: str, fields: str, /, **said: Any) -> Any:
    (as_of, units) = said.pop("as_of", None), said.pop("units", None)
    return asker.ask(Form.BATCH, which, fields, as_of=as_of, units=units, key=said)


def test_keys_keep_their_order_and_what_is_missing_is_said(world: World, asker: Asker) -> None:
    keys = [NUMBERS[5], "nobody's", NUMBERS[3], NUMBERS[5], NUMBERS[1], "nobody's"]
    found = batch(asker, "population.person", PERSON, personal_id=keys)
    names = [item["node"] and item["node"]["full_name"] for item in found["items"]]
    assert [item["key"] for item in found["items"]] == keys
    assert names == ["Người 5", None, "Người 3", "Người 5", None, None]
    assert found["not_found"] == ["nobody's", NUMBERS[1], "nobody's"]


def test_each_field_may_be_asked_for_alone_or_twice(world: World, asker: Asker) -> None:
    fields = "not_found a:items{key} b:items{node{id version{valid_from}}}"
    found = batch(asker, "population.person", fields, id=[str(world.people[2])])
    assert found["not_found"] == []
    assert found["a"] == [{"key": str(world.people[2])}]
    begin = {"valid_from": "2020-01-01T00:00:00.000000Z"}
    assert found["b"] == [{"node": {"id": str(world.people[2]), "version": begin}}]
    assert batch(asker, "population.person", "not_found", id=[]) == {"not_found": []}
    assert batch(asker, "population.person", "items{key}", id=[]) == {"items": []}


@pytest.mark.parametrize(
    ("as_of", "first", "second"),
    [
        ({}, "Người 11", None),
        ({"valid_at": "2022-06-01"}, "Người 0", None),
        ({"valid_at": "2022-06-01", "position": "first"}, "Người 0", "Người 1"),
        ({"valid_at": "2024-06-01", "position": "first"}, "Người 11", "Người 1"),
        ({"valid_at": "2019-06-01"}, None, None),
    ],
)
def test_who_a_number_names_follows_both_times(
    world: World, asker: Asker, as_of: dict[str, Any], first: str | None, second: str | None
) -> None:
    asked = {name: world.first if value == "first" else value for name, value in as_of.items()}
    found = batch(asker, "population.person", PERSON, personal_id=NUMBERS[:2], as_of=asked)["items"]
    assert [item["node"] and item["node"]["full_name"] for item in found] == [first, second]


def test_a_thousand_keys_are_one_question(world: World, asker: Asker) -> None:
    keys = [NUMBERS[2 + place % 10] for place in range(1000)]
    found = batch(asker, "population.person", PERSON, personal_id=keys)
    assert [item["node"]["full_name"] for item in found["items"]] == [f"Người {int(key[-2:])}" for key in keys]


def test_a_territory_hides_what_lies_outside(world: World, asker: Asker) -> None:
    ids = [str(parcel) for parcel in world.parcels]
    found = batch(asker, "land.parcel", "items{node{parcel_number}} not_found", id=ids, units=[str(world.other)])
    assert found == {"items": [{"node": None}, {"node": {"parcel_number": "2"}}], "not_found": ids[:1]}


def test_every_entity_is_found_by_every_single_key(world: World, asker: Asker) -> None:
    for name, declared in DECLARATIONS.entities.items():
        ways = {"id": [str(uuid4())]} | {key.name: ["?"] for key in declared.keys if len(key.attributes) == 1}
        for way, keys in (ways | {lookup.name: ["?"] for lookup in declared.lookups}).items():
            found = batch(asker, name, "items{key node{id}} not_found", **{way: keys})
            assert found == {"items": [{"key": keys[0], "node": None}], "not_found": keys}, (name, way)


def test_an_unknown_key_or_field_is_refused(world: World, asker: Asker) -> None:
    for fields, key, code in (
        (PERSON, {"tax_code": ["1"]}, "question.unknown_key"),
        ("items{name}", {"id": []}, "question.unknown_field"),
        ("count", {"id": []}, "question.unknown_field"),
    ):
        with pytest.raises(errors.BadQuestion) as refused:
            batch(asker, "population.person", fields, **key)
        assert refused.value.code == code


def nodes(asker: Asker, ids: list[Any], **said: Any) -> Any:
    parcels, people = frozenset({"land.parcel"}), frozenset({"population.person"})
    fields = (Field("id", "id"), *want("called:parcel_number", on=parcels), *want("called:full_name", on=people))
    return asker.ask(Form.NODES, "", fields, key={"id": [str(record) for record in ids]}, **said)


def test_ids_of_any_entity_keep_their_order(world: World, asker: Asker) -> None:
    person, parcel, unknown = world.people[7], world.parcels[0], uuid4()
    found = nodes(asker, [person, unknown, parcel, world.commune, person])
    an = {"id": str(person), "called": "Người 7"}
    assert found == [an, None, {"id": str(parcel), "called": "1"}, {"id": str(world.commune)}, an]
    assert nodes(asker, []) == []


def test_ids_are_answered_at_the_two_times(world: World, asker: Asker) -> None:
    first, retracted = world.people[0], world.identifiers[1]
    assert nodes(asker, [first], as_of={"valid_at": "2019-01-01"}) == [None]
    assert nodes(asker, [retracted]) == [None]
    assert nodes(asker, [retracted], as_of={"position": world.first, "valid_at": "2022-01-01"}) == [
        {"id": str(retracted)}
    ]


def test_within_a_territory_what_lies_nowhere_or_elsewhere_is_not_there(world: World, asker: Asker) -> None:
    asked = [world.people[0], *world.parcels]
    assert nodes(asker, asked, units=[str(world.other)]) == [None, None, {"id": str(world.parcels[1]), "called": "2"}]


def test_many_sets_of_keys_are_one_statement(world: World, shared: Database) -> None:
    """Variable batching: each list of keys, and each argument of a derived field, is answered as it is alone."""
    person = Field("of_age", "age_is_at_least", arguments=(("years", Bind(2)),))
    wanted = (
        Field("items", "items", (Field("key", "key"), Field("node", "node", (person,)))),
        Field("missing", "not_found"),
    )
    key = {"key_name": "id", "key_values": (Bind(0, many=True),)}
    batch_of_people = Question("root", "population.person", Form.BATCH, wanted, **key)  # type: ignore[arg-type]
    any_nodes = Question("root", "", Form.NODES, want("id"), **key)  # type: ignore[arg-type]
    people = [str(person) for person in world.people]
    values: list[list[Any]] = [
        [people[:3], None, 18],
        [[], None, 18],
        [[people[5], str(uuid4()), people[5]], None, 999],
        [people[4:5], None, 1],
    ]
    for question in (batch_of_people, any_nodes):
        together, alone = asked(shared, question, values)
        assert [told(found) for found in together] == [told(found) for found in alone]

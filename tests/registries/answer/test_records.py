"""What a record's fields say: leaves of every kind, unions, aliases, long keys, provenance, history."""

import json
from dataclasses import replace
from datetime import UTC, date, datetime
from decimal import Decimal
from fractions import Fraction
from typing import Any

import pytest
import shapely
from psycopg.types.range import DateRange

from baseregistry import db, errors
from baseregistry.registries.acts import Period, change
from baseregistry.registries.ledger import Kind, Provenance
from baseregistry.registries.question import Field, Form
from baseregistry.registries.redaction import Redaction, redact
from tests.conftest import Database
from tests.registries.answer.asking import Asker, want
from tests.registries.scene import START, Scene, entity, placed

SQUARE = shapely.MultiPolygon([shapely.box(562000.125, 1756000.0625, 562020.3, 1756010.1)])
PEOPLE, FIRMS, GROUPS = (
    frozenset({"population.person"}),
    frozenset({"enterprise.enterprise"}),
    frozenset({"land.party_group"}),
)
LONG = "k" * 64
LONGEST = "k" * 63


class World(Scene):
    """A parcel held by a person, an enterprise and a couple."""

    def __init__(self, database: Database) -> None:
        super().__init__(database)
        self.parcel_id = self.parcel("1", documented_area=Decimal("1234567890.10"), geometry=placed(SQUARE))
        known = {"birth_date": DateRange(date(1956, 3, 1), date(1956, 4, 1)), "sex": "F"}
        self.person_id = self.person('Trần "Thị" \\ Bình', **known)
        self.firm = self.state(
            "enterprise.enterprise", tax_code="4000101407", name="Cty", legal_form="CP", status="DANG_HOAT_DONG",
            charter_capital=Decimal(123456789012345678), founded_on=date(2001, 2, 3),
        )  # fmt: skip
        self.couple = self.state("land.party_group", kind="COUPLE", name="Ông Bà")
        self.rights = [
            self.right(self.parcel_id, "1/3", holder=holder, joint=False)
            for holder in (self.person_id, self.firm, self.couple)
        ]
        self.use = self.state("land.land_use", parcel=self.parcel_id, purpose="LUC", long_term=True)
        self.house = self.state("land.asset", parcel=self.parcel_id, kind="HOUSE", status="STANDING", floors=2)
        self.receipt = self.tell()


@pytest.fixture(scope="module")
def world(shared: Database) -> World:
    return World(shared)


def test_exact_numbers_are_strings_and_small_ones_numbers(world: World, asker: Asker) -> None:
    assert asker.one("land.parcel", "documented_area surveyed_area", id=world.parcel_id) == {
        "documented_area": "1234567890.10",
        "surveyed_area": None,
    }
    assert asker.one("land.asset", "floors", id=world.house) == {"floors": 2}
    assert asker.one("enterprise.enterprise", "charter_capital founded_on", id=world.firm) == {
        "charter_capital": "123456789012345678",
        "founded_on": "2001-02-03",
    }


def test_text_flags_shares_and_partial_days(world: World, asker: Asker) -> None:
    right = asker.one("land.right", "id share joint", id=world.rights[0])
    assert right == {"id": str(world.rights[0]), "share": "1/3", "joint": False}
    person = asker.one("population.person", "full_name birth_date death_date", id=world.person_id)
    assert person == {"full_name": 'Trần "Thị" \\ Bình', "birth_date": "1956-03", "death_date": None}


@pytest.mark.parametrize(
    ("first", "after", "shown"),
    [
        ("1956-01-01", "1957-01-01", "1956"),
        ("1956-02-01", "1956-03-01", "1956-02"),
        ("1957-01-01", "1957-02-01", "1957-01"),
        ("1957-02-28", "1957-03-01", "1957-02-28"),
    ],
)
def test_a_partial_day_is_shown_as_far_as_it_is_known(alone: Asker, first: str, after: str, shown: str) -> None:
    import sqlalchemy as sa

    from baseregistry.registries.answer.draft import DIALECT
    from baseregistry.registries.answer.leaves import partial_day_text

    days = sa.literal_column(f"daterange('{first}', '{after}')")
    statement = str(sa.select(partial_day_text(days)).compile(dialect=DIALECT))
    assert alone.connection.execute(statement.encode()).fetchone() == (shown,)


def test_geometry_in_the_storage_crs_is_what_is_stored(world: World, asker: Asker) -> None:
    question, slots = asker.question(Form.ONE, "land.parcel", (), key={"id": world.parcel_id})
    stored, shown = slots.bind(5899), slots.bind(3857)
    fields = (Field("s", "geometry", crs=stored), Field("m", "geometry", crs=shown), Field("d", "geometry"))
    (data,) = asker.answer([replace(question, fields=fields)], slots.values).data
    answer = json.loads(data)
    assert shapely.geometry.shape(answer["s"]).normalize().equals_exact(SQUARE.normalize(), 0)
    assert "crs" not in answer["s"]
    x, y = answer["d"]["coordinates"][0][0][0]
    assert 108 < x < 109
    assert 15 < y < 16
    assert 12_000_000 < answer["m"]["coordinates"][0][0][0][0] < 12_100_000


def test_an_unknown_crs_is_refused(world: World, asker: Asker) -> None:
    question, slots = asker.question(Form.ONE, "land.parcel", (), key={"id": world.parcel_id})
    fields = (Field("g", "geometry", crs=slots.bind(999999)),)
    with pytest.raises(errors.BadQuestion) as refused:
        asker.answer([replace(question, fields=fields)], slots.values)
    assert refused.value.code == "question.unknown_crs"


def test_a_code_is_called_what_the_edition_at_the_moment_says(world: World, asker: Asker) -> None:
    fields = "purpose{code title_vi title_en edition retired} origin{code title_vi} parcel{status{code}}"
    before = asker.one("land.land_use", fields, as_of={"valid_at": "2021-01-01"}, id=world.use)
    assert before["purpose"]["edition"] == "legacy"
    assert before["purpose"]["retired"] is False
    now = asker.one("land.land_use", fields, as_of={"valid_at": "2025-01-01"}, id=world.use)
    assert (now["purpose"]["code"], now["purpose"]["edition"]) == ("LUC", "2024")
    assert (now["origin"], now["parcel"]) == (None, {"status": {"code": "CURRENT"}})


def test_a_holder_is_a_person_or_an_enterprise_or_a_group(world: World, asker: Asker) -> None:
    holder = Field("holder", "holder", (
        Field("__typename", "__typename"),
        Field("name", "full_name", on=PEOPLE), Field("name", "name", on=FIRMS), Field("name", "name", on=GROUPS),
    ))  # fmt: skip
    answers = [asker.one("land.right", (holder,), id=right)["holder"] for right in world.rights]
    assert answers == [
        {"__typename": "Person", "name": 'Trần "Thị" \\ Bình'},
        {"__typename": "Enterprise", "name": "Cty"},
        {"__typename": "PartyGroup", "name": "Ông Bà"},
    ]


def test_a_holder_of_whom_nothing_is_asked_is_an_empty_object(world: World, asker: Asker) -> None:
    holder = Field("holder", "holder", (Field("name", "full_name", on=PEOPLE),))
    assert asker.one("land.right", (holder,), id=world.rights[1]) == {"holder": {}}


def test_keys_come_in_the_order_asked_and_one_field_under_several(world: World, asker: Asker) -> None:
    text = "z:map_sheet a:map_sheet map_sheet r$1:id v$2:id id"
    question, slots = asker.question(Form.ONE, "land.parcel", want(text), key={"id": world.parcel_id})
    (data,) = asker.answer([question], slots.values).data
    found = str(world.parcel_id)
    expected = {"z": "7", "a": "7", "map_sheet": "7", "r$1": found, "v$2": found, "id": found}
    assert json.dumps(expected, separators=(",", ":")).encode() == data


def test_the_same_field_twice_is_one_and_two_things_under_one_key_are_refused(world: World, asker: Asker) -> None:
    assert asker.one("land.parcel", want("map_sheet map_sheet"), id=world.parcel_id) == {"map_sheet": "7"}
    with pytest.raises(errors.BadQuestion) as refused:
        asker.one("land.parcel", want("a:map_sheet a:parcel_number"), id=world.parcel_id)
    assert refused.value.code == "question.key_twice"


@pytest.mark.parametrize("key", [LONGEST, LONG, 'đ"\\' + "ư" * 40])
def test_keys_longer_than_an_identifier(world: World, asker: Asker, key: str) -> None:
    """PostgreSQL cuts identifiers at 63 bytes; two such keys must not become one."""
    fields = (
        Field(key + "1", "map_sheet"),
        Field(key + "2", "documented_area"),
        Field(key + "3", "surveyed_area"),
        Field("n", "rights", (Field(key, "nodes", (Field(key, "share"), Field(key + "x", "joint"))),)),
        Field("h", "history", (Field("nodes", "nodes", (Field(key, "status"),)),)),
    )
    answer = asker.one("land.parcel", fields, id=world.parcel_id)
    right = {key: "1/3", key + "x": False}
    assert answer == {
        key + "1": "7",
        key + "2": "1234567890.10",
        key + "3": None,
        "n": {key: [right] * 3},
        "h": {"nodes": [{key: "CURRENT"}]},
    }


@pytest.mark.parametrize("stem", ["k", LONG])
def test_more_fields_than_a_function_takes_arguments(world: World, asker: Asker, stem: str) -> None:
    fields = tuple(Field(f"{stem}{number}", "map_sheet") for number in range(260))
    assert asker.one("land.parcel", fields, id=world.parcel_id) == {f"{stem}{number}": "7" for number in range(260)}


def test_provenance_of_a_version(world: World, asker: Asker) -> None:
    fields = (
        "version{valid_from valid_to recorded_from recorded_to digest redacted"
        " change{position recorded_at kind event agency document_date recorded_by approved_by feed digest head}"
        " written_by{position}}"
    )
    version = asker.one("land.parcel", fields, id=world.parcel_id)["version"]
    assert world.receipt.recorded_at is not None
    at = world.receipt.recorded_at.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S.%fZ")
    digest = version.pop("digest")
    assert len(bytes.fromhex(digest)) == 32
    change = version.pop("change")
    assert version == {
        "valid_from": "2020-01-01T00:00:00.000000Z",
        "valid_to": None,
        "recorded_from": "1",
        "recorded_to": None,
        "redacted": None,
        "written_by": {"position": "1"},
    }
    assert len(bytes.fromhex(change.pop("digest"))) == 32
    assert change == {
        "position": "1",
        "recorded_at": at,
        "kind": "REGISTRATION",
        "event": None,
        "agency": "Sở Nông nghiệp và Môi trường",
        "document_date": None,
        "recorded_by": "an",
        "approved_by": "bình",
        "feed": False,
        "head": world.receipt.head.hex(),
    }


def test_what_was_redacted_is_named(database: Database, alone: Asker) -> None:
    world = World(database)
    law = Provenance(
        kind=Kind.REDACTION, agency="Tòa án", recorded_by="an", approved_by="bình", legal_basis="91/2025/QH15"
    )
    with db.writing(database.engine) as writing:
        gone = Redaction(entity("population.person"), world.person_id, ("sex", "full_name"))
        redact(writing, database.installation, law, [gone])
    answer = alone.one("population.person", "full_name version{redacted}", id=world.person_id)
    assert answer == {"full_name": None, "version": {"redacted": ["full_name", "sex"]}}


def test_history_is_answered_version_by_version(database: Database, alone: Asker) -> None:
    """Each version as of its own begin; superseded ones as they were known when they were written."""
    world = World(database)
    later, end = datetime(2022, 1, 1, tzinfo=UTC), datetime(2023, 1, 1, tzinfo=UTC)
    parcel, unit = entity("land.parcel"), entity("administration.unit")
    world.tell([change(parcel, world.parcel_id, Period(later), {"map_sheet": "8"})], Kind.REAL_WORLD_CHANGE)
    world.tell([change(unit, world.commune, Period(START, later), {"name": "Xã"})], Kind.CORRECTION)
    world.tell([change(parcel, world.parcel_id, Period(end), {"map_sheet": "9"})], Kind.CORRECTION)

    fields = "map_sheet commune{name} version{valid_from recorded_from recorded_to change{position}}"
    shown = alone.history("land.parcel", fields, key={"id": world.parcel_id})
    assert [(item["map_sheet"], item["commune"]["name"]) for item in shown] == [
        ("7", "Xã"),
        ("8", "Phường Hội An"),
        ("9", "Phường Hội An"),
    ]
    assert alone.one("land.parcel", f"history{{nodes{{{fields}}}}}", id=world.parcel_id) == {
        "history": {"nodes": shown}
    }

    everything = alone.history("land.parcel", fields, key={"id": world.parcel_id}, superseded=True)
    said = [(item["map_sheet"], item["commune"]["name"], item["version"]["recorded_to"]) for item in everything]
    assert said == [
        ("7", "Phường Hội An", "2"),  # its commune had not been corrected when it was believed
        ("7", "Xã", None),
        ("8", "Phường Hội An", "4"),
        ("8", "Phường Hội An", None),
        ("9", "Phường Hội An", None),
    ]
    then = alone.history(
        "land.parcel", "map_sheet", as_of={"position": 2}, key={"id": world.parcel_id}, superseded=True
    )
    assert [item["map_sheet"] for item in then] == ["7", "7", "8"]
    assert alone.history("land.parcel", "map_sheet", key={"id": world.couple}) == []


def test_histories_inside_one_another_are_bounded(world: World, asker: Asker) -> None:
    twice = asker.one("land.parcel", "history{nodes{history{nodes{map_sheet}}}}", id=world.parcel_id)
    assert twice == {"history": {"nodes": [{"history": {"nodes": [{"map_sheet": "7"}]}}]}}
    with pytest.raises(errors.BadQuestion) as refused:
        asker.one(
            "land.parcel",
            "history{nodes{commune{history{nodes{parcels{nodes{history{nodes{id}}}}}}}}}",
            id=world.parcel_id,
        )
    assert refused.value.code == "question.history_too_deep"


def test_history_by_another_key(world: World, asker: Asker) -> None:
    shown = asker.history("enterprise.enterprise", "name", key={"tax_code": "4000101407"})
    assert shown == [{"name": "Cty"}]
    assert asker.history("enterprise.enterprise", "name", key={"tax_code": "0000000000"}) == []


def test_what_is_not_there_is_null(world: World, asker: Asker) -> None:
    assert asker.one("land.parcel", "id", id=world.person_id) is None
    assert asker.one("land.parcel", "id", as_of={"valid_at": "2019-12-31"}, id=world.parcel_id) is None


@pytest.mark.parametrize("fields", ["nonsense", "rights{nodes{id} nonsense}", "version{nonsense}", "status{nonsense}"])
def test_fields_that_are_not_declared_are_refused(world: World, asker: Asker, fields: str) -> None:
    with pytest.raises(errors.BadQuestion) as refused:
        asker.one("land.parcel", fields, id=world.parcel_id)
    assert refused.value.code == "question.unknown_field"


def test_type_names_are_the_doors_own(world: World, asker: Asker) -> None:
    def named(name: str, *more: Field) -> tuple[Field, ...]:
        return (Field("t", "__typename", type_name=name), *more)

    page = Field("page_info", "page_info", named("PageInfo"))
    edges = Field("edges", "edges", named("RightEdge", Field("node", "node", want("t:__typename"))))
    version = Field("version", "version", named("Version", Field("change", "change", named("Change"))))
    fields = named("Parcel", Field("rights", "rights", named("RightConnection", page, edges)), version)
    fields += (Field("status", "status", named("Code")),)
    answer: Any = asker.one("land.parcel", fields, id=world.parcel_id)
    assert answer == {
        "t": "Parcel",
        "rights": {"t": "RightConnection", "page_info": {"t": "PageInfo"}, "edges": [{"t": "RightEdge", "node": {"t": "Right"}}] * 3},
        "version": {"t": "Version", "change": {"t": "Change"}},
        "status": {"t": "Code"},
    }  # fmt: skip


def test_a_share_is_reduced_to_be_compared(world: World, asker: Asker) -> None:
    for share in ("1/3", "2/6", Fraction(1, 3)):
        found = asker.many(
            "land.right", "total_count", where=lambda slots, share=share: slots.where("share", "eq", share)
        )
        assert found == {"total_count": 3}

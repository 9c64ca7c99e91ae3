"""The two times of a question: what was known when, what held when, and at which moment each reference looks."""

import json
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from baseregistry import errors
from baseregistry.registries.acts import Period, change, register
from baseregistry.registries.digests import GENESIS
from baseregistry.registries.ledger import Kind
from baseregistry.registries.question import Form
from tests.conftest import Database
from tests.registries.answer.asking import Asker, Slots
from tests.registries.scene import Scene, entity

REFORM = datetime(2025, 6, 30, 17, tzinfo=UTC)  # 2025-07-01 in the register's zone
BEFORE, AFTER = "2024-05-01T00:00:00Z", "2025-08-01T00:00:00Z"
ALWAYS, UNTIL, SINCE = Period(), Period(None, REFORM), Period(REFORM)
PERSON = (
    "id name:full_name birthplace{name} civil_events{nodes{place{name code}}}"
    " version{valid_from valid_to recorded_from recorded_to change{position kind} written_by{position}}"
)


class World(Scene):
    """A commune that another one replaced under the same code; a parcel that moved with it; a person, renamed."""

    def __init__(self, database: Database) -> None:
        super().__init__(database)
        self.acts.clear()
        self.old = self.state("administration.unit", UNTIL, code="1", name="Cũ", level="COMMUNE")
        self.new = self.state("administration.unit", SINCE, code="1", name="Mới", level="COMMUNE")
        self.state("administration.succession", SINCE, predecessor=self.old, successor=self.new, coverage="WHOLE")
        self.parcel_id = self.state("land.parcel", UNTIL, **self._parcel(self.old))
        self.person_id = self.state("population.person", ALWAYS, full_name="An", status="ALIVE", birthplace=self.old)
        self.child = self.state("population.person", ALWAYS, full_name="Bé", status="ALIVE", birthplace=self.new)
        self.born = self.state("population.civil_event", ALWAYS, kind="KS", person=self.person_id, place=self.old)
        since = Period(datetime(2010, 1, 1, tzinfo=UTC))
        self.wed = self.state("population.civil_event", since, kind="KH", person=self.person_id, place=self.old)
        self.receipts = [self.tell()]
        moved = register(entity("land.parcel"), self.parcel_id, SINCE, self._parcel(self.new))
        self.receipts.append(self.tell([moved], Kind.REORGANISATION))
        wrong_since = Period(datetime(2015, 1, 1, tzinfo=UTC))
        renamed = change(entity("population.person"), self.person_id, wrong_since, {"full_name": "Ân"})
        self.receipts.append(self.tell([renamed], Kind.CORRECTION))

    def _parcel(self, commune: Any) -> dict[str, Any]:
        numbered = {"numbering_commune": self.old, "map_sheet": "1", "parcel_number": "1"}
        return {"commune": commune, "status": "CURRENT", **numbered}


@pytest.fixture(scope="module")
def world(shared: Database) -> World:
    return World(shared)


def test_the_moment_asked_chooses_the_version(world: World, asker: Asker) -> None:
    person = world.person_id
    assert asker.one(
        "population.person", "full_name", as_of={"valid_at": "2014-12-31T23:59:59.999999Z"}, id=person
    ) == {"full_name": "An"}
    assert asker.one("population.person", "full_name", as_of={"valid_at": "2015-01-01T00:00:00Z"}, id=person) == {
        "full_name": "Ân"
    }
    assert asker.one("population.person", "full_name", id=person) == {"full_name": "Ân"}


def test_a_day_means_its_first_instant_in_the_registers_zone(world: World, asker: Asker) -> None:
    at = {"valid_at": "2025-07-01"}
    assert asker.one("administration.unit", "name", as_of=at, code="1") == {"name": "Mới"}
    assert asker.one("administration.unit", "name", as_of={"valid_at": "2025-06-30T16:59:59.999999Z"}, code="1") == {
        "name": "Cũ"
    }


def test_a_position_answers_what_was_known_then(world: World, asker: Asker) -> None:
    first, *_, last = (receipt.position for receipt in world.receipts)
    moment = {"valid_at": AFTER}
    known = asker.one("population.person", "full_name", as_of={"position": first, **moment}, id=world.person_id)
    assert known == {"full_name": "An"}
    now = asker.one("population.person", "full_name", as_of={"position": last, **moment}, id=world.person_id)
    assert now == {"full_name": "Ân"}


def test_known_at_is_the_last_position_not_later(world: World, asker: Asker) -> None:
    second = world.receipts[1]
    assert second.recorded_at is not None
    for moment, position in ((second.recorded_at, 2), (second.recorded_at - timedelta(microseconds=1), 1)):
        question, slots = asker.question(
            Form.ONE, "population.person", "full_name", as_of={"known_at": moment}, key={"id": world.person_id}
        )
        answer = asker.answer([question], slots.values)
        assert answer.snapshots[0].position == position
        assert answer.snapshots[0].valid_at == answer.snapshots[0].recorded_at  # known then, and no other moment asked


def test_the_snapshot_asked_again_gives_the_same_bytes(world: World, asker: Asker) -> None:
    question, slots = asker.question(Form.ONE, "population.person", PERSON, key={"id": world.person_id})
    now = asker.answer([question], slots.values)
    taken = now.snapshots[0]
    again = {"position": taken.position, "valid_at": taken.valid_at, "ledger_hash": taken.ledger_hash}
    question, slots = asker.question(Form.ONE, "population.person", PERSON, as_of=again, key={"id": world.person_id})
    then = asker.answer([question], slots.values)
    assert then.data == now.data
    assert then.snapshots == now.snapshots


def test_an_answer_at_a_position_stays_the_same_after_later_acts(database: Database, alone: Asker) -> None:
    world = World(database)
    fields = PERSON + " history{nodes{full_name version{recorded_from recorded_to}}}"

    def taken(position: int) -> bytes:
        as_of = {"position": position, "valid_at": AFTER}
        question, slots = alone.question(
            Form.ONE, "population.person", fields, as_of=as_of, key={"id": world.person_id}
        )
        return alone.answer([question], slots.values).data[0]

    before = [taken(position) for position in (1, 2, 3)]
    corrected = change(entity("population.person"), world.person_id, Period(), {"full_name": "Ấn"}, across=True)
    assert world.tell([corrected], Kind.CORRECTION).position == 4
    assert [taken(position) for position in (1, 2, 3)] == before
    assert taken(4) != before[-1]


def test_what_ended_later_is_not_told_at_an_earlier_position(world: World, asker: Asker) -> None:
    fields = "version{recorded_from recorded_to}"
    then = asker.one("population.person", fields, as_of={"position": 1}, id=world.person_id)
    assert then == {"version": {"recorded_from": "1", "recorded_to": None}}
    superseded = asker.history("population.person", fields, key={"id": world.person_id}, superseded=True)
    assert {"version": {"recorded_from": "1", "recorded_to": "3"}} in superseded


def test_a_position_alone_is_asked_at_its_own_time(world: World, asker: Asker) -> None:
    question, slots = asker.question(
        Form.ONE, "population.person", "full_name", as_of={"position": 2}, key={"id": world.person_id}
    )
    snapshot = asker.answer([question], slots.values).snapshots[0]
    recorded = world.receipts[1].recorded_at
    assert recorded is not None
    assert snapshot.valid_at == recorded.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S.%fZ")


def test_same_begin_and_latest(world: World, asker: Asker) -> None:
    fields = "commune{name} numbering_commune{name code}"
    then = asker.one("land.parcel", fields, as_of={"valid_at": BEFORE}, id=world.parcel_id)
    assert then == {"commune": {"name": "Cũ"}, "numbering_commune": {"name": "Cũ", "code": "1"}}
    later = asker.one("land.parcel", fields, as_of={"valid_at": AFTER}, id=world.parcel_id)
    assert later == {"commune": {"name": "Mới"}, "numbering_commune": {"name": "Cũ", "code": "1"}}  # it ended


def test_latest_is_null_before_the_target_began(world: World, asker: Asker) -> None:
    born = [
        asker.one("population.person", "birthplace{name}", as_of={"valid_at": at}, id=world.child)
        for at in (BEFORE, AFTER)
    ]
    assert born == [{"birthplace": None}, {"birthplace": {"name": "Mới"}}]
    succession = "nodes{predecessor{name} successor{name}}"
    seen = asker.many("administration.succession", succession, as_of={"valid_at": AFTER})
    assert seen == {"nodes": [{"predecessor": {"name": "Cũ"}, "successor": {"name": "Mới"}}]}


def test_below_latest_everything_is_seen_when_the_target_last_held(world: World, asker: Asker) -> None:
    """The old commune's parcels are those of its last moment, whenever the question is asked."""
    fields = "birthplace{name parcels{nodes{commune{name}}} version{valid_to}}"
    person = asker.one("population.person", fields, as_of={"valid_at": AFTER}, id=world.person_id)
    assert person["birthplace"]["parcels"] == {"nodes": [{"commune": {"name": "Cũ"}}]}
    assert person["birthplace"]["version"] == {"valid_to": "2025-06-30T17:00:00.000000Z"}


def test_begin_looks_when_the_referring_version_began(world: World, asker: Asker) -> None:
    event = asker.one("population.civil_event", "place{name}", as_of={"valid_at": AFTER}, id=world.wed)
    assert event == {"place": {"name": "Cũ"}}


def test_begin_of_an_unbounded_version_is_the_targets_first(world: World, asker: Asker) -> None:
    event = asker.one(
        "population.civil_event", "place{name parcels{total_count}}", as_of={"valid_at": AFTER}, id=world.born
    )
    assert event == {"place": {"name": "Cũ", "parcels": {"total_count": 1}}}


def test_ways_back_hold_at_the_moment_asked(world: World, asker: Asker) -> None:
    """Also those of LATEST: the old commune numbered the parcel, in every version of it."""
    fields = "numbered_parcels{nodes{commune{name}}} parcels{total_count}"
    unit = asker.one("administration.unit", fields, as_of={"valid_at": BEFORE}, id=world.old)
    assert unit == {"numbered_parcels": {"nodes": [{"commune": {"name": "Cũ"}}]}, "parcels": {"total_count": 1}}
    person = asker.one("population.person", "birthplace{numbered_parcels{total_count}}", id=world.person_id)
    assert person == {"birthplace": {"numbered_parcels": {"total_count": 1}}}


def test_roots_of_one_statement_have_moments_of_their_own(world: World, asker: Asker) -> None:
    slots, roots = Slots(), []
    moments: list[dict[str, Any]] = [
        {"position": 1},
        {"position": 3},
        {},
        {"valid_at": BEFORE},
        {"known_at": world.receipts[1].recorded_at},
    ]
    for as_of in moments:
        key = {"id": world.person_id}
        roots.append(asker.question(Form.ONE, "population.person", "full_name", slots, as_of=as_of, key=key)[0])
    answer = asker.answer(roots, slots.values)
    names = [json.loads(data)["full_name"] for data in answer.data]
    assert names == ["An", "Ân", "Ân", "Ân", "An"]
    assert [taken.position for taken in answer.snapshots] == [1, 3, 3, 3, 2]
    assert answer.snapshots[3].valid_at == "2024-05-01T00:00:00.000000Z"


def test_the_empty_ledger_is_position_0(alone: Asker) -> None:
    for as_of in ({}, {"position": 0}, {"known_at": "2001-01-01T00:00:00Z"}):
        question, slots = alone.question(Form.MANY, "land.parcel", "nodes{id}", as_of=as_of)
        answer = alone.answer([question], slots.values)
        assert answer.data == (b'{"nodes":[]}',)
        taken = answer.snapshots[0]
        assert (taken.position, taken.recorded_at, taken.ledger_hash) == (0, None, GENESIS.hex())


def test_what_is_not_known_yet_is_refused(world: World, asker: Asker) -> None:
    head = world.receipts[-1].position
    with pytest.raises(errors.BadQuestion) as refused:
        asker.one("population.person", "id", as_of={"position": head + 1}, id=world.person_id)
    assert refused.value.code == "question.future_position"
    assert refused.value.where == {"position": str(head + 1), "head": str(head)}
    with pytest.raises(errors.BadQuestion) as refused:
        asker.one("population.person", "id", as_of={"known_at": "2999-01-01T00:00:00Z"}, id=world.person_id)
    assert refused.value.code == "question.future_known_at"


def test_another_ledger_is_refused(world: World, asker: Asker) -> None:
    with pytest.raises(errors.Forked) as refused:
        asker.one("population.person", "id", as_of={"position": 2, "ledger_hash": "00" * 32}, id=world.person_id)
    assert refused.value.code == "ledger.forked"


def test_a_naive_timestamp_is_refused(world: World, asker: Asker) -> None:
    with pytest.raises(errors.BadQuestion) as refused:
        asker.one("population.person", "id", as_of={"valid_at": "2025-07-01T00:00:00"}, id=world.person_id)
    assert refused.value.code == "input.naive_timestamp"


def test_known_twice_is_refused(world: World, asker: Asker) -> None:
    with pytest.raises(errors.BadQuestion) as refused:
        asker.one("population.person", "id", as_of={"known_at": BEFORE, "position": 1}, id=world.person_id)
    assert refused.value.code == "question.known_twice"

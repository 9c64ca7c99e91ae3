"""Every way in which a change is refused: with a code, in the register's words, and leaving nothing behind."""

from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any
from uuid import UUID, uuid4

import psycopg
import pytest
import shapely

from baseregistry import cluster, db, errors
from baseregistry.registries import changes, ledger
from baseregistry.registries.acts import Act, Period, change, end, register, retract
from baseregistry.registries.changes import Receipt
from baseregistry.registries.days import TICK
from baseregistry.registries.ledger import Invented, Kind
from baseregistry.registries.verification import verify
from tests.registries.ledger.conftest import drop, ground_in
from tests.registries.ledger.refusals import everything, refused
from tests.registries.ledger.register import LINK, PLACE, THING, Ground, period, provenance, say

ALWAYS = Period()
SINCE = period(4, None)


def place(ground: Ground, valid: Period = ALWAYS, **values: Any) -> UUID:
    record = uuid4()
    say(ground, register(PLACE, record, valid, {"code": record.hex, **values}))
    return record


def thing(ground: Ground, valid: Period = SINCE, **values: Any) -> UUID:
    record = uuid4()
    say(ground, register(THING, record, valid, {"name": "An", **values}))
    return record


# --- who may say it, and of what sort it is ------------------------------------------------------------


@pytest.mark.parametrize("sort", [Kind.CORRECTION, Kind.RETRACTION, Kind.REDACTION])
@pytest.mark.parametrize("approved_by", [None, "an", "", "  "])
def test_a_correction_needs_four_eyes(ground: Ground, sort: Kind, approved_by: str | None) -> None:
    act = register(THING, uuid4(), SINCE, {"name": "An"})
    refused(ground, "ledger.four_eyes", act, sort=sort, approved_by=approved_by)


def test_a_source_agencys_own_feed_needs_no_second_pair_of_eyes_here(ground: Ground) -> None:
    act = register(THING, uuid4(), SINCE, {"name": "An"})
    assert say(ground, act, sort=Kind.CORRECTION, approved_by=None, feed=True).changed


def test_the_table_itself_asks_for_four_eyes(ground: Ground) -> None:
    """Should a writer ever forget: the constraint is the last line."""
    columns = provenance(approved_by="an").columns()
    row = columns | {"position": 10**6, "recorded_at": datetime.now(UTC), "synthetic": False, "schema_edition": "1"}
    with pytest.raises(psycopg.errors.CheckViolation, match="four_eyes"), db.writing(ground.engine) as writing:
        writing.execute(ground.installation.tables.ledger_change.insert(), row | {"digest": b"", "head": b""})


@pytest.mark.parametrize("sort", [Kind.REGISTRATION, Kind.REAL_WORLD_CHANGE, Kind.REORGANISATION])
def test_what_was_never_so_is_not_said_under_another_name(ground: Ground, sort: Kind) -> None:
    record = thing(ground)
    refused(ground, "ledger.retraction_needs_its_kind", retract(THING, record), sort=sort)
    assert say(ground, retract(THING, record), sort=Kind.RETRACTION).changed


def test_a_registration_changes_nothing_that_is_believed(ground: Ground) -> None:
    record = thing(ground)
    for act in (change(THING, record, period(6, None), {"name": "Bình"}), end(THING, record, period(6, None).begin)):
        refused(ground, "ledger.registration_changes_nothing", act, sort=Kind.REGISTRATION)


def test_a_belief_is_replaced_from_its_begin_only_by_a_correction(ground: Ground) -> None:
    record, named = thing(ground), {"name": "Bình"}
    for until in (6, None):
        act = change(THING, record, period(4, until), named)
        refused(ground, "versions.correction_needs_its_kind", act, sort=Kind.REAL_WORLD_CHANGE)
    assert say(ground, change(THING, record, period(5, None), named), sort=Kind.REAL_WORLD_CHANGE).changed
    assert say(ground, change(THING, record, period(4, 5), named), sort=Kind.CORRECTION).changed


def test_a_redaction_has_no_acts(ground: Ground) -> None:
    act = register(THING, uuid4(), SINCE, {"name": "An"})
    refused(ground, "ledger.redaction_has_no_acts", act, sort=Kind.REDACTION)


@pytest.mark.parametrize("nobody", [{"agency": " "}, {"recorded_by": ""}])
def test_a_change_is_somebodys_word(ground: Ground, nobody: dict[str, str]) -> None:
    refused(ground, "ledger.nobodys_word", register(THING, uuid4(), SINCE, {"name": "An"}), **nobody)


def test_a_number_is_never_rounded_into_its_column(ground: Ground) -> None:
    act = register(PLACE, uuid4(), ALWAYS, {"code": "r", "size": Decimal("5.1234567")})
    refused(ground, "input.too_many_decimals", act)


def test_a_geometry_says_its_crs(ground: Ground) -> None:
    act = register(PLACE, uuid4(), ALWAYS, {"code": "g", "spot": shapely.Point(540000, 1750000)})
    refused(ground, "input.no_crs", act)


def test_a_source_that_says_no_zone_is_refused(ground: Ground) -> None:
    act = register(THING, uuid4(), SINCE, {"name": "An"})
    naive = datetime(2025, 7, 1, 8)
    before = everything(ground)
    with pytest.raises(errors.BadValue) as refusal:
        say(ground, act, source_recorded_at=naive)
    assert refusal.value.code == "input.naive_timestamp"
    assert everything(ground) == before


# --- when ----------------------------------------------------------------------------------------------


def test_a_period_without_a_zone_or_backwards_is_refused() -> None:
    noon = datetime(2025, 7, 1, 12, tzinfo=UTC)
    with pytest.raises(errors.BadValue) as naive:
        Period(noon.replace(tzinfo=None))
    assert naive.value.code == "input.naive_timestamp"
    for until in (noon, noon - timedelta(microseconds=1), noon.astimezone().replace(fold=1)):
        with pytest.raises(errors.BadValue) as backwards:
            Period(noon, until)
        assert backwards.value.code == "versions.end_before_begin"


def test_the_ledger_is_busy_when_it_is_held(ground: Ground, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(ledger, "WAIT", "80ms")
    mine, theirs = uuid4(), uuid4()
    with db.writing(ground.engine) as writing:
        changes.record(writing, ground.installation, provenance(), [register(THING, theirs, SINCE, {"name": "An"})])
        # Within the block the ledger is never given back: only a refusal ends this waiting.
        busy = refused(ground, "ledger.busy", register(THING, mine, SINCE, {"name": "An"}))
    assert busy.where["retry_after_seconds"] > 0
    assert say(ground, register(THING, mine, SINCE, {"name": "An"})).changed
    assert say(ground, change(THING, theirs, SINCE, {"n": 1})).changed


def invented(ground: Ground, ahead: timedelta, key: bytes = b"seed") -> Receipt:
    """Record something on an invented clock."""
    moment = datetime.now(UTC) + ahead
    with db.writing(ground.engine) as writing:
        act = register(THING, uuid4(), SINCE, {"name": "An"})
        return changes.record(writing, ground.installation, provenance(), [act], Invented(lambda: moment, key))


def test_a_clock_far_behind_the_ledger_is_refused(fresh: Ground) -> None:
    invented(fresh, timedelta(seconds=30))
    refused(fresh, "ledger.clock_behind", register(THING, uuid4(), SINCE, {"name": "An"}))


def test_a_clock_a_little_behind_the_ledger_is_pushed_on(fresh: Ground) -> None:
    last = invented(fresh, timedelta(seconds=4)).recorded_at
    assert last is not None
    assert say(fresh, register(THING, uuid4(), SINCE, {"name": "An"})).recorded_at == last + TICK


def test_a_clock_is_invented_only_where_history_is(fresh: Ground) -> None:
    """The first change says that the ledger is synthetic; after a real change no clock is taken any more."""
    first, second = invented(fresh, timedelta(days=-9)), invented(fresh, timedelta(days=-10))
    assert first.recorded_at is not None
    assert second.recorded_at == first.recorded_at + TICK, "an invented clock goes on too"
    assert [row.synthetic for row in fresh.rows("SELECT synthetic FROM ledger_change")] == [True, True]
    say(fresh, register(THING, uuid4(), SINCE, {"name": "An"}))
    before = everything(fresh)
    with pytest.raises(errors.Refused) as refusal:
        invented(fresh, timedelta(days=1))
    assert refusal.value.code == "ledger.not_synthetic"
    assert everything(fresh) == before


def test_the_same_seed_makes_the_same_ledger(fresh: Ground, running_cluster: cluster.Cluster) -> None:
    other = ground_in(running_cluster, f"ground_{uuid4().hex}")
    ids, moment = [UUID(int=7), UUID(int=8)], datetime(2020, 1, 1, tzinfo=UTC)

    def heads(ground: Ground, key: bytes) -> list[bytes]:
        told = []
        for acts in (
            [
                register(PLACE, ids[0], ALWAYS, {"code": "A"}),
                register(THING, ids[1], SINCE, {"name": "An", "place": ids[0]}),
            ],
            [change(THING, ids[1], period(5, 6), {"n": 1})],
        ):
            with db.writing(ground.engine) as writing:
                clock = Invented(lambda: moment, key)
                told.append(changes.record(writing, ground.installation, provenance(), acts, clock).head)
        return told

    try:
        assert heads(fresh, b"seed") == heads(other, b"seed")
    finally:
        drop(running_cluster, other)


# --- about what ----------------------------------------------------------------------------------------


def test_an_act_on_no_record_or_on_another_entitys_is_refused(ground: Ground) -> None:
    known = place(ground)
    refused(ground, "versions.no_such_record", change(THING, uuid4(), SINCE, {"n": 1}))
    refused(ground, "versions.no_such_record", end(LINK, uuid4(), SINCE.begin))
    refused(ground, "versions.no_such_record", retract(PLACE, uuid4()))
    refused(ground, "versions.no_such_record", change(THING, known, SINCE, {"n": 1}))
    refused(ground, "versions.no_such_record", register(THING, known, SINCE, {"name": "An"}))


@pytest.mark.parametrize("sort", [Kind.CORRECTION, Kind.REAL_WORLD_CHANGE, Kind.REORGANISATION])
def test_only_a_relation_ends(ground: Ground, sort: Kind) -> None:
    record, at = thing(ground), period(6, None).begin
    assert at is not None
    refusal = refused(ground, "acts.not_a_relation", end(THING, record, at), sort=sort)
    assert refusal.where == {"entity": "test.thing"}
    assert refusal.hint
    assert say(ground, end(PLACE, place(ground), at), sort=sort).changed


def test_one_identity_is_of_one_entity(ground: Ground) -> None:
    same = uuid4()
    acts = register(THING, same, SINCE, {"name": "An"}), register(PLACE, same, ALWAYS, {"code": "twice"})
    refused(ground, "versions.no_such_record", *acts)


def test_a_reference_to_no_record_is_refused_with_the_referrer(ground: Ground) -> None:
    known, nobody = place(ground), uuid4()
    refused(ground, "versions.dangling_reference", register(THING, uuid4(), SINCE, {"name": "An", "place": nobody}))
    act = register(THING, uuid4(), SINCE, {"name": "An", "place": known, "last": known})
    assert say(ground, act).changed
    refusal = refused(ground, "versions.dangling_reference", retract(PLACE, known))
    assert str(act.record_id) in refusal.where["referrers"]
    assert str(known) in refusal.where["targets"]


def test_a_key_held_twice_is_refused_by_its_name(ground: Ground) -> None:
    held = uuid4().hex
    place(ground, code=held)
    refusal = refused(ground, "versions.duplicate_key", register(PLACE, uuid4(), ALWAYS, {"code": held}))
    assert refusal.where["key"] == "code"


# --- and nothing else happens --------------------------------------------------------------------------


@pytest.mark.parametrize(
    "bad",
    [
        register(THING, uuid4(), SINCE, {"name": "An", "last": UUID(int=5)}),
        register(THING, uuid4(), SINCE, {"name": None}),
        change(THING, uuid4(), SINCE, {"n": 1}),
    ],
    ids=["dangling", "nameless", "unknown"],
)
def test_a_refusal_that_the_caller_survives_leaves_nothing_in_his_transaction(ground: Ground, bad: Act) -> None:
    """One bad row stops no other: before and after it, in one transaction, changes are whole or not there."""
    good = [register(THING, uuid4(), SINCE, {"name": "An"}) for _ in range(2)]
    start, rows = ground.head(), ground.one("SELECT count(*) FROM record")
    with db.writing(ground.engine) as writing:
        first = changes.record(writing, ground.installation, provenance(), good[:1])
        with pytest.raises(errors.RegisterError):
            changes.record(
                writing, ground.installation, provenance(), [register(PLACE, uuid4(), ALWAYS, {"code": "?"}), bad]
            )
        second = changes.record(writing, ground.installation, provenance(), good[1:])
    assert (first.position, second.position) == (start + 1, start + 2)
    assert ground.one("SELECT count(*) FROM record") == rows + 2
    assert ground.one("SELECT count(*) FROM test_place WHERE code = '?'") == 0
    assert_sound(ground)


def test_a_block_that_fails_takes_its_changes_with_it(ground: Ground) -> None:
    before = everything(ground)

    def fail(writing: db.Writing) -> None:
        changes.record(writing, ground.installation, provenance(), [register(THING, uuid4(), SINCE, {"name": "An"})])
        raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError), db.writing(ground.engine) as writing:
        fail(writing)
    assert everything(ground) == before


def test_what_is_said_already_is_not_written_again(ground: Ground) -> None:
    record, before = thing(ground, n=5), everything(ground)
    receipt = say(ground, change(THING, record, period(5, 8), {"n": 5, "name": "An"}))
    assert not receipt.changed
    assert receipt.position == ground.head()
    assert everything(ground) == [before[0]]


def assert_sound(ground: Ground) -> None:
    with db.reading(ground.engine) as reading:
        assert verify(reading, ground.installation).problems == []


def test_after_all_this_the_ledger_is_sound(ground: Ground) -> None:
    assert_sound(ground)

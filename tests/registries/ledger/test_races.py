"""Many at once, on real connections: no position is ever seen half-written, and one of two contradictions is refused."""

import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any
from uuid import UUID, uuid4

import psycopg
import pytest

from baseregistry import db, errors
from baseregistry.registries import changes, ledger
from baseregistry.registries.acts import Period, Verb, change, register, retract
from baseregistry.registries.ledger import head
from baseregistry.registries.verification import verify
from tests.registries.ledger.register import PLACE, SCHEMA, THING, Ground, period, provenance, say

ALWAYS, SINCE = Period(), period(4, None)

# how many versions of each entity stand at a position, beside how many its change says it wrote
SEEN = """
SELECT l.position, CAST(l.case_id AS integer) AS said,
  (SELECT count(*) FROM test_place WHERE recorded_from = l.position) AS places,
  (SELECT count(*) FROM test_thing WHERE recorded_from = l.position) AS things,
  (SELECT max(recorded_from) FROM test_place) AS last_place,
  (SELECT max(recorded_from) FROM test_thing) AS last_thing,
  (SELECT max(recorded_to) FROM test_place) AS last_closed
FROM ledger_change l ORDER BY l.position"""


def at_once(*deeds: Callable[[], Any]) -> list[Any]:
    """Do all of it at the same moment; answers what each returned or raised."""
    together = threading.Barrier(len(deeds))

    def do(deed: Callable[[], Any]) -> Any:
        together.wait()
        try:
            return deed()
        except errors.RegisterError as refusal:
            return refusal.code

    with ThreadPoolExecutor(len(deeds)) as threads:
        return list(threads.map(do, deeds))


def test_a_reader_sees_all_of_a_change_or_nothing(fresh: Ground) -> None:
    """Two writers, two readers: one in snapshots, one with single statements, which must do as well."""
    shared = [uuid4() for _ in range(3)]
    say(fresh, *(register(PLACE, record, ALWAYS, {"code": record.hex}) for record in shared), case="3")
    over, looks = threading.Event(), []

    def write(number: int) -> int:
        for turn in range(25):
            size = 3 + (turn * 7 + number) % 5
            acts = [change(PLACE, record, ALWAYS, {"size": turn * 2 + number}) for record in shared]
            acts += [register(PLACE, record := uuid4(), ALWAYS, {"code": record.hex}) for _ in range(size - 3)]
            acts += [register(THING, uuid4(), SINCE, {"name": "An", "place": shared[0]}) for _ in range(size)]
            say(fresh, *acts, case=str(size))
        return number

    def read(isolation: psycopg.IsolationLevel, autocommit: bool) -> int:
        path = f"-c search_path={SCHEMA},public"
        with psycopg.connect(fresh.url, options=path, autocommit=autocommit) as connection:
            connection.isolation_level = isolation
            while not over.is_set():
                rows = connection.execute(SEEN).fetchall()
                _whole(rows)
                if not autocommit:
                    assert connection.execute(SEEN).fetchall() == rows, "a snapshot moved"
                    connection.commit()
                looks.append(len(rows))
        return len(looks)

    with ThreadPoolExecutor(2) as readers:
        seen = [
            readers.submit(read, psycopg.IsolationLevel.REPEATABLE_READ, False),
            readers.submit(read, psycopg.IsolationLevel.READ_COMMITTED, True),
        ]
        try:
            assert at_once(lambda: write(0), lambda: write(1)) == [0, 1]
        finally:
            over.set()
        for reader in seen:
            reader.result()
    assert len(set(looks)) > 10, "the readers looked while it was written"
    assert fresh.head() == 51
    _sound(fresh)


def _whole(rows: list[tuple[Any, ...]]) -> None:
    assert [row[0] for row in rows] == list(range(1, len(rows) + 1)), "a gap in the positions"
    for position, said, places, things, last_place, last_thing, last_closed in rows:
        assert (places, things) == (said, 0 if position == 1 else said), "a position half-written"
        assert max(last_place, last_thing or 0, last_closed or 0) <= len(rows), "versions before their change"


def test_what_is_not_committed_is_not_there(ground: Ground) -> None:
    record, before = uuid4(), ground.head()
    with db.writing(ground.engine) as writing:
        receipt = changes.record(
            writing, ground.installation, provenance(), [register(THING, record, SINCE, {"name": "An"})]
        )
        assert receipt.position == before + 1
        assert ground.head() == before
        assert ground.rows("SELECT 1 FROM test_thing WHERE record_id = :record", {"record": record}) == []
    with db.reading(ground.engine) as reading:
        assert head(reading).head == receipt.head
    assert len(ground.rows("SELECT 1 FROM test_thing WHERE record_id = :record", {"record": record})) == 1


def test_of_two_who_register_one_record_one_is_refused(ground: Ground) -> None:
    for _ in range(5):
        record = uuid4()
        came = at_once(*[lambda record=record: _register(ground, record, uuid4().hex) for _ in range(4)])
        assert sorted(map(str, came)) == ["True", *["versions.second_belief"] * 3]


def test_of_two_who_take_one_key_one_is_refused(ground: Ground) -> None:
    for _ in range(5):
        key = uuid4().hex
        came = at_once(*[lambda key=key: _register(ground, uuid4(), key) for _ in range(4)])
        assert sorted(map(str, came)) == ["True", *["versions.duplicate_key"] * 3]


def test_of_two_who_retract_a_place_and_refer_to_it_one_is_refused(ground: Ground) -> None:
    """Whichever comes first, no reference is left without its target."""
    for _ in range(6):
        record = uuid4()
        _register(ground, record, record.hex)
        came = at_once(
            lambda record=record: say(ground, register(THING, uuid4(), SINCE, {"name": "An", "place": record})).changed,
            lambda record=record: say(ground, retract(PLACE, record)).changed,
        )
        assert came in ([True, "versions.dangling_reference"], ["versions.dangling_reference", True])


def _register(ground: Ground, record: UUID, code: str) -> bool:
    return say(ground, register(PLACE, record, ALWAYS, {"code": code})).changed


def _sound(ground: Ground) -> None:
    with db.reading(ground.engine) as reading:
        verdict = verify(reading, ground.installation)
    assert verdict.problems == []
    assert verdict.position == ground.head()


def test_after_all_this_the_ledger_is_sound(ground: Ground) -> None:
    _sound(ground)


def test_what_is_staged_out_of_the_registers_does_not_change_before_it_is_written(
    fresh: Ground, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Held before the reading: who would register one more thing in the old place in between has to wait."""
    monkeypatch.setattr(ledger, "WAIT", "80ms")
    old, new = uuid4(), uuid4()
    say(fresh, *(register(PLACE, record, ALWAYS, {"code": record.hex}) for record in (old, new)))
    say(fresh, *(register(THING, uuid4(), SINCE, {"name": "An", "place": old}) for _ in range(3)))
    late = register(THING, uuid4(), SINCE, {"name": "Muộn", "place": old})
    select = "SELECT record_id, valid, CAST(:new AS uuid) AS place FROM test_thing WHERE place = :old AND recorded_to IS NULL"
    with db.writing(fresh.engine) as writing:
        draft = changes.Draft(writing, fresh.installation)
        before = draft.hold()
        assert draft.staging.stage_query(THING, Verb.CHANGE, ("place",), select, {"old": old, "new": new}) == 3
        with pytest.raises(errors.Busy):
            say(fresh, late)
        draft.staging.stage([retract(PLACE, old)])
        receipt = draft.record(provenance())
    assert receipt.position == before.position + 1
    with pytest.raises(errors.DanglingReference):
        say(fresh, late)
    assert fresh.one("SELECT count(*) FROM test_thing WHERE place = :old AND recorded_to IS NULL", {"old": old}) == 0

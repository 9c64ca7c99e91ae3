"""One record or a million, the same statements: acts staged by the thousand say what acts said one by one say."""

import random
from typing import Any
from uuid import UUID, uuid4

import pytest

from baseregistry import db, errors
from baseregistry.registries import changes
from baseregistry.registries.acts import Act, Verb, change, register
from baseregistry.registries.changes import Draft
from baseregistry.registries.verification import verify
from tests.registries.ledger.register import PLACE, THING, Ground, period, provenance, say

MANY = 1200


def beliefs(ground: Ground, ids: list[UUID]) -> list[tuple[Any, ...]]:
    """What is believed about things, by the number of the record; words as steps from the first."""
    rows = ground.rows(
        "SELECT record_id, valid, change - min(change) OVER () AS word, name, n FROM test_thing"
        " WHERE record_id = ANY(:ids) AND recorded_to IS NULL ORDER BY valid",
        {"ids": ids},
    )
    places = {record: place for place, record in enumerate(ids)}
    return sorted((places[row.record_id], str(row.valid), row.word, row.name, row.n) for row in rows)


def record(draft: Draft) -> changes.Receipt:
    return draft.record(provenance())


def test_thousands_staged_as_rows_are_written_as_if_said_one_by_one(ground: Ground) -> None:
    chance = random.Random(5)
    singly, together = [uuid4() for _ in range(MANY)], [uuid4() for _ in range(MANY)]
    steps: list[tuple[Verb, tuple[str, ...], list[tuple[int, int, int | None, tuple[Any, ...]]]]] = [
        (Verb.REGISTER, ("name", "n"), [(place, 2, None, ("An", place % 3)) for place in range(MANY)]),
        (Verb.CHANGE, ("n",), [(place, 4, chance.choice((5, 8)), (1,)) for place in range(0, MANY, 2)]),
        (Verb.CHANGE, ("n",), [(place % MANY, 3 + place // MANY, 9, (2,)) for place in range(2 * MANY)]),
    ]
    for verb, names, rows in steps:
        acts = [
            Act(verb, THING, singly[place], period(begin, end), dict(zip(names, values, strict=True)), True)
            for place, begin, end, values in rows
        ]
        say(ground, *acts)
        with db.writing(ground.engine) as writing:
            draft = Draft(writing, ground.installation)
            told = ((together[place], period(begin, end), *values) for place, begin, end, values in rows)
            draft.staging.stage_rows(THING, verb, names, told, across=True)
            record(draft)
        before, after = beliefs(ground, singly), beliefs(ground, together)
        assert [(*row[:2], row[3:]) for row in before] == [(*row[:2], row[3:]) for row in after]
        assert [row[2] // 2 for row in before] == [row[2] // 2 for row in after], "each change stands beside the other"


def test_what_a_query_answers_is_staged_and_checked_like_any_act(ground: Ground) -> None:
    old, new = uuid4(), uuid4()
    things = [uuid4() for _ in range(30)]
    say(
        ground,
        *(register(PLACE, place, period(None, None), {"code": place.hex}) for place in (old, new)),
        *(register(THING, thing, period(2, None), {"name": "An", "place": old}) for thing in things),
    )
    moved = (
        "SELECT record_id, tstzrange('2025-07-01 00:00+07', NULL) AS valid, CAST(:new AS uuid) AS place FROM test_thing"
        " WHERE recorded_to IS NULL AND place = :old"
    )
    with db.writing(ground.engine) as writing:
        draft = Draft(writing, ground.installation)
        assert draft.staging.stage_query(THING, Verb.CHANGE, ("place",), moved, {"old": old, "new": new}) == 30
        receipt = record(draft)
    assert receipt.entities["test.thing"].written == 60
    seen = "SELECT count(*) FROM test_thing WHERE recorded_to IS NULL AND place = :place AND valid @> CAST(:at AS timestamptz)"
    for place, at in ((old, "2025-06-30 23:59:59.999999+07"), (new, "2025-07-01 00:00+07")):
        assert ground.one(seen, {"place": place, "at": at}) == 30


@pytest.mark.parametrize(
    "valid",
    [
        "empty",
        "(-infinity,)",
        "[0044-03-15 BC,)",
        "[2000-01-01,infinity)",
        "[2000-01-01,2001-01-01]",
        "[2000-01-01,20000-01-01)",
    ],
)
def test_a_period_that_is_none_never_reaches_a_table(ground: Ground, valid: str) -> None:
    """Empty, with 'infinity' in it, closed at its end, outside of what a calendar can say."""
    before = ground.head()
    select = f"SELECT gen_random_uuid() AS record_id, CAST('{valid}' AS tstzrange) AS valid, 'An' AS name"
    with db.writing(ground.engine) as writing:
        draft = Draft(writing, ground.installation)
        draft.staging.stage_query(THING, Verb.REGISTER, ("name",), select)
        with pytest.raises(errors.BadValue) as refusal:
            record(draft)
    assert refusal.value.code == "input.bad_value"
    assert ground.head() == before


def test_a_session_that_records_change_after_change_starts_each_empty(ground: Ground) -> None:
    """Temporary tables stay for the session: nothing of one change is in the next, also within one transaction."""
    one, other = uuid4(), uuid4()
    with db.writing(ground.engine) as writing:
        first = changes.record(
            writing, ground.installation, provenance(), [register(THING, one, period(2, None), {"name": "An"})]
        )
        second = changes.record(
            writing, ground.installation, provenance(), [register(THING, other, period(2, None), {"name": "An"})]
        )
        third = changes.record(
            writing, ground.installation, provenance(), [change(THING, one, period(4, None), {"n": 1})]
        )
    assert [receipt.position - first.position for receipt in (first, second, third)] == [0, 1, 2]
    assert [receipt.entities["test.thing"].written for receipt in (first, second, third)] == [1, 1, 2]


def test_after_all_this_the_ledger_is_sound(ground: Ground) -> None:
    with db.reading(ground.engine) as reading:
        assert verify(reading, ground.installation).problems == []

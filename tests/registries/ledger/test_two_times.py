"""The database answers as the model does: for every moment, at every position, on the same word."""

from collections import Counter
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

import pytest
from hypothesis import event, given
from hypothesis import strategies as st

from baseregistry import errors, naming
from baseregistry.registries.changes import Receipt
from baseregistry.registries.declare import Entity, Geometry
from baseregistry.registries.ledger import Kind
from tests.registries.ledger.model import Model, Said, State, runs
from tests.registries.ledger.register import ENTITIES, Example, Ground, moments, period, say
from tests.registries.ledger.strategies import RECORDS, histories

SORTS = (Kind.CORRECTION, Kind.CORRECTION, Kind.REORGANISATION, Kind.REAL_WORLD_CHANGE)
SAME_AS = {"versions.no_such_record": "versions.nothing_there"}


@given(history=histories(), sorts=st.lists(st.sampled_from(SORTS), min_size=8, max_size=8))
def test_the_database_answers_as_the_model(ground: Ground, history: list[list[Said]], sorts: list[Kind]) -> None:
    trial = Trial(ground, ground.head())
    for said, sort in zip(history, sorts, strict=False):
        event(_say(trial, said, sort))
    _answers_as(trial)
    _keeps_its_invariants(trial)


THING, OTHER = ("thing", 0), ("thing", 1)
CAUGHT = {
    "changed away, and back in pieces": [
        [Said("register", THING, 0, None, {"name": "An", "n": 0})],
        [
            Said("change", THING, 0, None, {"n": 1}),
            Said("change", THING, 0, 5, {"n": 0}),
            Said("change", THING, 5, None, {"n": 0}),
        ],
    ],
    "pieces made alike by one change are no later facts": [
        [Said("register", THING, 0, 9, {"name": "An", "n": 0})],
        [
            Said("change", THING, 3, 5, {"n": 1}),
            Said("change", THING, 5, 9, {"n": 1}),
            Said("change", THING, 4, None, {"n": 0}),
        ],
    ],
    "registered together, each refers to the other": [
        [
            Said("register", THING, 0, None, {"name": "An", "place": ("place", 0), "last": OTHER}),
            Said("register", OTHER, 0, None, {"name": "Hoà", "last": THING}),
            Said("register", ("place", 0), None, None, {"code": "A", "keeper": THING}),
        ],
    ],
    "registered and retracted in one change": [
        [Said("register", THING, 0, None, {"name": "An"}), Said("retract", THING, None, None, {}, True)],
    ],
    "two records change keys with each other": [
        [Said("register", ("place", 0), 0, None, {"code": "A"}), Said("register", ("place", 1), 2, 8, {"code": "B"})],
        [Said("change", ("place", 0), 3, 8, {"code": "B"}), Said("change", ("place", 1), 3, 8, {"code": "A"})],
    ],
    "a target that holds only for a part of the time": [
        [Said("register", ("place", 0), 2, 8, {"code": "A"})],
        [Said("register", THING, 4, 9, {"name": "An", "place": ("place", 0)})],
        [Said("register", THING, 1, 4, {"name": "An", "place": ("place", 0)})],
        [Said("register", THING, 2, 8, {"name": "An", "place": ("place", 0)})],
    ],
    "a target whose versions hold one after the other": [
        [Said("register", ("place", 0), 0, 3, {"code": "A"}), Said("register", ("place", 0), 3, None, {"code": "B"})],
        [Said("register", THING, 1, None, {"name": "An", "place": ("place", 0)})],
        [Said("retract", ("place", 0), 3, 4, {}, True)],
        [Said("change", ("place", 0), 2, 4, {"code": "C"})],
    ],
    "a name is required": [[Said("register", THING, 0, None, {"n": 0})]],
    "a name may not be taken away": [
        [Said("register", THING, 0, None, {"name": "An"})],
        [Said("change", THING, 4, 5, {"name": None})],
    ],
    "retracted and registered again alike": [
        [Said("register", THING, 0, None, {"name": "An", "n": 1})],
        [Said("retract", THING, 3, 8, {}, True), Said("register", THING, 3, 8, {"name": "An", "n": 1})],
    ],
}


@pytest.mark.parametrize("history", CAUGHT.values(), ids=CAUGHT.keys())
def test_a_history_that_was_once_told_wrong(ground: Ground, history: list[list[Said]]) -> None:
    trial = Trial(ground, ground.head())
    for said in history:
        _say(trial, said)
    _answers_as(trial)


@dataclass
class Trial:
    """One history told to the database and to the model side by side; the model's position 0 is `start`."""

    ground: Ground
    start: int
    model: Model = field(default_factory=Model)
    example: Example = field(default_factory=Example)


def _say(trial: Trial, said: list[Said], sort: Kind = Kind.CORRECTION) -> str:
    """Say it to both; they refuse for the same reason, or go on to the same position.  Answers what came of it."""
    ground, model, example = trial.ground, trial.model, trial.example
    sort = Kind.CORRECTION if any(act.verb == "retract" for act in said) else sort
    expected, before = model.refusals(said, corrects=sort is not Kind.REAL_WORLD_CHANGE), _size(ground, example)
    came = _record(ground, example, said, sort)
    if isinstance(came, str):
        assert SAME_AS.get(came, came) in expected
        assert _size(ground, example) == before, "a refused change left something"
        return came
    assert not expected, f"taken: {said}"
    assert came.changed == model.record(said)
    assert came.position == trial.start + model.head
    if came.changed:
        return "recorded"
    assert _size(ground, example) == before, "a change that says nothing new left something"
    return "nothing new"


def _record(ground: Ground, example: Example, said: list[Said], sort: Kind) -> Receipt | str:
    """The receipt, or the code of the refusal."""
    try:
        return say(ground, *example.acts(said), sort=sort)
    except errors.RegisterError as refusal:
        return refusal.code


def _size(ground: Ground, example: Example) -> list[Any]:
    """The head, and how many rows of the example's records are there and closed."""
    parts = [
        f"(SELECT (count(*), count(recorded_to), max(recorded_to))::text FROM {naming.table(entity.full_name)}"
        f" WHERE record_id = ANY(:ids))"
        for entity in ENTITIES.values()
    ]
    known = "(SELECT count(*) FROM record WHERE record_id = ANY(:ids)), (SELECT (max(position), count(*))::text FROM ledger_change)"
    return ground.rows(f"SELECT {', '.join(parts)}, {known}", {"ids": list(example.ids.values())})


def _answers_as(trial: Trial) -> None:
    """Ask every position about two moments in every cell, and for its versions."""
    ground, example = trial.ground, trial.example
    positions = {trial.start + number: state for number, state in trial.model.positions.items() if number}
    for entity in ENTITIES.values():
        asked = _ask(ground, example, entity, list(positions))
        told = _tell(entity, positions)
        assert asked == told
        assert _versions(ground, example, entity, list(positions)) == _runs(entity, positions)


def _ask(ground: Ground, example: Example, entity: Entity, positions: list[int]) -> dict[Any, Any]:
    """{(position, cell, record): (values, word)} by SQL; the two moments of a cell must answer alike."""
    cells = moments()
    rows = ground.rows(
        f"SELECT p AS position, m AS moment, t.record_id, t.change{_columns(entity)}"
        f" FROM unnest(CAST(:positions AS bigint[])) p, unnest(CAST(:moments AS timestamptz[])) m,"
        f" {naming.table(entity.full_name)} t WHERE t.record_id = ANY(:ids) AND t.valid @> m"
        " AND t.recorded_from <= p AND (t.recorded_to > p OR t.recorded_to IS NULL)",
        {"positions": positions, "moments": list(cells), "ids": list(example.ids.values())},
    )
    answers: dict[Any, Any] = {}
    twice: Counter[Any] = Counter()
    for row in rows:
        place = row.position, cells[row.moment], _symbol(example, row.record_id)
        answer = _values(example, entity, row), row.change
        assert answers.setdefault(place, answer) == answer
        twice[place] += 1
    asked = Counter(cells.values())  # once where a cell is one microsecond long
    assert all(times == asked[cell] for (_, cell, _), times in twice.items()), "two beliefs, or a cell cut in two"
    return answers


def _tell(entity: Entity, positions: dict[int, State]) -> dict[Any, Any]:
    start = min(positions, default=1) - 1
    return {
        (position, cell, record): (belief.values, start + belief.word)
        for position, state in positions.items()
        for record, beliefs in state.items()
        if record[0] == entity.name
        for cell, belief in beliefs.items()
    }


def _versions(ground: Ground, example: Example, entity: Entity, positions: list[int]) -> set[Any]:
    rows = ground.rows(
        f"SELECT p AS position, t.record_id, lower(t.valid) AS since, upper(t.valid) AS until"
        f" FROM unnest(CAST(:positions AS bigint[])) p, {naming.table(entity.full_name)} t WHERE t.record_id = ANY(:ids)"
        " AND t.recorded_from <= p AND (t.recorded_to > p OR t.recorded_to IS NULL)",
        {"positions": positions, "ids": list(example.ids.values())},
    )
    return {(row.position, _symbol(example, row.record_id), row.since, row.until) for row in rows}


def _runs(entity: Entity, positions: dict[int, State]) -> set[Any]:
    """The model's versions: never cut where nothing changes, never joined where the word differs."""
    found = set()
    for position, state in positions.items():
        for record, beliefs in state.items():
            for run in runs(beliefs) if record[0] == entity.name else ():
                bounds = period(run.first if run.first >= 0 else None, run.last + 1 if run.last < 12 else None)
                found.add((position, record, bounds.begin, bounds.end))
    return found


def _keeps_its_invariants(trial: Trial) -> None:
    ground, ids = trial.ground, {"ids": list(trial.example.ids.values())}
    for entity in ENTITIES.values():
        table = naming.table(entity.full_name)
        twice = ground.rows(
            f"SELECT 1 FROM {table} a JOIN {table} b USING (record_id) WHERE record_id = ANY(:ids) AND a.valid && b.valid"
            " AND (a.recorded_from, a.valid) < (b.recorded_from, b.valid)"
            " AND int8range(a.recorded_from, a.recorded_to) && int8range(b.recorded_from, b.recorded_to)",
            ids,
        )
        assert not twice, "two beliefs about one moment at one position"
        odd = "isempty(valid) OR NOT lower_inc(valid) AND NOT lower_inf(valid) OR upper_inc(valid) OR change > recorded_from"
        assert not ground.rows(f"SELECT 1 FROM {table} WHERE record_id = ANY(:ids) AND ({odd})", ids)
    order = "SELECT position, recorded_at, lag(recorded_at) OVER (ORDER BY position) AS before FROM ledger_change"
    gaps = "SELECT count(*) - max(position) FROM ledger_change"
    assert not ground.rows(
        f"SELECT 1 FROM ({order}) l WHERE before >= recorded_at AND position > :start", {"start": trial.start}
    )
    assert ground.one(gaps) in (0, None)


def _columns(entity: Entity) -> str:
    """Geometry as WKB, everything else as stored."""
    named = {
        a.name: f"ST_AsBinary(t.{a.name})" if isinstance(a.kind, Geometry) else f"t.{a.name}" for a in entity.attributes
    }
    return "".join(f", {column} AS {name}" for name, column in named.items())


def _values(example: Example, entity: Entity, row: Any) -> dict[str, Any]:
    read = {a.name: example.read(a.name, getattr(row, a.name)) for a in entity.attributes}
    return {name: value for name, value in read.items() if value is not None}


def _symbol(example: Example, record_id: UUID) -> Any:
    return next(record for record in RECORDS if example.ids.get(record) == record_id)

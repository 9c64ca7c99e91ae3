"""An answer taken at a position is the same, byte for byte, after any later acts; and it is what the model says.

Asked through the compiler that serves every door: records with what they refer to and what refers to them,
with provenance, and whole histories with everything ever believed.
"""

import json
from collections.abc import Iterator
from typing import Any

import psycopg
import pytest
from hypothesis import assume, given, settings

from baseregistry import errors
from baseregistry.registries import answer
from baseregistry.registries.answer import Plan
from baseregistry.registries.question import AsOf, Bind, Field, Form, Page, Question
from tests.registries.answer.asking import Asker, want
from tests.registries.ledger.model import REFERENCES, Beliefs, Model, Record, Run, Said, State, runs
from tests.registries.ledger.register import ENTITIES, SCHEMA, Example, Ground, moments, say
from tests.registries.ledger.strategies import RECORDS, histories

PAGE = Page(Bind(3))
SHOWN = {"place": "code", "thing": "name"}
EITHER = tuple(Field(key, key, on=frozenset({f"test.{entity}"})) for entity, key in SHOWN.items())
FIRST = {moment: cell for moment, cell in moments().items() if cell % 3 < 2}  # two cells of three
VERSION = want(
    "version{valid_from valid_to recorded_from recorded_to digest change{position recorded_at kind agency recorded_by}"
    " written_by{position}}"
)
FIELDS = {
    "place": want(
        "id code size since spot keeper{id name version{valid_from}} things{nodes{id n} total_count}"
        " births{nodes{id}} heirs{nodes{id}} links{nodes{id mark}}",
        page=PAGE,
    ),
    "thing": (
        *want("id name n place{id code} born{id code version{valid_from}} keeps{nodes{id code}}", page=PAGE),
        *want("heirs{nodes{id name}} links{nodes{id share}}", page=PAGE),
        Field("last", "last", (Field("id", "id"), *EITHER)),
    ),
    "link": (*want("id mark turn share open day"), Field("owner", "owner", (Field("id", "id"), *EITHER))),
}


def question(entity: str, form: Form) -> Question:
    """Slots: 0 the id, 1 the position, 2 the moment, 3 how many at most."""
    as_of = AsOf(valid_at=Bind(2) if form is Form.ONE else None, position=Bind(1))
    fields = FIELDS[entity] + VERSION
    if form is Form.HISTORY:
        fields = (Field("nodes", "nodes", fields),)
    return Question(
        "root",
        f"test.{entity}",
        form,
        fields,
        as_of=as_of,
        key_name="id",
        key_values=(Bind(0),),
        page=PAGE if form is Form.HISTORY else None,
        include_superseded=form is Form.HISTORY,
    )


class Taken:
    """Takes answers: one prepared plan per entity and form."""

    def __init__(self, ground: Ground, connection: psycopg.Connection[Any]) -> None:
        self.ground = ground
        self.asker = Asker(ground.installation, connection)
        self.plans: dict[tuple[str, Form], Plan] = {
            (entity, form): answer.compile(ground.installation, (question(entity, form),))
            for entity in ENTITIES
            for form in (Form.ONE, Form.HISTORY)
        }

    def take(self, example: Example, position: int) -> dict[Any, bytes]:
        """Every record at every moment, and its history, as known at `position`."""
        return {
            (record, form, moment): self._one(example, record, form, position, moment)
            for record in RECORDS
            if record in example.ids
            for form, asked in ((Form.ONE, FIRST), (Form.HISTORY, [None]))
            for moment in asked
        }

    def _one(self, example: Example, record: Record, form: Form, position: int, moment: Any) -> bytes:
        plan, values = self.plans[record[0], form], [str(example.id(record)), str(position), None, 50]
        values[2] = moment and moment.isoformat()
        taken = plan.read(self.asker.row(plan, values), values)
        assert taken.snapshots[0].position == position
        return taken.data[0]


@pytest.fixture(scope="module")
def taken(ground: Ground) -> Iterator[Taken]:
    options = f"-c search_path={SCHEMA},public -c timezone=UTC -c plan_cache_mode=force_generic_plan"
    with psycopg.connect(ground.url, autocommit=True, options=options) as connection:
        yield Taken(ground, connection)


@settings(max_examples=max(25, settings.default.max_examples // 5) if settings.default else 25)
@given(history=histories(longest=5))
def test_an_answer_at_a_position_stays(taken: Taken, history: list[list[Said]]) -> None:
    model, example, answers = Model(), Example(), dict[int, Any]()
    start = taken.ground.head()
    for said in history:
        try:
            changed = say(taken.ground, *example.acts(said)).changed
        except errors.RegisterError:
            continue
        assert model.record(said) == changed
        if changed:
            answers[start + model.head] = taken.take(example, start + model.head)
    assume(answers)
    for position, before in answers.items():
        after = taken.take(example, position)
        assert {asked: after[asked] for asked in before} == before
        _told_by(model.positions[position - start], example, after)


def _told_by(state: State, example: Example, answers: dict[Any, bytes]) -> None:
    for (record, form, moment), said in answers.items():
        if form is not Form.ONE:
            continue
        told = json.loads(said)
        run = _run(state.get(record, {}), FIRST[moment])
        assert (told is None) == (run is None)
        if run is not None:
            assert _plain(told, example, record) == _expected(state, record, run, FIRST[moment])


def _plain(told: dict[str, Any], example: Example, record: Record) -> dict[str, Any]:
    """What the answer says, in the model's words: references with the name they were found under."""
    said: dict[str, Any] = {}
    for name, value in told.items():
        if name in REFERENCES[record[0]] and value is not None:
            target = next(known for known, known_id in example.ids.items() if str(known_id) == value["id"])
            said[name] = target, example.read(SHOWN[target[0]], value[SHOWN[target[0]]])
        elif name in ENTITIES[record[0]].by_name and value is not None and name not in {"since", "spot", "day"}:
            read = example.read(name, value) if name in {"code", "mark"} else value
            said[name] = str(read) if name == "size" else read
    return said


def _expected(state: State, record: Record, run: Run, cell: int) -> dict[str, Any]:
    expected: dict[str, Any] = {}
    for name, value in run.belief.values.items():
        if name in REFERENCES[record[0]]:
            at = REFERENCES[record[0]][name][0]
            seen = _seen(at, run, cell, state[value])
            expected |= {name: (value, seen.belief.values[SHOWN[value[0]]])} if seen else {}
        elif name not in {"since", "spot", "day"}:
            expected[name] = value
    return expected


def _run(beliefs: Beliefs, cell: int) -> Run | None:
    return next((run for run in runs(beliefs) if run.first <= cell <= run.last), None)


def _seen(at: str, run: Run, cell: int, target: Beliefs) -> Run | None:
    """The version of the target at which the reference looks, for a question about `cell`.

    A referrer without a begin is satisfied with any version: before the first of them LATEST sees none.
    """
    if at == "latest":
        return max(
            (found for found in runs(target) if found.first <= cell), key=lambda found: found.first, default=None
        )
    seen = _run(target, cell if at == "same" else run.first)
    return seen or min(runs(target), key=lambda found: found.first)

"""One statement for many sets of values: each is answered as it is alone, or told what is wrong with it."""

import asyncio
from collections.abc import Callable, Sequence
from decimal import Decimal
from typing import Any
from uuid import UUID, uuid4

import pytest

from baseregistry import errors
from baseregistry.registries import answer
from baseregistry.registries.answer import Limits, Pool, sets
from baseregistry.registries.question import AsOf, Bind, Comparison, Form, Operator, Page, Question
from tests.conftest import Database
from tests.registries.answer.asking import Slots, want
from tests.registries.scene import Scene

FIELDS = "id parcel_number documented_area commune{code} version{valid_from recorded_from}"


@pytest.fixture(scope="module")
def parcels(shared: Database) -> list[UUID]:
    scene = Scene(shared)
    made = [scene.parcel(str(number), documented_area=Decimal(number)) for number in range(1, 6)]
    scene.tell()
    return made


def one(fields: str = FIELDS, **said: Any) -> Question:
    """One parcel by its id, which stands in slot 0."""
    return Question(
        "root", "land.parcel", Form.ONE, want(fields, page=Page(Bind(3))), key_name="id", key_values=(Bind(0),), **said
    )


def asked(database: Database, question: Question, values: Sequence[Sequence[Any]]) -> tuple[list[Any], list[Any]]:
    """What each set is answered in the one statement, and what each is answered alone."""
    single = answer.compile(database.installation, (question,))
    many = answer.compile(database.installation, (question,), sets=True)

    async def work() -> tuple[list[Any], list[Any]]:
        pool = await Pool.open(database.url, database.settings.schema_name, Limits(connections=1))
        try:
            together = await sets.answers(pool, single, many, values)
            return together, [await _alone(pool, single, each) for each in values]
        finally:
            await pool.close()

    return asyncio.run(work())


async def _alone(pool: Pool, plan: answer.Plan, values: Sequence[Any]) -> Any:
    try:
        return await pool.run(plan, values)
    except errors.RegisterError as refusal:
        return refusal


def told(found: Any) -> Any:
    """What of an answer does not depend on when it was asked."""
    if isinstance(found, errors.RegisterError):
        return found.code
    return found.data, [(snapshot.position, snapshot.ledger_hash) for snapshot in found.snapshots]


Sets = Callable[[list[UUID]], list[list[Any]]]
CASES: dict[str, tuple[Question, Sets]] = {
    "by id": (one(), lambda ids: [[str(each)] for each in [*ids, uuid4(), ids[0]]]),
    "as of a position": (
        one(as_of=AsOf(position=Bind(1))),
        lambda ids: [[str(ids[0]), position] for position in (0, 1, 0, 10**9, 1)],
    ),
    "as of two moments": (
        one(as_of=AsOf(valid_at=Bind(1), known_at=Bind(2))),
        lambda ids: [
            [str(ids[1]), day, known] for day in ("1990-01-01", "2024-01-01") for known in ("2020-01-01", "2999-01-01")
        ],
    ),
    "a filter and a page": (
        Question(
            "root",
            "land.parcel",
            Form.MANY,
            want("nodes{id parcel_number} page_info{has_next_page end_cursor} total_count", page=Page(Bind(3))),
            where=Comparison("parcel_number", Operator.IN, Bind(0, many=True)),
            page=Page(Bind(1)),
        ),
        lambda ids: [[["1", "2", "no"], 1], [[], 5], [["3", 'a"b{,}\\'], 5], [["5"], 1001], [["4", "5"], 2]],
    ),
    "a value that only the database finds wrong": (
        one(),
        lambda ids: [[str(ids[0])], ["no uuid"], [str(ids[1])], [7.5]],
    ),
}


@pytest.mark.parametrize("name", CASES)
def test_each_set_is_answered_as_alone(name: str, shared: Database, parcels: list[UUID]) -> None:
    question, made = CASES[name]
    values = made(parcels)
    together, alone = asked(shared, question, values)
    assert [told(found) for found in together] == [told(found) for found in alone]
    assert any(not isinstance(found, errors.RegisterError) for found in together)


def test_a_thousand_sets_are_one_statement(shared: Database, parcels: list[UUID]) -> None:
    values = [[str(parcels[number % 5])] for number in range(1000)]
    together, _ = asked(shared, one(), values[:1])
    many = answer.compile(shared.installation, (one(),), sets=True)

    async def work() -> list[Any]:
        pool = await Pool.open(shared.url, shared.settings.schema_name, Limits(connections=1))
        try:
            return await pool.rows(many, many.bind_sets([many.bind(each) for each in values]))
        finally:
            await pool.close()

    rows = asyncio.run(work())
    assert len(rows) == 1000
    assert rows[0][0] == rows[5][0] == together[0].data[0]


def test_what_depends_on_nothing_is_asked_once(shared: Database) -> None:
    slots = Slots()
    question = Question("root", "land.parcel", Form.MANY, want("total_count", page=slots.page(1)))
    with pytest.raises(errors.BadQuestion, match="depends on its variables"):
        answer.compile(shared.installation, (question,), sets=True)

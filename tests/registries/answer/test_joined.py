"""Questions asked together: every answer its own, whatever happens to its neighbours, and nobody waits for company."""

import asyncio
from collections import Counter
from itertools import count
from typing import Any

import pytest

from baseregistry import errors
from baseregistry.registries.answer import Pool, joined
from baseregistry.registries.answer.plan import Parameter, Plan
from baseregistry.registries.answer.values import text
from tests.registries.answer.test_wire import SLEEP, Wire, plan, sleeping, wire  # noqa: F401 - a fixture

ONE = "SELECT CAST($2 AS text), (CAST($1 AS integer))::text, pg_backend_pid()::text, 'alone'"
MANY = (
    "SELECT said, (CAST(number AS integer))::text, pg_backend_pid()::text, (count(*) OVER ())::text"
    " FROM unnest(CAST($1 AS text[]), CAST($2 AS text[])) WITH ORDINALITY AS sets (said, number, nth) ORDER BY nth"
)


def paired(one: str, many: str) -> Plan:
    """A bounded plan; the one for many sets takes its parameters in another order."""
    slots = tuple(Parameter(slot, text) for slot in range(2))
    together = Plan(many, many.encode(), slots, (), (), placeholders=("said", "number"))
    return Plan(one, one.encode(), slots, (), (), placeholders=("number", "said"), together=lambda: together)


ECHO = paired(ONE, MANY)
SLOW = paired(
    "SELECT CAST($2 AS text), pg_sleep(CAST($1 AS float8))::text",
    "SELECT said, pg_sleep(CAST(number AS float8))::text"
    " FROM unnest(CAST($1 AS text[]), CAST($2 AS text[])) WITH ORDINALITY AS sets (said, number, nth) ORDER BY nth",
)


def given(number: object, said: str = "") -> list[bytes | None]:
    return [str(number).encode(), said.encode()]


async def all_of(pool: Pool, asked: Plan, *parameters: list[bytes | None]) -> list[Any]:
    return await asyncio.gather(*(pool.row(asked, one) for one in parameters), return_exceptions=True)


def test_those_who_come_meanwhile_are_asked_together(wire: Wire) -> None:  # noqa: F811
    async def work(pool: Pool) -> None:
        rows = await all_of(pool, ECHO, *(given(number, f"{number} \"'\\{{}},ữ") for number in range(150)))
        assert [(row[0], row[1]) for row in rows] == [
            (f"{number} \"'\\{{}},ữ".encode(), str(number).encode()) for number in range(150)
        ]
        sizes = Counter(row[3] for row in rows)
        assert sizes[b"alone"] == 1
        assert sizes[str(joined.MOST_TOGETHER).encode()] == 2 * joined.MOST_TOGETHER

    wire.run(work)


def test_who_comes_alone_waits_for_nobody(wire: Wire) -> None:  # noqa: F811
    async def work(pool: Pool) -> None:
        for number in range(5):
            assert (await pool.row(ECHO, given(number)))[3] == b"alone"

    wire.run(work)


def test_other_shapes_are_not_held_up(wire: Wire) -> None:  # noqa: F811
    async def work(pool: Pool) -> None:
        slow = asyncio.create_task(pool.row(SLOW, given(0.3)))
        await asyncio.sleep(0.05)
        assert (await pool.row(ECHO, given(1)))[1] == b"1"
        assert not slow.done()
        await slow

    wire.run(work)


def test_one_that_is_wrong_spoils_no_other(wire: Wire) -> None:  # noqa: F811
    async def work(pool: Pool) -> None:
        found = await all_of(pool, ECHO, given(0), given(1), given("two"), given(3))
        assert isinstance(found[2], errors.BadQuestion)
        assert [row[1] for row in found if isinstance(row, tuple)] == [b"0", b"1", b"3"]

    wire.run(work)


def test_one_that_is_given_up_disturbs_no_other(wire: Wire) -> None:  # noqa: F811
    async def work(pool: Pool) -> None:
        tasks = [asyncio.create_task(pool.row(SLOW, given(0.1, str(number)))) for number in range(5)]
        await asyncio.sleep(0.05)
        tasks[0].cancel()  # its statement is under way, alone: it is cancelled in the database
        tasks[2].cancel()  # this one waits
        found = await asyncio.gather(*tasks, return_exceptions=True)
        assert [found[place] for place in (1, 3, 4)] == [(b"1", b""), (b"3", b""), (b"4", b"")]
        assert all(isinstance(found[place], asyncio.CancelledError) for place in (0, 2))
        assert (await pool.row(ECHO, given(1)))[3] == b"alone"

    wire.run(work, connections=1)
    assert wire.ended()


def test_all_are_asked_once_more_when_their_connection_breaks(wire: Wire) -> None:  # noqa: F811
    async def work(pool: Pool) -> None:
        tasks = [asyncio.create_task(pool.row(SLOW, given(0.15, str(number)))) for number in range(4)]
        await asyncio.sleep(0.25)  # the first is answered, the others are asked together
        assert tasks[0].done()
        assert wire.terminate() >= 1
        assert [row[0] for row in await asyncio.gather(*tasks)] == [b"0", b"1", b"2", b"3"]

    wire.run(work, connections=3)


def test_what_fails_for_all_is_told_to_each(wire: Wire) -> None:  # noqa: F811
    async def work(pool: Pool) -> None:
        found = await all_of(pool, SLOW, *(given(1.2, str(number)) for number in range(4)))
        assert [type(one) for one in found] == [errors.Unavailable] * 4
        assert (await pool.row(ECHO, given(7)))[1] == b"7"

    wire.run(work, connections=2, statement=0.5)


def test_a_question_of_its_own_kind_is_not_starved(wire: Wire) -> None:  # noqa: F811
    async def work(pool: Pool) -> None:
        stopped, numbers = asyncio.Event(), count()

        async def keep_asking() -> None:
            while not stopped.is_set():
                number = next(numbers)
                assert (await pool.row(ECHO, given(number)))[1] == str(number).encode()

        busy = [asyncio.create_task(keep_asking()) for _ in range(8)]
        await asyncio.sleep(0.05)
        for number in range(20):
            assert (await pool.row(plan(SLEEP, 2), sleeping(0, str(number))))[0] == str(number).encode()
        stopped.set()
        await asyncio.gather(*busy)

    wire.run(work, connections=1, wait=30)


@pytest.mark.parametrize("storm", range(3))
def test_a_storm_of_cancellations_mixes_nothing_up(wire: Wire, storm: int) -> None:  # noqa: F811
    async def one(pool: Pool, number: int) -> bool:
        task = asyncio.create_task(pool.row(SLOW, given((number % 5) / 2000, f"n{number}")))
        if number % 3 == storm:
            await asyncio.sleep((number % 7) / 3000)
            task.cancel()
        try:
            return (await task)[0] == f"n{number}".encode()
        except asyncio.CancelledError:
            return number % 3 == storm

    async def work(pool: Pool) -> None:
        for _ in range(5):
            assert all(await asyncio.gather(*(one(pool, number) for number in range(60))))

    wire.run(work, connections=2)
    assert wire.ended()

"""Bounded statements on shared connections: every answer its own, whatever happens to its neighbours."""

import asyncio
from itertools import count

import pytest

from baseregistry import errors
from baseregistry.registries.answer import Pool, connection
from tests.registries.answer.test_wire import ECHO, SLEEP, Wire, plan, sleeping, wire  # noqa: F401 - a fixture

SHARED_SLEEP = plan(SLEEP, 2, bounded=True)
SHARED_NUMBER = plan("SELECT CAST($1 AS integer)::text", bounded=True)


async def shared_echo(pool: Pool, said: str) -> bytes:
    """The backend that answered; what was said must come back."""
    row = await pool.row(plan(ECHO, bounded=True), [said.encode()])
    assert row[0] == said.encode()
    return row[1] or b""


async def warm(pool: Pool) -> bytes:
    await pool.row(SHARED_SLEEP, sleeping(0))
    await pool.row(SHARED_NUMBER, [b"1"])
    return await shared_echo(pool, "warm")


def test_few_connections_answer_many(wire: Wire) -> None:  # noqa: F811
    async def work(pool: Pool) -> None:
        await warm(pool)
        asked = [shared_echo(pool, f"{number} ữ") for number in range(connection.MOST_SHARED)]
        assert len(set(await asyncio.gather(*asked))) == 1
        backends = await asyncio.gather(*(shared_echo(pool, str(number)) for number in range(400)))
        assert 1 <= len(set(backends)) <= 6

    wire.run(work, connections=6)
    assert wire.ended()


def test_one_that_fails_takes_no_other_with_it(wire: Wire) -> None:  # noqa: F811
    async def work(pool: Pool) -> None:
        await warm(pool)
        said = [b"1", b"two", b"3", b"4"]
        found = await asyncio.gather(*(pool.row(SHARED_NUMBER, [one]) for one in said), return_exceptions=True)
        assert isinstance(found[1], errors.BadQuestion)
        assert [row for row in found if isinstance(row, tuple)] == [(b"1",), (b"3",), (b"4",)]

    wire.run(work, connections=1)


def test_one_that_is_given_up_disturbs_no_other(wire: Wire) -> None:  # noqa: F811
    async def work(pool: Pool) -> None:
        backend = await warm(pool)
        tasks = [asyncio.create_task(pool.row(SHARED_SLEEP, sleeping(0.1, str(number)))) for number in range(4)]
        await asyncio.sleep(0.05)
        tasks[0].cancel()
        tasks[2].cancel()
        found = await asyncio.gather(*tasks, return_exceptions=True)
        assert [found[1], found[3]] == [(b"1", b""), (b"3", b"")]
        assert isinstance(found[0], asyncio.CancelledError)
        assert await shared_echo(pool, "after") == backend

    wire.run(work, connections=1)


def test_all_are_asked_once_more_when_their_connection_breaks(wire: Wire) -> None:  # noqa: F811
    async def work(pool: Pool) -> None:
        await warm(pool)
        tasks = [asyncio.create_task(pool.row(SHARED_SLEEP, sleeping(0.2, str(number)))) for number in range(4)]
        await asyncio.sleep(0.1)
        assert wire.terminate() >= 1
        assert [row[0] for row in await asyncio.gather(*tasks)] == [b"0", b"1", b"2", b"3"]

    wire.run(work, connections=3)


def test_who_needs_a_connection_alone_is_not_starved(wire: Wire) -> None:  # noqa: F811
    async def work(pool: Pool) -> None:
        await warm(pool)
        stopped, numbers = asyncio.Event(), count()

        async def keep_asking() -> None:
            while not stopped.is_set():
                await shared_echo(pool, str(next(numbers)))

        busy = [asyncio.create_task(keep_asking()) for _ in range(8)]
        await asyncio.sleep(0.05)
        for number in range(20):
            assert (await pool.row(plan(SLEEP, 2), sleeping(0, str(number))))[0] == str(number).encode()
        stopped.set()
        await asyncio.gather(*busy)

    wire.run(work, connections=1, wait=30)


def test_several_are_prepared_again_when_their_tables_changed(wire: Wire) -> None:  # noqa: F811
    with wire.database.engine.begin() as writing:
        writing.exec_driver_sql("DROP TABLE IF EXISTS shifting")
        writing.exec_driver_sql("CREATE TABLE shifting AS SELECT 1 AS one")

    async def work(pool: Pool) -> None:
        asked = plan("SELECT one FROM shifting WHERE CAST($1 AS text) IS NOT NULL", bounded=True)
        for _ in range(2):
            assert await pool.row(asked, [b""]) == (b"1",)
        with wire.database.engine.begin() as writing:
            writing.exec_driver_sql("ALTER TABLE shifting ALTER one TYPE text USING 'now text'")
        found = await asyncio.gather(*(pool.row(asked, [b""]) for _ in range(12)))
        assert set(found) == {(b"now text",)}

    wire.run(work, connections=2)


def test_the_pool_closes_with_nothing_left_behind(wire: Wire) -> None:  # noqa: F811
    async def work(pool: Pool) -> None:
        await warm(pool)
        tasks = [asyncio.create_task(pool.row(SHARED_SLEEP, sleeping(5))) for _ in range(4)]
        await asyncio.sleep(0.05)
        for task in tasks:
            task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await tasks[0]

    wire.run(work, connections=1)
    wire.terminate()
    assert wire.ended()

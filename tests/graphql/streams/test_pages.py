"""One statement for all who wait for the same; none for nobody."""

import asyncio
from collections import Counter

import pytest

from baseregistry.graphql.streams.pages import Pages
from baseregistry.registries.answer.plan import Plan, Row

PLAN = Plan("SELECT", b"q", (), (), ())


class Slow:
    """A pool that answers when it is let; counts what is asked of it, and what was given up."""

    def __init__(self) -> None:
        self.let = asyncio.Event()
        self.counts: Counter[str] = Counter()

    async def row(self, plan: Plan, parameters: list[bytes | None]) -> Row:
        self.counts["asked"] += 1
        try:
            await self.let.wait()
        except asyncio.CancelledError:
            self.counts["given up"] += 1
            raise
        return tuple(parameters)


async def asking(pages: Pages, *values: bytes) -> list[asyncio.Task[Row]]:
    tasks = [asyncio.create_task(pages.row(PLAN, [value])) for value in values]
    await asyncio.sleep(0.01)
    return tasks


async def leave(*tasks: asyncio.Task[Row]) -> None:
    for task in tasks:
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task


def test_the_same_is_asked_once_and_goes_on_for_those_who_stay() -> None:
    async def work() -> None:
        pool = Slow()
        pages = Pages(pool, turns=2)
        first, second, third = await asking(pages, b"a", b"a", b"a")
        await leave(first)
        pool.let.set()
        assert [await second, await third] == [(b"a",)] * 2
        assert pool.counts == {"asked": 1}
        assert await pages.row(PLAN, [b"a"]) == (b"a",)
        assert pool.counts == {"asked": 2}  # nothing is told of an earlier statement

    asyncio.run(work())


def test_what_nobody_waits_for_is_given_up() -> None:
    async def work() -> None:
        pool = Slow()
        pages = Pages(pool, turns=2)
        await leave(*await asking(pages, *(b"%d" % number for number in range(50))))
        await asyncio.sleep(0.01)
        assert 0 < pool.counts["asked"] == pool.counts["given up"]
        assert not pages._running
        (again,) = await asking(pages, b"0")
        pool.let.set()
        assert await again == (b"0",)

    asyncio.run(work())

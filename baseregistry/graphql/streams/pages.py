"""What subscriptions read: pages from the table, one statement for all that stand at the same place.

Nothing is kept for a subscriber but its place, so a slow one costs one page of memory.  A thousand that wait for the
same cost one statement when it comes; those that differ take turns, and leave connections to those who ask.
"""

import asyncio
import logging
from collections.abc import Callable
from typing import Protocol, TypeVar, cast

from baseregistry import errors
from baseregistry.registries.answer.plan import Plan, Row

PATIENCE = 30.0  # seconds that the database may be away before subscriptions end
PAUSE = 0.5  # seconds until it is asked again
Made = TypeVar("Made")
logger = logging.getLogger(__name__)


class Pool(Protocol):
    """What runs a plan: one statement on one connection of the read pool."""

    async def row(self, plan: Plan, parameters: list[bytes | None]) -> Row: ...


class Pages:
    """Runs the statements of subscriptions, at most `turns` at once."""

    def __init__(self, pool: Pool, turns: int) -> None:
        self._pool = pool
        self._turns = asyncio.Semaphore(turns)
        self._running: dict[tuple[object, ...], asyncio.Task[object]] = {}

    async def read(self, plan: Plan, parameters: list[bytes | None], made: Callable[[Row], Made]) -> Made:
        """What `made` makes of the row; the same statement that is under way already is not run again.

        Raises as `Pool.run` does, of a database that is away only when it stays away for 30 s.
        """
        key = (plan.name, made, *parameters)
        task = self._running.get(key)
        if task is None:
            task = self._running[key] = asyncio.create_task(self._read(plan, parameters, made))
            task.add_done_callback(lambda done: self._done(key, done))
        return cast(Made, await asyncio.shield(task))  # the key holds what makes it

    async def close(self) -> None:
        """Give up what is under way."""
        for task in list(self._running.values()):
            task.cancel()
        await asyncio.gather(*self._running.values(), return_exceptions=True)

    async def _read(self, plan: Plan, parameters: list[bytes | None], made: Callable[[Row], object]) -> object:
        until = asyncio.get_running_loop().time() + PATIENCE
        while True:
            try:
                async with self._turns:
                    return made(await self._pool.row(plan, parameters))
            except (errors.Unavailable, errors.Busy) as failure:
                if asyncio.get_running_loop().time() > until:
                    raise
                logger.warning("Subscriptions wait for the database: %s", failure.message)
            await asyncio.sleep(PAUSE)

    def _done(self, key: tuple[object, ...], task: "asyncio.Task[object]") -> None:
        del self._running[key]
        if not task.cancelled():
            task.exception()  # whoever waited has been told; perhaps nobody waits any more

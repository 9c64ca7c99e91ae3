"""What subscriptions read: pages from the table, one statement for all that stand at the same place.

Nothing is kept for a subscriber but its cursor, so a slow one costs one page of memory.  A thousand that wait for the
same cost one statement when it comes; those that differ take turns, and leave connections to those who ask.
"""

import asyncio
import logging
from dataclasses import dataclass
from typing import Protocol

from baseregistry import errors
from baseregistry.registries.answer.plan import Plan, Row

PATIENCE = 30.0  # seconds that the database may be away before subscriptions end
PAUSE = 0.5  # seconds until it is asked again
logger = logging.getLogger(__name__)


class Pool(Protocol):
    """What runs a plan: one statement on one connection of the read pool."""

    async def row(self, plan: Plan, parameters: list[bytes | None]) -> Row: ...


@dataclass(slots=True)
class _Running:
    """A statement under way, and how many wait for its row."""

    task: asyncio.Task[Row]
    waiting: int = 0


class Pages:
    """Runs the statements of subscriptions, at most `turns` at once."""

    def __init__(self, pool: Pool, turns: int) -> None:
        self._pool = pool
        self._turns = asyncio.Semaphore(turns)
        self._running: dict[tuple[bytes | None, ...], _Running] = {}

    async def row(self, plan: Plan, parameters: list[bytes | None]) -> Row:
        """The row of a plan; the same statement with the same values that is under way already is not run again, and one
        for which nobody waits any more is given up.

        Raises as `Pool.row` does, of a database that is away only when it stays away for 30 s.
        """
        key = (plan.name, *parameters)
        running = self._running.get(key)
        if running is None:
            running = self._running[key] = _Running(asyncio.create_task(self._row(plan, parameters)))
            running.task.add_done_callback(lambda done: self._done(key, done))
        running.waiting += 1
        try:
            return await asyncio.shield(running.task)
        finally:
            running.waiting -= 1
            if not running.waiting and not running.task.done():
                del self._running[key]
                running.task.cancel()

    async def close(self) -> None:
        """Give up what is under way."""
        tasks = [running.task for running in self._running.values()]
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)

    async def _row(self, plan: Plan, parameters: list[bytes | None]) -> Row:
        until = asyncio.get_running_loop().time() + PATIENCE
        while True:
            try:
                async with self._turns:
                    return await self._pool.row(plan, parameters)
            except (errors.Unavailable, errors.Busy) as failure:
                if asyncio.get_running_loop().time() > until:
                    raise
                logger.warning("Subscriptions wait for the database: %s", failure.message)
            await asyncio.sleep(PAUSE)

    def _done(self, key: tuple[bytes | None, ...], task: "asyncio.Task[Row]") -> None:
        running = self._running.get(key)
        if running is not None and running.task is task:  # else it was given up
            del self._running[key]
        if not task.cancelled():
            task.exception()  # whoever waited has been told

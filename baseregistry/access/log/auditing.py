"""Where the views of the access log are read: connections of the role that audits it, made when somebody first asks.

The role may read and nothing else; whoever serves without its URL shows no view.
"""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import asynccontextmanager

from baseregistry import errors
from baseregistry.registries.answer import Answer, Limits, Plan, Pool
from baseregistry.registries.answer.plan import Row

CaughtUp = Callable[[], Awaitable[int]]

CONNECTIONS = 2  # at once: who looks is rare, and must not take from those who ask


class Auditing:
    """Runs plans that read the access log, once its tables are filled up to this moment.

    Raises as `Pool.run` does, and errors.Unavailable ``access.no_auditing`` and ``access.log_behind``.
    """

    def __init__(self, url: str | None, schema: str, limits: Limits, caught_up: CaughtUp) -> None:
        self._url = url
        self._caught_up = caught_up
        self._schema = schema
        self._limits = limits
        self._pool: Pool | None = None
        self._opening = asyncio.Lock()

    async def run(self, plan: Plan, values: Sequence[object], points: int = 0) -> Answer:
        """The answer to a plan; `values` stand at their slots."""
        return await (await self._open()).run(plan, values, points)

    async def rows(self, plan: Plan, parameters: list[bytes | None]) -> list[Row]:
        """All rows of a plan for many sets of values."""
        return await (await self._open()).rows(plan, parameters)

    async def close(self) -> None:
        """Close all connections."""
        if self._pool is not None:
            await self._pool.close()

    async def _open(self) -> Pool:
        if self._url is None:
            raise errors.Unavailable(
                "This service shows no view of the access log: it was not told how to read it.",
                code="access.no_auditing",
                hint="Set BASEREGISTRY_AUDITING_URL.",
            )
        async with self._opening:
            if self._pool is None:
                self._pool = await Pool.open(self._url, self._schema, self._limits)
        await self._caught_up()
        return self._pool


@asynccontextmanager
async def auditing(url: str | None, schema: str, seconds: float, caught_up: CaughtUp) -> AsyncIterator[Auditing]:
    """Where views are read while the block lasts; each may take so many seconds.  `caught_up` fills the log's tables."""
    made = Auditing(url, schema, Limits(connections=CONNECTIONS, statement=seconds), caught_up)
    try:
        yield made
    finally:
        await made.close()

"""Questions that come together are asked together: one statement for those of one shape that wait.

Only bounded ones (bounds.py), and only while others of their shape are under way: nobody waits for company.  A statement
for four takes half of PostgreSQL's time for four statements, and a quarter of the wake-ups.
"""

import asyncio
from collections import deque
from collections.abc import Awaitable, Callable
from contextlib import suppress
from dataclasses import dataclass, field

from psycopg import pq

from baseregistry import errors
from baseregistry.registries.answer.plan import Plan, Row

MOST_STATEMENTS = 1  # of one shape under way; the next runs while the answers of this one are handed on
MOST_TOGETHER = 64  # questions in one statement

Parameters = list[bytes | None]
Waiting = tuple[Parameters, "asyncio.Future[Row]"]
Together = list[Waiting]
Ask = Callable[[Plan, Parameters], Awaitable[pq.abc.PGresult]]


@dataclass(slots=True)
class Lane:
    """The questions of one shape: how many statements are under way for them, and who waits for the next."""

    plan: Plan
    under_way: int = 0
    waiting: deque[Waiting] = field(default_factory=deque)


class Lanes:
    """Asks bounded questions, each as it comes or together with others; `ask` runs a statement."""

    def __init__(self, ask: Ask) -> None:
        self._ask = ask
        self._lanes: dict[bytes, Lane] = {}
        self._tasks: set[asyncio.Task[None]] = set()

    async def row(self, plan: Plan, parameters: Parameters) -> Row:
        """The row of a question.  Raises as `ask` does."""
        lane = self._lanes.get(plan.name)
        if lane is None:
            lane = self._lanes[plan.name] = Lane(plan)
        if lane.under_way >= MOST_STATEMENTS:
            waiter: asyncio.Future[Row] = asyncio.get_running_loop().create_future()
            lane.waiting.append((parameters, waiter))
            return await waiter
        lane.under_way += 1
        try:
            return row_of(await self._ask(plan, parameters), 0)
        finally:
            self._go_on(lane)

    def _go_on(self, lane: Lane) -> None:
        """A statement is over: the next one takes all who wait and have not given up."""
        together: Together = []
        while lane.waiting and len(together) < MOST_TOGETHER:
            one = lane.waiting.popleft()
            if not one[1].done():
                together.append(one)
        if together:
            task = asyncio.get_running_loop().create_task(self._answer(lane, together))
            self._tasks.add(task)
            task.add_done_callback(self._tasks.discard)
            return
        lane.under_way -= 1
        if not lane.under_way:
            del self._lanes[lane.plan.name]

    async def _answer(self, lane: Lane, together: Together) -> None:
        try:
            told = await self._told(lane.plan, [parameters for parameters, _ in together])
        finally:
            self._go_on(lane)  # first, so that PostgreSQL works while these answers are handed on
        for (_, waiter), one in zip(together, told, strict=True):
            if waiter.done():
                continue
            if isinstance(one, Exception):
                waiter.set_exception(one)
            else:
                waiter.set_result(one)

    async def _told(self, plan: Plan, asked: list[Parameters]) -> list[Row | Exception]:
        """The row of each question, or what it raises; where a value of one spoils the statement, each by itself."""
        if len(asked) > 1:
            with suppress(errors.BadQuestion):
                return await self._at_once(plan, asked)
        return [await self._alone(plan, parameters) for parameters in asked]

    async def _at_once(self, plan: Plan, asked: list[Parameters]) -> list[Row | Exception]:
        assert plan.together is not None
        try:
            many = plan.together()
            result = await self._ask(many, many.bind_sets([many.reordered(plan, one) for one in asked]))
        except errors.BadQuestion:
            raise
        except Exception as failure:  # noqa: BLE001 - told to each, who raise it
            return [failure] * len(asked)
        return [row_of(result, nth) for nth in range(len(asked))]

    async def _alone(self, plan: Plan, parameters: Parameters) -> Row | Exception:
        try:
            return row_of(await self._ask(plan, parameters), 0)
        except Exception as failure:  # noqa: BLE001 - told to the one who asked
            return failure


def row_of(result: pq.abc.PGresult, nth: int) -> Row:
    """A row of a result, as text."""
    value = result.get_value
    return tuple([value(nth, column) for column in range(result.nfields)])

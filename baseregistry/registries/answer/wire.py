"""The pool that answers plans: a few connections of its own, kept for reading only.

A question that is given up is cancelled in the database, and its connection comes back clean or not at all.
A connection that broke is replaced, and the question asked once more: it only reads; so is one that lost a deadlock.
Questions whose work is bounded (one record by its key) share a connection while they run: half of PostgreSQL's time.
"""

import asyncio
from collections import deque
from collections.abc import Coroutine, Iterable, Sequence
from contextlib import suppress
from dataclasses import dataclass

import sqlalchemy as sa
from psycopg import pq
from psycopg.conninfo import conninfo_to_dict, make_conninfo

from baseregistry import errors
from baseregistry.registries.answer.connection import Connection, Lost, Stale, Watch
from baseregistry.registries.answer.plan import Answer, Plan, Row

QUICK = 500  # points up to which a bounded question is quick enough to share a connection
LOOK = 1.0  # seconds between two looks at what the event loop may have missed


@dataclass(frozen=True, slots=True)
class Limits:
    """How many connections; how long to connect, to wait for a free one, and to answer, in seconds."""

    connections: int = 8
    connect: float = 10.0
    wait: float = 10.0
    statement: float = 30.0


class Pool:
    """Connections that answer plans; made by `open` inside the event loop that uses it."""

    def __init__(self, conninfo: str, limits: Limits) -> None:
        self._conninfo = conninfo
        self._limits = limits
        self._idle: list[Connection] = []
        self._shared: list[Connection] = []
        self._all: set[Connection] = set()
        self._watch = Watch(self._lost, self._quiet)
        self._waiting: deque[asyncio.Future[Connection]] = deque()
        self._open = 0
        self._closed = False
        self._timer: asyncio.TimerHandle | None = None
        self._tasks: set[asyncio.Task[None]] = set()

    @classmethod
    async def open(cls, url: str, schema: str, limits: Limits | None = None) -> "Pool":
        """Connect to the installation in `schema` of the database at `url`.  Raises errors.Unavailable."""
        limits = limits or Limits()
        pool = cls(_conninfo(url, schema, limits), limits)
        pool._give(await pool._connect())
        pool._look()
        return pool

    async def run(self, plan: Plan, values: Sequence[object], points: int = 0) -> Answer:
        """The answer to a plan; `values` stand at their slots, `points` is what it may cost (some microseconds each).

        Raises errors.BadQuestion for a value that cannot be read, errors.Forked for another ledger, errors.Busy when no
        connection becomes free, errors.Unavailable when the database does not answer in time.
        """
        return plan.read(await self.row(plan, plan.bind(values), points), values)

    async def row(self, plan: Plan, parameters: list[bytes | None], points: int = 0) -> Row:
        """The one row of a plan, as text; `parameters` as `Plan.bind` gives them.  Raises as `run` does."""
        return _row(await self._result(plan, parameters, quick=plan.bounded and points <= QUICK), 0)

    async def rows(self, plan: Plan, parameters: list[bytes | None]) -> list[Row]:
        """All rows of a plan for many sets of values.  Raises as `run` does."""
        result = await self._result(plan, parameters)
        return [_row(result, nth) for nth in range(result.ntuples)]

    async def _result(self, plan: Plan, parameters: list[bytes | None], *, quick: bool = False) -> pq.abc.PGresult:
        try:
            return await self._ask(plan, parameters, quick)
        except Lost:
            pass
        except errors.Busy as busy:  # it lost against a migration: a deadlock, or a standby's conflict
            if busy.code != errors.Busy.code:
                raise
        try:
            return await self._ask(plan, parameters, quick)
        except Lost as lost:
            raise errors.Unavailable(
                f"The database broke off twice: {lost}", hint="Look at the database's log; then repeat."
            ) from lost

    def counts(self) -> dict[str, int]:
        """Connections by what they do: idle, shared by bounded questions, taken by one; ``waiting``: tasks for one."""
        idle, shared = len(self._idle), len(self._shared)
        taken = max(0, self._open - idle - shared)  # with those that are just being made
        return {"idle": idle, "shared": shared, "taken": taken, "waiting": len(self._waiting)}

    async def close(self) -> None:
        """Close all connections, after what is under way has been given up."""
        self._closed = True
        if self._timer is not None:
            self._timer.cancel()
        self._refuse(self._waiting, errors.Unavailable("The service is closing."))
        if self._tasks:
            await asyncio.wait(self._tasks)
        while self._idle:
            self._idle[-1].close()

    async def _ask(self, plan: Plan, parameters: list[bytes | None], quick: bool) -> pq.abc.PGresult:
        if quick and not self._waiting:  # who waits for a connection of his own comes first
            shared = self._sharing(plan)
            if shared is not None:
                with suppress(Stale):
                    return await shared.share(plan, parameters)
        return await self._ask_alone(plan, parameters)

    def _sharing(self, plan: Plan) -> Connection | None:
        """A connection on which the plan may run beside others; None when there is none yet."""
        for connection in self._shared:
            if connection.shares(plan):
                return connection
        if not (self._idle and self._idle[-1].shares(plan)):
            return None
        self._shared.append(self._idle[-1])
        return self._idle.pop()

    def _quiet(self, connection: Connection) -> None:
        self._shared.remove(connection)
        self._give(connection)

    async def _ask_alone(self, plan: Plan, parameters: list[bytes | None]) -> pq.abc.PGresult:
        connection = self._idle.pop() if self._idle else await self._free()
        try:
            result = await connection.run(plan, parameters)
        except asyncio.CancelledError:
            self._later(self._recover(connection))
            raise
        except BaseException:
            self._give(connection)
            raise
        self._give(connection)
        return result

    async def _free(self) -> Connection:
        """A connection for this task alone: a new one while there may be more, else the next that comes back."""
        if self._closed:
            raise errors.Unavailable("The service is closing.")
        if self._open < self._limits.connections:
            return await self._connect()
        waiter: asyncio.Future[Connection] = asyncio.get_running_loop().create_future()
        self._waiting.append(waiter)
        try:
            async with asyncio.timeout(self._limits.wait):
                return await waiter
        except (TimeoutError, asyncio.CancelledError) as stopped:
            if (
                waiter.done() and not waiter.cancelled() and not waiter.exception()
            ):  # given in the very moment of stopping
                self._give(waiter.result())
            if isinstance(stopped, asyncio.CancelledError):
                raise
            raise errors.Busy(
                f"No connection became free within {self._limits.wait:g} s.",
                code="register.overloaded",
                hint="Repeat in a few seconds; BASEREGISTRY_READ_CONNECTIONS says how many connections there are.",
            ) from None

    async def _connect(self) -> Connection:
        self._open += 1
        waited = list(self._waiting)
        try:
            made = await Connection.open(self._conninfo, self._limits.connect, self._watch)
            self._all.add(made)
            return made
        except BaseException as failure:
            self._open -= 1
            if isinstance(failure, errors.RegisterError):
                self._refuse(waited, failure)
            self._replace()  # for those who came since: what was refused then may be granted now
            raise

    def _look(self) -> None:
        """Every second: what the event loop missed."""
        for connection in list(self._all):
            connection.look()
        self._timer = asyncio.get_running_loop().call_later(LOOK, self._look)

    def _give(self, connection: Connection) -> None:
        """A connection is free: to whoever has waited longest, else to rest."""
        if self._closed:
            connection.close()
        if connection.lost:
            return
        while self._waiting:
            waiter = self._waiting.popleft()
            if not waiter.done():
                waiter.set_result(connection)
                return
        self._idle.append(connection)

    def _lost(self, connection: Connection) -> None:
        self._open -= 1
        self._all.discard(connection)
        for held in (self._idle, self._shared):
            if connection in held:
                held.remove(connection)
        self._replace()

    def _replace(self) -> None:
        """Where a connection is gone and someone waits, a new one is made."""
        if self._waiting and not self._closed:
            self._later(self._give_new())

    async def _give_new(self) -> None:
        if self._open < self._limits.connections:  # else someone was quicker, and will give it back
            with suppress(errors.RegisterError):  # those who wait have been told
                self._give(await self._connect())

    async def _recover(self, connection: Connection) -> None:
        if await connection.recover():
            self._give(connection)

    def _refuse(self, waiters: Iterable["asyncio.Future[Connection]"], failure: errors.RegisterError) -> None:
        for waiter in waiters:
            if not waiter.done():
                waiter.set_exception(failure)
        self._waiting = deque(waiter for waiter in self._waiting if not waiter.done())

    def _later(self, work: Coroutine[None, None, None]) -> None:
        task = asyncio.get_running_loop().create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)


def _row(result: pq.abc.PGresult, nth: int) -> Row:
    value = result.get_value
    return tuple([value(nth, column) for column in range(result.nfields)])


def _conninfo(url: str, schema: str, limits: Limits) -> str:
    """libpq's connection string.  Plans are made once per statement, for any value: there is one statement per shape."""
    given = sa.make_url(url).set(drivername="postgresql")
    settings = {
        "search_path": f"{schema},public",
        "timezone": "UTC",
        "datestyle": "ISO",
        "default_transaction_read_only": "on",
        "statement_timeout": str(int(limits.statement * 1000)),
        "plan_cache_mode": "force_generic_plan",
        "random_page_cost": "1.1",
        "jit": "off",
        "max_parallel_workers_per_gather": "0",
    }
    options = " ".join(f"-c {name}={value}" for name, value in settings.items())
    asked = given.render_as_string(hide_password=False)
    said = conninfo_to_dict(asked)
    options = f"{said.get('options') or ''} {options}".strip()
    # Our sessions are read-only by these options, on the primary too: `read-write` would find none.
    where = {"target_session_attrs": "primary"} if said.get("target_session_attrs") == "read-write" else {}
    return make_conninfo(asked, options=options, client_encoding="UTF8", application_name="baseregistry reads", **where)

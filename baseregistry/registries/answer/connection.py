"""One connection to PostgreSQL on the event loop: text parameters in, text columns out, nothing else.

Straight on libpq (`psycopg.pq`), in its pipeline mode, a Sync after every statement: they may be sent while others are
under way, and one that fails takes no other with it.  The socket is watched all the time, so a connection that the
server drops while it is idle is noticed at once.
"""

import asyncio
from collections import OrderedDict, deque
from collections.abc import Callable
from dataclasses import dataclass

import psycopg
from psycopg import pq

from baseregistry import db, errors
from baseregistry.registries.answer.plan import Plan

MOST_SHARED = 32  # bounded statements under way on one connection: one busy backend keeps up with one worker of ours
MOST_STATEMENTS = 256  # prepared per connection; the one unused for longest makes room
STALE_PLAN = ("0A000", "26000")  # the tables changed under a prepared statement, or someone discarded it
GRACE = 5.0  # seconds for a cancelled statement to end, before its connection is given up


class Lost(Exception):
    """The connection broke; nothing is known about the statement that was under way, except that it only read."""


class Stale(Exception):
    """The tables changed under the prepared statement: it must be prepared anew."""


@dataclass(frozen=True, slots=True)
class Watch:
    """Who is told that a connection is gone, and that one that was shared has nothing under way any more."""

    lost: "Callable[[Connection], None]"
    quiet: "Callable[[Connection], None]"


class Connection:
    """A connection that runs one statement, or several bounded ones together."""

    def __init__(self, pgconn: pq.abc.PGconn, watch: Watch) -> None:
        self._pgconn = pgconn
        self._loop = asyncio.get_running_loop()
        self._watch = watch
        self._prepared: OrderedDict[bytes, bytes] = OrderedDict()
        self._number = 0
        self._asked: deque[asyncio.Future[pq.abc.PGresult]] = deque()
        self._result: pq.abc.PGresult | None = None
        self._shared = False
        self._ended: asyncio.Future[None] | None = None
        self.lost = False
        self._socket = pgconn.socket  # libpq forgets it when the connection breaks; the event loop must not
        self._loop.add_reader(self._socket, self._readable)

    @classmethod
    async def open(cls, conninfo: str, seconds: float, watch: Watch) -> "Connection":
        """Connect.  Raises errors.Unavailable when the database does not answer within `seconds`."""
        pgconn = pq.PGconn.connect_start(conninfo.encode())
        try:
            async with asyncio.timeout(seconds):
                await _until_connected(pgconn)
        except TimeoutError:
            pgconn.finish()
            raise _unavailable(f"no answer within {seconds:g} s") from None
        except BaseException:
            pgconn.finish()
            raise
        pgconn.nonblocking = 1
        pgconn.enter_pipeline_mode()
        return cls(pgconn, watch)

    def shares(self, plan: Plan) -> bool:
        """Whether the plan may be sent now, though others are under way."""
        return len(self._asked) < MOST_SHARED and plan.name in self._prepared and not self.lost

    async def share(self, plan: Plan, parameters: list[bytes | None]) -> pq.abc.PGresult:
        """The rows of a bounded plan that `shares` said yes to.  Raises as `run` does, and Stale.

        Given up, it is let run to its end: that is nearer than a cancel.
        """
        name, self._shared = self._prepared[plan.name], True
        self._prepared.move_to_end(plan.name)
        try:
            return await self._execute(name, parameters)
        except psycopg.Error as failure:
            if failure.sqlstate not in STALE_PLAN:
                raise words(failure) from failure
            if self._prepared.get(plan.name) == name:
                del self._prepared[plan.name]
            raise Stale from failure

    async def run(self, plan: Plan, parameters: list[bytes | None]) -> pq.abc.PGresult:
        """The rows of the plan, with nothing else under way.  Raises what the register's words say of PostgreSQL's
        error; Lost when it broke."""
        try:
            return await self._run(plan, parameters)
        except psycopg.Error as failure:
            if failure.sqlstate not in STALE_PLAN or plan.name not in self._prepared:
                raise words(failure) from failure
        del self._prepared[plan.name]
        try:
            return await self._run(plan, parameters)
        except psycopg.Error as failure:
            raise words(failure) from failure

    async def _run(self, plan: Plan, parameters: list[bytes | None]) -> pq.abc.PGresult:
        name = self._prepared.get(plan.name) or await self._prepare(plan)
        self._prepared.move_to_end(plan.name)
        return await self._execute(name, parameters)

    async def _execute(self, name: bytes, parameters: list[bytes | None]) -> pq.abc.PGresult:
        result = await self._ask(self._pgconn.send_query_prepared, name, parameters)
        if result.status != pq.ExecStatus.TUPLES_OK:
            raise psycopg.errors.error_from_result(result)
        return result

    async def _prepare(self, plan: Plan) -> bytes:
        if len(self._prepared) >= MOST_STATEMENTS:
            _, oldest = self._prepared.popitem(last=False)
            await self._command(self._pgconn.send_close_prepared, oldest)
        self._number += 1
        name = b"q%d" % self._number
        self._prepared[plan.name] = name  # before it is made: what is given up meanwhile shows when it is used (26000)
        await self._command(self._pgconn.send_prepare, name, plan.sql.encode())
        return name

    async def _command(self, send: Callable[..., None], *arguments: object) -> None:
        result = await self._ask(send, *arguments)
        if result.status != pq.ExecStatus.COMMAND_OK:
            raise psycopg.errors.error_from_result(result)

    def _ask(self, send: Callable[..., None], *arguments: object) -> "asyncio.Future[pq.abc.PGresult]":
        """Send it; its result comes after those of all that was sent before."""
        try:
            send(*arguments)
            self._pgconn.pipeline_sync()
            if self._pgconn.flush():
                self._loop.add_writer(self._socket, self._writable)
        except psycopg.OperationalError as failure:
            self._break(failure)
            raise Lost(str(failure)) from failure
        waiter: asyncio.Future[pq.abc.PGresult] = self._loop.create_future()
        self._asked.append(waiter)
        return waiter

    def _writable(self) -> None:
        try:
            if self._pgconn.flush() == 0:
                self._loop.remove_writer(self._socket)
        except psycopg.OperationalError as failure:
            self._break(failure)

    def look(self) -> None:
        """See to what the event loop did not tell: a socket in error is reported as such once, or never (libuv)."""
        if self._asked and not self.lost:
            self._readable()

    def _readable(self) -> None:
        pgconn, nothing = self._pgconn, 0
        try:
            pgconn.consume_input()
            while self._asked and nothing < 2 and not pgconn.is_busy():
                result = pgconn.get_result()
                if result is None:  # between the results of a statement and its Sync; twice: libpq has no more
                    nothing += 1
                    continue
                nothing = 0
                if result.status == pq.ExecStatus.PIPELINE_SYNC:
                    self._settle()
                elif result.status == pq.ExecStatus.FATAL_ERROR and _ends_the_session(result):
                    raise psycopg.OperationalError(result.error_message.decode(errors="replace"))
                else:
                    self._result = result
        except psycopg.OperationalError as failure:
            self._break(failure)
            return
        if pgconn.status == pq.ConnStatus.BAD:
            self._break(Lost("the server closed the connection"))

    def _settle(self) -> None:
        """A statement is over: hand its result on, unless nobody waits for it any more."""
        result, waiter = self._result, self._asked.popleft()
        self._result = None
        if not waiter.done() and result is not None:
            waiter.set_result(result)
        if self._asked:
            return
        if self._shared:
            self._shared = False
            self._watch.quiet(self)
        if self._ended is not None and not self._ended.done():
            self._ended.set_result(None)

    def _break(self, failure: Exception) -> None:
        waiters = list(self._asked)
        self._asked.clear()
        self.close()
        for waiter in waiters:
            if not waiter.done():
                waiter.set_exception(Lost(str(failure)))
        if self._ended is not None and not self._ended.done():
            self._ended.set_result(None)

    async def recover(self) -> bool:
        """After the waiting task was cancelled: cancel the statement, take what still comes; False if it cannot be used again."""
        try:
            async with asyncio.timeout(GRACE):
                if self._asked:
                    await self._cancel()
                if self._asked:
                    self._ended = self._loop.create_future()
                    await self._ended
        except (TimeoutError, Lost, psycopg.Error):
            self.close()
        return not self.lost

    async def _cancel(self) -> None:
        """Ask the server to stop, and wait until it has heard it: after that no late cancel can hit the next statement."""
        cancel = self._pgconn.cancel_conn()
        try:
            cancel.start()
            while (wanted := cancel.poll()) != pq.PollingStatus.OK:
                if wanted == pq.PollingStatus.FAILED:
                    raise psycopg.OperationalError(cancel.get_error_message())
                await _ready(cancel.socket, wanted)
        finally:
            cancel.finish()

    def close(self) -> None:
        """Close it, whatever it was doing."""
        if self.lost:
            return
        self.lost = True
        self._loop.remove_reader(self._socket)
        self._loop.remove_writer(self._socket)
        self._pgconn.finish()
        self._watch.lost(self)


def _ends_the_session(failure: pq.abc.PGresult) -> bool:
    """Whether no Sync will follow: the server says goodbye."""
    return failure.error_field(pq.DiagnosticField.SEVERITY_NONLOCALIZED) in {b"FATAL", b"PANIC"}


async def _until_connected(pgconn: pq.abc.PGconn) -> None:
    wanted = pgconn.connect_poll()
    while wanted != pq.PollingStatus.OK:
        if wanted == pq.PollingStatus.FAILED:
            raise _unavailable(pgconn.get_error_message())
        await _ready(pgconn.socket, wanted)
        wanted = pgconn.connect_poll()


async def _ready(socket: int, wanted: int) -> None:
    """Until the socket can be read from, or written to."""
    loop = asyncio.get_running_loop()
    ready = asyncio.Event()
    reading = wanted == pq.PollingStatus.READING
    (loop.add_reader if reading else loop.add_writer)(socket, ready.set)
    try:
        await ready.wait()
    finally:
        (loop.remove_reader if reading else loop.remove_writer)(socket)


def _unavailable(said: str) -> Exception:
    return db.translate(psycopg.OperationalError(said))


def words(failure: psycopg.Error) -> Exception:
    """PostgreSQL's error about a question in the register's words."""
    said, state = (failure.diag.message_primary or str(failure)), failure.sqlstate or ""
    if state == "57014":
        return errors.Unavailable(
            "The question took too long and was stopped.",
            code="question.took_too_long",
            hint="Ask for fewer rows, or by an attribute that is indexed.",
        )
    if state == "21000":
        return errors.BadQuestion(
            "Several records carry this key at the moment asked.",
            code="question.several_records",
            hint="Ask the plural field, which answers all of them.",
        )
    if state == "XX000" and ("SRID" in said or "transform" in said):  # PostGIS has no states of its own
        return errors.BadQuestion(
            f"A geometry cannot be shown in the CRS asked for: {said}.",
            code="question.unknown_crs",
            hint="Ask for CRS84, or for an EPSG code of a CRS for this part of the world.",
        )
    if state.startswith("22"):
        return errors.BadQuestion(f"A value cannot be read: {said}.", code="question.bad_value", hint="Mend the value.")
    if state.startswith("54"):
        return errors.BadQuestion(
            f"The question is too large: {said}.", code="question.too_large", hint="Ask in parts."
        )
    return db.translate(failure)

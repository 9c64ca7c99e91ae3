"""One connection to PostgreSQL on the event loop: text parameters in, text columns out, nothing else.

Straight on libpq (`psycopg.pq`): 37 µs of CPU a point lookup, where psycopg's pool takes 151.  The socket is watched
all the time, so a connection that the server drops while it is idle is noticed at once.
"""

import asyncio
from collections import OrderedDict
from collections.abc import Callable

import psycopg
from psycopg import pq

from baseregistry import db, errors
from baseregistry.registries.answer.plan import Plan

MOST_STATEMENTS = 256  # prepared per connection; the one unused for longest makes room
STALE_PLAN = ("0A000", "26000")  # the tables changed under a prepared statement, or someone discarded it
GRACE = 5.0  # seconds for a cancelled statement to end, before its connection is given up


class Lost(Exception):
    """The connection broke; nothing is known about the statement that was under way, except that it only read."""


class Connection:
    """A connection that runs one statement at a time."""

    def __init__(self, pgconn: pq.abc.PGconn, on_lost: "Callable[[Connection], None]") -> None:
        self._pgconn = pgconn
        self._loop = asyncio.get_running_loop()
        self._on_lost = on_lost
        self._prepared: OrderedDict[bytes, bytes] = OrderedDict()
        self._number = 0
        self._waiter: asyncio.Future[pq.abc.PGresult] | None = None
        self._result: pq.abc.PGresult | None = None
        self._busy = False
        self.lost = False
        self._socket = pgconn.socket  # libpq forgets it when the connection breaks; the event loop must not
        self._loop.add_reader(self._socket, self._readable)

    @classmethod
    async def open(cls, conninfo: str, seconds: float, on_lost: "Callable[[Connection], None]") -> "Connection":
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
        return cls(pgconn, on_lost)

    async def run(self, plan: Plan, parameters: list[bytes | None]) -> pq.abc.PGresult:
        """The rows of the plan.  Raises what the register's words say of PostgreSQL's error; Lost when it broke."""
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
        self._send(self._pgconn.send_query_prepared, name, parameters)
        result = await self._answer()
        if result.status != pq.ExecStatus.TUPLES_OK:
            raise psycopg.errors.error_from_result(result)
        return result

    async def _prepare(self, plan: Plan) -> bytes:
        if len(self._prepared) >= MOST_STATEMENTS:
            _, oldest = self._prepared.popitem(last=False)
            await self._command(self._pgconn.send_close_prepared, oldest)
        self._number += 1
        name = b"q%d" % self._number
        await self._command(self._pgconn.send_prepare, name, plan.sql.encode())
        self._prepared[plan.name] = name
        return name

    async def _command(self, send: Callable[..., None], *arguments: object) -> None:
        self._send(send, *arguments)
        result = await self._answer()
        if result.status != pq.ExecStatus.COMMAND_OK:
            raise psycopg.errors.error_from_result(result)

    def _send(self, send: Callable[..., None], *arguments: object) -> None:
        try:
            send(*arguments)
            self._busy = True
            if self._pgconn.flush():
                self._loop.add_writer(self._socket, self._writable)
        except psycopg.OperationalError as failure:
            self.close()
            raise Lost(str(failure)) from failure

    async def _answer(self) -> pq.abc.PGresult:
        self._waiter = self._loop.create_future()
        return await self._waiter

    def _writable(self) -> None:
        try:
            if self._pgconn.flush() == 0:
                self._loop.remove_writer(self._socket)
        except psycopg.OperationalError as failure:
            self._break(failure)

    def look(self) -> None:
        """See to what the event loop did not tell: a socket in error is reported as such once, or never (libuv)."""
        if self._busy and not self.lost:
            self._readable()

    def _readable(self) -> None:
        pgconn = self._pgconn
        try:
            pgconn.consume_input()
            while not pgconn.is_busy():
                result = pgconn.get_result()
                if result is None:
                    break
                self._result = result
            else:
                return
        except psycopg.OperationalError as failure:
            self._break(failure)
            return
        if pgconn.status == pq.ConnStatus.BAD:
            self._break(Lost("the server closed the connection"))
        elif self._busy:
            self._settle()

    def _settle(self) -> None:
        """The statement is over: hand its result on, unless nobody waits any more."""
        result, waiter = self._result, self._waiter
        self._busy, self._result, self._waiter = False, None, None
        if waiter is not None and not waiter.done() and result is not None:
            waiter.set_result(result)

    def _break(self, failure: Exception) -> None:
        waiter = self._waiter
        self.close()
        if waiter is not None and not waiter.done():
            waiter.set_exception(Lost(str(failure)))

    async def recover(self) -> bool:
        """After the waiting task was cancelled: cancel the statement, take what still comes; False if it cannot be used again."""
        try:
            async with asyncio.timeout(GRACE):
                if self._busy:
                    await self._cancel()
                if self._busy:
                    await self._answer()
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
        self._on_lost(self)


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

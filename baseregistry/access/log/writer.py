"""The one connection of a worker that writes the access log: what is asked together is committed together.

While a group is being committed the next one gathers.  A group is one statement and one transaction; whoever waits is
let go when PostgreSQL has said that it is committed, and refused when it has not.
"""

import asyncio
import logging
import time
from collections import OrderedDict
from collections.abc import Iterable, Sequence

import psycopg
import sqlalchemy as sa
from psycopg.conninfo import conninfo_to_dict, make_conninfo

from baseregistry import errors
from baseregistry.access.log.contexts import Context
from baseregistry.access.log.groups import Entry, month_of, parameters, plan, size
from baseregistry.access.log.unpacking import Unpacking
from baseregistry.registries.answer.connection import Connection, Lost, Watch
from baseregistry.registries.answer.plan import Plan
from baseregistry.registries.answer.values import array

MOST_TOGETHER = 500  # answers in one group
MOST_BYTES = 500_000  # of log keys in one group, of answers after the first
MOST_WAITING = 10_000  # answers that may wait
MOST_CONTEXTS = 10_000  # that are remembered as written
PATIENCE = 10.0  # seconds that a commit may take
PREPARE = Plan("SELECT access_prepare($1::text[], $2::date, 2)::text", b"access_prepare", (), ("prepared",), ())
logger = logging.getLogger(__name__)


class Writer:
    """Writes groups, one after the other, on a connection of its own to the primary."""

    def __init__(self, url: str, schema: str, registers: Sequence[str]) -> None:
        self._conninfo = conninfo(url, schema)
        self._registers = array(name.encode() for name in registers)
        self._connection: Connection | None = None
        self.unpacking = Unpacking(conninfo(url, schema, "baseregistry unpacking"))
        self._waiting: list[tuple[Entry, asyncio.Future[None]]] = []
        self._written: OrderedDict[bytes, None] = OrderedDict()
        self._working: asyncio.Task[None] | None = None
        self._loop: asyncio.AbstractEventLoop | None = None  # to ask for it costs a system call
        self.groups = self.entries = self.refused = 0

    def keep(self, entry: Entry) -> "asyncio.Future[None]":
        """Done when the entry is committed.  Raises errors.Unavailable ``access.log_unavailable`` when it may not be."""
        if len(self._waiting) >= MOST_WAITING:
            raise _away("too many answers wait for it")
        if self._loop is None:
            self._loop = asyncio.get_running_loop()
        committed: asyncio.Future[None] = self._loop.create_future()
        self._waiting.append((entry, committed))
        if self._working is None:
            self._working = self._loop.create_task(self._work())
        return committed

    async def close(self) -> None:
        """Write what still waits, and close."""
        while self._working is not None:
            await asyncio.wait([self._working])
        if self._connection is not None:
            self._connection.close()
        await self.unpacking.close()

    async def _work(self) -> None:
        """Group after group, until nobody waits."""
        try:
            while self._waiting:
                group = self._next()
                failure = await self._tried([entry for entry, _ in group])
                for _, committed in group:
                    if committed.done():
                        continue
                    if failure is None:
                        committed.set_result(None)
                    else:
                        committed.set_exception(failure)
        finally:
            self._working = None

    def _next(self) -> list[tuple[Entry, "asyncio.Future[None]"]]:
        told = 0
        for taken, (entry, _) in enumerate(self._waiting[:MOST_TOGETHER]):
            told += size(entry)
            if told > MOST_BYTES and taken:
                break
        else:
            taken = min(len(self._waiting), MOST_TOGETHER)
        group, self._waiting = self._waiting[:taken], self._waiting[taken:]
        return group

    async def _tried(self, entries: list[Entry]) -> errors.Unavailable | None:
        """Commit a group; answers why it is not known to be committed."""
        try:
            async with asyncio.timeout(PATIENCE):
                await self._write(entries)
        except (TimeoutError, Lost, psycopg.Error, errors.RegisterError) as failure:
            if self._connection is not None:
                self._connection.close()
            self.refused += len(entries)
            logger.error("The access log is not written, %d answers are refused: %s", len(entries), failure)
            return _away(str(failure) or "no answer in time")
        except Exception as failure:  # whatever it is: nothing leaves, and the next group is tried
            self.refused += len(entries)
            logger.exception("The access log is not written, %d answers are refused.", len(entries))
            return _away(type(failure).__name__)
        self.unpacking.wake()
        self.groups += 1
        self.entries += len(entries)
        return None

    async def _write(self, entries: list[Entry]) -> None:
        connection = await self._connected()
        new = {entry.context.digest: entry.context for entry in entries if entry.context.digest not in self._written}
        said = parameters(entries, new.values())
        keep = plan(len(said) - 2)
        try:
            await connection.run(keep, said)
        except psycopg.errors.CheckViolation:  # no partition has room for the month
            await self._prepare(connection)
            await connection.run(keep, said)
        self._remember(new.values())

    def _remember(self, contexts: Iterable[Context]) -> None:
        for one in contexts:
            self._written[one.digest] = None
        while len(self._written) > MOST_CONTEXTS:
            self._written.popitem(last=False)

    async def _prepare(self, connection: Connection) -> None:
        """Make room for this month and the next."""
        today = f"{month_of(int(time.time() // 86_400))}-01".encode()
        await connection.run(PREPARE, [self._registers, today])

    async def _connected(self) -> Connection:
        if self._connection is None:
            self._connection = await Connection.open(self._conninfo, PATIENCE, Watch(self._lost, lambda _: None))
            logger.info("The access log is written to the primary.")
        return self._connection

    def _lost(self, _: Connection) -> None:
        """What was written stays written; but another primary may not have it, so contexts are told again."""
        self._connection = None
        self._written.clear()


def _away(why: str) -> errors.Unavailable:
    return errors.Unavailable(
        f"The access log cannot be written, so nothing is answered: {why}",
        code="access.log_unavailable",
        hint="Repeat in a few seconds; the log is written to the primary database.",
    )


def conninfo(url: str, schema: str, application: str = "baseregistry log") -> str:
    """libpq's connection string: of several hosts the one that takes writes."""
    given = sa.make_url(url).set(drivername="postgresql").render_as_string(hide_password=False)
    settings = {
        "search_path": f"{schema},public",
        "timezone": "UTC",
        "statement_timeout": str(int(PATIENCE * 1000)),
        "jit": "off",
    }
    options = " ".join(f"-c {name}={value}" for name, value in settings.items())
    asked = conninfo_to_dict(given)
    options = f"{asked.get('options') or ''} {options}".strip()
    more = {} if "target_session_attrs" in asked else {"target_session_attrs": "read-write"}
    return make_conninfo(given, options=options, client_encoding="UTF8", application_name=application, **more)

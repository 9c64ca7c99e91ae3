"""Filling the log's tables from its packed lines, shortly after they are committed; whoever reads the tables waits for it.

PostgreSQL does it (`access_unpack`), one worker at a time, a bite in one transaction: what was under way when somebody
was killed is done again.  While requests come it takes a tenth of the time, half of it from a minute behind, and all of
it from ten minutes behind.
"""

import asyncio
import logging
import time

import psycopg
import sqlalchemy as sa

from baseregistry import db, errors
from baseregistry.registries.answer.connection import Connection, Lost, Watch
from baseregistry.registries.answer.plan import Plan

BITE = 65_536  # bytes of lines in one transaction beside requests, of groups after the first
MOUTHFUL = 1_000_000  # the same, where somebody waits for it
RESTS = ((60, 9), (600, 1))  # seconds behind, and up to there the rest after a bite, as a multiple of its time
LATER = 1.0  # seconds until it is tried again after a failure, or while another worker is at it
SHORTLY = 0.05  # seconds until it is looked again what a primary did
PATIENCE = 10.0  # seconds that whoever reads the tables waits
CALL = "access_unpack({}, {}) u"
UNPACK = Plan(
    f"SELECT u.done::text, u.last::text, u.behind::text FROM {CALL.format('$1::bigint', '$2::boolean')}",
    b"access_unpack",
    (),
    ("done", "last", "behind"),
    (),
)
logger = logging.getLogger(__name__)


def caught_up(engine: sa.Engine, seconds: float = PATIENCE) -> int:
    """Make the tables complete up to the group that is last now; answers its position.

    `engine` is the owner's, or that of the role that logs or audits.  On a standby nothing can be filled, only waited for.
    Raises errors.Unavailable ``access.log_behind`` when it takes longer than `seconds`.
    """
    until, target, before = time.monotonic() + seconds, None, None
    while True:
        done, last = _bitten(engine, until)
        target = last if target is None else target
        if done >= target:
            return target
        if time.monotonic() > until:
            raise _behind(done, target)
        if done == before:
            time.sleep(SHORTLY)  # a standby: its primary fills
        before = done


def _bitten(engine: sa.Engine, until: float) -> tuple[int, int]:
    left = max(1, int((until - time.monotonic()) * 1000))
    statement = sa.text("SELECT u.done, u.last FROM " + CALL.format(":most", "true"))
    try:
        with db.writing(engine) as writing:
            writing.execute("SELECT set_config('lock_timeout', :left, true)", {"left": f"{left}ms"})
            row = writing.execute(statement, {"most": MOUTHFUL}).one()
    except errors.Busy as failure:
        raise _behind(None, None) from failure
    return row.done, row.last


def _behind(done: int | None, last: int | None) -> errors.Unavailable:
    where = f": {last - done:,} groups are still packed" if done is not None and last is not None else ""
    return errors.Unavailable(
        f"The tables of the access log are not filled yet{where}.",
        code="access.log_behind",
        hint="Nothing is lost: it is committed in packed lines. Repeat in a minute.",
    )


class Unpacking:
    """What fills the tables in the background of one service, on a connection of its own."""

    def __init__(self, conninfo: str) -> None:
        self._conninfo = conninfo
        self._connection: Connection | None = None
        self._one = asyncio.Lock()
        self._working: asyncio.Task[None] | None = None
        self._wanted = False
        self.packed = 0  # groups that were committed and not filled in, when it was last looked
        self.behind = 0.0  # seconds since the first of them was committed

    def wake(self) -> None:
        """A group was committed."""
        self._wanted = True
        if self._working is None:
            self._working = asyncio.get_running_loop().create_task(self._work())

    async def caught_up(self, seconds: float = PATIENCE) -> int:
        """As the function of that name."""
        done: int | None = None
        target: int | None = None
        try:
            async with asyncio.timeout(seconds):
                while target is None or done is None or done < target:
                    done, last = await self._bite(MOUTHFUL, wait=True)
                    target = last if target is None else target
        except (TimeoutError, Lost, psycopg.Error, errors.RegisterError) as failure:
            raise _behind(done, target) from failure
        return target

    async def close(self) -> None:
        """Stop; what is not filled yet, the next service fills."""
        if self._working is not None:
            self._working.cancel()
            await asyncio.wait([self._working])
        if self._connection is not None:
            self._connection.close()

    async def _work(self) -> None:
        """Bite after bite, until all is filled."""
        try:
            while self._wanted:
                self._wanted = False
                await self._caught()
        finally:
            self._working = None

    async def _caught(self) -> None:
        """Until nothing is left.  Between two bites it rests, as long as groups come from whichever worker."""
        before = None
        while True:
            began = time.monotonic()
            try:
                done, last = await self._bite(BITE, wait=False)
            except (Lost, psycopg.Error, errors.RegisterError) as failure:
                logger.warning("The tables of the access log are not filled, which is tried again: %s", failure)
                done = None
            if done is None:
                self._wanted = True
                await asyncio.sleep(LATER)
                return
            if done == last:
                return
            if last != before:
                await asyncio.sleep(self._rest() * (time.monotonic() - began))
            before = last

    def _rest(self) -> int:
        return next((rest for until, rest in RESTS if self.behind < until), 0)

    async def _bite(self, most: int, *, wait: bool) -> tuple[int | None, int]:
        async with self._one:
            connection = await self._connected()
            try:
                result = await connection.run(UNPACK, [b"%d" % most, b"true" if wait else b"false"])
            except asyncio.CancelledError:
                connection.close()
                raise
        done, last, behind = (result.get_value(0, column) or b"" for column in range(3))
        if not done:  # another worker is at it
            return None, 0
        self.packed, self.behind = int(last) - int(done), float(behind or 0)
        return int(done), int(last)

    async def _connected(self) -> Connection:
        if self._connection is None:
            self._connection = await Connection.open(self._conninfo, PATIENCE, Watch(self._lost, lambda _: None))
        return self._connection

    def _lost(self, _: Connection) -> None:
        self._connection = None

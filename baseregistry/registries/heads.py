"""The ledger's head as those see it who wait for the next change.

Every change notifies a channel when it commits.  That is a hint to look: what is believed is what the table then
says.  It is looked at every few seconds besides, so a hint that is lost delays, and never loses.
"""

import asyncio
import logging
from collections.abc import Awaitable, Callable

import psycopg
import sqlalchemy as sa
from psycopg import sql
from psycopg.conninfo import make_conninfo

from baseregistry.registries import ledger

APPLICATION = "baseregistry hints"
LOOK = 5.0  # seconds between two looks at the table
LOOK_DEAF = 0.5  # the same while no hint can be heard: no connection, a standby, a pool between us and the database
RETRY = 2.0  # seconds until a lost connection is opened again
STANDBY = 60.0  # the same for a standby, on which nobody can listen, until it may have been promoted
ALIVE = {"connect_timeout": 10, "keepalives_idle": 30, "keepalives_interval": 10, "keepalives_count": 3}
logger = logging.getLogger(__name__)


class Hints:
    """One connection that listens to the ledger's channel in the installation's database."""

    def __init__(self, url: str, schema: str) -> None:
        given = sa.make_url(url).set(drivername="postgresql").render_as_string(hide_password=False)
        self._conninfo = make_conninfo(given, application_name=APPLICATION, **ALIVE)
        self._channel = ledger.channel(schema)
        self.heard = asyncio.Event()
        self.listening = False

    async def listen(self) -> None:
        """Set `heard` at every hint, until cancelled; a connection that breaks is opened again."""
        while True:
            again = RETRY
            try:
                await self._listen()
            except psycopg.errors.ReadOnlySqlTransaction:
                logger.info("No hints of new changes on a standby, the table is looked at instead.")
                again = STANDBY
            except psycopg.Error as failure:
                logger.warning("No hints of new changes, the table is looked at instead: %s", failure)
            finally:
                self.listening = False
                self.heard.set()  # so that the looks come closer together at once
            await asyncio.sleep(again)

    async def _listen(self) -> None:
        async with await psycopg.AsyncConnection.connect(self._conninfo, autocommit=True) as connection:
            await connection.execute(sql.SQL("LISTEN {}").format(sql.Identifier(self._channel)))
            self.listening = True
            self.heard.set()  # what was told before was not heard
            async for _ in connection.notifies():
                self.heard.set()


class Heads:
    """The last position seen in the table; wakes those who wait for a later one."""

    def __init__(self, look: Callable[[], Awaitable[int]], hints: Hints) -> None:
        self.position = 0
        self._look = look
        self._hints = hints
        self._moved = asyncio.Event()
        self._setbacks = 0
        self._tasks: list[asyncio.Task[None]] = []

    async def beyond(self, position: int) -> None:
        """Wait until the ledger has a change after `position`, or until it turns out to be an older one (a backup)."""
        self._start()
        setbacks = self._setbacks
        while self.position <= position and self._setbacks == setbacks:
            await self._moved.wait()

    def saw(self, position: int) -> None:
        """Somebody's statement found the ledger at `position`."""
        if position > self.position:
            self._move(position)

    async def close(self) -> None:
        """Stop watching."""
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)

    def _start(self) -> None:
        """Nobody listens before somebody waits."""
        if not self._tasks:
            loop = asyncio.get_running_loop()
            self._tasks = [loop.create_task(self._hints.listen()), loop.create_task(self._watch())]

    async def _watch(self) -> None:
        hints = self._hints
        while True:
            hints.heard.clear()
            try:
                self._believe(await self._look())
            except Exception as failure:  # whatever it is: were this to end, all who wait would wait for ever
                logger.warning("The head of the ledger cannot be looked at.", exc_info=failure)
                await asyncio.sleep(LOOK_DEAF)
            try:
                async with asyncio.timeout(LOOK if hints.listening else LOOK_DEAF):
                    await hints.heard.wait()
            except TimeoutError:
                pass

    def _believe(self, looked: int) -> None:
        if looked < self.position:
            self._setbacks += 1  # or a look that was overtaken: then whoever wakes finds nothing, and waits on
        if looked != self.position:
            self._move(looked)

    def _move(self, position: int) -> None:
        self.position = position
        moved, self._moved = self._moved, asyncio.Event()
        moved.set()

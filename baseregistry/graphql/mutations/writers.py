"""Where changes are written: a few threads, each with one connection and one transaction at a time.

Writing is synchronous; the event loop goes on with its questions.  A client that hangs up stops nothing: the change
is written or not, and its key tells which.
"""

import asyncio
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from typing import TypeVar

import psycopg
import sqlalchemy as sa

from baseregistry import db, errors
from baseregistry.db import Writing
from baseregistry.registries.idempotency import Request
from baseregistry.registries.recording import Order, Outcome, Recorder

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class WriteLimits:
    """How many changes are written at once; seconds to wait for a turn, and to write."""

    connections: int = 2
    wait: float = 10.0
    seconds: float = 60.0


class Writers:
    """The threads that write the changes of one installation."""

    def __init__(self, engine: sa.Engine, recorder: Recorder, limits: WriteLimits) -> None:
        self._engine = engine
        self._recorder = recorder
        self.limits = limits
        self._threads = ThreadPoolExecutor(limits.connections, thread_name_prefix="writer")
        self._free = asyncio.Semaphore(limits.connections)

    async def run(self, work: Callable[[], T]) -> T:
        """Do `work` in a thread of its own turn.  Raises errors.Busy when none becomes free in time."""
        try:
            async with asyncio.timeout(self.limits.wait):
                await self._free.acquire()
        except TimeoutError:
            raise errors.Busy(
                f"Other changes are being written; none was done within {self.limits.wait:g} s.",
                code="register.overloaded",
                hint="Nothing was written. Repeat it, with the same key, in a few seconds.",
                where={"retry_after_seconds": 10},
            ) from None
        future = asyncio.get_running_loop().run_in_executor(self._threads, work)
        future.add_done_callback(self._done)
        return await asyncio.shield(future)

    def _done(self, future: "asyncio.Future[T]") -> None:
        self._free.release()
        if not future.cancelled():
            future.exception()  # looked at, also where nobody waits any more

    async def close(self) -> None:
        """Wait until what is being written is written."""
        await asyncio.to_thread(self._threads.shutdown)

    def record(self, order: Order, request: Request) -> Outcome:
        """Record a change, once.  In a thread of `run`.  Raises the register's errors."""
        with self._writing() as writing:
            return self._recorder.once(writing, order, request)

    def tried(self, order: Order) -> Outcome:
        """What recording it would meet.  In a thread of `run`.  Raises the register's errors."""
        with self._writing() as writing:
            return self._recorder.tried(writing, order)

    @contextmanager
    def _writing(self) -> Iterator[Writing]:
        try:
            with db.writing(self._engine) as writing, self._stopped_in_time(writing):
                yield writing
        except psycopg.Error as failure:
            raise db.worded(failure) or failure from failure

    @contextmanager
    def _stopped_in_time(self, writing: Writing) -> Iterator[None]:
        """Cancel what runs when its time is over; a connection that was cancelled is not used again."""
        over = threading.Event()

        def stop() -> None:
            over.set()
            with suppress(psycopg.Error):
                writing.driver.cancel_safe(timeout=5.0)

        timer = threading.Timer(self.limits.seconds, stop)
        writing.execute(f"SET LOCAL statement_timeout = {int(self.limits.seconds * 1000)}")
        timer.start()
        try:
            yield
        finally:
            timer.cancel()
            timer.join()
            if over.is_set():  # a late cancel must not hit the next one's statement
                writing.connection.invalidate()
        if over.is_set():
            raise errors.Unavailable(
                f"The change took more than {self.limits.seconds:g} s and was stopped.",
                code="register.took_too_long",
                hint="Nothing was written. Repeat it, with the same key, or say it in several changes.",
            )

"""Refusals of those for whom nothing is granted: bad tokens, unknown clients, no purpose.  Each is logged, up to a bound.

Whoever has no token that holds may ask as often as he likes, so beyond the bound his refusals are only counted, and the
counts of a minute are logged at its end: a flood of bad tokens fills neither the disk nor the log of others.
"""

import asyncio
import logging
from collections import Counter
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass

from baseregistry.access.errands import Errand
from baseregistry.access.granted import GrantSet
from baseregistry.access.log.keeping import AccessLog, Asking, Said, now
from baseregistry.access.tokens import Caller
from baseregistry.errors import RegisterError, Unavailable
from baseregistry.registries.answer.plan import Snapshot
from baseregistry.status import status_of

EACH, ALL = 10, 200  # refusals that are logged one by one, of one caller and of all, in a minute and worker
MOST_COUNTED = 500  # different counts that may wait to be written; after that the rest is one
MINUTE = 60_000_000  # microseconds
UNREAD = bytes(32)  # instead of the digest of a document that was never read
ISSUER = "issuer "  # before the issuer of a token that held, in the context's paths
logger = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Stranger:
    """Who is turned away: the caller if his token held, what he said it was for, and the document if it was read."""

    caller: Caller | None
    errand: Errand
    document: bytes = UNREAD
    operation: str = ""

    @property
    def who(self) -> tuple[str, str]:
        """Whose refusals are counted together: all without a token that holds are one."""
        return self.caller.person if self.caller else ("", "")


@dataclass(frozen=True, slots=True)
class Refused:
    """How it ended: HTTP status and code."""

    status: int
    code: str


TurnedAway = Callable[[Stranger, RegisterError], Awaitable[None]]


class Strangers:
    """The refusals of one worker."""

    def __init__(self, log: AccessLog) -> None:
        self._log = log
        self._minute = 0
        self._kept: Counter[tuple[str, str]] = Counter()
        self._counted: Counter[tuple[int, Refused]] = Counter()

    async def turned_away(self, stranger: Stranger, refusal: RegisterError) -> None:
        """Keep that somebody was refused before it was known what he may ask."""
        await self.refused(stranger, Refused(status_of(refusal), refusal.code), now())

    async def refused(self, stranger: Stranger, refused: Refused, asked_at: int) -> None:
        """Returns when it is committed, or counted: beyond the bound, and what is the service's own fault.

        Raises errors.Unavailable (``access.log_unavailable``).
        """
        if refused.status >= 500 or not self._room(stranger.who, asked_at // MINUTE):
            self._count(asked_at // MINUTE, refused, 1)
            return
        said = Said(asked_at, b"", stranger.errand.case, status=refused.status, code=refused.code)
        await self._log.keep(self._log.context(("stranger", stranger), None, lambda: _asking(stranger)), said)

    @asynccontextmanager
    async def kept(self) -> AsyncIterator["Strangers"]:
        """The counts are written at the end of each minute while the block lasts, and at its end."""
        writing = asyncio.get_running_loop().create_task(self._minutely())
        try:
            yield self
        finally:
            writing.cancel()
            await asyncio.gather(writing, return_exceptions=True)
            await self.write()

    async def write(self) -> None:
        """Write what was counted; what cannot be written waits for the next time."""
        counted, self._counted = self._counted, Counter()
        entries = [self._keep(minute, refused, count) for (minute, refused), count in counted.items()]
        done = await asyncio.gather(*entries, return_exceptions=True)
        for ((minute, refused), count), failure in zip(counted.items(), done, strict=True):
            if isinstance(failure, Unavailable):
                self._count(minute, refused, count)
            elif isinstance(failure, BaseException):
                logger.error("Counts of refusals are lost.", exc_info=failure)

    async def _keep(self, minute: int, refused: Refused, count: int) -> None:
        """One row for all: the count stands where answers say their position."""
        nobody = Stranger(None, Errand())
        context = self._log.context(("refusals",), None, lambda: _asking(nobody, "refusals"))
        snapshots = (Snapshot(count, None, "", ""),)
        await self._log.keep(
            context, Said(minute * MINUTE, b"", snapshots=snapshots, status=refused.status, code=refused.code or None)
        )

    async def _minutely(self) -> None:
        while True:
            await asyncio.sleep(60 - now() % MINUTE / 1_000_000)
            await self.write()

    def _count(self, minute: int, refused: Refused, count: int) -> None:
        if (minute, refused) not in self._counted and len(self._counted) >= MOST_COUNTED:
            minute, refused = min(self._counted, key=lambda one: one[0])[0], Refused(refused.status, "")
        self._counted[minute, refused] += count

    def _room(self, who: tuple[str, str], minute: int) -> bool:
        if minute != self._minute:
            self._minute = minute
            self._kept.clear()
        if self._kept[who] >= EACH or self._kept.total() >= ALL:
            return False
        self._kept[who] += 1
        return True


def _asking(stranger: Stranger, form: str = "refusal") -> Asking:
    """The context: what is known of him; his token's issuer stands where otherwise the paths do."""
    caller, errand = stranger.caller, stranger.errand
    client, purpose = (caller and caller.client) or "", errand.purpose or ""
    return Asking(
        caller.subject if caller else "",
        errand.official,
        GrantSet(b"", "", client, purpose, ()),
        form,
        stranger.operation,
        stranger.document,
        paths=(ISSUER + caller.issuer,) if caller and caller.issuer else (),
    )

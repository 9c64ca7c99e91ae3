"""How much a client may ask: requests a second, points a minute, personal records a day, right over any number of workers.

Each worker takes slices of a client's allowance from the primary and spends them in memory, so a request costs a
comparison.  A slice of a rate is good for `LEASE` seconds and never given back, so no t seconds see more than the
capacity and the rate of t + LEASE seconds; of a day's records never one too many leaves.
"""

import asyncio
import logging
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field
from math import ceil
from typing import Protocol

from baseregistry import errors
from baseregistry.access.allowances import Allowances, Limit, Taken
from baseregistry.access.standing import Allowed, Client
from baseregistry.registries.tables import Installation
from baseregistry.settings import Settings

LEASE = 1.0  # seconds for which a slice of a rate is good
KEPT = 60.0  # seconds until what is left of a slice of a day's records is given back
PART = 4  # at full speed a worker takes so many slices of a rate in a second
SHARE = 50  # and at most this part of a day's records at once
BURST = 10  # seconds' worth of requests at once, where nothing else is said
LONGEST = 5.0  # seconds for which a refusal is repeated without another look
REQUESTS, COST, RECORDS = "requests", "cost", "records"
NAMES = {REQUESTS: "requests", COST: "points"}
ANYBODY = ""  # all who come without a token, as one client
logger = logging.getLogger(__name__)


class Ledger(Protocol):
    """Where slices come from."""

    async def take(self, client: str, limit: Limit, needed: int, wanted: int) -> Taken:
        """As `Allowances.take`."""


@dataclass(slots=True)
class Slice:
    """What a worker holds of one limit of one client."""

    whose: str
    limit: Limit
    left: int = 0
    good_until: float = 0.0
    size: int = 1  # of the last one that was taken
    taken_at: float = 0.0
    refused: int = 0  # how much was too much, and until when
    refused_until: float = 0.0
    turn: asyncio.Lock = field(default_factory=asyncio.Lock)


@dataclass(frozen=True, slots=True)
class Account:
    """The slices of one client as it is registered; of what has no limit, none."""

    client: Client | None
    slices: dict[str, Slice]


class Rates:
    """The allowances of all clients in one worker; a `clock` in seconds."""

    def __init__(self, ledger: Ledger, settings: Settings, clock: Callable[[], float] = time.monotonic) -> None:
        self._ledger = ledger
        self._settings = settings
        self._clock = clock
        self._accounts: dict[str, Account] = {}
        self._away_until = 0.0

    def spend(self, client: Client | None, what: str, amount: int) -> Awaitable[None] | None:
        """Spend; None where that is done, else what has to be awaited for it.  Without a client: as all who come so.

        The awaitable raises errors.TooMuch (``access.rate_limited``, ``access.quota_exhausted``) where it is too much now,
        errors.Unavailable where nobody can tell how many records are left.
        """
        account = self._accounts.get(ANYBODY if client is None else client.client_id)
        if account is None or account.client is not client:
            account = self._open(client, account)
        held = account.slices.get(what)
        if held is None or amount <= 0:
            return None
        if held.left >= amount and self._clock() < held.good_until:
            held.left -= amount
            return None
        return self._more(held, amount)

    async def close(self) -> None:
        """Give back what is left of the day's records."""
        with suppress(errors.Unavailable):
            for account in self._accounts.values():
                if RECORDS in account.slices:
                    await self._give_back(account.slices[RECORDS])

    async def _more(self, held: Slice, amount: int) -> None:
        """Spend what a slice does not hold, or not any more."""
        async with held.turn:
            now = self._clock()
            if amount > held.limit.capacity or (now < held.refused_until and amount >= held.refused):
                raise too_much(held.limit, amount, held.refused_until - now)
            if now >= held.good_until and held.limit.rate is None:
                await self._give_back(held)
            mine, held.left = held.left if now < held.good_until else 0, 0  # nobody else spends it meanwhile
            try:
                if mine < amount:
                    mine += await self._taken(held, amount - mine, amount)
                mine -= amount
            finally:
                held.left = mine

    async def _taken(self, held: Slice, needed: int, amount: int) -> int:
        limit, before = held.limit, held.good_until
        taken = await self._asked(held, needed, max(needed, self._grown(held)))
        held.taken_at = now = self._clock()
        if taken.granted < needed:
            held.refused, held.refused_until = amount, now + min(taken.seconds, LONGEST)
            raise too_much(limit, amount, taken.seconds)
        held.refused_until = 0.0
        fresh = now + (LEASE if limit.rate is not None else KEPT)
        held.good_until = min(before, fresh) if needed < amount else fresh
        return taken.granted

    async def _asked(self, held: Slice, needed: int, wanted: int) -> Taken:
        """What the primary gives.  While it cannot be asked each worker holds rates alone; of records it gives none."""
        limit, now = held.limit, self._clock()
        if limit.rate is None:
            return await self._ledger.take(held.whose, limit, needed, wanted)
        if now >= self._away_until:
            try:
                return await self._ledger.take(held.whose, limit, needed, wanted)
            except errors.Unavailable as failure:
                logger.warning("Rates of clients are held by this worker alone for now: %s", failure)
                self._away_until = now + LONGEST
        if now < held.good_until:  # of this second it has had its part
            return Taken(0, held.good_until - now)
        return Taken(max(needed, int(limit.rate * LEASE)), LEASE)

    def _grown(self, held: Slice) -> int:
        """How much to take: twice as much as last time while that did not last, up to a share of the whole."""
        limit = held.limit
        lasting = LEASE if limit.rate is not None else KEPT
        most = limit.rate / PART if limit.rate is not None else limit.capacity / SHARE
        grown = held.size * 2 if self._clock() - held.taken_at < lasting / 2 else held.size // 2
        held.size = max(1, min(grown, int(most), limit.capacity // PART))
        return held.size

    async def _give_back(self, held: Slice) -> None:
        left, held.left = held.left, 0
        if left:
            await self._ledger.take(held.whose, held.limit, 0, -left)

    def _open(self, client: Client | None, before: Account | None) -> Account:
        """The account of a client as it is registered now; what is held of a limit that stayed is held on."""
        whose, held = ANYBODY if client is None else client.client_id, before.slices if before else {}
        slices = {}
        for limit in _limits(client, self._settings):
            known = held.get(limit.what)
            slices[limit.what] = known if known and known.limit == limit else Slice(whose, limit)
        account = self._accounts[whose] = Account(client, slices)
        return account


@asynccontextmanager
async def kept(url: str, installation: Installation, settings: Settings) -> AsyncIterator[Rates]:
    """The allowances of one worker while the block lasts; `url`: of the primary, as the role that logs."""
    ledger = Allowances(url, installation)
    rates = Rates(ledger, settings)
    try:
        yield rates
    finally:
        await rates.close()
        ledger.close()


def _limits(client: Client | None, settings: Settings) -> list[Limit]:
    """What a client may ask; where nothing is registered, what the settings say.  0: as much as it likes."""
    allowed = client.allowed if client else Allowed()
    if client is None:
        requests, burst = settings.anonymous_requests_per_second, 0
        cost, records = settings.anonymous_cost_per_minute, 0
    else:
        requests = allowed.requests_per_second or settings.client_requests_per_second
        burst = allowed.burst or settings.client_burst
        cost = allowed.cost_per_minute or settings.client_cost_per_minute
        records = allowed.personal_records_per_day or settings.client_personal_records_per_day
    limits = (
        Limit(REQUESTS, burst or requests * BURST, float(requests)) if requests else None,
        Limit(COST, cost, cost / 60) if cost else None,
        Limit(RECORDS, records, None) if records else None,
    )
    return [limit for limit in limits if limit is not None]


def too_much(limit: Limit, amount: int, seconds: float) -> errors.TooMuch:
    """The refusal of what is more than a limit leaves now."""
    after = max(1, ceil(seconds))
    where = {"limit": limit.what, "most": limit.capacity, "asked": amount, "retry_after_seconds": after}
    if limit.rate is None:
        return errors.TooMuch(
            f"The client may be told {limit.capacity:,} personal records in a day, and this answer holds more than are left.",
            code="access.quota_exhausted",
            hint=f"Ask for fewer records, or when the next day begins, in {after:,} seconds.",
            where=where,
        )
    what = NAMES[limit.what]
    if amount > limit.capacity:
        return errors.TooMuch(
            f"The request asks for {amount:,} {what}, and the client may ask for {limit.capacity:,} at once.",
            code="access.rate_limited",
            hint="Ask for less at once.",
            where=where,
        )
    return errors.TooMuch(
        f"The client asks too much: {limit.capacity:,} {what} at once and {limit.rate:,.6g} a second are its limit.",
        code="access.rate_limited",
        hint=f"Ask again in {after:,} s.",
        where=where,
    )

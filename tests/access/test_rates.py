"""How much a client may ask: over all workers together, through every door, and not more after a restart."""

import asyncio
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import pytest
import sqlalchemy as sa
from hypothesis import given
from hypothesis import strategies as st

from baseregistry import errors
from baseregistry.access import rates
from baseregistry.access.allowances import Allowances, Limit, Taken
from baseregistry.access.rates import RECORDS, REQUESTS, Rates
from baseregistry.access.standing import Allowed, Client
from baseregistry.settings import Settings
from tests.conftest import Database


def client(**allowed: int) -> Client:
    return Client(None, True, False, "agency", "H17.TAX", True, "tax", Allowed(**allowed))


async def spent(rates: Rates, who: Client | None, what: str, amount: int) -> bool:
    """Whether there was so much left."""
    try:
        waiting = rates.spend(who, what, amount)
        if waiting is not None:
            await waiting
    except errors.TooMuch:
        return False
    return True


NO_DEFAULTS = {
    "client_requests_per_second": 0,
    "client_cost_per_minute": 0,
    "client_personal_records_per_day": 0,
    "anonymous_requests_per_second": 0,
    "anonymous_cost_per_minute": 0,
}


class Clock:
    """A clock that a test turns."""

    def __init__(self) -> None:
        self.now = 1_000.0

    def __call__(self) -> float:
        return self.now


class Primary:
    """What `access_take` does, by a test's clock; `away`: it cannot be asked."""

    def __init__(self, clock: Clock) -> None:
        self.clock = clock
        self.used: dict[tuple[str, str], tuple[float, float]] = {}
        self.away = False
        self.asked = 0

    async def take(self, client: str, limit: Limit, needed: int, wanted: int) -> Taken:
        self.asked += 1
        if self.away:
            raise errors.Unavailable("away")
        await asyncio.sleep(0)
        used, at = self.used.get((client, limit.what), (0.0, self.clock.now))
        if limit.rate is not None:
            used = max(0.0, used - limit.rate * (self.clock.now - at))
        free = int(limit.capacity - used)
        granted = max(wanted, -int(used)) if wanted < 0 else 0 if free < needed else min(wanted, free)
        self.used[client, limit.what] = used + granted, self.clock.now
        seconds = 3_600.0 if limit.rate is None else max(0.0, used + granted + needed - limit.capacity) / limit.rate
        return Taken(granted, seconds)


@given(
    rate=st.integers(1, 50),
    burst=st.integers(1, 100),
    steps=st.lists(st.tuples(st.integers(0, 2), st.sampled_from([0.0, 0.01, 0.3, 1.1])), max_size=120),
)
def test_no_time_sees_more_than_the_rate_and_a_burst(rate: int, burst: int, steps: list[tuple[int, float]]) -> None:
    """Three workers, in whatever order and at whatever pace they are asked."""

    async def run() -> list[float]:
        clock = Clock()
        primary = Primary(clock)
        workers = [Rates(primary, Settings(**NO_DEFAULTS), clock) for _ in range(3)]
        who, went = client(requests_per_second=rate, burst=burst), list[float]()
        for worker, pause in steps:
            clock.now += pause
            if await spent(workers[worker], who, REQUESTS, 1):
                went.append(clock.now)
        return went

    went = asyncio.run(run())
    for begin, first in enumerate(went):
        for end in range(begin, len(went)):
            assert end - begin + 1 <= burst + rate * (went[end] - first + rates.LEASE) + 1


@given(
    quota=st.integers(1, 200),
    asked=st.lists(st.tuples(st.integers(0, 2), st.integers(1, 60), st.sampled_from([0.0, 5.0, 61.0])), max_size=60),
)
def test_of_a_day_never_one_too_many_leaves(quota: int, asked: list[tuple[int, int, float]]) -> None:
    async def run() -> tuple[int, int]:
        clock = Clock()
        primary = Primary(clock)
        workers = [Rates(primary, Settings(**NO_DEFAULTS), clock) for _ in range(3)]
        who, told = client(personal_records_per_day=quota), 0
        for worker, amount, pause in asked:
            clock.now += pause
            told += amount * await spent(workers[worker], who, RECORDS, amount)
        for worker in workers:
            await worker.close()
        used = primary.used.get(("tax", RECORDS), (0.0, 0.0))[0]
        return told, int(used)

    told, used = asyncio.run(run())
    assert told <= quota
    assert used == told  # what workers took and did not tell they have given back


def test_many_at_once_spend_no_slice_twice() -> None:
    async def run() -> int:
        clock = Clock()
        allowed = Rates(Primary(clock), Settings(**NO_DEFAULTS), clock)
        who = client(personal_records_per_day=100)
        return sum(await asyncio.gather(*[spent(allowed, who, RECORDS, 3) for _ in range(60)]))

    assert asyncio.run(run()) == 33


def test_a_refusal_is_repeated_without_another_look_until_its_time() -> None:
    async def run() -> tuple[int, int, bool]:
        clock = Clock()
        primary = Primary(clock)
        allowed, who = Rates(primary, Settings(**NO_DEFAULTS), clock), client(requests_per_second=1, burst=2)
        while await spent(allowed, who, REQUESTS, 1):
            pass
        looked = primary.asked
        assert not any([await spent(allowed, who, REQUESTS, 1) for _ in range(100)])
        again = primary.asked
        clock.now += 2.0
        return looked, again, await spent(allowed, who, REQUESTS, 1)

    looked, again, later = asyncio.run(run())
    assert again == looked
    assert later


def test_without_the_primary_each_worker_holds_rates_and_nobody_is_told_of_people() -> None:
    async def run() -> int:
        clock = Clock()
        primary = Primary(clock)
        primary.away = True
        allowed = Rates(primary, Settings(**NO_DEFAULTS), clock)
        who = client(requests_per_second=20, burst=5, personal_records_per_day=10)
        with pytest.raises(errors.Unavailable):
            await spent(allowed, who, RECORDS, 1)
        went = 0
        for _ in range(100):  # ten seconds
            clock.now += 0.1
            went += sum([await spent(allowed, who, REQUESTS, 1) for _ in range(5)])
        return went

    assert 150 <= asyncio.run(run()) <= 220


def test_what_is_registered_anew_counts_from_then_and_what_stayed_is_held_on() -> None:
    async def run() -> list[bool]:
        clock = Clock()
        allowed = Rates(Primary(clock), Settings(**NO_DEFAULTS), clock)
        few, more = client(personal_records_per_day=5), client(personal_records_per_day=8)
        return [
            await spent(allowed, few, RECORDS, 5),
            await spent(allowed, client(personal_records_per_day=5), RECORDS, 1),
            await spent(allowed, more, RECORDS, 3),
            await spent(allowed, more, RECORDS, 1),
        ]

    assert asyncio.run(run()) == [True, False, True, False]


# --- on PostgreSQL ---------------------------------------------------------------------------------------


@asynccontextmanager
async def allowances(database: Database) -> AsyncIterator[Allowances]:
    made = Allowances(database.url, database.installation)
    try:
        yield made
    finally:
        made.close()


def used(database: Database, what: str) -> float:
    statement = sa.text("SELECT used FROM access_allowance WHERE client = 'tax' AND allowance = :what")
    with database.engine.connect() as connection:
        return float(connection.execute(statement, {"what": what}).scalar_one())


def test_workers_take_from_one_allowance(database: Database) -> None:
    """Eight workers ask for all they can at once: together they get the quota, to the last record."""

    async def run() -> int:
        who, settings = client(personal_records_per_day=500), Settings(**NO_DEFAULTS)
        async with allowances(database) as one, allowances(database) as other:
            workers = [Rates(ledger, settings) for ledger in (one, other) for _ in range(4)]
            told = await asyncio.gather(*[spent(workers[number % 8], who, RECORDS, 1) for number in range(800)])
            return sum(told)

    assert asyncio.run(run()) <= 500
    assert used(database, RECORDS) == 500


def test_the_rate_holds_on_postgresql(database: Database) -> None:
    async def run() -> tuple[int, float]:
        who, settings = client(requests_per_second=40, burst=20), Settings(**NO_DEFAULTS)
        async with allowances(database) as one, allowances(database) as other:
            workers, went, began = [Rates(ledger, settings) for ledger in (one, other)], 0, time.monotonic()
            while time.monotonic() - began < 1.5:
                went += sum(await asyncio.gather(*[spent(worker, who, REQUESTS, 1) for worker in workers]))
                await asyncio.sleep(0.005)
            return went, time.monotonic() - began

    went, seconds = asyncio.run(run())
    assert 20 <= went <= 20 + 40 * (seconds + rates.LEASE) + 1


def test_the_day_begins_at_midnight_of_the_zone(database: Database) -> None:
    async def take(amount: int) -> Taken:
        async with allowances(database) as ledger:
            return await ledger.take("tax", Limit(RECORDS, 10, None), amount, amount)

    assert asyncio.run(take(10)).granted == 10
    refused = asyncio.run(take(1))
    assert refused.granted == 0
    zone = {"zone": database.installation.zone}
    midnight = "(date_trunc('day', now() AT TIME ZONE :zone) + interval '1 day') AT TIME ZONE :zone"
    with database.engine.begin() as connection:
        left = connection.execute(sa.text(f"SELECT extract(epoch FROM {midnight} - now())"), zone).scalar_one()
        connection.execute(sa.text("UPDATE access_allowance SET at = at - interval '1 day'"))
    assert abs(refused.seconds - float(left)) < 60
    assert asyncio.run(take(4)).granted == 4

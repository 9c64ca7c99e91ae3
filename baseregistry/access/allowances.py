"""What clients have used of their limits, kept on the primary, where all workers take from it (`access_take`)."""

import asyncio
from typing import NamedTuple

import psycopg

from baseregistry import errors
from baseregistry.access.log.writer import conninfo
from baseregistry.registries.answer.connection import Connection, Lost, Watch
from baseregistry.registries.answer.plan import Plan
from baseregistry.registries.tables import Installation

PATIENCE = 2.0  # seconds that the primary may take
TAKE = Plan(
    "SELECT t.granted::text, t.seconds::text FROM access_take($1::text, $2::text, $3::bigint, $4::bigint, $5::bigint,"
    " $6::float8, $7::text) t",
    b"access_take",
    (),
    ("granted", "seconds"),
    (),
)


class Limit(NamedTuple):
    """One limit: how much at once, and how much of it drains away in a second (None: all of it at midnight)."""

    what: str
    capacity: int
    rate: float | None


class Taken(NamedTuple):
    """What was given, and the seconds until there is as much again as was needed."""

    granted: int
    seconds: float


class Allowances:
    """Takes on a connection of its own, as the role that logs; a day begins at midnight of the installation's zone."""

    def __init__(self, url: str, installation: Installation) -> None:
        self._conninfo = conninfo(url, installation.schema, "baseregistry allowances")
        self._zone = installation.zone.encode()
        self._connection: Connection | None = None
        self._one = asyncio.Lock()

    async def take(self, client: str, limit: Limit, needed: int, wanted: int) -> Taken:
        """At least `needed`, at most `wanted` of a limit, or nothing; a negative `wanted` gives back.

        Raises errors.Unavailable ``access.allowance_unknown`` where the primary cannot be asked.
        """
        rate = None if limit.rate is None else repr(limit.rate).encode()
        numbers = [b"%d" % number for number in (needed, wanted, limit.capacity)]
        said = [client.encode(), limit.what.encode(), *numbers, rate, self._zone]
        try:
            async with asyncio.timeout(PATIENCE), self._one:
                result = await self._run(said)
        except (TimeoutError, Lost, psycopg.Error, errors.RegisterError) as failure:
            raise _unknown(str(failure) or "no answer in time") from failure
        granted, seconds = (result.get_value(0, column) or b"0" for column in range(2))
        return Taken(int(granted), float(seconds))

    async def _run(self, said: list[bytes | None]) -> psycopg.pq.abc.PGresult:
        if self._connection is None:
            self._connection = await Connection.open(self._conninfo, PATIENCE, Watch(self._lost, lambda _: None))
        try:
            return await self._connection.run(TAKE, said)
        except asyncio.CancelledError:
            self.close()
            raise

    def _lost(self, _: Connection) -> None:
        self._connection = None

    def close(self) -> None:
        """Leave the primary."""
        if self._connection is not None:
            self._connection.close()


def _unknown(why: str) -> errors.Unavailable:
    return errors.Unavailable(
        f"What the client has used of its limits cannot be told: {why}",
        code="access.allowance_unknown",
        hint="Repeat in a few seconds; it is kept on the primary database.",
    )

"""Whether this worker can answer: the database answers, holds the schema edition of this program, and takes coordinates
to WGS 84 as it should.  One look at a time: a database that hangs does not collect threads.
"""

import asyncio
from collections.abc import Callable
from dataclasses import dataclass

import psycopg
import sqlalchemy as sa
from sqlalchemy.exc import DBAPIError

from baseregistry import db, errors
from baseregistry.registries import crs, installation, ledger

PATIENCE = 4.0  # seconds until a look that has not ended counts as "no"


@dataclass(frozen=True, slots=True)
class Ready:
    """What a look has seen: the ledger's last position, the schema edition, how far PostGIS is off the named operation."""

    position: int
    schema_edition: str
    crs_difference_m: float


def look(engine: sa.Engine) -> Ready:
    """Raises the register's error for whatever keeps questions from being answered."""
    try:
        with db.reading(engine) as reading:
            stored = installation.stored(reading)
            difference = crs.check_transform(reading, stored.srid)
            return Ready(ledger.head(reading).position, stored.schema_edition, difference)
    except (DBAPIError, psycopg.Error) as failure:
        raise db.worded(failure) or failure from failure


class Readiness:
    """Answers who asks whether the worker is ready."""

    def __init__(self, look: Callable[[], Ready]) -> None:
        self._look = look
        self._looking: asyncio.Future[Ready] | None = None

    async def ask(self) -> Ready:
        """What a look sees now.  Raises as `look` does, and errors.Unavailable when it takes more than `PATIENCE`."""
        if self._looking is None:
            self._looking = asyncio.ensure_future(asyncio.to_thread(self._look))
            self._looking.add_done_callback(self._looked)
        try:
            return await asyncio.wait_for(asyncio.shield(self._looking), PATIENCE)
        except TimeoutError:
            raise errors.Unavailable(
                f"The database has not answered within {PATIENCE:g} s.",
                hint="Look at its log and its load; this page tells when it answers again.",
            ) from None

    def _looked(self, looking: asyncio.Future[Ready]) -> None:
        self._looking = None
        if not looking.cancelled():
            looking.exception()  # seen, also where nobody waits any more

"""Made-up accesses for tests of whoever looks into the log: by the tax department or the land office, some days ago."""

from datetime import UTC, datetime, timedelta
from typing import Any

import sqlalchemy as sa

from baseregistry.access.log.groups import Entry
from tests.access.log import REGISTERS, entry, made_context, uuid, written
from tests.conftest import Database

TAX, LAND = "H17.TAX", "H17.LAND"
BINH, AN = uuid(1), uuid(2)


def micros(days_ago: float) -> int:
    return int((datetime.now(UTC) - timedelta(days=days_ago)).timestamp() * 1_000_000)


def access(number: int, days_ago: float = 0, keys: tuple[bytes, ...] | None = None, **said: Any) -> Entry:
    """The `number`-th access, `days_ago`: by the tax department for land-tax, unless it is said otherwise."""
    context = {"agency": TAX, "client": "tax", "official": "cb01", "role": "HANDLING", "purpose": "land-tax"}
    context |= {name: said.pop(name) for name in list(said) if name in {*context, "subject", "form"}}
    made = entry(number, keys, context=made_context(**context), **said)
    return made._replace(asked_at=micros(days_ago)) if days_ago else made


def about(*people: str) -> tuple[bytes, ...]:
    """The log keys of people who were opened."""
    return tuple(f"0.{one}.5".encode() for one in people)


def asked(database: Database, *entries: Entry) -> None:
    """Write what was asked: one group for each, in months that there are."""
    first = datetime.fromtimestamp(min(one.asked_at for one in entries) / 1e6, UTC).date()
    with database.engine.begin() as connection:
        said = {"registers": list(REGISTERS), "first": first}
        connection.execute(sa.text("SELECT access_prepare(CAST(:registers AS text[]), CAST(:first AS date), 1)"), said)
    written(database, *([one] for one in entries))

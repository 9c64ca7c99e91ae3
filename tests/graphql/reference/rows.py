"""Everything that stands in the tables, read into Python once.

Only how names are put in order is asked of PostgreSQL beside the rows (Python has no ICU): a rank per name.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime
from functools import cached_property
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

import psycopg
import shapely
from psycopg.rows import dict_row

from baseregistry import naming
from baseregistry.registries.declare import Declarations, Entity, Geometry, Text
from baseregistry.registries.tables import Installation
from tests.registries.answer.reference import Asked, Row, holds

RANKS = (
    'dense_rank() OVER (ORDER BY {0} COLLATE "vi-x-icu") AS "{0}$"',
    'dense_rank() OVER (ORDER BY split_part({0}, \' \', -1) COLLATE "vi-x-icu") AS "{0}$given"',
)


@dataclass(frozen=True)
class Rows:
    """All versions of all entities, the ledger by position, the codes of each list."""

    declarations: Declarations
    zone: ZoneInfo
    srid: int
    versions: dict[str, list[Row]]
    changes: dict[int, Row]
    codes: dict[str, list[Row]]

    def at(self, entity: str, asked: Asked) -> Iterator[Row]:
        """The versions that are believed and hold."""
        return (row for row in self.versions[entity] if asked.believes(row) and holds(row, asked.at))

    def day(self, moment: datetime) -> date:
        """The day of a moment in the register's zone; the calendar's last for what lies behind it."""
        try:
            return moment.astimezone(self.zone).date()
        except OverflowError:
            return date.max

    @cached_property
    def entity_of(self) -> dict[UUID, str]:
        """Which entity a record is of."""
        return {row["record_id"]: name for name, rows in self.versions.items() for row in rows}


def read(url: str, installation: Installation) -> Rows:
    """All rows of a database."""
    with psycopg.connect(url, row_factory=dict_row, options="-c timezone=UTC") as connection:
        connection.execute(f"SET search_path = {installation.schema}, public")
        entities = installation.declarations.entities.values()
        versions = {
            entity.full_name: list(map(_version(entity), connection.execute(_all(entity)))) for entity in entities
        }
        changes = {row["position"]: row for row in connection.execute("SELECT * FROM ledger_change")}
        codes: dict[str, list[Row]] = {}
        for row in connection.execute("SELECT * FROM code"):
            codes.setdefault(row["list"], []).append(row)
    zone = ZoneInfo(installation.zone)
    return Rows(installation.declarations, zone, installation.srid, versions, changes, codes)


def _all(entity: Entity) -> Any:
    names = [item.name for item in entity.attributes if isinstance(item.kind, Text) and item.kind.name]
    ranks = [rank.format(name) for name in names for rank in RANKS]
    return f"SELECT {', '.join(['*', *ranks])} FROM {naming.table(entity.full_name)}"


def _version(entity: Entity) -> Any:
    drawn = [item.name for item in entity.attributes if isinstance(item.kind, Geometry)]

    def made(row: Row) -> Row:
        valid = row["valid"]
        shapes = {name: shapely.from_wkb(row[name]) for name in drawn if row[name] is not None}
        return {**row, **shapes, "begin": valid.lower, "end": valid.upper}

    return made


def instant(given: str, zone: ZoneInfo) -> datetime:
    """An instant as a client writes it; a day alone is its first instant in the zone."""
    moment = datetime.fromisoformat(given)
    return (moment if moment.tzinfo else moment.replace(tzinfo=zone)).astimezone(UTC)


def instant_text(moment: datetime | None) -> str | None:
    """An instant as answers have it."""
    return None if moment is None else moment.isoformat(timespec="microseconds").replace("+00:00", "Z")

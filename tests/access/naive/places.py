"""Where a record lies, and whether that is inside: over all rows of a world, units followed one by one."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import cached_property
from uuid import UUID

import shapely

from baseregistry import naming
from baseregistry.registries.declare import Entity, Geometry
from tests.graphql.reference.records import Reader, Record
from tests.graphql.reference.rows import Rows
from tests.registries.answer.reference import Row, holds

UNIT, SUCCESSION = "administration.unit", "administration.succession"


def lies_somewhere(entity: Entity) -> bool:
    """Whether records of an entity lie in a unit, or are one."""
    return bool(entity.territory or entity.placed_by or entity.full_name == UNIT)


@dataclass(frozen=True)
class Territory:
    """The units that a grant names, over the rows of a world."""

    rows: Rows
    named: frozenset[UUID]

    # --- units -----------------------------------------------------------------------------------------

    @cached_property
    def today(self) -> dict[UUID, Row]:
        return {row["record_id"]: row for row in self._now(UNIT)}

    @cached_property
    def inside(self) -> frozenset[UUID]:
        """Units of today that are named or lie below one that is; old ones that went nowhere else."""
        here = {unit for unit in self.today if self._below(unit)}
        old = {row["record_id"] for row in self.rows.versions[UNIT]} - set(self.today)
        return frozenset(here | {unit for unit in old if (ends := self.ends(unit)) and ends <= here})

    def _below(self, unit: UUID) -> bool:
        above: UUID | None = unit
        while above is not None and above in self.today:
            if above in self.named:
                return True
            above = self.today[above]["parent"]
        return False

    def ends(self, unit: UUID) -> set[UUID]:
        """Where a unit that has ended went in the end."""
        heirs = [row["successor"] for row in self._now(SUCCESSION) if row["predecessor"] == unit]
        found: set[UUID] = set()
        for heir in heirs:
            further = set() if heir in self.today else self.ends(heir)
            found |= further or {heir}
        return found

    def _now(self, entity: str) -> Iterator[Row]:
        now = datetime.now(UTC)
        return (row for row in self.rows.versions[entity] if row["recorded_to"] is None and holds(row, now))

    # --- records ---------------------------------------------------------------------------------------

    def holds(self, record: Record) -> bool:
        """Whether a record, as it is seen, lies inside."""
        entity = record.entity
        if entity.full_name == UNIT:
            return record.row["record_id"] in self.inside
        if entity.territory is not None:
            return self._at_the_end(record, entity.territory.split("."))
        placed_by = naming.field(entity.placed_by or "")
        if placed_by in record.ways:
            return any(self.holds(one) for one in plain(record).back(placed_by))
        found = record.target(placed_by) if placed_by in record.attributes else None
        return found is not None and self.holds(found)

    def _at_the_end(self, record: Record, path: list[str]) -> bool:
        *steps, last = path
        for step in steps:
            found = record.target(naming.field(step))
            if found is None:
                return False
            record = found
        unit = record.row[last]
        return unit in self.inside or self._on_this_side(record, unit)

    def _on_this_side(self, record: Record, unit: UUID | None) -> bool:
        """Of a unit that was split, by a point on the record's own surface."""
        drawn = [item.name for item in record.entity.attributes if isinstance(item.kind, Geometry)]
        shape = record.row[drawn[0]] if drawn else None
        if unit is None or unit in self.today or shape is None:
            return False
        parts = [self.today[end]["boundary"] for end in self.ends(unit) if end in self.today and end in self.inside]
        return any(part is not None and part.covers(shapely.point_on_surface(shape)) for part in parts)


def plain(record: Record) -> Record:
    """The record as one sees it who may look everywhere."""
    reader = Reader(record.reader.rows, record.reader.learned)
    return Record(reader, record.entity, record.row, record.asked)

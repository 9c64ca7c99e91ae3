"""Records that the register has and the file lacks: counted always, ended only when the file is said to be complete.

What ends is what the register says is there at the moment of completeness, inside a unit if one is named.  A relation
ends; another record gets the status by which its entity says that it is gone; an entity with neither refuses.
"""

from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from baseregistry import errors, naming
from baseregistry.db import Reading, Writing
from baseregistry.registries import values
from baseregistry.registries.acts import Verb
from baseregistry.registries.changes import Draft
from baseregistry.registries.declare import At, Declarations, Entity, Reference
from baseregistry.registries.imports.order import BATCH, SAY_THE_KIND, ImportOrder
from baseregistry.registries.ledger import Kind
from baseregistry.registries.tables import Installation
from baseregistry.registries.territories import UNIT


@dataclass(frozen=True, slots=True)
class Completeness:
    """When the file is complete, and for which territory (a unit's code)."""

    installation: Installation
    entity: Entity
    moment: datetime
    within: str | None

    def check(self, reading: Reading) -> None:
        """Raise errors.NotFound when the unit is none, errors.BadInput when the entity's records lie in none."""
        if self.within is not None:
            self._territory(reading)

    def gather(self, writing: Writing) -> int:
        """List in ``import_lacking(record_id)`` what the register has and the file lacks; returns how many."""
        bound: dict[str, Any] = {"moment": self.moment}
        joins, inside = "", "true"
        if self.within is not None:
            joins, inside = self._territory(writing)
            bound["unit"] = self.within
        gone = self.entity.retired
        there = f" AND t.{gone[0]} IS DISTINCT FROM '{gone[1]}'" if gone else ""
        writing.execute("DROP TABLE IF EXISTS import_lacking")
        return writing.execute(
            f"CREATE TEMP TABLE import_lacking AS SELECT DISTINCT t.record_id FROM"
            f" {naming.table(self.entity.full_name)} t{joins} WHERE t.recorded_to IS NULL AND t.valid @> :moment{there}"
            f" AND NOT EXISTS (SELECT 1 FROM match_0 m WHERE m.record_id = t.record_id) AND {inside}",
            bound,
        ).rowcount

    def leave_alone(self, writing: Writing) -> int:
        """Strike off the list what cannot end now: what has later facts, and what others still refer to."""
        table = naming.table(self.entity.full_name)
        struck = writing.execute(
            f"DELETE FROM import_lacking l WHERE EXISTS (SELECT 1 FROM {table} t WHERE t.record_id = l.record_id"
            " AND t.recorded_to IS NULL AND lower(t.valid) > :moment)",
            {"moment": self.moment},
        ).rowcount
        if self.entity.relation:
            for way in self.installation.declarations.ways_back(self.entity).values():
                if way.reference.at is not At.LATEST:
                    struck += self._strike_referred(writing, way.entity, way.attribute.name)
        return struck

    def end(self, writing: Writing, draft: Draft, begin: int) -> int:
        """Stage the end of the next records on the list, at most 10,000; returns how many."""
        some = (
            "SELECT l.record_id, tstzrange(:moment, NULL) AS valid{status} FROM (SELECT record_id FROM import_lacking"
            f" ORDER BY record_id OFFSET {begin} LIMIT {BATCH}) l"
        )
        bound = {"moment": self.moment}
        if self.entity.relation:
            return draft.staging.stage_query(self.entity, Verb.END, (), some.format(status=""), bound, across=False)
        assert self.entity.retired is not None
        name, code = self.entity.retired
        status = some.format(status=f", '{code}' AS {name}")
        return draft.staging.stage_query(self.entity, Verb.CHANGE, (name,), status, bound, across=False)

    def _strike_referred(self, writing: Writing, referrer: Entity, attribute: str) -> int:
        table = naming.table(referrer.full_name)
        own = " AND r.record_id NOT IN (SELECT record_id FROM import_lacking)" if referrer is self.entity else ""
        return writing.execute(
            f"DELETE FROM import_lacking l WHERE EXISTS (SELECT 1 FROM {table} r WHERE r.{attribute} = l.record_id"
            f" AND r.recorded_to IS NULL AND (upper_inf(r.valid) OR upper(r.valid) > :moment){own})",
            {"moment": self.moment},
        ).rowcount

    def _territory(self, reading: Reading) -> tuple[str, str]:
        """Joins from the record to the unit in which it lies, and the condition that it is inside."""
        found = reading.execute(
            "SELECT count(*) FROM administration_unit WHERE code = :unit AND recorded_to IS NULL AND valid @> :moment",
            {"unit": self.within, "moment": self.moment},
        ).scalar_one()
        if not found:
            raise errors.NotFound(
                f"There is no unit {self.within} at {self.moment.isoformat()}.",
                code="input.unknown_unit",
                hint="Give the code of a province, district or commune of that day.",
            )
        joins, column = self._path()
        return joins, (
            f"{column} IN (WITH RECURSIVE inside AS (SELECT u.record_id FROM administration_unit u WHERE u.code = :unit"
            " AND u.recorded_to IS NULL AND u.valid @> :moment UNION SELECT c.record_id FROM administration_unit c"
            " JOIN inside i ON c.parent = i.record_id WHERE c.recorded_to IS NULL AND c.valid @> :moment)"
            " SELECT record_id FROM inside)"
        )

    def _path(self) -> tuple[str, str]:
        """``parcel.commune``: the parcel that is meant at the moment, then its commune."""
        if self.entity.full_name == UNIT:
            return "", "t.record_id"
        if self.entity.territory is None:
            raise errors.BadInput(
                f"A record of {self.entity.full_name} lies in no unit.",
                code="input.no_territory",
                hint="Leave out --within.",
            )
        *steps, last = self.entity.territory.split(".")
        joins, alias, entity = "", "t", self.entity
        for number, step in enumerate(steps):
            entity = _target(self.installation.declarations, entity, step)
            on = (
                f"p{number}.record_id = {alias}.{step} AND p{number}.recorded_to IS NULL AND p{number}.valid @> :moment"
            )
            joins += f" JOIN {naming.table(entity.full_name)} p{number} ON {on}"
            alias = f"p{number}"
        return joins, f"{alias}.{last}"


def completeness(installation: Installation, entity: Entity, order: ImportOrder) -> Completeness:
    """What `order` says of completeness.  Raises errors.BadInput when the entity cannot say that a record is gone."""
    if order.complete and not entity.relation and entity.retired is None:
        raise errors.BadInput(
            f"Nothing says of a record of {entity.full_name} that it is gone: it neither ends nor has a status for it.",
            code="input.cannot_complete",
            hint="Leave out --complete; the report counts what the file lacks. Change such records one by one.",
        )
    if order.complete and order.provenance.kind is Kind.REGISTRATION:
        raise errors.BadInput(
            "A REGISTRATION ends nothing, and --complete ends what the file lacks.",
            code="import.kind_needed",
            hint=SAY_THE_KIND,
        )
    moment = datetime.now(UTC)
    if order.complete_at is not None:
        moment = values.instant(order.complete_at, installation.zone, place="complete at")
    elif order.valid_from is not None:
        with suppress(errors.BadValue):  # the name of a column
            moment = values.instant(order.valid_from, installation.zone)
    return Completeness(installation, entity, moment, order.within)


def _target(declarations: Declarations, entity: Entity, step: str) -> Entity:
    kind = entity.by_name[step].kind
    assert isinstance(kind, Reference)
    return declarations.entities[kind.to[0]]

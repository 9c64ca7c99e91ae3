"""A small world to state facts in: a commune, parcels, people; every fact goes through a change."""

from collections.abc import Iterable
from datetime import UTC, datetime
from fractions import Fraction
from typing import Any
from uuid import UUID, uuid4

import shapely

from baseregistry import db, naming
from baseregistry.registries import changes
from baseregistry.registries.acts import Act, Period, Verb, register
from baseregistry.registries.declarations import DECLARATIONS, RULES
from baseregistry.registries.facts import Fact
from baseregistry.registries.ledger import Kind, Provenance
from baseregistry.registries.rules import Finding
from tests.conftest import Database

ORIGIN = (562_000.0, 1_756_000.0)  # Hội An, EPSG:5899
START = datetime(2020, 1, 1, tzinfo=UTC)


def entity(name: str) -> Any:
    return DECLARATIONS.entities[name]


def box(x: float, y: float, width: float, height: float) -> Any:
    """A rectangle, in metres east and north of Hội An."""
    shape = shapely.box(ORIGIN[0] + x, ORIGIN[1] + y, ORIGIN[0] + x + width, ORIGIN[1] + y + height)
    return placed(shapely.MultiPolygon([shape]))


def placed(shape: Any) -> Any:
    return shapely.set_srid(shape, 5899)


class Scene:
    """Facts are gathered with the verbs, then told as one change."""

    def __init__(self, database: Database) -> None:
        self.database = database
        self.acts: list[Act] = []
        self.commune = self.state("administration.unit", code="20410", name="Phường Hội An", level="COMMUNE")

    def state(self, which: str, valid: Period = Period(START), /, **values: Any) -> UUID:
        record_id = uuid4()
        self.acts.append(register(entity(which), record_id, valid, values))
        return record_id

    def parcel(self, number: str, **values: Any) -> UUID:
        known = {"commune": self.commune, "numbering_commune": self.commune, "map_sheet": "7", "status": "CURRENT"}
        return self.state("land.parcel", **(known | {"parcel_number": number} | values))

    def person(self, name: str = "Nguyễn Văn An", **values: Any) -> UUID:
        return self.state("population.person", full_name=name, status="ALIVE", **values)

    def right(self, parcel: UUID, share: str | None = None, valid: Period = Period(START), /, **values: Any) -> UUID:
        exact = Fraction(share) if share else None
        known = {"parcel": parcel, "kind": "USE", "holder": values.pop("holder", None) or self.person(), "share": exact}
        return self.state("land.right", valid, **(known | values))

    def tell(self, acts: Iterable[Act] = (), kind: Kind | None = None) -> changes.Receipt:
        acts, self.acts = [*self.acts, *acts], []
        registers = all(act.verb is Verb.REGISTER for act in acts)
        kind = kind or (Kind.REGISTRATION if registers else Kind.CORRECTION)
        provenance = Provenance(kind=kind, agency="Sở Nông nghiệp và Môi trường", recorded_by="an", approved_by="bình")
        with db.writing(self.database.engine) as writing:
            return changes.record(writing, self.database.installation, provenance, acts)

    def findings(self, code: str, touched: str | None = None) -> list[Finding]:
        rule = next(rule for rule in RULES if rule.code == code)
        with db.reading(self.database.engine) as reading:
            return rule.find(reading, touched)

    def standing(self, which: str, attribute: str, target: UUID, at: datetime) -> list[Fact]:
        """The facts of an entity that point to `target` at a moment, as they are believed now."""
        names = list(entity(which).by_name)
        with db.reading(self.database.engine) as reading:
            rows = reading.execute(
                f"SELECT record_id, {', '.join(names)} FROM {naming.table(which)} WHERE recorded_to IS NULL"
                f" AND {attribute} = :target AND valid @> :at ORDER BY record_id",
                {"target": target, "at": at},
            ).all()
        return [Fact(entity(which), row.record_id, dict(zip(names, row[1:], strict=True))) for row in rows]

    def now(self, which: str, record_id: UUID, at: datetime) -> dict[str, Any] | None:
        """The attributes of a record at a moment, as they are believed now."""
        names = list(entity(which).by_name)
        with db.reading(self.database.engine) as reading:
            row = reading.execute(
                f"SELECT {', '.join(names)} FROM {naming.table(which)} WHERE recorded_to IS NULL"
                " AND record_id = :record AND valid @> :at",
                {"record": record_id, "at": at},
            ).one_or_none()
        return dict(zip(names, row, strict=True)) if row else None

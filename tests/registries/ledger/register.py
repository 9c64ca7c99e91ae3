"""A small register for proofs: three entities that refer to each other in circles, at every moment a reference knows.

Between them they have every kind but Code.  `thing` is declared before what it refers to, on purpose.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any
from uuid import UUID, uuid4

import shapely
import sqlalchemy as sa
from psycopg.types.range import DateRange

from baseregistry import db, naming
from baseregistry.registries import changes
from baseregistry.registries.acts import Act, Period, Verb
from baseregistry.registries.changes import Receipt
from baseregistry.registries.declare import (
    At,
    Attribute,
    Day,
    Declarations,
    Entity,
    Flag,
    Fraction,
    Geometry,
    Key,
    Kind,
    Lookup,
    Number,
    PartialDay,
    Reference,
    Registry,
    Sensitivity,
    Text,
    Title,
)
from baseregistry.registries.ledger import Kind as Sort
from baseregistry.registries.ledger import Provenance
from baseregistry.registries.tables import Installation
from baseregistry.registries.verification import Verdict, verify
from tests.registries.ledger.model import BEFORE, LAST, Record, Said

SCHEMA, SRID, ZONE = "baseregistry", 5899, "Asia/Ho_Chi_Minh"


def attribute(name: str, kind: Kind, *, required: bool = False) -> Attribute:
    return Attribute(name, kind, Title(name, name), name, Sensitivity.PUBLIC, "Sở", required=required)


THING = Entity(
    "test",
    "thing",
    Title("vật", "thing"),
    "A thing in a place.",
    (
        attribute("name", Text(name=True), required=True),
        attribute("n", Number(9)),
        attribute("place", Reference(("test.place",), "things")),
        attribute("born", Reference(("test.place",), "births", At.BEGIN)),
        attribute("last", Reference(("test.place", "test.thing"), "heirs", At.LATEST)),
    ),
    lookups=(Lookup("kept", "test.place", "code", "keeper"),),
)
PLACE = Entity(
    "test",
    "place",
    Title("nơi", "place"),
    "A place with a code of its own.",
    (
        attribute("code", Text(), required=True),
        attribute("size", Number(12, 2)),
        attribute("since", PartialDay()),
        attribute("spot", Geometry("Point")),
        attribute("keeper", Reference(("test.thing",), "keeps", At.LATEST)),
    ),
    keys=(Key("code", ("code",)),),
    relation=True,  # ends, as an administrative unit does
)
LINK = Entity(
    "test",
    "link",
    Title("liên kết", "link"),
    "A relation to a place or a thing.",
    (
        attribute("mark", Text()),
        attribute("turn", Number(9)),
        attribute("share", Fraction()),
        attribute("open", Flag()),
        attribute("day", Day()),
        attribute("owner", Reference(("test.place", "test.thing"), "links")),
    ),
    keys=(Key("mark", ("mark", "turn")),),
    relation=True,
)
ENTITIES = {entity.name: entity for entity in (THING, PLACE, LINK)}
DECLARATIONS = Declarations((Registry("test", Title("thử", "test"), "For proofs.", tuple(ENTITIES.values())),))

TABLES = {entity.name: naming.table(entity.full_name) for entity in ENTITIES.values()}
PLACE_ID, THING_ID, LINK_ID, STRANGER = (UUID(int=number) for number in (1, 2, 3, 4))

# thirteen instants: some a microsecond apart, some before 1970, some at the ends of what a calendar can say
DAY = timedelta(days=1)
INSTANTS = (
    datetime(1, 1, 2, tzinfo=UTC),
    datetime(1887, 10, 17, tzinfo=UTC),
    datetime(1956, 3, 12, 16, tzinfo=UTC),
    datetime(1969, 12, 31, 23, 59, 59, 999_999, tzinfo=UTC),
    datetime(1970, 1, 1, tzinfo=UTC),
    datetime(1975, 4, 30, 17, tzinfo=UTC),
    datetime(2025, 6, 30, 16, 59, 59, 999_998, tzinfo=UTC),
    datetime(2025, 6, 30, 16, 59, 59, 999_999, tzinfo=UTC),
    datetime(2025, 6, 30, 17, tzinfo=UTC),
    datetime(2025, 6, 30, 17, 0, 0, 1, tzinfo=UTC),
    datetime(2025, 7, 1, 17, tzinfo=UTC),
    datetime(2038, 1, 19, 3, 14, 8, tzinfo=UTC),
    datetime(9999, 12, 30, tzinfo=UTC),
)


def period(begin: int | None, end: int | None) -> Period:
    return Period(None if begin is None else INSTANTS[begin], None if end is None else INSTANTS[end])


def moments() -> dict[datetime, int]:
    """Two moments in every cell, its first and its last microsecond, each with its cell."""
    asked = {INSTANTS[0] - DAY: BEFORE, INSTANTS[0] - timedelta(microseconds=1): BEFORE}
    for cell in range(LAST + 1):
        asked[INSTANTS[cell]] = cell
        asked[INSTANTS[cell + 1] - timedelta(microseconds=1) if cell < LAST else INSTANTS[cell] + DAY] = cell
    return asked


def provenance(sort: Sort = Sort.CORRECTION, **more: Any) -> Provenance:
    """A change on somebody's word; by default of the kind that may say anything."""
    eyes = (
        {"approved_by": "bình", "reason": "proof"} if sort in {Sort.CORRECTION, Sort.RETRACTION, Sort.REDACTION} else {}
    )
    return Provenance(**{"kind": sort, "agency": "Sở", "recorded_by": "an", **eyes, **more})


def say(ground: "Ground", *acts: Act, sort: Sort = Sort.CORRECTION, **more: Any) -> Receipt:
    """Record one change in a transaction of its own."""
    with db.writing(ground.engine) as writing:
        return changes.record(writing, ground.installation, provenance(sort, **more), acts)


@dataclass(frozen=True, repr=False)
class Ground:
    """A database with the small register in it."""

    name: str
    url: str
    engine: sa.Engine
    installation: Installation

    def __repr__(self) -> str:
        return self.name

    def rows(self, statement: str, values: Mapping[str, Any] | None = None) -> list[Any]:
        with db.reading(self.engine) as reading:
            return list(reading.execute(statement, values).all())

    def one(self, statement: str, values: Mapping[str, Any] | None = None) -> Any:
        return self.rows(statement, values)[0][0]

    def head(self) -> int:
        return int(self.one("SELECT coalesce(max(position), 0) FROM ledger_change"))


def verdict_of(ground: Ground) -> Verdict:
    with db.reading(ground.engine) as reading:
        return verify(reading, ground.installation)


@dataclass
class Example:
    """The records of one random history: ids and keys that no other history has."""

    token: str = field(default_factory=lambda: uuid4().hex[:12])
    ids: dict[Record, UUID] = field(default_factory=dict)

    def id(self, record: Record) -> UUID:
        return self.ids.setdefault(record, uuid4())

    def acts(self, said: Iterable[Said]) -> list[Act]:
        return [
            Act(
                Verb(act.verb),
                ENTITIES[act.record[0]],
                self.id(act.record),
                period(act.begin, act.end),
                {name: self.told(name, value) for name, value in act.values.items()},
                act.across,
            )
            for act in said
        ]

    def told(self, name: str, value: Any) -> Any:
        """A value of the model as an act takes it."""
        if value is None:
            return None
        match name:
            case "code" | "mark":
                return f"{self.token} {value}"
            case "size":
                return Decimal(value)
            case "since":
                return DateRange(*value)
            case "spot":
                return shapely.set_srid(shapely.from_wkt(value), SRID)
            case "place" | "born" | "last" | "keeper" | "owner":
                return self.id(value)
            case _:
                return value

    def read(self, name: str, stored: Any) -> Any:
        """A stored value as the model says it."""
        if stored is None:
            return None
        match name:
            case "code" | "mark":
                return stored.removeprefix(f"{self.token} ")
            case "size":
                return str(stored)
            case "since":
                return stored.lower, stored.upper
            case "spot":
                return shapely.to_wkt(shapely.from_wkb(stored), rounding_precision=-1)
            case "place" | "born" | "last" | "keeper" | "owner":
                return next(record for record, known in self.ids.items() if known == stored)
            case _:
                return stored

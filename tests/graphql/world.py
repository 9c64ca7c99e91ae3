"""A small world for the door's tests: a reorganisation, a parcel with three holders, a correction, one of everything.

Written through changes, as everything is.  Names are made up.
"""

import hashlib
import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

import shapely

from baseregistry import db
from baseregistry.registries import acts
from baseregistry.registries.acts import Act, Period
from baseregistry.registries.changes import Receipt, record
from baseregistry.registries.declare import (
    Attribute,
    Code,
    Day,
    Entity,
    Flag,
    Fraction,
    Geometry,
    Number,
    PartialDay,
    Reference,
    Text,
)
from baseregistry.registries.ledger import Kind, Provenance
from baseregistry.registries.tables import Installation
from baseregistry.registries.values import read

REFORM = datetime(2025, 6, 30, 17, tzinfo=UTC)  # the first instant of 2025-07-01 in Vietnam
OLD, NEW = datetime(1997, 1, 1, tzinfo=UTC), datetime(2020, 1, 1, 3, 4, 5, 678901, tzinfo=UTC)
FORMED = (
    *("4000101407-001", "4000101407-00001", "AB 12345678", "AB 123456", "0510", "w6ugqcgbzkvx", "12345"),
    *("1.001193", "H48.1", "parcel.mapSheet"),
    "0" * 64,
)
SPECIAL = {"population.identifier": {"number": "049156000002"}}  # what the rules ask beyond the declarations
SQUARE = shapely.set_srid(shapely.MultiPolygon([shapely.box(540000.125, 1750000, 540020, 1750010.5)]), 5899)


@dataclass
class World:
    """What was written: record ids by name, and the receipts in order."""

    engine: Any
    installation: Installation
    ids: dict[str, UUID] = field(default_factory=dict)
    receipts: list[Receipt] = field(default_factory=list)

    def id(self, name: str) -> UUID:
        """The record called `name`: always the same."""
        return self.ids.setdefault(name, UUID(bytes=hashlib.sha256(name.encode()).digest()[:16], version=4))

    def entity(self, name: str) -> Entity:
        return self.installation.declarations.entities[name]

    def register(self, entity: str, record: str, begin: datetime | None = OLD, /, **values: Any) -> Act:
        return acts.register(self.entity(entity), self.id(record), Period(begin), self._read(entity, values))

    def change(self, entity: str, record: str, begin: datetime, /, **values: Any) -> Act:
        return acts.change(self.entity(entity), self.id(record), Period(begin), self._read(entity, values))

    def _read(self, entity: str, values: dict[str, Any]) -> dict[str, Any]:
        kinds = self.entity(entity).by_name
        return {name: read(kinds[name].kind, value, place=name) for name, value in values.items()}

    def write(self, kind: Kind, *said: Act, **provenance: Any) -> Receipt:
        """One change."""
        given = {"agency": "So TNMT", "recorded_by": "lan.tran", "document": provenance.pop("document", None)}
        given = {name: value for name, value in {**given, **provenance}.items() if value is not None}
        with db.writing(self.engine) as writing:
            self.receipts.append(record(writing, self.installation, Provenance(kind=kind, **given), said))
        return self.receipts[-1]


def build(world: World) -> World:
    """Write all of it."""
    world.write(Kind.REGISTRATION, *units(world), legal_basis="Nghị quyết 1996")
    world.write(Kind.REGISTRATION, *people(world), reason='Lời "khai" \\ cũ\n\t')
    world.write(Kind.REGISTRATION, *land(world), case="HS-1")
    world.write(Kind.REORGANISATION, *reform(world), legal_basis="202/2025/QH15")
    world.write(
        Kind.CORRECTION,
        world.change("land.parcel", "parcel", NEW, documented_area="210.50"),
        approved_by="minh.le",
        reason="misread",
    )
    world.write(Kind.REGISTRATION, *everything(world))
    return world


def units(world: World) -> Iterator[Act]:
    unit = "administration.unit"
    yield world.register(unit, "quang nam", code="49", name="Tỉnh Quảng Nam", level="PROVINCE", kind="TINH")
    yield world.register(
        unit, "hoi an", code="20404", name="Phường Cẩm Phô", level="COMMUNE", parent=world.id("quang nam")
    )
    yield world.register(unit, "da nang", code="48", name="Thành phố Đà Nẵng", level="PROVINCE", kind="THANH_PHO_TW")


def people(world: World) -> Iterator[Act]:
    person, identifier = "population.person", "population.identifier"
    yield world.register(person, "binh", full_name="Trần Thị Bình", birth_date="1956", status="ALIVE")
    yield world.register(
        person, "an", full_name="Nguyễn Văn An", birth_date="1956-03", status="ALIVE", birthplace=world.id("hoi an")
    )
    yield world.register(
        identifier,
        "binh's number",
        person=world.id("binh"),
        scheme="PERSONAL_ID",
        number="049156000001",
        status="IN_USE",
    )
    yield world.register(
        "enterprise.enterprise",
        "company",
        tax_code="4000101407",
        name="Công ty TNHH Bền Vững",
        legal_form="TNHH2TV",
        status="DANG_HOAT_DONG",
        charter_capital="123456789012345678",
    )
    yield world.register("land.party_group", "couple", kind="COUPLE", name="Ông An và bà Bình")
    for name in ("an", "binh"):
        yield world.register(
            "land.group_member", f"{name} in couple", party_group=world.id("couple"), member=world.id(name), joint=True
        )


def land(world: World) -> Iterator[Act]:
    commune = world.id("hoi an")
    yield world.register(
        "land.parcel",
        "parcel",
        NEW,
        commune=commune,
        numbering_commune=commune,
        map_sheet="12",
        parcel_number="345",
        national_parcel_id="w6ugqcgbzkvx",
        documented_area="200.10",
        status="CURRENT",
        geometry=SQUARE,
    )
    for number in range(5):
        yield world.register(
            "land.parcel",
            f"neighbour {number}",
            NEW,
            commune=commune,
            numbering_commune=commune,
            map_sheet="12",
            parcel_number=str(346 + number),
            status="CURRENT",
        )
    for holder, share in (("binh", "1/3"), ("company", "1/3"), ("couple", "1/3")):
        yield world.register(
            "land.right",
            f"{holder}'s right",
            NEW,
            parcel=world.id("parcel"),
            kind="USE",
            holder=world.id(holder),
            share=share,
        )


def reform(world: World) -> Iterator[Act]:
    """The commune moves to another province on 2025-07-01; the old province ends and its code is free."""
    yield world.change("administration.unit", "hoi an", REFORM, parent=world.id("da nang"))
    yield acts.end(world.entity("administration.unit"), world.id("quang nam"), REFORM)
    yield world.register(
        "administration.succession",
        "succession",
        REFORM,
        predecessor=world.id("quang nam"),
        successor=world.id("da nang"),
        coverage="WHOLE",
    )


def everything(world: World) -> Iterator[Act]:
    """One more record of every entity, with a value for every attribute; references point at the first of their target."""
    firsts = {
        "administration.unit": "da nang",
        "land.parcel": "neighbour 0",
        "population.person": "an",
        "enterprise.enterprise": "company",
        "land.party_group": "couple",
    }
    for entity in world.installation.declarations.entities.values():
        values = {
            attribute.name: value(world, entity, attribute, firsts)
            for attribute in entity.attributes
            if attribute.name not in ("encumbers", "replaces")
        } | SPECIAL.get(entity.full_name, {})
        yield world.register(entity.full_name, f"full {entity.name}", REFORM, **values)


def value(world: World, entity: Entity, attribute: Attribute, firsts: dict[str, str]) -> Any:  # noqa: C901
    match attribute.kind:
        case Reference(to=(target, *_)):
            name = firsts.get(target, f"full {world.entity(target).name}")
            return world.id(name)
        case Code(list=codes):
            return code_of(world, codes)
        case Text(max_length=length, pattern=pattern):
            if pattern:
                return next(text for text in FORMED if re.fullmatch(pattern, text))
            return f'"Đặc biệt" \\ {entity.name}'[:length]
        case Number():
            return "7"
        case Flag():
            return False
        case Day():
            return "2025-07-02"
        case PartialDay():
            return "2025-07"
        case Fraction():
            return "2/6"
        case Geometry(shape=shape):
            return shapely.set_srid(shapely.Point(1, 2), 5899) if shape == "Point" else SQUARE


def code_of(world: World, codes: str) -> str:
    """Some code of a list, whichever its file has first."""
    with world.installation.declarations.code_lists[codes].path.open(encoding="utf-8") as file:
        header = file.readline().strip().split(",")
        return file.readline().split(",")[header.index("code")]

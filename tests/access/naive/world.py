"""A world for territories: communes that were joined, split and renumbered, and random records in all of them.

2025-07-01: A goes wholly into X, which gets the code of B; B is split into X (west) and Y (east); C goes wholly into Y.
2026-01-01: Y becomes Z.  `gone` (of the reference's world) ended and went nowhere.
"""

from collections.abc import Iterator
from datetime import UTC, datetime
from random import Random
from typing import Any

import shapely
from shapely.geometry.base import BaseGeometry

from baseregistry.registries import acts
from baseregistry.registries.acts import Act
from baseregistry.registries.ledger import Kind
from tests.graphql.reference import past
from tests.graphql.world import OLD, REFORM, World

AGAIN = datetime(2025, 12, 31, 17, tzinfo=UTC)
UNIT, SUCCESSION = "administration.unit", "administration.succession"
SIDES = {"west": "X", "east": "Y", "across": "Y", "shapeless": "X"}  # where the parcels of B went
MIDDLE, SOUTH = 550000, 1750000  # where B was cut, in EPSG:5899
MOMENTS = [datetime(year, 3, 4, 5, 6, 7, tzinfo=UTC) for year in (2012, 2018, 2021, 2024, 2026)]
TAX_CODES = ["4000102009", "4000102016", "4000102023"]  # with true check digits
GIVEN = ["An", "Bình", "Chi", "Dũng", "Én", "Giang"]


def build(world: World, seed: int) -> World:
    """Write the reference's world, the units, and what `seed` draws."""
    past.build(world)
    world.write(Kind.REGISTRATION, *_units(world))
    random = Random(seed)
    drawn = Drawn(world, random)
    world.write(Kind.REGISTRATION, *drawn.parcels(), *drawn.people(), *drawn.enterprises())
    world.write(Kind.REGISTRATION, *drawn.between(), *_fixed(world))
    world.write(Kind.REAL_WORLD_CHANGE, *_moved(world))
    world.write(Kind.REAL_WORLD_CHANGE, *drawn.ended())
    world.write(
        Kind.REORGANISATION,
        *_reform(world),
        *drawn.follow({"A": "X", "B": "XY", "C": "Y"}, REFORM),
        world.change("population.residence", "mover's home", REFORM, commune=world.id("X")),
    )
    world.write(Kind.REORGANISATION, *_again(world), *drawn.follow({"Y": "Z"}, AGAIN))
    world.write(Kind.REAL_WORLD_CHANGE, *drawn.moves())
    return world


def box(west: int, east: int) -> BaseGeometry:
    """A strip of the world, from west to east of the line where B was cut."""
    made = shapely.box(MIDDLE + west, SOUTH, MIDDLE + east, SOUTH + 5000)
    return shapely.set_srid(shapely.MultiPolygon([made]), 5899)


def _unit(world: World, name: str, code: str, begin: datetime, shape: BaseGeometry | None = None) -> Act:
    drawn = {"boundary": shape} if shape is not None else {}
    parent = world.id("da nang")
    return world.register(UNIT, name, begin, code=code, name=f"Xã {name}", level="COMMUNE", parent=parent, **drawn)


def _units(world: World) -> Iterator[Act]:
    for name, code in (("A", "20101"), ("B", "20102"), ("C", "20103")):
        yield _unit(world, name, code, OLD)


def _went(world: World, old: str, new: str, coverage: str, at: datetime) -> Act:
    said = {"predecessor": world.id(old), "successor": world.id(new), "coverage": coverage}
    return world.register(SUCCESSION, f"{old} → {new}", at, **said)


def _reform(world: World) -> Iterator[Act]:
    yield from (acts.end(world.entity(UNIT), world.id(name), REFORM) for name in ("A", "B", "C"))
    yield _unit(world, "X", "20102", REFORM, box(-5000, 0))
    yield _unit(world, "Y", "20199", REFORM, box(0, 5000))
    for old, new, coverage in (("A", "X", "WHOLE"), ("B", "X", "PART"), ("B", "Y", "PART"), ("C", "Y", "WHOLE")):
        yield _went(world, old, new, coverage, REFORM)


def _again(world: World) -> Iterator[Act]:
    yield acts.end(world.entity(UNIT), world.id("Y"), AGAIN)
    yield _unit(world, "Z", "20200", AGAIN, box(0, 5000))
    yield _went(world, "Y", "Z", "WHOLE", AGAIN)


def _fixed(world: World) -> Iterator[Act]:
    """A person with land in both halves of B, who lived in `hoi an` until 2021."""
    person = world.id("mover")
    yield world.register("population.person", "mover", OLD, full_name="Mai Thị Dời", birth_date="1970", status="ALIVE")
    said = {"scheme": "PERSONAL_ID", "number": "049170000099", "status": "IN_USE"}
    yield world.register("population.identifier", "mover's number", OLD, person=person, **said)
    home = {"person": person, "kind": "PERMANENT", "commune": world.id("hoi an")}
    yield world.register("population.residence", "mover's first home", OLD, **home)
    for side in ("west", "east"):
        said = {"parcel": world.id(side), "kind": "USE", "share": "1/24"}
        yield world.register("land.right", f"mover's {side}", MOMENTS[0], holder=person, **said)


def _moved(world: World) -> Iterator[Act]:
    """To A, which goes into X in 2025."""
    yield acts.end(world.entity("population.residence"), world.id("mover's first home"), MOMENTS[2])
    home = {"person": world.id("mover"), "kind": "PERMANENT", "commune": world.id("A")}
    yield world.register("population.residence", "mover's home", MOMENTS[2], **home)


class Drawn:
    """Random records, and what became of them."""

    def __init__(self, world: World, random: Random) -> None:
        self.world = world
        self.random = random
        self.at: dict[tuple[str, str], str] = {}  # entity and name: the commune that it names
        self.names: dict[str, list[str]] = {}

    def _named(
        self, entity: str, name: str, commune: str | None = None, begin: datetime | None = None, /, **said: Any
    ) -> Act:
        self.names.setdefault(entity, []).append(name)
        if commune is not None:
            self.at[entity, name] = commune
            said["commune"] = self.world.id(commune)
        return self.world.register(entity, name, begin or self.random.choice(MOMENTS[:3]), **said)

    def _commune(self) -> str:
        return self.random.choice(["A", "A", "B", "B", "B", "C", "hoi an"])

    def parcels(self) -> Iterator[Act]:
        """In B one in each half, one across, one without a shape; others anywhere."""
        halves = {"west": box(-90, -20), "east": box(20, 90), "across": box(-30, 70), "shapeless": None}
        for number, (name, shape) in enumerate(halves.items()):
            yield self._parcel(name, "B", str(900 + number), shape)
        for number in range(6):
            shape = self.random.choice([None, box(-200, -100), box(100, 200), box(-60, 40)])
            yield self._parcel(f"parcel {number}", self._commune(), str(910 + number), shape)

    def _parcel(self, name: str, commune: str, number: str, shape: BaseGeometry | None) -> Act:
        said = {
            "numbering_commune": self.world.id(commune),
            "map_sheet": "7",
            "parcel_number": number,
            "status": "CURRENT",
        }
        drawn = {"geometry": shape} if shape is not None else {}
        area = str(self.random.randint(50, 900))
        return self._named("land.parcel", name, commune, OLD, **said, **drawn, documented_area=area)

    def people(self) -> Iterator[Act]:
        for number in range(8):
            name, person = f"person {number}", self.world.id(f"person {number}")
            full = f"Phạm {self.random.choice(GIVEN)} {self.random.choice(GIVEN)}"
            born = str(self.random.randint(1950, 2012))
            yield self._named("population.person", name, None, OLD, full_name=full, birth_date=born, status="ALIVE")
            said = {"scheme": "PERSONAL_ID", "number": f"0491560001{number:02}", "status": "IN_USE"}
            yield self._named("population.identifier", f"number of {name}", None, OLD, person=person, **said)
            for _ in range(self.random.choice([0, 1, 1, 2])):
                home = f"home {len(self.names.get('population.residence', []))}"
                yield self._named("population.residence", home, self._commune(), person=person, kind="PERMANENT")
        for number in range(3):
            said = {"number": f"4900000{number}", "status": "ACTIVE"}
            yield self._named("population.household", f"household {number}", self._commune(), OLD, **said)

    def enterprises(self) -> Iterator[Act]:
        for number, tax_code in enumerate(TAX_CODES):
            said = {"tax_code": tax_code, "name": f"Công ty {number}", "legal_form": "TNHH2TV"}
            said |= {"status": "DANG_HOAT_DONG", "charter_capital": str(self.random.randint(1, 10**9))}
            yield self._named("enterprise.enterprise", f"company {number}", self._commune(), OLD, **said)

    def between(self) -> Iterator[Act]:
        """Rights, members, relations, events: what ties records to one another."""
        pick, identity = self._pick, self.world.id
        for number in range(24):
            holder = identity(
                pick(self.random.choice(["population.person", "population.person", "enterprise.enterprise"]))
            )
            said = {"parcel": identity(pick("land.parcel")), "kind": "USE", "holder": holder, "share": "1/60"}
            yield self._named("land.right", f"right {number}", **said)
        for number in range(3):
            group, parcel = f"group {number}", identity(pick("land.parcel"))
            yield self._named("land.party_group", group, None, OLD, kind="COUPLE", name=f"Nhóm {number}")
            yield self._named(
                "land.right", f"right of {group}", parcel=parcel, kind="USE", holder=identity(group), share="1/24"
            )
            for member in self.random.sample(self.names["population.person"], 2):
                said = {"party_group": identity(group), "member": identity(member), "joint": True}
                yield self._named("land.group_member", f"{member} in {group}", **said)
        for member in self.random.sample(self.names["population.person"], 4):
            said = {"person": identity(member), "household": identity(pick("population.household"))}
            yield self._named("population.household_member", f"{member} at home", **said, relation_to_head="CHILD")
        for number in range(3):
            two = self.random.sample(self.names["population.person"], 2)
            said = {"person": identity(two[0]), "relative": identity(two[1]), "kind": "FATHER"}
            yield self._named("population.relation", f"relation {number}", **said)
            said = {"enterprise": identity(pick("enterprise.enterprise")), "person": identity(two[0])}
            yield self._named("enterprise.representative", f"representative {number}", **said)

    def _pick(self, entity: str) -> str:
        return self.random.choice(self.names[entity])

    def ended(self) -> Iterator[Act]:
        """Some residences and rights that nobody has any more: what was said of them stays with the communes of then."""
        for entity, most in (("population.residence", 2), ("land.right", 3)):
            for name in self.random.sample(self.names[entity], most):
                self.at.pop((entity, name), None)
                yield acts.end(self.world.entity(entity), self.world.id(name), MOMENTS[3])

    def follow(self, went: dict[str, str], at: datetime) -> Iterator[Act]:
        """What names an old commune names one of those it went into from then on."""
        for (entity, name), commune in list(self.at.items()):
            if commune in went:
                self.at[entity, name] = (
                    SIDES[name] if SIDES.get(name, "-") in went[commune] else self.random.choice(went[commune])
                )
                yield self.world.change(entity, name, at, commune=self.world.id(self.at[entity, name]))

    def moves(self) -> Iterator[Act]:
        """People and parcels that went elsewhere since."""
        for entity, name in self.random.sample([key for key in self.at if key[1] not in SIDES], 5):
            yield self.world.change(
                entity, name, MOMENTS[-1], commune=self.world.id(self.random.choice(["X", "Z", "hoi an"]))
            )

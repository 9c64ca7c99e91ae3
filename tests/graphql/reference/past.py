"""The small world with more of a past: what was corrected, ended, re-issued and retracted, and names that are alike."""

from datetime import UTC, datetime
from decimal import Decimal

from baseregistry.registries import acts
from baseregistry.registries.acts import Period
from baseregistry.registries.ledger import Kind
from tests.graphql import world as small
from tests.graphql.world import NEW, OLD, REFORM, World

LATER, LATEST = datetime(2022, 5, 6, 7, 8, 9, 123456, tzinfo=UTC), datetime(2024, 2, 29, 17, tzinfo=UTC)
NAMES = [
    "Nguyễn Văn Ân",
    "Nguyen Van An",
    "Văn An Nguyễn",
    "Đặng Thị Bình",
    "Trần Bình",
    "Ông Đỗ Ứng",
    "Lê Thị Én",
    "Ê Ban",
]


def build(world: World) -> World:
    """Write all of it."""
    small.build(world)
    people(world)
    numbers(world)
    rights(world)
    return world


def people(world: World) -> None:
    unit, then = world.entity("administration.unit"), Period(OLD, REFORM)
    said = {"code": "20407", "name": "Phường Cũ", "level": "COMMUNE", "parent": world.id("quang nam")}
    world.write(Kind.REGISTRATION, acts.register(unit, world.id("gone"), then, said))
    person, born = "population.person", ["1957", "1956-02-29", "2007-11", "2000-02-29", "1990-12-31", "2024", "1956-03"]
    registered = [
        world.register(person, name, full_name=name, birth_date=day, status="ALIVE", birthplace=world.id(place))
        for name, day, place in zip(NAMES, [*born, born[0]], ["hoi an", "gone"] * 4, strict=True)
    ]
    world.write(Kind.REGISTRATION, *registered)
    renamed = world.change(person, NAMES[0], LATER, full_name="Nguyễn Thị Ân", other_name="Ân béo")
    world.write(
        Kind.REAL_WORLD_CHANGE,
        renamed,
        world.change(person, NAMES[3], LATER, status="DECEASED", death_date="2022-05-06"),
    )
    mended = world.change(person, NAMES[1], LATER, full_name="Nguyễn Văn An", birth_date="1956")
    world.write(Kind.CORRECTION, mended, approved_by="minh.le", reason="misread")


def numbers(world: World) -> None:
    """A number is cancelled and another issued; one was said of the wrong person, and taken back."""
    identifier = "population.identifier"
    old = {"scheme": "OLD_ID", "number": "201234567", "status": "IN_USE"}
    wrong = {"scheme": "PERSONAL_ID", "number": "049057000003", "status": "IN_USE"}
    world.write(
        Kind.REGISTRATION,
        world.register(identifier, "old number", person=world.id("binh"), **old),
        world.register(identifier, "wrong number", NEW, person=world.id(NAMES[0]), **wrong),
    )
    world.write(Kind.REAL_WORLD_CHANGE, world.change(identifier, "old number", LATER, status="CANCELLED"))
    retracted = acts.retract(world.entity(identifier), world.id("wrong number"))
    world.write(Kind.RETRACTION, retracted, approved_by="minh.le", reason="another person")


def rights(world: World) -> None:
    """The company sells its share to a person; the parcel is measured again, and the area of then was wrong."""
    right = world.entity("land.right")
    sold = acts.end(right, world.id("company's right"), LATER)
    bought = world.register(
        "land.right", "bought", LATER, parcel=world.id("parcel"), kind="USE", holder=world.id(NAMES[4]), share="1/3"
    )
    world.write(Kind.REAL_WORLD_CHANGE, sold, bought)
    world.write(Kind.REAL_WORLD_CHANGE, world.change("land.parcel", "parcel", LATEST, surveyed_area="209.90"))
    then, area = Period(LATER, LATEST), {"documented_area": Decimal("209.40")}
    measured = acts.change(world.entity("land.parcel"), world.id("parcel"), then, area)
    world.write(Kind.CORRECTION, measured, approved_by="minh.le", reason="measured again")
    moved = world.change("land.parcel", "neighbour 1", LATEST, commune=world.id("hoi an"), map_sheet="13")
    world.write(Kind.REAL_WORLD_CHANGE, moved)

"""To whom something will happen after the first load: births, deaths, weddings, moves.  `feed` tells it."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from random import Random

from baseregistry.seed.dates import some_day
from baseregistry.seed.families import Household, Person
from baseregistry.seed.gazetteer import Place

BIRTHS, DEATHS, WEDDINGS, MOVES = 0.11, 0.06, 0.04, 0.07  # of all households, over all the years


@dataclass(frozen=True, slots=True)
class Vital:
    """Something that will happen on `day`: a sort, the people of `household` it happens to, and for a move where to."""

    sort: str
    day: date
    household: Household
    people: tuple[Person, ...]
    other: Household | None = None
    to: Place | None = None


def foresee(households: Sequence[Household], places: Sequence[Place], random: Random) -> Iterator[Vital]:
    """Choose to whom of a portion what will happen; each household is chosen once at most, and marked busy."""
    groom: tuple[Household, Person] | None = None
    for household in households:
        chance, day = random.random(), some_day(random)
        found: Vital | None = None
        if chance < BIRTHS:
            found = _birth(household, day)
        elif chance < BIRTHS + DEATHS:
            found = _death(household, day)
        elif chance < BIRTHS + DEATHS + WEDDINGS:
            groom, found = _wedding(household, groom, day)
        elif chance < BIRTHS + DEATHS + WEDDINGS + MOVES:
            found = _move(household, day, random.choice(places))
        if found:
            household.busy = True
            yield found


def _birth(household: Household, day: date) -> Vital | None:
    couple = [household.head, household.spouse]
    if None in couple or not all(one and 20 < one.age(day) < (43 if one.sex == "F" else 60) for one in couple):
        return None
    return Vital("birth", day, household, tuple(one for one in couple if one))


def _death(household: Household, day: date) -> Vital | None:
    oldest = min(household.members, key=lambda one: one.born)
    return Vital("death", day, household, (oldest,)) if oldest.age() > 55 else None


def _single(household: Household, sex: str) -> Person | None:
    grown = [one for one in household.members if one.relation == "CHILD" and one.sex == sex and one.age() > 21]
    return grown[0] if grown else None


def _wedding(
    household: Household, groom: tuple[Household, Person] | None, day: date
) -> tuple[tuple[Household, Person] | None, Vital | None]:
    """A daughter of one household and the son of an earlier one that waits: she moves in with his."""
    if groom is None:
        son = _single(household, "M")
        household.busy = household.busy or son is not None
        return (household, son) if son else None, None
    bride = _single(household, "F")
    if bride is None:
        return groom, None
    return None, Vital("wedding", day, household, (bride, groom[1]), other=groom[0])


def _move(household: Household, day: date, to: Place) -> Vital | None:
    mover = _single(household, "F") or _single(household, "M")
    return Vital("move", day, household, (mover,), to=to) if mover else None

"""Households as they stood when the registers were loaded: who lives together, how old, since when.

Nothing is written here; these are the people whom the other modules register and to whom things happen.
"""

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date, timedelta
from random import Random

from baseregistry.seed.chance import Identities, Urn
from baseregistry.seed.gazetteer import Place
from baseregistry.seed.names import CO, CO_TU, GIE_TRIENG, KINH, MNONG, XO_DANG, full_name

LOADED = date(2019, 1, 1)  # the day as of which the registers were first loaded
YEAR = 365.2425
PEOPLES = {
    "504": Urn({CO_TU: 93, KINH: 7}),
    "505": Urn({CO_TU: 74, KINH: 26}),
    "510": Urn({CO_TU: 55, GIE_TRIENG: 26, KINH: 19}),
    "511": Urn({GIE_TRIENG: 60, MNONG: 9, KINH: 31}),
    "515": Urn({XO_DANG: 35, CO: 10, MNONG: 7, KINH: 48}),
    "516": Urn({XO_DANG: 72, MNONG: 21, KINH: 7}),
}
ELSEWHERE = Urn({KINH: 1})
SORTS = Urn({"family": 58, "three generations": 12, "couple": 12, "lone parent": 8, "old alone": 5, "young alone": 5})
CHILDREN = Urn({1: 30, 2: 46, 3: 18, 4: 6})


@dataclass(slots=True, eq=False)
class Person:
    """One person.  `turned`: since when the marital status is the last of `statuses`, before which it was the first."""

    id: str
    family: str
    name: str
    sex: str
    born: date
    people: str
    relation: str  # to the head of the household
    statuses: tuple[str | None, ...] = ("SINGLE",)
    turned: date | None = None
    father: "Person | None" = None
    mother: "Person | None" = None
    identifier: str | None = None  # the record of the personal ID
    places: tuple[str, ...] = ()  # of birth, and where the family comes from: records of units
    membership: str = ""
    residence: str = ""
    away: str | None = None  # a temporary residence elsewhere

    def age(self, day: date = LOADED) -> float:
        return (day - self.born).days / YEAR


@dataclass(slots=True, eq=False)
class Household:
    """People who live together since `formed`; the head is the first of `members`."""

    id: str
    place: Place
    number: str
    address: str
    formed: date
    members: list[Person] = field(default_factory=list)
    busy: bool = False  # something will happen to it: nothing else may

    @property
    def head(self) -> Person:
        return self.members[0]

    @property
    def spouse(self) -> Person | None:
        return next((member for member in self.members[1:] if member.relation == "SPOUSE"), None)

    @property
    def adults(self) -> list[Person]:
        return [member for member in self.members if member.age() >= 18]


class Register:
    """Draws households for one place, until its people are complete."""

    def __init__(self, place: Place, random: Random, ids: Identities) -> None:
        self._place, self._random, self._ids = place, random, ids
        self._peoples = PEOPLES.get(place.parent, ELSEWHERE)

    def households(self, people: int, first: int = 1) -> Iterator[Household]:
        """Households of `people` people; numbered from `first` within the place."""
        number = first
        while people > 0:
            household = self._household(number)
            del household.members[people:]
            people -= len(household.members)
            number += 1
            yield household

    def _household(self, number: int) -> Household:
        sort, people = SORTS.draw(self._random), self._peoples.draw(self._random)
        household = Household(self._ids.new(), self._place, f"{self._place.code}-{number:06d}", "", LOADED)
        if sort in {"family", "three generations", "couple"}:
            self._couple(household, people, sort)
        else:
            self._single(household, people, sort)
        if sort in {"family", "three generations", "lone parent"}:
            self._children(household, people)
        if sort == "three generations":
            self._grandparent(household, people)
        return household

    def _couple(self, household: Household, people: str, sort: str) -> None:
        random = self._random
        old = sort == "couple" and random.random() < 0.6
        age = random.uniform(58, 86) if old else random.uniform(24, 54)
        husband = self._person(people, "M", age, "HEAD")
        wife = self._person(people, "F", max(21.0, age - random.uniform(-1, 6)), "SPOUSE")
        younger = max(husband.born, wife.born)
        wedding = min(younger + timedelta(days=random.randint(7000, 10000)), date(2018, 6, 1))
        for one in (husband, wife):
            one.statuses, one.turned = ("SINGLE", "MARRIED"), wedding
        household.formed = wedding
        household.members = [husband, wife]
        if random.random() < 0.22:
            husband.relation, wife.relation = "SPOUSE", "HEAD"
            household.members.reverse()

    def _single(self, household: Household, people: str, sort: str) -> None:
        random = self._random
        years = {"old alone": (60, 92), "young alone": (21, 48), "lone parent": (28, 52)}[sort]
        head = self._person(
            people,
            "F" if random.random() < (0.5 if sort == "young alone" else 0.78) else "M",
            random.uniform(*years),
            "HEAD",
        )
        household.formed = head.born + timedelta(days=random.randint(6600, 7600))
        if sort != "young alone":
            head.statuses = (None, "WIDOWED" if sort == "old alone" else "DIVORCED")
            head.turned = LOADED - timedelta(days=random.randint(200, 3500))
        household.members = [head]

    def _children(self, household: Household, people: str) -> None:
        random, head = self._random, household.head
        parents = {one.sex: one for one in household.members}
        older = parents.get("F", head)
        for _ in range(CHILDREN.draw(random)):
            age = older.age() - random.uniform(20, 37)
            if 0.1 < age < 29:
                family = parents["M"].family if "M" in parents else head.family
                child = self._person(people, random.choice("MF"), age, "CHILD", family)
                child.father, child.mother = parents.get("M"), parents.get("F")
                household.members.append(child)

    def _grandparent(self, household: Household, people: str) -> None:
        random, head = self._random, household.head
        sex = "F" if random.random() < 0.7 else "M"
        parent = self._person(
            people, sex, head.age() + random.uniform(20, 32), "PARENT", head.family if sex == "M" else None
        )
        parent.statuses, parent.turned = (None, "WIDOWED"), LOADED - timedelta(days=random.randint(200, 5000))
        household.members.append(parent)

    def _person(self, people: str, sex: str, age: float, relation: str, family: str | None = None) -> Person:
        born = LOADED - timedelta(days=1 + int(age * YEAR))
        family, name = full_name(self._random, people, sex, born.year, family)
        return Person(self._ids.new(), family, name, sex, born, people, relation)

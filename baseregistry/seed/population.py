"""Persons and households as first registered: numbers, residence, membership, and for some their civil status.

What changed before the first load stands as a fact of its own time: who married in 1998 is a version SINGLE
until then and MARRIED since.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from random import Random

from baseregistry.seed.chance import Identities
from baseregistry.seed.families import LOADED, Household, Person
from baseregistry.seed.gazetteer import Place
from baseregistry.seed.sheets import Sheets
from baseregistry.seed.spans import exact_day, some_day_of_month, some_day_of_year
from baseregistry.seed.world import World

CARDS_BEGAN = date(2016, 1, 1)  # personal IDs (Law 59/2014)
OLD_CARDS_BEGAN, OLD_CARD_YEARS = date(1978, 1, 1), 15
POLICE = "Cục Cảnh sát quản lý hành chính về trật tự xã hội"


@dataclass
class Population:
    """Registers households on a sheet.  `elsewhere`: communes to which some were born or have gone for work."""

    world: World
    random: Random
    ids: Identities
    sheets: Sheets
    elsewhere: Sequence[Place]

    def register(self, household: Household) -> None:
        """The household, its members and all that is known of them."""
        since, commune = self.world.spans.since(household.formed), self.world.units[household.place.code]
        self.sheets.put(
            "population.household", household.id, since, household.number, commune, household.address, "ACTIVE"
        )
        for member in household.members:
            self._person(member, commune)
            self._identifiers(member, self.world.province(household.place))
            self._home(member, household, commune)
        if self.random.random() < 0.3:
            self._kinship(household, commune)

    def _person(self, person: Person, commune: str) -> None:
        person.places = (self._place(commune), self._place(commune))
        spans, born, written = self.world.spans, person.born, self._birth(person)
        periods = [spans.since(born)]
        if person.turned:
            periods = [spans.between(born, person.turned), spans.since(person.turned)]
        for valid, status in zip(periods, person.statuses, strict=True):
            self.sheets.put(
                "population.person",
                person.id,
                valid,
                person.name,
                person.sex,
                written,
                *person.places,
                person.people,
                "VN",
                status,
                "ALIVE",
            )

    def _place(self, commune: str) -> str:
        """Mostly here."""
        here = self.random.random() > 0.12
        return commune if here else self.world.units[self.random.choice(self.elsewhere).code]

    def _birth(self, person: Person) -> str:
        """The older the person, the oftener only the year, or the month, was ever written down."""
        known = self.random.random() if person.age() > 50 else 1.0
        if known < 0.06:
            return some_day_of_year(person.born.year)
        return some_day_of_month(person.born) if known < 0.08 else exact_day(person.born)

    def _identifiers(self, person: Person, province: str) -> None:
        random, numbers = self.random, self.world.numbering
        if random.random() < 0.86:
            issued = self._issued(person)
            number = numbers.personal_id(province, person.sex, person.born)
            person.identifier = self._identifier(person, "PERSONAL_ID", number, issued, POLICE, "IN_USE")
        if person.age() > 23 and (person.identifier is None or random.random() < 0.08):
            earliest = max(person.born + timedelta(days=5114), OLD_CARDS_BEGAN)  # at 14 years
            issued = earliest + timedelta(days=random.randint(0, max(0, (CARDS_BEGAN - earliest).days)))
            status = "IN_USE" if issued.year + OLD_CARD_YEARS >= LOADED.year else "EXPIRED"
            issuer = "Công an tỉnh Quảng Nam" if province == "49" else "Công an thành phố Đà Nẵng"
            self._identifier(person, "OLD_ID", numbers.old_id(province), issued, issuer, status)
        if person.age() > 18 and random.random() < 0.015:
            issued = LOADED - timedelta(days=random.randint(10, 700))
            self._identifier(person, "PASSPORT", numbers.passport(), issued, "Cục Quản lý xuất nhập cảnh", "IN_USE")

    def _issued(self, person: Person) -> date:
        if person.born >= CARDS_BEGAN:
            return min(person.born + timedelta(days=self.random.randint(5, 50)), LOADED)
        return CARDS_BEGAN + timedelta(days=self.random.randint(0, 1090))

    def _identifier(  # noqa: PLR0913 - one row's columns
        self, person: Person, scheme: str, number: str, issued: date, issuer: str, status: str
    ) -> str:
        record, since = self.ids.new(), self.world.spans.since(issued)
        self.sheets.put("population.identifier", record, since, person.id, scheme, number, issued, issuer, status)
        return record

    def _home(self, person: Person, household: Household, commune: str) -> None:
        since = self.world.spans.since(max(household.formed, person.born))
        person.membership, person.residence = self.ids.new(), self.ids.new()
        self.sheets.put(
            "population.household_member", person.membership, since, household.id, person.id, person.relation
        )
        self.sheets.put(
            "population.residence", person.residence, since, person.id, "PERMANENT", commune, household.address
        )
        if 18 < person.age() < 32 and self.random.random() < 0.1:
            place, gone = self.random.choice(self.elsewhere), LOADED - timedelta(days=self.random.randint(20, 900))
            address = f"{self.random.randint(2, 90)} đường số {self.random.randint(1, 12)}"
            person.away, there = self.ids.new(), self.world.units[place.code]
            self.sheets.put(
                "population.residence",
                person.away,
                self.world.spans.since(gone),
                person.id,
                "TEMPORARY",
                there,
                address,
            )

    def _kinship(self, household: Household, commune: str) -> None:
        for member in household.members:
            for relative, kind in ((member.father, "FATHER"), (member.mother, "MOTHER")):
                if relative:
                    since = self.world.spans.since(member.born)
                    self.sheets.put("population.relation", self.ids.new(), since, member.id, relative.id, kind)
            if member.born >= CARDS_BEGAN:
                self._event(member, "KS", None, member.born, commune)
        head, spouse = household.head, household.spouse
        if spouse and head.turned:
            since = self.world.spans.since(head.turned)
            self.sheets.put("population.relation", self.ids.new(), since, head.id, spouse.id, "SPOUSE")
            self.sheets.put("population.relation", self.ids.new(), since, spouse.id, head.id, "SPOUSE")
            if head.turned.year >= 2005:
                self._event(head, "KH", spouse, head.turned, commune)

    def _event(self, person: Person, kind: str, other: Person | None, day: date, commune: str) -> None:
        registered = min(day + timedelta(days=self.random.randint(0, 40) * (kind == "KS")), LOADED)
        self.sheets.put(
            "population.civil_event",
            self.ids.new(),
            self.world.spans.since(day),
            person.id,
            kind,
            other and other.id,
            exact_day(day),
            registered,
            commune,
            f"{kind} {day.year}/{1 + self.random.randint(0, 2)}",
            f"{self.random.randint(1, 400)}/{day.year}",
        )

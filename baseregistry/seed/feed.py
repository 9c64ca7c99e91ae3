"""The feed of the population register after the first load: what happened to people, told quarter by quarter."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from random import Random

from baseregistry.registries.acts import Act
from baseregistry.registries.ledger import Kind
from baseregistry.seed.agencies import provenance
from baseregistry.seed.chance import Identities
from baseregistry.seed.dates import closing, quarters
from baseregistry.seed.deeds import Deeds, Event
from baseregistry.seed.families import Household, Person
from baseregistry.seed.gazetteer import Place
from baseregistry.seed.names import full_name
from baseregistry.seed.population import POLICE
from baseregistry.seed.spans import exact_day
from baseregistry.seed.vital import Vital
from baseregistry.seed.world import World

MOST_ACTS = 10_000  # in one change
APART = timedelta(seconds=40)


@dataclass
class Feed:
    """Turns what was foreseen into changes."""

    world: World
    deeds: Deeds
    random: Random
    _ids: Identities = field(init=False)

    def changes(self, foreseen: Sequence[Vital]) -> Iterator[Event]:
        """In the order of days; each quarter in as many changes as its acts need."""
        waiting = sorted(foreseen, key=lambda one: (one.day, one.household.id), reverse=True)
        for _, following in quarters():
            moment, acts = closing(following), list[Act]()
            self._ids = self.world.identities(moment, "feed", following)
            while waiting and waiting[-1].day < following:
                acts += self._sorts[waiting[-1].sort](waiting.pop())
                if len(acts) >= MOST_ACTS:
                    yield self._event(moment, acts)
                    moment, acts = moment + APART, []
            if acts:
                yield self._event(moment, acts)

    def _event(self, moment: datetime, acts: list[Act]) -> Event:
        said = provenance(
            "population", "49", moment, Kind.REAL_WORLD_CHANGE, reason="Biến động dân cư theo quý", feed=True
        )
        return Event(moment, said, tuple(acts))

    @property
    def _sorts(self) -> dict[str, Callable[[Vital], Iterator[Act]]]:
        return {"birth": self._birth, "death": self._death, "wedding": self._wedding, "move": self._move}

    def _birth(self, vital: Vital) -> Iterator[Act]:
        home, day, random = vital.household, vital.day, self.random
        father, mother = sorted(vital.people, key=lambda one: one.sex, reverse=True)
        sex, commune = random.choice("MF"), self.world.commune(home.place.code, day)
        _, name = full_name(random, father.people, sex, day.year, father.family)
        child = Person(self._ids.new(), father.family, name, sex, day, father.people, "CHILD")
        yield self.deeds.register(
            "population.person",
            child.id,
            day,
            full_name=name,
            sex=sex,
            birth_date=exact_day(day),
            birthplace=commune,
            native_place=commune,
            ethnicity=child.people,
            nationality="VN",
            marital_status="SINGLE",
            status="ALIVE",
        )
        number = self.world.numbering.personal_id(self.world.province(home.place), sex, day)
        yield self.deeds.register(
            "population.identifier",
            self._ids.new(),
            day,
            person=child.id,
            scheme="PERSONAL_ID",
            number=number,
            issued_on=day,
            issuer=POLICE,
            status="IN_USE",
        )
        yield from self._at_home(child, home, home.place, day)
        yield self._entry("KS", child, None, day, commune)
        for parent, kind in ((father, "FATHER"), (mother, "MOTHER")):
            yield self._relation(child, parent, kind, day)

    def _death(self, vital: Vital) -> Iterator[Act]:
        home, day, (person,) = vital.household, vital.day, vital.people
        yield self.deeds.change("population.person", person.id, day, status="DECEASED", death_date=exact_day(day))
        yield from self._leaves(person, day)
        yield self._entry("KT", person, None, day, self.world.commune(home.place.code, day))
        left = [member for member in home.members if member is not person]
        if not left:
            yield self.deeds.change("population.household", home.id, day, status="DISSOLVED")
        elif person is home.head:
            yield self.deeds.change("population.household_member", left[0].membership, day, relation_to_head="HEAD")
        spouse = home.spouse if person is home.head else home.head if person is home.spouse else None
        if spouse:
            yield self.deeds.change("population.person", spouse.id, day, marital_status="WIDOWED")

    def _wedding(self, vital: Vital) -> Iterator[Act]:
        day, (bride, groom), home = vital.day, vital.people, vital.other
        assert home is not None
        for one, other in ((bride, groom), (groom, bride)):
            yield self.deeds.change("population.person", one.id, day, marital_status="MARRIED")
            yield self._relation(one, other, "SPOUSE", day)
        yield self._entry("KH", groom, bride, day, self.world.commune(home.place.code, day))
        yield from self._leaves(bride, day)
        bride.relation = "CHILD_IN_LAW"
        yield from self._at_home(bride, home, home.place, day)

    def _move(self, vital: Vital) -> Iterator[Act]:
        """Someone leaves home and heads a household of one elsewhere."""
        day, (person,), place = vital.day, vital.people, vital.to
        assert place is not None
        yield from self._leaves(person, day)
        number = f"{place.code}-{self.world.numbering.serial('moved to')}M"
        home = Household(
            self._ids.new(), place, number, f"{self.random.randint(1, 99)} đường số {self.random.randint(1, 20)}", day
        )
        yield self.deeds.register(
            "population.household",
            home.id,
            day,
            number=number,
            commune=self.world.commune(place.code, day),
            address=home.address,
            status="ACTIVE",
        )
        person.relation = "HEAD"
        yield from self._at_home(person, home, place, day)

    def _leaves(self, person: Person, day: date) -> Iterator[Act]:
        yield self.deeds.end("population.household_member", person.membership, day)
        yield self.deeds.end("population.residence", person.residence, day)
        if person.away:
            yield self.deeds.end("population.residence", person.away, day)

    def _at_home(self, person: Person, home: Household, place: Place, day: date) -> Iterator[Act]:
        yield self.deeds.register(
            "population.household_member",
            self._ids.new(),
            day,
            household=home.id,
            person=person.id,
            relation_to_head=person.relation,
        )
        commune = self.world.commune(place.code, day)
        yield self.deeds.register(
            "population.residence",
            self._ids.new(),
            day,
            person=person.id,
            kind="PERMANENT",
            commune=commune,
            address=home.address,
        )

    def _relation(self, person: Person, relative: Person, kind: str, day: date) -> Act:
        return self.deeds.register(
            "population.relation", self._ids.new(), day, person=person.id, relative=relative.id, kind=kind
        )

    def _entry(self, kind: str, person: Person, other: Person | None, day: date, commune: str) -> Act:
        return self.deeds.register(
            "population.civil_event",
            self._ids.new(),
            day,
            person=person.id,
            kind=kind,
            counterpart=other.id if other else None,
            occurred_on=exact_day(day),
            registered_on=day,
            place=commune,
            book=f"{kind} {day.year}",
            entry_number=f"{self.random.randint(1, 900)}/{day.year}",
        )

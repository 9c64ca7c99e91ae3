"""The first load: portion by portion, each register from its own agency's files."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from itertools import islice
from random import Random

from baseregistry.registries.ledger import Kind, Provenance
from baseregistry.seed.agencies import provenance
from baseregistry.seed.chance import Identities
from baseregistry.seed.companies import Companies, Firm
from baseregistry.seed.families import Household, Person, Register
from baseregistry.seed.gazetteer import Place
from baseregistry.seed.holdings import Holdings
from baseregistry.seed.plan import Portion, Settlement
from baseregistry.seed.population import Population
from baseregistry.seed.rights import Holding, Rights
from baseregistry.seed.sheets import Sheets
from baseregistry.seed.streets import Ground, Lot, lots
from baseregistry.seed.world import World

FIRST_LOAD = datetime(2019, 3, 4, 1, 0, tzinfo=UTC)
BETWEEN = timedelta(hours=20, minutes=7)
LATER = timedelta(minutes=25)
REASON = "Chuyển đổi dữ liệu ban đầu"
PEOPLE_PER_PARCEL = 2.5
PEOPLE_PER_FIRM = 70
PEOPLE_PER_BUSINESS = 30


@dataclass
class Community:
    """What lives in one settlement of a portion."""

    place: Place
    lots: list[Lot]
    households: list[Household]
    firms: list[Firm] = field(default_factory=list)
    holdings: list[Holding] = field(default_factory=list)

    @property
    def adults(self) -> list[Person]:
        return [adult for household in self.households for adult in household.adults]

    @property
    def people(self) -> int:
        return sum(len(household.members) for household in self.households)


@dataclass(frozen=True, slots=True)
class Loaded:
    """A portion, ready to be recorded: a change of each register, with its moment; and who lives there."""

    people: int
    communities: list[Community]
    changes: list[tuple[datetime, Provenance, Sheets]]


class Loading:
    """Prepares portions; remembers, commune by commune, how far its streets and household numbers have come."""

    def __init__(self, world: World) -> None:
        self.world = world
        self.banks: list[Firm] = []
        self._streets: dict[str, Iterator[Lot]] = {}
        self._households: dict[str, int] = {}
        self._towns = [place for place in world.gazetteer.communes if place.urban]

    def prepare(self, number: int, portion: Portion) -> Loaded:
        """People, firms, parcels: three changes."""
        moment = FIRST_LOAD + BETWEEN * number
        random, ids = self.world.stream("portion", number), self.world.identities(moment, "portion", number)
        communities = [self._settle(settlement, random, ids) for settlement in portion]
        sheets = {section: Sheets() for section in ("population", "enterprise", "land")}
        self._people(communities, Population(self.world, random, ids, sheets["population"], self._towns))
        self._firms(communities, Companies(self.world, random, ids, sheets["enterprise"]))
        self._parcels(communities, Holdings(Rights(self.world, random, ids, sheets["land"], self.banks)))
        changes, province = [], self.world.province(portion[0].place)
        for step, (section, sheet) in enumerate(sheets.items()):
            said = provenance(section, province, moment, Kind.REGISTRATION, reason=REASON, feed=True)
            if len(sheet):
                changes.append((moment + LATER * step, said, sheet))
        return Loaded(sum(one.people for one in portion), communities, changes)

    def _settle(self, settlement: Settlement, random: Random, ids: Identities) -> Community:
        place = settlement.place
        parcels = list(islice(self._lots(settlement), max(1, round(settlement.people / PEOPLE_PER_PARCEL))))
        first = self._households.get(place.code, 1)
        households = list(Register(place, random, ids).households(settlement.people, first))
        self._households[place.code] = first + len(households)
        homes = [lot for lot in parcels if lot.built]
        for number, household in enumerate(households):
            household.address = homes[number % len(homes)].address if homes else place.name
        return Community(place, parcels, households)

    def _people(self, communities: list[Community], population: Population) -> None:
        for community in communities:
            for household in community.households:
                population.register(household)

    def _firms(self, communities: list[Community], companies: Companies) -> None:
        if not self.banks:
            self.banks += companies.banks(communities[0].place)
        for community in communities:
            adults, place, random = community.adults, community.place, companies.random
            for _ in range(_often(random, len(adults) and community.people / PEOPLE_PER_FIRM)):
                address = random.choice(community.lots).address if community.lots else place.name
                community.firms.append(companies.found(place, adults, address))
            for _ in range(_often(random, len(adults) and community.people / PEOPLE_PER_BUSINESS)):
                household = random.choice(community.households)
                companies.household_business(household.head, place, household.address)

    def _parcels(self, communities: list[Community], holdings: Holdings) -> None:
        for community in communities:
            adults, waiting = community.adults, iter(community.households)
            for lot in community.lots:
                community.holdings.append(self._held(lot, community, adults, waiting, holdings))

    def _held(
        self, lot: Lot, community: Community, adults: list[Person], waiting: Iterator[Household], holdings: Holdings
    ) -> Holding:
        """The next household's home; a firm's, a village's; or anybody's field."""
        random, place = holdings.random, community.place
        chance = random.random()
        if community.firms and chance < 0.03:
            return holdings.let(lot, place, random.choice(community.firms))
        if chance > 0.99:
            return holdings.common(lot, place)
        household = (next(waiting, None) if lot.built else None) or random.choice(community.households)
        return holdings.register(lot, place, household, adults or household.members)

    def _lots(self, settlement: Settlement) -> Iterator[Lot]:
        place = settlement.place
        if place.code not in self._streets:
            cells = self.world.cells
            ground = Ground(place, cells.points[place.code], cells.pieces(place.code), self.world.plane.srid)
            expected = round(settlement.whole / PEOPLE_PER_PARCEL)
            self._streets[place.code] = lots(ground, expected, self.world.stream("streets", place.code))
        return self._streets[place.code]


def _often(random: Random, mean: float) -> int:
    """A whole number whose mean is `mean`."""
    return int(mean) + (random.random() < mean % 1)

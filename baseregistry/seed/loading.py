"""The first load: portion by portion, each register from its own agency's files."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from itertools import islice
from random import Random

from baseregistry.registries.ledger import Kind, Provenance
from baseregistry.seed.chronicle import Chronicle
from baseregistry.seed.families import Household, Register
from baseregistry.seed.gazetteer import Place
from baseregistry.seed.plan import Portion, Settlement
from baseregistry.seed.population import Population
from baseregistry.seed.sheets import Sheets
from baseregistry.seed.streets import Ground, Lot, lots
from baseregistry.seed.world import World

FIRST_LOAD = datetime(2019, 3, 4, 1, 0, tzinfo=UTC)
PEOPLE_PER_PARCEL = 2.5


class Loading:
    """Loads portions; remembers, commune by commune, how far its streets and household numbers have come."""

    def __init__(self, world: World, chronicle: Chronicle) -> None:
        self.world = world
        self.chronicle = chronicle
        self._streets: dict[str, Iterator[Lot]] = {}
        self._households: dict[str, int] = {}
        self._towns = [place for place in world.gazetteer.communes if place.urban]

    def load(self, place: int, portion: Portion) -> None:
        moment = FIRST_LOAD + timedelta(hours=20 * place)
        random, ids = self.world.stream("portion", place), self.world.identities(moment, "portion", place)
        sheets = Sheets()
        population = Population(self.world, random, ids, sheets, self._towns)
        for settlement in portion:
            parcels = list(islice(self._lots(settlement), round(settlement.people / PEOPLE_PER_PARCEL)))
            register = Register(settlement.place, random, ids)
            first = self._households.get(settlement.place.code, 1)
            households = list(register.households(settlement.people, first))
            self._households[settlement.place.code] = first + len(households)
            for number, household in enumerate(households):
                household.address = parcels[number % len(parcels)].address if parcels else settlement.place.name
                population.register(household)
        self.chronicle.record(moment, Provenance(kind=Kind.REGISTRATION, agency="Công an", recorded_by="x"), sheets.register)
        self.chronicle.progress.advance(sum(one.people for one in portion))

    def _lots(self, settlement: Settlement) -> Iterator[Lot]:
        place = settlement.place
        if place.code not in self._streets:
            cells = self.world.cells
            ground = Ground(place, cells.points[place.code], cells.pieces(place.code), self.world.plane.srid)
            expected = round(settlement.whole / PEOPLE_PER_PARCEL)
            self._streets[place.code] = lots(ground, expected, self.world.stream("streets", place.code))
        return self._streets[place.code]

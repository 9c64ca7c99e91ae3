"""Parcels as first registered: what they are used for, what lies on them, what stops them; `rights` says whose they are."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from random import Random

from baseregistry.seed.chance import Urn
from baseregistry.seed.companies import Firm
from baseregistry.seed.families import LOADED, Household, Person
from baseregistry.seed.footprints import footprint
from baseregistry.seed.gazetteer import Place
from baseregistry.seed.rights import LAND_LAW, Holding, Rights
from baseregistry.seed.spans import some_day_of_year
from baseregistry.seed.streets import Lot

WRONG = (0.7, 0.85, 0.96, 1.04, 1.2, 1.5)  # of the surveyed area: what a wrong document says
HOUSE_LAND = 200.0  # m² of a village lot that are house, not garden
PURPOSES = {
    "mountain": Urn({"RSX": 45, "CLN": 22, "NHK": 20, "LUN": 13}),
    "village": Urn({"LUC": 52, "BHK": 20, "CLN": 14, "LUK": 8, "NTS": 6}),
    "town": Urn({"BHK": 60, "CLN": 40}),
}
FIRST_ORIGINS = {True: Urn({"CNQ-CTT": 50, "DG-CTT": 30, "CNQ": 20}), False: Urn({"CNQ-KTT": 55, "DG-KTT": 45})}
LATER_ORIGINS = Urn({"NCQ-8": 60, "NCQ-9": 18, "NCQ-10": 22})


@dataclass(frozen=True, slots=True)
class Use:
    """A purpose and its area in m² (None: not known), where it came from, and its last year (None: for good)."""

    purpose: str
    area: float | None
    origin: str
    until: int | None = None


@dataclass
class Holdings:
    """Registers parcels on the sheet of their rights."""

    rights: Rights
    _surveys: dict[str, date] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.world, self.ids, self.sheets = self.rights.world, self.rights.ids, self.rights.sheets

    @property
    def random(self) -> Random:
        return self.rights.random

    def register(self, lot: Lot, place: Place, household: Household, neighbours: Sequence[Person]) -> Holding:
        """A parcel of `household`, or of some of its `neighbours`; of some nobody knows yet whose they are."""
        holding, chance, later, issued = self._parcel(lot, place), self.random.random(), False, LOADED
        holding.household = household
        if chance > 0.09:
            issued, later = self.rights.own(holding, household), self.random.random() < 0.35
        elif chance > 0.02:
            issued, later = self.rights.shared(holding, neighbours), True
        self._uses(holding, later=later, old=issued < LAND_LAW)
        if lot.built and self.random.random() < 0.5:
            self._house(holding)
        if self.random.random() < 0.003:
            self._block(holding)
        return holding

    def let(self, lot: Lot, place: Place, firm: Firm) -> Holding:
        """A parcel that a firm holds for 50 years."""
        holding = self._parcel(lot, place)
        issued = self.rights.firm(holding, firm)
        self._use(holding, Use(self.random.choice(("TMD", "SKC")), lot.area, "DT-THN", issued.year + 50))
        return holding

    def common(self, lot: Lot, place: Place) -> Holding:
        """A parcel of the people of a village."""
        holding = self._parcel(lot, place)
        self.rights.village(holding)
        self._use(holding, Use("TIN" if lot.built else "NTD", lot.area, "CNQ-KTT"))
        return holding

    def _parcel(self, lot: Lot, place: Place) -> Holding:
        holding = Holding(self.ids.new(), lot, place, self._surveyed(place), self._documented(lot.area))
        number = lot.number - (lot.number > 1 and self.random.random() < 0.002)  # a label that two parcels bear
        label = (self.world.units[place.code], self.world.units[place.code], str(lot.sheet), str(number))
        areas, since = (holding.documented, f"{lot.area:.1f}"), self.world.spans.since(holding.since)
        self.sheets.put("land.parcel", holding.id, since, *label, *areas, lot.address, "CURRENT", lot.shape)
        return holding

    def _surveyed(self, place: Place) -> date:
        """When the commune was surveyed: its map, and so its parcels, begin then."""
        if place.code not in self._surveys:
            random = self.world.stream("survey", place.code)
            self._surveys[place.code] = date(random.randint(1994, 2012), random.randint(1, 12), 15)
        return self._surveys[place.code]

    def _documented(self, area: float) -> str:
        """Mostly what was surveyed; sometimes an older measurement, seldom a wrong one."""
        chance = self.random.random()
        if chance < 0.93:
            return f"{area:.1f}"
        off = self.random.uniform(0.992, 1.008) if chance < 0.992 else self.random.choice(WRONG)
        return f"{area * off:.0f}"

    def _uses(self, holding: Holding, *, later: bool, old: bool) -> None:
        """A field's one purpose; house, or house and garden, of which older papers do not say how much is which
        (Decree 49/2026, art. 20)."""
        lot, place = holding.lot, holding.place
        origin = LATER_ORIGINS.draw(self.random) if later else FIRST_ORIGINS[lot.built].draw(self.random)
        if not lot.built:
            sort = "mountain" if place.mountain else "town" if place.urban else "village"
            self._use(
                holding, Use(PURPOSES[sort].draw(self.random), lot.area, origin, 2043 if sort == "village" else 2063)
            )
        elif place.urban or lot.area < HOUSE_LAND * 1.2:
            self._use(holding, Use("ODT" if place.urban else "ONT", lot.area, origin))
        else:
            unknown = old and self.random.random() < 0.5
            self._use(holding, Use("ONT", None if unknown else HOUSE_LAND, origin))
            self._use(holding, Use("CLN", None if unknown else lot.area - HOUSE_LAND, origin, 2063))

    def _use(self, holding: Holding, use: Use) -> None:
        record, area = self.ids.new(), None if use.area is None else f"{use.area:.1f}"
        holding.uses.append((record, use.purpose, area))
        until = use.until and some_day_of_year(use.until)
        said = (use.purpose, area, False, until is None, until, use.origin)
        self.sheets.put("land.land_use", record, self.world.spans.since(holding.since), holding.id, *said)

    def _house(self, holding: Holding) -> None:
        ground, floors = holding.lot.area * self.random.uniform(0.25, 0.5), self.random.choice((1, 1, 1, 2, 2, 3))
        finished = holding.since.year + self.random.randint(0, 6)
        since = self.world.spans.since(date(finished, 12, 31))
        shape = footprint(holding.lot.corners, ground / holding.lot.area, self.world.plane.srid)
        areas = (f"{ground:.1f}", f"{ground * floors:.1f}")
        self.sheets.put(
            "land.asset",
            self.ids.new(),
            since,
            holding.id,
            "HOUSE",
            *areas,
            floors,
            some_day_of_year(finished),
            "STANDING",
            shape,
        )

    def _block(self, holding: Holding) -> None:
        day = LOADED - timedelta(days=self.random.randint(30, 900))
        stops = (False, True, self.random.random() < 0.4)
        order = ("Chi cục Thi hành án dân sự", f"{self.random.randint(1, 900)}/CV-THADS", day, "Bảo đảm thi hành án")
        self.sheets.put("land.block", self.ids.new(), self.world.spans.since(day), holding.id, *stops, *order)

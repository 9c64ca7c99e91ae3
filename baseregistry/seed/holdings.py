"""Parcels as first registered: what they are used for, who holds them on which paper, what lies on them."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from random import Random

from baseregistry.seed.chance import Identities, Urn
from baseregistry.seed.companies import Firm
from baseregistry.seed.families import LOADED, Household, Person
from baseregistry.seed.footprints import footprint
from baseregistry.seed.gazetteer import Place
from baseregistry.seed.sheets import Sheets
from baseregistry.seed.spans import some_day_of_year
from baseregistry.seed.streets import Lot
from baseregistry.seed.world import World

LAW_2003 = date(
    2004, 7, 1
)  # papers from before do not say how much of house and garden is house (Decree 49/2026, art. 20)
LAST_PAPER = date(2018, 11, 30)
PURPOSES = {
    "mountain": Urn({"RSX": 45, "CLN": 22, "NHK": 20, "LUN": 13}),
    "village": Urn({"LUC": 52, "BHK": 20, "CLN": 14, "LUK": 8, "NTS": 6}),
    "town": Urn({"BHK": 60, "CLN": 40}),
}
FIRST_ORIGINS = {True: Urn({"CNQ-CTT": 50, "DG-CTT": 30, "CNQ": 20}), False: Urn({"CNQ-KTT": 55, "DG-KTT": 45})}
LATER_ORIGINS = Urn({"NCQ-8": 60, "NCQ-9": 18, "NCQ-10": 22})
SHARES = (("1/2", "1/2"), ("1/3", "1/3", "1/3"), ("1/3", "2/3"), ("1/4", "1/4", "1/2"), ("2/5", "2/5", "1/5"))


@dataclass(slots=True, eq=False)
class Holding:
    """A parcel to which something may happen: `uses` as (id, purpose, area), `rights` as (id, holder's id, share)."""

    id: str
    lot: Lot
    place: Place
    since: date
    household: Household | None = None
    uses: list[tuple[str, str, str | None]] = field(default_factory=list)
    rights: list[tuple[str, str, str | None]] = field(default_factory=list)
    holder: Person | None = None
    certificate: str | None = None
    mortgage: str | None = None
    documented: str = ""


@dataclass
class Holdings:
    """Registers parcels on a sheet."""

    world: World
    random: Random
    ids: Identities
    sheets: Sheets
    banks: Sequence[Firm]
    _couples: dict[str, str] = field(default_factory=dict)
    _surveys: dict[str, date] = field(default_factory=dict)

    def register(self, lot: Lot, place: Place, household: Household, neighbours: Sequence[Person]) -> Holding:
        """A parcel of `household`, or of it and some of its `neighbours`."""
        holding = self._parcel(lot, place)
        holding.household = household
        chance = self.random.random()
        if chance < 0.02:
            self._uses(holding, later=False)
        elif chance < 0.09:
            self._shared(holding, neighbours)
        else:
            self._own(holding, household)
        if lot.built and self.random.random() < 0.5:
            self._house(holding)
        if self.random.random() < 0.003:
            self._block(holding)
        return holding

    def let(self, lot: Lot, place: Place, firm: Firm) -> Holding:
        """A parcel that a firm holds."""
        holding = self._parcel(lot, place)
        issued = self._paper(max(firm.founded, holding.since))
        until = some_day_of_year(issued.year + 50)
        self._use(holding, self.random.choice(("TMD", "SKC")), self._area(lot.area), "DT-THN", until)
        self._certify(holding, issued)
        self._right(holding, firm.id, issued)
        return holding

    def common(self, lot: Lot, place: Place) -> Holding:
        """A parcel of the people of a village."""
        holding = self._parcel(lot, place)
        self._use(holding, "TIN" if lot.built else "NTD", self._area(lot.area), "CNQ-KTT", None)
        issued, group = self._paper(holding.since), self.ids.new()
        name = f"Cộng đồng dân cư {lot.address.rpartition(', ')[2]}"
        self.sheets.put("land.party_group", group, self.world.spans.since(issued), "COMMUNITY", name, None)
        self._right(holding, group, issued)
        return holding

    def _parcel(self, lot: Lot, place: Place) -> Holding:
        holding = Holding(self.ids.new(), lot, place, self._surveyed(place), documented=self._documented(lot.area))
        number = lot.number - (lot.number > 1 and self.random.random() < 0.002)  # a label that two parcels bear
        commune = self.world.units[place.code]
        self.sheets.put(
            "land.parcel",
            holding.id,
            self.world.spans.since(holding.since),
            commune,
            commune,
            str(lot.sheet),
            str(number),
            holding.documented,
            f"{lot.area:.1f}",
            lot.address,
            "CURRENT",
            lot.shape,
        )
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
        if chance < 0.9:
            return f"{area:.1f}"
        off = self.random.uniform(0.98, 1.02) if chance < 0.994 else self.random.choice((0.7, 0.85, 1.2, 1.5))
        return f"{area * off:.0f}"

    def _area(self, area: float) -> str:
        return f"{area:.1f}"

    def _paper(self, earliest: date) -> date:
        """The day of a certificate, from `earliest` to the eve of the first load."""
        return earliest + timedelta(days=self.random.randint(0, max(0, (LAST_PAPER - earliest).days)))

    # --- who holds it ----------------------------------------------------------------------------

    def _own(self, holding: Holding, household: Household) -> None:
        head, spouse = household.head, household.spouse
        adult = head.born + timedelta(days=18 * 366)
        granted = date(max(holding.since.year, household.formed.year, 1994), 6, 1)
        if granted < LAW_2003 and granted >= max(holding.since, household.formed) and self.random.random() < 0.3:
            self._settle(holding, granted + timedelta(days=self.random.randint(0, 25)), later=False)
            self._right(holding, self._household_at_grant(household, granted), granted + timedelta(days=30))
            return
        issued = self._paper(max(holding.since, adult, household.formed))
        self._settle(holding, issued, later=self.random.random() < 0.35)
        if spouse and self.random.random() < 0.62:
            self._right(holding, self._couple(household, head, spouse), issued)
        else:
            holding.holder = head
            self._right(holding, head.id, issued)
        if self.random.random() < 0.06:
            self._mortgage(holding, issued)

    def _shared(self, holding: Holding, neighbours: Sequence[Person]) -> None:
        """Rights of several with exact shares."""
        shares = self.random.choice(SHARES)
        holders = self.random.sample(neighbours, min(len(shares), len(neighbours)))
        adult = max(one.born for one in holders) + timedelta(days=18 * 366)
        issued = self._paper(max(holding.since, adult))
        self._settle(holding, issued, later=True)
        for holder, share in zip(holders, shares, strict=False):
            self._right(holding, holder.id, issued, share)

    def _couple(self, household: Household, head: Person, spouse: Person) -> str:
        """The couple as one holder, made when it first holds something."""
        if household.id not in self._couples:
            group, since = self.ids.new(), self.world.spans.since(household.formed)
            husband, wife = (head, spouse) if head.sex == "M" else (spouse, head)
            name = f"Ông {husband.name} và bà {wife.name}"
            self.sheets.put(
                "land.party_group", group, since, "COUPLE", name, f"Đăng ký kết hôn {household.formed.year}"
            )
            for one in (husband, wife):
                self.sheets.put("land.group_member", self.ids.new(), since, group, one.id, None, True)
            self._couples[household.id] = group
        return self._couples[household.id]

    def _household_at_grant(self, household: Household, granted: date) -> str:
        """Those who lived in the household on the day of the grant, each with an equal share."""
        members = [one for one in household.members if one.born < granted]
        group, since = self.ids.new(), self.world.spans.since(granted)
        title = "ông" if household.head.sex == "M" else "bà"
        self.sheets.put(
            "land.party_group", group, since, "HOUSEHOLD_AT_GRANT", f"Hộ {title} {household.head.name}", None
        )
        for one in members:
            share = f"1/{len(members)}"
            self.sheets.put("land.group_member", self.ids.new(), since, group, one.id, share, False)
        return group

    # --- on which paper --------------------------------------------------------------------------

    def _settle(self, holding: Holding, issued: date, *, later: bool) -> None:
        self._certify(holding, issued)
        self._uses(holding, later=later, old=issued < LAW_2003)

    def _certify(self, holding: Holding, issued: date) -> None:
        if self.random.random() < 0.07:
            return
        holding.certificate = self.ids.new()
        issuer = (
            "Sở Tài nguyên và Môi trường" if issued.year >= 2015 else f"Ủy ban nhân dân {self._district(holding.place)}"
        )
        book = f"{'CS' if issued.year >= 2015 else 'H'} {self.random.randint(1, 99_999):05d}"
        self.sheets.put(
            "land.certificate",
            holding.certificate,
            self.world.spans.since(issued),
            self.world.numbering.certificate(issued),
            book,
            issued,
            issuer,
            "IN_FORCE",
            None,
        )

    def _district(self, place: Place) -> str:
        return self.world.gazetteer.old[place.parent].name

    def _right(self, holding: Holding, holder: str, since: date, share: str | None = None) -> None:
        right = self.ids.new()
        holding.rights.append((right, holder, share))
        self.sheets.put(
            "land.right",
            right,
            self.world.spans.since(since),
            holding.id,
            "USE",
            holder,
            share,
            None,
            holding.certificate,
            None,
        )

    def _mortgage(self, holding: Holding, issued: date) -> None:
        begun = max(issued, date(2015, 1, 1)) + timedelta(days=self.random.randint(0, 30))
        bank, burdened = self.random.choice(self.banks), holding.rights[0][0]
        holding.mortgage = self.ids.new()
        valid = self.world.spans.since(min(begun, LOADED))
        self.sheets.put(
            "land.right", holding.mortgage, valid, holding.id, "MORTGAGE", bank.id, None, None, None, burdened
        )

    # --- what it is used for, what lies on it, what stops it --------------------------------------

    def _uses(self, holding: Holding, *, later: bool, old: bool = False) -> None:
        lot, place = holding.lot, holding.place
        origin = LATER_ORIGINS.draw(self.random) if later else FIRST_ORIGINS[lot.built].draw(self.random)
        if not lot.built:
            sort = "mountain" if place.mountain else "town" if place.urban else "village"
            until = some_day_of_year(2043 if sort == "village" else 2063)
            self._use(holding, PURPOSES[sort].draw(self.random), self._area(lot.area), origin, until)
        elif place.urban or lot.area < 250:
            self._use(holding, "ODT" if place.urban else "ONT", self._area(lot.area), origin, None)
        else:
            house, unknown = round(min(200.0, lot.area / 2)), old and self.random.random() < 0.5
            self._use(holding, "ONT", None if unknown else str(house), origin, None)
            self._use(holding, "CLN", None if unknown else f"{lot.area - house:.1f}", origin, some_day_of_year(2063))

    def _use(self, holding: Holding, purpose: str, area: str | None, origin: str, until: str | None) -> None:
        use = self.ids.new()
        holding.uses.append((use, purpose, area))
        valid = self.world.spans.since(holding.since)
        self.sheets.put("land.land_use", use, valid, holding.id, purpose, area, False, until is None, until, origin)

    def _house(self, holding: Holding) -> None:
        random, floors = self.random, self.random.choice((1, 1, 1, 2, 2, 3))
        ground = round(holding.lot.area * random.uniform(0.25, 0.5), 1)
        finished = holding.since.year + random.randint(0, 6)
        self.sheets.put(
            "land.asset",
            self.ids.new(),
            self.world.spans.since(date(finished, 12, 31)),
            holding.id,
            "HOUSE",
            f"{ground:.1f}",
            f"{ground * floors:.1f}",
            floors,
            some_day_of_year(finished),
            "STANDING",
            footprint(holding.lot.corners, ground / holding.lot.area, self.world.plane.srid),
        )

    def _block(self, holding: Holding) -> None:
        day = LOADED - timedelta(days=self.random.randint(30, 900))
        self.sheets.put(
            "land.block",
            self.ids.new(),
            self.world.spans.since(day),
            holding.id,
            False,
            True,
            self.random.random() < 0.4,
            "Chi cục Thi hành án dân sự",
            f"{self.random.randint(1, 900)}/CV-THADS",
            day,
            "Bảo đảm thi hành án",
        )

"""Who holds a parcel, on which paper: single holders, couples, households at grant, several with shares; mortgages."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from random import Random

from baseregistry.seed.chance import Identities
from baseregistry.seed.companies import Firm
from baseregistry.seed.families import LOADED, Household, Person
from baseregistry.seed.gazetteer import Place
from baseregistry.seed.sheets import Sheets
from baseregistry.seed.streets import Lot
from baseregistry.seed.world import World

LAND_LAW = date(2004, 7, 1)  # of 2003; what was granted to households was mostly granted before
LAST_PAPER = date(2018, 11, 30)
OF_AGE = timedelta(days=18 * 366)
SHARES = (("1/2", "1/2"), ("1/3", "1/3", "1/3"), ("1/3", "2/3"), ("1/4", "1/4", "1/2"), ("2/5", "2/5", "1/5"))


@dataclass(slots=True, eq=False)
class Holding:
    """A parcel to which something may happen: `uses` as (id, purpose, area), `rights` as (id, holder's id, share)."""

    id: str
    lot: Lot
    place: Place
    since: date
    documented: str
    household: Household | None = None
    holder: Person | None = None  # when it is one person
    uses: list[tuple[str, str, str | None]] = field(default_factory=list)
    rights: list[tuple[str, str, str | None]] = field(default_factory=list)
    certificate: str | None = None
    mortgaged: bool = False


@dataclass
class Rights:
    """Registers rights on a sheet, with their holders' groups and their certificates."""

    world: World
    random: Random
    ids: Identities
    sheets: Sheets
    banks: Sequence[Firm]
    _couples: dict[str, str] = field(default_factory=dict)

    def own(self, holding: Holding, household: Household) -> date:
        """The household's: its head's, the couple's, or all its members' as of a grant.  Returns the day of the paper."""
        granted = date(max(holding.since.year, household.formed.year) + 1, 6, 1)
        if granted < LAND_LAW and self.random.random() < 0.3:
            self._certify(holding, granted)
            self._right(holding, self._household_at_grant(household, granted), granted)
            return granted
        head, spouse = household.head, household.spouse
        issued = self._paper(max(holding.since, head.born + OF_AGE, household.formed))
        self._certify(holding, issued)
        if spouse and self.random.random() < 0.62:
            self._right(holding, self._couple(household, spouse), issued)
        else:
            holding.holder = head
            self._right(holding, head.id, issued)
        if self.random.random() < 0.06:
            self._mortgage(holding, issued)
        return issued

    def shared(self, holding: Holding, holders: Sequence[Person]) -> date:
        """Rights of several with exact shares.  Returns the day of the paper."""
        shares = self.random.choice(SHARES)
        chosen = self.random.sample(holders, min(len(shares), len(holders)))
        issued = self._paper(max(holding.since, max(one.born for one in chosen) + OF_AGE))
        self._certify(holding, issued)
        for holder, share in zip(chosen, shares, strict=False):
            self._right(holding, holder.id, issued, share)
        return issued

    def firm(self, holding: Holding, firm: Firm) -> date:
        """A firm's.  Returns the day of the paper."""
        issued = self._paper(max(firm.founded, holding.since))
        self._certify(holding, issued)
        self._right(holding, firm.id, issued)
        return issued

    def village(self, holding: Holding) -> None:
        """Common land of the people of a village."""
        since, group = self._paper(holding.since), self.ids.new()
        street = holding.lot.address.rpartition(", ")[2].removeprefix("Xứ đồng ")
        name = f"Cộng đồng dân cư {street if street.startswith('Thôn') else f'tổ dân phố {holding.lot.sheet}'}"
        self.sheets.put("land.party_group", group, self.world.spans.since(since), "COMMUNITY", name, None)
        self._right(holding, group, since)

    def _paper(self, earliest: date) -> date:
        """The day of a certificate, from `earliest` to the eve of the first load."""
        return earliest + timedelta(days=self.random.randint(0, max(0, (LAST_PAPER - earliest).days)))

    def _couple(self, household: Household, spouse: Person) -> str:
        """The couple as one holder, made when it first holds something."""
        if household.id not in self._couples:
            head, since = household.head, self.world.spans.since(household.formed)
            husband, wife = (head, spouse) if head.sex == "M" else (spouse, head)
            self._couples[household.id] = group = self.ids.new()
            name, proof = f"Ông {husband.name} và bà {wife.name}", f"Đăng ký kết hôn năm {household.formed.year}"
            self.sheets.put("land.party_group", group, since, "COUPLE", name, proof)
            for one in (husband, wife):
                self.sheets.put("land.group_member", self.ids.new(), since, group, one.id, None, True)
        return self._couples[household.id]

    def _household_at_grant(self, household: Household, granted: date) -> str:
        """Those who lived in the household on the day of the grant, each with an equal share."""
        members = [one for one in household.members if one.born < granted]
        group, since = self.ids.new(), self.world.spans.since(granted)
        name = f"Hộ {'ông' if household.head.sex == 'M' else 'bà'} {household.head.name}"
        self.sheets.put("land.party_group", group, since, "HOUSEHOLD_AT_GRANT", name, None)
        for one in members:
            share = f"1/{len(members)}"
            self.sheets.put("land.group_member", self.ids.new(), since, group, one.id, share, False)
        return group

    def _certify(self, holding: Holding, issued: date) -> None:
        """A certificate for most; some rights have none yet."""
        if self.random.random() < 0.07:
            return
        district, late = self.world.gazetteer.old[holding.place.parent].name, issued.year >= 2015
        issuer = "Sở Tài nguyên và Môi trường" if late else f"Ủy ban nhân dân {district}"
        book = f"{'CS' if late else 'H'} {self.random.randint(1, 99_999):05d}"
        holding.certificate, since = self.ids.new(), self.world.spans.since(issued)
        serial = self.world.numbering.certificate(issued)
        self.sheets.put("land.certificate", holding.certificate, since, serial, book, issued, issuer, "IN_FORCE", None)

    def _right(self, holding: Holding, holder: str, since: date, share: str | None = None) -> None:
        right, paper, valid = self.ids.new(), holding.certificate, self.world.spans.since(since)
        holding.rights.append((right, holder, share))
        self.sheets.put("land.right", right, valid, holding.id, "USE", holder, share, None, paper, None)

    def _mortgage(self, holding: Holding, issued: date) -> None:
        begun = min(max(issued, date(2015, 1, 1)) + timedelta(days=self.random.randint(0, 30)), LOADED)
        bank, burdened, valid = self.random.choice(self.banks).id, holding.rights[0][0], self.world.spans.since(begun)
        holding.mortgaged = True
        self.sheets.put("land.right", self.ids.new(), valid, holding.id, "MORTGAGE", bank, None, None, None, burdened)

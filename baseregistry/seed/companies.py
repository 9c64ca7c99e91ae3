"""Enterprises with valid tax codes, who owns and represents them, what they do; household businesses; the banks."""

import csv
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from pathlib import Path
from random import Random

from baseregistry.seed.chance import Identities, Urn
from baseregistry.seed.families import LOADED, Person
from baseregistry.seed.gazetteer import Place
from baseregistry.seed.names import FIRMS
from baseregistry.seed.sheets import Sheets
from baseregistry.seed.world import World

FORMS = Urn({"TNHH1TV": 46, "TNHH2TV": 25, "CP": 17, "DNTN": 11, "HD": 1})
STYLED = {
    "TNHH1TV": "Công ty TNHH Một thành viên",
    "TNHH2TV": "Công ty TNHH",
    "CP": "Công ty Cổ phần",
    "DNTN": "Doanh nghiệp tư nhân",
    "HD": "Công ty Hợp danh",
}
OWNERS = {
    "TNHH1TV": ("OWNER", ("1/1",)),
    "DNTN": ("OWNER", ("1/1",)),
    "TNHH2TV": ("MEMBER", ("3/5", "2/5")),
    "CP": ("FOUNDING_SHAREHOLDER", ("1/2", "3/10", "1/5")),
    "HD": ("GENERAL_PARTNER", ("1/2", "1/2")),
}
POSITIONS = {"DNTN": "PRIVATE_OWNER", "CP": "GENERAL_DIRECTOR"}
TROUBLES = Urn(
    {
        ("TAM_NGUNG", "ENTERPRISE"): 45,
        ("KHONG_TAI_DIA_CHI", "TAX"): 22,
        ("DANG_GIAI_THE_CHIA_HOP_SAP_NHAP", "REGISTRY"): 11,
        ("DA_GIAI_THE_PHA_SAN_CHAM_DUT", "REGISTRY"): 22,
    }
)
CAPITALS = (100, 200, 500, 900, 1_000, 1_900, 3_000, 5_000, 9_900, 20_000)  # million đồng
BANKS = ("Ngân hàng TMCP Mẫu Sông Hàn", "Ngân hàng TMCP Mẫu Thu Bồn", "Quỹ tín dụng nhân dân Mẫu Trường Giang")
MONEY = "6419"


def _lines() -> dict[str, str]:
    with (Path(__file__).parent / "business_lines.csv").open(encoding="utf-8", newline="") as file:
        return {row["code"]: row["name"] for row in csv.DictReader(file)}


LINES = _lines()


@dataclass(frozen=True, slots=True)
class Firm:
    """An enterprise, for those who deal with it."""

    id: str
    name: str
    place: Place
    founded: date


@dataclass
class Companies:
    """Registers enterprises on a sheet."""

    world: World
    random: Random
    ids: Identities
    sheets: Sheets

    def banks(self, place: Place) -> list[Firm]:
        """Invented lenders, for mortgages."""
        founded = date(1995, 4, 3)
        return [self._firm(name, "CP", place, founded, f"{18 + n} Bạch Đằng", (MONEY,)) for n, name in enumerate(BANKS)]

    def found(self, place: Place, people: Sequence[Person], address: str) -> Firm:
        """An enterprise of some of `people`, all of age when it was founded."""
        random, form = self.random, FORMS.draw(self.random)
        kind, shares = OWNERS[form]
        owners = random.sample(people, min(len(shares), len(people)))
        founded = self._founded(owners)
        words = FIRMS.draw(random)
        lines = random.sample([code for code in LINES if code != MONEY], random.choice((1, 2, 2, 3)))
        firm = self._firm(f"{STYLED[form]} {words} {random.randint(2, 99)}", form, place, founded, address, lines)
        since = self.world.spans.since(founded)
        for person, share in zip(owners, shares, strict=False):
            self.sheets.put("enterprise.owner", self.ids.new(), since, firm.id, person.id, kind, share, None)
        position = POSITIONS.get(form, "DIRECTOR")
        self.sheets.put("enterprise.representative", self.ids.new(), since, firm.id, owners[0].id, position)
        if random.random() < 0.08:
            self._branch(firm, founded)
        return firm

    def household_business(self, owner: Person, place: Place, address: str) -> None:
        founded, commune = self._founded([owner]), self.world.units[place.code]
        self.sheets.put(
            "enterprise.household_business",
            self.ids.new(),
            self.world.spans.since(founded),
            f"{place.parent}-{self.world.numbering.serial('household business')}",
            self.world.numbering.tax_code() if self.random.random() < 0.8 else None,
            owner.id,
            f"Hộ kinh doanh {owner.name}",
            "DANG_HOAT_DONG",
            "REGISTRY",
            self.random.choice(CAPITALS[:5]) * 1_000_000,
            founded,
            commune,
            address,
        )

    def _founded(self, people: Sequence[Person]) -> date:
        earliest = max(max(person.born for person in people) + timedelta(days=22 * 366), date(2000, 1, 1))
        return earliest + timedelta(days=self.random.randint(0, max(0, (LOADED - earliest).days - 1)))

    def _firm(self, name: str, form: str, place: Place, founded: date, address: str, lines: Sequence[str]) -> Firm:  # noqa: PLR0913
        firm = Firm(self.ids.new(), name, place, founded)
        code, capital = self.world.numbering.tax_code(), self.random.choice(CAPITALS) * 1_000_000
        for valid, status, origin in self._statuses(founded, steady=lines == (MONEY,)):
            self.sheets.put(
                "enterprise.enterprise",
                firm.id,
                valid,
                code,
                name,
                None,
                form,
                status,
                origin,
                capital,
                founded,
                self.world.units[place.code],
                address,
            )
        since = self.world.spans.since(founded)
        for number, line in enumerate(lines):
            self.sheets.put(
                "enterprise.business_line", self.ids.new(), since, firm.id, "VSIC2018", line, LINES[line], number == 0
            )
        return firm

    def _statuses(self, founded: date, *, steady: bool) -> list[tuple[str, str, str]]:
        """Active since it was founded, or until trouble came."""
        active = ("DANG_HOAT_DONG", "REGISTRY")
        days = (LOADED - founded).days
        if steady or days < 400 or self.random.random() < 0.86:
            return [(self.world.spans.since(founded), *active)]
        trouble = founded + timedelta(days=self.random.randint(365, days))
        return [
            (self.world.spans.between(founded, trouble), *active),
            (self.world.spans.since(trouble), *TROUBLES.draw(self.random)),
        ]

    def _branch(self, firm: Firm, founded: date) -> None:
        number = f"{self.random.randint(1, 99_999):05d}"
        self.sheets.put(
            "enterprise.dependent_unit",
            self.ids.new(),
            self.world.spans.since(founded),
            firm.id,
            "DDKD",
            None,
            number,
            f"Địa điểm kinh doanh số {int(number)} - {firm.name}",
            "DANG_HOAT_DONG",
            self.world.units[firm.place.code],
            f"Đường số {self.random.randint(1, 30)}",
        )

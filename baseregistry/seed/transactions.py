"""What happens to parcels after the first load, each as a change of its own: sales, gifts, splits, mortgages,
corrections, blocks, and one block that was never so."""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from random import Random
from typing import Any

from baseregistry.registries.acts import Act
from baseregistry.registries.ledger import Document, Kind
from baseregistry.seed.agencies import agency, provenance
from baseregistry.seed.chance import Identities
from baseregistry.seed.companies import Firm
from baseregistry.seed.dates import recorded, some_day
from baseregistry.seed.deeds import Deeds, Event
from baseregistry.seed.families import Person
from baseregistry.seed.footprints import area, contains, halves, multipolygon
from baseregistry.seed.gazetteer import REORGANISED
from baseregistry.seed.rights import Holding
from baseregistry.seed.world import World

FURTHER_NUMBERS = (400, 800)  # beyond every number of a sheet: the two parcels of a split
Shares = list[tuple[Person, str | None]]  # who holds which part; None is the whole
REASONS = {
    Kind.CORRECTION: "Sai sót khi nhập diện tích từ hồ sơ giấy",
    Kind.RETRACTION: "Ngăn chặn nhầm thửa đất",
}


@dataclass
class Transactions:
    """Makes events of parcels.  `people`: who may buy; `banks`: who lends."""

    world: World
    deeds: Deeds
    random: Random
    ids: Identities
    people: list[Person]
    banks: list[Firm]

    @property
    def sorts(self) -> tuple[Callable[[Holding], Iterator[Event]], ...]:
        """Each sort of event, in the order in which they take turns."""
        return (
            self.sale,
            self.split,
            self.correction,
            self.mortgage,
            self.gift,
            self.wrong_block,
            self.sale,
            self.purpose,
            self.block,
            self.split,
        )

    def sale(self, holding: Holding) -> Iterator[Event]:
        """The whole right passes to a buyer, with a new certificate."""
        day, buyer = some_day(self.random), self.random.choice(self.people)
        yield self._event(
            holding,
            day,
            "CHUYEN_NHUONG",
            [*self._end_rights(holding, day), *self._grant(holding, day, [(buyer, None)])],
        )

    def gift(self, holding: Holding) -> Iterator[Event]:
        """Half of it is given to another: two holders with a half each."""
        day, donee = some_day(self.random), self.random.choice(self.people)
        holder = holding.holder
        if holder and donee is not holder:
            shares: Shares = [(holder, "1/2"), (donee, "1/2")]
            yield self._event(
                holding, day, "TANG_CHO", [*self._end_rights(holding, day), *self._grant(holding, day, shares)]
            )

    def split(self, holding: Holding) -> Iterator[Event]:
        """Two parcels in place of one, which is retired; the rights go on in both."""
        day, commune = some_day(self.random), self._commune
        share = self.random.uniform(0.35, 0.65)
        acts = [self.deeds.change("land.parcel", holding.id, day, status="RETIRED")]
        acts += [self.deeds.end("land.land_use", use, day) for use, _, _ in holding.uses]
        acts += [self.deeds.end("land.right", right, day) for right, _, _ in holding.rights]
        for corners, number in zip(halves(holding.lot.corners, share), FURTHER_NUMBERS, strict=True):
            child = self.ids.new()
            measured = f"{area(corners):.1f}"
            acts.append(
                self.deeds.register(
                    "land.parcel",
                    child,
                    day,
                    commune=commune(holding, day, corners),
                    numbering_commune=commune(holding, day, corners),
                    map_sheet=str(holding.lot.sheet),
                    parcel_number=str(holding.lot.number + number),
                    documented_area=measured,
                    surveyed_area=measured,
                    address=holding.lot.address,
                    status="CURRENT",
                    geometry=multipolygon(corners, self.world.plane.srid),
                )
            )
            acts += self._carried_over(holding, child, day, measured)
        yield self._event(holding, day, "TACH_HOP_THUA", acts)

    def _carried_over(self, holding: Holding, child: str, day: date, measured: str) -> Iterator[Act]:
        yield self.deeds.register(
            "land.lineage", self.ids.new(), day, parent=holding.id, child=child, kind="SPLIT", area=measured
        )
        certificate, issued = self._certificate(holding, day)
        yield issued
        purpose = holding.uses[0][1]
        yield self.deeds.register(
            "land.land_use", self.ids.new(), day, parcel=child, purpose=purpose, area=measured, shared=False
        )
        for _, holder, share in holding.rights:
            yield self.deeds.register(
                "land.right",
                self.ids.new(),
                day,
                parcel=child,
                kind="USE",
                holder=holder,
                share=share,
                certificate=certificate,
            )

    def mortgage(self, holding: Holding) -> Iterator[Event]:
        """A loan on the parcel, paid back after one to two years."""
        day = some_day(self.random, last=date(2024, 6, 1))
        paid = some_day(self.random, day + timedelta(days=400), day + timedelta(days=700))
        mortgage, bank = self.ids.new(), self.random.choice(self.banks)
        begun = self.deeds.register(
            "land.right",
            mortgage,
            day,
            parcel=holding.id,
            kind="MORTGAGE",
            holder=bank.id,
            encumbers=holding.rights[0][0],
        )
        yield self._event(holding, day, "THE_CHAP", [begun])
        yield self._event(holding, paid, "XOA_THE_CHAP", [self.deeds.end("land.right", mortgage, paid)])

    def correction(self, holding: Holding) -> Iterator[Event]:
        """The documented area was never right: corrected since the parcel exists, approved by another officer."""
        measured = f"{holding.lot.area:.1f}"
        documented = f"{holding.lot.area + self.random.choice((-1, 1)) * self.random.uniform(1, 4):.1f}"
        right = measured if holding.documented != measured else documented
        act = self.deeds.correct("land.parcel", holding.id, holding.since, documented_area=right)
        yield self._event(holding, some_day(self.random), "DINH_CHINH", [act], Kind.CORRECTION)

    def purpose(self, holding: Holding) -> Iterator[Event]:
        """The parcel is used for something else."""
        day = some_day(self.random)
        purpose = "TMD" if holding.lot.built else "CLN"
        use, _, used = holding.uses[0]
        begun = self.deeds.register(
            "land.land_use", self.ids.new(), day, parcel=holding.id, purpose=purpose, area=used, shared=False
        )
        yield self._event(holding, day, "CHUYEN_MD_XIN_PHEP", [self.deeds.end("land.land_use", use, day), begun])

    def block(self, holding: Holding) -> Iterator[Event]:
        """A court stops all dealings for some months."""
        day = some_day(self.random, last=date(2025, 12, 1))
        block, placed = self._blocked(holding, day)
        lifted = some_day(self.random, day + timedelta(days=45), day + timedelta(days=160))
        yield self._event(holding, day, "TRANH_CHAP", [placed])
        yield self._event(holding, lifted, "TRANH_CHAP", [self.deeds.end("land.block", block, lifted)])

    def wrong_block(self, holding: Holding) -> Iterator[Event]:
        """A block on the wrong parcel, retracted: it was never so."""
        day = some_day(self.random, last=date(2025, 12, 1))
        block, placed = self._blocked(holding, day)
        found = some_day(self.random, day + timedelta(days=45), day + timedelta(days=120))
        yield self._event(holding, day, "TRANH_CHAP", [placed])
        yield self._event(holding, found, "TRANH_CHAP", [self.deeds.retract("land.block", block)], Kind.RETRACTION)

    # --- parts of them ---------------------------------------------------------------------------

    def _end_rights(self, holding: Holding, day: date) -> Iterator[Act]:
        for right, _, _ in holding.rights:
            yield self.deeds.end("land.right", right, day)

    def _grant(self, holding: Holding, day: date, shares: Shares) -> Iterator[Act]:
        if holding.certificate:
            yield self.deeds.change("land.certificate", holding.certificate, day, status="REPLACED")
        certificate, issued = self._certificate(holding, day)
        yield issued
        for holder, share in shares:
            yield self.deeds.register(
                "land.right",
                self.ids.new(),
                day,
                parcel=holding.id,
                kind="USE",
                holder=holder.id,
                share=share,
                certificate=certificate,
            )

    def _certificate(self, holding: Holding, day: date) -> tuple[str, Act]:
        certificate = self.ids.new()
        issuer = f"Chi nhánh {agency('land', self.world.province(holding.place), day)}"
        return certificate, self.deeds.register(
            "land.certificate",
            certificate,
            day,
            serial=self.world.numbering.certificate(day),
            register_number=f"VP {self.random.randint(1, 99_999):05d}",
            issued_on=day,
            issuer=issuer,
            status="IN_FORCE",
            replaces=holding.certificate,
        )

    def _blocked(self, holding: Holding, day: date) -> tuple[str, Act]:
        block = self.ids.new()
        return block, self.deeds.register(
            "land.block",
            block,
            day,
            parcel=holding.id,
            stops_certificate=False,
            stops_transaction=True,
            stops_change=True,
            authority="Tòa án nhân dân khu vực" if day >= REORGANISED else "Tòa án nhân dân huyện",
            document_number=f"{self.random.randint(1, 300)}/{day.year}/QĐ-BPKCTT",
            document_date=day,
            reason="Biện pháp khẩn cấp tạm thời trong tranh chấp",
        )

    def _commune(self, holding: Holding, day: date, corners: Any) -> str:
        """The commune in which a new parcel lies; in a commune that was split, the one whose part holds it."""
        code = holding.place.code
        if day >= REORGANISED:
            for (old, new), part in self.world.cells.parts.items():
                if old == code and contains(part, corners):
                    return self.world.today[new]
        return self.world.commune(code, day)

    def _event(
        self, holding: Holding, day: date, event: str, acts: Iterable[Act], kind: Kind = Kind.REAL_WORLD_CHANGE
    ) -> Event:
        province, moment = self.world.province(holding.place), recorded(self.random, day)
        said = {
            "event": event,
            "case": f"{province}.{self.random.randint(1, 99_999):05d}.{day.year}",
            "reason": REASONS.get(kind),
            "document": Document(f"{self.random.randint(1, 9999)}/{day.year}/{event.replace('_', '')}", day),
        }
        return Event(moment, provenance("land", province, moment, kind, **said), tuple(acts))

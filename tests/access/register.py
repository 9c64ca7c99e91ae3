"""An access register for tests: units before and after 2025-07-01, and grants written through the one writer."""

import hashlib
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

from baseregistry import db
from baseregistry.access.errands import Errand
from baseregistry.access.tokens import Caller
from baseregistry.registries import acts, changes
from baseregistry.registries.acts import Act, Period, Verb
from baseregistry.registries.ledger import Kind, Provenance
from baseregistry.registries.values import read
from tests.conftest import Database

OLD = datetime(2015, 1, 1, tzinfo=UTC)
REFORM = datetime(2025, 6, 30, 17, tzinfo=UTC)  # 2025-07-01 in Đà Nẵng
UNIT, SUCCESSION = "administration.unit", "administration.succession"


def caller(client: str | None = "tax", issuer: str = "baseregistry:local") -> Caller:
    """Somebody with a token that names a client."""
    return Caller("lan.tran", 0.0, 4e9, client, issuer)


def errand(purpose: str | None = "land-tax", official: str | None = None) -> Errand:
    return Errand(purpose, "HS-1", official)


@dataclass
class Register:
    """Writes records under names; each name is always the same record."""

    database: Database
    kinds: dict[str, Any] = field(init=False)

    def __post_init__(self) -> None:
        self.kinds = self.database.installation.declarations.entities

    def id(self, name: str) -> UUID:
        return UUID(bytes=hashlib.sha256(name.encode()).digest()[:16], version=4)

    def register(self, entity: str, name: str, period: Period = Period(OLD), /, **values: Any) -> Act:
        return acts.register(self.kinds[entity], self.id(name), period, self._read(entity, values))

    def change(self, entity: str, name: str, at: datetime, /, **values: Any) -> Act:
        return acts.change(self.kinds[entity], self.id(name), Period(at), self._read(entity, values))

    def end(self, entity: str, name: str, at: datetime) -> Act:
        return acts.end(self.kinds[entity], self.id(name), at)

    def write(self, *said: Act, kind: Kind | None = None) -> int:
        """One change; its position."""
        registers = all(act.verb is Verb.REGISTER for act in said)
        kind = kind or (Kind.REGISTRATION if registers else Kind.REAL_WORLD_CHANGE)
        provenance = Provenance(kind=kind, agency="Sở Tư pháp", recorded_by="lan.tran", approved_by="minh.le")
        with db.writing(self.database.engine) as writing:
            return changes.record(writing, self.database.installation, provenance, said).position

    def _read(self, entity: str, values: dict[str, Any]) -> dict[str, Any]:
        kinds = self.kinds[entity].by_name
        return {name: read(kinds[name].kind, value, place=name) for name, value in values.items()}

    # --- what the tests begin with ---------------------------------------------------------------------

    def unit(self, name: str, code: str, parent: str | None = None, begin: datetime = OLD) -> Act:
        values = {"code": code, "name": name, "level": "COMMUNE" if parent else "PROVINCE"}
        if parent:
            values["parent"] = str(self.id(parent))
        return self.register(UNIT, name, Period(begin), **values)

    def before(self) -> None:
        """A province with three communes, as they were in 2015."""
        communes = [
            self.unit(name, code, "Quảng Nam") for name, code in (("A", "20101"), ("B", "20102"), ("C", "20103"))
        ]
        self.write(self.unit("Quảng Nam", "49"), *communes)

    def reform(self) -> None:
        """2025-07-01: A goes wholly into X, which gets the code of B; B is split into X and Y; C goes wholly into Y."""
        ended = [self.end(UNIT, name, REFORM) for name in ("A", "B", "C", "Quảng Nam")]
        begun = [
            self.unit("Đà Nẵng", "48", begin=REFORM),
            self.unit("X", "20102", "Đà Nẵng", REFORM),
            self.unit("Y", "20199", "Đà Nẵng", REFORM),
        ]
        went = [("A", "X", "WHOLE"), ("B", "X", "PART"), ("B", "Y", "PART"), ("C", "Y", "WHOLE")]
        followed = [self.succession(*one) for one in (*went, ("Quảng Nam", "Đà Nẵng", "WHOLE"))]
        self.write(*ended, *begun, *followed, kind=Kind.REORGANISATION)

    def succession(self, old: str, new: str, coverage: str, begin: datetime = REFORM) -> Act:
        values = {"predecessor": str(self.id(old)), "successor": str(self.id(new)), "coverage": coverage}
        return self.register(SUCCESSION, f"{old} → {new}", Period(begin), **values)

    def callers(self) -> None:
        """The tax department, its client `tax`, and the purpose `land-tax`."""
        agency = {"agency": str(self.id("department"))}
        self.write(
            self.register("access.agency", "department", code="H17.TAX", name_vi="Thuế thành phố", status="ACTIVE"),
            self.register("access.client", "tax", client_id="tax", name="eTax", status="ACTIVE", **agency),
            self.register("access.official", "cb01", pseudonym="cb01", role="HANDLING", status="ACTIVE", **agency),
            self.register(
                "access.purpose",
                "land-tax",
                code="land-tax",
                title_vi="Thu thuế sử dụng đất",
                kind="TASK",
                legal_basis="Luật Quản lý thuế 38/2019/QH14",
                status="ACTIVE",
            ),
        )

    def grant(self, name: str, *paths: str, units: tuple[str, ...] = (), period: Period = Period(OLD)) -> None:
        """A grant of `paths` in `units`; everywhere without units.  A path that begins with ~ is masked."""
        values = {"agency": str(self.id("department")), "purpose": str(self.id("land-tax"))}
        said = {"name": name, "legal_basis": "Điều 1", "everywhere": not units, **values}
        of_grant = {"of_grant": str(self.id(name))}
        acts_of = [self.register("access.grant", name, period, **said)]
        for path in paths:
            value = {"path": path.lstrip("~"), "masked": path.startswith("~")}
            acts_of.append(self.register("access.granted_path", f"{name} {path}", period, **of_grant, **value))
        for unit in units:
            where = {"unit": str(self.id(unit))}
            acts_of.append(self.register("access.granted_unit", f"{name} {unit}", period, **of_grant, **where))
        self.write(*acts_of)

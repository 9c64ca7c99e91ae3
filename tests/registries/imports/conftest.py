"""An office with one commune, and files to bring to it."""

import json
from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from uuid import UUID, uuid4

import pytest

from baseregistry import db
from baseregistry.db import reading, writing
from baseregistry.registries import changes, ledger
from baseregistry.registries.acts import Period, register
from baseregistry.registries.imports import ImportOrder, Report, run_import
from baseregistry.registries.ledger import Kind, Provenance
from tests.conftest import Database, MakeDatabase, by_role

EAST, NORTH = 562_000, 1_756_000  # Hội An, in EPSG:5899
COMMUNE = "20410"
WORD = Provenance(kind=Kind.REGISTRATION, agency="Văn phòng đăng ký đất đai", recorded_by="an")
HAPPENED: dict[str, Any] = {"provenance": {"kind": Kind.REAL_WORLD_CHANGE}}
CORRECTED: dict[str, Any] = {"provenance": {"kind": Kind.CORRECTION, "approved_by": "binh", "reason": "x"}}


@dataclass
class Office:
    """A database and a folder of files."""

    database: Database
    folder: Path

    def run(self, entity: str, file: Path, **said: Any) -> Report:
        """Import `file`, as the role that writes; provenance as usual unless said otherwise."""
        provenance = replace(WORD, **said.pop("provenance", {}))
        order = ImportOrder(entity=entity, file=file, provenance=provenance, **said)
        engine = db.engine(
            by_role(self.database.url)["writing_url"].get_secret_value(), self.database.settings.schema_name
        )
        try:
            return run_import(engine, self.database.installation, order)
        finally:
            engine.dispose()

    def unit(self, code: str, begin: int = 1900, end: int | None = None, **more: Any) -> UUID:
        """Register a unit; years begin and end at midnight UTC."""
        entity, record = self.database.installation.declarations.entities["administration.unit"], uuid4()
        values = {"code": code, "name": f"Xã {code}", "level": "COMMUNE"} | more
        period = Period(datetime(begin, 1, 1, tzinfo=UTC), datetime(end, 1, 1, tzinfo=UTC) if end else None)
        with writing(self.database.engine) as session:
            changes.record(session, self.database.installation, WORD, [register(entity, record, period, values)])
        return record

    def ask(self, select: str, **values: Any) -> list[Any]:
        """The rows of a SELECT."""
        with reading(self.database.engine) as session:
            return list(session.execute(select, values).all())

    def head(self) -> int:
        with reading(self.database.engine) as session:
            return ledger.head(session).position

    def geojson(self, name: str, features: Iterable[dict[str, Any]], **members: Any) -> Path:
        """A FeatureCollection in EPSG:5899, one feature a line."""
        crs = {"type": "name", "properties": {"name": "urn:ogc:def:crs:EPSG::5899"}}
        head = json.dumps({"type": "FeatureCollection", **(members or {"crs": crs})})[:-1]
        lines = ",\n".join(json.dumps(feature, ensure_ascii=False) for feature in features)
        path = self.folder / name
        path.write_text(f'{head}, "features": [\n{lines}\n]}}\n', encoding="utf-8")
        return path

    def text(self, name: str, text: str, encoding: str = "utf-8") -> Path:
        path = self.folder / name
        path.write_bytes(text.encode(encoding))
        return path


def square(place: int, size: float = 25, *, east: float = EAST, north: float = NORTH) -> list[list[list[float]]]:
    """The coordinates of the square at `place` in a row of squares that touch."""
    west = east + place * size
    corners = [(west, north), (west + size, north), (west + size, north + size), (west, north + size), (west, north)]
    return [[list(corner) for corner in corners]]


def parcel(number: int, **properties: Any) -> dict[str, Any]:
    """A parcel as a land office exports it."""
    said = {
        "MaXa": COMMUNE,
        "SoHieuToBanDo": "12",
        "SoThuTuThua": str(number),
        "DienTichPhapLy": 625,
        "DiaChi": f"Tổ {number}, Hội An",
        "tu_ngay": "2015-03-01",
    } | properties
    geometry = {"type": "Polygon", "coordinates": said.pop("coordinates", square(number))}
    return {"type": "Feature", "properties": said, "geometry": geometry}


MakeOffice = Callable[..., Office]


@pytest.fixture
def make_office(make_database: MakeDatabase, tmp_path: Path) -> MakeOffice:
    """Makes offices: ``make_office(srid=2154)``."""
    return lambda **how: Office(make_database(**how), tmp_path)


@pytest.fixture
def office(make_office: MakeOffice) -> Office:
    """An office with the commune 20410."""
    made: Office = make_office()
    made.unit(COMMUNE)
    return made

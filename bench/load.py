"""The first load of a cadastral file and its re-import, against COPY of the same rows into the same table."""

import tempfile
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from uuid import uuid4

import numpy as np
import psycopg
import pyogrio
import shapely
import sqlalchemy as sa
from rich.console import Console
from rich.table import Table

from baseregistry import cluster, db
from baseregistry.migrations import run
from baseregistry.registries import changes
from baseregistry.registries.acts import Period, register
from baseregistry.registries.imports import run_import
from baseregistry.registries.imports.order import BATCH, ImportOrder, Report
from baseregistry.registries.installation import declared
from baseregistry.registries.ledger import Kind, Provenance
from baseregistry.registries.tables import Installation
from baseregistry.settings import Settings

SRID = 5899
WORD = Provenance(kind=Kind.REGISTRATION, agency="bench", recorded_by="bench")


@dataclass(frozen=True)
class Ground:
    """A migrated database of its own."""

    engine: sa.Engine
    installation: Installation
    url: str

    def connect(self) -> psycopg.Connection[Any]:
        return psycopg.connect(self.url, options="-c search_path=baseregistry,public", autocommit=True)


def measure(rows: int) -> None:
    """Import `rows` parcels with their boundaries, import them again, COPY them; print rows per second and ratios."""
    with tempfile.TemporaryDirectory() as folder, ground() as made:
        file = Path(folder) / "parcels.gpkg"
        write_parcels(file, rows)
        first = bring_in(made, file)
        again = bring_in(made, file)
        if (first.new, again.unchanged, again.changed, again.refused) != (rows, rows, 0, 0):
            raise SystemExit(f"the import did not do what is measured: {first} {again}")
        copied = _copy(made, rows)
    _print(rows, {"first import": rows / first.seconds, "re-import, unchanged": rows / again.seconds}, rows / copied)


def write_parcels(file: Path, rows: int, commune: str = "00001", north: float = 0) -> None:
    """A GeoPackage of `rows` rectangles of 20 by 25 m in rows of a thousand, with the usual Vietnamese column names.

    `north`: by how many metres further north than usual.
    """
    number = np.arange(rows)
    west, south = 550_000 + (number % 1000) * 20.0, 1_750_000 + north + (number // 1000) * 25.0
    boundaries = shapely.to_wkb(shapely.multipolygons(shapely.box(west, south, west + 20, south + 25)[:, None]))
    columns = {
        "MaXa": np.full(rows, commune, dtype=object),
        "SoHieuToBanDo": (number // 400).astype(str).astype(object),
        "SoThuTuThua": (number % 400).astype(str).astype(object),
        "DienTich": np.full(rows, 500.0),
        "DienTichPhapLy": np.full(rows, 500.1),
        "DiaChi": np.full(rows, "đường Hùng Vương", dtype=object),
    }
    pyogrio.raw.write(
        file, boundaries, list(columns.values()), list(columns), geometry_type="MultiPolygon", crs=f"EPSG:{SRID}"
    )


@contextmanager
def ground(communes: Sequence[str] = ("00001",)) -> Iterator[Ground]:
    """A database with these communes in it, while the block lasts."""
    with cluster.temporary() as running, running.used():
        name = f"bench_{uuid4().hex}"
        running.make_database(name)
        url = running.url(name)
        settings = Settings(srid=SRID)
        installation, engine = declared(settings), db.engine(url, settings.schema_name)
        run.upgrade(engine, installation)
        unit = installation.declarations.entities["administration.unit"]
        facts = {"name": "Xã Thử", "kind": "XA", "level": "COMMUNE"}
        with db.writing(engine) as writing:
            acts = [register(unit, uuid4(), Period(), facts | {"code": code}) for code in communes]
            changes.record(writing, installation, WORD, acts)
        yield Ground(engine, installation, url)
        engine.dispose()


def bring_in(ground: Ground, file: Path) -> Report:
    """Import a file that `write_parcels` wrote."""
    began = time.perf_counter()
    order = ImportOrder(entity="land.parcel", file=file, provenance=WORD, valid_from="2020-01-01")
    report = run_import(ground.engine, ground.installation, order, lambda *_: None)
    print(f"{file.name}: {time.perf_counter() - began:.1f} s, {report.new} new, {report.unchanged} unchanged")
    return report


def _copy(ground: Ground, rows: int) -> float:
    """Seconds that COPY takes for the same rows, all columns given, in transactions of the same size."""
    with ground.connect() as connection, ground.connect() as owner:
        columns = _columns(connection)
        with connection.cursor().copy(f"COPY land_parcel ({columns}) TO STDOUT") as out:
            lines = b"".join(bytes(block) for block in out).splitlines(keepends=True)
        owner.execute("ALTER TABLE land_parcel DISABLE TRIGGER append_only")
        owner.execute("TRUNCATE land_parcel")
        began = time.perf_counter()
        for start in range(0, rows, BATCH):
            with connection.cursor().copy(f"COPY land_parcel ({columns}) FROM STDIN") as into:
                into.write(b"".join(lines[start : start + BATCH]))
        return time.perf_counter() - began


def _columns(connection: psycopg.Connection[Any]) -> str:
    named = (
        "SELECT column_name FROM information_schema.columns WHERE table_name = 'land_parcel' AND is_generated = 'NEVER'"
    )
    return ", ".join(row[0] for row in connection.execute(named))


def _print(rows: int, rates: dict[str, float], copy: float) -> None:
    table = Table(
        title=f"{rows:,} parcels with boundaries, changes of {BATCH:,} rows, against COPY into the same table"
    )
    for column in ("what", "rows/s", "of COPY"):
        table.add_column(column, justify="left" if column == "what" else "right")
    table.add_row("COPY, with all indexes and constraints", f"{copy:,.0f}", "1.00 x")
    for what, rate in rates.items():
        table.add_row(what, f"{rate:,.0f}", f"{rate / copy:.2f} x")
    Console().print(table)

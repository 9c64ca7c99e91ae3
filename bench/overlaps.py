"""Overlaps among parcels of two communes: the rule with its coverage check, against all pairs in PostGIS."""

import tempfile
import time
from pathlib import Path
from typing import Any

import psycopg
from rich.console import Console
from rich.table import Table

from baseregistry import db
from baseregistry.registries.land.overlaps import CURRENT
from bench.load import Ground, bring_in, ground, write_parcels

PAIRWISE = f"""SELECT count(*) FROM land_parcel v JOIN land_parcel o ON o.geometry && v.geometry
 AND o.record_id > v.record_id AND {CURRENT.replace("v.", "o.")}
 WHERE {CURRENT} AND ST_Area(ST_Intersection(v.geometry, o.geometry)) > 0.001"""
CODE, SHIFTED = "land.parcel_overlaps", 3.0


def measure(parcels: int) -> None:
    """Import `parcels` parcels of one commune and as many of another that overlap them along its border; find the pairs."""
    with tempfile.TemporaryDirectory() as folder, ground(("00001", "00002")) as made:
        for number, commune in enumerate(("00001", "00002")):
            file = Path(folder) / f"{commune}.gpkg"
            north = number * ((parcels // 2 // 1000) * 25.0 - SHIFTED)
            write_parcels(file, parcels // 2, commune, north)
            bring_in(made, file)
        with made.connect() as connection:
            connection.execute("ANALYZE land_parcel")
            pairs, pairwise = _pairwise(connection)
        findings, ours = _found(made)
    if findings != 2 * pairs or not pairs:
        raise SystemExit(f"the rule finds {findings} parcels, PostGIS {pairs} pairs")
    table = Table(title=f"Overlaps of {parcels:,} parcels in two communes: {pairs:,} pairs")
    for column in ("what", "s", "ratio"):
        table.add_column(column, justify="left" if column == "what" else "right")
    table.add_row("all pairs in PostGIS", f"{pairwise:.2f}", "1.00 x")
    table.add_row(f"the rule {CODE}", f"{ours:.2f}", f"{pairwise / ours:.1f} x")
    Console().print(table)


def _pairwise(connection: psycopg.Connection[Any]) -> tuple[int, float]:
    began = time.perf_counter()
    row = connection.execute(PAIRWISE).fetchone()
    assert row is not None
    return row[0], time.perf_counter() - began


def _found(made: Ground) -> tuple[int, float]:
    (rule,) = (rule for rule in made.installation.rules if rule.code == CODE)
    with db.reading(made.engine) as reading:
        began = time.perf_counter()
        return len(rule.find(reading, None)), time.perf_counter() - began

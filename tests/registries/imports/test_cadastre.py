"""A real cadastre: 4,241 parcels of a French commune, in a database with a French CRS and time zone.

Nothing but the data is Vietnamese.
"""

from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pytest

from baseregistry.db import reading, writing
from baseregistry.registries import verification
from baseregistry.registries.tables import Installation
from tests.registries.imports.conftest import MakeOffice, Office

MAP = Path(__file__).with_name("cadastre.toml")


@pytest.fixture
def commune(make_office: MakeOffice) -> Office:
    """Épinay-sur-Orge, registered in a database in EPSG:2154 and Paris time."""
    office = make_office(srid=2154)
    ours = office.database.installation
    french = Installation(ours.declarations, ours.schema, 2154, "Europe/Paris", ours.rules)
    with writing(office.database.engine) as session:
        session.execute("UPDATE installation SET time_zone = 'Europe/Paris'")
    office.database = replace(office.database, installation=french)
    office.unit("91216", name="Épinay-sur-Orge")
    return office


def test_the_real_cadastre_goes_in_and_again_writes_nothing(commune: Office, test_data: Callable[[str], Path]) -> None:
    file = test_data("parcels/cadastre-91216-parcelles.json")
    refused = commune.folder / "refused.csv"
    report = commune.run("land.parcel", file, map=MAP, refused=refused)
    assert (report.rows, report.new, report.refused) == (4241, 4241, 0)
    assert len(report.positions) == 1
    assert not refused.exists()
    assert report.findings["land.parcel_overlaps"] == 6  # three overlaps, each told of both parcels
    assert report.findings["land.area_missing"] == 1
    assert report.findings["land.documented_area_differs"] == 1534  # boundary points known to 0.15 m; to 0.30 m: 647
    assert "land.ring_invalid" not in report.findings
    row = commune.ask(
        "SELECT lower(p.valid) AS since, documented_area, ST_SRID(geometry) AS srid, u.name FROM land_parcel p"
        " JOIN administration_unit u ON u.record_id = p.commune WHERE map_sheet = '000AB' AND parcel_number = '43'"
    )[0]
    assert (row.since, row.documented_area, row.srid) == (datetime(2021, 1, 27, 23, tzinfo=UTC), 5430, 2154)
    assert row.name == "Épinay-sur-Orge"
    head = commune.head()
    again = commune.run("land.parcel", file, map=MAP, refused=refused)
    assert (again.new, again.changed, again.unchanged, again.positions) == (0, 0, 4241, ())
    assert commune.head() == head
    with reading(commune.database.engine) as session:
        assert verification.verify(session, commune.database.installation).sound


def test_a_made_up_cadastre_goes_in_where_the_real_one_is_missing(commune: Office) -> None:
    features = [
        {
            "type": "Feature",
            "id": f"91216000AB{number:04}",
            "properties": {
                "id": f"91216000AB{number:04}",
                "commune": "91216",
                "prefixe": "000",
                "section": "AB",
                "numero": str(number),
                "contenance": 1100,
                "arpente": False,
                "created": "2004-02-25",
                "updated": "2021-05-04",
            },
            "geometry": {
                "type": "Polygon",
                "coordinates": [[[2.32 + number / 1000 + x, 48.67 + y] for x, y in SQUARE]],
            },
        }
        for number in range(1, 6)
    ]
    file = commune.geojson("parcelles.json", features, source="cadastre")
    assert commune.run("land.parcel", file, map=MAP).new == 5
    assert commune.run("land.parcel", file, map=MAP).unchanged == 5


SQUARE = [(0, 0), (0.0004, 0), (0.0004, 0.0003), (0, 0.0003), (0, 0)]

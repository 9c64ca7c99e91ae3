"""A file of parcels goes in once; again, it writes nothing; changed, it writes what changed."""

from datetime import UTC, datetime
from pathlib import Path

import numpy
import pyogrio
import pytest
import shapely

from baseregistry.registries.ledger import Kind
from tests.registries.imports.conftest import COMMUNE, HAPPENED, Office, parcel, square

SAID = {"valid_from": "tu_ngay"}
FEED = {"provenance": {"kind": Kind.CORRECTION, "feed": True}}


def test_parcels_go_in_with_their_facts_and_period(office: Office) -> None:
    report = office.run("land.parcel", office.geojson("a.geojson", [parcel(n) for n in range(3)]), **SAID)
    assert (report.rows, report.new, report.refused, report.lacking) == (3, 3, 0, 0)
    assert report.positions == (office.head(),)
    rows = office.ask(
        "SELECT p.*, lower(p.valid) AS since, upper_inf(p.valid) AS goes_on, u.code, ST_Area(geometry) AS area"
        " FROM land_parcel p JOIN administration_unit u ON u.record_id = p.numbering_commune ORDER BY parcel_number"
    )
    assert [(row.code, row.map_sheet, row.parcel_number, row.documented_area, row.area) for row in rows] == [
        (COMMUNE, "12", str(n), 625, 625) for n in range(3)
    ]
    assert rows[0].since == datetime(2015, 2, 28, 17, tzinfo=UTC)  # midnight of 2015-03-01 in Vietnam
    assert rows[0].goes_on
    assert (rows[0].status, rows[0].address) == ("CURRENT", "Tổ 0, Hội An")


def test_the_same_file_again_writes_nothing(office: Office) -> None:
    file = office.geojson("a.geojson", [parcel(n, KyHieuMucDichSuDung="ODT") for n in range(5)])
    assert office.run("land.parcel", file, **SAID).new == 5
    head = office.head()
    again = office.run("land.parcel", file, **SAID)
    assert (again.new, again.changed, again.unchanged, again.positions) == (0, 0, 5, ())
    assert office.head() == head


def test_what_changed_is_one_more_version_and_the_rest_is_untouched(office: Office) -> None:
    office.run("land.parcel", office.geojson("a.geojson", [parcel(n) for n in range(3)]), **SAID)
    later = [parcel(0), parcel(1, DienTichPhapLy=630.5, tu_ngay="2020-01-01"), parcel(2), parcel(3)]
    report = office.run("land.parcel", office.geojson("b.geojson", later), **SAID, **HAPPENED)
    assert (report.new, report.changed, report.unchanged) == (1, 1, 2)
    rows = office.ask(
        "SELECT documented_area, lower(valid) AS since, change FROM land_parcel WHERE parcel_number = '1'"
        " AND recorded_to IS NULL ORDER BY valid"
    )
    assert [(row.documented_area, row.since.year) for row in rows] == [(625, 2015), (630.5, 2019)]
    assert rows[0].change < rows[1].change == office.head()


def test_the_purpose_of_a_parcel_is_a_land_use_of_its_own_in_the_same_change(office: Office) -> None:
    first = [parcel(0, KyHieuMucDichSuDung="ODT"), parcel(1, KyHieuMucDichSuDung=None)]
    report = office.run("land.parcel", office.geojson("a.geojson", first), **SAID)
    assert len(report.positions) == 1
    uses = "SELECT l.purpose, p.parcel_number, l.recorded_from FROM land_land_use l JOIN land_parcel p"
    uses += " ON p.record_id = l.parcel AND p.recorded_to IS NULL WHERE l.recorded_to IS NULL ORDER BY lower(l.valid)"
    assert [tuple(row) for row in office.ask(uses)] == [("ODT", "0", office.head())]
    second = [parcel(0, KyHieuMucDichSuDung="CLN", tu_ngay="2018-01-01"), parcel(1, KyHieuMucDichSuDung="LUC")]
    report = office.run("land.parcel", office.geojson("b.geojson", second), **SAID, **HAPPENED)
    assert (report.new, report.changed, report.unchanged) == (0, 2, 0)
    assert sorted(row.purpose for row in office.ask(uses)) == ["CLN", "LUC", "ODT"]
    assert len(office.ask("SELECT DISTINCT record_id FROM land_land_use")) == 2


def test_a_file_without_the_commune_of_numbering_finds_parcels_by_where_they_lie(office: Office) -> None:
    old = office.unit("20404", 1950)
    office.run("land.parcel", office.geojson("a.geojson", [parcel(0), parcel(1)]), **SAID)
    numbered = office.text(
        "map.toml",
        'valid_from = "2016-01-01"\nignore = ["*"]\n[columns]\nMaXa = "commune"\nMaXaCu = "numbering_commune"\n',
    )
    moved = office.geojson("b.geojson", [parcel(7, MaXaCu="20404")])
    assert office.run("land.parcel", moved, map=numbered).new == 1
    report = office.run("land.parcel", office.geojson("c.geojson", [parcel(7, tu_ngay="2016-01-01")]), **SAID)
    assert (report.new, report.unchanged) == (0, 1)
    assert office.ask("SELECT numbering_commune AS it FROM land_parcel WHERE parcel_number = '7'")[0].it == old


@pytest.mark.parametrize("ending", ["gpkg", "shp", "csv", "geojson"])
def test_every_format_says_the_same(office: Office, ending: str) -> None:
    office.run("land.parcel", office.geojson("first.geojson", [parcel(n) for n in range(4)]), **SAID)
    file = office.folder / f"parcels.{ending}"
    _write(file, office)
    report = office.run("land.parcel", file, **SAID, **({"crs": "EPSG:5899"} if ending == "csv" else {}))
    assert (report.unchanged, report.refused, report.rows) == (4, 0, 4), report


def _write(file: Path, office: Office) -> None:
    features = [parcel(n) for n in range(4)]
    shapes = [shapely.Polygon(feature["geometry"]["coordinates"][0]) for feature in features]
    names = list(features[0]["properties"])
    if file.suffix == ".csv":
        lines = [";".join([*names, "geometry"])]
        for feature, shape in zip(features, shapes, strict=True):
            lines.append(";".join([*map(str, feature["properties"].values()), shape.wkt]))
        file.write_text("\n".join(lines), encoding="utf-8-sig")
    elif file.suffix == ".geojson":
        office.geojson(file.name, features)
    else:
        columns = [numpy.array([feature["properties"][name] for feature in features], dtype=object) for name in names]
        columns[names.index("DienTichPhapLy")] = numpy.array([625.0] * 4)
        driver = {".gpkg": "GPKG", ".shp": "ESRI Shapefile"}[file.suffix]
        short = [name[:10] if file.suffix == ".shp" else name for name in names]
        pyogrio.raw.write(
            file, shapely.to_wkb(shapes), columns, short, geometry_type="Polygon", crs="EPSG:5899", driver=driver
        )


def test_unknown_begin_is_unbounded_only_where_the_map_says_so(office: Office) -> None:
    file = office.geojson("a.geojson", [parcel(0), parcel(1, tu_ngay=None)])
    report = office.run("land.parcel", file, **SAID)
    assert report.refusals == {"input.no_valid_from": 1}
    units = office.text("units.csv", "code,name,level,since\nA1,Xã A,COMMUNE,\nA2,Xã B,COMMUNE,2001-05-06\n")
    said = office.text("map.toml", 'valid_from = "since"\nunknown_begin = "unbounded"')
    assert office.run("administration.unit", units, map=said).new == 2
    rows = office.ask("SELECT lower_inf(valid) AS it FROM administration_unit WHERE code LIKE 'A_' ORDER BY code")
    assert [row.it for row in rows] == [True, False]


def test_an_inclusive_end_is_the_first_instant_of_the_next_day(office: Office) -> None:
    units = office.text("units.csv", "code,name,level,valid_from,valid_to\nA1,Xã A,COMMUNE,2001-01-01,2025-06-30\n")
    assert office.run("administration.unit", units, end_inclusive=True).new == 1
    ends = office.ask("SELECT upper(valid) AS it FROM administration_unit WHERE code = 'A1'")
    assert ends[0].it == datetime(2025, 6, 30, 17, tzinfo=UTC)
    assert office.run("administration.unit", units, end_inclusive=True).unchanged == 1


def test_a_retired_parcel_stays_valid_with_its_status(office: Office) -> None:
    file = office.geojson("a.geojson", [parcel(0, den_ngay="2020-01-01"), parcel(1, den_ngay=None)])
    said = SAID | {"valid_to": "den_ngay"}
    assert office.run("land.parcel", file, **said).new == 2
    rows = office.ask(
        "SELECT status, upper_inf(valid) AS open FROM land_parcel WHERE parcel_number = '0' ORDER BY valid"
    )
    assert [tuple(row) for row in rows] == [("CURRENT", False), ("RETIRED", True)]
    assert office.run("land.parcel", file, **said).unchanged == 2
    ended = office.geojson("b.geojson", [parcel(1, den_ngay="2022-01-01")])
    assert office.run("land.parcel", ended, **said, **HAPPENED).changed == 1
    rows = office.ask("SELECT status FROM land_parcel WHERE parcel_number = '1' AND recorded_to IS NULL ORDER BY valid")
    assert [row.status for row in rows] == ["CURRENT", "RETIRED"]


def test_history_in_one_file_is_one_record(office: Office) -> None:
    file = office.geojson(
        "a.geojson",
        [
            parcel(0, tu_ngay="2010-01-01", den_ngay="2015-01-01", DienTichPhapLy=600),
            parcel(0, tu_ngay="2015-01-01", den_ngay=None),
        ],
    )
    said = SAID | {"valid_to": "den_ngay"}
    assert office.run("land.parcel", file, **said).new == 2
    rows = office.ask("SELECT record_id, documented_area, status FROM land_parcel ORDER BY valid")
    assert [(row.documented_area, row.status) for row in rows] == [(600, "CURRENT"), (625, "CURRENT")]
    assert rows[0].record_id == rows[1].record_id
    assert office.run("land.parcel", file, **said).unchanged == 2


def test_the_axis_of_surveyors_is_exchanged(office: Office) -> None:
    turned = [[[y, x] for x, y in square(0)[0]]]
    file = office.geojson("a.geojson", [parcel(0, coordinates=turned)])
    refused = office.run("land.parcel", file, **SAID)
    assert refused.refusals == {"input.outside_crs_area": 1}
    assert "--axis yx" in refused.refused_examples[0].reason
    assert office.run("land.parcel", file, axis="yx", **SAID).new == 1
    assert office.ask("SELECT ST_XMin(geometry) AS x FROM land_parcel")[0].x == square(0)[0][0][0]


def test_wgs84_is_brought_to_the_storage_crs_by_the_named_operation(office: Office) -> None:
    ring = [[108.3350, 15.8794], [108.3351, 15.8794], [108.3351, 15.8795], [108.3350, 15.8794]]
    file = office.folder / "w.geojson"
    office.geojson(file.name, [parcel(0, coordinates=[ring])], source="GPS")
    report = office.run("land.parcel", file, **SAID)
    assert (report.new, report.refusals) == (1, {})
    assert "VN-2000 to WGS 84 (2)" in report.notes[0]
    row = office.ask(
        "SELECT ST_X(p) AS x, ST_Y(p) AS y FROM (SELECT ST_PointN(ST_ExteriorRing(ST_GeometryN(geometry, 1)), 1)"
        " AS p FROM land_parcel) q"
    )[0]
    assert (row.x, row.y) == pytest.approx((562452.0611, 1756322.6278), abs=1e-4)


def test_records_that_the_file_lacks_are_counted_and_left_alone(office: Office) -> None:
    office.run("land.parcel", office.geojson("a.geojson", [parcel(n) for n in range(4)]), **SAID)
    head, fewer = office.head(), office.geojson("b.geojson", [parcel(0)])
    report = office.run("land.parcel", fewer, **SAID)
    assert (report.lacking, report.ended, office.head()) == (3, 0, head)


def test_only_a_complete_file_ends_what_it_lacks_inside_the_unit(office: Office) -> None:
    office.unit("20411")
    everything = [parcel(n) for n in range(3)] + [parcel(n, MaXa="20411") for n in range(5, 7)]
    office.run("land.parcel", office.geojson("a.geojson", everything), **SAID)
    fewer = office.geojson("b.geojson", [parcel(0)])
    whole = {"complete": True, "complete_at": "2024-01-01"} | SAID | HAPPENED
    report = office.run("land.parcel", fewer, within=COMMUNE, **whole)
    assert (report.lacking, report.ended, len(report.positions)) == (2, 2, 1)
    rows = office.ask(
        "SELECT parcel_number FROM land_parcel WHERE recorded_to IS NULL AND status = 'RETIRED'"
        " AND upper_inf(valid) ORDER BY 1"
    )
    assert [row.parcel_number for row in rows] == ["1", "2"]
    again = office.run("land.parcel", fewer, within=COMMUNE, **whole)
    assert (again.lacking, again.ended, again.positions) == (0, 0, ())


def test_nothing_is_ended_when_a_row_was_refused(office: Office) -> None:
    office.run("land.parcel", office.geojson("a.geojson", [parcel(n) for n in range(3)]), **SAID)
    file = office.geojson("b.geojson", [parcel(0), parcel(1, DienTichPhapLy="much")])
    report = office.run("land.parcel", file, complete=True, complete_at="2024-01-01", **SAID, **HAPPENED)
    assert (report.refused, report.lacking, report.ended) == (1, 2, 0)
    assert any("Nothing was ended" in note for note in report.notes)


def test_findings_are_told_and_refused_only_when_strict(office: Office) -> None:
    over = [parcel(0), parcel(1), parcel(2, coordinates=square(1)), parcel(3, DienTichPhapLy=900)]
    bow = [[[562500, 1756500], [562525, 1756525], [562525, 1756500], [562500, 1756525], [562500, 1756500]]]
    file = office.geojson("a.geojson", [*over, parcel(5, coordinates=bow, DienTichPhapLy=None, DienTich=None)])
    dry = office.run("land.parcel", file, dry_run=True, **SAID)
    assert (dry.new, dry.positions, office.ask("SELECT 1 FROM land_parcel")) == (5, (), [])
    strict = office.run("land.parcel", file, strict=True, **SAID)
    assert (strict.new, strict.refused) == (1, 4)
    assert set(strict.refusals) == {"land.parcel_overlaps", "land.documented_area_differs", "land.ring_invalid"}
    report = office.run("land.parcel", file, **SAID)
    assert (report.new, report.unchanged) == (4, 1)
    expected = {
        "land.ring_invalid": 1,
        "land.parcel_overlaps": 2,
        "land.documented_area_differs": 1,
        "land.area_missing": 1,
    }
    assert report.findings == dry.findings == expected


def test_a_dry_run_says_what_would_be_and_writes_nothing(office: Office) -> None:
    file = office.geojson("a.geojson", [parcel(0), parcel(1, MaXa="99999")])
    head = office.head()
    report = office.run("land.parcel", file, dry_run=True, **SAID)
    assert (report.dry_run, report.new, report.refused) == (True, 1, 1)
    assert (office.head(), office.ask("SELECT 1 FROM land_parcel")) == (head, [])
    assert not list(office.folder.glob("*.refused.csv"))
    assert office.run("land.parcel", file, **SAID).new == 1


def test_a_correction_by_a_file_goes_back_in_time_when_it_says_so(office: Office) -> None:
    office.run("land.parcel", office.geojson("a.geojson", [parcel(0)]), **SAID)
    earlier = office.geojson("b.geojson", [parcel(0, tu_ngay="2005-01-01", DienTichPhapLy=620)])
    assert office.run("land.parcel", earlier, **SAID, **FEED).changed == 1
    rows = office.ask("SELECT lower(valid) AS since, documented_area FROM land_parcel WHERE recorded_to IS NULL")
    assert [(row.since.year, row.documented_area) for row in rows] == [(2004, 620)]

"""Whatever is wrong with a file is told with a code and a place; the good rows go in, the register is never half-written."""

import csv
import json
from pathlib import Path
from typing import Any

import pytest

from baseregistry import db, errors
from baseregistry.registries.imports import ImportOrder, run_import
from baseregistry.registries.ledger import Kind
from tests.registries.imports.conftest import COMMUNE, CORRECTED, HAPPENED, WORD, Office, parcel, square

SAID: dict[str, Any] = {"valid_from": "tu_ngay"}
UNITS = "code,name,level,valid_from,valid_to\n"


def refused(office: Office, file: Path, entity: str = "land.parcel", **said: Any) -> errors.RegisterError:
    """The error of a file that cannot be imported at all; nothing was written."""
    head = office.head()
    with pytest.raises(errors.RegisterError) as failure:
        office.run(entity, file, **said)
    assert office.head() == head
    assert failure.value.hint
    return failure.value


# --- one row among good ones -----------------------------------------------------------------------

BAD_ROWS: list[tuple[dict[str, Any], str, str | None]] = [
    ({"DienTichPhapLy": "nhiều"}, "input.not_a_number", "land.parcel.documented_area"),
    ({"DienTichPhapLy": -4}, "input.too_small", "land.parcel.documented_area"),
    ({"DienTichPhapLy": 1.005}, "input.too_precise", "land.parcel.documented_area"),
    ({"tu_ngay": "2015-03-01T08:00:00"}, "input.naive_timestamp", None),
    ({"tu_ngay": "2015-02-30"}, "input.bad_instant", None),
    ({"tu_ngay": "infinity"}, "input.infinite_time", None),
    ({"tu_ngay": "2024-01-01", "den_ngay": "2023-01-01"}, "versions.end_before_begin", None),
    ({"tu_ngay": "2023-01-01", "den_ngay": "2023-01-01"}, "versions.end_before_begin", None),
    ({"KyHieuMucDichSuDung": "XYZ"}, "input.unknown_code", "land.land_use.purpose"),
    ({"MaXa": "99999"}, "versions.dangling_reference", "land.parcel.commune"),
    ({"tu_ngay": "1850-01-01"}, "versions.dangling_reference", "land.parcel.commune"),
    ({"SoThuTuThua": None}, "input.no_key", None),
    ({"SoHieuToBanDo": "tờ\u0000"}, "input.control_character", "land.parcel.map_sheet"),
    ({"coordinates": []}, "input.empty_geometry", "land.parcel.geometry"),
    ({"coordinates": [[[1, 2], [3, 4]]]}, "input.bad_geometry", "land.parcel.geometry"),
    ({"coordinates": square(1, east=5_000_000)}, "input.outside_crs_area", "land.parcel.geometry"),
    ({"coordinates": [[[x, y, 3] for x, y in square(1)[0]]]}, "input.not_flat", "land.parcel.geometry"),
]


@pytest.mark.parametrize(("wrong", "code", "attribute"), BAD_ROWS)
def test_one_bad_row_stops_no_other_and_is_told_with_its_line(
    office: Office, wrong: dict[str, Any], code: str, attribute: str | None
) -> None:
    good = {"den_ngay": None, "KyHieuMucDichSuDung": "ODT"}
    features = [parcel(0, **good), parcel(1, **good | wrong), parcel(2, **good)]
    report = office.run("land.parcel", office.geojson("a.geojson", features), valid_to="den_ngay", **SAID)
    assert (report.new, report.refused, report.refusals) == (2, 1, {code: 1})
    example = report.refused_examples[0]
    assert (example.row, example.line, example.code) == (2, 3, code)
    assert example.reason
    if attribute:
        assert example.attribute == attribute
    assert report.refused_file is not None
    with Path(report.refused_file).open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    assert len(rows) == 1
    assert (rows[0]["refused_code"], rows[0]["refused_line"]) == (code, "3")
    assert rows[0]["DiaChi"] == "Tổ 1, Hội An"
    assert len(office.ask("SELECT 1 FROM land_parcel")) == 2
    assert len(office.ask("SELECT 1 FROM land_land_use")) == 2


def test_one_key_at_one_moment_belongs_to_one_row(office: Office) -> None:
    at = "2015-03-01T00:00:00+07:00"  # a day alone would be a sequence of events
    other = [parcel(1, tu_ngay=at), parcel(1, DienTichPhapLy=7, tu_ngay=at)]
    same = office.geojson("a.geojson", [parcel(0), *other, parcel(2), parcel(2)])
    report = office.run("land.parcel", same, **SAID)
    assert (report.new, report.refusals) == (2, {"versions.duplicate_key": 2, "input.repeated_row": 1})
    assert [(one.line, one.code) for one in report.refused_examples] == [
        (3, "versions.duplicate_key"),
        (4, "versions.duplicate_key"),
        (6, "input.repeated_row"),
    ]
    assert "Line 4" in report.refused_examples[0].reason


def test_two_beliefs_about_one_moment_are_refused(office: Office) -> None:
    file = office.geojson(
        "a.geojson",
        [
            parcel(0, tu_ngay="2010-01-01", den_ngay="2016-01-01"),
            parcel(0, tu_ngay="2015-01-01", den_ngay=None, DienTichPhapLy=7),
            parcel(1, den_ngay=None),
        ],
    )
    report = office.run("land.parcel", file, valid_to="den_ngay", **SAID)
    assert (report.new, report.refusals) == (1, {"versions.second_belief": 2})


def test_a_unique_key_of_another_record_is_refused(office: Office) -> None:
    first = [parcel(0, national_parcel_id="w6uv1b2c3d4e"), parcel(1)]
    assert office.run("land.parcel", office.geojson("a.geojson", first), **SAID).new == 2
    taken = [parcel(1, national_parcel_id="w6uv1b2c3d4e"), parcel(2, national_parcel_id="w6uv1b2c3d4f")]
    by_label = office.text("map.toml", 'recognise = ["commune", "map_sheet", "parcel_number"]')
    report = office.run("land.parcel", office.geojson("b.geojson", taken), map=by_label, **SAID)
    assert (report.new, report.refusals) == (1, {"versions.duplicate_key": 1})
    assert report.refused_examples[0].attribute == "land.parcel.national_parcel_id"


def test_an_open_end_does_not_go_over_what_is_known_for_later(office: Office) -> None:
    office.run("land.parcel", office.geojson("a.geojson", [parcel(0)]), **SAID)
    later = office.geojson("b.geojson", [parcel(0, tu_ngay="2020-01-01", DienTichPhapLy=7)])
    assert office.run("land.parcel", later, **SAID, **HAPPENED).changed == 1
    stale = office.geojson("a.geojson", [parcel(0), parcel(1)])
    report = office.run("land.parcel", stale, **SAID, **CORRECTED)
    assert (report.new, report.refusals) == (1, {"versions.later_facts_exist": 1})
    said = office.text("map.toml", "across_later_facts = true")
    assert office.run("land.parcel", stale, map=said, **SAID, **CORRECTED).changed == 1
    assert [
        row.documented_area
        for row in office.ask(
            "SELECT documented_area FROM land_parcel WHERE parcel_number = '0' AND recorded_to IS NULL AND valid @> now()"
        )
    ] == [625]


def test_what_the_register_knows_as_ended_does_not_go_on(office: Office) -> None:
    file = office.text("a.csv", UNITS + "A1,Xã A,COMMUNE,2001-01-01,2020-01-01\n")
    office.run("administration.unit", file)
    file = office.text("b.csv", UNITS + "A1,Xã A,COMMUNE,2001-01-01,\n")
    report = office.run("administration.unit", file)
    assert report.refusals == {"versions.later_facts_exist": 1}


def test_a_missing_required_attribute_of_a_new_record(office: Office) -> None:
    file = office.text("a.csv", "code,name,valid_from\nA1,Xã A,2001-01-01\n")
    report = office.run("administration.unit", file)
    assert report.refusals == {"input.required_missing": 1}
    assert report.refused_examples[0].attribute == "administration.unit.level"


def test_a_row_with_too_few_fields(office: Office) -> None:
    file = office.text("a.csv", UNITS + "A1,Xã A\nA2,Xã B,COMMUNE,2001-01-01,\n")
    report = office.run("administration.unit", file)
    assert (report.new, report.refusals) == (1, {"input.wrong_field_count": 1})
    assert (report.refused_examples[0].row, report.refused_examples[0].line) == (1, 2)


def test_only_the_rows_at_fault_are_refused_when_the_register_refuses_a_change(office: Office) -> None:
    """A rule across facts (an area of zero) is the writer's to find; its change goes in without that row."""
    said = office.text(
        "map.toml", 'valid_from = "tu_ngay"\n[columns]\nKHLOAIDAT = "land_uses.purpose"\ndt = "land_uses.area"'
    )
    features = [parcel(n, KHLOAIDAT="ODT", dt=0 if n in {3, 8} else 5) for n in range(12)]
    report = office.run("land.parcel", office.geojson("a.geojson", features), map=said)
    assert (report.new, report.refusals) == (10, {"land.use_area_zero": 2})
    assert [one.row for one in report.refused_examples] == [4, 9]
    assert len(office.ask("SELECT 1 FROM land_land_use")) == 10


# --- a file that cannot be followed ----------------------------------------------------------------


def test_an_unknown_column_is_named_with_what_it_is_like(office: Office) -> None:
    file = office.geojson("a.geojson", [parcel(0, SoThuTuThuaa="1", mau="đỏ")])
    failure = refused(office, file, **SAID)
    assert failure.code == "input.unknown_column"
    assert failure.where["columns"] == ["SoThuTuThuaa", "mau"]
    assert "sothututhua" in failure.message
    said = office.text("map.toml", 'ignore = ["mau", "SoThuTuThuaa"]')
    assert office.run("land.parcel", file, map=said, **SAID).new == 1


def test_a_column_that_comes_with_a_later_feature_is_read_from_the_first_on(office: Office) -> None:
    features = [parcel(n, coordinates=square(0)) for n in range(10_001)]
    for feature in features[:10_000]:
        del feature["properties"]["DiaChi"]
        feature["geometry"] = None
    file = office.geojson("a.geojson", features)
    assert office.run("land.parcel", file, dry_run=True, **SAID).new == 10_001
    features[10_000]["properties"]["mau"] = "đỏ"
    assert refused(office, office.geojson("a.geojson", features), **SAID).where["columns"] == ["mau"]


@pytest.mark.parametrize(
    ("said", "code"),
    [
        ('[columns]\nMaXa = "comune"', "input.unknown_attribute"),
        ('[columns]\nKhongCo = "address"', "input.unknown_column"),
        ('[columns]\nMaXa = "address"\nDiaChi = "address"', "input.bad_map"),
        ('recognize = ["address"]', "input.bad_map"),
        ("ignore = true", "input.bad_map"),
        ("ignore = [", "input.bad_map"),
        ('axis = "north"', "input.bad_map"),
        ('recognise = ["surveyed_area"]', "input.bad_map"),
        ('[constants]\nstatus = "VANISHED"', None),
        ('[defaults]\nstatus = "VANISHED"', "input.unknown_code"),
    ],
)
def test_a_wrong_map_is_told(office: Office, said: str, code: str | None) -> None:
    file, path = office.geojson("a.geojson", [parcel(0)]), office.text("map.toml", said)
    if code is None:
        assert office.run("land.parcel", file, map=path, **SAID).refusals == {"input.unknown_code": 1}
    else:
        assert refused(office, file, map=path, **SAID).code == code


def test_a_file_that_cannot_be_read(office: Office) -> None:
    whole = office.geojson("a.geojson", [parcel(0), parcel(1)]).read_text(encoding="utf-8")
    broken = {
        "cut.geojson": (whole[: len(whole) // 2], "input.bad_geojson"),
        "empty.geojson": ("", "input.bad_geojson"),
        "other.json": (json.dumps({"type": "Topology"}), "input.bad_geojson"),
        "deep.json": ('{"features": ' + "[" * 200_000, "input.bad_geojson"),
        "quote.csv": ('MaXa,SHBANDO,SHTHUA,tu_ngay\n20410,1,2,"2001-01-01" bis\n', "input.bad_csv"),
        "twice.csv": ("MaXa,MaXa\n", "input.bad_header"),
        "empty.csv": ("", "input.bad_header"),
        "not.gpkg": ("GPKG, they said", "input.unreadable_file"),
        "not.shp": ("SHP", "input.unreadable_file"),
        "parcels.xlsx": ("PK", "input.unknown_format"),
    }
    for name, (text, code) in broken.items():
        assert refused(office, office.text(name, text), **SAID).code == code, name
    assert refused(office, office.folder / "nowhere.csv", **SAID).code == "input.no_such_file"
    folder = office.folder / "folder.csv"
    folder.mkdir()
    good = office.folder / "a.geojson"
    assert refused(office, folder, **SAID).code == "input.unreadable_file"
    assert refused(office, good, map=folder, **SAID).code == "input.unreadable_file"
    assert refused(office, good, refused=folder, **SAID).code == "input.unreadable_file"
    assert refused(office, good, map=office.folder / "nowhere.toml", **SAID).code == "input.no_such_file"


@pytest.mark.parametrize("name", ["a.csv", "map.toml", "a.csv.refused.csv"])
def test_a_file_that_may_not_be_read_is_told(office: Office, monkeypatch: pytest.MonkeyPatch, name: str) -> None:
    file, said = office.text("a.csv", UNITS), office.text("map.toml", "")
    office.text("a.csv.refused.csv", "")
    usual = Path.open

    def guarded(path: Path, *how: Any, **more: Any) -> Any:
        if path.name == name:
            raise PermissionError(13, "Permission denied", str(path))
        return usual(path, *how, **more)

    monkeypatch.setattr(Path, "open", guarded)
    failure = refused(office, file, "administration.unit", map=said)
    assert (failure.code, name in failure.message) == ("input.unreadable_file", True)


def test_a_wrong_encoding_is_told_with_its_line(office: Office) -> None:
    text = "code,name,level,valid_from\nA1,Xã A,COMMUNE,2001-01-01\nA2,Phường Ðông,COMMUNE,2001-01-01\n"
    file = office.folder / "a.csv"
    file.write_bytes(text.encode("utf-8").replace("Xã".encode(), "Xã".encode("cp1252")))
    failure = refused(office, file, "administration.unit")
    assert (failure.code, "line 2" in failure.message) == ("input.bad_encoding", True)
    file.write_bytes(text.replace("Ðông", "Bình").replace("Phường", "Xã").encode("cp1252"))
    assert office.run("administration.unit", file, encoding="cp1252").new == 2
    assert [row.name for row in office.ask("SELECT name FROM administration_unit WHERE code = 'A1'")] == ["Xã A"]
    latin = office.folder / "a.geojson"
    latin.write_bytes(json.dumps({"features": [parcel(0, DiaChi="Xã A")]}, ensure_ascii=False).encode("cp1252"))
    assert refused(office, latin, **SAID).code == "input.bad_encoding"
    for name in ("tcvn9", "base64", "rot13", "zlib", "hex", "utf-16", "a\0b"):
        assert refused(office, file, "administration.unit", encoding=name).code == "input.unknown_encoding", name
    assert refused(office, latin, encoding="base64", **SAID).code == "input.unknown_encoding"


@pytest.mark.parametrize(
    ("name", "head"), [("a.csv", b"code,name\n1,"), ("b.csv", b'code,name\n1,"'), ("a.geojson", b'{"features": ["')]
)
def test_a_line_without_an_end_is_told_and_never_taken_into_memory(office: Office, name: str, head: bytes) -> None:
    """Two gigabytes on one line: a sparse file of NUL bytes costs no disk, and must cost no memory."""
    file = office.folder / name
    file.write_bytes(head)
    with file.open("r+b") as open_file:
        open_file.truncate(2 * 2**30)
    import tracemalloc

    tracemalloc.start()
    try:
        failure = refused(office, file, "administration.unit", valid_from="2001-01-01")
        peak = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    assert failure.code == "input.too_long" or (name == "a.geojson" and failure.code == "input.bad_geojson")
    assert "line " in failure.message
    assert peak < 256 * 2**20


def test_a_file_without_a_crs_and_one_of_no_epsg_code(office: Office) -> None:
    file = office.text("a.csv", f"MaXa,SoHieuToBanDo,SoThuTuThua,geometry\n{COMMUNE},1,1,POINT (1 1)\n")
    said = {"valid_from": "2001-01-01"}
    assert refused(office, file, **said).code == "input.no_crs"
    assert refused(office, file, crs="EPSG:999999", **said).code == "input.unknown_crs"
    assert refused(office, file, crs="+proj=tmerc +lon_0=107.75", **said).code == "input.unknown_crs"
    wrong = office.run("land.parcel", office.geojson("a.geojson", [parcel(0)]), crs="EPSG:4326", **SAID)
    assert wrong.refusals == {"input.outside_crs_area": 1}


def test_a_file_that_does_not_say_since_when(office: Office) -> None:
    file = office.geojson("a.geojson", [parcel(0)])
    assert refused(office, file).code == "input.no_valid_from"
    assert refused(office, file, valid_from="2015-03-01T08:00:00").code == "input.naive_timestamp"
    assert refused(office, file, valid_from="tu_ngya").code == "input.unknown_column"


def test_an_entity_that_is_none_and_one_that_cannot_be_recognised(office: Office) -> None:
    file = office.text("a.csv", "name,valid_from\nx,2001-01-01\n")
    failure = refused(office, file, "land.parcell")
    assert ("is no entity" in failure.message, "land.parcel" in str(failure.hint)) == (True, True)
    assert refused(office, file, "land.party_group").code == "input.cannot_recognise"


def test_completeness_needs_a_way_to_say_that_a_record_is_gone(office: Office) -> None:
    file = office.text("a.csv", "full_name,valid_from\nx,2001-01-01\n")
    assert refused(office, file, "population.person", complete=True, **HAPPENED).code == "input.cannot_complete"
    units = office.geojson("b.geojson", [parcel(0)])
    assert refused(office, units, complete=True, within="77777", **SAID, **HAPPENED).code == "input.unknown_unit"
    people = office.text("c.csv", "name,kind,valid_from\nx,COUPLE,2001-01-01\n")
    failure = refused(office, people, "land.party_group", complete=True, within=COMMUNE, **HAPPENED)
    assert failure.code == "input.no_territory"


def test_a_correction_without_a_second_pair_of_eyes_is_refused_as_a_whole(office: Office) -> None:
    file = office.geojson("a.geojson", [parcel(0), parcel(1)])
    failure = refused(office, file, provenance={"kind": Kind.CORRECTION}, **SAID)
    assert failure.code == "ledger.four_eyes"


def test_a_database_that_is_down(office: Office) -> None:
    file = office.geojson("a.geojson", [parcel(0)])
    away = db.engine("postgresql://nobody@/nothing?host=/nonexistent", "baseregistry")
    order = ImportOrder(entity="land.parcel", file=file, provenance=WORD, **SAID)
    with pytest.raises(errors.Unavailable, match="does not answer"):
        run_import(away, office.database.installation, order)

"""How a row's record is found again, and what is done when it is found in more than one way, or in none."""

from dataclasses import replace

from baseregistry.db import writing
from baseregistry.registries import redaction
from baseregistry.registries.ledger import Kind
from tests.registries.imports.conftest import COMMUNE, CORRECTED, HAPPENED, WORD, Office, parcel

SAID = {"valid_from": "tu_ngay"}


def test_two_numbers_of_one_person(office: Office) -> None:
    head = "full_name,status,personal_id,old_id,valid_from\n"
    first = office.text("a.csv", f"{head}Nguyễn Thị Ánh,ALIVE,049156000012,,2021-07-01\n")
    assert office.run("population.person", first).new == 1
    both = office.text(
        "b.csv",
        f"{head}Nguyễn Thị Ánh,ALIVE,049156000012,205123456,2021-07-01\nTrần Bình,ALIVE,,205999999,2021-07-01\n",
    )
    report = office.run("population.person", both)
    assert (report.changed, report.new) == (1, 1), report
    old = office.text("c.csv", "old_id,ethnicity,valid_from\n205123456,01,2022-01-01\n205999999,01,2022-01-01\n")
    report = office.run("population.person", old, **HAPPENED)
    assert (report.changed, report.refused) == (2, 0), report.refused_examples
    rows = office.ask("SELECT scheme, count(*) AS n FROM population_identifier GROUP BY scheme ORDER BY scheme")
    assert [tuple(row) for row in rows] == [("OLD_ID", 2), ("PERSONAL_ID", 1)]
    assert len(office.ask("SELECT DISTINCT record_id FROM population_person")) == 2


def test_of_several_uses_of_a_parcel_the_one_for_this_purpose_is_meant(office: Office) -> None:
    office.run("land.parcel", office.geojson("a.geojson", [parcel(0, KHLOAIDAT="ODT")]), **SAID)
    second = "map_sheet,parcel_number,commune,purpose,valid_from\n12,0,20410,CLN,2016-01-01\n"
    said = office.text(
        "map.toml",
        'recognise = ["parcel", "purpose"]\n[columns]\nmap_sheet = "parcel.map_sheet"\nparcel_number ='
        ' "parcel.parcel_number"\ncommune = "parcel.numbering_commune"\n',
    )
    assert office.run("land.land_use", office.text("uses.csv", second), map=said).new == 1
    again = office.geojson("b.geojson", [parcel(0, KHLOAIDAT="CLN", tu_ngay="2017-01-01")])
    assert office.run("land.parcel", again, **SAID).unchanged == 1
    neither = office.geojson("c.geojson", [parcel(0, KHLOAIDAT="LUC", tu_ngay="2017-01-01"), parcel(1)])
    report = office.run("land.parcel", neither, **SAID)
    assert (report.new, report.refusals) == (1, {"versions.ambiguous_key": 1})


def test_labels_may_collide_in_one_commune_when_the_numbering_communes_differ(office: Office) -> None:
    office.unit("20404", 1950)
    numbered = office.text("map.toml", '[columns]\nMaXaCu = "numbering_commune"\n')
    features = [parcel(0, MaXaCu=COMMUNE), parcel(0, MaXaCu="20404", DienTichPhapLy=7)]
    file = office.geojson("a.geojson", features)
    assert office.run("land.parcel", file, map=numbered, **SAID).new == 2
    assert office.run("land.parcel", file, map=numbered, **SAID).unchanged == 2
    report = office.run("land.parcel", office.geojson("b.geojson", [parcel(0)]), **SAID)
    assert report.refusals == {"versions.ambiguous_key": 1}


def test_a_national_id_is_added_to_the_parcel_of_that_label(office: Office) -> None:
    office.run("land.parcel", office.geojson("a.geojson", [parcel(0), parcel(1)]), **SAID)
    issued = office.geojson("b.geojson", [parcel(0, national_parcel_id="w6uv1b2c3d4e"), parcel(1)])
    report = office.run("land.parcel", issued, **SAID, **CORRECTED)
    assert (report.changed, report.unchanged, report.new) == (1, 1, 0)
    renumbered = office.geojson("c.geojson", [parcel(9, national_parcel_id="w6uv1b2c3d4e", tu_ngay="2021-01-01")])
    assert office.run("land.parcel", renumbered, **SAID, **HAPPENED).changed == 1
    assert len(office.ask("SELECT DISTINCT record_id FROM land_parcel")) == 2


def test_a_record_is_recognised_by_its_id(office: Office) -> None:
    office.run("land.parcel", office.geojson("a.geojson", [parcel(0)]), **SAID)
    record = office.ask("SELECT record_id FROM land_parcel")[0].record_id
    stranger = "01890000-0000-7000-8000-00000000000a"
    file = office.text("a.csv", f"record_id,address,valid_from\n{record},Tổ 9,2020-01-01\n{stranger},x,2020-01-01\n")
    report = office.run("land.parcel", file, **HAPPENED)
    assert (report.changed, report.refusals) == (1, {"versions.no_such_record": 1})


def test_names_in_another_unicode_form_are_the_same_columns_and_values(office: Office) -> None:
    import unicodedata

    text = f"Mã đơn vị,Tên,Cấp,valid_from\n{COMMUNE},Xã {COMMUNE},COMMUNE,2001-01-01\n"
    apart = office.text("a.csv", unicodedata.normalize("NFD", text))
    report = office.run("administration.unit", apart)
    assert (report.unchanged, report.refused) == (1, 0), report


def test_what_was_destroyed_by_law_does_not_come_back_with_an_old_file(office: Office) -> None:
    file = office.geojson("a.geojson", [parcel(0), parcel(1)])
    office.run("land.parcel", file, **SAID)
    entity = office.database.installation.declarations.entities["land.parcel"]
    record = office.ask("SELECT record_id FROM land_parcel WHERE parcel_number = '0'")[0].record_id
    word = replace(WORD, kind=Kind.REDACTION, approved_by="binh", legal_basis="Luật 91/2025/QH15", reason="x")
    with writing(office.database.engine) as session:
        redaction.redact(
            session, office.database.installation, word, [redaction.Redaction(entity, record, ("address",))]
        )
    report = office.run("land.parcel", file, **SAID)
    assert (report.unchanged, report.refusals) == (1, {"versions.redacted": 1})


def test_rows_that_point_to_rows_of_the_file_come_in_no_earlier_change(office: Office) -> None:
    """Twelve thousand units, children first: their parent is written in the first change all the same."""
    rows = "".join(f"U{number},Xã {number},COMMUNE,P1,2001-01-01\n" for number in range(12_000))
    file = office.text("a.csv", f"code,name,level,parent,valid_from\n{rows}P1,Tỉnh,PROVINCE,,2001-01-01\n")
    dry = office.run("administration.unit", file, dry_run=True)
    assert (dry.new, dry.refused) == (12_001, 0)
    report = office.run("administration.unit", file)
    assert (report.new, report.refused, len(report.positions)) == (12_001, 0, 2)
    first = office.ask("SELECT recorded_from AS it FROM administration_unit WHERE code = 'P1'")[0].it
    assert first == report.positions[0]


def test_technical_columns_and_columns_of_later_numbers_are_left_out(office: Office) -> None:
    file = office.geojson("a.geojson", [parcel(0, OBJECTID=7, Shape_Area=625.0, SoHieuToBanDoCu="3")])
    report = office.run("land.parcel", file, **SAID)
    assert report.new == 1
    assert "OBJECTID, Shape_Area, SoHieuToBanDoCu" in " ".join(report.notes)

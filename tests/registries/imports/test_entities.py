"""Every entity is imported: units with their parents, persons with their numbers, rights with their holders."""

from collections.abc import Callable
from pathlib import Path

from tests.registries.imports.conftest import COMMUNE, HAPPENED, MakeOffice, Office, parcel

UNITS = """code,name,level,parent,valid_from,valid_to
48,Thành phố Đà Nẵng,PROVINCE,,1997-01-01,
49,Tỉnh Quảng Nam,PROVINCE,,1997-01-01,2025-06-30
502,Thành phố Tam Kỳ,DISTRICT,49,1997-01-01,2025-06-30
20335,Phường Tân Thạnh,COMMUNE,502,1997-01-01,2025-06-30
20335,Phường Tam Kỳ,COMMUNE,48,2025-07-01,
"""


def test_units_find_their_parents_in_the_same_file_and_codes_are_recycled(office: Office) -> None:
    file = office.text("units.csv", UNITS)
    report = office.run("administration.unit", file, end_inclusive=True)
    assert (report.new, report.refused) == (5, 0), report.refused_examples
    rows = office.ask(
        "SELECT u.record_id, u.name, p.name AS parent FROM administration_unit u"
        " LEFT JOIN administration_unit p ON p.record_id = u.parent WHERE u.code = '20335' ORDER BY u.valid"
    )
    assert [(row.name, row.parent) for row in rows] == [
        ("Phường Tân Thạnh", "Thành phố Tam Kỳ"),
        ("Phường Tam Kỳ", "Thành phố Đà Nẵng"),
    ]
    assert rows[0].record_id != rows[1].record_id
    assert office.run("administration.unit", file, end_inclusive=True).unchanged == 5


def test_a_refused_parent_refuses_those_who_refer_to_it(office: Office) -> None:
    file = office.text("units.csv", UNITS.replace("DISTRICT,49,1997-01-01", "NOWHERE,49,1997-01-01"))
    report = office.run("administration.unit", file, end_inclusive=True)
    assert report.new == 3
    assert report.refusals == {"input.unknown_code": 1, "versions.dangling_reference": 1}


def test_the_units_of_two_real_provinces_go_in(make_office: MakeOffice, test_data: Callable[[str], Path]) -> None:
    office, file = make_office(), test_data("vietnam/admin_units_48_49.csv")
    said = office.text(
        "map.toml",
        'end_inclusive = true\nunknown_begin = "unbounded"\nvalid_from = "valid_from"\nvalid_to = "valid_to"\n'
        'ignore = ["*"]\n[columns]\nparent_code = "parent"\n'
        '[translate.level]\nP = "PROVINCE"\nD = "DISTRICT"\nW = "COMMUNE"\n',
    )
    report = office.run("administration.unit", file, map=said, refused=office.folder / "refused.csv")
    assert (report.rows, report.new, report.refused) == (402, 402, 0), report.refused_examples[:3]
    recycled = office.ask(
        "SELECT code FROM administration_unit WHERE level = 'COMMUNE' GROUP BY code HAVING count(*) > 1"
    )
    assert len(recycled) == 93
    assert office.run("administration.unit", file, map=said).unchanged == 402


PEOPLE = """full_name,sex,birth_date,status,personal_id,valid_from
Nguyễn Thị Ánh,F,1956,ALIVE,049156000012,2021-07-01
Trần Văn Bình,M,1970-03-12,ALIVE,049070000034,2021-07-01
"""


def test_a_person_is_recognised_by_the_personal_id_which_is_a_record_of_its_own(office: Office) -> None:
    file = office.text("people.csv", PEOPLE)
    report = office.run("population.person", file)
    assert (report.new, report.refused) == (2, 0), report.refused_examples
    rows = office.ask(
        "SELECT p.full_name, i.number, i.scheme, i.status FROM population_person p"
        " JOIN population_identifier i ON i.person = p.record_id ORDER BY i.number"
    )
    assert [(row.full_name, row.number, row.scheme, row.status) for row in rows] == [
        ("Trần Văn Bình", "049070000034", "PERSONAL_ID", "IN_USE"),
        ("Nguyễn Thị Ánh", "049156000012", "PERSONAL_ID", "IN_USE"),
    ]
    assert office.run("population.person", file).unchanged == 2
    wed = office.text("b.csv", "full_name,personal_id,valid_from\nNguyễn Thị Ánh Tuyết,049156000012,2022-01-01\n")
    report = office.run("population.person", wed, **HAPPENED)
    assert (report.changed, report.new, report.refused) == (1, 0, 0), report.refused_examples
    assert len(office.ask("SELECT DISTINCT record_id FROM population_person")) == 2
    assert len(office.ask("SELECT DISTINCT record_id FROM population_identifier")) == 2


RIGHTS = """to,thua,loai,cccd,mst,phan,valid_from,valid_to
12,0,USE,049156000012,,1/3,2021-08-01,
12,0,USE,049070000034,,2/3,2021-08-01,
12,1,USE,049070000034,,,2021-08-01,
12,1,USE,049999999999,,,2021-08-01,
12,9,USE,049070000034,,,2021-08-01,
"""
RIGHTS_MAP = """
recognise = ["parcel", "kind", "holder"]
[columns]
to = "parcel.map_sheet"
thua = "parcel.parcel_number"
loai = "kind"
cccd = "holder.personal_id"
mst = "holder.tax_code"
phan = "share"
[constants]
"parcel.numbering_commune" = "20410"
"""


def test_rights_find_parcel_and_holder_by_the_keys_people_know(office: Office) -> None:
    office.run("land.parcel", office.geojson("a.geojson", [parcel(0), parcel(1)]), valid_from="tu_ngay")
    test_a_person_is_recognised_by_the_personal_id_which_is_a_record_of_its_own(office)
    said = office.text("map.toml", RIGHTS_MAP)
    report = office.run("land.right", office.text("rights.csv", RIGHTS), map=said)
    assert (report.new, report.refusals) == (3, {"versions.dangling_reference": 2}), report.refused_examples
    assert [one.attribute for one in report.refused_examples] == ["land.right.holder", "land.right.parcel"]
    assert office.run("land.right", office.text("rights.csv", RIGHTS), map=said).unchanged == 3
    ended = RIGHTS.replace("2/3,2021-08-01,", "2/3,2021-08-01,2023-01-01")
    report = office.run("land.right", office.text("rights.csv", ended), map=said, **HAPPENED)
    assert (report.changed, report.unchanged) == (1, 2)
    rows = office.ask("SELECT count(*) AS it FROM land_right WHERE recorded_to IS NULL AND valid @> now()")
    assert rows[0].it == 2
    too_much = office.text("more.csv", RIGHTS.splitlines()[0] + "\n12,0,USE,049070000034,,3/4,2024-01-01,\n")
    report = office.run("land.right", too_much, map=said)
    assert report.refusals == {"land.shares_exceed_one": 1}


def test_a_complete_list_of_rights_ends_those_it_lacks(office: Office) -> None:
    test_rights_find_parcel_and_holder_by_the_keys_people_know(office)
    said = office.folder / "map.toml"
    only = office.text("only.csv", RIGHTS.splitlines()[0] + "\n12,0,USE,049156000012,,1/3,2021-08-01,\n")
    whole = {"complete": True, "complete_at": "2025-01-01", "within": COMMUNE} | HAPPENED
    report = office.run("land.right", only, map=said, **whole)
    assert (report.unchanged, report.lacking, report.ended) == (1, 1, 1)
    rows = office.ask(
        "SELECT upper(valid)::text AS it FROM land_right WHERE recorded_to IS NULL AND NOT upper_inf(valid)"
    )
    assert sorted(row.it for row in rows) == ["2022-12-31 17:00:00+00", "2024-12-31 17:00:00+00"]


def test_the_boundaries_of_real_communes_go_in_also_of_far_islands(
    make_office: MakeOffice, test_data: Callable[[str], Path]
) -> None:
    office, file = make_office(), test_data("vietnam/da_nang_communes_2025_simplified.geojson")
    said = office.text("map.toml", '[constants]\nlevel = "COMMUNE"')
    report = office.run("unit", file, map=said, valid_from="2025-07-01", refused=office.folder / "refused.csv")
    assert (report.new, report.refused) == (94, 0), report.refused_examples
    inside = office.geojson("a.geojson", [parcel(0, tu_ngay="2025-07-01")])
    assert "land.outside_commune" not in office.run("land.parcel", inside, valid_from="tu_ngay", dry_run=True).findings
    shifted = office.run("land.parcel", inside, valid_from="tu_ngay", crs="EPSG:5898")  # the next meridian
    assert (shifted.new, shifted.findings["land.outside_commune"]) == (1, 1)

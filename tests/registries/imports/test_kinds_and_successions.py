"""What kind of change an import is, what came back, and rows of one record that follow each other in a file."""

from datetime import UTC, datetime, timedelta

import pytest

from baseregistry import errors
from tests.registries.imports.conftest import COMMUNE, CORRECTED, HAPPENED, Office, parcel

SAID = {"valid_from": "tu_ngay"}
AREAS = "SELECT documented_area AS area, lower(valid) AS since, upper(valid) AS until, record_id FROM land_parcel"
AREAS += " WHERE recorded_to IS NULL ORDER BY valid"


def local(year: int, month: int = 1, day: int = 1) -> datetime:
    """Midnight in Vietnam."""
    return datetime(year, month, day, tzinfo=UTC) - timedelta(hours=7)


def test_a_registration_changes_nothing_that_is_believed(office: Office) -> None:
    office.run("land.parcel", office.geojson("a.geojson", [parcel(0), parcel(1)]), **SAID)
    head = office.head()
    later = parcel(1, DienTichPhapLy=7, tu_ngay="2020-01-01")
    file = office.geojson("b.geojson", [parcel(0), later, parcel(2)])
    report = office.run("land.parcel", file, **SAID)
    assert (report.new, report.unchanged, report.refusals) == (1, 1, {"import.kind_needed": 1})
    assert "--kind real_world_change" in report.refused_examples[0].reason
    assert "--approved-by" in report.refused_examples[0].reason
    assert office.head() == head + 1
    assert office.run("land.parcel", file, **SAID, **HAPPENED).changed == 1


def test_what_happened_since_does_not_replace_a_belief_from_its_begin(office: Office) -> None:
    office.run("land.parcel", office.geojson("a.geojson", [parcel(0)]), **SAID)
    file = office.geojson("b.geojson", [parcel(0, DienTichPhapLy=7)])
    report = office.run("land.parcel", file, **SAID, **HAPPENED)
    assert (report.changed, report.refusals) == (0, {"import.kind_needed": 1})
    assert office.run("land.parcel", file, **SAID, **CORRECTED).changed == 1
    assert [row.area for row in office.ask(AREAS)] == [7]


def test_a_registration_ends_nothing(office: Office) -> None:
    file = office.geojson("a.geojson", [parcel(0)])
    with pytest.raises(errors.BadInput) as failure:
        office.run("land.parcel", file, complete=True, **SAID)
    assert failure.value.code == "import.kind_needed"


def test_a_parcel_that_is_back_is_told_and_comes_back_when_its_status_is_stated(office: Office) -> None:
    file = office.geojson("a.geojson", [parcel(0), parcel(1)])
    office.run("land.parcel", file, **SAID)
    fewer = office.geojson("b.geojson", [parcel(0)])
    how = {"complete": True, "complete_at": "2024-01-01", "within": COMMUNE}
    assert office.run("land.parcel", fewer, **how, **SAID, **HAPPENED).ended == 1
    report = office.run("land.parcel", file, **SAID, **HAPPENED)
    assert (report.unchanged, report.refusals) == (1, {"import.retired": 1})
    assert "[constants]" in report.refused_examples[0].reason
    back = office.text("map.toml", '[constants]\nstatus = "CURRENT"')
    later = office.geojson("c.geojson", [parcel(1, tu_ngay="2025-01-01")])
    assert office.run("land.parcel", later, map=back, **SAID, **HAPPENED).changed == 1
    rows = office.ask("SELECT status FROM land_parcel WHERE parcel_number = '1' AND recorded_to IS NULL ORDER BY valid")
    assert [row.status for row in rows] == ["CURRENT", "RETIRED", "CURRENT"]
    assert office.run("land.parcel", file, **SAID).unchanged == 2


def test_begins_alone_make_a_history_in_whatever_order(office: Office) -> None:
    features = [parcel(0, DienTichPhapLy=year, tu_ngay=f"{year}-01-01") for year in (2015, 2010, 2020)]
    file = office.geojson("a.geojson", [*features, parcel(1)])
    report = office.run("land.parcel", file, **SAID)
    assert (report.new, report.refused) == (4, 0), report.refused_examples
    assert any(note.startswith("2 rows state no end") for note in report.notes)
    rows = [row for row in office.ask(AREAS) if row.area != 625]
    assert [(row.area, row.since, row.until) for row in rows] == [
        (2010, local(2010), local(2015)),
        (2015, local(2015), local(2020)),
        (2020, local(2020), None),
    ]
    assert len({row.record_id for row in rows}) == 1
    assert office.run("land.parcel", file, **SAID).unchanged == 4


def test_events_of_one_day_keep_the_order_of_the_file(office: Office) -> None:
    features = [parcel(0, DienTichPhapLy=area) for area in (30, 10, 20, 10)]
    file = office.geojson("a.geojson", features)
    report = office.run("land.parcel", file, **SAID)
    assert (report.new, report.refusals) == (3, {"input.repeated_row": 1})
    assert any("1 µs apart" in note for note in report.notes)
    day, tick = local(2015, 3, 1), timedelta(microseconds=1)
    assert [(row.area, row.since, row.until) for row in office.ask(AREAS)] == [
        (30, day, day + tick),
        (10, day + tick, day + 2 * tick),
        (20, day + 2 * tick, None),
    ]
    assert office.run("land.parcel", file, **SAID).unchanged == 3


def test_rows_of_one_instant_or_of_one_day_for_all_rows_are_no_sequence(office: Office) -> None:
    at = "2015-03-01T08:00:00+07:00"
    exact = office.geojson("a.geojson", [parcel(0, DienTichPhapLy=area, tu_ngay=at) for area in (1, 2)])
    assert office.run("land.parcel", exact, **SAID).refusals == {"versions.duplicate_key": 2}
    file = office.geojson("b.geojson", [parcel(0, DienTichPhapLy=area) for area in (1, 2)])
    said = office.text("map.toml", 'ignore = ["tu_ngay"]')
    report = office.run("land.parcel", file, map=said, valid_from="2015-03-01")
    assert report.refusals == {"versions.duplicate_key": 2}


def test_a_unit_that_states_no_end_is_one_record_until_the_last_row(office: Office) -> None:
    head = "code,name,level,valid_from,valid_to\n"
    rows = "A1,Xã A,COMMUNE,2001-01-01,\nA1,Xã B,COMMUNE,2005-01-01,2010-01-01\nA1,Xã C,COMMUNE,2012-01-01,\n"
    file = office.text("a.csv", head + rows)
    report = office.run("administration.unit", file)
    assert (report.new, report.refused) == (3, 0), report.refused_examples
    units = office.ask("SELECT name, record_id FROM administration_unit WHERE code = 'A1' ORDER BY valid")
    assert [row.name for row in units] == ["Xã A", "Xã B", "Xã C"]
    assert units[0].record_id == units[1].record_id != units[2].record_id
    assert office.run("administration.unit", file).unchanged == 3

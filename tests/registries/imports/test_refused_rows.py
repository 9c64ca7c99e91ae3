"""The file of refused rows can be mended and imported as it is."""

import csv
from pathlib import Path

import pytest

from baseregistry import errors
from baseregistry.commands.importing import told
from tests.registries.imports.conftest import Office, parcel


def mend(path: Path, **values: str) -> None:
    """Give the rows other values, as a clerk does in a spreadsheet."""
    with path.open(encoding="utf-8", newline="") as file:
        rows = [row | values for row in csv.DictReader(file)]
    with path.open("w", encoding="utf-8", newline="") as file:
        out = csv.DictWriter(file, rows[0])
        out.writeheader()
        out.writerows(rows)


def test_the_refused_rows_mended_are_imported_as_they_are(office: Office) -> None:
    file = office.geojson("parcels.geojson", [parcel(1), parcel(2, KyHieuMucDichSuDung="NHA"), parcel(3, MaXa="99999")])
    said = {"valid_from": "tu_ngay", "crs": "EPSG:5899"}
    first = office.run("land.parcel", file, **said)
    assert (first.new, first.refused) == (1, 2)
    assert first.refused_file is not None
    waiting = Path(first.refused_file)
    mend(waiting, KyHieuMucDichSuDung="ODT")
    second = office.run("land.parcel", waiting, **said)
    assert (second.new, second.refused) == (1, 1)
    assert second.refused_file is not None
    waiting = Path(second.refused_file)
    assert waiting.read_text(encoding="utf-8").splitlines()[0].count("refused_reason") == 1
    mend(waiting, MaXa="20410")
    third = office.run("land.parcel", waiting, **said)
    assert (third.new, third.refused) == (1, 0)
    assert office.run("land.parcel", file, **said).refused == 2


def test_no_file_but_one_of_refused_rows_is_written_over(office: Office) -> None:
    file = office.geojson("a.geojson", [parcel(1), parcel(2, MaXa="99999")])
    said, link = office.text("map.toml", 'valid_from = "tu_ngay"'), office.folder / "link.csv"
    link.hardlink_to(file)
    other = office.text("years.csv", "year,work\n2025,much\n")
    for path in (file, said, link, file.parent / "." / "a.geojson", other):
        before = path.read_bytes()
        with pytest.raises(errors.BadFile) as failure:
            office.run("land.parcel", file, map=said, refused=path)
        assert (failure.value.code, path.read_bytes()) == ("input.refused_path", before)
    path = office.folder / "bad.csv"
    for _ in range(2):
        assert office.run("land.parcel", file, map=said, refused=path).refused_file == str(path)
    assert len(path.read_text(encoding="utf-8").splitlines()) == 2
    assert not list(office.folder.glob(".bad*"))


def test_a_place_is_told_once(office: Office) -> None:
    report = office.run(
        "land.parcel", office.geojson("a.geojson", [parcel(1, DienTichPhapLy=-5)]), valid_from="tu_ngay"
    )
    line = next(line for line in told(report) if "line 2" in line)
    assert line.count("land.parcel.documented_area") == 1

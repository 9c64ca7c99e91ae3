"""The file of refused rows can be mended and imported as it is."""

import csv
from pathlib import Path

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

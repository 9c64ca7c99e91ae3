"""Filling and looking at the registers from a terminal: import, seed, show."""

import json
from pathlib import Path

import pytest

from baseregistry.commands import edge
from tests.commands.test_edge import run
from tests.conftest import Database

GOOD = "91216,Épinay-sur-Orge,COMMUNE,1900-01-01\n91027,Athis-Mons,COMMUNE,1900-01-01\n"
BAD = "91999,Nowhere,HAMLET,1900-01-01\n"


@pytest.fixture
def units(tmp_path: Path) -> Path:
    """A file of units, of which the last names an unknown level."""
    path = tmp_path / "units.csv"
    path.write_text(f"code,name,level,since\n{GOOD}{BAD}", encoding="utf-8")
    return path


def test_an_import_tells_what_became_of_each_row(database: Database, units: Path) -> None:
    def imported(*options: str) -> tuple[int, dict[str, object]]:
        told = run(
            "import", "administration.unit", str(units), "--valid-from", "since", "--json", *options,
            BASEREGISTRY_DATABASE_URL=database.url,
        )  # fmt: skip
        report: dict[str, object] = json.loads(told.stdout)
        return told.returncode, report

    code, planned = imported("--dry-run")
    assert (code, planned["new"], planned["refused"], planned["positions"]) == (edge.REFUSED, 2, 1, [])
    code, report = imported("--document", "QĐ 1/2026", "--document-date", "2026-01-31")
    assert (code, report["new"], report["refused"], report["positions"]) == (edge.REFUSED, 2, 1, [1])
    assert report["refusals"] == {"input.unknown_code": 1}
    assert "HAMLET" in Path(str(report["refused_file"])).read_text(encoding="utf-8")
    units.write_text(f"code,name,level,since\n{GOOD}", encoding="utf-8")
    code, again = imported()
    assert (code, again["unchanged"], again["positions"]) == (edge.DONE, 2, [])


def test_the_report_reads_well(database: Database, units: Path) -> None:
    told = run(
        "import", "administration.unit", str(units), "--valid-from", "since", BASEREGISTRY_DATABASE_URL=database.url
    )
    assert told.returncode == edge.REFUSED
    for line in ("  new                2\n", "  refused input.unknown_code: 1\n", "    line 4: input.unknown_code"):
        assert line in told.stdout
    provenance = run(
        "psql", "-At", "-c", "SELECT kind, agency, document_number FROM ledger_change",
        BASEREGISTRY_DATABASE_URL=database.url,
    )  # fmt: skip
    assert provenance.stdout.startswith("REGISTRATION|")
    assert provenance.stdout.endswith("|units.csv\n")


def test_what_cannot_be_imported_is_told(database: Database, tmp_path: Path) -> None:
    for arguments, code in [
        (("land.parcel", str(tmp_path / "none.csv")), "input.no_such_file"),
        (("land.castle", str(tmp_path / "none.csv")), "register.no_such_name"),
    ]:
        told = run("import", *arguments, BASEREGISTRY_DATABASE_URL=database.url)
        assert told.returncode == edge.REFUSED
        assert "Traceback" not in told.stderr
        assert told.stderr.startswith("error["), code
    assert run("import", "land.parcel", "f.csv", "--axis", "zz").returncode == edge.USAGE


def test_a_sample_goes_into_an_empty_ledger_only(database: Database, units: Path) -> None:
    run("import", "administration.unit", str(units), "--valid-from", "since", BASEREGISTRY_DATABASE_URL=database.url)
    told = run("seed", "--people", "10", BASEREGISTRY_DATABASE_URL=database.url)
    assert told.returncode == edge.REFUSED
    assert told.stderr.startswith("error[seed.ledger_not_empty]")


def test_a_name_shows_what_is_generated_from_it() -> None:
    told = run("show", "land.parcel")
    assert told.returncode == edge.DONE
    for part in ("## land.parcel", "CREATE TABLE land_parcel", "type Parcel implements Node"):
        assert part in told.stdout
    assert "Đất đai · Land" in run("show").stdout
    near = run("show", "land.parcl")
    assert near.returncode == edge.REFUSED
    assert "Did you mean land.parcel" in near.stderr


def test_findings_are_listed(database: Database) -> None:
    told = run("show", "findings", "land.parcel", BASEREGISTRY_DATABASE_URL=database.url)
    assert (told.returncode, told.stdout) == (edge.DONE, "0 findings.\n")


def test_generated_files_are_fresh() -> None:
    told = run("generate", "--check")
    assert told.returncode == edge.DONE, told.stderr

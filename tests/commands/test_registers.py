"""Filling and looking at the registers from a terminal: import, seed, show."""

import json
import os
import subprocess
import sys
import time
from pathlib import Path

import pytest

from baseregistry.commands import edge
from baseregistry.commands.sample import Unfinished
from baseregistry.db import reading
from baseregistry.registries.ledger import head
from tests.commands.test_edge import run
from tests.conftest import Database, MakeDatabase

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


def test_a_sample_goes_into_an_empty_ledger_only(database: Database, units: Path, tmp_path: Path) -> None:
    run("import", "administration.unit", str(units), "--valid-from", "since", BASEREGISTRY_DATABASE_URL=database.url)
    told = run(
        "seed", "--people", "10", BASEREGISTRY_DATABASE_URL=database.url, BASEREGISTRY_DATA=str(tmp_path / "own")
    )
    assert told.returncode == edge.REFUSED
    assert told.stderr.startswith("error[seed.ledger_not_empty]")
    assert not (tmp_path / "own" / "sample.unfinished").exists()


def test_real_history_is_never_dropped(database: Database, units: Path, tmp_path: Path) -> None:
    run("import", "administration.unit", str(units), "--valid-from", "since", BASEREGISTRY_DATABASE_URL=database.url)
    mark = Unfinished(tmp_path / "sample.unfinished", database.engine, "baseregistry")
    mark.put()
    assert mark.is_set()
    assert not mark.drop()
    assert not mark.is_set()
    with reading(database.engine) as session:
        assert head(session).position == 1


def test_a_mark_of_another_database_does_not_count(make_database: MakeDatabase, tmp_path: Path) -> None:
    one, other = make_database(), make_database()
    Unfinished(tmp_path / "mark", one.engine, "baseregistry").put()
    assert not Unfinished(tmp_path / "mark", other.engine, "baseregistry").is_set()
    assert not Unfinished(tmp_path / "mark", one.engine, "elsewhere").is_set()


def test_a_seed_that_was_interrupted_begins_anew(database: Database, tmp_path: Path) -> None:
    variables = {"BASEREGISTRY_DATABASE_URL": database.url, "BASEREGISTRY_DATA": str(tmp_path / "own")}
    mark = tmp_path / "own" / "sample.unfinished"
    killed = subprocess.Popen(
        [sys.executable, "-m", "baseregistry", "seed", "--people", "2000"],
        env={**os.environ, **variables},
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    while not _position(database):
        assert killed.poll() is None
        time.sleep(0.1)
    killed.kill()
    killed.wait(60)
    assert mark.exists()
    told = run("seed", "--people", "20", **variables)
    assert told.returncode == edge.DONE, told.stderr
    assert told.stdout.startswith("The last load of the sample was interrupted.")
    assert "20 people" in told.stdout
    assert not mark.exists()


def _position(database: Database) -> int:
    with reading(database.engine) as session:
        return head(session).position


def test_a_name_shows_what_is_generated_from_it() -> None:
    told = run("show", "land.parcel")
    assert told.returncode == edge.DONE
    for part in ("## land.parcel", "CREATE TABLE land_parcel", "type Parcel implements Node"):
        assert part in told.stdout
    assert "Đất đai · Land" in run("show").stdout
    near = run("show", "land.parcl")
    assert near.returncode == edge.REFUSED
    assert "Did you mean land.parcel" in near.stderr


@pytest.mark.parametrize(
    "arguments",
    [("--rule", "x"), ("land.parcel", "--within", "y"), ("land.parcel", "--json"), ("land.parcel", "land.right")],
)
def test_options_of_findings_are_refused_elsewhere(arguments: tuple[str, ...]) -> None:
    told = run("show", *arguments)
    assert (told.returncode, told.stdout) == (edge.USAGE, "")
    assert "show findings" in told.stderr


def test_findings_are_listed(database: Database) -> None:
    told = run("show", "findings", "land.parcel", BASEREGISTRY_DATABASE_URL=database.url)
    assert (told.returncode, told.stdout) == (edge.DONE, "0 findings.\n")


def test_generated_files_are_fresh() -> None:
    told = run("generate", "--check")
    assert told.returncode == edge.DONE, told.stderr

"""An import that is killed, interrupted or kept waiting leaves whole changes only; running it again finishes the job."""

import signal
import subprocess
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from baseregistry import errors
from baseregistry.db import reading, writing
from baseregistry.registries import ledger, verification
from baseregistry.registries.imports import ImportOrder, run_import, session
from baseregistry.registries.imports import writing as writer
from tests.registries.imports.conftest import WORD, Office, parcel

ROWS = 20_500  # two whole changes, and a small one
CHILD = """
import sys, time
from pathlib import Path
from baseregistry import db
from baseregistry.registries.imports import ImportOrder, run_import, session
from baseregistry.registries.installation import opened
from baseregistry.registries.ledger import Kind, Provenance
from baseregistry.settings import Settings

def progress(what, done, of):
    if what == "write":
        print(done, flush=True)
        if done > 10_000:
            time.sleep(600)

settings = Settings()
engine = db.engine(settings.database_url.get_secret_value(), settings.schema_name)
with db.reading(engine) as session:
    installation = opened(session, settings)
word = Provenance(kind=Kind.REGISTRATION, agency="x", recorded_by="y")
order = ImportOrder(entity="administration.unit", file=Path(sys.argv[1]), provenance=word)
run_import(engine, installation, order, progress)
"""


@pytest.fixture
def units(office: Office) -> Path:
    rows = "".join(f"U{number},Xã {number},COMMUNE,2001-01-01\n" for number in range(ROWS))
    return office.text("units.csv", f"code,name,level,valid_from\n{rows}")


def imported(office: Office) -> int:
    """How many of the file's units are there, in changes that are whole."""
    counts = office.ask(
        "SELECT count(*) AS it FROM administration_unit WHERE code LIKE 'U%' GROUP BY recorded_from ORDER BY recorded_from"
    )
    assert all(row.it == 10_000 for row in counts[:-1])
    with reading(office.database.engine) as session:
        assert verification.verify(session, office.database.installation).sound
    return sum(row.it for row in counts)


def finish(office: Office, units: Path, there: int) -> None:
    report = office.run("administration.unit", units)
    assert (report.unchanged, report.new, report.refused) == (there, ROWS - there, 0)
    assert imported(office) == ROWS


def test_killed_in_the_middle_and_run_again(office: Office, units: Path) -> None:
    environment = {"BASEREGISTRY_DATABASE_URL": office.database.url, "PATH": "/usr/bin:/bin"}
    child = subprocess.Popen([sys.executable, "-c", CHILD, str(units)], stdout=subprocess.PIPE, env=environment)
    assert child.stdout is not None
    assert child.stdout.readline() == b"10000\n"
    time.sleep(0.2)  # in the middle of the second change
    child.send_signal(signal.SIGKILL)
    child.wait()
    child.stdout.close()
    there = imported(office)
    assert there in {10_000, 20_000}
    finish(office, units, there)


def test_ctrl_c_between_two_changes(office: Office, units: Path) -> None:
    def interrupted(what: str, done: int, of: int | None) -> None:
        if what == "write":
            raise KeyboardInterrupt

    order = ImportOrder(entity="administration.unit", file=units, provenance=WORD)
    with pytest.raises(KeyboardInterrupt):
        run_import(office.database.engine, office.database.installation, order, interrupted)
    assert imported(office) == 10_000
    finish(office, units, 10_000)


def test_a_ledger_that_stays_held_is_told_and_nothing_is_written(
    office: Office, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(ledger, "WAIT", "50ms")
    monkeypatch.setattr(writer, "PATIENCE", 2)
    monkeypatch.setattr(writer, "PAUSE", 0.0)
    file = office.text("a.csv", "code,name,level,valid_from\nA1,Xã A,COMMUNE,2001-01-01\n")
    with writing(office.database.engine) as other:
        ledger.hold(other, office.database.installation)
        with pytest.raises(errors.Busy, match="held the ledger for minutes"):
            office.run("administration.unit", file)
    assert office.run("administration.unit", file).new == 1


def test_a_race_for_a_key_refuses_the_row_that_lost(office: Office, monkeypatch: pytest.MonkeyPatch) -> None:
    """Another writer takes a key between the checks and the change: the other rows of the change go in."""
    file = office.text("a.csv", "code,name,level,valid_from\nA1,A,COMMUNE,2001-01-01\nA2,B,COMMUNE,2001-01-01\n")
    write = writer.Writer.write

    def late(self: writer.Writer, count: int) -> object:
        office.unit("A2")
        return write(self, count)

    monkeypatch.setattr(writer.Writer, "write", late)
    report = office.run("administration.unit", file)
    assert (report.new, report.refusals) == (1, {"versions.duplicate_key": 1})
    assert report.refused_examples[0].line == 3


def test_two_imports_of_one_file_at_once_register_everything_once(
    office: Office, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Labels may be shared, so no constraint would stop the second one: it waits, and finds what the first one wrote."""
    file = office.geojson("a.geojson", [parcel(n) for n in range(50)])
    with ThreadPoolExecutor(2) as threads:
        reports = list(threads.map(lambda _: office.run("land.parcel", file, valid_from="tu_ngay"), range(2)))
    assert sorted(report.new for report in reports) == [0, 50]
    assert sorted(report.unchanged for report in reports) == [0, 50]
    monkeypatch.setattr(session, "WAIT", "50ms")
    with session.Session(office.database.engine) as other:
        other.claim([f"baseregistry.import.{office.database.installation.schema}.land.parcel"])
        with pytest.raises(errors.Busy, match="Another import"):
            office.run("land.parcel", file, valid_from="tu_ngay")
    assert office.run("land.parcel", file, valid_from="tu_ngay").unchanged == 50

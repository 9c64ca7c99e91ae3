"""What happens when the database cannot serve: words, a code, what to do; and nothing half-written."""

import os
import subprocess
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from uuid import uuid4

import psycopg
import pytest
from sqlalchemy.exc import DBAPIError

from baseregistry import db, errors
from baseregistry.cluster import Cluster
from baseregistry.registries import changes, ledger, verification
from baseregistry.registries.acts import Act, Period, register
from baseregistry.registries.ledger import Kind, Provenance
from tests.conftest import Database, missing

WORD = Provenance(kind=Kind.REGISTRATION, agency="Công an tỉnh", recorded_by="an")


@pytest.fixture
def small_disk(tmp_path: Path, running_cluster: Cluster) -> Iterator[Path]:
    """A disk of 4 MB that the cluster may write to."""
    if os.geteuid() != 0:
        missing("A disk that fills up can only be made by root (mount -t tmpfs): run this test as root.")
    owner = (running_cluster.folder.path / "cluster").stat().st_uid
    folder = Path("/var/tmp") / f"baseregistry-small-disk-{uuid4().hex}"
    folder.mkdir()
    subprocess.run(["mount", "-t", "tmpfs", "-o", f"size=4m,uid={owner},mode=0700", "tmpfs", str(folder)], check=True)
    yield folder
    subprocess.run(["umount", str(folder)], check=True)
    folder.rmdir()


def people(database: Database, number: int) -> list[Act]:
    person = database.installation.declarations.entities["population.person"]
    born = Period(datetime(1990, 1, 1, tzinfo=UTC))
    return [register(person, uuid4(), born, {"full_name": f"Nguyễn Văn {n}", "status": "ALIVE"}) for n in range(number)]


def test_a_database_that_is_down_says_how_to_start_it() -> None:
    nobody = db.engine("postgresql://nobody@/nothing?host=/nonexistent-socket-folder", "baseregistry")
    with pytest.raises(errors.Unavailable) as refused, db.reading(nobody):
        pass
    assert refused.value.code == "register.unavailable"
    assert "baseregistry db start" in (refused.value.hint or "")


def test_a_database_without_registers_says_to_migrate(database: Database, running_cluster: Cluster) -> None:
    empty = db.engine(running_cluster.url("postgres"), "baseregistry")
    with pytest.raises(errors.Unavailable) as refused, db.reading(empty) as reading:
        ledger.head(reading)
    assert refused.value.code == "register.not_migrated"
    empty.dispose()


LOCKED = "LOCK TABLE baseregistry.ledger_change IN ACCESS EXCLUSIVE MODE NOWAIT"
RAISED = "DO $$ BEGIN RAISE EXCEPTION 'deadlock detected' USING ERRCODE = '{}'; END $$"


@pytest.mark.parametrize(
    ("statement", "code"),
    [
        ("SELECT pg_sleep(5)", "register.took_too_long"),
        ("CREATE TABLE nowhere.thing (a int)", "register.not_migrated"),
        ("ALTER ROLE postgres SET work_mem = '1MB'", "register.no_rights"),
        (RAISED.format("40P01"), "ledger.busy"),
        (RAISED.format("40001"), "ledger.busy"),
    ],
)
def test_what_stops_a_statement_has_a_code(database: Database, statement: str, code: str) -> None:
    with psycopg.connect(database.url) as connection:
        connection.execute(f"ALTER ROLE CURRENT_USER IN DATABASE {database.name} SET statement_timeout = 500")
    with pytest.raises(errors.RegisterError) as refused, db.writing(database.engine) as writing:
        writing.execute(statement)
    assert (refused.value.code, bool(refused.value.hint)) == (code, True)
    assert statement not in refused.value.message


def test_a_session_that_reads_says_that_it_cannot_write(database: Database) -> None:
    with pytest.raises(errors.Unavailable) as refused, db.reading(database.engine) as reading:
        reading.execute("CREATE TABLE thing (a int)")
    assert refused.value.code == "register.read_only"


def test_what_another_holds_is_busy(database: Database) -> None:
    with psycopg.connect(database.url) as other:
        other.execute(LOCKED)
        with pytest.raises(errors.Busy), db.writing(database.engine) as writing:
            writing.execute(LOCKED)


def test_no_edge_shows_a_statement_or_a_value(database: Database) -> None:
    with pytest.raises(psycopg.Error) as failure, db.writing(database.engine) as writing:
        writing.execute("SELECT nothing FROM record WHERE entity = :name", {"name": "Nguyễn Thị Bí Mật"})
    assert isinstance(failure.value.__cause__, DBAPIError)
    assert "Bí Mật" not in str(failure.value.__cause__)
    said = db.worded(failure.value)
    assert said is not None
    assert (said.code, said.message) == (
        "register.database_failed",
        'The database failed: column "nothing" does not exist',
    )
    assert db.worded(failure.value.__cause__).__dict__ == said.__dict__
    assert db.worded(ValueError("a bug")) is None


def test_the_guards_of_the_tables_keep_their_words(database: Database) -> None:
    _record(database, 1)
    with pytest.raises(psycopg.Error) as failure, db.writing(database.engine) as writing:
        writing.execute("DELETE FROM ledger_change")
    said = db.worded(failure.value)
    assert isinstance(said, errors.Refused)
    assert said.code == "ledger.never_rewritten"
    assert "never rewritten" in said.message
    assert "Record a change" in (said.hint or "")


def test_a_full_disk_loses_nothing_and_says_so(database: Database, running_cluster: Cluster, small_disk: Path) -> None:
    with psycopg.connect(running_cluster.url(database.name, "postgres"), autocommit=True) as administrator:
        name = f"small_{uuid4().hex}"
        administrator.execute(f"CREATE TABLESPACE {name} OWNER CURRENT_USER LOCATION '{small_disk}'")
        administrator.execute(f"ALTER TABLE baseregistry.population_person SET TABLESPACE {name}")
        try:
            _fill(database)
        finally:
            administrator.execute("ALTER TABLE baseregistry.population_person SET TABLESPACE pg_default")
            administrator.execute(f"DROP TABLESPACE {name}")


def _record(database: Database, number: int) -> None:
    with db.writing(database.engine) as writing:
        changes.record(writing, database.installation, WORD, people(database, number))


def _record_until_refused(database: Database) -> tuple[int, errors.Unavailable]:
    for acknowledged in range(50):
        try:
            _record(database, 2000)
        except errors.Unavailable as refused:
            return acknowledged, refused
    pytest.fail("the small disk never filled up")


def _fill(database: Database) -> None:
    acknowledged, refused = _record_until_refused(database)
    assert refused.code == "register.out_of_space"
    assert "Nothing was written" in (refused.hint or "")
    with db.reading(database.engine) as reading:
        assert ledger.head(reading).position == acknowledged
        assert verification.verify(reading, database.installation).sound
        held = reading.execute("SELECT count(*) FROM population_person").scalar_one()
    assert held == acknowledged * 2000

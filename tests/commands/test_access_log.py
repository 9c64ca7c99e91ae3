"""`baseregistry access partitions` and `access drop`: a month of the access log goes after its time, and not before."""

import json
from datetime import UTC, datetime

import pytest
import sqlalchemy as sa

from baseregistry.commands import edge
from tests.access.log import REGISTERS, entry, verified, written
from tests.commands.test_edge import Run, run
from tests.conftest import Database

LONG_AGO = int(datetime(2020, 3, 15, tzinfo=UTC).timestamp()) * 1_000_000


@pytest.fixture
def old_rows(database: Database) -> Database:
    """A log with two groups in March 2020, and one of today."""
    with database.engine.begin() as connection:
        made = "SELECT access_prepare(:registers, '2020-03-01', 1)"
        connection.execute(sa.text(made), {"registers": list(REGISTERS)})
    written(database, [entry(1, asked_at=LONG_AGO)], [entry(2, asked_at=LONG_AGO)], [entry(3)])
    return database


def asked(database: Database, *arguments: str) -> Run:
    return run("access", *arguments, BASEREGISTRY_DATABASE_URL=database.url)


def test_a_month_goes_after_its_time_and_the_chain_still_holds(old_rows: Database) -> None:
    told = asked(old_rows, "drop", "land", "2020-03", "--yes", "--json")
    assert told.returncode == edge.DONE, told.stderr
    said = json.loads(told.stdout)
    assert (said["register"], said["month"], said["rows"], said["first"], said["last"]) == ("land", "2020-03", 2, 1, 2)
    verdict = verified(old_rows)
    assert (verdict.problems, verdict.dropped, verdict.rows) == ([], 2, 8)
    listed = json.loads(asked(old_rows, "partitions", "--json").stdout)
    march = [part["register"] for part in listed if part["month"] == "2020-03"]
    assert march == sorted({"request", *REGISTERS} - {"land"})
    again = asked(old_rows, "drop", "land", "2020-03", "--yes")
    assert (again.returncode, "access.no_partition" in again.stderr) == (edge.REFUSED, True)


def test_without_a_yes_nothing_is_dropped(old_rows: Database) -> None:
    told = asked(old_rows, "drop", "land", "2020-03")
    assert told.returncode != edge.DONE
    assert "for good?" in told.stderr
    assert verified(old_rows).rows == 12


@pytest.mark.parametrize("keep", [(), ("--keep-months", "12")], ids=["36", "12"])
def test_a_month_is_kept_for_its_time(old_rows: Database, keep: tuple[str, ...]) -> None:
    today = datetime.now(UTC)
    last_year = f"{today.year - (0 if keep else 2)}-{today.month:02}"
    told = asked(old_rows, "drop", "land", last_year, "--yes", *keep)
    assert (told.returncode, "access.still_kept" in told.stderr) == (edge.REFUSED, True)


def test_nobody_keeps_a_month_for_less_than_a_year(old_rows: Database) -> None:
    assert asked(old_rows, "drop", "land", "2020-03", "--yes", "--keep-months", "11").returncode == edge.USAGE


@pytest.mark.parametrize("month", ["2020-13", "2020", "../../x"])
def test_what_is_no_month_is_refused(database: Database, month: str) -> None:
    told = asked(database, "drop", "land", month, "--yes")
    assert (told.returncode, "is no month" in told.stderr) == (edge.REFUSED, True)

"""`baseregistry access figures`: who asked how much in a month, and nobody's name."""

import csv
import io
import json
from datetime import UTC, datetime
from typing import Any

import pytest

from baseregistry.commands import edge
from tests.access.accesses import AN, BINH, LAND, TAX, about, access, asked
from tests.access.log import uuid
from tests.commands.test_edge import Run, run
from tests.conftest import Database

MONTH = "2026-09"


def at(day: int, hour: int) -> int:
    """A moment of September 2026 in Việt Nam (UTC+7); the 5th is a Saturday."""
    return int(datetime(2026, 9, day, hour - 7, tzinfo=UTC).timestamp() * 1_000_000)


@pytest.fixture
def september(database: Database) -> Database:
    right = f"1.{uuid(77)}.6.{BINH}.{AN}".encode()
    refusal = {"form": "refusal", "status": 403, "code": "access.field_not_granted"}
    turned_away = {"agency": "", "client": "", "purpose": "", "official": "", "form": "refusals", "status": 401}
    asked(
        database,
        access(1, keys=(*about(BINH), right), asked_at=at(1, 9), case="HS-1"),
        access(2, keys=about(BINH), asked_at=at(5, 9), case="HS-1"),
        access(3, keys=about(AN), asked_at=at(2, 20), case="HS-2"),
        access(4, keys=(), asked_at=at(3, 10), case=None),
        access(5, keys=about(AN), asked_at=at(3, 11), agency=LAND, client="land", purpose="land-transfer"),
        access(6, keys=(), asked_at=at(4, 9), **refusal),
        access(7, keys=(), asked_at=at(4, 10), known="730", code="access.bad_token", **turned_away),
        access(8, keys=about(AN), asked_at=at(30, 26)),
    )
    return database


def figures(database: Database, *arguments: str) -> Run:
    return run("access", "figures", "--month", MONTH, *arguments, BASEREGISTRY_DATABASE_URL=database.url)


def told(database: Database) -> list[Any]:
    said = figures(database, "--json")
    assert said.returncode == edge.DONE, said.stderr
    body = json.loads(said.stdout)
    assert body["month"] == MONTH
    found: list[Any] = body["figures"]
    return found


def test_each_client_of_each_agency_and_purpose_has_its_figures(september: Database) -> None:
    nobody, land, tax = told(september)
    assert tax == {
        "agency": TAX,
        "purpose": "land-tax",
        "client": "tax",
        "requests": 4,
        "changes": 0,
        "events": 0,
        "cases": 2,
        "out_of_hours": 2,
        "out_of_hours_share": 0.5,
        "opened": 3,
        "search_hits": 1,
        "subjects": 2,
        "most_asked": [2, 2],
        "refusals": {"access.field_not_granted": 1},
    }
    assert (land["agency"], land["requests"], land["subjects"], land["refusals"]) == (LAND, 1, 1, {})
    assert (nobody["agency"], nobody["requests"], nobody["refusals"]) == ("", 0, {"access.bad_token": 730})


def test_no_person_is_named(september: Database) -> None:
    for form in ("--json", "--csv"):
        said = figures(september, form).stdout
        assert not any(word in said for word in (BINH, AN, uuid(77), "HS-1", "cb01"))


def test_a_spreadsheet_gets_the_same(september: Database) -> None:
    rows = list(csv.DictReader(io.StringIO(figures(september, "--csv").stdout)))
    assert [(row["agency"], row["requests"], row["refused"], row["most_asked"]) for row in rows] == [
        ("", "0", "730", ""),
        (LAND, "1", "0", "1"),
        (TAX, "4", "1", "2 2"),
    ]


def test_people_read_a_table(september: Database) -> None:
    lines = figures(september).stdout.splitlines()
    assert lines[0].split() == [
        *("agency", "purpose", "client", "requests", "cases", "opened", "search", "hits", "subjects"),
        *("out", "of", "hours", "share", "refused", "most", "asked"),
    ]
    assert "refused  -  -  -  access.bad_token  730" in lines


def test_a_month_without_requests(database: Database) -> None:
    said = run("access", "figures", "--month", "2026-02", BASEREGISTRY_DATABASE_URL=database.url)
    assert said.stdout == "Nothing was asked in 2026-02.\n"

"""Limits of clients by every door: 429 with Retry-After, in the log, the same over two workers and after a restart."""

from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import httpx
import pytest
import sqlalchemy as sa

from baseregistry.access.log.unpacking import caught_up
from tests.access.register import Register
from tests.access.releases import Release, Serving
from tests.conftest import Database

NAME = "query Name($id: ID!) { person(id: $id) { fullName } }"
NAMES = "{ persons(first: 10) { nodes { fullName } } }"
SHEET = "query Sheet($n: String!) { parcel(nationalParcelId: $n) { mapSheet } }"
UNITS = "{ units(first: 1) { nodes { code } } }"
PURPOSE = {"x_purpose": "land-tax", "x_case": "HS-1"}


@pytest.fixture
def register(database: Database) -> Register:
    """The tax department may see four people's names, and one parcel."""
    made = Register(database)
    made.before()
    made.callers()
    made.grant("names", "person.fullName", "parcel.nationalParcelId", "parcel.mapSheet")
    where = {"commune": str(made.id("A")), "numbering_commune": str(made.id("A"))}
    said = {"map_sheet": "7", "parcel_number": "1", "status": "CURRENT", "national_parcel_id": "PID-1", **where}
    people = [
        made.register("population.person", name, full_name=name, status="ALIVE") for name in ("An", "Ba", "Cam", "Dung")
    ]
    made.write(made.register("land.parcel", "parcel", **said), *people)
    return made


@pytest.fixture
def release(register: Register, tmp_path: Path) -> Release:
    return Release(register.database, tmp_path)


def limit(register: Register, **allowed: int) -> None:
    register.write(register.change("access.client", "tax", datetime.now(UTC), **allowed))


def ask(serving: Serving, register: Register, text: str = SHEET) -> Any:
    variables = {"n": "PID-1"} if text is SHEET else {"id": str(register.id("An"))} if text is NAME else {}
    return serving.send({"query": text, "variables": variables}, **PURPOSE)


def code(response: Any) -> str | None:
    body = response.json()
    found: str | None = body["errors"][0]["extensions"]["code"] if "errors" in body else None
    return found


def refusals(database: Database) -> list[tuple[int, str]]:
    """Status and code of what the log has of refusals."""
    caught_up(database.engine)
    statement = "SELECT status, code FROM access_request WHERE code LIKE 'access.%' ORDER BY asked_at"
    with database.engine.connect() as connection:
        return [(row.status, row.code) for row in connection.execute(sa.text(statement))]


def test_too_many_requests_are_refused_with_the_time_to_come_back(register: Register, release: Release) -> None:
    limit(register, requests_per_second=1, burst=3)
    with release.serving() as one, release.serving() as other:
        told = [ask(worker, register) for worker in (one, other, one, other, one, other)]
        assert [response.status_code for response in told].count(200) in {3, 4}  # it may take a second
        refused = told[-1]
        assert (refused.status_code, code(refused)) == (429, "access.rate_limited")
        assert 1 <= int(refused.headers["retry-after"]) <= 2
        assert refused.json()["errors"][0]["extensions"]["where"]["limit"] == "requests"
        plain = one.send({"query": SHEET, "variables": {"n": "PID-1"}}, accept="application/json", **PURPOSE)
        assert plain.status_code == 429
    assert set(refusals(register.database)) == {(429, "access.rate_limited")}


def test_a_flood_of_refusals_does_not_fill_the_log(register: Register, release: Release) -> None:
    limit(register, requests_per_second=1, burst=1)
    with release.serving() as serving:
        assert sum(ask(serving, register).status_code == 429 for _ in range(40)) >= 35
        logged = refusals(register.database)
    assert 1 <= len(logged) <= 21  # ten in a minute, and the minute may turn
    counted = [one for one in refusals(register.database) if one not in logged]
    assert counted == [] or counted == [(429, "access.rate_limited")]


def test_points_are_spent_by_what_a_question_costs(register: Register, release: Release) -> None:
    with release.serving() as serving:
        points = ask(serving, register).json()["extensions"]["cost"]
        limit(register, cost_per_minute=3 * points)
        serving.renew()
        told = [ask(serving, register) for _ in range(3)]
        assert [response.status_code for response in told] == [200, 200, 429]  # the first one counts
        refused = told[-1].json()["errors"][0]["extensions"]
        assert (refused["code"], refused["where"]["limit"]) == ("access.rate_limited", "cost")
        dear = ask(serving, register, "{ persons(first: 1000) { nodes { fullName } } }")
        assert "at once" in dear.json()["errors"][0]["message"]


def test_a_day_has_so_many_personal_records_also_after_a_restart(register: Register, release: Release) -> None:
    limit(register, personal_records_per_day=6)
    with release.serving() as serving:
        assert len(ask(serving, register, NAMES).json()["data"]["persons"]["nodes"]) == 4
        assert code(ask(serving, register, NAMES)) == "access.quota_exhausted"
        assert ask(serving, register, NAME).status_code == 200
    with release.serving() as serving:
        assert ask(serving, register, NAME).status_code == 200
        refused = ask(serving, register, NAME)
        assert (refused.status_code, code(refused)) == (429, "access.quota_exhausted")
        assert "An" not in refused.text
        assert 0 < int(refused.headers["retry-after"]) <= 86_400
        assert ask(serving, register).status_code == 200  # a parcel is no person
    assert (429, "access.quota_exhausted") in refusals(register.database)


def test_each_question_of_a_list_and_each_set_of_variables_counts(register: Register, release: Release) -> None:
    limit(register, requests_per_second=1, burst=3)
    one = {"query": SHEET, "variables": {"n": "PID-1"}}
    with release.serving() as serving:
        told = serving.send([one] * 5, **PURPOSE)
        codes = [item["errors"][0]["extensions"]["code"] if "errors" in item else None for item in told.json()]
        assert codes == [None, None, None, "access.rate_limited", "access.rate_limited"]
    with release.serving() as serving:
        sets = serving.send({"query": SHEET, "variables": [{"n": "PID-1"}] * 9}, **PURPOSE)
        assert "access.rate_limited" in sets.text
        assert "mapSheet" not in sets.text


def test_streams_are_held_to_the_same(register: Register, release: Release) -> None:
    limit(register, requests_per_second=1, burst=1)
    with release.serving() as serving:
        told = [
            serving.send({"query": SHEET, "variables": {"n": "PID-1"}}, accept="text/event-stream", **PURPOSE)
            for _ in range(3)
        ]
        assert told[0].status_code == 200
        assert '"mapSheet":' in told[0].text
        assert (told[-1].status_code, code(told[-1])) == (429, "access.rate_limited")
        assert int(told[-1].headers["retry-after"]) >= 1


def test_the_anonymous_are_one(register: Register, release: Release, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("BASEREGISTRY_ANONYMOUS_REQUESTS_PER_SECOND", "1")
    with release.serving() as serving:
        serving.token = ""
        told = [anonymous(serving) for _ in range(14)]
        assert told[0].status_code == 200
        assert (told[-1].status_code, code(told[-1])) == (429, "access.rate_limited")


def anonymous(serving: Serving) -> Any:
    return serving.runner.run(_without_token(serving))


async def _without_token(serving: Serving) -> Any:
    transport = httpx.ASGITransport(serving.service)
    async with httpx.AsyncClient(transport=transport, base_url="http://127.0.0.1:8000") as client:
        return await client.post("/graphql", json={"query": UNITS})


def test_a_default_holds_for_who_has_no_limit_of_his_own(
    register: Register, release: Release, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("BASEREGISTRY_CLIENT_PERSONAL_RECORDS_PER_DAY", "1")
    with release.serving() as serving:
        assert ask(serving, register, NAME).status_code == 200
        assert code(ask(serving, register, NAME)) == "access.quota_exhausted"
        limit(register, personal_records_per_day=2)
        serving.renew()
        assert ask(serving, register, NAME).status_code == 200
        assert code(ask(serving, register, NAME)) == "access.quota_exhausted"

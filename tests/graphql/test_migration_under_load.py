"""Tables change while clients ask: each is answered as before, or told clearly to ask again.

A migration is one transaction that locks one table after the other; readers of both may come between them, and
PostgreSQL then gives one of the two up.
"""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import httpx
import psycopg
import pytest

from baseregistry.access import tokens
from baseregistry.server import Service
from baseregistry.settings import Settings
from bench import questions
from bench.migration import STEPS
from tests.conftest import Database
from tests.graphql.world import World, build

CLIENTS = 6
PATIENCE = 10.0  # seconds; a deadlock is found after one
HOLDER = """SELECT i.number, p.commune::text FROM population_identifier i JOIN land_right r ON r.holder = i.person
 JOIN land_parcel p ON p.record_id = r.parcel WHERE i.scheme = 'PERSONAL_ID' AND i.recorded_to IS NULL
 AND r.recorded_to IS NULL AND p.recorded_to IS NULL LIMIT 1"""


@dataclass
class Heard:
    """What the clients heard: answers as before by step, and what else was said."""

    expected: list[Any]
    answered: dict[str, int] = field(default_factory=dict)
    retry: list[str] = field(default_factory=list)
    failed: list[str] = field(default_factory=list)
    step: str = "before"
    enough: asyncio.Event = field(default_factory=asyncio.Event)

    def took(self, place: int, response: httpx.Response) -> None:
        said = response.json()
        if response.status_code == 200 and said.get("data") == self.expected[place] and "errors" not in said:
            self.answered[self.step] = self.answered.get(self.step, 0) + 1
        elif response.status_code == 503 and "retry-after" in response.headers:
            self.retry.append(said["errors"][0]["extensions"]["code"])
        else:
            self.failed.append(f"{self.step}: {response.status_code} {response.text[:300]}")
        if self.failed or self.answered.get(self.step, 0) >= 2 * CLIENTS:
            self.enough.set()

    async def after(self, step: str) -> None:
        """Until every client was answered again after `step`, or one heard what it must not."""
        self.step = step
        self.enough.clear()
        await self.enough.wait()


@pytest.fixture
def service(database: Database, tmp_path: Path) -> Service:
    build(World(database.engine, database.installation))
    return Service(
        Settings(database_url=database.settings.database_url, data=tmp_path, read_connections=3), without_access=True
    )


def test_tables_change_while_clients_ask(database: Database, service: Service) -> None:
    with psycopg.connect(database.url, autocommit=True) as connection:
        row = connection.execute(HOLDER).fetchone()
        assert row is not None
        asked = [
            {"query": questions.POINT, "variables": {"key": row[0]}},
            {"query": questions.RIGHTS, "variables": {"key": row[0]}},
            {"query": questions.PARCELS.replace("ROWS", "100"), "variables": {"key": row[1]}},
        ]
        heard = asyncio.run(_migrated(service, connection, asked))
    assert heard.failed == []
    assert set(heard.retry) <= {"ledger.busy"}
    assert set(heard.answered) == {"before", *STEPS}
    assert sum(heard.answered.values()) > 10 * len(heard.retry)


async def _migrated(service: Service, connection: "psycopg.Connection[Any]", asked: Sequence[Any]) -> Heard:
    headers = {"authorization": f"Bearer {tokens.issue(service.settings, 'tester')}"}
    headers["accept"] = "application/graphql-response+json"
    ended = asyncio.Event()
    async with (
        service.opened(),
        httpx.AsyncClient(
            transport=httpx.ASGITransport(service),
            base_url="http://127.0.0.1:8000",
            headers=headers,
            timeout=PATIENCE,
        ) as client,
        asyncio.timeout(60),
    ):
        first = [(await client.post("/graphql", json=each)).json() for each in asked]
        assert all(answer["data"] and "errors" not in answer for answer in first)
        heard = Heard([answer["data"] for answer in first])
        async with asyncio.TaskGroup() as clients:
            for number in range(CLIENTS):
                clients.create_task(_ask(client, asked, number, heard, ended))
            await heard.after("before")
            for step in STEPS:
                await asyncio.to_thread(connection.execute, step.encode())
                await heard.after(step)
            ended.set()
    return heard


async def _ask(
    client: httpx.AsyncClient, asked: Sequence[Any], number: int, heard: Heard, ended: asyncio.Event
) -> None:
    place = number
    while not ended.is_set():
        place = (place + 1) % len(asked)
        heard.took(place, await client.post("/graphql", json=asked[place]))

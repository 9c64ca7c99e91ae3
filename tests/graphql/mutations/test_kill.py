"""Killed between the commit and the answer: who repeats the request is told what was recorded, and it is there once."""

import os
import random
import signal
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from uuid import uuid4

import httpx
import psycopg
import pytest
from pydantic import SecretStr

from baseregistry import cluster, db
from baseregistry.access import tokens
from baseregistry.data_folder import DataFolder
from baseregistry.migrations import run
from baseregistry.registries.installation import declared
from baseregistry.registries.verification import verify
from baseregistry.settings import Settings
from tests.access.first_set import HEADERS, let_in
from tests.commands.test_service import Started
from tests.graphql.mutations.agency import RECORD, change, person

ROUNDS, CLIENTS = 3, 4
PATIENCE = 120  # seconds, for PostgreSQL to recover and for a repeated request to be answered, on a busy machine


@dataclass
class Province:
    """A service of this test's own that may be killed, and what its clients were told: by key, None where no answer came."""

    running: cluster.Cluster
    settings: Settings
    serving: Started | None = None
    address: str = ""
    told: dict[str, Any] = field(default_factory=dict)

    def serve(self) -> None:
        url = self.settings.database_url
        assert url is not None
        self.serving = Started(
            "serve", BASEREGISTRY_DATA=str(self.settings.data), BASEREGISTRY_DATABASE_URL=url.get_secret_value()
        )
        self.address = self.serving.said("Serving on").split()[-1]

    def send(self, key: str) -> httpx.Response:
        token = tokens.issue(self.settings, "feed")
        given = {"query": RECORD, "variables": {"input": change(person(f"An {key}"), key=key, caseId=key)}}
        return httpx.post(
            f"{self.address}/graphql", json=given, headers={"authorization": f"Bearer {token}", **HEADERS}, timeout=60
        )

    def state_until_it_breaks(self, _: int) -> None:
        """Change after change, until one gets no answer."""
        while True:
            key = uuid4().hex
            self.told[key] = None
            try:
                response = self.send(key)
            except httpx.HTTPError:
                return
            if response.status_code != 200:
                return
            self.told[key] = response.json()["data"]["recordChange"]


@pytest.fixture
def killable(tmp_path: Path) -> Iterator[Province]:
    with cluster.temporary() as made:
        durable = cluster.Cluster(DataFolder(made.folder.path), durable=True)
        with durable.used():
            durable.make_database()
            settings = Settings(database_url=SecretStr(durable.url()), data=tmp_path)
            engine = db.engine(durable.url(), settings.schema_name)
            run.upgrade(engine, declared(settings))
            let_in(engine, declared(settings), tmp_path / "access", ["parcel.*", "parcel.commune.*", "person.record"])
            engine.dispose()
            province = Province(durable, settings)
            province.serve()
            try:
                yield province
            finally:
                assert province.serving is not None
                province.serving.end()
                recovered(province)


@pytest.mark.slow
@pytest.mark.parametrize("victim", ["service", "backend"])
def test_a_request_repeated_after_a_kill_is_told_its_first_result(killable: Province, victim: str) -> None:
    for _ in range(ROUNDS):
        with ThreadPoolExecutor(CLIENTS) as clients:
            stating = [clients.submit(killable.state_until_it_breaks, number) for number in range(CLIENTS)]
            time.sleep(0.3 + random.random() * 0.4)
            kill(killable, victim)
            for one in stating:
                one.result()
    first = dict(killable.told)
    again = {key: repeated(killable, key) for key in first}
    for key, told in first.items():
        assert again[key]["written"]
        if told is not None:
            read = told["changed"] is not None  # what was written could still be read when the database fell
            assert again[key] == told | {"replayed": True} | ({} if read else {"changed": again[key]["changed"]})
    assert sum(told is None for told in first.values()) >= ROUNDS
    whole(killable, len(first))


def kill(province: Province, victim: str) -> None:
    """SIGKILL for the service, or for a backend that writes; what serves afterwards is there again."""
    assert province.serving is not None
    if victim == "service":
        province.serving.end(signal.SIGKILL)
        province.serve()
        return
    with psycopg.connect(province.running.url("postgres", "postgres"), autocommit=True) as connection:
        writing = "SELECT pid FROM pg_stat_activity WHERE xact_start IS NOT NULL AND query !~ 'pg_stat_activity'"
        pids: list[int] = []
        while not pids:
            pids = [row[0] for row in connection.execute(writing + " AND backend_type = 'client backend'")]
        os.kill(random.choice(pids), signal.SIGKILL)
        with pytest.raises(psycopg.OperationalError):  # the server ends all others with it
            connection.execute("SELECT pg_sleep(60)")
    recovered(province)


def recovered(province: Province) -> None:
    """It comes back by itself; stopped before that, PostgreSQL 15 never ends."""
    until = time.monotonic() + PATIENCE
    while True:
        try:
            psycopg.connect(province.running.url()).close()
        except psycopg.OperationalError:
            assert time.monotonic() < until
            time.sleep(0.1)
        else:
            return


def repeated(province: Province, key: str) -> Any:
    """The answer to the same request, sent until there is one."""
    until = time.monotonic() + PATIENCE
    while time.monotonic() < until:
        response = province.send(key)
        if response.status_code == 200:
            return response.json()["data"]["recordChange"]
        assert response.status_code == 503, response.text
        time.sleep(0.1)
    raise AssertionError("no answer")


def whole(province: Province, keys: int) -> None:
    """Each key is one change, and the ledger holds."""
    engine = db.engine(province.running.url(), province.settings.schema_name)
    with db.reading(engine) as reading:
        assert reading.execute("SELECT count(*), count(DISTINCT case_id) FROM ledger_change").one() == (1 + keys, keys)
        assert reading.execute("SELECT count(*) FROM population_person").scalar_one() == keys
        of_people = "SELECT count(*) FROM record WHERE entity = 'population.person'"
        assert reading.execute(of_people).scalar_one() == keys
        assert reading.execute("SELECT count(*) FROM idempotency").scalar_one() == keys
        assert verify(reading, declared(province.settings)).problems == []
    engine.dispose()

"""The service as a whole: where it binds, when it starts, and how it ends."""

import asyncio
import gc
import json
import threading
import time
from collections.abc import Iterator, MutableMapping
from itertools import count
from pathlib import Path
from typing import Any

import httpx
import psycopg
import pytest
import sqlalchemy as sa
import uvicorn
from joserfc.jwk import RSAKey
from pydantic import SecretStr

from baseregistry import garbage
from baseregistry.access import tokens
from baseregistry.cluster import Cluster
from baseregistry.errors import BadInput
from baseregistry.server import app, configured, is_loopback
from baseregistry.settings import Issuer, Settings
from tests.conftest import Database, by_role


@pytest.fixture
def settings(database: Database, tmp_path: Path) -> Settings:
    url = database.url
    return Settings(database_url=SecretStr(url), data=tmp_path, port=0, read_connections=2, **by_role(url))


@pytest.mark.parametrize("host", ["0.0.0.0", "::", "192.0.2.1", "example.org", ""])
def test_an_address_that_others_can_reach_is_refused_at_start(host: str) -> None:
    with pytest.raises(BadInput) as refused:
        app(Settings(host=host))
    assert refused.value.code == "access.not_loopback"
    assert refused.value.hint is not None


@pytest.mark.parametrize("host", ["127.0.0.1", "127.0.0.2", "::1", "localhost", "/run/socket"])
def test_this_machines_own_addresses_are_taken(host: str) -> None:
    assert is_loopback(host)


@pytest.fixture
def address(settings: Settings) -> Iterator[str]:
    """A real server on a free port, in a thread."""
    server = uvicorn.Server(configured(settings, without_access=True))
    thread = threading.Thread(target=server.run)
    thread.start()
    while not server.started and thread.is_alive():
        time.sleep(0.01)
    host, port = server.servers[0].sockets[0].getsockname()
    yield f"http://{host}:{port}"
    server.should_exit = True
    thread.join(10)
    assert not thread.is_alive()


def test_a_real_server_answers_on_loopback(address: str, settings: Settings, database: Database) -> None:
    headers = {"authorization": f"Bearer {tokens.issue(settings, 'tester')}"}
    with httpx.Client(base_url=address, headers=headers) as client:
        for _ in range(2):
            body = client.post("/graphql", json={"query": "{ units { totalCount } }"}).json()
            assert body["data"] == {"units": {"totalCount": 0}}
            assert body["extensions"]["snapshot"]["position"] == "0"
            assert body["extensions"]["snapshot"]["known"] is None
        assert client.get("/readyz").json()["position"] == "0"
        assert (
            client.post("/graphql", content=b"x" * 2_000_000, headers={"content-type": "application/json"}).status_code
            == 413
        )
    with database.engine.connect() as connection:
        assert open_readers(connection) == 1


def open_readers(connection: sa.Connection) -> int:
    count: int = connection.exec_driver_sql(
        "SELECT count(*) FROM pg_stat_activity WHERE application_name = 'baseregistry reads' AND datname = current_database()"
    ).scalar_one()
    return count


def lived(settings: Settings) -> list[MutableMapping[str, Any]]:
    """What the application says to a server that starts it and ends it at once."""
    said: list[MutableMapping[str, Any]] = []

    async def live() -> None:
        events: asyncio.Queue[MutableMapping[str, Any]] = asyncio.Queue()
        for kind in ("lifespan.startup", "lifespan.shutdown"):
            events.put_nowait({"type": kind})

        async def send(message: MutableMapping[str, Any]) -> None:
            said.append(message)

        await app(settings)({"type": "lifespan"}, events.get, send)

    asyncio.run(live())
    return said


def test_it_opens_and_closes_what_it_stands_on(settings: Settings, database: Database) -> None:
    assert [message["type"] for message in lived(settings)] == [
        "lifespan.startup.complete",
        "lifespan.shutdown.complete",
    ]
    with database.engine.connect() as connection:
        for _ in range(50):
            if not open_readers(connection):
                return
            time.sleep(0.02)
        pytest.fail("A connection of the pool stays behind.")


def test_a_database_it_does_not_know_is_refused_with_a_code(settings: Settings, database: Database) -> None:
    with database.engine.begin() as connection:
        connection.exec_driver_sql("UPDATE installation SET schema_edition = '99'")
    (failed,) = lived(settings)
    assert failed["type"] == "lifespan.startup.failed"
    assert failed["message"].startswith("register.unknown_edition: ")
    with database.engine.begin() as connection:
        connection.exec_driver_sql("DROP SCHEMA baseregistry CASCADE")
    (failed,) = lived(settings)
    assert failed["message"].startswith("register.not_migrated: ")


def test_a_database_that_is_down_is_told_as_such(settings: Settings, tmp_path: Path) -> None:
    (tmp_path / "nobody").mkdir()
    nowhere = SecretStr(f"postgresql://baseregistry@/x?host={tmp_path / 'nobody'}")
    urls = ("database_url", "reading_url", "writing_url", "logging_url")
    (failed,) = lived(settings.model_copy(update=dict.fromkeys(urls, nowhere)))
    assert failed["message"].startswith("register.unavailable: ")


def test_in_production_the_owner_does_not_serve(settings: Settings, database: Database) -> None:
    keys = tmp_key(settings.data)
    issuer = Issuer(issuer="https://id.example", audience="baseregistry", keys=str(keys))
    real = settings.model_copy(update={"production": True, "issuers": (issuer,)})
    said = [message["type"] for message in lived(real)]
    assert said == ["lifespan.startup.complete", "lifespan.shutdown.complete"]
    owner = SecretStr(database.url)
    for role in ("reading_url", "writing_url", "logging_url"):
        (failed,) = lived(real.model_copy(update={role: owner}))
        assert failed["message"].startswith("register.owner_serves: "), role
        assert "BASEREGISTRY_WRITING_URL" in failed["message"]
    (failed,) = lived(real.model_copy(update={"reading_url": None}))
    assert failed["message"].startswith("register.owner_serves: ")


def tmp_key(folder: Path) -> Path:
    """A file with a public key."""
    path = folder / "keys.json"
    path.write_text(json.dumps({"keys": [RSAKey.generate_key(2048).as_dict(private=False)]}))
    return path


def test_a_server_that_transforms_otherwise_is_not_served_from(
    settings: Settings, database: Database, running_cluster: Cluster
) -> None:
    """Half a metre aside: what an operation with wrong rotations does."""
    with psycopg.connect(running_cluster.url(database.name, "postgres"), autocommit=True) as administrator:
        row = "auth_name = NULL, auth_srid = NULL, srtext = '', proj4text = %s"
        aside = "+proj=tmerc +lat_0=0 +lon_0=107.75 +k=0.9999 +x_0=500000.5 +y_0=0 +ellps=WGS84 +units=m +no_defs"
        administrator.execute(f"UPDATE public.spatial_ref_sys SET {row} WHERE srid = 5899", [aside])
    (failed,) = lived(settings)
    assert failed["message"].startswith("register.crs_disagrees: ")


def test_a_database_that_fails_otherwise_is_told_without_sql(
    address: str, settings: Settings, database: Database
) -> None:
    with database.engine.begin() as connection:
        connection.exec_driver_sql("ALTER TABLE installation RENAME COLUMN srid TO crs")
    told = httpx.get(f"{address}/readyz")
    assert (told.status_code, told.json()["type"]) == (503, "urn:baseregistry:error:register.database_failed")
    assert told.json()["title"] == 'The database failed: column "srid" does not exist'
    (failed,) = lived(settings)
    assert failed["type"] == "lifespan.startup.failed"
    assert failed["message"].startswith("register.database_failed: ")
    assert "SELECT" not in failed["message"]


def test_what_is_there_when_the_service_opens_is_not_looked_through_again() -> None:
    usual = gc.get_threshold()
    with garbage.kept_for_good():
        assert gc.get_freeze_count() > 10_000
        assert gc.get_threshold() == garbage.COLLECTED
    assert gc.get_freeze_count() == 0
    assert gc.get_threshold() == usual


def test_garbage_of_all_ages_is_looked_for_when_nobody_waits(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(garbage, "LOOK", 0.001)
    monkeypatch.setattr(garbage, "DUE", 0)
    idle, asking, collected, answered = False, True, 0, count()

    def told(phase: str, info: dict[str, int]) -> None:
        nonlocal collected
        collected += phase == "stop" and info["generation"] == 2

    async def sweep() -> None:
        nonlocal idle, asking
        sweeping = garbage.Sweeping(lambda: idle, lambda: next(answered) if asking else 0)
        await asyncio.sleep(0.05)
        assert collected == 0
        idle = True
        await asyncio.sleep(0.05)
        assert collected == 0  # between two questions of one who asks on and on
        asking = False
        await asyncio.sleep(0.05)
        sweeping.stop()

    with garbage.kept_for_good():
        gc.callbacks.append(told)
        try:
            asyncio.run(sweep())
        finally:
            gc.callbacks.remove(told)
    assert collected >= 1

"""Questions from a streaming replica: what a reader sees of it, and what is answered when the primary is killed.

A real primary and a hot standby made by pg_basebackup; the service connects by role, and finds the primary by itself.
"""

import asyncio
import os
import re
import shutil
import signal
import tempfile
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from hashlib import sha256
from pathlib import Path
from typing import Any

import psycopg
import pytest

from baseregistry import cluster, db, postgresql
from baseregistry.access import tokens
from baseregistry.access.log.unpacking import caught_up
from baseregistry.access.log.verification import verify
from baseregistry.data_folder import DataFolder
from baseregistry.migrations import run
from baseregistry.registries.installation import declared
from baseregistry.registries.ledger import Kind
from baseregistry.roles import Role
from baseregistry.server import Service
from baseregistry.settings import Settings
from tests.access.known import Known, known, unchecked
from tests.graphql.conftest import Client
from tests.graphql.mutations.agency import change, unit
from tests.graphql.world import World, build

PERSON = "query($id: ID!) { person(id: $id) { fullName } }"
UNITS = "{ units { totalCount } }"
AT = "query($position: Position!) { units(asOf: { position: $position }) { totalCount } }"
RECORD = "mutation($input: ChangeInput!) { recordChange(input: $input) { position changed { ... on Unit { name } } } }"


@dataclass
class Pair:
    """A primary, a standby that follows it, and the small world in both."""

    primary: cluster.Cluster
    standby: cluster.Cluster
    world: World = field(init=False)

    def follow(self) -> None:
        """Make the standby, which the primary waits for from then on."""
        hba = self.primary.folder.cluster / "pg_hba.conf"
        hba.write_text(hba.read_text() + "local replication all trust\n")
        self.on(self.primary, "SELECT pg_reload_conf()")
        program = Path(postgresql.find()["pg_ctl"]).with_name("pg_basebackup")
        source = f"host={self.primary.folder.socket} user=postgres application_name=standby"
        copy = self.standby.folder.run(
            str(program), "-d", source, "-D", str(self.standby.folder.cluster), "-R", "-X", "stream", "-c", "fast"
        )
        assert copy.returncode == 0, copy.stdout
        self.standby._launch(postgresql.find())
        settings = "synchronous_standby_names = '*'\nsynchronous_commit = on\n"
        (self.primary.folder.cluster / "local.conf").write_text(settings)
        self.on(self.primary, "SELECT pg_reload_conf()")
        self.until(self.primary, "SELECT sync_state FROM pg_stat_replication", "sync")

    def on(self, one: cluster.Cluster, statement: str) -> Any:
        """The one value that a superuser is told there."""
        with psycopg.connect(one.url("baseregistry", "postgres"), autocommit=True) as connection:
            row = connection.execute(statement).fetchone()  # type: ignore[call-overload]
        return row[0] if row else None

    def until(self, one: cluster.Cluster, statement: str, said: object) -> None:
        deadline = time.monotonic() + 30
        while self.on(one, statement) != said:
            assert time.monotonic() < deadline, statement
            time.sleep(0.05)

    def caught_up(self) -> None:
        """The standby has replayed what the primary has written."""
        written = self.on(self.primary, "SELECT pg_current_wal_lsn()::text")
        self.until(self.standby, f"SELECT pg_last_wal_replay_lsn() >= '{written}'", True)

    def kill_primary(self) -> None:
        pid = self.primary.status().pid
        assert pid is not None
        os.kill(pid, signal.SIGKILL)

    def promote(self) -> None:
        outcome = self.standby._pg_ctl(postgresql.find(), "promote")
        assert outcome.returncode == 0, outcome.stdout

    def urls(self) -> dict[str, str]:
        """Reading from the standby, the rest from whichever of the two is the primary."""
        both = f"host={self.primary.folder.socket},{self.standby.folder.socket}&port=5432,5432"
        urls = {"reading_url": self.standby.urls().of(Role.READING)}
        for role in (Role.WRITING, Role.LOGGING):
            name = role.of(cluster.ROLE)
            urls[f"{role.value}_url"] = f"postgresql://{name}@/baseregistry?{both}&target_session_attrs=read-write"
        return urls


@pytest.fixture
def pair() -> Iterator[Pair]:
    with cluster.temporary() as primary, primary.used():
        folder = Path(tempfile.mkdtemp(prefix="baseregistry-standby-"))
        folder.chmod(0o711)
        standby = cluster.Cluster(DataFolder(folder), durable=False)
        standby.folder.give(folder)
        made = Pair(primary, standby)
        try:
            engine = db.engine(primary.url(), "baseregistry")
            installation = declared(Settings())
            run.upgrade(engine, installation)
            made.world = build(World(engine, installation))
            made.follow()
            yield made
            engine.dispose()
        finally:
            standby.stop()
            shutil.rmtree(folder)


@pytest.fixture
def client(pair: Pair, tmp_path: Path) -> Iterator[Client]:
    settings = Settings(**pair.urls(), data=tmp_path, read_connections=2)  # type: ignore[arg-type]
    service = Service(settings)
    with asyncio.Runner() as runner:
        opened = service.opened()
        runner.run(opened.__aenter__())
        try:
            yield Client(runner, service, tokens.issue(settings, "lan.tran"), pair.world)
        finally:
            runner.run(opened.__aexit__(None, None, None))


def code(response: Any) -> str | None:
    errors = response.json().get("errors")
    return errors[0]["extensions"]["code"] if errors else None


def eventually(ask: Callable[[], Any], said: str | None, seconds: float = 30) -> Any:
    """The first response with a code, or without one."""
    deadline = time.monotonic() + seconds
    while code(response := ask()) != said:
        assert time.monotonic() < deadline, response.text
        time.sleep(0.1)
    return response


def test_answers_come_from_the_replica_and_go_into_the_log_of_the_primary(pair: Pair, client: Client) -> None:
    own = pair.world.id("an")
    with known(client) as caller:
        response = caller.ask(PERSON, id=str(own))
        assert code(response) is None
        (entry,) = caller.new()
        assert bytes(entry.answer) == sha256(response.content).digest()
    assert pair.on(pair.standby, "SELECT pg_is_in_recovery()")
    readers = "SELECT count(*) > 0 FROM pg_stat_activity WHERE usename = 'baseregistry_reading'"
    assert pair.on(pair.standby, readers)
    assert not pair.on(pair.primary, readers)


def test_what_the_replica_has_not_reached_has_not_come(pair: Pair, client: Client) -> None:
    with known(client) as caller:
        pair.caught_up()
        pair.on(pair.standby, "SELECT pg_wal_replay_pause()")
        pair.until(pair.standby, "SELECT pg_get_wal_replay_pause_state()", "paused")
        before = caller.ask(UNITS).json()["extensions"]["snapshot"]
        act = pair.world.register("administration.unit", "new", code="20999", name="Xã Mới", level="COMMUNE", kind="XA")
        position = pair.world.write(Kind.REGISTRATION, act, legal_basis="x").position
        assert caller.ask(UNITS).json()["extensions"]["snapshot"] == before | {"roots": ANY}
        early = caller.ask(AT, position=str(position))
        assert code(early) == "question.future_position"
        assert early.json()["errors"][0]["extensions"]["where"]["head"] == before["position"]
        moved = client.runner.run(heard(client.service, int(before["position"]), lambda: pair.on(pair.standby, RESUME)))
        assert moved
        response = eventually(lambda: caller.ask(AT, position=str(position)), None)
        assert response.json()["extensions"]["snapshot"]["position"] == str(position)


RESUME = "SELECT pg_wal_replay_resume()"


class Anything:
    """Equal to whatever it is compared with."""

    def __eq__(self, other: object) -> bool:
        return True

    __hash__ = None  # type: ignore[assignment]


ANY = Anything()


async def heard(service: Service, position: int, resume: Callable[[], object]) -> bool:
    """Whether who waits for the ledger to go beyond a position is woken when the replica goes on."""
    assert service.streams is not None
    waiting = asyncio.ensure_future(service.streams.beyond(position))
    await asyncio.sleep(1)
    assert not waiting.done()
    await asyncio.to_thread(resume)
    await asyncio.wait_for(waiting, 10)
    return True


def test_what_a_change_wrote_is_read_where_it_was_written(pair: Pair, client: Client) -> None:
    with unchecked(client):
        pair.caught_up()
        pair.on(pair.standby, "SELECT pg_wal_replay_pause()")
        pair.until(pair.standby, "SELECT pg_get_wal_replay_pause_state()", "paused")
        said = change(unit(code="20998", name="Xã Mới", level="COMMUNE", kind="XA"))
        told = client.data(RECORD, input=said)["recordChange"]
        assert told["changed"] == [{"name": "Xã Mới"}]
        assert code(client.ask(AT, position=told["position"])) == "question.future_position"
        pair.on(pair.standby, RESUME)


def test_without_a_primary_nothing_personal_is_answered_and_after_a_failover_all_of_it(
    pair: Pair, client: Client
) -> None:
    received: list[bytes] = []
    with known(client) as caller:
        received += asked(caller, pair, 20)
        pair.kill_primary()
        assert eventually(lambda: caller.ask(PERSON, id=str(pair.world.id("an"))), "access.log_unavailable")
        assert code(caller.ask(PERSON, id=str(pair.world.id("binh")))) == "access.log_unavailable"
        with unchecked(client):
            assert code(client.ask(UNITS)) is None
            refused = client.ask(RECORD, input=change(unit(code="20997", name="X", level="COMMUNE", kind="XA")))
            assert re.match("register.(unavailable|read_only)", code(refused) or "")
        pair.promote()
        received.append(eventually(lambda: caller.ask(PERSON, id=str(pair.world.id("an"))), None).content)
        received += asked(caller, pair, 20, new=False)
    with unchecked(client):
        written = client.data(RECORD, input=change(unit(code="20996", name="Y", level="COMMUNE", kind="XA")))
        assert written["recordChange"]["changed"] == [{"name": "Y"}]
    engine = db.engine(pair.standby.url(), "baseregistry")
    caught_up(engine)
    with db.reading(engine) as reading:
        kept = {bytes(row.answer) for row in reading.execute("SELECT answer FROM access_request")}
        assert verify(reading).problems == []
    engine.dispose()
    assert [body for body in received if sha256(body).digest() not in kept] == []


def asked(caller: Known, pair: Pair, count: int, *, new: bool = True) -> list[bytes]:
    """So many answers about a person."""
    bodies = [caller.ask(PERSON, id=str(pair.world.id("an" if number % 2 else "binh"))) for number in range(count)]
    assert [code(body) for body in bodies] == [None] * count
    return [body.content for body in bodies]

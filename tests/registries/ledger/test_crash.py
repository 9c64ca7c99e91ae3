"""Killed in the middle of a change: what was acknowledged is there, what was not is not there at all, and it goes on."""

import os
import random
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from uuid import uuid4

import psycopg
import pytest

from baseregistry import cluster, db
from baseregistry.data_folder import DataFolder
from baseregistry.registries.acts import Period, register
from baseregistry.registries.ledger import head
from baseregistry.registries.tables import Installation
from baseregistry.registries.verification import verify
from tests.registries.ledger.conftest import ground_in
from tests.registries.ledger.register import (
    DECLARATIONS,
    PLACE,
    SCHEMA,
    SRID,
    THING,
    ZONE,
    Ground,
    period,
    provenance,
    say,
)

ENOUGH = 12  # receipts before the blow
WRITER = "import sys; from tests.registries.ledger.test_crash import write; write(sys.argv[1])"


def write(url: str) -> None:
    """In a process of its own: change after change, each receipt told on a line when it is committed."""
    from baseregistry.registries import changes

    engine, installation = db.engine(url, SCHEMA), Installation(DECLARATIONS, SCHEMA, SRID, ZONE)
    ground, chance = Ground("", url, engine, installation), random.Random()
    while True:
        size = chance.randint(1, 40)
        place = uuid4()
        acts = [register(PLACE, place, Period(), {"code": place.hex})]
        acts += [register(THING, uuid4(), period(4, None), {"name": "An", "place": place}) for _ in range(size)]
        with db.writing(ground.engine) as writing:
            receipt = changes.record(writing, installation, provenance(case=str(size)), acts)
            time.sleep(chance.choice((0, 0, 0.05)))
        print(receipt.position, receipt.head.hex(), flush=True)


@pytest.fixture
def mine(tmp_path: Path) -> Iterator[cluster.Cluster]:
    """A cluster to be killed, which keeps what it has acknowledged."""
    with cluster.temporary() as made:
        durable = cluster.Cluster(DataFolder(made.folder.path), durable=True)
        with durable.used():
            yield durable


@pytest.mark.slow
@pytest.mark.parametrize("victim", ["backend", "server"])
def test_a_killed_server_loses_nothing_it_acknowledged(mine: cluster.Cluster, victim: str) -> None:
    ground = ground_in(mine, f"ground_{uuid4().hex}")
    for _ in range(2):
        told = _interrupted(mine, ground, victim)
        with mine.used():
            _waited_for(ground)
            kept = dict(ground.rows("SELECT position, encode(head, 'hex') FROM ledger_change"))
            assert len(told) >= ENOUGH
            assert {position: kept.get(position) for position in told} == told
            _whole(ground)
            assert say(ground, register(THING, uuid4(), period(4, None), {"name": "An"}), case="1").changed
        ground.engine.dispose()


def _interrupted(mine: cluster.Cluster, ground: Ground, victim: str) -> dict[int, str]:
    """The receipts that a writer told until it was interrupted by SIGKILL on its server."""
    command = [sys.executable, "-c", WRITER, ground.url]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True) as writer:
        assert writer.stdout is not None
        lines = [writer.stdout.readline() for _ in range(ENOUGH)]
        time.sleep(random.random() * 0.1)
        os.kill(_victim(mine, ground, victim), signal.SIGKILL)
        lines += writer.stdout.readlines()
        writer.wait(60)
    return {int(position): told for position, told in (line.split() for line in lines if line.endswith("\n"))}


def _victim(mine: cluster.Cluster, ground: Ground, victim: str) -> int:
    if victim == "server":
        return int((mine.folder.cluster / "postmaster.pid").read_text(encoding="ascii").split("\n")[0])
    with psycopg.connect(mine.url("postgres", "postgres"), autocommit=True) as connection:
        busy = "SELECT pid FROM pg_stat_activity WHERE datname = %s AND backend_type = 'client backend'"
        (pid,) = connection.execute(busy, [ground.name]).fetchall()[0]
    return int(pid)


def _waited_for(ground: Ground) -> None:
    """A server whose backend was killed recovers by itself."""
    until = time.monotonic() + 60
    while True:
        try:
            ground.head()
            return
        except Exception:  # noqa: BLE001 - it refuses in several ways while it recovers
            assert time.monotonic() < until
            time.sleep(0.1)


def _whole(ground: Ground) -> None:
    with db.reading(ground.engine) as reading:
        verdict, last = verify(reading, ground.installation), head(reading)
    assert verdict.problems == []
    assert (verdict.position, verdict.head) == (last.position, last.head.hex())
    half = (
        "SELECT l.position FROM ledger_change l WHERE CAST(l.case_id AS integer) <>"
        " (SELECT count(*) FROM test_thing t WHERE t.recorded_from = l.position)"
    )
    assert ground.rows(half) == []
    assert ground.one("SELECT count(*) FROM record") == ground.one(
        "SELECT (SELECT count(*) FROM test_thing) + (SELECT count(*) FROM test_place)"
    )

"""Kill -9 of the service and of PostgreSQL under load: every answer that somebody has is in the log, which verifies.

BASEREGISTRY_TEST_KILLS says how many kills; they hit the service, the backends that write the log and fill its
tables, and the postmaster.
"""

import os
import random
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest
from pydantic import SecretStr

from baseregistry import cluster, db
from baseregistry.access.log.unpacking import caught_up
from baseregistry.access.log.verification import verify
from baseregistry.migrations import run
from baseregistry.registries.installation import declared
from baseregistry.settings import Settings
from tests.graphql.world import World, build

KILLS = int(os.environ.get("BASEREGISTRY_TEST_KILLS", "20"))
ROOT = Path(__file__).parents[2]
LOGGERS = "SELECT pid FROM pg_stat_activity WHERE application_name IN ('baseregistry log', 'baseregistry unpacking')"


class Killed:
    """A cluster of the test's own, the small world in it, and the service under load."""

    def __init__(self, made: cluster.Cluster, folder: Path) -> None:
        self.cluster, self.folder = made, folder
        settings = Settings(database_url=SecretStr(made.url()))
        self.engine = db.engine(made.url(), settings.schema_name)
        run.upgrade(self.engine, declared(settings))
        self.world = build(World(self.engine, declared(settings)))
        self.told: set[str] = set()
        self.process: subprocess.Popen[bytes] | None = None
        self.chance = random.Random(7)

    def start(self) -> None:
        """The service, asked from now on."""
        ids = [str(self.world.id(name)) for name in ("an", "binh")]
        command = [sys.executable, "-m", "tests.access.log_load", self.cluster.url(), str(self.folder), *ids]
        self.out = (self.folder / "answers").open("ab")
        self.process = subprocess.Popen(command, cwd=ROOT, stdout=self.out, stderr=subprocess.DEVNULL)

    def answers(self) -> list[str]:
        """The digests of the answers that were had so far; a last line that is not whole is none."""
        path = self.folder / "answers"
        text = path.read_text() if path.exists() else ""
        return [line for line in text.split("\n")[:-1] if len(line) == 64]

    def wait_for_more(self, seconds: float = 40) -> None:
        """Until it answers, again."""
        before, until = len(self.answers()), time.monotonic() + seconds
        while len(self.answers()) < before + 20:
            assert time.monotonic() < until, "the service does not answer any more"
            time.sleep(0.02)

    def kill_service(self) -> None:
        assert self.process is not None
        self.process.kill()
        self.process.wait()
        self.out.close()
        self.start()

    def kill_backend(self) -> None:
        with psycopg.connect(self.cluster.url("baseregistry", "postgres"), autocommit=True) as connection:
            found = connection.execute(LOGGERS).fetchall()
        for (pid,) in self.chance.sample(found, min(1, len(found))):
            os.kill(pid, signal.SIGKILL)

    def kill_postmaster(self) -> None:
        pid = self.cluster.status().pid
        assert pid is not None
        os.kill(pid, signal.SIGKILL)
        with self.cluster.used():
            pass
        self.cluster.keep()

    def end(self) -> None:
        if self.process is not None:
            self.process.kill()
            self.process.wait()
            self.out.close()
        self.engine.dispose()


@pytest.fixture
def killed(tmp_path: Path) -> Iterator[Killed]:
    with cluster.temporary() as made, made.used():
        made.keep()
        one = Killed(made, tmp_path)
        try:
            yield one
        finally:
            one.end()


def test_every_answer_that_was_received_is_in_the_log(killed: Killed) -> None:
    chance = killed.chance
    killed.start()
    ways = [killed.kill_service] * 5 + [killed.kill_backend] * 12 + [killed.kill_postmaster] * 3
    plan = [ways[number % len(ways)] for number in range(KILLS)]
    chance.shuffle(plan)
    for kill in plan:
        killed.wait_for_more()
        time.sleep(chance.uniform(0, 0.2))
        kill()
    killed.wait_for_more()
    killed.end()
    received = killed.answers()
    caught_up(killed.engine)
    with psycopg.connect(killed.cluster.url(), options="-c search_path=baseregistry,public") as connection:
        kept = {row[0] for row in connection.execute("SELECT encode(answer, 'hex') FROM access_request")}
    assert len(received) >= 20 * KILLS
    assert [one for one in received if one not in kept] == []
    with db.reading(killed.engine) as reading:
        verdict = verify(reading)
    assert (verdict.problems, verdict.packed) == ([], 0)

"""`demo` and `serve`: one command to a province that answers, and nothing left behind when it ends."""

import os
import re
import shutil
import signal
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator
from pathlib import Path

import httpx
import orjson
import psycopg
import pytest
from graphql import GraphQLUnionType, build_schema, parse, validate

from baseregistry import cluster, db
from baseregistry.access import loading, tokens
from baseregistry.access.loading import BOOTSTRAP
from baseregistry.cluster import Cluster
from baseregistry.commands import edge, sample, service
from baseregistry.graphql.schema import COMMITTED
from baseregistry.settings import Settings
from tests.access.register import Register
from tests.commands.test_edge import run
from tests.conftest import Database, missing


class Started:
    """A command that serves: what it has said so far, and how it ends."""

    def __init__(self, *arguments: str, **variables: str) -> None:
        self.process = subprocess.Popen(
            [sys.executable, "-m", "baseregistry", *arguments],
            env={**os.environ, "PORT": "0", **variables},
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )

    def said(self, until: str) -> str:
        """What it printed, up to a line that begins with `until`."""
        lines = []
        assert self.process.stdout is not None
        for line in self.process.stdout:
            lines.append(line)
            if line.startswith(until):
                return "".join(lines)
        assert self.process.stderr is not None
        raise AssertionError("".join(lines) + self.process.stderr.read())

    def end(self, how: signal.Signals = signal.SIGINT) -> int:
        """Its exit code, after a signal."""
        self.process.send_signal(how)
        self.process.communicate(timeout=60)
        return self.process.returncode


@pytest.fixture
def own(running_cluster: Cluster) -> Iterator[Cluster]:
    """A data folder of this test's own."""
    with cluster.temporary() as made:
        yield made


def asked(said: str) -> dict[str, object]:
    """The answer to the question that the demonstration printed."""
    if not shutil.which("curl"):
        missing("curl is not installed: the demonstration's question was not asked.")
    line = re.search(r"^curl .*$", said, re.MULTILINE)
    assert line is not None
    told = subprocess.run(["bash", "-c", line[0]], capture_output=True, check=True, timeout=60)
    answer: dict[str, object] = orjson.loads(told.stdout)
    return answer


def test_a_demonstration_loads_once_answers_and_leaves_nothing_running(own: Cluster) -> None:
    folder = str(own.folder.path)
    first = Started("demo", "--people", "60", BASEREGISTRY_DATA=folder)
    answer = asked(first.said("Ctrl-C"))
    assert "errors" not in answer
    assert answer["data"]
    assert '"holder":{}' not in orjson.dumps(answer).decode()
    assert own.status().running
    made = _made(own)
    (position,) = _column(own, "SELECT DISTINCT recorded_from FROM baseregistry.access_client")
    assert _column(own, f"SELECT reason FROM baseregistry.ledger_change WHERE position = {position}") == [BOOTSTRAP]
    assert first.end() == edge.DONE
    assert not own.status().running
    second = Started("demo", BASEREGISTRY_DATA=folder)
    said = second.said("Ctrl-C")
    assert "Loading" not in said
    assert _made(own) == made  # neither the cluster nor the sample: that is what takes minutes
    assert asked(said)["data"] == answer["data"]
    assert second.end(signal.SIGTERM) == edge.DONE
    assert not own.status().running


def test_the_first_question_shows_whoever_holds_it() -> None:
    schema = build_schema(COMMITTED.read_text(encoding="utf-8"))
    assert validate(schema, parse(service.QUESTION)) == []
    holder = schema.type_map["RightHolder"]
    assert isinstance(holder, GraphQLUnionType)
    assert all(f"... on {kind.name} {{" in service.QUESTION for kind in holder.types)


def test_a_half_loaded_sample_is_loaded_anew(own: Cluster) -> None:
    folder = str(own.folder.path)
    killed = Started("demo", "--people", "2000", BASEREGISTRY_DATA=folder)
    killed.said("Loading")
    while not _changes(own):
        time.sleep(0.1)
    assert killed.end(signal.SIGKILL) == -signal.SIGKILL
    assert own.status().running
    again = Started("demo", "--people", "60", BASEREGISTRY_DATA=folder)
    assert "Loading" in again.said("Ctrl-C")
    people = _count(own, "SELECT count(*) FROM baseregistry.population_person")
    assert 0 < people < 1000
    assert again.end() == edge.DONE
    assert not own.status().running


def test_a_taken_port_is_told_before_anything_is_made(tmp_path: Path) -> None:
    with socket.socket() as other:
        other.bind(("127.0.0.1", 0))
        other.listen()
        port = other.getsockname()[1]
        told = run("demo", BASEREGISTRY_DATA=str(tmp_path / "none"), PORT=str(port))
    assert told.returncode == edge.UNAVAILABLE
    assert told.stderr.startswith(f"error[service.port_taken]: Port {port} of 127.0.0.1 cannot be had: ")
    assert not (tmp_path / "none").exists()


def test_serving_says_where_and_ends_well(database: Database, tmp_path: Path) -> None:
    served = Started("serve", BASEREGISTRY_DATABASE_URL=database.url, BASEREGISTRY_DATA=str(tmp_path))
    address = served.said("Serving on ").split()[-1]
    with urllib.request.urlopen(f"{address}/healthz", timeout=20) as health:
        assert orjson.loads(health.read())["status"] == "ok"
    assert served.end(signal.SIGTERM) == edge.DONE


def test_an_empty_access_register_answers_what_is_public_and_takes_no_token(database: Database, tmp_path: Path) -> None:
    served = Started("serve", BASEREGISTRY_DATABASE_URL=database.url, BASEREGISTRY_DATA=str(tmp_path))
    address = served.said("Serving on ").split()[-1]
    question = {"query": "{ units { totalCount } }"}
    assert httpx.post(f"{address}/graphql", json=question).json()["data"] == {"units": {"totalCount": 0}}
    personal = httpx.post(f"{address}/graphql", json={"query": "{ persons { nodes { fullName } } }"}).json()
    assert personal["errors"][0]["extensions"]["code"] == "access.field_not_granted"
    token = {"authorization": f"Bearer {tokens.issue(Settings(data=tmp_path), 'an')}"}
    (refusal,) = httpx.post(f"{address}/graphql", json=question, headers=token).json()["errors"]
    assert refusal["extensions"]["code"] == "access.unknown_client"
    assert "baseregistry access load DIR" in refusal["extensions"]["hint"]
    assert served.end(signal.SIGTERM) == edge.DONE


def test_a_register_that_is_no_sample_is_given_no_first_set(database: Database) -> None:
    register = Register(database)
    register.before()  # a ledger that began with a fact of the world
    sample.let_in(database.engine, database.installation)
    with db.reading(database.engine) as reading:
        assert loading.is_empty(reading)


def test_what_was_never_migrated_is_not_served(database: Database, tmp_path: Path) -> None:
    with psycopg.connect(database.url) as connection:
        connection.execute("DROP SCHEMA baseregistry CASCADE")
    told = run("serve", PORT="0", BASEREGISTRY_DATABASE_URL=database.url, BASEREGISTRY_DATA=str(tmp_path))
    assert (told.returncode, told.stderr.splitlines()[-1]) == (
        edge.UNAVAILABLE,
        "hint: Run `baseregistry migrate` first.",
    )


def _changes(own: Cluster) -> int:
    return _count(own, "SELECT count(*) FROM baseregistry.ledger_change")


def _made(own: Cluster) -> list[str]:
    """The cluster, its databases and the heads of the ledger: as identifiers that no second making would give again."""
    with psycopg.connect(own.url()) as connection:
        identifiers = "SELECT 'system ' || system_identifier FROM pg_control_system()"
        databases = "SELECT datname || oid FROM pg_database"
        heads = "SELECT encode(head, 'hex') FROM baseregistry.ledger_change"
        found = connection.execute(f"{identifiers} UNION {databases} UNION {heads} ORDER BY 1").fetchall()  # type: ignore[arg-type]
    return sorted(row[0] for row in found)


def _column(own: Cluster, statement: str) -> list[object]:
    with psycopg.connect(own.url()) as connection:
        return [row[0] for row in connection.execute(statement)]  # type: ignore[arg-type]


def _count(own: Cluster, statement: str) -> int:
    with psycopg.connect(own.url()) as connection:
        row = connection.execute(statement).fetchone()  # type: ignore[arg-type]
        assert row is not None
        return int(row[0])

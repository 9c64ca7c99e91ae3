"""A client that hangs up, and a question that takes too long: their statements do not go on in the database."""

import socket
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import httpx
import orjson
import psycopg
import pytest

from baseregistry.graphql.hangups import PATIENCE
from tests.clients.conftest import Served, serving

QUESTION = {"query": "{ persons { nodes { fullName } } }"}
BY_KEY = {"query": '{ person(personalId: "049156000002") { fullName } }'}  # such questions share connections
WAITING = (
    "SELECT count(*) FROM pg_stat_activity WHERE application_name = 'baseregistry reads' AND state = 'active'"
    " AND wait_event_type = 'Lock' AND datname = current_database()"
)


@contextmanager
def locked(served: Served) -> Iterator[psycopg.Connection]:
    """While the table of people is held, every question about people waits."""
    url = served.world.engine.url.set(drivername="postgresql").render_as_string(hide_password=False)
    with psycopg.connect(url) as holder, psycopg.connect(url, autocommit=True) as looking:
        holder.execute("SET search_path = baseregistry, public")
        holder.execute("LOCK TABLE population_person IN ACCESS EXCLUSIVE MODE")
        yield looking


def waiting(looking: psycopg.Connection) -> int:
    row = looking.execute(WAITING).fetchone()
    assert row is not None
    found: int = row[0]
    return found


def until(looking: psycopg.Connection, count: int) -> float:
    """Seconds until so many statements wait for the lock."""
    begin = time.monotonic()
    while waiting(looking) != count:
        assert time.monotonic() - begin < 10, f"{waiting(looking)} statements wait, not {count}"
        time.sleep(0.01)
    return time.monotonic() - begin


def sent(served: Served, body: Any) -> socket.socket:
    """A connection on which a question was asked and nothing was read."""
    host, port = served.address.removeprefix("http://").split(":")
    content = orjson.dumps(body)
    client = socket.create_connection((host, int(port)))
    client.sendall(
        b"POST /graphql HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nAuthorization: Bearer %b\r\n"
        b"Content-Length: %d\r\n\r\n%b" % (served.token.encode(), len(content), content)
    )
    return client


@pytest.mark.parametrize("body", [QUESTION, [QUESTION, QUESTION], BY_KEY], ids=["one", "a list", "by a key"])
def test_a_client_that_hangs_up_cancels_its_statement(served: Served, body: Any) -> None:
    with locked(served) as looking:
        client = sent(served, body)
        until(looking, 1)
        time.sleep(4 * PATIENCE)
        assert waiting(looking) == 1, "while the client waits, its statement goes on"
        client.close()
        assert until(looking, 0) < 1
    answer = httpx.post(served.graphql, json=QUESTION, headers={"authorization": f"Bearer {served.token}"})
    assert "errors" not in answer.json()


def test_who_stays_is_answered_when_the_lock_is_gone(served: Served) -> None:
    with locked(served) as looking:
        client = sent(served, QUESTION)
        until(looking, 1)
        time.sleep(4 * PATIENCE)
    client.settimeout(10)
    assert client.recv(100).startswith(b"HTTP/1.1 200")
    client.close()


def test_a_question_that_takes_too_long_is_cancelled_and_said_so(served: Served, tmp_path: Any) -> None:
    with serving(served.world, tmp_path, limit_seconds=0.3) as hurried, locked(served) as looking:
        headers = {"authorization": f"Bearer {hurried.token}"}
        answer = httpx.post(hurried.graphql, json=QUESTION, headers=headers, timeout=10)
        assert waiting(looking) == 0
    assert answer.status_code == 503
    assert answer.json()["errors"][0]["extensions"]["code"] == "question.took_too_long"
    assert int(answer.headers["retry-after"]) > 0

"""A hint only says when to look: without it, and with false ones, the same is told."""

import asyncio
import time
from typing import Any

import psycopg
import pytest

from baseregistry.registries import heads
from baseregistry.settings import Settings
from tests.graphql.streams.conftest import LEDGER, Register, Running, Socket, serving

LISTENERS = "FROM pg_stat_activity WHERE application_name = 'baseregistry hints' AND datname = current_database()"


def listeners(register: Register) -> set[int]:
    """The backends that listen, when there is at least one."""
    for _ in range(500):
        with register.database.engine.connect() as connection:
            found = set(connection.exec_driver_sql(f"SELECT pid {LISTENERS} AND state = 'idle'").scalars())
        if found:
            return found
        time.sleep(0.02)
    pytest.fail("Nobody listens.")


def told(socket: Socket, count: int) -> list[str]:
    return [item["position"] for item in socket.told(count)]


def test_hints_alone_push(monkeypatch: pytest.MonkeyPatch, settings: Settings, register: Register) -> None:
    monkeypatch.setattr(heads, "LOOK", 3600.0)
    with serving(settings) as running, running.socket() as socket:
        socket.subscribe("1", LEDGER, since="0")
        listeners(register)
        for code in range(5):
            assert register.changes(code) == told(socket, 1)


def test_without_hints_the_table_is_looked_at(
    monkeypatch: pytest.MonkeyPatch, settings: Settings, register: Register
) -> None:
    async def deaf(_: Any) -> None:
        await asyncio.Event().wait()

    monkeypatch.setattr(heads.Hints, "_listen", deaf)
    with serving(settings) as running, running.socket() as socket:
        socket.subscribe("1", LEDGER, since="0")
        for code in range(3):
            assert register.changes(code) == told(socket, 1)


def test_a_listener_that_is_cut_off_misses_nothing_and_comes_back(running: Running, register: Register) -> None:
    with running.socket() as socket:
        socket.subscribe("1", LEDGER, since="0")
        assert register.changes(1) == told(socket, 1)
        before = listeners(register)
        with register.database.engine.begin() as connection:
            connection.exec_driver_sql(f"SELECT pg_terminate_backend(pid) {LISTENERS}")
        assert register.changes(2, 3, 4) == told(socket, 3)
        while not listeners(register) - before:
            time.sleep(0.05)
        assert register.changes(5) == told(socket, 1)


def test_false_hints_do_no_harm(running: Running, register: Register) -> None:
    with running.socket() as socket, psycopg.connect(register.database.url, autocommit=True) as stranger:
        socket.subscribe("1", LEDGER, since="0")
        assert register.changes(1) == told(socket, 1)
        for payload in ("999999999999", "", "x" * 5000):
            stranger.execute("SELECT pg_notify('baseregistry.ledger.baseregistry', %s)", [payload])
        assert register.changes(2, 3) == told(socket, 2)


def test_readers_that_are_cut_off_are_replaced(running: Running, register: Register) -> None:
    with running.socket() as socket:
        socket.subscribe("1", LEDGER, since="0")
        assert register.changes(1) == told(socket, 1)
        with register.database.engine.begin() as connection:
            connection.exec_driver_sql(
                "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
                " WHERE application_name LIKE 'baseregistry %%' AND datname = current_database()"
            )
        assert register.changes(2, 3) == told(socket, 2)


def test_a_look_that_fails_unforeseen_is_repeated(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(heads, "LOOK_DEAF", 0.01)
    looks: list[Exception | int] = [ValueError("unforeseen"), OSError("unforeseen"), 7]

    async def look() -> int:
        found = looks.pop(0) if len(looks) > 1 else looks[0]
        if isinstance(found, Exception):
            raise found
        return found

    async def work() -> int:
        watched = heads.Heads(look, heads.Hints("postgresql://nobody@127.0.0.1:1/nothing", "baseregistry"))
        try:
            async with asyncio.timeout(10):
                await watched.beyond(0)
            return watched.position
        finally:
            await watched.close()

    assert asyncio.run(work()) == 7

"""A subscription within a territory, from a real server with a real access register: pushed is what lies inside."""

import threading
import time
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest
import sqlalchemy as sa
from pydantic import SecretStr

from baseregistry.access import tokens
from baseregistry.access.log.unpacking import caught_up
from baseregistry.graphql.streams import websocket
from baseregistry.server import Server, configured
from baseregistry.settings import Settings
from tests.access.register import Register
from tests.conftest import Database
from tests.graphql.streams.conftest import Running

PARCELS = 'subscription { parcelChanges(since: "0") { recordId status versions { mapSheet } } }'
MOVED = datetime(2021, 1, 1, tzinfo=UTC)
HEADERS = {"x-purpose": "land-tax", "x-case": "HS-1"}


@pytest.fixture
def register(database: Database) -> Register:
    """The tax department may see what changes among the parcels of A."""
    made = Register(database)
    made.before()
    made.callers()
    made.grant("parcels of A", "parcel.*", "parcel.changes", units=("A",))
    return made


@pytest.fixture
def running(register: Register, tmp_path: Path) -> Iterator[Running]:
    settings = Settings(database_url=SecretStr(register.database.url), data=tmp_path, port=0, read_connections=2)
    server = Server(configured(settings))
    thread = threading.Thread(target=server.run)
    thread.start()
    while not server.started and thread.is_alive():
        time.sleep(0.01)
    host, port = server.servers[0].sockets[0].getsockname()[:2]
    yield Running(f"http://{host}:{port}", settings, server, thread)
    server.should_exit = True
    thread.join(20)
    assert not thread.is_alive()


def parcel(register: Register, name: str, commune: str) -> None:
    where = {"commune": str(register.id(commune)), "numbering_commune": str(register.id(commune))}
    said = {"map_sheet": name, "parcel_number": "1", "status": "CURRENT", **where}
    register.write(register.register("land.parcel", name, **said))


def test_a_subscription_tells_of_what_lies_inside(register: Register, running: Running) -> None:
    """Parcels come into A and C before and while it listens; one of A goes to C, of which only that it left is told."""
    parcel(register, "first in C", "C")
    parcel(register, "first in A", "A")
    token = tokens.issue(running.settings, "lan.tran", 1, "tax")
    with running.events(PARCELS, {**HEADERS, "authorization": f"Bearer {token}"}) as events:
        told = [event.data["data"]["parcelChanges"] for event in events.take(1)]
        parcel(register, "second in C", "C")
        parcel(register, "second in A", "A")
        moved = register.change("land.parcel", "first in A", MOVED, commune=str(register.id("C")))
        register.write(moved)
        parcel(register, "third in A", "A")
        told += [event.data["data"]["parcelChanges"] for event in events.take(3)]
    names = ["first in A", "second in A", "first in A", "third in A"]
    assert [one["recordId"] for one in told] == [str(register.id(name)) for name in names]
    assert [one["status"] for one in told] == ["ENTERED", "ENTERED", "LEFT", "ENTERED"]
    seen = {version["mapSheet"] for one in told for version in one["versions"]}
    assert seen == {"first in A", "second in A", "third in A"}


def test_without_a_grant_of_the_feed_nothing_is_pushed(register: Register, running: Running) -> None:
    token = tokens.issue(running.settings, "lan.tran", 1, "tax")
    text = 'subscription { personChanges(since: "0") { recordId } }'
    with running.events(text, {**HEADERS, "authorization": f"Bearer {token}"}) as events:
        refused = events.response.read().decode()
    assert "access.field_not_granted" in refused


def test_a_connection_that_lasts_asks_by_what_is_granted_when_it_asks(register: Register, running: Running) -> None:
    """What was granted when a WebSocket was opened, and is withdrawn, opens nothing to the next operation on it."""
    parcel(register, "first in A", "A")
    said = {"X-Purpose": "land-tax", "X-Case": "HS-1"}
    text = "query($id: ID!) { parcel(id: $id) { mapSheet } }"
    with running.socket(tokens.issue(running.settings, "lan.tran", 1, "tax"), **said) as socket:
        told = []
        for turn in range(200):
            socket.subscribe(str(turn), text, id=str(register.id("first in A")))
            message = socket.receive()
            told.append(message["type"])
            if message["type"] != "next":
                break
            assert message["payload"]["data"]["parcel"] == {"mapSheet": "first in A"}
            assert socket.receive()["type"] == "complete"
            if turn == 0:
                register.write(register.end("access.granted_path", "parcels of A parcel.*", MOVED))
            time.sleep(0.05)
    assert told[0] == "next"
    assert message["payload"][0]["extensions"]["code"] == "access.field_not_granted"


def test_one_operation_too_many_is_in_the_log(
    register: Register, running: Running, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(websocket, "MOST_OPERATIONS", 1)
    token = tokens.issue(running.settings, "lan.tran", 1, "tax")
    with running.socket(token, **HEADERS) as socket:
        socket.subscribe("1", PARCELS)
        socket.subscribe("2", PARCELS)
        refused = socket.receive()
        assert (refused["id"], refused["payload"][0]["extensions"]["code"]) == ("2", "stream.too_many_operations")
        caught_up(register.database.engine)
        with register.database.engine.connect() as connection:
            logged = connection.execute(sa.text("SELECT code, case_id FROM access_request")).all()
        assert [tuple(row) for row in logged] == [("stream.too_many_operations", "HS-1")]


@pytest.fixture
def limited(register: Register) -> Register:
    """The tax department's client may ask twice at once, and once a second after that."""
    parcel(register, "first in A", "A")
    register.write(register.change("access.client", "tax", datetime.now(UTC), requests_per_second=1, burst=2))
    return register


def test_a_socket_is_held_to_the_limits_of_its_client(limited: Register, running: Running) -> None:
    """Each operation counts; one too many is refused by itself, in the log, and the socket goes on when there is room."""
    said = {"X-Purpose": "land-tax", "X-Case": "HS-1"}
    text = "query($id: ID!) { parcel(id: $id) { mapSheet } }"
    with running.socket(tokens.issue(running.settings, "lan.tran", 1, "tax"), **said) as socket:
        told = []
        for turn in range(6):
            socket.subscribe(str(turn), text, id=str(limited.id("first in A")))
            told.append(socket.receive())
            if told[-1]["type"] == "next":
                assert socket.receive()["type"] == "complete"
        kinds = [message["type"] for message in told]
        assert kinds[:2] == ["next", "next"]
        assert kinds.count("next") <= 4  # it may take a second
        refused = told[-1]
        assert refused["type"] == "error"
        said_of_it = refused["payload"][0]["extensions"]
        assert (said_of_it["code"], said_of_it["where"]["limit"]) == ("access.rate_limited", "requests")
        time.sleep(int(said_of_it["where"]["retry_after_seconds"]) + 0.1)
        socket.subscribe("again", text, id=str(limited.id("first in A")))
        assert socket.receive()["payload"]["data"]["parcel"] == {"mapSheet": "first in A"}
    caught_up(limited.database.engine)
    with limited.database.engine.connect() as connection:
        logged = connection.execute(sa.text("SELECT DISTINCT status, code FROM access_request WHERE status <> 200"))
        assert [tuple(row) for row in logged] == [(429, "access.rate_limited")]

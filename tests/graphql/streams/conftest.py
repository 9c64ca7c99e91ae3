"""A real server on a free port over a database of the test's own, and clients that speak both protocols to it."""

import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from uuid import UUID, uuid4

import httpx
import orjson
import psycopg
import pytest
from pydantic import SecretStr
from websockets.exceptions import ConnectionClosed
from websockets.sync.client import ClientConnection, connect
from websockets.typing import Subprotocol

from baseregistry import cluster, db
from baseregistry.access import tokens
from baseregistry.registries import acts
from baseregistry.registries.acts import Act, Period
from baseregistry.registries.changes import Receipt, record
from baseregistry.registries.ledger import Kind, Provenance
from baseregistry.server import Server, configured
from baseregistry.settings import Settings
from tests.conftest import Database
from tests.graphql.world import World

BEGIN = datetime(2020, 1, 1, tzinfo=UTC)
LEDGER = "subscription($since: Position) { ledger(since: $since) { position reason } }"


@dataclass
class Register:
    """Writes changes, each told apart by its reason."""

    database: Database
    receipts: list[Receipt] = field(default_factory=list)

    def unit(self, code: str, record_id: UUID | None = None) -> Act:
        entity = self.database.installation.declarations.entities["administration.unit"]
        values = {"code": code, "name": f"Xã {code}", "level": "COMMUNE"}
        return acts.register(entity, record_id or uuid4(), Period(BEGIN), values)

    def write(self, *said: Act, reason: str = "because", kind: Kind = Kind.REGISTRATION) -> int:
        """One change; its position."""
        with db.writing(self.database.engine) as writing:
            self.receipts.append(self.record(writing, *said, reason=reason, kind=kind))
        return self.receipts[-1].position

    def record(
        self, writing: db.Writing, *said: Act, reason: str = "because", kind: Kind = Kind.REGISTRATION
    ) -> Receipt:
        """One change in a transaction that may be given up."""
        provenance = Provenance(kind=kind, agency="So NV", recorded_by="lan.tran", reason=reason, feed=True)
        return record(writing, self.database.installation, provenance, said)

    def administrator(self) -> psycopg.Connection:
        """A connection that may do everything."""
        return psycopg.connect(self.database.url.replace(f"//{cluster.ROLE}@", "//postgres@"), autocommit=True)

    def changes(self, *codes: int) -> list[str]:
        """One change for each code; their positions."""
        return [str(self.write(self.unit(f"{code:05}"), reason=f"unit {code}")) for code in codes]


def written_directly(register: Register, count: int, reason: str = "long") -> None:
    """Many entries of an empty ledger at once, as they would stand there: only what is read of them matters here."""
    with register.administrator() as administrator:
        administrator.execute(
            "INSERT INTO baseregistry.ledger_change (position, recorded_at, kind, agency, recorded_by, reason, feed,"
            " synthetic, schema_edition, digest, head) SELECT n, '2025-01-01'::timestamptz + n * interval '1 second',"
            " 'REGISTRATION', 'So NV', 'lan.tran', %s, false, false, '1', sha256(int8send(n)), sha256(int8send(-n))"
            " FROM generate_series(1, %s) n",
            [reason, count],
        )


@pytest.fixture
def register(database: Database) -> Register:
    return Register(database)


@pytest.fixture
def settings(database: Database, tmp_path: Path) -> Settings:
    return Settings(database_url=SecretStr(database.url), data=tmp_path, port=0, read_connections=4)


@dataclass
class Running:
    """A server that answers, and how to ask it."""

    address: str
    settings: Settings
    server: Server
    thread: threading.Thread

    def token(self, hours: float = 1) -> str:
        return tokens.issue(self.settings, "tester", hours)

    @contextmanager
    def socket(self, token: str | None = "", **payload: Any) -> Iterator["Socket"]:
        """A connection that has been acknowledged."""
        payload = {"Authorization": f"Bearer {token or self.token()}", **payload}
        with self.handshake() as socket:
            socket.send(type="connection_init", payload=payload)
            assert socket.receive() == {"type": "connection_ack"}
            yield socket

    @contextmanager
    def handshake(
        self, headers: dict[str, str] | None = None, protocol: str = "graphql-transport-ws"
    ) -> Iterator["Socket"]:
        """A connection on which nothing has been said."""
        url, protocols = f"ws{self.address[4:]}/graphql", [Subprotocol(protocol)]
        with connect(
            url, subprotocols=protocols, additional_headers=headers, max_size=None, close_timeout=1
        ) as connection:
            yield Socket(connection)

    @contextmanager
    def events(self, text: str, headers: dict[str, str] | None = None, **variables: Any) -> Iterator["Events"]:
        """A stream of events, asked for by POST."""
        headers = {"authorization": f"Bearer {self.token()}", "accept": "text/event-stream", **(headers or {})}
        asked = {"query": text, "variables": variables}
        with httpx.stream("POST", f"{self.address}/graphql", json=asked, headers=headers, timeout=30) as response:
            yield Events(response)


class Socket:
    """One side of graphql-transport-ws."""

    def __init__(self, connection: ClientConnection) -> None:
        self.connection = connection

    def send(self, **message: Any) -> None:
        self.connection.send(orjson.dumps(message).decode())

    def receive(self) -> Any:
        return orjson.loads(self.connection.recv(timeout=30))

    def subscribe(self, name: str, text: str, **variables: Any) -> None:
        self.send(id=name, type="subscribe", payload={"query": text, "variables": variables})

    def told(self, count: int, root: str = "ledger") -> list[Any]:
        """The next `count` events of the one operation."""
        messages = [self.receive() for _ in range(count)]
        assert {message["type"] for message in messages} <= {"next"}, messages
        return [message["payload"]["data"][root] for message in messages]

    def closed(self) -> tuple[int, str]:
        """The code and reason with which the server closes, whatever it says before."""
        try:
            while True:
                self.connection.recv(timeout=30)
        except ConnectionClosed as closed:
            return (closed.rcvd.code, closed.rcvd.reason) if closed.rcvd else (1006, "")


@dataclass
class Event:
    """An event as a client reads it."""

    kind: str
    data: Any
    id: str | None


class Events:
    """Reads server-sent events as the HTML standard says."""

    def __init__(self, response: httpx.Response) -> None:
        self.response = response
        self.lines = response.iter_lines()

    def __iter__(self) -> Iterator[Event]:
        said: dict[str, str] = {}
        for line in self.lines:
            name, _, value = line.partition(":")
            value = value.removeprefix(" ")
            if line == "" and "event" in said:
                yield Event(said["event"], orjson.loads(said["data"]) if said["data"] else None, said.get("id"))
                said = {}
            elif line and name:
                said[name] = f"{said[name]}\n{value}" if name == "data" and "data" in said else value

    def take(self, count: int) -> list[Event]:
        """The next `count` events."""
        return [event for _, event in zip(range(count), self, strict=False)]


@contextmanager
def serving(settings: Settings) -> Iterator[Running]:
    """The service in a thread, on a port of its own."""
    server = Server(configured(settings, without_access=True))
    thread = threading.Thread(target=server.run)
    thread.start()
    while not server.started and thread.is_alive():
        time.sleep(0.01)
    host, port = server.servers[0].sockets[0].getsockname()[:2]
    try:
        yield Running(f"http://{host}:{port}", settings, server, thread)
    finally:
        server.should_exit = True
        thread.join(20)
        assert not thread.is_alive()


@pytest.fixture
def running(settings: Settings) -> Iterator[Running]:
    with serving(settings) as running:
        yield running


@pytest.fixture(scope="session")
def quiet(world: World, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Running]:
    """A server that all tests share which only read, over the small world."""
    url = world.engine.url.set(drivername="postgresql").render_as_string(hide_password=False)
    folder = tmp_path_factory.mktemp("quiet")
    with serving(Settings(database_url=SecretStr(url), data=folder, port=0, read_connections=2)) as running:
        yield running

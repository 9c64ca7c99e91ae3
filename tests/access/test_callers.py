"""Callers through the doors: a real server, a real identity provider, HTTP, events and WebSocket."""

import json
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest
import uvicorn
from pydantic import SecretStr
from websockets.exceptions import ConnectionClosed
from websockets.sync.client import ClientConnection, connect
from websockets.typing import Subprotocol

from baseregistry.commands import edge
from baseregistry.errors import BadInput
from baseregistry.server import configured
from baseregistry.settings import Settings
from tests.access.provider import Provider, claims, published, rsa, serving, settings, signed
from tests.access.test_certificates import SECRET, bound, nginx
from tests.commands.test_edge import run
from tests.conftest import Database

QUESTION = {"query": "{ units { totalCount } }"}
JSON = {"accept": "application/graphql-response+json"}


@pytest.fixture
def provider() -> Iterator[Provider]:
    with serving(published(rsa())) as made:
        yield made


@pytest.fixture
def address(database: Database, provider: Provider, tmp_path: Path) -> Iterator[str]:
    """The service, which believes that provider."""
    given = settings(
        provider.url,
        data=tmp_path,
        database_url=SecretStr(database.url),
        port=0,
        read_connections=1,
        certificate_header="X-Client-Cert",
        proxy_secret=SecretStr(SECRET),
    )
    server = uvicorn.Server(configured(given, without_access=True))
    thread = threading.Thread(target=server.run)
    thread.start()
    while not server.started and thread.is_alive():
        time.sleep(0.01)
    host, port = server.servers[0].sockets[0].getsockname()
    yield f"{host}:{port}"
    server.should_exit = True
    thread.join(10)
    assert not thread.is_alive()
    assert list(tmp_path.iterdir()) == []  # no key of a local issuer


def asked(address: str, *headers: tuple[str, str]) -> tuple[int, str | None]:
    """The status, and the code of the refusal."""
    answer = httpx.post(f"http://{address}/graphql", json=QUESTION, headers=[*JSON.items(), *headers])
    body = answer.json()
    return answer.status_code, body["errors"][0]["extensions"]["code"] if "errors" in body else None


def authorization(token: str) -> tuple[str, str]:
    return ("authorization", f"Bearer {token}")


def test_a_token_of_the_provider_is_answered_over_http(address: str, provider: Provider) -> None:
    token = authorization(signed(rsa(), claims()))
    assert asked(address, token) == (200, None)
    assert asked(address) == (401, "access.no_token")
    assert asked(address, authorization(signed(rsa(), claims(aud="account")))) == (401, "access.bad_token")
    assert asked(address, token, token) == (401, "access.repeated_header")
    assert asked(address, ("authorization", bound().decode())) == (401, "access.wrong_certificate")
    certificate = ("x-client-cert", nginx().decode())
    assert asked(address, token, certificate) == (401, "access.untrusted_certificate")
    proven = [certificate, ("x-proxy-secret", SECRET)]
    assert asked(address, ("authorization", bound().decode()), *proven) == (200, None)
    assert provider.asked == 1


def test_a_stream_of_events_asks_who_calls(address: str) -> None:
    accept = ("accept", "text/event-stream")
    token = authorization(signed(rsa(), claims()))
    with httpx.Client(base_url=f"http://{address}") as client:
        assert client.post("/graphql", json=QUESTION, headers=[accept, token]).status_code == 200
        assert client.post("/graphql", json=QUESTION, headers=[accept]).status_code == 401
        assert client.post("/graphql", json=QUESTION, headers=[accept, token, token]).status_code == 401


def heard(socket: ClientConnection) -> str | int | None:
    """The kind of the next message, or the code with which the connection ends."""
    try:
        return str(json.loads(socket.recv(5))["type"])
    except ConnectionClosed as closed:
        return closed.rcvd.code if closed.rcvd else None


@pytest.mark.parametrize(
    ("payload", "handshake", "answer"),
    [
        (["authorization"], [], "connection_ack"),
        (["Authorization"], [], "connection_ack"),
        ([], ["authorization"], "connection_ack"),
        (["authorization"], ["authorization"], "connection_ack"),
        (["authorization", "Authorization"], [], 4400),
        ([], ["authorization", "authorization"], 4403),
        (["authorization"], ["x-purpose", "x-purpose"], 4403),
        ([], [], 4403),
    ],
)
def test_a_websocket_says_once_who_calls(
    address: str, payload: list[str], handshake: list[str], answer: str | int
) -> None:
    token = f"Bearer {signed(rsa(), claims())}"
    headers = [(name, token) for name in handshake]
    with connect(
        f"ws://{address}/graphql", subprotocols=[Subprotocol("graphql-transport-ws")], additional_headers=headers
    ) as socket:
        socket.send(json.dumps({"type": "connection_init", "payload": dict.fromkeys(payload, token)}))
        assert heard(socket) == answer


def test_a_provider_that_was_never_reached_is_told(database: Database, tmp_path: Path) -> None:
    (tmp_path / "keys.json").write_bytes(b"")
    given = settings(str(tmp_path / "keys.json"), database_url=SecretStr(database.url), port=0, read_connections=1)
    token = signed(rsa(), claims())
    server = uvicorn.Server(configured(given, without_access=True))
    thread = threading.Thread(target=server.run)
    thread.start()
    while not server.started and thread.is_alive():
        time.sleep(0.01)
    host, port = server.servers[0].sockets[0].getsockname()
    try:
        answer = httpx.post(
            f"http://{host}:{port}/graphql", json=QUESTION, headers=[*JSON.items(), authorization(token)]
        )
        assert answer.status_code == 503
        assert answer.json()["errors"][0]["extensions"]["code"] == "access.keys_unreachable"
        assert int(answer.headers["retry-after"]) > 0
        with connect(f"ws://{host}:{port}/graphql", subprotocols=[Subprotocol("graphql-transport-ws")]) as socket:
            socket.send(json.dumps({"type": "connection_init", "payload": {"authorization": f"Bearer {token}"}}))
            assert heard(socket) == 1013
    finally:
        server.should_exit = True
        thread.join(10)


# --- settings and commands ---------------------------------------------------------------------------

GOOD = {"issuer": "https://id.example", "audience": "baseregistry", "keys": "https://id.example/keys"}


def test_one_issuer_or_several_are_json(monkeypatch: pytest.MonkeyPatch) -> None:
    two = [GOOD, {**GOOD, "issuer": "https://other.example", "algorithms": ["ES256"], "bound": True}]
    for said, issuers in ((GOOD, 1), ([GOOD], 1), (two, 2)):
        monkeypatch.setenv("BASEREGISTRY_ISSUERS", json.dumps(said))
        assert len(Settings().issuers) == issuers
    monkeypatch.setenv("BASEREGISTRY_ISSUERS", " ")
    assert Settings().issuers == ()


WRONG: list[dict[str, Any]] = [
    {"keys": "http://id.example/keys"},
    {"keys": "http://127.0.0.1.evil.example/keys"},
    {"keys": "file:///etc/passwd"},
    {"keys": "https://"},
    {"keys": "keys.json"},
    {"algorithms": ["HS256"]},
    {"algorithms": ["none"]},
    {"algorithms": []},
    {"audience": ""},
    {"issuer": ""},
    {"audiance": "a slip of the pen"},
]


@pytest.mark.parametrize(
    "wrong", ["{", "7", json.dumps([GOOD, GOOD]), *(json.dumps({**GOOD, **changed}) for changed in WRONG)]
)
def test_issuers_that_cannot_be_believed_are_refused(monkeypatch: pytest.MonkeyPatch, wrong: str) -> None:
    monkeypatch.setenv("BASEREGISTRY_ISSUERS", wrong)
    with pytest.raises(BadInput, match="^BASEREGISTRY_ISSUERS") as refusal:
        edge.settings()
    assert refusal.value.code == "settings.bad"


def test_the_command_makes_no_token_where_others_do(tmp_path: Path) -> None:
    for closed in ({"BASEREGISTRY_ISSUERS": json.dumps(GOOD)}, {"BASEREGISTRY_PRODUCTION": "true"}):
        for command in ("token", "demo"):
            told = run(command, BASEREGISTRY_DATA=str(tmp_path), **closed)
            assert told.returncode == 1
            assert told.stderr.startswith(
                f"error[access.local_issuer_closed]: The local issuer is closed: {next(iter(closed))}"
            )
            assert list(tmp_path.iterdir()) == []

"""How many streams a worker holds, of all and of one caller; and what a client costs that says much and reads nothing."""

import os
import socket as sockets
import time
from base64 import b64encode
from collections.abc import Callable, Iterator
from contextlib import ExitStack

import httpx
import orjson
import pytest

from baseregistry.access import tokens
from baseregistry.graphql.streams.connections import Protocol
from baseregistry.settings import Settings
from tests.graphql.streams.conftest import LEDGER, Register, Running, serving

FULL = (1013, "streams of this caller are open; no more are taken here.")


@pytest.fixture
def small(settings: Settings) -> Iterator[Running]:
    """A service that holds four streams, two of one caller."""
    few = {"limit_connections": 4, "limit_caller_connections": 2}
    with serving(settings.model_copy(update=few)) as running:
        yield running


def token_of(running: Running, who: str) -> str:
    return tokens.issue(running.settings, who)


def asked_for(running: Running, who: str) -> httpx.Response:
    """A stream of events that is refused, or ends at once."""
    headers = {"authorization": f"Bearer {token_of(running, who)}", "accept": "text/event-stream"}
    return httpx.post(f"{running.address}/graphql", json={"query": "{ __typename }"}, headers=headers, timeout=10)


def until(holds: Callable[[], bool]) -> None:
    for _ in range(500):
        if holds():
            return
        time.sleep(0.01)
    pytest.fail("It does not come to that.")


def test_one_caller_has_so_many_streams_whatever_carries_them(small: Running, register: Register) -> None:
    register.changes(1)
    with small.socket(token_of(small, "a")), ExitStack() as other:
        other.enter_context(small.events(LEDGER, {"authorization": f"Bearer {token_of(small, 'a')}"}, since="0"))
        refused = asked_for(small, "a")
        assert (refused.status_code, refused.json()["errors"][0]["extensions"]["code"]) == (
            503,
            "stream.too_many_connections",
        )
        assert "retry-after" in refused.headers
        with small.handshake({"authorization": f"Bearer {token_of(small, 'a')}"}) as third:
            third.send(type="connection_init")
            assert third.closed() == (1013, f"2 {FULL[1]}")
        assert asked_for(small, "b").status_code == 200
        other.close()
        until(lambda: asked_for(small, "a").status_code == 200)


def test_a_worker_has_so_many_streams_also_of_those_who_say_no_name(small: Running) -> None:
    with ExitStack() as held:
        for _ in range(4):
            held.enter_context(small.handshake())  # without a word, for as long as it is waited for
        until(lambda: asked_for(small, "a").status_code == 503)
        with small.handshake() as fifth:
            assert fifth.closed() == (1013, "4 streams are open; no more are taken here.")
        question = httpx.post(
            f"{small.address}/graphql",
            json={"query": "{ units { totalCount } }"},
            headers={"authorization": f"Bearer {token_of(small, 'a')}"},
        )
        assert "errors" not in question.json(), "questions are asked as ever"
    until(lambda: asked_for(small, "a").status_code == 200)


def test_what_is_refused_holds_no_place(small: Running) -> None:
    for _ in range(10):
        assert asked_for(small, "a").status_code == 200
        with small.handshake() as socket:
            socket.send(type="connection_init", payload={"authorization": "Bearer none"})
            assert socket.closed()[0] == 4403
    with small.socket(token_of(small, "a")), small.socket(token_of(small, "a")):
        pass


def frame(kind: int, payload: bytes) -> bytes:
    """A masked frame of a client (RFC 6455, 5.2), the mask being nought."""
    return bytes([0x80 | kind, 0x80 | len(payload)]) + bytes(4) + payload


@pytest.mark.parametrize("kind", ["frames", "messages"])
def test_pings_whose_answers_are_not_read_cost_no_memory(quiet: Running, kind: str) -> None:
    """A hundred thousand of them, from a client that reads nothing."""
    host, port = quiet.address.removeprefix("http://").split(":")
    with sockets.socket() as raw:
        raw.setsockopt(sockets.SOL_SOCKET, sockets.SO_RCVBUF, 4_096)
        raw.connect((host, int(port)))
        raw.sendall(handshake(host, port))
        raw.settimeout(0.5)
        assert b"101" in raw.recv(4_096)
        one = (
            frame(9, bytes(125)) if kind == "frames" else frame(1, orjson.dumps({"type": "ping", "payload": "x" * 90}))
        )
        try:
            for _ in range(1_000):
                raw.sendall(one * 100)
        except TimeoutError:
            assert kind == "messages", "it reads on, and forgets"
        assert waiting(quiet) < (70_000 if kind == "frames" else 300_000)
    until(lambda: waiting(quiet) == 0)


def handshake(host: str, port: str) -> bytes:
    lines = (
        "GET /graphql HTTP/1.1",
        f"Host: {host}:{port}",
        "Upgrade: websocket",
        "Connection: Upgrade",
        f"Sec-WebSocket-Key: {b64encode(os.urandom(16)).decode()}",
        "Sec-WebSocket-Version: 13",
        "Sec-WebSocket-Protocol: graphql-transport-ws",
    )
    return "\r\n".join([*lines, "", ""]).encode()


def waiting(running: Running) -> int:
    """The most bytes that wait in a connection of the service for a client to read them."""
    found = [one for one in running.server.server_state.connections if isinstance(one, Protocol)]
    return max((one.transport.get_write_buffer_size() for one in found), default=0)

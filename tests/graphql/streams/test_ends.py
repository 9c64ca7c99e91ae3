"""How streams end, what a slow reader costs, and what many of the same cost."""

import asyncio
import time
from collections.abc import Callable, Iterator
from typing import Any

import httpx
import pytest

from baseregistry.graphql.streams import events as event_streams
from baseregistry.graphql.streams import websocket
from baseregistry.graphql.streams.pages import Pages
from baseregistry.server import Service
from baseregistry.settings import Settings
from tests.graphql.streams.conftest import LEDGER, Register, Running, serving, written_directly


def open_in(running: Running) -> int:
    service = running.server.config.app
    assert isinstance(service, Service)
    assert service.streams is not None
    return service.streams.open


def until(holds: Callable[[], bool]) -> None:
    for _ in range(1000):
        if holds():
            return
        time.sleep(0.01)
    pytest.fail("It does not come to that.")


def test_a_client_that_leaves_holds_nothing(running: Running, register: Register) -> None:
    register.changes(1)
    with running.socket() as socket, running.events(LEDGER, since="0") as events:
        socket.subscribe("1", LEDGER, since="0")
        socket.subscribe("2", LEDGER, since="0")
        assert len(socket.told(2)) + len(events.take(1)) == 3
        assert open_in(running) == 3
    until(lambda: open_in(running) == 0)
    with running.socket() as socket:
        socket.subscribe("1", LEDGER, since="0")
        assert len(socket.told(1)) == 1
        socket.connection.socket.close()  # as a machine that vanishes
        until(lambda: open_in(running) == 0)


def test_a_service_that_ends_lets_its_listeners_come_back(settings: Settings, register: Register) -> None:
    """What is completed, no client asks for again; so nothing is completed here."""
    register.changes(1)
    with serving(settings) as running, running.socket() as socket, running.events(LEDGER, since="0") as events:
        socket.subscribe("1", LEDGER, since="0")
        assert len(socket.told(1)) + len(events.take(1)) == 2
        began = time.monotonic()
        running.server.should_exit = True
        assert socket.closed() == (1012, "")
        assert list(events) == []
        until(lambda: not running.thread.is_alive())
        assert time.monotonic() - began < 5  # of the ten that requests under way are given


@pytest.fixture
def strict(settings: Settings) -> Iterator[Running]:
    """A service whose clock and its issuers' are one."""
    with serving(settings.model_copy(update={"token_leeway": 0})) as running:
        yield running


def test_a_stream_ends_with_its_token(strict: Running, register: Register) -> None:
    running = strict
    register.changes(1)
    token = running.token(hours=2 / 3600)
    with running.socket(token) as socket:
        with running.events(LEDGER, {"authorization": f"Bearer {token}"}, since="0") as events:
            socket.subscribe("1", LEDGER, since="0")
            assert len(socket.told(1)) == 1
            first, refused, complete = list(events)
            assert first.data["data"]["ledger"]["position"] == "1"
            assert refused.data["errors"][0]["extensions"]["code"] == "access.token_expired"
            assert complete.kind == "complete"
        assert socket.closed() == (4403, "Forbidden: The token has ended.")


def test_a_connection_without_operations_ends_with_its_token_too(strict: Running) -> None:
    with strict.socket(strict.token(hours=2 / 3600)) as socket:
        socket.subscribe("1", "{ units { totalCount } }")
        assert [socket.receive()["type"] for _ in range(2)] == ["next", "complete"]
        began = time.monotonic()
        assert socket.closed() == (4403, "Forbidden: The token has ended.")
        assert time.monotonic() - began < 3


@pytest.fixture
def pages_read(monkeypatch: pytest.MonkeyPatch) -> list[object]:
    """What subscriptions have run in the database."""
    ran: list[object] = []
    read = Pages._row

    async def counted(self: Pages, plan: Any, *rest: Any) -> object:
        ran.append(plan)
        return await read(self, plan, *rest)

    monkeypatch.setattr(Pages, "_row", counted)
    return ran


@pytest.mark.parametrize("way", ["socket", "events"])
def test_who_reads_slowly_is_read_for_slowly(
    running: Running, register: Register, pages_read: list[object], way: str
) -> None:
    """40 MB wait for a client that does not read: what is between it and the table stays small."""
    written_directly(register, 2_000, reason="x" * 20_000)
    text = "subscription { ledger(since: 0) { position reason } }"
    if way == "socket":
        with running.socket() as socket:
            socket.subscribe("1", text)
            settled(pages_read)
            told = [item["position"] for item in socket.told(2_000)]
    else:
        with running.events(text) as events:
            settled(pages_read)
            told = [event.data["data"]["ledger"]["position"] for event in events.take(2_000)]
    assert told == [str(position) for position in range(1, 2_001)]
    assert len(pages_read) >= 40


def settled(ran: list[object]) -> None:
    """The server has stopped reading, long before the end."""
    before = -1
    while len(ran) != before:
        before = len(ran)
        time.sleep(0.5)
    assert before <= 20, before


def test_a_client_that_does_not_read_at_all_is_given_up(
    monkeypatch: pytest.MonkeyPatch, running: Running, register: Register
) -> None:
    for module in (websocket, event_streams):
        monkeypatch.setattr(module, "STALLED", 0.3)
    written_directly(register, 1_000, reason="x" * 20_000)
    text = "subscription { ledger(since: 0) { reason } }"
    with running.socket() as socket, running.events(text):
        socket.subscribe("1", text)
        until(lambda: open_in(running) > 0)
        until(lambda: open_in(running) == 0)


def test_many_who_wait_for_the_same_cost_few_statements(
    running: Running, register: Register, pages_read: list[object]
) -> None:
    register.changes(1)
    with running.socket() as socket:
        for number in range(90):
            socket.subscribe(str(number), LEDGER, since="0")
        assert len(socket.told(90)) == 90
        before = len(pages_read)
        register.changes(2)
        assert {item["position"] for item in socket.told(90)} == {"2"}
        assert len(pages_read) - before <= 9


def test_questions_go_on_while_subscriptions_read(running: Running, register: Register) -> None:
    """Subscriptions take a part of the connections; those who ask have the others."""
    written_directly(register, 2_000, reason="x" * 2_000)
    with running.socket() as socket:
        for number in range(40):
            socket.subscribe(str(number), f"subscription {{ a{number}: ledger(since: 0) {{ position reason }} }}")
        with httpx.Client(base_url=running.address, headers={"authorization": f"Bearer {running.token()}"}) as client:
            for _ in range(20):
                answer = client.post("/graphql", json={"query": "{ units { totalCount } }"}, timeout=10)
                assert answer.json()["data"] == {"units": {"totalCount": 0}}
        assert {socket.receive()["type"] for _ in range(200)} == {"next"}


def answered(service: Service, path: str, server: tuple[str, int]) -> list[dict[str, Any]]:
    """What a handshake that came in by an address of the server is told."""

    async def ask() -> list[dict[str, Any]]:
        said: list[dict[str, Any]] = []

        async def receive() -> dict[str, Any]:
            return {"type": "websocket.connect" if not said else "websocket.disconnect", "code": 1005}

        async def send(message: Any) -> None:
            said.append(dict(message))

        async with service.opened():
            scope = {"type": "websocket", "path": path, "server": server, "headers": [], "subprotocols": []}
            await service(scope, receive, send)
        return said

    return asyncio.run(ask())


def test_only_this_machine_is_answered(settings: Settings) -> None:
    refused = [{"type": "websocket.close"}]
    assert answered(Service(settings, without_access=True), "/graphql", ("192.0.2.1", 8000)) == refused
    assert answered(Service(settings, without_access=True), "/other", ("127.0.0.1", 8000)) == refused
    assert answered(Service(settings, without_access=True), "/graphql", ("127.0.0.1", 8000))[0] == {
        "type": "websocket.accept"
    }


def test_what_streams_do_is_counted(running: Running, register: Register) -> None:
    register.changes(1, 2)
    text = "subscription Follow($since: Position!) { ledger(since: $since) { position } }"
    with running.socket() as socket, running.events("query Count { units { totalCount } }") as events:
        socket.subscribe("1", text, since=0)
        assert len(socket.told(2)) == 2
        assert [event.kind for event in events] == ["next", "complete"]
        socket.subscribe("2", text, since=9)
        assert socket.receive()["type"] == "error"
        told = httpx.get(f"{running.address}/metrics").text
    assert "\nbaseregistry_subscriptions 1.0\n" in told
    assert '\nbaseregistry_events_pushed_total{operation="Follow"} 2.0\n' in told
    assert '\nbaseregistry_answer_seconds_count{operation="Count"} 1.0\n' in told
    assert '\nbaseregistry_refusals_total{code="question.future_position",operation="Follow"} 1.0\n' in told

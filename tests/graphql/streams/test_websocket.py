"""graphql-transport-ws, message by message: what may be said when, and with which code a connection ends."""

import time
from typing import Any

import pytest

from baseregistry.graphql.streams import websocket
from baseregistry.settings import Settings
from tests.graphql.mutations.agency import PROVINCE, change, unit
from tests.graphql.streams.conftest import LEDGER, Register, Running, Socket, serving

UNITS = "query Units($code: String!) { units(where: {code: {eq: $code}}) { nodes { code name } } }"


def test_a_query_is_answered_once_beside_a_subscription(running: Running, register: Register) -> None:
    register.changes(1)
    with running.socket() as socket:
        socket.subscribe("all", LEDGER, since="1")
        socket.subscribe("one", UNITS, code="00001")
        answer = socket.receive()
        assert (answer["id"], answer["type"]) == ("one", "next")
        assert answer["payload"]["data"] == {"units": {"nodes": [{"code": "00001", "name": "Xã 00001"}]}}
        assert answer["payload"]["extensions"]["snapshot"]["position"] == "1"
        assert socket.receive() == {"id": "one", "type": "complete"}
        register.changes(2)
        assert socket.receive()["id"] == "all"


def test_several_subscriptions_are_told_apart(running: Running, register: Register) -> None:
    with running.socket() as socket:
        for name in ("a", "b", "c"):
            socket.subscribe(name, LEDGER, since="0")
        register.changes(1)
        told = [socket.receive() for _ in range(3)]
        assert {message["id"] for message in told} == {"a", "b", "c"}
        assert len({str(message["payload"]) for message in told}) == 1


def test_what_a_client_completes_says_no_more_and_its_id_is_free(running: Running, register: Register) -> None:
    with running.socket() as socket:
        socket.subscribe("1", LEDGER, since="0")
        register.changes(1)
        assert len(socket.told(1)) == 1
        socket.send(id="1", type="complete")
        socket.send(id="1", type="complete")  # of what has ended: ignored
        socket.send(id="never", type="complete")
        socket.subscribe("1", UNITS, code="00001")
        register.changes(2)
        assert [socket.receive()["type"] for _ in range(2)] == ["next", "complete"]
        socket.send(type="ping")
        assert socket.receive() == {"type": "pong", "payload": None}


def test_a_ping_is_answered_with_its_payload_even_before_the_token(quiet: Running) -> None:
    with quiet.handshake() as socket:
        socket.send(type="ping", payload={"sent": 12})
        assert socket.receive() == {"type": "pong", "payload": {"sent": 12}}
        socket.send(type="pong")
        socket.send(type="connection_init", payload={"authorization": f"Bearer {quiet.token()}"})
        assert socket.receive() == {"type": "connection_ack"}


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("subscription {", "question.syntax"),
        ("subscription { nothing }", "question.invalid"),
        ("subscription { ledger { position } again: ledger { position } }", "question.invalid"),
        ("subscription { __typename }", "question.invalid"),
        ("{ nothing }", "question.invalid"),
        ("{ unit { code } }", "question.key_needed"),
        ("subscription($since: Position!) { ledger(since: $since) { position } }", "input.bad_variables"),
    ],
)
def test_what_cannot_be_answered_ends_its_operation_alone(quiet: Running, text: str, code: str) -> None:
    with quiet.socket() as socket:
        socket.subscribe("bad", text)
        refused = socket.receive()
        assert (refused["id"], refused["type"]) == ("bad", "error")
        assert refused["payload"][0]["extensions"]["code"] == code
        socket.subscribe("bad", "{ units { totalCount } }")
        assert socket.receive()["payload"]["data"] == {"units": {"totalCount": 3}}


def test_a_token_may_come_with_the_handshake(quiet: Running) -> None:
    with quiet.handshake({"authorization": f"Bearer {quiet.token()}"}) as socket:
        socket.send(type="connection_init")
        assert socket.receive() == {"type": "connection_ack"}


@pytest.mark.parametrize("payload", [{}, None, {"authorization": "Bearer x"}, {"authorization": 7}, {"other": "x"}])
def test_without_a_token_that_holds_a_connection_is_forbidden(quiet: Running, payload: Any) -> None:
    with quiet.handshake() as socket:
        socket.send(type="connection_init", payload=payload)
        code, reason = socket.closed()
    assert code == 4403
    assert reason.startswith("Forbidden: ")


def test_nothing_is_asked_before_the_token(quiet: Running) -> None:
    with quiet.handshake() as socket:
        socket.subscribe("1", "{ units { totalCount } }")
        assert socket.closed() == (4401, "Unauthorized")


def test_one_token_is_enough(quiet: Running) -> None:
    with quiet.socket() as socket:
        socket.send(type="connection_init", payload={})
        assert socket.closed() == (4429, "Too many initialisation requests")


def test_an_id_stands_for_one_operation(quiet: Running) -> None:
    with quiet.socket() as socket:
        socket.subscribe("twice", LEDGER, since="0")
        socket.subscribe("twice", LEDGER, since="0")
        assert socket.closed() == (4409, "Subscriber for twice already exists")


@pytest.mark.parametrize(
    "said",
    [
        "",
        "null",
        "[]",
        "{",
        '{"type":7}',
        '{"type":"next","id":"1","payload":{}}',
        '{"type":"connection_ack"}',
        '{"type":"complete"}',
        '{"type":"complete","id":7}',
        '{"type":"subscribe","payload":{"query":"{ units { totalCount } }"}}',
        '{"type":"subscribe","id":"","payload":{"query":"{ units { totalCount } }"}}',
        '{"type":"subscribe","id":"1"}',
        '{"type":"subscribe","id":"1","payload":{}}',
        '{"type":"subscribe","id":"1","payload":{"query":7}}',
        '{"type":"subscribe","id":"1","payload":{"query":"{ units { totalCount } }","variables":[]}}',
        '{"type":"ping","type":"ping"}',
        "[" * 100_000,
    ],
)
def test_what_is_no_message_ends_the_connection(quiet: Running, said: str) -> None:
    with quiet.socket() as socket:
        socket.connection.send(said)
        code, reason = socket.closed()
    assert code == 4400
    assert reason.startswith("Invalid message")


def test_bytes_are_no_message(quiet: Running) -> None:
    with quiet.socket() as socket:
        socket.connection.send(b'{"type":"ping"}')
        assert socket.closed()[0] == 4400


def test_a_message_has_a_largest_size(quiet: Running) -> None:
    with quiet.socket() as socket:
        socket.connection.send('{"type":"ping","payload":{"much":"' + "x" * quiet.settings.limit_body + '"}}')
        assert socket.closed()[0] == 1009


def test_who_says_nothing_is_not_waited_for(monkeypatch: pytest.MonkeyPatch, quiet: Running) -> None:
    monkeypatch.setattr(websocket, "INITIALISE", 0.05)
    with quiet.handshake() as socket:
        assert socket.closed() == (4408, "Connection initialisation timeout")


def test_other_protocols_are_not_spoken(quiet: Running) -> None:
    with quiet.handshake(protocol="graphql-ws") as socket:
        assert socket.closed() == (4406, "Subprotocol not acceptable")


def test_operations_on_a_connection_are_bounded(monkeypatch: pytest.MonkeyPatch, quiet: Running) -> None:
    monkeypatch.setattr(websocket, "MOST_OPERATIONS", 2)
    with quiet.socket() as socket:
        for name in ("1", "2", "3"):
            socket.subscribe(name, LEDGER, since="0")
        refused = socket.receive()
        assert (refused["id"], refused["payload"][0]["extensions"]["code"]) == ("3", "stream.too_many_operations")
        socket.send(id="1", type="complete")
        socket.subscribe("3", "{ units { totalCount } }")
        assert socket.receive()["type"] == "next"


def test_subscriptions_of_a_service_are_bounded(settings: Settings, register: Register) -> None:
    register.changes(1)
    with (
        serving(settings.model_copy(update={"subscriptions": 1})) as running,
        running.socket() as socket,
        running.socket() as other,
    ):
        assert subscribed(socket)["type"] == "next"
        refused = subscribed(other)
        assert refused["payload"][0]["extensions"]["code"] == "stream.too_many_subscriptions"
        socket.send(id="1", type="complete")
        while subscribed(other)["type"] == "error":
            time.sleep(0.01)


def subscribed(socket: Socket) -> Any:
    """What is said first of a subscription."""
    socket.subscribe("1", LEDGER, since="0")
    return socket.receive()


def test_a_change_that_is_stated_on_a_connection_is_told_on_it(running: Running) -> None:
    text = "mutation($input: ChangeInput!) { recordChange(input: $input) { position replayed } }"
    with running.socket() as socket:
        socket.subscribe("follow", "subscription { ledger(since: 0) { position recordedBy } }")
        socket.subscribe("state", text, input=change(unit(**PROVINCE)))
        told = [socket.receive() for _ in range(3)]
    by_id = {(message["id"], message["type"]): message.get("payload") for message in told}
    assert by_id["state", "next"]["data"] == {"recordChange": {"position": "1", "replayed": False}}
    assert by_id["follow", "next"]["data"] == {"ledger": {"position": "1", "recordedBy": "tester"}}
    assert ("state", "complete") in by_id

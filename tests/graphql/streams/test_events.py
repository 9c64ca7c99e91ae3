"""GraphQL over server-sent events: one operation a connection, with ids to come back by."""

import httpx
import pytest

from baseregistry.graphql.streams import events as event_streams
from tests.graphql.streams.conftest import LEDGER, Event, Events, Register, Running

UNITS = "{ units { nodes { code } totalCount } }"


def positions(told: list[Event]) -> list[str]:
    assert {event.kind for event in told} == {"next"}
    return [event.data["data"]["ledger"]["position"] for event in told]


def test_changes_are_told_as_they_are_committed(running: Running, register: Register) -> None:
    before = register.changes(1, 2)
    with running.events(LEDGER, since="1") as events:
        assert events.response.status_code == 200
        assert events.response.headers["content-type"] == "text/event-stream; charset=utf-8"
        assert events.response.headers["cache-control"] == "private, no-store"
        assert positions(events.take(1)) == before[1:]
        for code in (3, 4, 5):
            assert register.changes(code) == positions(events.take(1))


def test_it_goes_on_after_the_last_event(running: Running, register: Register) -> None:
    written = register.changes(1, 2, 3, 4)
    with running.events(LEDGER, since="0") as events:
        first = events.take(2)
    assert [event.id for event in first] == [event.data["extensions"]["cursor"] for event in first]
    with running.events(LEDGER, {"last-event-id": first[-1].id or ""}, since="0") as events:
        assert positions(first + events.take(2)) == written


def test_another_ledger_is_told(running: Running, register: Register) -> None:
    """As when a backup is put back while a client is away: the position is there, with another hash."""
    register.changes(1, 2)
    with running.events(LEDGER, since="0") as events:
        last = events.take(2)[-1].id or ""
    with register.administrator() as administrator:
        administrator.execute("SET session_replication_role = replica")  # no guard stands in the way
        administrator.execute("UPDATE baseregistry.ledger_change SET head = sha256('other') WHERE position = 2")
    with running.events(LEDGER, {"last-event-id": last}) as events:
        refused, complete = list(events)
    assert refused.data["errors"][0]["extensions"]["code"] == "ledger.forked"
    assert complete == Event("complete", None, None)


@pytest.mark.parametrize("last", ["x!", "1:2", "x" * 1001])
def test_an_id_that_is_none_of_ours_is_refused(quiet: Running, last: str) -> None:
    with quiet.events(LEDGER, {"last-event-id": last}) as events:
        assert events.response.status_code == 400
        assert code(events) == "stream.bad_event_id"


def code(events: Events) -> str:
    events.response.read()
    found: str = events.response.json()["errors"][0]["extensions"]["code"]
    return found


def test_a_query_is_one_event(running: Running, register: Register) -> None:
    register.changes(*range(5))
    with running.events(UNITS) as events:
        answer, complete = list(events)
    assert answer.data["data"]["units"]["totalCount"] == 5
    assert sorted(node["code"] for node in answer.data["data"]["units"]["nodes"]) == [f"{code:05}" for code in range(5)]
    assert (answer.id, complete.kind) == (None, "complete")


def test_a_stream_can_be_asked_for_by_get(running: Running, register: Register) -> None:
    register.changes(1)
    headers = {"authorization": f"Bearer {running.token()}", "accept": "text/event-stream"}
    asked = {"query": LEDGER, "variables": '{"since": 0}'}
    with httpx.stream("GET", f"{running.address}/graphql", params=asked, headers=headers, timeout=30) as response:
        assert positions(Events(response).take(1)) == ["1"]


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("subscription {", "question.syntax"),
        ("subscription { nothing }", "question.invalid"),
        ("subscription { ledger(since: 9) { position } }", "question.future_position"),
        ("{ unit { code } }", "question.key_needed"),
    ],
)
def test_a_refusal_is_an_event(quiet: Running, text: str, code: str) -> None:
    with quiet.events(text) as events:
        assert events.response.status_code == 200
        refused, complete = list(events)
    assert (refused.kind, refused.data["errors"][0]["extensions"]["code"]) == ("next", code)
    assert "data" not in refused.data
    assert complete.kind == "complete"


def test_without_a_token_there_is_no_stream(quiet: Running) -> None:
    with quiet.events(LEDGER, {"authorization": "Bearer x"}) as events:
        assert events.response.status_code == 401
        assert events.response.headers["www-authenticate"].startswith("Bearer")
        assert code(events) == "access.bad_token"


def test_what_is_wrong_as_http_has_a_status(quiet: Running) -> None:
    headers = {"authorization": f"Bearer {quiet.token()}", "accept": "text/event-stream"}
    with httpx.Client(base_url=quiet.address, headers=headers) as client:
        assert client.post("/graphql", json=[{"query": UNITS}]).json()["errors"][0]["message"].startswith("A stream")
        assert client.post("/graphql", content=b"{}").status_code == 415
        assert client.post("/graphql", json={}).status_code == 400
        assert client.put("/graphql", json={"query": UNITS}).status_code == 405
        assert client.head("/graphql", params={"query": UNITS}).status_code == 405


def test_no_single_response_answers_a_subscription(quiet: Running) -> None:
    headers = {"authorization": f"Bearer {quiet.token()}", "accept": "application/graphql-response+json"}
    with httpx.Client(base_url=quiet.address, headers=headers) as client:
        for answer in (
            client.post("/graphql", json={"query": LEDGER}),
            client.get("/graphql", params={"query": LEDGER}),
        ):
            assert answer.status_code == 400
            assert answer.json()["errors"][0]["extensions"]["code"] == "question.needs_a_stream"


def test_silence_is_filled_with_comments(monkeypatch: pytest.MonkeyPatch, running: Running, register: Register) -> None:
    monkeypatch.setattr(event_streams, "KEEP_ALIVE", 0.05)
    with running.events(LEDGER, since="0") as events:
        lines = [line for _, line in zip(range(8), events.lines, strict=False)]
        assert lines == [":", ""] * 4
        assert register.changes(1) == positions(events.take(1))


def test_a_response_of_several_lines_is_one_event() -> None:
    said = event_streams.written(event_streams.Event(b'{"data":\n {}\n}', "place"))
    assert said == b'id: place\nevent: next\ndata: {"data":\ndata:  {}\ndata: }\n\n'

"""What a subscription tells: every change, in order, from any position on; nothing twice, nothing missed."""

import threading
from concurrent.futures import ThreadPoolExecutor

import pytest

from baseregistry import db
from baseregistry.registries.ledger import Kind, Provenance
from baseregistry.registries.redaction import Redaction, redact
from tests.graphql.streams.conftest import LEDGER, Register, Running, Socket, written_directly


def positions(socket: Socket, count: int) -> list[str]:
    return [told["position"] for told in socket.told(count)]


def test_what_is_committed_is_told_before_the_next_is_written(running: Running, register: Register) -> None:
    with running.socket() as socket:
        socket.subscribe("1", LEDGER, since="0")
        for code in range(3):
            position = register.write(register.unit(f"{code:05}"), reason=f"unit {code}")
            assert socket.told(1) == [{"position": str(position), "reason": f"unit {code}"}]


def test_what_came_before_is_told_first_then_what_comes(running: Running, register: Register) -> None:
    before = register.changes(1, 2, 3)
    with running.socket() as socket:
        socket.subscribe("1", LEDGER, since=before[0])
        assert positions(socket, 2) == before[1:]
        assert positions_after(socket, register, 4, 5)


def positions_after(socket: Socket, register: Register, *codes: int) -> bool:
    return register.changes(*codes) == positions(socket, len(codes))


def test_without_a_position_only_what_comes_is_told(running: Running, register: Register) -> None:
    register.changes(1, 2)
    with running.socket() as socket:
        socket.subscribe("1", "subscription { ledger { position } }")
        socket.subscribe("2", "{ units { totalCount } }")
        assert {socket.receive()["type"], socket.receive()["type"]} == {"next", "complete"}  # so 1 has begun
        assert positions_after(socket, register, 3, 4)


def test_it_goes_on_where_a_client_was_told_last(running: Running, register: Register) -> None:
    register.changes(1, 2, 3, 4)
    told: list[str] = []
    for _ in range(4):
        with running.socket() as socket:
            socket.subscribe("1", LEDGER, since=told[-1] if told else "0")
            told += positions(socket, 1)
    assert told == ["1", "2", "3", "4"]


def test_all_of_a_change_can_be_asked_under_any_name(running: Running, register: Register) -> None:
    register.changes(7)
    text = """subscription Follow($since: Position!) { happened: ledger(since: $since) { ...Said __typename } }
    fragment Said on LedgerChange { at: position why: reason kind agency recordedBy feed digest head }"""
    with running.socket() as socket:
        socket.subscribe("1", text, since=0)
        payload = socket.receive()["payload"]
    assert list(payload["data"]) == ["happened"]
    happened, receipt = payload["data"]["happened"], register.receipts[0]
    assert list(happened) == ["at", "why", "kind", "agency", "recordedBy", "feed", "digest", "head", "__typename"]
    assert (happened["at"], happened["why"], happened["__typename"]) == ("1", "unit 7", "LedgerChange")
    assert (happened["kind"], happened["head"]) == ("REGISTRATION", receipt.head.hex())
    assert payload["extensions"]["position"] == "1"
    assert set(payload["extensions"]) == {"position", "cursor"}


def test_more_than_a_page_is_told_whole(running: Running, register: Register) -> None:
    written_directly(register, 173)
    with running.socket() as socket:
        socket.subscribe("1", LEDGER, since="20")
        assert positions(socket, 153) == [str(position) for position in range(21, 174)]


def test_a_redaction_is_told(running: Running, register: Register) -> None:
    register.changes(1)
    unit = register.database.installation.declarations.entities["administration.unit"]
    with db.reading(register.database.engine) as reading:
        (record_id,) = reading.execute("SELECT record_id FROM administration_unit").scalars()
    with running.socket() as socket:
        socket.subscribe("1", "subscription { ledger(since: 1) { kind } }")
        with db.writing(register.database.engine) as writing:
            said = Provenance(
                kind=Kind.REDACTION, agency="So NV", recorded_by="lan", approved_by="minh", legal_basis="13/2023/ND-CP"
            )
            redact(writing, register.database.installation, said, [Redaction(unit, record_id, ("name",))])
        assert socket.told(1) == [{"kind": "REDACTION"}]


def test_a_change_that_is_given_up_is_not_told(running: Running, register: Register) -> None:
    with running.socket() as socket:
        socket.subscribe("1", LEDGER, since="0")
        with db.writing(register.database.engine) as writing:
            register.record(writing, register.unit("00001"))
            writing.connection.rollback()
        assert positions_after(socket, register, 2)


def test_racing_writers_leave_no_gap_and_no_twin(running: Running, register: Register) -> None:
    writers, each = 4, 15
    with running.socket() as early, running.socket() as late, ThreadPoolExecutor(writers) as pool:
        early.subscribe("1", LEDGER, since="0")
        begun = threading.Barrier(writers)

        def write(writer: int) -> None:
            begun.wait()
            for number in range(each):
                register.write(register.unit(f"{writer * 100 + number:05}"), reason=f"{writer}/{number}")

        done = [pool.submit(write, writer) for writer in range(writers)]
        first = early.told(10)
        late.subscribe("1", LEDGER, since=first[4]["position"])
        told = first + early.told(writers * each - 10)
        again = late.told(writers * each - 5)
        for future in done:
            future.result()
    assert [int(item["position"]) for item in told] == list(range(1, writers * each + 1))
    assert again == told[5:]
    for writer in range(writers):  # each writer's own, in the order it wrote them
        own = [item["reason"] for item in told if item["reason"].startswith(f"{writer}/")]
        assert own == [f"{writer}/{number}" for number in range(each)]


@pytest.mark.parametrize(("since", "code"), [("3", "question.future_position"), ("-1", "input.bad_position")])
def test_a_place_that_is_none_is_refused(running: Running, register: Register, since: str, code: str) -> None:
    register.changes(1, 2)
    with running.socket() as socket:
        socket.subscribe("1", LEDGER, since=since)
        refused = socket.receive()
    assert (refused["id"], refused["type"]) == ("1", "error")
    assert refused["payload"][0]["extensions"]["code"] == code


def test_another_ledger_is_refused(running: Running, register: Register) -> None:
    register.changes(1, 2)
    text = "subscription($hash: String) { ledger(since: 1, ledgerHash: $hash) { position } }"
    hashes = [receipt.head.hex() for receipt in register.receipts]
    with running.socket() as socket:
        socket.subscribe("same", text, hash=hashes[0].upper())
        assert positions(socket, 1) == ["2"]
        socket.subscribe("other", text, hash=hashes[1])
        refused = socket.receive()
    assert (refused["id"], refused["type"]) == ("other", "error")
    assert refused["payload"][0]["extensions"]["code"] == "ledger.forked"


def test_a_ledger_that_is_put_back_under_a_subscriber_is_told(running: Running, register: Register) -> None:
    """As a backup restored beneath a running service: the position comes again, under another hash."""
    register.changes(1, 2)
    with running.socket() as socket:
        socket.subscribe("1", LEDGER, since="0")
        assert positions(socket, 2) == ["1", "2"]
        with register.administrator() as administrator:
            administrator.execute("SET session_replication_role = replica")  # no guard stands in the way
            administrator.execute("DELETE FROM baseregistry.ledger_change WHERE position = 2")
        ended = socket.receive()
    assert (ended["type"], ended["payload"][0]["extensions"]["code"]) == ("error", "ledger.forked")

"""What changed of one entity's records, pushed: the items of the feed of that name, byte for byte, one by one."""

from datetime import UTC, datetime
from uuid import UUID, uuid4

import httpx
import orjson

from baseregistry.registries import acts
from baseregistry.registries.acts import Act, Period
from baseregistry.registries.ledger import Kind
from tests.graphql.streams.conftest import BEGIN, Register, Running

MOVED = datetime(2025, 7, 1, tzinfo=UTC)
ITEM = """position kind recordId effect status versions { id code name version { validFrom recordedFrom } history { nodes { name } } }
  facts { validFrom effect attributes { attribute old new } } change { reason head }"""
UNITS = f"subscription($since: Position, $after: String) {{ unitChanges(since: $since, after: $after) {{ {ITEM} }} }}"


def parcel(register: Register, commune: UUID, record_id: UUID) -> Act:
    entity = register.database.installation.declarations.entities["land.parcel"]
    values = {"commune": commune, "numbering_commune": commune, "map_sheet": "1", "parcel_number": "2"}
    return acts.register(entity, record_id, Period(BEGIN), {**values, "status": "CURRENT"})


def moved(register: Register, commune: UUID, record_id: UUID) -> Act:
    entity = register.database.installation.declarations.entities["land.parcel"]
    return acts.change(entity, record_id, Period(MOVED), {"commune": commune})


def test_the_same_is_pushed_as_is_answered(running: Running, register: Register) -> None:
    """By bytes: nothing that is pushed has passed through another reader of JSON."""
    register.write(*(register.unit(f"{code:05}") for code in range(30)), reason='many "at" once\n')
    register.changes(*range(30, 60))
    headers = {"authorization": f"Bearer {running.token()}"}
    asked = {"query": f"{{ unitChangesSince(position: 0, first: 1000) {{ nodes {{ {ITEM} }} }} }}"}
    answer = httpx.post(f"{running.address}/graphql", json=asked, headers=headers, timeout=30)
    with running.socket() as socket:
        socket.subscribe("1", UNITS, since="0")
        pushed = []
        for _ in range(60):
            message = str(socket.connection.recv(timeout=30))
            data, extensions = message.rsplit(',"extensions":', 1)
            assert orjson.loads(extensions[:-2])["position"]
            pushed.append(
                data.removeprefix('{"id":"1","type":"next","payload":{"data":{"unitChanges":').removesuffix("}")
            )
    assert ", ".join(pushed) in answer.text
    assert len(answer.json()["data"]["unitChangesSince"]["nodes"]) == 60


def test_amid_a_change_it_goes_on_after_a_cursor(running: Running, register: Register) -> None:
    """A change of 130 records is more than a page, and a client may go at any of them."""
    register.write(*(register.unit(f"{code:05}") for code in range(130)))
    codes: list[str] = []
    cursor: str | None = None
    for count in (1, 49, 1, 60, 19):
        with running.socket() as socket:
            socket.subscribe("1", UNITS, **({"after": cursor} if cursor else {"since": 0}))
            for _ in range(count):
                payload = socket.receive()["payload"]
                codes.append(payload["data"]["unitChanges"]["versions"][0]["code"])
                cursor = payload["extensions"]["cursor"]
                assert payload["extensions"]["position"] == "1"
    assert sorted(codes) == [f"{code:05}" for code in range(130)]


def test_a_parcel_that_leaves_a_commune_is_told_to_have_left(running: Running, register: Register) -> None:
    communes, here, elsewhere = (uuid4(), uuid4()), uuid4(), uuid4()
    register.write(*(register.unit(f"{code:05}", commune) for code, commune in enumerate(communes)))
    text = """subscription($units: [ID!]) {
      parcelChanges(since: 0, where: {territory: $units}) { recordId status effect versions { commune { code } } } }"""
    with running.socket() as socket:
        socket.subscribe("1", text, units=[str(communes[0])])
        register.write(parcel(register, communes[0], here))
        (entered,) = socket.told(1, "parcelChanges")
        assert (entered["recordId"], entered["status"], entered["effect"]) == (str(here), "ENTERED", "CREATED")
        assert entered["versions"] == [{"commune": {"code": "00000"}}]
        register.write(parcel(register, communes[1], elsewhere))
        register.changes(7)
        register.write(moved(register, communes[1], here), kind=Kind.REAL_WORLD_CHANGE)
        (left,) = socket.told(1, "parcelChanges")
        assert (left["recordId"], left["status"]) == (str(here), "LEFT")


def test_a_filter_that_lets_little_pass_still_goes_on(running: Running, register: Register) -> None:
    text = "subscription { unitChanges(where: {kind: [CORRECTION]}, since: 0) { position } }"
    with running.socket() as socket:
        socket.subscribe("1", text)
        register.changes(*range(5))
        entity = register.database.installation.declarations.entities["administration.unit"]
        record_id = uuid4()
        register.write(register.unit("00009", record_id))
        said = acts.change(entity, record_id, Period(BEGIN), {"name": "Xã khác"})
        position = register.write(said, kind=Kind.CORRECTION)
        assert socket.told(1, "unitChanges") == [{"position": str(position)}]


def test_a_cursor_of_something_else_is_refused(running: Running, register: Register) -> None:
    register.changes(1)
    with running.socket() as socket:
        socket.subscribe("1", UNITS, since=0)
        cursor = socket.receive()["payload"]["extensions"]["cursor"]
        for text in ("ledger(after: $after) { position }", "parcelChanges(after: $after) { position }"):
            socket.subscribe("2", f"subscription($after: String) {{ {text} }}", after=cursor)
            refused = socket.receive()
            assert refused["payload"][0]["extensions"]["code"] == "question.bad_cursor"
        socket.subscribe("3", 'subscription { ledger(ledgerHash: "aa") { position } }')
        assert socket.receive()["payload"][0]["extensions"]["code"] == "question.hash_without_position"


def test_a_subscription_has_a_largest_cost(running: Running) -> None:
    inner = "children(first: 1000) { nodes { code children(first: 1000) { nodes { code } } } }"
    with running.socket() as socket:
        socket.subscribe("1", f"subscription {{ unitChanges(since: 0) {{ versions {{ {inner} }} }} }}")
        assert socket.receive()["payload"][0]["extensions"]["code"] == "question.too_costly"

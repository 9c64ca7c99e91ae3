"""What a feed says of land: who moved, what ended, what was never so, what was destroyed; and what it refuses."""

from datetime import UTC, datetime
from typing import Any
from uuid import UUID, uuid4

import pytest

from baseregistry import db, errors
from baseregistry.registries import acts, changes, redaction
from baseregistry.registries.acts import Act, Period
from baseregistry.registries.ledger import Kind, Provenance
from tests.conftest import Database
from tests.registries.answer.asking import Asker
from tests.registries.answer.walking import PAGE, page, walk
from tests.registries.scene import START, Scene, entity

LATER = datetime(2023, 1, 1, tzinfo=UTC)
REFORM = datetime(2025, 6, 30, 17, tzinfo=UTC)
SAID = "position kind record_id effect status retracted facts{valid_from effect attributes{attribute old new redacted}}"


class World(Scene):
    """Two communes, three parcels and a right; every change is told by itself."""

    def __init__(self, database: Database) -> None:
        super().__init__(database)
        self.other = self.state("administration.unit", code="20411", name="Xã Khác", level="COMMUNE")
        self.first, self.second = self.parcel("1"), self.parcel("2", commune=self.other)
        self.ours = self.right(self.first)
        self.start = self.tell().position

        self.later: UUID | None = None  # another right, where a test needs one

    def say(self, kind: Kind, *said: Act, **more: Any) -> int:
        """One change; answers its position."""
        provenance = {"agency": "Sở NNMT", "recorded_by": "an", "approved_by": "bình", "reason": "x", **more}
        with db.writing(self.database.engine) as writing:
            return changes.record(
                writing, self.database.installation, Provenance(kind=kind, **provenance), said
            ).position

    def move(self, parcel: UUID, commune: UUID, begin: datetime = LATER, end: datetime | None = None) -> Act:
        return acts.change(entity("land.parcel"), parcel, Period(begin, end), {"commune": commune}, across=True)

    def redact(self, which: str, record: UUID, *names: str) -> int:
        provenance = Provenance(
            kind=Kind.REDACTION, agency="Sở", recorded_by="an", approved_by="bình", legal_basis="Luật", reason="x"
        )
        with db.writing(self.database.engine) as writing:
            said = [redaction.Redaction(entity(which), record, names)]
            return redaction.redact(writing, self.database.installation, provenance, said).position


@pytest.fixture
def world(database: Database) -> World:
    return World(database)


def of(items: list[dict[str, Any]], *names: str) -> list[tuple[Any, ...]]:
    return [tuple(item[name] for name in names) for item in items]


def test_who_moves_leaves_one_commune_and_enters_the_other(world: World, alone: Asker) -> None:
    """What was written again of the time before is no fact, and keeps nobody inside."""
    moved = world.say(Kind.REAL_WORLD_CHANGE, world.move(world.first, world.other))
    record = str(world.first)
    for units, status in (
        ([world.commune], "LEFT"),
        ([world.other], "ENTERED"),
        ([world.commune, world.other], "STAYED"),
    ):
        given = [str(unit) for unit in units]
        (item,) = walk(alone, "land.parcel", SAID, since=world.start, units=given)
        assert (item["position"], item["record_id"], item["status"]) == (str(moved), record, status)
        assert item["effect"] == "CHANGED"
        assert item["facts"] == [
            {
                "valid_from": "2023-01-01T00:00:00.000000Z",
                "effect": "CHANGED",
                "attributes": [
                    {"attribute": "commune", "old": str(world.commune), "new": str(world.other), "redacted": False}
                ],
            }
        ]
    assert list(walk(alone, "land.parcel", SAID, since=world.start, units=[str(uuid4())])) == []


def test_what_was_so_for_a_while_did_not_leave_for_good(world: World, alone: Asker) -> None:
    """At the moments that were touched it left; the facts say which they are."""
    world.say(Kind.CORRECTION, world.move(world.first, world.other, START, LATER))
    (item,) = walk(
        alone, "land.parcel", "status facts{valid_from valid_to}", since=world.start, units=[str(world.commune)]
    )
    assert item["status"] == "LEFT"
    assert item["facts"] == [{"valid_from": "2020-01-01T00:00:00.000000Z", "valid_to": "2023-01-01T00:00:00.000000Z"}]
    world.say(Kind.CORRECTION, world.move(world.first, world.commune, START, LATER))
    (item,) = list(walk(alone, "land.parcel", "status", since=world.start, units=[str(world.commune)]))[1:]
    assert item["status"] == "ENTERED"


def test_an_end_and_a_retraction_are_told_apart(world: World, alone: Asker) -> None:
    second = world.right(world.second)
    world.tell()
    ended = world.say(Kind.REAL_WORLD_CHANGE, acts.end(entity("land.right"), world.ours, LATER))
    taken = world.say(Kind.RETRACTION, acts.retract(entity("land.right"), second))
    items = list(walk(alone, "land.right", SAID, since=ended - 1))
    assert of(items, "position", "effect", "status", "retracted") == [
        (str(ended), "ENDED", "LEFT", False),
        (str(taken), "RETRACTED", "LEFT", True),
    ]
    assert items[1]["record_id"] == str(second)
    told = {one["attribute"]: (one["old"], one["new"]) for one in items[1]["facts"][0]["attributes"]}
    assert told["parcel"] == (str(world.second), None)


def test_a_right_lies_where_its_parcel_lay(world: World, alone: Asker) -> None:
    """Through another record, as known at the position: the parcel's move is the parcel's item, not the right's."""
    moved = world.say(Kind.REAL_WORLD_CHANGE, world.move(world.first, world.other))
    ended = world.say(Kind.REAL_WORLD_CHANGE, acts.end(entity("land.right"), world.ours, REFORM))
    for unit, expected in ((world.commune, []), (world.other, [(str(ended), "LEFT")])):
        items = list(walk(alone, "land.right", "position status", since=moved - 1, units=[str(unit)]))
        assert of(items, "position", "status") == expected
    began = list(walk(alone, "land.right", "position status", units=[str(world.commune)]))
    assert of(began, "position", "status") == [(str(world.start), "ENTERED")]


def test_each_item_is_seen_as_known_at_its_position(world: World, alone: Asker) -> None:
    """Nothing that was learnt later shows: no later name, no later end of belief."""
    unit = entity("administration.unit")
    wrong = world.say(Kind.REAL_WORLD_CHANGE, world.move(world.first, world.other))
    world.say(Kind.CORRECTION, acts.change(unit, world.other, Period(START), {"name": "Xã Đúng"}, across=True))
    world.say(Kind.CORRECTION, acts.retract(entity("land.parcel"), world.second))
    fields = "position versions{commune{name} version{recorded_from recorded_to}} withdrawn{commune{name} version{recorded_to}}"
    (item, last) = walk(alone, "land.parcel", fields, since=wrong - 1)
    assert [version["commune"]["name"] for version in item["versions"]] == ["Phường Hội An", "Xã Khác"]
    assert {version["version"]["recorded_to"] for version in item["versions"]} == {None}
    assert [version["commune"]["name"] for version in item["withdrawn"]] == ["Phường Hội An"]
    assert item["withdrawn"][0]["version"]["recorded_to"] == str(wrong)
    assert last["versions"] == []
    assert last["withdrawn"][0]["commune"]["name"] == "Xã Đúng"


def test_a_scope_shows_only_what_lies_inside(world: World, alone: Asker) -> None:
    world.say(Kind.REAL_WORLD_CHANGE, world.move(world.first, world.other))
    fields = "status versions{commune{name}} withdrawn{commune{name}}"
    (item,) = walk(alone, "land.parcel", fields, since=world.start, scope=[str(world.other)])
    assert item == {"status": "ENTERED", "versions": [{"commune": {"name": "Xã Khác"}}], "withdrawn": []}
    both = {"scope": [str(world.other)], "units": [str(world.commune)]}
    assert list(walk(alone, "land.parcel", "status", since=world.start, **both)) == []
    with pytest.raises(errors.BadQuestion) as refused:
        list(walk(alone, "access.agency", "status", scope=[str(world.other)]))
    assert refused.value.code == "question.no_territory"


def test_what_was_destroyed_by_law_stays_destroyed_and_is_told(world: World, alone: Asker) -> None:
    changed = world.say(
        Kind.CORRECTION, acts.change(entity("land.parcel"), world.first, Period(START), {"address": "Thôn Tân Lập"})
    )
    gone = world.redact("land.parcel", world.first, "address")
    items = list(walk(alone, "land.parcel", SAID, since=changed - 1, units=[str(world.commune)]))
    assert of(items, "position", "effect", "status", "retracted") == [
        (str(changed), "CHANGED", "STAYED", False),
        (str(gone), "REDACTED", "STAYED", False),
    ]
    destroyed = {"attribute": "address", "old": None, "new": None, "redacted": True}
    assert [item["facts"][0]["attributes"] for item in items] == [[destroyed], [destroyed]]
    assert items[1]["facts"][0]["valid_from"] is None
    assert list(walk(alone, "land.parcel", SAID, since=gone - 1, units=[str(world.other)])) == []
    assert list(walk(alone, "land.right", SAID, since=gone - 1)) == []


def test_filters_on_the_change(world: World, alone: Asker) -> None:
    parcel = entity("land.parcel")
    for number, kind in enumerate((Kind.CORRECTION, Kind.REAL_WORLD_CHANGE, Kind.CORRECTION)):
        begin = datetime(2021 + number, 1, 1, tzinfo=UTC)
        said = acts.change(parcel, world.first, Period(begin), {"map_sheet": str(number)}, across=True)
        world.say(kind, said, case=f"HS-{number}", agency=f"Sở {number}")
    filters: list[tuple[dict[str, Any], list[int]]] = [
        ({"kinds": ["CORRECTION"]}, [1, 3]),
        ({"kinds": ["CORRECTION", "REAL_WORLD_CHANGE"]}, [1, 2, 3]),
        ({"kinds": []}, []),
        ({"case": "HS-1"}, [2]),
        ({"agency": "Sở 2"}, [3]),
        ({"agency": "Sở 2", "kinds": ["REAL_WORLD_CHANGE"]}, []),
        ({"until": world.start + 1}, [1]),
    ]
    for name in ("land.parcel", "ledger"):
        for said, expected in filters:
            found = [
                int(item["position"]) for item in walk(alone, name, "position", since=world.start, first=1, **said)
            ]
            assert found == [world.start + place for place in expected], (name, said)


def test_a_period_of_recorded_time_is_one_of_positions(world: World, alone: Asker) -> None:
    for _ in range(3):
        world.parcel(uuid4().hex[:8])
        world.tell()
    moments = [item["recorded_at"] for item in walk(alone, "ledger", "recorded_at", since=world.start)]
    assert len(moments) == 3
    for name in ("land.parcel", "ledger"):
        for begin, end, expected in ((0, 2, [1, 2]), (1, None, [2, 3]), (None, 1, [1]), (2, 0, [])):
            period = tuple(None if place is None else moments[place] for place in (begin, end))
            items = walk(alone, name, "position", since=world.start, recorded=period)
            assert [int(item["position"]) - world.start for item in items] == expected


def test_a_place_that_has_not_come_is_refused(world: World, alone: Asker) -> None:
    for said in ({"since": world.start + 1}, {"until": world.start + 1}):
        for name in ("land.parcel", "ledger"):
            with pytest.raises(errors.BadQuestion) as refused:
                page(alone, name, f"nodes{{position}} {PAGE}", **said)
            assert refused.value.code == "question.future_position"
    shown = page(alone, "land.parcel", f"nodes{{position}} {PAGE}", since=world.start)
    assert shown["nodes"] == []
    assert shown["page_info"]["up_to"] == str(world.start)
    assert shown["page_info"]["has_next_page"] is False


def test_one_goes_on_from_an_empty_page(world: World, alone: Asker) -> None:
    empty = page(alone, "land.parcel", PAGE, since=world.start, first=0)["page_info"]
    assert empty == {"has_next_page": False, "end_cursor": empty["end_cursor"], "up_to": str(world.start)}
    moved = world.say(Kind.REAL_WORLD_CHANGE, world.move(world.first, world.other))
    waiting = page(alone, "land.parcel", PAGE, since=world.start, after=empty["end_cursor"], first=0)["page_info"]
    assert waiting["has_next_page"] is True
    for cursor in (empty["end_cursor"], waiting["end_cursor"]):
        shown = page(alone, "land.parcel", f"nodes{{position}} {PAGE}", since=0, after=cursor)
        assert shown["nodes"] == [{"position": str(moved)}]
        assert shown["page_info"]["up_to"] == str(moved)


def test_another_ledger_is_refused(world: World, alone: Asker) -> None:
    """By the hash given with a position, and by the one that every cursor holds."""
    hash_of = alone.connection.execute("SELECT encode(head, 'hex') FROM ledger_change WHERE position = 1").fetchone()
    assert hash_of is not None
    assert page(alone, "land.parcel", PAGE, since=1, ledger_hash=hash_of[0])["page_info"]["has_next_page"] is False
    with pytest.raises(errors.Forked):
        page(alone, "land.parcel", PAGE, since=1, ledger_hash="00" * 32)
    cursor = page(alone, "land.parcel", PAGE, first=1)["page_info"]["end_cursor"]
    with db.writing(world.database.engine) as writing:
        writing.execute("ALTER TABLE ledger_change DISABLE TRIGGER ALL")
        writing.execute("UPDATE ledger_change SET head = sha256(head)")
    with pytest.raises(errors.Forked):
        page(alone, "land.parcel", PAGE, after=cursor)


def test_cursors_of_others_are_refused(world: World, alone: Asker) -> None:
    parcels = page(alone, "land.parcel", PAGE, first=1)["page_info"]["end_cursor"]
    listed = alone.many("land.parcel", "page_info{end_cursor}", first=1)["page_info"]["end_cursor"]
    for bad in ("", "x", "AAAA", listed, parcels + "A" * 8, "W10", "WyJhIl0"):
        with pytest.raises(errors.BadQuestion) as refused:
            page(alone, "land.parcel", PAGE, after=bad)
        assert refused.value.code in {"question.bad_cursor", "question.bad_value"}, bad
    with pytest.raises(errors.BadQuestion) as refused:
        page(alone, "land.right", PAGE, after=parcels)
    assert refused.value.code == "question.bad_cursor"

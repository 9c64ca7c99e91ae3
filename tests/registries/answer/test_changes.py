"""One change of the ledger, and what it wrote: per record and period, old and new."""

import json
from datetime import UTC, datetime
from typing import Any

import pytest

from baseregistry import errors
from baseregistry.registries import acts
from baseregistry.registries.acts import Period
from baseregistry.registries.ledger import Kind
from baseregistry.registries.question import AsOf, Field, Form, Page, Question, Scope
from tests.conftest import Database
from tests.registries.answer.asking import Asker, Slots, want
from tests.registries.answer.test_feeds_said import LATER, World
from tests.registries.scene import entity

WRITES = (
    "edges{cursor node{entity record_id effect retracted facts{valid_from valid_to effect attributes{attribute old new redacted}}}}"
    " page_info{has_next_page has_previous_page start_cursor end_cursor}"
)


@pytest.fixture
def world(database: Database) -> World:
    return World(database)


def change(asker: Asker, position: int, first: int = 100, after: str | None = None, **said: Any) -> Any:
    """A change as JSON, with a page of what it wrote."""
    slots = Slots()
    page = Page(slots.bind(first), None if after is None else slots.bind(after))
    fields = (*want("position kind agency reason"), Field("writes", "writes", want(WRITES), page=page))
    as_of = AsOf(position=slots.bind(position))
    scope = Scope(slots.bind(said["scope"]) if "scope" in said else None)
    question = Question("change", "ledger", Form.CHANGE, fields, scope=scope, as_of=as_of)
    return json.loads(asker.answer([question], slots.values).data[0])


def written(answer: Any) -> list[dict[str, Any]]:
    return [edge["node"] for edge in answer["writes"]["edges"]]


def test_old_and_new_of_every_record_a_change_touched(world: World, alone: Asker) -> None:
    parcel, right = entity("land.parcel"), entity("land.right")
    position = world.say(
        Kind.CORRECTION,
        acts.change(parcel, world.first, Period(LATER), {"documented_area": "12.50", "map_sheet": "8"}, across=True),
        acts.retract(right, world.ours),
        reason="misread",
    )
    answer = change(alone, position)
    assert (answer["position"], answer["kind"], answer["reason"]) == (str(position), "CORRECTION", "misread")
    first, second = written(answer)
    assert first == {
        "entity": "land.parcel",
        "record_id": str(world.first),
        "effect": "CHANGED",
        "retracted": False,
        "facts": [
            {
                "valid_from": "2023-01-01T00:00:00.000000Z",
                "valid_to": None,
                "effect": "CHANGED",
                "attributes": [
                    {"attribute": "mapSheet", "old": "7", "new": "8", "redacted": False},
                    {"attribute": "documentedArea", "old": None, "new": "12.50", "redacted": False},
                ],
            }
        ],
    }
    assert (second["entity"], second["effect"], second["retracted"]) == ("land.right", "RETRACTED", True)
    assert {"attribute": "kind", "old": "USE", "new": None, "redacted": False} in second["facts"][0]["attributes"]


def test_several_acts_on_one_record_are_told_as_what_came_of_them(world: World, alone: Asker) -> None:
    """Changed away and back: no fact; a gap that was filled: created there, though the record is old."""
    parcel, right = entity("land.parcel"), entity("land.right")
    begins = [datetime(year, 1, 1, tzinfo=UTC) for year in (2021, 2022, 2024)]
    ended = world.say(Kind.REAL_WORLD_CHANGE, acts.end(right, world.ours, begins[0]))
    assert [fact["effect"] for fact in written(change(alone, ended))[0]["facts"]] == ["ENDED"]
    values = {"parcel": world.first, "kind": "USE", "holder": world.person()}
    position = world.say(
        Kind.CORRECTION,
        *world.acts,
        acts.change(parcel, world.first, Period(*begins[:2]), {"map_sheet": "9"}),
        acts.change(parcel, world.first, Period(*begins[:2]), {"map_sheet": "7"}),
        acts.change(parcel, world.first, Period(*begins[1:]), {"map_sheet": "10"}),
        acts.register(right, world.ours, Period(*begins[1:]), values),
    )
    by_entity = {one["entity"]: one for one in written(change(alone, position))}
    (fact,) = by_entity["land.parcel"]["facts"]
    assert (fact["valid_from"][:4], fact["valid_to"][:4], fact["attributes"][0]["new"]) == ("2022", "2024", "10")
    assert [(fact["effect"], fact["valid_from"][:4]) for fact in by_entity["land.right"]["facts"]] == [
        ("CREATED", "2022")
    ]


@pytest.mark.parametrize("size", [1, 2, 3, 7])
def test_what_was_written_comes_in_pages(world: World, alone: Asker, size: int) -> None:
    """By entity in the order of the declarations, by id within; whatever the size, the same."""
    for number in range(4):
        world.right(world.parcel(str(number)))
    position = world.tell().position
    whole = [(one["entity"], one["record_id"]) for one in written(change(alone, position))]
    order = list(world.database.installation.declarations.entities)
    assert whole == sorted(whole, key=lambda one: (order.index(one[0]), one[1]))
    assert len(whole) == 12
    found, after = [], None
    while True:
        answer = change(alone, position, size, after)
        found += [(one["entity"], one["record_id"]) for one in written(answer)]
        info = answer["writes"]["page_info"]
        assert info["has_previous_page"] == (after is not None)
        after = info["end_cursor"]
        if not info["has_next_page"]:
            break
    assert found == whole


def test_a_redaction_tells_what_it_destroyed(world: World, alone: Asker) -> None:
    gone = world.redact("land.parcel", world.first, "map_sheet", "parcel_number")
    (one,) = written(change(alone, gone))
    assert (one["entity"], one["record_id"], one["effect"]) == ("land.parcel", str(world.first), "REDACTED")
    destroyed = [(said["attribute"], said["redacted"]) for said in one["facts"][0]["attributes"]]
    assert destroyed == [("mapSheet", True), ("parcelNumber", True)]
    registered = next(one for one in written(change(alone, world.start)) if one["record_id"] == str(world.first))
    said = {one["attribute"]: one for one in registered["facts"][0]["attributes"]}
    assert said["mapSheet"] == {"attribute": "mapSheet", "old": None, "new": None, "redacted": True}
    assert said["status"]["new"] == "CURRENT"


def test_what_cannot_be_asked(world: World, alone: Asker) -> None:
    with pytest.raises(errors.BadQuestion) as refused:
        change(alone, world.start + 1)
    assert refused.value.code == "question.future_position"
    assert change(alone, 0) is None
    with pytest.raises(errors.BadQuestion) as refused:
        change(alone, world.start, scope=[str(world.commune)])
    assert refused.value.code == "question.no_territory"
    for bad in ("x", "W10"):
        with pytest.raises(errors.BadQuestion) as refused:
            change(alone, world.start, after=bad)
        assert refused.value.code == "question.bad_cursor"

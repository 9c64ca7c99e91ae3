"""Histories: the versions of a record, and of all that refer to it, within a period, page by page."""

import json
from collections.abc import Iterator
from datetime import UTC, datetime
from itertools import pairwise
from typing import Any
from uuid import UUID

import pytest

from baseregistry import errors
from baseregistry.registries import acts
from baseregistry.registries.acts import Period
from baseregistry.registries.ledger import Kind
from baseregistry.registries.question import Field, Form, Question
from tests.registries.answer.asking import Asker, Slots, want
from tests.registries.answer.test_feeds_said import World
from tests.registries.scene import entity

YEARS = [datetime(year, 1, 1, tzinfo=UTC) for year in range(2020, 2026)]
VERSION = "map_sheet version{valid_from valid_to}"
PAGE = Field("page_info", "page_info", want("has_next_page end_cursor"))


@pytest.fixture(scope="module")
def world(shared: Any) -> World:
    """A parcel whose sheet is named after the year, and a right that three people held one after the other."""
    made = World(shared)
    parcel, right = entity("land.parcel"), entity("land.right")
    for year in YEARS[1:]:
        made.say(
            Kind.REAL_WORLD_CHANGE,
            acts.change(parcel, made.first, Period(year), {"map_sheet": f"{year.year}"}),
        )
    made.say(Kind.REAL_WORLD_CHANGE, acts.end(right, made.ours, YEARS[2]))
    made.later = made.right(made.first, None, Period(YEARS[2]))
    made.tell()
    made.say(Kind.CORRECTION, acts.change(parcel, made.first, Period(*YEARS[1:3]), {"map_sheet": "corrected"}))
    return made


def sheets(asker: Asker, world: World, **said: Any) -> list[str]:
    return [one["map_sheet"] for one in asker.history("land.parcel", VERSION, key={"id": str(world.first)}, **said)]


WHOLE = ["7", "corrected", "2022", "2023", "2024", "2025"]


@pytest.mark.parametrize(
    ("period", "expected"),
    [
        ((None, None), WHOLE),
        ((YEARS[1], YEARS[3]), ["corrected", "2022"]),
        ((YEARS[1], YEARS[2]), ["corrected"]),
        (("2022-06-01", "2022-06-02"), ["2022"]),
        ((None, YEARS[0]), []),
        ((None, YEARS[1]), ["7"]),
        ((YEARS[5], None), ["2025"]),
        ((YEARS[2], YEARS[2]), []),
    ],
)
def test_only_versions_that_meet_the_period(world: World, asker: Asker, period: Any, expected: list[str]) -> None:
    assert sheets(asker, world, between=period) == expected


def test_a_version_is_answered_as_of_its_first_moment_in_the_period(world: World, asker: Asker) -> None:
    """A code is called, a reference found, at the first moment that was asked for."""
    unit = entity("administration.unit")
    world.say(Kind.REAL_WORLD_CHANGE, acts.change(unit, world.other, Period(YEARS[3]), {"name": "Phường Mới"}))
    key = {"id": str(world.second)}
    for period, name in ((None, "Xã Khác"), ((YEARS[2], None), "Xã Khác"), ((YEARS[4], None), "Phường Mới")):
        said = {"between": period} if period else {}
        assert asker.history("land.parcel", "commune{name}", key=key, **said) == [{"commune": {"name": name}}]


def test_what_was_believed_once_can_be_met_too(world: World, asker: Asker) -> None:
    found = sheets(asker, world, superseded=True, between=(YEARS[1], YEARS[2]))
    assert found == ["7", "2021", "2021", "corrected"]


@pytest.mark.parametrize("size", [1, 2, 3, 6, 7])
@pytest.mark.parametrize("superseded", [False, True])
def test_pages_of_every_size(world: World, asker: Asker, size: int, superseded: bool) -> None:
    whole = sheets(asker, world, superseded=superseded)
    assert len(whole) == (12 if superseded else 6)
    found: list[str] = []
    for shown in pages(asker, world.first, size, superseded=superseded):
        found += [one["map_sheet"] for one in shown["nodes"]]
    assert found == whole


def pages(asker: Asker, record: UUID, size: int, **said: Any) -> Iterator[Any]:
    after = None
    while True:
        key = {"id": str(record)}
        shown = asker.ask(
            Form.HISTORY, "land.parcel", "map_sheet", key=key, first=size, after=after, beside=(PAGE,), **said
        )
        yield shown
        after = shown["page_info"]["end_cursor"]
        if not shown["page_info"]["has_next_page"]:
            return


def test_a_page_begins_after_a_place_though_history_grows(world: World, asker: Asker) -> None:
    """A correction of the past between two pages moves nothing that comes after it."""
    (first, *_) = pages(asker, world.second, 1)
    assert [one["map_sheet"] for one in first["nodes"]] == ["7"]
    parcel = entity("land.parcel")
    world.say(Kind.REAL_WORLD_CHANGE, acts.change(parcel, world.second, Period(YEARS[4]), {"map_sheet": "11"}))
    after = first["page_info"]["end_cursor"]
    shown = asker.history("land.parcel", "map_sheet", key={"id": str(world.second)}, after=after)
    assert {"map_sheet": "11"} in shown
    with pytest.raises(errors.BadQuestion) as refused:
        asker.history("land.parcel", "map_sheet", key={"id": str(world.second)}, after=after, superseded=True)
    assert refused.value.code == "question.bad_cursor"


def test_all_rights_a_parcel_ever_had(world: World, asker: Asker) -> None:
    """A way back over time: also what ended; at each moment it is what `rights` says then."""
    every = rights(asker, world)
    assert [one["id"] for one in every["nodes"]] == [str(world.ours), str(world.later)]
    assert every["total_count"] == 2
    assert every["nodes"][0]["version"]["valid_to"] == every["nodes"][1]["version"]["valid_from"]
    for begin, end in pairwise(YEARS):
        then = asker.one("land.parcel", "rights{nodes{id}}", id=str(world.first), as_of={"valid_at": begin})
        meeting = rights(asker, world, between=(begin, end))
        assert [one["id"] for one in meeting["nodes"]] == [one["id"] for one in then["rights"]["nodes"]]
    assert len(rights(asker, world, superseded=True)["nodes"]) == 3


def rights(asker: Asker, world: World, superseded: bool = False, between: Any = None) -> Any:
    slots = Slots()
    field = Field(
        "history",
        "rights_history",
        want("nodes{id version{valid_from valid_to}} total_count"),
        page=slots.page(10),
        include_superseded=superseded,
        between=slots.period(*between) if between else None,
    )
    key = (slots.bind(str(world.first)),)
    question = Question("root", "land.parcel", Form.ONE, (field,), key_name="id", key_values=key)
    return json.loads(asker.answer([question], slots.values).data[0])["history"]

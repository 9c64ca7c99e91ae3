"""Feeds hold against random histories: replayed, they give the state at every position; their facts are what differs
from moment to moment; under a filter they tell who came, stayed and left."""

from collections import Counter
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import replace
from datetime import datetime
from typing import Any
from uuid import uuid4

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from baseregistry import cluster, errors, naming
from baseregistry.registries.acts import change, retract
from baseregistry.registries.answer import walks
from baseregistry.registries.declare import Declarations, Registry
from baseregistry.registries.tables import Installation
from tests.registries.answer.asking import Asker, connect
from tests.registries.answer.reference import holds
from tests.registries.answer.walking import ITEM, PAGE, Mirror, Stored, page, stored, walk
from tests.registries.ledger.conftest import drop, ground_in
from tests.registries.ledger.model import Said
from tests.registries.ledger.register import (
    DECLARATIONS,
    ENTITIES,
    SCHEMA,
    SRID,
    ZONE,
    Example,
    Ground,
    moments,
    period,
    say,
)
from tests.registries.ledger.strategies import histories

PLACED = ITEM.replace("versions{id", "versions{place{id} id").replace("withdrawn{id", "withdrawn{place{id} id")
SEEN_DIFFERENTLY = {"spot", "since", "day"}  # told as GeoJSON, as 1956-03 and as a day
FREELY = settings(
    max_examples=25, deadline=None, derandomize=True, database=None, suppress_health_check=list(HealthCheck)
)


@pytest.fixture(scope="module")
def ground(running_cluster: cluster.Cluster) -> Iterator[Ground]:
    made = ground_in(running_cluster, f"feeds_{uuid4().hex}")
    yield made
    drop(running_cluster, made)


@pytest.fixture(scope="module")
def asker(ground: Ground) -> Iterator[Asker]:
    """Asks about the small register, in which a thing lies where its place is."""
    placed = replace(ENTITIES["thing"], territory="place")
    entities = (placed, ENTITIES["place"], ENTITIES["link"])
    declarations = Declarations((Registry("test", *_titled(DECLARATIONS), entities),))
    installation = Installation(declarations, SCHEMA, SRID, ZONE)
    with connect(ground.url, SCHEMA, plan_cache_mode="force_generic_plan") as connection:
        yield Asker(installation, connection)


def _titled(declarations: Declarations) -> tuple[Any, str]:
    (registry,) = declarations.registries
    return registry.title, registry.description


def told(ground: Ground, history: list[list[Said]]) -> tuple[int, Example]:
    """A history that is written; answers the head before it."""
    start, example = ground.head(), Example()
    for said in history:
        try:
            say(ground, *example.acts(said))
        except errors.RegisterError:
            continue
    return start, example


@FREELY
@given(history=histories(), size=st.integers(1, 7))
def test_a_feed_replayed_is_the_register_at_every_position(
    ground: Ground, asker: Asker, history: list[list[Said]], size: int
) -> None:
    start, example = told(ground, history)
    for entity in ENTITIES.values():
        table, mirror = stored(ground, entity, list(example.ids.values())), Mirror()
        items = list(walk(asker, entity.full_name, since=start, first=size))
        places = [(int(item["position"]), item["record_id"]) for item in items]
        assert places == sorted(set(places)), "out of order, or twice"
        assert set(places) == touched(table), "missed, or made up"
        for item in items:
            mirror.apply(item)
        for position in range(start, ground.head() + 1):
            assert mirror.at(position) == table.pieces(position), (entity.name, position)


def touched(table: Stored) -> set[tuple[int, str]]:
    places = {(row["recorded_from"], str(row["record_id"])) for row in table.rows}
    return places | {
        (row["recorded_to"], str(row["record_id"])) for row in table.rows if row["recorded_to"] is not None
    }


def test_facts_are_what_differs_from_moment_to_moment(ground: Ground, asker: Asker) -> None:
    effects: Counter[str] = Counter()

    @FREELY
    @given(history=histories())
    def hold(history: list[list[Said]]) -> None:
        start, example = told(ground, history)
        for entity in ENTITIES.values():
            table = stored(ground, entity, list(example.ids.values()))
            for item in walk(asker, entity.full_name, since=start):
                effects.update(compared(item, table))

    hold()
    assert set(effects) == {"CREATED", "CHANGED", "RETRACTED"}


def compared(item: dict[str, Any], table: Stored) -> Iterator[str]:
    """Holds the facts of an item against what is believed before and after, moment by moment; tells their effects."""
    position, lost = int(item["position"]), False
    for moment in moments():
        before, after = (table.values(at, item["record_id"], moment) for at in (position - 1, position))
        facts = [fact for fact in item["facts"] if holds(bounds(fact), moment)]
        assert len(facts) == (before != after), (item, moment)
        lost = lost or (before is not None and after is None)
        for fact in facts:
            assert fact["effect"] == effect(before, after)
            assert differences(fact) == expected(before, after)
            yield fact["effect"]
    assert item["retracted"] == lost  # every change of these is a correction
    assert item["change"] == {"position": item["position"], "kind": item["kind"]}


def bounds(fact: dict[str, Any]) -> dict[str, Any]:
    return {
        end: datetime.fromisoformat(fact[name]) if fact[name] else None
        for end, name in (("begin", "valid_from"), ("end", "valid_to"))
    }


def effect(before: dict[str, Any] | None, after: dict[str, Any] | None) -> str:
    if before is None:
        return "CREATED"
    return "RETRACTED" if after is None else "CHANGED"


def differences(fact: dict[str, Any]) -> dict[str, tuple[Any, Any]]:
    assert not any(one["redacted"] for one in fact["attributes"])
    said = {one["attribute"]: (one["old"], one["new"]) for one in fact["attributes"]}
    return {name: (True, True) if name in SEEN_DIFFERENTLY else values for name, values in said.items()}


def expected(before: dict[str, Any] | None, after: dict[str, Any] | None) -> dict[str, tuple[Any, Any]]:
    old, new = before or {}, after or {}
    names = [name for name in {**old, **new} if old.get(name) != new.get(name)]
    return {
        naming.field(name): (True, True) if name in SEEN_DIFFERENTLY else (old.get(name), new.get(name))
        for name in names
    }


def test_a_feed_of_a_territory_tells_who_came_stayed_and_left(ground: Ground, asker: Asker) -> None:
    """However few candidates a page looks at: with 3 a page, pages end in the middle of a change."""
    statuses: Counter[str] = Counter()

    @settings(FREELY, max_examples=40)
    @given(history=histories(), size=st.integers(1, 5), other=st.integers(0, 3))
    def hold(history: list[list[Said]], size: int, other: int) -> None:
        start, example = told(ground, history)
        stir(ground, example)
        places = [str(example.ids[record]) for record in sorted(example.ids) if record[0] == "place"]
        units = places[other % 2 :: 2] if other < 3 else places  # some of them, or all
        table = stored(ground, ENTITIES["thing"], list(example.ids.values()))
        items = list(walk(asker, "test.thing", PLACED, since=start, first=size, units=units))
        found = {(int(item["position"]), item["record_id"]): item["status"] for item in items}
        assert found == dict(standing(table, units)), units
        statuses.update(found.values())
        mirror = Mirror()
        for item in items:
            mirror.apply(item, lambda version: version["place"] is not None and version["place"]["id"] in units)
        for position in range(start, ground.head() + 1):
            assert mirror.at(position) == table.pieces(position, lambda row: row["place"] in units), position

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(walks, "LOOKED_AT", 3)
        hold()
    assert set(statuses) == {"ENTERED", "STAYED", "LEFT"}


def stir(ground: Ground, example: Example) -> None:
    """Each thing is changed, moved to each place and taken back, as far as the register lets it."""
    things, places = (
        [example.ids[record] for record in sorted(example.ids) if record[0] == name] for name in ("thing", "place")
    )
    for thing in things:
        moves = [
            change(ENTITIES["thing"], thing, period(None, None), {"place": place}, across=True) for place in places
        ]
        same = change(ENTITIES["thing"], thing, period(None, None), {"n": 7}, across=True)
        for act in (*moves, same, retract(ENTITIES["thing"], thing)):
            with suppress(errors.RegisterError):
                say(ground, act)


def standing(table: Stored, units: list[str]) -> Iterator[tuple[tuple[int, str], str]]:
    """Each record at each position that touched a moment at which it was, or is, in one of the units."""
    for position, record in sorted(touched(table)):
        was = stands = False
        for moment in moments():
            before, after = (table.values(at, record, moment) for at in (position - 1, position))
            if before != after:
                was = was or (before is not None and before["place"] in units)
                stands = stands or (after is not None and after["place"] in units)
        if was or stands:
            yield (position, record), "STAYED" if was and stands else "ENTERED" if stands else "LEFT"


@FREELY
@given(history=histories(longest=4), size=st.integers(1, 4))
def test_pages_go_on_by_position_as_well(ground: Ground, asker: Asker, history: list[list[Said]], size: int) -> None:
    """From `up_to` nothing is missed; what belongs to a position that was not told whole is told again."""
    start, _ = told(ground, history)
    whole = {
        (item["position"], item["record_id"]) for item in walk(asker, "test.place", "position record_id", since=start)
    }
    since, found = start, set[tuple[str, str]]()
    for _ in range(200):
        shown = page(asker, "test.place", f"nodes{{position record_id}} {PAGE}", since=since, first=size)
        found |= {(item["position"], item["record_id"]) for item in shown["nodes"]}
        if not shown["page_info"]["has_next_page"]:
            break
        reached = int(shown["page_info"]["up_to"])
        size = size if reached > since else size + 1  # one position holds more than the page
        since = reached
    assert found == whole
    assert int(shown["page_info"]["up_to"]) == ground.head()

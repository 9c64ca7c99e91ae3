"""Conditions on what a record refers to and on what refers to it, held against a naive evaluation in Python.

Random histories of records that refer to each other in circles, at every moment a reference knows; random conditions over
them; every position and some moments.
"""

from collections.abc import Iterator
from dataclasses import replace
from itertools import product
from typing import Any
from uuid import UUID, uuid4

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from baseregistry import cluster, errors
from baseregistry.registries.declare import Entity, Reference
from baseregistry.registries.question import Back, Condition, Either, Every, Never, Quantifier, Refers
from tests.registries.answer.asking import Asker, Slots, connect
from tests.registries.answer.reference import Asked, Reader, Row, begin_key, holds, reached
from tests.registries.answer.test_model import read
from tests.registries.ledger.conftest import drop, ground_in
from tests.registries.ledger.model import Said
from tests.registries.ledger.register import DECLARATIONS, ENTITIES, Example, Ground, moments, say
from tests.registries.ledger.strategies import histories

VALUES = {"thing": ("n", (0, 1, 999_999_999)), "place": ("code", ("A", "B", "C", "D")), "link": ("turn", (1, 2))}
Said_ = tuple[Any, ...]  # a condition as words: what it is, and of what


@pytest.fixture(scope="module")
def ground(running_cluster: cluster.Cluster) -> Iterator[Ground]:
    made = ground_in(running_cluster, f"relations_{uuid4().hex}")
    yield made
    drop(running_cluster, made)


@pytest.fixture(scope="module")
def asker(ground: Ground) -> Iterator[Asker]:
    with connect(ground.url, ground.installation.schema, plan_cache_mode="force_generic_plan") as connection:
        yield Asker(ground.installation, connection)


def conditions(entity: Entity, depth: int = 3) -> st.SearchStrategy[Said_]:
    attribute, values = VALUES[entity.name]
    plain = st.one_of(
        st.tuples(st.just("eq"), st.just(attribute), st.sampled_from(values)),
        st.tuples(st.just("null"), st.sampled_from([attribute, *(item.name for item, _ in entity.references)])),
        st.just(("all",)),
    )
    if depth == 0:
        return plain
    inner = st.deferred(lambda: conditions(entity, depth - 1))
    related: list[st.SearchStrategy[Said_]] = []
    for item, kind in entity.references:
        for target in kind.to:
            below = conditions(DECLARATIONS.entities[target], depth - 1)
            related.append(st.tuples(st.just("refers"), st.just(item.name), st.just(target), below))
    for way in DECLARATIONS.ways_back(entity).values():
        below = conditions(way.entity, depth - 1)
        related.append(st.tuples(st.just("back"), st.just(way.name), st.sampled_from(list(Quantifier)), below))
    both = st.tuples(st.sampled_from(["and", "or"]), inner, inner)
    return st.one_of(*related, *related, both, st.tuples(st.just("not"), inner), plain)


def direct(entity: Entity) -> Iterator[Said_]:
    """Each reference and each way back once, with a value that tells versions apart."""
    for item, kind in entity.references:
        for target in kind.to:
            yield from (("refers", item.name, target, said) for said in values(DECLARATIONS.entities[target]))
            for inner, below in DECLARATIONS.entities[target].references:
                said = next(values(DECLARATIONS.entities[below.to[0]]))
                yield "refers", item.name, target, ("refers", inner.name, below.to[0], said)
    for way in DECLARATIONS.ways_back(entity).values():
        yield from (("back", way.name, quantifier, said) for quantifier in Quantifier for said in values(way.entity))


def values(entity: Entity) -> Iterator[Said_]:
    attribute, possible = VALUES[entity.name]
    return (("eq", attribute, value) for value in possible)


def built(slots: Slots, said: Said_) -> Condition:
    """The condition that a door would hand on."""
    match said:
        case ("eq", attribute, value):
            return slots.where(attribute, "eq", value)
        case ("null", attribute):
            return slots.where(attribute, "is_null")
        case ("refers", attribute, target, inner):
            return Refers(attribute, target, built(slots, inner))
        case ("back", way, quantifier, inner):
            return Back(way, quantifier, built(slots, inner))
        case ("not", inner):
            return Never(built(slots, inner))
        case ("and", one, other):
            return Every((built(slots, one), built(slots, other)))
        case ("or", one, other):
            return Either((built(slots, one), built(slots, other)))
        case _:
            return Every(())


def naive(reader: Reader, entity: Entity, row: Row, said: Said_, asked: Asked) -> bool:
    """Whether the version in `row`, seen at `asked`, meets the condition: as simply as it can be said."""
    match said:
        case ("eq", attribute, value):
            return bool(row[attribute] == value)
        case ("null", attribute):
            return row[attribute] is None
        case ("refers", attribute, target, inner):
            return refers(reader, row, (entity.by_name[attribute].kind, row[attribute]), (target, inner), asked)
        case ("back", way_name, quantifier, inner):
            way = reader.declarations.ways_back(entity)[way_name]
            rows = [r for r in reader.rows[way.entity.full_name] if r[way.attribute.name] == row["record_id"]]
            rows = [r for r in rows if asked.believes(r) and holds(r, asked.at)]
            found = [naive(reader, way.entity, r, inner, asked) for r in rows]
            return {Quantifier.SOME: any(found), Quantifier.EVERY: all(found), Quantifier.NONE: not any(found)}[
                quantifier
            ]
        case ("not", inner):
            return not naive(reader, entity, row, inner, asked)
        case ("and", one, other):
            return naive(reader, entity, row, one, asked) and naive(reader, entity, row, other, asked)
        case ("or", one, other):
            return naive(reader, entity, row, one, asked) or naive(reader, entity, row, other, asked)
        case _:
            return True


def refers(reader: Reader, row: Row, reference: tuple[Any, UUID], said: tuple[str, Said_], asked: Asked) -> bool:
    (kind, record_id), (target, inner) = reference, said
    assert isinstance(kind, Reference)
    versions = [r for r in reader.rows[target] if r["record_id"] == record_id and asked.believes(r)]
    found = reached(kind.at, row, sorted(versions, key=begin_key), asked)
    if found is None:
        return False
    return naive(reader, reader.declarations.entities[target], found[0], inner, replace(asked, at=found[1]))


@settings(max_examples=12, deadline=None, derandomize=True, database=None, suppress_health_check=list(HealthCheck))
@given(history=histories(), data=st.data())
def test_conditions_hold_as_they_do_naively(
    ground: Ground, asker: Asker, history: list[list[Said]], data: st.DataObject
) -> None:
    start, example = ground.head(), Example()
    for change in history:
        try:
            say(ground, *example.acts(change))
        except errors.RegisterError:
            continue
    reader, head = Reader(ground.installation.declarations, read(ground, example)), ground.head()
    some = data.draw(st.lists(st.sampled_from([None, *range(start, head + 1)]), min_size=1, max_size=2, unique=True))
    for entity in ENTITIES.values():
        for said in [*direct(entity), data.draw(conditions(entity)), data.draw(conditions(entity))]:
            for position, moment in product(some, moments()):
                known = head if position is None else position
                asked = Asked(moment, known, known)
                rows = [r for r in reader.rows[entity.full_name] if asked.believes(r) and holds(r, moment)]
                expected = {str(r["record_id"]) for r in rows if naive(reader, entity, r, said, asked)}
                assert found(asker, example, entity, said, (moment, position)) == expected, (said, moment, position)


def found(asker: Asker, example: Example, entity: Entity, said: Said_, at: tuple[Any, int | None]) -> set[str]:
    """The example's records that the statement finds; the others in the database are of other examples."""
    moment, position = at
    as_of = {"valid_at": moment} if position is None else {"valid_at": moment, "position": position}
    page = asker.many(
        entity.full_name, "nodes{id} total_count", as_of, first=1000, where=lambda slots: built(slots, said)
    )
    assert page["total_count"] == len(page["nodes"]) < 1000
    return {node["id"] for node in page["nodes"]} & {str(one) for one in example.ids.values()}


@pytest.mark.parametrize(
    ("entity", "said"),
    [
        ("test.thing", Refers("place", "test.link", Every(()))),
        ("test.thing", Refers("n", "test.place", Every(()))),
        ("test.thing", Refers("nonsense", "test.place", Every(()))),
        ("test.thing", Back("nonsense", Quantifier.SOME, Every(()))),
    ],
)
def test_what_is_not_declared_is_refused(asker: Asker, entity: str, said: Condition) -> None:
    with pytest.raises(errors.BadQuestion) as refused:
        asker.many(entity, "total_count", where=lambda _: said)
    assert refused.value.code == "question.unknown_field"

"""Lists of keys and numbers ever borne are answered as plain Python answers them over all rows, for random histories."""

from collections.abc import Iterator
from contextlib import suppress
from typing import Any
from uuid import uuid4

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from baseregistry import cluster, errors
from baseregistry.registries.question import Field, Form
from tests.registries.answer.asking import Asker, connect, want
from tests.registries.answer.reference import MICROSECOND, Asked, Reader, Row, begin_key, holds
from tests.registries.answer.test_model import read
from tests.registries.ledger.conftest import drop, ground_in
from tests.registries.ledger.model import Said
from tests.registries.ledger.register import PLACE, THING, Example, Ground, moments, say
from tests.registries.ledger.strategies import RECORDS, histories

THINGS, PLACES = (
    want("id name n version{valid_from recorded_to} born{code}"),
    want("code keeper{name} version{valid_from}"),
)
ANY = (
    Field("id", "id"),
    Field("called", "name", on=frozenset({"test.thing"})),
    Field("called", "code", on=frozenset({"test.place"})),
)


@pytest.fixture(scope="module")
def ground(running_cluster: cluster.Cluster) -> Iterator[Ground]:
    made = ground_in(running_cluster, f"keys_{uuid4().hex}")
    yield made
    drop(running_cluster, made)


@pytest.fixture(scope="module")
def asker(ground: Ground) -> Iterator[Asker]:
    with connect(ground.url, ground.installation.schema, plan_cache_mode="force_generic_plan") as connection:
        yield Asker(ground.installation, connection)


def batch(reader: Reader, entity: Any, keys: list[str], found: list[list[Row]], asked: Asked) -> Any:
    """The batch of `keys`, each with the rows that it names."""
    fields = THINGS if entity is THING else PLACES
    nodes = [reader.record(entity, rows[0], fields, asked) if rows else None for rows in found]
    items = [{"key": key, "node": node} for key, node in zip(keys, nodes, strict=True)]
    return {"items": items, "not_found": [item["key"] for item in items if item["node"] is None]}


def seen(reader: Reader, entity: Any, asked: Asked, **carries: Any) -> list[Row]:
    """The rows of an entity that are believed, hold at the moment and carry these values."""
    rows = reader.rows[entity.full_name]
    rows = [row for row in rows if asked.believes(row) and holds(row, asked.at)]
    return [row for row in rows if all(row[name] == value for name, value in carries.items())]


def matches(reader: Reader, code: str, asked: Asked) -> Any:
    """Who kept a place of that code, ever."""
    carriers = [r for r in reader.rows["test.place"] if asked.believes(r) and r["code"] == code and r["keeper"]]
    pairs = {(row["record_id"], row["keeper"]): row for row in nearest_last(carriers, asked)}
    ordered = sorted(pairs.values(), key=lambda row: (row["record_id"].bytes, row["keeper"].bytes))
    ordered.sort(key=begin_key, reverse=True)
    ordered.sort(key=lambda row: (holds(row, asked.at), begun(row, asked)), reverse=True)
    return [match(reader, row, asked) for row in ordered]


def begun(row: Row, asked: Asked) -> bool:
    return row["begin"] is None or row["begin"] <= asked.at


def nearest_last(rows: list[Row], asked: Asked) -> list[Row]:
    """The latest that has begun comes last; before it, of those to come the first."""
    coming = sorted((row for row in rows if not begun(row, asked)), key=begin_key, reverse=True)
    return [*coming, *sorted((row for row in rows if begun(row, asked)), key=begin_key)]


def match(reader: Reader, row: Row, asked: Asked) -> Any:
    last = asked.at if row["end"] is None else min(asked.at, row["end"] - MICROSECOND)
    at = last if row["begin"] is None else max(last, row["begin"])
    return {
        "record": reader.one(THING, row["keeper"], THINGS, asked),
        "matched": reader.record(PLACE, row, PLACES, Asked(at, asked.position, asked.recorded)),
        "held": holds(row, asked.at),
    }


def test_keys_are_answered_as_by_the_reference(ground: Ground, asker: Asker) -> None:
    matched: list[int] = []

    @settings(max_examples=25, deadline=None, derandomize=True, database=None, suppress_health_check=list(HealthCheck))
    @given(history=histories(), data=st.data())
    def ask(history: list[list[Said]], data: st.DataObject) -> None:
        start, example = ground.head(), Example()
        for said in history:
            with suppress(errors.RegisterError):
                say(ground, *example.acts(said))
        reader = Reader(ground.installation.declarations, read(ground, example))
        codes = sorted({row["code"] for row in reader.rows["test.place"] if row["code"]} | {"nobody's"}) * 2
        ids = [example.id(record) for record in RECORDS if record in example.ids] + [uuid4()]
        at = data.draw(st.sampled_from(list(moments())))
        for position in range(start, ground.head() + 1):
            asked = Asked(at, position, position)
            matched.append(_compare(asker, reader, asked, codes, data.draw(st.permutations(ids))))

    ask()
    assert sum(matched) >= 10, "the histories no longer say who keeps a place"


def _compare(asker: Asker, reader: Reader, asked: Asked, codes: list[str], ids: list[Any]) -> int:
    """Ask all that takes keys, and compare; how many matches there were."""
    as_of = {"valid_at": asked.at, "position": asked.position}

    def answer(form: Form, entity: str, fields: tuple[Field, ...], **key: Any) -> Any:
        return asker.ask(form, entity, fields, as_of=as_of, key=key)

    texts = [str(record) for record in ids]
    for entity, fields, way in ((PLACE, PLACES, "code"), (THING, THINGS, "kept"), (THING, THINGS, "id")):
        keys = texts if way == "id" else codes
        wanted = (
            Field("items", "items", (Field("key", "key"), Field("node", "node", fields))),
            Field("not_found", "not_found"),
        )
        named = [_named(reader, entity, way, key, asked) for key in (ids if way == "id" else codes)]
        assert answer(Form.BATCH, entity.full_name, wanted, **{way: keys}) == batch(reader, entity, keys, named, asked)
    parts = (Field("record", "record", THINGS), Field("matched", "matched", PLACES), Field("held", "held"))
    found = {code: answer(Form.MATCHES, "test.thing", parts, kept=code) for code in set(codes)}
    assert found == {code: matches(reader, code, asked) for code in set(codes)}
    expected = [_any(reader, record, asked) for record in ids]
    assert answer(Form.NODES, "", ANY, id=texts) == expected
    return sum(map(len, found.values()))


def _named(reader: Reader, entity: Any, way: str, key: Any, asked: Asked) -> list[Row]:
    if way != "kept":
        return seen(reader, entity, asked, **{"record_id" if way == "id" else way: key})
    keepers = {place["keeper"] for place in seen(reader, PLACE, asked, code=key)}
    return [row for row in seen(reader, entity, asked) if row["record_id"] in keepers]


def _any(reader: Reader, record: Any, asked: Asked) -> Any:
    found = (reader.one(entity, record, ANY, asked) for entity in reader.declarations.entities.values())
    return next((node for node in found if node), None)

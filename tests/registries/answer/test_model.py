"""The compiled statement answers as the reference does, at every position, for random histories of records that refer to
each other in circles."""

from collections.abc import Iterator
from typing import Any
from uuid import uuid4

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from baseregistry import cluster, db, errors, naming
from baseregistry.registries.question import Field, Form
from tests.registries.answer.asking import Asker, connect, want
from tests.registries.answer.reference import Asked, Reader
from tests.registries.ledger.conftest import drop, ground_in
from tests.registries.ledger.model import Record, Said
from tests.registries.ledger.register import ENTITIES, Example, Ground, moments, say
from tests.registries.ledger.strategies import RECORDS, histories

PLACE_ONLY, THING_ONLY = frozenset({"test.place"}), frozenset({"test.thing"})
VERSION = "version{valid_from valid_to recorded_from recorded_to change{position}}"
EITHER = (
    Field("id", "id"),
    Field("called", "code", on=PLACE_ONLY),
    Field("called", "name", on=THING_ONLY),
    *want("keeper{id name}", on=PLACE_ONLY),
    *want("place{id code}", on=THING_ONLY),
)
EVER = (*want(f"n {VERSION} keeps{{nodes{{code}}}}"), Field("last", "last", EITHER))
FIELDS = {
    "thing": (
        *want(f"id name n {VERSION} place{{id code {VERSION} keeper{{name}}}} born{{id code keeper{{id n}}}}"),
        *want("keeps{nodes{id code} total_count} heirs{nodes{id name} total_count} links{nodes{id turn}}"),
        Field("last", "last", EITHER),
        Field("history", "history", want(f"nodes{{name n {VERSION} place{{code {VERSION}}} born{{code}}}} total_count")),
        Field("ever", "history", (Field("nodes", "nodes", EVER),), include_superseded=True),
    ),
    "place": (
        *want(f"id code {VERSION} keeper{{id name place{{code}} born{{code}}}}"),
        *want("things{nodes{id born{id code}} total_count} births{nodes{id name} total_count} heirs{nodes{n last{id}}}"),
        *want(f"links{{nodes{{id {VERSION} owner{{id}}}}}}"),
        Field("ever", "history", want(f"nodes{{code {VERSION} keeper{{name}} things{{total_count}}}}"), include_superseded=True),
    ),
    "link": (
        *want(f"id turn {VERSION} history{{nodes{{turn {VERSION}}}}}"),
        Field("owner", "owner", EITHER),
    ),
}  # fmt: skip


@pytest.fixture(scope="module")
def ground(running_cluster: cluster.Cluster) -> Iterator[Ground]:
    made = ground_in(running_cluster, f"answers_{uuid4().hex}")
    yield made
    drop(running_cluster, made)


@pytest.fixture(scope="module")
def asker(ground: Ground) -> Iterator[Asker]:
    with connect(ground.url, ground.installation.schema, plan_cache_mode="force_generic_plan") as connection:
        yield Asker(ground.installation, connection)


@settings(max_examples=40, deadline=None, derandomize=True, database=None, suppress_health_check=list(HealthCheck))
@given(history=histories(), data=st.data())
def test_the_statement_answers_as_the_reference(
    ground: Ground, asker: Asker, history: list[list[Said]], data: st.DataObject
) -> None:
    start, example = ground.head(), Example()
    for said in history:
        try:
            say(ground, *example.acts(said))
        except errors.RegisterError:
            continue
    reader, head = Reader(ground.installation.declarations, read(ground, example)), ground.head()
    asked_at = data.draw(st.lists(st.sampled_from(list(moments())), min_size=1, max_size=4, unique=True))
    for record in RECORDS:
        if record not in example.ids:
            continue
        for position in [*range(start + 1, head + 1), None]:
            for moment in asked_at:
                known = head if position is None else position
                expected = reader.one(
                    ENTITIES[record[0]], example.id(record), paged(record), Asked(moment, known, known)
                )
                assert answered(asker, example, record, moment, position) == expected, (record, moment, position)


def paged(record: Record) -> tuple[Field, ...]:
    return FIELDS[record[0]]


def answered(asker: Asker, example: Example, record: Record, moment: Any, position: int | None) -> Any:
    as_of = {"valid_at": moment} if position is None else {"valid_at": moment, "position": position}
    return asker.ask(Form.ONE, f"test.{record[0]}", paged(record), as_of=as_of, key={"id": example.id(record)})


def read(ground: Ground, example: Example) -> dict[str, list[dict[str, Any]]]:
    """Every version of the example's records, as the database holds it."""
    made = {}
    for entity in ENTITIES.values():
        names = [
            item.name
            for item in entity.attributes
            if item.name not in {"spot", "since", "share", "open", "day", "size"}
        ]
        with db.reading(ground.engine) as reading:
            rows = reading.execute(
                f"SELECT record_id, lower(valid) AS begin, upper(valid) AS end, recorded_from, recorded_to, change, {', '.join(names)}"
                f" FROM {naming.table(entity.full_name)} WHERE record_id = ANY(:ids)",
                {"ids": list(example.ids.values())},
            )
            made[entity.full_name] = [dict(row._mapping) for row in rows]
    return made

"""What a superuser did behind the service's back is found, and the position is named."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from typing import Any
from uuid import UUID

import pytest
import sqlalchemy as sa

from baseregistry import cluster, db
from baseregistry.db import Reading
from baseregistry.registries.acts import change, register
from baseregistry.registries.declare import (
    Code,
    Day,
    Declarations,
    Entity,
    Flag,
    Fraction,
    Geometry,
    Kind,
    Number,
    PartialDay,
    Reference,
    Text,
)
from baseregistry.registries.digests import version_digest
from baseregistry.registries.ledger import Head, head
from baseregistry.registries.tables import Installation
from baseregistry.registries.verification import verify
from tests.registries.ledger.register import (
    DECLARATIONS,
    ENTITIES,
    LINK,
    PLACE,
    PLACE_ID,
    SCHEMA,
    SRID,
    STRANGER,
    TABLES,
    THING,
    THING_ID,
    ZONE,
    Ground,
    attribute,
    period,
    say,
    verdict_of,
)


@pytest.fixture(scope="module")
def superuser(told: Ground, running_cluster: cluster.Cluster) -> Iterator[sa.Engine]:
    engine = db.engine(running_cluster.url(told.name, "postgres"), SCHEMA)
    yield engine
    engine.dispose()


@contextmanager
def tampered(superuser: sa.Engine, statement: str, values: dict[str, Any] | None = None) -> Iterator[Reading]:
    """Behind the service's back: no trigger fires.  Undone at the end."""
    with superuser.connect() as connection:
        connection.exec_driver_sql("SET LOCAL session_replication_role = replica")
        touched = connection.execute(sa.text(statement), values or {})
        assert touched.rowcount == 1, statement
        yield Reading(connection)
        connection.rollback()


def another(kind: Kind, column: str) -> str:
    """SQL for a value of `kind` that differs in little."""
    match kind:
        case Text() | Code():
            return f"{column} || '.'"
        case Number(scale=scale):
            return f"{column} + 1e-{scale}"
        case Flag():
            return f"NOT {column}"
        case Day():
            return f"{column} + 1"
        case PartialDay():
            return f"daterange(lower({column}), lower({column}) + 1)"
        case Fraction():
            return "'3/4'"
        case Geometry():
            return f"ST_Translate({column}, 1e-15, 0)"
        case Reference():
            return f"'{STRANGER}'"


TIMES = {
    "record_id": [f"'{UUID(int=9)}'"],
    "valid": [
        "tstzrange(coalesce(lower(valid), '0001-01-01') + interval '1 microsecond', upper(valid))",
        "tstzrange(lower(valid), coalesce(upper(valid), '9999-01-01') - interval '1 microsecond')",
    ],
    "recorded_from": ["recorded_from - 1", "recorded_from - 7"],
    "recorded_to": ["coalesce(recorded_to + 1, 7)", "coalesce(recorded_to + 7, 99)"],
    "change": ["change + 1", "change - 1"],
    "salt": ["set_byte(salt, 15, get_byte(salt, 15) # 1)", "NULL"],
    "digest": ["set_byte(digest, 31, get_byte(digest, 31) # 1)"],
    "salts": ["'{}'"],
    "redacted": ["""'{"%s": "zz"}'"""],
}


def tamperings(entity: Entity) -> Iterator[tuple[str, str]]:
    """(column, SQL of another value) for every column of the versions table."""
    for column, values in TIMES.items():
        yield from ((column, value.replace("%s", entity.attributes[0].name)) for value in values)
    for fact in entity.attributes:
        yield fact.name, another(fact.kind, fact.name)
        if not fact.required:
            yield fact.name, "NULL"


TAMPERINGS = [(entity, column, value) for entity in ENTITIES.values() for column, value in tamperings(entity)]


@pytest.mark.parametrize(("entity", "column", "value"), TAMPERINGS, ids=[f"{e.name}.{c}={v}" for e, c, v in TAMPERINGS])
def test_a_byte_changed_behind_the_services_back_is_found(
    told: Ground, superuser: sa.Engine, entity: Entity, column: str, value: str
) -> None:
    """In every version that has a value there, and the position at which it was written or closed is named."""
    table, found = TABLES[entity.name], 0
    nullable = column in {"recorded_to", "salts", "redacted"}
    for row in told.rows(
        f"SELECT record_id, valid, recorded_from, recorded_to, {column} IS NULL AS empty FROM {table}"
    ):
        if row.empty and not nullable:
            continue
        mine = {"record": row.record_id, "valid": row.valid, "since": row.recorded_from}
        where = "record_id = :record AND valid = :valid AND recorded_from = :since"
        with tampered(superuser, f"UPDATE {table} SET {column} = {value} WHERE {where}", mine) as reading:
            verdict = verify(reading, told.installation)
        named = {problem.position for problem in verdict.problems}
        assert named & ({row.recorded_to, 7, 99} if column == "recorded_to" else {row.recorded_from})
        found += 1
    assert found


def test_a_value_slipped_in_where_none_was_is_found(told: Ground, superuser: sa.Engine) -> None:
    slip = f"UPDATE test_place SET keeper = '{THING_ID}' WHERE record_id = '{STRANGER}'"
    with tampered(superuser, slip) as reading:
        assert [problem.position for problem in verify(reading, told.installation).problems] == [6]


LEDGER = {
    "position": "position + 100",
    "recorded_at": "recorded_at + interval '1 microsecond'",
    "kind": "CASE kind WHEN 'CORRECTION' THEN 'REGISTRATION' ELSE 'CORRECTION' END",
    **dict.fromkeys(("event", "document_number", "legal_basis", "reason", "case_id"), "coalesce(%s, '') || '.'"),
    **dict.fromkeys(("agency", "recorded_by", "approved_by", "schema_edition"), "%s || '.'"),
    "document_date": "coalesce(document_date, '2025-01-01') + 1",
    "document_digest": "coalesce(document_digest, '') || '\\x00'",
    "source_recorded_at": "coalesce(source_recorded_at, now()) + interval '1 microsecond'",
    "feed": "NOT feed",
    "synthetic": "NOT synthetic",
    "redactions": "'[]'",
    "digest": "set_byte(digest, 0, get_byte(digest, 0) # 128)",
    "head": "set_byte(head, 0, get_byte(head, 0) # 128)",
}


def test_the_list_of_the_ledgers_columns_is_whole(told: Ground) -> None:
    assert set(LEDGER) == set(told.installation.tables.ledger_change.columns.keys())


@pytest.mark.parametrize("position", range(1, 7))
@pytest.mark.parametrize(("column", "value"), LEDGER.items())
def test_a_change_rewritten_is_found_at_its_position(
    told: Ground, superuser: sa.Engine, column: str, value: str, position: int
) -> None:
    rewritten = f"UPDATE ledger_change SET {column} = {value.replace('%s', column)} WHERE position = {position}"
    with tampered(superuser, rewritten) as reading:
        verdict = verify(reading, told.installation)
    assert verdict.problems[0].position == position


@pytest.mark.parametrize("entity", ENTITIES.values(), ids=ENTITIES)
def test_a_version_taken_away_is_found(told: Ground, superuser: sa.Engine, entity: Entity) -> None:
    for row in told.rows(f"SELECT record_id, valid, recorded_from FROM {TABLES[entity.name]}"):
        mine = {"record": row.record_id, "valid": row.valid, "since": row.recorded_from}
        where = "record_id = :record AND valid = :valid AND recorded_from = :since"
        with tampered(superuser, f"DELETE FROM {TABLES[entity.name]} WHERE {where}", mine) as reading:
            verdict = verify(reading, told.installation)
        assert verdict.problems[0].position == row.recorded_from


@pytest.mark.parametrize("position", [1, 3, 5, 7, 0])
def test_a_version_slipped_in_is_found_though_its_own_digest_is_right(
    told: Ground, superuser: sa.Engine, position: int
) -> None:
    digest = version_digest(PLACE, "'1'", "v")
    forged = (
        "INSERT INTO test_place (record_id, valid, recorded_from, change, salt, digest, code)"
        f" SELECT v.record_id, v.valid, v.recorded_from, v.change, v.salt, {digest}, v.code"
        f" FROM (SELECT record_id, valid, {position}::bigint AS recorded_from, {position}::bigint AS change, salt,"
        " salts, redacted, 'forged' AS code, size, since, spot, keeper FROM test_place WHERE code = 'Z') v"
    )
    unbelieved = f"UPDATE test_place SET recorded_to = 100 WHERE record_id = '{STRANGER}'"
    with tampered(superuser, unbelieved) as reading:
        reading.connection.execute(sa.text(forged))
        problems = verify(reading, told.installation).problems
    assert position in {problem.position for problem in problems}


def test_an_identity_relabelled_or_taken_away_is_found(told: Ground, superuser: sa.Engine) -> None:
    relabelled = f"UPDATE record SET entity = 'test.thing' WHERE record_id = '{PLACE_ID}'"
    for statement in (relabelled, f"DELETE FROM record WHERE record_id = '{PLACE_ID}'"):
        with tampered(superuser, statement) as reading:
            problem = verify(reading, told.installation).problems[0]
        assert (problem.position, problem.entity, problem.record_id) == (1, "test.place", str(PLACE_ID))


def test_the_last_change_cut_off_is_found_by_a_head_kept_elsewhere(told: Ground, superuser: sa.Engine) -> None:
    kept = _head(told)
    with tampered(superuser, "DELETE FROM ledger_change WHERE position = 6") as reading:
        reading.connection.execute(sa.text("DELETE FROM test_place WHERE recorded_from = 6"))
        assert verify(reading, told.installation).sound, "nothing in the database can tell"
        verdict = verify(reading, told.installation, (kept.position, kept.head.hex()))
    assert [problem.position for problem in verdict.problems] == [6]


def test_another_history_under_the_same_positions_is_found_by_a_head_kept_elsewhere(told: Ground) -> None:
    kept = _head(told)
    with db.reading(told.engine) as reading:
        assert verify(reading, told.installation, (6, kept.head.hex())).sound
        assert not verify(reading, told.installation, (6, bytes(32).hex())).sound


def _head(ground: Ground) -> Head:
    with db.reading(ground.engine) as reading:
        return head(reading)


def test_a_new_edition_with_a_new_attribute_breaks_no_digest(fresh: Ground) -> None:
    """What was written under edition 1 is verified under edition 1, whatever the program declares by now."""
    record = UUID(int=11)
    say(fresh, register(LINK, record, period(3, 9), {"mark": "x"}))
    wider = replace(LINK, attributes=(*LINK.attributes, attribute("colour", Text())))
    registry = replace(DECLARATIONS.registries[0], entities=(THING, PLACE, wider))
    with fresh.engine.begin() as connection:
        connection.exec_driver_sql("ALTER TABLE test_link ADD COLUMN colour text")
    later = replace(fresh, installation=Installation(Declarations((registry,), edition="2"), SCHEMA, SRID, ZONE))
    assert verdict_of(later).problems == []
    fresh.engine.dispose()  # a new program has sessions of its own
    say(later, change(wider, record, period(4, 5), {"colour": "red"}))
    assert [row.schema_edition for row in later.rows("SELECT schema_edition FROM ledger_change ORDER BY position")] == [
        "1",
        "2",
    ]
    assert verdict_of(later).problems == []
    assert not verdict_of(fresh).sound, "a program that does not know the attribute cannot vouch for it"

"""The access log: committed in groups, chained, and whatever is changed in it afterwards is found."""

import asyncio
import hmac
from datetime import UTC, date, datetime
from typing import Any

import psycopg
import pytest
import sqlalchemy as sa
from hypothesis import given
from hypothesis import strategies as st

from baseregistry import cluster, db, errors
from baseregistry.access.log import retention
from baseregistry.access.log.secret import hashed
from baseregistry.access.log.unpacking import caught_up
from baseregistry.access.log.verification import verify
from baseregistry.access.log.writer import Writer
from tests.access.log import REGISTERS, entry, made_context, uuid, verified, written
from tests.conftest import Database

OLD = int(datetime(2025, 3, 31, 23, 59, 59, 999_999, tzinfo=UTC).timestamp()) * 1_000_000 + 999_999


def rows(database: Database, statement: str) -> list[Any]:
    with database.engine.connect() as connection:
        return list(connection.execute(sa.text(statement)))


def tampered(running_cluster: cluster.Cluster, database: Database, *statements: str) -> None:
    """As a superuser does who switches the guards off."""
    with psycopg.connect(running_cluster.url(database.name, "postgres"), autocommit=True) as administrator:
        administrator.execute("SET search_path = baseregistry, public")
        administrator.execute("SET session_replication_role = replica")
        for statement in statements:
            assert administrator.execute(statement).rowcount != 0, statement  # type: ignore[call-overload]


def test_what_is_asked_together_is_one_group(database: Database) -> None:
    written(database, [entry(1), entry(2), entry(3)], [entry(4)])
    groups = rows(database, "SELECT position, parts FROM access_group ORDER BY position")
    assert [group.position for group in groups] == [1, 2]
    told = [line.split() for line in groups[0].parts.splitlines()]
    assert [(one[0], one[1], one[3]) for one in told] == [
        ("packed", "request", "3"),
        ("packed", "population", "3"),
        ("packed", "land", "3"),
    ]
    seen = rows(database, f"SELECT * FROM access_seen WHERE subject = '{uuid(2)}' ORDER BY register")
    assert [(one.register, one.entity, one.how, one.case_id, one.fields) for one in seen] == [
        ("land", "land.right", "SEARCH_HIT", "HS-2", ["holder"]),
        ("population", "population.person", "OPENED", "HS-2", ["full_name"]),
    ]
    verdict = verified(database)
    assert (verdict.problems, verdict.position, verdict.rows) == ([], 2, 16)


def test_a_context_is_written_once(database: Database) -> None:
    written(database, [entry(1), entry(2)], [entry(3)])
    written(database, [entry(4)], [entry(5, context=made_context(official="can-bo-8"))])
    assert rows(database, "SELECT official, agency FROM access_context ORDER BY 1") == [
        ("can-bo-7", "So TNMT"),
        ("can-bo-8", "So TNMT"),
    ]
    assert verified(database).sound


def test_workers_share_one_chain(database: Database) -> None:
    async def write() -> None:
        writers = [Writer(database.url, database.settings.schema_name, REGISTERS) for _ in range(4)]
        for turn in range(10):
            await asyncio.gather(*[writer.keep(entry(10 * turn + place)) for place, writer in enumerate(writers)])
        await asyncio.gather(*[writer.close() for writer in writers])

    asyncio.run(write())
    caught_up(database.engine)
    verdict = verified(database)
    assert verdict.sound
    assert (verdict.position, verdict.rows) == (40, 160)


def test_text_cannot_leave_its_place(database: Database) -> None:
    said = 'a"b\\c{},NULL\'\x1f… 1" OR 1=1'
    written(database, [entry(1, case=said, code="access.x"), entry(2, case=None, asked=b"", keys=())])
    assert rows(database, "SELECT case_id, asked, records FROM access_request ORDER BY place") == [
        (said, b"\2" * 16, 2),
        (None, None, 0),
    ]
    assert verified(database).sound


def test_room_is_made_for_a_month_that_has_none(database: Database) -> None:
    """The writer makes it for this month and the next: here those are dropped first, as if the year had turned."""
    with database.engine.begin() as connection:
        for table in ("access_request", "access_lines"):
            for (name,) in rows(database, f"SELECT relid::text FROM pg_partition_tree('{table}') WHERE isleaf"):
                connection.exec_driver_sql(f"DROP TABLE {name}")
    written(database, [entry(1)])
    assert verified(database).rows == 4


def test_the_commit_waits_for_the_disk_whatever_the_server_says(database: Database) -> None:
    with database.engine.begin() as connection:
        connection.exec_driver_sql("SET LOCAL synchronous_commit = off")
        connection.exec_driver_sql("SELECT access_append('x 2026-11 0 y')")
        assert connection.exec_driver_sql("SHOW synchronous_commit").scalar_one() == "on"
        connection.exec_driver_sql("SET LOCAL synchronous_commit = remote_apply")
        connection.exec_driver_sql("SELECT access_append('x 2026-11 0 y')")
        assert connection.exec_driver_sql("SHOW synchronous_commit").scalar_one() == "remote_apply"
        connection.rollback()


def test_nothing_is_answered_when_the_log_cannot_be_written(database: Database) -> None:
    async def write() -> None:
        writer = Writer(database.url, database.settings.schema_name, REGISTERS)
        await writer.keep(entry(1))
        with database.engine.begin() as connection:
            connection.exec_driver_sql("ALTER TABLE access_group RENAME TO gone")
        with pytest.raises(errors.Unavailable) as refused:
            await writer.keep(entry(2))
        assert refused.value.code == "access.log_unavailable"
        with database.engine.begin() as connection:
            connection.exec_driver_sql("ALTER TABLE gone RENAME TO access_group")
        await writer.keep(entry(3))
        await writer.close()

    asyncio.run(write())
    caught_up(database.engine)
    assert rows(database, "SELECT case_id FROM access_request ORDER BY position") == [("HS-1",), ("HS-3",)]
    assert verified(database).sound


@pytest.mark.parametrize("table", ["access_request", "access_record", "access_lines", "access_group", "access_context"])
@pytest.mark.parametrize("said", ["UPDATE {} SET {} = {}", "DELETE FROM {}", "TRUNCATE {} CASCADE"])
def test_the_past_is_never_rewritten(database: Database, table: str, said: str) -> None:
    written(database, [entry(1)])
    columns = {"access_request": "place", "access_record": "place", "access_group": "parts", "access_context": "agency"}
    columns["access_lines"] = "lines"
    tables = [
        table,
        *(name for (name,) in rows(database, f"SELECT relid::text FROM pg_partition_tree('{table}') WHERE isleaf")),
    ]
    for name in dict.fromkeys(tables):
        if not rows(database, f"SELECT 1 FROM {name} LIMIT 1"):
            continue
        with pytest.raises(sa.exc.DBAPIError, match="never rewritten"), database.engine.begin() as connection:
            connection.exec_driver_sql(said.format(name, columns[table], columns[table]))


CHANGES = {
    "access_request": {
        "asked_at": "asked_at + interval '1 microsecond'",
        "position": "1",
        "place": "place + 5",
        "answered_at": "answered_at + interval '1 second'",
        "context": "decode(repeat('00', 16), 'hex')",
        "case_id": "'other'",
        "asked": "NULL",
        "known": "'8'",
        "valid_at": "'2020-01-01T00:00:00Z'",
        "answer": "decode('00', 'hex')",
        "status": "404",
        "code": "'access.x'",
        "records": "records - 1",
    },
    "access_record": {
        "register": "CASE register WHEN 'land' THEN 'population' ELSE 'land' END",
        "asked_at": "asked_at + interval '31 days'",
        "position": "1",
        "place": "place + 1",
        "level": "level + 1",
        "record_id": "gen_random_uuid()",
        "recorded_from": "recorded_from + 1",
        "subject": "NULL",
    },
    "access_lines": {
        "register": "CASE register WHEN 'land' THEN 'population' ELSE 'land' END",
        "month": "(month + interval '1 month')::date",
        "position": "1",
        "lines": "replace(lines, '5', '6')",
    },
    "access_group": {
        "at": "at + interval '1 microsecond'",
        "parts": "replace(parts, ' 1 ', ' 2 ')",
        "head": "sha256(head)",
        "position": "position + 10",
    },
}

CONTEXT = {
    **dict.fromkeys(("agency", "client", "subject", "official", "role", "purpose", "form", "operation"), "'other'"),
    **dict.fromkeys(("grants", "paths", "levels"), "'[]'"),
    "document": "sha256('x')",
    "digest": "substr(sha256('x'), 1, 16)",
}
REMOVED = {
    "DELETE FROM access_record WHERE position = 2 AND register = 'land'": 2,
    "DELETE FROM access_request WHERE position = 2": 2,
    "DELETE FROM access_lines WHERE position = 2": 2,
    "DELETE FROM access_lines WHERE position = 3 AND register = 'land'": 3,
    "INSERT INTO access_lines SELECT * FROM access_lines WHERE position = 2 AND register = 'land'": 2,
    "INSERT INTO access_lines SELECT register, month, 9, lines FROM access_lines WHERE position = 2": 9,
    "UPDATE access_unpacked SET position = 1": 2,
    "DELETE FROM access_group WHERE position = 2": 2,
    "DELETE FROM access_group WHERE position = 3": 3,
    "INSERT INTO access_record SELECT * FROM access_record WHERE position = 2 AND register = 'land' LIMIT 1": 2,
    "INSERT INTO access_request SELECT asked_at, 9, place, answered_at, context, case_id, asked, known, valid_at, answer,"
    " status, code, records FROM access_request WHERE position = 1": 9,
}


def found_when(running_cluster: cluster.Cluster, database: Database, statements: list[str]) -> dict[str, set[int]]:
    """Which groups are told to be broken after each statement, each tried by itself by a superuser."""
    engine = db.engine(running_cluster.url(database.name, "postgres"), "baseregistry")
    found = {}
    for statement in statements:
        with engine.connect() as connection:
            connection.exec_driver_sql("SET LOCAL session_replication_role = replica")
            assert connection.exec_driver_sql(statement).rowcount
            found[statement] = {problem.position for problem in verify(db.Reading(connection)).problems}
            connection.rollback()
    engine.dispose()
    return found


def test_every_column_that_is_changed_is_found(running_cluster: cluster.Cluster, database: Database) -> None:
    written(database, [entry(1)], [entry(2)], [entry(3)])
    said = [
        f"UPDATE {table} SET {column} = {value} WHERE position = 2"
        for table, values in CHANGES.items()
        for column, value in values.items()
    ]
    for table, values in {**CHANGES, "access_context": CONTEXT}.items():
        columns = rows(
            database, f"SELECT attname FROM pg_attribute WHERE attrelid = '{table}'::regclass AND attnum > 0"
        )
        assert {name for (name,) in columns} == set(values), table
    for statement, broken in found_when(running_cluster, database, said).items():
        assert min(broken, default=9) in {0, 1, 2}, statement
    contexts = [f"UPDATE access_context SET {column} = {value}" for column, value in CONTEXT.items()]
    assert all(0 in broken for broken in found_when(running_cluster, database, contexts).values())
    assert verified(database).sound


def test_what_is_removed_or_added_is_found(running_cluster: cluster.Cluster, database: Database) -> None:
    written(database, [entry(1)], [entry(2)], [entry(3)])
    found = found_when(running_cluster, database, list(REMOVED))
    assert all(position in found[statement] for statement, position in REMOVED.items()), found


def test_groups_that_change_places_are_found(running_cluster: cluster.Cluster, database: Database) -> None:
    written(database, [entry(1)], [entry(2)], [entry(3)])
    tampered(
        running_cluster,
        database,
        *[
            f"UPDATE {table} SET position = {to} WHERE position = {at}"
            for table in ("access_group", "access_request", "access_record", "access_lines")
            for at, to in ((2, 90), (3, 2), (90, 3))
        ],
    )
    assert {2, 3} <= {problem.position for problem in verified(database).problems}


def test_an_end_that_is_cut_off_is_found_by_a_published_head(
    running_cluster: cluster.Cluster, database: Database
) -> None:
    written(database, [entry(1)], [entry(2)])
    before = verified(database)
    tampered(
        running_cluster,
        database,
        *[f"DELETE FROM access_{table} WHERE position = 2" for table in ("group", "request", "record", "lines")],
    )
    assert verified(database).sound
    assert not verified(database, expected=(before.position, before.head)).sound


def dropped(database: Database, register: str, month: date = date(2025, 3, 1)) -> Any:
    with db.writing(database.engine) as writing:
        return retention.drop(writing, register, month)


@pytest.fixture
def old_rows(database: Database) -> Database:
    """A log with two groups in a month long past, and one of today."""
    with database.engine.begin() as connection:
        connection.execute(
            sa.text("SELECT access_prepare(:registers, '2025-03-01', 1)"), {"registers": list(REGISTERS)}
        )
    written(database, [entry(1, asked_at=OLD)], [entry(2, asked_at=OLD)], [entry(3)])
    assert verified(database).sound
    return database


def test_a_month_is_dropped_against_a_checkpoint(old_rows: Database) -> None:
    kept = dropped(old_rows, "land")
    assert (kept.rows, kept.first, kept.last) == (2, 1, 2)
    verdict = verified(old_rows)
    assert (verdict.problems, verdict.dropped, verdict.rows) == ([], 2, 8)
    left = rows(
        old_rows, "SELECT 1 FROM pg_class WHERE relname IN ('access_record_land_2025_03', 'access_lines_land_2025_03')"
    )
    assert left == []
    dropped(old_rows, "request")
    written(old_rows, [entry(4)])
    assert verified(old_rows).problems == []


def test_a_month_that_is_still_kept_or_not_there_is_not_dropped(old_rows: Database) -> None:
    with pytest.raises(errors.Refused) as refused:
        dropped(old_rows, "land", datetime.now(UTC).date().replace(day=1))
    assert refused.value.code == "access.still_kept"
    with pytest.raises(errors.NotFound):
        dropped(old_rows, "land", date(2024, 1, 1))


def test_a_month_that_went_without_a_checkpoint_is_missed(running_cluster: cluster.Cluster, old_rows: Database) -> None:
    tampered(running_cluster, old_rows, "DROP TABLE access_record_land_2025_03")
    assert [problem.position for problem in verified(old_rows).problems] == [1, 2]
    tampered(
        running_cluster,
        old_rows,
        "INSERT INTO access_checkpoint VALUES ('land', '2025-03-01', 1, 2, 4, sha256('x'), 3)",
    )
    assert not verified(old_rows).sound


def test_every_column_of_a_checkpoint_is_held(running_cluster: cluster.Cluster, old_rows: Database) -> None:
    dropped(old_rows, "land")
    changed = {"month": "'2025-04-01'", "digest": "sha256(digest)", "register": "'population'"}
    names = ("month", "first_position", "last_position", "rows", "digest", "position", "register")
    said = [f"UPDATE access_checkpoint SET {name} = {changed.get(name, f'{name} + 1')}" for name in names]
    assert all(found_when(running_cluster, old_rows, said).values())


def test_nothing_is_dropped_from_a_log_that_is_not_sound(running_cluster: cluster.Cluster, old_rows: Database) -> None:
    tampered(running_cluster, old_rows, "UPDATE access_record SET level = 9 WHERE position = 3 AND register = 'land'")
    with pytest.raises(errors.Tampered):
        dropped(old_rows, "land")


@given(key=st.binary(min_size=1, max_size=100), values=st.lists(st.text(max_size=40), max_size=5))
def test_what_was_asked_by_is_hashed_as_rfc_2104_has_it(key: bytes, values: list[str]) -> None:
    told = b"".join(hmac.digest(key, value.encode(), "sha256")[:16] for value in values)
    assert hashed(key, [values]) == hashed(key, values) == told

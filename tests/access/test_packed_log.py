"""The access log in packed lines: whole as soon as it is committed, its tables filled afterwards, once, in order."""

import asyncio
from base64 import b64encode
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from hashlib import sha256
from typing import Any
from uuid import UUID, uuid4

import psycopg
import pytest
import sqlalchemy as sa
from alembic import command

from baseregistry import cluster, db, errors
from baseregistry.access.log.unpacking import caught_up
from baseregistry.access.log.writer import Writer
from baseregistry.migrations import run
from tests.access.log import REGISTERS, entry, uuid, verified, written
from tests.conftest import Database, MakeDatabase

UNPACK = "SELECT done, last FROM access_unpack(:most, true)"
LOCK = "SELECT pg_advisory_lock(hashtextextended('baseregistry.access_unpacked', 0))"
NOBODY = bytes(16)


def packed(level: int, *records: tuple[int, ...]) -> bytes:
    """A page's log key: of each record its number, position, and subjects (0: nobody)."""
    subjects = {len(one) - 2 for one in records}.pop()
    told = b"".join(
        UUID(uuid(record)).bytes
        + position.to_bytes(8)
        + b"".join(UUID(uuid(one)).bytes if one else NOBODY for one in others)
        for record, position, *others in records
    )
    return b"%d/%d:%b" % (level, subjects, b64encode(told))


def kept(database: Database, *groups: list[Any]) -> None:
    """Commit groups as a service does that is killed before it fills the tables."""

    async def write() -> None:
        writer = Writer(database.url, database.settings.schema_name, REGISTERS)
        writer.unpacking.wake = lambda: None  # type: ignore[method-assign]
        for group in groups:
            await asyncio.gather(*[writer.keep(one) for one in group])
        await writer.close()

    asyncio.run(write())


def rows(database: Database, statement: str) -> list[Any]:
    with database.engine.connect() as connection:
        return list(connection.execute(sa.text(statement)))


RECORDS = """SELECT position, place, register, level, record_id::text, recorded_from, subject::text FROM access_record
 ORDER BY 1, 2, 3, 4, 5, 7"""


def test_what_is_committed_is_whole_before_the_tables_are_filled(database: Database) -> None:
    kept(database, [entry(1), entry(2)], [entry(3)])
    assert rows(database, RECORDS) == []
    before = verified(database)
    assert (before.problems, before.position, before.rows, before.packed) == ([], 2, 0, 2)
    assert caught_up(database.engine) == 2
    after = verified(database)
    assert (after.problems, after.head, after.rows, after.packed) == ([], before.head, 12, 0)


def test_a_page_says_the_same_packed_as_record_by_record(database: Database) -> None:
    people = [f"0.{uuid(number)}.{number}".encode() for number in range(1, 301)]
    rights = [
        f"1.{uuid(500)}.-7.{uuid(1)}.".encode(),
        f"1.{uuid(501)}.9.{uuid(2)}.{uuid(3)}".encode(),
        f"1.{uuid(502)}.8..".encode(),
    ]
    page = [packed(0, *((number, number) for number in range(1, 301)))]
    page.append(packed(1, (501, 9, 2, 3), (502, 8, 0, 0), (503, 2**40, 0, 4)))
    kept(database, [entry(1, keys=people + rights), entry(2, keys=page)])
    caught_up(database.engine)
    found = [tuple(row)[1:] for row in rows(database, RECORDS)]
    assert [one[1:] for one in found if one[0] == 1 and one[2] == 0] == [
        one[1:] for one in found if one[0] == 2 and one[2] == 0
    ]
    assert len([one for one in found if one[2] == 0]) == 600
    assert [one for one in found if one[2] == 1] == [
        (1, "land", 1, uuid(500), -7, uuid(1)),
        (1, "land", 1, uuid(501), 9, uuid(2)),
        (1, "land", 1, uuid(501), 9, uuid(3)),
        (1, "land", 1, uuid(502), 8, None),
        (2, "land", 1, uuid(501), 9, uuid(2)),
        (2, "land", 1, uuid(501), 9, uuid(3)),
        (2, "land", 1, uuid(502), 8, None),
        (2, "land", 1, uuid(503), 2**40, uuid(4)),
    ]
    assert rows(database, "SELECT place, records FROM access_request ORDER BY 1") == [(1, 303), (2, 303)]
    assert verified(database).problems == []


def test_a_record_that_an_answer_tells_twice_is_one_row(database: Database) -> None:
    once = f"0.{uuid(1)}.5".encode()
    kept(database, [entry(1, keys=[once, once, packed(0, (1, 5), (1, 5))])])
    caught_up(database.engine)
    assert len(rows(database, RECORDS)) == 1
    assert verified(database).problems == []


def test_tables_are_filled_in_bites_in_order(database: Database) -> None:
    kept(database, *[[entry(number)] for number in range(5)])
    with database.engine.begin() as connection:
        for done in range(1, 6):
            assert connection.execute(sa.text(UNPACK), {"most": 1}).one() == (done, 5)
            filled = connection.execute(sa.text("SELECT DISTINCT position FROM access_record ORDER BY 1")).scalars()
            assert list(filled) == list(range(1, done + 1))
        assert connection.execute(sa.text(UNPACK), {"most": 1}).one() == (5, 5)
    assert verified(database).rows == 20


def test_who_is_killed_while_filling_has_filled_nothing(running_cluster: cluster.Cluster, database: Database) -> None:
    kept(database, [entry(1)], [entry(2)])
    with psycopg.connect(database.url, options="-c search_path=baseregistry,public") as filling:
        filling.execute("SELECT access_unpack(1000000, true)")
        assert filling.execute("SELECT count(*) FROM access_record").fetchone() == (6,)
        with psycopg.connect(running_cluster.url("postgres", "postgres"), autocommit=True) as administrator:
            administrator.execute("SELECT pg_terminate_backend(%s)", [filling.info.backend_pid])
        with pytest.raises(psycopg.OperationalError):
            filling.execute("SELECT 1")
    assert rows(database, RECORDS) == []
    caught_up(database.engine)
    assert verified(database).rows == 8


def test_several_fill_at_once_and_every_row_is_there_once(database: Database) -> None:
    kept(database, *[[entry(10 * turn + place) for place in range(5)] for turn in range(20)])
    with ThreadPoolExecutor(4) as threads:
        assert list(threads.map(caught_up, [database.engine] * 4)) == [20] * 4
    verdict = verified(database)
    assert (verdict.problems, verdict.rows) == ([], 400)


def test_the_service_fills_by_itself(database: Database) -> None:
    async def write() -> None:
        writer = Writer(database.url, database.settings.schema_name, REGISTERS)
        await writer.keep(entry(1))
        async with asyncio.timeout(10):
            while len(await asyncio.to_thread(rows, database, RECORDS)) < 3:  # noqa: ASYNC110 - PostgreSQL tells nobody
                await asyncio.sleep(0.02)
        await writer.keep(entry(2))
        assert await writer.unpacking.caught_up() == 2
        assert (writer.unpacking.packed, writer.unpacking.behind) == (0, 0)
        await writer.close()

    asyncio.run(write())
    assert len(rows(database, RECORDS)) == 6


def test_who_cannot_wait_any_longer_is_told(database: Database) -> None:
    kept(database, [entry(1)])
    with database.engine.connect() as other:
        other.execute(sa.text(LOCK))
        with pytest.raises(errors.Unavailable) as behind:
            caught_up(database.engine, 0.2)
        assert behind.value.code == "access.log_behind"
    assert rows(database, RECORDS) == []


# --- a log of migration 0006 ------------------------------------------------------------------------------

OLD_GROUP = """
INSERT INTO access_request VALUES (now(), {0}, 1, now(), substr(sha256('c'), 1, 16), 'HS-{0}', NULL, '7', NULL, sha256('a'), 200, NULL, 1);
INSERT INTO access_record SELECT 'population', asked_at, {0}, 1, 0, '{1}', 5, '{1}' FROM access_request WHERE position = {0};
"""
OLD_LINES = """SELECT access_append(format(E'population %s 1 %s\\nrequest %s 1 %s', m.month,
 encode(sha256(convert_to('1.0.{1}.5.{1}', 'UTF8')), 'hex'), m.month, encode(sha256(convert_to(concat_ws(chr(31), '1', m.at, m.at,
 encode(substr(sha256('c'), 1, 16), 'hex'), 'HS-{0}', '', '7', '', encode(sha256('a'), 'hex'), '200', '', '1'), 'UTF8')), 'hex')))
 FROM (SELECT to_char(now() AT TIME ZONE 'UTC', 'YYYY-MM') AS month, access_micros(now()) AS at) m"""


def as_before(connection: sa.Connection, position: int) -> None:
    """A group as the writer of migration 0006 wrote it: rows, and their digests in the chain."""
    assert (
        connection.exec_driver_sql(OLD_LINES.format(position, uuid(position)).replace("%", "%%")).scalar_one()
        == position
    )
    connection.exec_driver_sql(OLD_GROUP.format(position, uuid(position)))


@pytest.fixture
def old(running_cluster: cluster.Cluster, make_database: MakeDatabase) -> Iterator[Database]:
    """A database of before, with three groups in its log, migrated."""
    name, now = f"old_{uuid4().hex}", make_database()
    running_cluster.make_database(name)
    engine = db.engine(running_cluster.url(name), "baseregistry")
    with engine.begin() as connection:
        run._prepare(connection, now.installation)
        command.upgrade(run.config(connection, now.installation), "0008")
        connection.execute(sa.text("SELECT access_prepare(:all, now()::date, 1)"), {"all": list(REGISTERS)})
        context = "INSERT INTO access_context SELECT substr(sha256('c'), 1, 16), '', '', '', '', '', '', '', '', '', '[]', '[]', '[]'"
        connection.exec_driver_sql(context)
    for position in (1, 2, 3):
        with engine.begin() as connection:
            as_before(connection, position)
    run.upgrade(engine, now.installation)
    settings = now.settings.model_copy(
        update={"database_url": type(now.settings)(database_url=running_cluster.url(name)).database_url}
    )
    yield Database(name, settings, engine, now.installation)
    engine.dispose()
    with psycopg.connect(running_cluster.url("postgres", "postgres"), autocommit=True) as connection:
        connection.execute(f'DROP DATABASE "{name}" WITH (FORCE)')  # type: ignore[call-overload]


def test_a_log_of_before_goes_on(old: Database) -> None:
    written(old, [entry(10), entry(11)])
    with old.engine.begin() as connection:  # by a worker that was under way while it was migrated
        as_before(connection, 5)
    written(old, [entry(12)])
    assert caught_up(old.engine) == 6
    verdict = verified(old)
    named = sha256(b"c").digest()[:16].hex()
    assert [one.message for one in verdict.problems] == [f"The context {named} is not what was written."]
    assert (verdict.position, verdict.rows) == (6, 2 * 4 + 4 * 3)


def test_what_is_changed_in_a_log_of_before_is_found(running_cluster: cluster.Cluster, old: Database) -> None:
    written(old, [entry(10)])
    with psycopg.connect(running_cluster.url(old.name, "postgres"), autocommit=True) as administrator:
        administrator.execute("SET search_path = baseregistry, public")
        administrator.execute("SET session_replication_role = replica")
        administrator.execute("UPDATE access_record SET recorded_from = 6 WHERE position = 2")
        administrator.execute("DELETE FROM access_request WHERE position = 3")
        administrator.execute(
            "INSERT INTO access_lines SELECT register, month, 1, lines FROM access_lines WHERE position = 4"
        )
    assert {1, 2, 3} <= {problem.position for problem in verified(old).problems}

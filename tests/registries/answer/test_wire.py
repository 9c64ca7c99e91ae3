"""The pool under load, under cancellation, and when connections break: every answer is whole and its own."""

import asyncio
import random
import time
from collections.abc import Awaitable, Callable, Iterator
from typing import Any

import psycopg
import pytest
import uvloop

from baseregistry import errors
from baseregistry.registries.answer import Limits, Pool, connection
from baseregistry.registries.answer.plan import Parameter, Plan
from baseregistry.registries.answer.values import text
from tests.conftest import Database

ECHO = "SELECT CAST($1 AS text), pg_backend_pid()::text"
SLEEP = "SELECT CAST($2 AS text), pg_sleep(CAST($1 AS float8))::text"
LOOPS = {"asyncio": asyncio.new_event_loop, "uvloop": uvloop.new_event_loop}


def plan(sql: str, parameters: int = 1, *, bounded: bool = False) -> Plan:
    """A statement as a plan, for what only the wire is asked."""
    slots = tuple(Parameter(slot, text) for slot in range(parameters))
    return Plan(sql, sql.encode(), slots, (), (), bounded)


class Wire:
    """Runs a coroutine with a pool on one of the event loops; an administrator stands by."""

    def __init__(self, database: Database, loop: Callable[[], asyncio.AbstractEventLoop]) -> None:
        self.database = database
        self.loop = loop
        parts = psycopg.conninfo.make_conninfo(database.url, user="postgres", dbname="postgres")
        self.administrator: psycopg.Connection[Any] = psycopg.connect(parts, autocommit=True)

    def run(self, work: Callable[[Pool], Awaitable[Any]], **limits: Any) -> Any:
        async def with_pool() -> Any:
            limited = Limits(**({"connections": 2} | limits))
            pool = await Pool.open(self.database.url, self.database.settings.schema_name, limited)
            try:
                async with asyncio.timeout(60):
                    return await work(pool)
            finally:
                await pool.close()

        with asyncio.Runner(loop_factory=self.loop) as runner:
            return runner.run(with_pool())

    def terminate(self) -> int:
        """End every reading session of the database; says how many there were."""
        return self._sessions("pg_terminate_backend(pid)")

    def sessions(self) -> int:
        return self._sessions("pid")

    def ended(self) -> bool:
        """Whether every session ends within a few seconds."""
        deadline = time.monotonic() + 5
        while self.sessions() and time.monotonic() < deadline:
            time.sleep(0.02)
        return self.sessions() == 0

    def active(self) -> int:
        return self._sessions("pid", "AND state = 'active'")

    def _sessions(self, what: str, more: str = "") -> int:
        found = self.administrator.execute(
            f"SELECT {what} FROM pg_stat_activity WHERE datname = %s AND application_name = 'baseregistry reads' {more}",
            [self.database.name],
        ).fetchall()
        return len(found)


@pytest.fixture(params=LOOPS)
def wire(shared: Database, request: pytest.FixtureRequest) -> Iterator[Wire]:
    made = Wire(shared, LOOPS[request.param])
    yield made
    made.administrator.close()


async def echo(pool: Pool, said: str) -> bytes:
    """The backend that answered; what was said must come back."""
    row = await pool.row(plan(ECHO), [said.encode()])
    assert row[0] == said.encode()
    return row[1] or b""


def sleeping(seconds: float, said: str = "") -> list[bytes | None]:
    return [str(seconds).encode(), said.encode()]


def test_each_answer_is_its_own(wire: Wire) -> None:
    async def work(pool: Pool) -> set[bytes]:
        return set(await asyncio.gather(*(echo(pool, f"{number} \"'\\ ữ") for number in range(200))))

    assert len(wire.run(work)) == 2  # two connections, and not one more


def test_an_answer_larger_than_any_buffer(wire: Wire) -> None:
    async def work(pool: Pool) -> None:
        for size in (0, 1, 70_000, 8_000_000):
            row = await pool.row(plan("SELECT CAST($1 AS text) || repeat('x', 10)"), [b"a" * size])
            assert row == (b"a" * size + b"x" * 10,)

    wire.run(work)


def test_what_is_given_up_is_cancelled_and_its_connection_comes_back_clean(wire: Wire) -> None:
    async def work(pool: Pool) -> None:
        before = await echo(pool, "before")
        task = asyncio.create_task(pool.row(plan(SLEEP, 2), sleeping(50)))
        await asyncio.sleep(0.2)
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task
        assert await echo(pool, "after") == before  # waits until the statement has ended
        assert wire.active() == 0

    wire.run(work, connections=1)


def test_a_deadline_cancels_too(wire: Wire) -> None:
    async def work(pool: Pool) -> None:
        with pytest.raises(TimeoutError):
            async with asyncio.timeout(0.2):
                await pool.row(plan(SLEEP, 2), sleeping(50))
        await echo(pool, "after")

    wire.run(work, connections=1)


def test_a_storm_of_cancellations_mixes_nothing_up(wire: Wire) -> None:
    chance = random.Random(7)

    async def one(pool: Pool, number: int) -> bool:
        pause = chance.choice((0, 0, 0.001, 0.02))
        task = asyncio.create_task(pool.row(plan(SLEEP, 2), sleeping(pause, f"n{number}")))
        if chance.random() < 0.5:
            await asyncio.sleep(chance.choice((0, 0, 0.0005, 0.003, 0.02)))
            task.cancel()
        try:
            row = await task
        except asyncio.CancelledError:
            return False
        assert row[0] == f"n{number}".encode()
        return True

    async def work(pool: Pool) -> None:
        for _ in range(10):
            answered = await asyncio.gather(*(one(pool, number) for number in range(40)))
            assert any(answered)
            assert not all(answered)
        pids = await asyncio.gather(*(echo(pool, str(number)) for number in range(50)))
        assert 1 <= len(set(pids)) <= 3

    wire.run(work, connections=3)
    assert wire.ended()


def test_a_connection_that_broke_while_idle_is_replaced(wire: Wire) -> None:
    async def work(pool: Pool) -> None:
        before = set(await asyncio.gather(*(echo(pool, str(number)) for number in range(20))))
        assert wire.terminate() == 2
        after = set(await asyncio.gather(*(echo(pool, str(number)) for number in range(20))))
        assert not before & after
        await asyncio.sleep(0.05)
        assert 1 <= wire.terminate() <= 2
        await asyncio.sleep(0.05)  # this time it was noticed before the next question
        assert not after & set(await asyncio.gather(*(echo(pool, str(number)) for number in range(20))))

    wire.run(work)


def test_a_question_whose_connection_breaks_is_asked_once_more(wire: Wire) -> None:
    async def work(pool: Pool) -> None:
        task = asyncio.create_task(pool.row(plan(SLEEP, 2), sleeping(0.4, "again")))
        await asyncio.sleep(0.1)
        assert wire.terminate() == 1
        assert (await task)[0] == b"again"

        task = asyncio.create_task(pool.row(plan(SLEEP, 2), sleeping(10)))
        for _ in range(2):
            await asyncio.sleep(0.3)
            assert wire.terminate() >= 1
        with pytest.raises(errors.Unavailable):
            await task
        await echo(pool, "still here")

    wire.run(work)


def test_a_database_that_refuses_and_comes_back(wire: Wire) -> None:
    allow = f'ALTER DATABASE "{wire.database.name}" ALLOW_CONNECTIONS'

    async def work(pool: Pool) -> None:
        await echo(pool, "before")
        wire.administrator.execute(f"{allow} false".encode())
        try:
            wire.terminate()
            refused = await asyncio.gather(*(echo(pool, str(number)) for number in range(20)), return_exceptions=True)
            assert {type(failure) for failure in refused} == {errors.Unavailable}
        finally:
            wire.administrator.execute(f"{allow} true".encode())
        await asyncio.gather(*(echo(pool, str(number)) for number in range(20)))

    wire.run(work)


def test_no_database_is_unavailable(shared: Database) -> None:
    url = "postgresql://nobody@/nothing?host=/nonexistent"
    with pytest.raises(errors.Unavailable) as refused:
        asyncio.run(Pool.open(url, "baseregistry"))
    assert refused.value.code == "register.unavailable"


def test_a_question_that_takes_too_long_is_stopped(wire: Wire) -> None:
    async def work(pool: Pool) -> None:
        before = await echo(pool, "before")
        with pytest.raises(errors.Unavailable) as refused:
            await pool.row(plan(SLEEP, 2), sleeping(50))
        assert refused.value.code == "question.took_too_long"
        assert await echo(pool, "after") == before

    wire.run(work, connections=1, statement=0.2)


def test_waiting_has_an_end(wire: Wire) -> None:
    async def work(pool: Pool) -> None:
        task = asyncio.create_task(pool.row(plan(SLEEP, 2), sleeping(0.6)))
        await asyncio.sleep(0.05)
        with pytest.raises(errors.Busy) as refused:
            await echo(pool, "too late")
        assert refused.value.code == "register.overloaded"
        gone = asyncio.create_task(echo(pool, "gone"))
        await asyncio.sleep(0.05)
        gone.cancel()
        await task
        await echo(pool, "in time")

    wire.run(work, connections=1, wait=0.2)


def test_a_pool_that_closes_refuses_those_who_wait(wire: Wire) -> None:
    async def work(pool: Pool) -> None:
        under_way = asyncio.create_task(pool.row(plan(SLEEP, 2), sleeping(0.3, "done")))
        await asyncio.sleep(0.05)
        waiting = asyncio.create_task(echo(pool, "waiting"))
        await asyncio.sleep(0.05)
        await pool.close()
        for task in (waiting, asyncio.create_task(echo(pool, "later"))):
            with pytest.raises(errors.Unavailable):
                await task
        assert (await under_way)[0] == b"done"

    wire.run(work, connections=1)
    assert wire.ended()


def test_a_statement_is_prepared_again_when_a_migration_changed_its_tables(wire: Wire) -> None:
    with wire.database.engine.begin() as writing:
        writing.exec_driver_sql("DROP TABLE IF EXISTS changing")
        writing.exec_driver_sql("CREATE TABLE changing AS SELECT 1 AS one")

    async def work(pool: Pool) -> None:
        asked = plan("SELECT one FROM changing WHERE CAST($1 AS text) IS NOT NULL")
        assert await pool.row(asked, [b""]) == (b"1",)
        with wire.database.engine.begin() as writing:
            writing.exec_driver_sql("ALTER TABLE changing ALTER one TYPE text USING 'now text'")
        assert await pool.row(asked, [b""]) == (b"now text",)
        assert await pool.row(asked, [b""]) == (b"now text",)

    wire.run(work, connections=1)


def test_a_statement_that_someone_discarded_is_prepared_again(wire: Wire) -> None:
    with wire.database.engine.begin() as writing:
        writing.exec_driver_sql(
            "CREATE OR REPLACE FUNCTION discard_all() RETURNS text LANGUAGE plpgsql AS"
            " $$ BEGIN EXECUTE 'DEALLOCATE ALL'; RETURN 'done'; END $$"
        )

    async def work(pool: Pool) -> None:
        await echo(pool, "first")
        assert await pool.row(plan("SELECT discard_all() WHERE CAST($1 AS text) = ''"), [b""]) == (b"done",)
        await echo(pool, "second")

    wire.run(work, connections=1)


def test_what_is_given_up_while_it_is_prepared_leaves_nothing_behind(wire: Wire) -> None:
    """However often it is asked and given up, the session holds the statement once."""
    statements = "SELECT string_agg(statement, '') FROM pg_prepared_statements WHERE CAST($1 AS text) = ''"
    slow = plan(
        "SELECT CAST($1 AS text)" + "".join(f", (SELECT {number} FROM pg_class LIMIT 1)" for number in range(400))
    )

    async def work(pool: Pool) -> None:
        for _ in range(10):
            task = asyncio.create_task(pool.row(slow, [b""]))
            await asyncio.sleep(0)
            task.cancel()
            with pytest.raises(asyncio.CancelledError):
                await task
        assert (await pool.row(slow, [b"said"]))[0] == b"said"
        (held,) = await pool.row(plan(statements), [b""])
        assert (held or b"").count(slow.sql.encode()) <= 1

    wire.run(work, connections=1)


def test_prepared_statements_are_bounded(wire: Wire, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(connection, "MOST_STATEMENTS", 4)

    async def work(pool: Pool) -> None:
        for number in [*range(9), 0, 8, 0]:
            sql = f"SELECT {number}::text, (SELECT count(*) FROM pg_prepared_statements)::text WHERE CAST($1 AS text) = ''"
            row = await pool.row(plan(sql), [b""])
            assert row[0] == str(number).encode()
            assert int(row[1] or 0) <= 4

    wire.run(work, connections=1)


def test_a_session_only_reads_and_finds_its_schema(wire: Wire) -> None:
    async def work(pool: Pool) -> tuple[bytes | None, ...]:
        with pytest.raises((errors.Unavailable, psycopg.Error), match="read-only transaction"):
            await pool.row(
                plan("INSERT INTO record VALUES (gen_random_uuid(), CAST($1 AS text)) RETURNING entity"), [b""]
            )
        names = ("search_path", "jit", "plan_cache_mode", "default_transaction_read_only", "TimeZone")
        shown = ", ".join(f"current_setting('{name}')" for name in names)
        return await pool.row(plan(f"SELECT {shown} WHERE CAST($1 AS text) = ''"), [b""])

    schema = wire.database.settings.schema_name
    assert wire.run(work) == (f"{schema},public".encode(), b"off", b"force_generic_plan", b"on", b"UTC")


def test_what_postgresql_refuses_keeps_the_connection(wire: Wire) -> None:
    async def work(pool: Pool) -> None:
        before = await echo(pool, "before")
        for sql in ("SELECT 1 / CAST($1 AS int)", "SELECT nonsense FROM CAST($1 AS text)", "SELEKT $1"):
            with pytest.raises((errors.BadQuestion, psycopg.Error)):
                await pool.row(plan(sql), [b"0"])
        assert await echo(pool, "after") == before

    wire.run(work, connections=1)


def test_a_question_that_loses_a_deadlock_is_asked_once_more(wire: Wire) -> None:
    schema = wire.database.settings.schema_name
    with wire.database.engine.begin() as writing:
        writing.exec_driver_sql("DROP TABLE IF EXISTS left_one, right_one")
        writing.exec_driver_sql("CREATE TABLE left_one AS SELECT 'answered' AS said")
        writing.exec_driver_sql("CREATE TABLE right_one AS SELECT 1 AS one")
        writing.exec_driver_sql(
            f"CREATE OR REPLACE FUNCTION {schema}.look_right() RETURNS integer LANGUAGE plpgsql AS"
            f" $$ BEGIN RETURN (SELECT one FROM {schema}.right_one); END $$"
        )
    owner = psycopg.conninfo.make_conninfo(wire.database.url, user="postgres", options=f"-c search_path={schema}")

    async def work(pool: Pool) -> None:
        asked = plan("SELECT (SELECT said FROM left_one), pg_sleep(CAST($1 AS float8))::text, look_right()::text")
        with psycopg.connect(owner) as migration:
            migration.execute("SET deadlock_timeout = '1min'")  # so that the reader is the one who gives in
            migration.execute("LOCK right_one")
            reading = asyncio.create_task(pool.row(asked, [b"0.2"]))
            await asyncio.sleep(0.4)  # it holds the left one, and waits for the right one
            await asyncio.to_thread(migration.execute, "LOCK left_one")  # granted when the reader has given in
            migration.rollback()
            assert (await reading)[0] == b"answered"

    wire.run(work, connections=1)

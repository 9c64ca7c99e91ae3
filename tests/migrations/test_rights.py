"""Each role of the database may do its work and nothing else: what is forbidden is tried, as that role, on real tables."""

from collections.abc import Callable, Iterator

import psycopg
import pytest
import sqlalchemy as sa

from baseregistry import cluster, db
from baseregistry.migrations import rights, run
from baseregistry.registries.installation import declared
from baseregistry.registries.show import Chosen, findings
from baseregistry.registries.verification import verify
from baseregistry.roles import Role
from baseregistry.settings import Settings
from tests.access.log import entry
from tests.access.log import verified as log_verified
from tests.access.log import written as logged
from tests.access.register import Register
from tests.conftest import Database

Connect = Callable[[Role], psycopg.Connection]
PAST = "BR001"
RIGHT = "42501"
VERSIONS = ("access_agency", "access_client", "administration_unit", "administration_succession")
LEDGER = (*VERSIONS, "record", "ledger_change", "code", "installation")
LOG = (
    *("access_context", "access_request", "access_record", "access_group", "access_checkpoint"),
    *("access_lines", "access_unpacked"),
)
TABLES = (*LEDGER, *LOG, "idempotency")
SERVING = (Role.READING, Role.WRITING, Role.LOGGING)


@pytest.fixture(scope="module")
def told(running_cluster: cluster.Cluster, template: Callable[[int], str]) -> Iterator[Database]:
    """A database with a little in its ledger and its log."""
    settings = Settings()
    name = "rights_of_roles"
    running_cluster.make_database(name)
    url = running_cluster.url(name)
    engine = db.engine(url, settings.schema_name)
    given = settings.model_copy(update={"database_url": Settings(database_url=url).database_url})
    database = Database(name, given, engine, declared(given))
    run.upgrade(engine, database.installation)
    register = Register(database)
    register.before()
    register.callers()
    register.reform()
    logged(database, [entry(1), entry(2)])
    yield database
    engine.dispose()
    with psycopg.connect(running_cluster.url("postgres", "postgres"), autocommit=True) as connection:
        connection.execute(f'DROP DATABASE "{name}" WITH (FORCE)')  # type: ignore[call-overload]


@pytest.fixture
def connect(told: Database, running_cluster: cluster.Cluster) -> Iterator[Connect]:
    """Connects as a role, for this test."""
    made = []

    def connected(role: Role) -> psycopg.Connection:
        url = running_cluster.urls(told.name).of(role)
        made.append(psycopg.connect(url, options="-c search_path=baseregistry,public", autocommit=True))
        return made[-1]

    yield connected
    for connection in made:
        connection.close()


def refused(connection: psycopg.Connection, statement: str) -> str | None:
    """With which state PostgreSQL refuses a statement."""
    with pytest.raises(psycopg.Error) as refusal:
        connection.execute(statement)  # type: ignore[call-overload]
    return refusal.value.sqlstate


def test_everything_in_the_schema_is_classified(told: Database) -> None:
    with told.engine.connect() as connection:
        assert rights.unclassified(connection, told.installation) == []
        connection.exec_driver_sql("CREATE TABLE somebodys (n int)")
        connection.exec_driver_sql("CREATE FUNCTION some_day() RETURNS int LANGUAGE sql STABLE AS 'SELECT 1'")
        assert rights.unclassified(connection, told.installation) == ["somebodys", "some_day"]
        rights.grant(connection, told.installation)
        for role in Role:
            may = sa.text("SELECT has_table_privilege(:role, 'somebodys', 'SELECT, INSERT, UPDATE, DELETE')")
            assert not connection.execute(may, {"role": role.of(cluster.ROLE)}).scalar_one()
        call = sa.text("SELECT has_function_privilege(:role, 'some_day()', 'EXECUTE')")
        assert not connection.execute(call, {"role": Role.READING.of(cluster.ROLE)}).scalar_one()
        connection.rollback()


@pytest.mark.parametrize("role", Role)
def test_nobody_but_the_owner_rewrites(connect: Connect, role: Role) -> None:
    connection = connect(role)
    for table in TABLES:
        columns = connection.execute(
            "SELECT attname FROM pg_attribute WHERE attrelid = to_regclass(%s) AND attnum > 0 AND attgenerated = ''",
            [f"baseregistry.{table}"],
        ).fetchall()
        for (column,) in columns:
            state = refused(connection, f"UPDATE {table} SET {column} = {column}")
            open_to = role is Role.WRITING and (
                column == "recorded_to" or (table, column) == ("idempotency", "kept_until")
            )
            assert state == (PAST if open_to else RIGHT), (table, column)
        assert refused(connection, f"TRUNCATE {table} CASCADE") == RIGHT
        if (role, table) != (Role.WRITING, "idempotency"):
            assert refused(connection, f"DELETE FROM {table}") == RIGHT


@pytest.mark.parametrize("role", Role)
def test_nobody_but_the_owner_changes_the_schema(connect: Connect, role: Role) -> None:
    connection = connect(role)
    for table in TABLES:
        for statement in (
            f"ALTER TABLE {table} DISABLE TRIGGER ALL",
            f"ALTER TABLE {table} ADD COLUMN more int",
            f"ALTER TABLE {table} OWNER TO CURRENT_USER",
            f"DROP TABLE {table} CASCADE",
            f"CREATE TRIGGER mine BEFORE INSERT ON {table} FOR EACH ROW EXECUTE FUNCTION refuse_rewriting()",
            f"CREATE INDEX ON {table} ((1))",
            f"CREATE RULE mine AS ON INSERT TO {table} DO INSTEAD NOTHING",
        ):
            assert refused(connection, statement) == RIGHT, statement
    for statement in (
        "CREATE TABLE baseregistry.mine ()",
        "CREATE TABLE public.mine ()",
        "CREATE SCHEMA mine",
        "CREATE FUNCTION baseregistry.mine() RETURNS int LANGUAGE sql AS 'SELECT 1'",
        "DROP FUNCTION baseregistry.refuse_rewriting() CASCADE",
        "DROP SCHEMA baseregistry CASCADE",
        "CREATE ROLE mine",
        "CREATE EXTENSION dblink",
    ):
        assert refused(connection, statement) == RIGHT, statement


@pytest.mark.parametrize("role", Role)
def test_nobody_leaves_the_database(connect: Connect, role: Role) -> None:
    connection = connect(role)
    for other in ("postgres", cluster.ROLE, *(one.of(cluster.ROLE) for one in Role if one is not role)):
        assert refused(connection, f"SET ROLE {other}") == RIGHT
        assert refused(connection, f"SET SESSION AUTHORIZATION {other}") == RIGHT
    for statement in (
        "SELECT pg_read_file('postgresql.conf')",
        "SELECT * FROM pg_ls_dir('.')",
        "SELECT * FROM pg_authid",
        "COPY (SELECT 1) TO '/tmp/mine'",
        "COPY (SELECT 1) TO PROGRAM 'true'",
        "SET session_replication_role = replica",
        "ALTER SYSTEM SET fsync = off",
        "LOAD 'auto_explain'",
        "SELECT lo_import('/etc/passwd')",
    ):
        assert refused(connection, statement) == RIGHT, statement


@pytest.mark.parametrize("role", SERVING)
def test_who_serves_does_not_read_the_log(connect: Connect, role: Role) -> None:
    connection = connect(role)
    partitions = connection.execute(
        "SELECT inhrelid::regclass::text FROM pg_inherits JOIN pg_class c ON c.oid = inhrelid"
        " WHERE c.relkind IN ('r', 'p')"
    ).fetchall()
    assert len(partitions) >= 10
    assert refused(connection, "SELECT * FROM access_seen") == RIGHT
    for table in (*LOG, *(name for (name,) in partitions)):
        assert refused(connection, f"SELECT count(*) FROM {table}") == RIGHT, table
        assert refused(connection, f"COPY {table} TO STDOUT") == RIGHT, table
        assert refused(connection, f"INSERT INTO {table} DEFAULT VALUES") == RIGHT, table


def test_who_reads_sees_no_salts_and_writes_nothing(connect: Connect) -> None:
    connection = connect(Role.READING)
    for table in VERSIONS:
        assert connection.execute(f"SELECT count(record_id) FROM {table}").fetchone()  # type: ignore[call-overload]
        for column in ("salt", "salts", "*"):
            assert refused(connection, f"SELECT {column} FROM {table}") == RIGHT
        assert refused(connection, f"COPY {table} TO STDOUT") == RIGHT
    for table in LEDGER:
        assert refused(connection, f"INSERT INTO {table} DEFAULT VALUES") == RIGHT
    assert refused(connection, "SELECT * FROM idempotency") == RIGHT
    assert refused(connection, "CREATE TEMP TABLE mine ()") == RIGHT
    for call in ("tell_planner('land_parcel')", "access_append('x')", "access_prepare('{land}', '2026-01-01', 1)"):
        assert refused(connection, f"SELECT baseregistry.{call}") == RIGHT


def test_who_logs_has_the_functions_of_the_log_and_nothing_else(connect: Connect) -> None:
    connection = connect(Role.LOGGING)
    for table in TABLES:
        assert refused(connection, f"SELECT count(*) FROM {table}") == RIGHT
        assert refused(connection, f"INSERT INTO {table} DEFAULT VALUES") == RIGHT
    assert refused(connection, "SELECT access_append('x')") == RIGHT
    assert refused(connection, "SELECT tell_planner('land_parcel')") == RIGHT
    assert refused(connection, "CREATE TEMP TABLE mine ()") == RIGHT


def test_the_log_is_kept_through_its_functions(told: Database, running_cluster: cluster.Cluster) -> None:
    before = log_verified(told)
    url = Settings(database_url=running_cluster.urls(told.name).of(Role.LOGGING)).database_url
    as_logger = Database(
        told.name, told.settings.model_copy(update={"database_url": url}), told.engine, told.installation
    )
    logged(as_logger, [entry(3), entry(4)], [entry(5)])
    after = log_verified(told)
    assert after.problems == []
    assert after.position == before.position + 2


PROVENANCE = "recorded_at, kind, agency, recorded_by, feed, synthetic, schema_edition, digest, head"


def test_who_writes_adds_to_the_head_and_nowhere_else(told: Database, connect: Connect) -> None:
    connection = connect(Role.WRITING)
    row = connection.execute("SELECT max(position) FROM ledger_change").fetchone()
    assert row
    last = row[0]
    copied = ", ".join(
        column.name
        for column in told.installation.tables.versions["administration.unit"].columns
        if column.name not in {"recorded_from", "recorded_to", "valid"} and column.computed is None
    )
    for position in (1, last, last + 2):
        insert = (
            f"INSERT INTO administration_unit (recorded_from, valid, {copied}) SELECT {position},"
            f" '[1900-01-01,1901-01-01)', {copied} FROM administration_unit LIMIT 1"
        )
        assert refused(connection, insert) == PAST
        close = f"UPDATE administration_unit SET recorded_to = {position} WHERE recorded_to IS NULL"
        assert refused(connection, close) == PAST
    closed = (
        f"INSERT INTO administration_unit (recorded_from, recorded_to, valid, {copied}) SELECT {last + 1}, {last + 2},"
        f" '[1900-01-01,1901-01-01)', {copied} FROM administration_unit LIMIT 1"
    )
    assert refused(connection, closed) == PAST
    for position, head in ((last + 1, "sha256('x')"), (last + 2, "head"), (last + 1, "head")):
        change = (
            f"INSERT INTO ledger_change (position, {PROVENANCE}) SELECT {position}, now(), kind, agency, recorded_by, feed,"
            f" synthetic, schema_edition, digest, {head} FROM ledger_change ORDER BY ledger_change.position DESC LIMIT 1"
        )
        assert refused(connection, change) == PAST


@pytest.mark.parametrize("path", ["pg_temp, baseregistry, pg_catalog", "pg_temp", ""])
def test_temporary_tables_deceive_no_guard(connect: Connect, path: str) -> None:
    connection = connect(Role.WRITING)
    connection.execute("CREATE TEMP TABLE ledger_change AS SELECT 100::bigint AS position, now() AS recorded_at")
    connection.execute("CREATE TEMP TABLE pg_class AS SELECT * FROM pg_catalog.pg_class")
    connection.execute("CREATE TEMP TABLE pg_attribute AS SELECT attrelid, attname FROM pg_catalog.pg_attribute")
    connection.execute("CREATE DOMAIN pg_temp.bytea AS pg_catalog.bytea")
    connection.execute(
        "CREATE FUNCTION pg_temp.has_table_privilege(oid, text) RETURNS boolean LANGUAGE sql AS 'SELECT true'"
    )
    connection.execute("SELECT set_config('search_path', %s, false)", [path])
    close = "UPDATE baseregistry.administration_unit SET recorded_to = 101 WHERE recorded_to IS NULL"
    assert refused(connection, close) == PAST
    assert refused(connection, "SELECT baseregistry.tell_planner('access_group')") == RIGHT
    assert refused(connection, "SELECT baseregistry.tell_planner('pg_authid')") == RIGHT
    assert connection.execute("SELECT baseregistry.tell_planner('land_parcel')").fetchone()


def test_who_logs_deceives_no_function_of_the_log(connect: Connect, told: Database) -> None:
    """It makes no temporary tables; and the functions do not look where its search path says."""
    connection = connect(Role.LOGGING)
    connection.execute("SET search_path = ''")
    connection.execute("SELECT baseregistry.access_prepare('{land}', '2027-01-01', 2)")
    statement = sa.text("SELECT proname, prosecdef, proconfig FROM pg_proc WHERE proname = ANY(:names)")
    with told.engine.connect() as owner:
        found = owner.execute(statement, {"names": list(rights.DEFINERS)}).all()
    assert {"access_keep", "access_prepare"} <= {one.proname for one in found}
    for one in found:
        assert one.prosecdef
        assert one.proconfig == ["search_path=pg_catalog, baseregistry, public, pg_temp"]


def test_who_audits_recomputes_ledger_and_log_and_writes_nothing(
    told: Database, running_cluster: cluster.Cluster, connect: Connect
) -> None:
    engine = db.engine(running_cluster.urls(told.name).of(Role.AUDITING), told.settings.schema_name)
    auditor = Database(told.name, told.settings, engine, told.installation)
    with db.reading(engine) as reading:
        verdict = verify(reading, told.installation)
        list(findings(reading, told.installation, Chosen()))
    assert verdict.sound
    assert verdict.versions > 10
    assert log_verified(auditor).problems == []
    engine.dispose()
    connection = connect(Role.AUDITING)
    for table in TABLES:
        assert refused(connection, f"INSERT INTO {table} DEFAULT VALUES") == RIGHT
    assert refused(connection, "SELECT access_append('x')") == RIGHT
    assert refused(connection, "CREATE TEMP TABLE mine ()") == RIGHT

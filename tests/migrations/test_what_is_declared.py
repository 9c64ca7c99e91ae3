"""The migrations make exactly what is declared: `alembic check` sees columns and indexes, this sees the guards too."""

from collections.abc import Iterator
from uuid import uuid4

import psycopg
import pytest

from baseregistry import cluster, db, errors
from baseregistry.migrations import run
from baseregistry.registries import guards
from tests.conftest import Database

LOG = (*run.LOG, "access_micros", "access_chained", "access_append", "access_keep", "access_prepare", "access_unpack")
CATALOGUE = {
    "functions": "SELECT proname, pg_get_functiondef(oid) FROM pg_proc WHERE pronamespace = :schema",
    "triggers": "SELECT tgrelid::regclass::text || ' ' || tgname, pg_get_triggerdef(t.oid) FROM pg_trigger t"
    " JOIN pg_class c ON c.oid = tgrelid WHERE NOT tgisinternal AND c.relnamespace = :schema",
    "constraints": "SELECT conrelid::regclass::text || ' ' || conname, pg_get_constraintdef(oid) FROM pg_constraint"
    " WHERE connamespace = :schema",
    "indexes": "SELECT indexname, indexdef FROM pg_indexes WHERE schemaname = 'baseregistry'",
    "columns": "SELECT attrelid::regclass::text || ' ' || attname, format_type(atttypid, atttypmod) || ' ' || attnotnull"
    " || coalesce(' ' || pg_get_expr(adbin, adrelid), '') || ' ' || attcollation::regcollation::text"
    " FROM pg_attribute a JOIN pg_class c ON c.oid = attrelid LEFT JOIN pg_attrdef d ON (adrelid, adnum) = (attrelid, attnum)"
    " WHERE relkind = 'r' AND attnum > 0 AND NOT attisdropped AND relnamespace = :schema",
}


def catalogue(url: str, what: str) -> dict[str, str]:
    """What stands in a database, by name, without Alembic's own table and the access log's, which only 0006 and 0009 make."""
    with psycopg.connect(url, options="-c search_path=baseregistry,public") as connection:
        schema = "'baseregistry'::regnamespace"
        rows = connection.execute(CATALOGUE[what].replace(":schema", schema)).fetchall()  # type: ignore[call-overload]
    return {name: said for name, said in rows if "alembic_version" not in name and not name.startswith(LOG)}


@pytest.fixture
def declared_only(database: Database, running_cluster: cluster.Cluster) -> Iterator[str]:
    """A database made from the declarations alone."""
    name = f"declared_{uuid4().hex}"
    running_cluster.make_database(name)
    engine = db.engine(running_cluster.url(name), "baseregistry")
    with engine.begin() as connection:
        connection.exec_driver_sql("CREATE SCHEMA baseregistry")
        for statement in guards.ddl(database.installation):
            connection.exec_driver_sql(statement.replace("%", "%%"))
    engine.dispose()
    yield running_cluster.url(name)
    with psycopg.connect(running_cluster.url("postgres", "postgres"), autocommit=True) as connection:
        connection.execute(f'DROP DATABASE "{name}" WITH (FORCE)')  # type: ignore[call-overload]


def test_migrations_make_what_is_declared(database: Database, declared_only: str) -> None:
    for what in CATALOGUE:
        made, declared = catalogue(database.url, what), catalogue(declared_only, what)
        assert made, what
        assert made == declared, what


def test_the_database_of_a_newer_program_is_left_alone(database: Database) -> None:
    with database.engine.begin() as connection:
        connection.exec_driver_sql("UPDATE alembic_version SET version_num = '9999'")
    with pytest.raises(errors.Unavailable, match="9999") as refusal:
        run.upgrade(database.engine, database.installation)
    assert refusal.value.code == "register.unknown_edition"

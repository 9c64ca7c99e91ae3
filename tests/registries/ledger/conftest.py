"""The small register in databases of its own, and how long Hypothesis searches.

`make test` runs the profile ``proof``: the same examples on every machine.  A longer search is
``HYPOTHESIS_PROFILE=soak pytest tests/registries/ledger``.
"""

import os
from collections.abc import Iterator
from uuid import uuid4

import psycopg
import pytest
from hypothesis import HealthCheck, settings

from baseregistry import cluster, db
from baseregistry.registries import guards
from baseregistry.registries.tables import Installation
from tests.registries.ledger.register import DECLARATIONS, SCHEMA, SRID, ZONE, Ground

COMMON = {
    "deadline": None,
    "database": None,
    "suppress_health_check": (HealthCheck.too_slow, HealthCheck.data_too_large, HealthCheck.large_base_example),
}
settings.register_profile("proof", max_examples=100, derandomize=True, **COMMON)
settings.register_profile(
    "soak", max_examples=int(os.environ.get("HYPOTHESIS_EXAMPLES", "5000")), print_blob=True, **COMMON
)
settings.load_profile(os.environ.get("HYPOTHESIS_PROFILE", "proof"))


def ground_in(running: cluster.Cluster, name: str) -> Ground:
    """The small register in a database of its own: a copy of one that is made once."""
    installation = Installation(DECLARATIONS, SCHEMA, SRID, ZONE)
    with running.folder.locked("ground"), administrator(running) as connection:
        if not connection.execute("SELECT 1 FROM pg_database WHERE datname = 'ground'").fetchone():
            _make(running, installation)
        connection.execute(f'CREATE DATABASE "{name}" OWNER {cluster.ROLE} TEMPLATE ground STRATEGY FILE_COPY')
    url = running.url(name)
    return Ground(name, url, db.engine(url, SCHEMA), installation)


def _make(running: cluster.Cluster, installation: Installation) -> None:
    running.make_database("ground_draft")
    engine = db.engine(running.url("ground_draft"), SCHEMA)
    with engine.begin() as connection:
        connection.exec_driver_sql(f"CREATE SCHEMA {SCHEMA}")
        for statement in guards.ddl(installation):
            connection.exec_driver_sql(statement.replace("%", "%%"))
    engine.dispose()
    with administrator(running) as connection:
        connection.execute("ALTER DATABASE ground_draft RENAME TO ground")


def administrator(running: cluster.Cluster) -> psycopg.Connection:
    return psycopg.connect(running.url("postgres", "postgres"), autocommit=True)


def drop(running: cluster.Cluster, ground: Ground) -> None:
    ground.engine.dispose()
    with administrator(running) as connection:
        connection.execute(f'DROP DATABASE IF EXISTS "{ground.name}" WITH (FORCE)')


@pytest.fixture(scope="module")
def ground(running_cluster: cluster.Cluster) -> Iterator[Ground]:
    """One database for all tests of a module: each uses records of its own, positions go on."""
    made = ground_in(running_cluster, f"ground_{uuid4().hex}")
    yield made
    drop(running_cluster, made)


@pytest.fixture
def fresh(running_cluster: cluster.Cluster) -> Iterator[Ground]:
    """A database of this test's own, with an empty ledger."""
    made = ground_in(running_cluster, f"ground_{uuid4().hex}")
    yield made
    drop(running_cluster, made)

"""A database for each module of questions, and someone who asks it."""

from collections.abc import Iterator
from typing import Any
from uuid import uuid4

import psycopg
import pytest
from pydantic import SecretStr

from baseregistry import cluster, db
from baseregistry.registries.installation import declared
from baseregistry.settings import Settings
from tests.conftest import SRID, Database
from tests.registries.answer.asking import Asker, connect


@pytest.fixture(scope="module")
def shared(running_cluster: cluster.Cluster, template: Any) -> Iterator[Database]:
    """One migrated database for all tests of a module; what they write must not disturb each other."""
    name = f"answers_{uuid4().hex}"
    settings = Settings(database_url=SecretStr(running_cluster.url(name)), srid=SRID)
    administrator = psycopg.connect(running_cluster.url("postgres", "postgres"), autocommit=True)
    administrator.execute(f'CREATE DATABASE "{name}" OWNER {cluster.ROLE} TEMPLATE "{template(SRID)}"')
    engine = db.engine(running_cluster.url(name), settings.schema_name)
    yield Database(name, settings, engine, declared(settings))
    engine.dispose()
    administrator.execute(f'DROP DATABASE "{name}" WITH (FORCE)')
    administrator.close()


@pytest.fixture(scope="module")
def asker(shared: Database) -> Iterator[Asker]:
    """Asks the module's database under generic plans, as the pool does."""
    with connect(shared.url, shared.installation.schema, plan_cache_mode="force_generic_plan") as connection:
        yield Asker(shared.installation, connection)


@pytest.fixture
def alone(database: Database) -> Iterator[Asker]:
    """Asks a database of this test's own."""
    with connect(database.url, database.installation.schema, plan_cache_mode="force_generic_plan") as connection:
        yield Asker(database.installation, connection)

"""What tests run on: a private cluster for the session, and for each test a database of its own.

The database is a clone of one that the migrations built.  Workers of pytest-xdist share the cluster: the
process that began the run names its folder in the environment, the first that needs it starts it.
"""

import os
import signal
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from uuid import uuid4

import psycopg
import pytest
import sqlalchemy as sa
from pydantic import SecretStr

from baseregistry import cluster, db, errors
from baseregistry.data_folder import DataFolder
from baseregistry.migrations import run
from baseregistry.registries.installation import declared
from baseregistry.registries.tables import Installation
from baseregistry.roles import Role
from baseregistry.settings import Settings

SRID = 5899
FOLDER = pytest.StashKey[object]()
NAMED = "BASEREGISTRY_TEST_CLUSTER"


@dataclass(frozen=True)
class Database:
    """A migrated database: how it is reached, and what stands in it."""

    name: str
    settings: Settings
    engine: sa.Engine
    installation: Installation

    @property
    def url(self) -> str:
        """Its URL, for libpq and for a child process's BASEREGISTRY_DATABASE_URL."""
        assert self.settings.database_url is not None
        return self.settings.database_url.get_secret_value()


def by_role(url: str) -> dict[str, SecretStr]:
    """Settings for a service that connects by the role of each work, as the embedded database has it."""
    found = {}
    for role in (Role.READING, Role.WRITING, Role.LOGGING, Role.AUDITING):
        found[f"{role.value}_url"] = SecretStr(url.replace(f"//{cluster.ROLE}@", f"//{role.of(cluster.ROLE)}@"))
    return found


MakeDatabase = Callable[..., Database]


def pytest_configure(config: pytest.Config) -> None:
    """Begin the run's cluster folder; settings of the machine do not reach the tests."""
    for name in [name for name in os.environ if name.startswith("BASEREGISTRY_") and "TEST" not in name]:
        del os.environ[name]
    os.environ.pop("PORT", None)
    signal.signal(signal.SIGTERM, signal.default_int_handler)  # as Ctrl-C: what runs is put away
    if not hasattr(config, "workerinput"):
        folder = cluster.temporary()
        config.stash[FOLDER] = folder
        os.environ[NAMED] = str(folder.__enter__().folder.path)


def pytest_unconfigure(config: pytest.Config) -> None:
    """End the cluster and remove its folder."""
    if FOLDER in config.stash:
        config.stash[FOLDER].__exit__(None, None, None)


def missing(what: str) -> None:
    """Skip for want of `what`; where everything has to be there (CI), fail."""
    if os.environ.get("CI") == "true":
        pytest.fail(what)
    pytest.skip(what)


@pytest.fixture(scope="session")
def running_cluster() -> Iterator[cluster.Cluster]:
    """The session's cluster, running."""
    made = cluster.Cluster(DataFolder(Path(os.environ[NAMED])), connections=200, durable=False)
    try:
        with made.used():
            yield made
    except errors.Unavailable as failure:
        if not failure.code.startswith("cluster.no_"):
            raise
        missing(f"{failure.message} {failure.hint}")


@pytest.fixture(scope="session")
def template(running_cluster: cluster.Cluster) -> Callable[[int], str]:
    """Tells the name of a migrated database with a storage CRS, made once in the session."""

    def made(srid: int) -> str:
        name = f"template_{srid}"
        with running_cluster.folder.locked("template"), _administrator(running_cluster) as connection:
            if not connection.execute("SELECT 1 FROM pg_database WHERE datname = %s", [name]).fetchone():
                _migrate(running_cluster, f"{name}_draft", srid)
                connection.execute(f'ALTER DATABASE "{name}_draft" RENAME TO "{name}"')
        return name

    return made


@pytest.fixture
def make_database(running_cluster: cluster.Cluster, template: Callable[[int], str]) -> Iterator[MakeDatabase]:
    """Makes databases for this test: ``make_database(srid=2154)``."""
    made: list[Database] = []

    def make(srid: int = SRID) -> Database:
        name = f"test_{uuid4().hex}"
        settings = Settings(database_url=SecretStr(running_cluster.url(name)), srid=srid)
        with _administrator(running_cluster) as connection:
            source = template(srid)
            connection.execute(f'CREATE DATABASE "{name}" OWNER {cluster.ROLE} TEMPLATE "{source}" STRATEGY FILE_COPY')
            path = f"search_path = {settings.schema_name}, public"
            connection.execute(f'ALTER ROLE {cluster.ROLE} IN DATABASE "{name}" SET {path}')
        engine = db.engine(running_cluster.url(name), settings.schema_name)
        made.append(Database(name, settings, engine, declared(settings)))
        return made[-1]

    yield make
    for database in made:
        database.engine.dispose()
        with _administrator(running_cluster) as connection:
            connection.execute(f'DROP DATABASE "{database.name}" WITH (FORCE)')


@pytest.fixture
def database(make_database: MakeDatabase) -> Database:
    """A database of this test's own, in the storage CRS of the sample province (EPSG:5899)."""
    return make_database()


@pytest.fixture(scope="session")
def test_data() -> Callable[[str], Path]:
    """Finds a file of the shared test data: ``test_data("parcels/…json")``; skips where it is missing."""
    folder = Path(os.environ.get("BASEREGISTRY_TEST_DATA") or Path(__file__).parents[2] / "shared" / "data")

    def find(name: str) -> Path:
        if not (folder / name).exists():
            missing(f"{name} is not in {folder}: set BASEREGISTRY_TEST_DATA to the folder of the test data.")
        return folder / name

    return find


def _administrator(running_cluster: cluster.Cluster) -> psycopg.Connection:
    return psycopg.connect(running_cluster.url("postgres", "postgres"), autocommit=True)


def _migrate(running_cluster: cluster.Cluster, name: str, srid: int) -> None:
    running_cluster.make_database(name)
    settings = Settings(database_url=SecretStr(running_cluster.url(name)), srid=srid)
    engine = db.engine(running_cluster.url(name), settings.schema_name)
    run.upgrade(engine, declared(settings))
    engine.dispose()

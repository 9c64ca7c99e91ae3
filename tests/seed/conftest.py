"""A sample province of a few hundred people, written once for all tests that only look at it."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any
from uuid import uuid4

import psycopg
import pytest
import sqlalchemy as sa
from pydantic import SecretStr

from baseregistry import cluster, db
from baseregistry.registries.installation import declared
from baseregistry.seed import Summary, seed
from baseregistry.settings import Settings
from tests.conftest import SRID, Database

PEOPLE = 360


class Watch:
    """Remembers what progress was told."""

    def __init__(self) -> None:
        self.totals: dict[str, int] = {}
        self.steps: dict[str, int] = {}
        self._now = ""

    def phase(self, title: str, total: int) -> None:
        self._now = title
        self.totals[title] = total

    def advance(self, steps: int) -> None:
        self.steps[self._now] = self.steps.get(self._now, 0) + steps


@dataclass(frozen=True)
class Province:
    """The seeded database."""

    database: Database
    summary: Summary
    watch: Watch
    statements: list[str]  # all that the seeding said to the database, in order

    def ask(self, statement: str, **values: object) -> list[sa.Row[Any]]:
        with db.reading(self.database.engine) as reading:
            return list(reading.execute(statement, values))


@pytest.fixture(scope="package")
def province(running_cluster: cluster.Cluster, template: Callable[[int], str]) -> Iterator[Province]:
    name, watch = f"province_{uuid4().hex}", Watch()
    settings = Settings(database_url=SecretStr(running_cluster.url(name)))
    with psycopg.connect(running_cluster.url("postgres", "postgres"), autocommit=True) as administrator:
        administrator.execute(f'CREATE DATABASE "{name}" OWNER {cluster.ROLE} TEMPLATE "{template(SRID)}"')
        engine = db.engine(running_cluster.url(name), settings.schema_name)
        statements: list[str] = []
        sa.event.listen(engine, "before_cursor_execute", lambda *said: statements.append(said[2]))
        summary = seed(engine, declared(settings), PEOPLE, watch)
        yield Province(Database(name, settings, engine, declared(settings)), summary, watch, statements[:])
        engine.dispose()
        administrator.execute(f'DROP DATABASE "{name}" WITH (FORCE)')

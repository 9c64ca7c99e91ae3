"""A register with one commune in it, and someone who asks it."""

from collections.abc import Iterator
from datetime import datetime

import pytest

from tests.conftest import Database
from tests.registries.answer.asking import Asker, connect
from tests.registries.scene import Scene


@pytest.fixture
def scene(database: Database) -> Scene:
    return Scene(database)


@pytest.fixture
def asker(database: Database) -> Iterator[Asker]:
    """Asks as the service does, under generic plans."""
    with connect(database.url, database.installation.schema, plan_cache_mode="force_generic_plan") as connection:
        yield Asker(database.installation, connection)


def day(year: int, month: int = 1, number: int = 1) -> datetime:
    """The first instant of a day in the register's zone (+07)."""
    return datetime.fromisoformat(f"{year}-{month:02}-{number:02}T00:00:00+07:00")

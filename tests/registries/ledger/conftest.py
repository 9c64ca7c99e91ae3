"""The small register in databases of its own, and how long Hypothesis searches.

`make test` runs the profile ``proof``: the same examples on every machine.  A longer search is
``HYPOTHESIS_PROFILE=soak pytest tests/registries/ledger``.
"""

import os
from collections.abc import Iterator
from datetime import date
from typing import Any
from uuid import UUID, uuid4

import psycopg
import pytest
from hypothesis import HealthCheck, settings

from baseregistry import cluster, db
from baseregistry.registries import guards
from baseregistry.registries.acts import change, register
from baseregistry.registries.ledger import Document
from baseregistry.registries.tables import Installation
from tests.registries.ledger.register import (
    DECLARATIONS,
    LINK,
    LINK_ID,
    PLACE,
    PLACE_ID,
    SCHEMA,
    SRID,
    STRANGER,
    THING,
    THING_ID,
    ZONE,
    Example,
    Ground,
    period,
    say,
    verdict_of,
)

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


@pytest.fixture(scope="module")
def told(ground: Ground) -> Ground:
    """Six changes: every attribute of every entity has a value, and each entity a version that was closed."""
    since = date(1956, 1, 1), date(1957, 1, 1)
    facts: dict[str, dict[str, Any]] = {
        "place": {"code": "A", "size": "1.50", "since": since, "spot": "POINT (1 2)"},
        "thing": {"name": "An", "n": 1, "place": PLACE_ID, "born": PLACE_ID, "last": PLACE_ID},
        "link": {"mark": "x", "turn": 1, "share": "1/2", "open": True, "day": since[0], "owner": THING_ID},
    }
    example = Example()
    values = {
        entity: {name: value if isinstance(value, UUID) else example.told(name, value) for name, value in said.items()}
        for entity, said in facts.items()
    }
    say(ground, register(PLACE, PLACE_ID, period(None, None), values["place"]))
    say(ground, register(THING, THING_ID, period(2, None), values["thing"]))
    say(ground, register(LINK, LINK_ID, period(3, 9), values["link"]))
    say(
        ground,
        change(PLACE, PLACE_ID, period(4, None), {"keeper": THING_ID}),
        change(THING, THING_ID, period(5, 6), {"n": 2}),
    )
    more = {"document": Document("1", since[0], b"\0"), "source_recorded_at": period(4, 5).begin}
    say(ground, change(LINK, LINK_ID, period(5, 6), {"turn": 2}), case="1", event="e", legal_basis="l", **more)
    say(ground, register(PLACE, STRANGER, period(None, None), {"code": "Z"}))
    assert verdict_of(ground).sound
    return ground

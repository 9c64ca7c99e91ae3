"""A database is made only for settings that can serve; what the server forbids is told."""

from collections.abc import Iterator
from uuid import uuid4

import psycopg
import pytest
import sqlalchemy as sa
from pydantic import SecretStr

from baseregistry import cluster, db, errors
from baseregistry.migrations import run
from baseregistry.registries.installation import declared
from baseregistry.settings import Settings
from tests.conftest import Database


@pytest.fixture
def empty(running_cluster: cluster.Cluster) -> Iterator[sa.Engine]:
    """A database in which nothing stands."""
    name = f"empty_{uuid4().hex}"
    running_cluster.make_database(name)
    engine = db.engine(running_cluster.url(name), "baseregistry")
    yield engine
    engine.dispose()
    with psycopg.connect(running_cluster.url("postgres", "postgres"), autocommit=True) as connection:
        connection.execute(f'DROP DATABASE "{name}" WITH (FORCE)')


@pytest.mark.parametrize(
    ("chosen", "code"),
    [
        ({"srid": 4326}, "register.bad_srid"),
        ({"srid": 2229}, "register.bad_srid"),  # California, in feet
        ({"srid": 999999}, "input.unknown_crs"),
        ({"srid": 6959}, "input.swapped_crs"),
        ({"time_zone": "Asia/Saigon2"}, "register.bad_zone"),
        ({"time_zone": "Asia"}, "register.bad_zone"),
        ({"time_zone": ""}, "register.bad_zone"),
    ],
)
def test_settings_that_cannot_serve_are_refused_before_anything_is_written(
    empty: sa.Engine, chosen: dict[str, int | str], code: str
) -> None:
    settings = Settings(database_url=SecretStr("postgresql:///nowhere")).model_copy(update=chosen)
    with pytest.raises(errors.BadInput) as refused:
        run.upgrade(empty, declared(settings))
    assert refused.value.code == code
    assert refused.value.hint
    with empty.connect() as connection:
        assert connection.execute(sa.text("SELECT to_regnamespace('baseregistry')")).scalar_one() is None


def test_a_newer_schema_edition_is_never_lowered(database: Database) -> None:
    def edition(said: str | None = None) -> str:
        with database.engine.begin() as connection:
            if said:
                connection.execute(sa.text("UPDATE installation SET schema_edition = :said"), {"said": said})
            told: str = connection.execute(sa.text("SELECT schema_edition FROM installation")).scalar_one()
        return told

    known = edition()
    edition("10")  # newer than "9" too: editions are numbers
    with pytest.raises(errors.Unavailable) as refused:
        run.upgrade(database.engine, database.installation)
    assert refused.value.code == "register.unknown_edition"
    assert edition() == "10"
    edition("0")
    run.upgrade(database.engine, database.installation)
    assert edition() == known


def forget_zones(running_cluster: cluster.Cluster, database: Database, *codes: int) -> None:
    """As on a server whose PostGIS is too old for these codes, and whose owner lets nobody add them."""
    with psycopg.connect(running_cluster.url(database.name, "postgres"), autocommit=True) as administrator:
        administrator.execute("DELETE FROM public.spatial_ref_sys WHERE srid = ANY(%s)", [list(codes)])


def test_zones_that_postgis_does_not_know_are_told(running_cluster: cluster.Cluster, database: Database) -> None:
    with database.engine.connect() as connection:
        assert run.missing_zones(connection) == []
    forget_zones(running_cluster, database, 9205, 9218)
    with database.engine.connect() as connection:
        assert run.missing_zones(connection) == [9205, 9218]
    assert run.upgrade(database.engine, database.installation) == []


def test_a_storage_crs_that_postgis_does_not_know_is_refused(
    running_cluster: cluster.Cluster, database: Database
) -> None:
    forget_zones(running_cluster, database, 5899)
    with pytest.raises(errors.Unavailable, match="EPSG:5899") as refused:
        run.upgrade(database.engine, database.installation)
    assert refused.value.code == "register.crs_missing"

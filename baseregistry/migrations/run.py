"""`baseregistry migrate`: brings a database to this version of the schema, and fills the code lists."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

import sqlalchemy as sa
from alembic import command
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from alembic.script.revision import RevisionError
from psycopg.types.range import DateRange

from baseregistry import errors
from baseregistry.migrations import rights
from baseregistry.registries import crs
from baseregistry.registries.codes import entries
from baseregistry.registries.declare import CodeList, Edition
from baseregistry.registries.tables import Installation

PROVINCE_ZONES = [*range(5896, 5900), *range(9205, 9219)]  # VN-2000 / TM-3
EXTENSIONS = ("postgis", "btree_gist", "unaccent")
LOG = (
    *("access_context", "access_request", "access_record", "access_group", "access_checkpoint"),
    *("access_lines", "access_unpacked"),
)
MONTHS_AHEAD = 3  # partitions of the access log that are made with a migration: this month's and the next two


Agreed = Callable[[sa.Connection], None]  # looks at the migrated database before it is committed


@dataclass(frozen=True, slots=True)
class Step:
    """One migration that is still to run, and the locks it takes."""

    revision: str
    title: str
    locks: str


def script() -> ScriptDirectory:
    """The migrations, as Alembic reads them."""
    return ScriptDirectory(str(Path(__file__).parent))


def current(connection: sa.Connection, schema: str) -> str | None:
    """The revision the database is at, None if it was never migrated."""
    return MigrationContext.configure(connection, opts={"version_table_schema": schema}).get_current_revision()


def pending(connection: sa.Connection, schema: str) -> list[Step]:
    """The migrations that `upgrade` would run, oldest first.  Raises errors.Unavailable for a newer program's database."""
    at, scripts = current(connection, schema), script()
    try:
        steps = list(scripts.iterate_revisions("head", at or "base"))
    except RevisionError as failure:
        raise errors.Unavailable(
            f"The database is at migration {at}, which this program does not have: it is the older one.",
            code="register.unknown_edition",
            hint="Use the program that migrated the database last, or a newer one.",
        ) from failure
    return [Step(step.revision, step.doc, getattr(step.module, "LOCKS", "")) for step in reversed(steps)]


def upgrade(engine: sa.Engine, installation: Installation, agreed: Agreed | None = None) -> list[Step]:
    """Bring the database to the newest revision, in one transaction; returns what ran.  What `agreed` raises undoes it.

    Raises errors.BadInput when the storage CRS or the zone is none that can serve, errors.Refused when they differ
    from the database's own, errors.Unavailable when PostGIS, another extension or the CRS is missing there.
    """
    _check_settings(installation)
    with engine.begin() as connection:
        _prepare(connection, installation)
        steps = pending(connection, installation.schema)
        if steps:
            command.upgrade(config(connection, installation), "head")
        _check_stored(connection, installation.srid)
        _settle(connection, installation)
        _fill_codes(connection, installation)
        _make_partitions(connection, installation)
        rights.grant(connection, installation)
        if agreed is not None:
            agreed(connection)
    return steps


def missing_zones(connection: sa.Connection) -> list[int]:
    """The EPSG codes of VN-2000 / TM-3 that PostGIS does not know here: they cannot be the CRS of an answer."""
    known = connection.execute(
        sa.text("SELECT srid FROM public.spatial_ref_sys WHERE srid = ANY(:all)"), {"all": PROVINCE_ZONES}
    )
    return sorted(set(PROVINCE_ZONES) - set(known.scalars()))


def config(connection: sa.Connection, installation: Installation) -> Config:
    """Alembic's configuration for one database."""
    made = Config()
    made.set_main_option("script_location", str(Path(__file__).parent))
    made.set_main_option("path_separator", "os")
    made.attributes.update(
        connection=connection,
        metadata=installation.tables.metadata,
        schema=installation.schema,
        srid=installation.srid,
        include_object=ours,
    )
    return made


def ours(thing: Any, name: str | None, kind: str, reflected: bool, compare_to: Any) -> bool:
    """What `alembic check` compares: our tables, not PostGIS's nor Alembic's own, nor the access log's, which only its
    migration makes."""
    return not (
        kind == "table" and reflected and name and (name in {"spatial_ref_sys", "alembic_version"} or of_log(name))
    )


def of_log(name: str) -> bool:
    """Whether a table, or what belongs to one, is the access log's: no table of `Installation`, but of migrations 0006 and 0009."""
    return name.startswith(LOG)


def _check_settings(installation: Installation) -> None:
    """Refuse, before anything is written, a storage CRS in which areas are no m², and a zone that does not exist."""
    if not crs.is_metric(installation.srid):
        raise errors.BadInput(
            f"EPSG:{installation.srid} ({crs.named(installation.srid).name}) does not measure in metres on a plane.",
            code="register.bad_srid",
            hint="Set BASEREGISTRY_SRID to a projected CRS in metres: VN-2000 / TM-3 is 5896-5899 and 9205-9218.",
        )
    try:
        ZoneInfo(installation.zone)
    except (ZoneInfoNotFoundError, ValueError, OSError) as failure:
        raise errors.BadInput(
            f"{installation.zone!r} is no time zone.",
            code="register.bad_zone",
            hint="Set BASEREGISTRY_TIME_ZONE to an IANA name: Asia/Ho_Chi_Minh.",
        ) from failure


def _check_stored(connection: sa.Connection, srid: int) -> None:
    known = sa.text("SELECT EXISTS (SELECT FROM public.spatial_ref_sys WHERE srid = :srid)")
    if not connection.execute(known, {"srid": srid}).scalar_one():
        raise errors.Unavailable(
            f"PostGIS does not know EPSG:{srid} here, and this role may not add it.",
            code="register.crs_missing",
            hint="As the owner of spatial_ref_sys: INSERT INTO spatial_ref_sys (srid, auth_name, auth_srid, srtext, proj4text)"
            f" VALUES ({srid}, 'EPSG', {srid}, '', '');",
        )


def _prepare(connection: sa.Connection, installation: Installation) -> None:
    have = set(connection.execute(sa.text("SELECT extname FROM pg_extension")).scalars())
    for extension in EXTENSIONS:
        if extension in have:
            continue
        try:
            with connection.begin_nested():
                connection.exec_driver_sql(f"CREATE EXTENSION {extension} SCHEMA public")
        except sa.exc.DBAPIError as failure:
            raise errors.Unavailable(
                f"The database lacks the extension {extension} and this role may not create it.",
                code="register.extension_missing",
                hint=f"As a superuser of this database: CREATE EXTENSION {extension} SCHEMA public;",
            ) from failure
    connection.exec_driver_sql(f"CREATE SCHEMA IF NOT EXISTS {installation.schema}")
    connection.exec_driver_sql(
        f"DO $$ BEGIN EXECUTE format('ALTER ROLE CURRENT_USER IN DATABASE %I SET search_path TO {installation.schema}, public',"
        " current_database()); END $$".replace("%", "%%")
    )


def _settle(connection: sa.Connection, installation: Installation) -> None:
    """Keep what the database was created with; refuse settings that contradict it, and to lower its edition."""
    table, declared = installation.tables.installation, installation.declarations.edition
    row = connection.execute(sa.select(table)).one_or_none()
    if row is None:
        chosen = {"srid": installation.srid, "time_zone": installation.zone, "schema_edition": declared}
        connection.execute(table.insert(), {"one": True, **chosen})
    elif (row.srid, row.time_zone) != (installation.srid, installation.zone):
        raise errors.Refused(
            f"This database stores EPSG:{row.srid} in zone {row.time_zone};"
            f" the settings say EPSG:{installation.srid}, {installation.zone}.",
            code="register.other_installation",
            hint="Set BASEREGISTRY_SRID and BASEREGISTRY_TIME_ZONE to the database's own, or use another database.",
        )
    elif int(row.schema_edition) > int(declared):
        raise errors.Unavailable(
            f"The database holds schema edition {row.schema_edition}; this program knows {declared}.",
            code="register.unknown_edition",
            hint="Use the program that migrated the database last, or a newer one: an edition is never lowered.",
        )
    elif row.schema_edition != declared:
        connection.execute(table.update().values(schema_edition=declared))


def _make_partitions(connection: sa.Connection, installation: Installation) -> None:
    """Room for the access log's next rows; the service makes it too when it starts, and when it finds none."""
    registers = [registry.name for registry in installation.declarations.registries]
    statement = sa.text("SELECT access_prepare(:registers, (now() AT TIME ZONE 'UTC')::date, :months)")
    connection.execute(statement, {"registers": registers, "months": MONTHS_AHEAD})


def _fill_codes(connection: sa.Connection, installation: Installation) -> None:
    """Every code of every edition; a code is never removed, its titles may be mended."""
    table = installation.tables.code
    rows = [row for codes in installation.declarations.code_lists.values() for row in code_rows(codes)]
    if not rows:
        return
    insert = sa.dialects.postgresql.insert(table)
    mended = {name: insert.excluded[name] for name in ("title_vi", "title_en", "in_force", "note")}
    connection.execute(insert.on_conflict_do_update(index_elements=["list", "code", "edition"], set_=mended), rows)


def code_rows(codes: CodeList) -> Iterable[dict[str, Any]]:
    """The codes of every edition as rows of the table `code`, with each edition's days."""
    editions = {edition.name: edition for edition in codes.editions}
    for entry in entries(codes):
        yield {
            "list": codes.name,
            "code": entry.code,
            "edition": entry.edition,
            "title_vi": entry.title_vi,
            "title_en": entry.title_en or None,
            "in_force": _days(editions[entry.edition]),
            "note": entry.note or None,
        }


def _days(edition: Edition) -> DateRange:
    return DateRange(edition.in_force_from, edition.in_force_to, "[)")

"""Commands on the database: start, stop and look at the embedded one, migrate it, open psql in it."""

import os
import signal
import subprocess
from dataclasses import asdict
from typing import TYPE_CHECKING, Annotated, Any

import typer

from baseregistry import errors
from baseregistry.commands import edge

if TYPE_CHECKING:
    from sqlalchemy import Engine

    from baseregistry.cluster import Cluster
    from baseregistry.settings import Settings

Json = Annotated[bool, typer.Option("--json", help="Print JSON, for scripts.")]


def start() -> None:
    """Start the embedded database; it runs until `db stop`."""
    cluster = _embedded(edge.settings())
    started = cluster.keep()
    print(f"{'Started' if started else 'Runs already'}: {cluster.url()}")


def stop() -> None:
    """Stop the embedded database."""
    print("Stopped." if _embedded(edge.settings()).stop() else "It did not run.")


def status(as_json: Json = False) -> None:
    """Say whether the database runs, and where.

    Exit code 3 when it does not.
    """
    from baseregistry import roles

    settings = edge.settings()
    facts = _outside(settings) if roles.given(settings) else asdict(_embedded(settings).status())
    if as_json:
        edge.print_json(facts)
    else:
        for name, value in facts.items():
            print(f"{name:11} {'-' if value is None else value}")
    if not facts["running"]:
        raise typer.Exit(edge.UNAVAILABLE)


def migrate(
    as_json: Json = False,
    dry_run: Annotated[
        bool, typer.Option("--dry-run", help="Only say what would run, and which locks it takes.")
    ] = False,
    check: Annotated[
        bool,
        typer.Option(
            "--check",
            help="Only compare the declarations with what the migrations make, and the schema with the trusted documents of"
            " a database that BASEREGISTRY_DATABASE_URL names (exit code 1).",
        ),
    ] = False,
    break_documents: Annotated[
        bool, typer.Option("--break-documents", help="Go on though trusted documents of clients break.")
    ] = False,
) -> None:
    """Bring the database to this program's schema.

    Each step is listed with the locks it takes; all of them run in one transaction.  A schema that breaks a trusted
    document is refused.
    """
    from baseregistry.commands import breaking
    from baseregistry.migrations import run
    from baseregistry.registries.installation import declared

    settings = edge.settings()
    if check:
        _check_migrations(settings)
        _check_documents(settings)
        return
    with edge.database(settings) as engine:
        with engine.connect() as connection:
            steps = run.pending(connection, settings.schema_name)
        if not as_json:
            for step in steps:
                print(f"{step.revision}  {step.title}\n      locks: {step.locks}")
        if not dry_run:
            run.upgrade(engine, declared(settings), breaking.Agreement(settings, to_break=break_documents))
            _note_missing_zones(engine)
        else:
            breaking.tell(breaking.of_database(engine, declared(settings), settings))
    if as_json:
        edge.print_json({"steps": [asdict(step) for step in steps], "applied": not dry_run})
    elif not steps:
        print("Nothing to migrate.")
    elif not dry_run:
        print("Migrated.")


def _note_missing_zones(engine: "Engine") -> None:
    from baseregistry.migrations import run

    with engine.connect() as connection:
        missing = run.missing_zones(connection)
    if missing:
        codes = ", ".join(f"EPSG:{code}" for code in missing)
        typer.echo(f"Note: PostGIS does not know {codes} here, and this role may not add them.", err=True)


def psql(context: typer.Context) -> None:
    """Open psql on the registers; arguments go to psql."""
    from psycopg.conninfo import conninfo_to_dict

    from baseregistry import cluster, postgresql, roles

    settings = edge.settings()
    program = "psql" if roles.given(settings) else postgresql.find()["psql"]
    with cluster.connected(settings) as urls:
        given: dict[str, Any] = conninfo_to_dict(urls.of(None))
        variables = {"PG" + _VARIABLE.get(name, name.upper()): str(value) for name, value in given.items()}
        variables["PGOPTIONS"] = f"-c search_path={settings.schema_name},public"
        before = signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C is psql's: it ends a query, not us
        try:
            ended = subprocess.run([program, *context.args], env={**os.environ, **variables}, check=False)
        except FileNotFoundError:
            raise errors.Unavailable(
                "psql is not installed.",
                code="cluster.no_psql",
                hint="Install PostgreSQL's client (Debian: postgresql-client).",
            ) from None
        finally:
            signal.signal(signal.SIGINT, before)
    raise typer.Exit(ended.returncode)


_VARIABLE = {"dbname": "DATABASE"}  # where libpq's variable is not the option's name


def _embedded(settings: "Settings") -> "Cluster":
    from baseregistry import cluster, roles

    if roles.given(settings):
        raise errors.Refused(
            "BASEREGISTRY_DATABASE_URL (or the URL of a role) names a database that is not ours to start or stop.",
            code="cluster.not_embedded",
            hint="Unset all of them to use the embedded database.",
        )
    return cluster.of(settings)


def _outside(settings: "Settings") -> dict[str, Any]:
    """What `db status` says of a database given by a URL; its password stays hidden."""
    import psycopg
    import sqlalchemy as sa

    from baseregistry import roles

    urls = roles.given(settings)
    url = urls.owner or urls.of(roles.Role.READING) if urls else ""
    facts = {"running": True, "url": sa.make_url(url).render_as_string(hide_password=True), "postgresql": None}
    try:
        with psycopg.connect(url, connect_timeout=10) as connection:
            return facts | {"postgresql": connection.info.server_version // 10000}
    except psycopg.OperationalError:
        return facts | {"running": False}


def _check_documents(settings: "Settings") -> None:
    """Hold the schema to the trusted documents of a database of one's own, if one is named."""
    from baseregistry import roles
    from baseregistry.commands import breaking
    from baseregistry.registries.installation import declared

    if roles.given(settings):
        with edge.database(settings, roles.Role.READING) as engine:
            breaking.refuse(breaking.of_database(engine, declared(settings), settings))


def _check_migrations(settings: "Settings") -> None:
    """`alembic check` in a throwaway database: would a new migration be needed?"""
    from alembic import command
    from alembic.util.exc import AutogenerateDiffsDetected

    from baseregistry import cluster, db
    from baseregistry.migrations import run
    from baseregistry.registries.installation import declared

    with cluster.temporary() as made, made.used():
        engine = db.engine(made.url(), settings.schema_name)
        installation = declared(settings)
        run.upgrade(engine, installation)
        try:
            with engine.connect() as connection:
                command.check(run.config(connection, installation))
        except AutogenerateDiffsDetected as failure:
            raise errors.Refused(
                f"The migrations do not make what is declared: {failure}",
                code="migrations.incomplete",
                hint="Write a migration for the difference.",
            ) from None
        finally:
            engine.dispose()

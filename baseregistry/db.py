"""How the database is reached: one engine, and the two sessions that say what a function may do.

A function that takes `Reading` cannot write; one that takes `Writing` cannot commit: the edge does,
when the whole of its block has succeeded.
"""

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any, cast

import psycopg
import sqlalchemy as sa
from sqlalchemy.exc import DBAPIError

from baseregistry import errors


@dataclass(frozen=True, slots=True)
class Reading:
    """A transaction that reads."""

    connection: sa.Connection

    def execute(
        self, statement: str | sa.Executable, values: Mapping[str, Any] | Sequence[Any] | None = None
    ) -> sa.CursorResult[Any]:
        """Run one statement; text may hold ``:name`` placeholders."""
        executable = sa.text(statement) if isinstance(statement, str) else statement
        return cast("sa.CursorResult[Any]", self.connection.execute(executable, cast(Any, values)))

    @property
    def driver(self) -> psycopg.Connection[Any]:
        """The psycopg connection underneath, for COPY."""
        return cast("psycopg.Connection[Any]", self.connection.connection.driver_connection)


@dataclass(frozen=True, slots=True)
class Writing(Reading):
    """A transaction that may write; it commits when the block that opened it ends well."""


def engine(url: str, schema: str) -> sa.Engine:
    """An engine whose statements find the installation's schema first, then PostGIS in ``public``."""
    return sa.create_engine(
        sa.make_url(url).set(drivername="postgresql+psycopg"),
        connect_args={"options": f"-c search_path={schema},public -c timezone=UTC", "autocommit": False},
        pool_pre_ping=True,
        isolation_level="READ COMMITTED",
    )


@contextmanager
def reading(engine: sa.Engine) -> Iterator[Reading]:
    """One snapshot, for as long as the block lasts."""
    with _words_for_failures(), engine.connect() as connection:
        connection = connection.execution_options(isolation_level="REPEATABLE READ", postgresql_readonly=True)
        with connection.begin():
            yield Reading(connection)


@contextmanager
def writing(engine: sa.Engine) -> Iterator[Writing]:
    """All of the block, or nothing of it."""
    with _words_for_failures(), engine.begin() as connection:
        yield Writing(connection)


@contextmanager
def _words_for_failures() -> Iterator[None]:
    try:
        yield
    except DBAPIError as failure:
        raise translate(failure.orig or failure) from failure
    except psycopg.Error as failure:
        raise translate(failure) from failure


def translate(failure: BaseException) -> Exception:
    """A database's own error in the register's words; one that has none is returned unchanged."""
    state = getattr(failure, "sqlstate", None) or ""
    if state.startswith("53"):
        return errors.Unavailable(
            f"The database is out of a resource: {_first_line(failure)}",
            code="register.out_of_space" if state == "53100" else "register.out_of_resources",
            hint="Nothing was written. Free space (or connections) on the database's machine, then repeat.",
        )
    if state.startswith(("08", "57P")) or (isinstance(failure, psycopg.OperationalError) and not state):
        return errors.Unavailable(
            f"The database does not answer: {_first_line(failure)}",
            hint="Start it with `baseregistry db start`, or check BASEREGISTRY_DATABASE_URL; then repeat.",
        )
    if state == "42P01":
        return errors.Unavailable(
            "The database has no registers yet.", code="register.not_migrated", hint="Run `baseregistry migrate` first."
        )
    return failure if isinstance(failure, Exception) else errors.Unavailable(str(failure))


def _first_line(failure: BaseException) -> str:
    return (str(failure).strip().splitlines() or [type(failure).__name__])[0]

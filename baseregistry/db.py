"""How the database is reached: one engine, and the two sessions that say what a function may do.

A function that takes `Reading` cannot write; one that takes `Writing` cannot commit: the edge does,
when the whole of its block has succeeded.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
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
        hide_parameters=True,  # they are people's data: they stand in no message and no log
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
    if state in _WORDS:
        return _WORDS[state](_first_line(failure))
    return failure if isinstance(failure, Exception) else errors.Unavailable(str(failure))


def worded(failure: BaseException) -> errors.RegisterError | None:
    """For the edges: a failure as the register's error, without SQL and values; None when no database is at fault."""
    cause = (failure.orig or failure) if isinstance(failure, DBAPIError) else failure
    translated = translate(cause) if isinstance(cause, psycopg.Error) else cause
    if isinstance(translated, errors.RegisterError):
        return translated
    if not isinstance(translated, psycopg.Error):
        return None
    if translated.sqlstate == "BR001":  # the guards of the tables, with words of their own
        hint = translated.diag.message_hint
        return errors.Refused(_first_line(translated), code="ledger.never_rewritten", hint=hint)
    return errors.Unavailable(
        f"The database failed: {_first_line(translated)}",
        code="register.database_failed",
        hint="Nothing was written. `baseregistry migrate --dry-run` tells whether its schema is this program's;"
        " its log says more.",
    )


def _not_migrated(_: str) -> errors.RegisterError:
    return errors.Unavailable(
        "The database has no registers yet.", code="register.not_migrated", hint="Run `baseregistry migrate` first."
    )


def _no_rights(said: str) -> errors.RegisterError:
    return errors.Unavailable(
        f"The database's role lacks a right: {said}",
        code="register.no_rights",
        hint="Grant it, or give BASEREGISTRY_DATABASE_URL the role that owns the schema.",
    )


def _read_only(said: str) -> errors.RegisterError:
    return errors.Unavailable(
        f"The database can only be read: {said}",
        code="register.read_only",
        hint="Is it a standby? Write to the primary.",
    )


def _too_long(said: str) -> errors.RegisterError:
    return errors.Unavailable(
        f"It took too long, or was stopped: {said}",
        code="register.took_too_long",
        hint="Nothing was written. Repeat it when the database is less busy, or raise the role's statement_timeout.",
    )


def _held(said: str) -> errors.RegisterError:
    return errors.Busy(
        f"Another writer stands in the way: {said}",
        hint="Nothing was written. Repeat it in 30 seconds.",
        where={"retry_after_seconds": 30},
    )


_WORDS: dict[str, Callable[[str], errors.RegisterError]] = {
    "3F000": _not_migrated,  # no such schema
    "42P01": _not_migrated,  # no such table
    "42501": _no_rights,
    "25006": _read_only,
    "57014": _too_long,
    "55P03": _held,  # lock not available
    "40P01": _held,  # deadlock
    "40001": _held,  # could not serialise
}


def _first_line(failure: BaseException) -> str:
    """PostgreSQL's primary message, of one line: no statement, no detail."""
    said = (failure.diag.message_primary if isinstance(failure, psycopg.Error) else None) or str(failure)
    return (said.strip().splitlines() or [type(failure).__name__])[0]

"""One connection for the whole of an import: its temporary tables outlive the changes that are written from them."""

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from types import TracebackType

import psycopg
import sqlalchemy as sa
from sqlalchemy.exc import DBAPIError

from baseregistry import db, errors
from baseregistry.db import Writing

MEMORY = "128MB"  # for temporary tables, before they go to disk
WAIT = "30s"  # for another import to end: that of a killed process does when the server notices


class Session:
    """Transactions on one connection, which is closed (and its temporary tables with it) at the end."""

    def __init__(self, engine: sa.Engine) -> None:
        self.engine = engine

    def __enter__(self) -> "Session":
        with _worded():
            self._connection = self.engine.connect()
        try:
            with self.writing() as writing:
                if not writing.execute("SELECT pg_my_temp_schema()").scalar_one():  # it cannot be changed later
                    writing.execute(f"SET temp_buffers = '{MEMORY}'")
        except BaseException:
            self._connection.close()
            raise
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._connection.invalidate()
        self._connection.close()

    def claim(self, names: Iterable[str]) -> None:
        """Be the only import of these things until the session ends: two of one file would register everything twice."""
        with self.writing() as writing:
            writing.execute(f"SET LOCAL lock_timeout = '{WAIT}'")
            for name in sorted(names):
                try:
                    writing.execute("SELECT pg_advisory_lock(hashtextextended(:name, 0))", {"name": name})
                except DBAPIError as failure:
                    if getattr(failure.orig, "sqlstate", None) != "55P03":
                        raise
                    raise errors.Busy(
                        "Another import into the same register is running.",
                        hint="Wait until it has ended, then repeat; what it has imported will be unchanged rows.",
                    ) from failure

    @contextmanager
    def writing(self, *, keep: bool = True) -> Iterator[Writing]:
        """All of the block, or nothing of it; with `keep` false, nothing of it in any case."""
        with _worded(), self._connection.begin() as transaction:
            yield Writing(self._connection)
            if not keep:
                transaction.rollback()


@contextmanager
def _worded() -> Iterator[None]:
    """A failure of the database, in the register's words."""
    try:
        yield
    except DBAPIError as failure:
        raise db.translate(failure.orig or failure) from failure
    except psycopg.Error as failure:
        raise db.translate(failure) from failure

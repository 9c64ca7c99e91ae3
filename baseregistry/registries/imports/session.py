"""One connection for the whole of an import: its temporary tables outlive the changes that are written from them."""

from collections.abc import Iterator
from contextlib import contextmanager
from types import TracebackType

import psycopg
import sqlalchemy as sa
from sqlalchemy.exc import DBAPIError

from baseregistry import db
from baseregistry.db import Writing

MEMORY = "128MB"  # for temporary tables, before they go to disk


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

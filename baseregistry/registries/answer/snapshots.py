"""The known side of a question, resolved inside the statement that answers it: one row of position, time and hash.

A position that does not exist yet, and a moment that has not come, give a null position; the caller refuses it.
The empty ledger is position 0.
"""

from functools import lru_cache
from typing import Any

import sqlalchemy as sa

from baseregistry import errors
from baseregistry.registries.answer.draft import (
    DIALECT,
    Draft,
    Expression,
    hexadecimal,
    instant_text,
    number,
)
from baseregistry.registries.answer.moments import Moment
from baseregistry.registries.answer.plan import Known
from baseregistry.registries.answer.values import Expects
from baseregistry.registries.digests import GENESIS
from baseregistry.registries.question import AsOf, Bind

EMPTY_LEDGER = sa.literal_column(f"'\\x{GENESIS.hex()}'::bytea", sa.LargeBinary())
NO_POSITION = sa.literal_column("NULL::bigint", sa.BigInteger())


class Snapshots:
    """The distinct known sides and valid instants of all roots, each resolved once."""

    def __init__(self, draft: Draft) -> None:
        self.draft = draft
        self._known: dict[tuple[Bind | None, Bind | None], tuple[sa.FromClause, int]] = {}
        self._moments: dict[AsOf, tuple[Moment, Known, int]] = {}
        self._columns: list[Expression] = []

    def of(self, as_of: AsOf) -> tuple[Moment, Known, int]:
        """The moment of a root, and the places among `columns` of its known side and of its valid instant."""
        if as_of.known_at and as_of.position:
            raise errors.BadQuestion(
                "A question is asked as known at a moment or at a position, not both.",
                code="question.known_twice",
                hint="Leave out knownAt, or position.",
            )
        if as_of not in self._moments:
            self._moments[as_of] = self._resolve(as_of)
        return self._moments[as_of]

    def columns(self) -> list[sa.Label[Any]]:
        """What the statement tells beside the answers, as text."""
        return [column.label(f"taken_{place}") for place, column in enumerate(self._columns)]

    def tell(self, column: Expression) -> int:
        """Tell one thing more; answers its place among `columns`."""
        self._columns.append(column)
        return len(self._columns) - 1

    def sources(self) -> list[sa.FromClause]:
        """One row for each known side."""
        return [source for source, _ in self._known.values()]

    def _resolve(self, as_of: AsOf) -> tuple[Moment, Known, int]:
        asked = (as_of.known_at, as_of.position)
        if asked not in self._known:
            self._known[asked] = (self._source(*asked), len(self._columns))
            self._columns += _told(self._known[asked][0])
        source, column = self._known[asked]
        slot = as_of.position or as_of.known_at
        known = Known(
            column,
            asked=slot.slot if slot else None,
            by_position=as_of.position is not None,
            ledger_hash=as_of.ledger_hash.slot if as_of.ledger_hash else None,
        )
        moment = self._moment(as_of, source)
        self._columns.append(instant_text(moment.valid))
        return moment, known, len(self._columns) - 1

    def _moment(self, as_of: AsOf, source: sa.FromClause) -> Moment:
        if as_of.valid_at:
            valid = self.draft.bind(as_of.valid_at, Expects.INSTANT)
        elif as_of.known_at:
            valid = sa.func.coalesce(source.c.recorded_at, self.draft.bind(as_of.known_at, Expects.INSTANT))
        elif as_of.position:
            valid = sa.func.coalesce(source.c.recorded_at, sa.func.statement_timestamp())
        else:
            valid = sa.func.statement_timestamp()
        if as_of.position:
            return Moment(valid, self.draft.bind(as_of.position, Expects.POSITION), source.c.position)
        return Moment(valid, source.c.position if as_of.known_at else None, source.c.position)

    def _source(self, known_at: Bind | None, position: Bind | None) -> sa.FromClause:
        change = self.draft.ledger()
        if not known_at and not position:
            return _head(change, self.draft.name("k"), self.draft.name("o"), self.draft.name("s"))
        found = _entry(change)
        none: Expression = number(0)
        last: Expression = NO_POSITION
        refused: Expression | None = None
        if position:
            asked = self.draft.bind(position, Expects.POSITION)
            found = found.where(change.c.position == asked)
            none, last = sa.case((asked == number(0), number(0))), self._last("position", number(0))
        elif known_at:
            then = self.draft.bind(known_at, Expects.INSTANT)
            found = found.where(change.c.recorded_at <= then).order_by(change.c.recorded_at.desc()).limit(number(1))
            now = sa.func.statement_timestamp()
            refused = then > sa.func.greatest(now, self._last("recorded_at", now))
        row = found.subquery(self.draft.name("k"))
        at = sa.func.coalesce(row.c.position, none)
        known = at if refused is None else sa.case((refused, NO_POSITION), else_=at)
        resolved, name = _resolved(row, self.draft.name("o"), known, last), self.draft.name("s")
        return resolved.lateral(name) if self.draft.sets else resolved.subquery(name)

    def _last(self, name: str, otherwise: Expression) -> Expression:
        change = self.draft.ledger()
        newest = sa.select(sa.func.max(change.c[name])).correlate_except(change).scalar_subquery()
        return sa.func.coalesce(newest, otherwise)


def _entry(change: sa.FromClause) -> sa.Select[Any]:
    return sa.select(change.c.position, change.c.recorded_at, change.c.head)


def _resolved(row: sa.FromClause, one: str, known: Expression, last: Expression) -> sa.Select[Any]:
    """One row, even where `row` has none."""
    always = sa.select(number(1).label("one")).subquery(one)
    return sa.select(
        known.label("position"),
        row.c.recorded_at.label("recorded_at"),
        sa.func.coalesce(row.c.head, EMPTY_LEDGER).label("head"),
        last.label("last"),
    ).select_from(always.outerjoin(row, sa.true()))


@lru_cache(maxsize=10)
def _head(change: sa.FromClause, row: str, one: str, name: str) -> sa.FromClause:
    """The head of the ledger, which most questions are asked at: rendered once, a tenth of what compiling takes."""
    found = _entry(change).order_by(change.c.position.desc()).limit(number(1)).subquery(row)
    resolved = _resolved(found, one, sa.func.coalesce(found.c.position, number(0)), NO_POSITION)
    columns = [sa.column(column.name, column.type) for column in resolved.selected_columns]
    return sa.text(str(resolved.compile(dialect=DIALECT))).columns(*columns).subquery(name)


def _told(source: sa.FromClause) -> list[Expression]:
    text = sa.Text()
    return [
        sa.cast(source.c.position, text),
        instant_text(source.c.recorded_at),
        hexadecimal(source.c.head),
        sa.cast(source.c.last, text),
    ]

"""What one change did to one record, moment by moment: the pieces of time in which the register now says something else.

A piece has what was believed before (none: nothing was), and what is believed since (none: nothing is).  A remainder
that was only written again keeps the change on whose word it stands, and is no piece.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql as pg

from baseregistry.registries.answer.draft import Draft, Expression, constant, from_only
from baseregistry.registries.answer.moments import MICROSECOND

NO_RANGES = sa.literal_column("'{}'::tstzmultirange", pg.TSTZMULTIRANGE())
NO_POSITION = sa.literal_column("NULL::bigint", sa.BigInteger())
NO_PERIOD = sa.literal_column("NULL::tstzrange", pg.TSTZRANGE())
TAKING_BACK = ("CORRECTION", "RETRACTION")  # kinds of change that may say that something was never so


@dataclass(frozen=True, slots=True)
class Touched:
    """A record that a change touched, and the change: its position, its kind, its time.

    `rows` gives the versions under a new name each time; `values` the attributes of one as a JSON object by their
    declared names; `shared` is what the rows are taken from, where it is made once for all of them.
    """

    entity: Expression  # its full name
    rows: Callable[[], sa.FromClause]
    values: Callable[[sa.FromClause], Expression]
    record_id: Expression
    position: Expression
    kind: Expression
    recorded_at: Expression
    shared: sa.CTE | None = None

    def closed(self, rows: sa.FromClause) -> tuple[Expression, ...]:
        """Conditions that a version was believed until the change."""
        return (rows.c.record_id == self.record_id, rows.c.recorded_to == self.position)

    def written(self, rows: sa.FromClause) -> tuple[Expression, ...]:
        """Conditions that a version was written by the change."""
        return (rows.c.record_id == self.record_id, rows.c.recorded_from == self.position)


@dataclass(frozen=True, slots=True)
class Pieces:
    """All pieces of a record: what to select them from, the time of each, and the versions before and after."""

    source: sa.FromClause
    valid: Expression
    old: sa.FromClause
    new: sa.FromClause
    shared: sa.CTE | None

    @property
    def was(self) -> Expression:
        """Whether something was believed there before."""
        return self.old.c.record_id.is_not(None)

    @property
    def stands(self) -> Expression:
        """Whether something is believed there since."""
        return self.new.c.record_id.is_not(None)

    def select(self) -> sa.Select[Any]:
        """The pieces, with everything else taken from around them."""
        found = sa.select().select_from(self.source).correlate_except(*_tables(self.source))
        return found if self.shared is None else found.add_cte(self.shared, nest_here=True)


def pieces(draft: Draft, touched: Touched) -> Pieces:
    """The pieces of one record, to be selected from."""
    times = sa.union_all(_changed(touched), _begun(touched), _gone(touched))
    found = times.subquery(draft.name("x"))
    old, new = touched.rows(), touched.rows()
    before = sa.and_(
        old.c.record_id == touched.record_id, old.c.recorded_from == found.c.old_from, old.c.valid == found.c.old_valid
    )
    after = sa.and_(*touched.written(new), new.c.valid == found.c.new_valid)
    return Pieces(found.outerjoin(old, before).outerjoin(new, after), found.c.valid, old, new, touched.shared)


def _changed(touched: Touched) -> sa.Select[Any]:
    """Moments of which something else is said."""
    old, new = touched.rows(), touched.rows()
    overlap = old.c.valid.op("&&", is_comparison=True)(new.c.valid)
    said = (*touched.closed(old), *touched.written(new), new.c.change == touched.position, overlap)
    valid = sa.type_coerce(old.c.valid.op("*")(new.c.valid), pg.TSTZRANGE())
    return _times(sa.join(old, new, overlap), (old, new), said, (valid, old.c.recorded_from, old.c.valid, new.c.valid))


def _begun(touched: Touched) -> sa.Select[Any]:
    """Moments of which nothing was said."""
    old, new = touched.rows(), touched.rows()
    valid = _without(new.c.valid, old, touched.closed(old))
    said = (*touched.written(new), new.c.change == touched.position)
    return _times(new, (new,), said, (valid, NO_POSITION, NO_PERIOD, new.c.valid))


def _gone(touched: Touched) -> sa.Select[Any]:
    """Moments of which nothing is said any more."""
    old, new = touched.rows(), touched.rows()
    valid = _without(old.c.valid, new, touched.written(new))
    return _times(old, (old,), touched.closed(old), (valid, old.c.recorded_from, old.c.valid, NO_PERIOD))


def _times(
    source: sa.FromClause,
    own: tuple[sa.FromClause, ...],
    said: tuple[Expression, ...],
    columns: tuple[Expression, ...],
) -> sa.Select[Any]:
    names = ("valid", "old_from", "old_valid", "new_valid")
    labelled = [column.label(name) for name, column in zip(names, columns, strict=True)]
    return sa.select(*labelled).select_from(source).where(*said).correlate_except(*own)


def _without(valid: Expression, rows: sa.FromClause, said: tuple[Expression, ...]) -> Expression:
    """The parts of a period that none of the rows covers, one a row."""
    covered = from_only(rows, *said).with_only_columns(sa.func.range_agg(rows.c.valid)).scalar_subquery()
    left = sa.func.tstzmultirange(valid).op("-")(sa.func.coalesce(covered, NO_RANGES))
    return sa.type_coerce(sa.func.unnest(left), pg.TSTZRANGE())


def first_of(valid: Expression, otherwise: Expression) -> Expression:
    """The first instant of a period; just before its end if it has none; `otherwise` if it has neither."""
    return sa.func.coalesce(sa.func.lower(valid), sa.func.upper(valid) - MICROSECOND, otherwise)


def effect(touched: Touched, was: Expression, stands: Expression) -> Expression:
    """The word for what was done, of a piece or of all of them together; null where nothing was."""
    never_so = touched.kind.in_([constant(kind) for kind in TAKING_BACK])
    return sa.case(
        (sa.and_(was, stands), constant("CHANGED")),
        (stands, constant("CREATED")),
        (sa.and_(was, never_so), constant("RETRACTED")),
        (was, constant("ENDED")),
    )


def _tables(source: sa.FromClause) -> list[sa.FromClause]:
    return [*_tables(source.left), *_tables(source.right)] if isinstance(source, sa.Join) else [source]

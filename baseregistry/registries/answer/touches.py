"""Which records a ledger position touched, and the place in the ledger's order from which to read on.

A version is written at one position and closed at a later one; each of the two has an index of position and record,
which is read in order.  A redaction says itself what it touched.
"""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql as pg

from baseregistry import errors
from baseregistry.registries.answer.bookmarks import Part, encoded, part_of
from baseregistry.registries.answer.draft import Draft, Expression, constant, from_only, hexadecimal, number
from baseregistry.registries.answer.facts import about, elements
from baseregistry.registries.answer.plan import Check, Row
from baseregistry.registries.answer.snapshots import EMPTY_LEDGER
from baseregistry.registries.answer.values import Expects
from baseregistry.registries.declare import Entity
from baseregistry.registries.question import Bind

AFTER_ALL = "ffffffff-ffff-ffff-ffff-ffffffffffff"  # beyond every record of a position
LAST_RECORD = sa.literal_column(f"'{AFTER_ALL}'::uuid", pg.UUID())
HASH_DIGITS = 16  # of the ledger's hash, kept in a cursor to know the ledger by
PARTS = Part(sa.BigInteger(), least=0), Part(pg.UUID()), Part(sa.Text())  # of a cursor: see `Resumed`


@dataclass(frozen=True, slots=True)
class Resumed:
    """The place a cursor names: a position, a record of it, and the first digits of the ledger's hash there."""

    position: Expression
    record_id: Expression
    digits: Expression


@dataclass(frozen=True, slots=True)
class Stretch:
    """A stretch of the ledger: after `since`, and after the place of a cursor, up to `until` (itself included)."""

    since: Expression
    until: Expression
    resumed: Resumed | None = None

    def holds(self, position: Expression, record_id: Expression) -> list[Expression]:
        """Conditions, written so that an index of both finds where it begins."""
        said = [position > self.since, position <= self.until]
        if self.resumed is not None:
            said.append(sa.tuple_(position, record_id) > sa.tuple_(self.resumed.position, self.resumed.record_id))
        return said

    def of_change(self, position: Expression) -> list[Expression]:
        """Conditions on the change alone: where the ledger is joined to what it holds, it is read from the same place."""
        said = [position > self.since, position <= self.until]
        return said if self.resumed is None else [*said, position >= self.resumed.position]


def signature(name: str) -> str:
    """By which the cursors of one feed are known."""
    return hashlib.sha256(f"feed {name}".encode()).hexdigest()[:8]


def resumed(draft: Draft, cursor: Bind, name: str) -> Resumed:
    """What a cursor says.  Raises errors.BadQuestion, when it is read, for one of another feed or none of ours."""
    sign = signature(name)
    parts = [
        draft.part(cursor, f"{sign}_{place}", partial(part_of, sign, PARTS, place), part.kind)
        for place, part in enumerate(PARTS)
    ]
    return Resumed(*parts)


def cursor(name: str, position: Expression, record_id: Expression, head: Expression) -> Expression:
    """The cursor of a record at a position; `head` is the ledger's hash there."""
    return encoded(signature(name), [position, record_id, digits(head)])


def digits(head: Expression) -> Expression:
    """By what a cursor knows the ledger."""
    return sa.func.left(hexadecimal(sa.func.coalesce(head, EMPTY_LEDGER)), sa.literal_column(str(HASH_DIGITS)))


def head_at(draft: Draft, position: Expression) -> Expression:
    """The ledger's hash at a position; null for the empty ledger."""
    change = draft.ledger()
    return from_only(change, change.c.position == position).with_only_columns(change.c.head).scalar_subquery()


def same_ledger(draft: Draft, place: Resumed) -> Expression:
    """Whether the ledger has, at the place of a cursor, the hash that it had when the cursor was made."""
    there = sa.or_(place.position == number(0), head_at(draft, place.position).is_not(None))
    return sa.cast(sa.and_(there, digits(head_at(draft, place.position)) == place.digits), sa.Text())


def check_ledger(column: int) -> Check:
    """Refuses a row in which `same_ledger` was not so."""

    def check(row: Row, _: Sequence[object]) -> None:
        if row[column] != b"true":
            raise errors.Forked(
                "The ledger is not the one of which this cursor was made.",
                hint="The database was restored from a backup, or is another one: begin again from what you know to hold.",
            )

    return check


def touches(draft: Draft, entity: Entity, stretch: Stretch, most: int) -> sa.Subquery:
    """The first `most` of ``position`` and ``record_id`` in a stretch, in this order, each once."""
    rows, others = draft.versions(entity.full_name), draft.versions(entity.full_name)
    every = sa.union_all(
        _first(rows, rows.c.recorded_from, rows.c.record_id, stretch, most),
        _first(others, others.c.recorded_to, others.c.record_id, stretch, most),
        _redacted(draft, entity, stretch, most),
    ).subquery(draft.name("u"))
    merged = from_only(every).with_only_columns(every.c.position, every.c.record_id).distinct()
    return merged.order_by(every.c.position, every.c.record_id).limit(number(most)).subquery(draft.name("c"))


def _first(
    rows: sa.FromClause, position: Expression, record_id: Expression, stretch: Stretch, most: int
) -> sa.Select[Any]:
    found = from_only(rows, *stretch.holds(position, record_id)).distinct()
    selected = found.with_only_columns(position.label("position"), record_id.label("record_id"))
    return selected.order_by(position, record_id).limit(number(most))


def _redacted(draft: Draft, entity: Entity, stretch: Stretch, most: int) -> sa.Select[Any]:
    change = draft.ledger()
    done = elements(draft, change)
    record_id = sa.cast(done.c.value.op("->>")(constant("record")), pg.UUID())
    found = (
        sa.select(change.c.position.label("position"), record_id.label("record_id"))
        .select_from(change.join(done, sa.true()))
        .where(change.c.kind == constant("REDACTION"), *stretch.holds(change.c.position, record_id))
        .where(*about(done, constant(entity.full_name)))
    )
    ordered = found.distinct().order_by(change.c.position, record_id).limit(number(most))
    return ordered.correlate_except(change, done)


def bind_or(draft: Draft, position: Bind | None, otherwise: int) -> Expression:
    """A position that may be given."""
    return number(otherwise) if position is None else draft.bind(position, Expects.POSITION)

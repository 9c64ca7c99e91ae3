"""Histories: the versions of one record, or of all records that refer to one, as pages in a total order.

Each version is answered as of the first of its moments that was asked for.  In order of valid time; with what is no
longer believed, in the order in which it was written.
"""

import hashlib
from collections.abc import Callable
from dataclasses import replace

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql as pg

from baseregistry import errors
from baseregistry.registries.answer import territory, told
from baseregistry.registries.answer.cursors import Ordering, Term
from baseregistry.registries.answer.draft import Draft, Expression, Pairs
from baseregistry.registries.answer.moments import Interval, Seen, of_history, of_version
from baseregistry.registries.answer.pages import Listing, connection
from baseregistry.registries.answer.values import Expects
from baseregistry.registries.declare import WayBack
from baseregistry.registries.question import Field, Period

MOST_HISTORIES = 2  # inside one another

Record = Callable[[Draft, Seen, tuple[Field, ...]], Pairs]  # how one version is shown: `objects.record`


def history(draft: Draft, seen: Seen, record_id: Expression, field: Field, record: Record) -> Expression:
    """The versions of a record."""
    rows = draft.versions(seen.entity.full_name)
    return _pages(draft, replace(seen, row=rows), (rows.c.record_id == record_id,), field, record)


def history_of_way_back(draft: Draft, seen: Seen, way: WayBack, field: Field, record: Record) -> Expression:
    """The versions of all records that refer, or once referred, to this one."""
    rows = draft.versions(way.entity.full_name)
    referring = Seen(way.entity, rows, seen.moment)
    found: tuple[Expression, ...] = (rows.c[way.attribute.name] == seen.row.c.record_id,)
    between = interval(draft, field.between)
    then = of_version(rows, seen.moment, between, superseded=field.include_superseded)
    found += tuple(territory.inside_if_placed(draft, Seen(way.entity, rows, then)))
    return _pages(draft, referring, found, field, record)


def _pages(draft: Draft, seen: Seen, found: tuple[Expression, ...], field: Field, record: Record) -> Expression:
    if seen.moment.histories >= MOST_HISTORIES:
        raise errors.BadQuestion(
            "Histories inside one another multiply.",
            code="question.history_too_deep",
            hint=f"Ask at most {MOST_HISTORIES} inside one another, the others in a question of their own.",
        )
    superseded, between = field.include_superseded, interval(draft, field.between)
    seen = told.listed(draft, seen, field.where, ())

    def shown(row: sa.FromClause) -> Seen:
        moment = of_version(row, seen.moment, between, superseded=superseded)
        return replace(seen, row=row, moment=moment)

    listing = Listing(
        seen.entity,
        seen.row,
        shown(seen.row).moment,
        (*found, of_history(seen.row, seen.moment, superseded=superseded), *between.meets(seen.row)),
        field.fields,
        field.where,
        page=field.page,
        ordering=_order(seen, superseded=superseded, one_record=field.name == "history"),
    )
    return connection(draft, listing, lambda row, fields: record(draft, shown(row), fields))


def interval(draft: Draft, period: Period | None) -> Interval:
    """The period asked about, its ends as placeholders."""
    begin, end = (period.begin, period.end) if period else (None, None)
    return Interval(
        None if begin is None else draft.bind(begin, Expects.INSTANT),
        None if end is None else draft.bind(end, Expects.INSTANT),
    )


def _order(seen: Seen, *, superseded: bool, one_record: bool) -> Ordering:
    """By valid time, before it by the position that wrote it where several beliefs about one moment are shown."""
    rows = seen.row
    terms = [Term(rows.c.valid, pg.TSTZRANGE(), False)]
    if superseded:
        terms.insert(0, Term(rows.c.recorded_from, sa.BigInteger(), False))
    if not one_record:
        terms.append(Term(rows.c.record_id, pg.UUID(), False))
    said = f"history {seen.entity.full_name} {superseded} {one_record}"
    return Ordering(tuple(terms), hashlib.sha256(said.encode()).hexdigest()[:8])

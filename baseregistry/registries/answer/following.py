"""What is followed, compiled: pages of what the ledger says after a place in it.

A page is one row: the head that it was read at, the ledger's hash at the place it begins after, and the items as text,
each with its place.
"""

import hashlib
from dataclasses import dataclass
from typing import Any

import orjson
import sqlalchemy as sa
from sqlalchemy.dialects import postgresql as pg

from baseregistry.registries.answer.draft import Draft, Expression, constant, from_only, hexadecimal, number
from baseregistry.registries.answer.plan import Plan, Row
from baseregistry.registries.answer.provenance import entry
from baseregistry.registries.answer.snapshots import EMPTY_LEDGER
from baseregistry.registries.answer.statement import DIALECT
from baseregistry.registries.answer.values import Expects
from baseregistry.registries.question import Bind, Field
from baseregistry.registries.tables import Installation


@dataclass(frozen=True, slots=True)
class Following:
    """The changes of the ledger that come after position `since`, at most `first` of them (both slots)."""

    fields: tuple[Field, ...]
    since: Bind
    first: Bind


@dataclass(frozen=True, slots=True)
class Place:
    """A place in the ledger: everything up to `position`, whose hash (hexadecimal) it is."""

    position: int
    ledger_hash: str


@dataclass(frozen=True, slots=True)
class Item:
    """One thing that happened: the place it stands at, and its JSON."""

    place: Place
    data: bytes


@dataclass(frozen=True, slots=True)
class Page:
    """What came after a place, read when the ledger stood at `head`; `found` is the hash at that place, None where this
    ledger has no such place."""

    head: Place
    found: str | None
    items: tuple[Item, ...]


def follow(installation: Installation, following: Following) -> Plan:
    """The plan for pages of `following`; `page` reads its row.  Raises errors.BadQuestion for a field that is none."""
    draft = Draft(installation)
    return _plan(draft, [*_head(draft), _found(draft, following), _items(draft, following)])


def head(installation: Installation) -> Plan:
    """The plan that tells the last place of the ledger; `page` reads its row."""
    draft = Draft(installation)
    return _plan(draft, _head(draft))


def page(row: Row) -> Page:
    """The page in a row."""
    position, ledger_hash, *rest = row
    found, items = rest or (None, None)
    return Page(
        Place(int(position or 0), (ledger_hash or b"").decode()),
        None if found is None else found.decode(),
        tuple([Item(Place(int(at), head), text.encode()) for at, head, text in orjson.loads(items or b"[]")]),
    )


def _plan(draft: Draft, columns: list[Expression]) -> Plan:
    statement = sa.select(*[column.label(f"told_{place}") for place, column in enumerate(columns)])
    rendered = statement.compile(dialect=DIALECT)
    return Plan(
        sql=str(rendered),
        name=b"f" + hashlib.sha256(str(rendered).encode()).hexdigest()[:32].encode(),
        parameters=tuple(draft.parameters[name] for name in rendered.positiontup or ()),
        columns=tuple(column.name for column in statement.selected_columns),
        roots=(),
    )


def _head(draft: Draft) -> list[Expression]:
    change = _ledger(draft)
    last = (
        sa.select(change.c.position, change.c.head)
        .order_by(change.c.position.desc())
        .limit(number(1))
        .subquery(draft.name("h"))
    )
    told = (sa.cast(last.c.position, sa.Text()), hexadecimal(last.c.head))
    position, ledger_hash = (from_only(last).with_only_columns(column).scalar_subquery() for column in told)
    return [sa.func.coalesce(position, constant("0")), sa.func.coalesce(ledger_hash, hexadecimal(EMPTY_LEDGER))]


def _found(draft: Draft, following: Following) -> Expression:
    """The ledger's hash at the place that the page begins after."""
    change, since = _ledger(draft), draft.bind(following.since, Expects.POSITION)
    there = from_only(change, change.c.position == since).with_only_columns(hexadecimal(change.c.head))
    nothing = sa.case((since == number(0), hexadecimal(EMPTY_LEDGER)))
    return sa.func.coalesce(there.scalar_subquery(), nothing)


def _items(draft: Draft, following: Following) -> Expression:
    change = _ledger(draft)
    after = change.c.position > draft.bind(following.since, Expects.POSITION)
    rows = (
        sa.select(change)
        .where(after)
        .order_by(change.c.position)
        .limit(draft.bind(following.first, Expects.COUNT))
        .subquery(draft.name("r"))
    )
    source, made = draft.beside(entry(rows, following.fields), rows)
    place = (sa.cast(rows.c.position, sa.Text()), hexadecimal(rows.c.head))
    item = sa.func.json_build_array(*place, sa.cast(made, sa.Text()))
    listed: sa.Function[Any] = sa.func.json_agg(pg.aggregate_order_by(item, rows.c.position))
    return sa.select(listed).select_from(source).correlate_except(rows).scalar_subquery()


def _ledger(draft: Draft) -> sa.FromClause:
    return draft.installation.tables.ledger_change.alias(draft.name("l"))

"""Connections: pages of records in a total order, with cursors.

The LIMIT is a number that the planner sees: for one in a placeholder it would plan to read a tenth of the table.  The page
ends where the number of a row passes what was asked for, and where nobody asks what follows it at a second LIMIT, which
is an eighth cheaper; PostgreSQL stops reading there.
"""

from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa

from baseregistry.registries.answer.columns import needed
from baseregistry.registries.answer.conditions import met
from baseregistry.registries.answer.cursors import Ordering, ordering
from baseregistry.registries.answer.draft import Draft, Expression, from_only, number
from baseregistry.registries.answer.moments import Moment, Seen
from baseregistry.registries.answer.narrowing import Narrowed, Narrowing, narrowings, required
from baseregistry.registries.answer.relevance import Ranks, by_relevance, searched, without
from baseregistry.registries.answer.slices import CURSORS, Nodes, Slice, node_fields
from baseregistry.registries.answer.values import LONGEST_PAGE, Expects
from baseregistry.registries.declare import Entity
from baseregistry.registries.question import Comparison, Condition, Every, Field, Order, Page


@dataclass(frozen=True, slots=True)
class Listing:
    """The records that a connection pages through: those versions in `rows`, seen at `moment`, that meet `found` and
    `where`."""

    entity: Entity
    rows: sa.FromClause
    moment: Moment
    found: tuple[Expression, ...]
    fields: tuple[Field, ...]
    where: Condition | None = None
    order: tuple[Order, ...] = ()
    page: Page | None = None
    ordering: Ordering | None = None  # instead of `order`
    whole: bool = False  # whether it is all of a root
    narrowed: bool = False  # whether nothing but `where` narrows it, so that its conditions' indexes are tried first


def connection(draft: Draft, listing: Listing, nodes: Nodes) -> Expression:
    """The connection as one JSON object."""
    page = _Page(draft, listing)
    return page.json(page.rows(), nodes)


class _Page(Slice):
    """The rows of one page, with place and cursor as far as they are wanted."""

    tells = True

    def __init__(self, draft: Draft, listing: Listing) -> None:
        after = listing.page.after if listing.page else None
        first = draft.bind(listing.page.first, Expects.COUNT) if listing.page else number(LONGEST_PAGE)
        super().__init__(draft, listing.fields, first, after=after is not None)
        self.listing, self.whole = listing, listing.whole
        self.cursor = after
        self.search = None if listing.ordering or listing.order else searched(listing.where)
        self.order = listing.ordering or self._ordering()

    def _ordering(self) -> Ordering:
        listing = self.listing
        if self.search is not None:
            return by_relevance(listing.entity, listing.rows, self.search)
        return ordering(listing.entity, listing.rows, listing.order)

    def field(self, field: Field, place: int, collected: sa.FromClause | None) -> Expression:
        """One field of the connection."""
        return self._total() if field.name == "total_count" else super().field(field, place, collected)

    def _total(self) -> Expression:
        counted = from_only(self.listing.rows, *self._conditions()).with_only_columns(sa.func.count())
        return counted.scalar_subquery()

    def rows(self) -> sa.Subquery:
        """The rows of the page in order; where they are wanted, each with its number ``n$`` and its cursor."""
        if self.search is not None:
            return self._ended(self._ranked(self.search))
        read = self._by_index if (tried := self._tried()) else self._in_order
        beyond = self.order.after(self.draft, self.cursor)
        ways = [way for there in beyond for way in read(there, tried)]
        return self._ended(ways[0] if len(ways) == 1 else self._merged([self._numbered(way) for way in ways]))

    def _tried(self) -> list[Narrowing]:
        listing = self.listing
        if not listing.narrowed:
            return []
        table = self.draft.installation.tables.versions[listing.entity.full_name]
        return narrowings(table, listing.entity, listing.where, listing.order)

    def _in_order(self, beyond: list[Expression], _: list[Narrowing]) -> list[sa.Select[Any]]:
        return [self._sorted([*self._conditions(), *beyond])]

    def _sorted(self, where: list[Expression]) -> sa.Select[Any]:
        selected = from_only(self.listing.rows, *where).with_only_columns(*self._read_columns())
        return selected.order_by(*self.order.by_value()).limit(number(LONGEST_PAGE + 1))

    def _by_index(self, beyond: list[Expression], tried: list[Narrowing]) -> list[sa.Select[Any]]:
        """By the index of the first condition that few records meet; where there is none, along the order, each
        condition so said that no index of its own is taken."""
        narrowed = Narrowed(self.draft, self.listing.entity, self.listing.rows, self.first)
        ways: list[sa.Select[Any]] = []
        gates: list[Expression] = []
        rest = [part for part in required(self.listing.where) if all(part is not by.said for by in tried)]
        for by in tried:
            others = [*rest, *(other.said for other in tried if other is not by or not by.by_value)]
            where = [*self.listing.found, *map(self._met, others), *beyond]
            read, found = narrowed.gathered(by, where, self._read_columns(), self.order.by_value())
            count = narrowed.count(by, self._met(by.said))
            ways.append(read.where(*gates, count <= number(by.most)).order_by(*self.order.by_column(found)))
            gates.append(count > number(by.most))
        unserved = [sa.func.coalesce(self._met(by.said), sa.false()) for by in tried]
        ways.append(self._sorted([*self.listing.found, *map(self._met, rest), *unserved, *beyond, *gates]))
        return ways

    def _read_columns(self) -> list[Expression]:
        return [*[self.listing.rows.c[name] for name in self._columns()], *self.order.columns()]

    def _ranked(self, search: Comparison) -> sa.Select[Any]:
        """What a search finds, the best first: read in turn, until the page is full."""
        rows, draft, where = self.listing.rows, self.draft, self.listing.where
        others = [self._met(Every(without(where, search)))] if where is not None else []
        ranks = Ranks(draft, self.listing.entity, rows, (*self.listing.found, *others), search, self.order, self.cursor)
        columns = [rows.c[name] for name in self._columns()]
        turns = [turn.limit(number(LONGEST_PAGE + 1)) for turn in ranks.turns(columns)]
        read = [sa.select(*turn.subquery(self.draft.name("t")).c) for turn in turns]
        every = sa.union_all(*read).subquery(self.draft.name("u"))
        return from_only(every).with_only_columns(*every.c).limit(number(LONGEST_PAGE + 1))

    def _merged(self, parts: list[sa.Subquery]) -> sa.Select[Any]:
        """What comes after the cursor was read in parts; now in order again."""
        read = [from_only(part, self.read(part)).with_only_columns(*_but(part, "n$", "cursor$")) for part in parts]
        every = sa.union_all(*read).subquery(self.draft.name("u"))
        return from_only(every).with_only_columns(*every.c).order_by(*self.order.by_column(every))

    def _ended(self, select: sa.Select[Any]) -> sa.Subquery:
        """The rows up to the end of the page; with their numbers where they are needed."""
        if self.counts:
            return self._numbered(select)
        rows = select.subquery(self.draft.name("q"))
        cursor = [self.order.cursor(rows).label("cursor$")] if self.wanted & CURSORS else []
        return from_only(rows).with_only_columns(*rows.c, *cursor).limit(self.first).subquery(self.draft.name("p"))

    def _numbered(self, select: sa.Select[Any]) -> sa.Subquery:
        rows = select.subquery(self.draft.name("q"))
        columns: list[Expression] = [*rows.c, sa.func.row_number().over().label("n$")]
        if self.wanted & CURSORS:
            columns.append(self.order.cursor(rows).label("cursor$"))
        return from_only(rows).with_only_columns(*columns).subquery(self.draft.name("p"))

    def _conditions(self) -> list[Expression]:
        said = [] if self.listing.where is None else [self._met(self.listing.where)]
        return [*self.listing.found, *said]

    def _met(self, where: Condition) -> Expression:
        listing = self.listing
        return met(self.draft, Seen(listing.entity, listing.rows, listing.moment), where)

    def _columns(self) -> list[str]:
        """The columns of which nodes are made."""
        asked = node_fields(self.listing.fields)
        return needed(self.draft.installation.declarations, self.listing.entity, asked, told=self.draft.told)


def _but(rows: sa.Subquery, *names: str) -> list[Expression]:
    return [column for column in rows.c if column.name not in names]

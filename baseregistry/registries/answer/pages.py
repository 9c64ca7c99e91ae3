"""Connections: pages of records in a total order (Relay's words), with cursors.

The LIMIT is a number that the planner sees: for one in a placeholder it would plan to read a tenth of the table.  The page
ends where the number of a row passes what was asked for; PostgreSQL stops reading there.  A row more than that is
read only when it must be told whether more follow.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql as pg

from baseregistry.registries.answer.conditions import condition
from baseregistry.registries.answer.cursors import ordering
from baseregistry.registries.answer.draft import (
    Draft,
    Expression,
    Pairs,
    from_only,
    json_array,
    nothing_of_its_own,
    number,
    type_name,
)
from baseregistry.registries.answer.values import LONGEST_PAGE, Expects
from baseregistry.registries.declare import Entity
from baseregistry.registries.question import Condition, Field, Order, Page

VERSION_COLUMNS = ("record_id", "valid", "recorded_from", "recorded_to", "change", "redacted", "digest")
OWNER = "A connection"
CURSORS = {"cursor", "start_cursor", "end_cursor"}


@dataclass(frozen=True, slots=True)
class Listing:
    """The records that a connection pages through: those versions in `rows` that meet `found` and `where`."""

    entity: Entity
    rows: sa.FromClause
    found: tuple[Expression, ...]
    fields: tuple[Field, ...]
    where: Condition | None = None
    order: tuple[Order, ...] = ()
    page: Page | None = None


Nodes = Callable[[sa.FromClause, tuple[Field, ...]], Pairs]  # the pairs of one record: its row, the fields wanted


def connection(draft: Draft, listing: Listing, nodes: Nodes) -> Expression:
    """The connection as one JSON object."""
    page = _Page(draft, listing)
    collected = page.collect(nodes)
    pairs = [(field.key, page.field(field, place, collected)) for place, field in enumerate(listing.fields)]
    return draft.object(pairs, nothing_of_its_own() if collected is None else from_only(collected))


class _Page:
    """The rows of one page, with place and cursor as far as they are wanted."""

    def __init__(self, draft: Draft, listing: Listing) -> None:
        self.draft = draft
        self.listing = listing
        self.order = ordering(listing.entity, listing.rows, listing.order)
        self.after = listing.page.after if listing.page else None
        self.first = draft.bind(listing.page.first, Expects.COUNT) if listing.page else number(LONGEST_PAGE)
        self.wanted = {inner.name for field in listing.fields for inner in field.fields if field.name != "nodes"}
        self.ahead = "has_next_page" in self.wanted
        self.rows = self._rows()
        self.within = self.rows.c["n$"] <= self.first if self.ahead else None

    def collect(self, nodes: Nodes) -> sa.FromClause | None:
        """One row with everything that is gathered from the page; None when nothing is."""
        source: sa.FromClause = self.rows
        made = self._ends()
        for place, field in enumerate(self.listing.fields):
            if field.name == "nodes":
                source, item = self.draft.beside(nodes(self.rows, field.fields), source)
                made[f"f{place}"] = json_array(item, self.within)
            if field.name == "edges":
                source, pairs = self._edge(field, nodes, source)
                source, item = self.draft.beside(pairs, source)
                made[f"f{place}"] = json_array(item, self.within)
        if not made:
            return None
        gathered = sa.select(*[value.label(name) for name, value in made.items()]).select_from(source)
        gathered = gathered.where(self._read(self.rows))
        return gathered.correlate_except(*_parts(source)).subquery(self.draft.name("t"))

    def _edge(self, field: Field, nodes: Nodes, source: sa.FromClause) -> tuple[sa.FromClause, Pairs]:
        pairs: Pairs = []
        for inner in field.fields:
            match inner.name:
                case "cursor":
                    pairs.append((inner.key, self.rows.c["cursor$"]))
                case "node":
                    source, node = self.draft.beside(nodes(self.rows, inner.fields), source)
                    pairs.append((inner.key, node))
                case _:
                    pairs.append((inner.key, type_name(inner, OWNER)))
        return source, pairs

    def field(self, field: Field, place: int, collected: sa.FromClause | None) -> Expression:
        """One field of the connection."""
        match field.name:
            case "nodes" | "edges" if collected is not None:
                return collected.c[f"f{place}"]
            case "total_count":
                return self._total()
            case "page_info":
                pairs = [(inner.key, self._of_page(inner, collected)) for inner in field.fields]
                return self.draft.object(pairs, nothing_of_its_own())
            case _:
                return type_name(field, OWNER)

    def _of_page(self, field: Field, collected: sa.FromClause | None) -> Expression:
        match field.name:
            case "has_previous_page":
                return sa.true() if self.after else sa.false()
            case "has_next_page" | "start_cursor" | "end_cursor" if collected is not None:
                return collected.c[field.name]
            case _:
                return type_name(field, OWNER)

    def _total(self) -> Expression:
        counted = from_only(self.listing.rows, *self._conditions()).with_only_columns(sa.func.count())
        return counted.scalar_subquery()

    def _ends(self) -> dict[str, Expression]:
        """What ``page_info`` tells of all rows together."""
        made: dict[str, Expression] = {}
        if self.ahead:
            made["has_next_page"] = sa.func.count() > self.first
        for name, place in (("start_cursor", self.rows.c["n$"].asc()), ("end_cursor", self.rows.c["n$"].desc())):
            if name in self.wanted:
                cursors = sa.func.array_agg(
                    pg.aggregate_order_by(self.rows.c["cursor$"], place), type_=pg.ARRAY(sa.Text())
                )
                within = cursors if self.within is None else cursors.filter(self.within)
                made[name] = sa.type_coerce(within, pg.ARRAY(sa.Text()))[sa.literal_column("1", sa.Integer())]
        return made

    def _rows(self) -> sa.Subquery:
        """The rows of the page in order, each with its number ``n$`` and, where it is wanted, its cursor."""
        parts = [self._numbered(self._sorted(beyond)) for beyond in self.order.after(self.draft, self.after)]
        return parts[0] if len(parts) == 1 else self._numbered(self._merged(parts))

    def _sorted(self, beyond: list[Expression]) -> sa.Select[Any]:
        rows = self.listing.rows
        columns = [*[rows.c[name] for name in self._columns()], *self.order.columns()]
        selected = from_only(rows, *self._conditions(), *beyond).with_only_columns(*columns)
        return selected.order_by(*self.order.by_value()).limit(number(LONGEST_PAGE + 1))

    def _merged(self, parts: list[sa.Subquery]) -> sa.Select[Any]:
        """What comes after the cursor was read in parts; now in order again."""
        read = [from_only(part, self._read(part)).with_only_columns(*_but(part, "n$", "cursor$")) for part in parts]
        every = sa.union_all(*read).subquery(self.draft.name("u"))
        return from_only(every).with_only_columns(*every.c).order_by(*self.order.by_column(every))

    def _numbered(self, select: sa.Select[Any]) -> sa.Subquery:
        rows = select.subquery(self.draft.name("q"))
        columns: list[Expression] = [*rows.c, sa.func.row_number().over().label("n$")]
        if self.wanted & CURSORS:
            columns.append(self.order.cursor(rows).label("cursor$"))
        return from_only(rows).with_only_columns(*columns).subquery(self.draft.name("p"))

    def _read(self, rows: sa.Subquery) -> Expression:
        """As far as the rows are read."""
        return rows.c["n$"] <= (self.first + number(1) if self.ahead else self.first)

    def _conditions(self) -> list[Expression]:
        listing = self.listing
        said = [] if listing.where is None else [condition(self.draft, listing.entity, listing.rows, listing.where)]
        return [*listing.found, *said]

    def _columns(self) -> list[str]:
        """The columns of which nodes are made."""
        asked = set()
        for field in self.listing.fields:
            nodes = [field] if field.name == "nodes" else [edge for edge in field.fields if edge.name == "node"]
            asked |= {inner.name for node in nodes for inner in node.fields}
        return [*VERSION_COLUMNS, *(name for name in self.listing.entity.by_name if name in asked)]


def _parts(source: sa.FromClause) -> list[sa.FromClause]:
    return [*_parts(source.left), *_parts(source.right)] if isinstance(source, sa.Join) else [source]


def _but(rows: sa.Subquery, *names: str) -> list[Expression]:
    return [column for column in rows.c if column.name not in names]

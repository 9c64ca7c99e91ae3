"""Connections: pages of records in a total order (Relay's words), with cursors.

The innermost LIMIT is a number that the planner sees; with only a placeholder it would plan for a tenth of the
table, and sort all of it.  A row more than the page is fetched only when it must be told whether more follow.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql as pg

from baseregistry import errors
from baseregistry.registries.answer.conditions import condition
from baseregistry.registries.answer.cursors import ordering
from baseregistry.registries.answer.draft import (
    Draft,
    Expression,
    Pairs,
    constant,
    from_only,
    json_array,
    nothing_of_its_own,
    number,
)
from baseregistry.registries.answer.values import LONGEST_PAGE, Expects
from baseregistry.registries.declare import Entity
from baseregistry.registries.question import Condition, Field, Order, Page

VERSION_COLUMNS = ("record_id", "valid", "recorded_from", "recorded_to", "change", "redacted", "digest")
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
        self.rows = self._numbered()
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
                    pairs.append((inner.key, _type_name(inner)))
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
                return _type_name(field)

    def _of_page(self, field: Field, collected: sa.FromClause | None) -> Expression:
        match field.name:
            case "has_previous_page":
                return sa.true() if self.after else sa.false()
            case "has_next_page" | "start_cursor" | "end_cursor" if collected is not None:
                return collected.c[field.name]
            case _:
                return _type_name(field)

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

    def _numbered(self) -> sa.Subquery:
        ordered = self._ordered()
        columns: list[Expression] = [column for column in ordered.c if not column.name.startswith("o$")]
        columns.append(sa.func.row_number().over().label("n$"))
        if self.wanted & CURSORS:
            columns.append(self.order.cursor(ordered).label("cursor$"))
        return from_only(ordered).with_only_columns(*columns).subquery(self.draft.name("p"))

    def _ordered(self) -> sa.Subquery:
        most = self.first + number(1) if self.ahead else self.first
        branches = [self._branch(conditions, most) for conditions in self.order.after(self.draft, self.after)]
        if len(branches) == 1:
            return branches[0].subquery(self.draft.name("q"))
        every = sa.union_all(*branches).subquery(self.draft.name("u"))
        merged = from_only(every).with_only_columns(*every.c).order_by(*self.order.by_column(every)).limit(most)
        return merged.subquery(self.draft.name("q"))

    def _branch(self, conditions: list[Expression], most: Expression) -> sa.Select[Any]:
        rows = self.listing.rows
        columns = [*[rows.c[name] for name in self._columns()], *self.order.columns()]
        inner = from_only(rows, *self._conditions(), *conditions).with_only_columns(*columns)
        capped = inner.order_by(*self.order.by_value()).limit(number(LONGEST_PAGE + 1)).subquery(self.draft.name("b"))
        return from_only(capped).with_only_columns(*capped.c).limit(most)

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


def _type_name(field: Field) -> Expression:
    if field.name != "__typename" or field.type_name is None:
        raise errors.BadQuestion(f"A connection has no field {field.name!r}.", code="question.unknown_field")
    return constant(field.type_name)

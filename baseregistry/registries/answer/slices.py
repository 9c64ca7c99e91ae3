"""A slice of numbered rows as a connection's JSON: nodes, edges, where the page begins and ends (Relay's words).

Whoever lists something gives rows in order, each with its number ``n$`` and, where it is wanted, its cursor ``cursor$``;
a row more than was asked for is read only when it must be told whether more follow.
"""

from collections.abc import Callable

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql as pg

from baseregistry.registries.answer import told
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
from baseregistry.registries.question import Field

OWNER = "A connection"
CURSORS = {"cursor", "start_cursor", "end_cursor"}
PLACES = {"has_next_page", "start_cursor", "end_cursor"}  # what is told from the numbers of rows

Nodes = Callable[[sa.FromClause, tuple[Field, ...]], Pairs]  # the pairs of one item: its row, the fields wanted


def wanted(fields: tuple[Field, ...]) -> set[str]:
    """What is asked of a connection's edges and page, by name."""
    return {inner.name for field in fields for inner in field.fields if field.name != "nodes"}


def node_fields(fields: tuple[Field, ...]) -> set[str]:
    """What is asked of a connection's nodes, by name."""
    nodes = [field for field in fields if field.name == "nodes"]
    nodes += [edge for field in fields if field.name == "edges" for edge in field.fields if edge.name == "node"]
    return {inner.name for node in nodes for inner in node.fields}


class Slice:
    """What is gathered from numbered rows, at most `first` of them; `after` tells whether some come before."""

    tells = False  # whether the page tells the access log of all its records at once, and not each item of its own
    whole = False  # whether the page is all of a root

    def __init__(self, draft: Draft, fields: tuple[Field, ...], first: Expression, *, after: bool) -> None:
        self.draft = draft
        self.fields = fields
        self.first = first
        self.after = after
        self.wanted = wanted(fields)
        self.ahead = "has_next_page" in self.wanted
        self.counts = bool(self.wanted & PLACES)

    def json(self, rows: sa.Subquery, nodes: Nodes) -> Expression:
        """The connection as one JSON object."""
        collected = self.collect(rows, nodes)
        pairs = [(field.key, self.field(field, place, collected)) for place, field in enumerate(self.fields)]
        if collected is None or told.OPENING not in collected.c:
            return self.draft.object(pairs, nothing_of_its_own() if collected is None else from_only(collected))
        key = collected.c[told.OPENING]
        if not self.whole:
            return self.draft.object([(told.OPENING, key), *pairs], from_only(collected))
        json = self.draft.object(pairs, nothing_of_its_own())
        return from_only(collected).with_only_columns(told.before(key, json)).scalar_subquery()

    def field(self, field: Field, place: int, collected: sa.FromClause | None) -> Expression:
        """One field of the connection."""
        match field.name:
            case "nodes" | "edges" if collected is not None:
                return collected.c[f"f{place}"]
            case "page_info":
                pairs = [(inner.key, self.of_page(inner, collected)) for inner in field.fields]
                return self.draft.object(pairs, nothing_of_its_own())
            case _:
                return type_name(field, OWNER)

    def of_page(self, field: Field, collected: sa.FromClause | None) -> Expression:
        """One field of ``page_info``."""
        match field.name:
            case "has_previous_page":
                return sa.true() if self.after else sa.false()
            case "has_next_page" | "start_cursor" | "end_cursor" if collected is not None:
                return collected.c[field.name]
            case _:
                return type_name(field, OWNER)

    def gathered(self, rows: sa.Subquery) -> dict[str, Expression]:
        """What ``page_info`` tells of all rows together."""
        made: dict[str, Expression] = {}
        if self.ahead:
            made["has_next_page"] = sa.func.count() > self.first
        if "start_cursor" in self.wanted:
            made["start_cursor"] = self.of_one(rows, "cursor$", rows.c["n$"].asc())
        if "end_cursor" in self.wanted:
            made["end_cursor"] = self.of_one(rows, "cursor$", rows.c["n$"].desc())
        return made

    def of_one(self, rows: sa.Subquery, name: str, place: Expression) -> Expression:
        """The value of the first row of the page in an order, among rows that are gathered."""
        kind = pg.ARRAY(rows.c[name].type)
        values = sa.func.array_agg(pg.aggregate_order_by(rows.c[name], place), type_=kind)
        within = self.within(rows)
        gathered = values if within is None else values.filter(within)
        return sa.type_coerce(gathered, kind)[sa.literal_column("1", sa.Integer())]

    def within(self, rows: sa.Subquery) -> Expression | None:
        """Which of the rows that are read belong to the page; None: all."""
        return rows.c["n$"] <= self.first if self.ahead else None

    def read(self, rows: sa.Subquery) -> Expression:
        """As far as the rows are read; rows without a number are as many as were asked for."""
        if "n$" not in rows.c:
            return sa.true()
        return rows.c["n$"] <= (self.first + number(1) if self.ahead else self.first)

    def collect(self, rows: sa.Subquery, nodes: Nodes) -> sa.FromClause | None:
        """One row with everything that is gathered from the page; None when nothing is."""
        made = self.gathered(rows)
        with told.together(self.draft, rows if self.tells else None) as keys:
            source, items = self._items(rows, nodes)
        made |= items
        if keys:
            made[told.OPENING] = told.of_all(keys, self.within(rows))
        if not made:
            return None
        gathered = sa.select(*[value.label(name) for name, value in made.items()]).select_from(source)
        gathered = gathered.where(self.read(rows))
        return gathered.correlate_except(*parts(source)).subquery(self.draft.name("t"))

    def _items(self, rows: sa.Subquery, nodes: Nodes) -> tuple[sa.FromClause, dict[str, Expression]]:
        """The nodes and edges as arrays, and what they are made from."""
        source: sa.FromClause = rows
        made: dict[str, Expression] = {}
        for place, field in enumerate(self.fields):
            if field.name not in {"nodes", "edges"}:
                continue
            if field.name == "nodes":
                pairs = nodes(rows, field.fields)
            else:
                source, pairs = self._edge(field, nodes, rows, source)
            source, item = self.draft.beside(pairs, source)
            made[f"f{place}"] = json_array(item, self.within(rows))
        return source, made

    def _edge(
        self, field: Field, nodes: Nodes, rows: sa.Subquery, source: sa.FromClause
    ) -> tuple[sa.FromClause, Pairs]:
        pairs: Pairs = []
        for inner in field.fields:
            match inner.name:
                case "cursor":
                    pairs.append((inner.key, rows.c["cursor$"]))
                case "node":
                    source, node = self.draft.beside(nodes(rows, inner.fields), source)
                    pairs.append((inner.key, node))
                case _:
                    pairs.append((inner.key, type_name(inner, OWNER)))
        return source, pairs


def parts(source: sa.FromClause) -> list[sa.FromClause]:
    """The tables and sub-selects that are joined."""
    return [*parts(source.left), *parts(source.right)] if isinstance(source, sa.Join) else [source]

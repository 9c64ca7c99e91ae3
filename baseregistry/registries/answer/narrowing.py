"""How the records of a page are found: by the index of one of its conditions, or along its order.

A generic plan knows no values: it walks a whole table for one that hardly occurs, or collects and sorts all records of one
that is everywhere.  So the statement counts first, up to `FEW`, how far the condition's own index would have to be read.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

import sqlalchemy as sa

from baseregistry.registries.answer.conditions import attribute_of, code_prefix, expects
from baseregistry.registries.answer.draft import Draft, Expression, from_only, number
from baseregistry.registries.answer.values import LONGEST_PAGE
from baseregistry.registries.declare import Code, Entity, Fraction, Kind, PartialDay, Text
from baseregistry.registries.question import Comparison, Condition, Every, Operator, Order

FEW = 5_000  # entries of an index that are read and sorted, rather than the order walked: some 5 ms
FEW_IN_ORDER = 20_000  # entries that are read where each value's are in the page's order already
MOST = 2  # conditions that are tried, the narrowest by its operator first
RANGES = (Operator.LT, Operator.LE, Operator.GT, Operator.GE)
NARROWEST = (Operator.EQ, Operator.IN, Operator.PREFIX, *RANGES)


@dataclass(frozen=True, slots=True)
class Narrowing:
    """A condition that all records of a page meet, with the columns of the index that serves it (none: an index of
    beginnings); `in_order`: it has each value's records in the order of the page."""

    said: Comparison
    columns: tuple[str, ...]
    by_value: bool
    in_order: bool = False

    @property
    def most(self) -> int:
        """Up to how many entries its index is read."""
        return FEW_IN_ORDER if self.in_order else FEW


def narrowings(table: sa.Table, entity: Entity, where: Condition | None, order: tuple[Order, ...]) -> list[Narrowing]:
    """The conditions to try; none where the planner finds the way by itself, whatever the values."""
    said = [one for one in required(where) if isinstance(one, Comparison) and one.operator in NARROWEST]
    said = [one for one in said if not one.negated]
    keys = {key.attributes[0] for key in entity.keys if len(key.attributes) == 1}
    if any(one.attribute in keys and one.operator in {Operator.EQ, Operator.IN} for one in said):
        return []
    made = [found for one in said if (found := _narrowing(table, entity, one, order))]
    made.sort(key=lambda one: NARROWEST.index(one.said.operator))
    if len(made) != 1:
        return made[:MOST]
    (only,) = made
    in_order = only.by_value and only.columns[1:] == ("record_id",) and _orders(entity, only.said.attribute, order)
    if in_order and only.said.operator is Operator.EQ:
        return []
    return [Narrowing(only.said, only.columns, only.by_value, in_order)]


def required(where: Condition | None) -> Iterator[Condition]:
    """The conditions that must all be met."""
    if isinstance(where, Every):
        for part in where.of:
            yield from required(part)
    elif where is not None:
        yield where


def _narrowing(table: sa.Table, entity: Entity, said: Comparison, order: tuple[Order, ...]) -> Narrowing | None:
    kind = attribute_of(entity, said.attribute).kind
    if _by_value(kind, said.operator):
        columns = _led_by(table, said.attribute)
        return Narrowing(said, columns, by_value=True) if columns else None
    if isinstance(kind, Text) and said.operator is Operator.PREFIX:
        return Narrowing(said, (), by_value=False)
    ranges = said.operator in RANGES or (isinstance(kind, PartialDay) and said.operator is Operator.EQ)
    if not ranges or isinstance(kind, Fraction) or (order and order[0].attribute == said.attribute):
        return None
    columns = _led_by(table, said.attribute)
    return Narrowing(said, columns, by_value=False) if columns else None


def _by_value(kind: Kind, operator: Operator) -> bool:
    if isinstance(kind, PartialDay):
        return False
    return operator in {Operator.EQ, Operator.IN} or (isinstance(kind, Code) and operator is Operator.PREFIX)


def _orders(entity: Entity, attribute: str, order: tuple[Order, ...]) -> bool:
    """Whether records of one value of the attribute are in this order when they are in that of their ids."""
    if len(order) > 1 or isinstance(entity.by_name[attribute].kind, Fraction):
        return False
    return not order or (order[0].attribute == attribute and not order[0].given)


@lru_cache(maxsize=1_000)
def _led_by(table: sa.Table, name: str) -> tuple[str, ...]:
    """The columns of a b-tree that begins with this one in the column's own order; the shortest."""
    found = [
        tuple(part.name for part in index.columns)
        for index in table.indexes
        if all(isinstance(part, sa.Column) for part in index.expressions)
        and not index.dialect_options["postgresql"]["ops"]
        and index.dialect_options["postgresql"]["where"] is None
    ]
    return min((columns for columns in found if columns[0] == name), key=len, default=())


@dataclass(frozen=True, slots=True)
class Narrowed:
    """Ways to read the versions in `rows` by narrowings; `first`: how many records the page holds at most."""

    draft: Draft
    entity: Entity
    rows: sa.FromClause
    first: Expression

    def count(self, by: Narrowing, met: Expression) -> Expression:
        """How many entries of its index are to be read, told up to one more than are."""
        where = [] if by.by_value else [met]
        source, entries = self._entries(by, where, [number(1).label("one")], ())
        some = sa.select(entries.c.one).select_from(source).limit(number(by.most + 1)).subquery(self.draft.name("h"))
        return sa.select(sa.func.count()).select_from(some).scalar_subquery()

    def gathered(
        self, by: Narrowing, where: Sequence[Expression], columns: Sequence[Expression], order: Sequence[Expression]
    ) -> tuple[sa.Select[Any], sa.FromClause]:
        """All records by its index, or of each value those first in `order`; also the rows of which they are selected."""
        source, entries = self._entries(by, where, columns, order)
        return sa.select(*entries.c).select_from(source).limit(number(LONGEST_PAGE + 1)), entries

    def _entries(
        self, by: Narrowing, where: Sequence[Expression], columns: Sequence[Expression], order: Sequence[Expression]
    ) -> tuple[sa.FromClause, sa.FromClause]:
        """What to select from, and what is read there along the index."""
        along: list[Expression] = [self.rows.c[name] for name in by.columns]
        if by.in_order and order:  # the value is but one, and is named all the same: so no other index is in this order
            along = [*along[: len(along) - len(order)], *order]
        if not by.by_value:
            read = from_only(self.rows, *where).with_only_columns(*columns).order_by(*along)
            found = read.limit(number(FEW + 1)).subquery(self.draft.name("h"))
            return found, found
        values = self._values(by.said).subquery(self.draft.name("w"))
        column, value = self.rows.c[by.said.attribute], values.c.value
        bounds = column >= value, column <= value  # as an equality it would let the planner walk another index in order
        read = from_only(self.rows, *bounds, *where).with_only_columns(*columns).order_by(*along)
        most = self.first + number(1) if by.in_order else number(FEW + 1)
        each = read.limit(most).lateral(self.draft.name("h"))
        return values.join(each, sa.true()), each

    def _values(self, said: Comparison) -> sa.Select[Any]:
        """The values, each once."""
        kind = attribute_of(self.entity, said.attribute).kind
        assert said.value is not None
        value = self.draft.bind(said.value, expects(kind))
        if said.operator is Operator.EQ:
            return sa.select(value.label("value"))
        many = (
            code_prefix(self.draft, kind, value)
            if isinstance(kind, Code) and said.operator is Operator.PREFIX
            else value
        )
        each = sa.func.unnest(many, type_=expects(kind).column_type)
        return sa.select(each.label("value")).distinct()

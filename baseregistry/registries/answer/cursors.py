"""Total orders and the cursors that name a place in one.

A cursor holds the order's values and the record's id (keyset), so a page begins after a place, not after a number
of rows, and stays right while records come and go.  Null counts as larger than every value.
"""

import hashlib
from dataclasses import dataclass
from functools import partial
from typing import Any

import orjson
import sqlalchemy as sa
from sqlalchemy.dialects import postgresql as pg

from baseregistry import errors
from baseregistry.registries.answer.bookmarks import Part, encoded, part_of
from baseregistry.registries.answer.conditions import attribute_of, expects, share_value
from baseregistry.registries.answer.draft import Draft, Expression
from baseregistry.registries.declare import Entity, Fraction, Geometry
from baseregistry.registries.question import Bind, Order
from baseregistry.registries.tables import given_name


@dataclass(frozen=True, slots=True)
class Term:
    """One term of an order: its value, the type its text is read back as, its direction; `part`: what more is known of
    what a cursor says of it."""

    value: Expression
    kind: sa.types.TypeEngine[Any]
    descending: bool
    part: Part | None = None

    def read_back(self) -> Part:
        """What a cursor may say of it."""
        return self.part or Part(self.kind)

    def sorted(self, value: Expression) -> Expression:
        return value.desc().nulls_first() if self.descending else value.asc().nulls_last()


@dataclass(frozen=True, slots=True)
class Ordering:
    """The terms of a total order, the record's id last, and the signature by which its cursors are known."""

    terms: tuple[Term, ...]
    signature: str
    whole: bool = False  # the terms but the last are null together and go one way: they are compared as one row

    def columns(self) -> list[sa.Label[Any]]:
        """The values of the terms as ``o$0`` …, to sort again and to make cursors of."""
        return [term.value.label(f"o${place}") for place, term in enumerate(self.terms)]

    def by_value(self) -> list[Expression]:
        return [term.sorted(term.value) for term in self.terms]

    def by_column(self, rows: sa.FromClause) -> list[Expression]:
        return [term.sorted(rows.c[f"o${place}"]) for place, term in enumerate(self.terms)]

    def cursor(self, rows: sa.FromClause) -> Expression:
        """The cursor of a row that has `columns`."""
        return encoded(self.signature, [rows.c[f"o${place}"] for place in range(len(self.terms))])

    def after(self, draft: Draft, cursor: Bind | None) -> list[list[Expression]]:
        """Conditions for what comes after a cursor, in parts that do not overlap, so that an index finds where each begins."""
        if cursor is None:
            return [[]]
        values = self.values(draft, cursor)
        if len(self.terms) == 1:
            return [[self.terms[0].value > values[0]]]
        lead, value, beyond = self.terms[0], values[0], self._beyond(values)
        if not lead.descending:
            return [self._onward(values, beyond), [lead.value.is_(None), beyond]]
        of_null = [lead.value.is_(None), value.is_(None), beyond]
        return [self._onward(values, beyond), of_null, [lead.value.is_not(None), value.is_(None)]]

    def values(self, draft: Draft, cursor: Bind) -> list[Expression]:
        """What a cursor holds, term by term, as placeholders."""
        return [self._part(draft, cursor, place) for place in range(len(self.terms))]

    def _onward(self, values: list[Expression], beyond: Expression) -> list[Expression]:
        """Beyond a place whose first value is not null; where it can be, index and cursor are compared as whole rows."""
        lead = self.terms[0]
        here: Expression = lead.value
        there: Expression = values[0]
        if len(self.terms) == 2 or self.whole:
            here, there = sa.tuple_(*[term.value for term in self.terms]), sa.tuple_(*values)
            return [here < there if lead.descending else here > there]
        return [here <= there if lead.descending else here >= there, beyond]

    def _beyond(self, values: list[Expression]) -> Expression:
        """Strictly after the cursor, term by term; the last one, the record's id, is never null."""
        last = self.terms[-1]
        made = last.value < values[-1] if last.descending else last.value > values[-1]
        for term, value in reversed(list(zip(self.terms, values, strict=True))[:-1]):
            beyond = term.value < value if term.descending else term.value > value
            low, high = (value, term.value) if term.descending else (term.value, value)
            past_null = sa.and_(low.is_(None), high.is_not(None))
            made = sa.or_(beyond, past_null, sa.and_(term.value.is_not_distinct_from(value), made))
        return made

    def _part(self, draft: Draft, cursor: Bind, place: int) -> Expression:
        read = partial(part_of, self.signature, tuple(term.read_back() for term in self.terms), place)
        return draft.part(cursor, f"{self.signature}_{place}", read, self.terms[place].kind)


def ordering(entity: Entity, rows: sa.FromClause, order: tuple[Order, ...]) -> Ordering:
    """The total order of `rows`.  Raises errors.BadQuestion for an attribute that has none."""
    terms = [term for one in order for term in _terms(entity, rows, one)]
    terms.append(Term(rows.c.record_id, pg.UUID(), bool(order) and order[-1].descending))
    said = [entity.full_name, *[[one.attribute, one.descending, *["given"] * one.given] for one in order]]
    signature = hashlib.sha256(orjson.dumps(said)).hexdigest()[:8]
    return Ordering(tuple(terms), signature, whole=len(order) == 1)


def _terms(entity: Entity, rows: sa.FromClause, order: Order) -> list[Term]:
    attribute = attribute_of(entity, order.attribute)
    match attribute.kind:
        case Geometry():
            raise errors.BadQuestion(
                f"{attribute.name} is a geometry, which has no order.",
                code="question.not_comparable",
                hint="Order by another attribute.",
            )
        case Fraction():
            return [_nullable(share_value(rows.c[attribute.name]), sa.Numeric(), order)]
        case kind:
            whole = _nullable(rows.c[attribute.name], expects(kind).column_type, order)
            given = _nullable(given_name(rows.c[attribute.name]), sa.Text(), order)
            return [given, whole] if order.given else [whole]


def _nullable(value: Expression, kind: sa.types.TypeEngine[Any], order: Order) -> Term:
    return Term(value, kind, order.descending, Part(kind, nullable=True))

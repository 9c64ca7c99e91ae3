"""A search by name in the order of how well it is met, page by page, whatever the name.

Four ranks: the whole name as written, the same words, all words as written, all words; within a rank by part of the
register (`names`) and id.  They are read in turn and reading stops with the page: a rank's first part is asked alone
before all others, so that no page of a common name collects all of its hits.
"""

import hashlib
from collections.abc import Iterator
from dataclasses import dataclass

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql as pg

from baseregistry.registries.answer.cursors import Ordering, Term
from baseregistry.registries.answer.draft import Draft, Expression, from_only, number
from baseregistry.registries.answer.values import Expects
from baseregistry.registries.answer.words import KEYS, holds, keys_of, words_of
from baseregistry.registries.declare import Entity
from baseregistry.registries.question import Bind, Comparison, Condition, Every, Operator


def searched(where: Condition | None) -> Comparison | None:
    """The search that must be met and so may rank; the first of several."""
    parts = where.of if isinstance(where, Every) else (where,)
    found = (part for part in parts if isinstance(part, Comparison) and part.operator is Operator.SEARCH)
    return next(found, None)


def without(where: Condition, search: Comparison) -> tuple[Condition, ...]:
    """What else must be met."""
    parts = where.of if isinstance(where, Every) else (where,)
    return tuple(part for part in parts if part is not search)


def by_relevance(entity: Entity, rows: sa.FromClause, search: Comparison) -> Ordering:
    """The order of the page: rank, part, id."""
    part = sa.func.name_part(rows.c.record_id, type_=sa.Integer())
    terms = (
        Term(number(0), sa.BigInteger(), False),
        Term(part, sa.Integer(), False),
        Term(rows.c.record_id, pg.UUID(), False),
    )
    said = f"relevance {entity.full_name} {search.attribute}"
    return Ordering(terms, hashlib.sha256(said.encode()).hexdigest()[:8])


@dataclass(frozen=True, slots=True)
class Ranks:
    """The ranks of one search over `rows`; `found` are the other conditions of the page."""

    draft: Draft
    rows: sa.FromClause
    found: tuple[Expression, ...]
    search: Comparison
    order: Ordering
    after: Bind | None

    def turns(self) -> Iterator[sa.Select[tuple[object, ...]]]:
        """What is read, in turn: SELECTs without columns yet; the rank of each comes first in `columns`."""
        for rank, where in self._conditions():
            yield self._turn(rank, where)

    def _turn(self, rank: int, where: tuple[Expression, ...]) -> sa.Select[tuple[object, ...]]:
        _, part, identity = (term.value for term in self.order.terms)
        selected = from_only(self.rows, *self.found, *where, *self._beyond(rank))
        return selected.with_only_columns(number(rank).label("o$0"), part.label("o$1"), identity.label("o$2")).order_by(
            part, identity
        )

    def _beyond(self, rank: int) -> list[Expression]:
        if self.after is None:
            return []
        rank_there, part_there, id_there = self.order.values(self.draft, self.after)
        _, part, identity = (term.value for term in self.order.terms)
        here, there = sa.tuple_(number(rank), part, identity), sa.tuple_(rank_there, part_there, id_there)
        return [rank_there <= number(rank), here > there]

    def _conditions(self) -> Iterator[tuple[int, tuple[Expression, ...]]]:
        said = self.search.value
        assert said is not None
        keys, words = keys_of(self.rows, self.search.attribute), words_of(self.draft, said)
        written = sa.func.name_written(self.draft.bind(said, Expects.WORDS), type_=KEYS)
        whole = pg.array([sa.func.name_whole(words, type_=sa.Text())])
        marked = sa.not_(written.op("<@", is_comparison=True)(words))  # something is written that folding takes away
        yield 0, (holds(keys, _and(whole, written)),)
        yield 1, (marked, holds(keys, whole), self._not(_and(whole, written)))
        for rank, wanted, gate in ((2, written, ()), (3, words, (marked,))):
            first = self._first_part(rank)
            here = [_in_part(first, names) for names in (wanted, words, written)]
            better = [self._not(_and(whole, here[1])), self._not(here[2])][: rank - 1]
            yield rank, (*gate, holds(keys, here[0]), *better)
            better = [self._not(whole), self._not(written)][: rank - 1]
            yield rank, (*gate, holds(keys, wanted), self.order.terms[1].value > first, *better)

    def _first_part(self, rank: int) -> Expression:
        """The part in which the page begins."""
        if self.after is None:
            return sa.literal_column("0", sa.Integer())
        rank_there, part_there, _ = self.order.values(self.draft, self.after)
        return sa.case((rank_there == number(rank), part_there), else_=sa.literal_column("0", sa.Integer()))

    def _not(self, wanted: Expression) -> Expression:
        """Not among those that hold these keys."""
        found = from_only(self.rows, *self.found, holds(keys_of(self.rows, self.search.attribute), wanted))
        return self.rows.c.record_id.not_in(found.with_only_columns(self.rows.c.record_id))


def _and(one: Expression, other: Expression) -> Expression:
    return one.op("||", return_type=KEYS)(other)


def _in_part(part: Expression, words: Expression) -> Expression:
    return sa.func.name_in_part(part, words, type_=KEYS)

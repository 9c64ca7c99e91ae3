"""A search by name in the order of how well it is met, page by page, whatever the name.

Four ranks: the whole name as written, the same words, all words as written, all words; within a rank by part of the
register (`names`) and id.  They are read in turn and reading stops with the page: a few parts one by one, then all others
together, so that no page of a common name collects all of its hits, and none of a rare one asks every part.
"""

import hashlib
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql as pg

from baseregistry.registries.answer.bookmarks import Part
from baseregistry.registries.answer.conditions import attribute_of
from baseregistry.registries.answer.cursors import Ordering, Term
from baseregistry.registries.answer.draft import Draft, Expression, from_only, number
from baseregistry.registries.answer.values import LONGEST_PAGE, Expects
from baseregistry.registries.answer.words import KEYS, check_name, holds, keys_of, words_of
from baseregistry.registries.declare import Entity
from baseregistry.registries.question import Bind, Comparison, Condition, Every, Operator

FEW = 16  # parts that are read one by one
MANY = 8  # hits in one part that make it worth while
LAST_RANK = 3


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
    """The order of the page: rank, part, id.  Raises errors.BadQuestion when the attribute is no name."""
    check_name(attribute_of(entity, search.attribute))
    part = sa.func.name_part(rows.c.record_id, type_=sa.Integer())
    terms = (
        Term(number(0), sa.BigInteger(), False, Part(sa.BigInteger(), least=0, most=LAST_RANK)),
        Term(part, sa.Integer(), False, Part(sa.Integer(), least=0, most=2**31 - 1)),
        Term(rows.c.record_id, pg.UUID(), False),
    )
    said = f"relevance {entity.full_name} {search.attribute}"
    return Ordering(terms, hashlib.sha256(said.encode()).hexdigest()[:8])


@dataclass(frozen=True, slots=True)
class Ranks:
    """The ranks of one search over `rows`; `found` are the other conditions of the page."""

    draft: Draft
    entity: Entity
    rows: sa.FromClause
    found: tuple[Expression, ...]
    search: Comparison
    order: Ordering
    after: Bind | None

    def turns(self, columns: Sequence[Expression]) -> Iterator[sa.Select[Any]]:
        """What is read, in turn, each with its rank, its part and these columns."""
        for rank in self._ranks():
            first = self._first_part(rank.number)
            last = self._last_part(rank, first)
            yield self._part_by_part(rank, (first, last), columns)
            _, part, identity = (term.value for term in self.order.terms)
            rest = self._selected(rank, rank.wanted, rank.better, columns).where(part > last)
            if rank.otherwise is not None:
                rest = rest.where(rank.otherwise)
            yield rest.order_by(part, identity)

    def _last_part(self, rank: "Rank", first: Expression) -> Expression:
        """The last of the parts that are read one by one: none, where the first of them has hardly a hit."""
        rows = self.draft.versions(self.entity.full_name)
        hits = holds(keys_of(rows, self.search.attribute), rank.wanted.inside(first).all)
        some = (
            from_only(rows, hits)
            .with_only_columns(number(1).label("one"))
            .limit(number(MANY))
            .subquery(self.draft.name("h"))
        )
        count = sa.select(sa.func.count()).select_from(some).scalar_subquery()
        few = sa.literal_column(str(FEW), sa.Integer())
        return (
            first
            - sa.literal_column("1", sa.Integer())
            + sa.case((count >= number(MANY), few), else_=sa.literal_column("0", sa.Integer()))
        )

    def _part_by_part(
        self, rank: "Rank", parts: tuple[Expression, Expression], columns: Sequence[Expression]
    ) -> sa.Select[Any]:
        """The parts with which the page begins, one after another: a loop that ends when the page is full."""
        series = sa.func.generate_series(*parts).table_valued(
            sa.column("part", sa.Integer()), name=self.draft.name("g")
        )
        series = series.render_derived()
        inside = [keys.inside(series.c.part) for keys in (*rank.better, rank.written) if keys is not None]
        selected = self._selected(rank, rank.wanted.inside(series.c.part), inside, columns)
        found = selected.order_by(self.rows.c.record_id).limit(number(LONGEST_PAGE + 1)).lateral(self.draft.name("t"))
        return sa.select(*found.c).select_from(series.join(found, sa.true()))

    def _selected(
        self, rank: "Rank", wanted: "Keys", better: Iterable["Keys"], columns: Sequence[Expression]
    ) -> sa.Select[Any]:
        _, part, identity = (term.value for term in self.order.terms)
        keys = keys_of(self.rows, self.search.attribute)
        others = [self._not(one) for one in better]
        where = (holds(keys, wanted.all), *others, *self._beyond(rank.number))
        places = number(rank.number).label("o$0"), part.label("o$1"), identity.label("o$2")
        return from_only(self.rows, *self.found, *where).with_only_columns(*places, *columns)

    def _beyond(self, rank: int) -> list[Expression]:
        if self.after is None:
            return []
        rank_there, part_there, id_there = self.order.values(self.draft, self.after)
        _, part, identity = (term.value for term in self.order.terms)
        here, there = sa.tuple_(number(rank), part, identity), sa.tuple_(rank_there, part_there, id_there)
        return [rank_there <= number(rank), here > there]

    def _ranks(self) -> tuple["Rank", ...]:
        said = self.search.value
        assert said is not None
        words = words_of(self.draft, said)
        typed = sa.func.name_written(self.draft.bind(said, Expects.WORDS), type_=KEYS)
        written = sa.case((words.is_not(None), typed))
        whole = pg.array([sa.func.name_whole(words, type_=sa.Text())])
        name = sa.func.name_written(self.rows.c[self.search.attribute], type_=KEYS)
        otherwise = holds(name, written).is_not(sa.true())
        whole_written = Keys(whole.op("||", return_type=KEYS)(written), written, whole)
        whole_words = Keys(whole, words, whole)
        return (
            Rank(0, whole_written),
            Rank(1, whole_words, (), whole_written, otherwise),
            Rank(2, Keys(written, written), (whole_words,)),
            Rank(LAST_RANK, Keys(words, words), (whole_words,), Keys(written, written), otherwise),
        )

    def _first_part(self, rank: int) -> Expression:
        """The part in which the page begins."""
        nought = sa.literal_column("0", sa.Integer())
        if self.after is None:
            return nought
        rank_there, part_there, _ = self.order.values(self.draft, self.after)
        return sa.case((rank_there == number(rank), part_there), else_=nought)

    def _not(self, keys: "Keys") -> Expression:
        """Not among those that hold these keys."""
        found = from_only(self.rows, *self.found, holds(keys_of(self.rows, self.search.attribute), keys.all))
        return self.rows.c.record_id.not_in(found.with_only_columns(self.rows.c.record_id))


@dataclass(frozen=True, slots=True)
class Keys:
    """What is looked up: `all` anywhere, `words` in one part, there with the whole name they must make up, if they must."""

    all: Expression
    words: Expression
    whole: Expression | None = None

    def inside(self, part: Expression) -> "Keys":
        words = sa.func.name_in_part(part, self.words, type_=KEYS)
        return Keys(words if self.whole is None else self.whole.op("||", return_type=KEYS)(words), words)


@dataclass(frozen=True, slots=True)
class Rank:
    """What a rank wants, and what the ranks above it already answered."""

    number: int
    wanted: Keys
    better: tuple[Keys, ...] = ()
    written: Keys | None = None  # what the rank above answered, looked up in a part
    otherwise: Expression | None = None  # the same, told of each row

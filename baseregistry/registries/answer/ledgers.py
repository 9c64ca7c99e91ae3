"""The ledger itself: one change, or a page of them, and what each wrote."""

from typing import Any

import sqlalchemy as sa

from baseregistry.registries.answer.draft import Draft, Expression, Pairs, constant, from_only, number
from baseregistry.registries.answer.moments import Moment
from baseregistry.registries.answer.provenance import entry
from baseregistry.registries.answer.touches import LAST_RECORD, Stretch
from baseregistry.registries.answer.walks import Walk, kinds
from baseregistry.registries.answer.writes import writes
from baseregistry.registries.ledger import Kind
from baseregistry.registries.question import Field, Form, Question

KINDS = tuple(kind.value for kind in Kind)


def answered(draft: Draft, moment: Moment, question: Question) -> Expression:
    """The change at the position asked for, null for the empty ledger's; or a page of changes, in order."""
    if question.form is Form.CHANGES:
        walk = _Entries(draft, question.entity, moment, question)
        return walk.json(walk.rows(), lambda row, fields: _entry(draft, row, fields))
    row = draft.ledger()
    return draft.object(_entry(draft, row, question.fields), from_only(row, row.c.position == moment.recorded))


class _Entries(Walk):
    """A page through the ledger."""

    def candidates(self, stretch: Stretch, most: int) -> sa.Subquery:
        """The positions of the changes asked for, in order; each kind from its own part of the index."""
        draft, said = self.draft, self.changes
        if not said.kinds:
            return self._positions(stretch, most).subquery(draft.name("c"))
        asked = kinds(draft, said.kinds)
        parts = [self._positions(stretch, most, (kind, asked)) for kind in map(constant, KINDS)]
        every = sa.union_all(*parts).subquery(draft.name("u"))
        merged = from_only(every).with_only_columns(every.c.position, every.c.record_id)
        return merged.order_by(every.c.position).limit(number(most)).subquery(draft.name("c"))

    def _positions(
        self, stretch: Stretch, most: int, one_of: tuple[Expression, Expression] | None = None
    ) -> sa.Select[Any]:
        change = self.draft.ledger()
        said = self.asked(change)
        if one_of is None:
            said += stretch.holds(change.c.position, LAST_RECORD)
        else:
            said += [one_of[0] == sa.func.any(one_of[1]), *_of_kind(change, one_of[0], stretch)]
        columns = change.c.position.label("position"), LAST_RECORD.label("record_id")
        found = from_only(change, *said).with_only_columns(*columns)
        return found.order_by(change.c.position).limit(number(most))

    def beside(
        self, found: sa.Subquery, change: sa.FromClause
    ) -> tuple[sa.FromClause, dict[str, Expression], list[Expression]]:
        """The whole entry."""
        return found.join(change, change.c.position == found.c.position), dict(change.c), []


def _of_kind(change: sa.FromClause, kind: Expression, stretch: Stretch) -> list[Expression]:
    """The stretch among the changes of one kind, as one row of the index by kind, which no other index can serve."""
    here = sa.tuple_(change.c.kind, change.c.position)
    begins = [stretch.since] if stretch.resumed is None else [stretch.since, stretch.resumed.position]
    said = [here > sa.tuple_(kind, begin) for begin in begins]
    return [change.c.kind == kind, *said, here <= sa.tuple_(kind, stretch.until)]


def _entry(draft: Draft, row: sa.FromClause, fields: tuple[Field, ...]) -> Pairs:
    """Keys and values of a change, in the order they were asked for."""
    own = {field.key: writes(draft, row, field) for field in fields if field.name == "writes"}
    said = dict(entry(row, tuple(field for field in fields if field.name != "writes")))
    return [(field.key, own.get(field.key, said.get(field.key))) for field in fields]  # type: ignore[misc]

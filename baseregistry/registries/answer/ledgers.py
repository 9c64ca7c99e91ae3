"""The ledger itself: one change, or a page of them, and what each wrote."""

import sqlalchemy as sa

from baseregistry.registries.answer.draft import Draft, Expression, Pairs, from_only
from baseregistry.registries.answer.moments import Moment
from baseregistry.registries.answer.provenance import entry
from baseregistry.registries.answer.touches import Stretch, entries
from baseregistry.registries.answer.walks import Walk
from baseregistry.registries.answer.writes import writes
from baseregistry.registries.question import Field, Form, Question


def answered(draft: Draft, moment: Moment, question: Question) -> Expression:
    """The change at the position asked for, null for the empty ledger's; or a page of changes, in order."""
    if question.form is Form.CHANGES:
        walk = _Entries(draft, question.entity, moment, question)
        return walk.json(walk.rows(), lambda row, fields: _entry(draft, row, fields))
    row = draft.installation.tables.ledger_change.alias(draft.name("l"))
    return draft.object(_entry(draft, row, question.fields), from_only(row, row.c.position == moment.recorded))


class _Entries(Walk):
    """A page through the ledger."""

    def candidates(self, stretch: Stretch, most: int) -> sa.Subquery:
        """All positions, in order."""
        return entries(self.draft, stretch, most)

    def beside(
        self, found: sa.Subquery, change: sa.FromClause
    ) -> tuple[sa.FromClause, dict[str, Expression], list[Expression]]:
        """The whole entry."""
        return found.join(change, change.c.position == found.c.position), dict(change.c), []


def _entry(draft: Draft, row: sa.FromClause, fields: tuple[Field, ...]) -> Pairs:
    """Keys and values of a change, in the order they were asked for."""
    own = {field.key: writes(draft, row, field) for field in fields if field.name == "writes"}
    said = dict(entry(row, tuple(field for field in fields if field.name != "writes")))
    return [(field.key, own.get(field.key, said.get(field.key))) for field in fields]  # type: ignore[misc]

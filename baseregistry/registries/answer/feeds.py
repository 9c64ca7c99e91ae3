"""Feeds: which records of an entity changed since a ledger position, in the ledger's order, none missed.

A feed is a question like any other (``Form.FEED``): `compile` makes a plan of it, `Pool.run` answers it from one
snapshot.  Positions are committed in order under one lock, so a snapshot that sees a position sees all before it.
An item is a record at a position; what is told of it was known then.
"""

from dataclasses import replace

import sqlalchemy as sa

from baseregistry.registries.answer import territory, told, walks
from baseregistry.registries.answer.draft import (
    Draft,
    Expression,
    Pairs,
    constant,
    from_only,
    instant_text,
    number,
    type_name,
)
from baseregistry.registries.answer.facts import facts, values
from baseregistry.registries.answer.moments import Moment, Seen, begin_of
from baseregistry.registries.answer.objects import record
from baseregistry.registries.answer.pieces import Pieces, Touched, effect, first_of, pieces
from baseregistry.registries.answer.provenance import entry
from baseregistry.registries.answer.slices import node_fields
from baseregistry.registries.answer.touches import Stretch, touches
from baseregistry.registries.answer.walks import Walk
from baseregistry.registries.declare import Entity
from baseregistry.registries.question import AsOf, Bind, Changes, Field, Form, Page, Question, Scope

ITEM = "An item of a feed"
TOLD_BY_PIECES = {"effect", "status", "retracted"}
REDACTION = constant("REDACTION")


def feed(key: str, entity: str, fields: tuple[Field, ...], page: Page, changes: Changes) -> Question:
    """What changed of an entity's records after ``changes.since``, at most ``page.first`` items, up to the head.

    `fields` are those of the connection: ``nodes``, ``edges`` (``cursor``, ``node``) and ``page_info``
    (``has_next_page``, ``end_cursor``, ``up_to``).  Its JSON is ``Answer.data[0]``.  To go on, give ``end_cursor`` as
    ``page.after`` (it is there even when the page is empty), or ``up_to`` as ``changes.since``: all changes up to that
    position have been told.  A page under a filter may hold fewer than `first` items and still have a next one.
    Raises (when run) question.future_position when `since` has not come, ledger.forked for another ledger's hash.
    """
    return Question(key, entity, Form.FEED, fields, Scope(), AsOf(), page=page, changes=changes)


def until(question: Question, position: Bind) -> Question:
    """The same feed, up to a ledger position (itself included) that has come."""
    return replace(question, as_of=AsOf(position=position))


def answered(draft: Draft, entity: Entity, moment: Moment, question: Question) -> Expression:
    """The page of a feed as one JSON object."""
    walk = _Feed(draft, entity, moment, question)
    return walk.json(walk.rows(), walk.item)


class _Feed(Walk):
    """A page through the records that were touched."""

    def __init__(self, draft: Draft, entity: Entity, moment: Moment, question: Question) -> None:
        super().__init__(draft, entity.full_name, moment, question)
        self.entity = entity
        self.scopes = [scope for scope in (draft.scope, Scope(self.changes.units)) if scope.units is not None]
        said = self.changes
        if self.scopes:
            self.looks_at = walks.LOOKED_AT
        elif said.kinds or said.agency or said.case:
            self.looks_at = walks.LOOKED_THROUGH

    def candidates(self, stretch: Stretch, most: int) -> sa.Subquery:
        """Records and positions, in order."""
        return touches(self.draft, self.entity, stretch, most)

    def beside(
        self, found: sa.Subquery, change: sa.FromClause
    ) -> tuple[sa.FromClause, dict[str, Expression], list[Expression]]:
        """What the pieces tell: joined to each candidate as far as it is wanted, and which candidates pass."""
        joined = found.join(change, change.c.position == found.c.position)
        if not (self.scopes or node_fields(self.fields) & TOLD_BY_PIECES):
            return joined, {}, self.asked(change)
        touched = self._touched(found, change)
        told = self._told(touched)
        named: dict[str, Expression] = {name: told.c[name] for name in ("was", "stands", "lost", "before", "after")}
        passes = [sa.or_(told.c.before, told.c.after)] if self.scopes else []
        return joined.join(told, sa.true()), named, [*passes, *self.asked(change)]

    def _touched(self, row: sa.FromClause, change: sa.FromClause) -> Touched:
        draft, entity = self.draft, self.entity
        return Touched(
            constant(entity.full_name),
            lambda: draft.versions(entity.full_name),
            lambda version: values(draft, entity, version, change.c.recorded_at),
            row.c.record_id,
            row.c.position,
            change.c.kind,
            change.c.recorded_at,
        )

    def _shown(self, touched: Touched) -> Touched:
        """The same, but of versions that lie outside the caller's territory no value is told: a record that left it says
        what it was here, and not what became of it there."""
        if self.draft.scope.units is None:
            return touched
        position, told = touched.position, touched.values

        def lies(version: sa.FromClause) -> Expression:
            moment = Moment(begin_of(version, touched.recorded_at), version.c.recorded_from, position)
            return sa.and_(*territory.inside(self.draft, Seen(self.entity, version, moment)))

        return replace(touched, values=lambda version: sa.case((lies(version), told(version))))

    def _told(self, touched: Touched) -> sa.FromClause:
        found = pieces(self.draft, touched)
        was, stands = found.was, found.stands
        before, after = self._inside(touched, found)
        columns = {
            "was": sa.func.bool_or(was),
            "stands": sa.func.bool_or(stands),
            "lost": sa.func.bool_or(sa.and_(was, sa.not_(stands))),
            "before": before,
            "after": after,
        }
        labelled = [column.label(name) for name, column in columns.items()]
        return found.select().with_only_columns(*labelled).lateral(self.draft.name("t"))

    def _inside(self, touched: Touched, found: Pieces) -> tuple[Expression, Expression]:
        """Whether some moment that was touched was, and is, among those asked for."""
        was, stands = found.was, found.stands
        if not self.scopes:
            return sa.func.bool_or(was), sa.func.bool_or(stands)
        valid, position = first_of(found.valid, touched.recorded_at), touched.position
        old = Seen(self.entity, found.old, Moment(valid, position - number(1), position - number(1)))
        new = Seen(self.entity, found.new, Moment(valid, position, position))
        redacted = self._believed_inside(touched)
        before, after = (
            sa.case((touched.kind == REDACTION, redacted), else_=sa.func.bool_or(sa.and_(there, *self.lies(seen))))
            for there, seen in ((was, old), (stands, new))
        )
        return before, after

    def lies(self, seen: Seen) -> list[Expression]:
        """Conditions that a version lies where the caller may look, and where he asks."""
        return [lies for scope in self.scopes for lies in territory.inside(replace(self.draft, scope=scope), seen)]

    def _believed_inside(self, touched: Touched) -> Expression:
        """Whether some version of the record, as believed at the position, lies there."""
        rows = self.draft.versions(self.entity.full_name)
        moment = Moment(begin_of(rows, touched.recorded_at), touched.position, touched.position)
        said = (
            rows.c.record_id == touched.record_id,
            moment.believed(rows),
            *self.lies(Seen(self.entity, rows, moment)),
        )
        return from_only(rows, *said).with_only_columns(number(1)).exists()

    def item(self, row: sa.FromClause, fields: tuple[Field, ...]) -> Pairs:
        """Keys and values of one item."""
        touched = self._touched(row, row)
        pairs = [(field.key, self._value(touched, row, field)) for field in fields]
        values_of = told.values_told(self.entity, fields)
        position = touched.position
        seen = Seen(self.entity, row, Moment(position, position, position))
        return [*told.key_of_item(self.draft, seen, values_of, position), *pairs]

    def _value(self, touched: Touched, row: sa.FromClause, field: Field) -> Expression:
        match field.name:
            case "position":
                return sa.cast(touched.position, sa.Text())
            case "recorded_at":
                return instant_text(touched.recorded_at)
            case "kind" | "record_id":
                return row.c[field.name]
            case "effect" | "status" | "retracted":
                return _told(touched, row, field.name)
            case "versions" | "withdrawn":
                return self._versions(touched, field)
            case "facts":
                return facts(self.draft, self._shown(touched), field)
            case "change":
                change = self.draft.ledger()
                found = from_only(change, change.c.position == touched.position)
                return self.draft.object(entry(change, field.fields), found)
            case _:
                return type_name(field, ITEM)

    def _versions(self, touched: Touched, field: Field) -> Expression:
        """The versions that the change wrote, or that it closed, each as of its begin, as known then."""
        rows, position = self.draft.versions(self.entity.full_name), touched.position
        closed = field.name == "withdrawn"
        known = position - number(1) if closed else position
        moment = Moment(begin_of(rows, touched.recorded_at), known, position, histories=1)
        seen = Seen(self.entity, rows, moment)
        said = touched.closed(rows) if closed else touched.written(rows)
        found = from_only(rows, *said, *territory.inside(self.draft, seen)).order_by(rows.c.valid)
        return self.draft.array(record(self.draft, seen, field.fields), found)


def _told(touched: Touched, row: sa.FromClause, name: str) -> Expression:
    match name:
        case "effect":
            return item_effect(touched, row.c.was, row.c.stands)
        case "retracted":
            return item_retracted(touched, row.c.lost)
        case _:
            return _status(row)


def item_effect(touched: Touched, was: Expression, stands: Expression) -> Expression:
    """The word for all that a change did to a record."""
    return sa.case(
        (touched.kind == REDACTION, constant("REDACTED")),
        else_=sa.func.coalesce(effect(touched, was, stands), constant("REWRITTEN")),
    )


def item_retracted(touched: Touched, lost: Expression) -> Expression:
    """Whether something was taken back that stood for some moment, with nothing in its place."""
    never_so = effect(touched, sa.true(), sa.false()) == constant("RETRACTED")
    return sa.func.coalesce(sa.and_(lost, never_so), sa.false())


def _status(row: sa.FromClause) -> Expression:
    """Whether the record came among those asked for, left them, or stayed, at the moments that the change touched."""
    before, after = (sa.func.coalesce(row.c[name], sa.false()) for name in ("before", "after"))
    entered, left = sa.and_(after, sa.not_(before)), sa.and_(before, sa.not_(after))
    return sa.case((entered, constant("ENTERED")), (left, constant("LEFT")), else_=constant("STAYED"))

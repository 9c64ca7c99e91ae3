"""What one change wrote: the records it touched, in the order of the declarations, page by page, and what it did to each."""

from functools import partial
from typing import Any

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql as pg

from baseregistry import errors
from baseregistry.registries.answer import told
from baseregistry.registries.answer.bookmarks import Part, encoded, part_of
from baseregistry.registries.answer.draft import Draft, Expression, Pairs, constant, from_only, number, type_name
from baseregistry.registries.answer.facts import about, elements, facts, values
from baseregistry.registries.answer.feeds import item_effect, item_retracted
from baseregistry.registries.answer.pieces import Touched, pieces
from baseregistry.registries.answer.slices import Slice
from baseregistry.registries.answer.touches import LAST_RECORD, signature
from baseregistry.registries.answer.values import LONGEST_PAGE, Expects
from baseregistry.registries.declare import Entity
from baseregistry.registries.question import Bind, Field

WRITE = ("A write", "Write")
FIRST_RECORD = sa.literal_column("'00000000-0000-0000-0000-000000000000'::uuid", pg.UUID())
SHAPE = ("record_id", "valid", "recorded_from", "recorded_to", "change", "redacted")
SIGNATURE = signature("writes")


def writes(draft: Draft, change: sa.FromClause, field: Field) -> Expression:
    """The page of what a change wrote; `change` is its row in the ledger."""
    if draft.scope.units is not None:
        raise errors.BadQuestion(
            "What a change wrote in all registers is not told within a territory.",
            code="question.no_territory",
            hint="Ask the feed of an entity that lies in one, such as parcels.",
        )
    page = _Writes(draft, change, field)
    return page.json(page.rows(), page.write)


class _Writes(Slice):
    """A page of records, each with the place of its entity among the declared ones."""

    def __init__(self, draft: Draft, change: sa.FromClause, field: Field) -> None:
        page = field.page
        first = draft.bind(page.first, Expects.COUNT) if page else number(LONGEST_PAGE)
        super().__init__(draft, field.fields, first, after=bool(page and page.after))
        self.change = change
        self.entities = list(enumerate(draft.installation.declarations.entities.values(), 1))
        self.start = _start(draft, page.after) if page and page.after else None

    def rows(self) -> sa.Subquery:
        """The records that were touched, numbered."""
        parts = [part for place, entity in self.entities for part in self._touched(place, entity)]
        every = sa.union_all(*parts).subquery(self.draft.name("u"))
        merged = from_only(every).with_only_columns(every.c.place, every.c.record_id).distinct()
        found = merged.order_by(every.c.place, every.c.record_id).limit(number(LONGEST_PAGE + 1))
        rows = found.subquery(self.draft.name("c"))
        columns = {
            "place": rows.c.place,
            "record_id": rows.c.record_id,
            "n$": sa.func.row_number().over(order_by=(rows.c.place, rows.c.record_id)),
            "cursor$": encoded(SIGNATURE, [rows.c.place, rows.c.record_id]),
        }
        labelled = [column.label(name) for name, column in columns.items()]
        return from_only(rows).with_only_columns(*labelled).subquery(self.draft.name("p"))

    def _touched(self, place: int, entity: Entity) -> list[sa.Select[Any]]:
        """The records of one entity that have a version written there, or closed there, or redacted there."""
        written, closed = self.draft.versions(entity.full_name), self.draft.versions(entity.full_name)
        done = elements(self.draft, self.change)
        redacted = sa.cast(done.c.value.op("->>")(constant("record")), pg.UUID())
        by_law = sa.select().select_from(done).where(*about(done, constant(entity.full_name))).correlate_except(done)
        position = self.change.c.position
        return [
            self._first(place, written.c.record_id, from_only(written, written.c.recorded_from == position)),
            self._first(place, closed.c.record_id, from_only(closed, closed.c.recorded_to == position)),
            self._first(place, redacted, by_law),
        ]

    def _first(self, place: int, record_id: Expression, found: sa.Select[Any]) -> sa.Select[Any]:
        """The first records of one kind, after the cursor."""
        if self.start is not None:
            at, after = self.start
            here = number(place)
            found = found.where(record_id > sa.case((at == here, after), (at < here, FIRST_RECORD), else_=LAST_RECORD))
        columns = number(place).label("place"), record_id.label("record_id")
        selected = found.with_only_columns(*columns).distinct()
        return selected.order_by(record_id).limit(number(LONGEST_PAGE + 1))

    def write(self, row: sa.FromClause, fields: tuple[Field, ...]) -> Pairs:
        """Keys and values of what was done to one record."""
        pairs = [(field.key, self._value(row, field)) for field in fields]
        return [*told.key_of_write(self.draft, self.entities, row, fields, self.change.c.position), *pairs]

    def _value(self, row: sa.FromClause, field: Field) -> Expression:
        match field.name:
            case "entity":
                return self._entity(row)
            case "record_id":
                return row.c.record_id
            case "effect" | "retracted":
                return self._told(self._of(row, with_values=False), field.name)
            case "facts":
                return facts(self.draft, self._of(row, with_values=True), field)
            case _:
                return type_name(field, *WRITE)

    def _entity(self, row: sa.FromClause) -> Expression:
        return sa.case(*[(row.c.place == number(place), constant(entity.full_name)) for place, entity in self.entities])

    def _of(self, row: sa.FromClause, *, with_values: bool) -> Touched:
        """The record, whichever entity it is of: its versions that were written or closed, in one shape for all."""
        parts = [self._versions(row, place, entity, with_values=with_values) for place, entity in self.entities]
        shared = sa.union_all(*parts).cte(self.draft.name("w"))
        change = self.change.c
        return Touched(
            self._entity(row),
            lambda: shared.alias(self.draft.name("v")),
            lambda version: version.c["values$"],
            row.c.record_id,
            change.position,
            change.kind,
            change.recorded_at,
            shared,
        )

    def _versions(self, row: sa.FromClause, place: int, entity: Entity, *, with_values: bool) -> sa.Select[Any]:
        rows, change = self.draft.versions(entity.full_name), self.change.c
        said = values(self.draft, entity, rows, change.recorded_at) if with_values else sa.null()
        columns = [rows.c[name] for name in SHAPE]
        found = from_only(rows, row.c.place == number(place), rows.c.record_id == row.c.record_id)
        found = found.where(sa.or_(rows.c.recorded_from == change.position, rows.c.recorded_to == change.position))
        return found.with_only_columns(*columns, sa.cast(said, sa.JSON()).label("values$"))

    def _told(self, touched: Touched, name: str) -> Expression:
        found = pieces(self.draft, touched)
        was, stands = sa.func.bool_or(found.was), sa.func.bool_or(found.stands)
        lost = sa.func.bool_or(sa.and_(found.was, sa.not_(found.stands)))
        made = item_effect(touched, was, stands) if name == "effect" else item_retracted(touched, lost)
        return found.select().with_only_columns(made).scalar_subquery()


def _start(draft: Draft, cursor: Bind) -> tuple[Expression, Expression]:
    """The place of an entity, and the record of it, after which the page begins."""
    parts = Part(sa.BigInteger(), least=1, most=len(draft.installation.declarations.entities)), Part(pg.UUID())
    read = [partial(part_of, SIGNATURE, parts, place) for place in range(2)]
    return (
        draft.part(cursor, f"{SIGNATURE}_0", read[0], sa.BigInteger()),
        draft.part(cursor, f"{SIGNATURE}_1", read[1], pg.UUID()),
    )

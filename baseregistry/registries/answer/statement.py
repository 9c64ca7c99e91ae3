"""From questions to one SQL statement: all roots of an operation, answered from one snapshot, in one row.

The row holds the JSON of each root and what it was taken from: position, time and hash of the ledger, and the
moment in the world.  SQLAlchemy renders the statement once; after that only its text is used.
"""

import hashlib
from collections.abc import Iterator
from dataclasses import replace

import sqlalchemy as sa

from baseregistry import errors
from baseregistry.registries.answer import accesses, batches, feeds, keys, ledgers, snapshots, territory, told, walks
from baseregistry.registries.answer.bounds import bounded
from baseregistry.registries.answer.conditions import met
from baseregistry.registries.answer.draft import DIALECT, Draft, Expression, from_only
from baseregistry.registries.answer.histories import history
from baseregistry.registries.answer.matches import matches
from baseregistry.registries.answer.moments import Moment, Seen
from baseregistry.registries.answer.objects import record
from baseregistry.registries.answer.pages import Listing, connection
from baseregistry.registries.answer.plan import Plan, Root
from baseregistry.registries.answer.sets import for_each
from baseregistry.registries.answer.values import Expects
from baseregistry.registries.answer.written import written
from baseregistry.registries.declare import Declarations, Entity
from baseregistry.registries.question import Field, Form, Question
from baseregistry.registries.tables import Installation

OPENED = (Form.ONE, Form.HISTORY, Form.BATCH, Form.NODES, Form.MATCHES, Form.WRITTEN)  # what is found by a key


def compile(  # noqa: A001 - what it does
    installation: Installation, questions: tuple[Question, ...], *, sets: bool = False
) -> Plan:
    """One plan for all roots of an operation; with `sets`, for many sets of values at once, a row for each (sets.py).

    Raises errors.BadQuestion for a field, key or comparison that the declarations do not have.
    """
    draft, declarations = Draft(installation, sets=sets), installation.declarations
    taken = snapshots.Snapshots(draft)
    columns: list[Expression] = []
    roots = []
    for place, question in enumerate(questions):
        moment, known, valid_at = taken.of(question.as_of)
        own = replace(draft, scope=question.scope, told=question.told, opened=question.form in OPENED)
        columns.append(_root(own, question, moment).label(f"data_{place}"))
        checks = walks.checks(draft, taken, question, len(questions))
        roots.append((question.key, place, known, valid_at, checks))
    beside = len(columns)
    selected = sa.select(*columns, *taken.columns())
    statement = for_each(draft, selected, taken.sources()) if sets else selected.select_from(*taken.sources())
    rendered = statement.compile(dialect=DIALECT)
    names = tuple(column.name for column in statement.selected_columns)
    taken_in = tuple(rendered.positiontup or ())
    return Plan(
        sql=str(rendered),
        name=b"q" + hashlib.sha256(str(rendered).encode()).hexdigest()[:32].encode(),
        parameters=tuple(draft.parameters[name] for name in taken_in),
        checked=tuple(parameter for name, parameter in draft.parameters.items() if name not in taken_in),
        columns=names,
        roots=tuple(
            Root(key, data, beside + valid_at, replace(known, column=beside + known.column), checks)
            for key, data, known, valid_at, checks in roots
        ),
        bounded=not sets and bounded(installation.declarations, questions),
        told=tuple(draft.levels),
        secrets=tuple(dict.fromkeys(slot for one in questions if one.told for slot in _secrets(declarations, one))),
        audits=any(question.form is Form.ACCESS for question in questions),
    )


def _root(draft: Draft, question: Question, moment: Moment) -> Expression:
    match question.form:
        case Form.NODES:
            return batches.nodes(draft, moment, question)
        case Form.CHANGE | Form.CHANGES:
            return ledgers.answered(draft, moment, question)
        case Form.ACCESS:
            return accesses.answered(draft, moment, question)
        case _:
            return _of_entity(draft, question, moment)


def _of_entity(draft: Draft, question: Question, moment: Moment) -> Expression:
    entity = _entity(draft, question)
    rows = draft.versions(entity.full_name)
    seen = told.found(draft, Seen(entity, rows, moment), question)
    match question.form:
        case Form.ONE:
            return draft.object(record(draft, seen, question.fields), from_only(rows, *_found(draft, seen, question)))
        case Form.MANY:
            found = tuple(_found(draft, seen, question))
            listing = Listing(
                entity, rows, moment, found, question.fields, question.where, question.order, question.page
            )
            listing = replace(listing, narrowed=question.key_name is None, whole=True)
            return connection(draft, listing, lambda row, fields: record(draft, replace(seen, row=row), fields))
        case Form.HISTORY:
            return _history(draft, seen, question)
        case Form.FEED:
            return feeds.answered(draft, entity, moment, question)
        case Form.BATCH:
            return batches.batch(draft, seen, question)
        case Form.MATCHES:
            return matches(draft, seen, question)
        case Form.WRITTEN:
            return written(draft, seen, question)
        case _:
            raise AssertionError(f"{question.form} asks for no records of one entity")


def _secrets(declarations: Declarations, question: Question) -> Iterator[int]:
    yield from told.secrets(declarations, question)
    asked = question.accesses
    yield from (bind.slot for bind in (asked and asked.record, asked and asked.subject) if bind)


def _entity(draft: Draft, question: Question) -> Entity:
    entity = draft.installation.declarations.entities.get(question.entity)
    if entity is None or (question.key_name is None and question.form not in {Form.MANY, Form.WRITTEN, Form.FEED}):
        raise errors.BadQuestion(
            f"{question.key}: {question.entity} is no entity, or no key says which of its records is meant.",
            code="question.unknown_record",
            hint="`baseregistry show` lists the entities; name a record by its id or a key.",
        )
    return entity


def _found(draft: Draft, seen: Seen, question: Question) -> list[Expression]:
    """The versions that the caller may see, at the moment, and under the key if one was given."""
    said = [met(draft, seen, question.where)] if question.where and question.form is Form.ONE else []
    return [
        *keys.named(draft, seen, question),
        seen.moment.believed(seen.row),
        seen.moment.holds(seen.row),
        *territory.inside(draft, seen),
        *said,
    ]


def _history(draft: Draft, seen: Seen, question: Question) -> Expression:
    """All versions of one record; by another key than its id, of the one that carries it at the moment asked."""
    field = Field(
        question.key,
        "history",
        question.fields,
        where=question.where,
        page=question.page,
        include_superseded=question.include_superseded,
        between=question.between,
    )
    if question.key_name == "id" and draft.scope.units is None:
        return history(draft, seen, draft.bind(question.key_values[0], Expects.UUID), field, record)
    source = from_only(seen.row, *_found(draft, seen, question)).with_only_columns(seen.row.c.record_id)
    return history(draft, seen, source.scalar_subquery(), field, record)

"""Many records by a list of keys, in the order of the list: one statement, which looks each key up by its index.

The keys are unnested with their place and joined laterally, so a plan made without knowing how many there are still
finds each by its index.  Sorting by place keeps the sub-select in one piece, so that every row is made once.
"""

from dataclasses import replace

import sqlalchemy as sa

from baseregistry.registries.answer import keys, territory, told
from baseregistry.registries.answer.columns import columns
from baseregistry.registries.answer.draft import (
    Draft,
    Expression,
    Pairs,
    constant,
    from_only,
    json_array,
    nothing_of_its_own,
    type_name,
)
from baseregistry.registries.answer.moments import Moment, Seen
from baseregistry.registries.answer.objects import record
from baseregistry.registries.answer.values import Expects
from baseregistry.registries.question import Bind, Field, Question
from baseregistry.registries.territories import placed

OWNER = "A batch"


def batch(draft: Draft, seen: Seen, question: Question) -> Expression:
    """``items``: for each key given the key and the record it names, or null; ``not_found``: the keys of those null.

    A key that names several records at the moment fails (question.several_records).
    """
    name, (given,) = question.key_name or "id", question.key_values
    asked = _unnested(draft, given, keys.expected(draft, seen.entity, name)[0])
    named = keys.carrying(draft, seen, name, [asked.c.key], one=True)
    found = (*named, seen.moment.believed(seen.row), seen.moment.holds(seen.row), *territory.inside(draft, seen))
    wanted = [node for field in question.fields for item in field.fields for node in item.fields]
    row = (
        from_only(seen.row, *found)
        .with_only_columns(*columns(draft, seen.entity, seen.row, wanted))
        .lateral(draft.name("l"))
    )
    key = sa.cast(asked.c.key, sa.Text()).label("key$")
    joined = asked.outerjoin(row, sa.true())
    rows = sa.select(key, *row.c).select_from(joined).correlate_except(asked, row).order_by(asked.c.n)
    return _collected(draft, replace(seen, row=rows.subquery(draft.name("b"))), question.fields)


def _collected(draft: Draft, seen: Seen, fields: tuple[Field, ...]) -> Expression:
    """The batch as one JSON object; `seen.row` has a row for each key, the record's columns null where none is found."""
    rows, made, tells = seen.row, dict[str, Expression](), dict[str, Expression]()
    missing: Expression = rows.c.record_id.is_(None)
    for place, field in enumerate(fields):
        match field.name:
            case "items":
                with told.together(draft, rows) as found:
                    made[f"f{place}"] = json_array(_item(draft, seen, field.fields))
                tells |= found
            case "not_found":
                made[f"f{place}"] = json_array(rows.c["key$"], where=missing)
            case _:
                continue
    made["all"] = sa.func.count()
    if tells:
        made[told.OPENING] = told.of_all(tells, ~missing)
    gathered = from_only(rows).with_only_columns(*[value.label(name) for name, value in made.items()])
    source = gathered.subquery(draft.name("t"))
    pairs: Pairs = [
        (field.key, source.c[f"f{place}"] if f"f{place}" in made else type_name(field, OWNER))
        for place, field in enumerate(fields)
    ]
    if not tells:
        return draft.object(pairs, from_only(source))
    json = draft.object(pairs, nothing_of_its_own())
    return from_only(source).with_only_columns(told.before(source.c[told.OPENING], json)).scalar_subquery()


def _item(draft: Draft, seen: Seen, fields: tuple[Field, ...]) -> Expression:
    pairs: Pairs = []
    for field in fields:
        match field.name:
            case "key":
                pairs.append((field.key, seen.row.c["key$"]))
            case "node":
                there = nothing_of_its_own().where(seen.row.c.record_id.is_not(None))
                pairs.append((field.key, draft.object(record(draft, seen, field.fields), there)))
            case _:
                pairs.append((field.key, type_name(field, OWNER)))
    return draft.object(pairs, nothing_of_its_own())


def nodes(draft: Draft, moment: Moment, question: Question) -> Expression:
    """A JSON array: for each id given the record, of whichever entity it is, or null."""
    asked = _unnested(draft, question.key_values[0], Expects.UUID)
    identity = draft.identities()
    whens = []
    for name, entity in draft.installation.declarations.entities.items():
        seen = Seen(entity, draft.versions(name), moment)
        if question.among is not None and name not in question.among:
            continue  # of which the caller may not even know
        if draft.scope.units is not None and not placed(draft.installation.declarations, entity):
            continue  # it lies nowhere, so nobody bound to a territory sees it
        found = (moment.believed(seen.row), moment.holds(seen.row), *territory.inside(draft, seen))
        source = from_only(seen.row, seen.row.c.record_id == identity.c.record_id, *found)
        whens.append((identity.c.entity == constant(name), draft.object(record(draft, seen, question.fields), source)))
    node = sa.case(*whens, else_=sa.null()).label("node$")
    joined = asked.outerjoin(identity, identity.c.record_id == asked.c.key)
    rows = sa.select(node).select_from(joined).correlate_except(asked, identity).order_by(asked.c.n)
    answered = rows.subquery(draft.name("b"))
    return from_only(answered).with_only_columns(json_array(answered.c["node$"])).scalar_subquery()


def _unnested(draft: Draft, given: Bind, expects: Expects) -> sa.TableValuedAlias:
    """The values of a list as rows: ``key``, and ``n``, its place from 1."""
    key: sa.ColumnClause[object] = sa.column("key", expects.column_type)
    unnested = sa.func.unnest(draft.bind(replace(given, many=True), expects))
    return unnested.table_valued(key, with_ordinality="n").render_derived(name=draft.name("k"))

"""Whose number it ever was: a lookup searched over all valid time, as believed at the position, answered at the moment.

A record that carries the number stands for one match with each record it ever pointed to by it, shown as it was at the
moment asked; else as it last was before; else as it first was after.
"""

from dataclasses import replace

import sqlalchemy as sa

from baseregistry.registries.answer import keys, territory
from baseregistry.registries.answer.columns import columns
from baseregistry.registries.answer.draft import (
    Draft,
    Expression,
    Pairs,
    constant,
    from_only,
    nothing_of_its_own,
    number,
    type_name,
)
from baseregistry.registries.answer.moments import MICROSECOND, Seen
from baseregistry.registries.answer.objects import record
from baseregistry.registries.declare import Lookup
from baseregistry.registries.question import Field, Question


def matches(draft: Draft, seen: Seen, question: Question) -> Expression:
    """A JSON array of matches: ``record``, null where it does not hold at the moment; ``matched``; ``held``.

    First those held at the moment, then the latest; then by ids, so that the order is always the same.
    """
    lookup = keys.lookup_of(seen.entity, question.key_name)
    (expects,), (given,) = keys.expected(draft, seen.entity, lookup.name), question.key_values
    via = replace(seen, entity=draft.installation.declarations.entities[lookup.via], row=draft.versions(lookup.via))
    carries = keys.said_of(via.row, lookup, draft.bind(given, expects))
    where = [*carries, seen.moment.believed(via.row), *_visible(draft, seen, via.row.c[lookup.reference])]
    wanted = [inner for field in question.fields if field.name == "matched" for inner in field.fields]
    rows = _nearness(via, lookup).where(*where).add_columns(*columns(draft, via.entity, via.row, wanted))
    nearest = rows.subquery(draft.name("m"))
    best = from_only(nearest, nearest.c["n$"] == number(1)).order_by(
        nearest.c["held$"].desc(),
        nearest.c["begun$"].desc(),
        sa.func.lower(nearest.c.valid).desc().nulls_last(),
        nearest.c.record_id,
        nearest.c["target$"],
    )
    return draft.array([(field.key, _part(draft, seen, via, nearest, field)) for field in question.fields], best)


def _nearness(via: Seen, lookup: Lookup) -> "sa.Select[tuple[object, ...]]":
    """Of the versions in `via`: who bears the number, whether so at the moment, and how near they are to it; ``n$`` is 1
    for the nearest of those by which one record points to another."""
    row, moment = via.row, via.moment
    begin, target = sa.func.lower(row.c.valid), row.c[lookup.reference]
    begun = sa.or_(sa.func.lower_inf(row.c.valid), begin <= moment.valid)
    in_use = [row.c[name] == constant(said) for name, said in lookup.held]
    held = sa.func.coalesce(sa.and_(moment.holds(row), *in_use), sa.false())
    last_begun = sa.case((begun, begin)).desc().nulls_last()
    nearest = sa.func.row_number().over(
        partition_by=[row.c.record_id, target], order_by=[begun.desc(), last_begun, begin.asc()]
    )
    told = (target.label("target$"), held.label("held$"), begun.label("begun$"), nearest.label("n$"))
    return from_only(row, target.is_not(None)).with_only_columns(*told)


def _visible(draft: Draft, seen: Seen, target: Expression) -> list[Expression]:
    """Within a territory, a match whose record lies outside does not exist."""
    inside = territory.inside(draft, seen)
    if not inside:
        return []
    return [_of_record(seen, target, *inside).with_only_columns(number(1)).exists()]


def _of_record(seen: Seen, record_id: Expression, *where: Expression) -> "sa.Select[tuple[object, ...]]":
    row, moment = seen.row, seen.moment
    return from_only(row, row.c.record_id == record_id, moment.believed(row), moment.holds(row), *where)


def _part(draft: Draft, seen: Seen, via: Seen, found: sa.Subquery, field: Field) -> Expression:
    match field.name:
        case "record":
            own = replace(seen, row=draft.versions(seen.entity.full_name))
            return draft.object(record(draft, own, field.fields), _of_record(own, found.c["target$"]))
        case "matched":
            begin, last = sa.func.lower(found.c.valid), sa.func.upper(found.c.valid) - MICROSECOND
            at = sa.func.greatest(sa.func.least(seen.moment.valid, last), begin)
            pairs: Pairs = record(draft, replace(via, row=found, moment=replace(seen.moment, valid=at)), field.fields)
            return draft.object(pairs, nothing_of_its_own())
        case "held":
            return found.c["held$"]
        case _:
            return type_name(field, "A match")

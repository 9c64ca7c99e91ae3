"""Conditions on what a record refers to, and on what refers to it.

Each is an EXISTS over the other entity's versions, seen at the reference's own moment and known side.  PostgreSQL makes
a semi-join of it and begins on whichever side its indexes find fewer rows: at the holder, not at every parcel.
"""

from collections.abc import Callable

import sqlalchemy as sa

from baseregistry import errors
from baseregistry.registries.answer import territory
from baseregistry.registries.answer.draft import Draft, Expression, from_only, number
from baseregistry.registries.answer.moments import Reach, Seen, reach
from baseregistry.registries.declare import At, Reference, WayBack
from baseregistry.registries.question import Back, Condition, Quantifier, Refers

Met = Callable[[Draft, Seen, Condition], Expression]  # how a condition on the version seen is written


def refers(draft: Draft, seen: Seen, said: Refers, met: Met) -> Expression:
    """The record referred to is one of that entity and meets the condition.  Raises errors.BadQuestion if it cannot be."""
    attribute = seen.entity.by_name.get(said.attribute)
    if attribute is None or not isinstance(attribute.kind, Reference) or said.entity not in attribute.kind.to:
        raise _unknown(f"{seen.entity.full_name} has no reference {said.attribute!r} to {said.entity}.")
    target, at = draft.versions(said.entity), attribute.kind.at
    found = reach(at, seen, target)
    below = Seen(draft.installation.declarations.entities[said.entity], target, found.below)
    here = target.c.record_id == seen.row.c[attribute.name]
    return _exists(target, here, *found.where, *_alone(draft, seen, below, at, found), met(draft, below, said.where))


def _alone(draft: Draft, seen: Seen, target: Seen, at: At, found: Reach) -> list[Expression]:
    """Where several versions of the target are reached: that none comes before the one in `target`."""
    if found.order is None:
        return []
    other = draft.versions(target.entity.full_name)
    valid, others = target.row.c.valid, other.c.valid
    before = others > valid if at is At.LATEST else sa.and_(sa.func.lower_inf(seen.row.c.valid), others < valid)
    same = other.c.record_id == target.row.c.record_id
    return [~_exists(other, same, before, *reach(at, seen, other).where)]


def back(draft: Draft, seen: Seen, said: Back, met: Met) -> Expression:
    """Some, every one or none of the records that refer to this one meet the condition; a caller's territory bounds them."""
    ways = draft.installation.declarations.ways_back(seen.entity)
    if said.way not in ways:
        raise _unknown(f"{seen.entity.full_name} has no way back {said.way!r}.")
    way = ways[said.way]
    referring = Seen(way.entity, draft.versions(way.entity.full_name), seen.moment)
    here = _refer_here(draft, seen, referring, way)
    meets = met(draft, referring, said.where)
    match said.quantifier:
        case Quantifier.SOME:
            return _exists(referring.row, *here, meets)
        case Quantifier.NONE:
            return ~_probe(referring.row, *here, meets)
        case Quantifier.EVERY:
            return ~_probe(referring.row, *here, meets.is_not(sa.true()))


def _refer_here(draft: Draft, seen: Seen, referring: Seen, way: WayBack) -> list[Expression]:
    row, moment = referring.row, seen.moment
    return [
        row.c[way.attribute.name] == seen.row.c.record_id,
        moment.believed(row),
        moment.holds(row),
        *territory.inside_if_placed(draft, referring),
    ]


def _exists(rows: sa.FromClause, *where: Expression) -> sa.Exists:
    return from_only(rows, *where).with_only_columns(number(1)).exists()


def _probe(rows: sa.FromClause, *where: Expression) -> sa.Exists:
    """As `_exists`, looked up for each row that is asked about: without the OFFSET it would become an anti-join, which
    reads both tables whole before the first row."""
    return from_only(rows, *where).with_only_columns(number(1)).offset(number(0)).exists()


def _unknown(said: str) -> errors.BadQuestion:
    return errors.BadQuestion(
        said, code="question.unknown_field", hint="`baseregistry show` with the entity's name lists what it has."
    )

"""A record as a JSON object: its attributes, what it refers to, what refers to it, its version, its history.

Each field becomes one expression over the row that was found; nested records are sub-selects that take the moment
on through their reference.
"""

from dataclasses import replace

import sqlalchemy as sa

from baseregistry import errors, naming
from baseregistry.registries.answer import derived, histories, territory, told
from baseregistry.registries.answer.draft import Draft, Expression, Pairs, constant, from_only, number
from baseregistry.registries.answer.leaves import leaf
from baseregistry.registries.answer.moments import Seen, reach
from baseregistry.registries.answer.pages import Listing, connection
from baseregistry.registries.answer.provenance import version
from baseregistry.registries.declare import At, Attribute, Reference, WayBack
from baseregistry.registries.question import Field


def record(draft: Draft, seen: Seen, fields: tuple[Field, ...]) -> Pairs:
    """Keys and values of the record whose version is seen, in the order they were asked for."""
    wanted: dict[str, Field] = {}
    for field in fields:
        if field.on is not None and seen.entity.full_name not in field.on:
            continue
        if wanted.setdefault(field.key, field) != field:
            raise errors.BadQuestion(f"The key {field.key!r} stands for two things.", code="question.key_twice")
    return [
        *told.key(draft, seen, wanted.values()),
        *[(key, _value(draft, seen, field)) for key, field in wanted.items()],
    ]


def _value(draft: Draft, seen: Seen, field: Field) -> Expression:
    entity = seen.entity
    ways = draft.installation.declarations.ways_back(entity)
    match field.name:
        case "id":
            return seen.row.c.record_id
        case "__typename":
            return constant(field.type_name or naming.type_name(entity.full_name))
        case "version":
            return version(draft, seen, field)
        case "history":
            return histories.history(draft, seen, seen.row.c.record_id, field, record)
        case name if name in entity.by_name:
            return _attribute(draft, seen, entity.by_name[name], field)
        case name if name in entity.derived_by_name:
            return derived.value(draft, seen, entity.derived_by_name[name], field)
        case name if name in ways:
            return _way_back(draft, seen, ways[name], field)
        case name if name.removesuffix(naming.HISTORY) in ways:
            return histories.history_of_way_back(draft, seen, ways[name.removesuffix(naming.HISTORY)], field, record)
        case _:
            raise errors.BadQuestion(
                f"{entity.full_name} has no field {field.name!r}.",
                code="question.unknown_field",
                hint=f"`baseregistry show {entity.full_name}` lists its fields.",
            )


def _attribute(draft: Draft, seen: Seen, attribute: Attribute, field: Field) -> Expression:
    if not isinstance(attribute.kind, Reference):
        return leaf(draft, seen, attribute, field)
    refers = (seen.row.c[attribute.name], attribute.kind.at)
    made = [_target(draft, seen, refers, name, field.fields) for name in attribute.kind.to]
    return made[0] if len(made) == 1 else sa.func.coalesce(*made)


def _target(
    draft: Draft, seen: Seen, refers: tuple[Expression, At], name: str, fields: tuple[Field, ...]
) -> Expression:
    """The record of entity `name` that is referred to; null where none is seen at the reference's moment."""
    (column, at), target = refers, draft.versions(name)
    found = reach(at, seen, target)
    source = from_only(target, target.c.record_id == column, *found.where)
    if found.order is not None:
        source = source.order_by(found.order).limit(number(1))
    below = Seen(draft.installation.declarations.entities[name], target, found.below)
    return draft.object(record(draft, below, fields), source)


def _way_back(draft: Draft, seen: Seen, way: WayBack, field: Field) -> Expression:
    """The records that refer to this one and hold at the moment asked."""
    rows, moment = draft.versions(way.entity.full_name), seen.moment
    referring = told.listed(draft, Seen(way.entity, rows, moment), field.where, field.order)
    found = (
        rows.c[way.attribute.name] == seen.row.c.record_id,
        moment.believed(rows),
        moment.holds(rows),
        *territory.inside_if_placed(draft, referring),
    )
    listing = Listing(way.entity, rows, moment, found, field.fields, field.where, field.order, field.page)
    return connection(draft, listing, lambda row, fields: record(draft, replace(referring, row=row), fields))

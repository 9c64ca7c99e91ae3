"""How a record is found: by its id, by a key of its own, or through a record that refers to it."""

import sqlalchemy as sa

from baseregistry import errors
from baseregistry.registries.answer.conditions import attribute_of, expects
from baseregistry.registries.answer.draft import Draft, Expression, constant, from_only
from baseregistry.registries.answer.moments import Seen
from baseregistry.registries.answer.values import Expects
from baseregistry.registries.declare import Entity, Lookup
from baseregistry.registries.question import Bind, Question


def named(draft: Draft, seen: Seen, question: Question) -> list[Expression]:
    """Conditions that a version is the one the question names.  Raises errors.BadQuestion for an unknown key."""
    entity, name, values = seen.entity, question.key_name, question.key_values
    if name is None:
        return []
    if name == "id":
        (value,) = values
        return [seen.row.c.record_id == draft.bind(value, Expects.UUID)]
    for key in entity.keys:
        if key.name == name:
            given = zip(key.attributes, values, strict=True)
            return [_equals(draft, entity, seen.row, attribute, value) for attribute, value in given]
    for lookup in entity.lookups:
        if lookup.name == name:
            (value,) = values
            return [_through(draft, seen, lookup, value)]
    raise errors.BadQuestion(
        f"{entity.full_name} has no key {name!r}.",
        code="question.unknown_key",
        hint=f"`baseregistry show {entity.full_name}` lists its keys.",
    )


def _equals(draft: Draft, entity: Entity, rows: sa.FromClause, name: str, value: Bind) -> Expression:
    return rows.c[name] == draft.bind(value, expects(attribute_of(entity, name).kind))


def _through(draft: Draft, seen: Seen, lookup: Lookup, value: Bind) -> Expression:
    """The record to which another one refers that carries the value at the moment asked."""
    entity = draft.installation.declarations.entities[lookup.via]
    via = draft.versions(lookup.via)
    fixed = [via.c[name] == constant(said) for name, said in lookup.fixed]
    carries = _equals(draft, entity, via, lookup.attribute, value)
    bearers = from_only(via, *fixed, carries, seen.moment.believed(via), seen.moment.holds(via))
    return seen.row.c.record_id.in_(bearers.with_only_columns(via.c[lookup.reference]))

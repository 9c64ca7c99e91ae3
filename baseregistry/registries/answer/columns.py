"""Which columns of a version are needed to make what is wanted of it, where its row is read through a sub-select."""

import sqlalchemy as sa

from baseregistry.registries import derived
from baseregistry.registries.answer.draft import Draft, Expression
from baseregistry.registries.declare import Declarations, Entity
from baseregistry.registries.question import Field

PERSON = "population.person"
VERSION_COLUMNS = ("record_id", "valid", "recorded_from", "recorded_to", "change", "redacted", "digest")


def columns(draft: Draft, entity: Entity, row: sa.FromClause, fields: list[Field]) -> list[Expression]:
    """The columns of `row` of which `fields` are made; in any case those of the version."""
    asked = {field.name for field in fields}
    return [row.c[name] for name in needed(draft.installation.declarations, entity, asked, told=draft.told)]


def needed(declarations: Declarations, entity: Entity, asked: set[str], *, told: bool = False) -> list[str]:
    """The names of the columns for the fields of these names; `told`: also of whom the record is about."""
    if told:
        asked = asked | {attribute.name for attribute, kind in entity.references if PERSON in kind.to}
    for name in asked & entity.derived_by_name.keys():
        asked = asked | derived.own(declarations, entity, entity.derived_by_name[name])
    return [*VERSION_COLUMNS, *(name for name in entity.by_name if name in asked)]

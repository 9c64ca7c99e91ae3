"""Old and new, attribute by attribute: what a change says of a record now, and what was said before.

Values are shown as everywhere in an answer; a reference as the id of its record, a code bare, a geometry as GeoJSON in
the storage CRS, digit for digit.  What was destroyed by law is null and says so.
"""

import json

import sqlalchemy as sa

from baseregistry import naming
from baseregistry.registries.answer.draft import (
    Draft,
    Expression,
    Pairs,
    constant,
    instant_text,
    nothing_of_its_own,
    number,
    type_name,
)
from baseregistry.registries.answer.leaves import ALL_DECIMALS, leaf
from baseregistry.registries.answer.moments import Moment, Seen
from baseregistry.registries.answer.pieces import Pieces, Touched, effect, pieces
from baseregistry.registries.declare import Attribute, Entity, Geometry, Reference
from baseregistry.registries.question import Field

FACT, ATTRIBUTE = ("A fact", "FactChange"), ("An attribute", "AttributeChange")


def facts(draft: Draft, touched: Touched, field: Field) -> Expression:
    """What the change did to the record, in order of valid time, as a JSON array; of a redaction, what it destroyed."""
    found = pieces(draft, touched)
    stated = draft.array(_of_piece(draft, touched, found, field), found.select().order_by(found.valid))
    return sa.case((touched.kind == constant("REDACTION"), _destroyed(draft, touched, field)), else_=stated)


def _of_piece(draft: Draft, touched: Touched, found: Pieces, field: Field) -> Pairs:
    said: dict[str, Expression] = {
        "valid_from": instant_text(sa.func.lower(found.valid)),
        "valid_to": instant_text(sa.func.upper(found.valid)),
        "effect": effect(touched, found.was, found.stands),
    }
    pairs: Pairs = []
    for inner in field.fields:
        if inner.name == "attributes":
            pairs.append((inner.key, _attributes(draft, touched, found, inner)))
        else:
            pairs.append((inner.key, said[inner.name] if inner.name in said else type_name(inner, *FACT)))
    return pairs


def _attributes(draft: Draft, touched: Touched, found: Pieces, field: Field) -> Expression:
    """The attributes whose values differ."""
    old, new = _each(draft, touched.values(found.old)), _each(draft, touched.values(found.new))
    name = sa.func.coalesce(old.c.key, new.c.key)
    gone = sa.or_(_redacted(found.old, name), _redacted(found.new, name))
    differs = _text(old).is_distinct_from(_text(new))
    said: dict[str, Expression] = {
        "attribute": _called(draft, name),
        "old": old.c.value,
        "new": new.c.value,
        "redacted": gone,
    }
    place = sa.func.coalesce(old.c.place, new.c.place)
    both = sa.join(old, new, old.c.place == new.c.place, full=True)
    listed = sa.select().select_from(both).where(sa.or_(differs, gone)).order_by(place)
    return draft.array(_said(said, field), listed.correlate_except(old, new))


def _text(member: sa.FromClause) -> Expression:
    """A value as text to compare; null where there is none."""
    return sa.func.nullif(sa.cast(member.c.value, sa.Text()), constant("null"))


def values(draft: Draft, entity: Entity, row: sa.FromClause, otherwise: Expression) -> Expression:
    """All attributes of a version as one JSON object, by their declared names; all null where there is no version."""
    seen = Seen(entity, row, Moment(otherwise, None, row.c.recorded_from))
    pairs = [(attribute.name, _value(draft, seen, attribute)) for attribute in entity.attributes]
    return draft.object(pairs, nothing_of_its_own())


def _called(draft: Draft, name: Expression) -> Expression:
    """The name of an attribute as a field."""
    entities = draft.installation.declarations.entities.values()
    names = {attribute.name: naming.field(attribute.name) for entity in entities for attribute in entity.attributes}
    return constant(json.dumps(names), "json").op("->>")(name)


def _value(draft: Draft, seen: Seen, attribute: Attribute) -> Expression:
    column = seen.row.c[attribute.name]
    match attribute.kind:
        case Reference():
            return column
        case Geometry():
            return sa.cast(sa.func.ST_AsGeoJSON(column, number(ALL_DECIMALS), number(0)), sa.JSON())
        case _:
            return leaf(draft, seen, attribute, Field(attribute.name, attribute.name))


def _each(draft: Draft, values: Expression) -> sa.TableValuedAlias:
    """The members of a JSON object, in order."""
    members = sa.func.json_each(values).table_valued(
        sa.column("key", sa.Text()), sa.column("value", sa.JSON()), with_ordinality="place", name=draft.name("e")
    )
    return members.render_derived()


def _redacted(row: sa.FromClause, name: Expression) -> Expression:
    return sa.func.coalesce(sa.func.jsonb_exists(row.c.redacted, name), sa.false())


def _destroyed(draft: Draft, touched: Touched, field: Field) -> Expression:
    """A redaction as one fact about all times."""
    said: dict[str, Expression] = {"valid_from": sa.null(), "valid_to": sa.null(), "effect": constant("REDACTED")}
    pairs: Pairs = []
    for inner in field.fields:
        if inner.name == "attributes":
            pairs.append((inner.key, _destroyed_attributes(draft, touched, inner)))
        else:
            pairs.append((inner.key, said[inner.name] if inner.name in said else type_name(inner, *FACT)))
    return draft.array(pairs, nothing_of_its_own())


def _destroyed_attributes(draft: Draft, touched: Touched, field: Field) -> Expression:
    change = draft.ledger()
    done = elements(draft, change)
    said: dict[str, Expression] = {
        "attribute": _called(draft, done.c.value.op("->>")(constant("attribute"))),
        "old": sa.null(),
        "new": sa.null(),
        "redacted": sa.true(),
    }
    listed = (
        sa.select()
        .select_from(change.join(done, sa.true()))
        .where(change.c.position == touched.position, *about(done, touched.entity))
        .where(done.c.value.op("->>")(constant("record")) == sa.cast(touched.record_id, sa.Text()))
    )
    return draft.array(_said(said, field), listed.order_by(done.c.place).correlate_except(change, done))


def _said(said: dict[str, Expression], field: Field) -> Pairs:
    return [
        (inner.key, said[inner.name] if inner.name in said else type_name(inner, *ATTRIBUTE)) for inner in field.fields
    ]


def elements(draft: Draft, change: sa.FromClause) -> sa.FromClause:
    """What a redaction destroyed, one a row: entity, record, attribute."""
    listed = sa.func.jsonb_typeof(change.c.redactions) == constant("array")
    return (
        sa.func.jsonb_array_elements(sa.case((listed, change.c.redactions)))
        .table_valued(sa.column("value", sa.JSON()), with_ordinality="place")
        .render_derived()
        .lateral(draft.name("e"))
    )


def about(done: sa.FromClause, entity: Expression) -> tuple[Expression, ...]:
    """Conditions that an element is of records of an entity."""
    return (done.c.value.op("->>")(constant("entity")) == entity,)

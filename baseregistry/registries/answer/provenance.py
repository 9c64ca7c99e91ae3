"""On whose word a fact stands: a version's two times, its digest, and the changes of the ledger behind it."""

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql as pg

from baseregistry.registries.answer.draft import (
    Draft,
    Expression,
    Pairs,
    from_only,
    hexadecimal,
    instant_text,
    nothing_of_its_own,
    type_name,
)
from baseregistry.registries.answer.moments import Seen
from baseregistry.registries.question import Field


def version(draft: Draft, seen: Seen, field: Field) -> Expression:
    """The two times of a version, its digest, what was redacted, and the changes behind it."""
    pairs = [(inner.key, _of_version(draft, seen, inner)) for inner in field.fields]
    return draft.object(pairs, nothing_of_its_own())


def _of_version(draft: Draft, seen: Seen, field: Field) -> Expression:
    row = seen.row
    match field.name:
        case "valid_from":
            return instant_text(sa.func.lower(row.c.valid))
        case "valid_to":
            return instant_text(sa.func.upper(row.c.valid))
        case "recorded_from":
            return sa.cast(row.c.recorded_from, sa.Text())
        case "recorded_to":
            return sa.cast(seen.moment.recorded_to(row), sa.Text())
        case "digest":
            return hexadecimal(row.c.digest)
        case "redacted":
            return _redacted(row.c.redacted)
        case "change":
            return _change(draft, field, row.c.change)
        case "written_by":
            return _change(draft, field, row.c.recorded_from)
        case _:
            return type_name(field, "A version", "Version")


def _redacted(column: Expression) -> Expression:
    """The names of the attributes whose values were destroyed by law, null if none was."""
    names = sa.func.jsonb_object_keys(column).table_valued("name", name="k$")
    listed = sa.func.json_agg(pg.aggregate_order_by(names.c.name, names.c.name))
    return sa.select(listed).select_from(names).correlate_except(names).scalar_subquery()


def _change(draft: Draft, field: Field, position: Expression) -> Expression:
    """A change of the ledger with what was asked of it."""
    change = draft.ledger()
    return draft.object(entry(change, field.fields), from_only(change, change.c.position == position))


def entry(change: sa.FromClause, fields: tuple[Field, ...]) -> Pairs:
    """Keys and values of one entry of the ledger, whose row is `change`."""
    return [
        (inner.key, stored(change.c[inner.name]) if inner.name in change.c else type_name(inner, "A change", "Change"))
        for inner in fields
    ]


def stored(column: sa.ColumnElement[object]) -> Expression:
    """A column of the ledger: positions and instants as strings, digests in hexadecimal, the rest as it is."""
    match column.type:
        case sa.BigInteger():
            return sa.cast(column, sa.Text())
        case sa.TIMESTAMP():
            return instant_text(column)
        case sa.LargeBinary():
            return hexadecimal(column)
        case _:
            return column

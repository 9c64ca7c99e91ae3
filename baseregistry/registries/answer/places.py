"""Conditions on where a geometry lies, served by its GiST index.

The shape travels in the storage CRS and is read once per statement (a sub-select of its own), not once for each row.
What is kept may be no valid geometry, on which PostGIS fails: it is looked at as PostGIS mends it (4 µs a candidate).
"""

from typing import Any

import sqlalchemy as sa

from baseregistry import errors
from baseregistry.registries.answer import shapes
from baseregistry.registries.answer.draft import Draft, Expression, constant
from baseregistry.registries.answer.moments import Seen
from baseregistry.registries.declare import Geometry
from baseregistry.registries.question import Placed, Relation


class _Shape(sa.types.UserDefinedType[Any]):
    """A geometry as PostGIS reads it from text."""

    cache_ok = True

    def get_col_spec(self, **_: Any) -> str:
        return "geometry"


def placed(draft: Draft, seen: Seen, said: Placed) -> Expression:
    """The geometry lies so to the shape.  Raises errors.BadQuestion when the attribute is no geometry."""
    attribute = seen.entity.by_name.get(said.attribute)
    if attribute is None or not isinstance(attribute.kind, Geometry):
        raise errors.BadQuestion(
            f"{seen.entity.full_name} has no geometry {said.attribute!r}.",
            code="question.not_comparable",
            hint="Ask where a geometry lies.",
        )
    srid = draft.installation.srid
    shape = _once(draft.part(said.shape, "shape", lambda value: shapes.in_storage(value, srid), _Shape()))
    column = seen.row.c[said.attribute]
    near = column.op("&&", is_comparison=True)(shape)  # what the index is asked
    match said.relation:
        case Relation.INTERSECTS:
            return sa.and_(near, sa.func.ST_Intersects(_mended(column), shape, type_=sa.Boolean()))
        case Relation.WITHIN:
            return sa.and_(near, sa.func.ST_CoveredBy(_mended(column), shape, type_=sa.Boolean()))
        case Relation.DISTANCE if said.metres is not None:
            metres = _once(draft.part(said.metres, "metres", shapes.metres, sa.Double()))
            return sa.func.ST_DWithin(column, shape, metres, type_=sa.Boolean())
        case _:
            raise errors.BadQuestion("A distance says no metres.", code="question.bad_value", hint="Give `meters`.")


def _mended(column: Expression) -> Expression:
    """The geometry, valid; only areas come of areas."""
    mended = sa.func.ST_MakeValid(column, constant("method=structure"))
    return sa.case((sa.func.ST_IsValid(column, type_=sa.Boolean()), column), else_=mended)


def _once(value: Expression) -> Expression:
    return sa.select(value).scalar_subquery()

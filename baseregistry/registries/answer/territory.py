"""Where the caller may look: records that lie in one of the caller's units.

A record lies in the unit that its version names at the moment seen, at the end of its path of references; one without a
path lies where any record lies that leads to it (a person where he resides).  Units old and new are bound as ids, so a
code that is used again opens nothing; of an old unit that was split, geometry decides which side a record is on.
"""

from collections.abc import Callable, Iterator

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql as pg

from baseregistry import errors
from baseregistry.registries.answer.draft import Draft, Expression, from_only, number
from baseregistry.registries.answer.moments import Seen, reach
from baseregistry.registries.answer.plan import Parameter
from baseregistry.registries.answer.values import Expects
from baseregistry.registries.declare import Attribute, Entity, Geometry, Reference, WayBack
from baseregistry.registries.question import Bind
from baseregistry.registries.territories import UNIT, by_way_back, placed

BOUNDARY = "boundary"
PARTS: dict[str, Callable[[object], bytes]] = {
    name: (lambda value, name=name: getattr(value, name))  # type: ignore[misc]
    for name in ("units", "old", "new")
}


def inside(draft: Draft, seen: Seen) -> list[Expression]:
    """Conditions on a root: none when the caller may look everywhere.  Raises errors.BadQuestion if the entity lies nowhere."""
    if draft.scope.units is None:
        return []
    if not placed(draft.installation.declarations, seen.entity):
        raise errors.BadQuestion(
            f"{seen.entity.full_name} lies in no unit, so it cannot be asked for within a territory.",
            code="question.no_territory",
            hint="Reach it from a record that lies in one, such as a parcel.",
        )
    return [_lies(draft, seen)]


def inside_if_placed(draft: Draft, seen: Seen) -> list[Expression]:
    """Conditions on a way back: an entity without a path is bound by the root from which it was reached."""
    if draft.scope.units is None or seen.entity.territory is None:
        return []
    return [_lies(draft, seen)]


def _lies(draft: Draft, seen: Seen) -> Expression:
    if seen.entity.territory is not None:
        return _by_path(draft, seen, seen.entity.territory.split("."))
    way = by_way_back(draft.installation.declarations, seen.entity)
    if way is not None:
        return _referred_to(draft, seen, way)
    if seen.entity.placed_by is not None:
        return _below(draft, seen, seen.entity.placed_by, lambda below: _lies(draft, below))
    return seen.row.c.record_id == sa.func.any(_units(draft))


def _by_path(draft: Draft, seen: Seen, path: list[str]) -> Expression:
    head, *rest = path
    if rest:
        return _below(draft, seen, head, lambda below: _by_path(draft, below, rest))
    unit = seen.row.c[head]
    lies = unit == sa.func.any(_units(draft))
    return sa.or_(lies, *_on_this_side(draft, seen, unit))


def _below(draft: Draft, seen: Seen, step: str, lies: Callable[[Seen], Expression]) -> Expression:
    """What `lies` says of the record to which a reference leads."""
    kind = seen.entity.by_name[step].kind
    if not isinstance(kind, Reference) or len(kind.to) != 1:
        raise AssertionError(f"the territory of {seen.entity.full_name} is no path of references")
    target = draft.versions(kind.to[0])
    found = reach(kind.at, seen, target)
    below = Seen(draft.installation.declarations.entities[kind.to[0]], target, found.below)
    source = from_only(target, target.c.record_id == seen.row.c[step], *found.where).with_only_columns(lies(below))
    return (source.order_by(found.order).limit(number(1)) if found.order is not None else source).scalar_subquery()


def _referred_to(draft: Draft, seen: Seen, way: WayBack) -> Expression:
    """Some record that refers to this one at the moment seen lies inside; looked up for each row, by its index."""
    rows, moment = draft.versions(way.entity.full_name), seen.moment
    said = (rows.c[way.attribute.name] == seen.row.c.record_id, moment.believed(rows), moment.holds(rows))
    found = from_only(rows, *said, _lies(draft, Seen(way.entity, rows, moment)))
    return found.with_only_columns(number(1)).offset(number(0)).exists()


def _units(draft: Draft) -> Expression:
    units = draft.scope.units
    assert units is not None
    return _part(draft, units, "units") if draft.scope.granted else draft.bind(units, Expects.UUID)


def _part(draft: Draft, bind: Bind, name: str) -> Expression:
    """One of the arrays of a territory."""
    return draft.placeholder(f"s{bind.slot}_{name}", Parameter(bind.slot, PARTS[name]), pg.UUID(), many=True)


def _on_this_side(draft: Draft, seen: Seen, unit: Expression) -> Iterator[Expression]:
    """That the record names an old unit that was split, and a point on its surface lies in a part that is granted.

    Without a geometry, or a boundary of that part, it lies outside.
    """
    shape, splits = _shape(seen.entity), draft.scope.splits
    if splits is None or shape is None:
        return
    old, new = _part(draft, splits, "old"), _part(draft, splits, "new")
    pairs = sa.func.unnest(old, new).table_valued(sa.column("old", pg.UUID()), sa.column("new", pg.UUID()))
    pair = pairs.render_derived(name=draft.name("x"))
    part = draft.versions(UNIT)
    today = part.c.valid.op("@>", is_comparison=True)(sa.func.now())
    point = sa.func.ST_PointOnSurface(seen.row.c[shape.name])
    lies = sa.func.ST_Covers(part.c[BOUNDARY], point, type_=sa.Boolean())
    source = sa.select(number(1)).select_from(pair.join(part, part.c.record_id == pair.c.new))
    said = source.where(pair.c.old == unit, part.c.recorded_to.is_(None), today, lies)
    yield sa.and_(unit == sa.func.any(old), said.correlate_except(pair, part).exists())


def _shape(entity: Entity) -> Attribute | None:
    """The geometry that says where a record lies."""
    return next((attribute for attribute in entity.attributes if isinstance(attribute.kind, Geometry)), None)

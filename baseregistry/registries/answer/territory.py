"""Where the caller may look: records whose path of references ends in one of the caller's units.

The simple form: the unit that the version names at the moment seen, compared with the units bound (old and new ones,
the caller expands successions).  The access issue judges part-splits by geometry here.
"""

import sqlalchemy as sa

from baseregistry import errors
from baseregistry.registries.answer.draft import Draft, Expression, from_only, number
from baseregistry.registries.answer.moments import Seen, reach
from baseregistry.registries.answer.values import Expects
from baseregistry.registries.declare import Reference


def inside(draft: Draft, seen: Seen) -> list[Expression]:
    """Conditions on a root: none when the caller may look everywhere.  Raises errors.BadQuestion if the entity has no path."""
    if draft.scope.units is None:
        return []
    if seen.entity.territory is None:
        raise errors.BadQuestion(
            f"{seen.entity.full_name} lies in no unit, so it cannot be asked for within a territory.",
            code="question.no_territory",
            hint="Reach it from a record that lies in one, such as a parcel.",
        )
    return inside_if_placed(draft, seen)


def inside_if_placed(draft: Draft, seen: Seen) -> list[Expression]:
    """Conditions on a way back: an entity without a path is bound by the root from which it was reached."""
    if draft.scope.units is None or seen.entity.territory is None:
        return []
    return [_lies_inside(draft, seen, seen.entity.territory.split("."))]


def _lies_inside(draft: Draft, seen: Seen, path: list[str]) -> Expression:
    head, *rest = path
    if not rest and draft.scope.units is not None:
        units = draft.bind(draft.scope.units, Expects.UUID)
        return sa.and_(seen.row.c[head] == sa.func.any(units))
    kind = seen.entity.by_name[head].kind
    if not isinstance(kind, Reference) or len(kind.to) != 1:
        raise AssertionError(f"the territory of {seen.entity.full_name} is no path of references")
    target = draft.versions(kind.to[0])
    found = reach(kind.at, seen, target)
    below = Seen(draft.installation.declarations.entities[kind.to[0]], target, found.below)
    placed = _lies_inside(draft, below, rest)
    source = from_only(target, target.c.record_id == seen.row.c[head], *found.where).with_only_columns(placed)
    return (source.order_by(found.order).limit(number(1)) if found.order is not None else source).scalar_subquery()

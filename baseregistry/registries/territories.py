"""In which unit a record lies: by a path of references of its own, or through a record that has one."""

from baseregistry.registries.declare import Declarations, Entity, Reference, WayBack

UNIT = "administration.unit"


def placed(declarations: Declarations, entity: Entity) -> bool:
    """Whether records of `entity` lie in a unit, or are one."""
    return entity.territory is not None or entity.placed_by is not None or entity.full_name == UNIT


def by_way_back(declarations: Declarations, entity: Entity) -> WayBack | None:
    """The way back to the records through which `entity` lies in a unit; None where a reference leads there."""
    return declarations.ways_back(entity).get(entity.placed_by or "")


def through(declarations: Declarations, entity: Entity) -> Entity | None:
    """The entity through which `entity` lies in a unit, if it is `placed_by` one; None also where that names nothing."""
    way = by_way_back(declarations, entity)
    if way is not None:
        return way.entity
    attribute = entity.by_name.get(entity.placed_by or "")
    kind = attribute.kind if attribute else None
    return declarations.entities.get(kind.to[0]) if isinstance(kind, Reference) and len(kind.to) == 1 else None

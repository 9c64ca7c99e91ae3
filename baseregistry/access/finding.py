"""What a question finds, counts and orders its records by: keys, conditions, orders, as needs at their levels."""

from baseregistry.access.levels import Level, Needs, unknown
from baseregistry.access.needs import Sort
from baseregistry.registries.declare import Attribute, Entity, Lookup, Reference
from baseregistry.registries.question import (
    Back,
    Comparison,
    Condition,
    Either,
    Every,
    Form,
    Never,
    Order,
    Placed,
    Question,
    Refers,
)


def key(here: Level, question: Question) -> Needs:
    """The attributes of the key by which a record is named."""
    name, entity = question.key_name, here.entity
    if name is None or question.form is Form.WRITTEN:
        return
    if name == "id":
        yield here.itself(Sort.ID)
        return
    for named in entity.keys:
        if named.name == name:
            yield from (here.fact(entity.by_name[attribute]) for attribute in named.attributes)
            return
    carrying = lookup(entity, name)
    via = here.declarations.entities[carrying.via]
    kind = via.by_name[carrying.reference].kind
    assert isinstance(kind, Reference)
    carries = here.way(kind.back)
    for attribute in (carrying.attribute, *(fixed for fixed, _ in carrying.fixed)):
        yield carries.fact(via.by_name[attribute])


def lookup(entity: Entity, name: str | None) -> Lookup:
    """How a record is named through another one."""
    for found in entity.lookups:
        if found.name == name:
            return found
    raise unknown(f"the key {name!r} of {entity.full_name}")


def order(here: Level, terms: tuple[Order, ...]) -> Needs:
    """The attributes that records are put in order by."""
    return (here.fact(_attribute_of(here.entity, term.attribute)) for term in terms)


def condition(here: Level, said: Condition | None) -> Needs:
    """All that a condition looks at."""
    match said:
        case None:
            return
        case Comparison() | Placed():
            yield here.fact(_attribute_of(here.entity, said.attribute))
        case Every(of=parts) | Either(of=parts):
            for part in parts:
                yield from condition(here, part)
        case Never(of=part):
            yield from condition(here, part)
        case Refers(attribute=attribute, entity=entity, where=where):
            below = here.target(_attribute_of(here.entity, attribute), entity)
            yield from below.there()
            yield from condition(below, where)
        case Back(way=way, where=where):
            if way not in here.declarations.ways_back(here.entity):
                raise unknown(f"the way back {way!r} of {here.entity.full_name}")
            yield from here.way(way).there()
            yield from condition(here.way(way), where)
        case _:
            raise unknown(f"the condition {type(said).__name__}")


def _attribute_of(entity: Entity, name: str) -> Attribute:
    if name not in entity.by_name:
        raise unknown(f"the attribute {name!r} of {entity.full_name}")
    return entity.by_name[name]


def changes(here: Level, question: Question) -> Needs:
    """What a feed's filter looks at: the unit in which a record lies, the case of a change."""
    said = question.changes
    if said is not None and said.units is not None:
        *steps, last = (here.entity.territory or "").split(".")
        below = here.follow(steps)
        yield below.fact(_attribute_of(below.entity, last))
    if said is not None and said.case is not None:
        yield here.beside("version")

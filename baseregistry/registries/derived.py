"""What a derived field is made of: the declared facts behind it, and so who may see it and on whose word it stands."""

from collections.abc import Iterator
from dataclasses import dataclass

from baseregistry.registries.declare import (
    Attribute,
    Code,
    Declarations,
    Derived,
    Entity,
    Flag,
    Fraction,
    Kind,
    PartialDay,
    Reference,
    Sensitivity,
    Text,
)
from baseregistry.registries.derivations import Age, AgeAtLeast, Derivation, HeldBy, Holding, HoldsIn, Line, Percent

UNIT = "administration.unit"
LEVELS = tuple(Sensitivity)  # from open to closed


@dataclass(frozen=True, slots=True)
class Part:
    """A fact that a derivation looks at: an attribute of an entity (full name), and the kind it must have."""

    entity: str
    attribute: str
    kind: type[Kind]


def parts(declarations: Declarations, entity: Entity, rule: Derivation) -> Iterator[Part]:
    """Every fact that `rule`, declared on `entity`, looks at."""
    here = entity.full_name
    match rule:
        case AgeAtLeast(born=born) | Age(born=born):
            yield Part(here, born, PartialDay)
        case Line(first=first, path=path, name=name):
            yield Part(here, first, Text)
            for place in along(declarations, here, path):
                yield place
                target = target_of(declarations, place)
                if target is not None:
                    yield Part(target, name, Text)
        case Percent(share=share, joint=joint):
            yield Part(here, share, Fraction)
            if joint is not None:
                yield Part(here, joint, Flag)
        case HoldsIn(holding=holding, place=path):
            yield from _held(holding)
            yield from along(declarations, holding.relation, path)
            yield Part(UNIT, "code", Text)
        case HeldBy(holding=holding):
            yield from _held(holding)


def _held(holding: Holding) -> Iterator[Part]:
    grouping = holding.grouping
    yield from (Part(holding.relation, name, Reference) for name in (holding.holder, holding.of))
    yield Part(holding.relation, holding.kind, Code)
    yield from (Part(grouping.entity, name, Reference) for name in (grouping.member, grouping.group))


def along(declarations: Declarations, entity: str, path: tuple[str, ...]) -> Iterator[Part]:
    """The references of a path that begins at `entity`, as far as they lead anywhere."""
    here: str | None = entity
    for step in path:
        if here is None:
            return
        yield (part := Part(here, step, Reference))
        here = target_of(declarations, part)


def target_of(declarations: Declarations, part: Part) -> str | None:
    """The one entity to which a reference leads; None where there is no such reference, or it leads to several."""
    kind = declared(declarations, part)
    return kind.kind.to[0] if kind and isinstance(kind.kind, Reference) and len(kind.kind.to) == 1 else None


def declared(declarations: Declarations, part: Part) -> Attribute | None:
    """The attribute a part names, if it is declared."""
    entity = declarations.entities.get(part.entity)
    return entity.by_name.get(part.attribute) if entity else None


def wrong(declarations: Declarations, entity: Entity, derived: Derived) -> Iterator[str]:
    """What is wrong with a derived field, in words that follow its name."""
    for part in parts(declarations, entity, derived.rule):
        found = declared(declarations, part)
        if found is None or not isinstance(found.kind, part.kind):
            yield f"is derived from {part.entity}.{part.attribute}, which is no {part.kind.__name__}"


def made_of(declarations: Declarations, entity: Entity, derived: Derived) -> list[Attribute]:
    """The attributes a derived field is made of, each once."""
    found = (declared(declarations, part) for part in parts(declarations, entity, derived.rule))
    return list(dict.fromkeys(attribute for attribute in found if attribute is not None))


def own(declarations: Declarations, entity: Entity, derived: Derived) -> set[str]:
    """Those attributes of the record itself that a derived field is made of."""
    return {part.attribute for part in parts(declarations, entity, derived.rule) if part.entity == entity.full_name}


def sensitivity(declarations: Declarations, entity: Entity, derived: Derived) -> Sensitivity:
    """The highest of what it is made of."""
    return max((item.sensitivity for item in made_of(declarations, entity, derived)), key=LEVELS.index)


def sources(declarations: Declarations, entity: Entity, derived: Derived) -> str:
    """On whose word it stands: the sources of what it is made of, each once."""
    return "; ".join(dict.fromkeys(item.source for item in made_of(declarations, entity, derived)))


def ingredients(declarations: Declarations, entity: Entity, derived: Derived) -> list[str]:
    """What it is made of by name: ``birth_date``, or ``administration.unit.name`` of another entity; each once."""
    said = parts(declarations, entity, derived.rule)
    names = (p.attribute if p.entity == entity.full_name else f"{p.entity}.{p.attribute}" for p in said)
    return list(dict.fromkeys(names))

"""What a derived field is made of, as paths from the record that has it."""

from collections.abc import Iterator
from typing import TYPE_CHECKING

from baseregistry.registries.declare import Reference
from baseregistry.registries.derivations import Age, AgeAtLeast, Derivation, HeldBy, Holding, HoldsIn, Line, Percent

if TYPE_CHECKING:
    from baseregistry.access.levels import Level

Parts = Iterator[tuple["Level", str]]


def parts(here: "Level", rule: Derivation) -> Parts:
    """Each attribute that `rule` looks at, with the level at which it does."""
    match rule:
        case AgeAtLeast(born=born) | Age(born=born):
            yield here, born
        case Line(first=first, path=path, name=name):
            yield here, first
            for count in range(1, len(path) + 1):
                yield here.follow(path[:count]), name
        case Percent(share=share, joint=joint):
            yield here, share
            if joint is not None:
                yield here, joint
        case HoldsIn(holding=holding, place=place):
            for relation in _held_by(here, holding):
                yield relation, holding.kind
                for count in range(1, len(place) + 1):
                    yield relation.follow(place[:count]), place[count] if count < len(place) else "code"
        case HeldBy(holding=holding):
            relation = here.way(_back(here, holding.relation, holding.of))
            yield from ((relation, name) for name in (holding.kind, holding.holder))
            yield from _grouped(here, relation, holding)


def _held_by(here: "Level", holding: Holding) -> "Iterator[Level]":
    """What a holder holds, by himself and by a group."""
    back, grouping = _back(here, holding.relation, holding.holder), holding.grouping
    yield here.way(back)
    group = here.way(_back(here, grouping.entity, grouping.member)).follow((grouping.group,))
    yield group.way(back)


def _grouped(here: "Level", relation: "Level", holding: Holding) -> Parts:
    """The members of a group that holds."""
    grouping = holding.grouping
    holder = relation.entity.by_name[holding.holder]
    kind = here.declarations.entities[grouping.entity].by_name[grouping.group].kind
    assert isinstance(kind, Reference)
    group = relation.target(holder, kind.to[0])
    yield group.way(kind.back), grouping.member


def _back(here: "Level", entity: str, attribute: str) -> str:
    kind = here.declarations.entities[entity].by_name[attribute].kind
    assert isinstance(kind, Reference)
    return kind.back

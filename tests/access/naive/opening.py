"""What a set of granted paths opens, and under which grant a root is answered."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace

from baseregistry.registries.declare import Declarations
from tests.access.naive.paths import Root
from tests.access.naive.places import Territory, lies_somewhere
from tests.access.naive.uses import How, Use

BESIDE = {"history", "changes", "version"}


@dataclass(frozen=True)
class Grant:
    """Paths, and where; no territory is everywhere.  `masked` are told masked and do nothing else."""

    paths: frozenset[str]
    territory: Territory | None = None
    masked: frozenset[str] = frozenset()


@dataclass(frozen=True)
class Decided:
    """A root under `grant` (None: all of it is public), with the entities of which records are found; or what is `missing`:
    each set of paths that may be told, of which no other that may be is a part."""

    grant: Grant | None = None
    among: tuple[str, ...] = ()
    missing: tuple[frozenset[str], ...] = ()
    outside: frozenset[str] = frozenset()  # answers that are asked with a value that is not granted


VALUES, ANY = {"years", "unitCode"}, {"kind", "holder"}  # arguments that are granted value by value, and as a whole
ANSWERS = ("age", "ageIsAtLeast")  # about a birth date


def opens(grant: Grant, use: Use) -> bool:
    """Whether a grant opens one use."""
    return use.public or _by_itself(grant, use) or _by_parts(grant, use)


def _by_parts(grant: Grant, use: Use) -> bool:
    return bool(use.parts) and all(opens(grant, part) for part in use.parts)


def _by_itself(grant: Grant, use: Use) -> bool:
    paths, level = grant.paths, use.level
    closed = bool({use.path, f"{level}.*"} & grant.masked)
    as_value = use.referred and bool({level, f"{level.rpartition('.')[0]}.*"} & paths)
    here = {path.removeprefix(f"{level}.") for path in paths if path.startswith(f"{level}.")}
    facts = {name for name in here if "." not in name} - BESIDE
    match use.how:
        case How.VALUE:
            return use.masked if closed else bool({use.name, "*"} & here)
        case How.ID:
            return bool(facts) or as_value
        case How.TIMES:
            return bool(facts)
        case How.THERE:
            return bool(here) or as_value or any(path.startswith(f"{level}.") for path in grant.masked)
        case How.NAMED:
            return use.name in here
        case How.ANSWER:
            named = use.name in here or any(name.startswith(f"{use.name}.") for name in here)
            return use.bounded and named and all(_asked(here, use, argument) for argument, _ in use.given)
        case How.TOLD:
            instead = closed or any(name.partition(".")[0] in ANSWERS for name in here)
            return not instead or _by_itself(grant, replace(use, how=How.VALUE))


def _asked(here: set[str], use: Use, argument: str) -> bool:
    """Whether an answer may be asked with an argument at all."""
    named = f"{use.name}.{argument}"
    if argument in VALUES:
        return any(name.startswith(named) for name in here)
    return argument in ANY and named in here


def outside(grant: Grant, uses: Iterable[Use]) -> frozenset[str]:
    """The answers that are asked with a value that the grant does not say."""
    found = set()
    for use in uses:
        if use.how is How.ANSWER and not use.public and not _by_parts(grant, use):
            granted = {f"{use.path}.{argument}{value}" for argument, value in use.given if argument in VALUES}
            found |= {use.path} if not granted <= grant.paths else set()
    return frozenset(found)


@dataclass(frozen=True)
class Decider:
    """Decides roots by the grants of a request, in their order."""

    declarations: Declarations
    grants: Sequence[Grant]

    def decided(self, root: Root) -> list[Decided]:
        """The decision for each entity that is answered by itself: of ``nodes`` all entities together, else each."""
        if root.name == "nodes":
            return [self._nodes(root)]
        if root.name != "node":
            return [self._one([entity], uses) for entity, uses in root.uses.items()]
        asked = {
            entity: uses
            for entity, uses in root.uses.items()
            if not plain(uses) or not self._one([entity], uses).missing
        }
        return [self._one([entity], uses) for entity, uses in (asked or root.uses).items()]

    def _one(self, entities: Sequence[str], uses: Iterable[Use]) -> Decided:
        wanted = [use for use in uses if not use.public]
        if all(use.how is How.TOLD for use in wanted):
            return Decided(among=tuple(entities))
        lacking = []
        for grant in self._in_order():
            missing = frozenset(use.path for use in wanted if not self._opened(grant, entities, use))
            if not missing:
                return Decided(grant, tuple(entities), outside=outside(grant, wanted))
            lacking.append(missing)
        every = frozenset(use.path for use in wanted if use.how is not How.TOLD)
        return Decided(missing=_smallest([*lacking, every]))

    def _in_order(self) -> list[Grant]:
        everywhere = [grant for grant in self.grants if grant.territory is None]
        return everywhere + [grant for grant in self.grants if grant.territory is not None]

    def _opened(self, grant: Grant, entities: Sequence[str], use: Use) -> bool:
        declared = self.declarations.entities
        nowhere = any(not lies_somewhere(declared[name]) for name in entities)
        if grant.territory is not None and nowhere:
            return use.how is How.TOLD
        return opens(grant, use)

    def _nodes(self, root: Root) -> Decided:
        """All that is asked for expressly under one grant; of the other entities records are found that it opens too."""
        asked = {name: uses for name, uses in root.uses.items() if not plain(uses)}
        for grant in (*self._in_order(), None):
            own = Decider(self.declarations, [grant] if grant else [])
            if asked and own._one(list(asked), _all(asked.values())).missing:
                continue
            others = [name for name in root.uses if name not in asked and not own._one([name], root.uses[name]).missing]
            if asked or others:
                among = [*asked, *others]
                return self._one(among, _all(root.uses[name] for name in among))
        asked = asked or dict(root.uses)
        return self._one(list(asked), _all(asked.values()))


def plain(uses: Iterable[Use]) -> bool:
    """Whether nothing but the id and the type of a record is asked for."""
    return all(use.how in {How.ID, How.THERE} and "." not in use.level for use in uses)


def _all(uses: Iterable[tuple[Use, ...]]) -> list[Use]:
    return [use for each in uses for use in each]


def _smallest(sets: Sequence[frozenset[str]]) -> tuple[frozenset[str], ...]:
    return tuple(one for one in dict.fromkeys(sets) if not any(other < one for other in sets))

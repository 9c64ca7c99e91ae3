"""What may be derived from declared facts, in words of the domain: a closed vocabulary, as the kinds are.

A derivation is a record of attribute names and does nothing.  `answer/derived.py` compiles it, `derived.py` tells
what it is made of.  A seventh needs a decision record (0011).
"""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class AgeAtLeast:
    """Whether who was `born` then (a partial day) has completed so many years on a day: yes, no, or unknown."""

    born: str


@dataclass(frozen=True, slots=True)
class Age:
    """Between how many and how many years who was `born` then (a partial day) has completed on a day."""

    born: str


@dataclass(frozen=True, slots=True)
class Line:
    """The text `first`, then the `name` of each record along a path of references, joined by ", ": an address line."""

    first: str
    path: tuple[str, ...]
    name: str = "name"


@dataclass(frozen=True, slots=True)
class Percent:
    """The fraction `share` in per cent, with four decimals; none where the flag `joint` is set."""

    share: str
    joint: str | None = None


@dataclass(frozen=True, slots=True)
class Grouping:
    """That `member` belongs to `group`, said by records of `entity`."""

    entity: str
    member: str
    group: str


@dataclass(frozen=True, slots=True)
class Holding:
    """Who holds what: records of `relation` of some `kind` (a code), their `holder`, `of` what; or a group holds it."""

    relation: str
    holder: str
    of: str
    kind: str
    grouping: Grouping


@dataclass(frozen=True, slots=True)
class HoldsIn:
    """Whether this record holds something in a unit or below it; `place` leads from the relation up to the highest unit."""

    holding: Holding
    place: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class HeldBy:
    """Whether a record, named by its id, holds this one."""

    holding: Holding


Derivation = AgeAtLeast | Age | Line | Percent | HoldsIn | HeldBy

"""What the columns of one file mean for the register: the plan that every row then follows.

A file fills one *lane* for its own entity and one for each related entity (the land use of a parcel, the personal ID
of a person).  A lane has facts (plain values), pointers (references, found by natural keys) and ways to recognise the
record that a row speaks of.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from baseregistry.registries.declare import (
    Attribute,
    Entity,
    Geometry,
    Key,
    Lookup,
    Reference,
    Sensitivity,
    Title,
)

Path = tuple[str, ...]
RECORD = Attribute(
    "record_id", Reference((), back=""), Title("Mã bản ghi", "Record id"), "The record itself.", Sensitivity.PUBLIC, ""
)


@dataclass(frozen=True, slots=True)
class Cell:
    """Where a raw value stands: in a column, or in a constant whose ``{column}`` are filled in."""

    column: str | None = None
    constant: Any = None

    @property
    def place(self) -> str:
        """For messages."""
        return self.column if self.column is not None else f"constant {self.constant!r}"


@dataclass(frozen=True, slots=True)
class Fact:
    """An attribute whose value the row gives."""

    entity: Entity
    attribute: Attribute
    cell: Cell
    translate: Mapping[str, Any] = field(default_factory=dict)

    @property
    def place(self) -> str:
        """``land.parcel.address``."""
        return f"{self.entity.full_name}.{self.attribute.name}"


@dataclass(frozen=True, slots=True)
class Finder:
    """One way to find the record a reference means: a key or lookup of `target`, or its record id (`by` is None).

    `parts` gives each of the key's attributes, in the key's order, as a fact or as a pointer of its own.
    """

    target: Entity
    by: Key | Lookup | None
    parts: "tuple[Fact | Pointer, ...]"


@dataclass(frozen=True, slots=True)
class Pointer:
    """A reference whose target the row names, by the first of `finders` that the row fills."""

    entity: Entity
    attribute: Attribute
    finders: tuple[Finder, ...]

    @property
    def place(self) -> str:
        return f"{self.entity.full_name}.{self.attribute.name}"


@dataclass(frozen=True, slots=True)
class Way:
    """How a record is recognised: by these attributes of its own, or by a lookup through a related lane."""

    attributes: Path
    lookup: Lookup | None = None
    lane: int = 0  # the related lane that says what the lookup asks for
    unique: bool = False


@dataclass(frozen=True, slots=True)
class Lane:
    """What a row says of one entity.  `reference` is how a related record points to the file's own; `copies` are
    defaults that repeat another attribute."""

    number: int
    entity: Entity
    reference: str | None
    facts: tuple[Fact, ...]
    pointers: tuple[Pointer, ...]
    defaults: Mapping[str, str | None]
    copies: Mapping[str, str]
    ways: tuple[Way, ...]
    record_id: Cell | None = None

    @property
    def table(self) -> str:
        """The temporary table in which the rows of this lane wait."""
        return f"import_{self.number}"

    @property
    def stated(self) -> tuple[str, ...]:
        """The attributes that a row speaks of, in declared order."""
        said = {fact.attribute.name for fact in self.facts} | {pointer.attribute.name for pointer in self.pointers}
        said |= {self.reference} if self.reference else set()
        return tuple(name for name in self.entity.by_name if name in said)

    @property
    def registered(self) -> tuple[str, ...]:
        """The attributes with which a new record begins: what is stated, and the defaults."""
        return tuple(name for name in self.entity.by_name if name in {*self.stated, *self.defaults, *self.copies})

    @property
    def geometry(self) -> Fact | None:
        return next((fact for fact in self.facts if isinstance(fact.attribute.kind, Geometry)), None)


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """The whole plan for a file."""

    lanes: tuple[Lane, ...]
    valid_from: Cell
    valid_to: Cell | None
    end_inclusive: bool
    unbounded: bool
    across: bool
    drop_heights: bool
    ignored: tuple[str, ...]

    @property
    def lane(self) -> Lane:
        """The lane of the file's own entity."""
        return self.lanes[0]

    @property
    def geometry(self) -> Fact | None:
        """The one geometry of a row, in whichever lane."""
        return next((lane.geometry for lane in self.lanes if lane.geometry), None)


def parts(pointer: Pointer) -> Iterator[Fact]:
    """Every fact below a pointer."""
    for finder in pointer.finders:
        for part in finder.parts:
            if isinstance(part, Fact):
                yield part
            else:
                yield from parts(part)

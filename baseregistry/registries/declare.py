"""The closed vocabulary in which a register is declared.

A declaration is a frozen record and does nothing.  One small interpreter per target reads it:
the versions table, the GraphQL type, the import columns, the data dictionary.  Nine kinds of
value exist; a tenth needs a decision record.
"""

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date
from enum import Enum
from functools import cached_property
from pathlib import Path

from baseregistry.registries.derivations import Derivation


@dataclass(frozen=True, slots=True)
class Title:
    """What people call a thing, in the two languages a province sees."""

    vi: str
    en: str


class Sensitivity(Enum):
    """Who may see an attribute at all: anyone, officials, or only for a purpose (personal data, Law 91/2025/QH15)."""

    PUBLIC = "public"
    OFFICIAL = "official"
    PERSONAL = "personal"


class At(Enum):
    """The moment at which a reference looks at its target (DESIGN, section 1)."""

    SAME = "same"  # the moment asked; the target must be valid through the referrer's whole period
    BEGIN = "begin"  # when the referring version began
    LATEST = "latest"  # the target's last version up to the moment asked


# --- the nine kinds -------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Text:
    """Unicode text, stored NFC as registered.  `pattern` is a regular expression both Python and PostgreSQL read."""

    max_length: int = 400
    pattern: str | None = None
    name: bool = False  # a name people search for: folded (no diacritics, lower case) and indexed
    given_last: bool = False  # the name of a person, read by its last word: people are put in the order of given names


@dataclass(frozen=True, slots=True)
class Code:
    """A code of the code list `list` (``land.purpose``); any edition's codes may be held, a retired one stays readable."""

    list: str


@dataclass(frozen=True, slots=True)
class Number:
    """An exact decimal of at most `digits` digits, `scale` of them after the point; `unit` is a UCUM code (``m2``)."""

    digits: int
    scale: int = 0
    unit: str | None = None
    minimum: int | None = 0


@dataclass(frozen=True, slots=True)
class Flag:
    """Yes or no."""


@dataclass(frozen=True, slots=True)
class Day:
    """A calendar day, known exactly."""


@dataclass(frozen=True, slots=True)
class PartialDay:
    """A day of which perhaps only the year, or the year and month, is known (``1956``, ``1956-03``, ``1956-03-12``)."""


@dataclass(frozen=True, slots=True)
class Fraction:
    """An exact share between 0 and 1, 0 excluded (``1/3``)."""


@dataclass(frozen=True, slots=True)
class Geometry:
    """A geometry in the database's storage CRS.  `shape` is a Simple Features type (``MultiPolygon``)."""

    shape: str


@dataclass(frozen=True, slots=True)
class Reference:
    """A pointer to a record of one of the entities `to`; `back` names the way back on each of them (``parcel.rights``)."""

    to: tuple[str, ...]
    back: str
    at: At = At.SAME


Kind = Text | Code | Number | Flag | Day | PartialDay | Fraction | Geometry | Reference

# --- what holds them together ----------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Attribute:
    """One fact of an entity: its kind, its titles, who may see it, and which authority's word it is."""

    name: str
    kind: Kind
    title: Title
    description: str
    sensitivity: Sensitivity
    source: str
    required: bool = False
    indexed: bool = False  # may be filtered and ordered by; keys, references and names always may


@dataclass(frozen=True, slots=True)
class Key:
    """Attributes by which the world names a record.

    A `unique` key belongs to one record at any one moment; a label may be shared, and a lookup by it
    answers every match.
    """

    name: str
    attributes: tuple[str, ...]
    unique: bool = True


@dataclass(frozen=True, slots=True)
class Lookup:
    """Another way to name a record: through a record that refers to it.

    ``Lookup("personal_id", "population.identifier", "number", "person", (("scheme", "PERSONAL_ID"),))`` finds
    the person to whom `reference` of an identifier with that `attribute` and those fixed values points.  With the
    values `held` it is in force: a cancelled number still finds its person, but is no longer borne.
    """

    name: str
    via: str
    attribute: str
    reference: str
    fixed: tuple[tuple[str, str], ...] = ()
    held: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True, slots=True)
class Derived:
    """A fact that is not stored but follows from stored ones by `rule`, at the moment asked; sensitive as the most
    sensitive of them, on the word of all of them."""

    name: str
    rule: Derivation
    title: Title
    description: str


@dataclass(frozen=True)
class Entity:
    """A sort of record: a parcel, a person, a right."""

    registry: str
    name: str
    title: Title
    description: str
    attributes: tuple[Attribute, ...]
    keys: tuple[Key, ...] = ()
    lookups: tuple[Lookup, ...] = ()
    territory: str | None = None  # path of references to the unit it lies in: ``commune``, ``parcel.commune``
    placed_by: str | None = None  # without such a path: a reference or way back to what has one (``residences``)
    relation: bool = False  # a right, a residence: may `end`; other records get a status and stay valid
    retired: tuple[str, str] | None = None  # that status, where it is one: attribute and code ("status", "RETIRED")
    derived: tuple[Derived, ...] = ()

    @property
    def full_name(self) -> str:
        """``land.parcel``."""
        return f"{self.registry}.{self.name}"

    @cached_property
    def by_name(self) -> dict[str, Attribute]:
        return {attribute.name: attribute for attribute in self.attributes}

    @cached_property
    def derived_by_name(self) -> dict[str, Derived]:
        return {derived.name: derived for derived in self.derived}

    @property
    def references(self) -> Iterator[tuple[Attribute, Reference]]:
        """Each attribute that points to another record, with its kind."""
        for attribute in self.attributes:
            if isinstance(attribute.kind, Reference):
                yield attribute, attribute.kind


@dataclass(frozen=True, slots=True)
class Edition:
    """One regulation's edition of a code list, in force from a day until another (half-open); codes come from a CSV."""

    name: str
    regulation: str
    in_force_from: date | None = None
    in_force_to: date | None = None


@dataclass(frozen=True, slots=True)
class CodeList:
    """A list of codes with dated editions.  `path` is a CSV: edition, code, title_vi, title_en, note."""

    name: str
    title: Title
    editions: tuple[Edition, ...]
    path: Path


@dataclass(frozen=True, slots=True)
class Registry:
    """One register: its entities and the code lists they use."""

    name: str
    title: Title
    description: str
    entities: tuple[Entity, ...]
    code_lists: tuple[CodeList, ...] = ()


@dataclass(frozen=True, slots=True)
class WayBack:
    """The reverse of a reference: `entity`'s `attribute` points here."""

    name: str
    entity: Entity
    attribute: Attribute
    reference: Reference


@dataclass(frozen=True)
class Declarations:
    """All registers of an installation, and the questions that need to see them together."""

    registries: tuple[Registry, ...]
    edition: str = field(default="1")  # schema edition, a whole number that grows: part of every digest and cache key

    @cached_property
    def entities(self) -> dict[str, Entity]:
        """Every entity by its full name, in declared order."""
        return {entity.full_name: entity for registry in self.registries for entity in registry.entities}

    @cached_property
    def code_lists(self) -> dict[str, CodeList]:
        return {codes.name: codes for registry in self.registries for codes in registry.code_lists}

    @cached_property
    def _ways_back(self) -> dict[str, dict[str, WayBack]]:
        ways: dict[str, dict[str, WayBack]] = {name: {} for name in self.entities}
        for entity in self.entities.values():
            for attribute, reference in entity.references:
                for target in reference.to:
                    ways.setdefault(target, {})[reference.back] = WayBack(reference.back, entity, attribute, reference)
        return ways

    def ways_back(self, entity: Entity) -> dict[str, WayBack]:
        """The ways back into `entity`, by name: who refers to it, and through which attribute."""
        return self._ways_back[entity.full_name]

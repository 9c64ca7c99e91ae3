"""What of a record a document uses, and where: one path each."""

from collections.abc import Iterator
from dataclasses import dataclass
from enum import Enum

from baseregistry.registries.declare import Entity, Sensitivity


class How(Enum):
    """What of a path is used."""

    VALUE = "value"
    ID = "id"
    TIMES = "times"
    THERE = "there"
    NAMED = "named"  # a history, a feed, who recorded a version: nothing opens it but its own path
    ANSWER = "answer"  # an answer to what it is asked
    TOLD = "told"  # what the times of a record tell: a person begins with birth


@dataclass(frozen=True)
class Use:
    """One path of a document; `parts` are the uses that a derived field is made of."""

    entity: str
    level: str
    name: str
    how: How
    public: bool
    referred: bool  # whether the last step to the level is a reference
    parts: "tuple[Use, ...]" = ()
    masked: bool = False  # whether it is told masked
    given: tuple[tuple[str, str], ...] = ()  # of an answer: what it is asked
    bounded: bool = True  # of an answer: whether it is about now, and about a record that is named where that is needed

    @property
    def path(self) -> str:
        return f"{self.level}.{self.name}"


@dataclass(frozen=True)
class Place:
    """A level, what stands there, and whether nothing but public attributes leads to it."""

    level: str
    entity: Entity
    public: bool = True
    referred: bool = False
    past: bool = False
    listed: bool = False


def use(place: Place, name: str, how: How, *, public: bool) -> Use:
    return Use(place.entity.full_name, place.level, name, how, public and place.public, place.referred)


def identity(place: Place) -> Use:
    return use(place, "id", How.ID, public=anything_public(place.entity))


def there(place: Place) -> Use:
    return use(place, "__typename", How.THERE, public=anything_public(place.entity))


def named(place: Place, name: str) -> Use:
    return use(place, name, How.NAMED, public=name == "history" and anything_public(place.entity))


def seen(place: Place) -> Iterator[Use]:
    """That there is a record, or how many."""
    yield there(place)
    yield from times(place) if place.past else ()


def times(place: Place) -> Iterator[Use]:
    """What the times of a record tell."""
    if place.entity.full_name == "population.person":
        yield use(place, "birthDate", How.TOLD, public=False)


def anything_public(entity: Entity) -> bool:
    return any(attribute.sensitivity is Sensitivity.PUBLIC for attribute in entity.attributes)

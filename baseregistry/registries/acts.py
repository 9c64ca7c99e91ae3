"""Acts: what someone says about a record, as a patch over a period.

An act names the attributes it speaks of, from a moment to a moment; what it does not name stays as it is.
"""

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from enum import Enum
from typing import Any
from uuid import UUID

from psycopg.types.range import TimestamptzRange

from baseregistry import errors
from baseregistry.registries.days import TICK
from baseregistry.registries.declare import Entity


class Verb(Enum):
    """What an act does over its period."""

    REGISTER = "register"  # the record holds there, and did not before
    CHANGE = "change"  # the attributes named take these values there
    END = "end"  # a relation holds no longer
    RETRACT = "retract"  # was never so


@dataclass(frozen=True, slots=True)
class Period:
    """Half-open, with instants that carry their zone; None means unbounded."""

    begin: datetime | None = None
    end: datetime | None = None

    def __post_init__(self) -> None:
        for moment in (self.begin, self.end):
            if moment is not None and moment.tzinfo is None:
                raise errors.BadValue(
                    f"{moment} says no time zone.",
                    code="input.naive_timestamp",
                    hint="Give an offset (2025-07-01T00:00:00+07:00), or a plain date for its first instant.",
                )
        if self.begin is not None and self.end is not None and self.end <= self.begin:
            raise errors.BadValue(
                f"The period ends ({self.end}) before or when it begins ({self.begin}).",
                code="versions.end_before_begin",
                hint="Periods are half-open: the end is the first instant at which it no longer holds.",
            )

    @property
    def range(self) -> TimestamptzRange:
        return TimestamptzRange(self.begin, self.end, "[)")


@dataclass(frozen=True, slots=True)
class Act:
    """One act on one record.  `values` are in the kinds' Python types (see `values.read`); absent means untouched.

    `across_later_facts` says on purpose that an open-ended change goes over what is already known for later.
    """

    verb: Verb
    entity: Entity
    record_id: UUID
    valid: Period = Period()
    values: Mapping[str, Any] = field(default_factory=dict)
    across_later_facts: bool = False


def register(entity: Entity, record_id: UUID, valid: Period, values: Mapping[str, Any]) -> Act:
    """The record holds through `valid`, with these values."""
    return Act(Verb.REGISTER, entity, record_id, valid, values)


def change(entity: Entity, record_id: UUID, valid: Period, values: Mapping[str, Any], *, across: bool = False) -> Act:
    """The attributes named take these values through `valid`; retroactively if `valid` lies in the past."""
    return Act(Verb.CHANGE, entity, record_id, valid, values, across)


def end(entity: Entity, record_id: UUID, at: datetime, *, across: bool = False) -> Act:
    """A relation (right, residence, membership) holds no longer from `at` on."""
    return Act(Verb.END, entity, record_id, Period(at, None), {}, across)


def retract(entity: Entity, record_id: UUID, valid: Period = Period()) -> Act:
    """It was never so, through `valid`."""
    return Act(Verb.RETRACT, entity, record_id, valid, {}, True)


def in_order(acts: Iterable[Act]) -> Iterator[Act]:
    """Acts that are known by their day only, in the order in which they happened: as an import keeps a file's order.

    Of those on one record that begin at one instant without an end, the second begins 1 µs after it, the third
    2 µs: each stays a version of its own.  An unknown begin, and a period that has an end, stay as they are.
    """
    begun: Counter[tuple[UUID, datetime]] = Counter()
    for act in acts:
        begin = act.valid.begin
        if begin is None or act.valid.end is not None:
            yield act
            continue
        place = begun[act.record_id, begin]
        begun[act.record_id, begin] += 1
        yield replace(act, valid=Period(begin + place * TICK, None)) if place else act

"""Chance that can be repeated: every random choice comes from a stream named after what it is for.

A stream depends on the seed number and its name alone, so one part of the province can change its dice
without moving anybody elsewhere.
"""

from bisect import bisect
from collections.abc import Mapping
from datetime import datetime
from itertools import accumulate
from random import Random
from typing import Generic, TypeVar

Thing = TypeVar("Thing")


def stream(number: int, *name: object) -> Random:
    """The stream of the seed `number` with this name: the same numbers in every process."""
    return Random("/".join(map(str, (number, *name))))


class Urn(Generic[Thing]):
    """Things drawn again and again, each as often as its weight says."""

    def __init__(self, weights: Mapping[Thing, float]) -> None:
        self._things = tuple(weights)
        self._sums = tuple(accumulate(weights.values()))

    def draw(self, random: Random) -> Thing:
        return self._things[bisect(self._sums, random.random() * self._sums[-1])]


class Identities:
    """Record ids: UUIDs of version 7 (RFC 9562), their time from the invented clock, the rest from a stream."""

    def __init__(self, random: Random, moment: datetime) -> None:
        self._bits = random.getrandbits
        milliseconds = f"{int(moment.timestamp() * 1000):012x}"
        self._time = f"{milliseconds[:8]}-{milliseconds[8:]}"

    def new(self) -> str:
        tail = f"{self._bits(62) | 1 << 63:016x}"
        return f"{self._time}-7{self._bits(12):03x}-{tail[:4]}-{tail[4:]}"

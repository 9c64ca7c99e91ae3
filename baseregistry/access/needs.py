"""What a question needs, one path at a time, and what a set of granted paths opens.

A path is written as a client sees it: the singular root of the entity, then field names: ``parcel.rights.holder.fullName``.
A level is a path without its last name.  What may be asked of a level follows from what is granted there.
"""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from enum import Enum
from functools import lru_cache

from baseregistry.access.answers import VALUE

STAR = "*"
RECORD = "record"  # at a root: stating changes of its records
VERSION = "version"  # who recorded a record's version, when and why
BESIDE = frozenset({"history", "changes", VERSION, RECORD})  # at a level, and none of its attributes: granted by name


class Sort(Enum):
    """What a path stands for, and so what opens it."""

    FACT = "fact"  # an attribute or derived field: its path, or ``*`` at its level
    ID = "id"  # the id of a record: any attribute granted at its level; of a reference also the reference itself
    TIMES = "times"  # a version's times and its change: any attribute granted at its level
    THERE = "there"  # that there is a record, how many, of which type: anything granted at its level or below
    BESIDE = "beside"  # a history, a feed, who recorded and why: its path and nothing else
    ANSWER = "answer"  # a derived field that is asked about something: its path with what it is asked, about now
    TOLD = "told"  # a fact that times tell: its path, where the grant gives an answer or a mask instead of it


@dataclass(frozen=True, slots=True)
class Need:
    """One path that a question delivers, or (`condition`) uses to find, count or order what it delivers.

    `entity` is the declared one at its level ("" for the ledger), `name` the declared name there.  `instead` holds the
    needs that together open a derived field too: those of what it is made of.
    """

    level: str
    name: str
    field: str  # the name as a client sees it
    entity: str
    sort: Sort
    condition: bool = False
    public: bool = False
    personal: bool = False
    by_reference: bool = False  # whether a reference of the level above leads to this one
    instead: "tuple[Need, ...]" = ()
    masked: bool = False  # delivered masked: opened by a path that is granted masked, too
    given: tuple[tuple[str, int], ...] = ()  # of an answer: the arguments as a client spells them, and their slots
    bounded: bool = True  # of an answer: asked about now, and of a record that is named where it has to be
    answers: tuple[str, ...] = ()  # of a fact that times tell: the paths of the answers about it

    @property
    def path(self) -> str:
        """As a client writes it."""
        return f"{self.level}.{self.field}"

    @property
    def logged(self) -> str:
        """The path as the access log keeps it: whether it was told masked."""
        return f"{self.path}(mask: true)" if self.masked else self.path


@dataclass(frozen=True, slots=True)
class Opened:
    """What paths open: the paths, the levels with an attribute granted, and the levels at or above a path."""

    paths: frozenset[str]
    levels: frozenset[str]
    above: frozenset[str]
    closed: frozenset[str] = frozenset()

    def opens(self, need: Need) -> bool:
        """Whether what is needed may be asked; a derived field also by all that it is made of."""
        return self._opens(need) or (bool(need.instead) and all(map(self.opens, need.instead)))

    def values(self, path: str, argument: str) -> frozenset[str] | None:
        """The values that an answer's argument may have; None for any."""
        named = f"{path}.{argument}"
        if named in self.paths:
            return None
        found = (one.removeprefix(named) for one in self.paths if one.startswith(named))
        return frozenset(value for value in found if VALUE.fullmatch(value))

    def _answers(self, need: Need) -> bool:
        """Whether an answer is granted by itself, with whatever it is asked; which values, is held when it is bound."""
        if not need.bounded or (need.path not in self.paths and need.path not in self.above):
            return False
        return all(self.values(need.path, argument) != frozenset() for argument, _ in need.given)

    def _instead(self, need: Need) -> bool:
        """Whether an answer or a mask is granted instead of a fact."""
        masked = need.path in self.closed or f"{need.level}.{STAR}" in self.closed
        return masked or any(path in self.paths or path in self.above for path in need.answers)

    def _opens(self, need: Need) -> bool:
        level = need.level
        match need.sort:
            case Sort.FACT if need.masked and (need.path in self.closed or f"{level}.{STAR}" in self.closed):
                return True
            case Sort.FACT:
                return need.path not in self.closed and (need.path in self.paths or f"{level}.{STAR}" in self.paths)
            case Sort.ID:
                return level in self.levels or (need.by_reference and self._whole(level))
            case Sort.TIMES:
                return level in self.levels
            case Sort.THERE:
                return level in self.above or (need.by_reference and self._whole(level))
            case Sort.BESIDE:
                return need.path in self.paths
            case Sort.ANSWER:
                return self._answers(need)
            case Sort.TOLD:
                return not self._instead(need) or self.opens(replace(need, sort=Sort.FACT))

    def _whole(self, level: str) -> bool:
        """Whether the reference that leads to `level` is granted as a value: its id."""
        return level in self.paths or f"{above(level)}.{STAR}" in self.paths


@lru_cache(maxsize=4096)
def opened(paths: frozenset[str], closed: frozenset[str] = frozenset()) -> Opened:
    """What `paths` open; those `closed` only masked, also beside a ``*``, and with them that there is a record."""
    everything, paths = paths | closed, paths - closed
    levels = frozenset(above(path) for path in paths if path.rpartition(".")[2] not in BESIDE)
    return Opened(paths, levels, frozenset(level for path in everything for level in _all_above(path)), closed)


def above(path: str) -> str:
    """``parcel.rights`` of ``parcel.rights.share``."""
    return path.rpartition(".")[0]


def _all_above(path: str) -> Iterator[str]:
    while path := above(path):
        yield path

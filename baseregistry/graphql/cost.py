"""What a question costs, known before it runs: fields, times the rows that could hold them, in points.

Counted once per plan; what is left to a request is to multiply by the sizes of its pages and lists.  A point is about
a microsecond of one processor: a row of eight fields takes PostgreSQL some five, reading and sending it the rest.
"""

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from math import prod
from typing import Any

from baseregistry.registries.question import (
    Back,
    Comparison,
    Condition,
    Either,
    Every,
    Field,
    Never,
    Placed,
    Question,
    Refers,
)

ROOT = 10  # finding a record by its key, or where a page begins
LOOK = 2  # following a reference, or beginning a page inside a record
GEOMETRY = 5  # a geometry, put into another CRS and written out
COMPARISON = 1
APART = 50  # a condition on other records or on a geometry, for each row of a page
DIFFERENCE = 50  # what a change did to one record: what was believed against what is
COUNT = 1_000  # counting all that a page is a page of

DIFFERENCES = {"facts", "effect", "retracted", "versions", "withdrawn"}

Path = tuple[int, ...]


@dataclass(frozen=True, slots=True)
class Cost:
    """Points that are fixed, and points for each row of pages inside one another (the slots of their sizes)."""

    fixed: int
    paged: tuple[tuple[int, Path], ...] = ()

    def of(self, values: Sequence[Any]) -> int:
        """The points of a request; `values` stand at their slots."""
        total = self.fixed
        for points, path in self.paged:
            total += points * prod([_size(values[slot]) for slot in path])
        return total


def counted(questions: Iterable[Question]) -> Cost:
    """The cost of all roots of an operation."""
    points: Counter[Path] = Counter()
    for question in questions:
        points[()] += ROOT
        path = tuple(bind.slot for bind in question.key_values if bind.many)
        if question.page:
            path = (*path, question.page.first.slot)
        points[path] += COMPARISON * len(question.key_values) + _conditions(question.where)
        _fields(points, question.fields, path)
    fixed = points.pop((), 0)
    return Cost(fixed, tuple((found, path) for path, found in points.items() if found))


def _fields(points: Counter[Path], fields: Iterable[Field], path: Path) -> None:
    for field in fields:
        if field.name == "total_count":
            points[path[:-1]] += COUNT  # once for the page, not for each of its rows
            continue
        points[path] += _own(field)
        inside = (*path, field.page.first.slot) if field.page else path
        points[inside] += _conditions(field.where)
        _fields(points, field.fields, inside)


def _own(field: Field) -> int:
    if field.crs is not None:
        return GEOMETRY
    if field.name in DIFFERENCES:
        return DIFFERENCE
    return LOOK if field.fields or field.arguments else 1


def _conditions(condition: Condition | None) -> int:
    match condition:
        case None:
            return 0
        case Comparison():
            return COMPARISON
        case Every(of=parts) | Either(of=parts):
            return sum(map(_conditions, parts))
        case Never(of=part):
            return _conditions(part)
        case Refers(where=inner) | Back(where=inner):
            return APART + _conditions(inner)
        case Placed():
            return APART


def _size(value: Any) -> int:
    if isinstance(value, int):
        return value
    return len(value) if isinstance(value, list) else 1

"""Numbered slots: where the values of a request go, whether the document or a variable gives them."""

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from math import prod
from typing import Any

from baseregistry.errors import BadValue
from baseregistry.graphql import limits
from baseregistry.graphql.variables import Given
from baseregistry.registries.question import Bind, Page

Values = Mapping[str, Any]
Look = Callable[[Values], Any]


@dataclass(slots=True)
class Slots:
    """The slots of one operation.  The same value in the same use is one slot."""

    looks: list[Look] = field(default_factory=list)
    numbers: dict[Any, int] = field(default_factory=dict)
    pages: list[int] = field(default_factory=list)
    paths: list[tuple[int, ...]] = field(default_factory=list)
    open: tuple[int, ...] = ()

    def bind(self, value: Any) -> Bind:
        """The slot of `value`: a constant, a `Given`, or a list of them."""
        many = isinstance(value, list) or (isinstance(value, Given) and value.many)
        known = (tuple(value) if isinstance(value, list) else value, type(value))
        if known not in self.numbers:
            self.numbers[known] = len(self.looks)
            self.looks.append(_look(value))
        return Bind(self.numbers[known], many)

    @contextmanager
    def inside(self, page: Page | None, lists: tuple[Bind, ...] = ()) -> Iterator[Page | None]:
        """While the fields of `page`, or of what `lists` of keys name, are read, so that rows inside rows are known."""
        outer = self.open
        if page:
            self.pages.append(page.first.slot)
        inner = (*(bind.slot for bind in lists if bind.many), *((page.first.slot,) if page else ()))
        if inner:
            self.open = (*outer, *inner)
            self.paths.append(self.open)
        yield page
        self.open = outer

    def fill(self, coerced: Values) -> list[Any]:
        """The values of all slots for one request, checked; raises `BadInput`."""
        values = [look(coerced) for look in self.looks]
        for slot in self.pages:
            limits.page(values[slot])
        return values

    @property
    def nested(self) -> bool:
        """Whether there are several pages or lists; one alone is never too many rows."""
        return len(self.paths) > 1

    def rows(self, values: list[Any]) -> int:
        """The most rows that all pages could hold together."""
        return sum(prod([_size(values[slot]) for slot in path]) for path in self.paths)


def _size(value: Any) -> int:
    return len(value) if isinstance(value, list) else int(value)


def _look(value: Any) -> Look:
    match value:
        case Given(variable=variable, path=(), many=False):
            return lambda coerced: coerced[variable]
        case Given():
            return lambda coerced: acceptable(value.look(coerced))
        case list() if any(isinstance(item, Given) for item in value):
            looks = [_look(item) for item in acceptable(value)]
            return lambda coerced: [look(coerced) for look in looks]
        case _:
            constant = acceptable(value)
            return lambda _: constant


def acceptable(value: Any) -> Any:
    """`value` itself, when it is not a list of too many."""
    if isinstance(value, list) and len(value) > limits.LARGEST_LIST:
        raise BadValue(
            f"A list holds {len(value):,} values; at most {limits.LARGEST_LIST:,} are compared at once.",
            code="input.list_too_long",
            hint="Ask in several questions.",
        )
    return value

"""Raw values of one column, read into a kind and written as COPY takes them; what cannot be read is told by row."""

import re
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from baseregistry import errors
from baseregistry.registries import values
from baseregistry.registries.declare import Kind, PartialDay
from baseregistry.registries.imports.plan import Cell, Fact
from baseregistry.registries.imports.sources import Batch

NULL = "\\N"
REMEMBERED = 50_000  # different raw values of a column that are read once
PLACEHOLDER = re.compile(r"\{([^{}]+)\}")

Read = str | errors.BadValue | None
Refuse = Callable[[int, errors.RegisterError], None]  # the row's place in its batch, and why


def placeholders(constant: Any) -> list[str]:
    """The columns that a constant fills in."""
    return PLACEHOLDER.findall(constant) if isinstance(constant, str) else []


def raw_values(cell: Cell, batch: Batch) -> Sequence[Any]:
    """The raw values of a cell, one per row; None where there is none."""
    count = len(batch.numbers)
    if cell.column is not None:
        return batch.columns.get(cell.column) or [None] * count
    names = placeholders(cell.constant)
    if not names:
        return [cell.constant] * count
    pieces = PLACEHOLDER.split(cell.constant)
    columns = [batch.columns.get(name) or [None] * count for name in names]
    return [_filled(pieces, row) for row in zip(*columns, strict=True)]


def _filled(pieces: list[str], row: tuple[Any, ...]) -> str | None:
    """``{a}-{b}`` filled in; None when one of them is not there."""
    if any(blank(value) for value in row):
        return None
    words = [str(value).strip() for value in row]
    return "".join(words[place // 2] if place % 2 else piece for place, piece in enumerate(pieces))


def blank(value: Any) -> bool:
    """Nothing stands there: no value, or only spaces."""
    return value is None or (isinstance(value, str) and not value.strip())


def stored(kind: Kind, value: Any) -> str:
    """A value as PostgreSQL reads it."""
    return f"[{value.lower},{value.upper})" if isinstance(kind, PartialDay) else values.write(kind, value)


def escaped(text: str) -> str:
    """Text as COPY's text format has it; of what COPY escapes, a value can only hold the backslash."""
    return text.replace("\\", "\\\\") if "\\" in text else text


class FactReader:
    """Reads one fact of every row; equal ones are read once."""

    def __init__(self, fact: Fact, codes: values.Codes) -> None:
        self.fact = fact
        self.codes = codes
        self._read: dict[type, dict[Any, Read]] = {str: {}, int: {}, float: {}}
        self._translate: Mapping[str, Any] = {str(raw): value for raw, value in fact.translate.items()}

    def column(self, batch: Batch, refuse: Refuse) -> list[str | None]:
        """The values as PostgreSQL reads them; None where there is none, or the row is refused."""
        found: list[str | None] = []
        for place, raw in enumerate(raw_values(self.fact.cell, batch)):
            value = None if raw is None else self._remembered(raw)
            if isinstance(value, errors.BadValue):
                refuse(place, value)
                value = None
            found.append(value)
        return found

    def _remembered(self, raw: Any) -> Read:
        read = self._read.get(type(raw))
        if read is None:
            return self._one(raw)
        if raw in read:
            return read[raw]
        value = self._one(raw)
        if len(read) < REMEMBERED:
            read[raw] = value
        return value

    def _one(self, raw: Any) -> Read:
        raw = raw.strip() if isinstance(raw, str) else raw
        if raw == "":
            return None
        if self._translate:
            raw = self._translate.get(str(raw), raw)
        kind = self.fact.attribute.kind
        try:
            return stored(kind, values.read(kind, raw, place=self.fact.place, codes=self.codes))
        except errors.BadValue as failure:
            return failure

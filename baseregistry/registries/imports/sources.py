"""What every format gives: rows in batches of raw columns, never more of a file in memory than a batch.

Values are as the file has them; nothing is read into kinds here.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Protocol

from baseregistry.registries.imports.order import Refusal

GEOMETRY = "geometry"  # the column that holds a feature's geometry, in every format but CSV
LONGEST = 16 * 2**20  # bytes or characters: a line, a field, one feature


@dataclass(frozen=True, slots=True)
class Batch:
    """Some rows in a row: their numbers (from 1), their lines, and their raw values by column.

    `broken` are rows that have no values to speak of (too few fields); they are in no column.
    """

    numbers: Sequence[int]
    lines: Sequence[int]
    columns: Mapping[str, Sequence[Any]]
    broken: Sequence[Refusal] = field(default_factory=tuple)


class Source(Protocol):
    """An opened file.  `columns` are known at once, or (GeoJSON) grow with the batches.

    `optional` columns may be used and need not be; `crs` is what the file says of its coordinates; `total` rows, if told.
    """

    columns: tuple[str, ...]
    optional: tuple[str, ...]
    total: int | None

    @property
    def crs(self) -> str | None: ...

    def batches(self, size: int) -> Iterator[Batch]: ...

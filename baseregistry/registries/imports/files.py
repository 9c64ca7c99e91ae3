"""Files of rows: what each format gives, in batches of raw columns, never more of it in memory than a batch.

Formats are told apart by the file's name.  Values are as the file has them; nothing is read into kinds here.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Protocol

from baseregistry import errors
from baseregistry.registries.imports.failures import unreadable
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


def opened(path: Path, *, layer: str | None = None, encoding: str | None = None) -> Source:
    """The file at `path`.  Raises errors.BadFile when it is not there or of no format that can be read."""
    from baseregistry.registries.imports.delimited import Delimited, known_encoding
    from baseregistry.registries.imports.geojson import GeoJson
    from baseregistry.registries.imports.layers import Layer

    if not path.exists():
        raise errors.BadFile(
            f"There is no file {path}.", code="input.no_such_file", hint="Check the path.", where={"file": str(path)}
        )
    if not path.is_file():
        raise unreadable(path, "it is no file", hint="Give the path of a file, not of a folder.")
    if encoding is not None:
        encoding = known_encoding(encoding)
    match path.suffix.lower():
        case ".csv" | ".tsv" | ".txt":
            return Delimited(path, encoding)
        case ".geojson" | ".json":
            return GeoJson(path)
        case ".gpkg" | ".shp":
            return Layer(path, layer, encoding)
        case ending:
            raise unreadable(
                path,
                f"{ending or 'a name without an ending'} is no format that can be imported",
                code="input.unknown_format",
                hint="Give GeoJSON (.geojson, .json), GeoPackage (.gpkg), Shapefile (.shp) or CSV (.csv, .tsv).",
            )

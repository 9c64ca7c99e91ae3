"""Which format a file is of, told by its name."""

from pathlib import Path

from baseregistry import errors
from baseregistry.registries.imports.delimited import Delimited, known_encoding
from baseregistry.registries.imports.failures import unreadable
from baseregistry.registries.imports.geojson import GeoJson
from baseregistry.registries.imports.layers import Layer
from baseregistry.registries.imports.sources import Source


def opened(path: Path, *, layer: str | None = None, encoding: str | None = None) -> Source:
    """The file at `path`.  Raises errors.BadFile when it is not there or of no format that can be read."""
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

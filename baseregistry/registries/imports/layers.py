"""GeoPackage and Shapefile, read by GDAL in batches of features."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy
import pyogrio
from pyogrio.errors import DataLayerError, DataSourceError, FeatureError, FieldError

from baseregistry.registries.imports.failures import bad_encoding, unreadable
from baseregistry.registries.imports.sources import GEOMETRY, Batch

LANGUAGE_BYTE = 29  # of a dBase header: its code page, 0 when the file does not say


class Layer:
    """One layer of a GeoPackage, or a Shapefile.  Lines are feature numbers: a GeoPackage's fid, a Shapefile's record."""

    optional: tuple[str, ...] = ()

    def __init__(self, path: Path, layer: str | None, encoding: str | None) -> None:
        self.path = path
        self.encoding = encoding or _encoding(path)
        try:
            self.layer = layer or self._only_layer()
            self._info = pyogrio.read_info(path, layer=self.layer, encoding=self.encoding, force_feature_count=True)
        except (DataSourceError, DataLayerError, UnicodeDecodeError) as failure:
            raise self._worded(failure) from failure
        self.crs: str | None = self._info["crs"]
        self.total: int | None = int(self._info["features"])
        fields = tuple(str(name) for name in self._info["fields"])
        self.columns = (*fields, GEOMETRY) if self._info["geometry_type"] else fields

    def batches(self, size: int) -> Iterator[Batch]:
        """The features, in the file's order."""
        number, last = 0, -1
        while True:
            try:
                part = self._part(number, last, size)
            except (DataSourceError, DataLayerError, FeatureError, FieldError, UnicodeDecodeError) as failure:
                raise self._worded(failure) from failure
            if not part.lines:
                return
            yield part
            number, last = part.numbers[-1], part.lines[-1]
            if len(part.lines) < size:
                return

    def _part(self, number: int, last: int, size: int) -> Batch:
        """The next features: a Shapefile skips by record, a GeoPackage goes on after the last fid."""
        fid = self._info["fid_column"]
        begin: dict[str, Any] = {"where": f'"{fid}" > {last}'} if fid else {"skip_features": number}
        meta, fids, shapes, fields = pyogrio.raw.read(
            self.path,
            layer=self.layer,
            encoding=self.encoding,
            max_features=size,
            return_fids=True,
            datetime_as_string=True,
            **begin,
        )
        columns = {str(name): _plain(field) for name, field in zip(meta["fields"], fields, strict=True)}
        if shapes is not None:
            columns[GEOMETRY] = shapes.tolist()
        lines = fids.tolist() if fid else (fids + 1).tolist()
        return Batch(range(number + 1, number + 1 + len(lines)), lines, columns)

    def _only_layer(self) -> str:
        names = [str(name) for name in pyogrio.list_layers(self.path)[:, 0]]
        if len(names) == 1:
            return names[0]
        hint = "Say which: --layer NAME."
        raise unreadable(
            self.path, f"it has {len(names)} layers: {', '.join(names)}", code="input.which_layer", hint=hint
        )

    def _worded(self, failure: Exception) -> Exception:
        if isinstance(failure, UnicodeDecodeError):
            return bad_encoding(self.path, 1, failure.encoding)
        return unreadable(self.path, f"GDAL cannot read it: {failure}")


def _plain(field: Any) -> list[Any]:
    """A column as Python values; GDAL's NaN of a number that is not there becomes None."""
    if field.dtype.kind == "f" and numpy.isnan(field).any():
        return [None if value != value else value for value in field.tolist()]
    values: list[Any] = field.tolist()
    return values


def _encoding(path: Path) -> str | None:
    """UTF-8 for a Shapefile that does not say (GDAL would take Latin-1 and spoil every name); else GDAL's knowledge."""
    table = next((path.with_suffix(end) for end in (".dbf", ".DBF") if path.with_suffix(end).is_file()), None)
    if path.suffix.lower() != ".shp" or table is None:
        return None
    if any(path.with_suffix(end).is_file() for end in (".cpg", ".CPG")):
        return None
    with table.open("rb") as file:
        header = file.read(LANGUAGE_BYTE + 1)
    return None if header[-1] else "UTF-8"

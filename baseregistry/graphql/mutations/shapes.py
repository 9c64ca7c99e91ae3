"""Geometries that are given: GeoJSON in a stated CRS, brought to the storage CRS by the named operation.

In the storage CRS itself nothing is touched.  What lies outside the area where a CRS is used is refused.
"""

import json
from collections.abc import Mapping
from typing import Any

from baseregistry import errors
from baseregistry.registries.declare import Attribute, Entity
from baseregistry.registries.imports.geometries import GeometryReader
from baseregistry.registries.imports.plan import Cell, Fact


class Shapes:
    """Reads geometries into the CRS with the EPSG code `srid`."""

    def __init__(self, srid: int) -> None:
        self.srid = srid
        self._readers: dict[tuple[str, str, int], GeometryReader] = {}

    def read(self, entity: Entity, attribute: Attribute, given: Mapping[str, Any]) -> str:
        """A geometry as hexadecimal EWKB.  Raises errors.BadInput."""
        refusals: list[errors.RegisterError] = []
        text = json.dumps(given["geoJson"])
        (read,) = self._reader(entity, attribute, given["crs"]).column([text], lambda _, why: refusals.append(why))
        for refusal in refusals:
            raise refusal
        if read is None:
            raise errors.BadValue(
                f"{entity.full_name}.{attribute.name}: no geometry is given.",
                code="input.bad_geometry",
                hint="Give GeoJSON (RFC 7946), or null for no geometry.",
            )
        return read

    def _reader(self, entity: Entity, attribute: Attribute, crs: int) -> GeometryReader:
        key = (entity.full_name, attribute.name, crs)
        if key not in self._readers:
            fact = Fact(entity, attribute, Cell())
            self._readers[key] = GeometryReader(fact, crs, self.srid, swap=False, flatten=False)
        return self._readers[key]

"""Geometries as GeoJSON: as stored, digit for digit; in another CRS by pyproj, which is not PostGIS, so nearly."""

import json
import math
from typing import Any

import shapely
from shapely.geometry.base import BaseGeometry

from baseregistry.registries import crs

NEAR = {True: 2e-9, False: 1e-5}  # in degrees (a tenth of a millimetre), and in metres


class Near(float):
    """A coordinate that is equal to what lies near it."""

    __slots__ = ("margin",)
    margin: float

    def __eq__(self, other: object) -> bool:
        return isinstance(other, float | int) and math.isclose(
            float(self), float(other), rel_tol=0, abs_tol=self.margin
        )

    __hash__ = float.__hash__


def geojson(stored: BaseGeometry, srid: int, asked: str) -> Any:
    """The geometry in the CRS asked for."""
    code = 4326 if asked == "CRS84" else int(asked.removeprefix("EPSG:"))
    if code == srid:
        return json.loads(shapely.to_geojson(stored))
    into = crs.transformer(srid, code)
    margin = NEAR[crs.named(code).is_geographic]
    moved = shapely.transform(stored, into.transform, interleaved=False)
    return _near(json.loads(shapely.to_geojson(moved)), margin)


def _near(part: Any, margin: float) -> Any:
    match part:
        case dict():
            return {name: _near(value, margin) for name, value in part.items()}
        case list():
            return [_near(item, margin) for item in part]
        case float() | int():
            made = Near(part)
            made.margin = margin
            return made
        case _:
            return part

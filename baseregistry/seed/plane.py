"""Where the province lies in the storage CRS: positions in metres, from points in degrees.

A database whose CRS is made for another part of the world gets the province in metres of VN-2000 / TM-3
107-45, moved to the middle of that CRS's area of use: distances and areas stay true.
"""

from dataclasses import dataclass

from pyproj import Transformer

from baseregistry import errors
from baseregistry.registries import crs

HOME = 5899
MIDDLE = (107.97, 15.63)  # longitude and latitude, degrees


@dataclass(frozen=True, slots=True)
class Plane:
    """The storage CRS `srid`; positions are (easting, northing) in metres."""

    srid: int
    _into: Transformer
    _shift: tuple[float, float]

    def at(self, longitude: float, latitude: float) -> tuple[float, float]:
        """The position of a point in degrees (WGS 84)."""
        east, north = self._into.transform(longitude, latitude)
        return east + self._shift[0], north + self._shift[1]

    def degrees(self, east: float, north: float) -> tuple[float, float]:
        """Longitude and latitude (WGS 84) of a position, by the named operation."""
        longitude, latitude = crs.transformer(self.srid, 4326).transform(east, north)
        return longitude, latitude


def plane(srid: int) -> Plane:
    """The plane of a storage CRS.  Raises errors.Refused when its unit is not the metre."""
    if not crs.is_metric(srid):
        raise errors.Refused(
            f"The sample province is laid out in metres; EPSG:{srid} does not measure in them.",
            code="seed.crs_not_metric",
            hint="Create the database with a projected CRS in metres (BASEREGISTRY_SRID=5899).",
        )
    area = crs.named(srid).area_of_use
    if area is None or (area.west <= MIDDLE[0] <= area.east and area.south <= MIDDLE[1] <= area.north):
        return Plane(srid, crs.transformer(4326, srid), (0.0, 0.0))
    into = crs.transformer(4326, HOME)
    home = into.transform(*MIDDLE)
    extent = crs.extent(srid)
    there = (round((extent.west + extent.east) / 2, -3), round((extent.south + extent.north) / 2, -3))
    return Plane(srid, into, (there[0] - round(home[0], -3), there[1] - round(home[1], -3)))

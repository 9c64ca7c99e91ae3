"""Shapes inside a lot: the ground a house covers, and the two halves of a split; and the point that names a parcel."""

import math
from collections.abc import Sequence

import shapely
from shapely.geometry.base import BaseGeometry

Point = tuple[float, float]


def multipolygon(corners: Sequence[Point], srid: int) -> str:
    """Corners as a MultiPolygon in hexadecimal EWKB."""
    shape = shapely.set_srid(shapely.MultiPolygon([shapely.Polygon(corners)]), srid)
    return shapely.to_wkb(shape, hex=True, include_srid=True, byte_order=1)


def footprint(corners: Sequence[Point], part: float, srid: int) -> str:
    """The lot drawn together towards its middle until `part` of its area is left."""
    east = sum(corner[0] for corner in corners) / len(corners)
    north = sum(corner[1] for corner in corners) / len(corners)
    scale = math.sqrt(part)
    shrunk = [(round(east + scale * (x - east), 3), round(north + scale * (y - north), 3)) for x, y in corners]
    return multipolygon(shrunk, srid)


def halves(corners: Sequence[Point], share: float) -> tuple[list[Point], list[Point]]:
    """Cut a lot from front to back at `share` of its width: two parcels that meet exactly."""
    a, b, c, d = corners
    front, back = _between(a, b, share), _between(d, c, share)
    return [a, front, back, d], [front, b, c, back]


def area(corners: Sequence[Point]) -> float:
    """Area of a ring of corners in m²."""
    return float(shapely.Polygon(corners).area)


def contains(piece: BaseGeometry, corners: Sequence[Point]) -> bool:
    """Whether a ring of corners lies in `piece`."""
    return bool(shapely.contains(piece, shapely.Polygon(corners)))


def _between(one: Point, other: Point, share: float) -> Point:
    """A point on an edge; not rounded, for it would leave the edge and lap over the neighbour."""
    return one[0] + share * (other[0] - one[0]), one[1] + share * (other[1] - one[1])

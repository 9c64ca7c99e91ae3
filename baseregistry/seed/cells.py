"""Synthetic boundaries: a cell around each commune's point, cut from one hull.  They are nobody's real boundary.

Old communes get the Voronoi cells of their points; districts, provinces and the communes of today are
unions of them.  Only the commune that was split is cut, across its point.
"""

import math
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import shapely
from shapely.geometry.base import BaseGeometry

from baseregistry.seed.gazetteer import Gazetteer, Place
from baseregistry.seed.plane import Plane

MILLIMETRE = 0.001
COAST = 3500.0  # metres of land, or sea, around the outermost points
ASIDE, LEAST_ASIDE = (
    0.45,
    700.0,
)  # of the way to the nearest other point; metres: where a second commune at one point goes
FAR = 200_000.0


@dataclass(frozen=True, slots=True)
class Cells:
    """Boundaries in the storage CRS by unit code, old and new; `points`: where each old commune has its middle;
    `parts`: the pieces of a commune that was split, by (old code, new code)."""

    points: dict[str, tuple[float, float]]
    old: dict[str, BaseGeometry]
    new: dict[str, BaseGeometry]
    parts: dict[tuple[str, str], BaseGeometry]

    def pieces(self, code: str) -> list[BaseGeometry]:
        """The cell of an old commune, in the pieces into which the reorganisation cuts it."""
        return [piece for (old, _), piece in self.parts.items() if old == code] or [self.old[code]]


def draw(gazetteer: Gazetteer, plane: Plane) -> Cells:
    """Draw every boundary."""
    points = middles(gazetteer.communes, plane)
    old = _voronoi(points)
    parts = _cut(gazetteer, points, old)
    new = _joined(gazetteer, old, parts)
    _islands(gazetteer, plane, old, new)
    for level in ("DISTRICT", "PROVINCE"):
        _gather(gazetteer.old, old, level)
        _gather(gazetteer.new, new, level)
    return Cells(points, _multiple(old, plane.srid), _multiple(new, plane.srid), parts)


def _gather(places: Mapping[str, Place], cells: dict[str, BaseGeometry], level: str) -> None:
    """The units of a level as unions of the units below them."""
    for place in places.values():
        if place.level == level and place.code not in cells:
            cells[place.code] = _union([cells[one.code] for one in places.values() if one.parent == place.code])


def middles(communes: Sequence[Place], plane: Plane) -> dict[str, tuple[float, float]]:
    """The communes' points in the plane.  Of several at one point, all but the first are put on a ring around it."""
    shared: dict[tuple[float, float], list[str]] = defaultdict(list)
    for place in communes:
        shared[plane.at(place.longitude, place.latitude)].append(place.code)
    points = {}
    for (east, north), codes in shared.items():
        others = [math.dist((east, north), other) for other in shared if other != (east, north)]
        aside = max(ASIDE * min(others), LEAST_ASIDE)
        points[codes[0]] = (east, north)
        for number, code in enumerate(codes[1:]):
            angle = math.tau * (number / (len(codes) - 1) + 1 / 8)
            points[code] = (east + aside * math.cos(angle), north + aside * math.sin(angle))
    return points


def _voronoi(points: Mapping[str, tuple[float, float]]) -> dict[str, BaseGeometry]:
    cloud = shapely.multipoints(list(points.values()))
    hull = shapely.concave_hull(cloud, ratio=0.25).buffer(COAST, quad_segs=4)
    cells = shapely.voronoi_polygons(cloud, extend_to=hull, ordered=True)
    clipped = [shapely.intersection(cell, hull, grid_size=MILLIMETRE) for cell in shapely.get_parts(cells)]
    return dict(zip(points, clipped, strict=True))


def _cut(
    gazetteer: Gazetteer, points: Mapping[str, tuple[float, float]], cells: Mapping[str, BaseGeometry]
) -> dict[tuple[str, str], BaseGeometry]:
    """Cut each split commune through its point, each part on the side of the successor's other land."""
    takers: dict[str, list[str]] = defaultdict(list)
    for successor in gazetteer.successors:
        if not successor.whole:
            takers[successor.old].append(successor.new)
    parts = {}
    for code, (one, other) in takers.items():
        half = _half_plane(points[code], _land(gazetteer, points, one), _land(gazetteer, points, other))
        parts[code, one] = shapely.intersection(cells[code], half, grid_size=MILLIMETRE)
        parts[code, other] = shapely.difference(cells[code], half, grid_size=MILLIMETRE)
    return parts


def _land(gazetteer: Gazetteer, points: Mapping[str, tuple[float, float]], new: str) -> tuple[float, float]:
    """The middle of what a new unit took over whole."""
    taken = [points[one.old] for one in gazetteer.successors if one.new == new and one.whole]
    return sum(east for east, _ in taken) / len(taken), sum(north for _, north in taken) / len(taken)


def _half_plane(through: tuple[float, float], towards: tuple[float, float], away: tuple[float, float]) -> BaseGeometry:
    """All that lies on the side of `towards` of the line through a point, square to the way from `away`."""
    length = math.dist(towards, away)
    along = ((towards[0] - away[0]) / length * FAR, (towards[1] - away[1]) / length * FAR)
    across = (-along[1], along[0])
    left = (through[0] + across[0], through[1] + across[1])
    right = (through[0] - across[0], through[1] - across[1])
    return shapely.Polygon(
        [left, right, (right[0] + along[0], right[1] + along[1]), (left[0] + along[0], left[1] + along[1])]
    )


def _joined(
    gazetteer: Gazetteer, old: Mapping[str, BaseGeometry], parts: Mapping[tuple[str, str], BaseGeometry]
) -> dict[str, BaseGeometry]:
    """The communes of today as unions of what they took over."""
    taken: dict[str, list[BaseGeometry]] = defaultdict(list)
    for one in gazetteer.successors:
        if one.old in old:
            taken[one.new].append(old[one.old] if one.whole else parts[one.old, one.new])
    return {code: _union(cells) for code, cells in taken.items()}


def _islands(gazetteer: Gazetteer, plane: Plane, old: dict[str, BaseGeometry], new: dict[str, BaseGeometry]) -> None:
    """An archipelago without communes: a disc of its listed area around its point."""
    for one in gazetteer.successors:
        place = gazetteer.new[one.new]
        if one.new not in new and place.level == "COMMUNE":
            radius = math.sqrt(place.area_km2 * 1e6 / math.pi)
            disc = shapely.Point(plane.at(place.longitude, place.latitude)).buffer(radius)
            old[one.old] = new[one.new] = shapely.set_precision(disc, MILLIMETRE)


def _union(cells: Sequence[BaseGeometry]) -> BaseGeometry:
    return shapely.union_all(list(cells), grid_size=MILLIMETRE)


def _multiple(cells: Mapping[str, BaseGeometry], srid: int) -> dict[str, BaseGeometry]:
    """Every cell as a MultiPolygon that says its CRS."""
    return {
        code: shapely.set_srid(shapely.MultiPolygon(list(shapely.get_parts(cell))), srid)
        for code, cell in cells.items()
    }

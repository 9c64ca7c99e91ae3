"""Streets and blocks of parcels around a commune's middle: they tile without a gap inside a block, and never overlap.

A block is two rows of lots, back to back, that share their corners; streets lie between blocks.  Coordinates
are rounded to millimetres at the shared corners, so that neighbours stay neighbours.
"""

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import count
from random import Random

import numpy as np
import shapely
from shapely.geometry.base import BaseGeometry

from baseregistry.seed.gazetteer import Place
from baseregistry.seed.names import HAMLETS, STREETS

MARGIN = 8.0  # metres between any parcel and the edge of its commune's cell
SHAKE = 1.5  # metres by which corners leave a straight row, in all; well within half a street
BLOCKS_ON_SHEET = 12
Point = tuple[float, float]
Corners = np.ndarray[tuple[int, ...], np.dtype[np.float64]]


@dataclass(frozen=True, slots=True)
class Character:
    """How a commune is laid out, in metres: a block, the street beside it, and how many lots fit in a row."""

    length: float
    depth: float
    street: float
    houses: int
    fields: int
    built: float  # share of the parcels that are built on


TOWN = Character(length=66.0, depth=38.0, street=7.0, houses=11, fields=3, built=0.93)
VILLAGE = Character(length=92.0, depth=60.0, street=6.0, houses=6, fields=2, built=0.6)
MOUNTAIN = Character(length=168.0, depth=84.0, street=6.0, houses=5, fields=1, built=0.55)


@dataclass(frozen=True, slots=True)
class Lot:
    """A parcel-to-be.  `corners`: four positions in the storage CRS, counter-clockwise; `area` in m²."""

    corners: tuple[Point, Point, Point, Point]
    shape: str  # MultiPolygon as hexadecimal EWKB
    area: float
    built: bool
    sheet: int
    number: int
    address: str


def character(place: Place) -> Character:
    """Town, village or mountain."""
    return TOWN if place.urban else MOUNTAIN if place.mountain else VILLAGE


@dataclass(frozen=True)
class Ground:
    """Where a commune's parcels may lie: its cell, in one piece or in the pieces of a later split."""

    place: Place
    middle: Point
    pieces: Sequence[BaseGeometry]
    srid: int


def lots(ground: Ground, expected: int, random: Random) -> Iterator[Lot]:
    """The lots of a commune, nearest to its middle first, until the cell is full; `expected` decides how many are built on."""
    style = character(ground.place)
    built = math.ceil(expected * style.built)
    turn = random.uniform(0, math.pi / 2)
    jitter = np.random.Generator(np.random.PCG64(random.getrandbits(64)))
    drawn = 0
    for block, origin in enumerate(_origins(ground, style, turn)):
        houses = drawn == 0 or drawn + style.houses <= built
        across = max(1, (style.houses if houses else style.fields) + random.randint(-1, 1) * houses)
        corners = _placed(_block(style, across, jitter), origin, turn)
        on_sheet = (block % BLOCKS_ON_SHEET) * 2 * (style.houses + 1)
        street = _street(ground.place, random)
        for number, (quad, shape, area) in enumerate(_shapes(corners, ground.srid), start=1):
            yield Lot(
                quad,
                shape,
                area,
                houses,
                1 + block // BLOCKS_ON_SHEET,
                on_sheet + number,
                _address(street, number, houses),
            )
        drawn += 2 * across


def _street(place: Place, random: Random) -> str:
    return (STREETS if place.urban else HAMLETS).draw(random)


def _address(street: str, number: int, houses: bool) -> str:
    if street.startswith("Thôn"):
        return f"Tổ {1 + number // 4}, {street}" if houses else f"Xứ đồng {street}"
    return f"{number} {street}" if houses else f"Đường {street}"


def _origins(ground: Ground, style: Character, turn: float) -> Iterator[Point]:
    """Where blocks begin: the nearest places of a turned grid that lie in the cell; pieces take turns."""
    streams = [_within(piece, ground.middle, style, turn) for piece in ground.pieces]
    while streams:
        for stream in list(streams):
            origin = next(stream, None)
            if origin is None:
                streams.remove(stream)
            else:
                yield origin


def _within(piece: BaseGeometry, middle: Point, style: Character, turn: float) -> Iterator[Point]:
    inside = piece.buffer(-MARGIN)
    if inside.is_empty:
        return
    shapely.prepare(inside)
    reach = shapely.hausdorff_distance(shapely.Point(middle), inside)
    step = (style.length + style.street, style.depth + style.street)
    frame = np.array([(-1, -1), (style.length + 1, -1), (style.length + 1, style.depth + 1), (-1, style.depth + 1)])
    for ring in count():
        if ring * min(step) > 1.5 * reach:
            return
        origins = _turned(np.array(_ring(ring), dtype=float) * step, turn) + middle
        blocks = shapely.polygons(origins[:, None, :] + _turned(frame, turn))
        for origin in origins[shapely.contains_properly(inside, blocks)]:
            yield float(origin[0]), float(origin[1])


def _ring(ring: int) -> list[tuple[int, int]]:
    """The places of a grid at distance `ring` from its middle, nearest corners last."""
    span = range(-ring, ring + 1)
    places = [(i, j) for i in span for j in (span if abs(i) == ring else (-ring, ring))]
    return sorted(set(places), key=lambda place: (place[0] ** 2 + place[1] ** 2, place))


def _turned(points: Corners, turn: float) -> Corners:
    cosine, sine = math.cos(turn), math.sin(turn)
    turned: Corners = points @ np.array([(cosine, sine), (-sine, cosine)])
    return turned


def _block(style: Character, across: int, jitter: np.random.Generator) -> Corners:
    """Corners of the lots of one block at the origin, shape (2 × across, 4, 2): first row, then the row behind it."""
    widths = 0.8 + 0.4 * jitter.random(across)
    along = np.concatenate([[0.0], np.cumsum(widths)]) * style.length / widths.sum()
    shake = min(0.08 * style.length / across, SHAKE)
    rows = []
    for depth in (0.0, style.depth / 2, style.depth):
        wobble = jitter.random((across + 1, 2)) - 0.5
        rows.append(np.stack([along + shake * wobble[:, 0], depth + 0.9 * wobble[:, 1]], axis=1))
    front, back, far = rows
    first = np.stack([front[:-1], front[1:], back[1:], back[:-1]], axis=1)
    second = np.stack([back[:-1], back[1:], far[1:], far[:-1]], axis=1)
    return np.concatenate([first, second])


def _placed(corners: Corners, origin: Point, turn: float) -> Corners:
    placed: Corners = np.round(_turned(corners, turn) + np.array(origin), 3)
    return placed


def _shapes(corners: Corners, srid: int) -> Iterator[tuple[tuple[Point, Point, Point, Point], str, float]]:
    """The four corners, the hexadecimal EWKB and the area of each lot."""
    quads = np.asarray(shapely.polygons(corners))
    multiple = shapely.set_srid(shapely.multipolygons(quads, indices=np.arange(len(quads))), srid)
    texts = shapely.to_wkb(multiple, hex=True, include_srid=True, byte_order=1)
    for (a, b, c, d), text, area in zip(corners.tolist(), texts, np.asarray(shapely.area(quads)), strict=True):
        yield ((a[0], a[1]), (b[0], b[1]), (c[0], c[1]), (d[0], d[1])), text, float(area)

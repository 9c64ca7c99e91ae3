"""A geometry that a client compares with: GeoJSON (RFC 7946) or a box, read strictly, taken to the storage CRS once.

Whatever PostGIS could stumble over is refused here, before a statement runs: it comes as one valid geometry, flat,
finite, and where the storage CRS may be used.
"""

import math
from collections.abc import Iterator, Sequence
from functools import lru_cache
from typing import Any

import numpy
import orjson
import shapely
from pyproj import Transformer
from pyproj.exceptions import CRSError, ProjError
from shapely.geometry.base import BaseGeometry

from baseregistry import errors
from baseregistry.registries import crs

MOST_VERTICES = 10_000
FURTHEST = 100_000  # metres of a distance
SIDES = 20  # pieces into which a side of a box is cut: what is straight in one CRS is bent in another
LEVELS = {"Point": 0, "MultiPoint": 1, "LineString": 1, "MultiLineString": 2, "Polygon": 2, "MultiPolygon": 3}


def from_geojson(given: object) -> str:
    """A GeoJSON geometry as hexadecimal WKB, in the coordinates given.  Raises errors.BadValue ``input.bad_geojson``."""
    if not isinstance(given, dict) or not isinstance(kind := given.get("type"), str) or kind not in LEVELS:
        raise _bad("This is no geometry of GeoJSON.", f"Give an object whose type is one of {', '.join(LEVELS)}.")
    if "crs" in given:
        raise _bad("A geometry of GeoJSON has no `crs` of its own.", "Say the CRS beside it, in the filter's `crs`.")
    points = list(_flat(given.get("coordinates"), LEVELS[kind]))
    if not points:
        raise _bad("The geometry is empty.", "Leave the comparison out, or give a geometry that is somewhere.")
    try:
        read = shapely.force_2d(shapely.from_geojson(orjson.dumps({"type": kind, "coordinates": given["coordinates"]})))
    except (shapely.errors.ShapelyError, TypeError, ValueError) as failure:
        hint = "A ring has at least four positions and ends where it began; a line has at least two."
        raise _bad(f"The geometry cannot be read: {failure}", hint) from failure
    if not shapely.is_valid(read):
        said = shapely.is_valid_reason(read)
        raise _bad(f"The geometry is not valid: {said}.", "Its rings must not cross themselves or each other.")
    return str(shapely.to_wkb(read, hex=True))


def _flat(coordinates: object, levels: int) -> Iterator[tuple[float, float]]:
    """The positions in an array of as many levels.  Refuses wrong nesting, numbers that are none, and too many."""
    pending, count = [(coordinates, levels)], 0
    while pending:
        item, level = pending.pop()
        if not isinstance(item, list | tuple):
            raise _bad("The coordinates are not nested as the type says.", "See RFC 7946, section 3.1.")
        if level:
            if len(item) + len(pending) > MOST_VERTICES:
                raise _too_many()
            pending += [(inner, level - 1) for inner in item]
            continue
        count += 1
        if count > MOST_VERTICES:
            raise _too_many()
        yield _position(item)


def _position(item: Sequence[Any]) -> tuple[float, float]:
    if len(item) not in {2, 3} or not all(_is_number(part) for part in item):
        hint = "A position is two numbers, longitude or easting first; a height is not looked at."
        raise _bad("A position is not made of two finite numbers.", hint)
    return float(item[0]), float(item[1])


def _is_number(part: object) -> bool:
    return isinstance(part, int | float) and not isinstance(part, bool) and abs(part) < 1e15


def in_storage(value: object, srid: int) -> bytes:
    """A geometry and the EPSG code of its coordinates, ``[WKB, code]`` or ``[west, south, east, north, code]``, as
    hexadecimal EWKB in the storage CRS.  Raises errors.BadQuestion when it lies where a CRS may not be used."""
    if not isinstance(value, list | tuple) or len(value) < 2:
        raise _bad("A geometry was expected.", "Give GeoJSON, or a box of four numbers.")
    *given, code = value
    shape = given[0] if len(given) == 1 else given
    return shapely.to_wkb(_moved(_shape(shape), int(code), srid), hex=True, include_srid=True).encode()


def _shape(given: object) -> BaseGeometry:
    if isinstance(given, str):
        return shapely.from_wkb(given)
    if not isinstance(given, list | tuple) or len(given) != 4 or not all(_is_number(part) for part in given):
        raise _bad("A box is not made of four finite numbers.", "Give west, south, east, north.", "input.bad_box")
    west, south, east, north = map(float, given)
    if not (west < east and south < north):
        said = "Give the smaller number first: west, south, east, north; it must have an area."
        raise _bad("The box has no inside.", said, "input.bad_box")
    return shapely.segmentize(shapely.box(west, south, east, north), max(east - west, north - south) / SIDES)


def _moved(shape: BaseGeometry, code: int, srid: int) -> BaseGeometry:
    _check_inside(shape, code)
    if code == srid:
        return shapely.set_srid(shape, srid)
    into = _operation(code, srid)
    try:
        moved = shapely.transform(shape, lambda at: numpy.column_stack(into.transform(at[:, 0], at[:, 1])))
    except ProjError as failure:
        raise _outside(code, srid) from failure
    if not numpy.isfinite(shapely.get_coordinates(moved)).all():
        raise _outside(code, srid)
    _check_inside(moved, srid)
    return shapely.set_srid(moved, srid)


def _operation(code: int, srid: int) -> Transformer:
    found = _operations(code, srid)
    if isinstance(found, errors.BadInput):
        raise found
    return found


@lru_cache(maxsize=256)
def _operations(code: int, srid: int) -> Transformer | errors.BadInput:
    """Looking for one takes up to 70 ms, so that there is none is remembered, too."""
    try:
        return crs.transformer(code, srid)
    except (errors.BadInput, CRSError, ProjError) as failure:
        return errors.BadInput(
            f"There is no way from EPSG:{code} to EPSG:{srid}, the storage CRS: {failure}",
            code="input.no_crs_operation",
            hint="Give the geometry in CRS84, or in the storage CRS.",
        )


def _check_inside(shape: BaseGeometry, code: int) -> None:
    bounds = shape.bounds
    if not all(map(math.isfinite, bounds)) or not crs.extent(code).holds(bounds):
        raise _outside(code, code)


def _outside(code: int, srid: int) -> errors.BadQuestion:
    area = crs.named(srid).area_of_use
    where = f" (longitude {area.west:g} to {area.east:g}, latitude {area.south:g} to {area.north:g})" if area else ""
    return errors.BadQuestion(
        f"The geometry lies outside of where EPSG:{srid} may be used{where}.",
        code="question.outside_crs",
        hint=f"Check `crs` (read as EPSG:{code}) and the order: longitude or easting comes first.",
    )


def metres(value: object) -> bytes:
    """A distance in metres.  Raises errors.BadQuestion."""
    if not isinstance(value, int | float) or isinstance(value, bool) or not 0 <= value <= FURTHEST:
        raise errors.BadQuestion(
            f"{value!r} is no distance that can be asked for.",
            code="question.bad_value",
            hint=f"Give metres from 0 to {FURTHEST:,}.",
        )
    return repr(float(value)).encode()


def _too_many() -> errors.BadValue:
    return errors.BadValue(
        f"The geometry has more than {MOST_VERTICES:,} positions.",
        code="input.geometry_too_large",
        hint="Simplify it, or ask by its box and compare the rest yourself.",
    )


def _bad(said: str, hint: str, code: str = "input.bad_geojson") -> errors.BadValue:
    return errors.BadValue(said, code=code, hint=hint)

"""Coordinate reference systems: EPSG codes only, and one named operation from each datum to WGS 84.

Two programs transform here, PROJ inside PostGIS and PROJ inside this one.  They must agree: a parcel's
place, and the national parcel ID, depend on it.  A proj4 string is never read (8 of 11 public ones for
VN-2000 had the rotation signs wrong).
"""

import math
from dataclasses import dataclass
from functools import lru_cache

from pyproj import CRS, Transformer
from pyproj.exceptions import CRSError
from pyproj.transformer import TransformerGroup

from baseregistry import errors
from baseregistry.db import Reading

TOLERANCE_M = 1e-4
SWAPPED_AXES = {6956: 5896, 6957: 5897, 6958: 5898, 6959: 5899}  # deprecated, and the codes that replaced them
OPERATIONS = {4756: "VN-2000 to WGS 84 (2)"}  # EPSG:6960, by the EPSG code of the geodetic CRS
DEGREE_M = 111_320.0


@dataclass(frozen=True, slots=True)
class Extent:
    """Where a CRS may be used, in its own coordinates (easting, northing), with a margin of a tenth on each side."""

    west: float
    south: float
    east: float
    north: float

    def holds(self, bounds: tuple[float, float, float, float]) -> bool:
        west, south, east, north = bounds
        return self.west <= west and self.south <= south and east <= self.east and north <= self.north


@lru_cache(maxsize=64)
def named(code: int) -> CRS:
    """The CRS of an EPSG code.  Raises errors.BadInput when there is none, or its axes are swapped."""
    refuse_swapped(code)
    try:
        return CRS.from_epsg(code)
    except CRSError as failure:
        raise errors.BadInput(
            f"EPSG:{code} is no coordinate reference system.",
            code="input.unknown_crs",
            hint="Give an EPSG code, such as EPSG:5899 (VN-2000 / TM-3 107-45), EPSG:4326 or EPSG:2154.",
        ) from failure


def refuse_swapped(code: int) -> None:
    """Raises errors.BadInput ``input.swapped_crs`` for a code whose false easting and northing are swapped."""
    if code in SWAPPED_AXES:
        raise errors.BadInput(
            f"EPSG:{code} is deprecated: it swaps false easting and northing.",
            code="input.swapped_crs",
            hint=f"EPSG:{SWAPPED_AXES[code]} replaced it; the other zones of VN-2000 / TM-3 are 5896-5899 and 9205-9218.",
        )


def is_metric(code: int) -> bool:
    """Whether it is a projected CRS whose axes are in metres, so that an area in it is in m²."""
    system = named(code)
    return system.is_projected and all(axis.unit_name == "metre" for axis in system.axis_info)


@lru_cache(maxsize=64)
def transformer(source: int, target: int) -> Transformer:
    """From one EPSG code to another, coordinates in (east, north) order, by the named operation where the datum has one."""
    named(source), named(target)
    group = TransformerGroup(source, target, always_xy=True)
    wanted = [OPERATIONS[datum] for code in (source, target) if (datum := geodetic(code)) in OPERATIONS]
    for candidate in group.transformers:
        if all(name in candidate.description for name in wanted) or geodetic(source) == geodetic(target):
            return candidate
    raise errors.BadInput(
        f"There is no operation from EPSG:{source} to EPSG:{target} that can be named.", code="input.no_crs_operation"
    )


def geodetic(code: int) -> int | None:
    """The EPSG code of the geodetic CRS below a projected one (5899 → 4756)."""
    below = named(code).geodetic_crs
    return below.to_epsg() if below else None


@lru_cache(maxsize=64)
def extent(code: int) -> Extent:
    """The area of use of a CRS in its own coordinates."""
    area = named(code).area_of_use
    if area is None:
        return Extent(-math.inf, -math.inf, math.inf, math.inf)
    into = Transformer.from_crs(4326, code, always_xy=True)
    west, south, east, north = into.transform_bounds(area.west, area.south, area.east, area.north)
    across, along = (east - west) / 10, (north - south) / 10
    return Extent(west - across, south - along, east + across, north + along)


def check_transform(reading: Reading, srid: int) -> float:
    """Compare ``ST_Transform`` to WGS 84 with the named operation at the middle and corners of the area of use.

    Returns the largest difference in metres.  Raises errors.Unavailable beyond 0.1 mm.
    """
    worst = max(_differences(reading, srid), default=0.0)
    if worst > TOLERANCE_M:
        raise errors.Unavailable(
            f"PostGIS takes EPSG:{srid} to WGS 84 {worst * 1000:.2f} mm away from the named operation.",
            code="register.crs_disagrees",
            hint="Check the server's PROJ and its spatial_ref_sys row for that code; nothing is served until they agree.",
        )
    return worst


def _differences(reading: Reading, srid: int) -> list[float]:
    area, ours = named(srid).area_of_use, transformer(srid, 4326)
    if area is None:
        return []
    into = Transformer.from_crs(4326, srid, always_xy=True)
    middle = ((area.west + area.east) / 2, (area.south + area.north) / 2)
    places = [middle, *((lon, lat) for lon in (area.west, area.east) for lat in (area.south, area.north))]
    found = []
    for easting, northing in (into.transform(*place) for place in places):
        row = reading.execute(
            "SELECT ST_X(p) AS lon, ST_Y(p) AS lat FROM (SELECT ST_Transform(ST_SetSRID(ST_MakePoint(:e, :n), :srid), 4326) AS p) q",
            {"e": easting, "n": northing, "srid": srid},
        ).one()
        lon, lat = ours.transform(easting, northing)
        found.append(math.hypot((row.lon - lon) * DEGREE_M * math.cos(math.radians(lat)), (row.lat - lat) * DEGREE_M))
    return found

"""Geometries of a batch: parsed, checked against the area where their CRS may be used, brought to the storage CRS.

All of it works on whole batches.  Only a geometry that fails is looked at alone, to say why.
"""

from collections.abc import Callable, Sequence
from typing import Any

import numpy
import shapely
from numpy.typing import NDArray
from shapely.geometry.base import BaseGeometry

from baseregistry import errors
from baseregistry.registries import crs, values
from baseregistry.registries.declare import Geometry
from baseregistry.registries.imports.cells import Refuse, blank
from baseregistry.registries.imports.plan import Fact

Geometries = NDArray[numpy.object_]
Mask = NDArray[numpy.bool_]

MULTIPLE = {"MultiPoint": "Point", "MultiLineString": "LineString", "MultiPolygon": "Polygon"}
MAKE: dict[str, Callable[..., Any]] = {
    "MultiPoint": shapely.multipoints,
    "MultiLineString": shapely.multilinestrings,
    "MultiPolygon": shapely.multipolygons,
}


class GeometryReader:
    """Reads one geometry attribute; `source` and `storage` are EPSG codes.  `swap`: the file gives northing first."""

    def __init__(self, fact: Fact, source: int, storage: int, *, swap: bool, flatten: bool) -> None:
        assert isinstance(fact.attribute.kind, Geometry)
        self.fact = fact
        self.kind = fact.attribute.kind
        self.source, self.storage = source, storage
        self.swap, self.flatten = swap, flatten
        self.transformer = None if source == storage else crs.transformer(source, storage)
        self.extents = (crs.extent(source), _wider(crs.extent(storage)))

    @property
    def operation(self) -> str:
        """What is done to the coordinates, for the report."""
        if self.transformer is None:
            return f"EPSG:{self.storage}, as given"
        return f"EPSG:{self.source} to EPSG:{self.storage} by {self.transformer.description}"

    def column(self, raws: Sequence[Any], refuse: Refuse) -> list[str | None]:
        """Hexadecimal EWKB in the storage CRS; None where there is none, or the row is refused."""
        shapes = self._parsed(raws)
        stated = numpy.array([not blank(raw) for raw in raws], dtype=bool)
        if self.flatten:
            shapes = shapely.force_2d(shapes)
        if self.swap:
            shapes = _swapped(shapes)
        good = self._good(shapes)
        for place in numpy.flatnonzero(stated & ~good).tolist():
            refuse(place, self._why(raws[place], shapes[place]))
        shapes[~good] = None
        shapes = self._placed(shapes, refuse)
        binary = shapely.to_wkb(shapely.set_srid(self._multiple(shapes), self.storage), include_srid=True)
        return [None if one is None else one.hex() for one in binary.tolist()]

    # --- parsing -------------------------------------------------------------------------------------

    def _parsed(self, raws: Sequence[Any]) -> Geometries:
        """Shapely geometries; None where a raw value is none, or cannot be read."""
        first = next((raw for raw in raws if not blank(raw)), None)
        wanted = numpy.array([None if blank(raw) else raw for raw in raws], dtype=object)
        if isinstance(first, bytes):
            return _array(shapely.from_wkb(wanted, on_invalid="ignore"))
        if isinstance(first, str) and first.lstrip().startswith("{"):
            return _array(shapely.from_geojson(wanted, on_invalid="ignore"))
        if isinstance(first, str) and values.HEXADECIMAL.fullmatch(first.strip()):
            return _array(shapely.from_wkb(wanted, on_invalid="ignore"))
        return _array(shapely.from_wkt(wanted, on_invalid="ignore"))

    def _good(self, shapes: Geometries) -> Mask:
        """Of the right shape, flat, not empty, with finite coordinates."""
        wanted = [shapely.GeometryType[self.kind.shape.upper()]]
        if self.kind.shape in MULTIPLE:
            wanted.append(shapely.GeometryType[MULTIPLE[self.kind.shape].upper()])
        good: Mask = numpy.isin(shapely.get_type_id(shapes), [int(kind) for kind in wanted])
        good &= ~shapely.is_empty(shapes) & ~shapely.has_z(shapes) & ~shapely.has_m(shapes)
        return good & numpy.isfinite(shapely.bounds(shapes)).all(axis=1)

    def _multiple(self, shapes: Geometries) -> Geometries:
        """Single geometries in the multiple one that the column holds."""
        if self.kind.shape not in MULTIPLE:
            return shapes
        single = shapely.get_type_id(shapes) == int(shapely.GeometryType[MULTIPLE[self.kind.shape].upper()])
        if single.any():
            shapes = shapes.copy()
            shapes[single] = MAKE[self.kind.shape](shapes[single], indices=numpy.arange(single.sum()))
        return shapes

    def _why(self, raw: Any, shape: BaseGeometry | None) -> errors.BadValue:
        """The reader of values says what is wrong with one geometry."""
        try:
            values.read(self.kind, raw if shape is None else shape, place=self.fact.place)
        except errors.BadValue as failure:
            if failure.code == "input.not_flat":
                failure.hint = "Say drop_heights = true in the map, or drop heights and measures at the source."
            return failure
        return errors.BadValue(f"{self.fact.place}: cannot be read.", code="input.bad_geometry", where=self._where())

    # --- its place -----------------------------------------------------------------------------------

    def _placed(self, shapes: Geometries, refuse: Refuse) -> Geometries:
        """The shapes in the storage CRS; one that lies outside the area of either CRS is refused."""
        outside = _outside(shapes, self.extents[0])
        if outside.any():
            still = _outside(_swapped(shapes[outside]), self.extents[0])
            for place, lost in zip(numpy.flatnonzero(outside), still, strict=True):
                refuse(int(place), self._out_of_area(shapes[place], self.source, swapped=not lost))
            shapes[outside] = None
        if self.transformer is None:
            return shapes
        moved = shapely.transform(shapes, self._transform)
        outside = _outside(moved, self.extents[1])
        for place in numpy.flatnonzero(outside):
            refuse(int(place), self._out_of_area(shapes[place], self.storage, swapped=False))
        moved[outside] = None
        return moved

    def _transform(self, coordinates: NDArray[numpy.float64]) -> NDArray[numpy.float64]:
        assert self.transformer is not None
        return numpy.column_stack(self.transformer.transform(coordinates[:, 0], coordinates[:, 1]))

    def _out_of_area(self, shape: BaseGeometry, code: int, *, swapped: bool) -> errors.BadValue:
        west, south, _, _ = shape.bounds
        hint = f"Say the CRS of the coordinates: --crs. EPSG:{code} is {crs.named(code).name}."
        if swapped:
            hint = "First and second coordinate look exchanged (surveyors write X = north): --axis yx."
        return errors.BadValue(
            f"{self.fact.place}: it lies at {west:.10g} {south:.10g} (EPSG:{self.source}),"
            f" outside the area where EPSG:{code} is used.",
            code="input.outside_crs_area",
            hint=hint,
            where=self._where(),
        )

    def _where(self) -> dict[str, str]:
        return {"attribute": self.fact.place}


def _array(shapes: Any) -> Geometries:
    return numpy.asarray(shapes, dtype=object)


def _wider(extent: crs.Extent) -> crs.Extent:
    """Twice as wide again on each side: the archipelago of Hoàng Sa is kept in the CRS of a mainland province."""
    across, along = 2 * (extent.east - extent.west), 2 * (extent.north - extent.south)
    return crs.Extent(extent.west - across, extent.south - along, extent.east + across, extent.north + along)


def _swapped(shapes: Geometries) -> Geometries:
    return _array(shapely.transform(shapes, lambda coordinates: coordinates[:, ::-1]))


def _outside(shapes: Geometries, extent: crs.Extent) -> Mask:
    bounds = shapely.bounds(shapes)
    with numpy.errstate(invalid="ignore"):
        inside = (
            (bounds[:, 0] >= extent.west)
            & (bounds[:, 1] >= extent.south)
            & (bounds[:, 2] <= extent.east)
            & (bounds[:, 3] <= extent.north)
        )
    outside: Mask = ~inside & ~shapely.is_missing(shapes)
    return outside

"""Which CRS the coordinates of a file are in: said by the order, by the map, or by the file; always an EPSG code."""

import re

from pyproj import CRS
from pyproj.exceptions import CRSError

from baseregistry import errors
from baseregistry.registries import crs
from baseregistry.registries.imports.geometries import GeometryReader
from baseregistry.registries.imports.maps import FileMap
from baseregistry.registries.imports.order import ImportOrder
from baseregistry.registries.imports.plan import Plan
from baseregistry.registries.imports.sources import Source

CODE = re.compile(r"(?:EPSG:)?([0-9]{4,6})", re.IGNORECASE | re.ASCII)


def geometry_reader(order: ImportOrder, said: FileMap, source: Source, plan: Plan, srid: int) -> GeometryReader | None:
    """The reader of the file's geometry; None when it has none.  Raises errors.BadInput when no CRS is known."""
    fact = plan.geometry
    if fact is None:
        return None
    told = order.crs or said.crs
    code = _told(told) if told else _of_file(source, order)
    swap = (order.axis or said.axis or "xy") == "yx"
    return GeometryReader(fact, code, srid, swap=swap, flatten=plan.drop_heights)


def _told(text: str) -> int:
    found = CODE.fullmatch(text.strip())
    if found is None:
        raise errors.BadInput(
            f"{text!r} is no EPSG code.",
            code="input.unknown_crs",
            hint="Give an EPSG code, such as EPSG:5899; a proj4 string or WKT is not read.",
        )
    crs.named(int(found[1]))
    return int(found[1])


def _of_file(source: Source, order: ImportOrder) -> int:
    if source.crs is None:
        raise errors.BadInput(
            f"{order.file.name} does not say in which CRS its coordinates are.",
            code="input.no_crs",
            hint="Say it: --crs EPSG:5899 (VN-2000 / TM-3 107-45), --crs EPSG:4326 (WGS 84).",
        )
    try:
        described = CRS.from_user_input(source.crs)
    except CRSError as failure:
        raise _not_named(order, source.crs) from failure
    code = None if described.is_bound else described.to_epsg()
    if code is None:
        raise _not_named(order, described.name)
    return code


def _not_named(order: ImportOrder, name: str) -> errors.BadInput:
    return errors.BadInput(
        f"{order.file.name} is in the CRS {name[:80]!r}, which is none of EPSG's.",
        code="input.custom_crs",
        hint="Datum shifts written into a file are not followed (most have wrong signs). Say which it is: --crs EPSG:…",
    )

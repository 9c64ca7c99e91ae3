"""A geometry that is to be kept: the scalar in which it is given.

It is checked for its form only, before anything runs.  What a filter refuses may be kept: a ring that crosses itself
is a finding, to be mended by who surveyed it.
"""

from typing import Any

from graphql import GraphQLError, GraphQLScalarType, value_from_ast_untyped

LEVELS = {"Point": 0, "MultiPoint": 1, "LineString": 1, "MultiLineString": 2, "Polygon": 2, "MultiPolygon": 3}


def geometry_scalar() -> GraphQLScalarType:
    """``KeptGeometry``."""
    return GraphQLScalarType(
        "KeptGeometry",
        description="A geometry as GeoJSON (RFC 7946) writes it, in two dimensions; kept with its coordinates as given.",
        coerce_input_value=read_geometry,
        coerce_input_literal=lambda node: read_geometry(value_from_ast_untyped(node)),
    )


def read_geometry(given: Any) -> dict[str, Any]:
    """Type and coordinates of a geometry of GeoJSON, nested as its type says, of finite numbers."""
    if not isinstance(given, dict) or not isinstance(kind := given.get("type"), str) or kind not in LEVELS:
        raise _refusal("is no geometry of GeoJSON", f"Give an object whose type is one of {', '.join(LEVELS)}.")
    if "crs" in given:
        raise _refusal("has a `crs` of its own", "Say the CRS beside it, in `crs`: RFC 7946 has none inside.")
    _check(given.get("coordinates"), LEVELS[kind])
    return {"type": kind, "coordinates": given["coordinates"]}


def _check(coordinates: object, levels: int) -> None:
    pending = [(coordinates, levels)]
    while pending:
        item, level = pending.pop()
        if not isinstance(item, list):
            raise _refusal("has coordinates that are not nested as its type says", "See RFC 7946, section 3.1.")
        if level:
            pending += [(inner, level - 1) for inner in item]
        elif len(item) < 2 or not all(type(part) in (int, float) and abs(part) < 1e15 for part in item):
            raise _refusal("has a position that is not made of finite numbers", "Longitude or easting comes first.")


def _refusal(said: str, hint: str) -> GraphQLError:
    return GraphQLError(f"The geometry {said}.", extensions={"code": "input.bad_geojson", "hint": hint})

"""From what was given to what is stored: one reader for all doors and files, and its inverse.

`read` takes text, JSON values, numbers and geometries, and answers the exact value of a kind or raises
errors.BadValue.  Nothing is repaired on the way: only Unicode is put into NFC, and a single geometry
promoted to the multiple one its column holds.
"""

import json
import re
import unicodedata
from collections.abc import Container, Mapping
from datetime import date
from decimal import Context, Decimal
from fractions import Fraction as ExactFraction
from typing import Any
from uuid import UUID

import numpy
import shapely
from shapely.geometry.base import BaseGeometry

from baseregistry.registries.days import day, instant, partial_day, partial_day_text
from baseregistry.registries.declare import (
    Code,
    Day,
    Flag,
    Fraction,
    Geometry,
    Kind,
    Number,
    PartialDay,
    Reference,
    Text,
)
from baseregistry.registries.refusals import bad_value

__all__ = ["Codes", "instant", "read", "write"]

Codes = Mapping[str, Container[str]]  # the codes of each list

WIDE = Context(prec=500)  # wider than any number that is read: nothing is rounded
STRANGE = re.compile(r"[\x00-\x1f\x7f-\x9f\ud800-\udfff]")
DECIMAL = re.compile(r"[+-]?[0-9]{1,200}(\.[0-9]{1,200})?", re.ASCII)
SHARE = re.compile(r"([0-9]{1,18})/([0-9]{1,18})|1", re.ASCII)
HEXADECIMAL = re.compile(r"([0-9A-F]{2})+", re.ASCII | re.IGNORECASE)
UUID_TEXT = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}", re.ASCII | re.IGNORECASE)
FLAGS = {"true": True, "false": False, "1": True, "0": False, "có": True, "không": False}
MULTIPLE = {"MultiPoint": "Point", "MultiLineString": "LineString", "MultiPolygon": "Polygon"}


def read(kind: Kind, raw: Any, *, place: str, codes: Codes | None = None) -> Any:
    """The value of `kind` that `raw` says: str, Decimal, bool, date, DateRange, Fraction, shapely geometry or UUID.

    `place` names the attribute in messages.  With `codes`, a Code must be one of its list.  A geometry has no SRID
    yet: whoever knows the CRS of the coordinates sets it.  Raises errors.BadValue.
    """
    raw = raw.item() if isinstance(raw, numpy.generic) else raw
    match kind:
        case Text():
            return _text(kind, raw, place)
        case Code(list=name):
            return _code(name, raw, place, codes)
        case Number():
            return _number(kind, raw, place)
        case Flag():
            return _flag(raw, place)
        case Day():
            return day(raw, place)
        case PartialDay():
            return partial_day(raw, place)
        case Fraction():
            return _fraction(raw, place)
        case Geometry(shape=shape):
            return _geometry(shape, raw, place)
        case Reference():
            return _reference(raw, place)


def write(kind: Kind, value: Any) -> str:
    """The text of a stored value, which `read` reads as the same value; a geometry as hexadecimal (E)WKB."""
    match kind:
        case Text() | Code() | Reference():
            return str(value)
        case Number():
            return f"{Decimal(value):f}"
        case Flag():
            return "true" if value else "false"
        case Day():
            return date.isoformat(value)
        case PartialDay():
            return partial_day_text(value.lower, value.upper)
        case Fraction():
            share = ExactFraction(value)
            return f"{share.numerator}/{share.denominator}"
        case Geometry():
            return str(shapely.to_wkb(value, hex=True, include_srid=True))


# --- texts and codes -------------------------------------------------------------------------------


def _text(kind: Text, raw: Any, place: str) -> str:
    """NFC, otherwise as given.  Refused: no text, control characters (line breaks, NUL), unpaired surrogates."""
    text = unicodedata.normalize("NFC", _words(raw, place))
    if not text:
        raise bad_value(place, raw, "is empty", "empty", "Leave out what is not known.")
    if strange := STRANGE.search(text):
        hint = "Remove control characters and line breaks; check the encoding."
        raise bad_value(place, raw, f"holds the character U+{ord(strange[0]):04X}", "control_character", hint)
    if len(text) > kind.max_length:
        said = f"has {len(text)} characters, more than {kind.max_length}"
        raise bad_value(place, raw, said, "too_long", "Shorten it, or check that the right column is mapped.")
    if kind.pattern is not None and not re.fullmatch(kind.pattern, text):
        raise bad_value(place, raw, "has not the form it must have", "bad_pattern", f"It must match {kind.pattern}.")
    return text


def _words(raw: Any, place: str) -> str:
    """Text as given; a whole number in a column of texts (a map sheet) as its digits."""
    if isinstance(raw, str):
        return raw
    if isinstance(raw, float) and raw.is_integer() and abs(raw) < 2**53:
        raw = int(raw)
    if isinstance(raw, int) and not isinstance(raw, bool):
        return str(raw)
    raise bad_value(place, raw, "is not text", "not_text", "Give a string.")


def _code(name: str, raw: Any, place: str, codes: Codes | None) -> str:
    code = _text(Text(100), raw, place)
    if codes is not None and code not in codes[name]:
        hint = f"`baseregistry show {name}` lists its codes."
        raise bad_value(place, raw, f"is no code of the list {name}", "unknown_code", hint)
    return code


# --- numbers, flags, shares ------------------------------------------------------------------------


def _number(kind: Number, raw: Any, place: str) -> Decimal:
    """Exact: text is never read through a float; a float stands for its shortest decimal."""
    value = _decimal(raw, place)
    if value and value.adjusted() >= kind.digits - kind.scale:
        raise bad_value(
            place, raw, f"has more than {kind.digits} digits", "too_large", "Check the unit and the column."
        )
    exact = value.quantize(Decimal(1).scaleb(-kind.scale), context=WIDE)
    if value != exact:
        said = f"has more than {kind.scale} digits after the point"
        raise bad_value(place, raw, said, "too_precise", "Round it at the source: a register does not guess.")
    if kind.minimum is not None and value < kind.minimum:
        raise bad_value(place, raw, f"is less than {kind.minimum}", "too_small", "Check the sign and the column.")
    return exact.copy_abs() if exact == 0 else exact


def _decimal(raw: Any, place: str) -> Decimal:
    if isinstance(raw, float) and numpy.isfinite(raw):
        raw = Decimal(float.__repr__(raw))
    if isinstance(raw, int) and not isinstance(raw, bool) and abs(raw) < 10**200:
        raw = Decimal(raw)
    if isinstance(raw, Decimal) and raw.is_finite() and abs(raw.adjusted()) < 200:
        return raw
    if isinstance(raw, str) and DECIMAL.fullmatch(raw):
        return Decimal(raw)
    raise bad_value(
        place, raw, "is not a number", "not_a_number", "Give digits with an optional point: 153.4 (no comma, no space)."
    )


def _flag(raw: Any, place: str) -> bool:
    if isinstance(raw, bool):
        return raw
    word = str(raw).lower() if isinstance(raw, str | int) else ""
    if word not in FLAGS:
        raise bad_value(place, raw, "is neither yes nor no", "not_a_flag", "Give true or false (or 1, 0, có, không).")
    return FLAGS[word]


def _fraction(raw: Any, place: str) -> ExactFraction:
    """A share above zero, at most one, reduced; ``0.33`` is refused because it is not a third."""
    if isinstance(raw, int) and not isinstance(raw, bool):
        raw = str(raw)
    share = raw if isinstance(raw, ExactFraction) else None
    if isinstance(raw, str) and (found := SHARE.fullmatch(raw)):
        part, whole = int(found[1] or 1), int(found[2] or 1)
        share = ExactFraction(part, whole) if whole else None
    if share is None or not 0 < share <= 1 or share.denominator >= 10**18:
        raise bad_value(place, raw, "is no share", "not_a_share", "Give a fraction above zero, at most one: 1/3.")
    return share


# --- geometries and references ---------------------------------------------------------------------


def _geometry(shape: str, raw: Any, place: str) -> BaseGeometry:
    """Two dimensions, finite, not empty, of `shape`; rings may cross themselves (a finding, not a refusal)."""
    given = _parsed(raw, place)
    if given.is_empty:
        raise bad_value(
            place, given.geom_type, "is empty", "empty_geometry", "Leave the geometry out when it is not known."
        )
    if given.has_z or shapely.has_m(given):
        hint = "Drop heights and measures at the source: boundaries are kept in two dimensions."
        raise bad_value(place, given.geom_type, "has heights or measures", "not_flat", hint)
    if not numpy.isfinite(shapely.get_coordinates(given)).all():
        raise bad_value(
            place, given.geom_type, "has a coordinate that is not finite", "bad_geometry", "Check the source."
        )
    if given.geom_type == MULTIPLE.get(shape):
        given = getattr(shapely, shape)([given])
    if given.geom_type != shape:
        raise bad_value(
            place, given.geom_type, f"is no {shape}", "other_shape", f"Give a {shape} or a single part of one."
        )
    return given


def _parsed(raw: Any, place: str) -> BaseGeometry:
    if isinstance(raw, BaseGeometry):
        return raw
    try:
        if isinstance(raw, bytes) or (isinstance(raw, str) and HEXADECIMAL.fullmatch(raw)):
            return shapely.from_wkb(raw)
        if isinstance(raw, str) and not raw.lstrip().startswith("{"):
            return shapely.from_wkt(raw)
        if isinstance(raw, str | dict):
            return shapely.from_geojson(raw if isinstance(raw, str) else json.dumps(raw, allow_nan=False))
    except (shapely.errors.ShapelyError, ValueError, TypeError) as failure:
        raise bad_value(place, raw, f"is no geometry ({failure})", "bad_geometry") from failure
    raise bad_value(place, raw, "is no geometry", "bad_geometry", "Give GeoJSON, WKT or WKB.")


def _reference(raw: Any, place: str) -> UUID:
    if isinstance(raw, UUID):
        return raw
    if isinstance(raw, str) and UUID_TEXT.fullmatch(raw):
        return UUID(raw)
    raise bad_value(place, raw, "is no record id", "bad_id", "Give the id of a record: 36 characters with hyphens.")

"""Scalars that lose nothing: positions, exact numbers, instants and partial dates travel as strings.

Each refuses a bad value while the request is coerced, so it is the request that is wrong and never
its execution.  What they coerce to is text PostgreSQL reads, or an integer.
"""

import math
import re
from collections.abc import Callable, Mapping
from datetime import UTC, date, datetime, timedelta
from typing import Any

from graphql import GraphQLError, GraphQLNamedType, GraphQLScalarType, value_from_ast_untyped
from graphql.language import IntValueNode, ListValueNode, ObjectValueNode, StringValueNode, ValueNode, print_ast

from baseregistry import errors
from baseregistry.registries import crs
from baseregistry.registries.answer import shapes
from baseregistry.registries.days import LAST_YEAR

LARGEST_POSITION = 2**63 - 1
UUID = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}", re.ASCII | re.IGNORECASE)
DECIMAL = re.compile(r"-?(0|[1-9][0-9]{0,130})(\.[0-9]{1,30})?", re.ASCII)
INSTANT = re.compile(
    r"([0-9]{4}-[0-9]{2}-[0-9]{2})[Tt ]([0-9]{2}:[0-9]{2}(?::[0-9]{2}(?:\.[0-9]{1,6})?)?)([Zz]|[+-][0-9]{2}:[0-9]{2})?",
    re.ASCII,
)
DAY = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}", re.ASCII)
PARTIAL_DAY = re.compile(r"([0-9]{4})(?:-([0-9]{2}))?(?:-([0-9]{2}))?", re.ASCII)
SHARE = re.compile(r"([1-9][0-9]{0,17})/([1-9][0-9]{0,17})", re.ASCII)
EPSG = re.compile(r"EPSG:([1-9][0-9]{0,5})", re.ASCII)
CRS84_EPSG = 4326
LARGEST_OFFSET = timedelta(hours=16)  # PostgreSQL's limit


def refusal(message: str, code: str, hint: str) -> GraphQLError:
    """A value that cannot be read, with the code and hint of our errors."""
    return GraphQLError(message, extensions={"code": code, "hint": hint})


def read_id(given: Any) -> str:
    """A record's identity: a UUID (RFC 9562), in any case; as PostgreSQL writes it."""
    if isinstance(given, str) and UUID.fullmatch(given):
        return given.lower()
    raise refusal(
        f"ID cannot represent {_shown(given)}.",
        "input.bad_id",
        'Give a UUID as answers have it: "01890a5d-ac96-774b-bcce-b302099a8057".',
    )


def read_position(given: Any) -> int:
    """A ledger position: a whole number from 0, given as a string or an integer."""
    if isinstance(given, str) and given.isascii() and given.isdigit() and len(given) <= 19:
        given = int(given)
    if type(given) is int and 0 <= given <= LARGEST_POSITION:
        return given
    raise refusal(
        f"Position cannot represent {_shown(given)}.", "input.bad_position", 'Give a whole number from 0: "1204".'
    )


def read_decimal(given: Any) -> str:
    """An exact decimal, given as a string or an integer; a float has lost digits already and is refused."""
    if type(given) is int:
        given = str(given)
    if isinstance(given, str) and DECIMAL.fullmatch(given):
        return given
    raise refusal(
        f"Decimal cannot represent {_shown(given)}.",
        "input.bad_decimal",
        'Give it as a string of digits with an optional point: "153.4".',
    )


def read_date(given: Any) -> str:
    """A calendar day, ``2025-07-01``."""
    if isinstance(given, str) and DAY.fullmatch(given) and _is_day(given):
        return given
    raise refusal(f"Date cannot represent {_shown(given)}.", "input.bad_date", 'Give a calendar day: "2025-07-01".')


def read_partial_date(given: Any) -> str:
    """A day of which perhaps only the year or the month is known: ``1956``, ``1956-03``, ``1956-03-12``."""
    found = PARTIAL_DAY.fullmatch(given) if isinstance(given, str) else None
    if found and int(found[1]) <= LAST_YEAR and _is_day("-".join(part or "01" for part in found.groups())):
        return found.string
    raise refusal(
        f"PartialDate cannot represent {_shown(given)}.",
        "input.bad_partial_date",
        f'Give a year from 0001 to {LAST_YEAR}, a month or a day: "1956", "1956-03", "1956-03-12".',
    )


def read_fraction(given: Any) -> str:
    """An exact share, reduced: ``2/6`` is read as ``1/3``."""
    found = SHARE.fullmatch(given) if isinstance(given, str) else None
    if found:
        part, whole = int(found[1]), int(found[2])
        if part <= whole:
            common = math.gcd(part, whole)
            return f"{part // common}/{whole // common}"
    raise refusal(
        f"Fraction cannot represent {_shown(given)}.", "input.bad_fraction", 'Give a share of at most one: "1/3".'
    )


def read_crs(given: Any) -> int:
    """A coordinate reference system by its EPSG code; CRS84 is WGS 84 with longitude first."""
    found = EPSG.fullmatch(given) if isinstance(given, str) else None
    if found:
        return _unswapped(int(found[1]))
    if given == "CRS84":
        return CRS84_EPSG
    raise refusal(f"CRS cannot represent {_shown(given)}.", "input.bad_crs", 'Give "CRS84" or a code as "EPSG:5899".')


def _unswapped(code: int) -> int:
    try:
        crs.refuse_swapped(code)
    except errors.BadInput as swapped:
        raise refusal(swapped.message, swapped.code, swapped.hint or "") from None
    return code


def read_geojson(given: Any) -> str:
    """A geometry to compare with, as hexadecimal WKB: its coordinates are read together with their CRS later."""
    try:
        return shapes.from_geojson(given)
    except errors.BadValue as refused:
        raise refusal(refused.message, refused.code, refused.hint or "") from None


def read_instant(given: Any) -> str:
    """An instant with its offset from UTC, or a day alone: its first instant in the register's zone."""
    found = INSTANT.fullmatch(given) if isinstance(given, str) else None
    if found and found[3] and _is_instant(found):
        return f"{found[1]}T{found[2]}{found[3].upper()}"
    if found and not found[3]:
        raise refusal(
            f"DateTime {_shown(given)} has no offset from UTC.",
            "input.naive_timestamp",
            f'Add one: "{given}+07:00" or "{given}Z"; a day alone means its first instant in the register\'s zone.',
        )
    if isinstance(given, str) and DAY.fullmatch(given) and _is_day(given):
        return given
    raise refusal(
        f"DateTime cannot represent {_shown(given)}.",
        "input.bad_instant",
        "Give an instant of the years 1 to 9999 (in UTC) as in ISO 8601, to the microsecond: "
        '"2025-07-01T08:30:00.000001+07:00".',
    )


def _is_day(text: str) -> bool:
    try:
        date.fromisoformat(text)
    except ValueError:
        return False
    return True


def _is_instant(found: re.Match[str]) -> bool:
    try:
        moment = datetime.fromisoformat(f"{found[1]}T{found[2]}{(found[3] or 'Z').upper()}")
        moment.astimezone(UTC)
    except (ValueError, OverflowError):
        return False
    return abs(moment.utcoffset() or timedelta()) < LARGEST_OFFSET


def _shown(given: Any) -> str:
    text = repr(given) if not isinstance(given, str) else f'"{given}"'
    return text if len(text) <= 60 else text[:57] + "..."


def _scalar(
    name: str, description: str, read: Callable[[Any], Any], kind: type[GraphQLScalarType] = GraphQLScalarType
) -> GraphQLScalarType:
    return kind(
        name,
        description=description,
        coerce_output_value=lambda value: value,
        coerce_input_value=read,
        coerce_input_literal=lambda node: read(_literal(node)),
    )


def _literal(node: ValueNode) -> Any:
    match node:
        case StringValueNode(value=value):
            return value
        case IntValueNode(value=value):
            return int(value) if len(value) < 200 else value
        case ObjectValueNode() | ListValueNode():
            return _structure(node)
        case _:
            return _Unreadable(print_ast(node))


def _structure(node: ValueNode) -> Any:
    try:
        return value_from_ast_untyped(node)
    except (ValueError, RecursionError):  # a number of more digits than Python reads
        return _Unreadable(type(node).__name__)


class _Unreadable:
    """A literal that is neither a string nor an integer, as it was written."""

    def __init__(self, written: str) -> None:
        self.written = written

    def __repr__(self) -> str:
        return self.written


class _Identity(GraphQLScalarType):
    """The standard `ID`, read strictly: graphql-core's own accepts any text, so a typing error would find nothing."""

    reserved_types: Mapping[str, GraphQLNamedType] = {}


def scalars() -> dict[str, GraphQLScalarType]:
    """The scalars of the schema, by name."""
    made = (
        _scalar("ID", "A record's identity: a UUID.", read_id, _Identity),
        _scalar("Position", "A ledger position: a whole number, as a string; an integer is accepted.", read_position),
        _scalar("Decimal", "An exact decimal, as a string; an integer is accepted, a float is not.", read_decimal),
        _scalar(
            "DateTime",
            "An instant in ISO 8601 with an offset from UTC, to the microsecond. Where one is given, a date alone "
            "means its first instant in the register's time zone; a time without an offset is refused.",
            read_instant,
        ),
        _scalar("Date", "A calendar day in ISO 8601: `2025-07-01`.", read_date),
        _scalar("PartialDate", "A day of which perhaps only the year, or year and month, is known.", read_partial_date),
        _scalar("Fraction", "An exact share, larger than zero and at most one: `1/3`.", read_fraction),
        _scalar(
            "GeoJSON",
            "A geometry as GeoJSON (RFC 7946) writes it, in the coordinate system said beside it.",
            read_geojson,
        ),
        _scalar(
            "CRS",
            "A coordinate reference system: `CRS84` (WGS 84 in degrees) or an EPSG code such as `EPSG:5899`. "
            "Coordinates are always longitude or easting first.",
            read_crs,
        ),
    )
    return {scalar.name: scalar for scalar in made}

"""How a value that a client sent becomes the text PostgreSQL reads.

Each slot of a plan expects one kind of value; `reader` gives the function that writes it.  Nothing is ever
spliced into a statement: what is written here travels as a parameter, and every placeholder is cast.
"""

import re
import unicodedata
from collections.abc import Callable, Iterable
from datetime import UTC, date, datetime
from decimal import Decimal
from enum import Enum
from fractions import Fraction
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql as pg

from baseregistry import errors
from baseregistry.registries.days import LAST_YEAR

LONGEST_PAGE = 1000  # rows of one connection; plans are made for it, see pages.py
LONGEST_SEARCH = 200  # characters of a name that is searched for
LARGEST_POSITION = 2**63 - 1
ZONED = re.compile(r"(Z|z|[+-]\d\d(:?\d\d){0,2}| [A-Za-z]+(/[A-Za-z0-9_+-]+)*)$", re.ASCII)
DAY_ONLY = re.compile(r"\d{4}-\d\d-\d\d", re.ASCII)
CALENDAR_ENDS = ("0001-01-01", "9999-12-31")  # days on which an offset may lead out of the calendar
PARTIAL = re.compile(r"(\d{4})(?:-(\d\d))?(?:-(\d\d))?", re.ASCII)

Reader = Callable[[object], bytes | None]


class Expects(Enum):
    """What stands in a slot, and the type its placeholder is cast to."""

    TEXT = "text"
    WORDS = "words"
    UUID = "uuid"
    INSTANT = "timestamptz"
    POSITION = "position"
    COUNT = "count"
    INTEGER = "bigint"
    NUMERIC = "numeric"
    DAY = "date"
    PARTIAL_DAY = "daterange"
    FRACTION = "fraction"
    FLAG = "boolean"

    @property
    def column_type(self) -> sa.types.TypeEngine[Any]:
        """The SQL type of the placeholder."""
        match self:
            case Expects.TEXT | Expects.WORDS | Expects.FRACTION:
                return sa.Text()
            case Expects.UUID:
                return pg.UUID()
            case Expects.INSTANT:
                return sa.TIMESTAMP(timezone=True)
            case Expects.POSITION | Expects.COUNT | Expects.INTEGER:
                return sa.BigInteger()
            case Expects.NUMERIC:
                return sa.Numeric()
            case Expects.DAY:
                return sa.Date()
            case Expects.PARTIAL_DAY:
                return pg.DATERANGE()
            case Expects.FLAG:
                return sa.Boolean()


def reader(expects: Expects, zone: str, *, many: bool = False) -> Reader:
    """The function that writes a value (for `many`: a list of them) for a slot; `zone` is where a day begins."""
    one = _reader(expects, zone)
    return (lambda value: _array(one, value)) if many else one


def _reader(expects: Expects, zone: str) -> Reader:
    match expects:
        case Expects.TEXT:
            return text
        case Expects.WORDS:
            return words
        case Expects.INSTANT:
            return lambda value: instant(value, zone)
        case Expects.POSITION:
            return position
        case Expects.COUNT:
            return count
        case Expects.PARTIAL_DAY:
            return partial_day
        case Expects.FRACTION:
            return fraction
        case Expects.FLAG:
            return flag
        case Expects.UUID | Expects.INTEGER | Expects.NUMERIC | Expects.DAY:
            return plain


def text(value: object) -> bytes | None:
    """Text in NFC, as the register stores it."""
    if value is None:
        return None
    if not isinstance(value, str):
        raise refusal(value, "text")
    written = value if value.isascii() else unicodedata.normalize("NFC", value)
    if "\0" in written:
        raise refusal(value, "text without the character U+0000")
    try:
        return written.encode()
    except UnicodeEncodeError:
        raise refusal(value, "text without lone surrogates") from None


def words(value: object) -> bytes | None:
    """The words of a name to search for, with one space between them."""
    if isinstance(value, str) and len(value) > LONGEST_SEARCH:
        raise errors.BadQuestion(
            f"A name of {len(value):,} characters is searched for.",
            code="question.search_too_long",
            hint=f"Give at most {LONGEST_SEARCH} characters.",
        )
    return text(" ".join(value.split()) if isinstance(value, str) else value)


def plain(value: object) -> bytes | None:
    """Numbers, days and identifiers: their usual text, which PostgreSQL checks."""
    match value:
        case None:
            return None
        case bool():
            raise refusal(value, "a number, a day or an identifier")
        case str() if value and value.isascii() and "\0" not in value:
            return value.encode()
        case int() | Decimal() | UUID():
            return str(value).encode()
        case datetime():
            raise refusal(value, "a day, not an instant")
        case date():
            return value.isoformat().encode()
        case _:
            raise refusal(value, "a number, a day or an identifier")


def flag(value: object) -> bytes | None:
    """Yes or no."""
    if value is None:
        return None
    if not isinstance(value, bool):
        raise refusal(value, "true or false")
    return b"t" if value else b"f"


def position(value: object) -> bytes | None:
    """A ledger position: 0 is the empty ledger."""
    if isinstance(value, str) and value.isascii() and value.isdigit():
        value = int(value)
    if type(value) is int and 0 <= value <= LARGEST_POSITION:
        return b"%d" % value
    raise refusal(value, "a ledger position, a whole number from 0")


def count(value: object) -> bytes | None:
    """How many rows a page may hold."""
    if type(value) is int and 0 <= value <= LONGEST_PAGE:
        return b"%d" % value
    raise errors.BadQuestion(
        f"A page cannot hold {value!r} rows.",
        code="question.bad_page",
        hint=f"Ask for 0 to {LONGEST_PAGE:,} rows, and for the next page after the last cursor.",
    )


def instant(value: object, zone: str) -> bytes | None:
    """An instant that says its offset; a day alone is its first instant in `zone` (PostgreSQL knows its offset then).

    Raises errors.BadQuestion: ``input.naive_timestamp``, ``input.bad_instant`` outside the years 1 to 9999 in UTC.
    """
    if value is not None and str(value).startswith(CALENDAR_ENDS):
        _check_within_calendar(str(value), zone)
    match value:
        case datetime() if value.tzinfo is not None:
            return value.isoformat().encode()
        case str() if DAY_ONLY.fullmatch(value):  # before an offset is looked for: the -01 of a day is none
            return f"{value} 00:00 {zone}".encode()
        case str() if value.isascii() and "\0" not in value and ZONED.search(value):
            return value.encode()
        case datetime() | str():
            raise errors.BadQuestion(
                f"{value} says no offset from UTC.",
                code="input.naive_timestamp",
                hint=f"Add one (2025-07-01T08:30:00+07:00), or give a day alone for its first instant in {zone}.",
            )
        case date():
            return f"{value.isoformat()} 00:00 {zone}".encode()
        case None:
            return None
        case _:
            raise refusal(value, "an instant")


def _check_within_calendar(text: str, zone: str) -> None:
    try:
        moment = datetime.fromisoformat(text)
        (moment if moment.tzinfo else moment.replace(tzinfo=ZoneInfo(zone))).astimezone(UTC)
    except (ValueError, OverflowError):
        raise errors.BadQuestion(
            f"{text} is outside the calendar.",
            code="input.bad_instant",
            hint="Give an instant of the years 1 to 9999, counted in UTC.",
        ) from None


def partial_day(value: object) -> bytes | None:
    """``1956``, ``1956-03`` or ``1956-03-12`` as the half-open range of days it may be."""
    if value is None:
        return None
    found = PARTIAL.fullmatch(str(value))
    try:
        year, month, day = (int(part or 0) for part in found.groups()) if found else (0, 0, 0)
        first = date(year, month or 1, day or 1)
    except ValueError:
        raise refusal(value, "a year, a month or a day (1956, 1956-03, 1956-03-12)") from None
    if year > LAST_YEAR:
        raise refusal(value, f"of the years 1 to {LAST_YEAR}")
    if day:
        return f"[{first},{first}]".encode()
    after = date(year + (month in {0, 12}), month % 12 + 1 if month else 1, 1)
    return f"[{first},{after})".encode()


def fraction(value: object) -> bytes | None:
    """A share, reduced: ``2/6`` is written ``1/3``."""
    if value is None:
        return None
    try:
        share = Fraction(value) if isinstance(value, str | Fraction) else None
    except (ValueError, ZeroDivisionError):
        share = None
    if share is None or not share > 0:
        raise refusal(value, "a share such as 1/3")
    return f"{share.numerator}/{share.denominator}".encode()


def refusal(value: object, wanted: str) -> errors.BadQuestion:
    """What is said of a value that cannot be read."""
    shown = repr(value)
    return errors.BadQuestion(
        f"{shown if len(shown) <= 80 else shown[:77] + '...'} is not {wanted}.",
        code="question.bad_value",
        hint=f"Give {wanted}.",
    )


def _array(one: Reader, value: object) -> bytes | None:
    if value is None:
        return None
    if not isinstance(value, list | tuple):
        value = [value]
    return array(map(one, value))


def array(written: Iterable[bytes | None]) -> bytes:
    """An array literal of values that are written already: every one quoted, so that no text can leave its place."""
    return b"{" + b",".join(map(_element, written)) + b"}"


def _element(written: bytes | None) -> bytes:
    if written is None:
        return b"NULL"
    return b'"' + written.replace(b"\\", b"\\\\").replace(b'"', b'\\"') + b'"'

"""The text of a cursor: how it is written, and what of it is believed when it comes back.

Every part is read here as the type that the statement casts it to, so a cursor that was made up or cut is refused as
one, whether or not the statement ever comes to the row at which it would have looked at it.
"""

import binascii
import re
from base64 import b64decode
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

import orjson
import sqlalchemy as sa
from sqlalchemy.dialects import postgresql as pg

from baseregistry import errors
from baseregistry.registries.answer.draft import Expression, constant

LARGEST = 2**63 - 1
LONGEST = 4_000  # characters of a number
IDENTITY = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}", re.ASCII)
WHOLE = re.compile(r"-?\d{1,19}", re.ASCII)
DECIMAL = re.compile(r"-?\d+(\.\d+)?", re.ASCII)
DAY = re.compile(r"\d{4}-\d\d-\d\d", re.ASCII)
INSTANT = re.compile(r"\d{4}-\d\d-\d\d \d\d:\d\d:\d\d(\.\d{1,6})?\+00", re.ASCII)
RANGE = re.compile(r'[\[(]"?([^",]*)"?,"?([^",]*)"?[\])]', re.ASCII)
YES_OR_NO = ("true", "false")


@dataclass(frozen=True, slots=True)
class Part:
    """One value of a cursor: the type its text is cast to, whether it may be null, and the largest number it may be
    (the smallest is `least`)."""

    kind: sa.types.TypeEngine[Any]
    nullable: bool = False
    least: int = -LARGEST
    most: int = LARGEST


def encoded(signature: str, parts: list[Expression]) -> Expression:
    """A cursor: base64url of a JSON array of texts, which clients do not look into."""
    written = [sa.cast(part, sa.Text()) for part in parts]
    text = sa.cast(sa.func.json_build_array(constant(signature), *written), sa.Text())
    coded = sa.func.encode(sa.func.convert_to(text, constant("UTF8")), constant("base64"))
    return sa.func.translate(coded, constant("+/=\n"), constant("-_"))


def part_of(signature: str, parts: Sequence[Part], place: int, value: object) -> bytes | None:
    """One value of a cursor.  Raises errors.BadQuestion (question.bad_cursor) for a cursor of another order, for one in
    which this value is none of its type, and for what is no cursor at all."""
    try:
        text = value if isinstance(value, str) else ""
        found = orjson.loads(b64decode(text + "=" * (-len(text) % 4), altchars=b"-_", validate=True))
    except (binascii.Error, ValueError):
        raise _refusal("This is no cursor of ours.") from None
    if not (isinstance(found, list) and found and all(isinstance(one, str | None) for one in found)):
        raise _refusal("This is no cursor of ours.")
    if found[0] != signature or len(found) != len(parts) + 1:
        raise _refusal("This cursor belongs to another order.")
    said: str | None = found[place + 1]
    if not _believed(parts[place], said):
        raise _refusal("This is no cursor of ours.")
    return None if said is None else said.encode()


def _believed(part: Part, said: str | None) -> bool:
    """Whether PostgreSQL wrote this text for a value of the part's type."""
    if said is None:
        return part.nullable
    match part.kind:
        case pg.UUID():
            return bool(IDENTITY.fullmatch(said))
        case sa.Integer():
            return bool(WHOLE.fullmatch(said)) and part.least <= int(said) <= part.most
        case sa.Numeric():
            return len(said) <= LONGEST and bool(DECIMAL.fullmatch(said))
        case sa.Boolean():
            return said in YES_OR_NO
        case sa.Date():
            return _day(said) is not None
        case pg.DATERANGE():
            return _in_order(said, _day)
        case pg.TSTZRANGE():
            return _in_order(said, _instant)
        case _:
            return "\0" not in said


def _day(said: str) -> date | None:
    try:
        return date.fromisoformat(said) if DAY.fullmatch(said) else None
    except ValueError:
        return None


def _instant(said: str) -> datetime | None:
    try:
        return datetime.fromisoformat(said) if INSTANT.fullmatch(said) else None
    except ValueError:
        return None


def _in_order(said: str, read: Any) -> bool:
    """Whether it is a range whose ends can be read, the first before the last; an end may be open."""
    found = RANGE.fullmatch(said)
    if found is None:
        return False
    begin, end = (read(text) if text else None for text in found.groups())
    if any(text and made is None for text, made in zip(found.groups(), (begin, end), strict=True)):
        return False
    return begin is None or end is None or bool(begin < end)


def _refusal(said: str) -> errors.BadQuestion:
    return errors.BadQuestion(
        said, code="question.bad_cursor", hint="Give a cursor that this field answered under the same order."
    )

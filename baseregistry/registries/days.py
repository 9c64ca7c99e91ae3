"""Days, days of which only a part is known, and instants: read from what was given.

A day means its first instant in the register's zone; a time without an offset from UTC is refused, for
nobody can tell afterwards what it meant.
"""

import re
from datetime import UTC, date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

import numpy
from psycopg.types.range import DateRange

from baseregistry import errors
from baseregistry.registries.refusals import bad_value

DAY = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}", re.ASCII)
PARTIAL_DAY = re.compile(r"([0-9]{4})(?:-([0-9]{2})(?:-([0-9]{2}))?)?", re.ASCII)
INSTANT = re.compile(
    r"([0-9]{4}-[0-9]{2}-[0-9]{2})[Tt ]([0-9]{2}:[0-9]{2}(?::[0-9]{2}(\.[0-9]+)?)?)([Zz]|[+-][0-9]{2}:[0-9]{2})?",
    re.ASCII,
)
LARGEST_OFFSET = timedelta(hours=16)  # PostgreSQL's limit
TICK = timedelta(microseconds=1)  # how far apart events stand that are known by one day only, and the ledger's changes
TICK_SQL = "interval '1 microsecond'"
LAST_YEAR = 9998  # the day after it must still be a date of Python's


def instant(raw: Any, zone: str, *, place: str = "valid from") -> datetime:
    """The instant that `raw` says, in UTC with microseconds.  A day means its first instant in `zone` (an IANA name).

    Raises errors.BadValue: ``input.naive_timestamp`` without an offset, ``input.infinite_time``, ``input.bad_instant``.
    """
    if isinstance(raw, numpy.datetime64):
        raw = raw.item()
    try:
        if isinstance(raw, datetime):
            return _aware(raw, place).astimezone(UTC)
        if isinstance(raw, date):
            return _midnight(raw, _zone(zone)).astimezone(UTC)
        if isinstance(raw, str) and DAY.fullmatch(raw):
            return instant(date.fromisoformat(raw), zone, place=place)
        if isinstance(raw, str) and (found := INSTANT.fullmatch(raw)):
            return _instant(found, place)
    except (ValueError, OverflowError) as failure:
        raise bad_value(place, raw, f"is no instant ({failure})", "bad_instant") from failure
    if isinstance(raw, str) and raw.strip().lower().lstrip("+-") in {"infinity", "inf"}:
        raise bad_value(
            place, raw, "is no instant", "infinite_time", "An unknown or open bound is left out, never 'infinity'."
        )
    raise bad_value(
        place, raw, "is no instant", "bad_instant", "Give 2025-07-01T08:30:00+07:00, or a plain day: 2025-07-01."
    )


def day(raw: Any, place: str) -> date:
    """A day of the calendar, from a date or its ISO 8601 text."""
    if isinstance(raw, date) and not isinstance(raw, datetime):
        return raw
    if isinstance(raw, str) and DAY.fullmatch(raw):
        try:
            return date.fromisoformat(raw)
        except ValueError as failure:
            raise bad_value(place, raw, f"is no day of the calendar ({failure})", "bad_day") from failure
    raise bad_value(place, raw, "is not a day", "bad_day", "Give year-month-day: 2025-07-01.")


def partial_day(raw: Any, place: str) -> DateRange:
    """The days it may be, half-open: ``1956-03`` is [1956-03-01, 1956-04-01)."""
    if isinstance(raw, int) and not isinstance(raw, bool):
        raw = str(raw)
    text = raw.isoformat() if isinstance(raw, date) and not isinstance(raw, datetime) else raw
    found = PARTIAL_DAY.fullmatch(text) if isinstance(text, str) else None
    if found and int(found[1]) <= LAST_YEAR:
        try:
            return _possible_days(*(int(part) if part else None for part in found.groups()))
        except ValueError as failure:
            raise bad_value(place, raw, f"is no day of the calendar ({failure})", "bad_partial_day") from failure
    hint = "Give what is known of it, year first: 1956, 1956-03 or 1956-03-12."
    raise bad_value(place, raw, "is no year, month or day", "bad_partial_day", hint)


def _possible_days(year: int | None, month: int | None, day: int | None) -> DateRange:
    first = date(year or 0, month or 1, day or 1)
    if day:
        return DateRange(first, first + timedelta(days=1), "[)")
    return DateRange(first, _next_month(first) if month else date(first.year + 1, 1, 1), "[)")


def _next_month(first: date) -> date:
    return (first.replace(day=28) + timedelta(days=4)).replace(day=1)


def partial_day_text(lower: date, upper: date) -> str:
    """``1956``, ``1956-03`` or ``1956-03-12`` for the range of days [lower, upper)."""
    if upper == lower + timedelta(days=1):
        return lower.isoformat()
    if lower.day == 1 and upper == _next_month(lower):
        return lower.isoformat()[:7]
    if (lower.month, lower.day) == (1, 1) and upper == date(lower.year + 1, 1, 1):
        return lower.isoformat()[:4]
    return f"{lower.isoformat()}/{upper.isoformat()}"  # ISO 8601 interval: no table of ours keeps one


def _midnight(day: date, zone: ZoneInfo) -> datetime:
    """As PostgreSQL reads it: of two midnights (clocks put back) the later; of none (put forward) the moment of change."""
    first = datetime(day.year, day.month, day.day, tzinfo=zone)
    again = first.replace(fold=1)
    put_back = (first.utcoffset() or timedelta()) > (again.utcoffset() or timedelta())
    return again if put_back else first


def _instant(found: re.Match[str], place: str) -> datetime:
    day, time, decimals, offset = found.groups()
    if decimals and len(decimals) > 7:
        hint = "Round it at the source to microseconds, six digits."
        raise bad_value(place, found.string, "is finer than a microsecond", "too_precise", hint)
    given = datetime.fromisoformat(f"{day}T{time}{(offset or '').upper()}")
    if abs(given.utcoffset() or timedelta()) >= LARGEST_OFFSET:
        raise ValueError("offset of 16 hours or more")
    return _aware(given, place).astimezone(UTC)


def _aware(given: datetime, place: str) -> datetime:
    if given.tzinfo is None:
        hint = f"Add an offset ({given.isoformat()}+07:00), or give a plain day for its first instant."
        raise bad_value(place, given.isoformat(), "has no offset from UTC", "naive_timestamp", hint)
    return given


def _zone(name: str) -> ZoneInfo:
    try:
        return ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError) as failure:
        raise errors.BadInput(
            f"{name!r} is no time zone.", code="input.bad_zone", hint="Give an IANA name: Asia/Ho_Chi_Minh."
        ) from failure

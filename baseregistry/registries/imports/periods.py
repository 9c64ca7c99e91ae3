"""Since when, and until when, a row's facts held: instants in the register's zone, half-open."""

from collections.abc import Sequence
from datetime import UTC, date, datetime, timedelta
from typing import Any

from baseregistry import errors
from baseregistry.registries import values
from baseregistry.registries.acts import Period
from baseregistry.registries.days import TICK
from baseregistry.registries.imports.cells import Refuse, blank, raw_values
from baseregistry.registries.imports.plan import Plan
from baseregistry.registries.imports.sources import Batch

REMEMBERED = 50_000


class PeriodReader:
    """Reads the period of every row; equal texts are read once."""

    def __init__(self, plan: Plan, zone: str) -> None:
        self.plan = plan
        self.zone = zone
        self._read: dict[tuple[Any, Any], str | errors.BadValue] = {}

    def column(self, batch: Batch, refuse: Refuse) -> list[str | None]:
        """Each row's period as PostgreSQL's text of a tstzrange; None for a refused row."""
        begins = raw_values(self.plan.valid_from, batch)
        ends: Sequence[Any] = [None] * len(begins)
        if self.plan.valid_to is not None:
            ends = raw_values(self.plan.valid_to, batch)
        found: list[str | None] = []
        for place, pair in enumerate(zip(begins, ends, strict=True)):
            period = self._remembered(pair)
            if isinstance(period, errors.BadValue):
                refuse(place, period)
                found.append(None)
            else:
                found.append(period)
        return found

    def by_day(self, batch: Batch) -> list[str | None]:
        """Of each row whether it tells its own begin, as a day without a time; PostgreSQL's text of booleans."""
        cell = self.plan.valid_from
        if cell.column is None:
            return ["f"] * len(batch.numbers)
        return ["t" if _is_day(raw) else "f" for raw in raw_values(cell, batch)]

    def _remembered(self, pair: tuple[Any, Any]) -> str | errors.BadValue:
        period = self._read.get(pair)
        if period is None:
            period = self._period(*pair)
            if len(self._read) < REMEMBERED:
                self._read[pair] = period
        return period

    def _period(self, begin: Any, end: Any) -> str | errors.BadValue:
        try:
            period = Period(self._begin(begin), self._end(end))
        except errors.BadValue as failure:
            return failure
        return f"[{_text(period.begin)},{_text(period.end)})"

    def _begin(self, raw: Any) -> datetime | None:
        if not blank(raw):
            return values.instant(_stripped(raw), self.zone, place="valid from")
        if self.plan.unbounded:
            return None
        raise errors.BadValue(
            "valid from: nothing says since when this has held.",
            code="input.no_valid_from",
            hint='Give a day, or say in the map: unknown_begin = "unbounded".',
            where={"attribute": "valid from"},
        )

    def _end(self, raw: Any) -> datetime | None:
        """The first instant at which it held no longer: for a last day, the first instant of the next one."""
        if blank(raw):
            return None
        given = _stripped(raw)
        instant = values.instant(given, self.zone, place="valid to")
        if not self.plan.end_inclusive:
            return instant
        if isinstance(given, str) and _is_day(given):
            following = date.fromisoformat(given) + timedelta(days=1)
            return values.instant(following, self.zone, place="valid to")
        return instant + TICK


def _is_day(raw: Any) -> bool:
    if isinstance(raw, str):
        return len(raw.strip()) == len("2025-07-01")
    return isinstance(raw, date) and not isinstance(raw, datetime)


def _stripped(raw: Any) -> Any:
    return raw.strip() if isinstance(raw, str) else raw


def _text(moment: datetime | None) -> str:
    return "" if moment is None else moment.astimezone(UTC).isoformat()

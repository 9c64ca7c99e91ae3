"""When things happen in the sample: days of the years after the first load, and when they are recorded."""

from collections.abc import Iterator
from datetime import UTC, date, datetime, time, timedelta
from random import Random

from baseregistry.seed.gazetteer import REORGANISED

FIRST, LAST = date(2021, 1, 4), date(2026, 5, 20)
EVE = 40  # days: what happens so shortly before the reorganisation happens before that
FRIDAY = 4  # as date.weekday counts
EVENING = time(15, 0, tzinfo=UTC)  # 22:00 in Việt Nam
MORNING = time(2, 0, tzinfo=UTC)


def some_day(random: Random, first: date = FIRST, last: date = LAST) -> date:
    """A day from `first` to `last`, not on the eve of the reorganisation: what happens there is recorded after it."""
    while True:
        day = first + timedelta(days=random.randint(0, (last - first).days))
        if not timedelta(0) < REORGANISED - day < timedelta(days=EVE):
            return day


def recorded(random: Random, day: date) -> datetime:
    """Some days after `day`, not at a weekend, at some minute of an office's hours."""
    later = day + timedelta(days=random.randint(3, 18))
    later += timedelta(days=7 - later.weekday() if later.weekday() > FRIDAY else 0)
    return datetime.combine(later, MORNING) + timedelta(
        minutes=random.randint(0, 480), microseconds=random.randint(0, 999_999)
    )


def quarters() -> Iterator[tuple[date, date]]:
    """Each quarter of the sample's years as [first, first of the next)."""
    first = date(FIRST.year, 1, 1)
    while first <= LAST:
        following = date(first.year + (first.month > 9), (first.month + 2) % 12 + 1, 1)
        yield first, following
        first = following


def closing(following: date) -> datetime:
    """The evening of a quarter's last day: before the night in which the reorganisation begins to hold."""
    return datetime.combine(following - timedelta(days=1), EVENING)

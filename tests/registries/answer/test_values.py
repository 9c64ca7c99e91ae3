"""What a client sent, as PostgreSQL reads it."""

from datetime import UTC, datetime, timedelta, timezone

import pytest

from baseregistry import errors
from baseregistry.registries.answer.values import instant, partial_day

ZONE = "Asia/Ho_Chi_Minh"


@pytest.mark.parametrize(
    ("given", "written"),
    [
        ("2025-07-01", b"2025-07-01 00:00 Asia/Ho_Chi_Minh"),
        ("2025-12-31", b"2025-12-31 00:00 Asia/Ho_Chi_Minh"),
        ("2025-07-01T08:30:00-01", b"2025-07-01T08:30:00-01"),
        ("2025-07-01T08:30:00.000001Z", b"2025-07-01T08:30:00.000001Z"),
    ],
)
def test_a_day_alone_begins_in_the_registers_zone(given: str, written: bytes) -> None:
    assert instant(given, ZONE) == written


@pytest.mark.parametrize(
    "given",
    [
        "0001-01-01",
        "0001-01-01T00:00:00+14:00",
        "9999-12-31T23:59:59-14:00",
        datetime(1, 1, 1, tzinfo=timezone(timedelta(hours=7))),
    ],
)
def test_an_instant_outside_the_calendar_is_refused(given: object) -> None:
    with pytest.raises(errors.BadQuestion, match="outside the calendar") as refused:
        instant(given, ZONE)
    assert refused.value.code == "input.bad_instant"
    assert refused.value.hint


def test_the_ends_of_the_calendar_are_read() -> None:
    assert instant("9999-12-31", ZONE) == b"9999-12-31 00:00 Asia/Ho_Chi_Minh"
    assert instant("0001-01-01", "America/Lima") == b"0001-01-01 00:00 America/Lima"
    assert instant("9999-12-31T23:59:59Z", ZONE) == b"9999-12-31T23:59:59Z"
    assert instant(datetime(1, 1, 1, tzinfo=UTC), ZONE) == b"0001-01-01T00:00:00+00:00"


@pytest.mark.parametrize("given", ["9999", "9999-01", "9999-12", "9999-12-31", "0000", "0000-01"])
def test_a_partial_day_is_of_the_years_whose_next_day_is_a_day(given: str) -> None:
    with pytest.raises(errors.BadQuestion) as refused:
        partial_day(given)
    assert refused.value.code == "question.bad_value"


def test_the_last_partial_days_are_read() -> None:
    assert partial_day("9998") == b"[9998-01-01,9999-01-01)"
    assert partial_day("9998-12") == b"[9998-12-01,9999-01-01)"

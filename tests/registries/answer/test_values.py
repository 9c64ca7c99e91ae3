"""What a client sent, as PostgreSQL reads it."""

import pytest

from baseregistry.registries.answer.values import instant

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

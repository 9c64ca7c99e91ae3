"""The texts of which the digests of a group are made: of each register and month what was told, of the requests who asked."""

from collections.abc import Iterator
from typing import NamedTuple

from baseregistry.access.log.groups import REQUESTS
from baseregistry.access.log.verification import RECORD_LINE, REQUEST_LINE
from baseregistry.db import Reading

APART = "\x1f"  # between the columns of a request's line
CONTEXT = 3  # its place among them
ROWS = f"""
SELECT position, register, to_char(asked_at AT TIME ZONE 'UTC', 'YYYY-MM') AS month,
  string_agg(line, chr(10) ORDER BY place, line COLLATE "C") AS text
FROM (SELECT position, '{REQUESTS}' AS register, asked_at, place, {REQUEST_LINE} AS line FROM access_request
      WHERE position BETWEEN :first AND :last
      UNION ALL SELECT position, register, asked_at, 0, {RECORD_LINE} FROM access_record
      WHERE position BETWEEN :first AND :last) r
GROUP BY position, register, month ORDER BY position, register, month"""


class Part(NamedTuple):
    """What a group says of one register (``request``: of the requests) in one month (``2026-11``)."""

    register: str
    month: str


def texts(reading: Reading, first: int, last: int) -> Iterator[tuple[int, Part, str]]:
    """Position, part and text, in the order of positions."""
    for row in reading.execute(ROWS, {"first": first, "last": last}):
        yield row.position, Part(row.register, row.month), row.text


def contexts_in(part: Part, text: str) -> set[str]:
    """The names of the contexts that requests have, in hexadecimal."""
    if part.register != REQUESTS:
        return set()
    return {line.split(APART)[CONTEXT] for line in text.split("\n")}

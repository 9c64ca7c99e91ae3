"""The texts of which the digests of a group are made: of each register and month what was told, of the requests who asked.

They are the packed lines; of groups that migration 0006 wrote, the lines of their rows.
"""

import heapq
from collections.abc import Iterator
from typing import Any, NamedTuple

import orjson

from baseregistry.access.log.groups import PACKED, REQUESTS
from baseregistry.access.log.rows import OLD_RECORD_LINE, REQUEST_LINE
from baseregistry.db import Reading

APART = "\x1f"  # between the columns of a request's line
CONTEXT = 3  # its place among them
LINES = """
SELECT position, register, to_char(month, 'YYYY-MM') AS month, lines AS text FROM access_lines
WHERE position BETWEEN :first AND :last ORDER BY position, register, month"""
ROWS = f"""
SELECT r.position, register, to_char(asked_at AT TIME ZONE 'UTC', 'YYYY-MM') AS month,
  string_agg(line, chr(10) ORDER BY place, line COLLATE "C") AS text
FROM (SELECT position, '{REQUESTS}' AS register, asked_at, place, {REQUEST_LINE} AS line FROM access_request
      WHERE position BETWEEN :first AND :last
      UNION ALL SELECT position, register, asked_at, 0, {OLD_RECORD_LINE} FROM access_record
      WHERE position BETWEEN :first AND :last) r
JOIN access_group g ON g.position = r.position AND g.parts !~ '^{PACKED} '
GROUP BY 1, 2, 3 ORDER BY 1, 2, 3"""


class Part(NamedTuple):
    """What a group says of one register (``request``: of the requests) in one month (``2026-11``)."""

    register: str
    month: str


def texts(reading: Reading, first: int, last: int) -> Iterator[tuple[int, Part, str]]:
    """Position, part and text, in the order of positions."""
    span = {"first": first, "last": last}
    for row in heapq.merge(*(reading.execute(each, span) for each in (LINES, ROWS)), key=_position):
        yield row.position, Part(row.register, row.month), row.text


def contexts_in(part: Part, text: str) -> set[str]:
    """The names of the contexts that requests have, in hexadecimal."""
    if part.register != REQUESTS:
        return set()
    if text.startswith("["):  # packed: JSON
        return {row[CONTEXT] for row in orjson.loads(text)}
    return {line.split(APART)[CONTEXT] for line in text.split("\n")}


def _position(row: Any) -> int:
    position: int = row.position
    return position

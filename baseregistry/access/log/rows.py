"""The rows of the access log's tables as digests by group, register and month: as they stand, and as the lines say them.

What a line means is written here once more, beside `access_unpack`, so that `verify` trusts no function in the database.
"""

from base64 import b64decode
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime, timedelta
from hashlib import sha256
from typing import Any

import orjson

from baseregistry.access.log.groups import REQUESTS
from baseregistry.db import Reading
from baseregistry.registries.answer.told import OF_SUBJECT, WIDTH

Part = tuple[str, str]  # register and month
Found = dict[Part, tuple[int | None, str]]  # how many rows (None: not known), and their digest
TOGETHER = 50  # groups whose lines are in memory at once
EPOCH = datetime(1970, 1, 1, tzinfo=UTC)

REQUEST_LINE = """concat_ws(chr(31), place, access_micros(asked_at), access_micros(answered_at), encode(context, 'hex'),
  coalesce(case_id, ''), coalesce(encode(asked, 'hex'), ''), coalesce(known, ''), coalesce(valid_at, ''), encode(answer, 'hex'),
  status, coalesce(code, ''), records)"""
OLD_RECORD_LINE = "concat(place, '.', level, '.', record_id, '.', recorded_from, '.', subject)"  # by migration 0006
RECORD_LINE = f"concat(access_micros(asked_at), '.', {OLD_RECORD_LINE[7:]}"
STORED = """
SELECT position, register, month, count(*) AS rows,
  encode(sha256(convert_to(string_agg(line, chr(10) ORDER BY sorted, line COLLATE "C"), 'UTF8')), 'hex') AS digest
FROM (
  SELECT position, '{requests}' AS register, to_char(asked_at AT TIME ZONE 'UTC', 'YYYY-MM') AS month, place AS sorted, {request} AS line
  FROM access_request WHERE position BETWEEN :first AND :last
  UNION ALL SELECT position, register, to_char(asked_at AT TIME ZONE 'UTC', 'YYYY-MM'), 0, {record}
  FROM access_record WHERE position BETWEEN :first AND :last) r GROUP BY position, register, month"""
LINES = """
SELECT position, register, to_char(month, 'YYYY-MM') AS month, count(*) AS rows,
  encode(sha256(convert_to(string_agg(lines, ''), 'UTF8')), 'hex') AS digest
FROM access_lines WHERE position BETWEEN :first AND :last GROUP BY position, register, month"""
TEXTS = """
SELECT position, register, to_char(month, 'YYYY-MM') AS month, lines FROM access_lines
WHERE position = ANY (CAST(:positions AS bigint[])) AND position BETWEEN :first AND :last"""


def stored(reading: Reading, first: int, last: int, *, old: bool) -> dict[int, Found]:
    """What the tables hold of the groups from `first` to `last`; `old`: in the digests of migration 0006."""
    statement = STORED.format(requests=REQUESTS, request=REQUEST_LINE, record=OLD_RECORD_LINE if old else RECORD_LINE)
    return _found(reading.execute(statement, {"first": first, "last": last}), counted=True)


def lines(reading: Reading, first: int, last: int) -> dict[int, Found]:
    """The digests of the packed lines of the groups from `first` to `last`."""
    return _found(reading.execute(LINES, {"first": first, "last": last}), counted=False)


def _found(rows: Any, *, counted: bool) -> dict[int, Found]:
    found: dict[int, Found] = {}
    for row in rows:
        found.setdefault(row.position, {})[row.register, row.month] = (row.rows if counted else None, row.digest)
    return found


def said(reading: Reading, positions: Sequence[int]) -> Iterator[tuple[int, Found]]:
    """The rows that the lines of these groups say, group by group."""
    for start in range(0, len(positions), TOGETHER):
        some = list(positions[start : start + TOGETHER])
        found: dict[int, Found] = {one: {} for one in some}
        for row in reading.execute(TEXTS, {"positions": some, "first": min(some), "last": max(some)}):
            read = _requests if row.register == REQUESTS else _records
            for month, rows in read(row.lines).items():
                found[row.position][row.register, month] = (len(rows), sha256("\n".join(rows).encode()).hexdigest())
        yield from found.items()


def _requests(text: str) -> dict[str, list[str]]:
    found: dict[str, list[str]] = {}
    for row in orjson.loads(text):
        line = "\x1f".join(["" if one is None else str(one) for one in row])
        found.setdefault(_month(row[1]), []).append(line)
    return found


def _records(text: str) -> dict[str, list[str]]:
    """The lines of all records, each once, in the order of their bytes; by month."""
    found: dict[str, set[str]] = {}
    for block in text[1:].split("\n@"):
        opening, *keys = block.split("\n")
        place, asked_at, own = opening.split(" ")
        begin, owned = f"{asked_at}.{place}.", set(own.split(","))
        into = found.setdefault(_month(int(asked_at)), set())
        for key in keys:
            into.update([begin + one for one in (_packed(key, owned) if ":" in key else _single(key, owned))])
    return {month: sorted(rows, key=str.encode) for month, rows in found.items()}


def _single(key: str, owned: set[str]) -> Iterator[str]:
    level, record, version, *subjects = key.split(".")
    for subject in [record] if level in owned else [one for one in subjects if one] or [""]:
        yield f"{level}.{record}.{version}.{subject}"


def _packed(key: str, owned: set[str]) -> Iterator[str]:
    opening, _, coded = key.partition(":")
    level, _, count = opening.partition("/")
    packed, width = b64decode(coded), WIDTH + OF_SUBJECT * int(count)
    for at in range(0, len(packed), width):
        record = _uuid(packed[at : at + OF_SUBJECT])
        version = int.from_bytes(packed[at + OF_SUBJECT : at + WIDTH], signed=True)
        subjects = [packed[one : one + OF_SUBJECT] for one in range(at + WIDTH, at + width, OF_SUBJECT)]
        told = [record] if level in owned else [_uuid(one) for one in subjects if any(one)] or [""]
        for subject in told:
            yield f"{level}.{record}.{version}.{subject}"


def _uuid(read: bytes) -> str:
    text = read.hex()
    return f"{text[:8]}-{text[8:12]}-{text[12:16]}-{text[16:20]}-{text[20:]}"


def _month(micros: int) -> str:
    return f"{EPOCH + timedelta(microseconds=micros):%Y-%m}"

"""A group: the rows of all answers that are committed together, as the parameters of one statement, and their digests.

For each register and month (and for the requests of each month) the group says how many rows it has there and the
SHA-256 of their lines, so that a month of one register can be dropped and the chain still be followed.
"""

from collections.abc import Iterable, Iterator, Sequence
from functools import lru_cache
from hashlib import sha256
from time import gmtime
from typing import NamedTuple

from baseregistry.access.log.contexts import Context
from baseregistry.registries.answer.values import array

DAY = 86_400_000_000  # microseconds
REQUESTS = "request"  # what the part of the requests is called, beside those of the registers
STATEMENT = (
    "SELECT access_keep($1::jsonb, $2::text, $3::bigint[], $4::bigint[], $5::bytea[], $6::text[], $7::bytea[], $8::text[],"
    " $9::text[], $10::bytea[], $11::smallint[], $12::text[], $13::integer[], $14::text[], $15::integer[], $16::smallint[],"
    " $17::uuid[], $18::bigint[], $19::uuid[])::text"
)
Line = tuple[bytes, ...]


class Entry(NamedTuple):
    """One answer: times in microseconds since 1970, the keyed hashes of what was asked by, what it was taken from, the
    SHA-256 of its bytes, its status and code, and the log keys that were in it."""

    asked_at: int
    answered_at: int
    context: Context
    case: str | None
    asked: bytes
    known: str
    valid_at: str
    answer: bytes
    status: int
    code: str | None
    keys: Sequence[bytes]


def parameters(entries: Sequence[Entry], new: Iterable[Context]) -> list[bytes | None]:
    """What `STATEMENT` takes; `new` are the contexts that may not be written yet."""
    rows: list[Line] = []
    lines: dict[str, list[bytes]] = {}
    records = _Records()
    for place, entry in enumerate(entries, 1):
        written = records.add(place, entry)
        row = _row(entry, written)
        rows.append(row)
        lines.setdefault(month_of(entry.asked_at // DAY), []).append(b"\x1f".join((b"%d" % place, *row)))
    parts = [part(REQUESTS, month, said) for month, said in lines.items()]
    parts += [part(register, month, sorted(said)) for (register, month), said in records.lines.items()]
    contexts = b"[" + b",".join([one.row for one in new]) + b"]"
    columns = list(zip(*rows, strict=True))
    made = [_plain(columns[0]), _plain(columns[1]), _bytes(columns[2]), _texts(columns[3]), _bytes(columns[4])]
    made += [_texts(columns[5]), _texts(columns[6]), _bytes(columns[7]), _plain(columns[8]), _texts(columns[9])]
    return [
        None if contexts == b"[]" else contexts,
        "\n".join(sorted(parts)).encode(),
        *made,
        _plain(columns[10]),
        *records.columns(),
    ]


def part(register: str, month: str, lines: Sequence[bytes]) -> str:
    """One line of a group's `parts`: register, month, number of rows, and the digest of their lines in order."""
    digest = sha256(b"\n".join(lines)).hexdigest()
    return f"{register} {month} {len(lines)} {digest}"


@lru_cache(maxsize=8)
def month_of(day: int) -> str:
    """The month (UTC) of a day since 1970: ``2026-11``."""
    moment = gmtime(day * 86_400)
    return f"{moment.tm_year:04}-{moment.tm_mon:02}"


def _row(entry: Entry, records: int) -> Line:
    """The columns of a request as text, in order; an empty text stands for null."""
    return (
        b"%d" % entry.asked_at,
        b"%d" % entry.answered_at,
        entry.context.hexadecimal,
        (entry.case or "").encode(),
        entry.asked.hex().encode(),
        entry.known.encode(),
        entry.valid_at.encode(),
        entry.answer.hex().encode(),
        b"%d" % entry.status,
        (entry.code or "").encode(),
        b"%d" % records,
    )


class _Records:
    """The rows of records, a column each, and their lines by register and month."""

    def __init__(self) -> None:
        self.lines: dict[tuple[str, str], list[bytes]] = {}
        self._rows: list[Line] = []

    def add(self, place: int, entry: Entry) -> int:
        """The rows of one answer, each once; how many."""
        if not entry.keys:
            return 0
        before, prefix, month = len(self._rows), b"%d" % place, month_of(entry.asked_at // DAY)
        for key in dict.fromkeys(entry.keys):
            level, record, recorded_from, *subjects = key.split(b".")
            of = entry.context.levels[int(level)]
            said = self.lines.setdefault((of.register, month), [])
            for subject in (record,) if of.own else _each(subjects):
                said.append(b".".join((prefix, level, record, recorded_from, subject)))
                self._rows.append((of.register.encode(), prefix, level, record, recorded_from, subject or b"NULL"))
        return len(self._rows) - before

    def columns(self) -> Iterator[bytes]:
        """Arrays of register, place, level, record, version, subject."""
        return map(_plain, zip(*self._rows, strict=True)) if self._rows else iter([b"{}"] * 6)


def _each(subjects: list[bytes]) -> Iterable[bytes]:
    """Each subject once; nobody where there is none."""
    return dict.fromkeys(filter(None, subjects)) or (b"",)


def _plain(values: Iterable[bytes]) -> bytes:
    """An array of numbers, UUIDs or names, which need no quotes."""
    return b"{" + b",".join(values) + b"}"


def _bytes(values: Iterable[bytes]) -> bytes:
    return b"{" + b",".join([b'"\\\\x' + value + b'"' if value else b"NULL" for value in values]) + b"}"


def _texts(values: Iterable[bytes]) -> bytes:
    return array([value or None for value in values])

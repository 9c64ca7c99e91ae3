"""A group: all answers that are committed together, as a few texts of packed lines, and their digests.

There is one text of requests for each month, and one of log keys for each register and month, so that a month of one
register can be dropped and the chain still be followed.  The tables are filled from them afterwards: see unpacking.py.
"""

from collections.abc import Iterable, Iterator, Sequence
from functools import lru_cache
from hashlib import sha256
from time import gmtime
from typing import Any, NamedTuple

import orjson

from baseregistry.access.log.contexts import Context
from baseregistry.registries.answer.plan import Plan
from baseregistry.registries.answer.told import count

DAY = 86_400_000_000  # microseconds
PACKED = "packed"  # how the line of a part begins whose digest is of packed lines, not of rows as in migration 0006
REQUESTS = "request"  # what the part of the requests is called, beside those of the registers


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


def size(entry: Entry) -> int:
    """How many bytes its log keys take."""
    return sum(map(len, entry.keys))


@lru_cache
def plan(texts: int) -> Plan:
    """The statement that keeps a group of so many texts."""
    given = ", ".join(f"${number}::text" for number in range(3, 3 + texts))
    return Plan(
        f"SELECT access_keep($1::jsonb, $2::text, {given})::text", b"access_keep_%d" % texts, (), ("position",), ()
    )


def parameters(entries: Sequence[Entry], new: Iterable[Context]) -> list[bytes | None]:
    """What `plan` takes: contexts (`new` are those that may not be written yet), the parts of the group, and their texts."""
    requests: dict[str, list[tuple[Any, ...]]] = {}
    told: dict[tuple[str, str], _Told] = {}
    for place, entry in enumerate(entries, 1):
        month = month_of(entry.asked_at // DAY)
        requests.setdefault(month, []).append(_request(place, entry))
        if entry.keys:
            for register, own, keys in _by_register(entry):
                told.setdefault((register, month), _Told()).add(b"%d %d %b" % (place, entry.asked_at, own), keys)
    parts = [(REQUESTS, month, len(rows), orjson.dumps(rows)) for month, rows in requests.items()]
    parts += [(register, month, one.records, b"\n".join(one.lines)) for (register, month), one in told.items()]
    contexts = b"[" + b",".join([one.row for one in new]) + b"]"
    return [
        None if contexts == b"[]" else contexts,
        "\n".join([part(*one) for one in parts]).encode(),
        *[text for _, _, _, text in parts],
    ]


def part(register: str, month: str, rows: int, text: bytes) -> str:
    """One line of a group's `parts`: ``packed``, register, month, how many requests or records are told, the digest of the text."""
    return f"{PACKED} {register} {month} {rows} {sha256(text).hexdigest()}"


@lru_cache(maxsize=8)
def month_of(day: int) -> str:
    """The month (UTC) of a day since 1970: ``2026-11``."""
    moment = gmtime(day * 86_400)
    return f"{moment.tm_year:04}-{moment.tm_mon:02}"


def _request(place: int, entry: Entry) -> tuple[Any, ...]:
    """The columns of a request, in order; an empty text stands for null."""
    return (
        place,
        entry.asked_at,
        entry.answered_at,
        entry.context.hexadecimal,
        entry.case or None,
        entry.asked.hex() or None,
        entry.known or None,
        entry.valid_at or None,
        entry.answer.hex(),
        entry.status,
        entry.code or None,
        count(entry.keys),
    )


def _by_register(entry: Entry) -> Iterator[tuple[str, bytes, Sequence[bytes]]]:
    """The keys of an answer by register; nearly always there is one."""
    places = entry.context.places
    if len(places) == 1:
        yield places[0].register, places[0].own, entry.keys
        return
    for place in places:
        keys = [key for key in entry.keys if key.startswith(place.begins)]
        if keys:
            yield place.register, place.own, keys


class _Told:
    """The lines of one register and month: ``@place asked_at own``, then the keys as they came."""

    def __init__(self) -> None:
        self.lines: list[bytes] = []
        self.records = 0

    def add(self, opening: bytes, keys: Sequence[bytes]) -> None:
        """What one answer told."""
        self.lines += (b"@" + opening, *keys)
        self.records += count(keys)

"""`baseregistry verify --access`: recomputes every group of the access log and their chain, and says which is broken.

A group is held against the rows that stand at its position; a month that was dropped after its time, against the
checkpoint that was kept of it, which is in the chain itself.
"""

import json
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from hashlib import sha256
from typing import Any

from baseregistry.access.log.contexts import SAID, digest_of
from baseregistry.access.log.groups import REQUESTS
from baseregistry.db import Reading

GENESIS = bytes(32)
TOGETHER = 2_000  # groups that are looked at in one statement
DROPPED = "dropped"
Progress = Callable[[str, int, int], None]
Part = tuple[str, str]  # register and month
Found = dict[Part, tuple[int, str]]  # how many rows, and their digest

REQUEST_LINE = "concat_ws(chr(31), place, access_micros(asked_at), access_micros(answered_at), encode(context, 'hex'),"
REQUEST_LINE += (
    " coalesce(case_id, ''), coalesce(encode(asked, 'hex'), ''), coalesce(known, ''), coalesce(valid_at, ''),"
)
REQUEST_LINE += " encode(answer, 'hex'), status, coalesce(code, ''), records)"
RECORD_LINE = "concat(place, '.', level, '.', record_id, '.', recorded_from, '.', subject)"
COMPUTED = f"""
SELECT position, register, to_char(asked_at AT TIME ZONE 'UTC', 'YYYY-MM') AS month, count(*) AS rows,
  encode(sha256(convert_to(string_agg(line, chr(10) ORDER BY place, line COLLATE "C"), 'UTF8')), 'hex') AS digest
FROM (SELECT position, '{REQUESTS}' AS register, asked_at, place, {REQUEST_LINE} AS line FROM access_request
      WHERE position BETWEEN :first AND :last
      UNION ALL SELECT position, register, asked_at, 0, {RECORD_LINE} FROM access_record
      WHERE position BETWEEN :first AND :last) r
GROUP BY position, register, month"""
STRAYS = """
SELECT r.position FROM (SELECT position FROM access_request UNION ALL SELECT position FROM access_record) r
WHERE r.position > :last OR r.position < 1 ORDER BY 1 LIMIT 100"""
LOST_CONTEXTS = """
SELECT encode(q.context, 'hex') FROM (SELECT DISTINCT context FROM access_request) q
WHERE NOT EXISTS (SELECT FROM access_context c WHERE c.digest = q.context)"""


@dataclass(frozen=True, slots=True)
class Problem:
    """What is not as it was written, and in which group; 0 where it belongs to none."""

    position: int
    message: str


@dataclass(slots=True)
class Verdict:
    """What a verification found; `head` is what to publish, and to compare elsewhere."""

    position: int = 0
    head: str = GENESIS.hex()
    rows: int = 0
    dropped: int = 0  # rows of months that were dropped, as their checkpoints say
    problems: list[Problem] = field(default_factory=list)

    @property
    def sound(self) -> bool:
        return not self.problems


@dataclass(slots=True)
class Kept:
    """A checkpoint, and what the groups say of the same part."""

    row: Any
    rows: int = 0
    first: int = 0
    last: int = 0
    digest: Any = field(default_factory=sha256)
    told: bool = False

    def add(self, position: int, rows: int, digest: str) -> None:
        """What one group says."""
        self.rows, self.first, self.last = self.rows + rows, self.first or position, position
        self.digest.update(f"{position} {rows} {digest}\n".encode())

    def line(self) -> str:
        """What the chain must say of it."""
        return dropped_line(self.row.register, f"{self.row.month:%Y-%m}", self)


def dropped_line(register: str, month: str, kept: Kept) -> str:
    """One line of a group's `parts` that tells of a month that is dropped."""
    return f"{DROPPED} {register} {month} {kept.rows} {kept.first} {kept.last} {kept.digest.hexdigest()}"


def verify(reading: Reading, expected: tuple[int, str] | None = None, progress: Progress | None = None) -> Verdict:
    """Recompute the whole log.  `expected` is a position and the head once published for it: who can rewrite the whole
    chain, or cut off its end, can only be caught by such a head kept elsewhere."""
    verdict, checkpoints = Verdict(), _checkpoints(reading)
    last = reading.execute("SELECT coalesce(max(position), 0) FROM access_group").scalar_one()
    previous = GENESIS
    for first in range(1, last + 1, TOGETHER):
        (progress or (lambda *_: None))("groups", first - 1, last)
        computed = _computed(reading, first, first + TOGETHER - 1)
        for group in _groups(reading, first, first + TOGETHER - 1):
            _check_group(verdict, group, previous, expected)
            _check_parts(verdict, group, computed.pop(group.position, {}), checkpoints)
            previous = bytes(group.head)
            verdict.position, verdict.head = group.position, previous.hex()
        verdict.problems += [Problem(position, "Rows stand here without a group.") for position in computed]
    for row in reading.execute(STRAYS, {"last": last}):
        verdict.problems.append(Problem(row.position, "Rows stand here, beyond the last group."))
    _check_contexts(reading, verdict)
    _check_checkpoints(verdict, checkpoints)
    if expected and expected[0] > verdict.position:
        verdict.problems.append(Problem(expected[0], f"The log ends at {verdict.position}, before the published head."))
    verdict.problems.sort(key=lambda problem: problem.position)
    return verdict


def parts_of(text: str) -> Found:
    """What a group says of its rows."""
    found: Found = {}
    for line in text.splitlines():
        register, month, rows, *rest = line.split(" ")
        if register != DROPPED:
            found[register, month] = int(rows), rest[0]
    return found


def _groups(reading: Reading, first: int, last: int) -> Iterator[Any]:
    statement = (
        "SELECT position, access_micros(at) AS at, parts, head FROM access_group"
        " WHERE position BETWEEN :first AND :last ORDER BY position"
    )
    yield from reading.execute(statement, {"first": first, "last": last})


def _computed(reading: Reading, first: int, last: int) -> dict[int, Found]:
    found: dict[int, Found] = {}
    for row in reading.execute(COMPUTED, {"first": first, "last": last}):
        found.setdefault(row.position, {})[row.register, row.month] = row.rows, row.digest
    return found


def _check_group(verdict: Verdict, group: Any, previous: bytes, expected: tuple[int, str] | None) -> None:
    if group.position != verdict.position + 1:
        said = f"The log goes on at {group.position}: groups are missing."
        verdict.problems.append(Problem(verdict.position + 1, said))
    said = group.position.to_bytes(8, signed=True) + group.at.to_bytes(8, signed=True) + group.parts.encode()
    if sha256(previous + said).digest() != bytes(group.head):
        verdict.problems.append(Problem(group.position, "The head does not follow from the group and the one before."))
    if expected and group.position == expected[0] and bytes(group.head).hex() != expected[1].lower():
        verdict.problems.append(Problem(group.position, f"The head is not the published one ({expected[1]})."))


def _check_parts(verdict: Verdict, group: Any, stands: Found, checkpoints: dict[Part, Kept]) -> None:
    told = parts_of(group.parts)
    for part in sorted({*told, *stands}):
        kept = checkpoints.get(part)
        if kept is not None and part in told:
            kept.add(group.position, *told[part])
        if kept is not None and part not in stands:
            verdict.dropped += told[part][0]
        elif told.get(part) != stands.get(part):
            said = "are not what was written" if part in stands and part in told else "are gone"
            said = said if part in told else "were added"
            verdict.problems.append(Problem(group.position, f"Rows of {part[0]} in {part[1]} {said}."))
    verdict.rows += sum(rows for rows, _ in stands.values())
    lines = set(group.parts.splitlines())
    for kept in checkpoints.values():
        if kept.row.position == group.position:
            kept.told = kept.line() in lines


def _checkpoints(reading: Reading) -> dict[Part, Kept]:
    rows = reading.execute("SELECT * FROM access_checkpoint")
    return {(row.register, f"{row.month:%Y-%m}"): Kept(row) for row in rows}


def _check_checkpoints(verdict: Verdict, checkpoints: dict[Part, Kept]) -> None:
    for (register, month), kept in checkpoints.items():
        row = kept.row
        stored = (row.rows, row.first_position, row.last_position, bytes(row.digest))
        if not kept.told or stored != (kept.rows, kept.first, kept.last, kept.digest.digest()):
            said = f"The checkpoint of {register} in {month} is not what the chain says."
            verdict.problems.append(Problem(row.position, said))


def _check_contexts(reading: Reading, verdict: Verdict) -> None:
    for row in reading.execute("SELECT * FROM access_context"):
        said = {name: getattr(row, name) for name in SAID}
        said = {
            name: json.loads(value) if isinstance(value, bytes) and name != "document" else value
            for name, value in said.items()
        }
        said["document"] = bytes(row.document).hex()
        if digest_of(said) != bytes(row.digest):
            verdict.problems.append(Problem(0, f"The context {bytes(row.digest).hex()} is not what was written."))
    for name in reading.execute(LOST_CONTEXTS).scalars():
        verdict.problems.append(Problem(0, f"The context {name} is gone."))

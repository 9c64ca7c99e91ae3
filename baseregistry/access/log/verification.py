"""`baseregistry verify --access`: recomputes every group of the access log and their chain, and says which is broken.

A group is held against the lines that stand at its position, and its rows in the tables against those lines; a month
that was dropped after its time, against the checkpoint that was kept of it, which is in the chain itself.
"""

import json
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from hashlib import sha256
from typing import Any

from baseregistry.access.log import rows
from baseregistry.access.log.contexts import SAID, digest_of
from baseregistry.access.log.groups import PACKED
from baseregistry.access.log.rows import Found, Part
from baseregistry.db import Reading

GENESIS = bytes(32)
TOGETHER = 2_000  # groups that are looked at in one statement
DROPPED = "dropped"  # how the lines of a group begin that tell of months that are
Progress = Callable[[str, int, int], None]

STRAYS = """
WITH chain AS MATERIALIZED (SELECT coalesce(max(position), 0) AS last FROM access_group)
SELECT position FROM access_request, chain WHERE position < 1 OR position > last
UNION SELECT position FROM access_record, chain WHERE position < 1 OR position > last
UNION SELECT position FROM access_lines, chain WHERE position < 1 OR position > last ORDER BY 1 LIMIT 100"""
NOBODYS = "Something stands here that belongs to no group."
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
    dropped: int = 0  # what was told in months that were dropped, as their checkpoints say
    packed: int = 0  # groups whose rows are not in the tables yet
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

    def add(self, position: int, count: int, digest: str) -> None:
        """What one group says."""
        self.rows, self.first, self.last = self.rows + count, self.first or position, position
        self.digest.update(f"{position} {count} {digest}\n".encode())

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
    filled = reading.execute("SELECT position FROM access_unpacked").scalar_one()
    previous = GENESIS
    for first in range(1, last + 1, TOGETHER):
        (progress or (lambda *_: None))("groups", first - 1, last)
        span = first, min(last, first + TOGETHER - 1)
        standing = Standing(reading, filled, span)
        for group in _groups(reading, *span):
            _check_group(verdict, group, previous, expected)
            _check_parts(verdict, group, standing, checkpoints)
            previous = bytes(group.head)
            verdict.position, verdict.head = group.position, previous.hex()
        _check_rows(verdict, standing)
    for row in reading.execute(STRAYS):
        verdict.problems.append(Problem(row.position, NOBODYS))
    verdict.packed = max(0, last - filled)
    _check_contexts(reading, verdict)
    _check_checkpoints(verdict, checkpoints)
    if expected and expected[0] > verdict.position:
        verdict.problems.append(Problem(expected[0], f"The log ends at {verdict.position}, before the published head."))
    verdict.problems.sort(key=lambda problem: problem.position)
    return verdict


class Standing:
    """What stands in the tables from one group to another: lines, rows, and the rows that the lines say."""

    def __init__(self, reading: Reading, filled: int, span: tuple[int, int]) -> None:
        self._reading, self._filled, self._span = reading, filled, span
        self._lines = rows.lines(reading, *span)
        self._rows = rows.stored(reading, *span, old=False)
        self._old: dict[int, Found] | None = None
        self.whole: list[int] = []  # the packed groups whose lines are what was written

    def of(self, position: int, told: "Parts") -> Found:
        """What the digests of a group are made of: its lines; of a group of migration 0006 its rows."""
        if told.packed or not told:
            return self._lines.pop(position, {})
        if self._old is None:
            self._old = rows.stored(self._reading, *self._span, old=True)
        self._rows.pop(position, None)
        return self._old.get(position, {})

    def broken(self, position: int) -> None:
        """Of a group whose lines are not what was written, the rows say nothing more."""
        self._rows.pop(position, None)

    def rows(self) -> Iterator[tuple[int, Found, Found]]:
        """Of each packed group with whole lines: its rows as they stand, and as its lines say them, once it is filled."""
        for position, told in rows.said(self._reading, self.whole):
            yield position, self._rows.pop(position, {}), told if position <= self._filled else {}

    def left(self) -> Iterator[int]:
        """Where lines or rows stand, and no group."""
        yield from {*self._rows, *self._lines}


class Parts(dict[Part, tuple[int, str]]):
    """What a group says of its parts: how much was told, and the digest; `packed`: of lines, not of rows (0006)."""

    packed = False


def parts_of(text: str) -> Parts:
    """The parts of a group; what it says of dropped months is none of them."""
    found = Parts()
    for line in text.splitlines():
        said = line.split(" ")
        if said[0] == PACKED and len(said) == 5:
            found.packed = True
            del said[0]
        if said[0] != DROPPED:
            found[said[0], said[1]] = int(said[2]), said[3]
    return found


def _groups(reading: Reading, first: int, last: int) -> Iterator[Any]:
    statement = (
        "SELECT position, access_micros(at) AS at, parts, head FROM access_group"
        " WHERE position BETWEEN :first AND :last ORDER BY position"
    )
    yield from reading.execute(statement, {"first": first, "last": last})


def _check_group(verdict: Verdict, group: Any, previous: bytes, expected: tuple[int, str] | None) -> None:
    if group.position != verdict.position + 1:
        said = f"The log goes on at {group.position}: groups are missing."
        verdict.problems.append(Problem(verdict.position + 1, said))
    said = group.position.to_bytes(8, signed=True) + group.at.to_bytes(8, signed=True) + group.parts.encode()
    if sha256(previous + said).digest() != bytes(group.head):
        verdict.problems.append(Problem(group.position, "The head does not follow from the group and the one before."))
    if expected and group.position == expected[0] and bytes(group.head).hex() != expected[1].lower():
        verdict.problems.append(Problem(group.position, f"The head is not the published one ({expected[1]})."))


def _check_parts(verdict: Verdict, group: Any, standing: Standing, checkpoints: dict[Part, Kept]) -> None:
    told = parts_of(group.parts)
    stands = standing.of(group.position, told)
    broken = []
    for part in sorted({*told, *stands}):
        if part in checkpoints and part not in stands:
            verdict.dropped += told[part][0]
        elif not _same(told.get(part), stands.get(part)):
            said = f"What was told of {part[0]} in {part[1]} {_how(part, told, stands)}."
            broken.append(Problem(group.position, said))
    verdict.problems += broken
    if not told.packed:
        verdict.rows += _count(stands)
    elif broken:
        standing.broken(group.position)
    else:
        standing.whole.append(group.position)
    _gather(checkpoints, group, told)


def _gather(checkpoints: dict[Part, Kept], group: Any, told: Parts) -> None:
    """What a group says of months that were dropped later, and of those that are dropped with it."""
    for part in told:
        if part in checkpoints:
            checkpoints[part].add(group.position, *told[part])
    lines = set(group.parts.splitlines())
    for kept in checkpoints.values():
        if kept.row.position == group.position:
            kept.told = kept.line() in lines


def _check_rows(verdict: Verdict, standing: Standing) -> None:
    """Rows of the tables against the lines from which they were filled."""
    for position, stands, told in standing.rows():
        for part in sorted({*stands, *told}):
            if stands.get(part) != told.get(part):
                said = f"The rows of {part[0]} in {part[1]}: what the lines say {_how(part, told, stands)}."
                verdict.problems.append(Problem(position, said))
        verdict.rows += _count(stands)
    for position in standing.left():
        verdict.problems.append(Problem(position, NOBODYS))


def _count(found: Found) -> int:
    return sum(count or 0 for count, _ in found.values())


def _same(told: tuple[int, str] | None, stands: tuple[int | None, str] | None) -> bool:
    """Whether what stands is what was told; of lines only the digest is known."""
    return told is not None and stands is not None and told[1] == stands[1] and stands[0] in {None, told[0]}


def _how(part: Part, told: Mapping[Part, object], stands: Found) -> str:
    if part not in told:
        return "was added"
    return "is not what was written" if part in stands else "is gone"


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

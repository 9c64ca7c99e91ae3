"""Dropping a month of one register after its time: a checkpoint is written into the chain first, then the rows go.

The chain goes on to say how much was told and what its digest was; rows and lines are nowhere any more.
"""

import re
from collections import Counter
from datetime import UTC, date, datetime
from typing import NamedTuple

import sqlalchemy as sa

from baseregistry import errors
from baseregistry.access.log.groups import REQUESTS
from baseregistry.access.log.unpacking import MOUTHFUL
from baseregistry.access.log.verification import Kept, dropped_line, parts_of, verify
from baseregistry.db import Reading, Writing

KEEP_MONTHS = 12  # whole months, whatever a register prescribes: see docs/reference/access-log.md
MONTHS = """
SELECT c.relname, pg_total_relation_size(c.oid) AS bytes FROM pg_class c
WHERE c.relnamespace = current_schema()::regnamespace AND c.relkind = 'r' AND c.relispartition
  AND c.relname ~ '^access_(request|record|lines)_'"""
NAMED = re.compile(r"access_(?:(request)|(?:record|lines)_([a-z0-9_]+))_([0-9]{4})_([0-9]{2})")
LOCK = (
    "SELECT pg_advisory_xact_lock(hashtextextended(current_schema() || '.access_group', 0))"  # as access_append takes
)


class Part(NamedTuple):
    """A month (``2026-11``) of one register, or of the requests (``request``), and its size on the disk, rows and lines."""

    month: str
    register: str
    bytes: int


def months(reading: Reading) -> list[Part]:
    """What the log has room for, by month and register."""
    sizes: Counter[tuple[str, str]] = Counter()
    for row in reading.execute(MONTHS):
        named = NAMED.fullmatch(row.relname)
        if named:
            sizes[f"{named[3]}-{named[4]}", named[1] or named[2]] += row.bytes
    return sorted(Part(*part, size) for part, size in sizes.items())


def drop(writing: Writing, register: str, month: date, keep_months: int = KEEP_MONTHS) -> Kept:
    """Drop rows and lines of a register (``request``: of the requests) in a month; answers what the chain keeps of them.

    Raises errors.Refused for a month whose time has not come, errors.NotFound where there is no such partition,
    errors.Tampered when the log is not sound: what is dropped can never be proved again.
    """
    rows, lines = check(writing, register, month, keep_months)
    _fill(writing)
    verdict = verify(writing)
    if not verdict.sound:
        raise errors.Tampered(
            f"The access log is not what was written, first in group {verdict.problems[0].position}.",
            code="access.log_tampered",
            hint="Nothing is dropped. `baseregistry verify --access` lists what is wrong.",
        )
    writing.execute(LOCK)
    kept = _gathered(writing, register, month)
    _keep(writing, register, month, kept)
    for table in (rows, lines):
        if _stands(writing, table):
            parent = table.removesuffix(f"_{month:%Y_%m}")
            writing.connection.execute(sa.text(f"ALTER TABLE {parent} DETACH PARTITION {table}"))
            writing.connection.execute(sa.text(f"DROP TABLE {table}"))
    return kept


def _fill(writing: Writing) -> None:
    """Fill the tables; as long as the transaction lasts nobody else does."""
    while True:
        row = writing.execute("SELECT * FROM access_unpack(:most, true)", {"most": MOUTHFUL}).one()
        if row.done >= row.last:
            return


def check(reading: Reading, register: str, month: date, keep_months: int = KEEP_MONTHS) -> tuple[str, str]:
    """The tables of what may be dropped: of its rows, and of its lines (the first months have none).

    Raises as `drop`, but looks at no row."""
    rows, lines = _tables(register, month)
    _check_time(month, keep_months)
    if not _stands(reading, rows):
        raise errors.NotFound(
            f"The access log has no rows of {register} in {month:%Y-%m}.",
            code="access.no_partition",
            hint="`baseregistry access partitions` lists them.",
        )
    return rows, lines


def _stands(reading: Reading, table: str) -> bool:
    return reading.execute("SELECT to_regclass(CAST(:table AS text))", {"table": table}).scalar_one() is not None


def _tables(register: str, month: date) -> tuple[str, str]:
    if not re.fullmatch("[a-z][a-z0-9_]*", register):
        raise errors.BadInput(f"{register!r} is no register.", code="access.no_partition")
    name = "access_request" if register == REQUESTS else f"access_record_{register}"
    return f"{name}_{month:%Y_%m}", f"access_lines_{register}_{month:%Y_%m}"


def _check_time(month: date, keep_months: int) -> None:
    today = datetime.now(UTC).date()
    age = (today.year - month.year) * 12 + today.month - month.month
    if age <= keep_months:
        raise errors.Refused(
            f"{month:%Y-%m} is kept: {keep_months} months have not passed since its end.",
            code="access.still_kept",
            hint="Drop it later; what the law has to say about it: docs/reference/access-log.md.",
        )


def _gathered(writing: Writing, register: str, month: date) -> Kept:
    """All that the groups say of the part."""
    part, kept = (register, f"{month:%Y-%m}"), Kept(None)
    statement = "SELECT position, parts FROM access_group WHERE parts LIKE :said ORDER BY position"
    for row in writing.execute(statement, {"said": f"%{part[0]} {part[1]} %"}):
        told = parts_of(row.parts)
        if part in told:
            kept.add(row.position, *told[part])
    return kept


def _keep(writing: Writing, register: str, month: date, kept: Kept) -> None:
    line = dropped_line(register, f"{month:%Y-%m}", kept)
    position = writing.execute("SELECT access_append(:parts)", {"parts": line}).scalar_one()
    writing.execute(
        "INSERT INTO access_checkpoint (register, month, first_position, last_position, rows, digest, position)"
        " VALUES (:register, :month, :first, :last, :rows, :digest, :position)",
        {
            "register": register,
            "month": month,
            "first": kept.first,
            "last": kept.last,
            "rows": kept.rows,
            "digest": kept.digest.digest(),
            "position": position,
        },
    )

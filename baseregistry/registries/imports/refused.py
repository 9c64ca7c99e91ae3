"""The refused rows as a CSV: what stood in the file, and why it was refused; to be mended and imported again."""

import csv
import os
import tempfile
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import shapely

from baseregistry import errors
from baseregistry.db import Reading
from baseregistry.registries.imports.failures import readable, unreadable
from baseregistry.registries.imports.order import BATCH, Refusal
from baseregistry.registries.imports.sources import LONGEST, Batch, Source

TOLD = ("refused_row", "refused_line", "refused_code", "refused_attribute", "refused_reason")


def check_path(path: Path, kept: Sequence[Path]) -> None:
    """Raise errors.BadFile when writing to `path` would destroy one of `kept`, or a file that is not of refused rows."""
    if any(_same(path, other) for other in kept):
        raise _taken(path, "it is the file or the map that is imported")
    with readable(path):
        if not path.exists():
            return
        if not path.is_file():
            raise unreadable(path, "it is no file", hint="Say another path: --refused PATH.")
        with path.open(encoding="utf-8", errors="replace", newline="") as file:
            header = file.readline(LONGEST).strip()
    if not header.endswith(",".join(TOLD)):
        raise _taken(path, "it holds something other than refused rows")


def refusals(reading: Reading, limit: int | None = None) -> Iterator[Refusal]:
    """The refused rows in the file's order, one reason each."""
    rows = reading.execute(
        'SELECT DISTINCT ON ("row") "row", line, code, attribute, reason FROM import_refused'
        ' ORDER BY "row", said LIMIT :limit',
        {"limit": limit},
    )
    return (Refusal(row.row, row.line, row.code, row.attribute, row.reason) for row in rows)


def write(path: Path, source: Source, refused: Iterator[Refusal]) -> None:
    """Write the refused rows of `source` to `path` (UTF-8), in one pass through the file; all of them or nothing."""
    path = path.resolve()
    number, name = tempfile.mkstemp(prefix=f".{path.name}.", dir=path.parent)
    try:
        with os.fdopen(number, "w", encoding="utf-8", newline="") as file:
            os.fchmod(number, 0o644)
            out = csv.writer(file)
            out.writerow([*_names(source), *TOLD])
            out.writerows(_rows(source, refused))
        Path(name).replace(path)
    except BaseException:
        Path(name).unlink(missing_ok=True)
        raise


def _rows(source: Source, refused: Iterator[Refusal]) -> Iterator[list[Any]]:
    waiting = next(refused, None)
    for batch in source.batches(BATCH):
        places = {number: place for place, number in enumerate(batch.numbers)}
        last = max([*places, *(broken.row or 0 for broken in batch.broken)], default=0)
        while waiting is not None and (waiting.row or 0) <= last:
            yield [*_original(source, batch, places.get(waiting.row or 0)), *_why(waiting)]
            waiting = next(refused, None)
        if waiting is None:
            return


def _same(path: Path, other: Path) -> bool:
    try:
        return path.samefile(other)
    except OSError:  # one of them is not there, or may not be looked at
        return path.absolute() == other.absolute()


def _taken(path: Path, why: str) -> errors.BadFile:
    return unreadable(
        path,
        f"the refused rows cannot be written there: {why}",
        code="input.refused_path",
        hint="Say another path: --refused PATH.",
    )


def _names(source: Source) -> list[str]:
    """The file's own columns: a file of refused rows, mended and imported, has reasons of last time."""
    return [name for name in source.columns if name not in TOLD]


def _original(source: Source, batch: Batch, place: int | None) -> Sequence[Any]:
    if place is None:
        return [None] * len(_names(source))
    return [_text(batch.columns[name][place]) if name in batch.columns else None for name in _names(source)]


def _why(refusal: Refusal) -> list[Any]:
    return [refusal.row, refusal.line, refusal.code, refusal.attribute, refusal.reason]


def _text(value: Any) -> Any:
    return shapely.to_wkt(shapely.from_wkb(value), rounding_precision=-1) if isinstance(value, bytes) else value

"""The refused rows as a CSV: what stood in the file, and why it was refused; to be mended and imported again."""

import csv
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import shapely

from baseregistry.db import Reading
from baseregistry.registries.imports.files import Batch, Source
from baseregistry.registries.imports.order import BATCH, Refusal

TOLD = ("refused_row", "refused_line", "refused_code", "refused_attribute", "refused_reason")


def refusals(reading: Reading, limit: int | None = None) -> Iterator[Refusal]:
    """The refused rows in the file's order, one reason each."""
    rows = reading.execute(
        'SELECT DISTINCT ON ("row") "row", line, code, attribute, reason FROM import_refused'
        ' ORDER BY "row", said LIMIT :limit',
        {"limit": limit},
    )
    return (Refusal(row.row, row.line, row.code, row.attribute, row.reason) for row in rows)


def write(path: Path, source: Source, refused: Iterator[Refusal]) -> None:
    """Write the refused rows of `source` to `path` (UTF-8), in one pass through the file."""
    with path.open("w", encoding="utf-8", newline="") as file:
        out = csv.writer(file)
        out.writerow([*_names(source), *TOLD])
        waiting = next(refused, None)
        for batch in source.batches(BATCH):
            places = {number: place for place, number in enumerate(batch.numbers)}
            last = max([*places, *(broken.row or 0 for broken in batch.broken)], default=0)
            while waiting is not None and (waiting.row or 0) <= last:
                place = places.get(waiting.row or 0)
                out.writerow([*_original(source, batch, place), *_why(waiting)])
                waiting = next(refused, None)
            if waiting is None:
                return


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

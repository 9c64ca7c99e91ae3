"""CSV: one header line, then rows.  The delimiter is told by the header; text is UTF-8 unless said otherwise."""

import codecs
import csv
from collections.abc import Iterator
from pathlib import Path
from typing import BinaryIO
from unicodedata import normalize

from baseregistry import errors
from baseregistry.registries.imports.failures import bad_encoding, too_long, unreadable
from baseregistry.registries.imports.order import Refusal
from baseregistry.registries.imports.sources import LONGEST, Batch

DELIMITERS = ",;\t|"


class Delimited:
    """A CSV file (RFC 4180; also with semicolons, tabs or bars).  Geometry stands in a column as WKT."""

    optional: tuple[str, ...] = ()
    total: int | None = None
    crs: str | None = None

    def __init__(self, path: Path, encoding: str | None) -> None:
        self.path = path
        self.encoding = known_encoding(encoding or "utf-8")
        with path.open("rb") as file:
            first = next(self._lines(file), "")
        self.delimiter = max(DELIMITERS, key=first.count)
        with path.open("rb") as file:
            header = next(self._rows(file), (1, []))[1]
        self.columns = tuple(normalize("NFC", name.strip()) for name in header)
        self._check_header()

    def batches(self, size: int) -> Iterator[Batch]:
        """The rows after the header; `lines` are where they begin."""
        with self.path.open("rb") as file:
            rows = self._rows(file)
            next(rows, None)
            good, broken = [], []
            for number, (line, row) in enumerate(rows, 1):
                if len(row) == len(self.columns):
                    good.append((number, line, row))
                elif row:
                    broken.append(self._broken(number, line, row))
                if len(good) + len(broken) == size:
                    yield self._batch(good, broken)
                    good, broken = [], []
            if good or broken:
                yield self._batch(good, broken)

    def _batch(self, good: list[tuple[int, int, list[str]]], broken: list[Refusal]) -> Batch:
        columns = list(zip(*(row for _, _, row in good), strict=True)) or [()] * len(self.columns)
        named = dict(zip(self.columns, columns, strict=True))
        return Batch([number for number, _, _ in good], [line for _, line, _ in good], named, broken)

    def _broken(self, number: int, line: int, row: list[str]) -> Refusal:
        said = f"The row has {len(row)} fields, the header {len(self.columns)}."
        return Refusal(number, line, "input.wrong_field_count", None, said)

    def _rows(self, file: BinaryIO) -> Iterator[tuple[int, list[str]]]:
        """Each record with the line on which it begins."""
        csv.field_size_limit(LONGEST)
        reader = csv.reader(self._lines(file), delimiter=self.delimiter, strict=True)
        line = 1
        try:
            for row in reader:
                yield line, row
                line = reader.line_num + 1
        except csv.Error as failure:
            if "field limit" in str(failure):
                raise too_long(self.path, line, "a field", LONGEST) from failure
            hint = "A quote stands open or in the wrong place: quote the field, and double the quotes in it."
            raise unreadable(self.path, f"line {line}: {failure}", code="input.bad_csv", hint=hint) from failure

    def _lines(self, file: BinaryIO) -> Iterator[str]:
        number = 0
        while raw := file.readline(LONGEST + 1):
            number += 1
            if len(raw) > LONGEST:
                raise too_long(self.path, number, "a line", LONGEST)
            if number == 1:
                raw = raw.removeprefix(codecs.BOM_UTF8)
            try:
                yield raw.decode(self.encoding)
            except UnicodeError as failure:
                raise bad_encoding(self.path, number, self.encoding) from failure

    def _check_header(self) -> None:
        twice = sorted({name for name in self.columns if self.columns.count(name) > 1})
        if not self.columns or twice or "" in self.columns:
            said = f"the header names {', '.join(twice)} twice" if any(twice) else "a column of the header has no name"
            raise unreadable(
                self.path,
                said if self.columns else "the file is empty",
                code="input.bad_header",
                hint="The first line names the columns, each once.",
            )


def known_encoding(encoding: str) -> str:
    """The encoding's own name.  Raises errors.BadInput when it is none that text is read in."""
    try:
        name = codecs.lookup(encoding).name
        b"code,name".decode(name)  # base64 and its like are codecs, and no encodings of text
    except (LookupError, ValueError) as failure:
        raise errors.BadInput(
            f"{encoding!r} is no encoding.", code="input.unknown_encoding", hint="Give utf-8, cp1258, cp1252 …"
        ) from failure
    if name.startswith(("utf-16", "utf-32")):
        raise errors.BadInput(f"{name} is not read.", code="input.unknown_encoding", hint="Save the file as UTF-8.")
    return name

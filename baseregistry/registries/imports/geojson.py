"""GeoJSON (RFC 7946), read feature by feature: a file of any size, on one line or on many, in the memory of a batch.

A `crs` member as GeoJSON had before 2016 (QGIS still writes it) is read; without one, coordinates are WGS 84.
"""

import codecs
import json
import re
from collections.abc import Iterator
from itertools import chain
from pathlib import Path
from typing import Any

import orjson

from baseregistry.registries.imports.failures import bad_encoding, too_long, unreadable
from baseregistry.registries.imports.order import Refusal
from baseregistry.registries.imports.sources import GEOMETRY, LONGEST, Batch

CHUNK = 2**20
CRS84 = "EPSG:4326"  # the same datum; coordinates are taken in the order longitude, latitude
MEMBERS = (GEOMETRY, "id")
BLANK = re.compile(r"[ \t\r\n]*")
BETWEEN = re.compile(r"[ \t\r\n,]*")
DECODER = json.JSONDecoder()


class GeoJson:
    """A FeatureCollection.  A feature's `id` is a column that may be left unused."""

    optional: tuple[str, ...] = ("id",)  # a member of the feature, or a property of that name
    total: int | None = None

    def __init__(self, path: Path) -> None:
        self.path = path
        self.columns: tuple[str, ...] = MEMBERS
        self.crs: str | None = CRS84
        self._peek()

    def batches(self, size: int) -> Iterator[Batch]:
        """The features; `columns` grow by what a batch brings."""
        waiting = []
        for number, (line, feature) in enumerate(self._features(), 1):
            if isinstance(feature, dict) and feature.get(GEOMETRY) is not None:
                feature[GEOMETRY] = orjson.dumps(feature[GEOMETRY]).decode()  # one text: lists of lists tire Python
            waiting.append((number, line, feature))
            if len(waiting) == size:
                yield self._batch(waiting)
                waiting = []
        if waiting:
            yield self._batch(waiting)

    def _peek(self) -> None:
        """Read the columns of the first feature, so that a CRS before the features is known."""
        for batch in self.batches(1):
            self.columns = tuple(batch.columns)
            return

    def _batch(self, rows: list[tuple[int, int, Any]]) -> Batch:
        good = [row for row in rows if isinstance(row[2], dict) and row[2].get("type") == "Feature"]
        broken = [
            Refusal(number, line, "input.no_feature", None, "This is no GeoJSON feature.")
            for number, line, feature in rows
            if not isinstance(feature, dict) or feature.get("type") != "Feature"
        ]
        facts = [feature.get("properties") or {} for _, _, feature in good]
        names = dict.fromkeys([*self.columns, *chain.from_iterable(facts)])
        columns = {name: [fact.get(name) for fact in facts] for name in names if name not in MEMBERS}
        for member in MEMBERS:
            own = member != GEOMETRY and any(member in fact for fact in facts)
            columns[member] = [row.get(member) for row in (facts if own else (feature for _, _, feature in good))]
        self.columns = tuple(columns)
        return Batch([number for number, _, _ in good], [line for _, line, _ in good], columns, broken)

    def _features(self) -> Iterator[tuple[int, Any]]:
        """Each feature with its line; other members of the collection are passed over, but for `crs`."""
        with _Text(self.path) as text:
            text.expect("{")
            found = False
            while not text.take("}"):
                text.take(",")
                name = text.value()
                text.expect(":")
                if name == "features":
                    found = True
                    yield from text.items()
                elif name == "crs":
                    self._note_crs(text.value(), late=found)
                else:
                    text.value()
            if not found:
                raise unreadable(self.path, "it is no GeoJSON FeatureCollection: no features", code="input.bad_geojson")

    def _note_crs(self, said: Any, *, late: bool) -> None:
        properties = said.get("properties") if isinstance(said, dict) else None
        name = str((properties or {}).get("name", "")).upper()
        code = re.search(r"EPSG:+(?:[0-9.]*:)?([0-9]+)$", name)
        crs = f"EPSG:{code[1]}" if code else (CRS84 if name.endswith("CRS84") else None)
        if late and crs != self.crs:
            said_late = "its CRS is named after its features, where it is too late to be used"
            raise unreadable(self.path, said_late, code="input.late_crs", hint=f"Say it: --crs {crs or 'EPSG:…'}.")
        self.crs = crs


class _Text:
    """The text of a JSON file through a window that moves on, with the line where it stands."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.line = 1
        self._window, self._at = "", 0
        self._decoder = codecs.getincrementaldecoder("utf-8-sig")()

    def __enter__(self) -> "_Text":
        self._file = self.path.open("rb")
        return self

    def __exit__(self, *_: object) -> None:
        self._file.close()

    def items(self) -> Iterator[tuple[int, Any]]:
        """The items of an array, each with its line."""
        self.expect("[")
        while True:
            self._skip(BETWEEN)
            if self._window.startswith("]", self._at):
                self._at += 1
                return
            line = self.line
            yield line, self._value()

    def take(self, mark: str) -> bool:
        """Whether `mark` comes next; if so it is passed."""
        self._skip()
        if self._window.startswith(mark, self._at):
            self._at += 1
            return True
        return False

    def expect(self, mark: str) -> None:
        if not self.take(mark):
            raise self._broken(f"{mark!r} is expected")

    def value(self) -> Any:
        """The next JSON value."""
        self._skip()
        return self._value()

    def _value(self) -> Any:
        """The value that begins here.  Most files put a feature on a line of its own, which is read much faster."""
        end = self._window.find("\n", self._at)
        if end > 0:
            piece = self._window[self._at : end].rstrip(" \t\r").removesuffix(",")
            try:
                value = orjson.loads(piece)
            except orjson.JSONDecodeError:
                pass
            else:
                self._at += len(piece)
                return value
        return self._decoded()

    def _decoded(self) -> Any:
        while True:
            try:
                value, end = DECODER.raw_decode(self._window, self._at)
            except RecursionError as failure:
                raise self._broken("brackets are nested too deep") from failure
            except ValueError as failure:
                if len(self._window) - self._at > LONGEST:
                    raise too_long(self.path, self.line, "a feature", LONGEST) from failure
                if not self._more():
                    raise self._broken(str(failure).partition(": line")[0]) from failure
                continue
            if end < len(self._window) or not self._more():
                self._pass(end)
                return value

    def _pass(self, end: int) -> None:
        self.line += self._window.count("\n", self._at, end)
        self._at = end

    def _skip(self, blank: re.Pattern[str] = BLANK) -> None:
        while True:
            found = blank.match(self._window, self._at)
            end = found.end() if found else self._at
            if end > self._at:
                self._pass(end)
            if end < len(self._window) or not self._more():
                return

    def _more(self) -> bool:
        """Move the window on; reads as much again as it holds, so that a long value is not read too often."""
        data = self._file.read(max(CHUNK, len(self._window) - self._at))
        try:
            text = self._decoder.decode(data, final=not data)
        except UnicodeDecodeError as failure:
            line = self.line + self._window.count("\n", self._at) + data.count(b"\n", 0, failure.start)
            raise bad_encoding(self.path, line, "UTF-8") from failure
        self._window, self._at = self._window[self._at :] + text, 0
        return bool(data)

    def _broken(self, why: str) -> Exception:
        return unreadable(self.path, f"line {self.line}: {why}", code="input.bad_geojson")

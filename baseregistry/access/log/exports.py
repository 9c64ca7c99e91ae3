"""Exports of the access log: files that are written once and never again, each naming the one before by its hash.

One folder for a stretch of groups: the groups with their heads, for each register and month the texts that their digests
are of, the contexts, and a manifest with the SHA-256 of all.  Who keeps them where nothing can be overwritten (WORM) can
prove what the log said, whatever becomes of the database.
"""

import json
import os
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from datetime import datetime
from hashlib import sha256
from pathlib import Path
from typing import IO, Any

from baseregistry import errors
from baseregistry.access.log.contexts import SAID
from baseregistry.access.log.texts import Part, contexts_in, texts
from baseregistry.access.log.verification import GENESIS
from baseregistry.db import Reading

FORMAT = "baseregistry access log, export 1"
MANIFEST = "manifest.json"
GROUPS, CONTEXTS = "groups.jsonl", "contexts.jsonl"
FOLDER = re.compile(r"([0-9]{12})-([0-9]{12})")
TOGETHER = 500  # groups in memory at once
READ_ONLY, SEALED = 0o440, 0o550
FOUND = """
SELECT min(position) AS first, max(position) AS last FROM access_group
WHERE position > :after AND (CAST(:begin AS timestamptz) IS NULL OR at >= CAST(:begin AS timestamptz))
  AND (CAST(:end AS timestamptz) IS NULL OR at < CAST(:end AS timestamptz))"""
CONTEXT = f"SELECT {', '.join(SAID)} FROM access_context WHERE encode(digest, 'hex') = ANY (CAST(:wanted AS text[])) ORDER BY digest"


@dataclass(frozen=True)
class Stretch:
    """One export that is whole: its folder, and what its manifest says."""

    folder: Path
    said: dict[str, Any]

    @property
    def last(self) -> int:
        return int(self.said["last"])

    @property
    def digest(self) -> str:
        """The SHA-256 of the manifest: what to publish, and what the next one names."""
        return sha256((self.folder / MANIFEST).read_bytes()).hexdigest()


@dataclass
class _Written:
    """A file on its way: it must not be there yet."""

    path: Path
    handle: IO[bytes] = field(init=False)
    digest: Any = field(default_factory=sha256)
    lines: int = 0
    bytes: int = 0

    def __post_init__(self) -> None:
        self.handle = self.path.open("xb")

    def add(self, said: Any) -> None:
        """One line of JSON."""
        line = json.dumps(said, ensure_ascii=False, separators=(",", ":")).encode() + b"\n"
        self.handle.write(line)
        self.digest.update(line)
        self.lines, self.bytes = self.lines + 1, self.bytes + len(line)

    def close(self) -> dict[str, Any]:
        """On the disk, and read only from now on; what the manifest says of it."""
        self.handle.flush()
        os.fsync(self.handle.fileno())
        self.handle.close()
        self.path.chmod(READ_ONLY)
        return {"sha256": self.digest.hexdigest(), "bytes": self.bytes, "lines": self.lines}


def stretches(folder: Path) -> tuple[list[Stretch], list[Path]]:
    """The exports in a folder, in order; and what was begun and has no manifest."""
    whole, begun = [], []
    for path in sorted(folder.iterdir()) if folder.is_dir() else []:
        if FOLDER.fullmatch(path.name) and (path / MANIFEST).is_file():
            whole.append(Stretch(path, json.loads((path / MANIFEST).read_text(encoding="utf-8"))))
        else:
            begun.append(path)
    return whole, begun


def export(reading: Reading, folder: Path, begin: datetime | None, end: datetime | None) -> Stretch | None:
    """Export the groups that were committed from `begin` (None: where the last export ended) until `end` (None: now); None
    where there are none.

    Raises errors.Refused ``access.export_gap`` where it would not follow on the last one in the folder, and
    ``access.export_exists`` for what is there already.
    """
    whole, _ = stretches(folder)
    before = whole[-1] if whole else None
    last = before.last if before else 0
    row = reading.execute(FOUND, {"after": last, "begin": begin, "end": end}).one()
    if row.first is None:
        return None
    if before is not None and row.first != last + 1:
        raise errors.Refused(
            f"The exports in {folder} end with group {last}, and this one would begin with {row.first}.",
            code="access.export_gap",
            hint="Leave out --from, so that it goes on where the last one ended.",
        )
    into = folder / f"{row.first:012}-{row.last:012}"
    try:
        into.mkdir(parents=True)
    except FileExistsError:
        raise errors.Refused(
            f"{into} is there already, without a manifest: an export that was cut off.",
            code="access.export_exists",
            hint="Nothing is overwritten. Export again when more was logged, or move that folder away.",
        ) from None
    return _Export(reading, into).write(row.first, row.last, before)


class _Export:
    """One stretch while it is written."""

    def __init__(self, reading: Reading, folder: Path) -> None:
        self._reading = reading
        self._folder = folder
        self._files: dict[str, _Written] = {}
        self._contexts: set[str] = set()

    def write(self, first: int, last: int, before: Stretch | None) -> Stretch:
        """All files, the manifest last."""
        said: dict[str, Any] = {"format": FORMAT, "first": first, "last": last, "previous_head": self._head(first - 1)}
        for start in range(first, last + 1, TOGETHER):
            self._groups(start, min(last, start + TOGETHER - 1))
        self._all(CONTEXTS, self._used())
        said |= {"head": self._head(last), "previous": _named(before)}
        said["files"] = {name: file.close() for name, file in sorted(self._files.items())}
        manifest = self._folder / MANIFEST
        with manifest.open("x", encoding="utf-8") as handle:
            handle.write(json.dumps(said, ensure_ascii=False, indent=1) + "\n")
            handle.flush()
            os.fsync(handle.fileno())
        manifest.chmod(READ_ONLY)
        self._folder.chmod(SEALED)
        return Stretch(self._folder, said)

    def _groups(self, first: int, last: int) -> None:
        statement = (
            "SELECT position, access_micros(at) AS at, parts, encode(head, 'hex') AS head FROM access_group"
            " WHERE position BETWEEN :first AND :last ORDER BY position"
        )
        for row in self._reading.execute(statement, {"first": first, "last": last}):
            self._add(GROUPS, row._asdict())
        for position, part, text in texts(self._reading, first, last):
            self._add(file_of(part), {"position": position, "text": text})
            self._contexts.update(contexts_in(part, text))

    def _used(self) -> Iterator[dict[str, Any]]:
        for row in self._reading.execute(CONTEXT, {"wanted": sorted(self._contexts)}):
            said = row._asdict()
            yield {**said, "document": bytes(said["document"]).hex()}

    def _head(self, position: int) -> str:
        statement = "SELECT encode(head, 'hex') FROM access_group WHERE position = :position"
        found = self._reading.execute(statement, {"position": position}).scalar()
        return str(found) if found else GENESIS.hex()

    def _all(self, name: str, lines: Iterable[dict[str, Any]]) -> None:
        for line in lines:
            self._add(name, line)

    def _add(self, name: str, said: dict[str, Any]) -> None:
        if name not in self._files:
            self._files[name] = _Written(self._folder / name)
        self._files[name].add(said)


def file_of(part: Part) -> str:
    """What the file of a register and month is called."""
    register, month = part
    return f"{register}-{month}.jsonl"


def _named(before: Stretch | None) -> dict[str, str] | None:
    return {"folder": before.folder.name, "manifest": before.digest} if before else None

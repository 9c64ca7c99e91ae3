"""`baseregistry verify --access --from DIR`: checks exports of the access log by themselves, without a database.

Every file against its manifest, the chain of manifests, the chain of heads, each part of each group against the text it is
the digest of, and every context against its name.
"""

import json
from collections.abc import Iterator
from hashlib import sha256
from pathlib import Path
from typing import Any

from baseregistry import errors
from baseregistry.access.log.contexts import digest_of
from baseregistry.access.log.exports import CONTEXTS, FORMAT, GROUPS, Stretch, file_of, stretches
from baseregistry.access.log.texts import Part, contexts_in
from baseregistry.access.log.verification import DROPPED, GENESIS, Problem, Verdict, parts_of

BLOCK = 1 << 20


def verify(folder: Path, expected: tuple[int, str] | None = None) -> Verdict:
    """Check all exports in a folder; `expected` is a position and the head once published for it.

    Raises errors.NotFound ``access.no_export`` where there is none.
    """
    whole, begun = stretches(folder)
    if not whole:
        raise errors.NotFound(
            f"There is no export of the access log in {folder}.",
            code="access.no_export",
            hint="Name the folder that was given to `baseregistry access export`.",
        )
    verdict, before = Verdict(position=int(whole[0].said["first"]) - 1, head=str(whole[0].said["previous_head"])), None
    if verdict.position == 0 and verdict.head != GENESIS.hex():
        verdict.problems.append(Problem(0, "The first export does not begin with the beginning of the chain."))
    verdict.problems += [Problem(0, f"{path.name} belongs to no export.") for path in begun]
    dropped = {part for stretch in whole for part in _dropped(stretch)}
    for stretch in whole:
        _Checked(stretch, verdict, expected, dropped).check(before)
        before = stretch
    if expected and expected[0] > verdict.position:
        verdict.problems.append(
            Problem(expected[0], f"The exports end at {verdict.position}, before the published head.")
        )
    verdict.problems.sort(key=lambda problem: problem.position)
    return verdict


class _Checked:
    """One stretch against its manifest and what came before."""

    def __init__(
        self, stretch: Stretch, verdict: Verdict, expected: tuple[int, str] | None, dropped: set[tuple[str, str]]
    ) -> None:
        self.stretch = stretch
        self.verdict = verdict
        self.expected = expected
        self.dropped = dropped  # the months of which the chain itself says that they were
        self.files: dict[str, Iterator[dict[str, Any]]] = {}
        self.ahead: dict[str, dict[str, Any] | None] = {}
        self.contexts: set[str] = set()

    def check(self, before: Stretch | None) -> None:
        """All of it; problems are told to the verdict."""
        said, first = self.stretch.said, self.verdict.position + 1
        named = {"folder": before.folder.name, "manifest": before.digest} if before else said.get("previous")
        if said.get("format") != FORMAT or said.get("first") != first or said.get("previous") != named:
            self._problem(first, f"The manifest of {self.stretch.folder.name} does not follow on the one before.")
        if not self._whole(said.get("files", {})):
            self.verdict.position, self.verdict.head = self.stretch.last, str(said.get("head"))
            return
        self.contexts = {self._context(line) for line in self._lines(CONTEXTS)}
        for line in self._lines(GROUPS):
            self._group(line)
        for name in [name for name in self.files if self._next(name) is not None]:
            self._problem(self.verdict.position, f"{name} holds more than the groups say.")
        if (self.verdict.position, self.verdict.head) != (said.get("last"), said.get("head")):
            self._problem(self.verdict.position, "The groups end otherwise than the manifest says.")

    def _whole(self, files: dict[str, Any]) -> bool:
        """Whether the files are those that the manifest names, byte by byte."""
        there = {path.name for path in self.stretch.folder.iterdir()} - {"manifest.json"}
        wrong = sorted(there ^ files.keys()) + [
            name
            for name in sorted(there & files.keys())
            if _digest(self.stretch.folder / name) != files[name]["sha256"]
        ]
        for name in wrong:
            self._problem(
                int(self.stretch.said["first"]), f"{self.stretch.folder.name}/{name} is not what was written."
            )
        return not wrong

    def _group(self, group: dict[str, Any]) -> None:
        position, verdict = int(group["position"]), self.verdict
        if position != verdict.position + 1:
            self._problem(verdict.position + 1, f"The export goes on at {position}: groups are missing.")
        said = position.to_bytes(8, signed=True) + int(group["at"]).to_bytes(8, signed=True) + group["parts"].encode()
        if sha256(bytes.fromhex(verdict.head) + said).hexdigest() != group["head"]:
            self._problem(position, "The head does not follow from the group and the one before.")
        if self.expected and position == self.expected[0] and group["head"] != self.expected[1].lower():
            self._problem(position, f"The head is not the published one ({self.expected[1]}).")
        for part, (rows, digest) in sorted(parts_of(group["parts"]).items()):
            self._part(position, Part(*part), rows, digest)
        verdict.position, verdict.head = position, group["head"]

    def _part(self, position: int, part: Part, rows: int, digest: str) -> None:
        name = file_of(part)
        line = self._next(name)
        if line is None or line["position"] != position:
            if tuple(part) in self.dropped:
                self.verdict.dropped += rows
            else:
                self._problem(position, f"What was told of {part.register} in {part.month} is missing.")
            return
        self.ahead.pop(name)
        if sha256(line["text"].encode()).hexdigest() != digest:
            self._problem(position, f"What was told of {part.register} in {part.month} is not what was written.")
        for lost in contexts_in(part, line["text"]) - self.contexts:
            self._problem(position, f"The context {lost} is missing.")
        self.verdict.rows += rows

    def _context(self, line: dict[str, Any]) -> str:
        return digest_of(line).hex()

    def _next(self, name: str) -> dict[str, Any] | None:
        """The next line of a file, which stays the next one until it is taken out of `ahead`."""
        if name not in self.files:
            self.files[name] = self._lines(name)
        if name not in self.ahead:
            self.ahead[name] = next(self.files[name], None)
        return self.ahead[name]

    def _lines(self, name: str) -> Iterator[dict[str, Any]]:
        return _lines(self.stretch.folder / name)

    def _problem(self, position: int, message: str) -> None:
        self.verdict.problems.append(Problem(position, message))


def _dropped(stretch: Stretch) -> Iterator[tuple[str, str]]:
    """The months that a group of the stretch says were dropped after their time."""
    for group in _lines(stretch.folder / GROUPS):
        for line in group["parts"].splitlines():
            word, *said = line.split(" ")
            if word == DROPPED:
                yield said[0], said[1]


def _lines(path: Path) -> Iterator[dict[str, Any]]:
    if path.is_file():
        with path.open(encoding="utf-8") as handle:
            yield from map(json.loads, handle)


def _digest(path: Path) -> str:
    made = sha256()
    with path.open("rb") as handle:
        while block := handle.read(BLOCK):
            made.update(block)
    return made.hexdigest()

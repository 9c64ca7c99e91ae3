"""Manifests as tools write them: the file of a release, read into the documents it lists.

Two formats are known by their shape: Apollo's persisted-query manifest (`operations` with `id` and `body`), and Relay's
persisted file, an object from SHA-256 to text.  A text is called by its SHA-256, so every id must be that.
"""

import re
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path
from typing import Any

from baseregistry import errors
from baseregistry.access import objects

APOLLO, RELAY = "apollo", "relay"
APOLLO_FORMAT = "apollo-persisted-query-manifest"
LARGEST = 20_000_000  # bytes
MOST = 5_000  # documents
DIGEST = re.compile(r"[0-9a-f]{64}", re.ASCII)
MD5 = re.compile(r"[0-9a-f]{32}", re.ASCII)
SHAPES = (
    f'It is either Apollo\'s {{"format": "{APOLLO_FORMAT}", "version": 1, "operations": […]}},'
    ' or Relay\'s {"<SHA-256>": "<text>", …}.'
)


@dataclass(frozen=True, slots=True)
class Listed:
    """One document of a manifest: where it stands, its SHA-256 (hexadecimal), its text; the name and the type of its
    operation, as far as the file says them."""

    place: str
    sha256: str
    text: str
    name: str | None = None
    kind: str | None = None


@dataclass(frozen=True, slots=True)
class Manifest:
    """A file: its format, its own SHA-256, its documents."""

    format: str
    sha256: str
    documents: tuple[Listed, ...]


def read_manifest(file: Path) -> Manifest:
    """The manifest in a file.  Raises errors.BadFile ``access.bad_manifest`` with the place of what is wrong."""
    raw = _bytes(file)
    try:
        said = objects.read(raw)
    except ValueError as failure:
        raise _bad(file.name, f"is not JSON: {failure}", SHAPES) from failure
    found = RELAY if said and all(_is_hash(name) for name in said) else APOLLO
    documents = tuple(_relay(file.name, said) if found == RELAY else _apollo(file.name, said))
    if not 0 < len(documents) <= MOST:
        raise _bad(file.name, f"lists {len(documents):,} documents", f"It has 1 to {MOST:,}.")
    twice = [name for name, count in Counter(one.sha256 for one in documents).items() if count > 1]
    if twice:
        raise _bad(file.name, f"lists the document {twice[0]} twice", "Once is enough.")
    return Manifest(found, sha256(raw).hexdigest(), documents)


def _bytes(file: Path) -> bytes:
    try:
        with file.open("rb") as opened:
            raw = opened.read(LARGEST + 1)
    except OSError as failure:
        raise _bad(str(file), f"cannot be read: {failure.strerror}", "Name a manifest file.") from failure
    if len(raw) > LARGEST:
        raise _bad(file.name, f"is larger than {LARGEST:,} bytes", "Register it in parts.")
    return raw


def _is_hash(name: str) -> bool:
    return bool(DIGEST.fullmatch(name) or MD5.fullmatch(name))


def _relay(file: str, said: dict[str, Any]) -> Iterator[Listed]:
    for number, (name, text) in enumerate(said.items(), 1):
        place = f"{file}: document {number}"
        if MD5.fullmatch(name):
            hint = 'Relay\'s default is MD5: set "algorithm": "SHA256" in `persistConfig`, and compile again.'
            raise _bad(place, f"is named by an MD5 ({name})", hint)
        yield _listed(place, name, text, None, None)


def _apollo(file: str, said: dict[str, Any]) -> Iterator[Listed]:
    if said.get("format") != APOLLO_FORMAT or not isinstance(said.get("operations"), list):
        raise _bad(file, "is no manifest", SHAPES)
    if said.get("version") != 1:
        raise _bad(file, f"is of version {said.get('version')!r}", "Version 1 is known.")
    for number, one in enumerate(said["operations"], 1):
        place = f"{file}: operation {number}"
        if not isinstance(one, dict):
            raise _bad(place, "is no object", SHAPES)
        name, kind = one.get("name"), one.get("type")
        if not isinstance(name, str) or kind not in ("query", "mutation", "subscription"):
            raise _bad(
                place, "says no `name`, or no `type` that is one", 'It is "query", "mutation" or "subscription".'
            )
        yield _listed(f"{place} ({name})", one.get("id"), one.get("body"), name, kind)


def _listed(place: str, name: Any, text: Any, operation: str | None, kind: str | None) -> Listed:
    if not isinstance(text, str) or not text.strip():
        raise _bad(place, "has no text", SHAPES)
    try:
        digest = sha256(text.encode()).hexdigest()
    except UnicodeEncodeError:
        raise _bad(place, "has a text that is no Unicode", "Half of a surrogate pair stands alone in it.") from None
    if name != digest:
        hint = "Documents are called by the SHA-256 of their exact text in UTF-8, in hexadecimal digits, lower case."
        raise _bad(place, f"is named {str(name)[:80]!r}, and the SHA-256 of its text is {digest}", hint)
    return Listed(place, digest, text, operation, kind)


def _bad(place: str, said: str, hint: str) -> errors.BadFile:
    return errors.BadFile(f"{place} {said}.", code="access.bad_manifest", hint=hint, where={"place": place})

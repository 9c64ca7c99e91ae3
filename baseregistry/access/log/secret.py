"""The secret under which the log hashes what was asked by: a number that found nobody is told to nobody.

It lies in the data folder, or in a file that a setting names, and never in the database: who has the log alone cannot
try all numbers.
"""

import os
from collections.abc import Iterable
from functools import lru_cache
from hashlib import sha256
from pathlib import Path
from typing import TYPE_CHECKING

from baseregistry.errors import Unavailable
from baseregistry.settings import Settings

if TYPE_CHECKING:
    import hashlib

FILE = "access-log.key"
LENGTH = 32  # bytes
BLOCK = 64  # bytes of SHA-256
SHORT = 16  # bytes of each hash that are kept


def secret(settings: Settings) -> bytes:
    """The installation's secret (mode 0600), made when first needed.  Raises Unavailable when others could read it."""
    path = settings.data.expanduser() / FILE
    try:
        if not path.exists():
            _make(path)
        if path.stat().st_mode & 0o077:
            raise Unavailable(
                f"The key of the access log, {path}, can be read by others.",
                code="access.key_exposed",
                hint="Set its mode to 0600; if somebody else may have read it, replace it.",
            )
        read = path.read_bytes()
    except OSError as failure:
        raise _unreadable(path, str(failure)) from failure
    if len(read) != LENGTH:
        raise _unreadable(path, f"it has not {LENGTH} bytes")
    return read


def _unreadable(path: Path, why: str) -> Unavailable:
    return Unavailable(
        f"The key of the access log, {path}, cannot be used: {why}",
        code="access.key_unreadable",
        hint="Restore it from the backup: hashes of what was asked by can only be compared under the same key.",
    )


def _make(path: Path) -> None:
    """Write a new key; of two processes that try at once, the first one's key stands."""
    path.parent.mkdir(parents=True, exist_ok=True)
    draft = path.with_suffix(f".{os.getpid()}")
    with os.fdopen(os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "wb") as file:
        file.write(os.urandom(LENGTH))
    try:
        os.link(draft, path)
    except FileExistsError:
        pass
    finally:
        draft.unlink()


def hashed(key: bytes, values: Iterable[object]) -> bytes:
    """The keyed hashes (HMAC-SHA256, 16 bytes each) of all values, one after the other; of a list those of its items."""
    inner, outer = _begun(key)
    found = []
    for text in _texts(values):
        within, around = inner.copy(), outer.copy()
        within.update(text.encode())
        around.update(within.digest())
        found.append(around.digest()[:SHORT])
    return b"".join(found)


@lru_cache(maxsize=4)
def _begun(key: bytes) -> tuple["hashlib._Hash", "hashlib._Hash"]:
    """The two hashes of an HMAC (RFC 2104) that have taken in the key: to go on from copies takes half the time."""
    block = (sha256(key).digest() if len(key) > BLOCK else key).ljust(BLOCK, b"\0")
    return sha256(bytes(byte ^ 0x36 for byte in block)), sha256(bytes(byte ^ 0x5C for byte in block))


def _texts(values: Iterable[object]) -> Iterable[str]:
    for value in values:
        if isinstance(value, list | tuple):
            yield from _texts(value)
        elif value is not None:
            yield str(value)

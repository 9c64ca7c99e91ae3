"""What does not change from request to request: who asks, for what, by which law, which document.  Written once.

A context is named by the first 16 bytes of the SHA-256 of its canonical JSON, so a row cannot be changed without its name.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from hashlib import sha256
from typing import Any

import orjson

from baseregistry.registries.answer.plan import Told

# The columns in the order in which they are named; those after `document` are JSON.
TEXTS = ("agency", "client", "subject", "official", "role", "purpose", "form", "operation")
SAID = (*TEXTS, "document", "grants", "paths", "levels")


@dataclass(frozen=True, slots=True)
class Level:
    """How the records of one level are written: their register, and whether a record is its own subject (a person)."""

    register: str
    own: bool


@dataclass(frozen=True, slots=True, eq=False)
class Context:
    """One context: its row as JSON (``digest`` in PostgreSQL's notation), and its levels by number."""

    digest: bytes
    row: bytes
    levels: tuple[Level, ...]
    hexadecimal: bytes = field(default=b"")


def context(said: Mapping[str, Any], told: tuple[Told, ...]) -> Context:
    """The context of `said`: `TEXTS`, ``document`` (SHA-256), ``grants`` and ``paths``; `told` are its levels."""
    levels = [
        {"entity": one.entity, "fields": one.fields, "conditions": one.conditions, "opened": one.opened} for one in told
    ]
    row = {**said, "document": said["document"].hex(), "levels": levels}
    digest = digest_of(row)
    stored = {**row, "digest": f"\\x{digest.hex()}", "document": f"\\x{row['document']}"}
    of = tuple(Level(one.entity.partition(".")[0], one.entity == "population.person") for one in told)
    return Context(digest, orjson.dumps(stored), of, digest.hex().encode())


def digest_of(row: Mapping[str, Any]) -> bytes:
    """The name of a context whose columns are `row`, the document's digest in hexadecimal."""
    return sha256(orjson.dumps([row[name] for name in SAID], option=orjson.OPT_SORT_KEYS)).digest()[:16]

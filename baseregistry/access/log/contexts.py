"""What does not change from request to request: who asks, for what, by which law, which document.  Written once.

A context is named by the first 16 bytes of the SHA-256 of its canonical JSON, so a row cannot be changed without its name.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from hashlib import sha256
from typing import Any

import orjson

from baseregistry.registries.answer.plan import Told
from baseregistry.registries.answer.told import PERSON

# The columns in the order in which they are named; those after `document` are JSON.
TEXTS = ("agency", "client", "subject", "official", "role", "purpose", "form", "operation")
SAID = (*TEXTS, "document", "grants", "paths", "levels")


@dataclass(frozen=True, slots=True)
class Place:
    """The levels of one register: which of them are of persons, who are their own subjects, and how their keys begin."""

    register: str
    own: bytes  # their numbers, separated by commas; a dash where there is none
    begins: tuple[bytes, ...]


@dataclass(frozen=True, slots=True, eq=False)
class Context:
    """One context: its row as JSON (``digest`` in PostgreSQL's notation), and the registers of its levels."""

    digest: bytes
    row: bytes
    places: tuple[Place, ...]
    hexadecimal: str


def context(said: Mapping[str, Any], told: tuple[Told, ...]) -> Context:
    """The context of `said`: `TEXTS`, ``document`` (SHA-256), ``grants`` and ``paths``; `told` are its levels."""
    levels = [
        {"entity": one.entity, "fields": one.fields, "conditions": one.conditions, "opened": one.opened} for one in told
    ]
    row = {**said, "document": said["document"].hex(), "levels": levels}
    digest = digest_of(row)
    stored = {**row, "digest": f"\\x{digest.hex()}", "document": f"\\x{row['document']}"}
    return Context(digest, orjson.dumps(stored), _places(told), digest.hex())


def _places(told: tuple[Told, ...]) -> tuple[Place, ...]:
    levels: dict[str, list[int]] = {}
    for number, one in enumerate(told):
        levels.setdefault(one.entity.partition(".")[0], []).append(number)
    return tuple(_place(register, numbers, told) for register, numbers in levels.items())


def _place(register: str, numbers: list[int], told: tuple[Told, ...]) -> Place:
    own = ",".join(str(number) for number in numbers if told[number].entity == PERSON)
    begins = tuple(b"%d%b" % (number, end) for number in numbers for end in (b".", b"/"))
    return Place(register, own.encode() or b"-", begins)


def digest_of(row: Mapping[str, Any]) -> bytes:
    """The name of a context whose columns are `row`, the document's digest in hexadecimal."""
    return sha256(orjson.dumps([row[name] for name in SAID], option=orjson.OPT_SORT_KEYS)).digest()[:16]

"""Rules of meaning: what must, or should, be true across facts.  Each is a plain function over believed versions.

A rule of severity "refuse" is kept by every change, under the ledger's lock; one of severity "warn" makes
findings that can be listed, with their place.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal
from uuid import UUID

from baseregistry.db import Reading


@dataclass(frozen=True, slots=True)
class Finding:
    """One place where a rule is not kept.  `place` is WKT in the storage CRS; `valid` is PostgreSQL's text of a tstzrange."""

    code: str
    severity: str
    entity: str
    record_id: UUID
    message: str
    place: str | None = None
    valid: str | None = None


@dataclass(frozen=True, slots=True)
class Rule:
    """A rule of `entity`.  ``find(reading, touched)`` answers its findings, of all believed versions or only of the
    records listed in the table `touched` (column record_id)."""

    code: str
    entity: str
    severity: Literal["refuse", "warn"]
    summary: str
    find: Callable[[Reading, str | None], list[Finding]]

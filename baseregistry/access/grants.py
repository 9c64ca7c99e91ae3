"""What is in force now: which client may ask which paths, for which purpose, in which units.

A `GrantSet` is what one caller has for one purpose.  Its digest names what a check of a document depends on, so that
a check is done once for each digest; the units themselves are bound when the statement runs.
"""

import hashlib
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Granted:
    """One grant in force: its record and version, the paths it opens, and where.

    `units` are the record ids of units old and new that lie wholly inside today's granted units; None is everywhere.
    `splits` are (old unit, granted new unit) where only a part of the old one went in: geometry decides.
    """

    record_id: str
    recorded_from: int
    paths: frozenset[str]
    masked: frozenset[str]
    units: tuple[str, ...] | None
    splits: tuple[tuple[str, str], ...]
    legal_basis: str


@dataclass(frozen=True, slots=True)
class GrantSet:
    """The grants of one client for one purpose.  `digest` covers what decides on a check, not the units themselves."""

    digest: bytes
    agency: str
    client: str
    purpose: str
    grants: tuple[Granted, ...]


def digest_of(grants: tuple[Granted, ...]) -> bytes:
    """SHA-256 of what a check depends on: each grant's paths, masked paths, and whether it is bound to units."""
    made = hashlib.sha256()
    for grant in grants:
        parts = (grant.record_id, grant.units is None, sorted(grant.paths), sorted(grant.masked))
        made.update(repr(parts).encode())
    return made.digest()


NOBODY = GrantSet(digest=digest_of(()), agency="", client="", purpose="", grants=())

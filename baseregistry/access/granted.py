"""What one caller has for one purpose: the paths of each grant in force, and the units in which it holds.

The digest of a `GrantSet` names what a check of a document depends on, so that a check is done once for each digest; the
units themselves are bound when the statement runs.
"""

import hashlib
from collections.abc import Iterable
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Granted:
    """One grant in force: its record and version, the paths it opens (`masked` ones only masked), and where.

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


def digest_of(grants: Iterable[Granted]) -> bytes:
    """SHA-256 of what a check and its statement depend on: each grant's paths, masked paths, whether it is bound to units,
    and whether to halves of units."""
    made = hashlib.sha256()
    for grant in grants:
        bound = grant.units is not None, bool(grant.splits)
        made.update(repr((grant.record_id, bound, sorted(grant.paths), sorted(grant.masked))).encode())
    return made.digest()


NOBODY = GrantSet(digest=digest_of(()), agency="", client="", purpose="", grants=())

"""What the doors tell the access log: one answer, by whom it was asked, what it told of whom.  Returns when it is kept.

What does not change between requests (the context) is made once for each caller and prepared document.
"""

import time
from collections.abc import Hashable, Sequence
from dataclasses import dataclass
from hashlib import sha256
from typing import Any, Protocol

from baseregistry.access.grants import Granted, GrantSet
from baseregistry.access.log.contexts import Context, context
from baseregistry.access.log.groups import Entry
from baseregistry.access.log.secret import hashed
from baseregistry.access.log.writer import Writer
from baseregistry.registries.answer.plan import Snapshot, Told

MOST_CONTEXTS = 10_000
NOTHING: tuple[Any, ...] = ()


class Permit(Protocol):
    """What a caller was allowed: under which grants, each root under one of them, and which paths it asked for."""

    @property
    def grants(self) -> GrantSet: ...

    @property
    def by_root(self) -> tuple[Granted | None, ...]: ...

    @property
    def fields(self) -> tuple[str, ...]: ...


@dataclass(frozen=True, slots=True)
class Asking:
    """Who asks what for what: all of a request that the next one like it has in common.

    `key` names the prepared document; `form` is how it is supplied (``answer``, ``stream``, ``change``).
    """

    key: Hashable
    subject: str
    official: str | None
    purpose: str | None
    permit: Permit | None
    form: str
    operation: str
    document: bytes
    told: tuple[Told, ...] = ()


@dataclass(frozen=True, slots=True)
class Said:
    """One answer: when it was asked (microseconds since 1970), in which case, by which personal values, what it was taken
    from, its bytes, the log keys that were in it."""

    asked_at: int
    body: bytes
    case: str | None = None
    values: Sequence[object] = NOTHING
    snapshots: Sequence[Snapshot] = NOTHING
    keys: Sequence[bytes] = NOTHING
    status: int = 200
    code: str | None = None


class AccessLog:
    """The access log of one service."""

    def __init__(self, writer: Writer, secret: bytes) -> None:
        self.writer = writer
        self._secret = secret
        self._contexts: dict[Hashable, tuple[Context, Permit | None]] = {}

    async def keep(self, asking: Asking, said: Said) -> None:
        """Returns when it is committed on the primary.  Raises errors.Unavailable ``access.log_unavailable``."""
        await self.writer.keep(
            Entry(
                said.asked_at,
                now(),
                self._context(asking),
                said.case,
                hashed(self._secret, said.values) if said.values else b"",
                *_taken_from(said.snapshots),
                sha256(said.body).digest(),
                said.status,
                said.code,
                said.keys,
            )
        )

    def _context(self, asking: Asking) -> Context:
        key = (asking.key, asking.subject, asking.official, asking.purpose, asking.form, id(asking.permit))
        found = self._contexts.get(key)
        if found is not None:
            return found[0]
        made = context(_row(asking), asking.told)
        if len(self._contexts) >= MOST_CONTEXTS:
            self._contexts.clear()
        self._contexts[key] = made, asking.permit  # kept, so that its id stays its own
        return made


def now() -> int:
    """Microseconds since 1970."""
    return time.time_ns() // 1000


def _taken_from(snapshots: Sequence[Snapshot]) -> tuple[str, str]:
    """Positions and moments of the roots, in order, each once where all are the same."""
    if len(snapshots) == 1:
        return str(snapshots[0].position), snapshots[0].valid_at
    positions, moments = [str(one.position) for one in snapshots], [one.valid_at for one in snapshots]
    return " ".join(_once(positions)), " ".join(_once(moments))


def _once(said: list[str]) -> list[str]:
    return said[:1] if len(set(said)) == 1 else said


def _row(asking: Asking) -> dict[str, Any]:
    permit = asking.permit
    grants = permit.grants if permit else None
    under = dict.fromkeys(one for one in permit.by_root if one is not None) if permit else {}
    return {
        "agency": grants.agency if grants else "",
        "client": grants.client if grants else "",
        "subject": asking.subject,
        "official": asking.official or "",
        "role": getattr(grants, "role", "") or "",
        "purpose": asking.purpose or (grants.purpose if grants else ""),
        "form": asking.form,
        "operation": asking.operation,
        "document": asking.document,
        "grants": [{"record": one.record_id, "version": one.recorded_from, "law": one.legal_basis} for one in under],
        "paths": list(permit.fields) if permit else [],
    }

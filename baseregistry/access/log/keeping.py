"""What the doors tell the access log: one answer, by whom it was asked, what it told of whom.  Returns when it is kept.

What does not change between requests (the context) is made once for each caller and prepared document.
"""

import time
from collections.abc import AsyncIterator, Awaitable, Callable, Hashable, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from functools import cached_property
from hashlib import sha256
from typing import Any, NamedTuple

from baseregistry.access.grants import Granted, GrantSet
from baseregistry.access.log.contexts import Context, context
from baseregistry.access.log.groups import Entry
from baseregistry.access.log.secret import hashed, secret
from baseregistry.access.log.writer import Writer
from baseregistry.registries.answer.plan import Snapshot, Told
from baseregistry.registries.tables import Installation
from baseregistry.settings import Settings

MOST_CONTEXTS = 10_000
NOTHING: tuple[Any, ...] = ()


@dataclass(frozen=True, slots=True)
class Asking:
    """Who asks what for what: all of a request that the next one like it has in common.

    `form` is how it is supplied: ``answer``, ``stream``, ``change``, or ``refusal``.
    """

    subject: str
    official: str | None
    grants: GrantSet
    form: str
    operation: str
    document: bytes
    told: tuple[Told, ...] = ()
    under: tuple[Granted | None, ...] = ()
    paths: tuple[str, ...] = ()
    role: str = ""  # of the official


class Said(NamedTuple):
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

    def __init__(self, writer: Writer, settings: Settings) -> None:
        self.writer = writer
        self._settings = settings
        self._contexts: dict[Hashable, tuple[Context, object]] = {}

    @cached_property
    def _secret(self) -> bytes:
        return secret(self._settings)

    async def caught_up(self) -> int:
        """Make the log's tables complete up to the group that is last now; answers its position.  For whoever reads them.

        Raises errors.Unavailable ``access.log_behind`` when that takes too long."""
        return await self.writer.unpacking.caught_up()

    def keep(self, context: Context, said: Said) -> Awaitable[None]:
        """To be awaited until it is committed on the primary.  Raises errors.Unavailable ``access.log_unavailable``."""
        asked = hashed(self._secret, said.values) if said.values else b""
        known, valid_at = _taken_from(said.snapshots)
        answer = sha256(said.body).digest()
        return self.writer.keep(
            Entry(
                said.asked_at,
                now(),
                context,
                said.case,
                asked,
                known,
                valid_at,
                answer,
                said.status,
                said.code,
                said.keys,
            )
        )

    def context(self, key: Hashable, alive: object, asking: Callable[[], Asking]) -> Context:
        """The context under `key`, made of `asking` when it is not known; `alive` is kept as long, so that an ``id()`` in
        the key stays its own."""
        found = self._contexts.get(key)
        if found is not None:
            return found[0]
        said = asking()
        made = context(_row(said), said.told)
        if len(self._contexts) >= MOST_CONTEXTS:
            self._contexts.clear()
        self._contexts[key] = made, alive
        return made


@asynccontextmanager
async def opened(url: str, installation: Installation, settings: Settings) -> AsyncIterator[AccessLog]:
    """The access log of an installation while the block lasts; it connects when there is something to write."""
    registers = [registry.name for registry in installation.declarations.registries]
    writer = Writer(url, installation.schema, registers)
    try:
        yield AccessLog(writer, settings)
    finally:
        await writer.close()


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
    grants = asking.grants
    under = {(one.record_id, one.recorded_from): one for one in asking.under if one is not None}
    return {
        "agency": grants.agency,
        "client": grants.client,
        "subject": asking.subject,
        "official": asking.official or "",
        "role": asking.role,
        "purpose": grants.purpose,
        "form": asking.form,
        "operation": asking.operation,
        "document": asking.document,
        "grants": [
            {"record": one.record_id, "version": one.recorded_from, "law": one.legal_basis} for one in under.values()
        ],
        "paths": list(asking.paths),
    }

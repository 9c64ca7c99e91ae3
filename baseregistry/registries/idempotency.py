"""The same request twice is one change: what became of a request that carries a key, and for how long that is kept.

The result is written in the change's own transaction, so it is there exactly when the change is.  Requests with
one key wait for each other before they look; the second finds what the first has written.
"""

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from sqlalchemy.exc import DBAPIError

from baseregistry import errors
from baseregistry.db import Writing
from baseregistry.registries import ledger
from baseregistry.registries.tables import Installation

PUT_AWAY = 100  # results past their time that one change removes


@dataclass(frozen=True, slots=True)
class Request:
    """What is asked to be recorded: the key its caller gave it, and the digest of all it says (32 bytes).

    Two issuers may name two people alike, so keys are kept by issuer and subject; those that were kept by the subject
    alone are still found until their time is over.
    """

    subject: str
    key: str
    digest: bytes
    issuer: str = ""

    @property
    def caller(self) -> str:
        """As the key is kept; no issuer has a space in it."""
        return f"{self.issuer} {self.subject}"


@dataclass(frozen=True, slots=True)
class Result:
    """What became of a request.  `said` is what else it was told, as JSON values."""

    position: int
    said: Mapping[str, Any]


def digest(said: Mapping[str, Any]) -> bytes:
    """The SHA-256 of a request's coerced values as JSON, with sorted names and no space: however it was laid out."""
    return hashlib.sha256(json.dumps(said, sort_keys=True, separators=(",", ":")).encode()).digest()


def earlier(writing: Writing, installation: Installation, request: Request) -> Result | None:
    """The result of the first request with this key; None when this is the first.

    Until the transaction ends, others with the key wait.  Raises errors.Conflict when the first one said something
    else, errors.Busy when another with the key is still being written.
    """
    _alone(writing, installation, request)
    row = writing.execute(
        "SELECT digest, position, result, recorded_at FROM idempotency"
        " WHERE caller IN (:caller, :former) AND key = :key AND kept_until > now() ORDER BY caller = :former LIMIT 1",
        {"caller": request.caller, "former": request.subject, "key": request.key},
    ).one_or_none()
    if row is None:
        return None
    if bytes(row.digest) != request.digest:
        raise errors.Conflict(
            f"The key {request.key!r} was used for another change, recorded at {row.recorded_at.isoformat()}.",
            code="ledger.key_reused",
            hint="A key names one request: repeat that one unchanged, or give this one a key of its own.",
            where={"position": str(row.position)},
        )
    return Result(row.position, row.result)


def keep(writing: Writing, request: Request, result: Result, retention: timedelta) -> None:
    """Keep the result with the change that this transaction writes; what is past its time makes room."""
    writing.execute(
        "DELETE FROM idempotency WHERE (caller, key) IN (SELECT caller, key FROM idempotency WHERE kept_until <= now()"
        f" ORDER BY kept_until LIMIT {PUT_AWAY} FOR UPDATE SKIP LOCKED)"
    )
    writing.execute(
        "DELETE FROM idempotency WHERE caller = :caller AND key = :key",
        {"caller": request.caller, "key": request.key},
    )
    writing.execute(
        "INSERT INTO idempotency (caller, key, digest, position, result, recorded_at, kept_until) VALUES (:caller,"
        " :key, :digest, :position, CAST(:result AS jsonb), now(), now() + CAST(:retention AS interval))",
        {
            "caller": request.caller,
            "key": request.key,
            "digest": request.digest,
            "position": result.position,
            "result": json.dumps(dict(result.said)),
            "retention": retention,
        },
    )


def _alone(writing: Writing, installation: Installation, request: Request) -> None:
    """Only this transaction, of all with the key, from here to its end."""
    writing.execute(f"SET LOCAL lock_timeout = '{ledger.WAIT}'")
    name = f"baseregistry.idempotency.{installation.schema}.{len(request.caller)}.{request.caller}.{request.key}"
    try:
        writing.execute("SELECT pg_advisory_xact_lock(hashtextextended(:name, 1))", {"name": name})
    except DBAPIError as failure:
        if getattr(failure.orig, "sqlstate", None) == "55P03":
            raise errors.Busy(
                f"Another request with the key {request.key!r} is being recorded.",
                code="ledger.busy",
                hint="Repeat it in 30 seconds: then the first one's result is told.",
                where={"retry_after_seconds": 30},
            ) from failure
        raise
    writing.execute("SET LOCAL lock_timeout = 0")

"""The ledger: every change of the registers, in one gapless order, each on somebody's word.

A change has a position, a moment, its provenance and a digest; each head covers all that came before.
Positions order what the register knew; clocks only tell when.
"""

import hashlib
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from enum import Enum
from typing import Any

from sqlalchemy.exc import DBAPIError

from baseregistry import errors, naming
from baseregistry.db import Reading, Writing
from baseregistry.registries import digests
from baseregistry.registries.acts import Verb
from baseregistry.registries.days import TICK
from baseregistry.registries.declare import Entity
from baseregistry.registries.tables import Installation

CLOCK_TOLERANCE = timedelta(seconds=5)
WAIT = "10s"


class Kind(Enum):
    """What sort of change it is."""

    REGISTRATION = "REGISTRATION"
    REAL_WORLD_CHANGE = "REAL_WORLD_CHANGE"
    CORRECTION = "CORRECTION"
    REORGANISATION = "REORGANISATION"
    RETRACTION = "RETRACTION"
    REDACTION = "REDACTION"


@dataclass(frozen=True, slots=True)
class Document:
    """The source document: its number, its date, the SHA-256 of its file."""

    number: str | None = None
    dated: date | None = None
    digest: bytes | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Provenance:
    """On whose word a change stands.  `feed`: the source agency's own feed, which needs no second pair of eyes here."""

    kind: Kind
    agency: str
    recorded_by: str
    event: str | None = None
    document: Document = Document()
    legal_basis: str | None = None
    reason: str | None = None
    case: str | None = None
    approved_by: str | None = None
    source_recorded_at: datetime | None = None
    feed: bool = False

    def columns(self) -> dict[str, Any]:
        """As the columns of ledger_change."""
        return {
            "kind": self.kind.value,
            "event": self.event,
            "agency": self.agency,
            "document_number": self.document.number,
            "document_date": self.document.dated,
            "document_digest": self.document.digest,
            "legal_basis": self.legal_basis,
            "reason": self.reason,
            "case_id": self.case,
            "recorded_by": self.recorded_by,
            "approved_by": self.approved_by,
            "source_recorded_at": self.source_recorded_at,
            "feed": self.feed,
        }


@dataclass(frozen=True, slots=True)
class Invented:
    """A clock and a salt key for a synthetic history: only on an empty ledger, or one that began so."""

    clock: Callable[[], datetime]
    salt_key: bytes

    def salt(self) -> str:
        """SQL for a salt that the same seed makes again."""
        key = f"'\\x{hashlib.sha256(self.salt_key).hexdigest()}'::bytea"
        place = "uuid_send(w.record_id) || convert_to(w.valid::text || :position, 'UTF8')"
        return f"substring(sha256({key} || {place}) FOR 16)"


@dataclass(frozen=True, slots=True)
class Entry:
    """A change as the ledger keeps it, before its digest."""

    position: int
    recorded_at: datetime
    provenance: Provenance
    synthetic: bool = False
    redactions: list[dict[str, Any]] | None = None

    def columns(self) -> dict[str, Any]:
        """As the columns of ledger_change."""
        own = {name: getattr(self, name) for name in ("position", "recorded_at", "synthetic", "redactions")}
        return self.provenance.columns() | own


@dataclass(frozen=True, slots=True)
class Head:
    """The ledger's last change; position 0 is the empty ledger."""

    position: int
    recorded_at: datetime | None
    head: bytes
    synthetic: bool


def head(reading: Reading) -> Head:
    """The last committed position."""
    row = reading.execute(
        "SELECT position, recorded_at, head, synthetic FROM ledger_change ORDER BY position DESC LIMIT 1"
    ).one_or_none()
    return (
        Head(row.position, row.recorded_at, bytes(row.head), row.synthetic)
        if row
        else Head(0, None, digests.GENESIS, False)
    )


def channel(schema: str) -> str:
    """What the ledger in `schema` is called in its database: its advisory lock, and the channel that tells of changes."""
    return f"baseregistry.ledger.{schema}"


def hold(writing: Writing, installation: Installation) -> Head:
    """Hold the ledger until this transaction ends, and tell its head.  Raises errors.Busy after 10 s of waiting."""
    writing.execute(f"SET LOCAL lock_timeout = '{WAIT}'")
    try:
        writing.execute(
            "SELECT pg_advisory_xact_lock(hashtextextended(:name, 0))",
            {"name": channel(installation.schema)},
        )
    except DBAPIError as failure:
        if getattr(failure.orig, "sqlstate", None) == "55P03":
            raise errors.Busy(
                "Another change is being written and holds the ledger.",
                hint="Readers are not affected. Repeat the change in 30 seconds.",
                where={"retry_after_seconds": 30},
            ) from failure
        raise
    writing.execute("SET LOCAL lock_timeout = 0")
    return head(writing)


def now(writing: Writing, last: Head) -> datetime:
    """The moment of a new change: strictly after the head; refused when the clock is more than 5 s behind it."""
    moment: datetime = writing.execute("SELECT clock_timestamp()").scalar_one()
    if last.recorded_at is None:
        return moment
    if moment < last.recorded_at - CLOCK_TOLERANCE:
        raise errors.Unavailable(
            f"The clock says {moment.isoformat()}, before the ledger's last change at {last.recorded_at.isoformat()}.",
            code="ledger.clock_behind",
            hint="Set the database machine's clock right (NTP), then repeat.",
        )
    return max(moment, last.recorded_at + TICK)


def check_provenance(provenance: Provenance, verbs: dict[str, set[Verb]]) -> None:
    """Four eyes on corrections, no retraction under another name, no time without its zone."""
    if provenance.source_recorded_at is not None and provenance.source_recorded_at.tzinfo is None:
        raise errors.BadValue(
            f"The source is said to have registered it at {provenance.source_recorded_at}, in no time zone.",
            code="input.naive_timestamp",
            hint="Give an offset (2025-07-01T00:00:00+07:00).",
        )
    needs_approval = provenance.kind in {Kind.CORRECTION, Kind.RETRACTION, Kind.REDACTION} and not provenance.feed
    approver = (provenance.approved_by or "").strip()
    if needs_approval and approver in {"", provenance.recorded_by.strip()}:
        raise errors.Refused(
            f"A {provenance.kind.value} recorded by {provenance.recorded_by} needs another person's approval.",
            code="ledger.four_eyes",
            hint="Name an approver who is not the recorder, or declare the source agency's own feed.",
        )
    if not provenance.agency.strip() or not provenance.recorded_by.strip():
        raise errors.Refused(
            "A change says which agency's word it is, and who recorded it.",
            code="ledger.nobodys_word",
            hint="Name the source agency and the recorder.",
        )
    check_verbs(provenance, set().union(*verbs.values()) if verbs else set())


def check_verbs(provenance: Provenance, said: set[Verb]) -> None:
    """Each kind of change says what it may: what was never so, what changed and what is new are told apart."""
    if Verb.RETRACT in said and provenance.kind not in {Kind.CORRECTION, Kind.RETRACTION}:
        raise errors.Refused(
            f"A {provenance.kind.value} cannot retract: it says what happened, not what was never so.",
            code="ledger.retraction_needs_its_kind",
            hint="Use the kind RETRACTION or CORRECTION, with a reason and an approver.",
        )
    if provenance.kind is Kind.REGISTRATION and said - {Verb.REGISTER}:
        raise errors.Refused(
            "A REGISTRATION only registers: it changes and ends nothing that is believed already.",
            code="ledger.registration_changes_nothing",
            hint="Say REAL_WORLD_CHANGE for what happened since, or CORRECTION, with an approver, for what was wrong.",
        )
    if provenance.kind is Kind.REDACTION and said:
        raise errors.Refused(
            "A REDACTION has no acts: it destroys values and says nothing new.",
            code="ledger.redaction_has_no_acts",
            hint="Use `redaction.redact`, or another kind.",
        )


def append(
    writing: Writing, installation: Installation, entry: "Entry", changed: list[Entity], previous: Head
) -> bytes:
    """Chain `entry` behind `previous`, over the versions of `changed` that it wrote and closed; returns the new head."""
    said = entry.columns() | {"schema_edition": installation.declarations.edition}
    digest = digests.change_digest(worded(said), *leaves(writing, changed, entry.position))
    chained = digests.chain(previous.head, digest)
    writing.execute(installation.tables.ledger_change.insert(), said | {"digest": digest, "head": chained})
    told = {"channel": channel(installation.schema), "position": str(entry.position)}
    writing.execute("SELECT pg_notify(:channel, :position)", told)  # heard at the commit, see heads.py
    return chained


def worded(columns: dict[str, Any]) -> dict[str, Any]:
    """The columns of a change as the words its digest covers: times in UTC with microseconds, bytes in hexadecimal."""
    return {name: _word(value) for name, value in columns.items() if name not in {"digest", "head"}}


def _word(value: Any) -> Any:
    if isinstance(value, datetime):
        return value.astimezone(UTC).isoformat(timespec="microseconds")
    if isinstance(value, date):
        return value.isoformat()
    return value.hex() if isinstance(value, bytes | memoryview) else value


def leaves(reading: Reading, entities: Iterable[Entity], position: int) -> tuple[list[bytes], list[bytes]]:
    """Digests of the versions written at `position`, and identities of those closed there, each in a fixed order."""
    written: list[bytes] = []
    closed: list[bytes] = []
    order = "ORDER BY record_id, recorded_from, lower(valid) NULLS FIRST"
    for entity in sorted(entities, key=lambda entity: entity.full_name):
        table = naming.table(entity.full_name)
        written += reading.execute(
            f"SELECT digest FROM {table} WHERE recorded_from = :position {order}", {"position": position}
        ).scalars()
        closed += reading.execute(
            f"SELECT digest FROM {table} WHERE recorded_to = :position {order}", {"position": position}
        ).scalars()
    return [bytes(leaf) for leaf in written], [bytes(leaf) for leaf in closed]

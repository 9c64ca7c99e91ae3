"""An order to record a change, carried out once: tried only, or written with its key, on what its client saw.

What is believed is held against what was expected under the ledger's lock, in the transaction that writes.  The key's
result is kept in the same transaction: after a crash there is both, or neither.
"""

from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

from baseregistry.db import Writing
from baseregistry.registries import expectations, idempotency
from baseregistry.registries.acts import Act
from baseregistry.registries.changes import Draft, Receipt
from baseregistry.registries.expectations import Expected
from baseregistry.registries.idempotency import Request, Result
from baseregistry.registries.ledger import Provenance
from baseregistry.registries.tables import Installation


@dataclass(frozen=True, slots=True)
class Order:
    """What is to be recorded: the acts in order, on whose word, and what they rest on."""

    provenance: Provenance
    acts: tuple[Act, ...]
    expected: tuple[Expected, ...] = ()


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of an order.

    `written` is false when the register already said all of it: then `position` is where it did.  `entities` are those
    of which versions were written, `records` the record of each act.
    """

    position: int
    recorded_at: str | None
    head: str
    records: tuple[UUID, ...] = ()
    entities: tuple[str, ...] = ()
    written: bool = False
    replayed: bool = field(default=False, compare=False)


@dataclass(frozen=True, slots=True)
class Recorder:
    """Carries out orders in one installation; results are kept under their keys for `retention`."""

    installation: Installation
    retention: timedelta

    def tried(self, writing: Writing, order: Order) -> Outcome:
        """What recording it would meet: raises as `Draft.record`, and errors.StaleVersion; writes nothing."""
        with writing.connection.begin_nested() as trial:
            receipt = self._record(writing, order)
            trial.rollback()
        return _outcome(order, receipt)

    def once(self, writing: Writing, order: Order, request: Request) -> Outcome:
        """Record it, unless a request with this key has been: then tell that one's outcome.

        Raises as `Draft.record`, errors.StaleVersion, and errors.Conflict when the key was another request's.
        """
        earlier = idempotency.earlier(writing, self.installation, request)
        if earlier is not None:
            return _replayed(earlier)
        outcome = _outcome(order, self._record(writing, order))
        idempotency.keep(writing, request, Result(outcome.position, _said(outcome)), self.retention)
        return outcome

    def _record(self, writing: Writing, order: Order) -> Receipt:
        draft = Draft(writing, self.installation)
        draft.staging.stage(order.acts)
        if order.expected:
            draft.hold()
            expectations.check(writing, order.expected)
        return draft.record(order.provenance)


def _outcome(order: Order, receipt: Receipt) -> Outcome:
    return Outcome(
        position=receipt.position,
        recorded_at=_text(receipt.recorded_at) if receipt.recorded_at else None,
        head=receipt.head.hex(),
        records=tuple(act.record_id for act in order.acts),
        entities=tuple(receipt.entities),
        written=receipt.changed,
    )


def _text(moment: datetime) -> str:
    return moment.astimezone(UTC).replace(tzinfo=None).isoformat(timespec="microseconds") + "Z"


def _said(outcome: Outcome) -> dict[str, Any]:
    names = ("recorded_at", "head", "entities", "written")
    return {name: getattr(outcome, name) for name in names} | {"records": [str(one) for one in outcome.records]}


def _replayed(result: Result) -> Outcome:
    said = result.said
    return Outcome(
        position=result.position,
        recorded_at=said["recorded_at"],
        head=said["head"],
        records=tuple(map(UUID, said["records"])),
        entities=tuple(said["entities"]),
        written=said["written"],
        replayed=True,
    )

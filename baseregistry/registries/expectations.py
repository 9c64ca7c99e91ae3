"""What a client saw must still stand when its act is written.

An expectation names a version by its digest, which covers the record, its facts, their period and the change behind
them: one digest, one row.  It is held against the version that is believed where the act begins.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from baseregistry import errors, naming
from baseregistry.db import Reading
from baseregistry.registries.declare import Entity


@dataclass(frozen=True, slots=True)
class Expected:
    """At `at` (None: as far back as it is believed) `digest` (32 bytes) is believed of the record; `act` says which act
    rests on it."""

    entity: Entity
    record_id: UUID
    at: datetime | None
    digest: bytes
    act: str


def check(reading: Reading, expected: Iterable[Expected]) -> None:
    """Refuse what rests on a version that is believed no longer.  Under the ledger's lock, before anything is written.

    Raises errors.StaleVersion, with the version that is believed now.
    """
    by_entity: dict[str, list[Expected]] = {}
    for one in expected:
        by_entity.setdefault(one.entity.full_name, []).append(one)
    for group in by_entity.values():
        for found in reading.execute(_statement(group[0].entity), _values(group)):
            raise _stale(group[found.number - 1], found)


def _statement(entity: Entity) -> str:
    """The first of the expectations that fail, with the version believed there, if there is one."""
    return (
        "SELECT e.number, v.found, encode(v.digest, 'hex') AS digest, v.recorded_from, lower(v.valid) AS valid_from,"
        " upper(v.valid) AS valid_to FROM unnest(CAST(:records AS uuid[]), CAST(:moments AS timestamptz[]),"
        " CAST(:digests AS bytea[])) WITH ORDINALITY AS e (record_id, moment, digest, number)"
        f" LEFT JOIN LATERAL (SELECT true AS found, t.* FROM {naming.table(entity.full_name)} t"
        " WHERE t.record_id = e.record_id AND t.recorded_to IS NULL"
        " AND (e.moment IS NULL OR upper_inf(t.valid) OR upper(t.valid) > e.moment)"
        " ORDER BY t.valid LIMIT 1) v ON true"
        " WHERE v.digest IS DISTINCT FROM e.digest ORDER BY e.number LIMIT 1"
    )


def _values(group: list[Expected]) -> dict[str, list[Any]]:
    return {
        "records": [one.record_id for one in group],
        "moments": [one.at for one in group],
        "digests": [one.digest for one in group],
    }


def _stale(expected: Expected, found: Any) -> errors.StaleVersion:
    where = {"act": expected.act, "record": str(expected.record_id), "expected": expected.digest.hex()}
    if not found.found:
        return errors.StaleVersion(
            f"{expected.entity.full_name} {expected.record_id}: nothing is believed there any more.",
            hint="Read the record's history, decide again, and send the act with what is believed now.",
            where=where,
        )
    now = {
        "current": found.digest,
        "current_recorded_from": str(found.recorded_from),
        "current_valid_from": found.valid_from.isoformat() if found.valid_from else "",
        "current_valid_to": found.valid_to.isoformat() if found.valid_to else "",
    }
    return errors.StaleVersion(
        f"{expected.entity.full_name} {expected.record_id} was changed since it was read, at position {found.recorded_from}.",
        hint="Read the record again, decide again, and expect the version that is current.",
        where=where | now,
    )

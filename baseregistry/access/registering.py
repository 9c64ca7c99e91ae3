"""A manifest into the access register, or out of it: one change of the ledger, by two people.

What is registered says what was checked: the schema, and of each document its purpose, its cost and its paths.  Texts go
beside the register, each under its SHA-256.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from uuid import UUID

import sqlalchemy as sa

from baseregistry import db, errors
from baseregistry.access.loading import FOUR_EYES, People
from baseregistry.access.manifests import Manifest
from baseregistry.db import Reading
from baseregistry.registries import acts
from baseregistry.registries.access.manifests import LONGEST_PATHS
from baseregistry.registries.acts import Act, Period
from baseregistry.registries.changes import Draft
from baseregistry.registries.identities import Identities
from baseregistry.registries.ledger import Document, Kind, Provenance
from baseregistry.registries.tables import Installation

NOW = "recorded_to IS NULL AND valid @> clock_timestamp()"
CLIENT = f"""\
SELECT c.record_id, a.name_vi FROM access_client c JOIN access_agency a ON a.record_id = c.agency
WHERE c.client_id = :client AND c.{NOW.replace("valid", "c.valid")} AND a.{NOW.replace("valid", "a.valid")}"""
PURPOSES = f"SELECT code, record_id FROM access_purpose WHERE {NOW}"
HELD = f"SELECT record_id, sha256, valid FROM access_manifest WHERE client = :client AND name = :name AND {NOW}"
PARTS = f"SELECT record_id FROM access_trusted_document WHERE of_manifest = :manifest AND {NOW} ORDER BY record_id"
TEXT = "INSERT INTO access_document (sha256, text) VALUES (:sha256, :text) ON CONFLICT DO NOTHING"
ALL = """\
SELECT c.client_id AS client, m.name, lower(m.valid) AS since, count(d.*) AS documents,
  string_agg(DISTINCT p.code, ' ' ORDER BY p.code) AS purposes, m.schema
FROM access_manifest m JOIN access_client c ON c.record_id = m.client AND c.recorded_to IS NULL AND c.valid @> clock_timestamp()
LEFT JOIN access_trusted_document d ON d.of_manifest = m.record_id AND d.recorded_to IS NULL AND d.valid @> clock_timestamp()
LEFT JOIN access_purpose p ON p.record_id = d.purpose AND p.recorded_to IS NULL AND p.valid @> clock_timestamp()
WHERE m.recorded_to IS NULL AND m.valid @> clock_timestamp()
GROUP BY c.client_id, m.record_id, m.name, m.valid, m.schema ORDER BY client, since, name"""
TEXTS = """\
SELECT c.client_id AS client, m.name AS manifest, d.operation, d.sha256, t.text
FROM access_trusted_document d
JOIN access_manifest m ON m.record_id = d.of_manifest AND m.recorded_to IS NULL AND m.valid && d.valid
JOIN access_client c ON c.record_id = m.client AND c.recorded_to IS NULL AND (upper_inf(c.valid) OR upper(c.valid) > clock_timestamp())
JOIN access_document t ON t.sha256 = decode(d.sha256, 'hex')
WHERE d.recorded_to IS NULL AND (upper_inf(d.valid) OR upper(d.valid) > clock_timestamp())
ORDER BY client, lower(m.valid), manifest, d.operation, d.sha256"""


@dataclass(frozen=True, slots=True)
class Decision:
    """Who decided it (None: the client's agency), and by which law and document."""

    agency: str | None = None
    legal_basis: str | None = None
    document: str | None = None


@dataclass(frozen=True, slots=True)
class Frozen:
    """What is kept of a checked document."""

    sha256: str
    text: str
    operation: str
    purpose: str
    cost: int
    paths: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Registration:
    """An order to register a manifest of a client under a name."""

    client: str
    name: str
    manifest: Manifest
    schema: str
    documents: Sequence[Frozen]
    decision: Decision = field(default_factory=Decision)


def register(engine: sa.Engine, installation: Installation, order: Registration, people: People) -> int | None:
    """The position of the change; None where the client has this very manifest under this name.

    Raises errors.NotFound for a client or purpose, errors.Conflict ``access.manifest_exists`` for another file under the
    name, and what `Draft.record` raises.
    """
    with db.writing(engine) as writing:
        draft = Draft(writing, installation)
        draft.hold()
        client, agency = client_of(writing, order.client)
        held = writing.execute(HELD, {"client": client, "name": order.name}).one_or_none()
        if held is not None:
            _refuse_other(order, held.sha256)
            return None
        for one in order.documents:
            writing.execute(TEXT, {"sha256": bytes.fromhex(one.sha256), "text": one.text})
        now = writing.execute("SELECT clock_timestamp()").scalar_one()
        draft.staging.stage(_acts(writing, installation, order, client, now))
        return draft.record(_provenance(order.decision, agency, people)).position


def withdraw(
    engine: sa.Engine, installation: Installation, named: tuple[str, str], decision: Decision, people: People
) -> int:
    """The position of the change that ends a manifest (client, name) and its documents.  Raises errors.NotFound."""
    with db.writing(engine) as writing:
        draft = Draft(writing, installation)
        draft.hold()
        client, agency = client_of(writing, named[0])
        held = writing.execute(HELD, {"client": client, "name": named[1]}).one_or_none()
        if held is None:
            raise errors.NotFound(
                f"The client {named[0]} has no manifest {named[1]} in force.",
                code="access.unknown_manifest",
                hint="`baseregistry access manifests` lists them.",
            )
        now = max(writing.execute("SELECT clock_timestamp()").scalar_one(), held.valid.lower)
        entities = installation.declarations.entities
        parts = writing.execute(PARTS, {"manifest": held.record_id}).scalars().all()
        draft.staging.stage(
            [
                *(acts.end(entities["access.trusted_document"], UUID(str(part)), now, across=True) for part in parts),
                acts.end(entities["access.manifest"], UUID(str(held.record_id)), now, across=True),
            ]
        )
        return draft.record(_provenance(decision, agency, people)).position


def listed(reading: Reading) -> list[dict[str, Any]]:
    """The manifests in force: client, name, since when, how many documents, purposes, schema."""
    return [dict(row._mapping) for row in reading.execute(ALL)]


def texts(reading: Reading) -> list[dict[str, Any]]:
    """Every trusted document that can be called now or later: client, manifest, operation, sha256, text."""
    return [dict(row._mapping) for row in reading.execute(TEXTS)]


def client_of(reading: Reading, client: str) -> tuple[UUID, str]:
    """The record of a client, and the name of its agency.  Raises errors.NotFound ``access.unknown_client``."""
    row = reading.execute(CLIENT, {"client": client}).one_or_none()
    if row is None:
        raise errors.NotFound(
            f"No client {client} is registered.",
            code="access.unknown_client",
            hint="Register it first, by `baseregistry access load DIR`.",
        )
    return UUID(str(row.record_id)), row.name_vi


def _acts(reading: Reading, installation: Installation, order: Registration, client: UUID, now: datetime) -> list[Act]:
    entities, ids, since = installation.declarations.entities, Identities(), Period(now)
    purposes = {row.code: UUID(str(row.record_id)) for row in reading.execute(PURPOSES)}
    manifest = ids.new()
    said = {"client": client, "name": order.name, "sha256": order.manifest.sha256, "schema": order.schema}
    made = [acts.register(entities["access.manifest"], manifest, since, said)]
    for one in order.documents:
        values = _values(one, manifest, purposes)
        made.append(acts.register(entities["access.trusted_document"], ids.new(), since, values))
    return made


def _values(one: Frozen, manifest: UUID, purposes: Mapping[str, UUID]) -> dict[str, Any]:
    if one.purpose not in purposes:
        raise errors.NotFound(
            f"The purpose {one.purpose} is not registered.", code="access.unknown_purpose", hint="Register it first."
        )
    paths = " ".join(one.paths)
    if len(paths) > LONGEST_PATHS:
        raise errors.Refused(f"{one.operation} asks too many paths.", hint="Ask in several documents.")
    said = {
        "of_manifest": manifest,
        "sha256": one.sha256,
        "operation": one.operation,
        "purpose": purposes[one.purpose],
        "cost": one.cost,
    }
    return said | ({"paths": paths} if paths else {})


def _refuse_other(order: Registration, held: str) -> None:
    if held != order.manifest.sha256:
        raise errors.Conflict(
            f"The client {order.client} has another manifest of the name {order.name}.",
            code="access.manifest_exists",
            hint="Choose another --name: old releases stay callable until they are withdrawn.",
            where={"registered": held, "given": order.manifest.sha256},
        )


def _provenance(decision: Decision, agency: str, people: People) -> Provenance:
    return Provenance(
        kind=Kind.REAL_WORLD_CHANGE,
        agency=decision.agency or agency,
        document=Document(decision.document, None),
        legal_basis=decision.legal_basis,
        recorded_by=people.recorded_by,
        approved_by=people.approved_by,
    )


def two_people(people: People | None) -> People:
    """The two who stand for a change.  Raises errors.NotGranted ``access.four_eyes``."""
    if people is None:
        raise errors.NotGranted(
            "A manifest is registered, and withdrawn, by one person and approved by another.",
            code="access.four_eyes",
            hint=FOUR_EYES,
        )
    return people

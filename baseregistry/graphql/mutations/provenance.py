"""On whose word a change stands, as a client states it.

Who records it is not stated: that is the subject of the caller's token.
"""

from collections.abc import Mapping
from typing import Any

from baseregistry.graphql.mutations.problems import Problems
from baseregistry.registries.days import day, instant
from baseregistry.registries.declare import Text
from baseregistry.registries.ledger import Document, Kind, Provenance
from baseregistry.registries.values import read

KEY = Text(200)
DIGEST = Text(64, pattern="[0-9a-f]{64}")
WORDS = {
    "agency": ("agency", Text(200)),
    "event": ("event", Text(100)),
    "document_number": ("documentNumber", Text(200)),
    "legal_basis": ("legalBasis", Text(1_000)),
    "reason": ("reason", Text(4_000)),
    "case": ("caseId", Text(200)),
    "approved_by": ("approvedBy", Text(200)),
}


def read_key(given: str, problems: Problems) -> str:
    """The idempotency key, in NFC."""
    path = "idempotencyKey"
    return problems.reading(path, lambda: read(KEY, given, place=path)) or ""


def read_provenance(given: Mapping[str, Any], recorded_by: str, zone: str, problems: Problems) -> Provenance:
    """The provenance that is given; what cannot be read is gathered in `problems`."""
    words = {name: _word(name, given.get(name), problems) for name in WORDS}
    return Provenance(
        kind=Kind[given["kind"]],
        agency=words["agency"] or "",
        recorded_by=recorded_by,
        event=words["event"],
        document=_document(given, words["document_number"], problems),
        legal_basis=words["legal_basis"],
        reason=words["reason"],
        case=words["case"],
        approved_by=words["approved_by"],
        source_recorded_at=_moment(given.get("source_recorded_at"), zone, problems),
        feed=given["feed"],
    )


def _word(name: str, raw: str | None, problems: Problems) -> str | None:
    path, kind = f"provenance.{WORDS[name][0]}", WORDS[name][1]
    return None if raw is None else problems.reading(path, lambda: read(kind, raw.strip(), place=path))


def _document(given: Mapping[str, Any], number: str | None, problems: Problems) -> Document:
    dated, digest = given.get("document_date"), given.get("document_digest")
    path = "provenance.documentDigest"
    said = None if digest is None else problems.reading(path, lambda: read(DIGEST, digest.lower(), place=path))
    return Document(
        number=number,
        dated=None if dated is None else day(dated, "provenance.documentDate"),
        digest=bytes.fromhex(said) if said else None,
    )


def _moment(raw: str | None, zone: str, problems: Problems) -> Any:
    path = "provenance.sourceRecordedAt"
    return None if raw is None else problems.reading(path, lambda: instant(raw, zone, place=path))

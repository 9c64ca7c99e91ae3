"""Redaction: a value destroyed by law, in every version that ever held it, while the ledger stays provable.

The value and its salt go; its salted hash stays, so every digest is still true.  The other attributes keep
their own salts, taken out of the version's seed before the seed is destroyed.  Copies outside the
database (dumps, archives of the write-ahead log) are the operator's to destroy.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from uuid import UUID

from baseregistry import errors, naming
from baseregistry.db import Writing
from baseregistry.registries import digests, ledger
from baseregistry.registries.changes import Receipt
from baseregistry.registries.declare import Entity
from baseregistry.registries.ledger import Entry, Kind, Provenance
from baseregistry.registries.tables import Installation


@dataclass(frozen=True, slots=True)
class Redaction:
    """Attributes of one record whose values are to be destroyed."""

    entity: Entity
    record_id: UUID
    attributes: tuple[str, ...]


def redact(
    writing: Writing, installation: Installation, provenance: Provenance, redactions: Sequence[Redaction]
) -> Receipt:
    """Destroy values by law, as one change of kind REDACTION.

    Raises errors.Refused without a legal basis or an approver, errors.NotFound where there is no value to destroy.
    """
    if provenance.kind is not Kind.REDACTION or not (provenance.legal_basis or "").strip():
        raise errors.Refused(
            "A redaction is a change of its own kind and names the law that demands it.",
            code="ledger.redaction_needs_law",
            hint="Give the kind REDACTION, a legal basis and an approver.",
        )
    ledger.check_provenance(provenance, {})
    with writing.connection.begin_nested():  # a refusal that the caller survives destroys nothing
        last = ledger.hold(writing, installation)
        recorded_at = ledger.now(writing, last)
        done = [
            {
                "entity": item.entity.full_name,
                "record": str(item.record_id),
                "attribute": name,
                "versions": _destroy(writing, item, name),
            }
            for item in redactions
            for name in item.attributes
        ]
        entry = Entry(last.position + 1, recorded_at, provenance, redactions=done)
        return Receipt(entry.position, recorded_at, ledger.append(writing, installation, entry, [], last))


def _destroy(writing: Writing, redaction: Redaction, name: str) -> int:
    """Destroy one attribute's values in all versions of a record; returns in how many."""
    entity, attribute = redaction.entity, redaction.entity.by_name.get(name)
    if attribute is None:
        raise errors.BadValue(f"{entity.full_name} has no attribute {name!r}.", code="input.unknown_attribute")
    kept = ", ".join(
        f"'{other.name}', CASE WHEN t.{other.name} IS NOT NULL THEN encode({digests.attribute_salt(other, 't')}, 'hex') END"
        for other in entity.attributes
        if other.name != name
    )
    destroyed = writing.execute(
        f"UPDATE {naming.table(entity.full_name)} t SET {name} = NULL, salt = NULL,"
        f" salts = jsonb_strip_nulls(jsonb_build_object({kept})),"
        f" redacted = coalesce(t.redacted, '{{}}') || jsonb_build_object('{name}', encode({digests.attribute_hash(attribute, 't')}, 'hex'))"
        f" WHERE t.record_id = :record AND t.{name} IS NOT NULL",
        {"record": redaction.record_id},
    ).rowcount
    if not destroyed:
        raise errors.NotFound(
            f"No version of {entity.full_name} {redaction.record_id} holds a value of {name}.",
            code="versions.nothing_there",
            hint="Check the record's id and the attribute; a value already redacted is gone.",
        )
    return destroyed

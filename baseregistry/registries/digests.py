"""What makes the ledger provable: canonical values, salted hashes, RFC 6962 trees, the chain.

A version's digest covers its identity, its valid time, the change on whose word it stands, and one
salted hash per attribute.  So one value and its salt can be destroyed by law while every digest stays
true, and a hash tells nothing about a value to someone who guesses.
"""

import hashlib
import json
from collections.abc import Mapping, Sequence
from typing import Any

from baseregistry.registries.declare import (
    Attribute,
    Code,
    Day,
    Entity,
    Flag,
    Fraction,
    Geometry,
    Number,
    PartialDay,
    Reference,
    Text,
)

LEAF, NODE = b"\x00", b"\x01"
GENESIS = hashlib.sha256(b"baseregistry ledger").digest()


def canonical(attribute: Attribute, alias: str) -> str:
    """SQL for the canonical bytes of an attribute: independent of settings, the same on every server."""
    column = f"{alias}.{attribute.name}"
    match attribute.kind:
        case Text() | Code() | Fraction():
            return f"convert_to({column}, 'UTF8')"
        case Number():
            return f"convert_to(trim_scale({column}::numeric)::text, 'UTF8')"
        case Flag():
            return f"convert_to({column}::text, 'UTF8')"
        case Day():
            return f"convert_to(to_char({column}, 'YYYY-MM-DD'), 'UTF8')"
        case PartialDay():
            days = f"to_char(lower({column}), 'YYYY-MM-DD') || '/' || to_char(upper({column}), 'YYYY-MM-DD')"
            return f"convert_to({days}, 'UTF8')"
        case Geometry():
            return f"public.ST_AsBinary({column}, 'NDR')"
        case Reference():
            return f"uuid_send({column})"


def attribute_salt(attribute: Attribute, alias: str) -> str:
    """SQL for the attribute's own salt: from the version's seed, or kept apart since a redaction destroyed the seed."""
    return f"coalesce({_kept('salts', attribute, alias)}, sha256({alias}.salt || '{attribute.name}'::bytea))"


def attribute_hash(attribute: Attribute, alias: str) -> str:
    """SQL for the salted hash of an attribute's value."""
    return f"sha256({attribute_salt(attribute, alias)} || {canonical(attribute, alias)})"


def version_digest(entity: Entity, edition: str, alias: str) -> str:
    """SQL for the digest of a version (32 bytes), from columns of `alias` named as in the versions table.

    `edition` is SQL too: ``'1'``, or the ledger's column.  Covers: schema edition, entity, record, valid time
    (microseconds since 1970, empty where unbounded), the change on whose word it stands, and name and salted hash of
    each attribute that has, or had, a value.
    """
    header = (
        f"convert_to({edition} || chr(10) || '{entity.full_name}' || chr(10), 'UTF8') || uuid_send({alias}.record_id)"
        f" || convert_to({_micros(f'lower({alias}.valid)')} || '/' || {_micros(f'upper({alias}.valid)')}"
        f" || chr(10) || {alias}.change, 'UTF8')"
    )
    parts = [_attribute_part(attribute, alias) for attribute in sorted(entity.attributes, key=lambda a: a.name)]
    return "sha256(" + " || ".join([header, *parts]) + ")"


def _attribute_part(attribute: Attribute, alias: str) -> str:
    name, value = attribute.name, f"{alias}.{attribute.name}"
    label = f"'\\x{name.encode().hex()}00'::bytea"
    seed_hash = f"sha256(sha256({alias}.salt || '{name}'::bytea) || {canonical(attribute, alias)})"
    return (
        f"CASE WHEN {alias}.redacted ? '{name}' THEN {label} || {_kept('redacted', attribute, alias)}"
        f" WHEN {value} IS NULL THEN ''::bytea"
        f" WHEN {alias}.salts IS NULL THEN {label} || {seed_hash}"
        f" ELSE {label} || {attribute_hash(attribute, alias)} END"
    )


def _kept(column: str, attribute: Attribute, alias: str) -> str:
    """SQL for the 32 bytes kept for an attribute as hexadecimal in a JSON column; NULL where there are none."""
    return f"decode(substring({alias}.{column} ->> '{attribute.name}' FROM '^[0-9a-f]{{64}}$'), 'hex')"


def _micros(moment: str) -> str:
    return f"coalesce((extract(epoch FROM {moment}) * 1000000)::bigint::text, '')"


def leaf_hash(data: bytes) -> bytes:
    """RFC 6962, section 2.1: the hash of a leaf."""
    return hashlib.sha256(LEAF + data).digest()


def tree_head(leaves: Sequence[bytes]) -> bytes:
    """RFC 6962, section 2.1: the Merkle tree hash of `leaves` (each the leaf's data)."""
    if not leaves:
        return hashlib.sha256(b"").digest()
    sha256, level = hashlib.sha256, [hashlib.sha256(LEAF + leaf).digest() for leaf in leaves]
    while len(level) > 1:  # pairing from the left and carrying an odd last node up gives RFC 6962's split
        paired = [sha256(NODE + level[i] + level[i + 1]).digest() for i in range(0, len(level) - 1, 2)]
        level = paired + level[len(level) - len(level) % 2 :]
    return level[0]


def provenance_bytes(provenance: Mapping[str, Any]) -> bytes:
    """A change's own words in canonical form: JSON, sorted keys, no space, no null."""
    said = {name: value for name, value in provenance.items() if value is not None}
    return json.dumps(said, sort_keys=True, ensure_ascii=False, separators=(",", ":")).encode()


def change_digest(provenance: Mapping[str, Any], written: Sequence[bytes], closed: Sequence[bytes]) -> bytes:
    """The digest of a change: the RFC 6962 head over its provenance (with both counts), what it wrote, what it closed."""
    counts = {"versions_written": len(written), "versions_closed": len(closed)}
    return tree_head([provenance_bytes({**provenance, **counts}), *written, *closed])


def chain(previous: bytes, digest: bytes) -> bytes:
    """The head of the ledger after a change: every head covers all that came before."""
    return hashlib.sha256(NODE + previous + leaf_hash(digest)).digest()

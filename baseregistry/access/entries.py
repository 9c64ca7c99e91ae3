"""What is needed of the ledger's own entries: nothing of them is public, and they lie in no unit."""

from collections.abc import Iterator
from dataclasses import replace

from baseregistry import naming
from baseregistry.access.levels import Needs, unknown
from baseregistry.access.needs import Need, Sort
from baseregistry.registries.question import Field, Form, Question

LEDGER = "change"
PERSONS = frozenset({"recorded_by", "approved_by", "reason", "case_id"})  # of a change: who, and why
CHANGE = PERSONS | {
    "position",
    "recorded_at",
    "kind",
    "event",
    "agency",
    "document_number",
    "document_date",
    "document_digest",
    "legal_basis",
    "source_recorded_at",
    "feed",
    "synthetic",
    "schema_edition",
    "digest",
    "head",
}


def ledger(question: Question) -> Needs:
    """The ledger's own entries: nothing of them is public."""
    said = question.changes
    asked = {"kinds": "kind", "agency": "agency", "case": "case_id"}
    for word, name in asked.items():
        if said is not None and getattr(said, word) is not None:
            yield replace(_entry(LEDGER, name), condition=True)
    shown = [question.fields] if question.form is Form.CHANGE else list(_nodes(question.fields))
    for fields in shown:
        for field in fields:
            if field.name == "writes":
                yield from _writes(field)
            elif field.name in CHANGE:
                yield _entry(LEDGER, field.name)
            elif field.name != "__typename":
                raise unknown(f"the field {field.name!r} of a change")
    yield Need(LEDGER, "__typename", "__typename", "", Sort.THERE)


def _nodes(fields: tuple[Field, ...]) -> Iterator[tuple[Field, ...]]:
    for field in fields:
        match field.name:
            case "nodes":
                yield field.fields
            case "edges":
                yield from (inner.fields for inner in field.fields if inner.name == "node")
            case "page_info" | "__typename":
                pass
            case _:
                raise unknown(f"the field {field.name!r} of a page of changes")


def _writes(field: Field) -> Needs:
    level = f"{LEDGER}.writes"
    yield Need(level, "__typename", "__typename", "", Sort.THERE)
    for fields in _nodes(field.fields):
        for inner in fields:
            match inner.name:
                case "entity" | "record_id" | "effect" | "retracted":
                    yield _entry(level, inner.name)
                case "facts":
                    yield replace(_entry(level, "facts"), personal=True)
                case "__typename":
                    pass
                case _:
                    raise unknown(f"the field {inner.name!r} of a write")


def _entry(level: str, name: str) -> Need:
    return Need(level, name, naming.field(name), "", Sort.FACT, personal=name in PERSONS)

"""Which questions are bounded: a few rows, each found by its key, whatever is asked about.

Their statements take microseconds, so they may share a connection: none can hold up another.
"""

from baseregistry.registries.declare import Declarations, Entity, Reference
from baseregistry.registries.derivations import Age, AgeAtLeast, Line, Percent
from baseregistry.registries.question import Field, Form, Question

BOUNDED_WORDS = frozenset({"id", "__typename", "version"})
BOUNDED_RULES = (AgeAtLeast, Age, Line, Percent)  # who holds what is found by index, but may be long looked for


def bounded(declarations: Declarations, questions: tuple[Question, ...]) -> bool:
    """Whether every root names one record, and asks for what it holds, what it refers to, and pages of what refers to it;
    how long those are is known by the points of a request (`wire.QUICK`)."""
    return all(
        question.form is Form.ONE
        and question.where is None
        and _bounded(declarations, declarations.entities[question.entity], question.fields)
        for question in questions
    )


def _bounded(declarations: Declarations, entity: Entity, fields: tuple[Field, ...]) -> bool:
    return all(_is_bounded(declarations, entity, field) for field in fields)


def _is_bounded(declarations: Declarations, entity: Entity, field: Field) -> bool:
    attribute, derived = entity.by_name.get(field.name), entity.derived_by_name.get(field.name)
    if derived is not None:
        return isinstance(derived.rule, BOUNDED_RULES)
    if attribute is None:
        way = declarations.ways_back(entity).get(field.name)
        return field.name in BOUNDED_WORDS if way is None else _is_page(declarations, way.entity, field)
    if not isinstance(attribute.kind, Reference):
        return True
    return all(
        (field.on is not None and name not in field.on)
        or _bounded(declarations, declarations.entities[name], field.fields)
        for name in attribute.kind.to
    )


def _is_page(declarations: Declarations, entity: Entity, field: Field) -> bool:
    """Whether a way back is asked for as it lies in its index: one page, not searched, put in order or counted."""
    if field.where is not None or field.order or field.between is not None:
        return False
    for part in field.fields:
        match part.name:
            case "nodes" if _bounded(declarations, entity, part.fields):
                continue
            case "edges" if all(_bounded(declarations, entity, inner.fields) for inner in part.fields):
                continue
            case "page_info" | "__typename":
                continue
            case _:
                return False
    return True

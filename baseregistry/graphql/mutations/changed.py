"""What a change wrote, as a question: the selection of `changed`, for each entity of which versions were written."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from graphql import (
    FieldNode,
    FragmentSpreadNode,
    GraphQLResolveInfo,
    GraphQLSchema,
    InlineFragmentNode,
    SelectionSetNode,
)

from baseregistry import errors
from baseregistry.access import check, paths
from baseregistry.access.grants import GrantSet
from baseregistry.graphql import limits, permits
from baseregistry.graphql.limits import Limits
from baseregistry.graphql.permits import Held
from baseregistry.graphql.plans import Compile, Known
from baseregistry.graphql.questions import Operation, Translation, WrittenBy, translate_written
from baseregistry.graphql.requests import Asked
from baseregistry.registries.answer.plan import Plan


@dataclass(frozen=True, slots=True)
class Reading:
    """What makes plans, how much may be asked, and what is granted; None: access is left out."""

    compile_questions: Compile
    limits: Limits
    grants: GrantSet | None


def changed_plan(reading: Reading, by: WrittenBy, info: GraphQLResolveInfo[Any]) -> tuple[Plan | None, list[Any]]:
    """The plan that reads it at the change's position, and the values of its slots; one root, an array, per entity.  None
    where the caller may know of none of them.

    Raises errors.BadQuestion, errors.BadValue, errors.NotGranted.
    """
    operation = Operation(info.schema, info.operation, info.fragments)
    translation = translate_written(operation, info.variable_values, info.field_nodes, by)
    values = translation.slots.fill({})
    if translation.slots.nested:
        limits.rows(translation.slots.rows(values), reading.limits.rows)
    if reading.grants is not None:
        translation, held = _held(info.schema, translation, reading.grants)
        values += held.territories(reading.grants)
    return (reading.compile_questions(translation.questions) if translation.questions else None), values


def check_changed(known: Known, asked: Asked, grants: GrantSet) -> None:
    """Refuse a mutation, before anything is recorded, whose `changed` asks what is not granted (errors.NotGranted).

    Which entities it will write is not known yet, so it is held to all that it could.
    """
    operation = known.operation
    nodes = list(_selected(operation, operation.node.selection_set))
    if nodes:
        variables = known.variables.places(known.variables.coerce(asked.variables))
        by = WrittenBy(0, tuple(operation.schema.extensions["declarations"].entities), 1)
        asked_for, _ = _held(operation.schema, translate_written(operation, variables, nodes, by), grants)
        declarations = operation.schema.extensions["declarations"]
        needs = (need for one in asked_for.questions for need in paths.needs(declarations, one))
        if personal := sorted({need.path for need in needs if need.personal}):
            raise errors.NotGranted(
                f"What a change wrote does not tell personal data here: {', '.join(personal)}.",
                code="access.changed_is_personal",
                hint="Leave it out and read the records afterwards, by `nodes`: that is logged.",
            )


def _held(schema: GraphQLSchema, translation: Translation, grants: GrantSet) -> tuple[Translation, Held]:
    """The questions as they may be asked; of entities of which the caller may not even know, nothing was written."""
    declarations = schema.extensions["declarations"]
    open_to_him = {one.entity: (one,) for one in check.known(declarations, translation.questions, grants)}
    return permits.hold(declarations, Translation(dict(open_to_him), translation.slots), grants)


def _selected(operation: Operation, selected: SelectionSetNode) -> Iterator[FieldNode]:
    """Every selection of `changed`, by fragments too."""
    for selection in selected.selections:
        match selection:
            case FragmentSpreadNode(name=name):
                yield from _selected(operation, operation.fragments[name.value].selection_set)
            case FieldNode(name=name) if name.value == "changed":
                yield selection
            case FieldNode(selection_set=inner) | InlineFragmentNode(selection_set=inner) if inner is not None:
                yield from _selected(operation, inner)

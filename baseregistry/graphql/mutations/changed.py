"""What a change wrote, as a question: the selection of `changed`, for each entity of which versions were written."""

from typing import Any

from graphql import GraphQLResolveInfo

from baseregistry.graphql import limits
from baseregistry.graphql.limits import Limits
from baseregistry.graphql.plans import Compile
from baseregistry.graphql.questions import Operation, WrittenBy, translate_written
from baseregistry.registries.answer.plan import Plan


def changed_plan(
    compile_questions: Compile, by: WrittenBy, info: GraphQLResolveInfo[Any], most: Limits
) -> tuple[Plan, list[Any]]:
    """The plan that reads it at the change's position, and the values of its slots; one root, an array, per entity.

    Raises errors.BadQuestion, errors.BadValue.
    """
    operation = Operation(info.schema, info.operation, info.fragments)
    translation = translate_written(operation, info.variable_values, info.field_nodes, by)
    values = translation.slots.fill({})
    if translation.slots.nested:
        limits.rows(translation.slots.rows(values), most.rows)
    return compile_questions(translation.questions), values

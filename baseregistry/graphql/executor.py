"""The executor lane: documents that ask about the schema itself, alone or together with records.

The records were answered before, by the same one statement as in the fast lane; graphql-core then
executes the document and finds each answer waiting as a fragment of bytes, which passes untouched.
"""

from collections.abc import Mapping
from typing import Any

import orjson
from graphql import (
    DocumentNode,
    ExecutionResult,
    FieldNode,
    GraphQLField,
    GraphQLObjectType,
    GraphQLOutputType,
    GraphQLResolveInfo,
    GraphQLSchema,
    execute,
)
from graphql.execution import Executor
from graphql.execution.collect_fields import FieldDetailsList
from graphql.pyutils import Path

from baseregistry.graphql.refusals import VARIABLES, Rejected


class Answers(dict[str, Any]):
    """The compiled roots of an operation by response key, and the schema of which the caller is told."""

    def __init__(self, answers: Mapping[str, bytes], seen: GraphQLSchema) -> None:
        super().__init__((key, orjson.Fragment(answer)) for key, answer in answers.items())
        self.seen = seen


class FragmentExecutor(Executor[Any]):
    """graphql-core's executor, but what a statement has already answered is complete, and `__schema` and `__type` tell of
    the schema that the root value `Answers` says."""

    def build_resolve_info(
        self, field_def: GraphQLField, field_nodes: list[FieldNode], parent_type: GraphQLObjectType, path: Path
    ) -> GraphQLResolveInfo[Any]:
        """What a resolver is told; only introspection looks at the schema in it."""
        info = super().build_resolve_info(field_def, field_nodes, parent_type, path)
        return info._replace(schema=self.root_value.seen) if isinstance(self.root_value, Answers) else info

    def complete_value(  # noqa: PLR0913 (overrides)
        self,
        return_type: GraphQLOutputType,
        field_details_list: FieldDetailsList,
        info: GraphQLResolveInfo[Any],
        path: Path,
        result: Any,
        position_context: Any,
    ) -> Any:
        """A fragment as it is; anything else completed by the rules of the specification."""
        if type(result) is orjson.Fragment:
            return result
        return super().complete_value(return_type, field_details_list, info, path, result, position_context)


def run(
    schema: GraphQLSchema,
    document: DocumentNode,
    operation_name: str | None,
    given: Mapping[str, Any],
    answers: Answers,
) -> Any:
    """The `data` of an operation.  Raises `Rejected`."""
    result = execute(
        schema,
        document,
        answers,
        variable_values=dict(given),
        operation_name=operation_name,
        executor_class=FragmentExecutor,
    )
    assert isinstance(result, ExecutionResult)  # nothing of this schema is resolved later
    if result.errors:
        raise Rejected(VARIABLES, result.errors)
    return result.data

"""The executor lane: documents that ask about the schema itself, alone or together with records.

The records were answered before, by the same one statement as in the fast lane; graphql-core then
executes the document and finds each answer waiting as a fragment of bytes, which passes untouched.
"""

from collections.abc import Mapping
from typing import Any

import orjson
from graphql import DocumentNode, ExecutionResult, GraphQLOutputType, GraphQLResolveInfo, GraphQLSchema, execute
from graphql.execution import Executor
from graphql.execution.collect_fields import FieldDetailsList
from graphql.pyutils import Path

from baseregistry.graphql.refusals import VARIABLES, Rejected


class FragmentExecutor(Executor[Any]):
    """graphql-core's executor, but what a statement has already answered is complete."""

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
    answers: Mapping[str, bytes],
) -> Any:
    """The `data` of an operation: `answers` holds the compiled roots by response key.  Raises `Rejected`."""
    result = execute(
        schema,
        document,
        {key: orjson.Fragment(answer) for key, answer in answers.items()},
        variable_values=dict(given),
        operation_name=operation_name,
        executor_class=FragmentExecutor,
    )
    assert isinstance(result, ExecutionResult)  # nothing of this schema is resolved later
    if result.errors:
        raise Rejected(VARIABLES, result.errors)
    return result.data

"""Values that stand for a request nobody has made yet, so that a document can be understood before it is called.

Every variable without a default is given: where it could be anything a marker, pages and lists with `MANY`; of an input
object what it must have.  A plan looks at no value but flags and codes, so what is found holds for all others.
"""

from collections.abc import Mapping
from typing import Any, cast

from graphql import (
    DirectiveNode,
    DocumentNode,
    GraphQLBoolean,
    GraphQLInputType,
    GraphQLInt,
    GraphQLNonNull,
    is_enum_type,
    is_input_object_type,
    is_list_type,
    is_required_input_field,
)
from graphql.execution import get_variable_values
from graphql.execution.values import VariableValues
from graphql.language import REMOVE, Visitor, visit

from baseregistry.graphql.limits import DEFAULT_PAGE
from baseregistry.graphql.variables import Variables

MANY = DEFAULT_PAGE
UNKNOWN = "…"


class Samples(Variables):
    """The variables of an operation, which are as this module has it whatever is given."""

    def coerce(self, given: Mapping[str, Any]) -> dict[str, Any]:
        """A value for each variable."""
        defaults = [node for node in self.nodes if node.default_value is not None]
        known = get_variable_values(self.schema, defaults, {})
        assert isinstance(known, VariableValues)  # a default that does not fit is no valid document
        return {variable.name: sample(variable.kind) for variable in self.declared} | known.coerced


def sample(kind: GraphQLInputType) -> Any:
    """A value of an input type."""
    plain = cast(GraphQLInputType, kind.of_type if isinstance(kind, GraphQLNonNull) else kind)
    if is_list_type(plain):
        return [sample(plain.of_type)] * MANY
    if is_enum_type(plain):
        return next(iter(plain.values.values())).value
    if is_input_object_type(plain):
        fields = list(plain.fields.items())
        wanted = fields[:1] if plain.is_one_of else [item for item in fields if is_required_input_field(item[1])]
        return {field.out_name or name: sample(field.type) for name, field in wanted}
    if plain is GraphQLBoolean:
        return True
    return MANY if plain is GraphQLInt else UNKNOWN


class _Whole(Visitor):
    def enter_directive(self, node: DirectiveNode, *_: Any) -> Any:
        return REMOVE if node.name.value in ("include", "skip") else None


def whole(document: DocumentNode) -> DocumentNode:
    """The document with everything that `@include` or `@skip` may leave out."""
    return cast(DocumentNode, visit(document, _Whole()))

"""The variables of an operation: coerced, their shape, and where each value in a plan comes from.

A plan is made for one *shape* of the variables: which are given, null or absent, the skeleton of
input objects, and the values that change the SQL (flags and enumerations).  All other values are
`Given`: a place to look at when the plan runs.
"""

from collections.abc import Callable, Hashable, Mapping
from dataclasses import dataclass
from typing import Any, cast

from graphql import (
    GraphQLBoolean,
    GraphQLInputObjectType,
    GraphQLInputType,
    GraphQLList,
    GraphQLNonNull,
    GraphQLSchema,
    GraphQLString,
    OperationDefinitionNode,
    Undefined,
    is_enum_type,
    is_input_object_type,
    is_list_type,
    is_non_null_type,
    type_from_ast,
)
from graphql.execution import get_variable_values
from graphql.execution.values import VariableValues
from graphql.utilities import coerce_input_value

from baseregistry.graphql import limits
from baseregistry.graphql.refusals import VARIABLES, Rejected

GIVEN = 1
ABSENT = -1
MOST_ERRORS = 10


@dataclass(frozen=True, slots=True)
class Given:
    """A value that a request gives: the variable, and the way down into it."""

    variable: str
    path: tuple[str | int, ...] = ()
    many: bool = False

    def look(self, coerced: Mapping[str, Any]) -> Any:
        """The value in the coerced variables of a request."""
        value = coerced[self.variable]
        for step in self.path:
            value = value[step]
        return value


@dataclass(frozen=True, slots=True)
class Variable:
    """One variable of an operation; `skeleton` is None for a plain value, of which only null matters."""

    name: str
    kind: GraphQLInputType
    skeleton: Callable[[Any], Hashable] | None
    text: bool


class Variables:
    """All variables of one operation."""

    def __init__(self, schema: GraphQLSchema, operation: OperationDefinitionNode) -> None:
        self.schema = schema
        self.nodes = operation.variable_definitions or ()
        self.defaults = {node.variable.name.value for node in self.nodes if node.default_value is not None}
        self.declared = tuple(self._declared(node.variable.name.value, node.type) for node in self.nodes)

    def _declared(self, name: str, node: Any) -> Variable:
        kind = cast(GraphQLInputType, type_from_ast(self.schema, node))
        plain = kind.of_type if is_non_null_type(kind) else kind
        return Variable(name, kind, _skeleton if _is_structured(kind) else None, text=plain is GraphQLString)

    def coerce(self, given: Mapping[str, Any]) -> dict[str, Any]:
        """What the request gave, coerced; raises `Rejected` with every error that GraphQL reports."""
        coerced = {}
        for variable in self.declared:
            value = given.get(variable.name, Undefined)
            if variable.text and type(value) is str:  # which stays what it is: the most usual one
                pass
            elif value is not Undefined:
                value = self._coerced(value, variable.kind)
            elif variable.name in self.defaults or is_non_null_type(variable.kind):
                return self._slowly(given)
            else:
                continue
            if value is Undefined:
                return self._slowly(given)
            coerced[variable.name] = value
        return coerced

    @staticmethod
    def _coerced(value: Any, kind: GraphQLInputType) -> Any:
        try:
            return coerce_input_value(value, kind)
        except RecursionError:
            return Undefined

    def _slowly(self, given: Mapping[str, Any]) -> dict[str, Any]:
        """The same by graphql-core's own rule, which also knows defaults and words every error."""
        found = get_variable_values(self.schema, self.nodes, dict(given), max_errors=MOST_ERRORS)
        if isinstance(found, list):
            raise Rejected(VARIABLES, found)
        return found.coerced

    def shape(self, coerced: Mapping[str, Any]) -> Hashable:
        """What of the coerced values decides which plan serves."""
        parts: list[Hashable] = []
        for variable in self.declared:
            value = coerced.get(variable.name, Undefined)
            if value is Undefined:
                parts.append(ABSENT)
            elif variable.skeleton is None:
                parts.append(None if value is None else GIVEN)
            else:
                parts.append(variable.skeleton(_outline(value, variable.kind, lambda *_: GIVEN)))
        return tuple(parts)

    def places(self, coerced: Mapping[str, Any]) -> VariableValues:
        """The coerced values with a `Given` in the place of each that may differ within one shape."""
        marked = {
            variable.name: _marked(coerced[variable.name], variable.kind, variable.name)
            for variable in self.declared
            if variable.name in coerced
        }
        return VariableValues({}, marked)


def _marked(value: Any, kind: GraphQLInputType, name: str) -> Any:
    return _outline(value, kind, lambda path, many: Given(name, path, many))


Path = tuple[str | int, ...]


def _outline(value: Any, kind: GraphQLInputType, leaf: Callable[[Path, bool], Any], path: Path = ()) -> Any:
    """`value` with every value, or list of values, that does not change the SQL replaced by ``leaf(path, many)``."""
    limits.nesting(len(path) // 2)  # a list of filters is two steps, the filter and its place
    kind = kind.of_type if is_non_null_type(kind) else kind
    if value is None or is_enum_type(kind) or kind is GraphQLBoolean:
        return value
    if is_list_type(kind) and _is_structured(kind):
        limits.conditions(len(value))
        return [_outline(item, kind.of_type, leaf, (*path, index)) for index, item in enumerate(value)]
    if is_input_object_type(kind):
        kinds = _field_kinds(kind)
        return {name: _outline(item, kinds[name], leaf, (*path, name)) for name, item in value.items()}
    return leaf(path, is_list_type(kind))


def _field_kinds(kind: GraphQLInputObjectType) -> dict[str, GraphQLInputType]:
    return {field.out_name or name: field.type for name, field in kind.fields.items()}


def _is_structured(kind: GraphQLInputType) -> bool:
    while isinstance(kind, (GraphQLNonNull, GraphQLList)):
        kind = kind.of_type
    return is_input_object_type(kind) or is_enum_type(kind) or kind is GraphQLBoolean


def _skeleton(outlined: Any) -> Hashable:
    """An outline as something a plan can be found by."""
    if isinstance(outlined, dict):
        return tuple((name, _skeleton(item)) for name, item in outlined.items())
    if isinstance(outlined, list):
        return ("list", *map(_skeleton, outlined))
    return cast(Hashable, outlined)

"""How much a document asks about the schema: hardly more than the usual whole introspection.

What is asked of records is bounded by pages; lists of types and of their fields have none, and graphql-core answers
them field by field.  So they are counted by their usual lengths before they are answered.
"""

from collections.abc import Iterable, Mapping
from functools import lru_cache

from graphql import FragmentDefinitionNode, GraphQLSchema, OperationDefinitionNode, get_introspection_query, parse
from graphql.language import FieldNode, FragmentSpreadNode, SelectionSetNode

from baseregistry.graphql import limits

TIMES = 1.25  # the whole introspection of the usual tools, and a little
ROOTS = ("__schema", "__type")
LENGTHS = {
    "fields": 10,
    "inputFields": 10,
    "enumValues": 5,
    "possibleTypes": 5,
    "interfaces": 5,
    "args": 3,
    "directives": 8,
}

Fragments = Mapping[str, FragmentDefinitionNode]


def check(schema: GraphQLSchema, operations: Iterable[OperationDefinitionNode], fragments: Fragments) -> None:
    """Raise `BadQuestion` (``question.too_large``) when more is asked about the schema than is answered."""
    counted = sum(_roots(schema, operation.selection_set, fragments, frozenset()) for operation in operations)
    if counted:
        limits.within("fields about the schema", counted, int(TIMES * _whole(schema)))


@lru_cache(maxsize=4)
def _whole(schema: GraphQLSchema) -> int:
    document = parse(get_introspection_query(input_value_deprecation=True, specified_by_url=True))
    fragments = {item.name.value: item for item in document.definitions if isinstance(item, FragmentDefinitionNode)}
    operations = [item for item in document.definitions if isinstance(item, OperationDefinitionNode)]
    return sum(_roots(schema, operation.selection_set, fragments, frozenset()) for operation in operations)


def _roots(schema: GraphQLSchema, found: SelectionSetNode, fragments: Fragments, inside: frozenset[str]) -> int:
    """What the introspective roots of an operation ask."""
    total = 0
    for selection in found.selections:
        if isinstance(selection, FieldNode):
            if selection.name.value in ROOTS and selection.selection_set:
                total += _asked(schema, selection.selection_set, fragments, inside)
            continue
        inner, within = _inner(selection, fragments, inside)
        total += _roots(schema, inner, fragments, within) if inner else 0
    return total


def _asked(schema: GraphQLSchema, found: SelectionSetNode, fragments: Fragments, inside: frozenset[str]) -> int:
    """How many fields a selection about the schema has in its answer, by the usual lengths of its lists."""
    total = 0
    for selection in found.selections:
        inner, within = _inner(selection, fragments, inside)
        below = _asked(schema, inner, fragments, within) if inner else 0
        if isinstance(selection, FieldNode):
            name = selection.name.value
            below = 1 + below * (len(schema.type_map) if name == "types" else LENGTHS.get(name, 1))
        total += below
    return total


def _inner(
    selection: object, fragments: Fragments, inside: frozenset[str]
) -> tuple[SelectionSetNode | None, frozenset[str]]:
    """What stands inside a selection, and the fragments that it then stands in; a fragment inside itself is nothing."""
    if not isinstance(selection, FragmentSpreadNode):
        inner: SelectionSetNode | None = getattr(selection, "selection_set", None)
        return inner, inside
    name = selection.name.value
    if name in inside or name not in fragments:
        return None, inside
    return fragments[name].selection_set, inside | {name}

"""How much a document asks about the schema: hardly more than the usual whole introspection.

What is asked of records is bounded by pages; lists of types and of their fields have none, and graphql-core answers
them field by field.  So they are counted by their usual lengths before they are answered.
"""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
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
    counted = _counted(schema, operations, fragments)
    if counted:
        limits.within("fields about the schema", counted, int(TIMES * _whole(schema)))


@lru_cache(maxsize=4)
def _whole(schema: GraphQLSchema) -> int:
    document = parse(get_introspection_query(input_value_deprecation=True, specified_by_url=True))
    fragments = {item.name.value: item for item in document.definitions if isinstance(item, FragmentDefinitionNode)}
    operations = [item for item in document.definitions if isinstance(item, OperationDefinitionNode)]
    return _counted(schema, operations, fragments)


def _counted(schema: GraphQLSchema, operations: Iterable[OperationDefinitionNode], fragments: Fragments) -> int:
    count = _Count(len(schema.type_map), fragments)
    return sum(count.roots(operation.selection_set) for operation in operations)


@dataclass(slots=True)
class _Count:
    """Counts fragments once each, as `limits` does; a fragment inside itself counts as nothing (validation refuses it)."""

    types: int
    fragments: Fragments
    as_roots: dict[str, int] = field(default_factory=dict)
    as_asked: dict[str, int] = field(default_factory=dict)

    def roots(self, found: SelectionSetNode) -> int:
        """What the introspective roots of an operation ask."""
        total = 0
        for selection in found.selections:
            if not isinstance(selection, FieldNode):
                total += self._inside(selection, self.roots, self.as_roots)
            elif selection.name.value in ROOTS and selection.selection_set:
                total += self.asked(selection.selection_set)
        return total

    def asked(self, found: SelectionSetNode) -> int:
        """How many fields a selection about the schema has in its answer, by the usual lengths of its lists."""
        total = 0
        for selection in found.selections:
            below = self._inside(selection, self.asked, self.as_asked)
            if isinstance(selection, FieldNode):
                name = selection.name.value
                below = 1 + below * (self.types if name == "types" else LENGTHS.get(name, 1))
            total += below
        return total

    def _inside(self, selection: object, count: Callable[[SelectionSetNode], int], counted: dict[str, int]) -> int:
        """What stands inside a selection."""
        if not isinstance(selection, FragmentSpreadNode):
            inner: SelectionSetNode | None = getattr(selection, "selection_set", None)
            return count(inner) if inner else 0
        name = selection.name.value
        if name not in counted:
            counted[name] = 0
            if name in self.fragments:
                counted[name] = count(self.fragments[name].selection_set)
        return counted[name]

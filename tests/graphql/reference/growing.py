"""More for a document to ask: hypothesis-graphql stays shallow in a schema as wide as ours, so each of its roots grows.

Fields, arguments and filters are drawn from the schema alone; `documents` then puts values from the rows into them.
"""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from random import Random
from typing import Any

from graphql import (
    FieldNode,
    GraphQLEnumType,
    GraphQLField,
    GraphQLInputObjectType,
    GraphQLInterfaceType,
    GraphQLList,
    GraphQLNonNull,
    GraphQLObjectType,
    GraphQLSchema,
    GraphQLUnionType,
    OperationDefinitionNode,
    SelectionSetNode,
    get_named_type,
    is_leaf_type,
    parse,
    print_ast,
)

DEPTH = 3  # references and ways back inside one another
HISTORIES = 2
LITERALS = {
    "Int": ["0", "3"],
    "Float": ["108.1"],
    "Boolean": ["true", "false"],
    "String": ['"49"', '"An"', '"USE"'],
    "ID": ['"00000000-0000-4000-8000-000000000000"'],
    "Position": ['"3"'],
    "Decimal": ['"100"', '"210.50"'],
    "DateTime": ['"2025-07-01"', '"2022-05-06T07:08:09.123456Z"', '"2019-01-01"', '"2024-02-29T17:00:00Z"', '"2023-01-01T00:00:00+07:00"'],
    "Date": ['"2024-02-29"', '"2025-03-01"', '"2074-03-01"', '"1990-01-01"'],
    "PartialDate": ['"1956"', '"1956-03"', '"2000-02-29"'],
    "Fraction": ['"1/3"', '"2/6"'],
    "CRS": ['"CRS84"', '"EPSG:5899"', '"EPSG:3857"'],
    "GeoJSON": ['"mended to a geometry"'],
}  # fmt: skip
OFTEN = {"where": 0.5, "orderBy": 0.4, "between": 0.4, "first": 0.85, "includeSuperseded": 0.5}


@dataclass
class Grower:
    """Draws what more is asked."""

    schema: GraphQLSchema
    random: Random
    aliases: int = 0

    def grown(self, document: str) -> str:
        """The document, its roots asking for more."""
        parsed = parse(document)
        (operation, *others) = parsed.definitions
        assert isinstance(operation, OperationDefinitionNode)
        query = self.schema.query_type
        assert query is not None
        roots = [
            self._root(query, node) if isinstance(node, FieldNode) else node
            for node in operation.selection_set.selections
        ]
        made = replace(operation, selection_set=SelectionSetNode(selections=tuple(roots)))
        return print_ast(replace(parsed, definitions=(made, *others)))

    def _root(self, query: GraphQLObjectType, node: FieldNode) -> FieldNode:
        field = query.fields[node.name.value]
        asked = parse(
            f"{{ {node.name.value}{self._arguments(field)} {{ {' '.join(self._selection(field.type, DEPTH, 0))} }} }}"
        )
        (made,) = asked.definitions[0].selection_set.selections  # type: ignore[union-attr]
        kept = {argument.name.value: argument for argument in (*(made.arguments or ()), *(node.arguments or ()))}
        of_node = node.selection_set.selections if node.selection_set else ()
        selections = SelectionSetNode(selections=(*made.selection_set.selections, *of_node))
        return replace(node, arguments=tuple(kept.values()), selection_set=selections)

    # --- what is asked -------------------------------------------------------------------------------

    def _selection(self, kind: Any, depth: int, histories: int) -> Iterator[str]:
        named = get_named_type(kind)
        if isinstance(named, GraphQLUnionType | GraphQLInterfaceType):
            yield "__typename"
            members = list(self.schema.get_possible_types(named))
            for member in self.random.sample(members, min(3 if depth < DEPTH else 2, len(members))):
                inner = " ".join(self._of_object(member, depth, histories, alone=False))
                yield f"... on {member.name} {{ {inner} }}"
        elif isinstance(named, GraphQLObjectType) and "pageInfo" in named.fields:
            yield from self._of_page(named, depth, histories)
        elif isinstance(named, GraphQLObjectType):
            yield from self._of_object(named, depth, histories, alone=True)

    def _of_page(self, kind: GraphQLObjectType, depth: int, histories: int) -> Iterator[str]:
        inner = " ".join(self._selection(kind.fields["nodes"].type, depth, histories))
        yield self.random.choice(
            [f"nodes {{ {inner} }}", f"nodes {{ {inner} }}", f"edges {{ cursor node {{ {inner} }} }}"]
        )
        if self.random.random() < 0.5:
            yield "pageInfo { hasNextPage hasPreviousPage startCursor endCursor }"
        if self.random.random() < 0.5:
            yield "totalCount"

    def _of_object(self, kind: GraphQLObjectType, depth: int, histories: int, *, alone: bool) -> Iterator[str]:
        if "id" in kind.fields:  # which records were found, and in which order
            yield "id"
        names = [name for name, field in kind.fields.items() if self._may(name, field, depth, histories)]
        for name in sorted(self.random.sample(names, min(len(names), self.random.randint(2, 5)))):
            yield self._field(name, kind.fields[name], depth, histories, alone)

    def _may(self, name: str, field: GraphQLField, depth: int, histories: int) -> bool:
        if name.lower().endswith("history"):
            return depth > 0 and histories < HISTORIES
        return (
            depth > 0 or is_leaf_type(get_named_type(field.type)) or get_named_type(field.type).name in {"Code", "Age"}
        )

    def _field(self, name: str, field: GraphQLField, depth: int, histories: int, alone: bool) -> str:
        arguments = self._arguments(field)
        alias = "" if alone and not arguments else f"{self._alias()}: "
        if is_leaf_type(get_named_type(field.type)):
            return f"{alias}{name}{arguments}"
        own = get_named_type(field.type).name in {"Code", "Age", "Version", "Change", "LedgerChange"}
        within = histories + name.lower().endswith("history")
        inner = " ".join(self._selection(field.type, depth if own else depth - 1, within))
        return f"{alias}{name}{arguments} {{ {inner or '__typename'} }}"

    def _alias(self) -> str:
        self.aliases += 1
        return f"a{self.aliases}"

    # --- how it is asked -----------------------------------------------------------------------------

    def _arguments(self, field: GraphQLField) -> str:
        said = []
        for name, argument in field.args.items():
            required = isinstance(argument.type, GraphQLNonNull) and argument.default is None
            if required or (name != "after" and self.random.random() < OFTEN.get(name, 0.6)):
                said.append(f"{name}: {self._value(argument.type, 3)}")
        return f"({', '.join(said)})" if said else ""

    def _value(self, kind: Any, depth: int) -> str:
        if isinstance(kind, GraphQLNonNull):
            return self._value(kind.of_type, depth)
        if isinstance(kind, GraphQLList):
            return f"[{', '.join(self._value(kind.of_type, depth - 1) for _ in range(self.random.randint(1, 2)))}]"
        if isinstance(kind, GraphQLEnumType):
            return self.random.choice(list(kind.values))
        if isinstance(kind, GraphQLInputObjectType):
            return self._object(kind, depth)
        return self.random.choice(LITERALS[kind.name])

    def _object(self, kind: GraphQLInputObjectType, depth: int) -> str:
        most = 1 if depth < 3 or kind.name == "AsOf" else 2
        names = [name for name, field in kind.fields.items() if depth > 0 or not _deep(field.type)] or list(kind.fields)
        names = [name for name in names if name != "ledgerHash"]
        chosen = self.random.sample(names, min(len(names), self.random.randint(1, most)))
        chosen += [
            name
            for name, field in kind.fields.items()
            if isinstance(field.type, GraphQLNonNull) and name not in chosen and field.default is None
        ]
        if kind.name == "AsOf" and self.random.random() < 0.5:
            chosen = ["validAt", self.random.choice(["position", "knownAt"])]
        return f"{{{', '.join(f'{name}: {self._value(kind.fields[name].type, depth - 1)}' for name in chosen)}}}"


def _deep(kind: Any) -> bool:
    named = get_named_type(kind)
    return isinstance(named, GraphQLInputObjectType) and named.name.endswith("Filter")

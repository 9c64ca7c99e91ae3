"""A schema without some of its parts, and still one: what would be left empty, or lead to nothing, goes too."""

from collections.abc import Iterable
from functools import partial
from typing import Any

from graphql import (
    GraphQLArgument,
    GraphQLEnumType,
    GraphQLField,
    GraphQLInputField,
    GraphQLInputObjectType,
    GraphQLInterfaceType,
    GraphQLList,
    GraphQLNamedType,
    GraphQLNonNull,
    GraphQLObjectType,
    GraphQLSchema,
    GraphQLUnionType,
    get_named_type,
    is_introspection_type,
    is_required_argument,
    is_required_input_field,
)

JOINING = frozenset({"and", "or", "not"})  # of a filter: say nothing without anything to join

Composite = GraphQLObjectType | GraphQLInterfaceType | GraphQLInputObjectType


def pruned(schema: GraphQLSchema, hidden: frozenset[str]) -> GraphQLSchema:
    """The schema without what `hidden` names: ``Person.birthDate``, ``Query.person(id:)``, ``PersonOrder.SEX_ASC``."""
    return _Pruning(schema, hidden).made()


def _said(part: Any) -> dict[str, Any]:
    """All that makes a type, a field or an argument."""
    return dict(part.to_kwargs())


class _Pruning:
    def __init__(self, schema: GraphQLSchema, hidden: frozenset[str]) -> None:
        self.schema = schema
        self.hidden = hidden
        self.types = {name: kind for name, kind in schema.type_map.items() if not is_introspection_type(kind)}
        self.alive = set(self.types)
        while dead := {name for name in self.alive if not self._lives(self.types[name])}:
            self.alive -= dead
        self.new: dict[str, Any] = {name: self._type(self.types[name]) for name in self.types if name in self.alive}

    def made(self) -> GraphQLSchema:
        schema = self.schema
        roots = (schema.query_type, schema.mutation_type, schema.subscription_type)
        query, mutation, subscription = (self.new.get(kind.name) if kind else None for kind in roots)
        known = "Node" in self.alive
        return GraphQLSchema(
            query,
            mutation,
            subscription,
            types=[
                kind for kind in self.new.values() if known and isinstance(kind, GraphQLObjectType) and kind.interfaces
            ],
            directives=schema.directives,
            description=schema.description,
        )

    # --- what is left ----------------------------------------------------------------------------------

    def _lives(self, kind: GraphQLNamedType) -> bool:
        match kind:
            case GraphQLObjectType():
                return bool(self._fields_of(kind))
            case GraphQLInterfaceType():
                return bool(self._fields_of(kind)) and any(map(self._has, self.schema.get_possible_types(kind)))
            case GraphQLInputObjectType():
                kept = self._inputs_of(kind)
                broken = any(is_required_input_field(one) and name not in kept for name, one in kind.fields.items())
                return not broken and bool(set(kept) - JOINING)
            case GraphQLEnumType():
                return any(f"{kind.name}.{value}" not in self.hidden for value in kind.values)
            case GraphQLUnionType():
                return any(map(self._has, kind.types))
            case _:
                return True

    def _has(self, kind: Any) -> bool:
        return get_named_type(kind).name in self.alive

    def _fields_of(self, kind: GraphQLObjectType | GraphQLInterfaceType) -> dict[str, GraphQLField]:
        return {name: one for name, one in kind.fields.items() if self._keeps(kind, name, one)}

    def _keeps(self, kind: GraphQLNamedType, name: str, one: GraphQLField) -> bool:
        if f"{kind.name}.{name}" in self.hidden or not self._has(one.type):
            return False
        return all(self._has(argument.type) for argument in one.args.values() if is_required_argument(argument))

    def _inputs_of(self, kind: GraphQLInputObjectType) -> dict[str, GraphQLInputField]:
        found = kind.fields.items()
        return {name: one for name, one in found if f"{kind.name}.{name}" not in self.hidden and self._has(one.type)}

    # --- made anew -------------------------------------------------------------------------------------

    def _type(self, kind: GraphQLNamedType) -> GraphQLNamedType:
        match kind:
            case GraphQLObjectType():
                interfaces = partial(self._interfaces, kind)
                said = {**_said(kind), "fields": partial(self._fields, kind), "interfaces": interfaces}
                return GraphQLObjectType(**said)
            case GraphQLInterfaceType():
                return GraphQLInterfaceType(**{**_said(kind), "fields": partial(self._fields, kind)})
            case GraphQLInputObjectType():
                return GraphQLInputObjectType(**{**_said(kind), "fields": partial(self._inputs, kind)})
            case GraphQLUnionType():
                return GraphQLUnionType(**{**_said(kind), "types": partial(self._members, kind.types)})
            case GraphQLEnumType():
                values = {name: one for name, one in kind.values.items() if f"{kind.name}.{name}" not in self.hidden}
                return GraphQLEnumType(**{**_said(kind), "values": values})
            case _:
                return kind

    def _interfaces(self, kind: GraphQLObjectType) -> list[Any]:
        """Those of which every field is left."""
        left = set(self._fields_of(kind))
        return [self.new[one.name] for one in kind.interfaces if one.name in self.alive and set(one.fields) <= left]

    def _members(self, kinds: Iterable[GraphQLObjectType]) -> list[Any]:
        return [self.new[one.name] for one in kinds if self._has(one)]

    def _fields(self, kind: GraphQLObjectType | GraphQLInterfaceType) -> dict[str, GraphQLField]:
        return {name: self._field(f"{kind.name}.{name}", one) for name, one in self._fields_of(kind).items()}

    def _field(self, coordinate: str, one: GraphQLField) -> GraphQLField:
        args = {
            name: GraphQLArgument(**{**_said(argument), "type_": self._again(argument.type)})
            for name, argument in one.args.items()
            if f"{coordinate}({name}:)" not in self.hidden and self._has(argument.type)
        }
        return GraphQLField(**{**_said(one), "type_": self._again(one.type), "args": args})

    def _inputs(self, kind: GraphQLInputObjectType) -> dict[str, GraphQLInputField]:
        return {
            name: GraphQLInputField(**{**_said(one), "type_": self._again(one.type)})
            for name, one in self._inputs_of(kind).items()
        }

    def _again(self, kind: Any) -> Any:
        """The same type, of what is made anew."""
        match kind:
            case GraphQLNonNull():
                return GraphQLNonNull(self._again(kind.of_type))
            case GraphQLList():
                return GraphQLList(self._again(kind.of_type))
            case _:
                return self.new[kind.name]

"""The root fields that take many keys or search through time: ``nodes``, ``personBatch``, ``personMatches``.

Built for every entity from the ways to name one of its records, as the field for one record is.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from graphql import (
    GraphQLArgument,
    GraphQLBoolean,
    GraphQLList,
    GraphQLNonNull,
    GraphQLObjectType,
    GraphQLOutputType,
    GraphQLString,
)

from baseregistry import naming
from baseregistry.graphql import limits
from baseregistry.graphql.entities import Entities
from baseregistry.graphql.fields import declared
from baseregistry.graphql.roots import Root
from baseregistry.registries.declare import Entity
from baseregistry.registries.question import Form

Ways = Mapping[str, tuple[str, ...]]
Arguments = dict[str, GraphQLArgument]


@dataclass(frozen=True, slots=True)
class Said:
    """A root field: its type, what it asks, its description and its arguments (but `asOf`, which every root takes)."""

    kind: GraphQLOutputType
    root: Root
    description: str
    args: Arguments


def nodes(types: Entities) -> Said:
    """``nodes(ids:)``: any records, in the order of their ids."""
    ids = GraphQLArgument(
        GraphQLNonNull(_list(types.scalars["ID"])),
        description=f"The records' identities; at most {limits.LARGEST_LIST:,}.",
    )
    kind = GraphQLNonNull(GraphQLList(types.node))
    root = Root(None, Form.NODES, {"id": ("ids",)})
    return Said(kind, root, "Any records, in the order of `ids` (Relay); null where there is none.", {"ids": ids})


def of_entity(types: Entities, entity: Entity, ways: Ways, named: Arguments) -> dict[str, Said]:
    """``personBatch``, and ``personMatches`` where the entity has lookups; `named` are the arguments of one record."""
    singular, titled = naming.root(entity.full_name), f"{entity.title.en} ({entity.title.vi})"
    single = {name: way for name, way in ways.items() if len(way) == 1}
    by = " or ".join(f"`{naming.field(way[0])}`" for way in single.values())
    lists = {naming.field(way[0]): _many(named[naming.field(way[0])]) for way in single.values()}
    said = {
        f"{singular}Batch": Said(
            GraphQLNonNull(_batch_type(types, entity)),
            Root(entity.full_name, Form.BATCH, single),
            f"{titled}: the records that up to {limits.LARGEST_LIST:,} keys name, by {by}; in the order of the keys given.",
            lists,
        )
    }
    if entity.lookups:
        lookups = {lookup.name: (lookup.name,) for lookup in entity.lookups}
        described = f"{titled}, by a number that was ever theirs: searched over all valid time, as believed at the position asked."
        said[f"{singular}Matches"] = Said(
            GraphQLNonNull(_list(_match_type(types, entity))),
            Root(entity.full_name, Form.MATCHES, lookups),
            f"{described} First those who bear it at the moment asked, then those who bore it last.",
            {naming.field(name): named[naming.field(name)] for name in lookups},
        )
    return said


def _batch_type(types: Entities, entity: Entity) -> GraphQLObjectType:
    name = naming.type_name(entity.full_name)
    item = GraphQLObjectType(
        f"{name}BatchItem",
        {
            "key": declared(GraphQLNonNull(GraphQLString), "key", "The key as it was given; of an ID, in lower case."),
            "node": declared(types.object(entity.full_name), "node", f"The {name}; null where none has this key."),
        },
        description=f"A key that was given, and the {name} that it names.",
    )
    return GraphQLObjectType(
        f"{name}Batch",
        {
            "items": declared(GraphQLNonNull(_list(item)), "items", "One for each key, in the order given."),
            "notFound": declared(
                GraphQLNonNull(_list(GraphQLString)), "not_found", "The keys that name none, in the order given."
            ),
        },
        description=f"What a list of keys names, each a {name} or none.",
    )


def _match_type(types: Entities, entity: Entity) -> GraphQLObjectType:
    name, singular = naming.type_name(entity.full_name), naming.root(entity.full_name)
    through = {lookup.via for lookup in entity.lookups}
    matched = types.object(through.pop()) if len(through) == 1 else types.node
    return GraphQLObjectType(
        f"{name}Match",
        {
            singular: declared(
                types.object(entity.full_name),
                "record",
                f"The {name}, at the moment asked; null where not yet, or no more.",
            ),
            "matched": declared(
                GraphQLNonNull(matched),
                "matched",
                "The record that carries the number: at the moment asked; else as it last was before; else as it first was after.",
            ),
            "heldAt": declared(
                GraphQLNonNull(GraphQLBoolean),
                "held",
                "Whether the number was theirs, and in use, at the moment asked.",
            ),
        },
        description=f"A {name} whose number was found, and which number that is.",
    )


def _many(argument: GraphQLArgument) -> GraphQLArgument:
    return GraphQLArgument(
        _list(argument.type), description=f"{argument.description} In any order.", out_name=argument.out_name
    )


def _list(kind: Any) -> GraphQLList[Any]:
    """``[kind!]``, of input or output."""
    return GraphQLList(GraphQLNonNull(kind))

"""From the declarations to the schema: root fields for every entity, and the SDL that is committed.

`extensions` of a root field say which entity it asks, in which form and by which keys; nothing is
named here that a declaration does not name.
"""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from graphql import (
    GraphQLArgument,
    GraphQLField,
    GraphQLNonNull,
    GraphQLObjectType,
    GraphQLOutputType,
    GraphQLResolveInfo,
    GraphQLSchema,
    assert_valid_schema,
    print_schema,
)

from baseregistry import naming
from baseregistry.errors import DeclarationError
from baseregistry.graphql import batches
from baseregistry.graphql.accesses import Accesses
from baseregistry.graphql.entities import Entities
from baseregistry.graphql.inputs import input_scalar
from baseregistry.graphql.mutations.outcome import mutation_type
from baseregistry.graphql.roots import Root
from baseregistry.graphql.scalars import scalars
from baseregistry.graphql.streams.roots import subscription
from baseregistry.registries.answer.told import PERSON
from baseregistry.registries.declare import Declarations, Entity
from baseregistry.registries.question import Form

LEDGER = "ledger"  # what is asked instead of an entity
COMMITTED = Path(__file__).with_name("schema.graphql")


def build(declarations: Declarations) -> GraphQLSchema:
    """The schema of `declarations`."""
    types = Entities(declarations, scalars())
    fields = {"node": _node(types), "nodes": _said(types, batches.nodes(types)), **_ledger(types)}
    for entity in declarations.entities.values():
        for name, field in _roots(types, entity).items():
            if name in fields:
                raise DeclarationError(f"Two root fields would be called `{name}`.", code="D090")
            fields[name] = field
    person = declarations.entities.get(PERSON)
    if person is not None:
        fields |= Accesses(types).roots(_key_arguments(types, person), keys(declarations, person))
    query = GraphQLObjectType(
        "Query",
        fields,
        description="Questions to the registers. Root fields take `asOf`, but those that are asked by a ledger position.",
    )
    schema = GraphQLSchema(
        query,
        mutation=mutation_type(types),
        subscription=subscription(types),
        types=list(types),
        extensions={"declarations": declarations},
        description="Shared base registers: records, versions, two times.",
    )
    assert_valid_schema(schema)
    return schema


def sdl(schema: GraphQLSchema) -> str:
    """The schema as text, as it is committed in ``schema.graphql``."""
    return print_schema(schema) + "\n"


def keys(declarations: Declarations, entity: Entity) -> dict[str, tuple[str, ...]]:
    """The ways to name one record of `entity`: ``id``, its unique keys, its lookups; with the arguments of each."""
    unique = {key.name: key.attributes for key in entity.keys if key.unique}
    return {"id": ("id",), **unique, **{lookup.name: (lookup.name,) for lookup in entity.lookups}}


def _roots(types: Entities, entity: Entity) -> dict[str, GraphQLField]:
    name, singular = entity.full_name, naming.root(entity.full_name)
    node, titled = types.object(name), f"{entity.title.en} ({entity.title.vi})"
    ways, as_of = keys(types.declarations, entity), _as_of_argument(types)
    named = _key_arguments(types, entity)
    page = GraphQLNonNull(types.connection(name))
    by = " or ".join(", ".join(f"`{naming.field(arg)}`" for arg in way) for way in ways.values())
    return {
        singular: _root(node, Root(name, Form.ONE, ways), f"{titled}, by {by}.", {**named, **as_of}),
        naming.root_plural(name): _root(
            page,
            Root(name, Form.MANY, {}),
            f"{titled}: all for which `where` holds.",
            {**types.connection_arguments(entity), **as_of},
        ),
        f"{singular}History": _root(
            page,
            Root(name, Form.HISTORY, ways),
            f"{titled}: every version of the record that {by} names at the moment asked, as then believed.",
            {**named, **as_of, **types.history_arguments()},
        ),
        f"{singular}ChangesSince": _feed(types, entity),
        **{root: _said(types, said) for root, said in batches.of_entity(types, entity, ways, named).items()},
    }


def _said(types: Entities, said: batches.Said) -> GraphQLField:
    return _root(said.kind, said.root, said.description, {**said.args, **_as_of_argument(types)})


def _feed(types: Entities, entity: Entity) -> GraphQLField:
    feeds, name = types.feeds, entity.full_name
    item = feeds.item(entity, types.object(name))
    page = feeds.connection(item, f"{naming.type_name(name)}Feed", feeds.page)
    return _root(
        GraphQLNonNull(page),
        Root(name, Form.FEED, {}),
        f"{entity.title.en} ({entity.title.vi}): what changed after a ledger position, in the ledger's order, nothing missed.",
        {**feeds.since(), **feeds.arguments(placed=entity.territory is not None)},
    )


def _ledger(types: Entities) -> dict[str, GraphQLField]:
    feeds = types.feeds
    page = feeds.connection(feeds.ledger_change, "LedgerChangeConnection", feeds.page)
    return {
        "change": _root(
            feeds.ledger_change,
            Root(LEDGER, Form.CHANGE, {}),
            "One change of the ledger, and what it wrote.",
            feeds.at(),
        ),
        "changes": _root(
            GraphQLNonNull(page),
            Root(LEDGER, Form.CHANGES, {}),
            "The changes of the ledger, in its order.",
            {**feeds.since(required=False), **feeds.arguments(placed=False)},
        ),
    }


def _node(types: Entities) -> GraphQLField:
    args = {"id": GraphQLArgument(GraphQLNonNull(types.scalars["ID"]), description="The record's identity.")}
    root = Root(None, Form.ONE, {"id": ("id",)})
    return _root(types.node, root, "Any record, by `id` (Relay).", {**args, **_as_of_argument(types)})


def _root(kind: GraphQLOutputType, root: Root, description: str, args: dict[str, GraphQLArgument]) -> GraphQLField:
    return GraphQLField(kind, args=args, resolve=_answered, description=description, extensions={"root": root})


def _answered(root: Mapping[str, Any], info: GraphQLResolveInfo[Any], **_: Any) -> Any:
    """In the executor lane every root was answered by the one statement before; its fragment waits under its key."""
    return root[str(info.path.key)]


def _as_of_argument(types: Entities) -> dict[str, GraphQLArgument]:
    description = "The two times of the question; without it, now. Everything inside is seen at the same two times."
    return {"asOf": GraphQLArgument(types.inputs.as_of, out_name="as_of", description=description)}


def _key_arguments(types: Entities, entity: Entity) -> dict[str, GraphQLArgument]:
    args = {"id": GraphQLArgument(types.scalars["ID"], description="The record's identity.")}
    for key in entity.keys:
        for name in key.attributes if key.unique else ():
            attribute = entity.by_name[name]
            scalar = input_scalar(attribute.kind, types.scalars)
            described = f"{attribute.title.en} ({attribute.title.vi})."
            args[naming.field(name)] = GraphQLArgument(scalar, description=described, out_name=name)
    for lookup in entity.lookups:
        attribute = types.declarations.entities[lookup.via].by_name[lookup.attribute]
        scalar = input_scalar(attribute.kind, types.scalars)
        fixed = "".join(f", {name} {value}" for name, value in lookup.fixed)
        described = f"{attribute.title.en} ({attribute.title.vi}{fixed})."
        args[naming.field(lookup.name)] = GraphQLArgument(scalar, description=described, out_name=lookup.name)
    return args

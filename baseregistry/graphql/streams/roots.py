"""The root fields of a subscription: the ledger itself, and the changes of each entity.

Each tells what came after a place in the ledger, in its order, and goes on with what is committed.
"""

from graphql import GraphQLArgument, GraphQLField, GraphQLNonNull, GraphQLObjectType, GraphQLString

from baseregistry import naming
from baseregistry.errors import DeclarationError
from baseregistry.graphql.entities import Entities
from baseregistry.graphql.roots import Root
from baseregistry.registries.declare import Entity
from baseregistry.registries.question import Form

LEDGER = "ledger"
SINCE = (
    "Tell what comes after this ledger position; 0 tells all. Without it, and without `after`, what comes from now on."
)
LEDGER_HASH = "The ledger's hash at `since`, as it was told there; another ledger is refused (ledger.forked)."
AFTER = "Tell what comes after this cursor, as it stood in the `extensions` of the last event; also amid a change."


def subscription(types: Entities) -> GraphQLObjectType:
    """The type ``Subscription``."""
    roots = {LEDGER: _ledger(types)}
    for entity in types.declarations.entities.values():
        name = f"{naming.root(entity.full_name)}Changes"
        if name in roots:
            raise DeclarationError(f"Two subscriptions would be called `{name}`.", code="D090")
        roots[name] = _changes(types, entity)
    return GraphQLObjectType(
        "Subscription",
        roots,
        description="What happens, told as it is committed, in the ledger's order, nothing twice and nothing missed. Every"
        " event says in its `extensions` the `position` and the `cursor` to go on after.",
    )


def _ledger(types: Entities) -> GraphQLField:
    return GraphQLField(
        GraphQLNonNull(types.feeds.ledger_change),
        args=_arguments(types, placed=False),
        description="Every change of the registers, and what it wrote.",
        extensions={"root": Root(LEDGER, Form.CHANGES, {})},
    )


def _changes(types: Entities, entity: Entity) -> GraphQLField:
    name = entity.full_name
    return GraphQLField(
        GraphQLNonNull(types.feeds.item(entity, types.object(name))),
        args=_arguments(types, placed=entity.territory is not None),
        description=f"{entity.title.en} ({entity.title.vi}): what each change did to each record.",
        extensions={"root": Root(name, Form.FEED, {})},
    )


def _arguments(types: Entities, *, placed: bool) -> dict[str, GraphQLArgument]:
    """Where to begin, and which changes are told: as the feed of the same name is asked."""
    return {
        "since": GraphQLArgument(types.scalars["Position"], description=SINCE),
        "ledgerHash": GraphQLArgument(GraphQLString, out_name="ledger_hash", description=LEDGER_HASH),
        "after": GraphQLArgument(GraphQLString, description=AFTER),
        "where": types.feeds.arguments(placed=placed)["where"],
    }

"""The root fields of a subscription: the ledger itself, and the changes of each entity.

Each tells what came after a position, in the ledger's order, and goes on with what is committed.
"""

from graphql import GraphQLArgument, GraphQLField, GraphQLNonNull, GraphQLObjectType, GraphQLString, get_named_type

from baseregistry.graphql.entities import Entities
from baseregistry.graphql.roots import Root
from baseregistry.registries.question import Form

LEDGER = "ledger"
SINCE = "What comes after this position, from the ledger's begin to what is yet to come; without it, only the latter."
LEDGER_HASH = "The ledger's hash at `since`, as it was told there; another ledger is refused (ledger.forked)."


def subscription(types: Entities) -> GraphQLObjectType:
    """The type ``Subscription``."""
    return GraphQLObjectType(
        "Subscription",
        {LEDGER: _ledger(types)},
        description="What happens, told within a second of its commit, in the ledger's order, nothing twice and nothing"
        " missed. Go on after a break with the last `position` told as `since`.",
    )


def _ledger(types: Entities) -> GraphQLField:
    change = get_named_type(types.version.fields["change"].type)
    assert isinstance(change, GraphQLObjectType)
    return GraphQLField(
        GraphQLNonNull(change),
        args={
            "since": GraphQLArgument(types.scalars["Position"], description=SINCE),
            "ledgerHash": GraphQLArgument(GraphQLString, description=LEDGER_HASH, out_name="ledger_hash"),
        },
        description="Every change of the registers.",
        extensions={"root": Root(LEDGER, Form.CHANGES, {})},
    )

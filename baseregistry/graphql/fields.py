"""What every part of the schema is made of: fields that stand for declared names, and the arguments of pages."""

from graphql import GraphQLArgument, GraphQLDefaultInput, GraphQLField, GraphQLInt, GraphQLOutputType, GraphQLString

from baseregistry.graphql import limits


def declared(
    kind: GraphQLOutputType, name: str, description: str, args: dict[str, GraphQLArgument] | None = None
) -> GraphQLField:
    """A field that stands for the declared name or word `name`."""
    return GraphQLField(kind, args=args, description=description, extensions={"declared": name})


def page_arguments() -> dict[str, GraphQLArgument]:
    """``first`` and ``after``, of every connection."""
    return {
        "first": GraphQLArgument(
            GraphQLInt,
            default=GraphQLDefaultInput(limits.DEFAULT_PAGE),
            description=f"How many at most, from 0 to {limits.LARGEST_PAGE:,}.",
        ),
        "after": GraphQLArgument(GraphQLString, description="The cursor after which the page begins."),
    }

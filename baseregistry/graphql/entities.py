"""Object types: one per entity, with its attributes, references, ways back, version and history.

Nothing here resolves: a field only says in its `extensions` which declared name it stands for, and
`questions` reads that.  A redaction can take any fact away, so no attribute is ever non-null.
"""

from collections.abc import Iterator
from functools import cache, partial

from graphql import (
    GraphQLArgument,
    GraphQLBoolean,
    GraphQLDefaultInput,
    GraphQLField,
    GraphQLInt,
    GraphQLInterfaceType,
    GraphQLList,
    GraphQLNonNull,
    GraphQLObjectType,
    GraphQLOutputType,
    GraphQLString,
    GraphQLUnionType,
)

from baseregistry import naming
from baseregistry.graphql.derived import DerivedFields
from baseregistry.graphql.feeds import Feeds
from baseregistry.graphql.fields import declared, page_arguments
from baseregistry.graphql.filters import Filters
from baseregistry.graphql.inputs import Inputs, Scalars
from baseregistry.graphql.provenance import version_type
from baseregistry.registries.declare import (
    At,
    Attribute,
    Code,
    Day,
    Declarations,
    Entity,
    Flag,
    Fraction,
    Geometry,
    Number,
    PartialDay,
    Reference,
    Text,
    WayBack,
)
from baseregistry.registries.masks import mask_of

MOMENTS = {
    At.SAME: "Seen at the moment asked.",
    At.BEGIN: "Seen at the moment this version began.",
    At.LATEST: "Seen as it last was, up to the moment asked.",
}


class Entities:
    """The output types of one schema, each built once; `entity_of` finds the entity behind an object type's name."""

    def __init__(self, declarations: Declarations, scalars: Scalars) -> None:
        self.declarations = declarations
        self.scalars = scalars
        self.derived = DerivedFields(declarations, scalars)
        self.inputs = Inputs(scalars)
        self.node = _node_type(scalars)
        self.code = _code_type()
        self.page_info = _page_info_type()
        self.version = version_type(scalars)
        self.feeds = Feeds(scalars, self.page_info, self.version, self.inputs.period)
        self.entity_of = {naming.type_name(name): name for name in declarations.entities}
        self.object = cache(self._object)
        self.connection = cache(self._connection)
        self.filters = Filters(declarations, scalars)
        self.order = cache(self.inputs.order)

    def __iter__(self) -> Iterator[GraphQLObjectType]:
        return (self.object(name) for name in self.declarations.entities)

    def _object(self, name: str) -> GraphQLObjectType:
        entity = self.declarations.entities[name]
        return GraphQLObjectType(
            naming.type_name(name),
            partial(self._fields, entity),
            interfaces=[self.node],
            extensions={"entity": name},
            description=f"{entity.title.en} ({entity.title.vi}). {entity.description}",
        )

    def _fields(self, entity: Entity) -> dict[str, GraphQLField]:
        attributes = {naming.field(item.name): self._attribute(entity, item) for item in entity.attributes}
        ways = self.declarations.ways_back(entity).values()
        return {
            "id": declared(GraphQLNonNull(self.scalars["ID"]), "id", "The record's identity (UUID); it never changes."),
            **attributes,
            **{naming.field(item.name): self.derived.field(entity, item) for item in entity.derived},
            **{naming.field(way.name): self._way_back(way) for way in ways},
            **{naming.field(way.name + naming.HISTORY): self._way_back_history(way) for way in ways},
            "version": declared(
                GraphQLNonNull(self.version),
                "version",
                "The version found: its two times, and on whose word it stands.",
            ),
            "history": self._history(entity),
        }

    def _history(self, entity: Entity) -> GraphQLField:
        return declared(
            GraphQLNonNull(self.connection(entity.full_name)),
            "history",
            "Every version of this record, in order of valid time, as the register believes it at the position asked.",
            self.history_arguments(),
        )

    def _attribute(self, entity: Entity, attribute: Attribute) -> GraphQLField:
        said = [f"{attribute.title.en} ({attribute.title.vi}).", attribute.description]
        said += [f"Sensitivity: {attribute.sensitivity.value}.", f"Source: {attribute.source}."]
        args = _mask_argument(attribute)
        match attribute.kind:
            case Geometry():
                args["crs"] = GraphQLArgument(
                    GraphQLNonNull(self.scalars["CRS"]),
                    default=GraphQLDefaultInput("CRS84"),
                    description="The coordinate reference system of the answer.",
                )
            case Reference(at=at):
                said.append(MOMENTS[at])
            case Number(unit=str(unit)):
                said.append(f"Unit: {unit}.")
            case Code(list=codes):
                said.append(f"Code list: {codes}.")
            case _:
                pass
        return declared(self._output(entity, attribute), attribute.name, " ".join(said), args)

    def _output(self, entity: Entity, attribute: Attribute) -> GraphQLOutputType:  # noqa: C901 (a case per kind)
        match attribute.kind:
            case Text():
                return GraphQLString
            case Code():
                return self.code
            case Number(scale=0, digits=digits) if digits <= 9:
                return GraphQLInt
            case Number():
                return self.scalars["Decimal"]
            case Flag():
                return GraphQLBoolean
            case Day():
                return self.scalars["Date"]
            case PartialDay():
                return self.scalars["PartialDate"]
            case Fraction():
                return self.scalars["Fraction"]
            case Geometry():
                return self.scalars["GeoJSON"]
            case Reference(to=(target,)):
                return self.object(target)
            case Reference(to=targets):
                return self._union(entity, attribute, targets)

    def _union(self, entity: Entity, attribute: Attribute, targets: tuple[str, ...]) -> GraphQLUnionType:
        return GraphQLUnionType(
            naming.union_name(entity.full_name, attribute.name),
            lambda: [self.object(target) for target in targets],
            description=f"What {attribute.title.en.lower()} of {entity.title.en.lower()} may be.",
        )

    def _way_back(self, way: WayBack) -> GraphQLField:
        entity = way.entity
        return declared(
            GraphQLNonNull(self.connection(entity.full_name)),
            way.name,
            f"{entity.title.en} ({entity.title.vi}) whose `{naming.field(way.attribute.name)}` is this record.",
            self.connection_arguments(entity),
        )

    def _way_back_history(self, way: WayBack) -> GraphQLField:
        entity, where = way.entity, self.filters.filter(way.entity.full_name)
        args = {"where": GraphQLArgument(where, description="Only versions for which this holds.")} if where else {}
        return declared(
            GraphQLNonNull(self.connection(entity.full_name)),
            way.name + naming.HISTORY,
            f"Every version of {entity.title.en} ({entity.title.vi}) whose `{naming.field(way.attribute.name)}` is, or"
            " once was, this record, in order of valid time.",
            {**args, **self.history_arguments()},
        )

    def history_arguments(self) -> dict[str, GraphQLArgument]:
        """``between``, ``includeSuperseded``, ``first`` and ``after``, of every history."""
        between = "Only versions that held at some moment of this period; each as of the first of those moments."
        return {
            "between": GraphQLArgument(self.inputs.period, description=between),
            "includeSuperseded": GraphQLArgument(
                GraphQLNonNull(GraphQLBoolean),
                default=GraphQLDefaultInput(False),
                out_name="include_superseded",
                description="Also what was once believed and no longer is, in the order in which it was written.",
            ),
            **page_arguments(),
        }

    def connection_arguments(self, entity: Entity) -> dict[str, GraphQLArgument]:
        """``where``, ``orderBy``, ``first`` and ``after``, as far as the entity has them."""
        where, order = self.filters.filter(entity.full_name), self.order(entity)
        args = page_arguments()
        if where:
            args["where"] = GraphQLArgument(where, description="Only those for which this holds.")
        if order:
            several = GraphQLList(GraphQLNonNull(order))
            args["orderBy"] = GraphQLArgument(several, out_name="order_by", description="In this order; else by id.")
        return args

    def _connection(self, name: str) -> GraphQLObjectType:
        node, type_name = self.object(name), naming.type_name(name)
        edge = GraphQLObjectType(
            f"{type_name}Edge",
            {
                "cursor": declared(GraphQLNonNull(GraphQLString), "cursor", "Where this one stands in the order."),
                "node": declared(GraphQLNonNull(node), "node", f"The {type_name}."),
            },
            description=f"A {type_name} in a page, with its cursor.",
        )
        return GraphQLObjectType(
            f"{type_name}Connection",
            {
                "nodes": declared(GraphQLNonNull(GraphQLList(GraphQLNonNull(node))), "nodes", "What the page holds."),
                "edges": declared(
                    GraphQLNonNull(GraphQLList(GraphQLNonNull(edge))), "edges", "What the page holds, with cursors."
                ),
                "pageInfo": declared(GraphQLNonNull(self.page_info), "page_info", "Where the page begins and ends."),
                "totalCount": declared(GraphQLNonNull(GraphQLInt), "total_count", "How many there are on all pages."),
            },
            description=f"A page of {type_name} (Relay connection).",
        )


def _mask_argument(attribute: Attribute) -> dict[str, GraphQLArgument]:
    """``mask``, of what can be told masked."""
    mask = mask_of(attribute)
    if mask is None:
        return {}
    said = f"Tell only {mask.value}."
    return {
        "mask": GraphQLArgument(GraphQLNonNull(GraphQLBoolean), default=GraphQLDefaultInput(False), description=said)
    }


def _node_type(scalars: Scalars) -> GraphQLInterfaceType:
    identity = GraphQLField(GraphQLNonNull(scalars["ID"]), description="The record's identity; it never changes.")
    return GraphQLInterfaceType("Node", {"id": identity}, description="Anything with an identity of its own.")


def _code_type() -> GraphQLObjectType:
    return GraphQLObjectType(
        "Code",
        {
            "code": declared(GraphQLNonNull(GraphQLString), "code", "The code as registered."),
            "titleVi": declared(GraphQLString, "title_vi", "What it is called in Vietnamese."),
            "titleEn": declared(GraphQLString, "title_en", "What it is called in English."),
            "edition": declared(GraphQLString, "edition", "The edition of the code list that says so."),
            "retired": declared(GraphQLBoolean, "retired", "Whether no edition in force at the moment asked holds it."),
        },
        description="A code of a dated code list. A retired code stays readable.",
    )


def _page_info_type() -> GraphQLObjectType:
    yes_or_no = GraphQLNonNull(GraphQLBoolean)
    return GraphQLObjectType(
        "PageInfo",
        {
            "hasNextPage": declared(yes_or_no, "has_next_page", "Whether more follow."),
            "hasPreviousPage": declared(yes_or_no, "has_previous_page", "Whether some come before."),
            "startCursor": declared(GraphQLString, "start_cursor", "The cursor of the first one."),
            "endCursor": declared(GraphQLString, "end_cursor", "The cursor of the last one; give it as `after`."),
        },
        description="Where a page begins and ends (Relay).",
    )

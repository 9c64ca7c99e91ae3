"""Types of what changed: items of feeds, facts with old and new value, the ledger's changes and what each wrote.

Fields stand for the words of `registries/answer/feeds.py`, `facts.py`, `ledgers.py` and `writes.py`.
"""

from functools import cache

from graphql import (
    GraphQLArgument,
    GraphQLBoolean,
    GraphQLEnumType,
    GraphQLEnumValue,
    GraphQLField,
    GraphQLInputField,
    GraphQLInputObjectType,
    GraphQLInputType,
    GraphQLList,
    GraphQLNonNull,
    GraphQLObjectType,
    GraphQLOutputType,
    GraphQLScalarType,
    GraphQLString,
    get_named_type,
)

from baseregistry import naming
from baseregistry.graphql.fields import declared, page_arguments
from baseregistry.graphql.inputs import Scalars
from baseregistry.registries.declare import Entity

EFFECTS = {
    "CREATED": "Something is said of moments of which nothing was.",
    "CHANGED": "Something else is said than was.",
    "ENDED": "From then on nothing is said any more: it ended.",
    "RETRACTED": "Nothing is said any more, by a correction or a retraction: it was never so.",
    "REDACTED": "Values were destroyed by law.",
    "REWRITTEN": "Versions were cut or joined otherwise; nothing else is said than was.",
}
STATUSES = {
    "ENTERED": "At the moments that the change touched, the record is among those asked for, and was not before.",
    "STAYED": "It was, and it is.",
    "LEFT": "It was, and is no longer: it lies elsewhere now, has ended or was taken back.",
}
SINCE = "The ledger position after which changes are told; 0 tells all. One that has not come is refused."
LEDGER_HASH = "The ledger's hash at `position`, as it was told there; another ledger is refused (ledger.forked)."
UNTIL = "The last ledger position that is told; else the head."


class Feeds:
    """The types of one schema, each built once."""

    def __init__(
        self,
        scalars: Scalars,
        page_info: GraphQLObjectType,
        version: GraphQLObjectType,
        period: GraphQLInputObjectType,
    ) -> None:
        self.scalars = scalars
        self.page_info = page_info
        self.period = period
        change = get_named_type(version.fields["change"].type)
        assert isinstance(change, GraphQLObjectType)
        self.change = change
        self.kind = get_named_type(change.fields["kind"].type)
        self.effect = _enum("ChangeEffect", EFFECTS, "What a change did to a record.")
        self.status = _enum("FeedStatus", STATUSES, "How a record stands to what a feed is asked for.")
        self.facts = _required_list(self._fact())
        self.page = self._page()
        self.item = cache(self._item)
        self.filter = cache(self._filter)
        self.ledger_change = self._ledger_change()

    def arguments(self, *, placed: bool) -> dict[str, GraphQLArgument]:
        """What a feed, or the list of changes, can be asked; `placed`: of records that lie in units."""
        return {
            "until": GraphQLArgument(self.scalars["Position"], description=UNTIL),
            "where": GraphQLArgument(
                self.filter(placed), out_name="changes", description="Only changes for which this holds."
            ),
            **page_arguments(),
        }

    def at(self) -> dict[str, GraphQLArgument]:
        """Which change is asked for."""
        position = GraphQLNonNull(self.scalars["Position"])
        return {
            "position": GraphQLArgument(position, out_name="until", description="The change's position."),
            "ledgerHash": GraphQLArgument(GraphQLString, out_name="until_hash", description=LEDGER_HASH),
        }

    def since(self, *, required: bool = True) -> dict[str, GraphQLArgument]:
        """From where a feed is read, and the ledger's hash there."""
        position = self.scalars["Position"]
        kind = GraphQLNonNull(position) if required else position
        return {
            "position": GraphQLArgument(kind, out_name="since", description=SINCE),
            "ledgerHash": GraphQLArgument(GraphQLString, out_name="ledger_hash", description=LEDGER_HASH),
        }

    def connection(self, node: GraphQLObjectType, name: str, page: GraphQLObjectType) -> GraphQLObjectType:
        """A connection of `node`, called `name`."""
        edge = GraphQLObjectType(
            f"{name}Edge",
            {
                "cursor": declared(GraphQLNonNull(GraphQLString), "cursor", "Where this one stands in the order."),
                "node": declared(GraphQLNonNull(node), "node", f"The {node.name}."),
            },
            description=f"A {node.name} in a page, with its cursor.",
        )
        return GraphQLObjectType(
            name,
            {
                "nodes": declared(_required_list(node), "nodes", "What the page holds."),
                "edges": declared(_required_list(edge), "edges", "What the page holds, with cursors."),
                "pageInfo": declared(GraphQLNonNull(page), "page_info", "Where the page ends, and how to go on."),
            },
            description=f"A page of {node.name}.",
        )

    def _item(self, entity: Entity, record: GraphQLObjectType) -> GraphQLObjectType:
        position, instant = GraphQLNonNull(self.scalars["Position"]), GraphQLNonNull(self.scalars["DateTime"])
        yes_or_no, versions = GraphQLNonNull(GraphQLBoolean), _required_list(record)
        then = "each as of its begin, as known at this position"
        fields: dict[str, tuple[GraphQLOutputType, str]] = {
            "position": (position, "The ledger position of the change."),
            "recorded_at": (instant, "When it was recorded."),
            "kind": (GraphQLNonNull(self.kind), "What sort of change it was."),
            "record_id": (GraphQLNonNull(self.scalars["ID"]), "The record's identity."),
            "effect": (GraphQLNonNull(self.effect), "What the change did to the record, all in all."),
            "status": (GraphQLNonNull(self.status), "Whether the record came, stayed or left."),
            "retracted": (yes_or_no, "Whether something was taken back with nothing in its place: it was never so."),
            "versions": (versions, f"The versions that the change wrote, {then}."),
            "withdrawn": (versions, f"The versions that were believed until this change, {then} but for the change."),
            "facts": (self.facts, "What is said now and what was said before, period by period."),
            "change": (GraphQLNonNull(self.change), "The change with its provenance."),
        }
        return GraphQLObjectType(
            f"{naming.type_name(entity.full_name)}Change",
            lambda: {naming.field(name): declared(kind, name, said) for name, (kind, said) in fields.items()},
            description=f"What one change did to one record of {entity.title.en} ({entity.title.vi}).",
        )

    def _fact(self) -> GraphQLObjectType:
        value = GraphQLScalarType(
            "FactValue",
            description="A value as the record's own field shows it; of a reference the id, of a code the code, of a"
            " geometry GeoJSON in the storage CRS, digit for digit.",
        )
        attribute = GraphQLObjectType(
            "AttributeChange",
            {
                "attribute": declared(GraphQLNonNull(GraphQLString), "attribute", "The field's name."),
                "old": declared(value, "old", "What was said before; null where nothing was."),
                "new": declared(value, "new", "What is said since; null where nothing is."),
                "redacted": declared(
                    GraphQLNonNull(GraphQLBoolean), "redacted", "Whether one of the two was destroyed by law."
                ),
            },
            description="An attribute of which something else is said, or whose value was destroyed.",
        )
        instant = self.scalars["DateTime"]
        return GraphQLObjectType(
            "FactChange",
            {
                "validFrom": declared(instant, "valid_from", "From when on, in the world; null: always."),
                "validTo": declared(instant, "valid_to", "Until when (exclusive); null: for ever."),
                "effect": declared(GraphQLNonNull(self.effect), "effect", "What was done."),
                "attributes": declared(_required_list(attribute), "attributes", "What differs."),
            },
            description="What a change says of one period of a record. A remainder that was only written again is none.",
        )

    def _page(self) -> GraphQLObjectType:
        return GraphQLObjectType(
            "FeedPage",
            {
                "hasNextPage": declared(
                    GraphQLNonNull(GraphQLBoolean),
                    "has_next_page",
                    "Whether more may follow; a page under a filter may end before it is full.",
                ),
                "endCursor": declared(
                    GraphQLNonNull(GraphQLString), "end_cursor", "Where to go on, by `after`; also of an empty page."
                ),
                "upTo": declared(
                    GraphQLNonNull(self.scalars["Position"]),
                    "up_to",
                    "All that was asked for up to this position has been told; to go on by `position` instead.",
                ),
            },
            description="Where a page of a feed ends.",
        )

    def _filter(self, placed: bool) -> GraphQLInputObjectType:
        text = GraphQLString
        fields: dict[str, tuple[GraphQLInputType, str, str]] = {
            "kind": (GraphQLList(GraphQLNonNull(self.kind)), "kinds", "Of one of these kinds."),
            "agency": (text, "agency", "On the authority of this agency."),
            "case": (text, "case", "Made in this case."),
            "recorded": (self.period, "recorded", "Recorded in this period."),
        }
        ids = GraphQLList(GraphQLNonNull(self.scalars["ID"]))
        if placed:
            lies = "Records that lay, or lie, in one of these units (ids) at a moment that the change touched."
            fields = {"territory": (ids, "units", lies), **fields}
        return GraphQLInputObjectType(
            "PlacedFeedFilter" if placed else "FeedFilter",
            {
                name: GraphQLInputField(kind, out_name=out_name, description=said)
                for name, (kind, out_name, said) in fields.items()
            },
            description="Which changes are told; all that is said must hold.",
        )

    def _ledger_change(self) -> GraphQLObjectType:
        return GraphQLObjectType(
            "LedgerChange",
            lambda: {**self.change.fields, "writes": self._writes()},
            description="One entry of the ledger, with what it wrote.",
        )

    def _writes(self) -> GraphQLField:
        write = GraphQLObjectType(
            "Write",
            {
                "entity": declared(GraphQLNonNull(GraphQLString), "entity", "Of which entity (land.parcel)."),
                "recordId": declared(GraphQLNonNull(self.scalars["ID"]), "record_id", "The record's identity."),
                "effect": declared(GraphQLNonNull(self.effect), "effect", "What was done to it, all in all."),
                "retracted": declared(
                    GraphQLNonNull(GraphQLBoolean), "retracted", "Whether something was taken back: it was never so."
                ),
                "facts": declared(self.facts, "facts", "What is said now and what was said before, period by period."),
            },
            description="What a change did to one record.",
        )
        return declared(
            GraphQLNonNull(self.connection(write, "WriteConnection", self.page_info)),
            "writes",
            "The records that the change touched, by entity and id.",
            page_arguments(),
        )


def _enum(name: str, values: dict[str, str], description: str) -> GraphQLEnumType:
    return GraphQLEnumType(
        name,
        {value: GraphQLEnumValue(value, description=said) for value, said in values.items()},
        description=description,
    )


def _required_list(kind: GraphQLObjectType) -> GraphQLNonNull[GraphQLList[GraphQLNonNull[GraphQLObjectType]]]:
    return GraphQLNonNull(GraphQLList(GraphQLNonNull(kind)))

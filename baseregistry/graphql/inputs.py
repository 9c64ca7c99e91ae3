"""What a client may say about a plural field beside its filter: orders, and the two times of `asOf`.

What may be compared and how stands here, too.  Coerced values carry the declared names (`out_name`), so whoever
reads them never sees the spelling of GraphQL.
"""

from collections.abc import Iterator, Mapping

from graphql import (
    GraphQLBoolean,
    GraphQLEnumType,
    GraphQLEnumValue,
    GraphQLInputField,
    GraphQLInputObjectType,
    GraphQLInt,
    GraphQLScalarType,
    GraphQLString,
)

from baseregistry import naming
from baseregistry.registries.declare import (
    Attribute,
    Code,
    Day,
    Entity,
    Flag,
    Fraction,
    Geometry,
    Kind,
    Number,
    PartialDay,
    Reference,
    Text,
)
from baseregistry.registries.question import Order

Scalars = Mapping[str, GraphQLScalarType]

AT = "at "  # before an entity: conditions on the record of it that is referred to
COMPARED = ("eq", "in", "lt", "lte", "gt", "gte")


def selectable(entity: Entity) -> Iterator[Attribute]:
    """The attributes by which records may be filtered and ordered: keys, references, names, and what is indexed."""
    in_keys = {name for key in entity.keys for name in key.attributes}
    for attribute in entity.attributes:
        match attribute.kind:
            case Geometry():
                continue
            case Reference() | Text(name=True):
                yield attribute
            case _:
                if attribute.indexed or attribute.name in in_keys:
                    yield attribute


def input_scalar(kind: Kind, scalars: Scalars) -> GraphQLScalarType:
    """The scalar in which a value of `kind` is given."""
    match kind:
        case Text() | Code():
            return GraphQLString
        case Number(scale=0, digits=digits) if digits <= 9:
            return GraphQLInt
        case Number():
            return scalars["Decimal"]
        case Flag():
            return GraphQLBoolean
        case Day():
            return scalars["Date"]
        case PartialDay():
            return scalars["PartialDate"]
        case Fraction():
            return scalars["Fraction"]
        case Geometry():
            return scalars["GeoJSON"]
        case Reference():
            return scalars["ID"]


def operators(kind: Kind) -> tuple[str, ...]:
    """How a value of `kind` may be compared."""
    match kind:
        case Text(name=True):
            return ("eq", "in", "prefix", "search", "is_null")
        case Text() | Code():
            return ("eq", "in", "prefix", "is_null")
        case Number() | Day():
            return (*COMPARED, "is_null")
        case PartialDay():
            return (*COMPARED, "possibly", "is_null")
        case Fraction() | Reference():
            return ("eq", "in", "is_null")
        case Flag():
            return ("eq", "is_null")
        case Geometry():
            return ("intersects", "within", "bbox", "distance", "is_null")


class Inputs:
    """The input types of one schema that are no filters."""

    def __init__(self, scalars: Scalars) -> None:
        self.scalars = scalars
        self.as_of = _as_of(scalars)
        self.period = _period(scalars)

    def order(self, entity: Entity) -> GraphQLEnumType | None:
        """``ParcelOrder``: the orders a plural field may be asked in; the record's id always comes last."""
        values = {}
        for attribute in selectable(entity):
            values.update(_orders(attribute, "", given=False))
            if isinstance(attribute.kind, Text) and attribute.kind.given_last:
                values.update(_orders(attribute, "_GIVEN", given=True))
        name = naming.type_name(entity.full_name)
        return GraphQLEnumType(f"{name}Order", values, description=f"An order of {name}.") if values else None


def _orders(attribute: Attribute, word: str, *, given: bool) -> dict[str, GraphQLEnumValue]:
    by = f"the given name (the last word of {attribute.title.en}), then the whole" if given else attribute.title.en
    return {
        f"{naming.enum_value(attribute.name)}{word}_{suffix}": GraphQLEnumValue(
            Order(attribute.name, descending, given), description=f"By {by}, {said}."
        )
        for suffix, descending, said in (("ASC", False, "ascending"), ("DESC", True, "descending"))
    }


def _as_of(scalars: Scalars) -> GraphQLInputObjectType:
    fields = {
        "validAt": (
            scalars["DateTime"],
            "valid_at",
            "The moment in the world that is asked about; else the time of the known position, else now.",
        ),
        "knownAt": (
            scalars["DateTime"],
            "known_at",
            "What the register knew at this moment: its last position not later. Not together with `position`.",
        ),
        "position": (scalars["Position"], "position", "What the register knew at this ledger position."),
        "ledgerHash": (
            GraphQLString,
            "ledger_hash",
            "The hash that came with `position`; refused when the ledger has another one there (a restored backup).",
        ),
    }
    return GraphQLInputObjectType(
        "AsOf",
        {
            name: GraphQLInputField(scalar, description=description, out_name=out_name)
            for name, (scalar, out_name, description) in fields.items()
        },
        description="The two times of a question: when it held in the world, and when the register knew it.",
    )


def _period(scalars: Scalars) -> GraphQLInputObjectType:
    ends = {"from": ("begin", "From this moment on; else always."), "to": ("end", "Before this moment; else for ever.")}
    return GraphQLInputObjectType(
        "Period",
        {
            name: GraphQLInputField(scalars["DateTime"], description=description, out_name=out_name)
            for name, (out_name, description) in ends.items()
        },
        description="A half-open period: its begin belongs to it, its end does not.",
    )

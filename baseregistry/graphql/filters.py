"""The filters of a schema: one per entity, over its attributes, what it refers to, and what refers to it.

Built from the declarations.  The words inside tell what is meant (`out_name`): a comparison, ``at <entity>`` for the
record referred to, ``some`` / ``every`` / ``none`` for a way back, a relation in space.
"""

from functools import cache

from graphql import (
    GraphQLBoolean,
    GraphQLDefaultInput,
    GraphQLFloat,
    GraphQLInputField,
    GraphQLInputObjectType,
    GraphQLInputType,
    GraphQLList,
    GraphQLNonNull,
    GraphQLScalarType,
    GraphQLString,
)

from baseregistry import naming
from baseregistry.graphql.inputs import AT, Scalars, input_scalar, operators, selectable
from baseregistry.registries.answer.shapes import FURTHEST, MOST_VERTICES
from baseregistry.registries.declare import Attribute, Declarations, Entity, Geometry, Reference, Text, WayBack

WORDS = {
    "eq": "Equal to this.",
    "in": "Equal to one of these; at most 1,000.",
    "lt": "Before, or less than, this.",
    "lte": "Not after, or not greater than, this.",
    "gt": "After, or greater than, this.",
    "gte": "Not before, or not less than, this.",
    "prefix": "Begins with this. A name is compared without diacritics and in lower case.",
    "search": "Holds all of these words, in any order, without regard to diacritics and case. Without `orderBy` the best come "
    "first: the whole name as typed, the same words, then the rest.",
    "possibly": "Compare with at least one of the days it may be; otherwise the comparison must hold for each of them.",
    "is_null": "Whether the register holds no value.",
}
QUANTIFIED = {
    "some": "For at least one of them this holds.",
    "every": "For every one of them this holds; of none, it does.",
    "none": "For none of them this holds.",
}


class Filters:
    """The filters of one schema, each built once."""

    def __init__(self, declarations: Declarations, scalars: Scalars) -> None:
        self.declarations = declarations
        self.scalars = scalars
        self.filter = cache(self._filter)
        self.listed = cache(self._listed)
        self.pointer = cache(self._pointer)
        self.comparison = cache(self._comparison)
        self.geometry = self._geometry()

    def _filter(self, name: str) -> GraphQLInputObjectType | None:
        """``ParcelFilter``: conditions on one entity; None when nothing of it may be asked for."""
        entity = self.declarations.entities[name]
        attributes, ways = tuple(_compared(entity)), tuple(self.declarations.ways_back(entity).values())
        if not attributes and not ways:
            return None

        def fields() -> dict[str, GraphQLInputField]:
            several = GraphQLList(GraphQLNonNull(made))
            back = {naming.field(way.name): self._way_back(way) for way in ways}
            return {
                "and": GraphQLInputField(several, description="All of these hold."),
                "or": GraphQLInputField(several, description="At least one of these holds; of none, nothing does."),
                "not": GraphQLInputField(made, description="This does not hold."),
                **{naming.field(attribute.name): self._attribute(entity, attribute) for attribute in attributes},
                **{name: field for name, field in back.items() if field is not None},
            }

        type_name = naming.type_name(name)
        made = GraphQLInputObjectType(
            f"{type_name}Filter", fields, description=f"Conditions on {type_name}; all that is said must hold."
        )
        return made

    def _attribute(self, entity: Entity, attribute: Attribute) -> GraphQLInputField:
        said = f"{attribute.title.en} ({attribute.title.vi})."
        match attribute.kind:
            case Geometry():
                kind = self.geometry
            case Reference(to=(target,)):
                kind = self.pointer(f"{naming.type_name(target)}Reference", (target,))
            case Reference(to=targets):
                kind = self.pointer(naming.union_name(entity.full_name, attribute.name), targets)
            case Text(name=True):
                kind = self.comparison("Name", GraphQLString, operators(attribute.kind))
            case other:
                scalar = input_scalar(other, self.scalars)
                kind = self.comparison(scalar.name, scalar, operators(other))
        return GraphQLInputField(kind, description=said, out_name=attribute.name)

    def _way_back(self, way: WayBack) -> GraphQLInputField | None:
        kind, entity = self.listed(way.entity.full_name), way.entity
        if kind is None:
            return None
        said = f"{entity.title.en} ({entity.title.vi}) whose `{naming.field(way.attribute.name)}` is this record."
        return GraphQLInputField(kind, description=said, out_name=way.name)

    def _listed(self, name: str) -> GraphQLInputObjectType | None:
        """``RightListFilter``: conditions on the records that refer to one."""
        kind, type_name = self.filter(name), naming.type_name(name)
        if kind is None:
            return None
        return GraphQLInputObjectType(
            f"{type_name}ListFilter",
            {word: GraphQLInputField(kind, description=said, out_name=word) for word, said in QUANTIFIED.items()},
            description=f"Conditions on several {type_name}, as they are at the moment asked; all that is said must hold.",
        )

    def _pointer(self, name: str, targets: tuple[str, ...]) -> GraphQLInputObjectType:
        """``UnitReferenceFilter``, ``RightHolderFilter``: conditions on a reference, and on the record it points to."""

        def fields() -> dict[str, GraphQLInputField]:
            words = operators(Reference(targets, ""))
            made = {naming.field(word): self._word(self.scalars["ID"], word) for word in words}
            for target in targets:
                kind = self.filter(target)
                if kind is not None:
                    word = "is" if len(targets) == 1 else naming.root(target)
                    said = f"It is of type {naming.type_name(target)}, and this holds for it at the moment at which it is seen."
                    made[word] = GraphQLInputField(kind, description=said, out_name=f"{AT}{target}")
            return made

        return GraphQLInputObjectType(
            f"{name}Filter", fields, description="What is referred to: by id, or by what holds for it; all must hold."
        )

    def _comparison(self, name: str, scalar: GraphQLScalarType, words: tuple[str, ...]) -> GraphQLInputObjectType:
        return GraphQLInputObjectType(
            f"{name}Comparison",
            {naming.field(word): self._word(scalar, word) for word in words},
            description=f"How a value of type {name} must compare; all that is said must hold.",
        )

    @staticmethod
    def _word(scalar: GraphQLScalarType, word: str) -> GraphQLInputField:
        kinds: dict[str, GraphQLInputType] = {
            "in": GraphQLList(GraphQLNonNull(scalar)),
            "is_null": GraphQLBoolean,
            "possibly": GraphQLBoolean,
        }
        return GraphQLInputField(kinds.get(word, scalar), description=WORDS[word], out_name=word)

    def _geometry(self) -> GraphQLInputObjectType:
        shape, most = self.scalars["GeoJSON"], f"{MOST_VERTICES:,}"
        distance = GraphQLInputObjectType(
            "DistanceFilter",
            {
                "of": GraphQLInputField(GraphQLNonNull(shape), description="The geometry."),
                "meters": GraphQLInputField(GraphQLNonNull(GraphQLFloat), description=f"At most {FURTHEST:,}."),
            },
            description="Not further from a geometry than so many metres, measured in the storage CRS.",
        )
        box = GraphQLList(GraphQLNonNull(GraphQLFloat))
        fields: dict[str, tuple[GraphQLInputType, str]] = {
            "intersects": (shape, f"Shares at least a point with this; at most {most} positions."),
            "within": (shape, "Lies wholly in this; its border belongs to it."),
            "bbox": (box, "Shares at least a point with this box: west, south, east, north (or easting, northing)."),
            "distance": (distance, "Lies not further from a geometry than this."),
            "is_null": (GraphQLBoolean, WORDS["is_null"]),
        }
        made = {
            naming.field(word): GraphQLInputField(kind, description=said, out_name=word)
            for word, (kind, said) in fields.items()
        }
        made["crs"] = GraphQLInputField(
            GraphQLNonNull(self.scalars["CRS"]),
            default=GraphQLDefaultInput("CRS84"),
            description="The coordinate reference system of what is given here.",
            out_name="crs",
        )
        said = "Where a geometry lies; all that is said must hold."
        return GraphQLInputObjectType("GeometryFilter", made, description=said)


def _compared(entity: Entity) -> list[Attribute]:
    """The attributes that a filter knows: those that are indexed, and geometries, which always are."""
    indexed = {attribute.name for attribute in selectable(entity)}
    return [item for item in entity.attributes if item.name in indexed or isinstance(item.kind, Geometry)]

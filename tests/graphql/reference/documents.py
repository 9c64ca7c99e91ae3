"""Documents that a client would rather ask: of what hypothesis-graphql makes, the structure; the values from the rows.

Names, numbers, ids and moments that stand nowhere find nothing, and what finds nothing proves little.  Choices are drawn
from the document's own text, so the same document is always mended alike.
"""

import json
from dataclasses import dataclass, replace
from random import Random
from typing import Any
from zlib import crc32

from graphql import (
    REMOVE,
    ArgumentNode,
    BooleanValueNode,
    FieldNode,
    GraphQLSchema,
    InlineFragmentNode,
    IntValueNode,
    ListValueNode,
    NameNode,
    NullValueNode,
    ObjectFieldNode,
    ObjectValueNode,
    OperationDefinitionNode,
    SelectionNode,
    StringValueNode,
    TypeInfo,
    TypeInfoVisitor,
    ValueNode,
    Visitor,
    parse,
    parse_value,
    print_ast,
    visit,
)

from baseregistry import naming
from baseregistry.graphql.schema import keys
from baseregistry.registries import values
from baseregistry.registries.declare import Attribute, Entity, Flag, Geometry, Number, PartialDay, Reference
from tests.graphql.reference.rows import Rows, instant, instant_text

BOXES = [[107.5, 15.0, 108.9, 16.4], [108.1218, 15.8192, 108.1219, 15.8194], [107.0, 15.0, 107.1, 15.1]]
SHAPES = [
    ({"type": "Point", "coordinates": [540010, 1750005]}, "EPSG:5899"),
    ({"type": "Polygon", "coordinates": [[[540000, 1749000], [541000, 1749000], [541000, 1751000], [540000, 1749000]]]}, "EPSG:5899"),
    ({"type": "LineString", "coordinates": [[107.9, 15.2], [108.4, 16.3]]}, "CRS84"),
    ({"type": "Polygon", "coordinates": [[[107.6, 15.1], [108.7, 15.1], [108.7, 16.2], [107.6, 15.1]]]}, "CRS84"),
]  # fmt: skip
CODES = ["48", "49", "20404", "1"]  # of units
OFTEN = 0.85


@dataclass(frozen=True)
class Mender:
    """Puts values that stand in the rows into documents of the served schema."""

    rows: Rows
    schema: GraphQLSchema

    def mended(self, document: str) -> str:
        """The document with such values; nulls and cursors are taken out."""
        info = TypeInfo(self.schema)
        visitor = _Mended(self.rows, info, Random(crc32(document.encode())))
        return print_ast(visit(parse(document), TypeInfoVisitor(info, visitor)))


def after(document: str, places: dict[str, str]) -> str:
    """The same document with the roots that are named (by response key) after a cursor."""
    parsed = parse(document)
    (operation, *others) = parsed.definitions
    assert isinstance(operation, OperationDefinitionNode)
    selections = tuple(_moved(node, places) for node in operation.selection_set.selections)
    moved = replace(operation, selection_set=replace(operation.selection_set, selections=selections))
    return print_ast(replace(parsed, definitions=(moved, *others)))


def _moved(node: SelectionNode, places: dict[str, str]) -> SelectionNode:
    key = (node.alias or node.name).value if isinstance(node, FieldNode) else ""
    if key not in places or not isinstance(node, FieldNode):
        return node
    return replace(node, arguments=(*(node.arguments or ()), _argument("after", _text(places[key]))))


def _argument(name: str, value: ValueNode) -> ArgumentNode:
    return ArgumentNode(name=NameNode(value=name), value=value)


def _text(value: str) -> StringValueNode:
    return StringValueNode(value=value, block=False)


class _Mended(Visitor):
    def __init__(self, rows: Rows, info: TypeInfo, random: Random) -> None:
        super().__init__()
        self.rows = rows
        self.info = info
        self.random = random
        self.entities = {naming.type_name(name): entity for name, entity in rows.declarations.entities.items()}
        self.by_root = {naming.root(name): entity for name, entity in rows.declarations.entities.items()}

    def leave_argument(self, node: ArgumentNode, *_: Any) -> Any:
        """The argument with another value, or none."""
        name = node.name.value
        if name == "after":
            return REMOVE
        if name == "where" and isinstance(node.value, ObjectValueNode):
            return replace(node, value=self._filter(self._filtered(), node.value))
        made = self._made(name)
        if made is not None:
            return replace(node, value=made)
        if name in {"asOf", "between"} and isinstance(node.value, ObjectValueNode):
            return replace(node, value=self._times(node.value))
        return REMOVE if isinstance(node.value, NullValueNode) else node

    def _made(self, name: str) -> ValueNode | None:
        match name:
            case "first":
                return IntValueNode(value=str(self.random.choice([0, 1, 2, 2, 3, 3])))
            case "years":
                return IntValueNode(value=str(self.random.choice([0, 18, 68, 69, 70, 120])))
            case "unit" | "holder":
                return _text(str(self.random.choice([*self.rows.entity_of])))
            case _:
                return None

    # --- keys ----------------------------------------------------------------------------------------

    def leave_field(self, node: FieldNode, *_: Any) -> Any:
        """A root names what it asks for in exactly one way; so does who asks about a unit."""
        parent, name = self.info.get_parent_type(), node.name.value
        given = {argument.name.value: argument for argument in node.arguments or ()}
        if name == "holdsRightIn":
            unit = given.get("unit") or _argument("unitCode", _text(self.random.choice(CODES)))
            kept = (unit, *(given[name] for name in ("kind",) if name in given))
            return replace(node, arguments=kept)
        if parent is None or parent.name != "Query" or not (ways := self._ways(name)):
            return node
        (asked, way), rest = self.random.choice(ways), {"asOf", "between", "first", "includeSuperseded"}
        asked = asked or self._fragment(node)
        said = [_argument(argument, self._named(asked, argument, name)) for argument in way]
        return replace(node, arguments=(*said, *(given[argument] for argument in sorted(rest & set(given)))))

    def _fragment(self, node: FieldNode) -> Entity | None:
        """One of the entities of which something is asked: `node` would else hardly ever find it."""
        selections = node.selection_set.selections if node.selection_set else ()
        on = [
            part.type_condition.name.value
            for part in selections
            if isinstance(part, InlineFragmentNode) and part.type_condition
        ]
        known = [self.entities[name] for name in on if name in self.entities]
        return self.random.choice(known) if known else None

    def _ways(self, root: str) -> list[tuple[Entity | None, list[str]]]:
        """The ways to name a record that a root has."""
        if root in {"node", "nodes"}:
            return [(None, ["id" if root == "node" else "ids"])]
        for word in ("History", "Batch", "Matches", ""):
            entity = self.by_root.get(root.removesuffix(word)) if root.endswith(word) else None
            if entity is None:
                continue
            lookups = {lookup.name for lookup in entity.lookups}
            ways = keys(self.rows.declarations, entity).items()
            kept = [
                way
                for name, way in ways
                if (word != "Matches" or name in lookups) and (word != "Batch" or len(way) == 1)
            ]
            return [(entity, [naming.field(name) for name in way]) for way in kept]
        return []

    def _named(self, entity: Entity | None, argument: str, root: str) -> ValueNode:
        """A value of a key that stands in the rows, or a list of some; sometimes another entity's."""
        pool = self._pool(entity, argument) if entity and self.random.random() < OFTEN else []
        identity = argument in {"id", "ids"} or (entity is not None and _refers(entity, argument))
        pool = pool or ([str(one) for one in self.rows.entity_of] if identity else ["nobody's"])
        if root == "nodes" or root.endswith("Batch"):
            return ListValueNode(values=tuple(_text(self.random.choice(pool)) for _ in range(self.random.randrange(4))))
        return _text(self.random.choice(pool))

    def _pool(self, entity: Entity, argument: str) -> list[str]:
        rows = self.rows.versions[entity.full_name]
        if argument in {"id", "ids"}:
            return [str(row["record_id"]) for row in rows]
        for lookup in entity.lookups:
            if naming.field(lookup.name) == argument:
                said = (
                    row
                    for row in self.rows.versions[lookup.via]
                    if all(row[name] == value for name, value in lookup.fixed)
                )
                return [row[lookup.attribute] for row in said]
        (column,) = [item.name for item in entity.attributes if naming.field(item.name) == argument]
        return [str(row[column]) for row in rows if row[column] is not None]

    # --- times ---------------------------------------------------------------------------------------

    def _times(self, node: ObjectValueNode) -> ObjectValueNode:
        """Moments and positions that have come, and that make sense together."""
        said = {part.name.value: part for part in node.fields if not isinstance(part.value, NullValueNode)}
        said.pop("ledgerHash", None)
        if "position" in said:
            said.pop("knownAt", None)
            chosen = _text(str(self.random.randint(0, max(self.rows.changes))))
            said["position"] = replace(said["position"], value=chosen)
        if "knownAt" in said:
            moment = self.random.choice([row["recorded_at"] for row in self.rows.changes.values()])
            said["knownAt"] = replace(said["knownAt"], value=_text(str(instant_text(moment))))
        if {"from", "to"} <= set(said):
            ends = sorted((said["from"].value, said["to"].value), key=lambda end: instant(end.value, self.rows.zone))  # type: ignore[union-attr]
            said |= {name: replace(said[name], value=end) for name, end in zip(("from", "to"), ends, strict=True)}
        return replace(node, fields=tuple(said.values()))

    # --- conditions ----------------------------------------------------------------------------------

    def _filtered(self) -> Entity:
        name = str(self.info.get_input_type()).rstrip("!").removesuffix("Filter")
        return self.entities[name]

    def _filter(self, entity: Entity, node: ObjectValueNode) -> ObjectValueNode:
        given = [(part, part.value) for part in node.fields if not isinstance(part.value, NullValueNode)]
        return replace(
            node, fields=tuple(replace(part, value=self._said(entity, part.name.value, value)) for part, value in given)
        )

    def _said(self, entity: Entity, name: str, node: Any) -> Any:
        if isinstance(node, ListValueNode):
            return replace(node, values=tuple(self._said(entity, name, item) for item in node.values))
        if name in {"and", "or", "not"}:
            return self._filter(entity, node)
        for way in self.rows.declarations.ways_back(entity).values():
            if naming.field(way.name) == name:
                parts = [part for part in node.fields if isinstance(part.value, ObjectValueNode)]
                return replace(
                    node, fields=tuple(replace(part, value=self._filter(way.entity, part.value)) for part in parts)
                )
        (attribute,) = [item for item in entity.attributes if naming.field(item.name) == name]
        return replace(node, fields=tuple(self._compared(entity, attribute, node)))

    def _compared(self, entity: Entity, attribute: Attribute, node: ObjectValueNode) -> Any:
        if isinstance(attribute.kind, Geometry):
            return self._placed(node)
        pool = [row[attribute.name] for row in self.rows.versions[entity.full_name] if row[attribute.name] is not None]
        made = []
        for part in node.fields:
            word, value = part.name.value, part.value
            if isinstance(value, NullValueNode):
                continue
            if isinstance(value, ObjectValueNode) and isinstance(attribute.kind, Reference):
                to = (
                    attribute.kind.to
                    if word == "is"
                    else [name for name in attribute.kind.to if naming.root(name) == word]
                )
                value = self._filter(self.rows.declarations.entities[to[0]], value)
            elif word == "in":
                value = (
                    ListValueNode(
                        values=tuple(self._value(attribute, pool, word) for _ in range(self.random.randrange(3)))
                    )
                    if pool
                    else value
                )
            elif word not in {"isNull", "possibly"} and pool:
                value = self._value(attribute, pool, word)
            made.append(replace(part, value=value))
        return made

    def _value(self, attribute: Attribute, pool: list[Any], word: str) -> Any:
        value = self.random.choice(pool)
        match attribute.kind:
            case Flag():
                return BooleanValueNode(value=value)
            case Number(scale=0, digits=digits) if digits <= 9:
                return IntValueNode(value=str(value))
            case PartialDay() if self.random.random() > OFTEN:
                return _text(str(value.lower.year))
        said = values.write(attribute.kind, value)
        if word == "prefix":
            said = said[: self.random.randrange(1, 5)]
        if word == "search":
            words = said.split()
            said = " ".join(self.random.sample(words, self.random.randint(1, len(words))))
        return _text(said)

    def _placed(self, node: ObjectValueNode) -> Any:
        shape, crs = self.random.choice(SHAPES)
        for part in node.fields:
            match part.name.value:
                case "isNull" if isinstance(part.value, BooleanValueNode):
                    yield part
                case "intersects" | "within":
                    yield replace(part, value=parse_value(_literal(shape)))
                case "distance":
                    yield replace(
                        part,
                        value=parse_value(f"{{of: {_literal(shape)}, meters: {self.random.choice([0.5, 10, 5000])}}}"),
                    )
                case "bbox" if not {"intersects", "within", "distance"} & {one.name.value for one in node.fields}:
                    yield replace(part, value=parse_value(json.dumps(self.random.choice(BOXES))))
        if {"intersects", "within", "distance"} & {one.name.value for one in node.fields}:
            yield ObjectFieldNode(name=replace(node.fields[0].name, value="crs"), value=_text(crs))


def _literal(value: Any) -> str:
    """JSON as a literal of GraphQL: names without quotes."""
    if isinstance(value, dict):
        return "{" + ", ".join(f"{name}: {_literal(item)}" for name, item in value.items()) + "}"
    return json.dumps(value)


def _refers(entity: Entity, argument: str) -> bool:
    return any(naming.field(attribute.name) == argument for attribute, _ in entity.references)

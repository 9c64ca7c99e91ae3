"""What a document asks for, path by path, read off its text as a client wrote it.

A use is one path: delivered, or looked at to find, count or order.  A record is asked for at a level, which is the way
to it from the root (``parcel.rights.holder``).
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from graphql import (
    FieldNode,
    FragmentDefinitionNode,
    FragmentSpreadNode,
    GraphQLSchema,
    InlineFragmentNode,
    ListValueNode,
    NullValueNode,
    ObjectValueNode,
    OperationDefinitionNode,
    SelectionSetNode,
    is_abstract_type,
    parse,
)

from baseregistry import naming
from baseregistry.registries.declare import Declarations, Entity, Reference, Sensitivity
from tests.access.naive.uses import How, Place, Use, anything_public, identity, named, seen, there, times, use

PERSONS = {"recordedBy", "approvedBy", "reason", "caseId"}
LOOKED_UP = {"personalId": "identifiers.number", "oldId": "identifiers.number", "passport": "identifiers.number"}
BESIDE_A_KEY = {"asOf", "between", "first", "after", "includeSuperseded", "where", "orderBy"}
LINE = ("commune.name", "commune.parent.name", "commune.parent.parent.name")
PLACES = (
    "parcel.commune",
    "parcel.commune.parent",
    "parcel.commune.parent.parent",
    "parcel.commune.parent.parent.code",
)
HOLDS = [f"{way}.{name}" for way in ("rights", "groupMemberships.partyGroup.rights") for name in ("kind", *PLACES)]
MADE_OF = {
    "ageIsAtLeast": ["birthDate"],
    "age": ["birthDate"],
    "isHeldBy": ["rights.kind", "rights.holder", "rights.holder.members.member"],
    "holdsRightIn": HOLDS,
}  # of what a derived field is made; those that differ from one entity to another stand in `made_of`


@dataclass(frozen=True)
class Root:
    """A root field: what it uses of each entity of which it may find records (of most: one)."""

    name: str
    uses: Mapping[str, tuple[Use, ...]]

    @property
    def any_entity(self) -> bool:
        return self.name in {"node", "nodes"}


@dataclass
class Reader:
    """Reads documents of one schema."""

    declarations: Declarations
    schema: GraphQLSchema
    fragments: dict[str, FragmentDefinitionNode] = field(default_factory=dict)

    def roots(self, document: str) -> dict[str, Root]:
        """The roots by response key."""
        definitions = parse(document).definitions
        self.fragments = {one.name.value: one for one in definitions if isinstance(one, FragmentDefinitionNode)}
        (operation,) = [one for one in definitions if isinstance(one, OperationDefinitionNode)]
        asked = [node for node in operation.selection_set.selections if isinstance(node, FieldNode)]
        return {(node.alias or node.name).value: self._root(node) for node in asked}

    # --- roots ---------------------------------------------------------------------------------------

    def _root(self, node: FieldNode) -> Root:
        name = node.name.value
        moved = _moved(node)
        if name in {"node", "nodes"}:
            places = [replace(self._at(entity), past=moved) for entity in self.declarations.entities.values()]
            uses = {
                place.entity.full_name: (identity(place), *self._record(place, node.selection_set)) for place in places
            }
            return Root(name, uses)
        entity, form = self._named(name)
        place = replace(self._at(entity), past=moved or form == "History", listed=form == "many")
        return Root(name, {entity.full_name: tuple(dict.fromkeys(self._of_entity(place, form, node)))})

    def _named(self, name: str) -> tuple[Entity, str]:
        for entity in self.declarations.entities.values():
            one = naming.root(entity.full_name)
            if name == naming.root_plural(entity.full_name):
                return entity, "many"
            for word in ("", "History", "Batch", "Matches"):
                if name == f"{one}{word}":
                    return entity, word or "one"
        raise LookupError(name)

    def _at(self, entity: Entity) -> Place:
        return Place(naming.root(entity.full_name), entity)

    def _of_entity(self, place: Place, form: str, node: FieldNode) -> Iterator[Use]:
        args = _arguments(node)
        for name in sorted(set(args) - BESIDE_A_KEY):
            yield from self._key(place, name)
        yield from self._conditions(place, args)
        match form:
            case "one":
                yield from self._record(place, node.selection_set)
            case "many":
                yield from self._page(place, node.selection_set)
            case "History":
                yield named(place, "history")
                yield from self._page(place, node.selection_set)
            case "Batch":
                yield from seen(place)
                for item in self._inner(node.selection_set, "items"):
                    for shown in self._inner(item.selection_set, "node"):
                        yield from self._record(place, shown.selection_set)
            case "Matches":
                yield from self._matches(place, node)

    def _key(self, place: Place, name: str) -> Iterator[Use]:
        if name == "id":
            yield identity(place)
        elif name in LOOKED_UP:
            yield from (self._path(place, path) for path in (LOOKED_UP[name], "identifiers.scheme"))
        else:
            yield self._path(place, name)

    def _matches(self, place: Place, node: FieldNode) -> Iterator[Use]:
        """Whose number it ever was: also of when it was in use."""
        carries = self._step(place, "identifiers")
        yield from (there(place), named(carries, "history"), self._path(place, "identifiers.status"))
        for shown in self._inner(node.selection_set, naming.root(place.entity.full_name)):
            yield from self._record(place, shown.selection_set)
        for shown in self._inner(node.selection_set, "matched"):
            yield from self._record(carries, shown.selection_set)

    # --- what is shown -------------------------------------------------------------------------------

    def _page(self, place: Place, selection: SelectionSetNode | None) -> Iterator[Use]:
        yield from seen(place)
        nodes = self._inner(selection, "nodes")
        nodes += [node for edge in self._inner(selection, "edges") for node in self._inner(edge.selection_set, "node")]
        for node in nodes:
            yield from self._record(place, node.selection_set)

    def _record(self, place: Place, selection: SelectionSetNode | None) -> Iterator[Use]:
        fields = list(self._fields(selection, naming.type_name(place.entity.full_name)))
        if not fields:
            yield there(place)
        yield from times(place) if place.past else ()
        for node in fields:
            yield from self._field(place, node)

    def _field(self, place: Place, node: FieldNode) -> Iterator[Use]:
        name, below = node.name.value, node.selection_set
        attribute = next((one for one in place.entity.attributes if naming.field(one.name) == name), None)
        match name:
            case "id":
                yield identity(place)
            case "__typename":
                yield there(place)
            case "version":
                yield from self._version(place, below)
            case "history":
                yield named(place, "history")
                yield from self._page(replace(place, past=True), below)
            case _ if attribute is not None and isinstance(attribute.kind, Reference):
                for entity in attribute.kind.to:
                    yield from self._record(self._step(place, name, entity), below)
            case _ if attribute is not None:
                yield replace(self._path(place, name), masked=_masked(node))
            case _ if name in self._derived(place.entity):
                yield self._answer(place, node)
            case _ if name in self._ways(place.entity):
                yield from self._way(self._step(place, name), node)
            case _:
                ever = replace(self._step(place, name.removesuffix("History")), past=True)
                yield named(ever, "history")
                yield from self._way(ever, node)

    def _version(self, place: Place, below: SelectionSetNode | None) -> Iterator[Use]:
        yield use(place, "version", How.TIMES, public=anything_public(place.entity))
        yield from times(place)
        changes = self._inner(below, "change") + self._inner(below, "writtenBy")
        said = {inner.name.value for change in changes for inner in self._fields(change.selection_set, "Change")}
        if said & PERSONS:
            yield named(place, "version")

    def _answer(self, place: Place, node: FieldNode) -> Use:
        """A derived field; of one that answers a question, with that."""
        name, found = node.name.value, self._path(place, node.name.value)
        if name not in MADE_OF:
            return found
        given = tuple((said, _literal(value)) for said, value in _arguments(node).items())
        bounded = not place.past and not (place.listed and name == "isHeldBy")
        return replace(found, how=How.ANSWER, given=tuple(one for one in given if one[1]), bounded=bounded)

    def _way(self, place: Place, node: FieldNode) -> Iterator[Use]:
        yield from self._conditions(place, _arguments(node))
        yield from self._page(place, node.selection_set)

    def _fields(self, selection: SelectionSetNode | None, kind: str) -> Iterator[FieldNode]:
        """The fields that are asked of records of one type, fragments opened."""
        for node in selection.selections if selection else ():
            if isinstance(node, FieldNode):
                yield node
                continue
            if isinstance(node, FragmentSpreadNode):
                fragment: Any = self.fragments[node.name.value]
            else:
                assert isinstance(node, InlineFragmentNode)
                fragment = node
            on = fragment.type_condition.name.value if fragment.type_condition else kind
            if on == kind or kind in self._members(on):
                yield from self._fields(fragment.selection_set, kind)

    def _members(self, name: str) -> set[str]:
        """The types that a union or an interface stands for."""
        kind = self.schema.type_map[name]
        return {one.name for one in self.schema.get_possible_types(kind)} if is_abstract_type(kind) else set()

    def _inner(self, selection: SelectionSetNode | None, name: str) -> list[FieldNode]:
        return [node for node in self._fields(selection, "") if node.name.value == name]

    # --- what is looked at ---------------------------------------------------------------------------

    def _conditions(self, place: Place, args: Mapping[str, Any]) -> Iterator[Use]:
        if isinstance(args.get("where"), ObjectValueNode):
            yield from self._where(place, args["where"])
        for term in _several(args.get("orderBy")):
            name = term.value.rpartition("_")[0]
            names = {one.name.upper(): naming.field(one.name) for one in place.entity.attributes}
            yield self._path(place, names.get(name) or names[name.removesuffix("_GIVEN")])

    def _where(self, place: Place, said: ObjectValueNode) -> Iterator[Use]:
        for part in said.fields:
            name, value = part.name.value, part.value
            if name in {"and", "or", "not"}:
                for inner in _several(value):
                    yield from self._where(place, inner)
            elif isinstance(value, ObjectValueNode):
                for word in value.fields:
                    if word.name.value not in {"possibly", "crs"}:
                        yield from self._said(place, name, word.name.value, word.value)

    def _said(self, place: Place, name: str, word: str, value: Any) -> Iterator[Use]:
        attribute = next((one for one in place.entity.attributes if naming.field(one.name) == name), None)
        if attribute is None:  # some, every or none of those that refer to it
            below = self._step(place, name)
        elif isinstance(attribute.kind, Reference) and word not in {"eq", "in", "isNull"}:
            to = attribute.kind.to if word == "is" else [one for one in attribute.kind.to if naming.root(one) == word]
            below = self._step(place, name, to[0])
        else:
            yield self._path(place, name)
            return
        yield from seen(below)
        yield from self._where(below, value)

    # --- paths ---------------------------------------------------------------------------------------

    def _step(self, place: Place, name: str, entity: str | None = None) -> Place:
        """The level below, over a reference (to `entity`, the first it may lead to) or a way back."""
        level = f"{place.level}.{name}"
        for attribute in place.entity.attributes:
            if naming.field(attribute.name) == name:
                assert isinstance(attribute.kind, Reference)
                to = self.declarations.entities[entity or attribute.kind.to[0]]
                public = place.public and attribute.sensitivity is Sensitivity.PUBLIC
                return replace(place, level=level, entity=to, public=public, referred=True)
        way = self._ways(place.entity)[name]
        public = place.public and way.attribute.sensitivity is Sensitivity.PUBLIC
        return replace(place, level=level, entity=way.entity, public=public, referred=False)

    def _path(self, place: Place, path: str) -> Use:
        """The value at the end of a path: of a reference, the id of what it leads to."""
        *steps, name = path.split(".")
        for step in steps:
            entity = "land.party_group" if step == "holder" else None  # the only one that has members
            place = self._step(place, step, entity)
        for attribute in place.entity.attributes:
            if naming.field(attribute.name) == name:
                if isinstance(attribute.kind, Reference):
                    below = self._step(place, name)
                    return use(below, "id", How.ID, public=True)
                return use(place, name, How.VALUE, public=attribute.sensitivity is Sensitivity.PUBLIC)
        parts = tuple(self._path(place, part) for part in made_of(place.entity, name))
        return replace(use(place, name, How.VALUE, public=all(part.public for part in parts)), parts=parts)

    def _ways(self, entity: Entity) -> dict[str, Any]:
        return {naming.field(way.name): way for way in self.declarations.ways_back(entity).values()}

    @staticmethod
    def _derived(entity: Entity) -> set[str]:
        return {naming.field(one.name) for one in entity.derived}


def made_of(entity: Entity, name: str) -> list[str]:
    """The paths of what a derived field is made of."""
    if name == "addressLine":
        return ["headOffice" if entity.name == "enterprise" else "address", *LINE]
    if name == "sharePercent":
        return ["share"] if entity.name == "owner" else ["share", "joint"]
    return MADE_OF[name]


def _arguments(node: FieldNode) -> dict[str, Any]:
    return {argument.name.value: argument.value for argument in node.arguments or ()}


def _several(value: Any) -> list[Any]:
    if value is None:
        return []
    return list(value.values) if isinstance(value, ListValueNode) else [value]


def _moved(node: FieldNode) -> bool:
    """Whether a root asks about a moment of its own."""
    said = _arguments(node).get("asOf")
    return isinstance(said, ObjectValueNode) and any(not isinstance(one.value, NullValueNode) for one in said.fields)


def _masked(node: FieldNode) -> bool:
    return _literal(_arguments(node).get("mask")) == "True"


def _literal(value: Any) -> str:
    """A literal as text; of null nothing."""
    return str(getattr(value, "value", ""))

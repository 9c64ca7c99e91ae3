"""Which parts of the schema a set of grants opens: asked of the static check, part by part, once for each set.

A part is named by its coordinate (``Person.birthDate``).  It is open where it would be answered, asked alone at some path:
at the root of its entity or at a level that a granted path goes through.  What no grant governs is open to everybody.
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from itertools import chain
from typing import Any

from graphql import (
    GraphQLEnumType,
    GraphQLField,
    GraphQLInputObjectType,
    GraphQLObjectType,
    GraphQLSchema,
    get_named_type,
)

from baseregistry import naming
from baseregistry.access import check, finding, paths
from baseregistry.access.answers import Takes, arguments
from baseregistry.access.grants import GrantSet
from baseregistry.access.levels import Level, root
from baseregistry.access.needs import RECORD, STAR, Need, Sort, above
from baseregistry.access.viewing import BY
from baseregistry.graphql.inputs import AT
from baseregistry.graphql.mutations.inputs import said_by
from baseregistry.graphql.pruned import pruned
from baseregistry.graphql.roots import Root
from baseregistry.registries.accesses import View
from baseregistry.registries.declare import Declarations, Derived, Entity, Reference
from baseregistry.registries.masks import mask_of
from baseregistry.registries.question import Accesses, Bind, Comparison, Field, Form, Operator, Question

SLOT = Bind(0)
TYPENAME = Field("t", "__typename")
NODES = (Field("n", "nodes", (TYPENAME,)),)
KEYED = frozenset({Form.ONE, Form.HISTORY, Form.BATCH, Form.MATCHES})
Needs = Iterable[Need]
Parts = Iterator[tuple[str, bool]]


def of(schema: GraphQLSchema, grants: GrantSet) -> GraphQLSchema:
    """The schema as `grants` open it."""
    return pruned(schema, Look(schema, grants).hidden())


@dataclass(frozen=True, slots=True)
class Place:
    """A level, and what whoever asks for something there needs on the way to it."""

    level: Level
    way: tuple[Need, ...]
    entity: str  # of the root


@dataclass(slots=True)
class Look:
    """What of a schema one set of grants opens."""

    schema: GraphQLSchema
    grants: GrantSet
    declarations: Declarations = field(init=False)
    granted: frozenset[str] = field(init=False)
    through: frozenset[str] = field(init=False)

    def __post_init__(self) -> None:
        self.declarations = self.schema.extensions["declarations"]
        self.granted = frozenset(path for grant in self.grants.grants for path in grant.paths)
        self.through = frozenset(level for path in self.granted for level in _all_above(path))

    def hidden(self) -> frozenset[str]:
        """The coordinates of all that is not open."""
        found: dict[str, bool] = {}
        for coordinate, opens in chain(self._records(), self._roots(), self._ledger(), self._stated()):
            found[coordinate] = found.get(coordinate, False) or opens
        return frozenset(coordinate for coordinate, opens in found.items() if not opens)

    def opens(self, place: Place, needs: Needs, form: Form = Form.MANY) -> bool:
        """Whether the check lets pass what is needed at a place."""
        question = Question("r", place.entity, form, ())
        wanted = tuple(dict.fromkeys((*place.way, *needs)))
        return not isinstance(check.answering(self.declarations, question, wanted, self.grants), tuple)

    # --- records -------------------------------------------------------------------------------------

    def _records(self) -> Parts:
        for name in self.declarations.entities:
            level = root(self.declarations, name)
            for place in self._below(Place(replace(level, listed=True), tuple(level.there()), name)):
                yield from self._fields(place)
                yield from self._conditions(place)
                yield from self._changes(place)

    def _below(self, place: Place) -> Iterator[Place]:
        """The place, and all below it that a granted path goes through."""
        yield place
        here = place.level
        for attribute in here.entity.attributes:
            if isinstance(attribute.kind, Reference) and self._leads(here, attribute.name):
                for entity in attribute.kind.to:
                    yield from self._below(replace(place, level=here.target(attribute, entity)))
        for name in here.declarations.ways_back(here.entity):
            if _path(here, name) in self.through:
                below = here.way(name)
                yield from self._below(replace(place, level=below, way=(*place.way, *below.there())))

    def _leads(self, level: Level, name: str) -> bool:
        """Whether a granted path goes through a reference, or ends with it: then it tells its id."""
        path = _path(level, name)
        return path in self.through or path in self.granted or f"{level.path}.{STAR}" in self.granted

    def _fields(self, place: Place) -> Parts:
        kind = self.schema.type_map[naming.type_name(place.level.entity.full_name)]
        assert isinstance(kind, GraphQLObjectType)
        for name, definition in kind.fields.items():
            yield from self._field(place, f"{kind.name}.{name}", definition)

    def _field(self, place: Place, coordinate: str, definition: GraphQLField) -> Parts:
        level, declared = place.level, definition.extensions["declared"]
        if declared in level.entity.derived_by_name:
            yield from self._derived(place, coordinate, level.entity.derived_by_name[declared])
            return
        attribute = level.entity.by_name.get(declared)
        if attribute is None or isinstance(attribute.kind, Reference):
            below = NODES if declared not in {"id", "version"} and attribute is None else (TYPENAME,)
            asked = [Field("f", declared, () if declared in {"id", "version"} else below)]
        else:
            asked = [
                Field("f", declared, masked=masked) for masked in ((False, True) if mask_of(attribute) else (False,))
            ]
        yield coordinate, any(self.opens(place, paths.of_field(level, one)) for one in asked)

    def _derived(self, place: Place, coordinate: str, derived: Derived) -> Parts:
        """An answer, of a list or of a record that is named; and each argument that it may be asked with."""
        taken = arguments(derived.rule) or {}
        named = replace(place, level=replace(place.level, listed=False), way=(*place.way, *self._identified(place)))
        needed = {"years", "holder"} & set(taken)
        opened = False
        for name in taken:
            given = (
                needed | {name} | (set() if {"unit", "unit_code"} & {name} or "unit" not in taken else {"unit_code"})
            )
            asked = Field("f", derived.name, arguments=tuple((one, SLOT) for one in taken if one in given))
            opens = any(self.opens(one, paths.of_field(one.level, asked)) for one in (place, named))
            opened = opened or opens
            yield f"{coordinate}({naming.field(name)}:)", opens
        if not taken or set(taken.values()) == {Takes.NOTHING}:
            asked = Field("f", derived.name)
            opened = opened or self.opens(place, paths.of_field(place.level, asked))
        yield coordinate, opened

    def _identified(self, place: Place) -> Needs:
        """What it takes to name the root by its id."""
        return finding.key(
            root(self.declarations, place.entity), Question("r", place.entity, Form.ONE, (), key_name="id")
        )

    # --- what is looked at -----------------------------------------------------------------------------

    def _conditions(self, place: Place) -> Parts:
        level = place.level
        name = naming.type_name(level.entity.full_name)
        filters, orders = self.schema.type_map.get(f"{name}Filter"), self.schema.type_map.get(f"{name}Order")
        if isinstance(orders, GraphQLEnumType):
            for value, said in orders.values.items():
                yield f"{name}Order.{value}", self.opens(place, finding.order(level, (said.value,)))
        if isinstance(filters, GraphQLInputObjectType):
            for word, definition in filters.fields.items():
                if definition.out_name in level.entity.by_name:
                    yield from self._compared(place, f"{name}Filter.{word}", str(definition.out_name), definition.type)
                elif definition.out_name is not None:
                    yield f"{name}Filter.{word}", self.opens(place, level.way(definition.out_name).there())

    def _compared(self, place: Place, coordinate: str, name: str, kind: Any) -> Parts:
        level, attribute = place.level, place.level.entity.by_name[name]
        itself = self.opens(place, finding.condition(level, Comparison(name, Operator.EQ, SLOT)))
        found = itself
        if isinstance(attribute.kind, Reference):
            for word, definition in kind.fields.items():
                entity = str(definition.out_name)
                opens = itself
                if entity.startswith(AT):
                    opens = self.opens(place, level.target(attribute, entity.removeprefix(AT)).there())
                yield f"{kind.name}.{word}", opens
                found = found or opens
        yield coordinate, found

    def _changes(self, place: Place) -> Parts:
        """Persons behind a change, the difference that one made, and what feeds are asked for."""
        level = place.level
        for person in ("recorded_by", "approved_by", "reason", "case_id"):
            asked = Field("v", "version", (Field("c", "change", (Field("p", person),)),))
            yield f"Change.{self._spelt(person)}", self.opens(place, paths.of_field(level, asked))
        if level.path != naming.root(level.entity.full_name):
            return
        past = replace(level, past=True)
        name = f"{naming.type_name(level.entity.full_name)}Change"
        facts = (Field("f", "facts", (Field("a", "attributes"),)),)
        for word, fields in {"recordId": (Field("i", "record_id"),), "facts": facts}.items():
            needs = (past.beside("changes"), *paths.of_item(past, fields))
            yield f"{name}.{word}", self.opens(place, needs, Form.FEED)
        for word in ("versions", "withdrawn"):
            yield f"{name}.{word}", self.opens(place, (past.beside("changes"), *past.there()), Form.FEED)

    def _spelt(self, name: str) -> str:
        change: Any = self.schema.type_map["Change"]
        return next(str(word) for word, one in change.fields.items() if one.extensions.get("declared") == name)

    # --- roots -----------------------------------------------------------------------------------------

    def _roots(self) -> Parts:
        for kind in (self.schema.query_type, self.schema.subscription_type):
            for name, definition in kind.fields.items() if kind else ():
                said: Root = definition.extensions["root"]
                coordinate = f"{kind.name}.{name}" if kind else name
                if said.view is not None:
                    yield from self._view(coordinate, definition, said.view)
                elif said.form in {Form.CHANGE, Form.CHANGES}:
                    yield coordinate, self._opens_ledger()
                elif said.entity is None:
                    yield coordinate, any(map(self._known, self.declarations.entities))
                else:
                    yield from self._root(coordinate, said.entity, said.form, said.keys)

    def _view(self, coordinate: str, definition: GraphQLField, view: View) -> Parts:
        """A view of the access log: its fields, and what it is narrowed by."""
        page: Any = get_named_type(definition.type)
        node: Any = get_named_type(page.fields["nodes"].type)
        for name, one in node.fields.items():
            asked = (Field("n", "nodes", (Field("f", one.extensions["declared"]),)),)
            yield f"{node.name}.{name}", self._opens_view(Accesses(view), asked)
        for word in definition.args:
            if word in BY:
                narrowed: Any = {word: SLOT}
                yield f"{coordinate}({word}:)", self._opens_view(Accesses(view, **narrowed), ())
        yield coordinate, self._opens_view(Accesses(view), ())

    def _opens_view(self, asked: Accesses, fields: tuple[Field, ...]) -> bool:
        return self._opens(Question("r", "", Form.ACCESS, fields, accesses=asked))

    def _opens(self, question: Question) -> bool:
        needs = paths.needs(self.declarations, question)
        return not isinstance(check.answering(self.declarations, question, needs, self.grants), tuple)

    def _known(self, entity: str) -> bool:
        level = root(self.declarations, entity)
        return self.opens(Place(level, (), entity), [level.itself(Sort.ID)], Form.ONE)

    def _root(self, coordinate: str, entity: str, form: Form, keys: Mapping[str, tuple[str, ...]]) -> Parts:
        past = form in {Form.HISTORY, Form.FEED}
        level = replace(root(self.declarations, entity), past=past)
        place, needs = Place(level, tuple(level.there()), entity), self._beside(level, form)
        if form not in KEYED:
            yield coordinate, self.opens(place, needs, form)
            return
        found = dict.fromkeys((argument for way in keys.values() for argument in way), False)
        for name, way in keys.items():
            asked = Question("r", entity, form, (), key_name=name, key_values=(SLOT,))
            more = paths.needs(self.declarations, asked) if form is Form.MATCHES else finding.key(level, asked)
            opens = self.opens(place, (*needs, *more), form)
            found |= {argument: found[argument] or opens for argument in way}
        yield coordinate, any(found.values())
        yield from ((f"{coordinate}({naming.field(argument)}:)", opens) for argument, opens in found.items())

    @staticmethod
    def _beside(level: Level, form: Form) -> tuple[Need, ...]:
        words = {Form.HISTORY: "history", Form.FEED: "changes"}
        return (level.beside(words[form]),) if form in words else ()

    def _opens_ledger(self, *asked: Field) -> bool:
        return self._opens(Question("r", "ledger", Form.CHANGE, asked))

    def _ledger(self) -> Parts:
        kind = self.schema.type_map["LedgerChange"]
        assert isinstance(kind, GraphQLObjectType)
        for name, definition in kind.fields.items():
            asked = Field("f", definition.extensions["declared"])
            yield f"LedgerChange.{name}", self._opens_ledger(asked)
        facts = Field("w", "writes", (Field("n", "nodes", (Field("f", "facts"),)),))
        yield "Write.facts", self._opens_ledger(facts)

    def _stated(self) -> Parts:
        """What may be stated, by whom a root's ``record`` is granted everywhere."""
        granted = {path for grant in self.grants.grants if grant.units is None for path in grant.paths}
        for name, (_, entity) in said_by(self.declarations).items():
            yield f"ActInput.{name}", _stating(entity) in granted


def _stating(entity: Entity) -> str:
    return f"{naming.root(entity.full_name)}.{RECORD}"


def _path(level: Level, name: str) -> str:
    return f"{level.path}.{naming.field(name)}"


def _all_above(path: str) -> Iterator[str]:
    while path := above(path):
        yield path

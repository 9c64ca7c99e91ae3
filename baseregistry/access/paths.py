"""From a question to what it needs: every path that it delivers, and every path by which it finds, counts or orders.

Read off the `Question` alone, so all doors and forms are judged alike.  Whatever is not known here raises: nothing passes
because nobody thought of it.
"""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, replace

from baseregistry import errors, naming
from baseregistry.access import made
from baseregistry.access.needs import Need, Sort
from baseregistry.registries import derived as facts
from baseregistry.registries.declare import Attribute, Declarations, Entity, Lookup, Reference, Sensitivity
from baseregistry.registries.question import (
    Back,
    Comparison,
    Condition,
    Either,
    Every,
    Field,
    Form,
    Never,
    Order,
    Placed,
    Question,
    Refers,
)

LEDGER = "change"
PERSONS = frozenset({"recorded_by", "approved_by", "reason", "case_id"})  # of a change: who, and why
CHANGE = PERSONS | {
    "position",
    "recorded_at",
    "kind",
    "event",
    "agency",
    "document_number",
    "document_date",
    "document_digest",
    "legal_basis",
    "source_recorded_at",
    "feed",
    "synthetic",
    "schema_edition",
    "digest",
    "head",
}
VERSION = frozenset({"valid_from", "valid_to", "recorded_from", "recorded_to", "digest", "redacted"})
PAGING = frozenset({"page_info", "__typename"})
Needs = Iterator[Need]


@dataclass(frozen=True, slots=True)
class Level:
    """Where in a question a record stands: the path to it, its entity, and whether only public attributes lead there."""

    declarations: Declarations
    path: str
    entity: Entity
    public: bool = True
    by_reference: bool = False

    def need(self, name: str, field: str, sort: Sort, *, public: bool) -> Need:
        """A need at this level."""
        entity, by_reference = self.entity.full_name, self.by_reference
        return Need(self.path, name, field, entity, sort, public=public and self.public, by_reference=by_reference)

    def fact(self, attribute: Attribute) -> Need:
        """The value of an attribute: of a reference, the id of the record it leads to."""
        if isinstance(attribute.kind, Reference):
            below = self.target(attribute, attribute.kind.to[0])
            found = replace(below.itself(Sort.ID), public=below.public)
        else:
            public = attribute.sensitivity is Sensitivity.PUBLIC
            found = self.need(attribute.name, naming.field(attribute.name), Sort.FACT, public=public)
        return replace(found, personal=attribute.sensitivity is Sensitivity.PERSONAL)

    def itself(self, sort: Sort) -> Need:
        """The record's id, times or being there: public where the entity has anything public."""
        public = any(item.sensitivity is Sensitivity.PUBLIC for item in self.entity.attributes)
        field = {Sort.ID: "id", Sort.TIMES: "version", Sort.THERE: "__typename"}[sort]
        return self.need(field, field, sort, public=public)

    def beside(self, name: str) -> Need:
        """A history, which is as public as what it holds; a feed, or the persons behind a version, never."""
        public = name == "history" and self.itself(Sort.ID).public
        return self.need(name, name, Sort.BESIDE, public=public)

    def target(self, attribute: Attribute, entity: str) -> "Level":
        """The level to which a reference leads."""
        public = self.public and attribute.sensitivity is Sensitivity.PUBLIC
        path = f"{self.path}.{naming.field(attribute.name)}"
        return Level(self.declarations, path, self.declarations.entities[entity], public, by_reference=True)

    def way(self, name: str) -> "Level":
        """The level to which a way back leads."""
        way = self.declarations.ways_back(self.entity)[name]
        public = self.public and way.attribute.sensitivity is Sensitivity.PUBLIC
        return Level(self.declarations, f"{self.path}.{naming.field(name)}", way.entity, public)

    def follow(self, steps: Iterable[str]) -> "Level":
        """The level at the end of references to one entity each."""
        here = self
        for step in steps:
            attribute = here.entity.by_name[step]
            assert isinstance(attribute.kind, Reference)
            here = here.target(attribute, attribute.kind.to[0])
        return here


def needs(declarations: Declarations, question: Question) -> tuple[Need, ...]:
    """All that `question` needs, each path once as delivered and once as condition."""
    return tuple(dict.fromkeys(_needs(declarations, question)))


def _needs(declarations: Declarations, question: Question) -> Needs:
    match question.form:
        case Form.CHANGE | Form.CHANGES:
            yield from _ledger(question)
        case Form.NODES:
            for entity in entities(declarations, question):
                here = root(declarations, entity)
                yield from _conditions([here.itself(Sort.ID)])
                yield from _record(here, question.fields)
        case Form.ONE | Form.MANY | Form.HISTORY | Form.FEED | Form.BATCH | Form.MATCHES | Form.WRITTEN:
            yield from _of_entity(root(declarations, question.entity), question)


def root(declarations: Declarations, entity: str) -> Level:
    """The level at which the records of `entity` are asked for."""
    if entity not in declarations.entities:
        raise _unknown(f"{entity!r} is no entity")
    return Level(declarations, naming.root(entity), declarations.entities[entity])


def entities(declarations: Declarations, question: Question) -> tuple[str, ...]:
    """The entities of which records may be found."""
    if question.form is not Form.NODES:
        return (question.entity,)
    return tuple(declarations.entities) if question.among is None else tuple(question.among)


def _of_entity(here: Level, question: Question) -> Needs:
    fields, where = question.fields, question.where
    yield from _conditions(_key(here, question))
    yield from _conditions(_condition(here, where))
    yield from _conditions(_order(here, question.order))
    match question.form:
        case Form.ONE | Form.WRITTEN:
            yield from _record(here, fields)
        case Form.MANY:
            yield from _page(here, fields)
        case Form.HISTORY:
            yield here.beside("history")
            yield from _page(here, fields)
        case Form.FEED:
            yield here.beside("changes")
            yield from _conditions(_changes(here, question))
            yield from _page(here, fields, _item)
        case Form.BATCH:
            yield from _batch(here, fields)
        case Form.MATCHES:
            yield from _matches(here, question)
        case _:
            raise _unknown(f"the form {question.form}")


def _conditions(found: Iterable[Need]) -> Needs:
    return (replace(need, condition=True) for need in found)


# --- what is delivered ------------------------------------------------------------------------------


def _record(here: Level, fields: tuple[Field, ...]) -> Needs:
    """What a record shows; of no field, that it is there."""
    found = False
    for field in fields:
        if field.on is None or here.entity.full_name in field.on:
            found = True
            yield from _field(here, field)
    if not found:
        yield here.itself(Sort.THERE)


def _field(here: Level, field: Field) -> Needs:
    yield from _conditions(_order_of(here, field))
    entity, name = here.entity, field.name
    ways = here.declarations.ways_back(entity)
    match name:
        case "id":
            yield here.itself(Sort.ID)
        case "__typename":
            yield here.itself(Sort.THERE)
        case "version":
            yield from _version(here, field)
        case "history":
            yield here.beside("history")
            yield from _conditions(_condition(here, field.where))
            yield from _page(here, field.fields)
        case _ if name in entity.by_name:
            yield from _attribute(here, entity.by_name[name], field)
        case _ if name in entity.derived_by_name:
            yield derived(here, name)
        case _ if name in ways:
            yield from _way(here.way(name), field)
        case _ if name.removesuffix(naming.HISTORY) in ways:
            below = here.way(name.removesuffix(naming.HISTORY))
            yield below.beside("history")
            yield from _way(below, field)
        case _:
            raise _unknown(f"the field {name!r} of {entity.full_name}")


def _order_of(here: Level, field: Field) -> Needs:
    """The order of a way back is said in attributes of the records it leads to."""
    ways = here.declarations.ways_back(here.entity)
    name = field.name if field.name in ways else field.name.removesuffix(naming.HISTORY)
    if field.order and name not in ways:
        raise _unknown(f"an order of {field.name!r}")
    return _order(here.way(name), field.order) if field.order else iter(())


def _attribute(here: Level, attribute: Attribute, field: Field) -> Needs:
    if field.where is not None:
        raise _unknown(f"a condition on the field {attribute.name!r}")
    if not isinstance(attribute.kind, Reference):
        yield here.fact(attribute)
        return
    personal = attribute.sensitivity is Sensitivity.PERSONAL
    for entity in attribute.kind.to:
        for need in _record(here.target(attribute, entity), field.fields):
            own = need.level == f"{here.path}.{naming.field(attribute.name)}"
            yield replace(need, personal=need.personal or (personal and own))


def _way(below: Level, field: Field) -> Needs:
    yield from _conditions(_condition(below, field.where))
    yield from _page(below, field.fields)


Shown = Callable[[Level, tuple[Field, ...]], Needs]


def _page(here: Level, fields: tuple[Field, ...], shown: Shown = _record) -> Needs:
    """A connection: its nodes, however asked; how many there are and where it ends is that they are there."""
    yield here.itself(Sort.THERE)
    for field in fields:
        match field.name:
            case "nodes":
                yield from shown(here, field.fields)
            case "edges":
                for inner in field.fields:
                    if inner.name == "node":
                        yield from shown(here, inner.fields)
                    elif inner.name not in {"cursor", "__typename"}:
                        raise _unknown(f"the field {inner.name!r} of an edge")
            case "total_count" | "page_info" | "__typename":
                pass
            case _:
                raise _unknown(f"the field {field.name!r} of a page")


def _version(here: Level, field: Field) -> Needs:
    yield here.itself(Sort.TIMES)
    for inner in field.fields:
        if inner.name in {"change", "written_by"}:
            yield from _change(here, inner.fields)
        elif inner.name not in VERSION and inner.name != "__typename":
            raise _unknown(f"the field {inner.name!r} of a version")


def _change(here: Level, fields: tuple[Field, ...]) -> Needs:
    """The change behind a version: who recorded it, in which case and why, has to be granted by itself."""
    for field in fields:
        if field.name in PERSONS:
            yield here.beside("version")
        elif field.name not in CHANGE and field.name != "__typename":
            raise _unknown(f"the field {field.name!r} of a change")


def derived(here: Level, name: str) -> Need:
    """A derived field: opened by its own path (an answer instead of data), or by all that it is made of."""
    declared = here.entity.derived_by_name[name]
    sensitivity = facts.sensitivity(here.declarations, here.entity, declared)
    need = here.need(name, naming.field(name), Sort.FACT, public=sensitivity is Sensitivity.PUBLIC)
    parts = tuple(part.fact(part.entity.by_name[attribute]) for part, attribute in made.parts(here, declared.rule))
    return replace(need, personal=sensitivity is Sensitivity.PERSONAL, instead=parts)


def _item(here: Level, fields: tuple[Field, ...]) -> Needs:
    """An item of a feed."""
    for field in fields:
        match field.name:
            case "record_id":
                yield here.itself(Sort.ID)
            case "versions" | "withdrawn":
                yield from _record(here, field.fields)
            case "facts":
                yield from _facts(here, field)
            case "change":
                yield from _change(here, field.fields)
            case "position" | "recorded_at" | "kind" | "effect" | "status" | "retracted" | "__typename":
                pass
            case _:
                raise _unknown(f"the field {field.name!r} of a feed")


def _facts(here: Level, field: Field) -> Needs:
    """Old and new of whatever differs: every attribute."""
    for inner in field.fields:
        match inner.name:
            case "attributes":
                yield from (here.fact(attribute) for attribute in here.entity.attributes)
            case "valid_from" | "valid_to" | "effect" | "__typename":
                pass
            case _:
                raise _unknown(f"the field {inner.name!r} of a fact")


def _batch(here: Level, fields: tuple[Field, ...]) -> Needs:
    yield here.itself(Sort.THERE)
    for field in fields:
        match field.name:
            case "items":
                for inner in field.fields:
                    if inner.name == "node":
                        yield from _record(here, inner.fields)
                    elif inner.name not in {"key", "__typename"}:
                        raise _unknown(f"the field {inner.name!r} of an item")
            case "not_found" | "__typename":
                pass
            case _:
                raise _unknown(f"the field {field.name!r} of a batch")


def _matches(here: Level, question: Question) -> Needs:
    """Whose number it ever was: the record, and the one that carries the number, which refers to it."""
    lookup = _lookup(here.entity, question.key_name)
    via = here.declarations.entities[lookup.via]
    kind = via.by_name[lookup.reference].kind
    assert isinstance(kind, Reference)
    carries = here.way(kind.back)
    yield from _conditions(carries.fact(via.by_name[name]) for name, _ in lookup.held)
    yield from _conditions([here.itself(Sort.THERE), carries.beside("history")])
    for field in question.fields:
        match field.name:
            case "record":
                yield from _record(here, field.fields)
            case "matched":
                yield from _record(carries, field.fields)
            case "held" | "__typename":
                pass
            case _:
                raise _unknown(f"the field {field.name!r} of a match")


# --- what is used to find it ------------------------------------------------------------------------


def _key(here: Level, question: Question) -> Needs:
    name, entity = question.key_name, here.entity
    if name is None or question.form is Form.WRITTEN:
        return
    if name == "id":
        yield here.itself(Sort.ID)
        return
    for key in entity.keys:
        if key.name == name:
            yield from (here.fact(entity.by_name[attribute]) for attribute in key.attributes)
            return
    lookup = _lookup(entity, name)
    via = here.declarations.entities[lookup.via]
    kind = via.by_name[lookup.reference].kind
    assert isinstance(kind, Reference)
    carries = here.way(kind.back)
    for attribute in (lookup.attribute, *(fixed for fixed, _ in lookup.fixed)):
        yield carries.fact(via.by_name[attribute])


def _lookup(entity: Entity, name: str | None) -> Lookup:
    for lookup in entity.lookups:
        if lookup.name == name:
            return lookup
    raise _unknown(f"the key {name!r} of {entity.full_name}")


def _order(here: Level, terms: tuple[Order, ...]) -> Needs:
    return (here.fact(_attribute_of(here.entity, term.attribute)) for term in terms)


def _condition(here: Level, said: Condition | None) -> Needs:
    match said:
        case None:
            return
        case Comparison() | Placed():
            yield here.fact(_attribute_of(here.entity, said.attribute))
        case Every(of=parts) | Either(of=parts):
            for part in parts:
                yield from _condition(here, part)
        case Never(of=part):
            yield from _condition(here, part)
        case Refers(attribute=attribute, entity=entity, where=where):
            below = here.target(_attribute_of(here.entity, attribute), entity)
            yield below.itself(Sort.THERE)
            yield from _condition(below, where)
        case Back(way=way, where=where):
            if way not in here.declarations.ways_back(here.entity):
                raise _unknown(f"the way back {way!r} of {here.entity.full_name}")
            yield here.way(way).itself(Sort.THERE)
            yield from _condition(here.way(way), where)
        case _:
            raise _unknown(f"the condition {type(said).__name__}")


def _attribute_of(entity: Entity, name: str) -> Attribute:
    if name not in entity.by_name:
        raise _unknown(f"the attribute {name!r} of {entity.full_name}")
    return entity.by_name[name]


def _changes(here: Level, question: Question) -> Needs:
    """What a feed's filter looks at: the unit in which a record lies, the case of a change."""
    said = question.changes
    if said is not None and said.units is not None:
        *steps, last = (here.entity.territory or "").split(".")
        below = here.follow(steps)
        yield below.fact(_attribute_of(below.entity, last))
    if said is not None and said.case is not None:
        yield here.beside("version")


# --- the ledger -------------------------------------------------------------------------------------


def _ledger(question: Question) -> Needs:
    """The ledger's own entries: nothing of them is public."""
    said = question.changes
    asked = {"kinds": "kind", "agency": "agency", "case": "case_id"}
    for word, name in asked.items():
        if said is not None and getattr(said, word) is not None:
            yield replace(_entry(LEDGER, name), condition=True)
    shown = [question.fields] if question.form is Form.CHANGE else list(_nodes(question.fields))
    for fields in shown:
        for field in fields:
            if field.name == "writes":
                yield from _writes(field)
            elif field.name in CHANGE:
                yield _entry(LEDGER, field.name)
            elif field.name != "__typename":
                raise _unknown(f"the field {field.name!r} of a change")
    yield Need(LEDGER, "__typename", "__typename", "", Sort.THERE)


def _nodes(fields: tuple[Field, ...]) -> Iterator[tuple[Field, ...]]:
    for field in fields:
        match field.name:
            case "nodes":
                yield field.fields
            case "edges":
                yield from (inner.fields for inner in field.fields if inner.name == "node")
            case "page_info" | "__typename":
                pass
            case _:
                raise _unknown(f"the field {field.name!r} of a page of changes")


def _writes(field: Field) -> Needs:
    level = f"{LEDGER}.writes"
    yield Need(level, "__typename", "__typename", "", Sort.THERE)
    for fields in _nodes(field.fields):
        for inner in fields:
            match inner.name:
                case "entity" | "record_id" | "effect" | "retracted":
                    yield _entry(level, inner.name)
                case "facts":
                    yield replace(_entry(level, "facts"), personal=True)
                case "__typename":
                    pass
                case _:
                    raise _unknown(f"the field {inner.name!r} of a write")


def _entry(level: str, name: str) -> Need:
    return Need(level, name, naming.field(name), "", Sort.FACT, personal=name in PERSONS)


def _unknown(said: str) -> errors.BadQuestion:
    return errors.BadQuestion(
        f"Nobody has said who may ask for {said}, so it is not answered.",
        code="access.unknown_path",
        hint="This is a fault of the service: report it.",
    )

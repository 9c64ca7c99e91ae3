"""From a question to what it needs: every path that it delivers, and every path by which it finds, counts or orders.

Read off the `Question` alone, so all doors and forms are judged alike.  Whatever is not known here raises: nothing passes
because nobody thought of it.
"""

from collections.abc import Callable, Iterable
from dataclasses import replace

from baseregistry import naming
from baseregistry.access import viewing
from baseregistry.access.entries import CHANGE, PERSONS, ledger
from baseregistry.access.finding import changes, condition, key, lookup, order
from baseregistry.access.levels import Level, Needs, derived, root, unknown
from baseregistry.access.needs import Need, Sort
from baseregistry.registries.declare import Attribute, Declarations, Reference, Sensitivity
from baseregistry.registries.question import AsOf, Field, Form, Question

VERSION = frozenset({"valid_from", "valid_to", "recorded_from", "recorded_to", "digest", "redacted"})


def needs(declarations: Declarations, question: Question) -> tuple[Need, ...]:
    """All that `question` needs, each path once as delivered and once as condition."""
    return tuple(dict.fromkeys(_needs(declarations, question)))


def _needs(declarations: Declarations, question: Question) -> Needs:
    match question.form:
        case Form.CHANGE | Form.CHANGES:
            yield from ledger(question)
        case Form.ACCESS if question.accesses is not None:
            yield from viewing.needs(question.accesses, question.fields)
        case Form.ACCESS:
            raise unknown("accesses of nobody")
        case Form.NODES:
            for entity in entities(declarations, question):
                here = replace(root(declarations, entity), past=_past(question))
                yield from _conditions([here.itself(Sort.ID)])
                yield from _record(here, question.fields)
        case Form.ONE | Form.MANY | Form.HISTORY | Form.FEED | Form.BATCH | Form.MATCHES | Form.WRITTEN:
            listed = question.form in {Form.MANY, Form.FEED}
            here = replace(root(declarations, question.entity), past=_past(question), listed=listed)
            yield from _of_entity(here, question)


def _past(question: Question) -> bool:
    """Whether it asks about a moment of its own choice, or about several."""
    return question.as_of != AsOf() or question.form in {Form.HISTORY, Form.FEED, Form.WRITTEN}


def entities(declarations: Declarations, question: Question) -> tuple[str, ...]:
    """The entities of which records may be found."""
    if question.form is not Form.NODES:
        return (question.entity,)
    return tuple(declarations.entities) if question.among is None else tuple(question.among)


def _of_entity(here: Level, question: Question) -> Needs:
    fields, where = question.fields, question.where
    yield from _conditions(key(here, question))
    yield from _conditions(condition(here, where))
    yield from _conditions(order(here, question.order))
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
            yield from _conditions(changes(here, question))
            yield from _page(here, fields, of_item)
        case Form.BATCH:
            yield from _batch(here, fields)
        case Form.MATCHES:
            yield from _matches(here, question)
        case _:
            raise unknown(f"the form {question.form}")


def _conditions(found: Iterable[Need]) -> Needs:
    return (replace(need, condition=True) for need in found)


# --- what is delivered ------------------------------------------------------------------------------


def _record(here: Level, fields: tuple[Field, ...]) -> Needs:
    """What a record shows; of no field, that it is there."""
    found = False
    for field in fields:
        if field.on is None or here.entity.full_name in field.on:
            found = True
            yield from of_field(here, field)
    if not found:
        yield here.itself(Sort.THERE)
    if here.past:
        yield from here.times()


def of_field(here: Level, field: Field) -> Needs:
    """What one field of a record needs, with all that stands in it."""
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
            yield from _conditions(condition(here, field.where))
            yield from _page(replace(here, past=True), field.fields)
        case _ if name in entity.by_name:
            yield from _attribute(here, entity.by_name[name], field)
        case _ if name in entity.derived_by_name:
            yield derived(here, name, field.arguments)
        case _ if name in ways:
            yield from _way(here.way(name), field)
        case _ if name.removesuffix(naming.HISTORY) in ways:
            below = replace(here.way(name.removesuffix(naming.HISTORY)), past=True)
            yield below.beside("history")
            yield from _way(below, field)
        case _:
            raise unknown(f"the field {name!r} of {entity.full_name}")


def _order_of(here: Level, field: Field) -> Needs:
    """The order of a way back is said in attributes of the records it leads to."""
    ways = here.declarations.ways_back(here.entity)
    name = field.name if field.name in ways else field.name.removesuffix(naming.HISTORY)
    if field.order and name not in ways:
        raise unknown(f"an order of {field.name!r}")
    return order(here.way(name), field.order) if field.order else iter(())


def _attribute(here: Level, attribute: Attribute, field: Field) -> Needs:
    if field.where is not None:
        raise unknown(f"a condition on the field {attribute.name!r}")
    if not isinstance(attribute.kind, Reference):
        yield replace(here.fact(attribute), masked=field.masked)
        return
    personal = attribute.sensitivity is Sensitivity.PERSONAL
    for entity in attribute.kind.to:
        for need in _record(here.target(attribute, entity), field.fields):
            own = need.level == f"{here.path}.{naming.field(attribute.name)}"
            yield replace(need, personal=need.personal or (personal and own))


def _way(below: Level, field: Field) -> Needs:
    yield from _conditions(condition(below, field.where))
    yield from _page(below, field.fields)


Shown = Callable[[Level, tuple[Field, ...]], Needs]


def _page(here: Level, fields: tuple[Field, ...], shown: Shown = _record) -> Needs:
    """A connection: its nodes, however asked; how many there are and where it ends is that they are there."""
    yield from here.there()
    for field in fields:
        match field.name:
            case "nodes":
                yield from shown(here, field.fields)
            case "edges":
                for inner in field.fields:
                    if inner.name == "node":
                        yield from shown(here, inner.fields)
                    elif inner.name not in {"cursor", "__typename"}:
                        raise unknown(f"the field {inner.name!r} of an edge")
            case "total_count" | "page_info" | "__typename":
                pass
            case _:
                raise unknown(f"the field {field.name!r} of a page")


def _version(here: Level, field: Field) -> Needs:
    yield here.itself(Sort.TIMES)
    yield from here.times()
    for inner in field.fields:
        if inner.name in {"change", "written_by"}:
            yield from _change(here, inner.fields)
        elif inner.name not in VERSION and inner.name != "__typename":
            raise unknown(f"the field {inner.name!r} of a version")


def _change(here: Level, fields: tuple[Field, ...]) -> Needs:
    """The change behind a version: who recorded it, in which case and why, has to be granted by itself."""
    for field in fields:
        if field.name in PERSONS:
            yield here.beside("version")
        elif field.name not in CHANGE and field.name != "__typename":
            raise unknown(f"the field {field.name!r} of a change")


def of_item(here: Level, fields: tuple[Field, ...]) -> Needs:
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
                raise unknown(f"the field {field.name!r} of a feed")


def _facts(here: Level, field: Field) -> Needs:
    """Old and new of whatever differs: every attribute."""
    for inner in field.fields:
        match inner.name:
            case "attributes":
                yield from (here.fact(attribute) for attribute in here.entity.attributes)
            case "valid_from" | "valid_to" | "effect" | "__typename":
                pass
            case _:
                raise unknown(f"the field {inner.name!r} of a fact")


def _batch(here: Level, fields: tuple[Field, ...]) -> Needs:
    yield from here.there()
    for field in fields:
        match field.name:
            case "items":
                for inner in field.fields:
                    if inner.name == "node":
                        yield from _record(here, inner.fields)
                    elif inner.name not in {"key", "__typename"}:
                        raise unknown(f"the field {inner.name!r} of an item")
            case "not_found" | "__typename":
                pass
            case _:
                raise unknown(f"the field {field.name!r} of a batch")


def _matches(here: Level, question: Question) -> Needs:
    """Whose number it ever was: the record, and the one that carries the number, which refers to it."""
    carrying = lookup(here.entity, question.key_name)
    via = here.declarations.entities[carrying.via]
    kind = via.by_name[carrying.reference].kind
    assert isinstance(kind, Reference)
    carries = here.way(kind.back)
    yield from _conditions(carries.fact(via.by_name[name]) for name, _ in carrying.held)
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
                raise unknown(f"the field {field.name!r} of a match")

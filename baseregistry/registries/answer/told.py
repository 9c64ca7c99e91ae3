"""What an answer tells of people, for the access log: which records, on which level of the question, and about whom.

With `Question.told`, each JSON object of a record with a personal attribute delivered, or used to find it, begins with
``"$k":"<level>.<record id>.<recorded_from>.<subjects>"``; a page tells of all records in one ``"<level>/<number of
subjects>:<base64 of ids, recorded_from, subjects>"``, a root's page before its JSON, after a ``$``.  No other bytes of an
answer look so: a quote in a value is escaped, no key of a client's holds a ``$``.  Without them it is the plain answer."""

from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace

import sqlalchemy as sa

from baseregistry.registries import derived
from baseregistry.registries.answer.draft import Draft, Expression, Pairs, Together, constant, number
from baseregistry.registries.answer.moments import Moment, Seen
from baseregistry.registries.answer.plan import Answer, Told
from baseregistry.registries.declare import Declarations, Entity, Reference, Sensitivity
from baseregistry.registries.question import (
    Back,
    Bind,
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

PERSON = "population.person"
OPENING = "$k"
BEGIN, BEFORE = b'{"$k":"', b"$"
WIDTH, OF_SUBJECT = 24, 16  # bytes of a packed key: record id and position, and each subject
NOBODY = "\\x00000000000000000000000000000000"


@dataclass(frozen=True, slots=True)
class Used:
    """What was used to find a record: a declared path, whether it is personal, and the value where there is one."""

    path: str
    personal: bool
    value: Bind | None = None


def taken(answer: Answer) -> tuple[Answer, list[bytes]]:
    """The answer as it leaves, and the log keys that were in it."""
    keys: list[bytes] = []
    if len(answer.data) == 1:
        return Answer((without(answer.data[0], keys),), answer.snapshots), keys
    return Answer(tuple([without(text, keys) for text in answer.data]), answer.snapshots), keys


def without(text: bytes, keys: list[bytes]) -> bytes:
    """The JSON without its log keys, which are added to `keys`."""
    if text.startswith(BEFORE):
        end = text.index(b"{")
        _add(keys, text[1:end].replace(b"\n", b""))  # base64 as PostgreSQL writes it has lines
        text = text[end:]
    if BEFORE not in text:  # a tenth of the time that looking for more than one byte takes
        return text
    first, *others = text.split(BEGIN)
    parts = [first]
    for one in others:
        key, _, rest = one.partition(b'"')
        _add(keys, key.replace(b"\\n", b""))
        parts.append(rest.removeprefix(b",").removeprefix(b" "))
    return b"{".join(parts)


def _add(keys: list[bytes], key: bytes) -> None:
    if b":" in key:
        keys += key.split(b" ")
    elif key:
        keys.append(key)


def count(keys: Sequence[bytes]) -> int:
    """How many records log keys tell of."""
    if b":" not in b"".join(keys):  # record by record
        return len(keys)
    return sum([1 if b":" not in key else _packed(key) for key in keys])


def _packed(key: bytes) -> int:
    opening, _, packed = key.partition(b":")
    size = len(packed) * 3 // 4 - packed.count(b"=", -2)
    return size // (WIDTH + OF_SUBJECT * int(opening.partition(b"/")[2]))


@contextmanager
def together(draft: Draft, rows: sa.FromClause | None) -> Iterator[dict[str, Expression]]:
    """While the block lasts, the records in `rows` are told of together: their keys, by how they begin, for `of_all`."""
    before, made = draft.together, Together(rows)
    draft.together = made
    try:
        yield made.keys
    finally:
        draft.together = before


def of_all(keys: dict[str, Expression], within: Expression | None) -> Expression:
    """The log key of all rows that are gathered, as far as they are `within`; an empty text where there is none."""
    packed = [sa.func.string_agg(one, constant("", "bytea")) for one in keys.values()]
    read = packed if within is None else [one.filter(within) for one in packed]
    texts = [
        constant(f"{begin}:").op("||")(sa.func.encode(one, constant("base64")))
        for begin, one in zip(keys, read, strict=True)
    ]
    return sa.func.concat_ws(constant(" "), *texts)


def before(key: Expression, json: Expression) -> Expression:
    """The JSON of a root, a log key of many records before it: in the JSON each of its bytes would be escaped."""
    return constant("$").op("||")(key).op("||")(sa.cast(json, sa.Text()))


def key(draft: Draft, seen: Seen, fields: Iterable[Field]) -> Pairs:
    """The log key of a record that is shown; none where nothing of it is personal, or nothing is to be told."""
    if not draft.told:
        return []
    entity, declarations = seen.entity, draft.installation.declarations
    names = tuple(dict.fromkeys(field.name for field in fields if _is_fact(entity, field.name)))
    return _key(
        draft, seen, Told(entity.full_name, names, seen.by, draft.opened), _personal(declarations, entity, names)
    )


def key_of_item(draft: Draft, seen: Seen, names: tuple[str, ...], position: Expression) -> Pairs:
    """The log key of an item that tells values of a record's versions; `seen.row` has one row, with its ``record_id``."""
    if not draft.told or not _personal(draft.installation.declarations, seen.entity, names):
        return []
    told = Told(seen.entity.full_name, names, seen.by, draft.opened)
    return [(OPENING, _text(draft.level(told), seen.row.c.record_id, position, _subjects_at(draft, seen, position)))]


def values_told(entity: Entity, fields: Iterable[Field]) -> tuple[str, ...]:
    """The attributes of which an item of a feed may tell old and new values: all, where it is asked for its facts."""
    return tuple(entity.by_name) if any(field.name == "facts" for field in fields) else ()


def key_of_write(
    draft: Draft,
    entities: list[tuple[int, Entity]],
    row: sa.FromClause,
    fields: tuple[Field, ...],
    position: Expression,
) -> Pairs:
    """The log key of what a change did to one record, whichever entity it is of; empty where nothing is personal."""
    if not draft.told or not any(field.name == "facts" for field in fields):
        return []
    moment = Moment(position, position, position)
    whens = [
        (row.c.place == number(place), made)
        for place, entity in entities
        for _, made in key_of_item(draft, Seen(entity, row, moment), values_told(entity, fields), position)
    ]
    return [(OPENING, sa.case(*whens, else_=constant("")))]


def _key(draft: Draft, seen: Seen, told: Told, personal: bool) -> Pairs:
    if not personal and not seen.by_personal:
        return []
    row, level = seen.row, draft.level(told)
    subjects = [row.c[name] for name in subject_references(seen.entity)]
    if draft.together is not None and draft.together.rows is row:
        draft.together.keys[f"{level}/{len(subjects)}"] = _bytes(row.c.record_id, row.c.recorded_from, subjects)
        return []
    return [(OPENING, _text(level, row.c.record_id, row.c.recorded_from, subjects))]


def _bytes(record_id: Expression, recorded_from: Expression, subjects: Iterable[Expression]) -> Expression:
    packed: Expression = sa.func.uuid_send(record_id).op("||")(sa.func.int8send(recorded_from))
    for subject in subjects:
        packed = packed.op("||")(sa.func.coalesce(sa.func.uuid_send(subject), constant(NOBODY, "bytea")))
    return packed


def _text(level: int, record_id: Expression, recorded_from: Expression, subjects: Iterable[Expression]) -> Expression:
    dot = constant(".")
    parts = [constant(f"{level}."), record_id, dot, recorded_from]
    for subject in subjects:
        parts += [dot, subject]
    return sa.func.concat(*parts)


def _subjects_at(draft: Draft, seen: Seen, position: Expression) -> list[Expression]:
    """Whom the versions of a record were about that a change wrote or closed."""
    names, rows = subject_references(seen.entity), draft.versions(seen.entity.full_name)
    there = sa.or_(rows.c.recorded_from == position, rows.c.recorded_to == position)
    found = sa.select().select_from(rows).where(rows.c.record_id == seen.row.c.record_id, there).correlate_except(rows)
    listed = [sa.func.string_agg(sa.distinct(sa.cast(rows.c[name], sa.Text())), constant(".")) for name in names]
    return [found.with_only_columns(one).scalar_subquery() for one in listed]


def subject_references(entity: Entity) -> tuple[str, ...]:
    """The references of an entity by which it is about somebody; a person is about himself."""
    return tuple(attribute.name for attribute, kind in entity.references if PERSON in kind.to)


def _is_fact(entity: Entity, name: str) -> bool:
    return name in entity.by_name or name in entity.derived_by_name


def _personal(declarations: Declarations, entity: Entity, names: Iterable[str]) -> bool:
    return any(is_personal(declarations, entity, name) for name in names)


def is_personal(declarations: Declarations, entity: Entity, name: str) -> bool:
    """Whether an attribute, stored or derived, is personal data."""
    if name in entity.by_name:
        return entity.by_name[name].sensitivity is Sensitivity.PERSONAL
    if name in entity.derived_by_name:
        return derived.sensitivity(declarations, entity, entity.derived_by_name[name]) is Sensitivity.PERSONAL
    return False


def asked_by(
    declarations: Declarations, entity: Entity, where: Condition | None, order: tuple[Order, ...] = ()
) -> tuple[Used, ...]:
    """What a list is narrowed by and put in order by."""
    ordered = (Used(term.attribute, is_personal(declarations, entity, term.attribute)) for term in order)
    return (*(_conditions(declarations, entity, where) if where else ()), *ordered)


def named_by(declarations: Declarations, question: Question) -> Iterator[Used]:
    """By what a root names its record: a key of its own, or what another record says of it."""
    entity = declarations.entities.get(question.entity)
    if entity is None or question.key_name in {None, "id"} or question.form is Form.WRITTEN:
        return
    for key in entity.keys:
        if key.name == question.key_name:
            for name, value in zip(key.attributes, question.key_values, strict=True):
                yield Used(name, is_personal(declarations, entity, name), value)
    for lookup in entity.lookups:
        if lookup.name == question.key_name:
            via = declarations.entities[lookup.via]
            yield Used(lookup.name, is_personal(declarations, via, lookup.attribute), question.key_values[0])


def _conditions(declarations: Declarations, entity: Entity, where: Condition) -> Iterator[Used]:
    match where:
        case Comparison(attribute=name, value=value):
            yield Used(name, is_personal(declarations, entity, name), value)
        case Placed(attribute=name):
            yield Used(name, is_personal(declarations, entity, name))
        case Every(of=parts) | Either(of=parts):
            for part in parts:
                yield from _conditions(declarations, entity, part)
        case Never(of=part):
            yield from _conditions(declarations, entity, part)
        case Refers(attribute=name, entity=target, where=inner):
            yield Used(name, is_personal(declarations, entity, name))
            yield from _below(name, _conditions(declarations, declarations.entities[target], inner))
        case Back(way=way, where=inner):
            back = declarations.ways_back(entity)[way]
            yield Used(way, is_personal(declarations, back.entity, back.attribute.name))
            yield from _below(way, _conditions(declarations, back.entity, inner))


def _below(name: str, used: Iterable[Used]) -> Iterator[Used]:
    return (Used(f"{name}.{one.path}", one.personal, one.value) for one in used)


def listed(draft: Draft, seen: Seen, where: Condition | None, order: tuple[Order, ...]) -> Seen:
    """The same, with what its list is narrowed and ordered by."""
    return _found_by(seen, asked_by(draft.installation.declarations, seen.entity, where, order)) if draft.told else seen


def found(draft: Draft, seen: Seen, question: Question) -> Seen:
    """The same, with what a root finds it by."""
    if not draft.told:
        return seen
    declarations = draft.installation.declarations
    where = None if question.form is Form.HISTORY else question.where  # which a history has of its own
    used = asked_by(declarations, seen.entity, where, question.order)
    return _found_by(seen, (*named_by(declarations, question), *used))


def _found_by(seen: Seen, used: tuple[Used, ...]) -> Seen:
    paths = tuple(dict.fromkeys(one.path for one in used))
    return replace(seen, by=(*seen.by, *paths), by_personal=seen.by_personal or any(one.personal for one in used))


def secrets(declarations: Declarations, question: Question) -> Iterator[int]:
    """The slots of the values of personal attributes by which a question finds records, wherever it does."""
    entity = declarations.entities.get(question.entity)
    used = list(named_by(declarations, question))
    if entity is not None:
        used += [*asked_by(declarations, entity, question.where), *_in_fields(declarations, entity, question.fields)]
    yield from (one.value.slot for one in used if one.personal and one.value is not None)


def _in_fields(declarations: Declarations, entity: Entity, fields: Iterable[Field]) -> Iterator[Used]:
    """What nested lists are narrowed by, and what derived fields are asked about."""
    for field in fields:
        for name, below in _entities_below(declarations, entity, field):
            if field.where is not None and name != entity.full_name:
                yield from _conditions(declarations, declarations.entities[name], field.where)
            yield from _in_fields(declarations, declarations.entities[name], below)
        if field.name in entity.derived_by_name and is_personal(declarations, entity, field.name):
            yield from (Used(f"{field.name}.{name}", True, value) for name, value in field.arguments)


def _entities_below(
    declarations: Declarations, entity: Entity, field: Field
) -> Iterator[tuple[str, tuple[Field, ...]]]:
    attribute = entity.by_name.get(field.name)
    if attribute is not None and isinstance(attribute.kind, Reference):
        for target in attribute.kind.to:
            yield target, tuple(one for one in field.fields if one.on is None or target in one.on)
        return
    way = declarations.ways_back(entity).get(field.name.removesuffix("_history"))
    if way is not None:
        yield way.entity.full_name, field.fields
    elif field.fields and field.name not in entity.derived_by_name:
        yield entity.full_name, field.fields  # nodes, edges, items and the like

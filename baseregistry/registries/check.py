"""Whether declarations make sense, told before anything is served: a code, a place, and what is wrong there.

D001 not a snake_case name             D010 a pattern not read alike by Python and PostgreSQL
D002 declared twice                    D011 a kind that holds nothing, or more than it can
D003 a reserved name                   D012 two entities under one name in a table or the API
D004 unknown entity                    D013 a name too long for PostgreSQL
D005 two ways back under one name      D014 a code list that cannot be read
D006 unknown code list                 D015 a code without its edition, twice, or without a title
D007 a key of unknown attributes       D016 no title, description or source
D008 a lookup that finds nothing       D017 an edition that ends before it begins
D009 a territory path that leads to no unit                          D018 retired by what is no code
D019 a derived field made of nothing there is
"""

import re
from collections.abc import Callable, Iterable, Iterator

from sqlalchemy.dialects.postgresql.base import RESERVED_WORDS

from baseregistry import errors, naming
from baseregistry.registries import codes, derived
from baseregistry.registries.declare import (
    Attribute,
    Code,
    CodeList,
    Declarations,
    Entity,
    Geometry,
    Number,
    Reference,
    Text,
    Title,
    WayBack,
)
from baseregistry.registries.territories import UNIT, placed, through

API_WORDS = {"id", "version", "history"}
COLUMN_WORDS = {"record_id", "valid", "recorded_from", "recorded_to", "change", "salt", "salts"} | {
    "digest",
    "redacted",
}
TABLE_WORDS = {"record", "ledger_change", "code", "installation", "alembic_version", "spatial_ref_sys"}
SHAPES = {"Point", "MultiPoint", "LineString", "MultiLineString", "Polygon", "MultiPolygon"}
LONGEST_NAME = 60  # PostgreSQL cuts identifiers at 63 bytes
MOST_ATTRIBUTES = 62  # an act names its attributes as bits of a bigint
NAME = re.compile(r"[a-z][a-z0-9]*(_[a-z0-9]+)*")
ONLY_PYTHON = re.compile(r"\(\?[^:]|\\[AZbBdDsSwW]|[*+?}][?+]")  # read otherwise, or not at all, by PostgreSQL

Fault = errors.DeclarationError


def check(declarations: Declarations) -> None:
    """Raise the first errors.DeclarationError of `declarations`; return if there is none."""
    for fault in faults(declarations):
        raise fault


def faults(declarations: Declarations) -> Iterator[Fault]:
    """Everything that is wrong, each with its code (D001 …) and its place."""
    for look in (_twice, _collisions, _ways_back, _code_lists):
        yield from look(declarations)
    for registry in declarations.registries:
        for entity in registry.entities:
            for examine in ENTITY_CHECKS:
                yield from examine(declarations, entity)


def _fault(code: str, place: str, said: str, hint: str | None = None) -> Fault:
    return Fault(f"{code} {place} {said}", code=code, hint=hint, where={"place": place})


def _repeated(names: Iterable[str]) -> list[str]:
    seen: set[str] = set()
    return [name for name in names if name in seen or seen.add(name)]  # type: ignore[func-returns-value]


# --- the whole -------------------------------------------------------------------------------------


def _twice(declarations: Declarations) -> Iterator[Fault]:
    registries = declarations.registries
    for name in _repeated(registry.name for registry in registries):
        yield _fault("D002", name, "is declared twice as a registry")
    for registry in registries:
        if not NAME.fullmatch(registry.name):
            yield _fault("D001", registry.name, "is no snake_case name of ASCII letters and digits")
        for entity in registry.entities:
            if entity.registry != registry.name:
                yield _fault("D002", entity.full_name, f"stands in the registry {registry.name!r}, not in its own")
    for name in _repeated(entity.full_name for registry in registries for entity in registry.entities):
        yield _fault("D002", name, "is declared twice")
    for name in _repeated(listed.name for registry in registries for listed in registry.code_lists):
        yield _fault("D002", name, "is declared twice as a code list")


def _collisions(declarations: Declarations) -> Iterator[Fault]:
    spellings: dict[str, Callable[[str], str]] = {
        "table": naming.table,
        "type": naming.type_name,
        "field": naming.root,
        "plural field": naming.root_plural,
    }
    taken: dict[tuple[str, str], str] = {("table", word): "the ledger" for word in TABLE_WORDS}
    for name in declarations.entities:
        for what, spell in spellings.items():
            slot = ("field" if what == "plural field" else what, spell(name))
            if slot in taken:
                yield _fault("D012", name, f"would have the {what} {slot[1]!r}, which is that of {taken[slot]}")
            taken[slot] = name
    for entity in declarations.entities.values():
        for attribute, reference in entity.references:
            union = naming.union_name(entity.full_name, attribute.name)
            if len(reference.to) > 1 and ("type", union) in taken:
                place = f"{entity.full_name}.{attribute.name}"
                yield _fault("D012", place, f"would have the type {union!r}, which is that of {taken['type', union]}")


def _ways_back(declarations: Declarations) -> Iterator[Fault]:
    """Each target's ways back, with who refers to it; computed anew, for `Declarations` keeps one per name."""
    known = declarations.entities
    taken: dict[tuple[str, str], str] = {}
    for entity in known.values():
        for attribute, reference in entity.references:
            place = f"{entity.full_name}.{attribute.name}"
            if not NAME.fullmatch(reference.back):
                yield _fault("D001", place, f"has the way back {reference.back!r}, which is no snake_case name")
            for target in reference.to:
                if target in known:
                    yield from _way_back(known[target], WayBack(reference.back, entity, attribute, reference), taken)


def _way_back(target: Entity, way: WayBack, taken: dict[tuple[str, str], str]) -> Iterator[Fault]:
    place = f"{way.entity.full_name}.{way.attribute.name}"
    spelled = f"{target.full_name}.{way.name}"
    if way.name in target.by_name or way.name in API_WORDS or way.name.endswith(naming.HISTORY):
        yield _fault("D005", place, f"calls its way back {spelled!r}, which is an attribute or a reserved word")
    first = taken.setdefault((target.full_name, way.name), place)
    if first != place:
        yield _fault("D005", place, f"calls its way back {spelled!r}, as {first} does")


def _code_lists(declarations: Declarations) -> Iterator[Fault]:
    for registry in declarations.registries:
        for listed in registry.code_lists:
            if listed.name.partition(".")[0] != registry.name or not NAME.fullmatch(listed.name.partition(".")[2]):
                yield _fault("D001", listed.name, f"is no name of a code list of the registry {registry.name!r}")
            if not (listed.title.vi and listed.title.en):
                yield _fault("D016", listed.name, "lacks a title in Vietnamese or English")
            for name in _repeated(edition.name for edition in listed.editions):
                yield _fault("D002", listed.name, f"has the edition {name!r} twice")
            for edition in listed.editions:
                begin, end = edition.in_force_from, edition.in_force_to
                if begin is not None and end is not None and end <= begin:
                    yield _fault("D017", listed.name, f"has the edition {edition.name!r}, which ends before it begins")
            yield from _codes(listed)


def _codes(listed: CodeList) -> Iterator[Fault]:
    try:
        entries = codes.entries(listed)
    except errors.BadFile as failure:
        yield _fault("D014", listed.name, f"has no readable codes: {failure.message}", failure.hint)
        return
    editions = {edition.name for edition in listed.editions}
    for entry in entries:
        if entry.edition not in editions:
            yield _fault("D015", listed.name, f"has the code {entry.code!r} of an unknown edition {entry.edition!r}")
        if not (entry.code.strip() and entry.title_vi and entry.title_en):
            yield _fault("D015", listed.name, f"has the code {entry.code!r} without a title or without a code")
    for name in _repeated(f"{entry.edition}/{entry.code}" for entry in entries):
        yield _fault("D015", listed.name, f"has the code {name!r} twice")


# --- one entity ------------------------------------------------------------------------------------


def _names(declarations: Declarations, entity: Entity) -> Iterator[Fault]:
    for name in (entity.name, *(attribute.name for attribute in entity.attributes), *_finders(entity)):
        if not NAME.fullmatch(name):
            yield _fault("D001", f"{entity.full_name}.{name}", "is no snake_case name of ASCII letters and digits")
    for name in _repeated(attribute.name for attribute in entity.attributes):
        yield _fault("D002", f"{entity.full_name}.{name}", "is declared twice")
    for name in _repeated(_finders(entity)):
        yield _fault("D002", f"{entity.full_name}.{name}", "names two keys or lookups")
    if "id" in _finders(entity):
        yield _fault("D003", f"{entity.full_name}.id", "names a key or lookup, and every record's own id")


def _finders(entity: Entity) -> list[str]:
    return [key.name for key in entity.keys] + [lookup.name for lookup in entity.lookups]


def _reserved(declarations: Declarations, entity: Entity) -> Iterator[Fault]:
    words = API_WORDS | COLUMN_WORDS | RESERVED_WORDS
    for attribute in entity.attributes:
        if attribute.name in words or attribute.name.startswith("key_") or attribute.name.endswith(naming.HISTORY):
            yield _fault("D003", f"{entity.full_name}.{attribute.name}", "is a word of PostgreSQL or of every version")


def _titles(declarations: Declarations, entity: Entity) -> Iterator[Fault]:
    if not _titled(entity.title) or not entity.description:
        yield _fault("D016", entity.full_name, "lacks a title in Vietnamese or English, or a description")
    for attribute in entity.attributes:
        if not _titled(attribute.title) or not attribute.description or not attribute.source:
            yield _fault("D016", f"{entity.full_name}.{attribute.name}", "lacks a title, a description or a source")


def _titled(title: Title) -> bool:
    return bool(title.vi.strip() and title.en.strip())


def _kinds(declarations: Declarations, entity: Entity) -> Iterator[Fault]:
    if not 0 < len(entity.attributes) <= MOST_ATTRIBUTES:
        yield _fault("D011", entity.full_name, f"has {len(entity.attributes)} attributes, not 1 to {MOST_ATTRIBUTES}")
    for attribute in entity.attributes:
        yield from _kind(declarations, f"{entity.full_name}.{attribute.name}", attribute)


def _kind(declarations: Declarations, place: str, attribute: Attribute) -> Iterator[Fault]:
    match attribute.kind:
        case Reference(to=targets):
            if not targets:
                yield _fault("D011", place, "refers to nothing")
            for target in targets:
                if target not in declarations.entities:
                    yield _fault("D004", place, f"refers to unknown entity {target!r}")
        case Code(list=name) if name not in declarations.code_lists:
            yield _fault("D006", place, f"takes codes of the unknown list {name!r}")
        case Text(max_length=length) if length < 1:
            yield _fault("D011", place, f"takes texts of at most {length} characters")
        case Text(pattern=str(pattern)):
            yield from _pattern(place, pattern)
        case Number(digits=digits, scale=scale) if not (1 <= digits <= 130 and 0 <= scale <= digits):
            yield _fault("D011", place, f"takes numbers of {digits} digits with {scale} after the point")
        case Geometry(shape=shape) if shape not in SHAPES:
            yield _fault("D011", place, f"takes geometries of the unknown shape {shape!r}")
        case _:
            return


def _pattern(place: str, pattern: str) -> Iterator[Fault]:
    try:
        re.compile(pattern)
    except re.error as failure:
        yield _fault("D010", place, f"has the pattern {pattern!r}: {failure}")
        return
    if not (pattern.startswith("^") and pattern.endswith("$")):
        yield _fault("D010", place, f"has the pattern {pattern!r}, which does not say ^ and $")
    if ONLY_PYTHON.search(pattern):
        yield _fault("D010", place, f"has the pattern {pattern!r}, which PostgreSQL reads otherwise")


def _keys(declarations: Declarations, entity: Entity) -> Iterator[Fault]:
    for key in entity.keys:
        place = f"{entity.full_name}.{key.name}"
        if not key.attributes:
            yield _fault("D007", place, "is a key of no attribute")
        for name in key.attributes:
            if name not in entity.by_name or isinstance(entity.by_name[name].kind, Geometry):
                yield _fault("D007", place, f"is a key with {name!r}, which is unknown or a geometry")


def _lookups(declarations: Declarations, entity: Entity) -> Iterator[Fault]:
    for lookup in entity.lookups:
        place = f"{entity.full_name}.{lookup.name}"
        via = declarations.entities.get(lookup.via)
        if via is None:
            yield _fault("D008", place, f"looks through unknown entity {lookup.via!r}")
            continue
        for name in (lookup.attribute, *(name for name, _ in lookup.fixed + lookup.held)):
            if name not in via.by_name:
                yield _fault("D008", place, f"looks at {lookup.via}.{name}, which is unknown")
        pointer = via.by_name.get(lookup.reference)
        if pointer is None or not isinstance(pointer.kind, Reference) or pointer.kind.to != (entity.full_name,):
            yield _fault("D008", place, f"follows {lookup.via}.{lookup.reference}, which does not lead here alone")


def _territory(declarations: Declarations, entity: Entity) -> Iterator[Fault]:
    if entity.territory is None:
        return
    here, place = entity, f"{entity.full_name}.territory"
    for step in entity.territory.split("."):
        kind = here.by_name[step].kind if step in here.by_name else None
        following = declarations.entities.get(kind.to[0]) if isinstance(kind, Reference) and len(kind.to) == 1 else None
        if following is None:
            yield _fault("D009", place, f"follows {step!r}, which is no reference of {here.full_name} to one entity")
            return
        here = following
    if here.full_name != UNIT:
        yield _fault("D009", place, f"leads to {here.full_name}, not to {UNIT}")


def _placed_by(declarations: Declarations, entity: Entity) -> Iterator[Fault]:
    """What lies in a unit through another record: there is one, in one step after the other, and no circle."""
    here, place, seen = entity, f"{entity.full_name}.placed_by", set[str]()
    while here.placed_by is not None:
        following = through(declarations, here)
        if here.territory is not None or following is None or here.full_name in seen:
            yield _fault(
                "D009", place, f"leads by {here.placed_by!r} of {here.full_name} to no record that lies in a unit"
            )
            return
        seen.add(here.full_name)
        here = following
    if entity.placed_by is not None and not placed(declarations, here):
        yield _fault("D009", place, f"leads to {here.full_name}, which lies in no unit")


def _retired(declarations: Declarations, entity: Entity) -> Iterator[Fault]:
    name = entity.retired[0] if entity.retired else None
    if name and (name not in entity.by_name or not isinstance(entity.by_name[name].kind, Code)):
        yield _fault("D018", entity.full_name, f"is retired by {name!r}, which is no code of it")


def _derived(declarations: Declarations, entity: Entity) -> Iterator[Fault]:
    taken = {*entity.by_name, *(way.name for way in declarations.ways_back(entity).values()), *API_WORDS}
    for field in entity.derived:
        place = f"{entity.full_name}.{field.name}"
        if not NAME.fullmatch(field.name):
            yield _fault("D001", place, "is no snake_case name of ASCII letters and digits")
        if field.name in taken or field.name.endswith(naming.HISTORY):
            yield _fault("D002", place, "is declared twice, or a reserved word")
        taken.add(field.name)
        if not _titled(field.title) or not field.description:
            yield _fault("D016", place, "lacks a title or a description")
        for said in derived.wrong(declarations, entity, field):
            yield _fault("D019", place, said)


def _lengths(declarations: Declarations, entity: Entity) -> Iterator[Fault]:
    """The longest identifiers made of a name: ``land_parcel_numbering_commune_index``."""
    table = naming.table(entity.full_name)
    made = [f"{table}_written_at", *(f"{table}_{attribute.name}_index" for attribute in entity.attributes)]
    made += [f"{table}_{naming.key_column(key.name)}" for key in entity.keys]
    for name in made:
        if len(name.encode()) > LONGEST_NAME:
            yield _fault("D013", entity.full_name, f"would need the name {name!r}, longer than {LONGEST_NAME} bytes")


ENTITY_CHECKS = (
    _names,
    _reserved,
    _titles,
    _kinds,
    _keys,
    _lookups,
    _territory,
    _placed_by,
    _retired,
    _derived,
    _lengths,
)

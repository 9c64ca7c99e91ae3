"""What is generated, made visible: the table of an entity, its entry in the dictionary, what rules find.

These are the answers of `baseregistry show`; the command only prints them.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from difflib import get_close_matches
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql
from sqlalchemy.schema import CreateIndex, CreateTable

from baseregistry import errors, naming
from baseregistry.db import Reading
from baseregistry.registries import dictionary, tables
from baseregistry.registries.declare import CodeList, Declarations, Entity, Reference, Registry
from baseregistry.registries.rules import Finding
from baseregistry.registries.tables import Installation

UNIT = "administration.unit"


def named(declarations: Declarations, name: str) -> Registry | Entity | CodeList:
    """What `name` names: ``land``, ``land.parcel`` or ``land.purpose``.  Raises errors.NotFound with names like it."""
    known: dict[str, Registry | Entity | CodeList] = {registry.name: registry for registry in declarations.registries}
    known.update(declarations.entities)
    known.update(declarations.code_lists)
    if name in known:
        return known[name]
    close = get_close_matches(name, known, n=3)
    raise errors.NotFound(
        f"There is no register, entity or code list {name!r}.",
        code="register.no_such_name",
        hint=f"Did you mean {', '.join(close)}?" if close else "`baseregistry show` lists all names.",
    )


def names(declarations: Declarations) -> Iterator[tuple[str, str, str]]:
    """Everything that can be shown, with its titles: ``("land.parcel", "Thửa đất", "Parcel")``."""
    for registry in declarations.registries:
        yield registry.name, registry.title.vi, registry.title.en
        for entity in registry.entities:
            yield entity.full_name, entity.title.vi, entity.title.en
        for listed in registry.code_lists:
            yield listed.name, listed.title.vi, listed.title.en


def entry(installation: Installation, name: str) -> str:
    """The dictionary's entry of a register, an entity or a code list, in Markdown.  Raises errors.NotFound."""
    thing = named(installation.declarations, name)
    match thing:
        case Entity():
            return dictionary.entity_entry(installation.declarations, thing, installation.rules)
        case CodeList():
            return dictionary.code_list_entry(thing)
        case Registry():
            return dictionary.registry_page(installation.declarations, thing, installation.rules)


def table(declarations: Declarations, entity: str, srid: int = 5899) -> str:
    """The DDL of an entity's versions table and its indexes, in a database with the storage CRS `srid`."""
    made = tables.build(declarations, srid).versions[entity]
    return ";\n".join(_statements(made)) + ";\n"


def _statements(made: sa.Table) -> Iterator[str]:
    dialect = postgresql.dialect()  # type: ignore[no-untyped-call]
    written = str(CreateTable(made).compile(dialect=dialect))
    yield "\n".join(line.rstrip().replace("\t", "  ") for line in written.strip().splitlines())
    for index in sorted(made.indexes, key=lambda index: str(index.name)):
        yield str(CreateIndex(index).compile(dialect=dialect)).strip()


# --- findings --------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Chosen:
    """Which findings: of one entity or rule, within one unit (its code, valid now, or its record id); None means all."""

    entity: str | None = None
    code: str | None = None
    within: str | None = None


def findings(reading: Reading, installation: Installation, chosen: Chosen = Chosen()) -> Iterator[Finding]:
    """What the chosen rules find among the versions believed now, rule by rule.

    Raises errors.NotFound for an unknown entity, rule or unit, errors.BadQuestion when `within` is asked of an
    entity that lies in no unit.
    """
    declared = installation.declarations
    _check(installation, chosen)
    units = unit_and_below(reading, chosen.within) if chosen.within else None
    for rule in installation.rules:
        if chosen.entity not in (None, rule.entity) or chosen.code not in (None, rule.code):
            continue
        entity = declared.entities[rule.entity]
        if units is None:
            yield from rule.find(reading, None)
        elif lies_somewhere(entity):
            yield from rule.find(reading, f"({inside(declared, entity, units)}) AS within")


def _check(installation: Installation, chosen: Chosen) -> None:
    if chosen.entity is not None:
        entity = named(installation.declarations, chosen.entity)
        if chosen.within and not (isinstance(entity, Entity) and lies_somewhere(entity)):
            raise errors.BadQuestion(
                f"{chosen.entity} lies in no unit.",
                code="question.no_territory",
                hint="Leave out --within, or ask for an entity that lies in a commune.",
            )
    codes = [rule.code for rule in installation.rules]
    if chosen.code is not None and chosen.code not in codes:
        raise errors.NotFound(
            f"There is no rule {chosen.code!r}.", code="register.no_such_rule", hint=f"Rules: {', '.join(codes)}."
        )


def lies_somewhere(entity: Entity) -> bool:
    """Whether a record of `entity` lies in a unit, or is one."""
    return entity.territory is not None or entity.full_name == UNIT


def inside(declarations: Declarations, entity: Entity, units: list[UUID]) -> str:
    """A SELECT of the records of `entity` that are, by some version believed now, in one of `units`."""
    joins, alias, here = "", "v", entity
    *steps, last = (entity.territory or "record_id").split(".")
    for number, step in enumerate(steps):
        kind = here.by_name[step].kind
        assert isinstance(kind, Reference)
        here, following = declarations.entities[kind.to[0]], f"t{number}"
        joins += (
            f" JOIN {naming.table(here.full_name)} {following} ON {following}.record_id = {alias}.{step}"
            f" AND {following}.recorded_to IS NULL"
        )
        alias = following
    listed = ", ".join(f"'{unit}'" for unit in units)
    return (
        f"SELECT v.record_id FROM {naming.table(entity.full_name)} v{joins}"
        f" WHERE v.recorded_to IS NULL AND {alias}.{last} = ANY (ARRAY[{listed}]::uuid[])"
    )


def unit_and_below(reading: Reading, unit: str) -> list[UUID]:
    """The unit with this code (valid now) or record id, and every unit that ever lay in it.  Raises errors.NotFound."""
    found = reading.execute(
        "WITH RECURSIVE below AS (SELECT record_id FROM administration_unit WHERE recorded_to IS NULL"
        " AND (record_id::text = :unit OR code = :unit AND valid @> now())"
        " UNION SELECT u.record_id FROM administration_unit u JOIN below b ON u.parent = b.record_id"
        " WHERE u.recorded_to IS NULL) SELECT record_id FROM below",
        {"unit": unit},
    ).scalars()
    units: list[UUID] = list(found)
    if not units:
        raise errors.NotFound(
            f"No unit has the code {unit!r} now.",
            code="register.no_such_unit",
            hint="Codes are recycled: give the record id of a unit that has ended.",
        )
    return units

"""From the order, the map and the file's columns to the plan."""

from dataclasses import replace
from typing import Any

from baseregistry import errors
from baseregistry.registries import values
from baseregistry.registries.declare import Declarations, Entity
from baseregistry.registries.imports.maps import FileMap
from baseregistry.registries.imports.names import named, nearest, plain
from baseregistry.registries.imports.order import ImportOrder
from baseregistry.registries.imports.plan import Cell, Plan
from baseregistry.registries.imports.planning import Planner
from baseregistry.registries.imports.sources import Source
from baseregistry.registries.tables import Installation


def entity_named(declarations: Declarations, name: str) -> Entity:
    """``land.parcel``, or ``parcel`` where only one register has one."""
    found = [entity for full, entity in declarations.entities.items() if name in {full, entity.name}]
    if len(found) == 1:
        return found[0]
    like = nearest(name, [plain(full) for full in declarations.entities])
    known = [full for full in declarations.entities if plain(full) in like] or list(declarations.entities)
    raise errors.BadInput(
        f"{name!r} {'names several entities' if found else 'is no entity'}.",
        code="input.unknown_entity",
        hint=f"Give one of: {', '.join(known)}.",
    )


def said_of(order: ImportOrder, said: FileMap) -> FileMap:
    """The map, with what the order says before it."""
    return replace(
        said,
        valid_from=order.valid_from or said.valid_from,
        valid_to=order.valid_to or said.valid_to,
        end_inclusive=order.end_inclusive or said.end_inclusive,
    )


def prepare(installation: Installation, entity: Entity, said: FileMap, source: Source, codes: values.Codes) -> Plan:
    """The plan for a file with these columns.  Raises errors.BadFile and BadValue with what cannot be followed."""
    begin = _valid_from(said, source, installation.zone)
    end = _valid_to(said, source)
    periods = {cell.column for cell in (begin, end) if cell is not None and cell.column is not None}
    meaning = named(entity, said, source.columns, {*source.optional, *periods})
    lanes = Planner(installation.declarations, entity, said, codes).lanes(meaning.cells)
    return Plan(
        lanes=lanes,
        valid_from=begin,
        valid_to=end,
        end_inclusive=said.end_inclusive,
        unbounded=said.unknown_begin == "unbounded",
        across=said.across_later_facts,
        drop_heights=said.drop_heights,
        ignored=meaning.ignored,
    )


def _valid_from(said: FileMap, source: Source, zone: str) -> Cell:
    text = said.valid_from
    column = _column(text or "valid_from", source)
    if column is not None:
        return Cell(column)
    if text is None:
        if said.unknown_begin is not None:
            return Cell(constant=None)
        raise errors.BadInput(
            "Nothing says since when the rows of this file have held.",
            code="input.no_valid_from",
            hint='Say it: --valid-from COLUMN, --valid-from 2025-07-01, or unknown_begin = "unbounded" in the map.',
        )
    return Cell(constant=_day(text, zone, source))


def _day(text: str, zone: str, source: Source) -> Any:
    try:
        values.instant(text, zone)
    except errors.BadValue as failure:
        if failure.code != "input.bad_instant":
            raise
        raise errors.BadInput(
            f"{text!r} is neither a column of the file nor a day.",
            code="input.unknown_column",
            hint=f"The file has: {', '.join(source.columns)}.",
        ) from failure
    return text


def _valid_to(said: FileMap, source: Source) -> Cell | None:
    column = _column(said.valid_to or "valid_to", source)
    if column is None and said.valid_to is not None:
        raise errors.BadInput(
            f"{said.valid_to!r} is no column of the file.",
            code="input.unknown_column",
            hint=f"The file has: {', '.join(source.columns)}.",
        )
    return None if column is None else Cell(column)


def _column(name: str, source: Source) -> str | None:
    """The column of that name, else the one that reads the same."""
    if name in source.columns:
        return name
    return next((column for column in source.columns if plain(column) == plain(name) != ""), None)

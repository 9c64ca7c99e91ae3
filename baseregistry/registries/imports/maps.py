"""The map: a small TOML file that says what the columns of a file mean, where their names do not say it.

valid_from = "created"                     # a column, or a day
valid_to = "ended"                         # a column: when the record ended
end_inclusive = true                       # valid_to is the last day, not the first day after
unknown_begin = "unbounded"                # rows without valid_from have always held; otherwise they are refused
recognise = ["commune", "map_sheet"]       # how a record is found again, where the entity declares no key
ignore = ["arpente"]                       # columns that are not imported; ["*"]: all that nothing names
across_later_facts = true                  # an open end goes over what is already known for later
drop_heights = true                        # geometries with Z or M are taken as flat
crs = "EPSG:5899"
axis = "yx"                                # surveyors' order: X = north, Y = east

[columns]                                  # file column = attribute, or several
commune = ["commune", "numbering_commune"] # a reference, by the target's own key
ChuSoHuu = "holder.personal_id"            # a reference, by a named key or lookup of a target
PHANLOAI = "land_uses.purpose"             # an attribute of a record that refers to this one

[constants]                                # attribute = value of every row; {column} is filled in
map_sheet = "{prefixe}{section}"

[defaults]                                 # attribute = value for records that are new
status = "CURRENT"

[translate.status]                         # file value = register value
"1" = "CURRENT"

[related."land.land_use"]                  # the same for a related record: columns, constants, defaults, …
defaults = {long_term = true}
"""

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import lru_cache
from pathlib import Path
from typing import Any

from baseregistry import errors
from baseregistry.registries.imports.failures import readable, unreadable

Targets = Mapping[str, tuple[str, ...]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Related:
    """What is said of the records of one entity: of the file's own, or of one that refers to it."""

    columns: Targets = field(default_factory=dict)
    constants: Mapping[str, Any] = field(default_factory=dict)
    defaults: Mapping[str, Any] = field(default_factory=dict)
    translate: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)
    recognise: tuple[tuple[str, ...], ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class FileMap(Related):
    """A whole map."""

    valid_from: str | None = None
    valid_to: str | None = None
    end_inclusive: bool = False
    unknown_begin: str | None = None
    ignore: tuple[str, ...] = ()
    across_later_facts: bool = False
    drop_heights: bool = False
    crs: str | None = None
    axis: str | None = None
    related: Mapping[str, Related] = field(default_factory=dict)


RELATED: dict[str, type] = {
    "columns": dict,
    "constants": dict,
    "defaults": dict,
    "translate": dict,
    "recognise": list,
}
WHOLE: dict[str, type] = RELATED | {
    "valid_from": str,
    "valid_to": str,
    "end_inclusive": bool,
    "unknown_begin": str,
    "ignore": list,
    "across_later_facts": bool,
    "drop_heights": bool,
    "crs": str,
    "axis": str,
    "related": dict,
}


def read_map(path: Path | None) -> FileMap:
    """The map at `path`; an empty one for None.  Raises errors.BadFile with what is wrong in it."""
    if path is None:
        return FileMap()
    try:
        with readable(path):
            said = tomllib.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError as failure:
        raise unreadable(path, "there is no such map", code="input.no_such_file", hint="Check the path.") from failure
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as failure:
        raise unreadable(path, f"the map is no TOML: {failure}", code="input.bad_map") from failure
    return _whole(said, path)


def known_of(entity: str) -> FileMap:
    """What is known without a map about the columns of `entity`; of every entity under ``*``."""
    return _known().get(entity, FileMap())


@lru_cache(maxsize=1)
def _known() -> Mapping[str, FileMap]:
    path = Path(__file__).with_name("known_names.toml")
    said = tomllib.loads(path.read_text(encoding="utf-8"))
    return {entity: _whole(part, path) for entity, part in said.items()}


def _whole(said: dict[str, Any], path: Path) -> FileMap:
    _check(said, WHOLE, path)
    if said.get("unknown_begin", "unbounded") != "unbounded":
        raise unreadable(path, "unknown_begin can only be 'unbounded'", code="input.bad_map")
    if said.get("axis", "xy") not in {"xy", "yx"}:
        raise unreadable(path, "axis is 'xy' or 'yx'", code="input.bad_map")
    related = {}
    for entity, part in said.get("related", {}).items():
        _check(part, RELATED, path)
        related[entity] = Related(**_parts(part, path))
    plain = {name: value for name, value in said.items() if name not in RELATED and name != "related"}
    if "ignore" in plain:
        plain["ignore"] = tuple(plain["ignore"])
    return FileMap(related=related, **_parts(said, path), **plain)


def _parts(said: dict[str, Any], path: Path) -> dict[str, Any]:
    columns = {}
    for name, targets in said.get("columns", {}).items():
        columns[name] = tuple(targets) if isinstance(targets, list) else (targets,)
        if not all(isinstance(target, str) for target in columns[name]):
            raise unreadable(path, f"columns.{name} names an attribute, or a list of them", code="input.bad_map")
    for name, table in said.get("translate", {}).items():
        if not isinstance(table, dict):
            raise unreadable(path, f"translate.{name} is a table of file value = value", code="input.bad_map")
    return {
        "columns": columns,
        "constants": said.get("constants", {}),
        "defaults": said.get("defaults", {}),
        "translate": said.get("translate", {}),
        "recognise": _ways(said.get("recognise", [])),
    }


def _ways(said: list[Any]) -> tuple[tuple[str, ...], ...]:
    """One way to recognise a record (a list of attributes), or several to try in turn (a list of lists)."""
    if said and all(isinstance(name, str) for name in said):
        return (tuple(said),)
    return tuple(tuple(way) for way in said)


def _check(said: dict[str, Any], allowed: dict[str, type], path: Path) -> None:
    for name, value in said.items():
        if name not in allowed:
            raise errors.BadFile(
                f"{path.name}: the map says {name!r}, which means nothing.",
                code="input.bad_map",
                hint=f"It may say: {', '.join(allowed)}.",
                where={"file": str(path), "name": name},
            )
        if not isinstance(value, allowed[name]):
            said_type = {dict: "a table", list: "a list", bool: "true or false", str: "text"}[allowed[name]]
            raise unreadable(path, f"{name} is {said_type}", code="input.bad_map")

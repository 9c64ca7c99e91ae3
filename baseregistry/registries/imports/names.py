"""Which column means which attribute: by the map, by the declared names, or by the names land offices use."""

import difflib
from collections.abc import Iterable, Mapping, Sequence, Set
from dataclasses import dataclass
from unicodedata import normalize

from baseregistry import errors, naming
from baseregistry.registries.declare import Entity, Geometry
from baseregistry.registries.imports.cells import placeholders
from baseregistry.registries.imports.maps import FileMap, known_of
from baseregistry.registries.imports.plan import Cell
from baseregistry.registries.imports.refused import TOLD
from baseregistry.registries.imports.sources import GEOMETRY

SHAPES = (GEOMETRY, "geom", "thegeom", "wkt", "wktgeometry")  # what a column of geometries is called


@dataclass(frozen=True, slots=True)
class Named:
    """The cells of a file by the attribute they fill (a path: ``land_uses.purpose``), and the columns left out."""

    cells: Mapping[str, Cell]
    ignored: tuple[str, ...]


def plain(name: str) -> str:
    """A name as it is compared: without case, diacritics and punctuation (``Số tờ_bản-đồ`` → ``sotobando``)."""
    apart = normalize("NFD", name.casefold()).replace("đ", "d")
    return "".join(letter for letter in apart if letter.isalnum() and letter.isascii())


def named(entity: Entity, said: FileMap, columns: Sequence[str], spare: Set[str]) -> Named:
    """Give each of `columns` its meaning; those in `spare` need have none.

    Raises errors.BadFile with the columns that mean nothing.
    """
    cells = {path: Cell(constant=value) for path, value in said.constants.items()}
    taken: dict[str, str] = {}
    for column, paths in said.columns.items():
        taken[column] = _present(column, columns)
        for path in paths:
            _fill(cells, path, Cell(taken[column]))
    used = set(taken.values()) | filled_in(said)
    ignored = _ignored(said, entity, columns)
    known, unknown = names_of(entity), []
    for column in columns:
        paths = known.get(plain(column), ())
        if column in used or column in ignored:
            continue
        free = [path for path in paths if path not in cells]
        for path in free:
            cells[path] = Cell(column)
        if not free and column not in spare:
            unknown.append(column)
    if GEOMETRY in unknown and not _shapes(entity):
        unknown.remove(GEOMETRY)
    if unknown and "*" not in said.ignore:
        raise _unknown(entity, unknown, [*known, *entity.by_name])
    return Named(cells, tuple(sorted({*ignored, *unknown})))


def names_of(entity: Entity) -> dict[str, tuple[str, ...]]:
    """Every column name that is known for `entity`, as it is compared, with the attributes it fills."""
    names: dict[str, tuple[str, ...]] = {}
    titles = [title for attribute in entity.attributes for title in (attribute.title.vi, attribute.title.en)]
    once = {plain(title) for title in titles if [plain(other) for other in titles].count(plain(title)) == 1}
    for attribute in entity.attributes:
        for title in (attribute.title.vi, attribute.title.en):
            if plain(title) in once:
                names[plain(title)] = (attribute.name,)
    for attribute in entity.attributes:
        for spelling in (attribute.name, naming.field(attribute.name)):
            names[plain(spelling)] = (attribute.name,)
    for lookup in entity.lookups:
        names.setdefault(plain(lookup.name), (lookup.name,))
    if len(_shapes(entity)) == 1:
        names |= dict.fromkeys(SHAPES, tuple(_shapes(entity)))
    names["recordid"] = ("record_id",)
    for column, paths in known_of(entity.full_name).columns.items():
        names[plain(column)] = paths
    return names


def filled_in(said: FileMap) -> set[str]:
    """The columns that constants and the valid time use."""
    tables = [said.constants, *(related.constants for related in said.related.values())]
    return {name for table in tables for value in table.values() for name in placeholders(value)}


def nearest(name: str, known: Iterable[str]) -> list[str]:
    """The known names most like `name`."""
    return difflib.get_close_matches(plain(name), sorted(set(known)), n=3, cutoff=0.5)


def _ignored(said: FileMap, entity: Entity, columns: Sequence[str]) -> set[str]:
    known = {plain(name) for table in (entity.full_name, "*") for name in known_of(table).ignore}
    if set(TOLD) <= set(columns):  # a file of refused rows, mended: what we told of them, and GeoJSON's spare member
        return {column for column in columns if column in {*said.ignore, *TOLD, "id"} or plain(column) in known}
    return {column for column in columns if column in said.ignore or plain(column) in known}


def _shapes(entity: Entity) -> list[str]:
    return [attribute.name for attribute in entity.attributes if isinstance(attribute.kind, Geometry)]


def _present(column: str, columns: Sequence[str]) -> str:
    """The column of the file that the map names, in any case."""
    if column in columns:
        return column
    same = [name for name in columns if normalize("NFC", name).casefold() == normalize("NFC", column).casefold()]
    if len(same) == 1:
        return same[0]
    raise errors.BadFile(
        f"The map names the column {column!r}, which the file does not have.",
        code="input.unknown_column",
        hint=f"The file has: {', '.join(columns)}.",
        where={"columns": [column]},
    )


def _fill(cells: dict[str, Cell], path: str, cell: Cell) -> None:
    if path in cells:
        raise errors.BadFile(
            f"The map fills {path} twice: from {cells[path].place} and from {cell.place}.",
            code="input.bad_map",
            hint="Keep one of them, and ignore the other column.",
        )
    cells[path] = cell


def _unknown(entity: Entity, unknown: list[str], known: list[str]) -> errors.BadFile:
    told = []
    for column in unknown:
        like = nearest(column, known)
        told.append(f"{column!r}" + (f" (like {' or '.join(like)}?)" if like else ""))
    return errors.BadFile(
        f"{len(unknown)} columns mean nothing to {entity.full_name}: {', '.join(told)}.",
        code="input.unknown_column",
        hint='Name them in a map (--map): [columns] "…" = "attribute", or ignore = ["…"]; '
        f"`baseregistry show {entity.full_name}` lists the attributes.",
        where={"columns": unknown},
    )

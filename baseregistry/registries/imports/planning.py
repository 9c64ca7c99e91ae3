"""From the names of a file's columns to the plan for its rows (`plan.Plan`).

A path says which attribute a cell fills: ``address``; ``holder.personal_id``, a reference by a key or lookup of its
target; ``land_uses.purpose``, an attribute of a record that refers to this one by that way back; ``personal_id``, a
lookup of the entity itself, which is a related record with fixed values.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from baseregistry import errors
from baseregistry.registries import values
from baseregistry.registries.declare import Attribute, Code, Declarations, Entity, Lookup, Reference
from baseregistry.registries.imports.cells import stored
from baseregistry.registries.imports.maps import FileMap, Related, known_of
from baseregistry.registries.imports.plan import RECORD, Cell, Fact, Finder, Lane, Path, Pointer, Way

RECORD_ID = RECORD.name


@dataclass
class Draft:
    """A lane while its cells are gathered: by their paths below the entity."""

    entity: Entity
    reference: str | None = None
    cells: dict[Path, Cell] = field(default_factory=dict)
    said: Related = field(default_factory=Related)


class Planner:
    """Makes lanes out of cells."""

    def __init__(self, declarations: Declarations, entity: Entity, said: FileMap, codes: values.Codes) -> None:
        self.declarations = declarations
        self.entity = entity
        self.said = said
        self.codes = codes

    def lanes(self, cells: Mapping[str, Cell]) -> tuple[Lane, ...]:
        """The lanes that `cells` fill, the file's own entity first."""
        drafts = {"": Draft(self.entity, said=self.said)}
        for path, cell in cells.items():
            self._place(drafts, tuple(path.split(".")), cell)
        for name, related in self.said.related.items():
            self._related(drafts, name, related)
        own, *others = drafts.values()
        related_lanes = [self._lane(number, draft) for number, draft in enumerate(others, 1)]
        return (self._lane(0, own, related_lanes), *related_lanes)

    # --- which lane a cell belongs to ----------------------------------------------------------------

    def _place(self, drafts: dict[str, Draft], path: Path, cell: Cell) -> None:
        head, rest = path[0], path[1:]
        lookups = {lookup.name: lookup for lookup in self.entity.lookups}
        ways = self.declarations.ways_back(self.entity)
        if head in self.entity.by_name or path == (RECORD_ID,):
            drafts[""].cells[path] = cell
        elif head in ways and rest:
            draft = drafts.setdefault(head, Draft(ways[head].entity, ways[head].attribute.name))
            draft.cells[rest] = cell
        elif head in lookups and not rest:
            drafts.setdefault(head, self._by_lookup(lookups[head])).cells[lookups[head].attribute,] = cell
        else:
            raise _no_attribute(self.entity, ".".join(path), [*self.entity.by_name, *lookups, *ways])

    def _by_lookup(self, lookup: Lookup) -> Draft:
        fixed: dict[Path, Cell] = {(name,): Cell(constant=value) for name, value in lookup.fixed}
        return Draft(self.declarations.entities[lookup.via], lookup.reference, fixed)

    def _related(self, drafts: dict[str, Draft], name: str, said: Related) -> None:
        """Apply what the map says of a related entity to its lane, which it makes if there is none yet."""
        lanes = [draft for key, draft in drafts.items() if key and draft.entity.full_name == name]
        if not lanes:
            ways = [way for way in self.declarations.ways_back(self.entity).values() if way.entity.full_name == name]
            if len(ways) != 1:
                raise _bad_map(f"{name} refers to {self.entity.full_name} in {len(ways)} ways", "Name the way back.")
            drafts[ways[0].name] = Draft(ways[0].entity, ways[0].attribute.name)
            lanes = [drafts[ways[0].name]]
        if len(lanes) > 1:
            raise _bad_map(
                f"{name} is filled in {len(lanes)} ways", "Use columns with the way back before the attribute."
            )
        lanes[0].said = said
        for path, value in said.constants.items():
            lanes[0].cells[tuple(path.split("."))] = Cell(constant=value)
        for column, paths in said.columns.items():
            for path in paths:
                lanes[0].cells[tuple(path.split("."))] = Cell(column)

    # --- one lane ------------------------------------------------------------------------------------

    def _lane(self, number: int, draft: Draft, related: list[Lane] | None = None) -> Lane:
        entity = draft.entity
        grouped = _grouped(draft.cells)
        by_id = grouped.pop(RECORD_ID, None)
        facts, pointers = [], []
        for name, below in grouped.items():
            if name not in entity.by_name:
                raise _no_attribute(entity, name, list(entity.by_name))
            part = self._part(entity, entity.by_name[name], below, draft.said.translate.get(name, {}))
            if isinstance(part, Pointer):
                pointers.append(part)
            else:
                facts.append(part)
        known = known_of(entity.full_name)
        copies, defaults = self._defaults(entity, {**known.defaults, **draft.said.defaults}, set(grouped))
        said = {*grouped, *([draft.reference] if draft.reference else [])}
        ways = () if by_id else self._ways(draft, said, known.recognise, related or [])
        return Lane(
            number=number,
            entity=entity,
            reference=draft.reference,
            facts=tuple(facts),
            pointers=tuple(pointers),
            defaults=defaults,
            copies=copies,
            ways=ways,
            record_id=by_id[()] if by_id else None,
        )

    def _part(
        self, entity: Entity, attribute: Attribute, below: dict[Path, Cell], translate: Mapping[str, Any]
    ) -> Fact | Pointer:
        if not isinstance(attribute.kind, Reference):
            if list(below) != [()]:
                raise _no_attribute(entity, ".".join((attribute.name, *next(iter(below)))), list(entity.by_name))
            return Fact(entity, attribute, below[()], translate)
        finders = self._finders(entity, attribute, attribute.kind, below)
        return Pointer(entity, attribute, finders)

    def _defaults(
        self, entity: Entity, said: Mapping[str, Any], given: set[str]
    ) -> tuple[dict[str, str], dict[str, str]]:
        """What a new record begins with where the file says nothing: copies of another attribute, and values."""
        copies, defaults = {}, {}
        for name, value in said.items():
            if name in given:
                continue
            if name not in entity.by_name:
                raise _no_attribute(entity, name, list(entity.by_name))
            if isinstance(value, str) and value[:1] == "{" and value[1:-1] in given:
                copies[name] = value[1:-1]
            elif not (isinstance(value, str) and value[:1] == "{"):
                kind, place = entity.by_name[name].kind, f"{entity.full_name}.{name}"
                defaults[name] = stored(kind, values.read(kind, value, place=place, codes=self.codes))
        return copies, defaults

    # --- recognising a record ------------------------------------------------------------------------

    def _ways(self, draft: Draft, said: set[str], known: tuple[Path, ...], related: list[Lane]) -> tuple[Way, ...]:
        entity, lookups = draft.entity, {lookup.name: lookup for lookup in draft.entity.lookups}
        if draft.said.recognise:
            return tuple(self._asked(draft, way, said, lookups, related) for way in draft.said.recognise)
        keys = [Way(key.attributes, unique=True) for key in entity.keys if key.unique and said >= set(key.attributes)]
        through = [way for lookup in entity.lookups if (way := _through(lookup, related))]
        labels = [Way(key.attributes) for key in entity.keys if not key.unique and said >= set(key.attributes)]
        others = [Way(way) for way in known if said >= set(way)]
        if draft.reference and not keys and not labels:
            others += self._of_its_parent(draft, draft.reference)
        found = (*keys, *through, *labels, *others)
        if not found:
            raise _not_recognised(entity)
        return found

    def _of_its_parent(self, draft: Draft, reference: str) -> list[Way]:
        """A related record without a key: the one with the same codes (a parcel's use for this purpose), or the only one."""
        codes = [
            path[0]
            for path, cell in draft.cells.items()
            if cell.column is not None and isinstance(draft.entity.by_name[path[0]].kind, Code)
        ]
        return [*([Way((reference, *codes))] if codes else []), Way((reference,))]

    def _asked(
        self, draft: Draft, way: Path, said: set[str], lookups: Mapping[str, Lookup], related: list[Lane]
    ) -> Way:
        if len(way) == 1 and way[0] in lookups and (through := _through(lookups[way[0]], related)):
            return through
        for name in way:
            if name not in said:
                raise _bad_map(f"recognise names {name!r}, which no column fills", "Fill it, or recognise by others.")
        return Way(tuple(way))

    # --- references ----------------------------------------------------------------------------------

    def _finders(
        self, entity: Entity, attribute: Attribute, reference: Reference, below: dict[Path, Cell]
    ) -> tuple[Finder, ...]:
        targets = [self.declarations.entities[name] for name in reference.to]
        by_target: dict[str, dict[Path, Cell]] = {}
        for path, cell in below.items():
            target, rest = _qualified(targets, path)
            if target is None:
                target = self._owner(f"{entity.full_name}.{attribute.name}", targets, rest)
            by_target.setdefault(target.full_name, {})[rest] = cell
        return tuple(self._finder(self.declarations.entities[name], cells) for name, cells in by_target.items())

    def _owner(self, place: str, targets: list[Entity], path: Path) -> Entity:
        """The one target that has a key attribute or lookup of that name."""
        name = path[0] if path else None
        owners = [target for target in targets if name in _natural(target) or (name in {None, RECORD_ID})]
        if len(owners) == 1 or (owners and name == RECORD_ID):
            return owners[0]
        names = ", ".join(f"{target.full_name}.{key}" for target in targets for key in sorted(_natural(target)))
        raise _bad_map(f"{place}.{name or ''} could be of {len(owners)} entities", f"Say by which key: {names}.")

    def _finder(self, target: Entity, cells: dict[Path, Cell]) -> Finder:
        if list(cells) == [(RECORD_ID,)]:
            return Finder(target, None, (Fact(target, RECORD, cells[RECORD_ID,]),))
        if list(cells) == [()]:
            key = next((key for key in target.keys if key.unique and len(key.attributes) == 1), None)
            if key is None:
                return Finder(target, None, (Fact(target, RECORD, cells[()]),))
            cells = {(key.attributes[0],): cells[()]}
        grouped = _grouped(cells)
        for lookup in target.lookups:
            if set(grouped) == {lookup.name}:
                via = self.declarations.entities[lookup.via]
                return Finder(target, lookup, (Fact(via, via.by_name[lookup.attribute], grouped[lookup.name][()]),))
        for key in target.keys:
            if set(grouped) == set(key.attributes):
                parts = (self._part(target, target.by_name[name], grouped[name], {}) for name in key.attributes)
                return Finder(target, key, tuple(parts))
        raise _bad_map(
            f"{target.full_name} is not named by {', '.join(grouped)}",
            f"It is named by: {'; '.join(', '.join(key.attributes) for key in target.keys)}.",
        )


def _natural(target: Entity) -> set[str]:
    return {name for key in target.keys for name in key.attributes} | {lookup.name for lookup in target.lookups}


def _qualified(targets: list[Entity], path: Path) -> tuple[Entity | None, Path]:
    """``population.person.personal_id`` → the target it begins with, and the rest."""
    for target in targets:
        if path[:2] == (target.registry, target.name):
            return target, path[2:]
    return (targets[0] if len(targets) == 1 else None), path


def _grouped(cells: Mapping[Path, Cell]) -> dict[str, dict[Path, Cell]]:
    """Cells by the first name of their path."""
    grouped: dict[str, dict[Path, Cell]] = {}
    for path, cell in cells.items():
        grouped.setdefault(path[0], {})[path[1:]] = cell
    return grouped


def _through(lookup: Lookup, lanes: list[Lane]) -> Way | None:
    """The way by a lookup, if a related lane says what it asks for."""
    for lane in lanes:
        constants = {fact.attribute.name: fact.cell.constant for fact in lane.facts if fact.cell.column is None}
        if (
            (lane.entity.full_name, lane.reference) == (lookup.via, lookup.reference)
            and lookup.attribute in lane.stated
            and all(constants.get(name) == value for name, value in lookup.fixed)
        ):
            return Way((), lookup, lane.number, unique=True)
    return None


def _no_attribute(entity: Entity, path: str, known: list[str]) -> errors.BadFile:
    return errors.BadFile(
        f"{entity.full_name} has no attribute {path!r}.",
        code="input.unknown_attribute",
        hint=f"It has: {', '.join(known)}.",
        where={"entity": entity.full_name, "attribute": path},
    )


def _bad_map(said: str, hint: str) -> errors.BadFile:
    return errors.BadFile(f"The map cannot be followed: {said}.", code="input.bad_map", hint=hint)


def _not_recognised(entity: Entity) -> errors.BadFile:
    return errors.BadFile(
        f"Nothing says how a record of {entity.full_name} is found again.",
        code="input.cannot_recognise",
        hint='Give the columns of a key, or name attributes in the map: recognise = ["parcel", "kind", "holder"].',
        where={"entity": entity.full_name},
    )

"""The reference executor, each root of it bound to the territory of the grant under which it is answered."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from typing import Any
from uuid import UUID

from baseregistry.registries.declare import Entity
from tests.access.naive.places import Territory
from tests.graphql.reference import pages, records
from tests.graphql.reference.questions import Executor
from tests.graphql.reference.records import Arguments, Reader, Record
from tests.registries.answer.reference import Asked, Row


@dataclass(frozen=True)
class BoundReader(Reader):
    """Of entities with a path of their own to a unit, sees what lies inside: that binds ways back too."""

    territory: Territory

    def record(self, entity: str, row: Row, asked: Asked) -> Record:
        return BoundRecord(self, self.rows.declarations.entities[entity], row, asked)

    def at(self, entity: str, asked: Asked) -> Iterator[Record]:
        found = super().at(entity, asked)
        placed = self.rows.declarations.entities[entity].territory is not None
        return (one for one in found if self.territory.holds(one)) if placed else found


@dataclass(frozen=True)
class BoundRecord(Record):
    """A record whose histories of ways back hold only versions that lay inside."""

    def value(self, name: str, args: Arguments) -> Any:
        way = self.ways.get(name.removesuffix("History")) if name not in self.ways else None
        assert isinstance(self.reader, BoundReader)
        if way is None or name in self.attributes or way.entity.territory is None:
            return super().value(name, args)
        territory, period = self.reader.territory, records._period(self, args.get("between"))
        superseded, entity = args["includeSuperseded"], way.entity.full_name

        def inside(row: Row) -> bool:
            known = self.asked.position if not superseded or self.asked.believes(row) else row["recorded_from"]
            at = records._first_of(row, period, self.asked.at)
            return territory.holds(self.reader.record(entity, row, replace(self.asked, at=at, position=known)))

        own = self.row["record_id"]
        found = [row for row in self.reader.rows.versions[entity] if row[way.attribute.name] == own and inside(row)]
        return records.history(self, way.entity, found, args, one_record=False)


@dataclass(frozen=True)
class Bounded(Executor):
    """Answers one root for whoever may look into `territory` (None: everywhere) and know of records of `among`."""

    territory: Territory | None = None
    among: frozenset[str] | None = None

    def _inside(self, record: Record) -> bool:
        return self.territory is None or self.territory.holds(record)

    def _root(self, name: str, args: Arguments, asked: Asked) -> Any:
        if name in {"node", "nodes"} or self.roots[name][1] != "many":
            return super()._root(name, args, asked)
        entity, _ = self.roots[name]
        found = [one for one in self.reader.at(entity.full_name, asked) if self._inside(one)]
        return pages.listing(self.reader, entity, found, args)

    def _node(self, identity: UUID, asked: Asked) -> Record | None:
        found = super()._node(identity, asked)
        known = found and (self.among is None or found.entity.full_name in self.among)
        return found if found and known and self._inside(found) else None

    def _named(self, entity: Entity, args: Arguments, asked: Asked) -> Iterator[Record]:
        return (one for one in super()._named(entity, args, asked) if self._inside(one))

    def _history(self, entity: Entity, args: Arguments, asked: Asked) -> Any:
        if self.territory is not None and next(self._named(entity, args, asked), None) is None:
            args = {**args, "id": str(UUID(int=0))}
        return super()._history(entity, args, asked)

    def _matches(self, entity: Entity, args: Arguments, asked: Asked) -> Iterator[dict[str, Any]]:
        root = entity.full_name.rpartition(".")[2]
        found = super()._matches(entity, args, asked)
        return (one for one in found if self.territory is None or one[root] is not None)


@dataclass(frozen=True)
class Answers(Executor):
    """Answers a document, each root by the executor that stands under its response key."""

    by_key: Mapping[str, list[Bounded]] = field(default_factory=dict)

    def _field(self, source: Any, info: Any, **args: Any) -> Any:
        if source is not None:
            return super()._field(source, info, **args)
        said = self._asked(args.get("asOf") or {})
        found = [own._root(info.field_name, args, said) for own in self.by_key[str(info.path.key)]]
        return next((one for one in found if one is not None), None)

"""The roots: from the two times that are asked for to what is found, and graphql-core for all the rest."""

from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from functools import cached_property
from typing import Any
from uuid import UUID

from graphql import GraphQLError, GraphQLSchema, build_schema, execute_sync, parse

from baseregistry import naming
from baseregistry.graphql.schema import COMMITTED
from baseregistry.registries.declare import Entity, Lookup
from tests.graphql.reference import pages
from tests.graphql.reference.records import Arguments, Reader, Record, history
from tests.graphql.reference.rows import instant
from tests.registries.answer.reference import MICROSECOND, Asked, Row, holds


@dataclass(frozen=True)
class Executor:
    """Answers whole documents over rows in memory."""

    reader: Reader
    schema: GraphQLSchema = field(default_factory=lambda: build_schema(COMMITTED.read_text(encoding="utf-8")))

    @cached_property
    def roots(self) -> dict[str, tuple[Entity, str]]:
        """Each root field that an entity gives: the entity, and what is asked of it."""
        made = {}
        for entity in self.reader.rows.declarations.entities.values():
            one = naming.root(entity.full_name)
            made[one], made[naming.root_plural(entity.full_name)] = (entity, "one"), (entity, "many")
            made |= {f"{one}{word}": (entity, word.lower()) for word in ("History", "Batch", "Matches")}
        return made

    def data(self, document: str, variables: dict[str, Any] | None = None) -> Any:
        """The `data` of a document; raises what went wrong."""
        result = execute_sync(
            self.schema,
            parse(document),
            variable_values=variables,
            field_resolver=self._field,
            type_resolver=lambda value, *_: naming.type_name(value.entity.full_name),
        )
        if result.errors:
            raise result.errors[0].original_error or result.errors[0]
        return result.data

    def _field(self, source: Any, info: Any, **args: Any) -> Any:
        if source is None:
            return self._root(info.field_name, args, self._asked(args.get("asOf") or {}))
        return source.value(info.field_name, args) if isinstance(source, Record) else source[info.field_name]

    def _asked(self, said: Arguments) -> Asked:
        """The moment and the position of a root (docs/reference/query-language.md, "The two times")."""
        rows, now = self.reader.rows, datetime.now(UTC)
        at = instant(said["validAt"], rows.zone) if said.get("validAt") is not None else None
        position, known_at, otherwise = max(rows.changes), said.get("knownAt"), now
        if said.get("position") is not None:
            position = int(said["position"])
        elif known_at is not None:
            then = otherwise = instant(known_at, rows.zone)
            position = max((row["position"] for row in rows.changes.values() if row["recorded_at"] <= then), default=0)
        else:
            return Asked(at or now, position, position)
        if position > max(rows.changes) or otherwise > now:
            raise GraphQLError("what has not come yet")
        taken = rows.changes[position]["recorded_at"] if position else otherwise
        return Asked(at or taken, position, position)

    def _root(self, name: str, args: Arguments, asked: Asked) -> Any:
        if name == "node":
            return self._node(UUID(args["id"]), asked)
        if name == "nodes":
            return [self._node(UUID(one), asked) for one in args["ids"]]
        entity, form = self.roots[name]
        match form:
            case "one":
                return next(self._named(entity, args, asked), None)
            case "many":
                return pages.listing(self.reader, entity, list(self.reader.at(entity.full_name, asked)), args)
            case "history":
                return self._history(entity, args, asked)
            case "batch":
                return self._batch(entity, args, asked)
            case _:
                return list(self._matches(entity, args, asked))

    def _node(self, identity: UUID, asked: Asked) -> Record | None:
        entity = self.reader.rows.entity_of.get(identity)
        found = self.reader.at(entity, asked) if entity else iter(())
        return next((one for one in found if one.row["record_id"] == identity), None)

    def _named(self, entity: Entity, args: Arguments, asked: Asked) -> Iterator[Record]:
        """The records that carry what was given: an id, the attributes of a key, or a number said elsewhere."""
        own = {naming.field(item.name): item.name for item in entity.attributes}
        lookups = {naming.field(lookup.name): lookup for lookup in entity.lookups}
        given = {name: value for name, value in args.items() if value is not None and name in {"id", *own, *lookups}}
        for record in self.reader.at(entity.full_name, asked):
            if all(self._carries(record, own.get(name) or lookups.get(name), value) for name, value in given.items()):
                yield record

    def _carries(self, record: Record, by: str | Lookup | None, value: str) -> bool:
        match by:
            case None:
                return bool(record.row["record_id"] == UUID(value))
            case str():
                stands = record.row[by]
                return bool(stands == (UUID(value) if isinstance(stands, UUID) else value))
        said = (row for row in self.reader.rows.at(by.via, record.asked) if _says(row, by, value))
        return any(row[by.reference] == record.row["record_id"] for row in said)

    def _history(self, entity: Entity, args: Arguments, asked: Asked) -> Any:
        rows, identity = self.reader.rows.versions[entity.full_name], args.get("id")
        named = (
            UUID(identity)
            if identity
            else next((one.row["record_id"] for one in self._named(entity, args, asked)), None)
        )
        found = [row for row in rows if row["record_id"] == named]
        seen = self.reader.record(entity.full_name, {}, asked)
        return history(seen, entity, found, args, one_record=True)

    def _batch(self, entity: Entity, args: Arguments, asked: Asked) -> Any:
        ((name, keys),) = [(name, value) for name, value in args.items() if name != "asOf" and value is not None]
        keys = [key.lower() if name == "id" else key for key in keys]
        items = [{"key": key, "node": next(self._named(entity, {name: key}, asked), None)} for key in keys]
        return {"items": items, "notFound": [item["key"] for item in items if item["node"] is None]}

    def _matches(self, entity: Entity, args: Arguments, asked: Asked) -> Iterator[dict[str, Any]]:
        """Whose number it ever was; for each record that said so and each it pointed to, the nearest version."""
        lookups = {naming.field(lookup.name): lookup for lookup in entity.lookups}
        ((by, value),) = [
            (lookups[name], value) for name, value in args.items() if name in lookups and value is not None
        ]
        nearest: dict[tuple[UUID, UUID], Row] = {}
        for row in self.reader.rows.versions[by.via]:
            if asked.believes(row) and _says(row, by, value) and row[by.reference] is not None:
                pair = row["record_id"], row[by.reference]
                nearest[pair] = min(nearest.get(pair, row), row, key=lambda one: _distance(one, asked.at))
        rank = {pair: _rank(row, by, asked.at) for pair, row in nearest.items()}
        for pair in sorted(nearest, key=lambda pair: (rank[pair], pair[0].bytes, pair[1].bytes)):
            row = nearest[pair]
            at = asked.at if row["end"] is None else min(asked.at, row["end"] - MICROSECOND)
            at = at if row["begin"] is None else max(at, row["begin"])
            matched = self.reader.record(by.via, row, replace(asked, at=at))
            person = next(self._named(entity, {"id": str(pair[1])}, asked), None)
            yield {naming.root(entity.full_name): person, "matched": matched, "heldAt": _held(row, by, asked.at)}


def _says(row: Row, by: Lookup, value: str) -> bool:
    return all(row[name] == said for name, said in ((by.attribute, value), *by.fixed))


def _held(row: Row, by: Lookup, at: datetime) -> bool:
    return holds(row, at) and all(row[name] == said for name, said in by.held)


def _distance(row: Row, at: datetime) -> tuple[bool, float]:
    """Of those that have begun the last, else the first."""
    if row["begin"] is None:
        return False, float("inf")
    begun, stamp = row["begin"] <= at, row["begin"].timestamp()
    return not begun, -stamp if begun else stamp


def _rank(row: Row, by: Lookup, at: datetime) -> tuple[bool, bool, float]:
    begun = row["begin"] is None or row["begin"] <= at
    latest = float("inf") if row["begin"] is None else -row["begin"].timestamp()
    return not _held(row, by, at), not begun, latest

"""Answers a question as simply as it can be said: over all rows, read into Python, without SQL.

Written from DESIGN sections 1 and 2, to hold the compiler against.  It knows the kinds of the small register.
"""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from typing import Any

from baseregistry.registries.declare import At, Declarations, Entity, Reference
from baseregistry.registries.question import Field

MICROSECOND = timedelta(microseconds=1)
Row = dict[str, Any]  # the columns of a version; `begin` and `end` instead of `valid`, None where it is unbounded


@dataclass(frozen=True)
class Asked:
    """The moment, the position known, and the position beyond which nothing is told."""

    at: datetime
    position: int
    recorded: int

    def believes(self, row: Row) -> bool:
        ended = row["recorded_to"]
        return bool(row["recorded_from"] <= self.position and (ended is None or ended > self.position))


@dataclass(frozen=True)
class Reader:
    """All versions of all entities, and how to read a record from them."""

    declarations: Declarations
    rows: dict[str, list[Row]]

    def one(self, entity: Entity, record_id: Any, fields: tuple[Field, ...], asked: Asked) -> Any:
        found = [row for row in self.rows[entity.full_name] if row["record_id"] == record_id and asked.believes(row)]
        (row,) = [row for row in found if holds(row, asked.at)] or [None]
        return None if row is None else self.record(entity, row, fields, asked)

    def record(self, entity: Entity, row: Row, fields: tuple[Field, ...], asked: Asked) -> dict[str, Any]:
        said = (field for field in fields if field.on is None or entity.full_name in field.on)
        return {field.key: self._value(entity, row, field, asked) for field in said}

    def _value(self, entity: Entity, row: Row, field: Field, asked: Asked) -> Any:
        ways = self.declarations.ways_back(entity)
        if field.name == "id":
            return str(row["record_id"])
        if field.name == "version":
            return {inner.key: told(row, inner.name, asked) for inner in field.fields}
        if field.name == "history":
            shown = list(self._history(entity, row["record_id"], field, asked))
            return {inner.key: shown if inner.name == "nodes" else len(shown) for inner in field.fields}
        if field.name in ways:
            way = ways[field.name]
            back = [r for r in self.rows[way.entity.full_name] if r[way.attribute.name] == row["record_id"]]
            back = [r for r in back if asked.believes(r) and holds(r, asked.at)]
            nodes = sorted(back, key=lambda r: r["record_id"].bytes)
            return self._connection(way.entity, nodes, field.fields, asked)
        kind = entity.by_name[field.name].kind
        return self._target(row, field, kind, asked) if isinstance(kind, Reference) else row[field.name]

    def _connection(self, entity: Entity, nodes: list[Row], fields: tuple[Field, ...], asked: Asked) -> dict[str, Any]:
        made = {
            "nodes": lambda inner: [self.record(entity, row, inner.fields, asked) for row in nodes],
            "total_count": lambda inner: len(nodes),
        }
        return {inner.key: made[inner.name](inner) for inner in fields}

    def _target(self, row: Row, field: Field, kind: Reference, asked: Asked) -> Any:
        for name in kind.to:
            versions = [r for r in self.rows[name] if r["record_id"] == row[field.name] and asked.believes(r)]
            found = reached(kind.at, row, sorted(versions, key=begin_key), asked)
            if found:
                target, at = found
                return self.record(self.declarations.entities[name], target, field.fields, replace(asked, at=at))
        return None

    def _history(self, entity: Entity, record_id: Any, field: Field, asked: Asked) -> Iterator[dict[str, Any]]:
        known = [r for r in self.rows[entity.full_name] if r["record_id"] == record_id]
        if field.include_superseded:
            shown = [row for row in known if row["recorded_from"] <= asked.position]
            shown.sort(key=lambda row: (row["recorded_from"], begin_key(row)))
        else:
            shown = sorted((row for row in known if asked.believes(row)), key=begin_key)
        for row in shown:
            position = asked.position if asked.believes(row) else row["recorded_from"]
            seen = replace(asked, at=first_moment(row, asked.at), position=position)
            (nodes,) = [inner for inner in field.fields if inner.name == "nodes"]
            yield self.record(entity, row, nodes.fields, seen)


def holds(row: Row, at: datetime) -> bool:
    return (row["begin"] is None or row["begin"] <= at) and (row["end"] is None or at < row["end"])


def begin_key(row: Row) -> tuple[bool, datetime]:
    return row["begin"] is not None, row["begin"] or datetime.min.replace(tzinfo=UTC)


def first_moment(row: Row, otherwise: datetime) -> datetime:
    """When a version begins; just before it ends where that is unknown."""
    if row["begin"] is not None:
        return row["begin"]  # type: ignore[no-any-return]
    return row["end"] - MICROSECOND if row["end"] is not None else otherwise


def reached(at: At, row: Row, versions: list[Row], asked: Asked) -> tuple[Row, datetime] | None:
    """The version of the target that is seen, and the moment below it."""
    match at:
        case At.SAME:
            found = [version for version in versions if holds(version, asked.at)]
            return (found[0], asked.at) if found else None
        case At.BEGIN if row["begin"] is None:
            return (versions[0], first_moment(versions[0], asked.at)) if versions else None
        case At.BEGIN:
            found = [version for version in versions if holds(version, row["begin"])]
            return (found[0], row["begin"]) if found else None
        case At.LATEST:
            found = [version for version in versions if version["begin"] is None or version["begin"] <= asked.at]
            if not found:
                return None
            ended = found[-1]["end"]
            return found[-1], asked.at if ended is None else min(asked.at, ended - MICROSECOND)


def told(row: Row, word: str, asked: Asked) -> Any:
    """The words of a version."""
    match word:
        case "valid_from" | "valid_to":
            moment = row["begin" if word == "valid_from" else "end"]
            return None if moment is None else moment.isoformat(timespec="microseconds").replace("+00:00", "Z")
        case "recorded_to":
            ended = row["recorded_to"]
            return str(ended) if ended is not None and ended <= asked.recorded else None
        case "change":
            return {"position": str(row["change"])}
        case _:
            return str(row[word])

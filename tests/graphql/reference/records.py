"""One record as it is seen at a moment, and what GraphQL asks of it."""

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from datetime import datetime
from functools import cached_property
from typing import Any

from baseregistry import naming
from baseregistry.registries.days import partial_day_text
from baseregistry.registries.declare import (
    Attribute,
    Code,
    Day,
    Entity,
    Geometry,
    Number,
    PartialDay,
    Reference,
    Text,
    WayBack,
)
from tests.graphql.reference import derived, geometry, pages
from tests.graphql.reference.rows import Rows, instant, instant_text
from tests.registries.answer.reference import MICROSECOND, Asked, Row, begin_key, first_moment, reached

Arguments = dict[str, Any]


@dataclass(frozen=True)
class Reader:
    """The rows, and the places that cursors stand for, as far as they were seen in answers."""

    rows: Rows
    learned: dict[str, "pages.Mark"]

    def record(self, entity: str, row: Row, asked: Asked) -> "Record":
        return Record(self, self.rows.declarations.entities[entity], row, asked)

    def at(self, entity: str, asked: Asked) -> Iterator["Record"]:
        """Every record of an entity at a moment."""
        return (self.record(entity, row, asked) for row in self.rows.at(entity, asked))


@dataclass(frozen=True)
class Record:
    """A version, and the moment at which it is seen."""

    reader: Reader
    entity: Entity
    row: Row
    asked: Asked

    @cached_property
    def attributes(self) -> dict[str, Attribute]:
        return {naming.field(item.name): item for item in self.entity.attributes}

    @cached_property
    def ways(self) -> dict[str, WayBack]:
        ways = self.reader.rows.declarations.ways_back(self.entity).values()
        return {naming.field(way.name): way for way in ways}

    def value(self, name: str, args: Arguments) -> Any:
        """What a field answers."""
        match name:
            case "id":
                return str(self.row["record_id"])
            case "version":
                return self._version()
            case "history":
                rows = self.reader.rows.versions[self.entity.full_name]
                found = [row for row in rows if row["record_id"] == self.row["record_id"]]
                return history(self, self.entity, found, args, one_record=True)
            case _ if name in self.attributes:
                return self._attribute(name, self.attributes[name], args)
            case _ if name in self.ways:
                return pages.listing(self.reader, self.ways[name].entity, list(self.back(name)), args)
            case _ if name.removesuffix("History") in self.ways:
                way = self.ways[name.removesuffix("History")]
                rows = self.reader.rows.versions[way.entity.full_name]
                found = [row for row in rows if row[way.attribute.name] == self.row["record_id"]]
                return history(self, way.entity, found, args, one_record=False)
            case _:
                return derived.value(self, name, args)

    def back(self, name: str) -> Iterator["Record"]:
        """The records that refer to this one."""
        way, own = self.ways[name], self.row["record_id"]
        found = self.reader.at(way.entity.full_name, self.asked)
        return (one for one in found if one.row[way.attribute.name] == own)

    def target(self, name: str, to: tuple[str, ...] | None = None) -> "Record | None":
        """The record that a reference leads to, at its own moment; of one of the entities `to` if they are said."""
        attribute = self.attributes[name]
        kind, pointed = attribute.kind, self.row[attribute.name]
        assert isinstance(kind, Reference)
        for entity in to or kind.to:
            rows = self.reader.rows.versions[entity]
            believed = [row for row in rows if row["record_id"] == pointed and self.asked.believes(row)]
            found = reached(kind.at, self.row, sorted(believed, key=begin_key), self.asked)
            if found:
                return self.reader.record(entity, found[0], replace(self.asked, at=found[1]))
        return None

    def _attribute(self, name: str, attribute: Attribute, args: Arguments) -> Any:
        value = self.row[attribute.name]
        if value is None:
            return None
        if args.get("mask"):
            return _masked(attribute, value)
        match attribute.kind:
            case Reference():
                return self.target(name)
            case Code(list=codes):
                return self._code(codes, value)
            case Number(scale=0, digits=digits) if digits <= 9:
                return value
            case Number():
                return f"{value:f}"
            case Day():
                return value.isoformat()
            case PartialDay():
                return partial_day_text(value.lower, value.upper)
            case Geometry():
                return geometry.geojson(value, self.reader.rows.srid, args["crs"])
            case _:
                return value

    def _code(self, codes: str, code: str) -> dict[str, Any]:
        """Called as the edition in force calls it; else as the one that began last; one without dates comes last."""
        day = self.reader.rows.day(self.asked.at)
        known = [row for row in self.reader.rows.codes[codes] if row["code"] == code]

        def newness(row: Row) -> tuple[Any, ...]:
            begin, undated = row["in_force"].lower, row["in_force"].lower is row["in_force"].upper is None
            return day in row["in_force"], not undated, begin is not None, begin or day, row["edition"]

        row = max(known, key=newness)
        told = {"titleVi": row["title_vi"], "titleEn": row["title_en"], "edition": row["edition"]}
        return {"code": code, **told, "retired": day not in row["in_force"]}

    def _version(self) -> dict[str, Any]:
        row, ended = self.row, self.row["recorded_to"]
        return {
            "validFrom": instant_text(row["begin"]),
            "validTo": instant_text(row["end"]),
            "recordedFrom": str(row["recorded_from"]),
            "recordedTo": str(ended) if ended is not None and ended <= self.asked.recorded else None,
            "digest": row["digest"].hex(),
            "redacted": sorted(row["redacted"]) if row["redacted"] else None,
            "change": self._change(row["change"]),
            "writtenBy": self._change(row["recorded_from"]),
        }

    def _change(self, position: int) -> dict[str, Any]:
        return {naming.field(name): _told(value) for name, value in self.reader.rows.changes[position].items()}


def _masked(attribute: Attribute, value: Any) -> str:
    """What a masked value shows (docs/reference/query-language.md, "Masked values")."""
    match attribute.kind:
        case PartialDay():
            return f"{value.lower.year:04}"
        case Text(name=True):
            return "".join(part if part.isspace() else f"{part[0]}." for part in re.findall(r"\s+|\S+", value))
        case Text(max_length=longest) if longest > 40:
            return "***"
        case _:
            first, last = (3, 2) if len(value) >= 9 else (0, 2) if len(value) >= 5 else (0, 0)
            return str(value[:first] + "*" * (len(value) - first - last) + value[len(value) - last :])


def _told(value: Any) -> Any:
    """A column of the ledger: positions as text, moments to the microsecond, digests in hexadecimal."""
    match value:
        case bool() | None | str():
            return value
        case int():
            return str(value)
        case datetime():
            return instant_text(value)
        case bytes():
            return value.hex()
        case _:
            return value.isoformat()


# --- histories ---------------------------------------------------------------------------------------


def history(seen: Record, entity: Entity, rows: list[Row], args: Arguments, *, one_record: bool) -> Any:
    """The versions among `rows`, each as of the first of its moments that is asked about."""
    asked, superseded, period = seen.asked, args["includeSuperseded"], _period(seen, args.get("between"))

    def shown(row: Row) -> Record:
        known = asked.position if not superseded or asked.believes(row) else row["recorded_from"]
        at = _first_of(row, period, asked.at)
        return seen.reader.record(entity.full_name, row, replace(asked, at=at, position=known))

    told = [row for row in rows if (row["recorded_from"] <= asked.position if superseded else asked.believes(row))]
    told = [row for row in told if _meets(row, period)]
    told.sort(key=lambda row: _place(row, superseded=superseded, one_record=one_record))
    records = pages.found([shown(row) for row in told], args)
    words = [
        f"{entity.full_name} {one.row['recorded_from'] if superseded else ''} {'' if one_record else one.row['record_id']}"
        for one in records
    ]
    marks = [pages.Mark.of(one, within=word) for one, word in zip(records, words, strict=True)]
    return pages.page(seen.reader, records, args, marks)


Period = tuple[datetime | None, datetime | None]


def _period(seen: Record, given: dict[str, str] | None) -> Period:
    begin, end = (given or {}).get("from"), (given or {}).get("to")
    zone = seen.reader.rows.zone
    return (begin and instant(begin, zone)) or None, (end and instant(end, zone)) or None


def _meets(row: Row, period: Period) -> bool:
    begin, end = period
    if begin is not None and begin == end:
        return False
    early: Callable[[Any, Any], bool] = lambda one, other: one is None or other is None or one < other  # noqa: E731
    return early(row["begin"], end) and early(begin, row["end"])


def _first_of(row: Row, period: Period, otherwise: datetime) -> datetime:
    begins = [moment for moment in (row["begin"], period[0]) if moment is not None]
    if begins:
        return max(begins)
    ends = [moment for moment in (row["end"], period[1]) if moment is not None]
    return min(ends) - MICROSECOND if ends else first_moment(row, otherwise)


def _place(row: Row, *, superseded: bool, one_record: bool) -> tuple[Any, ...]:
    end = row["end"] is None, row["end"] or row["begin"]
    place = (begin_key(row), end) if row["end"] or row["begin"] else (begin_key(row), (True,))
    written = (row["recorded_from"],) if superseded else ()
    return (*written, *place, *(() if one_record else (row["record_id"].bytes,)))

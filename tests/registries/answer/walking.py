"""Walks through feeds page by page, and replays what they tell, to hold it against what the tables hold.

The replay is written from the words of docs/reference/feeds.md: nothing of it looks at the versions that a feed tells of.
"""

import json
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from baseregistry import db, naming
from baseregistry.registries.declare import Entity, Reference
from baseregistry.registries.question import AsOf, Changes, Field, Form, Question, Scope
from tests.registries.answer.asking import Asker, Slots, want
from tests.registries.answer.reference import holds
from tests.registries.ledger.register import Ground

VERSION = "version{valid_from valid_to digest}"
ITEM = (
    f"position recorded_at kind record_id effect status retracted versions{{id {VERSION}}} withdrawn{{id {VERSION}}}"
    " facts{valid_from valid_to effect attributes{attribute old new redacted}} change{position kind}"
)
PAGE = "page_info{has_next_page end_cursor up_to}"
ASKED = ("units", "kinds", "agency", "case", "ledger_hash")
Piece = tuple[str, str | None, str | None, str]  # record, valid from, valid to, digest


def asked(form: Form, entity: str, fields: str | tuple[Field, ...], **said: Any) -> tuple[Question, Slots]:
    """A feed, or the list of changes; `said`: since, until, first, after, units, kinds, agency, case, scope, recorded."""
    slots = Slots()
    given = {name: slots.bind(said[name]) for name in ASKED if said.get(name) is not None}
    if "recorded" in said:
        given["recorded"] = slots.period(*said["recorded"])  # type: ignore[assignment]
    return Question(
        "root",
        entity,
        form,
        want(fields, page=slots.page(said.get("nested", 50))) if isinstance(fields, str) else fields,
        scope=Scope(slots.bind(said["scope"]) if "scope" in said else None),
        as_of=AsOf(position=slots.bind(said["until"])) if said.get("until") is not None else AsOf(),
        page=slots.page(said.get("first", 100), said.get("after")),
        changes=Changes(since=slots.bind(said.get("since", 0)), **given),
    ), slots


def page(asker: Asker, entity: str, fields: str, **said: Any) -> Any:
    """One page of a feed, as JSON; of ``ledger``, of the changes themselves."""
    question, slots = asked(Form.CHANGES if entity == "ledger" else Form.FEED, entity, fields, **said)
    (data,) = asker.answer([question], slots.values).data
    return json.loads(data)


def walk(asker: Asker, entity: str, fields: str = ITEM, **said: Any) -> Iterator[dict[str, Any]]:
    """All items, page by page, each page from the cursor of the one before."""
    said.setdefault("first", 100)
    while True:
        found = page(asker, entity, f"edges{{cursor node{{{fields}}}}} {PAGE}", **said)
        yield from (edge["node"] for edge in found["edges"])
        if not found["page_info"]["has_next_page"]:
            return
        said["after"] = found["page_info"]["end_cursor"]


@dataclass
class Mirror:
    """What a client holds that applies the items of a feed one by one."""

    held: set[Piece] = field(default_factory=set)
    states: dict[int, frozenset[Piece]] = field(default_factory=dict)

    def apply(self, item: dict[str, Any], keeps: Callable[[dict[str, Any]], bool] = lambda _: True) -> None:
        for version in item["withdrawn"]:
            if keeps(version):
                self.held.remove(piece(version))
        for version in item["versions"]:
            if keeps(version):
                assert piece(version) not in self.held
                self.held.add(piece(version))
        self.states[int(item["position"])] = frozenset(self.held)

    def at(self, position: int) -> frozenset[Piece]:
        """What was held after a position."""
        known = [state for state in self.states if state <= position]
        return self.states[max(known)] if known else frozenset()


def piece(version: dict[str, Any]) -> Piece:
    told = version["version"]
    return version["id"], told["valid_from"], told["valid_to"], told["digest"]


@dataclass(frozen=True)
class Stored:
    """Every version of an entity, as the database holds it."""

    entity: Entity
    rows: list[dict[str, Any]]

    def believed(self, position: int) -> list[dict[str, Any]]:
        return [
            row
            for row in self.rows
            if row["recorded_from"] <= position and (row["recorded_to"] is None or row["recorded_to"] > position)
        ]

    def pieces(self, position: int, keeps: Callable[[dict[str, Any]], bool] = lambda _: True) -> frozenset[Piece]:
        """What a mirror must hold at a position."""
        return frozenset(
            (str(row["record_id"]), _text(row["begin"]), _text(row["end"]), row["digest"].hex())
            for row in self.believed(position)
            if keeps(row)
        )

    def values(self, position: int, record_id: str, moment: datetime) -> dict[str, Any] | None:
        """What is believed of a record at a moment."""
        for row in self.believed(position):
            if str(row["record_id"]) == record_id and holds(row, moment):
                return {attribute.name: row[attribute.name] for attribute in self.entity.attributes}
        return None


def stored(ground: Ground, entity: Entity, ids: list[Any]) -> Stored:
    """The versions of some records; references and exact numbers as text, as a feed tells them."""
    columns = ", ".join(
        f"CAST({item.name} AS text) AS {item.name}" if _as_text(item.kind) else item.name for item in entity.attributes
    )
    with db.reading(ground.engine) as reading:
        rows = reading.execute(
            f"SELECT record_id, lower(valid) AS begin, upper(valid) AS end, recorded_from, recorded_to, digest, {columns}"
            f" FROM {naming.table(entity.full_name)} WHERE record_id = ANY(:ids)",
            {"ids": ids},
        )
        return Stored(entity, [dict(row._mapping) | {"digest": bytes(row.digest)} for row in rows])


def _as_text(kind: Any) -> bool:
    return (
        isinstance(kind, Reference)
        or type(kind).__name__ in {"PartialDay", "Geometry", "Day"}
        or (type(kind).__name__ == "Number" and kind.scale > 0)
    )


def _text(moment: datetime | None) -> str | None:
    return None if moment is None else moment.isoformat(timespec="microseconds").replace("+00:00", "Z")

"""`baseregistry verify`: recomputes every digest and the chain, and says which position is broken.

Three things are held against each other: each version's facts against its digest, each change's digest
against its provenance and the versions it wrote and closed, each head against all before it.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import datetime
from heapq import merge
from itertools import groupby
from typing import Any

import sqlalchemy as sa

from baseregistry import naming
from baseregistry.db import Reading
from baseregistry.registries import codes, digests
from baseregistry.registries.declare import Entity
from baseregistry.registries.ledger import worded
from baseregistry.registries.tables import Installation

LISTED = 1000
Progress = Callable[[str, int, int], None]


@dataclass(frozen=True, slots=True)
class Problem:
    """Something stored that is not what was recorded at `position`."""

    position: int
    message: str
    entity: str | None = None
    record_id: str | None = None


@dataclass(slots=True)
class Verdict:
    """What a verification found.  `head` and `tree_head` (RFC 6962) are what to publish or to compare elsewhere."""

    position: int = 0
    recorded_at: datetime | None = None
    head: str = digests.GENESIS.hex()
    tree_head: str = ""
    versions: int = 0
    problems: list[Problem] = field(default_factory=list)

    @property
    def sound(self) -> bool:
        return not self.problems


def verify(
    reading: Reading,
    installation: Installation,
    expected: tuple[int, str] | None = None,
    progress: Progress | None = None,
) -> Verdict:
    """Recompute the whole ledger.  `expected` is a position and the head once published for it.

    Whoever can rewrite the whole chain can only be caught by such a head kept elsewhere.
    """
    tell = progress or (lambda _what, _done, _of: None)
    verdict = Verdict()
    entities = list(installation.declarations.entities.values())
    for done, entity in enumerate(entities):
        tell(entity.full_name, done, len(entities) + 1)
        _check_versions(reading, entity, verdict)
        _check_redactions(reading, entity, verdict)
    _check_frame(reading, installation, verdict)
    tell("ledger", len(entities), len(entities) + 1)
    _check_chain(reading, entities, verdict, expected)
    tell("ledger", len(entities) + 1, len(entities) + 1)
    verdict.problems.sort(key=lambda problem: problem.position)
    return verdict


def _check_frame(reading: Reading, installation: Installation, verdict: Verdict) -> None:
    """What stands beside the ledger and is in every answer: the titles of codes, and the storage CRS."""
    stored = {tuple(row) for row in reading.execute("SELECT list, edition, code, title_vi, title_en, note FROM code")}
    for name, listed in installation.declarations.code_lists.items():
        declared = {
            (name, one.edition, one.code, one.title_vi, one.title_en or None, one.note or None)
            for one in codes.entries(listed)
        }
        for entry in sorted(declared - stored):
            verdict.problems.append(Problem(0, f"The code {entry[2]} of {name} ({entry[1]}) is not as declared."))
    statement = "SELECT DISTINCT srid FROM geometry_columns WHERE f_table_schema = current_schema()"
    if any(srid != installation.srid for srid in reading.execute(statement).scalars()):
        verdict.problems.append(Problem(0, f"Geometries are not stored in EPSG:{installation.srid}."))


def _check_versions(reading: Reading, entity: Entity, verdict: Verdict) -> None:
    table = naming.table(entity.full_name)
    expression = digests.version_digest(entity, "l.schema_edition", "v")  # the edition it was written under
    verdict.versions += reading.execute(f"SELECT count(*) FROM {table}").scalar_one()
    rows = reading.execute(
        f"SELECT v.record_id, v.recorded_from, r.entity FROM {table} v LEFT JOIN record r USING (record_id)"
        f" LEFT JOIN ledger_change l ON l.position = v.recorded_from"
        f" WHERE v.digest IS DISTINCT FROM {expression} OR r.entity IS DISTINCT FROM :entity"
        f" ORDER BY v.recorded_from LIMIT {LISTED}",
        {"entity": entity.full_name},
    )
    for row in rows:
        said = (
            "its facts are not what was recorded" if row.entity == entity.full_name else f"it is listed as {row.entity}"
        )
        verdict.problems.append(_of(entity, row, said))


REDACTED = """
WITH r AS MATERIALIZED (SELECT l.position, e ->> 'record' AS record, e ->> 'attribute' AS attribute FROM ledger_change l,
  jsonb_array_elements(CASE jsonb_typeof(l.redactions) WHEN 'array' THEN l.redactions END) e WHERE e ->> 'entity' = :entity)
SELECT v.record_id, v.recorded_from, 'a value was destroyed that the ledger does not name' AS said
  FROM {table} v, jsonb_object_keys(CASE jsonb_typeof(v.redacted) WHEN 'object' THEN v.redacted END) k(gone)
  WHERE NOT EXISTS (SELECT 1 FROM r
    WHERE r.record = v.record_id::text AND r.attribute = k.gone AND r.position > v.recorded_from)
  AND NOT EXISTS (SELECT 1 FROM {table} o WHERE o.record_id = v.record_id AND o.recorded_from < v.recorded_from
    AND o.redacted ->> k.gone = v.redacted ->> k.gone)
UNION SELECT v.record_id, v.recorded_from, 'a value is there that the ledger says was destroyed'
  FROM {table} v JOIN r ON r.record = v.record_id::text AND r.position > v.recorded_from WHERE {held}
UNION SELECT v.record_id, v.recorded_from, 'its salts are not as its redactions left them'
  FROM {table} v WHERE (v.salt IS NULL) <> (v.salts IS NOT NULL) OR v.salts IS NOT NULL AND v.redacted IS NULL
  OR jsonb_typeof(v.redacted) <> 'object' OR v.redacted = '{{}}' OR jsonb_typeof(v.salts) <> 'object'
  OR (SELECT count(*) FROM jsonb_object_keys(CASE jsonb_typeof(v.salts) WHEN 'object' THEN v.salts END))
    <> num_nonnulls({valued}) AND v.salts IS NOT NULL
UNION SELECT v.record_id, v.recorded_from, 'a value is there beside its redaction'
  FROM {table} v WHERE v.redacted IS NOT NULL AND ({beside})
ORDER BY 2 LIMIT {listed}"""


def _check_redactions(reading: Reading, entity: Entity, verdict: Verdict) -> None:
    """A value is gone if and only if the ledger says so."""
    names = list(entity.by_name)
    statement = REDACTED.format(
        table=naming.table(entity.full_name),
        held="CASE r.attribute " + " ".join(f"WHEN '{name}' THEN v.{name} IS NOT NULL" for name in names) + " END",
        valued=", ".join(f"v.{name}" for name in names),
        beside=" OR ".join(f"v.redacted ? '{name}' AND v.{name} IS NOT NULL" for name in names),
        listed=LISTED,
    )
    for row in reading.execute(statement, {"entity": entity.full_name}):
        verdict.problems.append(_of(entity, row, row.said))


def _of(entity: Entity, row: Any, said: str) -> Problem:
    return Problem(
        row.recorded_from, f"{entity.full_name} {row.record_id}: {said}.", entity.full_name, str(row.record_id)
    )


def _check_chain(reading: Reading, entities: list[Entity], verdict: Verdict, expected: tuple[int, str] | None) -> None:
    previous, leaves = digests.GENESIS, []
    written = _by_position(reading, entities, "recorded_from")
    closed = _by_position(reading, entities, "recorded_to")
    for row in _stream(reading, "SELECT * FROM ledger_change ORDER BY position"):
        change = row._asdict()
        verdict.problems += _order(change, verdict)
        digest = digests.change_digest(worded(change), list(written.at(row.position)), list(closed.at(row.position)))
        chained = digests.chain(previous, bytes(row.digest))
        if digest != bytes(row.digest):
            verdict.problems.append(
                Problem(row.position, "The change does not cover what stands in the registers at its position.")
            )
        if chained != bytes(row.head):
            verdict.problems.append(Problem(row.position, "The head does not follow from the one before."))
        if expected and row.position == expected[0] and bytes(row.head).hex() != expected[1].lower():
            verdict.problems.append(Problem(row.position, f"The head is not the published one ({expected[1]})."))
        previous = bytes(row.head)
        leaves.append(bytes(row.digest))
        verdict.position, verdict.recorded_at, verdict.head = row.position, row.recorded_at, previous.hex()
    verdict.tree_head = digests.tree_head(leaves).hex()
    for position in sorted({*written.rest(), *closed.rest()}):
        verdict.problems.append(Problem(position, "Versions stand at a position that the ledger does not have."))
    if expected and expected[0] > verdict.position:
        verdict.problems.append(
            Problem(expected[0], f"The ledger ends at {verdict.position}, before the published head.")
        )


def _order(change: dict[str, Any], verdict: Verdict) -> list[Problem]:
    problems = []
    if change["position"] != verdict.position + 1:
        problems.append(
            Problem(verdict.position + 1, f"The ledger goes on at {change['position']}: positions are missing.")
        )
    if verdict.recorded_at is not None and change["recorded_at"] <= verdict.recorded_at:
        problems.append(Problem(change["position"], "Recorded no later than the change before it."))
    return problems


class _Leaves:
    """Digests of versions, read once in the order of positions."""

    def __init__(self, rows: Iterator[tuple[int, Any]]) -> None:
        self._groups = groupby(rows, key=lambda row: row[0])
        self._strays: list[int] = []
        self._position: int | None = None
        self._rows: Iterator[tuple[int, Any]] = iter(())
        self._advance()

    def at(self, position: int) -> Iterator[bytes]:
        while self._position is not None and self._position < position:
            self._strays.append(self._position)
            self._advance()
        if self._position == position:
            for _, digest in self._rows:
                yield bytes(digest)
            self._advance()

    def rest(self) -> list[int]:
        while self._position is not None:
            self._strays.append(self._position)
            self._advance()
        return self._strays

    def _advance(self) -> None:
        self._position, self._rows = next(self._groups, (None, iter(())))


def _by_position(reading: Reading, entities: list[Entity], column: str) -> _Leaves:
    order = f"ORDER BY {column}, record_id, recorded_from, lower(valid) NULLS FIRST"
    streams = [
        _stream(
            reading,
            f"SELECT {column} AS position, digest FROM {naming.table(entity.full_name)} WHERE {column} IS NOT NULL {order}",
        )
        for entity in sorted(entities, key=lambda entity: entity.full_name)
    ]
    return _Leaves(merge(*streams, key=lambda row: row[0]))


def _stream(reading: Reading, statement: str) -> Iterator[Any]:
    options = {"stream_results": True, "yield_per": 5000}
    yield from reading.connection.execute(sa.text(statement), execution_options=options)

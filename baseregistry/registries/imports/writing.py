"""From decided rows to changes: at most 10,000 rows each, whole or not at all.

A change that the register refuses is tried again without the rows it names, or else in halves, until only the rows
that cannot stand are left out.
"""

import time
from collections.abc import Iterator
from dataclasses import dataclass, field

from baseregistry import errors
from baseregistry.db import Writing
from baseregistry.registries.changes import Draft, Receipt
from baseregistry.registries.imports.findings import findings_of
from baseregistry.registries.imports.intake import refuse
from baseregistry.registries.imports.order import BATCH, Refusal
from baseregistry.registries.imports.plan import Plan
from baseregistry.registries.imports.session import Session
from baseregistry.registries.imports.staging import TURN, Turn
from baseregistry.registries.imports.statements import match_table, versions
from baseregistry.registries.ledger import Provenance
from baseregistry.registries.rules import Finding
from baseregistry.registries.tables import Installation

AT_FAULT = (errors.Refused, errors.BadInput, errors.NotFound)
NAMED_TRIES = 3  # without the rows that a refusal names; then in halves
PATIENCE, PAUSE = 30, 10.0  # how often, and after how many seconds, a change is tried again when the ledger is held


@dataclass(frozen=True, slots=True)
class Manner:
    """How changes are written: on whose word, whether they are kept at all, whether findings refuse a row."""

    provenance: Provenance
    keep: bool = True
    strict: bool = False


@dataclass
class Writer:
    """Writes the rows that ``import_todo`` lists.  In a dry run each change is made and taken back."""

    session: Session
    installation: Installation
    plan: Plan
    manner: Manner
    positions: list[int] = field(default_factory=list)
    findings: list[Finding] = field(default_factory=list)  # of a dry run

    def write(self, count: int) -> Iterator[int]:
        """Write all `count` rows; yields how many are done after each change."""
        for begin in range(0, count, BATCH):
            end = min(begin + BATCH, count)
            if begin == 0 or self.manner.keep or not self._leans_on_others(begin, end):
                self._settle(begin, end)
            yield end

    def _leans_on_others(self, begin: int, end: int) -> bool:
        """Whether rows point to rows of earlier changes, which a dry run has taken back."""
        with self.session.writing() as writing:
            leans: bool = writing.execute(
                f"SELECT EXISTS (SELECT 1 FROM import_todo d WHERE {TURN} AND level > 0)", {"begin": begin, "end": end}
            ).scalar_one()
        return leans

    def _settle(self, begin: int, end: int) -> None:
        """Write the rows at places in (begin, end], leaving out those at fault."""
        waiting = [(begin, end, 0)]
        while waiting:
            begin, end, tried = waiting.pop()
            try:
                self._write(begin, end)
            except AT_FAULT as refusal:
                if refusal.code.startswith("ledger."):  # no row is at fault
                    raise
                waiting += self._narrowed(begin, end, tried, refusal)

    def _write(self, begin: int, end: int) -> None:
        for _ in range(PATIENCE):
            try:
                with self.session.writing(keep=self.manner.keep) as writing:
                    receipt = self._change(writing, begin, end)
                break
            except errors.Busy:
                time.sleep(PAUSE)
        else:
            raise errors.Busy(
                "Another change has held the ledger for minutes.",
                hint="What was imported so far stands; run the import again to finish it.",
            )
        if receipt.changed and self.manner.keep:
            self.positions.append(receipt.position)

    def _change(self, writing: Writing, begin: int, end: int) -> Receipt:
        draft = Draft(writing, self.installation)
        for lane in self.plan.lanes:
            Turn(draft.staging, self.plan, lane, begin, end).stage()
        receipt = draft.record(self.manner.provenance)
        if receipt.changed and (self.manner.strict or not self.manner.keep):
            self._judge(writing, receipt)
        return receipt

    def _judge(self, writing: Writing, receipt: Receipt) -> None:
        """Look at what the change has made: in a strict import a finding refuses its rows, a dry run notes it."""
        found = []
        for lane in self.plan.lanes:
            touched = f"(SELECT record_id FROM {versions(lane)} WHERE recorded_from = {receipt.position}) w"
            found += findings_of(writing, self.installation, lane.entity, touched)
        if found and self.manner.strict:
            first = [finding for finding in found if finding.code == found[0].code]
            records = [str(finding.record_id) for finding in first]
            raise errors.RuleBroken(first[0].message, code=first[0].code, where={"records": records})
        self.findings += found

    # --- what is at fault ----------------------------------------------------------------------------

    def _narrowed(self, begin: int, end: int, tried: int, refusal: errors.RegisterError) -> list[tuple[int, int, int]]:
        """Refuse the rows at fault as far as they are known; returns what is to be tried next."""
        named = [str(record) for record in refusal.where.get("records", refusal.where.get("referrers", []))]
        with self.session.writing() as writing:
            rows = self._rows(writing, begin, end)
            guilty = self._speaking_of(writing, begin, end, named) if tried < NAMED_TRIES else []
            guilty = rows if len(rows) <= 1 else guilty
            self._refuse(writing, guilty, refusal)
        if guilty:
            return [(begin, end, tried + 1)] if len(guilty) < len(rows) else []
        middle = (begin + end) // 2
        return [(middle, end, 0), (begin, middle, 0)]

    def _rows(self, writing: Writing, begin: int, end: int) -> list[int]:
        found = writing.execute(f'SELECT "row" FROM import_todo d WHERE {TURN}', {"begin": begin, "end": end})
        return list(found.scalars())

    def _speaking_of(self, writing: Writing, begin: int, end: int, records: list[str]) -> list[int]:
        """The rows that speak of any of the records."""
        found: set[int] = set()
        for lane in self.plan.lanes:
            found |= set(
                writing.execute(
                    f'SELECT d."row" FROM import_todo d JOIN {match_table(lane)} m ON m."row" = d."row"'
                    f" WHERE {TURN} AND m.record_id = ANY (CAST(:records AS uuid[]))",
                    {"begin": begin, "end": end, "records": records},
                ).scalars()
            )
        return sorted(found)

    def _refuse(self, writing: Writing, rows: list[int], refusal: errors.RegisterError) -> None:
        gone = writing.execute(
            'DELETE FROM import_todo WHERE "row" = ANY (:rows) RETURNING "row", line', {"rows": rows}
        ).all()
        attribute = refusal.where.get("attribute")
        refuse(writing, [Refusal(one.row, one.line, refusal.code, attribute, refusal.message) for one in gone])

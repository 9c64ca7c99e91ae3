"""An import from its order to its report: read, match, check, write, complete, look for findings.

Everything is read and decided before the first change is written, so a file that cannot be read changes nothing.
"""

import hashlib
import time
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field, replace

import sqlalchemy as sa

from baseregistry.db import Writing
from baseregistry.registries import codes, ledger, values
from baseregistry.registries.changes import Draft
from baseregistry.registries.declare import Entity
from baseregistry.registries.imports import refused
from baseregistry.registries.imports.arranging import arrange
from baseregistry.registries.imports.checks import Checks
from baseregistry.registries.imports.completing import Completeness, completeness
from baseregistry.registries.imports.failures import readable
from baseregistry.registries.imports.files import opened
from baseregistry.registries.imports.findings import findings
from baseregistry.registries.imports.intake import Intake
from baseregistry.registries.imports.maps import FileMap, read_map
from baseregistry.registries.imports.matching import Matching
from baseregistry.registries.imports.order import BATCH, ImportOrder, Progress, Refusal, Report
from baseregistry.registries.imports.own_targets import OwnTargets
from baseregistry.registries.imports.plan import Plan
from baseregistry.registries.imports.preparing import entity_named, prepare, said_of
from baseregistry.registries.imports.projection import geometry_reader
from baseregistry.registries.imports.session import Session
from baseregistry.registries.imports.sources import Source
from baseregistry.registries.imports.statements import refresh_statistics, versions
from baseregistry.registries.imports.succession import Succession
from baseregistry.registries.imports.writing import AT_FAULT, Manner, Writer
from baseregistry.registries.rules import Finding
from baseregistry.registries.tables import Installation

EXAMPLES = 20  # refused rows named in the report
EXAMPLES_OF_A_CODE = 5  # findings


def run_import(
    engine: sa.Engine, installation: Installation, order: ImportOrder, progress: Progress | None = None
) -> Report:
    """Import one file.  Rows that cannot stand are refused and reported; the others are written.

    Raises errors.BadInput (BadFile, BadValue) when the file, the map or the order cannot be followed: then nothing is
    written.  errors.Unavailable and Busy leave whole changes; running it again finishes the job.
    """
    return Import(engine, installation, order, progress or (lambda *_: None)).run()


def agency_of(entity: Entity) -> str:
    """The authority whose word a file of this entity is, unless the order names another."""
    return entity.attributes[0].source


@dataclass
class Import:
    """One run of `run_import`."""

    engine: sa.Engine
    installation: Installation
    order: ImportOrder
    progress: Progress
    notes: list[str] = field(default_factory=list)

    def run(self) -> Report:
        began = time.monotonic()
        entity = entity_named(self.installation.declarations, self.order.entity)
        ledger.check_provenance(self.order.provenance, {})
        complete = completeness(self.installation, entity, self.order)
        said = said_of(self.order, read_map(self.order.map))
        with readable(self.order.file):
            source = opened(self.order.file, layer=self.order.layer, encoding=self.order.encoding)
        self._check_refused_path()
        with Session(self.engine) as session:
            with session.writing() as writing:
                complete.check(writing)
            with readable(self.order.file):
                plan, manner = self._take_in(session, entity, said, source), self._manner()
            count = self._decide(session, plan)
            writer = Writer(session, self.installation, plan, manner)
            for done in writer.write(count):
                self.progress("write", done, count)
            lacking, ended = self._complete(session, complete, writer)
            report = self._report(session, plan, writer, source)
        seconds = round(time.monotonic() - began, 3)
        return replace(report, lacking=lacking, ended=ended, notes=tuple(self.notes), seconds=seconds)

    def _check_refused_path(self) -> None:
        if self.order.refused is not None or not self.order.dry_run:
            kept = [self.order.file, *([self.order.map] if self.order.map else [])]
            refused.check_path(self.order.refused_file, kept)

    # --- reading and deciding ------------------------------------------------------------------------

    def _take_in(self, session: Session, entity: Entity, said: FileMap, source: Source) -> Plan:
        """Read the whole file; begin anew when a later feature brings a column that the first ones had not."""
        known = codes.known(self.installation.declarations)
        while True:
            columns = source.columns
            plan = prepare(self.installation, entity, said, source, known)
            if self._read(session, plan, source, known, said):
                if plan.ignored:
                    self.notes.append(f"Not imported: {', '.join(plan.ignored)}.")
                return plan
            assert source.columns != columns

    def _read(self, session: Session, plan: Plan, source: Source, known: values.Codes, said: FileMap) -> bool:
        """Fill the temporary tables; false when the file turned out to have more columns than the plan knows."""
        columns, read = source.columns, 0
        geometry = geometry_reader(self.order, said, source, plan, self.installation.srid)
        intake = Intake(plan, self.installation, known, geometry)
        with session.writing() as writing:
            intake.make_tables(writing)
            for batch in source.batches(BATCH):
                if source.columns != columns:
                    return False
                intake.take(writing, batch)
                read += len(batch.numbers) + len(batch.broken)
                self.progress("read", read, source.total)
        if geometry is not None:
            self.notes.append(f"Coordinates: {geometry.operation}.")
        return True

    def _decide(self, session: Session, plan: Plan) -> int:
        """Say of every row what is to be done with it; returns how many rows are to be written."""
        self.progress("match", 0, None)
        schema = self.installation.schema
        session.claim({f"baseregistry.import.{schema}.{lane.entity.full_name}" for lane in plan.lanes})
        with session.writing() as writing:
            refresh_statistics(writing, map(versions, plan.lanes))
            for lane in plan.lanes:
                Matching(writing, plan, lane).match()
                self.notes += Succession(writing, plan, lane).settle()
                Checks(writing, plan, lane).recognised()
            own = OwnTargets(writing, plan.lane)
            own.resolve()
            for lane in plan.lanes:
                Matching(writing, plan, lane).compare()
                checks = Checks(writing, plan, lane)
                checks.alone()
                checks.sound()
                checks.of_kind(self.order.provenance)
            own.refuse_unresolved()
            while own.refuse_followers():
                pass
            return arrange(writing, plan)

    def _manner(self) -> Manner:
        """On whose word: the file itself is the document unless another is named."""
        given, document = self.order.provenance, self.order.provenance.document
        if document.number is None:
            document = replace(document, number=self.order.file.name)
        if document.digest is None:
            with self.order.file.open("rb") as file:
                document = replace(document, digest=hashlib.file_digest(file, "sha256").digest())
        return Manner(replace(given, document=document), keep=not self.order.dry_run, strict=self.order.strict)

    # --- completeness --------------------------------------------------------------------------------

    def _complete(self, session: Session, complete: Completeness, writer: Writer) -> tuple[int, int]:
        """Count what the file lacks, and end it if the file is said to be complete and every row could be read."""
        with session.writing() as writing:
            lacking = complete.gather(writing)
            if not self.order.complete:
                return lacking, 0
            some = writing.execute('SELECT count(DISTINCT "row") FROM import_refused').scalar_one()
            if some:
                self.notes.append(
                    f"Nothing was ended: {some} rows were refused, and may be what the file seems to lack."
                )
                return lacking, 0
            left = complete.leave_alone(writing)
        if left:
            self.notes.append(f"{left} records that the file lacks have later facts or are referred to: left alone.")
        return lacking, self._end(session, complete, writer, lacking - left)

    def _end(self, session: Session, complete: Completeness, writer: Writer, count: int) -> int:
        ended = 0
        for begin in range(0, count, BATCH):
            try:
                with session.writing(keep=writer.manner.keep) as writing:
                    draft = Draft(writing, self.installation)
                    staged = complete.end(writing, draft, begin)
                    receipt = draft.record(writer.manner.provenance)
            except AT_FAULT as refusal:
                self.notes.append(f"{min(BATCH, count - begin)} records could not be ended: {refusal.message}")
                continue
            ended += staged
            if receipt.changed and writer.manner.keep:
                writer.positions.append(receipt.position)
            self.progress("end", ended, count)
        return ended

    # --- the report ----------------------------------------------------------------------------------

    def _report(self, session: Session, plan: Plan, writer: Writer, source: Source) -> Report:
        self.progress("report", 0, None)
        with session.writing() as writing:
            refresh_statistics(writing, map(versions, plan.lanes), anyway=len(writer.positions) > 1)
            found = findings(writing, self.installation, plan) if writer.manner.keep else writer.findings
            numbers = _numbers(writing, plan)
            examples = tuple(refused.refusals(writing, EXAMPLES))
            path = self._write_refused(writing, source, examples)
        return Report(
            entity=plan.lane.entity.full_name,
            file=str(self.order.file),
            rows=numbers.rows,
            new=numbers.new,
            changed=numbers.changed,
            unchanged=numbers.unchanged,
            refused=numbers.refused,
            refusals=numbers.refusals,
            lacking=0,
            ended=0,
            positions=tuple(writer.positions),
            refused_examples=examples,
            refused_file=path,
            findings=dict(Counter(finding.code for finding in found)),
            finding_examples=tuple(map(_words, _some_of_each(found))),
            dry_run=self.order.dry_run,
        )

    def _write_refused(self, writing: Writing, source: Source, examples: tuple[Refusal, ...]) -> str | None:
        """Write the refused rows beside the file; a dry run only where it was told to."""
        path = self.order.refused_file
        if (self.order.dry_run and self.order.refused is None) or not (examples or path.exists()):
            return None
        try:
            refused.write(path, source, refused.refusals(writing))
        except OSError as failure:
            self.notes.append(f"The refused rows could not be written to {path}: {failure.strerror}.")
            return None
        return str(path) if examples else None


@dataclass(frozen=True, slots=True)
class Numbers:
    """How many rows went which way; a row is new when its own record is."""

    rows: int
    new: int
    changed: int
    refusals: dict[str, int]

    @property
    def refused(self) -> int:
        return sum(self.refusals.values())

    @property
    def unchanged(self) -> int:
        return self.rows - self.new - self.changed - self.refused


def _numbers(writing: Writing, plan: Plan) -> Numbers:
    refusals = Counter(refusal.code for refusal in refused.refusals(writing))
    rows = writing.execute(
        f'SELECT count(*) FROM (SELECT "row" FROM {plan.lane.table} UNION SELECT "row" FROM import_refused) every'
    ).scalar_one()
    verdicts = writing.execute(
        "SELECT count(*) FILTER (WHERE m.verdict = 'NEW') AS new, count(*) FILTER (WHERE m.verdict <> 'NEW') AS changed"
        ' FROM import_todo d JOIN match_0 m ON m."row" = d."row"'
    ).one()
    return Numbers(rows, verdicts.new, verdicts.changed, dict(sorted(refusals.items())))


def _some_of_each(found: list[Finding]) -> Iterator[Finding]:
    """A few findings of every code, in the order found."""
    shown: Counter[str] = Counter()
    for finding in found:
        shown[finding.code] += 1
        if shown[finding.code] <= EXAMPLES_OF_A_CODE:
            yield finding


def _words(finding: Finding) -> str:
    place = f" at {finding.place}" if finding.place else ""
    return f"{finding.code}: {finding.message}{place}"

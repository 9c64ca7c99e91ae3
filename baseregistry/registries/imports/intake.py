"""From the file into temporary tables: every row that can be read waits there, in the kinds' own types.

One table per lane (`import_0` for the file's own entity), and `import_refused` for the rows that cannot be read.
A row refused in one lane is in none.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field

from psycopg import sql

from baseregistry import errors, naming
from baseregistry.db import Writing
from baseregistry.registries import values
from baseregistry.registries.imports.cells import NULL, FactReader, escaped
from baseregistry.registries.imports.geometries import GeometryReader
from baseregistry.registries.imports.order import Refusal
from baseregistry.registries.imports.periods import PeriodReader
from baseregistry.registries.imports.plan import RECORD, Fact, Lane, Plan
from baseregistry.registries.imports.pointers import PointerReader
from baseregistry.registries.imports.sources import Batch
from baseregistry.registries.imports.statements import REFUSED
from baseregistry.registries.tables import Installation

HEAD = ("row", "line", "valid", "by_day")
GIVEN_ID = "given_id"

Columns = dict[str, Sequence[str | None]]


def pending(name: str) -> str:
    """The column that keeps the key of a reference to a row of the same file."""
    return f"pending_{name}"


@dataclass
class Refused:
    """The rows of one batch that are refused, by their place in it; the first reason counts."""

    reasons: dict[int, errors.RegisterError] = field(default_factory=dict)

    def __call__(self, place: int, why: errors.RegisterError) -> None:
        self.reasons.setdefault(place, why)


class LaneReader:
    """Reads one lane of a batch into columns that COPY takes."""

    def __init__(self, lane: Lane, plan: Plan, installation: Installation, codes: values.Codes) -> None:
        self.lane = lane
        shape = lane.geometry
        self.facts = {fact.attribute.name: FactReader(fact, codes) for fact in lane.facts if fact is not shape}
        within = plan.lane.entity.full_name if lane.number == 0 else ""
        self.pointers = {
            pointer.attribute.name: PointerReader(pointer, installation, codes, within) for pointer in lane.pointers
        }
        self.given = FactReader(Fact(lane.entity, RECORD, lane.record_id), codes) if lane.record_id else None

    @property
    def columns(self) -> list[str]:
        """The names of the lane's columns, beside HEAD and the geometry."""
        given = [GIVEN_ID] if self.given else []
        return [*self.facts, *self.pointers, *map(pending, self.pointers), *self.lane.defaults, *given]

    def read(self, writing: Writing, batch: Batch, periods: Sequence[str | None], refused: Refused) -> Columns:
        found: Columns = {name: reader.column(batch, refused) for name, reader in self.facts.items()}
        for name, reader in self.pointers.items():
            column = reader.column(writing, batch, periods, refused)
            found |= {name: column.records, pending(name): column.pending}
        if self.given:
            found[GIVEN_ID] = self.given.column(batch, refused)
        return found | {name: [value] * len(periods) for name, value in self.lane.defaults.items()}


class Intake:
    """Fills the temporary tables, batch by batch."""

    def __init__(
        self, plan: Plan, installation: Installation, codes: values.Codes, geometry: GeometryReader | None
    ) -> None:
        self.plan = plan
        self.installation = installation
        self.periods = PeriodReader(plan, installation.zone)
        self.geometry = geometry
        self.lanes = [LaneReader(lane, plan, installation, codes) for lane in plan.lanes]

    def make_tables(self, writing: Writing) -> None:
        """New, empty tables for the rows."""
        for table in ("import_refused", *(lane.table for lane in self.plan.lanes)):
            writing.execute(f"DROP TABLE IF EXISTS {table}")
        writing.execute(
            'CREATE TEMP TABLE import_refused ("row" bigint, line bigint, code text, attribute text, reason text,'
            " said bigint GENERATED ALWAYS AS IDENTITY)"
        )
        for reader in self.lanes:
            lane, names = reader.lane, reader.lane.entity.by_name
            given = ["NULL::uuid AS given_id"] if reader.given else []
            columns = [*names, *(f"''::text AS {pending(name)}" for name in reader.pointers), *given]
            writing.execute(
                f'CREATE TEMP TABLE {lane.table} AS SELECT 0::bigint AS "row", 0::bigint AS line, valid, false AS by_day,'
                f" {', '.join(columns)} FROM {naming.table(lane.entity.full_name)} WITH NO DATA"
            )

    def take(self, writing: Writing, batch: Batch) -> None:
        """Read a batch, and put its rows into the tables."""
        refused = Refused()
        periods = self.periods.column(batch, refused)
        read = [reader.read(writing, batch, periods, refused) for reader in self.lanes]
        if self.geometry is not None:
            fact = self.geometry.fact
            shapes = self.geometry.column(batch.columns[fact.cell.column or ""], refused)
            lane = next(number for number, lane in enumerate(self.plan.lanes) if lane.geometry is fact)
            read[lane][fact.attribute.name] = shapes
        heads: Columns = {
            "row": [str(n) for n in batch.numbers],
            "line": [str(n) for n in batch.lines],
            "valid": periods,
            "by_day": self.periods.by_day(batch),
        }
        for reader, columns in zip(self.lanes, read, strict=True):
            keep = self._kept(reader.lane, columns, refused, len(batch.numbers))
            _copy(writing, reader.lane.table, heads | columns, keep)
        refuse(writing, [*batch.broken, *_refusals(batch, refused)])

    def _kept(self, lane: Lane, columns: Columns, refused: Refused, count: int) -> Sequence[bool] | None:
        """Which rows are read whole; of a related record also whether the row says anything of it.  None: all."""
        said = None
        if lane.number:
            given = [columns[part.attribute.name] for part in lane.facts if part.cell.column is not None]
            given += [columns[pointer.attribute.name] for pointer in lane.pointers]
            said = [any(value is not None for value in row) for row in zip(*given, strict=True)] if given else None
        if not refused.reasons:
            return said
        return [place not in refused.reasons and (said is None or said[place]) for place in range(count)]


def refuse(writing: Writing, refusals: Iterable[Refusal]) -> None:
    """Note refused rows."""
    rows = [(r.row, r.line, r.code, r.attribute, r.reason) for r in refusals]
    if rows:
        with writing.driver.cursor() as cursor, cursor.copy(f"COPY {REFUSED} FROM STDIN") as copy:
            for row in rows:
                copy.write_row(row)


def _refusals(batch: Batch, refused: Refused) -> Iterator[Refusal]:
    for place, why in sorted(refused.reasons.items()):
        hint = f" {why.hint}" if why.hint else ""
        attribute = why.where.get("attribute")
        yield Refusal(batch.numbers[place], batch.lines[place], why.code, attribute, why.message + hint)


def _copy(writing: Writing, table: str, columns: Columns, keep: Sequence[bool] | None) -> None:
    """COPY columns of text; the rows whose `keep` is false are left out."""
    names = sql.SQL(", ").join(map(sql.Identifier, columns))
    statement = sql.SQL("COPY {} ({}) FROM STDIN").format(sql.Identifier(table), names)
    texts = [[NULL if value is None else escaped(value) for value in column] for column in columns.values()]
    lines = map("\t".join, zip(*texts, strict=True))
    kept = lines if keep is None else (line for line, wanted in zip(lines, keep, strict=True) if wanted)
    with writing.driver.cursor() as cursor, cursor.copy(statement) as copy:
        copy.write("".join(f"{line}\n" for line in kept))

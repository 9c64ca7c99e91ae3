"""The ledger of the sample province being written: one change after another, at moments of an invented clock."""

import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime

import sqlalchemy as sa

from baseregistry import db, naming
from baseregistry.registries.changes import Draft, Receipt
from baseregistry.registries.ledger import Invented, Provenance
from baseregistry.registries.tables import Installation
from baseregistry.seed.progress import Progress

FRESH_STATISTICS = 4  # the planner learns again when a table has grown by this factor


@dataclass(frozen=True, slots=True)
class Phase:
    """A part of the work: how many versions it wrote, and in what time."""

    title: str
    changes: int
    rows: int
    seconds: float


@dataclass
class Chronicle:
    """Writes changes; counts what they wrote, by entity and phase."""

    engine: sa.Engine
    installation: Installation
    salt_key: bytes
    progress: Progress
    written: Counter[str] = field(default_factory=Counter)
    phases: list[Phase] = field(default_factory=list)
    last: Receipt | None = None
    held_s: float = 0.0  # for how long the last change held the ledger, from the lock to the commit
    _moment: datetime = datetime(2019, 1, 2, tzinfo=UTC)
    _changes: int = 0
    _analysed: Counter[str] = field(default_factory=Counter)

    def record(self, moment: datetime, provenance: Provenance, fill: Callable[[Draft], object]) -> Receipt:
        """Record one change at `moment`, made of what `fill` stages."""
        self._moment = moment
        invented = Invented(lambda: self._moment, self.salt_key)
        with db.writing(self.engine) as writing:
            draft = Draft(writing, self.installation, invented)
            fill(draft)
            receipt = draft.record(provenance)
        self.held_s = time.monotonic() - receipt.held_since
        self._changes += 1
        self.last = receipt
        for name, counts in receipt.entities.items():
            self.written[name] += counts.written
        self._tell_planner()
        return receipt

    @contextmanager
    def phase(self, title: str, total: int) -> Iterator[None]:
        """Everything recorded in the block belongs to one phase of `total` steps."""
        self.progress.phase(title, total)
        began, changes, rows = time.monotonic(), self._changes, self.written.total()
        yield
        seconds = time.monotonic() - began
        self.phases.append(Phase(title, self._changes - changes, self.written.total() - rows, seconds))

    def _tell_planner(self) -> None:
        """Fresh statistics for tables that have grown: the checks of the next change are planned by them."""
        rows = {naming.table(name): count for name, count in self.written.items()} | {"record": self.written.total()}
        grown = [table for table, count in rows.items() if count > FRESH_STATISTICS * self._analysed[table] + 500]
        if grown:
            with db.writing(self.engine) as writing:
                writing.execute(f"ANALYZE {', '.join(grown)}")
            self._analysed |= Counter({table: rows[table] for table in grown})

    def tidy(self) -> None:
        """Leave the tables as a database at rest has them: vacuumed, with statistics."""
        with self.engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
            connection.exec_driver_sql(f"VACUUM (ANALYZE) {', '.join(self.installation.tables.metadata.tables)}")

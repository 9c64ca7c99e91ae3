"""What an import is asked to do, and what it tells afterwards."""

from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal

from baseregistry.registries.ledger import Provenance

BATCH = 10_000  # rows read at a time, and the most that one change writes

SAY_THE_KIND = (
    "Say --kind real_world_change for what happened since, or --kind correction with --approved-by and --reason for"
    " what was wrong."
)

Progress = Callable[[str, int, int | None], None]  # what is being done, how much of it, of how much (None: not known)


@dataclass(frozen=True, slots=True, kw_only=True)
class ImportOrder:
    """One file for one entity, and on whose word.

    `crs`, `axis`, `encoding`, `valid_from`, `valid_to` and `end_inclusive` go before what the map says.  `within` is a
    unit's code: only records in it may be ended by `complete`, at `complete_at` (a day or instant; default: the day
    given as `valid_from`, else now).
    """

    entity: str
    file: Path
    provenance: Provenance
    map: Path | None = None
    layer: str | None = None
    encoding: str | None = None
    crs: str | None = None
    axis: Literal["xy", "yx"] | None = None
    valid_from: str | None = None
    valid_to: str | None = None
    end_inclusive: bool = False
    complete: bool = False
    complete_at: str | None = None
    within: str | None = None
    dry_run: bool = False
    strict: bool = False
    refused: Path | None = None

    @property
    def refused_file(self) -> Path:
        """Where the refused rows are written: beside the file unless said otherwise."""
        return self.refused or self.file.with_name(f"{self.file.name}.refused.csv")


@dataclass(frozen=True, slots=True)
class Refusal:
    """One row that was not imported.  `row` counts the file's rows from 1, `line` its lines (or features) from 1.

    Both are None for a record of the register that `--complete` could not end.
    """

    row: int | None
    line: int | None
    code: str
    attribute: str | None
    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Report:
    """How an import ended.  In a dry run the numbers say what would have been.

    `lacking` counts records that the register has and the file lacks, `ended` those of them that were ended.
    `findings` counts places where a rule is in doubt, by code; `examples` names some.
    """

    entity: str
    file: str
    rows: int
    new: int
    changed: int
    unchanged: int
    refused: int
    lacking: int
    ended: int
    positions: tuple[int, ...] = ()
    refusals: dict[str, int] = field(default_factory=dict)
    refused_examples: tuple[Refusal, ...] = ()
    refused_file: str | None = None
    findings: dict[str, int] = field(default_factory=dict)
    finding_examples: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()
    seconds: float = 0.0
    dry_run: bool = False

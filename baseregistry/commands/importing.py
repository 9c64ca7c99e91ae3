"""`baseregistry import`: a file into the register, and the report of what became of its rows."""

import getpass
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from datetime import datetime
from enum import Enum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from baseregistry.commands import edge
from baseregistry.commands.database import Json

if TYPE_CHECKING:
    from baseregistry.registries.imports import ImportOrder, Report
    from baseregistry.registries.ledger import Provenance


class Axis(Enum):
    """Which way coordinate pairs are written: surveyors put north (x) first."""

    XY = "xy"
    YX = "yx"


class ChangeKind(Enum):
    """The kinds of change that an import may be."""

    REGISTRATION = "registration"
    REAL_WORLD_CHANGE = "real_world_change"
    CORRECTION = "correction"
    REORGANISATION = "reorganisation"


@dataclass(frozen=True, slots=True, kw_only=True)
class Options:
    """What the command line of `import` says."""

    entity: Annotated[str, typer.Argument(help="What the rows are: `land.parcel`, `population.person` …")]
    file: Annotated[Path, typer.Argument(help="GeoJSON, GeoPackage, Shapefile, or CSV with geometry as WKT.")]
    map: Annotated[Path | None, typer.Option("--map", help="TOML that says what the columns mean.")] = None
    layer: Annotated[str | None, typer.Option("--layer", help="Layer of a file that has several.")] = None
    encoding: Annotated[str | None, typer.Option("--encoding", help="Encoding of a text file; else UTF-8.")] = None
    crs: Annotated[str | None, typer.Option("--crs", metavar="EPSG:…", help="CRS of the coordinates.")] = None
    axis: Annotated[Axis | None, typer.Option("--axis", help="Order of the coordinates; yx: X = north.")] = None
    kind: Annotated[ChangeKind, typer.Option("--kind", help="What sort of change; a registration alters nothing.")] = (
        ChangeKind.REGISTRATION
    )
    agency: Annotated[str | None, typer.Option("--agency", help="On whose word; else the entity's own authority.")] = (
        None
    )
    document: Annotated[
        str | None, typer.Option("--document", help="Number of the document; else the file's name.")
    ] = None
    document_date: Annotated[datetime | None, typer.Option("--document-date", formats=["%Y-%m-%d"])] = None
    legal_basis: Annotated[str | None, typer.Option("--legal-basis", help="The law or decision it rests on.")] = None
    reason: Annotated[str | None, typer.Option("--reason", help="Why, in words.")] = None
    case: Annotated[str | None, typer.Option("--case", help="Case id.")] = None
    recorded_by: Annotated[str | None, typer.Option("--recorded-by", help="Who records it; else your user name.")] = (
        None
    )
    approved_by: Annotated[
        str | None, typer.Option("--approved-by", help="Who approved it: a correction needs it.")
    ] = None
    feed: Annotated[bool, typer.Option("--feed", help="It is the source agency's own feed.")] = False
    valid_from: Annotated[
        str | None, typer.Option("--valid-from", metavar="COLUMN|DATE", help="Since when facts hold.")
    ] = None
    valid_to: Annotated[str | None, typer.Option("--valid-to", metavar="COLUMN", help="When facts ended.")] = None
    end_inclusive: Annotated[
        bool, typer.Option("--end-inclusive", help="An end is the last day, not the day after.")
    ] = False
    complete: Annotated[bool, typer.Option("--complete", help="End what the register has and the file lacks.")] = False
    complete_at: Annotated[
        str | None, typer.Option("--complete-at", metavar="DATE", help="When that ends; else now.")
    ] = None
    within: Annotated[str | None, typer.Option("--within", metavar="UNIT", help="End only what lies in this unit.")] = (
        None
    )
    strict: Annotated[bool, typer.Option("--strict", help="Refuse rows in which a rule finds something.")] = False
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Only say what would become of each row.")] = False
    refused: Annotated[Path | None, typer.Option("--refused", help="Where to write the refused rows (CSV).")] = None
    as_json: Json = False


@edge.options(Options)
def import_file(given: Options) -> None:
    """Import a file; each row stands or is refused.

    One bad row never stops the others.  Importing a file again writes nothing new; after a crash it finishes the job.
    Exit code 1 when rows were refused: the CSV beside the file has them, with the reasons.
    """
    report = _run(_order(given))
    if given.as_json:
        edge.print_json(asdict(report))
    else:
        print("\n".join(told(report)))
    if report.refused:
        raise typer.Exit(edge.REFUSED)


def _order(given: Options) -> "ImportOrder":
    from baseregistry.registries.imports import ImportOrder

    same = ("entity", "file", "map", "layer", "encoding", "crs", "valid_from", "valid_to", "end_inclusive", "complete")
    more = ("complete_at", "within", "dry_run", "strict", "refused")
    said: dict[str, Any] = {name: getattr(given, name) for name in (*same, *more)}
    return ImportOrder(provenance=_provenance(given), axis=given.axis.value if given.axis else None, **said)


def _provenance(given: Options) -> "Provenance":
    from baseregistry.registries.ledger import Document, Kind, Provenance

    return Provenance(
        kind=Kind[given.kind.name],
        agency=given.agency or _agency(given.entity),
        recorded_by=given.recorded_by or getpass.getuser(),
        document=Document(given.document, given.document_date.date() if given.document_date else None),
        legal_basis=given.legal_basis,
        reason=given.reason,
        case=given.case,
        approved_by=given.approved_by,
        feed=given.feed,
    )


def _agency(entity: str) -> str:
    """The authority whose word the entity is."""
    from baseregistry.registries.declarations import DECLARATIONS
    from baseregistry.registries.imports import agency_of
    from baseregistry.registries.imports.preparing import entity_named

    return agency_of(entity_named(DECLARATIONS, entity))


def _run(order: "ImportOrder") -> "Report":
    from baseregistry.db import reading
    from baseregistry.registries.imports import run_import
    from baseregistry.registries.installation import opened
    from baseregistry.roles import Role

    settings = edge.settings()
    with edge.database(settings, Role.WRITING) as engine, edge.progress() as bar:
        with reading(engine) as session:
            installation = opened(session, settings)
        task = bar.add_task("open", total=None)
        return run_import(
            engine,
            installation,
            order,
            lambda what, done, of: bar.update(task, description=what, completed=done, total=of),
        )


def told(report: "Report") -> Iterator[str]:
    """The report in lines: what became of the rows, why some were refused, what is in doubt."""
    would = "  (dry run: nothing was written)" if report.dry_run else ""
    yield f"{report.file} → {report.entity}{would}"
    for name in ("rows", "new", "changed", "unchanged", "refused", "lacking", "ended"):
        yield f"  {name:10}{getattr(report, name):>10,}"
    for code, count in report.refusals.items():
        yield f"  refused {code}: {count:,}"
    for refusal in report.refused_examples:
        place = f"line {refusal.line}" if refusal.line else "register"
        named = f" {refusal.attribute}" if refusal.attribute else ""
        yield f"    {place}: {refusal.code}{named}: {refusal.reason.removeprefix(f'{refusal.attribute}: ')}"
    if report.refused_file:
        yield f"  all refused rows: {report.refused_file}"
    for code, count in report.findings.items():
        yield f"  in doubt {code}: {count:,}"
    yield from (f"    {example}" for example in report.finding_examples)
    yield from (f"  {note}" for note in report.notes)
    written = f"positions {report.positions[0]}-{report.positions[-1]}" if report.positions else "nothing written"
    yield f"  {written}, {report.seconds:.1f} s"

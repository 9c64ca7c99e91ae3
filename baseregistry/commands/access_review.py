"""Commands for those who answer for the data: figures of a month, exports that nobody can change any more."""

import csv
import sys
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from baseregistry import errors
from baseregistry.commands import edge
from baseregistry.commands.access_log import month_of
from baseregistry.commands.database import Json

if TYPE_CHECKING:
    from baseregistry.access.log.figures import Figures

Month = Annotated[str | None, typer.Option("--month", metavar="YYYY-MM", help="Which month; without it, the last.")]
Csv = Annotated[bool, typer.Option("--csv", help="Print CSV, for a spreadsheet.")]
SHOWN = (0, 1, 2, 3, 6, 7, 8, 9, 10, 11, 13)  # columns that fit on a screen


def figures(month: Month = None, as_json: Json = False, as_csv: Csv = False) -> None:
    """Say who asked how much in a month: by agency, purpose and client, without names of persons.

    Working hours are 7:00 to 18:00, Monday to Friday, in the installation's time zone.
    """
    from baseregistry import db
    from baseregistry.access.log import figures as counted
    from baseregistry.access.log.unpacking import caught_up
    from baseregistry.registries.installation import opened
    from baseregistry.roles import Role

    if as_json and as_csv:
        raise errors.BadInput("Both --json and --csv are asked for.", code="access.two_formats", hint="Choose one.")
    settings, first = edge.settings(), month_of(month) if month else _last()
    with edge.database(settings, Role.AUDITING) as engine:
        caught_up(engine)
        with db.reading(engine) as reading:
            found = counted.figures(reading, first, opened(reading, settings).zone)
    if as_json:
        edge.print_json({"month": f"{first:%Y-%m}", "figures": [one.told() for one in found]})
    elif as_csv:
        csv.writer(sys.stdout, lineterminator="\n").writerows(counted.columns(found))
    else:
        _print(first, found)


def export(
    folder: Annotated[Path, typer.Argument(metavar="DIR", help="Where exports are kept; each is a folder of its own.")],
    begin: Annotated[str | None, typer.Option("--from", help="Since when; without it, since the last export.")] = None,
    end: Annotated[str | None, typer.Option("--to", help="Until when (exclusive); without it, until now.")] = None,
    as_json: Json = False,
) -> None:
    """Export the access log into files that are written once: for a disk on which nothing can be overwritten.

    Days and moments are those of the installation's time zone. Publish the SHA-256 of the manifest that is printed.
    """
    from baseregistry import db
    from baseregistry.access.log import exports
    from baseregistry.registries.days import instant
    from baseregistry.registries.installation import opened
    from baseregistry.roles import Role

    settings = edge.settings()
    with edge.database(settings, Role.AUDITING) as engine, db.reading(engine) as reading:
        zone = opened(reading, settings).zone
        period = [
            instant(said, zone, place=place) if said else None for said, place in ((begin, "--from"), (end, "--to"))
        ]
        made = exports.export(reading, folder, *period)
    if as_json:
        edge.print_json({"folder": str(made.folder), "manifest": made.digest, **made.said} if made else {})
    elif made is None:
        print("Nothing new was logged in that time: nothing is exported.")
    else:
        print(f"Exported the groups {made.said['first']} to {made.last} into {made.folder}.")
        print(f"head      {made.said['head']}\nmanifest  {made.digest}")


def _last() -> date:
    """The month before this one."""
    return (datetime.now(UTC).date().replace(day=1) - timedelta(days=1)).replace(day=1)


def _print(month: date, found: "list[Figures]") -> None:
    from baseregistry.access.log.figures import columns

    if not found:
        print(f"Nothing was asked in {month:%Y-%m}.")
        return
    rows = [[row[place].replace("_", " ") or "-" for place in SHOWN] for row in columns(found)]
    widths = [max(len(row[place]) for row in rows) for place in range(len(SHOWN))]
    for row in rows:
        print("  ".join(text.ljust(width) for text, width in zip(row, widths, strict=True)).rstrip())
    for one in found:
        for code, number in sorted(one.refusals.items()):
            print(
                f"refused  {one.agency or '-'}  {one.purpose or '-'}  {one.client or '-'}  {code or 'other'}  {number:,}"
            )

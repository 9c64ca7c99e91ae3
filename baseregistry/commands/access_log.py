"""Commands of the access log's past: which months it holds, and dropping one after its time."""

import re
from datetime import date
from typing import TYPE_CHECKING, Annotated, Any

import typer

from baseregistry import errors
from baseregistry.commands import edge
from baseregistry.commands.database import Json

if TYPE_CHECKING:
    from baseregistry.access.log.verification import Kept

# Decree 356/2025/NĐ-CP art. 16 (from a weak copy) has 36 months for personal data; no rule that was seen has less than 12.
USUAL_MONTHS, FEWEST_MONTHS = 36, 12

Register = Annotated[str, typer.Argument(metavar="REGISTER", help="A register, or `request` for the requests.")]
Month = Annotated[str, typer.Argument(metavar="MONTH", help="As YYYY-MM, in UTC.")]
Keep = Annotated[
    int,
    typer.Option("--keep-months", min=FEWEST_MONTHS, help="Whole months that have to have passed since its end."),
]
Yes = Annotated[bool, typer.Option("--yes", help="Do not ask: for scripts.")]


def partitions(as_json: Json = False) -> None:
    """List the months of the access log, by register, with their size."""
    from baseregistry import db
    from baseregistry.access.log.retention import months
    from baseregistry.roles import Role

    settings = edge.settings()
    with edge.database(settings, Role.AUDITING) as engine, db.reading(engine) as reading:
        found = [part._asdict() for part in months(reading)]
    if as_json:
        edge.print_json(found)
        return
    for part in found:
        print(f"{part['month']}  {part['register']:16} {part['bytes'] / 1_000_000:12,.1f} MB")


def drop(
    register: Register, month: Month, keep_months: Keep = USUAL_MONTHS, yes: Yes = False, as_json: Json = False
) -> None:
    """Drop a month of the access log after its time.

    The whole log is verified first; the chain then says how many rows there were and their digest.  The rows are gone.
    """
    from baseregistry import db
    from baseregistry.access.log import retention

    first, settings = month_of(month), edge.settings()
    with edge.database(settings) as engine:
        with db.reading(engine) as reading:
            retention.check(reading, register, first, keep_months)
        if not yes:
            typer.confirm(f"Drop what the access log says of {register} in {month} for good?", abort=True, err=True)
        with db.writing(engine) as writing:
            kept = retention.drop(writing, register, first, keep_months)
    if as_json:
        edge.print_json(_told(register, month, kept))
    else:
        print(f"Dropped {kept.rows:,} rows of {register} in {month}, of the groups {kept.first} to {kept.last}.")


def month_of(text: str) -> date:
    """The first day of a month that is written as YYYY-MM.  Raises errors.BadInput."""
    if not re.fullmatch(r"[0-9]{4}-(0[1-9]|1[0-2])", text):
        raise errors.BadInput(f"{text!r} is no month.", code="access.no_partition", hint="Write it as 2025-03.")
    return date.fromisoformat(f"{text}-01")


def _told(register: str, month: str, kept: "Kept") -> dict[str, Any]:
    said = {"rows": kept.rows, "first": kept.first, "last": kept.last, "digest": kept.digest.hexdigest()}
    return {"register": register, "month": month, **said}

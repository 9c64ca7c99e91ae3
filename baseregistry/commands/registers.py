"""Commands on the registers: fill them, look at them, prove them."""

import re
from contextlib import suppress
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from baseregistry import errors
from baseregistry.commands import edge
from baseregistry.commands.database import Json

if TYPE_CHECKING:
    from baseregistry.access.log.verification import Verdict
    from baseregistry.settings import Settings


def seed(
    people: Annotated[int, typer.Option("--people", min=1, help="How many; the real Quảng Nam has 1500000.")] = 20_000,
    number: Annotated[int | None, typer.Option("--number", help="Another number gives another province.")] = None,
) -> None:
    """Fill an empty ledger with the sample province.

    A sample whose load was interrupted is dropped, and begun anew.
    """
    from baseregistry.commands import sample
    from baseregistry.db import reading
    from baseregistry.registries.installation import opened
    from baseregistry.seed import province
    from baseregistry.seed.progress import shown

    settings = edge.settings()
    with edge.database(settings) as engine, sample.alone(settings):
        sample.begin_anew(engine, settings)
        with reading(engine) as session:
            installation = opened(session, settings)
        with shown() as progress, sample.marked(engine, settings):
            made = province.seed(engine, installation, people, progress, number=number or province.SEED)
        sample.let_in(engine, installation)
    print(made.report())
    print(
        f"{made.people:,} people, {sum(made.rows.values()):,} versions, {made.positions} changes, head {made.head.hex()}"
    )


def verify(
    as_json: Json = False,
    expect: Annotated[
        str | None, typer.Option("--expect", metavar="POSITION:HEAD", help="A head once published, kept elsewhere.")
    ] = None,
    access: Annotated[bool, typer.Option("--access", help="The access log instead of the ledger.")] = False,
    exported: Annotated[
        Path | None, typer.Option("--from", metavar="DIR", help="Exports of the access log instead; needs no database.")
    ] = None,
) -> None:
    """Recompute every digest and the chain of the ledger.

    Exit code 4 when a byte was changed behind the service's back; the position is named.
    """
    from baseregistry.db import reading
    from baseregistry.registries.installation import opened
    from baseregistry.registries.verification import verify
    from baseregistry.roles import Role

    expected = _head(expect)
    if exported is not None:
        _verify_exports(exported, expected, access=access, as_json=as_json)
        return
    settings = edge.settings()
    if access:
        _verify_access(settings, expected, as_json=as_json)
        return
    with edge.database(settings, Role.AUDITING) as engine, reading(engine) as session, edge.progress() as bar:
        task = bar.add_task("verify", total=None)
        verdict = verify(
            session,
            opened(session, settings),
            expected,
            lambda what, done, of: bar.update(task, description=what, completed=done, total=of),
        )
    if as_json:
        edge.print_json({"sound": verdict.sound, **asdict(verdict)})
    else:
        for problem in verdict.problems:
            print(f"position {problem.position}: {problem.message}")
        print(f"{verdict.position} changes, {verdict.versions} versions, head {verdict.head}")
    if not verdict.sound:
        raise errors.Tampered(
            f"What is stored is not what was recorded, first at position {verdict.problems[0].position}.",
            hint="Compare with a backup; nothing is repaired by itself.",
        )


def _verify_access(settings: "Settings", expected: tuple[int, str] | None, *, as_json: bool) -> None:
    from baseregistry.access.log.unpacking import caught_up
    from baseregistry.access.log.verification import verify
    from baseregistry.db import reading
    from baseregistry.roles import Role

    with edge.database(settings, Role.AUDITING) as engine:
        with suppress(errors.Unavailable):  # then the lines alone are held against the chain, and it says so
            caught_up(engine)
        with reading(engine) as session, edge.progress() as bar:
            task = bar.add_task("verify --access", total=None)
            verdict = verify(
                session,
                expected,
                lambda what, done, of: bar.update(task, description=what, completed=done, total=of),
            )
    _tell_access(verdict, as_json=as_json)


def _verify_exports(folder: Path, expected: tuple[int, str] | None, *, access: bool, as_json: bool) -> None:
    from baseregistry.access.log.exported import verify

    if not access:
        raise typer.BadParameter("exports are of the access log: give --access, too", param_hint="--from")
    _tell_access(verify(folder, expected), as_json=as_json)


def _tell_access(verdict: "Verdict", *, as_json: bool) -> None:
    if as_json:
        edge.print_json({"sound": verdict.sound, **asdict(verdict)})
    else:
        for problem in verdict.problems:
            print(f"group {problem.position}: {problem.message}")
        packed = f"{verdict.packed} still packed, " if verdict.packed else ""
        print(f"{verdict.position} groups, {packed}{verdict.rows} rows, {verdict.dropped} dropped, head {verdict.head}")
    if not verdict.sound:
        raise errors.Tampered(
            f"The access log is not what was written, first in group {verdict.problems[0].position}.",
            code="access.log_tampered",
            hint="Compare with a backup; nothing is repaired by itself.",
        )


def _head(text: str | None) -> tuple[int, str] | None:
    if text is None:
        return None
    read = re.fullmatch(r"([0-9]+):([0-9a-fA-F]{64})", text)
    if read is None:
        raise typer.BadParameter("give POSITION:HEAD, with 64 hexadecimal digits", param_hint="--expect")
    return int(read[1]), read[2].lower()

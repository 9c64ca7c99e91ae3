"""Commands on what is generated from the declarations, and on what their rules find in the registers."""

import json
from collections.abc import Iterator
from dataclasses import asdict
from pathlib import Path
from typing import Annotated

import typer

from baseregistry import errors
from baseregistry.commands import edge
from baseregistry.commands.database import Json

DICTIONARY = Path(__file__).parents[2] / "docs" / "dictionary"


def show(
    name: Annotated[str | None, typer.Argument(help="A register, an entity, a code list, or `findings`.")] = None,
    entity: Annotated[
        str | None, typer.Argument(help="Of `findings`: those of one entity.", show_default=False)
    ] = None,
    rule: Annotated[str | None, typer.Option("--rule", help="Of `findings`: those of one rule.")] = None,
    within: Annotated[str | None, typer.Option("--within", help="Of `findings`: those in a unit (code or id).")] = None,
    as_json: Json = False,
) -> None:
    """Show what is declared, generated, or found wrong.

    Without a name, all names.  `show land.parcel` prints the dictionary's entry, the table and the GraphQL type;
    `show findings land.parcel` lists what the rules find among the records believed now, with the place.
    """
    if name == "findings":
        _findings(entity, rule, within, as_json=as_json)
    elif entity is not None or rule is not None or within is not None or as_json:
        raise typer.BadParameter("a second name, --rule, --within and --json belong to `show findings`")
    elif name is None:
        _names()
    else:
        _entry(name)


def generate(
    check: Annotated[
        bool, typer.Option("--check", help="Write nothing; say what is out of date (exit code 1).")
    ] = False,
) -> None:
    """Write the committed files that come from declarations.

    They are schema.graphql and docs/dictionary.
    """
    from baseregistry.graphql.schema import COMMITTED
    from baseregistry.registries import dictionary
    from baseregistry.registries.declarations import DECLARATIONS, RULES

    if not check:
        dictionary.publish(DECLARATIONS, RULES, DICTIONARY)
        COMMITTED.write_text(_sdl(), encoding="utf-8")
    elif stale := list(_stale()):
        raise errors.Refused(
            f"Out of date: {', '.join(stale)}.",
            code="generated.stale",
            hint="Run `baseregistry generate`, and commit what it writes.",
        )


def _names() -> None:
    from baseregistry.registries import show
    from baseregistry.registries.declarations import DECLARATIONS

    for listed, vietnamese, english in show.names(DECLARATIONS):
        print(f"{listed:34} {vietnamese} · {english}")


def _entry(name: str) -> None:
    from graphql import print_type

    from baseregistry import naming
    from baseregistry.graphql.schema import build
    from baseregistry.registries import show
    from baseregistry.registries.declarations import DECLARATIONS
    from baseregistry.registries.installation import declared

    settings = edge.settings()
    print(show.entry(declared(settings), name))
    if name in DECLARATIONS.entities:
        print(f"\n```sql\n{show.table(DECLARATIONS, name, settings.srid)}```\n")
        print(f"```graphql\n{print_type(build(DECLARATIONS).type_map[naming.type_name(name)])}\n```")


def _findings(entity: str | None, rule: str | None, within: str | None, *, as_json: bool) -> None:
    from baseregistry.db import reading
    from baseregistry.registries.installation import opened
    from baseregistry.registries.show import Chosen, findings
    from baseregistry.roles import Role

    settings, found = edge.settings(), 0
    with edge.database(settings, Role.AUDITING) as engine, reading(engine) as session:
        for finding in findings(session, opened(session, settings), Chosen(entity, rule, within)):
            found += 1
            if as_json:
                print(json.dumps(asdict(finding), ensure_ascii=False, default=str))
            else:
                where = " ".join(part for part in (finding.valid, finding.place) if part)
                print(f"{finding.code} {finding.entity} {finding.record_id}: {finding.message} {where}".rstrip())
    if not as_json:
        print(f"{found} findings.")


def _stale() -> Iterator[str]:
    from baseregistry.graphql.schema import COMMITTED
    from baseregistry.registries import dictionary
    from baseregistry.registries.declarations import DECLARATIONS, RULES

    if not COMMITTED.exists() or COMMITTED.read_text(encoding="utf-8") != _sdl():
        yield COMMITTED.name
    for page in dictionary.stale(DECLARATIONS, RULES, DICTIONARY):
        yield f"docs/dictionary/{page}"


def _sdl() -> str:
    from baseregistry.graphql.schema import build, sdl
    from baseregistry.registries.declarations import DECLARATIONS

    return sdl(build(DECLARATIONS))

"""Commands of access: loading the register of who may ask what."""

from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from baseregistry import errors
from baseregistry.commands import edge
from baseregistry.commands.database import Json

if TYPE_CHECKING:
    from baseregistry.access.loading import Loaded, People
    from baseregistry.settings import Settings

Token = Annotated[Path | None, typer.Option("--token-file", help="File with the token of who records it.")]
Approval = Annotated[Path | None, typer.Option("--approved-token-file", help="File with the token of who approves it.")]


def load(
    folder: Annotated[Path, typer.Argument(metavar="DIR", help="Folder of TOML files.")],
    token_file: Token = None,
    approved_token_file: Approval = None,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Only say what would change.")] = False,
    as_json: Json = False,
) -> None:
    """Make the access register say what the files say.

    All of it or nothing, as one change of the ledger.  The first set may be loaded by who runs this; every later one
    needs the tokens of two people.
    """
    from baseregistry import db
    from baseregistry.access import loading
    from baseregistry.registries.installation import opened
    from baseregistry.roles import Role

    settings = edge.settings()
    with edge.database(settings, Role.WRITING) as engine:
        standing = people(settings, token_file, approved_token_file)
        with db.reading(engine) as reading:
            installation = opened(reading, settings)
        loaded = loading.load(engine, installation, loading.Load(folder, standing, dry_run))
    if as_json:
        counts = {table: dict(found) for table, found in loaded.difference.counts.items()}
        edge.print_json({"position": loaded.position, "bootstrap": loaded.bootstrap, "dry_run": dry_run, **counts})
    else:
        print("\n".join(_told(loaded)))


def people(settings: "Settings", token: Path | None, approval: Path | None) -> "People | None":
    """The two whose tokens are given, None without any.  Raises as `loading.authenticated`."""
    from baseregistry.access import loading

    if token is None and approval is None:
        return None
    if token is None or approval is None:
        raise errors.NotGranted(
            "Only one of the two people has shown a token.", code="access.four_eyes", hint=loading.FOUR_EYES
        )
    return loading.authenticated(settings, token, approval)


def _told(loaded: "Loaded") -> Iterator[str]:
    from baseregistry.access import differences

    yield from loaded.difference.lines
    yield from differences.told(loaded.difference)
    if loaded.dry_run:
        yield "Dry run: nothing was written."
    elif loaded.position is None:
        yield "The register says all of it already: nothing was written."
    else:
        yield f"Loaded at position {loaded.position}" + (", as the first set." if loaded.bootstrap else ".")

"""The edge between the register and a terminal: settings in, words and exit codes out.

A command raises the register's errors; here, once, they become lines on stderr and a code that a script can rely on.
"""

import errno
import inspect
import json
import os
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar, get_type_hints

from baseregistry import errors

if TYPE_CHECKING:
    import sqlalchemy as sa
    from rich.progress import Progress

    from baseregistry.roles import Role
    from baseregistry.settings import Settings

DONE, REFUSED, USAGE, UNAVAILABLE, TAMPERED, BUSY, INTERRUPTED = 0, 1, 2, 3, 4, 5, 130

EXIT_CODES = {
    DONE: "done",
    REFUSED: "refused: bad input, a rule of the register, refused rows, stale files",
    USAGE: "the command line cannot be understood",
    UNAVAILABLE: "unavailable: nothing installed, database down, disk full, port taken",
    TAMPERED: "tampered: what is stored is not what was recorded",
    BUSY: "busy: another change holds the ledger; repeat later",
    INTERRUPTED: "interrupted (Ctrl-C)",
}
_EXIT: dict[type[errors.RegisterError], int] = {
    errors.RegisterError: REFUSED,
    errors.Unavailable: UNAVAILABLE,
    errors.Tampered: TAMPERED,
    errors.Forked: TAMPERED,
    errors.Busy: BUSY,
}
SECRETS = Path("/run/secrets")
Given = TypeVar("Given")


def exit_code(error: errors.RegisterError) -> int:
    """The exit code of an error: its class's, else that of the class it stands under."""
    return next(_EXIT[kind] for kind in type(error).__mro__ if kind in _EXIT)


def report(error: errors.RegisterError) -> int:
    """Say on stderr what went wrong, what to do and where; returns the exit code."""
    lines = [f"error[{error.code}]: {error.message}"]
    if error.hint:
        lines.append(f"hint: {error.hint}")
    lines += [f"where: {name} = {value}" for name, value in error.where.items()]
    print(*lines, sep="\n", file=sys.stderr)
    return exit_code(error)


def worded(failure: Exception) -> errors.RegisterError | None:
    """The register's error for a failure of the machine or the database; None for a fault of the program."""
    if isinstance(failure, errors.RegisterError):
        return failure
    if isinstance(failure, OSError) and failure.errno in (errno.ENOSPC, errno.EDQUOT):
        return errors.Unavailable("The disk is full.", code="register.out_of_space", hint="Free space, then repeat.")
    if "psycopg" not in sys.modules:
        return None
    from baseregistry import db

    return db.worded(failure)


def settings() -> "Settings":
    """The installation's settings, from the environment and from secrets given as files (``/run/secrets``).

    Raises BadInput ``settings.bad``, which names the variable.
    """
    from pydantic import ValidationError

    from baseregistry.settings import Settings

    try:
        return Settings(_secrets_dir=SECRETS if SECRETS.is_dir() else None)
    except ValidationError as failure:
        first = failure.errors()[0]
        name = str(first["loc"][0]).upper()
        name = name if name.startswith("BASEREGISTRY_") or name == "PORT" else f"BASEREGISTRY_{name}"
        name = ".".join([name, *map(str, first["loc"][1:])])
        raise errors.BadInput(
            f"{name}: {first['msg'].removeprefix('Value error, ')}.",
            code="settings.bad",
            hint="Set it right or leave it out; .env.example lists all.",
        ) from None


@contextmanager
def database(given: "Settings", role: "Role | None" = None) -> "Iterator[sa.Engine]":
    """An engine on the installation's database, which runs while the block lasts; without a role as its owner."""
    from baseregistry import cluster, db

    with cluster.connected(given) as urls:
        engine = db.engine(urls.of(role), given.schema_name)
        try:
            yield engine
        finally:
            engine.dispose()


def options(kind: type[Given]) -> Callable[[Callable[[Given], None]], Callable[..., None]]:
    """Make a command whose arguments are the fields of a dataclass: for commands with many."""

    def made(command: Callable[[Given], None]) -> Callable[..., None]:
        def run(**given: Any) -> None:
            command(kind(**given))

        run.__doc__ = command.__doc__
        run.__annotations__ = get_type_hints(kind, include_extras=True)
        vars(run)["__signature__"] = inspect.signature(kind)
        return run

    return made


def print_json(value: Any) -> None:
    """One JSON document on stdout."""
    print(json.dumps(value, ensure_ascii=False, indent=2, default=str))


def progress() -> "Progress":
    """A progress bar on stderr; it draws nothing where nobody watches."""
    from rich.console import Console
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn())
    return Progress(*columns, console=Console(stderr=True), disable=not sys.stderr.isatty(), transient=True)


def silence_broken_pipe() -> None:
    """The reader of our output went away (``| head``): write no more, and do not complain at exit."""
    os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())

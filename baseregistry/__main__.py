"""The commands: `baseregistry …` and `python -m baseregistry …` are the same.

Each command imports what it needs when it runs, so that `--help` answers at once.
"""

import signal
import sys

import typer

from baseregistry.commands import access as access_commands
from baseregistry.commands import (
    access_explain,
    access_log,
    access_review,
    database,
    edge,
    generated,
    importing,
    manifests,
    registers,
    service,
)

EPILOG = "Exit codes:\n\n\b\n" + "\n".join(f"{code:5}  {meaning}" for code, meaning in edge.EXIT_CODES.items())

app = typer.Typer(
    name="baseregistry",
    help="The shared base registers of a province: versioned records with provenance.",
    epilog=EPILOG,
    no_args_is_help=True,
    add_completion=False,
    rich_markup_mode=None,
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"]},
)
db = typer.Typer(help="Start, stop and look at the embedded database.", no_args_is_help=True, rich_markup_mode=None)
access = typer.Typer(help="Keep the register of who may ask what.", no_args_is_help=True, rich_markup_mode=None)

app.command()(service.demo)
app.command()(service.serve)
app.command()(database.migrate)
app.command()(registers.seed)
app.command("import")(importing.import_file)
app.command()(registers.verify)
app.command()(generated.show)
app.command()(generated.generate)
app.command(context_settings={"allow_extra_args": True, "ignore_unknown_options": True})(database.psql)
app.command()(service.token)
app.add_typer(db, name="db")
db.command()(database.start)
db.command()(database.stop)
db.command()(database.status)
app.add_typer(access, name="access")
access.command("load")(access_commands.load)
access.command("explain")(access_explain.explain)
access.command("manifest")(manifests.manifest)
access.command()(manifests.manifests)
access.command("withdraw")(manifests.withdraw)
access.command()(access_log.partitions)
access.command()(access_log.drop)
access.command()(access_review.figures)
access.command()(access_review.export)


def main() -> None:
    """Run one command, and end with its exit code; only a fault of the program ends in a traceback."""
    for ending in (signal.SIGTERM, signal.SIGHUP):
        signal.signal(ending, lambda number, _: sys.exit(128 + number))  # so that what runs is put away first
    try:
        app()
    except BrokenPipeError:
        edge.silence_broken_pipe()
    except Exception as failure:
        error = edge.worded(failure)
        if error is None:
            raise
        sys.exit(edge.report(error))


if __name__ == "__main__":
    main()

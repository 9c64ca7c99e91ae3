"""``python -m bench <what>``: each prints a table of one run on one machine."""

from typing import Annotated

import typer

app = typer.Typer(
    no_args_is_help=True, add_completion=False, help="Side-by-side measurements; ratios count, not absolutes."
)


@app.command()
def answers(people: int = 200_000, rounds: int = 3, seconds: int = 4, connections: int = 8) -> None:
    """Answers over HTTP against ordinary Strawberry resolvers and an empty handler."""
    from bench.answers import measure

    measure(people, rounds, seconds, connections)


@app.command()
def peers(
    people: int = 200_000,
    rounds: int = 3,
    seconds: int = 4,
    connections: Annotated[list[int], typer.Option()] = [8, 32],  # noqa: B006
) -> None:
    """Answers over HTTP against PostGraphile 5 over the same tables, with CPU per request."""
    from bench.peers import measure

    measure(people, rounds, seconds, connections)


@app.command()
def load(rows: int = 100_000) -> None:
    """The first load and a re-import of unchanged rows against COPY into the same table."""
    from bench.load import measure

    measure(rows)


@app.command()
def overlaps(parcels: int = 10_000) -> None:
    """Overlaps within communes and across their border, against all pairs in PostGIS."""
    from bench.overlaps import measure

    measure(parcels)


@app.command()
def scale(small: int = 200_000, large: int = 1_500_000, rounds: int = 3, seconds: int = 3) -> None:
    """All questions on a large province against a small one, and how long the reorganisation held the ledger."""
    from bench.scale import measure

    measure(small, large, rounds, seconds)


@app.command()
def memory(people: int = 200_000, requests: int = 200_000, warm_up: int = 80_000) -> None:
    """Memory of a worker over many mixed requests, once its caches are full."""
    from bench.memory import measure

    measure(people, requests, warm_up)


@app.command()
def batch(people: int = 200_000, keys: int = 1_000, rounds: int = 50, documents: int = 1_000) -> None:
    """Many people in one lookup against plain SQL, and documents seen for the first time."""
    from bench.batch import measure

    measure(people, keys, rounds, documents)


@app.command()
def hostile(people: int = 200_000, rounds: int = 100) -> None:
    """Hostile input: how soon it is refused, with which status and code."""
    from bench.hostile import measure

    measure(people, rounds)


@app.command()
def migration(people: int = 2_000, pause: float = 1.0) -> None:
    """Tables change while clients ask: who is answered, who is told to ask again."""
    from bench.migration import measure

    measure(people, pause)


@app.command()
def access(  # noqa: PLR0913 - each is an option
    people: int = 200_000,
    rounds: int = 3,
    seconds: int = 4,
    connections: Annotated[list[int], typer.Option()] = [8, 32],  # noqa: B006
    lookups: int = 10_000,
    log_rows: int = 100_000_000,
) -> None:
    """Grants and log on against off and PostGraphile; hidden against absent; the subject's view of a long log."""
    from bench.access import Bench, measure

    measure(people, Bench(rounds, seconds, connections), lookups, log_rows)


if __name__ == "__main__":
    app()

"""``python -m bench answers|load|scale``: each prints a table of ratios measured in one run."""

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
def load(rows: int = 100_000) -> None:
    """The first load and a re-import of unchanged rows against COPY into the same table."""
    from bench.load import measure

    measure(rows)


@app.command()
def scale(small: int = 200_000, large: int = 1_500_000) -> None:
    """Point questions on a large province against a small one, and what the reorganisation took."""
    from bench.scale import measure

    measure(small, large)


if __name__ == "__main__":
    app()

"""A large province against a small one: the same point questions, and how long the reorganisation held the ledger."""

import statistics
from collections.abc import Sequence
from contextlib import ExitStack

from rich.console import Console
from rich.table import Table

from bench import load_generator
from bench.answers import Case, cases, ours
from bench.load_generator import Measured, Target
from bench.province import Province, prepared

ROUNDS, SECONDS, CONNECTIONS = 3, 3, 8


def measure(small: int, large: int) -> None:
    """Ask both provinces the same questions in turn; print latencies and their ratio."""
    provinces = [prepared(small), prepared(large)]
    with ExitStack() as stack:
        targets = [ours(province, stack) for province in provinces]
        asked = [cases(province) for province in provinces]
        table = Table(title=f"{large:,} people against {small:,}, {CONNECTIONS} connections: medians")
        for column in ("question", f"requests/s at {small:,}", f"at {large:,}", "time, large / small"):
            table.add_column(column, justify="left" if column == "question" else "right")
        for of_small, of_large in zip(*asked, strict=True):
            rates = _rates(targets, [of_small, of_large])
            table.add_row(of_small.name, *(f"{rate:,.0f}" for rate in rates), f"{rates[0] / rates[1]:.2f} x")
    console = Console()
    console.print(table)
    for province in provinces:
        console.print(f"{province.people:,} people: {_sizes(province)}")


def _rates(targets: Sequence[Target], cases: Sequence[Case]) -> list[float]:
    runs: list[list[Measured]] = [[], []]
    for _ in range(ROUNDS):
        for place, (target, case) in enumerate(zip(targets, cases, strict=True)):
            runs[place].append(load_generator.run(target, case.bodies("ours"), SECONDS, CONNECTIONS))
    if sum(run.failed for each in runs for run in each):
        raise SystemExit(f"{cases[0].name}: some requests failed")
    return [statistics.median(run.rate for run in each) for each in runs]


def _sizes(province: Province) -> str:
    with province.connect() as connection:
        versions, size = connection.execute(
            "SELECT sum(n_live_tup), pg_size_pretty(pg_database_size(current_database())) FROM pg_stat_user_tables"
            " WHERE relname NOT IN ('record', 'code', 'ledger_change')"
        ).fetchone()  # type: ignore[misc]
        moved = connection.execute("SELECT position FROM ledger_change WHERE kind = 'REORGANISATION'").fetchall()
    return f"about {versions:,} versions, {size}; reorganisation at position {', '.join(str(row[0]) for row in moved)}"

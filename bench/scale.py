"""A large province against a small one: the same questions, their plans' scans, and how long the reorganisation held the ledger."""

import statistics
from collections.abc import Sequence
from contextlib import ExitStack
from dataclasses import dataclass

from bench import servers, tables
from bench.peers import Bench, Run
from bench.province import Province, prepared
from bench.questions import Case, cases, searches
from bench.servers import Target

CONNECTIONS = 8
WARM_UP = 1  # seconds, for each question and province
REORGANISED = "SELECT position FROM ledger_change WHERE kind = 'REORGANISATION' ORDER BY position"
SIZES = """SELECT sum(n_live_tup), pg_size_pretty(pg_database_size(current_database())) FROM pg_stat_user_tables
 WHERE relname NOT IN ('record', 'code', 'ledger_change')"""


@dataclass(frozen=True)
class Side:
    """One of the two provinces, and its server."""

    province: Province
    target: Target
    bench: Bench

    def ask(self, case: Case, seconds: int) -> Run:
        return self.bench.run(case, self.target, CONNECTIONS, seconds)


def measure(small: int, large: int, rounds: int, seconds: int) -> None:
    """Ask both provinces the same questions in turn; print latencies and their ratio, and what the reorganisation took."""
    provinces = [prepared(small), prepared(large)]
    with ExitStack() as stack:
        sides = [_side(province, stack, rounds, seconds) for province in provinces]
        asked = zip(*(cases(province) + searches(province) for province in provinces), strict=True)
        rows = [_row(each, sides, rounds, seconds) for each in asked]
    least, most = f"{small:,}", f"{large:,}"
    columns = [f"{what} at {people}" for what in ("requests/s", "p99 ms", "scans") for people in (least, most)]
    title = f"{most} people against {least}, {CONNECTIONS} connections: medians of {rounds} rounds of {seconds} s"
    tables.show(title, ["question", *columns, "time, large / small"], rows)
    tables.show(
        "What was written, and how long the reorganisation held the ledger, from the lock to the commit",
        ["people", "versions", "database", "reorganisation at position", "held, s"],
        [_written(province) for province in provinces],
        words=0,
    )


def _side(province: Province, stack: ExitStack, rounds: int, seconds: int) -> Side:
    bench = Bench(stack.enter_context(province.connect()), rounds, seconds)
    return Side(province, servers.ours(province, stack), bench)


def _row(asked: Sequence[Case], sides: Sequence[Side], rounds: int, seconds: int) -> list[str]:
    runs: list[list[Run]] = [[] for _ in sides]
    for side, case in zip(sides, asked, strict=True):
        side.ask(case, min(WARM_UP, seconds))
    for _ in range(rounds):
        for place, (side, case) in enumerate(zip(sides, asked, strict=True)):
            runs[place].append(side.ask(case, seconds))
    if sum(run.measured.failed for each in runs for run in each):
        raise SystemExit(f"{asked[0].name}: some requests failed")
    rates, p99s = (
        [statistics.median(getattr(run.measured, what) for run in each) for each in runs] for what in ("rate", "p99")
    )
    return [
        asked[0].name,
        *(f"{rate:,.0f}" for rate in rates),
        *(f"{p99:.2f}" for p99 in p99s),
        *(str(sum(run.scans for run in each)) for each in runs),
        f"{rates[0] / rates[1]:.2f} x",
    ]


def _written(province: Province) -> list[str]:
    with province.connect() as connection:
        versions, size = connection.execute(SIZES).fetchone()  # type: ignore[misc]
        moved = connection.execute(REORGANISED).fetchall()
    held = province.reorganisation_held
    told = f"{held:,.1f}" if held is not None else "seeded without a report"
    return [f"{province.people:,}", f"{versions:,}", str(size), ", ".join(str(row[0]) for row in moved), told]

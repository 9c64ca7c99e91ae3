"""Ours against PostGraphile 5 over the same tables: throughput, latency, and CPU of server and database per request."""

import statistics
import time
from collections.abc import Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from typing import Any

import psycopg

from bench import load_generator, postgraphile_server, processes, servers, tables
from bench.answers import same_answers
from bench.load_generator import Measured
from bench.province import Province, prepared
from bench.questions import Case, cases
from bench.servers import Target

COLUMNS = (
    *("question", "connections", "target", "requests/s", "p50 ms", "p99 ms", "server µs", "database µs"),
    *("scans", "failed", "ours is", "p99 of theirs"),
)
WARM_UP = 2  # seconds, for each question and target
SCANS = """SELECT coalesce(sum(seq_scan), 0) FROM pg_stat_user_tables t WHERE schemaname = 'baseregistry' AND EXISTS
 (SELECT FROM pg_attribute WHERE attrelid = relid AND attname = 'recorded_to')"""
REPORTING = 1.5  # seconds after which PostgreSQL has booked what its backends scanned under load


@dataclass(frozen=True)
class Run:
    """One run, with CPU per request in microseconds and how often it read a versions table from end to end."""

    measured: Measured
    server: float
    database: float
    scans: int


@dataclass(frozen=True)
class Bench:
    """What runs have in common."""

    connection: psycopg.Connection[Any]
    rounds: int
    seconds: int

    def run(self, case: Case, target: Target, connections: int, seconds: int) -> Run:
        bodies, before = case.bodies(target.name), self.scans()
        with processes.metered(target.pid, self.connection) as spent:
            measured = load_generator.run(target, bodies, seconds, connections)
        time.sleep(REPORTING)
        each = 1e6 / max(1, measured.requests)
        return Run(measured, spent.server * each, spent.database * each, self.scans() - before)

    def scans(self) -> int:
        row = self.connection.execute(SCANS).fetchone()
        self.connection.rollback()
        assert row is not None
        return int(row[0])


def measure(people: int, rounds: int, seconds: int, connections: Sequence[int]) -> None:
    """Run all questions at each number of connections against both, interleaved, and print medians and ratios."""
    province = prepared(people)
    asked = cases(province)
    with ExitStack() as stack:
        targets = _targets(province, stack)
        bench = Bench(stack.enter_context(province.connect()), rounds, seconds)
        for case in asked:
            same_answers(case, targets)
            for target in targets:
                bench.run(case, target, connections[0], min(WARM_UP, seconds))
        rows = [row for count in connections for case in asked for row in _rows(bench, case, targets, count)]
    title = (
        f"Ours against PostGraphile, {people:,} people, one process and {servers.CONNECTIONS} database connections each: "
        f"medians of {rounds} rounds of {seconds} s"
    )
    tables.show(title, COLUMNS, rows, words=3)


def _targets(province: Province, stack: ExitStack) -> list[Target]:
    theirs = postgraphile_server.serving(province, stack)
    return [servers.ours(province, stack), theirs]


def _rows(bench: Bench, case: Case, targets: Sequence[Target], connections: int) -> list[list[str]]:
    runs: dict[str, list[Run]] = {target.name: [] for target in targets}
    for _ in range(bench.rounds):
        for target in targets:
            runs[target.name].append(bench.run(case, target, connections, bench.seconds))
    rate, p99 = ({name: _median(each, what) for name, each in runs.items()} for what in ("rate", "p99"))
    ratios = [f"{rate['ours'] / rate['postgraphile']:.2f} x", f"{p99['ours'] / p99['postgraphile']:.2f} x"]
    return [
        [case.name, str(connections), name, *_numbers(each), *(ratios if name == "ours" else ["", ""])]
        for name, each in runs.items()
    ]


def _numbers(runs: Sequence[Run]) -> list[str]:
    server, database = (statistics.median(getattr(run, what) for run in runs) for what in ("server", "database"))
    return [
        f"{_median(runs, 'rate'):,.0f}",
        f"{_median(runs, 'p50'):.2f}",
        f"{_median(runs, 'p99'):.2f}",
        f"{server:,.0f}",
        f"{database:,.0f}",
        str(sum(run.scans for run in runs)),
        str(sum(run.measured.failed for run in runs)),
    ]


def _median(runs: Sequence[Run], what: str) -> float:
    return float(statistics.median(getattr(run.measured, what) for run in runs))

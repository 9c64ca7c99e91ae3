"""Answers over HTTP: ours, ordinary Strawberry resolvers with data loaders, and an empty handler, in turn."""

import statistics
from collections.abc import Mapping, Sequence
from contextlib import ExitStack

from bench import load_generator, servers, tables
from bench.client import Client
from bench.load_generator import Measured
from bench.province import Province, prepared
from bench.questions import Case, cases, refuse_different
from bench.servers import Target

COLUMNS = ("question", "target", "requests/s", "p50 ms", "p99 ms", "failed", "ours is")
Results = Mapping[tuple[str, str], list[Measured]]


def measure(people: int, rounds: int, seconds: int, connections: int) -> None:
    """Run all cases against all targets, interleaved, and print medians and ratios."""
    province = prepared(people)
    asked = cases(province)
    with ExitStack() as stack:
        targets = _targets(province, stack)
        for case in asked:
            same_answers(case, targets[:2])
        results: Results = {(case.name, target.name): [] for case in asked for target in targets}
        for _ in range(rounds):
            for case in asked:
                for target in targets:
                    run = load_generator.run(target, case.bodies(target.name), seconds, connections)
                    results[case.name, target.name].append(run)
    title = f"Answers over HTTP, {people:,} people, {connections} connections: medians, and ours as a ratio"
    tables.show(title, COLUMNS, [_row(case, target, results) for case in asked for target in targets], words=2)


def _targets(province: Province, stack: ExitStack) -> list[Target]:
    return [
        servers.ours(province, stack),
        servers.uvicorn("strawberry", ["bench.strawberry_app:app", "--factory"], province, stack),
        servers.uvicorn("empty", ["bench.floor_app:app"], province, stack),
    ]


def same_answers(case: Case, targets: Sequence[Target]) -> None:
    """Refuse to measure targets that answer differently."""
    for key in case.keys[:20]:
        answered = {target.name: Client(target).ask(case.queries[target.name], {"key": key}).said for target in targets}
        refuse_different(case, answered, key)


def _row(case: Case, target: Target, results: Results) -> list[str]:
    mine, runs = (results[case.name, name] for name in ("ours", target.name))
    rate = statistics.median(run.rate for run in runs)
    times = [f"{statistics.median(getattr(run, name) for run in runs):.2f}" for name in ("p50", "p99")]
    ratio = statistics.median(run.rate for run in mine) / rate
    return [case.name, target.name, f"{rate:,.0f}", *times, str(sum(run.failed for run in runs)), f"{ratio:.2f} x"]

"""Answers over HTTP: ours, ordinary Strawberry resolvers with data loaders, and an empty handler, in turn."""

import statistics
from collections.abc import Mapping, Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from typing import Any

from rich.console import Console
from rich.table import Table

from bench import load_generator
from bench.load_generator import Measured, Target
from bench.province import Province, prepared

POINT = """query Person($key: String!) { person(personalId: $key) { id fullName otherName birthDate sex { code } status { code }
 version { validFrom change { position recordedAt kind agency documentNumber recordedBy } } } }"""
LIST = "id mapSheet parcelNumber documentedArea surveyedArea nationalParcelId address status { code }"
OURS_LIST = (
    f"query Parcels($key: ID!) {{ parcels(where: {{commune: {{eq: $key}}}}, first: 100) {{ nodes {{ {LIST} }} }} }}"
)
PLAIN_LIST = f"query Parcels($key: ID!) {{ parcels(commune: $key, first: 100) {{ nodes {{ {LIST} }} }} }}"

NUMBERS = """SELECT number FROM population_identifier TABLESAMPLE SYSTEM (20) WHERE scheme = 'PERSONAL_ID'
 AND recorded_to IS NULL AND valid @> now() LIMIT 20000"""
COMMUNES = """SELECT commune::text FROM land_parcel WHERE recorded_to IS NULL AND valid @> now()
 GROUP BY commune ORDER BY count(*) DESC LIMIT 30"""


@dataclass(frozen=True)
class Case:
    """One question, as each target spells it, and the keys to ask it with."""

    name: str
    queries: Mapping[str, str]
    keys: Sequence[str]

    def bodies(self, target: str) -> list[bytes]:
        return load_generator.bodies(self.queries[target], [{"key": key} for key in self.keys])


def measure(people: int, rounds: int, seconds: int, connections: int) -> None:
    """Run all cases against all targets, interleaved, and print medians and ratios."""
    province = prepared(people)
    asked = cases(province)
    with ExitStack() as stack:
        targets = _targets(province, stack)
        for case in asked:
            _same_answers(case, targets)
        results = {(case.name, target.name): [] for case in asked for target in targets}  # type: dict[tuple[str, str], list[Measured]]
        for _ in range(rounds):
            for case in asked:
                for target in targets:
                    results[case.name, target.name].append(
                        load_generator.run(target, case.bodies(target.name), seconds, connections)
                    )
    _print(people, connections, asked, targets, results)


def cases(province: Province) -> list[Case]:
    with province.connect() as connection:
        numbers = [row[0] for row in connection.execute(NUMBERS)]
        communes = [row[0] for row in connection.execute(COMMUNES)]
    point = {"ours": POINT, "strawberry": POINT, "empty": POINT}
    many = {"ours": OURS_LIST, "strawberry": PLAIN_LIST, "empty": PLAIN_LIST}
    return [
        Case("person by personal ID, 6 fields + provenance", point, numbers),
        Case("100 parcels x 8 fields", many, communes),
    ]


def ours(province: Province, stack: ExitStack) -> Target:
    """Our server on a province, until `stack` closes."""
    token = province.command("token").stdout.split()[-1]
    port = load_generator.free_port()
    environment = province.environment | {"BASEREGISTRY_PORT": str(port)}
    stack.enter_context(load_generator.serving(["baseregistry", "serve"], port, environment))
    return Target("ours", port, "/graphql", f"Bearer {token}")


def _targets(province: Province, stack: ExitStack) -> list[Target]:
    plain = ["--no-access-log", "--log-level", "error", "--loop", "uvloop", "--http", "httptools"]
    environment = province.environment | {"BENCH_URL": province.url}
    targets = [ours(province, stack)]
    for name, application in (
        ("strawberry", ["bench.strawberry_app:app", "--factory"]),
        ("empty", ["bench.floor_app:app"]),
    ):
        port = load_generator.free_port()
        words = ["uvicorn", *application, "--port", str(port), *plain]
        stack.enter_context(load_generator.serving(words, port, environment))
        targets.append(Target(name, port, "/graphql"))
    return targets


def _same_answers(case: Case, targets: Sequence[Target]) -> None:
    """Refuse to measure targets that answer differently."""
    for key in case.keys[:5]:
        answers: list[Any] = []
        for target in targets[:2]:
            body = load_generator.bodies(case.queries[target.name], [{"key": key}])[0]
            answers.append(load_generator.post(target, body)["data"])
        if answers[0] != answers[1]:
            raise SystemExit(f"{case.name}: the targets answer differently for {key}:\n{answers[0]}\n{answers[1]}")


def _print(
    people: int,
    connections: int,
    asked: Sequence[Case],
    targets: Sequence[Target],
    results: Mapping[tuple[str, str], Sequence[Measured]],
) -> None:
    table = Table(
        title=f"Answers over HTTP, {people:,} people, {connections} connections: medians, and ours as a ratio"
    )
    for column in ("question", "target", "requests/s", "p50 ms", "p99 ms", "failed", "ours is"):
        table.add_column(column, justify="left" if column in {"question", "target"} else "right")
    for case in asked:
        mine = statistics.median(run.rate for run in results[case.name, "ours"])
        for target in targets:
            runs = results[case.name, target.name]
            rate = statistics.median(run.rate for run in runs)
            p50, p99 = (statistics.median(getattr(run, name) for run in runs) for name in ("p50", "p99"))
            failed = str(sum(run.failed for run in runs))
            table.add_row(
                case.name, target.name, f"{rate:,.0f}", f"{p50:.2f}", f"{p99:.2f}", failed, f"{mine / rate:.2f} x"
            )
    Console().print(table)

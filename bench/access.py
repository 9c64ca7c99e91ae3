"""What access costs, in one run: no access, grants without the log, grants with the log, and PostGraphile without any.

Then what a check of a document costs, whether time tells what is hidden from what is not there, and how soon a person
learns who looked, over a long log.
"""

import statistics
import time
from collections.abc import Callable, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, replace
from functools import partial
from random import Random
from typing import Any

import psycopg

from bench import access_hidden, access_log, access_set, load_generator, postgraphile_server, processes, servers, tables
from bench.client import Client
from bench.load_generator import Measured
from bench.province import Province, prepared
from bench.questions import SEED, cases
from bench.servers import Target

COLUMNS = (
    *("question", "connections", "target", "requests/s", "p50 ms", "p99 ms", "server µs", "database µs"),
    *("failed", "of no access", "of PostGraphile"),
)
WARM_UP = 2  # seconds
OFF, GRANTS, ON, PEER = "no access", "grants, no log", "grants and log", "postgraphile"
HOLDERS = """query Holders($key: ID!) { parcel(id: $key) { id mapSheet parcelNumber documentedArea rights(first: 20) { nodes {
 kind { code } share holder { ... on Person { fullName birthDate } ... on Enterprise { name } ... on PartyGroup { name } } } } } }"""
PERSONS = """query Persons($key: [String!]!) { personBatch(personalId: $key) { items { node {
 id fullName birthDate sex { code } status { code } } } } }"""
HELD = """SELECT parcel::text FROM land_right WHERE recorded_to IS NULL AND valid @> now() ORDER BY digest LIMIT 5000"""
NOBODY = "00000000-0000-4000-8000-000000000000"
UNIT = """SELECT u.code FROM administration_unit u JOIN land_parcel p ON p.commune = u.record_id AND p.recorded_to IS NULL
 AND p.valid @> now() WHERE u.recorded_to IS NULL AND u.valid @> now() GROUP BY u.code ORDER BY count(*), u.code LIMIT 1"""


@dataclass(frozen=True)
class Asked:
    """One question with its keys; `peer` is PostGraphile's spelling, where it has one."""

    name: str
    query: str
    keys: Sequence[object]
    peer: str | None = None

    def bodies(self, target: Target) -> list[bytes]:
        query = self.peer if target.name == PEER and self.peer else self.query
        return load_generator.bodies(query, [{"key": key} for key in self.keys])


@dataclass(frozen=True)
class Bench:
    """How often, how long (seconds) and over how many connections each is asked."""

    rounds: int
    seconds: int
    connections: Sequence[int]


@dataclass(frozen=True)
class Run:
    """One run, with CPU per request in microseconds."""

    measured: Measured
    server: float
    database: float


def measure(people: int, bench: Bench, lookups: int, log_rows: int) -> None:
    """All of it; with `log_rows` 0 without the long log."""
    province = prepared(people)
    with province.connect() as connection:
        unit = str(connection.execute(UNIT).fetchone()[0])  # type: ignore[index]
    access_set.load(province, unit)
    with ExitStack() as stack:
        targets = _targets(province, stack)
        observer = stack.enter_context(province.connect())
        questions = asked(province)
        for one in questions:
            _same(one, targets[:3])
            for target in _able(one, targets):
                _run(one, target, observer, bench.connections[0], min(WARM_UP, bench.seconds))
        rows = [
            row
            for count in bench.connections
            for one in questions
            for row in _rows(one, _able(one, targets), observer, (count, bench.rounds, bench.seconds))
        ]
        title = f"What access costs, {people:,} people: medians of {bench.rounds} rounds of {bench.seconds} s, in turn"
        tables.show(title, COLUMNS, rows, words=3)
        on = next(target for target in targets if target.name == ON)
        access_hidden.measure(province, replace(on, headers={"X-Purpose": access_set.COMMUNE}), unit, lookups)
    checks()
    if log_rows:
        access_log.measure(province, log_rows)


def asked(province: Province) -> list[Asked]:
    """The questions of the bench that the grants open, and many people in one answer."""
    point, rights, parcels, _ = (Asked(c.name, c.queries["ours"], c.keys, c.queries[PEER]) for c in cases(province))
    with province.connect() as connection:
        held = [str(row[0]) for row in connection.execute(HELD)]
    chance, numbers = Random(SEED), [str(key) for key in point.keys]
    many = [
        Asked(
            f"{count:,} persons by number",
            PERSONS,
            [chance.sample(numbers, min(count, len(numbers))) for _ in range(30)],
        )
        for count in (100, 1000)
    ]
    return [point, rights, Asked("parcel → holders", HOLDERS, held), *many, parcels]


def _targets(province: Province, stack: ExitStack) -> list[Target]:
    purpose = {"X-Purpose": access_set.EVERYWHERE, "X-Case": "HS-1"}
    made = [
        replace(servers.ours(province, stack), name=OFF),
        replace(servers.ours(province, stack, program=("bench.without_log",)), name=GRANTS, headers=purpose),
        replace(servers.ours(province, stack, access=True), name=ON, headers=purpose),
    ]
    try:
        made.append(postgraphile_server.serving(province, stack))
    except (SystemExit, OSError) as missing:
        tables.say(f"PostGraphile is not measured: {missing}")
    return made


def _able(one: Asked, targets: Sequence[Target]) -> list[Target]:
    return [target for target in targets if target.name != PEER or one.peer is not None]


def _same(one: Asked, targets: Sequence[Target]) -> None:
    """Refuse to measure answers that differ in what they say, or that are none."""
    for key in one.keys[:5]:
        said = [Client(target).ask(one.query, {"key": key}).said for target in targets]
        if any("errors" in each or each["data"] != said[0]["data"] or not any(each["data"].values()) for each in said):
            raise SystemExit(f"{one.name}: not answered alike for {str(key)[:100]}: {str(said)[:1000]}")


def _run(one: Asked, target: Target, observer: psycopg.Connection[Any], connections: int, seconds: int) -> Run:
    with processes.metered(target.pid, observer) as spent:
        measured = load_generator.run(target, one.bodies(target), seconds, connections)
    each = 1e6 / max(1, measured.requests)
    return Run(measured, spent.server * each, spent.database * each)


def _rows(
    one: Asked, targets: Sequence[Target], observer: psycopg.Connection[Any], how: tuple[int, int, int]
) -> list[list[str]]:
    count, rounds, seconds = how
    runs: dict[str, list[Run]] = {target.name: [] for target in targets}
    for _ in range(rounds):
        for target in targets:
            runs[target.name].append(_run(one, target, observer, count, seconds))
            _fill(observer)
    rates = {name: _median(each, lambda run: run.measured.rate) for name, each in runs.items()}
    return [_row(one.name, count, name, each, rates) for name, each in runs.items()]


def _fill(observer: psycopg.Connection[Any]) -> None:
    """Fill the tables of the log, so that what one target left behind is not done while the next is measured."""
    done, last = 0, 1
    while done < last:
        found = observer.execute("SELECT done, last FROM access_unpack(1000000, true)").fetchone()
        done, last = found if found else (last, last)
        observer.commit()


def _row(question: str, count: int, name: str, runs: Sequence[Run], rates: dict[str, float]) -> list[str]:
    p50, p99, server, database = (
        _median(runs, read)
        for read in (
            lambda run: run.measured.p50,
            lambda run: run.measured.p99,
            lambda run: run.server,
            lambda run: run.database,
        )
    )
    peer = f"{rates[name] / rates[PEER]:.2f} x" if PEER in rates else ""
    numbers = [f"{rates[name]:,.0f}", f"{p50:.2f}", f"{p99:.2f}", f"{server:,.0f}", f"{database:,.0f}"]
    failed = str(sum(run.measured.failed for run in runs))
    return [question, str(count), name, *numbers, failed, f"{rates[name] / rates[OFF]:.2f} x", peer]


def _median(runs: Sequence[Run], read: Callable[[Run], float]) -> float:
    return float(statistics.median(read(run) for run in runs))


# --- the check of a document ---------------------------------------------------------------------------


def checks(times: int = 2_000) -> None:
    """What finding a decided document costs, and deciding one anew: in process, without a database."""
    from baseregistry.access.granted import Granted, GrantSet, digest_of
    from baseregistry.graphql import permits
    from baseregistry.graphql.limits import Limits
    from baseregistry.graphql.plans import Plans
    from baseregistry.graphql.questions import translate
    from baseregistry.graphql.requests import Asked as Request
    from baseregistry.graphql.schema import build
    from baseregistry.registries.answer.statement import compile as compiled
    from baseregistry.registries.declarations import DECLARATIONS
    from baseregistry.registries.installation import declared
    from baseregistry.settings import Settings

    settings = Settings()
    installation = declared(settings)
    plans = Plans(
        build(DECLARATIONS), lambda asked, sets=False: compiled(installation, asked, sets=sets), Limits.of(settings)
    )
    grant = Granted("g", 1, frozenset(access_set.PATHS), frozenset(), None, (), access_set.LAW)
    grants = GrantSet(digest_of((grant,)), "BENCH", "local", access_set.EVERYWHERE, (grant,))
    rows = []
    for name, text, key in (("parcel → holders", HOLDERS, NOBODY), ("persons by number", PERSONS, [NOBODY])):
        known = plans.known(Request(text, None, {"key": key}))
        coerced = known.variables.coerce({"key": key})
        plans.prepared(known, coerced, grants)
        translation = translate(known.operation, known.variables.places(coerced))
        again = _each(partial(plans.prepared, known, coerced, grants), times)
        anew = _each(partial(permits.hold, DECLARATIONS, translation, grants), times // 10)
        rows.append([name, f"{again:.1f}", f"{anew:,.0f}"])
    title = "The check of a document, µs; wanted: under 20 for a known one, under 5,000 for a new one"
    tables.show(title, ("document", "known: found with its plan", "new: decided"), rows)


def _each(work: Callable[[], object], times: int) -> float:
    """Microseconds of one, as a median."""
    spent = []
    for _ in range(times):
        began = time.perf_counter()
        work()
        spent.append(time.perf_counter() - began)
    return statistics.median(spent) * 1e6

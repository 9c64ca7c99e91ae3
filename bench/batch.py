"""Many at once, and for the first time: a batch lookup against the same rows by plain SQL, and documents never seen before.

Both ways are timed from the keys to Python objects: psycopg's rows, and the answer read from JSON.
"""

import random
import time
from collections.abc import Callable, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, field
from typing import Any

import orjson
import psycopg

from bench import processes, servers, tables
from bench.client import Client, question
from bench.documents import Keys, fresh
from bench.processes import Spent
from bench.province import prepared
from bench.questions import cases

SEED = 49
WANTED_RATIO, WANTED_FIRST = 3.0, 10.0  # times plain SQL; milliseconds
FIELDS = "id fullName otherName birthDate sex { code } status { code } version { validFrom }"
BATCH = f"query Batch($keys: [String!]!) {{ personBatch(personalId: $keys) {{ items {{ key node {{ {FIELDS} }} }} }} }}"
ONE = f"query One($key: String!) {{ person(personalId: $key) {{ {FIELDS} }} }}"
PLAIN = """SELECT i.number, p.record_id, p.full_name, p.other_name, p.birth_date, p.sex, p.status, lower(p.valid)
 FROM population_identifier i JOIN population_person p ON p.record_id = i.person
 WHERE i.scheme = 'PERSONAL_ID' AND i.number = ANY(%s::text[]) AND i.recorded_to IS NULL AND i.valid @> now()
 AND p.recorded_to IS NULL AND p.valid @> now()"""
PLANNER = "-c search_path=baseregistry,public -c jit=off -c random_page_cost=1.1 -c max_parallel_workers_per_gather=0"


class NotAnswered(Exception):
    """The service refuses this way of asking."""


@dataclass
class Way:
    """One way to ask for many people: `ask` is timed, `ids` reads the records found from what it gave."""

    name: str
    ask: Callable[[list[str]], Any]
    ids: Callable[[Any], set[str]]
    spent: list[float] = field(default_factory=list)

    def timed(self, keys: list[str]) -> None:
        began = time.perf_counter()
        self.ask(keys)
        self.spent.append((time.perf_counter() - began) * 1000)

    def row(self, floor: float) -> list[str]:
        p50, p99 = tables.of(self.spent, 0.5), tables.of(self.spent, 0.99)
        return [self.name, f"{p50:.2f}", f"{p99:.2f}", f"{p50 / floor:.2f} x"]


def measure(people: int, keys: int, rounds: int, documents: int) -> None:
    """Ask `rounds` times for `keys` people at once, each way in turn; then send `documents` new documents."""
    province = prepared(people)
    asked = cases(province)
    with ExitStack() as stack:
        target = servers.ours(province, stack)
        client = Client(target)
        stack.callback(client.close)
        connection = stack.enter_context(
            psycopg.connect(province.url, options=PLANNER, prepare_threshold=0, autocommit=True)
        )
        _many([_plain(connection), _batch(client), _variables(client)], asked[0].keys, keys, rounds)
        with processes.metered(target.pid, connection) as spent:
            took = _first(client, Keys.of(asked), documents)
    _print_first(took, spent)


def _plain(connection: psycopg.Connection[Any]) -> Way:
    return Way(
        "plain SQL, = ANY, through psycopg",
        lambda keys: connection.execute(PLAIN, [keys]).fetchall(),
        lambda rows: {str(row[1]) for row in rows},
    )


def _batch(client: Client) -> Way:
    def ask(keys: list[str]) -> Any:
        answer = client.send(question(BATCH, {"keys": keys}))
        if answer.status != 200 or answer.codes:
            raise NotAnswered(f"{answer.status} {', '.join(answer.codes)}")
        return orjson.loads(answer.body)["data"]["personBatch"]["items"]

    return Way(
        "one batch lookup", ask, lambda items: {item["node"]["id"] for item in items if item["node"] is not None}
    )


def _variables(client: Client) -> Way:
    """Variable batching: one document, a list of variables, a list of answers (GraphQL over HTTP, appendix B)."""

    def ask(keys: list[str]) -> Any:
        answer = client.send(question(ONE, [{"key": key} for key in keys]))
        if answer.status != 200:
            raise NotAnswered(f"{answer.status} {', '.join(answer.codes)}")
        return [one["data"]["person"] for one in orjson.loads(answer.body)]

    return Way("one document, a list of variables", ask, lambda people: {each["id"] for each in people if each})


def _many(ways: Sequence[Way], numbers: Sequence[str], keys: int, rounds: int) -> None:
    chance = random.Random(SEED)
    keys = min(keys, len(numbers))
    answering = _agreeing(ways, chance.sample(numbers, keys))
    for _ in range(rounds):
        chosen = chance.sample(numbers, keys)
        for way in answering:
            way.timed(chosen)
    floor = tables.of(answering[0].spent, 0.5)
    title = f"{keys:,} people by personal ID, {rounds} rounds in turn; wanted: at most {WANTED_RATIO:g} times plain SQL"
    tables.show(title, ("way", "p50 ms", "p99 ms", "of plain SQL"), [way.row(floor) for way in answering])


def _agreeing(ways: Sequence[Way], keys: list[str]) -> list[Way]:
    """The ways that are answered; the bench ends when two find different records."""
    found: dict[str, set[str]] = {}
    answering = []
    for way in ways:
        try:
            found[way.name] = way.ids(way.ask(keys))
            answering.append(way)
        except NotAnswered as refused:
            tables.say(f"{way.name}: not answered ({refused})")
    if any(ids != found[ways[0].name] for ids in found.values()):
        raise SystemExit(f"the ways find different records: { {name: len(ids) for name, ids in found.items()} }")
    return answering


def _first(client: Client, keys: Keys, documents: int) -> list[float]:
    """Milliseconds for each of `documents` that are parsed, validated, compiled and planned for this one request."""
    chance = random.Random(SEED)
    spent = []
    for number in range(documents):
        answer = client.ask(*fresh(number, keys, chance))
        if answer.status != 200 or answer.codes:
            raise SystemExit(f"a new document was not answered: {answer.status} {answer.body[:500]!r}")
        spent.append(answer.seconds * 1000)
    return spent


def _print_first(took: Sequence[float], spent: Spent) -> None:
    columns = ("documents", "p50 ms", "p99 ms", "most ms", "server CPU ms each", "database CPU ms each")
    cpu = [f"{seconds * 1000 / len(took):.2f}" for seconds in (spent.server, spent.database)]
    row = [f"{len(took):,}", *(f"{tables.of(took, share):.2f}" for share in (0.5, 0.99, 1.0)), *cpu]
    title = f"Documents seen for the first time, over HTTP; wanted: under {WANTED_FIRST:g} ms"
    tables.show(title, columns, [row], words=0)

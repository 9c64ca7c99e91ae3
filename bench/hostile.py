"""Hostile input: each sort is refused with a code, quickly, and says nothing of what is inside."""

import re
from collections import Counter
from collections.abc import Sequence
from contextlib import ExitStack
from dataclasses import dataclass, field
from http.client import HTTPException

from bench import servers, tables
from bench.client import Answer, Client
from bench.hostile_inputs import Hostile, inputs
from bench.province import Province, prepared

WANTED = 50.0  # milliseconds
SOMEBODY = """SELECT i.number, p.full_name FROM population_identifier i JOIN population_person p ON p.record_id = i.person
 WHERE i.scheme = 'PERSONAL_ID' AND i.recorded_to IS NULL AND p.recorded_to IS NULL AND i.valid @> now()
 AND p.valid @> now() AND p.full_name ~ '[ễạấượ]' LIMIT 1"""
INSIDE = re.compile(rb"Traceback|psycopg|SELECT |File \"|recorded_to|/baseregistry/")
ECHOED = re.compile(rb"SELECT pg_sleep")  # what the client itself sent may be said again


@dataclass
class Outcome:
    """What became of one sort of input."""

    hostile: Hostile
    spent: list[float] = field(default_factory=list)
    statuses: Counter[str] = field(default_factory=Counter)
    codes: Counter[str] = field(default_factory=Counter)
    faults: set[str] = field(default_factory=set)

    def took(self, answer: Answer) -> None:
        self.spent.append(answer.seconds * 1000)
        self.statuses[str(answer.status)] += 1
        self.codes.update(set(answer.codes))
        refused = 400 <= answer.status < 500 and bool(answer.codes)
        if answer.status >= 500:
            self.faults.add("a failure of ours")
        elif "no code" in answer.codes or "no JSON" in answer.codes:
            self.faults.add("refused without a code")
        elif self.hostile.refused and not refused:
            self.faults.add("answered")
        if INSIDE.search(ECHOED.sub(b"", answer.body)):
            self.faults.add("tells what is inside")

    def broke(self, failure: Exception) -> None:
        self.statuses[type(failure).__name__] += 1
        self.faults.add("no answer")

    def row(self) -> list[str]:
        p50, p99 = (f"{tables.of(self.spent, share):.1f}" if self.spent else "" for share in (0.5, 0.99))
        if self.spent and tables.of(self.spent, 0.99) > WANTED:
            self.faults.add(f"over {WANTED:g} ms")
        said = " ".join(f"{status} x {count}" for status, count in sorted(self.statuses.items()))
        return [self.hostile.name, said, ", ".join(sorted(self.codes)), ", ".join(sorted(self.faults)), p50, p99]


def measure(people: int, rounds: int) -> None:
    """Send every sort `rounds` times, in turn, and print latencies, statuses, codes, and what is wrong with them."""
    province = prepared(people)
    sorts = list(inputs(*_somebody(province)))
    outcomes = [Outcome(each) for each in sorts]
    with ExitStack() as stack:
        client = Client(servers.ours(province, stack))
        stack.callback(client.close)
        client.ask("{ __typename }")
        for number in range(rounds):
            for outcome in outcomes:
                _send(client, outcome, number)
        client.ask("{ __typename }")
    columns = ("input", "statuses", "codes", "wrong", "p50 ms", "p99 ms")
    title = f"Hostile input, {rounds} times each; wanted: refused with a code within {WANTED:g} ms"
    tables.show(title, columns, [outcome.row() for outcome in outcomes], words=4)
    _judge(outcomes)


def _somebody(province: Province) -> tuple[str, str]:
    with province.connect() as connection:
        row = connection.execute(SOMEBODY).fetchone()
    assert row is not None
    return str(row[0]), str(row[1])


def _send(client: Client, outcome: Outcome, number: int) -> None:
    request = outcome.hostile.make(number)
    try:
        outcome.took(client.send(request))
    except (OSError, HTTPException) as failure:
        outcome.broke(failure)


def _judge(outcomes: Sequence[Outcome]) -> None:
    spent = [each for outcome in outcomes for each in outcome.spent]
    wrong = [outcome.hostile.name for outcome in outcomes if outcome.faults]
    tables.say(
        f"{len(outcomes)} sorts, {len(spent):,} requests: p50 {tables.of(spent, 0.5):.1f} ms, "
        f"p99 {tables.of(spent, 0.99):.1f} ms, most {max(spent):.1f} ms; wrong: {len(wrong)}"
    )

"""Memory of a worker under many mixed requests: it must be flat once its caches are full, however many documents come.

One request in eight is a document never seen before, so that every cache turns over; one in sixteen is refused.
"""

import itertools
import random
import statistics
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, field

import psycopg

from bench import processes, servers, tables
from bench.client import Client, Request, question
from bench.documents import Keys, fresh
from bench.province import prepared
from bench.questions import Case, cases
from bench.servers import Target

CLIENTS = 8
SEED = 49
SAMPLES = 40
WEIGHTS = (12, 8, 2, 1)  # of the questions of the bench, in their order: most requests ask about one person
UNKNOWN = 'query {{ person(personalId: "{key}") {{ nope{number} }} }}'
MEGABYTE = 1_048_576


@dataclass
class Load:
    """Requests handed out to the clients, and what became of them."""

    requests: Iterator[Request]
    statuses: Counter[int] = field(default_factory=Counter)
    lock: threading.Lock = field(default_factory=threading.Lock)
    broken: list[str] = field(default_factory=list)

    def next(self) -> Request | None:
        with self.lock:
            return next(self.requests, None)


@dataclass(frozen=True)
class Sample:
    """Bytes at one moment."""

    answered: int
    server: int
    backends: int


def measure(people: int, requests: int, warm_up: int) -> None:
    """Fill the caches with `warm_up` requests, then ask `requests` more; print the memory along the way and how far it strays."""
    province = prepared(people)
    with ExitStack() as stack:
        target = servers.ours(province, stack)
        connection = stack.enter_context(province.connect())
        bodies = mixed(cases(province), random.Random(SEED))
        warm = _watched(target, connection, Load(itertools.islice(bodies, warm_up)), warm_up)
        load = Load(itertools.islice(bodies, requests))
        samples = _watched(target, connection, load, requests)
    rows = [_row("warm-up", sample) for sample in warm[::4]] + [_row("measured", sample) for sample in samples]
    tables.show("Memory of a worker", ["phase", "answered", "worker MB", "backends MB"], rows)
    _judge(samples, load)


def mixed(asked: Sequence[Case], chance: random.Random) -> Iterator[Request]:
    """Requests without end: the questions of the bench, documents never seen before, and wrong ones."""
    known = [case.bodies("ours")[:500] for case in asked]
    keys = Keys.of(asked)
    for number in itertools.count():
        draw = chance.randrange(16)
        if draw == 0:
            yield question(UNKNOWN.format(key=chance.choice(keys.people), number=number))
        elif draw <= 2:
            yield question(*fresh(number, keys, chance))
        else:
            yield Request(chance.choice(*chance.choices(known, WEIGHTS)))


def _watched(target: Target, connection: "psycopg.Connection[object]", load: Load, total: int) -> list[Sample]:
    """Samples of memory while `load` is asked, the last one after it."""
    clients = [threading.Thread(target=_drive, args=(target, load), daemon=True) for _ in range(CLIENTS)]
    for client in clients:
        client.start()
    samples: list[Sample] = []
    step = max(1, total // SAMPLES)
    while any(client.is_alive() for client in clients):
        if sum(load.statuses.values()) >= step * (len(samples) + 1):
            samples.append(_sample(target, connection, load))
        time.sleep(0.02)
    if load.broken:
        raise SystemExit(f"{len(load.broken)} clients broke off: {load.broken[0]}")
    return [*samples, _sample(target, connection, load)]


def _drive(target: Target, load: Load) -> None:
    client = Client(target)
    try:
        while (request := load.next()) is not None:
            status = client.send(request).status
            with load.lock:
                load.statuses[status] += 1
    except OSError as failure:
        load.broken.append(repr(failure))
    finally:
        client.close()


def _sample(target: Target, connection: "psycopg.Connection[object]", load: Load) -> Sample:
    backends = sum(processes.resident(pid, "RssAnon") for pid in processes.backends(connection))
    return Sample(sum(load.statuses.values()), processes.resident(target.pid), backends)


def _row(phase: str, sample: Sample) -> list[str]:
    return [phase, f"{sample.answered:,}", f"{sample.server / MEGABYTE:,.1f}", f"{sample.backends / MEGABYTE:,.1f}"]


def _judge(samples: Sequence[Sample], load: Load) -> None:
    for what, of in SIDES.items():
        values = [of(sample) for sample in samples]
        middle = statistics.median(values)
        low, high = min(values) / middle - 1, max(values) / middle - 1
        tables.say(f"{what}: median {middle / MEGABYTE:,.1f} MB, from {low:+.1%} to {high:+.1%} of it")
    tables.say(f"statuses: {', '.join(f'{status} x {count:,}' for status, count in sorted(load.statuses.items()))}")
    if load.statuses.keys() - {200, 400}:
        raise SystemExit("some requests were neither answered nor refused")


SIDES: dict[str, Callable[[Sample], int]] = {
    "worker (resident)": lambda sample: sample.server,
    "its database backends (private)": lambda sample: sample.backends,
}

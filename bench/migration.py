"""A migration of the schema under load: who asks while tables change is answered, or told clearly to ask again.

On a province of its own that is thrown away: hot tables of versions get columns, indexes and other types while clients ask.
"""

import tempfile
import threading
import time
from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from http.client import HTTPException
from pathlib import Path
from uuid import uuid4

import psycopg

from baseregistry import cluster, db
from baseregistry.migrations import run
from baseregistry.registries.installation import declared
from baseregistry.seed import seed
from baseregistry.settings import Settings
from bench import servers, tables
from bench.client import Answer, Client, Request
from bench.province import Province
from bench.questions import cases
from bench.servers import Target

CLIENTS = 8
# Several statements in one step are one transaction, as in a migration: it locks one table after the other, and readers of
# both may come between.
STEPS = (
    "ALTER TABLE population_person ADD COLUMN bench_note text",
    "CREATE INDEX bench_person_note ON population_person (bench_note, record_id)",
    "ALTER TABLE land_parcel ADD COLUMN bench_grade integer NOT NULL DEFAULT 1",
    "CREATE INDEX CONCURRENTLY bench_parcel_grade ON land_parcel (bench_grade, record_id)",
    "ALTER TABLE land_parcel ADD CONSTRAINT bench_grade CHECK (bench_grade > 0) NOT VALID",
    "ALTER TABLE land_parcel VALIDATE CONSTRAINT bench_grade",
    "ALTER TABLE ledger_change ALTER COLUMN document_number TYPE varchar(400)",
    "ALTER TABLE ledger_change ALTER COLUMN document_number TYPE text",
    "ALTER TABLE land_parcel ADD COLUMN bench_one text; SELECT pg_sleep(0.2); ALTER TABLE population_person ADD bench_one text",
    "ALTER TABLE population_person ADD bench_two text; SELECT pg_sleep(0.2); ALTER TABLE land_parcel ADD bench_two text",
    "ALTER TABLE population_person DROP COLUMN bench_note",
    "ALTER TABLE land_parcel DROP COLUMN bench_grade",
    "ANALYZE population_person, land_parcel, ledger_change",
)


@dataclass
class Load:
    """What clients ask in turn, what they must hear, and what they heard."""

    requests: Sequence[Request]
    expected: dict[int, bytes]
    ended: threading.Event = field(default_factory=threading.Event)
    lock: threading.Lock = field(default_factory=threading.Lock)
    heard: Counter[str] = field(default_factory=Counter)
    spent: list[float] = field(default_factory=list)

    def took(self, place: int, answer: Answer) -> None:
        """Sort an answer: as before, a clear retry (503 with Retry-After and a code), or a failure."""
        if answer.status == 200 and _data(answer.body) == self.expected[place]:
            what = "answered as before"
        elif answer.status == 503 and "retry-after" in answer.headers and answer.codes:
            what = f"told to ask again ({', '.join(answer.codes)})"
        else:
            what = f"FAILED: {answer.status} {answer.body[:200]!r}"
        with self.lock:
            self.heard[what] += 1
            self.spent.append(answer.seconds * 1000)


def measure(people: int, pause: float) -> None:
    """Migrate step by step, `pause` seconds apart, while clients ask; print how long each step took and what clients heard."""
    with throwaway(people) as province, ExitStack() as stack:
        target = servers.ours(province, stack)
        load = _load(province, target)
        rows = _migrated(province, target, load, pause)
    title = f"A migration under load, {people:,} people, {CLIENTS} clients"
    tables.show(title, ("step", "took ms", "requests meanwhile", "slowest ms"), rows)
    for what, count in load.heard.most_common():
        tables.say(f"{count:,} x {what}")
    if any(what.startswith("FAILED") for what in load.heard):
        raise SystemExit("some requests failed")


@contextmanager
def throwaway(people: int) -> Iterator[Province]:
    """A seeded province in a temporary cluster."""
    with cluster.temporary() as running, running.used(), tempfile.TemporaryDirectory() as folder:
        Path(folder).chmod(0o711)
        name = f"bench_{uuid4().hex}"
        running.make_database(name)
        settings = Settings()
        installation, engine = declared(settings), db.engine(running.url(name), settings.schema_name)
        run.upgrade(engine, installation)
        seed(engine, installation, people)
        engine.dispose()
        yield Province(people, Path(folder), running.url(name))


def _load(province: Province, target: Target) -> Load:
    requests = [Request(body) for case in cases(province) for body in case.bodies("ours")[:50]]
    client = Client(target)
    load = Load(requests, {place: _data(client.send(each).body) for place, each in enumerate(requests)})
    client.close()
    return load


def _data(body: bytes) -> bytes:
    """The answer without its snapshot, which says the moment of asking."""
    return body.partition(b',"extensions":')[0]


def _migrated(province: Province, target: Target, load: Load, pause: float) -> list[list[str]]:
    clients = [threading.Thread(target=_ask, args=(target, load, first), daemon=True) for first in range(CLIENTS)]
    for client in clients:
        client.start()
    rows = []
    with psycopg.connect(province.url, options="-c search_path=baseregistry,public", autocommit=True) as connection:
        for step in STEPS:
            time.sleep(pause)
            rows.append(_step(connection, step, load))
    time.sleep(pause)
    load.ended.set()
    for client in clients:
        client.join()
    return rows


def _step(connection: "psycopg.Connection[tuple[object, ...]]", step: str, load: Load) -> list[str]:
    before, began = len(load.spent), time.perf_counter()
    connection.execute(step.encode())
    took = (time.perf_counter() - began) * 1000
    time.sleep(0.1)  # those who waited for it are answered
    meanwhile = load.spent[before:]
    return [step, f"{took:.1f}", str(len(meanwhile)), f"{max(meanwhile, default=0):.1f}"]


def _ask(target: Target, load: Load, first: int) -> None:
    client, place = Client(target), first
    while not load.ended.is_set():
        place = (place + CLIENTS + 1) % len(load.requests)
        try:
            load.took(place, client.send(load.requests[place]))
        except (OSError, HTTPException) as failure:
            with load.lock:
                load.heard[f"FAILED: {failure!r}"] += 1
    client.close()

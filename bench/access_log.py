"""How soon a person learns who looked: the subject's view over a log of many rows, in a database made for it alone."""

import shutil
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import date
from random import Random
from typing import Any

import psycopg

from bench import tables
from bench.province import Province
from bench.questions import SEED

NAME, MONTHS, EACH = "bench_access_log", 12, 10  # records in one answer
WANTED, BYTES, LOOKS = 50.0, 260, 500  # milliseconds; on disk for each row, with indexes; subjects that look
OF_SUBJECT = 100  # rows of the log about each
FIRST = date(2025, 1, 1)
CONTEXT = """INSERT INTO access_context SELECT substr(sha256(int4send(n)), 1, 16), 'agency ' || n, 'client', 'caller', 'official',
 'HANDLING', 'purpose', 'answer', 'Owner', sha256(int4send(n)), '[{"record": "g", "version": 3, "law": "Luật"}]', '["person.fullName"]',
 '[{"entity": "population.person", "fields": ["full_name"], "conditions": [], "opened": true}]' FROM generate_series(1, 50) n"""
AT = "%(begin)s::timestamptz + n * (%(end)s::timestamptz - %(begin)s::timestamptz) / %(requests)s"
REQUESTS = f"""INSERT INTO access_request SELECT {AT}, %(month)s * 100000000::bigint + n, 1, {AT} + interval '2 ms',
 substr(sha256(int4send(1 + (n %% 50)::int)), 1, 16), 'HS-' || n, NULL, '7', NULL, sha256(int8send(n)), 200, NULL, {EACH}
 FROM generate_series(0, %(requests)s::bigint - 1) n"""
SUBJECT = "md5((hashint8extended(n * 16 + k, %(month)s) & 9223372036854775807) %% %(subjects)s || '')::uuid"
RECORDS = f"""INSERT INTO access_record SELECT 'population', {AT}, %(month)s * 100000000::bigint + n, 1, 0, {SUBJECT}, 3, {SUBJECT}
 FROM generate_series(0, %(requests)s::bigint - 1) n, generate_series(1, {EACH}) k"""
VIEW = "SELECT * FROM access_seen WHERE subject = %s ORDER BY asked_at DESC LIMIT 100"
PLANNER = "-c search_path=baseregistry,public -c jit=off -c random_page_cost=1.1 -c plan_cache_mode=force_generic_plan"


def measure(province: Province, rows: int) -> None:
    """Fill a log with `rows` rows about records, and ask for those of some subjects; the database goes afterwards.

    Ends the bench when the disk has no room.
    """
    needed, free = rows * BYTES, shutil.disk_usage(province.data).free
    tables.say(f"{rows:,} rows of the log need about {needed / 1e9:.1f} GB; {free / 1e9:.1f} GB are free.")
    if needed * 1.5 > free:
        raise SystemExit("not enough room: give fewer --log-rows")
    with database(province) as url, psycopg.connect(url, options=PLANNER, autocommit=True) as connection:
        _fill(connection, rows)
        subjects = max(1, rows // OF_SUBJECT)
        looks = {name: _looks(connection, subjects, SEED) for name in ("first", "again")}
        quantiles = (0.5, 0.99, 1.0)
        shown = [[name, *(f"{tables.of(spent, one):.2f}" for one in quantiles)] for name, spent in looks.items()]
        tables.show(
            f"The subject's view over {rows:,} rows, {LOOKS} subjects; wanted: under {WANTED:g} ms",
            ("look", "p50 ms", "p99 ms", "most ms"),
            shown,
        )


@contextmanager
def database(province: Province) -> Iterator[str]:
    """A migrated database beside the province's, for as long as the block lasts."""
    administrator = province.url.replace("//baseregistry@", "//postgres@")
    with psycopg.connect(administrator, autocommit=True) as connection:
        connection.execute(f"DROP DATABASE IF EXISTS {NAME} WITH (FORCE)")
        connection.execute(f"CREATE DATABASE {NAME} OWNER baseregistry")
        url = province.url.replace("@/baseregistry?", f"@/{NAME}?")
        with psycopg.connect(administrator.replace("@/baseregistry?", f"@/{NAME}?"), autocommit=True) as inner:
            inner.execute("CREATE EXTENSION IF NOT EXISTS postgis")
        try:
            replace(province, database_url=url).command("migrate")
            yield url
        finally:
            connection.execute(f"DROP DATABASE {NAME} WITH (FORCE)")


def _fill(connection: psycopg.Connection[Any], rows: int) -> None:
    """Month by month, so that the index of each month stays in memory while it grows."""
    connection.execute("SELECT access_prepare(ARRAY['population'], %s::date, %s)", [FIRST, MONTHS])
    connection.execute(CONTEXT)
    connection.execute("SET synchronous_commit = off")
    requests = max(1, rows // MONTHS // EACH)
    began = time.perf_counter()
    for month in range(1, MONTHS + 1):
        begin, end = date(FIRST.year, month, 1), date(FIRST.year + month // 12, month % 12 + 1, 1)
        said = {"begin": f"{begin} UTC", "end": f"{end} UTC", "requests": requests, "month": month}
        said["subjects"] = max(1, rows // OF_SUBJECT)
        connection.execute(REQUESTS, said)
        connection.execute(RECORDS, said)
    connection.execute("VACUUM ANALYZE access_record")
    connection.execute("VACUUM ANALYZE access_request")
    tables.say(f"filled in {time.perf_counter() - began:,.0f} s")


def _looks(connection: psycopg.Connection[Any], subjects: int, seed: int) -> list[float]:
    chance, spent = Random(seed), []
    for _ in range(LOOKS):
        subject = connection.execute("SELECT md5(%s::text)::uuid", [chance.randrange(subjects)]).fetchone()
        began = time.perf_counter()
        found = connection.execute(VIEW, [subject[0]], prepare=True).fetchall()  # type: ignore[index]
        spent.append((time.perf_counter() - began) * 1000)
        if not found and subjects > 1000:
            raise SystemExit("a subject of whom the log tells nothing: this measures nothing")
    return spent

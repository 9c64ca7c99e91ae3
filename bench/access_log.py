"""How soon a person learns who looked: the subject's view over a log of many rows, in a database made for it alone."""

import shutil
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import date
from functools import partial
from hashlib import md5
from random import Random
from typing import Any
from uuid import UUID

import psycopg

from baseregistry.access.granted import Granted, GrantSet, digest_of
from baseregistry.graphql.limits import Limits
from baseregistry.graphql.plans import Plans
from baseregistry.graphql.requests import Asked
from baseregistry.graphql.schema import build
from baseregistry.registries.answer.statement import compile as compiled
from baseregistry.registries.declarations import DECLARATIONS
from baseregistry.registries.installation import declared
from baseregistry.settings import Settings
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
VIEW = """query Mine($id: ID!) { subjectAccess(id: $id, first: 50) { nodes { at agency { code nameVi } official
 role { code titleVi } purpose { code titleVi legalBasis } legalBases caseId told { entity titleVi how fields { name titleVi } } }
 pageInfo { hasNextPage endCursor } } }"""
OWN = """query Own($purpose: String!) { agencyAccess(purpose: $purpose, first: 50) { nodes { at client official caseId recordCount
 levels { entity conditions } } } }"""
CASE = "query Case($case: String!) { accessLog(case: $case, first: 50) { nodes { at position records(first: 50) { recordId subject } } } }"
ALL = "{ accessLog(first: 50) { nodes { at position agency { code } client code } } }"
PLANNER = (
    "-c search_path=baseregistry,public -c jit=off -c random_page_cost=1.1 -c plan_cache_mode=force_generic_plan"
    " -c max_parallel_workers_per_gather=0"
)


def measure(province: Province, rows: int) -> None:
    """Fill a log with `rows` rows about records, and look at it as each may; the database goes afterwards.

    Ends the bench when the disk has no room.
    """
    needed, free = rows * BYTES, shutil.disk_usage(province.data).free
    tables.say(f"{rows:,} rows of the log need about {needed / 1e9:.1f} GB; {free / 1e9:.1f} GB are free.")
    if needed * 1.5 > free:
        raise SystemExit("not enough room: give fewer --log-rows")
    with database(province) as url, psycopg.connect(url, options=PLANNER, autocommit=True) as connection:
        _fill(connection, rows)
        chance = Random(SEED)
        ids = [
            str(UUID(md5(str(chance.randrange(max(1, rows // OF_SUBJECT))).encode()).hexdigest())) for _ in range(LOOKS)
        ]
        cases = [f"HS-{chance.randrange(max(1, rows // MONTHS // EACH))}" for _ in range(LOOKS)]
        asked = {
            "a person, the first time": (VIEW, [{"id": one} for one in ids]),
            "a person, again": (VIEW, [{"id": one} for one in ids]),
            "an agency, for a purpose": (OWN, [{"purpose": "purpose"}] * (LOOKS // 10)),
            "an auditor, a case": (CASE, [{"case": one} for one in cases[: LOOKS // 10]]),
            "an auditor, all": (ALL, [{}] * (LOOKS // 10)),
        }
        compiled = _Compiled()
        shown = []
        for name, (text, said) in asked.items():
            spent = [compiled.look(connection, text, variables) for variables in said]
            shown.append([name, *(f"{tables.of(spent, one):.2f}" for one in (0.5, 0.99, 1.0))])
        title = f"Views of {rows:,} rows of the log; wanted: a person under {WANTED:g} ms"
        tables.show(title, ("who looks", "p50 ms", "p99 ms", "most ms"), shown)


class _Compiled:
    """The statements as the service compiles them."""

    def __init__(self) -> None:
        settings = Settings()
        installation = declared(settings)
        self.plans = Plans(build(DECLARATIONS), partial(compiled, installation), Limits.of(settings))
        grant = Granted(
            "g", 1, frozenset({"subjectAccess.*", "agencyAccess.*", "accessLog.*"}), frozenset(), None, (), "Luật"
        )
        self.grants = GrantSet(digest_of((grant,)), "agency 7", "client", "purpose", (grant,))

    def look(self, connection: psycopg.Connection[Any], text: str, said: dict[str, str]) -> float:
        """Milliseconds of one look, which must find something."""
        known = self.plans.known(Asked(text, None, said))
        coerced = known.variables.coerce(said)
        prepared = self.plans.prepared(known, coerced, self.grants)
        assert prepared.plan is not None
        assert prepared.held is not None
        values = prepared.translation.slots.fill(coerced) + prepared.held.values(self.grants)
        parameters = [None if one is None else one.decode() for one in prepared.plan.bind(values)]
        cursor = psycopg.RawCursor(connection)
        began = time.perf_counter()
        row = cursor.execute(prepared.plan.sql.encode(), parameters, prepare=True).fetchone()
        spent = (time.perf_counter() - began) * 1000
        if row is None or (not next(iter(row[0].values()))):
            raise SystemExit("a look that finds nothing: this measures nothing")
        return spent


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

"""No question of the bench reads a table of versions from end to end: its plans are read, on a province large enough to tell.

They are the generic plans that the service runs, made once for a statement and for any value, taken from the service itself.
"""

import asyncio
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from random import Random
from typing import Any, LiteralString
from uuid import uuid4

import httpx
import psycopg
import pytest
from pydantic import SecretStr

from baseregistry import cluster, db
from baseregistry.access import tokens
from baseregistry.registries.answer import Answer, Limits, Plan, Pool, wire
from baseregistry.registries.installation import declared
from baseregistry.seed import seed
from baseregistry.server import Service
from baseregistry.settings import Settings
from bench import batch
from bench.documents import Keys, fresh
from bench.province import Province
from bench.questions import cases, searches
from tests.conftest import SRID

PEOPLE = 1_500
DOCUMENTS = 60
SEED = 49
VERSIONED = """SELECT relname FROM pg_stat_user_tables t WHERE EXISTS
 (SELECT FROM pg_attribute WHERE attrelid = t.relid AND attname = 'recorded_to')"""
EVERY_VALID = re.compile(r"\(valid @> [^=]*\)|")
SCANS: tuple[LiteralString, ...] = (
    "SELECT * FROM population_person WHERE ethnicity = 'KINH'",
    "SELECT * FROM population_person WHERE ethnicity = 'KINH' ORDER BY record_id LIMIT 5",
    "SET LOCAL enable_seqscan = off",
    "SET LOCAL enable_indexscan = off",
    "SELECT * FROM population_person WHERE recorded_to IS NULL AND valid @> now()",
)
SMALL = {"administration_unit", "administration_succession"}  # some hundred rows, however large the province is

Node = dict[str, Any]


@dataclass(frozen=True)
class Filled:
    """A seeded province, and a reader's connection with the settings of the service's own."""

    province: Province
    settings: Settings
    reader: "psycopg.Connection[Any]"
    versioned: frozenset[str]

    def refuse_scans(self, asked: list[tuple[str, Any]], monkeypatch: pytest.MonkeyPatch) -> None:
        """Fail when a plan of these questions reads versions from end to end; the service must find something for each."""
        plans = asyncio.run(_recorded(self.settings, asked, monkeypatch))
        assert len(plans) >= len({text for text, _ in asked})
        for plan, values in plans:
            nodes = list(self._explained(plan, values))
            assert any(node.get("Relation Name") in self.versioned for node in nodes), "the plan reads no versions"
            scans = [node for node in nodes if self._scans(node)]
            assert scans == [], f"{plan.sql}\n{scans}"

    def _scans(self, node: Node) -> bool:
        """Whether a node reads all versions of a table: from end to end, along an index without a condition, or by an
        index that is asked only for what is valid at the moment, which most versions are."""
        if node["Node Type"] == "Bitmap Index Scan":
            return EVERY_VALID.fullmatch(node.get("Index Cond", "")) is not None
        conditioned = "Index Cond" in node or node["Node Type"] == "Bitmap Heap Scan"
        return node.get("Relation Name") in self.versioned - SMALL and not conditioned

    def _explained(self, plan: Plan, values: list[Any]) -> Iterator[Node]:
        literals = ["NULL" if value is None else psycopg.sql.quote(value.decode()) for value in plan.bind(values)]
        given = f"({', '.join(literals)})" if literals else ""
        self.reader.execute(f"PREPARE asked AS {plan.sql}".encode())
        row = self.reader.execute(f"EXPLAIN (FORMAT JSON) EXECUTE asked{given}".encode()).fetchone()
        self.reader.execute("DEALLOCATE asked")
        assert row is not None
        return _nodes(row[0][0]["Plan"])


def _nodes(plan: Node) -> Iterator[Node]:
    yield plan
    for inner in plan.get("Plans", []):
        yield from _nodes(inner)


async def _recorded(
    settings: Settings, asked: list[tuple[str, Any]], monkeypatch: pytest.MonkeyPatch
) -> list[tuple[Plan, list[Any]]]:
    """The plans that the service runs for these questions, and what it binds."""
    plans: list[tuple[Plan, list[Any]]] = []
    run = Pool.run

    async def listening(pool: Pool, plan: Plan, values: list[Any], points: int = 0) -> Answer:
        plans.append((plan, values))
        return await run(pool, plan, values, points)

    monkeypatch.setattr(Pool, "run", listening)
    service = Service(settings, without_access=True)
    headers = {"authorization": f"Bearer {tokens.issue(settings, 'tester')}"}
    transport = httpx.ASGITransport(service)
    async with (
        service.opened(),
        httpx.AsyncClient(transport=transport, base_url="http://127.0.0.1:8000", headers=headers) as client,
    ):
        for query, variables in asked:
            said = (await client.post("/graphql", json={"query": query, "variables": variables})).json()
            assert "errors" not in said, said
            assert any(said["data"].values()), "nothing was found"
    return plans


@pytest.fixture(scope="module")
def filled(
    running_cluster: cluster.Cluster, template: Callable[[int], str], tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Filled]:
    name, data = f"plans_{uuid4().hex}", tmp_path_factory.mktemp("data")
    url = running_cluster.url(name)
    settings = Settings(database_url=SecretStr(url), data=data, read_connections=1)
    with psycopg.connect(running_cluster.url("postgres", "postgres"), autocommit=True) as administrator:
        administrator.execute(f'CREATE DATABASE "{name}" OWNER {cluster.ROLE} TEMPLATE "{template(SRID)}"')
        try:
            yield from _filled(url, settings, data)
        finally:
            administrator.execute(f'DROP DATABASE "{name}" WITH (FORCE)')


def _filled(url: str, settings: Settings, data: Path) -> Iterator[Filled]:
    engine = db.engine(url, settings.schema_name)
    seed(engine, declared(settings), PEOPLE)
    engine.dispose()
    with psycopg.connect(url, autocommit=True) as connection:
        versioned = frozenset(row[0] for row in connection.execute(VERSIONED))
    with psycopg.connect(wire._conninfo(url, settings.schema_name, Limits()), autocommit=True) as reader:
        yield Filled(Province(PEOPLE, data, url), settings, reader, versioned)


@pytest.mark.slow
@pytest.mark.parametrize("place", range(4))
def test_questions_of_the_bench(filled: Filled, place: int, monkeypatch: pytest.MonkeyPatch) -> None:
    case = cases(filled.province)[place]
    filled.refuse_scans([(case.queries["ours"], {"key": key}) for key in case.keys[:3]], monkeypatch)


@pytest.mark.slow
def test_a_batch_of_keys(filled: Filled, monkeypatch: pytest.MonkeyPatch) -> None:
    numbers = list(cases(filled.province)[0].keys[:1_000])
    filled.refuse_scans([(batch.BATCH, {"keys": numbers})], monkeypatch)


@pytest.mark.slow
def test_documents_never_seen_before(filled: Filled, monkeypatch: pytest.MonkeyPatch) -> None:
    keys, chance = Keys.of(cases(filled.province)), Random(SEED)
    filled.refuse_scans([fresh(number, keys, chance) for number in range(DOCUMENTS)], monkeypatch)


@pytest.mark.slow
@pytest.mark.parametrize("place", range(3))
def test_searches_for_names(filled: Filled, place: int, monkeypatch: pytest.MonkeyPatch) -> None:
    case = searches(filled.province)[place]
    filled.refuse_scans([(case.queries["ours"], {"key": key}) for key in case.keys[:3]], monkeypatch)


def test_a_scan_is_seen(filled: Filled) -> None:
    """What the other tests look for is found where it is."""
    with filled.reader.transaction(force_rollback=True):
        for said in SCANS:
            if said.startswith("SET"):
                filled.reader.execute(said)
                continue
            row = filled.reader.execute(f"EXPLAIN (FORMAT JSON) {said}".encode()).fetchone()
            assert row is not None
            assert any(filled._scans(node) for node in _nodes(row[0][0]["Plan"])), said

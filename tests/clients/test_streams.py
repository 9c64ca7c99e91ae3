"""The clients of npm for subscriptions: each change is told once, in order, also to one that leaves and comes back."""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from pydantic import SecretStr

from baseregistry.settings import Settings
from tests.clients.conftest import Node
from tests.conftest import Database
from tests.graphql.streams.conftest import Register, Running, serving

pytestmark = pytest.mark.clients


@pytest.fixture
def running(database: Database, tmp_path: Path) -> Iterator[Running]:
    with serving(Settings(database_url=SecretStr(database.url), data=tmp_path, port=0)) as running:
        yield running


@pytest.mark.parametrize("program", ["ws.mjs", "sse.mjs"])
def test_a_client_follows_the_ledger(database: Database, running: Running, node: Node, program: str) -> None:
    register = Register(database)
    register.changes(*range(5))
    with ThreadPoolExecutor(1) as beside:
        telling = beside.submit(node, program, f"{running.address}/graphql", running.token(), "12")
        register.changes(*range(5, 12))
        assert telling.result().split() == [str(position) for position in range(1, 13)]

"""The small world in a database of its own, and a client that asks it through HTTP."""

import asyncio
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any
from uuid import uuid4

import httpx
import psycopg
import pytest
from pydantic import SecretStr

from baseregistry import cluster, db
from baseregistry.access import tokens
from baseregistry.access.askers import UNCHECKED
from baseregistry.graphql.http import Endpoint
from baseregistry.graphql.requests import Asked
from baseregistry.registries.installation import declared
from baseregistry.server import Service
from baseregistry.settings import Settings
from tests.conftest import by_role
from tests.graphql.world import World, build

if TYPE_CHECKING:
    from tests.graphql.reference.compared import Compared


@dataclass
class Client:
    """Asks the service as a client does: HTTP in, HTTP out, on an event loop of its own."""

    runner: asyncio.Runner
    service: Service
    token: str
    world: World

    def send(self, method: str = "POST", path: str = "/graphql", **said: Any) -> httpx.Response:
        """One request as it is given."""
        return self.runner.run(self._send(method, path, said))

    async def _send(self, method: str, path: str, said: dict[str, Any]) -> httpx.Response:
        transport = httpx.ASGITransport(self.service)
        async with httpx.AsyncClient(transport=transport, base_url="http://127.0.0.1:8000") as client:
            return await client.request(method, path, **said)

    def ask(self, text: str, headers: dict[str, str] | None = None, **variables: Any) -> httpx.Response:
        """A question by POST with the token."""
        headers = {"authorization": f"Bearer {self.token}", **(headers or {})}
        return self.send(json={"query": text, "variables": variables}, headers=headers)

    def data(self, text: str, **variables: Any) -> Any:
        """The `data` of a question that must be answered."""
        body = self.ask(text, **variables).json()
        assert "errors" not in body, body["errors"]
        return body["data"]

    def lanes(self, text: str, **variables: Any) -> tuple[bytes, bytes]:
        """The whole answer of both lanes."""
        endpoint = self.service.graphql
        assert isinstance(endpoint, Endpoint)
        asked = Asked(text, None, variables)
        return self.runner.run(endpoint.door.answer(asked, UNCHECKED)), self.runner.run(
            endpoint.door.executed(asked, UNCHECKED)
        )


@pytest.fixture(scope="session")
def world(running_cluster: cluster.Cluster, template: Any) -> Iterator[World]:
    with empty_world(running_cluster, template) as made:
        yield build(made)


@pytest.fixture(scope="session")
def client(world: World, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Client]:
    with client_of(world, tmp_path_factory.mktemp("data")) as made:
        yield made


@pytest.fixture(scope="session")
def compared(
    running_cluster: cluster.Cluster, template: Any, tmp_path_factory: pytest.TempPathFactory
) -> "Iterator[Compared]":
    """A world with more of a past, the service over it, and the reference over the same rows."""
    from tests.graphql.reference import past
    from tests.graphql.reference.compared import compare

    with empty_world(running_cluster, template) as world:
        past.build(world)
        with client_of(world, tmp_path_factory.mktemp("data")) as client:
            yield compare(client)


@contextmanager
def empty_world(running_cluster: cluster.Cluster, template: Any) -> Iterator[World]:
    """A world in a database of its own, in which nothing is written yet."""
    name = f"world_{uuid4().hex}"
    settings = Settings(database_url=SecretStr(running_cluster.url(name)))
    with psycopg.connect(running_cluster.url("postgres", "postgres"), autocommit=True) as connection:
        connection.execute(f'CREATE DATABASE "{name}" OWNER {cluster.ROLE} TEMPLATE "{template(settings.srid)}"')
        path = f"search_path = {settings.schema_name}, public"
        connection.execute(f'ALTER ROLE {cluster.ROLE} IN DATABASE "{name}" SET {path}')
    engine = db.engine(running_cluster.url(name), settings.schema_name)
    yield World(engine, declared(settings))
    engine.dispose()
    with psycopg.connect(running_cluster.url("postgres", "postgres"), autocommit=True) as connection:
        connection.execute(f'DROP DATABASE "{name}" WITH (FORCE)')


@contextmanager
def client_of(world: World, folder: Path) -> Iterator[Client]:
    """The service over that world, in this process."""
    url = world.engine.url.set(drivername="postgresql").render_as_string(hide_password=False)
    settings = Settings(database_url=SecretStr(url), data=folder, read_connections=2, **by_role(url))
    service = Service(settings, without_access=True)
    with asyncio.Runner() as runner:
        opened = service.opened()
        runner.run(opened.__aenter__())
        try:
            yield Client(runner, service, tokens.issue(settings, "tester"), world)
        finally:
            runner.run(opened.__aexit__(None, None, None))

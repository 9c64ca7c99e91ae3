"""The service as its clients meet it: a real server on a free port over the small world, and Node to ask it with."""

import shutil
import subprocess
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa
import uvicorn
from pydantic import SecretStr

from baseregistry.access import tokens
from baseregistry.server import configured
from baseregistry.settings import Settings
from tests.conftest import missing
from tests.graphql.conftest import world
from tests.graphql.world import World

__all__ = ["world"]

HERE = Path(__file__).parent
NODE_SECONDS = 120


@dataclass(frozen=True)
class Served:
    """Where the service answers, and the token it takes."""

    address: str
    token: str
    world: World

    @property
    def graphql(self) -> str:
        """Its one address for questions."""
        return f"{self.address}/graphql"


@contextmanager
def listening(engine: sa.Engine, folder: Path, *, access: bool = False, **settings: Any) -> Iterator[tuple[str, str]]:
    """A real server over a database, in a thread, while the block lasts: its address, and a token it takes.  Without
    `access` whoever has a token may ask everything."""
    url = SecretStr(engine.url.set(drivername="postgresql").render_as_string(hide_password=False))
    said = Settings(database_url=url, data=folder, port=0, **{"read_connections": 2, **settings})
    server = uvicorn.Server(configured(said, without_access=not access))
    thread = threading.Thread(target=server.run)
    thread.start()
    while not server.started and thread.is_alive():
        time.sleep(0.01)
    host, port = server.servers[0].sockets[0].getsockname()
    try:
        yield f"http://{host}:{port}", tokens.issue(said, "tester")
    finally:
        server.should_exit = True
        thread.join(20)
        assert not thread.is_alive()


@contextmanager
def serving(world: World, folder: Path, **settings: Any) -> Iterator[Served]:
    """The same over the small world."""
    with listening(world.engine, folder, **settings) as (address, token):
        yield Served(address, token, world)


@pytest.fixture(scope="session")
def served(world: World, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    """The service for all tests of the run."""
    with serving(world, tmp_path_factory.mktemp("served")) as served:
        yield served


Node = Callable[..., str]


@pytest.fixture(scope="session")
def node() -> Node:
    """Runs a program of this folder with Node, and gives what it printed: ``node("urql.mjs", address, token)``."""
    if not shutil.which("node"):
        missing("Node is not installed: the clients of npm were not tried. Debian: apt install nodejs npm.")
    if not (HERE / "node_modules").is_dir():
        missing("The packages of tests/clients are not installed: `.ci/clients` fetches them with npm.")

    def run(*arguments: str, cwd: Path = HERE) -> str:
        program, *others = arguments
        told = subprocess.run(
            ["node", str(HERE / program), *others],
            cwd=cwd,
            capture_output=True,
            text=True,
            timeout=NODE_SECONDS,
            check=False,
        )
        assert told.returncode == 0, told.stdout + told.stderr
        return told.stdout

    return run

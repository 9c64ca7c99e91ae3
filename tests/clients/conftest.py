"""The service as its clients meet it: a real server on a free port over the small world, and Node to ask it with."""

import shutil
import subprocess
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
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


@pytest.fixture(scope="session")
def served(world: World, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    """A real server, in a thread."""
    url = world.engine.url.set(drivername="postgresql").render_as_string(hide_password=False)
    settings = Settings(database_url=SecretStr(url), data=tmp_path_factory.mktemp("served"), port=0, read_connections=2)
    server = uvicorn.Server(configured(settings))
    thread = threading.Thread(target=server.run)
    thread.start()
    while not server.started and thread.is_alive():
        time.sleep(0.01)
    host, port = server.servers[0].sockets[0].getsockname()
    yield Served(f"http://{host}:{port}", tokens.issue(settings, "tester"), world)
    server.should_exit = True
    thread.join(20)
    assert not thread.is_alive()


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

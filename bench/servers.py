"""The servers that are measured, as child processes on free ports of the loopback interface.

Ours is measured without access, as its peers are; `python -m bench access` tells what access costs.
"""

import socket
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field

from bench.province import Province

CONNECTIONS = 8  # of each server to the database
# Limits of clients are held as they are served, with room for whatever the bench asks.
ROOM = {
    "BASEREGISTRY_CLIENT_REQUESTS_PER_SECOND": "999999",
    "BASEREGISTRY_CLIENT_BURST": "999999",
    "BASEREGISTRY_CLIENT_COST_PER_MINUTE": "999999999",
    "BASEREGISTRY_CLIENT_PERSONAL_RECORDS_PER_DAY": "999999999",
    "BASEREGISTRY_ANONYMOUS_REQUESTS_PER_SECOND": "999999",
    "BASEREGISTRY_ANONYMOUS_COST_PER_MINUTE": "999999999",
}
PLAIN = ["--no-access-log", "--log-level", "error", "--loop", "uvloop", "--http", "httptools"]


@dataclass(frozen=True)
class Target:
    """A server and the path that answers."""

    name: str
    port: int
    path: str
    pid: int
    authorization: str = ""
    headers: Mapping[str, str] = field(default_factory=dict)  # what else each request says


def ours(
    province: Province, stack: ExitStack, *, access: bool = False, program: Sequence[str] = ("bench.without_access",)
) -> Target:
    """Our server on a province, until `stack` closes: with access as it is served, else as `program` serves it."""
    token = province.command("token").stdout.split()[-1]
    port = free_port()
    mine = {"BASEREGISTRY_PORT": str(port), "BASEREGISTRY_READ_CONNECTIONS": str(CONNECTIONS), **ROOM}
    words = [sys.executable, "-m", *(("baseregistry", "serve") if access else program)]
    pid = stack.enter_context(serving(words, port, province.environment | mine))
    return Target("ours", port, "/graphql", pid, f"Bearer {token}")


def uvicorn(name: str, application: Sequence[str], province: Province, stack: ExitStack) -> Target:
    """An ASGI application of the bench on the same server program as ours."""
    port = free_port()
    words = [sys.executable, "-m", "uvicorn", *application, "--port", str(port), *PLAIN]
    environment = province.environment | {"BENCH_URL": province.url, "BENCH_CONNECTIONS": str(CONNECTIONS)}
    return Target(name, port, "/graphql", stack.enter_context(serving(words, port, environment)))


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@contextmanager
def serving(words: Sequence[str], port: int, environment: Mapping[str, str]) -> Iterator[int]:
    """A server as a child process, until the block ends; its process id."""
    child = subprocess.Popen(words, env=dict(environment), stdout=subprocess.DEVNULL)
    try:
        _wait(port, child)
        yield child.pid
    finally:
        child.terminate()
        try:
            child.wait(20)
        except subprocess.TimeoutExpired:
            child.kill()
            child.wait()


def _wait(port: int, child: subprocess.Popen[bytes]) -> None:
    for _ in range(600):
        if child.poll() is not None:
            raise SystemExit(f"the server ended by itself with {child.returncode}")
        with socket.socket() as probe:
            if probe.connect_ex(("127.0.0.1", port)) == 0:
                return
        time.sleep(0.1)
    raise SystemExit("the server did not come up in 60 s")

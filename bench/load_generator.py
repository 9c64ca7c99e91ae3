"""Load over loopback: wrk with one thread, random variables from a file, for a bounded time; servers as child processes."""

import json
import re
import shutil
import socket
import subprocess
import sys
import tempfile
import time
import urllib.request
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

LUA = """
local bodies = {}
for line in io.lines("%(bodies)s") do bodies[#bodies + 1] = line end
wrk.method = "POST"
wrk.headers["Content-Type"] = "application/json"
wrk.headers["Authorization"] = "%(authorization)s"
local n = 0
request = function()
  n = n %% #bodies + 1
  return wrk.format(nil, "%(path)s", nil, bodies[n])
end
done = function(summary, latency)
  io.write(string.format("RESULT %%d %%d %%d %%d %%d %%d\\n", summary.requests, summary.duration,
    latency:percentile(50), latency:percentile(99),
    summary.errors.status, summary.errors.connect + summary.errors.read + summary.errors.write + summary.errors.timeout))
end
"""


@dataclass(frozen=True)
class Measured:
    """One run: requests per second, latencies in milliseconds, and what went wrong."""

    rate: float
    p50: float
    p99: float
    failed: int


@dataclass(frozen=True)
class Target:
    """A server and the path that answers; `variables` builds the same bodies for each target."""

    name: str
    port: int
    path: str
    authorization: str = ""


def run(target: Target, bodies: Sequence[bytes], seconds: int, connections: int) -> Measured:
    """Drive `target` with `bodies` in turn for `seconds`."""
    if shutil.which("wrk") is None:
        raise SystemExit("The load generator wrk is missing: apt-get install wrk")
    with tempfile.TemporaryDirectory() as folder:
        file, script = Path(folder) / "bodies", Path(folder) / "load.lua"
        file.write_bytes(b"\n".join(bodies) + b"\n")
        script.write_text(LUA % {"bodies": file, "authorization": target.authorization, "path": target.path})
        words = [
            "wrk",
            "-t1",
            f"-c{connections}",
            f"-d{seconds}s",
            "-s",
            str(script),
            f"http://127.0.0.1:{target.port}",
        ]
        printed = subprocess.run(words, check=True, text=True, capture_output=True).stdout
    found = re.search(r"RESULT (\d+) (\d+) (\d+) (\d+) (\d+) (\d+)", printed)
    if found is None:
        raise SystemExit(f"wrk said nothing about {target.name}:\n{printed}")
    requests, micros, p50, p99, status, broken = map(int, found.groups())
    return Measured(requests / micros * 1e6, p50 / 1000, p99 / 1000, status + broken)


def bodies(query: str, variables: Sequence[Mapping[str, object]]) -> list[bytes]:
    """One request body per set of variables."""
    return [json.dumps({"query": query, "variables": each}).encode() for each in variables]


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@contextmanager
def serving(words: Sequence[str], port: int, environment: Mapping[str, str]) -> Iterator[int]:
    """A server as a child process, until the block ends; its process id."""
    child = subprocess.Popen([sys.executable, "-m", *words], env=dict(environment), stdout=subprocess.DEVNULL)
    try:
        _wait(port, child)
        yield child.pid
    finally:
        child.terminate()
        child.wait(20)


def _wait(port: int, child: subprocess.Popen[bytes]) -> None:
    for _ in range(300):
        if child.poll() is not None:
            raise SystemExit(f"the server ended by itself with {child.returncode}")
        with socket.socket() as probe:
            if probe.connect_ex(("127.0.0.1", port)) == 0:
                return
        time.sleep(0.1)
    raise SystemExit("the server did not come up in 30 s")


def post(target: Target, body: bytes) -> dict[str, object]:
    """One answer, for comparing that all targets say the same."""
    headers = {"Content-Type": "application/json", "Authorization": target.authorization}
    request = urllib.request.Request(f"http://127.0.0.1:{target.port}{target.path}", body, headers)
    with urllib.request.urlopen(request, timeout=30) as response:
        answered: dict[str, object] = json.loads(response.read())
    return answered

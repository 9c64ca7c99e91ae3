"""Load over loopback: wrk with one thread, bodies in turn from a file, for a bounded time."""

import json
import re
import shutil
import subprocess
import tempfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from bench.servers import Target

LUA = """
local bodies = {}
for line in io.lines("%(bodies)s") do bodies[#bodies + 1] = line end
wrk.method = "POST"
wrk.headers["Content-Type"] = "application/json"
wrk.headers["Authorization"] = "%(authorization)s"
%(headers)s
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
    """One run: requests per second, latencies in milliseconds, how many were answered, and how many were not."""

    rate: float
    p50: float
    p99: float
    requests: int
    failed: int


def run(target: Target, bodies: Sequence[bytes], seconds: int, connections: int) -> Measured:
    """Drive `target` with `bodies` in turn for `seconds`."""
    if shutil.which("wrk") is None:
        raise SystemExit("The load generator wrk is missing: apt-get install wrk")
    with tempfile.TemporaryDirectory() as folder:
        file, script = Path(folder) / "bodies", Path(folder) / "load.lua"
        file.write_bytes(b"\n".join(bodies) + b"\n")
        headers = "\n".join(f'wrk.headers["{name}"] = "{value}"' for name, value in target.headers.items())
        said = {"bodies": file, "authorization": target.authorization, "headers": headers, "path": target.path}
        script.write_text(LUA % said)
        load = ["-t1", f"-c{connections}", f"-d{seconds}s", "-s", str(script)]
        words = ["wrk", *load, f"http://127.0.0.1:{target.port}"]
        printed = subprocess.run(words, check=True, text=True, capture_output=True).stdout
    found = re.search(r"RESULT (\d+) (\d+) (\d+) (\d+) (\d+) (\d+)", printed)
    if found is None:
        raise SystemExit(f"wrk said nothing about {target.name}:\n{printed}")
    requests, micros, p50, p99, status, broken = map(int, found.groups())
    return Measured(requests / micros * 1e6, p50 / 1000, p99 / 1000, requests, status + broken)


def bodies(query: str, variables: Sequence[Mapping[str, object]]) -> list[bytes]:
    """One request body per set of variables."""
    return [json.dumps({"query": query, "variables": each}).encode() for each in variables]

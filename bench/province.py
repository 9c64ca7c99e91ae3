"""The province that is measured: an embedded cluster of its own, seeded once and kept for the next run."""

import json
import os
import subprocess
import sys
import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import psycopg


@dataclass(frozen=True)
class Province:
    """A seeded database, and how to reach it."""

    people: int
    data: Path

    @property
    def environment(self) -> dict[str, str]:
        return {**os.environ, "BASEREGISTRY_DATA": str(self.data)}

    def command(self, *words: str) -> subprocess.CompletedProcess[str]:
        """Run a command of ours against it; its progress goes to the terminal."""
        return subprocess.run(
            [sys.executable, "-m", "baseregistry", *words],
            env=self.environment,
            check=True,
            text=True,
            stdout=subprocess.PIPE,
        )

    @property
    def url(self) -> str:
        return str(json.loads(self.command("db", "status", "--json").stdout)["url"])

    def connect(self) -> psycopg.Connection[Any]:
        return psycopg.connect(self.url, options="-c search_path=baseregistry,public")


def prepared(people: int) -> Province:
    """The province of `people`, started, and seeded if it is empty.  Kept below BENCH_DATA (default: the temporary folder)."""
    root = Path(os.environ.get("BENCH_DATA", tempfile.gettempdir())) / "baseregistry-bench"
    root.mkdir(exist_ok=True, mode=0o755)
    province = Province(people, root / str(people))
    province.command("db", "start")
    province.command("migrate")
    with province.connect() as connection:
        empty = not connection.execute("SELECT EXISTS (SELECT FROM ledger_change)").fetchone()[0]  # type: ignore[index]
    if empty:
        province.command("seed", "--people", str(people))
        with province.connect() as connection:
            connection.autocommit = True
            connection.execute("VACUUM ANALYZE")
    return province

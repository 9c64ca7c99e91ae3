"""The province that is measured: an embedded cluster of its own, seeded once and kept for the next run."""

import json
import os
import re
import subprocess
import sys
import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import psycopg

HELD = re.compile(r"held the ledger for ([\d.,]+) s")


@dataclass(frozen=True)
class Province:
    """A seeded database, and how to reach it."""

    people: int
    data: Path
    database_url: str | None = None  # instead of the embedded cluster of the folder

    @property
    def environment(self) -> dict[str, str]:
        given = {"BASEREGISTRY_DATABASE_URL": self.database_url} if self.database_url else {}
        return {**os.environ, "BASEREGISTRY_DATA": str(self.data), **given}

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
        return self.database_url or str(json.loads(self.command("db", "status", "--json").stdout)["url"])

    def connect(self) -> psycopg.Connection[Any]:
        return psycopg.connect(self.url, options="-c search_path=baseregistry,public")

    @property
    def report(self) -> Path:
        """What `baseregistry seed` said when it filled this province."""
        return self.data / "seed.txt"

    @property
    def reorganisation_held(self) -> float | None:
        """Seconds for which the reorganisation held the ledger; None where the seed's report was not kept."""
        said = self.report.read_text(encoding="utf-8") if self.report.exists() else ""
        found = HELD.search(said)
        return float(found[1].replace(",", "")) if found else None


def root() -> Path:
    """The folder that keeps provinces and what else is fetched once: below BENCH_DATA (default: the temporary folder)."""
    folder = Path(os.environ.get("BENCH_DATA", tempfile.gettempdir())) / "baseregistry-bench"
    folder.mkdir(exist_ok=True, mode=0o755)
    return folder


def prepared(people: int) -> Province:
    """The province of `people`, started, and seeded if it is empty."""
    province = Province(people, root() / str(people))
    province.command("db", "start")
    province.command("migrate")
    with province.connect() as connection:
        empty = not connection.execute("SELECT EXISTS (SELECT FROM ledger_change)").fetchone()[0]  # type: ignore[index]
    if empty:
        said = province.command("seed", "--people", str(people)).stdout
        province.report.write_text(said, encoding="utf-8")
        print(said)
        with province.connect() as connection:
            connection.autocommit = True
            connection.execute("VACUUM ANALYZE")
    return province

"""Schemathesis asks whatever the schema allows, for a minute: nothing is a fault of the program."""

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

from tests.clients.conftest import HERE, serving
from tests.conftest import Database
from tests.graphql.world import World, build

SECONDS = os.environ.get("SCHEMATHESIS_SECONDS", "60")
HOOKS = "tests.clients.schemathesis_hooks"


@pytest.mark.slow
def test_whatever_the_schema_allows_is_answered_or_refused_with_a_code(database: Database, tmp_path: Path) -> None:
    world = build(World(database.engine, database.installation))  # its own: what is asked may also write
    with serving(world, tmp_path / "data") as served:
        told = subprocess.run(
            [sys.executable, "-m", "schemathesis.cli", "run", served.graphql, "--no-color",
             "--header", f"Authorization: Bearer {served.token}", "--max-time", SECONDS, "--seed", "1",
             "--checks", "answered_or_refused_with_a_code", "--generation-database", "none"],
            env={**os.environ, "SCHEMATHESIS_HOOKS": HOOKS, "PYTHONPATH": str(HERE.parents[1])},
            cwd=tmp_path, capture_output=True, text=True, timeout=float(SECONDS) + 120, check=False,
        )  # fmt: skip
    assert told.returncode == 0, told.stdout[-8_000:] + told.stderr[-2_000:]
    cases = re.search(r"^ +(\d+) generated, (\d+) passed", told.stdout, re.M)
    assert cases is not None, told.stdout[-2_000:]
    assert int(cases[1]) > 30

"""The tutorial for a portal's developer, run from top to bottom: each command prints what stands under it.

``sh`` blocks are run in one shell after another, with what they export; ``text`` and ``json`` under them is what they
print.  What is left out of a JSON answer is not compared, nor what ``…`` stands for in a line.
"""

import json
import os
import re
import subprocess
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any
from uuid import uuid4

import psycopg
import pytest
from pydantic import SecretStr

from baseregistry import cluster, db
from baseregistry.commands.sample import let_in
from baseregistry.registries.installation import declared
from baseregistry.seed import seed
from baseregistry.seed.progress import Silent
from baseregistry.settings import Settings
from tests.clients.conftest import listening
from tests.clients.test_clients import PYTHON
from tests.conftest import SRID, missing
from tests.test_printed_answers import differences

pytestmark = pytest.mark.clients

ROOT = Path(__file__).parents[2]
PAGE = ROOT / "docs" / "tutorial" / "ask-from-a-portal.md"
PEOPLE = 2_000  # as its first command says
BLOCK = re.compile(r"^```(sh|text|json|python|toml|graphql)\n(.*?)^```$", re.MULTILINE | re.DOTALL)
FILES = {"toml": "pyproject.toml", "graphql": "questions.graphql"}


@pytest.fixture
def portal(
    running_cluster: cluster.Cluster, template: Callable[[int], str], tmp_path: Path
) -> Iterator[tuple[str, str, Path]]:
    """The address, the token and the folder of a portal beside a demo."""
    if not (PYTHON / "python").exists():
        missing("The clients in Python are not installed: `.ci/clients python` makes .venv-clients.")
    name = f"portal_{uuid4().hex}"
    settings = Settings(database_url=SecretStr(running_cluster.url(name)))
    folder = tmp_path / "portal"
    folder.mkdir()
    (tmp_path / "baseregistry").symlink_to(ROOT / "baseregistry")
    with psycopg.connect(running_cluster.url("postgres", "postgres"), autocommit=True) as administrator:
        administrator.execute(f'CREATE DATABASE "{name}" OWNER {cluster.ROLE} TEMPLATE "{template(SRID)}"')  # type: ignore[call-overload]
        engine = db.engine(running_cluster.url(name), settings.schema_name)
        seed(engine, declared(settings), PEOPLE, Silent())
        let_in(engine, declared(settings))
        with listening(engine, tmp_path / "data", access=True) as (address, token):
            yield address, token, folder
        engine.dispose()
        administrator.execute(f'DROP DATABASE "{name}" WITH (FORCE)')  # type: ignore[call-overload]


def run(program: str, folder: Path, token: str) -> str:
    """What a block of commands prints, after the blocks before it."""
    environment = {**os.environ, "TOKEN": token, "PATH": f"{PYTHON}:{os.environ['PATH']}", "BASH_ENV": "exported"}
    told = subprocess.run(
        ["bash", "-euo", "pipefail", "-c", program + "\nexport -p > exported"],
        cwd=folder,
        env=environment,
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    assert told.returncode == 0, program + told.stdout + told.stderr
    return told.stdout


def unlike(said: str, printed: str) -> list[str]:
    """The lines of `said` that are not those of `printed`; ``…`` stands for anything."""
    lines, actual = ([line for line in text.splitlines() if line] for text in (said, printed))
    if len(lines) != len(actual):
        return [f"{len(lines)} lines are shown, {len(actual)} printed", *actual]
    patterns = (".*".join(map(re.escape, line.split("…"))) for line in lines)
    return [line for line, pattern in zip(actual, patterns, strict=True) if not re.fullmatch(pattern, line)]


def test_every_command_prints_what_stands_under_it(portal: tuple[str, str, Path]) -> None:
    address, token, folder = portal
    printed, compared = "", 0
    for language, block in BLOCK.findall(PAGE.read_text(encoding="utf-8")):
        if language == "sh":
            printed = run(block.replace("http://127.0.0.1:8000", address), folder, token)
        elif language == "python":
            (folder / block.splitlines()[0].removeprefix("# ")).write_text(block, encoding="utf-8")
        elif language in FILES:
            (folder / FILES[language]).write_text(block, encoding="utf-8")
        else:
            wrong: Any = unlike(block, printed)
            if language == "json":
                wrong = list(differences(json.loads(printed), json.loads(block)))
            assert wrong == []
            compared += 1
    assert compared > 10

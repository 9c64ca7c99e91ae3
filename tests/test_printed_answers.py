"""The answers that README and tutorial print are the answers of the sample province that `make demo` loads.

When the sample changes they have to be asked for and printed again; what is left out of a printed answer is not compared.
"""

import asyncio
import json
import re
import shutil
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from uuid import uuid4

import httpx
import psycopg
import pytest
from pydantic import SecretStr

from baseregistry import cluster, db, errors
from baseregistry.access import tokens
from baseregistry.commands.sample import let_in
from baseregistry.registries.imports import ImportOrder, Report, run_import
from baseregistry.registries.installation import declared
from baseregistry.registries.ledger import Document, Kind, Provenance
from baseregistry.registries.verification import verify
from baseregistry.seed import seed
from baseregistry.seed.progress import Silent
from baseregistry.server import Service
from baseregistry.settings import Settings
from tests.conftest import SRID, Database
from tests.test_docs import DOCS, ROOT, blocks, text

PEOPLE = 20_000  # as `make demo` has
LAND_OFFICE = Provenance(kind=Kind.REGISTRATION, agency="Văn phòng đăng ký đất đai", recorded_by="lan")
TUTORIAL = DOCS / "tutorial" / "first-register.md"
BEFORE_IMPORT = 3  # questions of the tutorial


@dataclass(frozen=True)
class Demo:
    """The sample, and somebody who asks it."""

    database: Database
    folder: Path

    def ask(self, question: str) -> Any:
        """The answer, from a service that lives for one question."""
        return asyncio.run(self._ask(question))

    async def _ask(self, question: str) -> Any:
        settings = self.database.settings.model_copy(update={"data": self.folder, "read_connections": 1})
        service = Service(settings)
        purpose = re.search(r"^# X-Purpose: (\S+)$", question, re.MULTILINE)
        errand = {"x-purpose": purpose[1] if purpose else "land-transfer", "x-case": "HS-2026-01"}
        headers = {"authorization": f"Bearer {tokens.issue(settings, 'reader')}", **errand}
        async with service.opened():
            asked = httpx.AsyncClient(transport=httpx.ASGITransport(service), base_url="http://127.0.0.1:8000")
            async with asked as client:
                return (await client.post("/graphql", json={"query": question}, headers=headers)).json()

    def bring(self, file: Path, **word: Any) -> Report:
        """Import a file as the tutorial does."""
        provenance = Provenance(
            **{**{name: getattr(LAND_OFFICE, name) for name in ("kind", "agency", "recorded_by")}, **word}
        )
        order = ImportOrder(entity="land.parcel", file=file, provenance=provenance, map=file.with_name("street.toml"))
        return run_import(self.database.engine, self.database.installation, order)


@pytest.fixture(scope="module")
def demo(
    running_cluster: cluster.Cluster, template: Callable[[int], str], tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Demo]:
    name = f"demo_{uuid4().hex}"
    settings = Settings(database_url=SecretStr(running_cluster.url(name)))
    with psycopg.connect(running_cluster.url("postgres", "postgres"), autocommit=True) as administrator:
        administrator.execute(f'CREATE DATABASE "{name}" OWNER {cluster.ROLE} TEMPLATE "{template(SRID)}"')  # type: ignore[call-overload]
        engine = db.engine(running_cluster.url(name), settings.schema_name)
        seed(engine, declared(settings), PEOPLE, Silent())
        let_in(engine, declared(settings))
        yield Demo(Database(name, settings, engine, declared(settings)), tmp_path_factory.mktemp("demo"))
        engine.dispose()
        administrator.execute(f'DROP DATABASE "{name}" WITH (FORCE)')  # type: ignore[call-overload]


def printed(page: Path) -> list[tuple[str, Any]]:
    """The questions of a page, with the answers under them."""
    questions, answers = blocks(page, "graphql"), blocks(page, "json")
    assert len(questions) == len(answers)
    return [(question, json.loads(answer)) for question, answer in zip(questions, answers, strict=True)]


def differences(actual: Any, said: Any, place: str = "") -> Iterator[str]:
    """Where an answer is not what is printed."""
    if isinstance(said, dict) and isinstance(actual, dict):
        for name, value in said.items():
            yield from differences(actual.get(name), value, f"{place}.{name}")
    elif isinstance(said, list) and isinstance(actual, list) and len(said) == len(actual):
        for number, value in enumerate(said):
            yield from differences(actual[number], value, f"{place}[{number}]")
    elif actual != said:
        yield f"{place}: printed {said!r}, answered {actual!r}"


def test_the_first_question_is_the_one_that_curl_asks() -> None:
    page = ROOT / "README.md"
    curl = re.search(r"-d '(\{.*\})'", text(page))
    assert curl is not None
    assert json.loads(curl[1])["query"].split() == blocks(page, "graphql")[0].split()


@pytest.mark.slow
def test_the_readme_prints_what_is_answered(demo: Demo) -> None:
    for question, answer in printed(ROOT / "README.md"):
        assert list(differences(demo.ask(question), answer)) == []


@pytest.mark.slow
def test_the_examples_of_the_explorer_show_the_province(demo: Demo) -> None:
    people, units, _ = re.findall(r"query: `(.*?)`", text(ROOT / "baseregistry/graphql/page/graphiql.js"), re.DOTALL)
    found = demo.ask(people)["data"]["persons"]["nodes"]
    assert len(found) == 5
    assert all("Thị" in person["fullName"] and person["rights"]["nodes"] for person in found)
    answer = demo.ask(units)["data"]
    assert "Phường Hội An" in {unit["name"] for unit in answer["today"]["nodes"]}
    assert answer["before"]["nodes"]


@pytest.mark.slow
def test_the_tutorial_prints_what_happens(demo: Demo, tmp_path: Path) -> None:
    questions = printed(TUTORIAL)
    for question, answer in questions[:BEFORE_IMPORT]:
        assert list(differences(demo.ask(question), answer)) == []
    shutil.copytree(TUTORIAL.with_name("files"), tmp_path, dirs_exist_ok=True)
    file = tmp_path / "street.geojson"
    first = demo.bring(file, document=Document("12/TB-VPDK"))
    assert (first.rows, first.new, first.refused, first.refusals) == (5, 4, 1, {"input.unknown_code": 1})
    assert first.findings == {"land.parcel_overlaps": 2, "land.documented_area_differs": 1}
    assert f"positions {first.positions[0]}-{first.positions[-1]}" in text(TUTORIAL)
    assert f"lacking   {first.lacking:>10,}" in text(TUTORIAL)
    file.write_text(text(file).replace('"HOUSE"', '"ODT"'), encoding="utf-8")
    second = demo.bring(file, document=Document("12/TB-VPDK"))
    assert (second.new, second.unchanged, second.refused) == (1, 4, 0)
    file.write_text(text(file).replace('"102.4"', '"122.4"'), encoding="utf-8")
    word = {"kind": Kind.CORRECTION, "reason": "Sai sót khi nhập diện tích"}
    with pytest.raises(errors.Refused, match="approval"):
        demo.bring(file, **word)
    third = demo.bring(file, **word, approved_by="minh")
    assert (third.changed, third.unchanged) == (1, 4)
    with db.reading(demo.database.engine) as reading:
        verdict = verify(reading, demo.database.installation)
    assert verdict.sound
    assert f"`{verdict.position} changes, {verdict.versions} versions, head …`" in text(TUTORIAL)
    for question, answer in questions[BEFORE_IMPORT:]:
        assert list(differences(demo.ask(question), answer)) == []

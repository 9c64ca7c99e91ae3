"""Clients of others, as they come from their registries: what each does by itself works here."""

import os
import re
import shutil
import subprocess
from hashlib import sha256
from pathlib import Path

import httpx
import orjson
import pytest

from baseregistry.graphql.schema import COMMITTED
from tests.clients.conftest import HERE, Node, Served
from tests.conftest import missing

pytestmark = pytest.mark.clients

ROOT = HERE.parents[1]
PYTHON = ROOT / ".venv-clients" / "bin"
PAGES = sorted([ROOT / "README.md", *(ROOT / "docs").rglob("*.md")])
INSPECTOR = "node_modules/@graphql-inspector/cli/cjs/index.js"


@pytest.mark.parametrize("program", ["urql.mjs", "apollo.mjs"])
def test_a_client_of_npm(served: Served, node: Node, program: str) -> None:
    node(program, served.graphql, served.token)


# --- relay -------------------------------------------------------------------------------------------


def test_relays_compiler_takes_the_schema_and_its_manifest_can_be_asked_by_hash(
    served: Served, node: Node, tmp_path: Path
) -> None:
    folder = tmp_path / "relay"
    shutil.copytree(HERE / "relay", folder)
    shutil.copy(COMMITTED, folder / "schema.graphql")
    (folder / "persisted.json").write_text("{}", encoding="utf-8")
    node("node_modules/relay-compiler/cli.js", "relay.config.json", cwd=folder)
    manifest = orjson.loads((folder / "persisted.json").read_bytes())
    assert len(manifest) == 2, "the question, and the next page of its connection"
    for digest, text in manifest.items():
        assert sha256(text.encode()).hexdigest() == digest
        variables = {"id": str(served.world.id("parcel"))} if "$id" in text else {}
        body = {"documentId": f"sha256:{digest}", "variables": variables}
        unknown, told, known = (_posted(served, said) for said in (body, {**body, "query": text}, body))
        assert unknown["errors"][0]["extensions"]["code"] == "question.unknown_document"
        assert told["data"]["parcels"]["edges"]
        assert known["data"] == told["data"]


def _posted(served: Served, body: object) -> dict[str, dict[str, dict[str, object]]]:
    headers = {"authorization": f"Bearer {served.token}", "accept": "application/graphql-response+json"}
    found: dict[str, dict[str, dict[str, object]]] = httpx.post(served.graphql, json=body, headers=headers).json()
    return found


# --- graphql-inspector -------------------------------------------------------------------------------


def test_what_is_served_is_the_committed_schema(served: Served, node: Node, tmp_path: Path) -> None:
    told = tmp_path / "served.graphql"
    token = f"Authorization: Bearer {served.token}"
    node(INSPECTOR, "introspect", served.graphql, "--header", token, "--write", str(told), cwd=tmp_path)
    shutil.copy(COMMITTED, tmp_path / "committed.graphql")
    changes = re.findall(r"[✔✖⚠].*", node(INSPECTOR, "diff", "committed.graphql", "served.graphql", cwd=tmp_path))
    assert [change for change in changes if "oneOf" not in change] == [], "its introspection does not ask for @oneOf"
    text = told.read_text(encoding="utf-8")
    (tmp_path / "less.graphql").write_text(text.replace("  mapSheet: String\n", "  sheet: String\n"), encoding="utf-8")
    with pytest.raises(AssertionError, match="mapSheet"):
        node(INSPECTOR, "diff", "committed.graphql", "less.graphql", cwd=tmp_path)


def test_the_questions_of_the_documents_are_valid(node: Node, tmp_path: Path) -> None:
    shutil.copy(COMMITTED, tmp_path / "committed.graphql")
    texts = [page.read_text(encoding="utf-8") for page in PAGES]
    blocks = [block for text in texts for block in re.findall(r"^```graphql\n(.*?)^```$", text, re.M | re.S)]
    for number, block in enumerate(blocks):  # in which names may come again
        named = re.sub(r"^(query|mutation|subscription) (\w+)", rf"\g<1> \g<2>{number}", block, flags=re.M)
        (tmp_path / f"question{number}.graphql").write_text(named, encoding="utf-8")
    said = node(INSPECTOR, "validate", "question*.graphql", "committed.graphql", cwd=tmp_path)
    assert "All documents are valid" in said
    assert len(blocks) > 3


# --- clients in Python -------------------------------------------------------------------------------


def python(*arguments: str, cwd: Path = HERE) -> None:
    program, *others = arguments
    if not (PYTHON / "python").exists():
        missing("The clients in Python are not installed: `.ci/clients python` makes .venv-clients.")
    told = subprocess.run(
        [PYTHON / program, *others],
        cwd=cwd,
        env={**os.environ, "PYTHONPATH": str(cwd)},
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    assert told.returncode == 0, told.stdout + told.stderr


def test_gql(served: Served) -> None:
    python("python", str(HERE / "gql_client.py"), served.graphql, served.token)


def test_a_typed_client_by_ariadne_codegen(served: Served, tmp_path: Path) -> None:
    folder = tmp_path / "ariadne"
    shutil.copytree(HERE / "ariadne", folder)
    shutil.copy(COMMITTED, folder / "schema.graphql")
    python("ariadne-codegen", cwd=folder)
    python("python", str(HERE / "ariadne_client.py"), served.graphql, served.token, cwd=folder)

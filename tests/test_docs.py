"""What people read is true: settings, commands, links, questions and codes in the documents are those of the program."""

import re
from collections.abc import Iterator
from datetime import date
from decimal import Decimal
from pathlib import Path
from types import ModuleType
from typing import Any
from uuid import UUID

import psycopg
import pytest
from graphql import build_schema, is_object_type, parse, validate
from psycopg.types.range import DateRange
from typer.main import get_command

from baseregistry import cluster, db
from baseregistry.__main__ import app
from baseregistry.commands.edge import EXIT_CODES
from baseregistry.graphql.schema import COMMITTED
from baseregistry.registries.declarations import DECLARATIONS, RULES
from baseregistry.registries.imports.maps import RELATED, WHOLE
from baseregistry.registries.ledger import Kind, Provenance
from baseregistry.registries.redaction import Redaction, redact
from baseregistry.registries.verification import verify
from baseregistry.settings import Settings
from tests.conftest import Database
from tests.registries.scene import Scene, box

ROOT = Path(__file__).parents[1]
DOCS = ROOT / "docs"
REFERENCE = DOCS / "reference"
PAGES = sorted([*ROOT.glob("*.md"), *DOCS.rglob("*.md"), *(ROOT / "baseregistry").rglob("*.md")])
SCHEMA = build_schema(COMMITTED.read_text(encoding="utf-8"))

LINK = re.compile(r"\[[^\]]*\]\(([^)\s]+)\)")
CODE = re.compile(
    r"`((?:input|question|acts|http|access|ledger|register|versions|cluster|settings|service|migrations|generated)\.[a-z_]+)`"
)
BLOCK = r"^```{}\n(.*?)^```$"


def name(page: Path) -> str:
    """``docs/README.md``."""
    return page.relative_to(ROOT).as_posix()


def text(page: Path) -> str:
    return page.read_text(encoding="utf-8")


def blocks(page: Path, language: str) -> list[str]:
    """The fenced blocks of a language."""
    return re.findall(BLOCK.format(language), text(page), re.MULTILINE | re.DOTALL)


def anchors(page: Path) -> set[str]:
    """The headings of a page as links name them."""
    headings = re.findall(r"^#+ (.*)$", re.sub(BLOCK.format("[a-z]*"), "", text(page), flags=re.M | re.S), re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-") for heading in headings}


def commands(group: Any = None, path: tuple[str, ...] = ()) -> Iterator[tuple[tuple[str, ...], Any]]:
    """Every command, with the words that call it."""
    group = group or get_command(app)
    for word, command in group.commands.items():
        if hasattr(command, "commands"):
            yield from commands(command, (*path, word))
        else:
            yield (*path, word), command


COMMANDS = {" ".join(words): command for words, command in commands()}


# --- links and questions -----------------------------------------------------------------------------


@pytest.mark.parametrize("page", PAGES, ids=name)
def test_links_lead_somewhere(page: Path) -> None:
    lost = []
    for link in LINK.findall(re.sub(BLOCK.format("[a-z]*"), "", text(page), flags=re.M | re.S)):
        place, _, anchor = link.partition("#")
        if re.match(r"[a-z]+:", place):
            continue
        target = (page.parent / place).resolve() if place else page
        if not target.exists() or (anchor and target.suffix == ".md" and anchor not in anchors(target)):
            lost.append(link)
    assert lost == []


@pytest.mark.parametrize(
    "document",
    [
        pytest.param(block, id=f"{name(page)}-{number}")
        for page in PAGES
        for number, block in enumerate(blocks(page, "graphql"))
    ],
)
def test_every_question_in_the_documents_can_be_asked(document: str) -> None:
    assert validate(SCHEMA, parse(document)) == []


def test_the_examples_of_the_explorer_can_be_asked() -> None:
    examples = re.findall(r"query: `(.*?)`", text(ROOT / "baseregistry/graphql/page/graphiql.js"), re.DOTALL)
    assert len(examples) == 3
    for example in examples:
        assert validate(SCHEMA, parse(example)) == []


@pytest.mark.parametrize("page", [page for page in PAGES if "explanation" not in name(page)], ids=name)
def test_every_code_named_is_one_of_the_program(page: Path) -> None:
    program = "".join(text(path) for path in (ROOT / "baseregistry").rglob("*.py"))
    named = {code for code in CODE.findall(text(page)) if f'"{code}"' not in program}
    assert {code for code in named if f'"{code.partition(".")[2]}"' not in program} == set()


# --- reference pages ---------------------------------------------------------------------------------


@pytest.mark.parametrize("field", Settings.model_fields)
def test_every_setting_is_listed_with_its_default(field: str) -> None:
    said = Settings.model_fields[field]
    variable = {"schema_name": "BASEREGISTRY_SCHEMA"}.get(field, f"BASEREGISTRY_{field.upper()}")
    row = next(line for line in text(REFERENCE / "settings.md").splitlines() if line.startswith(f"| `{variable}`"))
    default = "~/.local/share/baseregistry" if said.default_factory else said.default
    assert default is None or f"`{default}`" in row


def test_no_setting_is_listed_that_is_not_read() -> None:
    listed = set(re.findall(r"`(BASEREGISTRY_[A-Z_]+)`", "".join(map(text, PAGES))))
    known = {"BASEREGISTRY_" + {"schema_name": "SCHEMA"}.get(field, field.upper()) for field in Settings.model_fields}
    assert listed - known <= {"BASEREGISTRY_TEST_DATA", "BASEREGISTRY_IMAGE_TAG"}


@pytest.mark.parametrize("command", COMMANDS)
def test_every_command_is_described_with_its_options(command: str) -> None:
    sections = re.split(r"^## ", text(REFERENCE / "commands.md"), flags=re.MULTILINE)
    section = next(section for section in sections if section.startswith(f"{command}\n"))
    options = {option for param in COMMANDS[command].params for option in param.opts if option.startswith("--")}
    assert {option for option in options - {"--help"} if f"`{option}" not in section} == set()
    said = set(re.findall(r"`(--[a-z][a-z-]*)", section))
    assert (
        said - {other for param in COMMANDS[command].params for other in (*param.opts, *param.secondary_opts)} == set()
    )


@pytest.mark.parametrize("code", EXIT_CODES)
def test_every_exit_code_is_described(code: int) -> None:
    assert f"| {code} | {EXIT_CODES[code]}" in text(REFERENCE / "commands.md")


def test_every_key_of_an_import_map_is_described() -> None:
    page = text(REFERENCE / "import-map.md")
    assert {key for key in {**RELATED, **WHOLE} if f"`{key}`" not in page} == set()


def test_every_root_key_is_listed() -> None:
    page = text(REFERENCE / "query-language.md")
    query = SCHEMA.query_type
    assert query is not None
    for root, field in query.fields.items():
        keys = set(field.args) - {"id", "asOf"}
        if is_object_type(field.type) and field.type.interfaces and keys:  # one record, which is a Node
            row = next(line for line in page.splitlines() if line.startswith(f"| `{root}` |"))
            assert all(f"`{key}`" in row for key in keys)


# --- the ledger's format -----------------------------------------------------------------------------


def second_verifier() -> ModuleType:
    """The verifier that ledger-format.md prints."""
    (program,) = blocks(REFERENCE / "ledger-format.md", "python")
    module = ModuleType("second_verifier")
    exec(compile(program, "ledger-format.md", "exec"), module.__dict__)
    return module


def history(database: Database) -> UUID:
    """Changes with every kind of value, one closed version, one redaction; tells whose name was destroyed."""
    scene = Scene(database)
    born = DateRange(date(1956, 1, 1), date(1957, 1, 1))
    person = scene.person("Lê Thị Bé", birth_date=born)
    parcel = scene.parcel("12", documented_area=Decimal("153.40"), geometry=box(0, 0, 10, 15.34))
    scene.state("land.land_use", parcel=parcel, purpose="ONT", shared=False)
    scene.right(parcel, "1/3", holder=person)
    scene.tell()
    scene.right(parcel, "2/3")
    scene.tell()
    law = Provenance(kind=Kind.REDACTION, agency="Bộ Công an", recorded_by="an", approved_by="bình", legal_basis="Luật")
    with db.writing(database.engine) as writing:
        redact(
            writing,
            database.installation,
            law,
            [Redaction(DECLARATIONS.entities["population.person"], person, ("full_name",))],
        )
    return person


def test_the_second_verifier_reads_the_ledger_as_the_first(
    database: Database, running_cluster: cluster.Cluster
) -> None:
    history(database)
    with db.reading(database.engine) as reading:
        first = verify(reading, database.installation)
    second = second_verifier().verify(database.url, database.settings.schema_name)
    assert first.sound
    assert second == ([], first.versions, first.head)
    with psycopg.connect(running_cluster.url(database.name, "postgres"), autocommit=True) as connection:
        connection.execute("SET session_replication_role = replica")
        connection.execute("UPDATE baseregistry.land_right SET share = '1/2' WHERE share = '1/3'")
    broken, _, _ = second_verifier().verify(database.url, database.settings.schema_name)
    assert broken == [1]


def test_rules_named_in_the_documents_exist() -> None:
    rules = {rule.code for rule in RULES}
    entities = {*DECLARATIONS.entities, *DECLARATIONS.code_lists}
    attributes = {f"{entity.name}.{name}" for entity in DECLARATIONS.entities.values() for name in entity.by_name}
    for page in (page for page in PAGES if page.parent.name in ("tutorial", "how-to", "docs")):
        named = set(re.findall(r"`((?:land|population|enterprise|administration)\.[a-z_]+)`", text(page)))
        assert named - rules - entities - attributes == set(), name(page)

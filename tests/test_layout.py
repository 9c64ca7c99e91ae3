"""The house rules that a machine can keep: where things stand, how long they are, what may see what."""

import ast
import json
import re
import statistics
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from baseregistry.settings import Settings

ROOT = Path(__file__).parents[1]
PACKAGE = ROOT / "baseregistry"
OURS = sorted(PACKAGE.rglob("*.py"))
TESTS = sorted((ROOT / "tests").rglob("*.py"))
MIGRATIONS = sorted((PACKAGE / "migrations" / "versions").glob("*.py"))
CODE = [path for path in OURS if path not in MIGRATIONS]
DOORS = [path for door in ("graphql", "geo", "workbench") for path in sorted((PACKAGE / door).rglob("*.py"))]
EDGE = {  # where every failure ends as an answer, an exit code, or a line of the log and another try
    "__main__.py",
    "server.py",
    "graphql/http.py",
    "graphql/bulk.py",
    "graphql/streams/events.py",
    "graphql/streams/websocket.py",
    "registries/heads.py",
    "access/log/writer.py",
}
VAGUE = {"utils", "helpers", "manager", "base", "service", "core", "types"}
NAMED = {"commands/service.py"}  # the commands of the service: the word itself is meant
LONG_OPENINGS = {"errors.py", "registries/check.py", "registries/imports/maps.py"}  # a tree, a table, an example

Function = ast.FunctionDef | ast.AsyncFunctionDef


def name(path: Path) -> str:
    """``registries/tables.py``."""
    return path.relative_to(PACKAGE).as_posix() if path.is_relative_to(PACKAGE) else path.relative_to(ROOT).as_posix()


def tree(path: Path) -> ast.Module:
    return ast.parse(path.read_text(encoding="utf-8"))


def functions(path: Path) -> Iterator[tuple[str, int]]:
    """Each function's place and its lines."""
    for node in ast.walk(tree(path)):
        if isinstance(node, Function):
            yield f"{name(path)}:{node.lineno} {node.name}", (node.end_lineno or 0) - node.lineno + 1


def at_import(node: ast.AST) -> Iterator[ast.AST]:
    """What runs when a module is imported: everything but the bodies of functions."""
    for child in ast.iter_child_nodes(node):
        if not isinstance(child, Function | ast.Lambda):
            yield child
            yield from at_import(child)


def test_names_say_something() -> None:
    vague = [name(path) for path in OURS if path.stem in VAGUE or path.parent.name in VAGUE]
    assert [path for path in vague if path not in NAMED] == []


def test_tests_are_packages_at_every_level() -> None:
    bare = {path.parent for path in TESTS if not (path.parent / "__init__.py").exists()}
    assert bare == set(), "a folder of tests without __init__.py hides the package of the same name"


def test_sizes() -> None:
    lines = {name(path): len(path.read_text(encoding="utf-8").splitlines()) for path in CODE}
    assert {path: length for path, length in lines.items() if length > 400} == {}
    lengths = dict(pair for path in CODE for pair in functions(path))
    assert {place: length for place, length in lengths.items() if length > 60} == {}
    assert statistics.median(lengths.values()) <= 10


def test_a_module_says_what_it_is_for_in_few_lines() -> None:
    long = {}
    for path in OURS:
        opening = ast.get_docstring(tree(path)) or ""
        if name(path) not in LONG_OPENINGS and not 1 <= len(opening.splitlines()) <= 6:
            long[name(path)] = len(opening.splitlines())
    assert long == {}


def test_nothing_reads_the_environment_at_import() -> None:
    words = {"environ", "environb", "getenv"}
    readers = [
        f"{name(path)}:{node.lineno}"
        for path in OURS
        for node in at_import(tree(path))
        if (isinstance(node, ast.Attribute) and node.attr in words)
        or (isinstance(node, ast.Call) and ast.unparse(node.func) in {"Settings", "settings.Settings"})
    ]
    assert readers == []


def test_nothing_catches_everything_below_the_edge() -> None:
    catchers = [
        f"{name(path)}:{node.lineno}"
        for path in OURS
        if name(path) not in EDGE
        for node in ast.walk(tree(path))
        if isinstance(node, ast.ExceptHandler)
        and ast.unparse(node.body[-1]) != "raise"  # to put away what was opened is not to catch
        and (node.type is None or re.search(r"\b(Base)?Exception\b", ast.unparse(node.type)))
    ]
    assert catchers == []


def test_doors_ask_questions_and_know_no_table() -> None:
    tables = re.compile(r"\b(naming\.table|key_column|installation\.tables|registries\.tables)\b")
    statement = re.compile(r"\s*(SELECT|INSERT|UPDATE|DELETE|WITH)\s")
    knowing = [
        f"{name(path)}:{node.lineno}"
        for path in DOORS
        for node in ast.walk(tree(path))
        if (isinstance(node, ast.Attribute) and tables.search(ast.unparse(node)))
        or (isinstance(node, ast.ImportFrom) and tables.search(node.module or ""))
        or (isinstance(node, ast.Constant) and isinstance(node.value, str) and statement.match(node.value))
    ]
    assert knowing == []


def test_a_migration_imports_nothing_of_ours() -> None:
    imports = [
        f"{name(path)}:{node.lineno}"
        for path in MIGRATIONS
        for node in ast.walk(tree(path))
        if (isinstance(node, ast.ImportFrom) and (node.level or (node.module or "").startswith("baseregistry")))
        or (isinstance(node, ast.Import) and any(alias.name.startswith("baseregistry") for alias in node.names))
    ]
    assert MIGRATIONS
    assert imports == []


def test_nothing_that_is_served_leaves_access_out() -> None:
    """The argument is passed on within server.py, and given by benches and tests alone."""
    leaving_out = [
        f"{name(path)}:{node.lineno}"
        for path in OURS
        for node in ast.walk(tree(path))
        if isinstance(node, ast.keyword)
        and node.arg == "without_access"
        and ast.unparse(node.value) != "without_access"
    ]
    assert leaving_out == []
    named = {name(path) for path in OURS if "without_access" in path.read_text(encoding="utf-8")}
    assert named == {"server.py"}
    assert not any("access" in field for field in Settings.model_fields)


def test_the_server_is_started_by_its_command_only() -> None:
    assert "__main__" not in (PACKAGE / "server.py").read_text(encoding="utf-8")


@pytest.mark.parametrize("command", [["-m", "baseregistry", "--help"], ["-m", "baseregistry", "db", "--help"]])
def test_help_comes_as_a_module_too(command: list[str]) -> None:
    told = subprocess.run([sys.executable, *command], cwd=ROOT, capture_output=True, text=True, check=True, timeout=60)
    assert told.stdout.startswith("Usage: ")


def test_help_imports_nothing_heavy() -> None:
    heavy = "{'sqlalchemy', 'psycopg', 'pydantic', 'graphql', 'shapely', 'numpy', 'alembic', 'rich', 'uvicorn'}"
    program = f"import sys, baseregistry.__main__; print(sorted({heavy} & set(sys.modules)))"
    told = subprocess.run(
        [sys.executable, "-c", program], cwd=ROOT, capture_output=True, text=True, check=True, timeout=60
    )
    assert told.stdout == "[]\n"


def test_our_graphql_folder_hides_nobody() -> None:
    program = "import graphql, baseregistry.graphql; print(graphql.version)"
    subprocess.run([sys.executable, "-c", program], cwd=ROOT, capture_output=True, check=True, timeout=60)


def test_the_example_lists_every_setting() -> None:
    listed = set(re.findall(r"^#?\s*([A-Z_]+)=", (ROOT / ".env.example").read_text(encoding="utf-8"), re.MULTILINE))
    settings = {f"BASEREGISTRY_{field.upper()}" for field in Settings.model_fields} - {"BASEREGISTRY_SCHEMA_NAME"}
    assert settings | {"BASEREGISTRY_SCHEMA"} <= listed


def test_locks_name_versions_and_hashes_and_no_address() -> None:
    for lock in ("requirements.lock", "requirements-dev.lock", "requirements-clients.lock"):
        text = (ROOT / lock).read_text(encoding="utf-8")
        assert not re.search(r"://|^-|file:/", text, re.MULTILINE)
        blocks = re.findall(r"^[a-z0-9][\w.-]*==\S+.*?(?=^[a-z0-9]|\Z)", text, re.MULTILINE | re.DOTALL)
        assert len(blocks) >= 20
        assert all("--hash=sha256:" in block for block in blocks)


@pytest.mark.parametrize("folder", [ROOT, ROOT / "tests" / "clients"], ids=["pages", "clients"])
def test_locks_of_npm_name_no_registry(folder: Path) -> None:
    packages = json.loads((folder / "package-lock.json").read_text(encoding="utf-8"))["packages"]
    assert len(packages) > 5
    assert [name for name, package in packages.items() if "resolved" in package] == []
    assert [name for name, package in packages.items() if name and "integrity" not in package] == []


def test_the_larger_lock_holds_the_smaller() -> None:
    def pins(lock: str) -> set[str]:
        return set(
            re.findall(r"^([a-z0-9][\w.-]*==[^\s;\\]+)", (ROOT / lock).read_text(encoding="utf-8"), re.MULTILINE)
        )

    assert pins("requirements.lock") <= pins("requirements-dev.lock")

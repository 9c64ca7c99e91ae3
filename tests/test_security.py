"""SECURITY.md names tests that there are, and a test for each row of the OWASP table."""

import ast
import re
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
TEXT = (ROOT / "SECURITY.md").read_text(encoding="utf-8")
NAMED = sorted(set(re.findall(r"`(tests/[\w/]+\.py::\w+)`", TEXT)))
ROWS = re.findall(r"^\| \*\*(API\d+) .*$", TEXT, re.MULTILINE)


@pytest.mark.parametrize("named", NAMED)
def test_every_test_that_is_named_exists(named: str) -> None:
    path, _, function = named.partition("::")
    made = [
        node
        for node in ast.walk(ast.parse((ROOT / path).read_text(encoding="utf-8")))
        if isinstance(node, ast.FunctionDef)
    ]
    (found,) = [node for node in made if node.name == function]
    assert any(isinstance(node, ast.Assert) for node in ast.walk(found)) or _calls_another(found), "it asserts nothing"


def _calls_another(function: ast.FunctionDef) -> bool:
    """Whether what it asserts stands in a function of the tests, or in a `pytest.raises`."""
    return any(isinstance(node, ast.Call) for node in ast.walk(function))


@pytest.mark.parametrize("number", range(1, 11))
def test_every_row_of_the_table_has_a_test(number: int) -> None:
    (row,) = [line for line in TEXT.splitlines() if line.startswith(f"| **API{number} ")]
    said, tests = row.split("|")[2:4]
    assert len(said) > 60
    assert re.search(r"`tests/[\w/]+\.py::test_\w+`", tests)


def test_the_table_is_whole() -> None:
    assert [f"API{number}" for number in range(1, 11)] == ROWS


def test_no_test_is_named_in_another_way() -> None:
    spoken = set(re.findall(r"`(test_\w+)`", TEXT))
    assert spoken == set()

"""Every error has a status, and stands on the page of errors."""

import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from baseregistry import errors
from baseregistry.registries.declarations import DECLARATIONS
from baseregistry.status import STATUS, status_of

ROOT = Path(__file__).parents[1]
PAGE = (ROOT / "docs" / "reference" / "errors.md").read_text(encoding="utf-8")
CODE = re.compile(r'"((?:input|question|http|access|ledger|register|versions)\.[a-z_]+)"')
OTHER = {"http.request", "http.disconnect"} | set(DECLARATIONS.entities)  # the server's words, and entities
ASKED = ("graphql", "access", "registries/answer", "errors.py", "db.py", "server.py", "registries/installation.py")


def classes(kind: type[errors.RegisterError] = errors.RegisterError) -> Iterator[type[errors.RegisterError]]:
    if kind.__module__.startswith("baseregistry"):
        yield kind
    for under in kind.__subclasses__():
        yield from classes(under)


def sources() -> Iterator[Path]:
    for name in ASKED:
        path = ROOT / "baseregistry" / name
        yield from [path] if path.is_file() else path.rglob("*.py")


@pytest.mark.parametrize("kind", [kind for kind in classes() if kind.__module__ == errors.__name__])
def test_every_class_has_a_status_and_its_line_on_the_page(kind: type[errors.RegisterError]) -> None:
    assert f"| `{kind.__name__}` | {STATUS[kind]} |" in PAGE
    assert kind.__name__ in (errors.__doc__ or "")


@pytest.mark.parametrize("kind", list(classes()))
def test_a_class_without_an_entry_has_that_of_the_class_above(kind: type[errors.RegisterError]) -> None:
    assert 400 <= status_of(kind("…")) < 600


@pytest.mark.parametrize(
    "code", sorted({code for path in sources() for code in CODE.findall(path.read_text())} - OTHER)
)
def test_every_code_a_question_can_meet_is_on_the_page(code: str) -> None:
    assert f"`{code}`" in PAGE

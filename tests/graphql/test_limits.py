"""The limits that are published are the ones that hold."""

from dataclasses import fields
from pathlib import Path

import pytest
from graphql import get_introspection_query, parse

from baseregistry.graphql import limits
from baseregistry.graphql.limits import Limits
from baseregistry.settings import Settings

PAGE = (Path(__file__).parents[2] / "docs" / "reference" / "limits.md").read_text(encoding="utf-8")


@pytest.mark.parametrize("name", [name for name in vars(limits) if name.startswith("LARGEST_")])
def test_every_fixed_limit_is_published(name: str) -> None:
    assert f"| {vars(limits)[name]:,} |" in PAGE


@pytest.mark.parametrize("name", [field.name for field in fields(Limits)])
def test_every_limit_that_can_be_set_is_published(name: str) -> None:
    said = f"{getattr(Limits.of(Settings()), name):,.10g}"
    assert any(said in line and f"BASEREGISTRY_LIMIT_{name.upper()}`" in line for line in PAGE.splitlines())


def test_the_whole_schema_may_be_asked_for() -> None:
    limits.check(parse(get_introspection_query(input_value_deprecation=True)), Limits.of(Settings()))

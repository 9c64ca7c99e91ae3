"""The limits that are published are the ones that hold."""

from pathlib import Path

import pytest
from graphql import get_introspection_query, parse

from baseregistry.graphql import limits

PAGE = (Path(__file__).parents[2] / "docs" / "reference" / "graphql.md").read_text(encoding="utf-8")


@pytest.mark.parametrize("name", [name for name in vars(limits) if name.startswith("LARGEST_")])
def test_every_limit_is_published(name: str) -> None:
    assert f"| {vars(limits)[name]:,} |" in PAGE


def test_the_whole_schema_may_be_asked_for() -> None:
    limits.check(parse(get_introspection_query(input_value_deprecation=True)))

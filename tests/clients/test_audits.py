"""All audits of GraphQL over HTTP that the npm package graphql-http makes, one test each."""

from typing import Any

import orjson
import pytest

from tests.clients.conftest import HERE, Node, Served

LINES = (HERE / "audits.txt").read_text(encoding="utf-8").splitlines()
AUDITS = dict(line.split(" ", 1) for line in LINES if not line.startswith("#"))

Results = dict[str, dict[str, Any]]


@pytest.fixture(scope="session")
def results(served: Served, node: Node) -> Results:
    return {result["id"]: result for result in orjson.loads(node("audits.mjs", served.graphql, served.token))}


@pytest.mark.parametrize("audit", AUDITS, ids=lambda audit: f"{audit} {AUDITS[audit]}")
def test_the_audit_passes(results: Results, audit: str) -> None:
    assert results[audit]["name"] == AUDITS[audit]
    assert results[audit]["status"] == "ok", results[audit]["reason"]


def test_no_audit_is_left_out(results: Results) -> None:
    assert set(results) == set(AUDITS)
    assert len(AUDITS) == 61

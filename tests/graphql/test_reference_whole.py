"""Each entity whole, in all three executors: every attribute, reference, way back and history, every order, at moments
that tell the two times apart.  What random documents (test_reference) seldom meet stands here by rule.
"""

from typing import Any

import pytest
from graphql import GraphQLEnumType, GraphQLObjectType, get_named_type, is_leaf_type

from baseregistry import naming
from baseregistry.registries.declarations import DECLARATIONS
from tests.graphql.reference.compared import Compared

MOMENTS: list[dict[str, Any]] = [
    {},
    {"position": 2},
    {"position": 6},
    {"position": 9, "validAt": "2022-05-06T07:08:09.123456Z"},
    {"validAt": "2025-06-30T16:59:59.999999Z"},
    {"validAt": "2021-01-01"},
    {"validAt": "2024-02-29T17:00:00Z", "position": 12},
]
VERSION = "version { validFrom validTo recordedFrom recordedTo digest change { position reason } writtenBy { position kind } }"
CODE = "{ code titleVi titleEn edition retired }"
ENTITIES = [naming.type_name(name) for name in DECLARATIONS.entities]
MADE = {naming.root_plural(name): naming.type_name(name) for name in DECLARATIONS.entities}
PLURAL = {kind: root for root, kind in MADE.items()}


def leaves(kind: GraphQLObjectType) -> str:
    """Every attribute that is no reference."""
    said = []
    for name, field in kind.fields.items():
        named, given = get_named_type(field.type), [arg for arg in field.args if arg not in {"crs", "on"}]
        if is_leaf_type(named) and not given:
            said.append(name if named.name != "GeoJSON" else f'{name} stored: {name}(crs: "EPSG:5899")')
        elif named.name == "Code":
            said.append(f"{name} {CODE}")
        elif named.name == "Age":
            said.append(f"{name} {{ atLeast atMost }}")
    return " ".join(said)


def references(compared: Compared, kind: GraphQLObjectType, inner: int) -> str:
    """Every reference, and what lies behind it."""
    said = []
    for name, field in kind.fields.items():
        named = get_named_type(field.type)
        if named.name in PLURAL:
            assert isinstance(named, GraphQLObjectType)
            further = references(compared, named, inner - 1) if inner else ""
            said.append(f"{name} {{ id {VERSION if inner else ''} {further} }}")
        elif not is_leaf_type(named) and not hasattr(named, "fields"):
            said.append(f"{name} {{ __typename ... on Node {{ id }} }}")
    return " ".join(said)


def connections(kind: GraphQLObjectType, *, histories: bool) -> str:
    """Every way back, or every history of one."""
    said = []
    for name, field in kind.fields.items():
        if "pageInfo" not in getattr(get_named_type(field.type), "fields", {}):
            continue
        if name.lower().endswith("history") and histories:
            ever = f"{name}Ever: {name}(first: 5, includeSuperseded: true) {{ edges {{ cursor node {{ id {VERSION} }} }} }}"
            said += [f"{name}(first: 5) {{ totalCount nodes {{ id version {{ validFrom }} }} }}", ever]
        elif not name.lower().endswith("history") and not histories:
            said.append(f"{name}(first: 2) {{ totalCount nodes {{ id }} pageInfo {{ hasNextPage endCursor }} }}")
    return " ".join(said)


@pytest.mark.parametrize("name", ENTITIES)
def test_each_entity_is_answered_alike_at_every_moment(compared: Compared, name: str) -> None:
    kind = compared.reference.schema.type_map[name]
    assert isinstance(kind, GraphQLObjectType)
    parts = [
        f"{leaves(kind)} {VERSION}",
        references(compared, kind, 2),
        *[connections(kind, histories=ever) for ever in (False, True)],
    ]
    for part in (part for part in parts if part):
        text = f"query($as: AsOf) {{ {PLURAL[name]}(first: 20, asOf: $as) {{ totalCount nodes {{ id {part} }} }} }}"
        found = [compared.ask(text, {"as": moment}) for moment in MOMENTS]
        assert None not in found, (text, compared.counted)
        assert found[0][PLURAL[name]]["nodes"]


@pytest.mark.parametrize("name", ENTITIES)
def test_what_was_once_believed_is_seen_as_it_was(compared: Compared, name: str) -> None:
    """The records around a version that is no longer believed are those of when it was written."""
    kind = compared.reference.schema.type_map[name]
    assert isinstance(kind, GraphQLObjectType)
    seen = f"id {VERSION} {references(compared, kind, 1)}"
    ever = f"history(first: 9, includeSuperseded: true) {{ totalCount edges {{ cursor node {{ {seen} }} }} }}"
    text = f"query($as: AsOf) {{ {PLURAL[name]}(first: 20, asOf: $as) {{ nodes {{ {ever} }} }} }}"
    for moment in MOMENTS:
        assert compared.ask(text, {"as": moment}) is not None, (text, compared.counted)


@pytest.mark.parametrize("name", ENTITIES)
def test_each_order_is_answered_alike_page_by_page(compared: Compared, name: str) -> None:
    orders = compared.reference.schema.type_map.get(f"{name}Order")
    if orders is None:
        return
    assert isinstance(orders, GraphQLEnumType)
    for order in orders.values:
        page = f"orderBy: [{order}]) {{ nodes {{ id }} pageInfo {{ hasNextPage endCursor }} }}"
        text, after = f"query($v: String) {{ {PLURAL[name]}(first: 3, after: $v, {page} }}", None
        while True:
            found = compared.ask(text, {"v": after})[PLURAL[name]]["pageInfo"]
            after = found["endCursor"]
            if not found["hasNextPage"]:
                break

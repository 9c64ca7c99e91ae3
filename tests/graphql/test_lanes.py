"""Both lanes say the same, byte for byte, of whatever is asked; and nothing that is asked is a fault of the program."""

from dataclasses import replace
from typing import Any

import pytest
from graphql import (
    REMOVE,
    ArgumentNode,
    FieldNode,
    IntValueNode,
    ListValueNode,
    NameNode,
    NullValueNode,
    ObjectFieldNode,
    StringValueNode,
    Visitor,
    parse,
    print_ast,
    visit,
)
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from hypothesis_graphql import nodes, queries

from baseregistry import naming
from baseregistry.graphql.schema import COMMITTED
from baseregistry.registries.declarations import DECLARATIONS
from tests.graphql.conftest import Client
from tests.graphql.world import World

DOCUMENTS = [
    "{ parcel(id: $id) { id ...A @include(if: $yes) ...A @skip(if: $yes) } } fragment A on Parcel { address ...B }"
    " fragment B on Parcel { commune { b: name, a: name name } }",
    "{ a: parcel(id: $id, asOf: $as) { x: mapSheet } b: parcel(id: $id) { x: parcelNumber } __typename c: __typename }",
    "{ parcels(first: $n, where: $w, orderBy: $o, asOf: $as) { t: __typename edges { __typename cursor node { id __typename } }"
    " pageInfo { __typename endCursor startCursor hasNextPage hasPreviousPage } totalCount } }",
    "{ parcel(id: $id) { rights(first: $n) { nodes { id holder { ... on Node { id } __typename"
    " ... on PartyGroup { kind { code t: __typename } } } } } } }",
    "{ parcel(id: $id) { rights(first: 1) { nodes { holder { __typename } } } rights(first: 1) { nodes { holder { ... on Person"
    " { fullName } } } pageInfo { hasNextPage } } } }",
    "{ parcel(id: $id) { version { __typename change { __typename kind } writtenBy { kind } redacted } history { nodes { id } } } }",
    '{ parcelHistory(id: $id, asOf: $as, includeSuperseded: $yes) { nodes { documentedArea geometry(crs: "EPSG:5899") } } }',
    "{ parcel(id: $id) { __typename @skip(if: true) ... @include(if: $yes) { id } } }",
]
KINDS = {
    "id": "ID!",
    "yes": "Boolean! = false",
    "n": "Int",
    "w": "ParcelFilter",
    "o": "[ParcelOrder!]",
    "as": "AsOf",
}
GIVEN: list[dict[str, Any]] = [
    {},
    {"yes": True, "n": 1, "as": {"position": 4}},
    {
        "n": 0,
        "w": {"or": [{"mapSheet": {"eq": "12"}}, {}]},
        "o": ["PARCEL_NUMBER_DESC"],
        "as": {"validAt": "2025-06-30"},
    },
    {"n": None, "w": None, "o": None, "as": None},
]
SCALARS = {
    "Position": st.integers(0, 8).map(nodes.Int) | st.integers(-1, 2**64).map(str).map(nodes.String),
    "Decimal": st.decimals(-10, 1000, places=2).map(str).map(nodes.String),
    "DateTime": st.sampled_from(
        ["2025-07-01", "2025-06-30T00:00:00.000001+07:00", "0001-01-01", "9999-12-31T23:59:59Z"]
    ).map(nodes.String),
    "Date": st.dates().map(str).map(nodes.String),
    "PartialDate": st.sampled_from(["1956", "1956-03", "2025-07-02", "0001", "9999", "9999-12"]).map(nodes.String),
    "Fraction": st.sampled_from(["1/3", "2/6", "1/1"]).map(nodes.String),
    "CRS": st.sampled_from(["CRS84", "EPSG:5899", "EPSG:3857"]).map(nodes.String),
    "GeoJSON": st.nothing(),
}
ROOTS = [
    "units",
    "parcels",
    "persons",
    "rights",
    "groupMembers",
    "parcelHistory",
    "right",
    "nodes",
    "personBatch",
    "personMatches",
]
NAMED = {"personBatch": "id", "personMatches": "passport", "holdsRightIn": "unit"}
WAYS = {"id", "personalId", "oldId", "passport", "unit", "unitCode"}
REFERENCES = {naming.field(item.name) for entity in DECLARATIONS.entities.values() for item, _ in entity.references}


def data(answer: bytes) -> bytes:
    """The bytes of `data`; the snapshot names the moment of asking, which is another one each time."""
    return answer.partition(b',"extensions":')[0]


@pytest.mark.parametrize("given", GIVEN, ids=str)
@pytest.mark.parametrize("document", DOCUMENTS)
def test_both_lanes_answer_with_the_same_bytes(client: Client, document: str, given: dict[str, Any]) -> None:
    used = [name for name in ("yes", "n", "w", "o", "as") if f"${name}" in document]
    kinds = {
        "id": "ID!",
        "yes": "Boolean! = false",
        "n": "Int",
        "w": "ParcelFilter",
        "o": "[ParcelOrder!]",
        "as": "AsOf",
    }
    names = [*(["id"] if "$id" in document else []), *used]
    text = (f"query({', '.join(f'${name}: {kinds[name]}' for name in names)}) " if names else "") + document
    said = {"id": str(client.world.id("parcel")), **given}
    fast, slow = client.lanes(text, **{name: said[name] for name in names if name in said})
    assert data(fast) == data(slow)


class Mended(Visitor):
    """What a client would rather have asked: no nulls, small pages from their beginning, ids of records."""

    def __init__(self, world: World) -> None:
        super().__init__()
        self.values = {
            "first": IntValueNode(value="3"),
            "id": StringValueNode(value=str(world.id("full right")), block=False),
            "ids": ListValueNode(values=(StringValueNode(value=str(world.id("full right")), block=False),)),
            "years": IntValueNode(value="18"),
        }

    def leave_argument(self, node: ArgumentNode, *_: Any) -> Any:
        if node.name.value in self.values:
            return replace(node, value=self.values[node.name.value])
        unwanted = node.name.value in {"after", "nationalParcelId"} or isinstance(node.value, NullValueNode)
        return REMOVE if unwanted else node

    def leave_field(self, node: FieldNode, *_: Any) -> Any:
        """Exactly one way to name what is meant."""
        if node.name.value not in NAMED:
            return node
        way = ArgumentNode(name=NameNode(value=NAMED[node.name.value]), value=self.values["id"])
        return replace(node, arguments=(*(item for item in node.arguments or () if item.name.value not in WAYS), way))

    def leave_object_field(self, node: ObjectFieldNode, *_: Any) -> Any:
        unwanted = node.name.value in {"knownAt", "ledgerHash", *REFERENCES} or isinstance(node.value, NullValueNode)
        return REMOVE if unwanted else node


def asked_both_ways(client: Client, document: str) -> bool:
    """Whether a document is answered; then both lanes answer alike.  A refusal has a code, and is no fault of ours."""
    response = client.ask(document)
    assert response.status_code == 200, response.text
    if "errors" in response.json():
        codes = {error["extensions"]["code"].partition(".")[0] for error in response.json()["errors"]}
        assert codes <= {"question", "input", "ledger"}
        return False
    fast, slow = client.lanes(document)
    assert data(fast) == data(slow)
    return True


def test_whatever_is_asked_is_answered_alike_or_refused_with_a_code(client: Client) -> None:
    answered = []
    documents = queries(COMMITTED.read_text(encoding="utf-8"), fields=ROOTS, custom_scalars=SCALARS)

    @given(document=documents)
    @settings(max_examples=200, deadline=None, derandomize=True, database=None, suppress_health_check=list(HealthCheck))
    def ask(document: str) -> None:
        asked_both_ways(client, document)
        answered.append(asked_both_ways(client, print_ast(visit(parse(document), Mended(client.world)))))

    ask()
    assert sum(answered) >= len(answered) / 2, "the generator no longer makes questions that are answered"

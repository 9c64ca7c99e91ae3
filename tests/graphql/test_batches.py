"""Many keys, numbers ever borne and derived fields through the door: values by document or variable, both lanes, refusals."""

from typing import Any
from uuid import uuid4

import pytest

from baseregistry.graphql.http import Endpoint
from tests.graphql.conftest import Client

NUMBER = "049156000001"
BATCH = "query($keys: [String!]) { personBatch(personalId: $keys) { items { key node { fullName } } notFound } }"


def refused(client: Client, text: str, **variables: Any) -> str:
    """The code under which a question is refused."""
    body = client.ask(text, **variables).json()
    assert body.get("data") is None
    return str(body["errors"][0]["extensions"]["code"])


def same_in_both_lanes(client: Client, text: str, **variables: Any) -> None:
    fast, slow = client.lanes(text, **variables)
    assert fast.partition(b',"extensions":')[0] == slow.partition(b',"extensions":')[0]


def test_a_batch_by_variable_by_document_and_by_both(client: Client) -> None:
    binh = {"fullName": "Trần Thị Bình"}
    expected = {"items": [{"key": "x", "node": None}, {"key": NUMBER, "node": binh}], "notFound": ["x"]}
    assert client.data(BATCH, keys=["x", NUMBER]) == {"personBatch": expected}
    fields = "{ items { key node { fullName } } notFound }"
    assert client.data(f'{{ personBatch(personalId: ["x", "{NUMBER}"]) {fields} }}') == {"personBatch": expected}
    mixed = f'query($one: String!) {{ personBatch(personalId: ["x", $one]) {fields} }}'
    assert client.data(mixed, one=NUMBER) == {"personBatch": expected}
    single = client.data(f'{{ personBatch(personalId: "{NUMBER}") {{ items {{ key }} }} }}')
    assert single == {"personBatch": {"items": [{"key": NUMBER}]}}


def test_keys_in_another_normal_form_are_the_same_keys(client: Client) -> None:
    assert client.data(BATCH, keys=["Nguye\u0302\u0303n"])["personBatch"]["notFound"] == ["Nguy\u1ec5n"]


def test_lists_of_any_length_are_one_plan(client: Client) -> None:
    endpoint = client.service.graphql
    assert isinstance(endpoint, Endpoint)
    plans = endpoint.door.plans
    client.data(BATCH, keys=[NUMBER])
    before = len(plans._prepared)
    for length in (0, 2, 1000):
        assert len(client.data(BATCH, keys=[NUMBER] * length)["personBatch"]["items"]) == length
    assert len(plans._prepared) == before


def test_ids_of_any_entity(client: Client) -> None:
    ids = [str(client.world.id(name)) for name in ("an", "parcel")]
    text = """query($ids: [ID!]!) { nodes(ids: $ids) {
        __typename id ... on Person { called: fullName } ... on Parcel { called: mapSheet } } }"""
    found = client.data(text, ids=[ids[1].upper(), str(uuid4()), ids[0]])["nodes"]
    assert found == [
        {"__typename": "Parcel", "id": ids[1], "called": "12"},
        None,
        {"__typename": "Person", "id": ids[0], "called": "Nguyễn Văn An"},
    ]
    same_in_both_lanes(client, text, ids=ids)


@pytest.mark.parametrize(
    ("text", "variables", "code"),
    [
        (BATCH, {"keys": ["1"] * 1001}, "input.list_too_long"),
        (BATCH, {"keys": None}, "question.key_needed"),
        (BATCH, {"keys": ["a\0b"]}, "question.bad_value"),
        ('{ personBatch(id: ["049"]) { notFound } }', {}, "input.bad_id"),
        ('{ personBatch(oldId: ["1"], personalId: ["1"]) { notFound } }', {}, "question.key_needed"),
        ("{ personBatch { notFound } }", {}, "question.key_needed"),
        ("query($ids: [ID!]!) { nodes(ids: $ids) { id } }", {"ids": [str(uuid4())] * 1001}, "input.list_too_long"),
        ('{ personMatches(oldId: "1", passport: "1") { heldAt } }', {}, "question.key_needed"),
        ("{ personMatches { heldAt } }", {}, "question.key_needed"),
        ("{ persons { nodes { holdsRightIn } } }", {}, "question.key_needed"),
        ("{ persons { nodes { ageIsAtLeast(years: 500) } } }", {}, "question.bad_value"),
        (
            "query($ids: [ID!]) { parcelBatch(id: $ids) { items { node { rights(first: 1000) { nodes { id } } } } } }",
            {"ids": [str(uuid4())] * 1000},
            "question.too_many_rows",
        ),
    ],
)
def test_what_cannot_be_asked_is_refused_with_a_code(
    client: Client, text: str, variables: dict[str, Any], code: str
) -> None:
    assert refused(client, text, **variables) == code


def test_a_number_ever_borne(client: Client) -> None:
    text = """query($number: String!, $as: AsOf) { personMatches(personalId: $number, asOf: $as) {
        __typename heldAt person { fullName } matched { number status { code } version { validFrom } } } }"""
    expected = {
        "__typename": "PersonMatch",
        "heldAt": True,
        "person": {"fullName": "Trần Thị Bình"},
        "matched": {
            "number": NUMBER,
            "status": {"code": "IN_USE"},
            "version": {"validFrom": "1997-01-01T00:00:00.000000Z"},
        },
    }
    assert client.data(text, number=NUMBER) == {"personMatches": [expected]}
    then = client.data(text, number=NUMBER, **{"as": {"validAt": "1990-01-01"}})["personMatches"]
    assert then == [{**expected, "heldAt": False, "person": None}]
    assert client.data(text, number=NUMBER, **{"as": {"position": 1}}) == {"personMatches": []}
    same_in_both_lanes(client, text, number=NUMBER, **{"as": {"validAt": "2020-01-01"}})


DERIVED = """query($id: ID!, $years: Int!, $on: Date, $code: String, $unit: ID, $kind: String, $as: AsOf) {
  person(id: $id, asOf: $as) { ageIsAtLeast(years: $years, on: $on) age(on: $on) { atLeast atMost }
    here: holdsRightIn(unitCode: $code, unit: $unit, kind: $kind) } }"""


def test_arguments_of_derived_fields_by_variable(client: Client) -> None:
    binh = {"id": str(client.world.id("binh")), "years": 18, "code": "20404"}
    for said, expected in (
        ({"on": "1974-06-01"}, ["UNKNOWN", {"atLeast": 17, "atMost": 18}, True]),
        ({"on": "1974-12-31"}, ["YES", {"atLeast": 18, "atMost": 18}, True]),
        ({"on": "1973-12-31", "kind": "LEASE"}, ["NO", {"atLeast": 17, "atMost": 17}, False]),
        ({"on": "1955-12-31", "kind": None}, ["NO", None, True]),
        ({"as": {"validAt": "2024-01-01"}, "code": "49"}, ["YES", {"atLeast": 67, "atMost": 68}, True]),
        ({"code": "49"}, ["YES", None, None]),
        ({"code": None, "unit": str(client.world.id("da nang"))}, ["YES", None, True]),
    ):
        variables = {**binh, **said}
        found = client.data(DERIVED, **variables)["person"]
        age = found["age"] if expected[1] or "on" in said else None
        assert [found["ageIsAtLeast"], age, found["here"]] == expected, said
        same_in_both_lanes(client, DERIVED, **variables)


def test_who_holds_a_parcel_and_what_it_is_called(client: Client) -> None:
    text = """query($id: ID!, $who: ID!, $as: AsOf) { parcel(id: $id, asOf: $as) { isHeldBy(holder: $who) addressLine
        rights { nodes { share sharePercent } } } }"""
    parcel, an = str(client.world.id("parcel")), str(client.world.id("an"))
    found = client.data(text, id=parcel, who=an, **{"as": {"validAt": "2025-06-30"}})["parcel"]
    assert found["isHeldBy"] is True  # through the couple
    assert found["addressLine"] == "Phường Cẩm Phô, Tỉnh Quảng Nam"
    assert [node["sharePercent"] for node in found["rights"]["nodes"]] == ["33.3333"] * 3
    assert client.data(text, id=parcel, who=parcel)["parcel"]["isHeldBy"] is False
    assert client.data(text, id=parcel, who=an)["parcel"]["addressLine"] == "Phường Cẩm Phô, Thành phố Đà Nẵng"


def test_what_is_derived_says_of_what_and_how_sensitive_it_is(client: Client) -> None:
    text = '{ __type(name: "%s") { fields { name description } } }'
    said = {
        (kind, field["name"]): field["description"]
        for kind in ("Person", "Parcel", "Enterprise")
        for field in client.data(text % kind)["__type"]["fields"]
    }
    assert "Sensitivity: personal." in said["Parcel", "isHeldBy"]
    assert "Sensitivity: official." in said["Parcel", "addressLine"]
    assert "Sensitivity: public." in said["Enterprise", "addressLine"]
    assert "Derived from `birth_date`." in said["Person", "age"]
    assert "Source: Bộ Công an." in said["Person", "age"]

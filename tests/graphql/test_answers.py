"""Answers through HTTP: keys, references, ways back, holders of several sorts, the two times, provenance."""

from typing import Any

import orjson
import pytest
import shapely
from graphql import (
    GraphQLField,
    GraphQLObjectType,
    GraphQLUnionType,
    get_named_type,
    is_leaf_type,
    is_required_argument,
)

from baseregistry import naming
from baseregistry.graphql.schema import build
from baseregistry.registries.declarations import DECLARATIONS
from tests.graphql.conftest import Client
from tests.graphql.world import SQUARE

SCHEMA = build(DECLARATIONS)
ARGUMENTS = {"holdsRightIn": '(unitCode: "48")'}  # one of two has to be given
FILLED = list(DECLARATIONS.entities)  # what the world has one of
REFORM, BEFORE = "2025-07-01", "2025-06-30T16:59:59.999999Z"


def selection(kind: Any, depth: int) -> str:
    """Everything of a type that can be asked without arguments, to a depth; below it only leaves."""
    named = get_named_type(kind)
    if is_leaf_type(named):
        return ""
    if isinstance(named, GraphQLUnionType):
        members = " ".join(f"... on {member.name} {{ {member.name}_id: id }}" for member in named.types)
        return f"{{ __typename {members} }}"
    assert isinstance(named, GraphQLObjectType)
    return "{ __typename " + " ".join(filter(None, (wanted(*item, depth) for item in named.fields.items()))) + " }"


def wanted(name: str, field: GraphQLField, depth: int) -> str:
    if any(is_required_argument(argument) for argument in field.args.values()):
        return ""
    if is_leaf_type(get_named_type(field.type)):
        return name + ARGUMENTS.get(name, "")
    return f"{name} {selection(field.type, depth - 1)}" if depth else ""


@pytest.mark.parametrize("entity", FILLED)
def test_everything_of_every_entity_is_answered_alike_in_both_lanes(client: Client, entity: str) -> None:
    root, node = naming.root(entity), SCHEMA.type_map[naming.type_name(entity)]
    assert isinstance(node, GraphQLObjectType)
    name = entity.rpartition(".")[2]
    for field_name, field in node.fields.items():
        text = f"query($id: ID!) {{ {root}(id: $id) {{ id {wanted(field_name, field, 2)} }} }}"
        fast, slow = client.lanes(text, id=str(client.world.id(f"full {name}")))
        answer = orjson.loads(fast)
        assert answer["data"][root] is not None, field_name
        assert orjson.loads(slow)["data"] == answer["data"]
    whole = f"query($id: ID!) {{ {root}(id: $id) {{ {' '.join(filter(None, (wanted(*item, 0) for item in node.fields.items())))} }} }}"
    full = client.data(whole, id=str(client.world.id(f"full {name}")))[root]
    assert [key for key, value in full.items() if value is None] == []


@pytest.mark.parametrize("entity", FILLED)
def test_every_plural_and_history_root_answers(client: Client, entity: str) -> None:
    root, plural = naming.root(entity), naming.root_plural(entity)
    text = (
        f"query($id: ID!) {{ {plural} {{ totalCount nodes {{ id }} edges {{ cursor node {{ id }} }}"
        f" pageInfo {{ hasNextPage endCursor }} }} {root}History(id: $id, includeSuperseded: true)"
        " { nodes { id version { recordedTo } } } }"
    )
    data = client.data(text, id=str(client.world.id(f"full {entity.rpartition('.')[2]}")))
    assert data[plural]["totalCount"] == len(data[plural]["nodes"]) >= 1
    assert [edge["node"] for edge in data[plural]["edges"]] == data[plural]["nodes"]
    assert data[plural]["pageInfo"] == {"hasNextPage": False, "endCursor": data[plural]["edges"][-1]["cursor"]}
    assert len(data[f"{root}History"]["nodes"]) == 1


def test_a_person_by_personal_id(client: Client) -> None:
    text = (
        "query($n: String!) { person(personalId: $n) { fullName birthDate status { code titleVi titleEn retired } } }"
    )
    assert client.data(text, n="049156000001") == {
        "person": {
            "fullName": "Trần Thị Bình",
            "birthDate": "1956",
            "status": {"code": "ALIVE", "titleVi": "Đang sống", "titleEn": "Alive", "retired": False},
        }
    }


def test_what_is_not_there_is_null(client: Client) -> None:
    assert client.data('{ person(personalId: "000000000000") { fullName } }') == {"person": None}
    assert client.data('{ unit(code: "49") { name } }') == {"unit": None}
    assert client.data('{ unitHistory(code: "nowhere") { nodes { name } } }') == {"unitHistory": {"nodes": []}}


def test_a_unit_is_found_by_its_code_at_the_moment_asked(client: Client) -> None:
    text = 'query($at: DateTime!) { unit(code: "49", asOf: {validAt: $at}) { name version { validFrom validTo } } }'
    assert client.data(text, at="2025-06-30")["unit"] == {
        "name": "Tỉnh Quảng Nam",
        "version": {"validFrom": "1997-01-01T00:00:00.000000Z", "validTo": "2025-06-30T17:00:00.000000Z"},
    }
    assert client.data(text, at=BEFORE)["unit"] is not None
    assert client.data(text, at=REFORM)["unit"] is None  # a date is its first instant in the register's zone


def test_references_are_seen_at_the_moment_asked_or_as_they_last_were(client: Client) -> None:
    text = """query($id: ID!, $at: DateTime) { parcel(id: $id, asOf: {validAt: $at}) {
        commune { code parent { name } } } succession(id: "%s", asOf: {validAt: $at}) { predecessor { name } } }""".replace(
        "%s", str(client.world.id("succession"))
    )
    parcel = str(client.world.id("parcel"))
    now, before = client.data(text, id=parcel, at=None), client.data(text, id=parcel, at=BEFORE)
    assert now["parcel"]["commune"] == {"code": "20404", "parent": {"name": "Thành phố Đà Nẵng"}}
    assert before["parcel"]["commune"]["parent"] == {"name": "Tỉnh Quảng Nam"}
    assert now["succession"] == {"predecessor": {"name": "Tỉnh Quảng Nam"}}
    assert before["succession"] is None


def test_a_holder_is_a_person_an_enterprise_or_a_group(client: Client) -> None:
    data = client.data(
        """query($id: ID!) { parcel(id: $id) { rights(orderBy: [KIND_ASC]) { nodes { share holder { ...Holder } } } } }
        fragment Holder on RightHolder { kind: __typename ... on Person { fullName }
          ... on Enterprise { taxCode charterCapital }
          ... on PartyGroup { members { nodes { member { ... on Person { fullName } } joint } } } }""",
        id=str(client.world.id("parcel")),
    )
    holders = {node["holder"]["kind"]: node["holder"] for node in data["parcel"]["rights"]["nodes"]}
    assert {node["share"] for node in data["parcel"]["rights"]["nodes"]} == {"1/3"}
    assert holders["Person"] == {"kind": "Person", "fullName": "Trần Thị Bình"}
    assert holders["Enterprise"] == {
        "kind": "Enterprise",
        "taxCode": "4000101407",
        "charterCapital": "123456789012345678",
    }
    members = {node["member"]["fullName"] for node in holders["PartyGroup"]["members"]["nodes"]}
    assert members == {"Trần Thị Bình", "Nguyễn Văn An"}


def test_a_holder_of_another_sort_than_asked_is_an_empty_object(client: Client) -> None:
    text = "query($id: ID!) { right(id: $id) { holder { ... on Person { fullName } } } }"
    fast, slow = client.lanes(text, id=str(client.world.id("company's right")))
    assert orjson.loads(fast)["data"] == {"right": {"holder": {}}}
    assert orjson.loads(slow)["data"] == orjson.loads(fast)["data"]


def test_a_correction_leaves_what_was_known_before(client: Client) -> None:
    text = """query($id: ID!, $p: Position) { parcel(id: $id, asOf: {position: $p, validAt: "2025-01-01"}) { documentedArea
        version { validFrom recordedFrom recordedTo writtenBy { position }
          change { position kind reason approvedBy recordedBy agency caseId } } } }"""
    parcel = str(client.world.id("parcel"))
    before, after = client.data(text, id=parcel, p=4)["parcel"], client.data(text, id=parcel, p="5")["parcel"]
    assert (before["documentedArea"], after["documentedArea"]) == ("200.10", "210.50")
    assert before["version"]["change"]["caseId"] == "HS-1"
    assert before["version"]["recordedTo"] is None
    assert after["version"] == {
        "validFrom": "2020-01-01T03:04:05.678901Z",
        "recordedFrom": "5",
        "recordedTo": None,
        "writtenBy": {"position": "5"},
        "change": {
            "position": "5",
            "kind": "CORRECTION",
            "reason": "misread",
            "approvedBy": "minh.le",
            "recordedBy": "lan.tran",
            "agency": "So TNMT",
            "caseId": None,
        },
    }


def test_history_tells_what_is_believed_and_what_ever_was(client: Client) -> None:
    text = """query($id: ID!, $all: Boolean!) { parcel(id: $id) { history(includeSuperseded: $all) { nodes { documentedArea
        version { recordedFrom recordedTo } } } } parcelHistory(id: $id, includeSuperseded: $all) { nodes { documentedArea } } }"""
    believed, ever = (client.data(text, id=str(client.world.id("parcel")), all=said) for said in (False, True))
    assert [one["documentedArea"] for one in believed["parcel"]["history"]["nodes"]] == ["210.50"]
    assert [one["documentedArea"] for one in ever["parcel"]["history"]["nodes"]] == ["200.10", "210.50"]
    assert ever["parcel"]["history"]["nodes"][0]["version"] == {"recordedFrom": "3", "recordedTo": "5"}
    assert [one["documentedArea"] for one in ever["parcelHistory"]["nodes"]] == ["200.10", "210.50"]
    units = client.data('{ unitHistory(code: "20404") { nodes { parent { name } version { validFrom } } } }')[
        "unitHistory"
    ]["nodes"]
    assert [one["parent"]["name"] for one in units] == ["Tỉnh Quảng Nam", "Thành phố Đà Nẵng"]


def test_geometry_in_the_crs_asked_for(client: Client) -> None:
    text = "query($id: ID!, $crs: CRS!) { parcel(id: $id) { geometry shown: geometry(crs: $crs) } }"
    data = client.data(text, id=str(client.world.id("parcel")), crs="EPSG:5899")["parcel"]
    assert shapely.equals_exact(shapely.from_geojson(orjson.dumps(data["shown"])), SQUARE)
    degrees = shapely.from_geojson(orjson.dumps(data["geometry"])).centroid
    assert 108 < degrees.x < 109
    assert 15 < degrees.y < 16


def test_pages_follow_one_another(client: Client) -> None:
    text = """query($after: String, $where: ParcelFilter) { parcels(first: 2, after: $after, where: $where,
        orderBy: [PARCEL_NUMBER_DESC]) { nodes { parcelNumber } pageInfo { hasNextPage hasPreviousPage endCursor } } }"""
    where = {"mapSheet": {"eq": "12"}, "parcelNumber": {"in": [str(number) for number in range(345, 351)]}}
    numbers, after, pages = [], None, 0
    while True:
        page = client.data(text, after=after, where=where)["parcels"]
        numbers += [node["parcelNumber"] for node in page["nodes"]]
        after, pages = page["pageInfo"]["endCursor"], pages + 1
        if not page["pageInfo"]["hasNextPage"]:
            break
    assert (numbers, pages) == (["350", "349", "348", "347", "346", "345"], 3)


@pytest.mark.parametrize(
    ("where", "names"),
    [
        ({"fullName": {"prefix": "tran thi"}}, {"Trần Thị Bình"}),
        ({"fullName": {"eq": "Trần Thị Bình"}}, {"Trần Thị Bình"}),
        ({"birthDate": {"eq": "1956"}}, {"Trần Thị Bình", "Nguyễn Văn An"}),
        ({"birthDate": {"eq": "1956-03"}}, {"Nguyễn Văn An"}),
        ({"birthDate": {"eq": "1956-03", "possibly": True}}, {"Trần Thị Bình", "Nguyễn Văn An"}),
        ({"birthDate": {"lt": "1956-04"}, "not": {"birthplace": {"isNull": True}}}, {"Nguyễn Văn An"}),
        ({"or": [{"birthplace": {"isNull": False}}, {"fullName": {"prefix": "trần"}}], "birthDate": {"lt": "2000"}},
         {"Trần Thị Bình", "Nguyễn Văn An"}),
        ({"or": []}, set()),
    ],
)  # fmt: skip
def test_people_are_found_by_what_is_said_of_them(client: Client, where: dict[str, Any], names: set[str]) -> None:
    text = "query($w: PersonFilter) { people: persons(where: $w) { nodes { fullName } totalCount } }"
    found = client.data(text, w=where)["people"]
    assert {node["fullName"] for node in found["nodes"]} == names
    assert found["totalCount"] == len(names)


def test_text_comes_back_as_it_was_registered(client: Client) -> None:
    unit = client.data(
        "query($id: ID!) { unit(id: $id) { name version { change { reason } } } }", id=str(client.world.id("full unit"))
    )
    assert unit["unit"]["name"] == '"Đặc biệt" \\ unit'
    text = "query($id: ID!) { person(id: $id) { version { change { reason } } } }"
    assert (
        client.data(text, id=str(client.world.id("binh")))["person"]["version"]["change"]["reason"]
        == 'Lời "khai" \\ cũ\n\t'
    )


def test_asked_again_with_its_snapshot_the_answer_is_the_same_byte_for_byte(client: Client) -> None:
    parcel = str(client.world.id("parcel"))
    text = "query($id: ID!, $as: AsOf) { parcel(id: $id, asOf: $as) { id documentedArea version { recordedFrom digest } } }"
    first = client.ask(text, id=parcel).json()
    taken = first["extensions"]["snapshot"]
    assert taken["position"] == "6"
    replay = {
        "position": taken["position"],
        "ledgerHash": taken["ledgerHash"],
        "validAt": taken["roots"]["parcel"]["validAt"],
    }
    again = client.ask(text, id=parcel, **{"as": replay}).json()
    assert orjson.dumps(again) == orjson.dumps(first)
    known = client.ask(text, id=parcel, **{"as": {"knownAt": taken["known"], "validAt": replay["validAt"]}}).json()
    assert known == first


def test_roots_may_look_from_different_positions_and_say_so(client: Client) -> None:
    parcel = client.world.id("parcel")
    body = client.ask(
        f'{{ then: parcel(id: "{parcel}", asOf: {{position: 4}}) {{ documentedArea }} __typename '
        f'now: parcel(id: "{parcel}") {{ documentedArea }} }}'
    ).json()
    assert body["data"] == {
        "then": {"documentedArea": "200.10"},
        "__typename": "Query",
        "now": {"documentedArea": "210.50"},
    }
    taken = body["extensions"]["snapshot"]
    assert (taken["position"], taken["roots"]["then"]["position"]) == ("6", "4")
    assert taken["roots"]["then"]["validAt"] == taken["roots"]["then"]["known"]
    assert set(taken["roots"]["now"]) == {"validAt"}


@pytest.mark.parametrize(
    ("as_of", "code"),
    [
        ({"position": 7}, "question.future_position"),
        ({"knownAt": "2999-01-01"}, "question.future_known_at"),
        ({"position": 4, "ledgerHash": "00" * 32}, "ledger.forked"),
    ],
)
def test_what_the_ledger_does_not_hold_is_refused(client: Client, as_of: dict[str, Any], code: str) -> None:
    body = client.ask("query($as: AsOf) { units(asOf: $as) { totalCount } }", **{"as": as_of}).json()
    assert "data" not in body
    assert body["errors"][0]["extensions"]["code"] == code


def test_any_record_is_found_by_its_id_alone(client: Client) -> None:
    text = """query($a: ID!, $b: ID!, $c: ID!) { parcel: node(id: $a) { __typename id ... on Parcel { mapSheet } }
        person: node(id: $b) { ... on Parcel { mapSheet } ... on Person { fullName } } other: node(id: $b) { ... on Parcel { id } }
        none: node(id: $c) { id } unit(id: $a) { id } }"""
    ids = {name: str(client.world.id(record)) for name, record in (("a", "parcel"), ("b", "binh"), ("c", "nobody"))}
    fast, slow = client.lanes(text, **ids)
    answer = orjson.loads(fast)
    assert (
        answer["data"]
        == orjson.loads(slow)["data"]
        == {
            "parcel": {"__typename": "Parcel", "id": ids["a"], "mapSheet": "12"},
            "person": {"fullName": "Trần Thị Bình"},
            "other": {},
            "none": None,
            "unit": None,
        }
    )
    assert list(answer["extensions"]["snapshot"]["roots"]) == ["parcel", "person", "other", "none", "unit"]

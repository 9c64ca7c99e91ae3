"""Histories, changes and feeds through the door: both lanes, variables, fragments, refusals with a code."""

from typing import Any

import pytest

from baseregistry import naming
from tests.graphql.conftest import Client

ITEM = """fragment Item on ParcelChange { __typename position kind recordId effect status retracted recordedAt
 versions { id map: mapSheet commune { name } rights(first: 1) { nodes { share } } version { change { position } } }
 withdrawn { documentedArea } change { agency position }
 facts { __typename validFrom effect attributes { __typename attribute old new redacted } } }"""
PAGE = "pageInfo { __typename hasNextPage endCursor upTo }"
DOCUMENTS = [
    "query($p: Position!, $n: Int, $w: PlacedFeedFilter, $u: Position) { feed: parcelChangesSince(position: $p, first: $n,"
    f" where: $w, until: $u) {{ __typename nodes {{ ...Item }} edges {{ cursor node {{ ...Item }} }} {PAGE} }} }} {ITEM}",
    "query($p: Position!, $k: [ChangeKind!], $t: [ID!]) { a: parcelChangesSince(position: $p, where: {kind: $k, territory: $t})"
    f" {{ nodes {{ position }} }} b: rightChangesSince(position: 0) {{ {PAGE} }} c: change(position: $p) {{ kind }} }}",
    "query($p: Position!) { change(position: $p) { __typename position kind recordedAt head writes(first: 2) { nodes { __typename"
    " entity recordId effect retracted facts { validTo attributes { new } } } pageInfo { hasNextPage endCursor } } } }",
    "query($k: [ChangeKind!]) { changes(first: 3, where: {kind: $k}) { nodes { position agency documentDate"
    f" writes(first: 1) {{ nodes {{ effect }} }} }} edges {{ cursor }} {PAGE} }} }}",
    "query($id: ID!, $b: Period, $all: Boolean!) { parcel(id: $id) { history(between: $b, includeSuperseded: $all, first: 1)"
    " { nodes { documentedArea } pageInfo { endCursor hasNextPage } totalCount } rightsHistory(between: $b) { nodes { share"
    " version { validFrom } } totalCount } } parcelHistory(id: $id, between: $b) { edges { cursor node { mapSheet } } } }",
]
GIVEN: list[dict[str, Any]] = [
    {"p": 0, "n": 1, "u": 5},
    {"p": "3", "n": 3, "w": {"kind": ["CORRECTION", "REGISTRATION"]}, "k": ["CORRECTION"], "t": []},
    {"p": 2, "w": {"territory": None, "case": "HS-1", "recorded": {"from": "2020-01-01"}}, "k": None},
    {"p": 1, "n": 0, "b": {"from": "2025-01-01", "to": "2026-01-01T00:00:00Z"}, "k": []},
]


@pytest.mark.parametrize("given", GIVEN, ids=str)
@pytest.mark.parametrize("document", DOCUMENTS)
def test_both_lanes_answer_with_the_same_bytes(client: Client, document: str, given: dict[str, Any]) -> None:
    said = {"id": str(client.world.id("parcel")), "all": True, **given}
    used = {name: value for name, value in said.items() if f"${name}:" in document}
    fast, slow = client.lanes(document, **used)
    assert b'"errors"' not in fast
    assert fast.partition(b',"extensions":')[0] == slow.partition(b',"extensions":')[0]


def test_a_feed_tells_who_moved_with_what_was_said_before(client: Client) -> None:
    world = client.world
    parcel = str(world.id("parcel"))
    feed = client.data(DOCUMENTS[0], p=4, w={"territory": [str(world.id("hoi an"))]})["feed"]
    (item,) = feed["nodes"]
    assert feed["edges"][0]["node"] == item
    assert (item["recordId"], item["position"], item["kind"], item["effect"]) == (parcel, "5", "CORRECTION", "CHANGED")
    assert (item["status"], item["retracted"]) == ("STAYED", False)
    assert item["withdrawn"] == [{"documentedArea": "200.10"}]
    assert item["versions"][0]["commune"] == {"name": "Phường Cẩm Phô"}
    assert item["versions"][0]["version"] == {"change": {"position": "5"}}
    changed = {"__typename": "AttributeChange", "attribute": "documentedArea", "redacted": False}
    assert item["facts"][0]["attributes"] == [{**changed, "old": "200.10", "new": "210.50"}]
    assert feed["pageInfo"]["upTo"] == str(world.receipts[-1].position)


def test_the_snapshot_says_up_to_where_it_was_told(client: Client) -> None:
    text = "query($p: Position!, $u: Position) { parcelChangesSince(position: $p, until: $u) { nodes { position } pageInfo { upTo } } }"
    body = client.ask(text, p=0, u=4).json()
    assert body["extensions"]["snapshot"]["position"] == "4"
    assert body["data"]["parcelChangesSince"]["pageInfo"] == {"upTo": "4"}
    taken = body["extensions"]["snapshot"]
    since = (
        "query($p: Position!, $h: String) { parcelChangesSince(position: $p, ledgerHash: $h) { nodes { position } } }"
    )
    onward = client.data(since, p=taken["position"], h=taken["ledgerHash"])
    assert [item["position"] for item in onward["parcelChangesSince"]["nodes"]] == ["5", "6"]
    assert client.ask(since, p="3", h=taken["ledgerHash"]).json()["errors"][0]["extensions"]["code"] == "ledger.forked"


def test_pages_inside_pages_are_counted(client: Client) -> None:
    """A page of a feed or history multiplies what is inside, as any page does."""
    inner = "rights(first: 1000) { nodes { id } }"
    for text in (
        f"{{ parcelChangesSince(position: 0, first: 1000) {{ nodes {{ versions {{ {inner} }} }} }} }}",
        f'{{ parcelHistory(id: "{client.world.id("parcel")}", first: 1000) {{ nodes {{ {inner} }} }} }}',
        f'{{ parcel(id: "{client.world.id("parcel")}") {{ rightsHistory(first: 1000) {{ nodes {{ parcel {{ {inner} }} }} }} }} }}',
        "{ changes(first: 1000) { nodes { writes(first: 1000) { nodes { effect } } } } }",
    ):
        (error,) = client.ask(text).json()["errors"]
        assert error["extensions"]["code"] in {"question.too_many_rows", "question.too_costly"}


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("{ parcelChangesSince(position: 99) { nodes { position } } }", "question.future_position"),
        ("{ parcelChangesSince(position: 0, until: 99) { nodes { position } } }", "question.future_position"),
        ("{ change(position: 99) { kind } }", "question.future_position"),
        ('{ changes(ledgerHash: "00", since: 1) { nodes { kind } } }', "question.invalid"),
        ('{ changes(ledgerHash: "00", position: 1) { nodes { kind } } }', "ledger.forked"),
        ('{ parcelChangesSince(position: 0, after: "x") { nodes { position } } }', "question.bad_cursor"),
        ("{ parcelChangesSince(position: 0, first: 1001) { nodes { position } } }", "question.bad_page"),
        ("{ personChangesSince(position: 0, where: {territory: []}) { nodes { position } } }", "question.invalid"),
        ('{ parcelHistory(id: %ID, between: {from: "2025-01-01T00:00"}) { nodes { id } } }', "input.naive_timestamp"),
        ('{ parcelHistory(id: %ID, between: {from: "2025-02-01", to: "2025-01-01"}) { nodes { id } } }', "question.bad_value"),
    ],
)  # fmt: skip
def test_what_cannot_be_answered_is_refused_with_a_code(client: Client, text: str, code: str) -> None:
    text = text.replace("%ID", f'"{client.world.id("parcel")}"')
    (error, *_) = client.ask(text).json()["errors"]
    assert error["extensions"]["code"] == code


def test_every_entity_has_its_feed(client: Client) -> None:
    """Generated from the declarations: replayed from the ledger's begin, each tells of the one record that `everything` wrote."""
    for name in client.world.installation.declarations.entities:
        root = f"{naming.root(name)}ChangesSince"
        text = f"{{ {root}(position: 5) {{ nodes {{ effect status versions {{ id }} facts {{ attributes {{ new }} }} }} }} }}"
        (item,) = client.data(text)[root]["nodes"]
        assert (item["effect"], item["status"]) == ("CREATED", "ENTERED")
        assert len(item["versions"]) == 1
        assert item["facts"][0]["attributes"]

"""What is no cursor of a list is refused with one code, whatever the list, and whether or not a row of it is read."""

import json
from base64 import urlsafe_b64decode, urlsafe_b64encode
from typing import Any

import pytest

from tests.graphql.conftest import Client

NOBODY = "00000000-0000-4000-8000-000000000000"
LISTS = {
    "a root": ("units", "units(first: 1, after: $after) { %s }"),
    "a root by a value": ("units", 'units(first: 1, after: $after, orderBy: [NAME_DESC]) { %s }'),
    "an empty root": ("units", 'units(after: $after, where: {code: {eq: "none"}}) { %s }'),
    "a page of no rows": ("units", "units(first: 0, after: $after) { %s }"),
    "a search": ("persons", 'persons(first: 1, after: $after, where: {fullName: {search: "tran"}}) { %s }'),
    "a way back": ("rights", "parcel(id: %%ID) { rights(first: 1, after: $after) { %s } }"),
    "a way back of nothing": ("rights", f'parcel(id: "{NOBODY}") {{ rights(after: $after) {{ %s }} }}'),
    "a list in a list": ("rights", "parcels { nodes { rights(after: $after) { %s } } }"),
    "a history": ("parcelHistory", "parcelHistory(id: %%ID, first: 1, after: $after) { %s }"),
    "a history inside": ("history", "parcel(id: %%ID) { history(first: 1, after: $after, includeSuperseded: true) { %s } }"),
    "a history of a way back": ("rightsHistory", "parcel(id: %%ID) { rightsHistory(first: 1, after: $after) { %s } }"),
    "a feed": ("parcelChangesSince", "parcelChangesSince(position: 0, first: 1, after: $after) { %s }"),
    "an empty feed": ("parcelChangesSince", "parcelChangesSince(position: 6, first: 1, after: $after) { %s }"),
    "the ledger": ("changes", "changes(position: 0, first: 1, after: $after) { %s }"),
    "what a change wrote": ("writes", 'change(position: "1") { writes(first: 1, after: $after) { %s } }'),
    "in a batch": ("rights", "parcelBatch(id: [%%ID]) { items { node { rights(first: 1, after: $after) { %s } } } }"),
    "in a batch of nothing": ("rights", "parcelBatch(id: []) { items { node { rights(first: 1, after: $after) { %s } } } }"),
    "of any record": ("rights", "node(id: %%ID) { ... on Parcel { rights(first: 1, after: $after) { %s } } }"),
}  # fmt: skip
ASKED = ("nodes { __typename }", "pageInfo { __typename }", "__typename")
BAD: list[Any] = ["", "nonsense", "e30", "W10", "ä", "A" * 10_000]


def text_of(client: Client, name: str, asked: str) -> str:
    return f"query($after: String) {{ {LISTS[name][1] % asked} }}".replace("%ID", f'"{client.world.id("parcel")}"')


def codes(body: Any) -> list[str]:
    return [error["extensions"]["code"] for error in body.get("errors", ())]


def parts_of(cursor: str) -> list[str | None]:
    found = json.loads(urlsafe_b64decode(cursor + "=" * (-len(cursor) % 4)))
    assert isinstance(found, list)
    return found


def cursor_of(parts: list[str | None]) -> str:
    return urlsafe_b64encode(json.dumps(parts).encode()).decode().rstrip("=")


def told(data: Any, name: str) -> str | None:
    """The first cursor under a field of this name."""
    if isinstance(data, list):
        return next((found for one in data if (found := told(one, name))), None)
    if not isinstance(data, dict):
        return None
    if name in data:
        end = data[name]["pageInfo"]["endCursor"]
        return str(end) if end else None
    return next((found for one in data.values() if (found := told(one, name))), None)


@pytest.mark.parametrize("name", LISTS)
def test_what_is_no_cursor_is_refused_though_no_row_is_read(client: Client, name: str) -> None:
    for asked in (*ASKED, *(["totalCount"] if name.startswith(("a root", "a way", "an empty root")) else [])):
        for bad in BAD:
            body = client.ask(text_of(client, name, asked), after=bad).json()
            assert codes(body) == ["question.bad_cursor"], (asked, bad, body)
            assert "data" not in body


@pytest.mark.parametrize("name", LISTS)
def test_no_value_of_a_cursor_is_taken_that_is_none_of_its_type(client: Client, name: str) -> None:
    """Values that are not there, of another type, or more than one; a list that answers no cursor borrows one."""
    root, _ = LISTS[name]
    cursor = told(client.data(text_of(client, name, "pageInfo { endCursor }")), root)
    if cursor is None:
        return
    parts = parts_of(cursor)
    assert "errors" not in client.ask(text_of(client, name, ASKED[0]), after=cursor).json()
    forged = [[*parts[:-1], None], [*parts, "1"], parts[:-1], [*parts[:-1], "x"], [*parts[:-1], "1\0"]]
    forged += [["00000000", *parts[1:]], [*parts[:-1], ["1"]], [*parts[:-1], 1]]  # type: ignore[list-item]
    for one in forged:
        if name in {"a feed", "an empty feed", "the ledger"} and one[-1] == "x" and len(one) == len(parts):
            continue  # the last one is by what the ledger is known
        for asked in ASKED:
            body = client.ask(text_of(client, name, asked), after=cursor_of(one)).json()
            assert codes(body) == ["question.bad_cursor"], (asked, one, body)


@pytest.mark.parametrize("name", ["a root", "a root by a value", "a history", "in a batch", "a list in a list"])
def test_it_is_so_for_each_of_many_sets_of_variables(client: Client, name: str) -> None:
    """In one statement for all of them PostgreSQL casts a value only when it comes to it."""
    root, _ = LISTS[name]
    cursor = told(client.data(text_of(client, name, "pageInfo { endCursor }")), root)
    assert cursor is not None
    bad = [*BAD, cursor_of([*parts_of(cursor)[:-1], None]), cursor_of([*parts_of(cursor)[:-1], "x"])]
    for asked in ASKED:
        said = {"query": text_of(client, name, asked), "variables": [{"after": one} for one in [cursor, *bad]]}
        body = client.send(json=said, headers={"authorization": f"Bearer {client.token}"}).json()
        assert [codes(one) for one in body] == [[], *[["question.bad_cursor"]] * len(bad)], asked


@pytest.mark.parametrize("order", ["CODE_ASC", "NAME_DESC"])
def test_a_value_is_read_as_the_attribute_is(client: Client, order: str) -> None:
    """A null may stand where the attribute may have none; never for the record itself."""
    text = (
        f"query($after: String) {{ units(first: 1, after: $after, orderBy: [{order}]) {{ pageInfo {{ endCursor }} }} }}"
    )
    sign, value, record = parts_of(client.data(text)["units"]["pageInfo"]["endCursor"])
    assert "errors" not in client.ask(text, after=cursor_of([sign, None, record])).json()
    assert codes(client.ask(text, after=cursor_of([sign, value, None])).json()) == ["question.bad_cursor"]


@pytest.mark.parametrize(
    ("entity", "order", "bad"),
    [
        ("persons", "BIRTH_DATE_ASC", ["x", "[2020-01-02,2020-01-01)", "[2020-02-30,2020-03-01)", "empty", "[,)x"]),
        ("rights", "PARCEL_ASC", ["NaN", "1e5", "9" * 5_000, "x"]),
        ("parcels", "DOCUMENTED_AREA_DESC", ["x", "", "1,5", "Infinity"]),
    ],
)
def test_values_of_each_kind_are_read_before_they_are_asked_with(
    client: Client, entity: str, order: str, bad: list[str]
) -> None:
    text = f"query($after: String) {{ {entity}(first: 1, after: $after, orderBy: [{order}]) {{ pageInfo {{ endCursor }} }} }}"
    sign, *_, record = parts_of(client.data(text)[entity]["pageInfo"]["endCursor"])
    found = {one: codes(client.ask(text, after=cursor_of([sign, one, record])).json()) for one in bad}
    assert found == {one: ["question.bad_cursor"] for one in bad}


def test_a_place_in_the_ledger_that_has_not_come_is_of_another_ledger(client: Client) -> None:
    """Also where a cursor claims the hash of the empty ledger for it."""
    text = text_of(client, "a feed", "pageInfo { endCursor }")
    sign, _, record, _ = parts_of(told(client.data(text), "parcelChangesSince") or "")
    forged = cursor_of([sign, "999999", record, "0" * 16])
    assert codes(client.ask(text, after=forged).json()) == ["ledger.forked"]

"""Territories through the door: what lies outside is as if there were none, in content and error, now and in the past."""

from collections.abc import Iterator
from typing import Any
from uuid import UUID, uuid4

import httpx
import orjson
import pytest

from baseregistry import cluster, naming
from baseregistry.graphql.roots import Root
from baseregistry.graphql.schema import build, keys
from baseregistry.registries.declarations import DECLARATIONS
from baseregistry.registries.question import Form
from tests.access.naive import world as places
from tests.access.naive.differential import Differential, differential
from tests.access.naive.opening import Grant
from tests.access.naive.places import Territory, lies_somewhere
from tests.graphql.conftest import client_of, empty_world

SHOWN = "id version { change { reason } }"  # of no entity public, so always under a grant
LEDGER = {"change", "changes"}  # which lie nowhere
ROOTS = {
    name: field.extensions["root"]
    for name, field in build(DECLARATIONS).query_type.fields.items()  # type: ignore[union-attr]
    if field.extensions["root"].form is not Form.ACCESS  # which lies in no unit: see test_views.py
    if name not in LEDGER
}
AT_2018, NOW = "2018-06-01T00:00:00Z", "2026-06-01T00:00:00Z"


@pytest.fixture(scope="module")
def asked(running_cluster: cluster.Cluster, template: Any, tmp_path_factory: Any) -> Iterator[Differential]:
    with empty_world(running_cluster, template) as world:
        places.build(world, 0)
        with client_of(world, tmp_path_factory.mktemp("data")) as client:
            yield differential(client)


def ids(asked: Differential, *names: str) -> set[str]:
    return {str(asked.client.world.id(name)) for name in names}


def send(
    asked: Differential, text: str, paths: set[str], units: tuple[str, ...] | None = None, **variables: Any
) -> httpx.Response:
    """The document under one grant of these paths: everywhere, or in the units that are named."""
    named = None if units is None else frozenset(asked.client.world.id(name) for name in units)
    territory = None if named is None else Territory(asked.reference.reader.rows, named)
    with asked._granted([Grant(frozenset(paths), territory)]):
        return asked.client.ask(text, {"x-purpose": "1"}, **variables)


def data(asked: Differential, text: str, paths: set[str], units: tuple[str, ...] | None, **variables: Any) -> Any:
    body = send(asked, text, paths, units, **variables).json()
    assert "errors" not in body, body
    return body["data"]


# --- outside is as if there were none --------------------------------------------------------------------


def whole(entity: str) -> set[str]:
    """Paths that open all of a level, its past, its feed, and the numbers by which a person is found."""
    root = naming.root(entity)
    named = {f"{root}.{name}" for name in ("*", "version", "history", "changes")}
    return named | {"person.identifiers.*", "person.identifiers.history"}


def question(name: str, root: Root, key: str) -> str:
    """The root by one of its keys, with a variable for each of its arguments."""
    form, way = root.form, [naming.field(one) for one in root.keys[key]]
    if form is Form.NODES:
        way = ["ids"]
    given = ", ".join(f"{one}: [$v]" if form in {Form.BATCH, Form.NODES} else f"{one}: ${one}" for one in way)
    match form:
        case Form.ONE:
            inner = SHOWN if root.entity else "id ... on Parcel { version { change { reason } } }"
        case Form.HISTORY:
            inner = f"totalCount nodes {{ {SHOWN} }} pageInfo {{ hasNextPage endCursor }}"
        case Form.BATCH:
            inner = f"items {{ key node {{ {SHOWN} }} }} notFound"
        case Form.NODES:
            inner = "id ... on Parcel { version { change { reason } } }"
        case Form.MATCHES:
            inner = f"{naming.root(root.entity or '')} {{ {SHOWN} }} heldAt"
        case _:
            raise AssertionError(f"no test says how {form} is asked by a key")
    return f'{{ {name}({given}, asOf: {{validAt: "{NOW}"}}) {{ {inner} }} }}'


def filled(text: str, values: dict[str, str]) -> str:
    """The values in place of the variables."""
    for name, value in values.items():
        text = text.replace(f"${name}", _literal(value))
    return text.replace("$v", _literal(next(iter(values.values()))))


def _literal(value: str) -> str:
    return orjson.dumps(value).decode()


def key_values(asked: Differential, entity: str, key: str) -> Iterator[dict[str, str]]:
    """Of each record that holds now, what it is found by."""
    declared, rows = DECLARATIONS.entities[entity], asked.reference.reader.rows
    lookup = next((one for one in declared.lookups if one.name == key), None)
    for row in rows.versions[lookup.via if lookup else entity]:
        if row["recorded_to"] is not None or row["end"] is not None:
            continue
        if key == "id":
            yield {"id": str(row["record_id"])}
        elif lookup is None:
            said = {naming.field(name): row[name] for name in keys(DECLARATIONS, declared)[key]}
            if None not in said.values():
                yield {name: str(value) for name, value in said.items()}
        elif all(row[name] == value for name, value in lookup.fixed):
            yield {naming.field(key): row[lookup.attribute]}


def absent(values: dict[str, str]) -> dict[str, str]:
    """The same key of nobody: the last of its values is another."""
    *_, last = values
    try:
        other = str(uuid4()) if UUID(values[last]) else ""
    except ValueError:
        end = values[last][-3:]
        other = values[last][:-3] + ("998" if end.isdigit() else "zzz")[: len(end)]
    return {**values, last: other}


def told(response: httpx.Response, values: dict[str, str]) -> tuple[int, bytes, dict[str, str]]:
    """A response without what was asked for in it."""
    body = response.content
    for value in values.values():
        body = body.replace(_literal(value).encode(), b"KEY")
    return (
        response.status_code,
        body,
        {name: value for name, value in response.headers.items() if name != "x-request-id"},
    )


def refused(asked: Differential, text: str, paths: set[str]) -> bool:
    """Whether what lies in no unit is refused to whoever may look into some only."""
    (error,) = send(asked, text, paths, ("X",)).json()["errors"]
    return bool(error["extensions"]["code"] == "access.field_not_granted")


KEYED = [(name, key) for name, root in ROOTS.items() for key in root.keys]


@pytest.mark.parametrize(("name", "key"), KEYED)
def test_by_its_key_what_lies_outside_is_as_if_it_were_not(asked: Differential, name: str, key: str) -> None:
    root = ROOTS[name]
    entity = root.entity or "land.parcel"
    text, paths = question(name, root, key), whole(entity)
    if not lies_somewhere(DECLARATIONS.entities[entity]):
        anything = {naming.field(one): str(uuid4()) for one in root.keys[key]}
        assert refused(asked, filled(text, anything), paths)
        return
    found = 0
    for values in key_values(asked, entity, key):
        response = send(asked, filled(text, values), paths, ())
        assert response.status_code == 200, response.text
        assert "errors" not in response.json(), response.text
        nobody = absent(values)
        assert told(response, values) == told(send(asked, filled(text, nobody), paths, ()), nobody)
        found += told(send(asked, filled(text, values), paths), values)[1] != told(response, values)[1]
        if found >= 3:
            break
    assert found or key in {"passport", "old_id"}, "everywhere nothing is found either, so this proves nothing"


@pytest.mark.parametrize("name", [name for name, root in ROOTS.items() if not root.keys])
def test_without_a_key_what_lies_outside_is_not_there(asked: Differential, name: str) -> None:
    root = ROOTS[name]
    entity = root.entity or ""
    match root.form:
        case Form.MANY:
            text = f"{{ {name}(first: 9) {{ totalCount nodes {{ {SHOWN} }} pageInfo {{ hasNextPage endCursor }} }} }}"
        case Form.FEED:
            text = f'{{ {name}(position: "0", first: 200) {{ nodes {{ recordId change {{ reason }} }} }} }}'
        case _:
            raise AssertionError(f"no test says how {root.form} is asked without a key")
    if not lies_somewhere(DECLARATIONS.entities[entity]):
        assert refused(asked, text, whole(entity))
        return
    outside, everywhere = (data(asked, text, whole(entity), units)[name] for units in ((), None))
    assert outside["nodes"] == []
    assert everywhere["nodes"]
    if root.form is Form.MANY:
        assert (outside["totalCount"], outside["pageInfo"]) == (0, {"hasNextPage": False, "endCursor": None})


def test_every_root_has_a_test() -> None:
    assert {name for name, _ in KEYED} | {name for name, root in ROOTS.items() if not root.keys} == set(ROOTS)


# --- the past ----------------------------------------------------------------------------------------------

SIDES = ("west", "east", "across", "shapeless")
PARCEL = "query($id: ID!, $at: DateTime!) { parcel(id: $id, asOf: {validAt: $at}) { id mapSheet } }"


def sides(asked: Differential, at: str, *units: str) -> set[str]:
    """Which of the four parcels of B are found."""
    found = set()
    for name in SIDES:
        variables = {"id": str(asked.client.world.id(name)), "at": at}
        if data(asked, PARCEL, {"parcel.mapSheet"}, units, **variables)["parcel"]:
            found.add(name)
    return found


def test_of_the_commune_that_was_split_geometry_decides(asked: Differential) -> None:
    """In 2018 all four lay in B, whose code X has now; what lies across counts where a point of it lies."""
    assert sides(asked, AT_2018, "X") == {"west"}
    assert sides(asked, AT_2018, "Z") == {"east", "across"}
    assert sides(asked, AT_2018, "X", "Z") == set(SIDES)
    assert sides(asked, AT_2018, "da nang") == set(SIDES)
    assert sides(asked, AT_2018, "B") == sides(asked, AT_2018, "A") == sides(asked, AT_2018, "hoi an") == set()


def test_today_a_record_lies_where_it_says(asked: Differential) -> None:
    assert sides(asked, NOW, "X") == {"west", "shapeless"}
    assert sides(asked, NOW, "Z") == {"east", "across"}
    assert sides(asked, NOW, "Y") == set(), "a unit that ended opens nothing"


def test_a_code_that_is_used_again_opens_nothing(asked: Differential) -> None:
    """X has the code that B had: of what lay in B by that code, X finds its own half."""
    text = """query($at: DateTime!) { units(where: {code: {eq: "20102"}}, asOf: {validAt: $at}) {
      nodes { id parcels { totalCount nodes { id } } } } }"""
    paths = {"unit.parcels.mapSheet"}
    (now,) = data(asked, text, paths, ("X",), at=NOW)["units"]["nodes"]
    assert now["id"] == str(asked.client.world.id("X"))
    assert data(asked, text, paths, ("X",), at=AT_2018)["units"]["nodes"] == []  # B lies in X only in part
    (then,) = data(asked, text, paths, ("X", "Z"), at=AT_2018)["units"]["nodes"]
    assert then["id"] == str(asked.client.world.id("B"))
    assert ids(asked, *SIDES) <= {one["id"] for one in then["parcels"]["nodes"]}


def test_a_person_lies_where_he_resides_at_the_moment_asked(asked: Differential) -> None:
    text = 'query($at: DateTime!) { person(personalId: "049170000099", asOf: {validAt: $at}) { fullName } }'
    paths = {"person.fullName", "person.identifiers.*"}

    def seen(at: str, unit: str) -> bool:
        return data(asked, text, paths, (unit,), at=at)["person"] is not None

    assert (seen(AT_2018, "hoi an"), seen(AT_2018, "X")) == (True, False)
    assert (seen(NOW, "hoi an"), seen(NOW, "X")) == (False, True)
    assert seen("2023-06-01T00:00:00Z", "X")  # then in A, which went wholly into X


# --- what hangs on a root ------------------------------------------------------------------------------------


def test_ways_back_unions_counts_and_filters_are_bound(asked: Differential) -> None:
    """The holder of a parcel in X also holds one in Z: he is seen, his other right is not."""
    text = """query($id: ID!) { parcel(id: $id) { rights { nodes { holder { ... on Person { id
      rights { totalCount nodes { parcel { id } } }
      ever: rightsHistory { totalCount nodes { parcel { id } } } } } } } } }"""
    below = "parcel.rights.holder"
    paths = {
        "parcel.mapSheet",
        f"{below}.fullName",
        f"{below}.name",
        f"{below}.kind",
        f"{below}.rights.*",
        f"{below}.rights.history",
    }
    west, mover = (str(asked.client.world.id(name)) for name in ("west", "mover"))

    def lands(units: tuple[str, ...] | None) -> list[tuple[int, set[str]]]:
        found = data(asked, text, paths, units, id=west)["parcel"]["rights"]["nodes"]
        (holder,) = [one["holder"] for one in found if one["holder"].get("id") == mover]
        told = (holder["rights"], holder["ever"])
        return [(one["totalCount"], {node["parcel"]["id"] for node in one["nodes"]}) for one in told]

    assert lands(("X",)) == [(1, {west}), (1, {west})]
    assert lands(None) == lands(("X", "Z")) == [(2, ids(asked, "west", "east"))] * 2


def test_a_filter_looks_at_nothing_outside(asked: Differential) -> None:
    text = """query($p: ID!) { persons(where: {rights: {some: {parcel: {eq: $p}}}}, orderBy: [FULL_NAME_DESC]) {
      totalCount nodes { id } } }"""
    paths = {"person.fullName", "person.rights.*"}
    east, mover = (str(asked.client.world.id(name)) for name in ("east", "mover"))
    assert mover in {one["id"] for one in data(asked, text, paths, None, p=east)["persons"]["nodes"]}
    assert data(asked, text, paths, ("X",), p=east)["persons"] == {"totalCount": 0, "nodes": []}
    assert data(asked, text, paths, ("X",), p=str(uuid4()))["persons"] == {"totalCount": 0, "nodes": []}


def test_a_cursor_of_another_territory_tells_nothing(asked: Differential) -> None:
    """A cursor is a place in an order, not a key: after it comes what lies inside, whosever place it was."""
    text = """query($after: String) { parcels(first: 100, after: $after, orderBy: [MAP_SHEET_ASC]) {
      totalCount edges { cursor node { id } } } }"""
    paths = {"parcel.mapSheet"}
    inside = [edge["node"]["id"] for edge in data(asked, text, paths, ("X",))["parcels"]["edges"]]
    every = [(edge["node"]["id"], edge["cursor"]) for edge in data(asked, text, paths, None)["parcels"]["edges"]]
    order, outside = [one for one, _ in every], [(one, cursor) for one, cursor in every if one not in inside]
    assert inside
    assert outside
    for one, cursor in outside:
        after = data(asked, text, paths, ("X",), after=cursor)["parcels"]
        assert [edge["node"]["id"] for edge in after["edges"]] == [
            other for other in inside if order.index(other) > order.index(one)
        ]
        assert after["totalCount"] == len(inside)


def test_a_feed_tells_of_what_lay_or_lies_inside(asked: Differential) -> None:
    shown = "recordId versions { id commune { id } } facts { attributes { attribute new } }"
    text = f'{{ parcelChangesSince(position: "0", first: 500) {{ nodes {{ {shown} }} }} }}'
    paths = {"parcel.*", "parcel.changes", "parcel.commune.*"}
    told = data(asked, text, paths, ("X",))["parcelChangesSince"]["nodes"]
    rows, territory = (
        asked.reference.reader.rows,
        Territory(asked.reference.reader.rows, frozenset({asked.client.world.id("X")})),
    )
    ever = {
        str(record.row["record_id"])
        for record in (
            asked.reference.reader.record("land.parcel", row, asked.reference._asked({}))
            for row in rows.versions["land.parcel"]
        )
        if territory.holds(record)
    }
    assert {item["recordId"] for item in told} == ever
    assert str(asked.client.world.id("east")) not in ever
    wrote = {version["commune"]["id"] for item in told for version in item["versions"] if version["commune"]}
    assert wrote <= {str(unit) for unit in territory.inside} | ids(asked, "B")

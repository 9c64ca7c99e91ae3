"""Log keys: they stand on every record with personal data, and what is left when they are taken out is the plain answer."""

from base64 import b64decode
from collections.abc import Iterator
from dataclasses import replace
from typing import Any
from uuid import UUID

import orjson
import pytest
from graphql import parse, print_ast, visit
from hypothesis import HealthCheck, given, settings
from hypothesis_graphql import queries

from baseregistry import errors
from baseregistry.access.askers import UNCHECKED
from baseregistry.graphql.http import Endpoint
from baseregistry.graphql.refusals import BadRequest, Rejected
from baseregistry.graphql.requests import Asked
from baseregistry.graphql.schema import COMMITTED
from baseregistry.registries.answer import told
from baseregistry.registries.answer.plan import Answer, Plan
from baseregistry.registries.answer.statement import compile as compiled
from tests.graphql.conftest import Client
from tests.graphql.test_lanes import ROOTS, SCALARS, Mended

MORE = ["personChangesSince", "rightChangesSince", "changes", "persons", "identifiers", "partyGroups", "residences"]


def both(client: Client, document: str, variables: dict[str, Any]) -> tuple[Plan, Answer, Answer] | None:
    """The plan with log keys, its answer with the keys in it, and the answer without; None where it is refused."""
    endpoint, installation = client.service.graphql, client.world.installation
    assert isinstance(endpoint, Endpoint)
    door = endpoint.door
    try:
        bound = door.bound(Asked(document, None, variables), UNCHECKED)
        questions = bound.prepared.translation.questions
        if not questions:
            return None
        plain = client.runner.run(door.pool.run(compiled(installation, questions), bound.values))
    except (BadRequest, Rejected, errors.RegisterError):
        return None
    plan = compiled(installation, tuple(replace(question, told=True) for question in questions))
    return plan, client.runner.run(door.pool.run(plan, bound.values)), plain


def keys_of(client: Client, document: str, **variables: Any) -> list[tuple[str, str, tuple[str, ...]]]:
    """Of each log key: the entity, the fields, the ids in it (record, then subjects)."""
    answered = both(client, document, variables)
    assert answered is not None
    plan, said, plain = answered
    left, keys = told.taken(said)
    assert left.data == plain.data
    found = []
    for key in keys:
        for level, ids_in_it in read(key):
            on = plan.told[level]
            found.append((on.entity, ",".join(on.fields), ids_in_it))
    return found


def read(key: bytes) -> Iterator[tuple[int, tuple[str, ...]]]:
    """Level and ids of each record that a key tells of: of one, or of a page together."""
    opening, packed, coded = key.decode().partition(":")
    if not packed:
        level, record, _, *subjects = opening.split(".")
        yield int(level), (record, *subjects)
        return
    level, _, count = opening.partition("/")
    data, width = b64decode(coded), told.WIDTH + told.OF_SUBJECT * int(count)
    for at in range(0, len(data), width):
        places = (at, *range(at + told.WIDTH, at + width, told.OF_SUBJECT))
        each = [data[place : place + told.OF_SUBJECT] for place in places]
        yield int(level), tuple(str(UUID(bytes=one)) if any(one) else "" for one in each)


def ids(client: Client, *names: str) -> tuple[str, ...]:
    return tuple(str(client.world.id(name)) for name in names)


def test_a_person_is_told_and_a_parcel_is_not(client: Client) -> None:
    document = "query($id: ID!) { parcel(id: $id) { mapSheet commune { name } rights { nodes { holder { __typename"
    document += " ... on Person { fullName } ... on Enterprise { name } } } } } }"
    found = keys_of(client, document, id=str(client.world.id("parcel")))
    assert ("population.person", "full_name", ids(client, "binh")) in found
    rights = {key for key in found if key[0] == "land.right"}
    assert rights == {
        ("land.right", "holder", ids(client, f"{who}'s right", who)) for who in ("binh", "company", "couple")
    }
    assert {entity for entity, _, _ in found} == {"population.person", "land.right"}


def test_what_is_found_by_a_personal_number_is_told_though_nothing_of_it_is_shown(client: Client) -> None:
    found = keys_of(client, '{ person(personalId: "049156000001") { id } }')
    assert found == [("population.person", "", ids(client, "binh"))]
    assert keys_of(client, "query($id: ID!) { person(id: $id) { id } }", id=str(client.world.id("binh"))) == []


def test_what_a_list_is_narrowed_by_is_told(client: Client) -> None:
    document = '{ parcels(where: { rights: { some: { holder: { person: { fullName: { eq: "Trần Thị Bình" } } } } } })'
    document += " { nodes { mapSheet } } }"
    answered = both(client, document, {})
    assert answered is not None
    plan, said, _ = answered
    records = [ids_in_it[0] for key in told.taken(said)[1] for _, ids_in_it in read(key)]
    assert records == [str(client.world.id("parcel"))]
    (level,) = plan.told
    assert level.conditions == ("rights", "rights.holder", "rights.holder.full_name")
    assert not level.opened
    assert len(plan.secrets) == 1


def test_a_feed_tells_of_whom_it_says_old_and_new_values(client: Client) -> None:
    document = "{ rightChangesSince(position: 0) { nodes { recordId facts { attributes { attribute new } } } } }"
    subjects = {key[2] for key in keys_of(client, document)}
    assert ids(client, "binh's right", "binh") in subjects


def personal_objects(node: Any) -> int:
    """How many objects show a name of a person."""
    if isinstance(node, list):
        return sum(map(personal_objects, node))
    if not isinstance(node, dict):
        return 0
    return ("fullName" in node) + sum(map(personal_objects, node.values()))


def test_an_answer_without_its_keys_is_the_plain_one(client: Client) -> None:
    counted = {"answered": 0, "keys": 0}
    documents = queries(COMMITTED.read_text(encoding="utf-8"), fields=[*ROOTS, *MORE], custom_scalars=SCALARS)

    def compare(document: str) -> None:
        answered = both(client, document, {})
        if answered is None:
            return
        _, said, plain = answered
        left, keys = told.taken(said)
        assert left.data == plain.data
        for text in left.data:
            orjson.loads(text)
            assert b"$k" not in text
        counted["answered"] += 1
        counted["keys"] += len(keys)

    @given(document=documents)
    @settings(max_examples=250, deadline=None, derandomize=True, database=None, suppress_health_check=list(HealthCheck))
    def ask(document: str) -> None:
        compare(document)
        compare(print_ast(visit(parse(document), Mended(client.world))))

    ask()
    assert counted["answered"] > 100, counted
    assert counted["keys"] > 20, counted


@pytest.mark.parametrize("name", ['a "$k":" b', '{"$k":"0.x"', '\\"$k'])
def test_no_value_can_look_like_a_key(name: str) -> None:
    text = orjson.dumps({"fullName": name})
    left, keys = told.taken(Answer((text,), ()))
    assert (left.data, keys) == ((text,), [])

"""Introspection tells what the caller may ask: a valid schema of what its grants open, in agreement with the check."""

from collections.abc import Iterator
from functools import cache
from typing import Any

import pytest
from graphql import (
    GraphQLNonNull,
    GraphQLObjectType,
    GraphQLSchema,
    build_client_schema,
    get_introspection_query,
    get_named_type,
    introspection_from_schema,
    is_composite_type,
    is_union_type,
    print_schema,
    validate_schema,
)

from baseregistry import cluster, errors
from baseregistry.access import check
from baseregistry.access.granted import NOBODY, Granted, GrantSet, digest_of
from baseregistry.graphql import visible
from baseregistry.registries.declarations import DECLARATIONS
from baseregistry.registries.declare import Reference, Sensitivity
from baseregistry.registries.masks import mask_of
from tests.access.known import known
from tests.access.test_paths import ID, SCHEMA, Documents, documents, grants
from tests.graphql.conftest import Client, client_of, empty_world
from tests.graphql.world import build

__all__ = ["documents"]


def two() -> GrantSet:
    """One grant everywhere, one in a unit."""
    one = Granted("a", 1, frozenset({"person.fullName", "right.record"}), frozenset(), None, (), "Luật")
    other = Granted("b", 1, frozenset({"parcel.*", "person.sex", "right.record"}), frozenset(), ("u",), (), "Luật")
    return GrantSet(digest_of((one, other)), "H17", "portal", "p", (one, other))


SETS = {
    "nobody": NOBODY,
    "one field": grants("person.fullName"),
    "an answer": grants("person.sex", "person.ageIsAtLeast.years18", "person.holdsRightIn.unitCode48", "person.age"),
    "a holder asked": grants("parcel.mapSheet", "parcel.isHeldBy.holder"),
    "masked": grants("person.identifiers.*", masked=("person.fullName", "person.birthDate")),
    "deep": grants("parcel.rights.holder.fullName", "parcel.rights.holder.members.member.fullName"),
    "through units": grants("unit.parcels.rights.holder.taxCode", "person.residences.commune.parent.name"),
    "past": grants("parcel.*", "parcel.history", "parcel.changes", "parcel.version", "person.identifiers.history"),
    "ledger": grants("change.kind", "change.writes.facts", "change.writes.effect"),
    "agency": grants("agencyAccess.at", "agencyAccess.caseId", "agencyAccess.records"),
    "subject": grants("subjectAccess.*"),
    "writing": grants("right.record", "parcel.record"),
    "in a unit": grants("parcel.*", "right.*", "person.sex", "parcel.record", units=("u",)),
    "two": two(),
    "whole levels": grants("person.*", "right.*", "right.holder.*", "parcel.*", "person.identifiers.*"),
}


@cache
def seen(name: str) -> GraphQLSchema:
    return visible.of(SCHEMA, SETS[name])


@pytest.mark.parametrize("name", SETS)
def test_what_is_left_is_a_whole_schema(name: str) -> None:
    made = seen(name)
    assert validate_schema(made) == []
    client = build_client_schema(introspection_from_schema(made, input_value_deprecation=True))
    assert validate_schema(client) == []
    for kind in made.type_map.values():
        for part in ("fields", "values", "types"):
            assert getattr(kind, part, True), f"{kind.name} is empty"
    whole = print_schema(SCHEMA)
    assert len(print_schema(made)) < len(whole)


def allowed(documents: Documents, text: str, given: GrantSet) -> bool:
    """Whether the check lets a document pass."""
    translation = documents.read(text)
    questions = translation.questions
    try:
        check.authorised(DECLARATIONS, questions, given)
    except errors.NotGranted:
        return False
    return True


def levels(given: GrantSet) -> dict[str, list[str]]:
    """For each entity, openings of documents that lead to its records: `%s` stands for what is asked there."""
    found: dict[str, list[str]] = {}
    paths = {path for grant in given.grants for path in grant.paths}
    through = {".".join(path.split(".")[:count]) for path in paths for count in range(1, path.count(".") + 2)}
    for entity in DECLARATIONS.entities.values():
        kind = SCHEMA.type_map[entity.full_name.rpartition(".")[2].title().replace("_", "")]
        one, many = _roots(kind.name)
        _down(found, kind, one, f"{{ {many} {{ nodes {{ %s }} }} }}", through)
        _down(found, kind, one, f'{{ {one}(id: "{ID}") {{ %s }} }}', set())
    return found


def _roots(kind: str) -> tuple[str, str]:
    """The names of the roots for one record and for many."""
    assert SCHEMA.query_type is not None
    fields = SCHEMA.query_type.fields
    one = next(name for name, field in fields.items() if str(field.type) == kind and "id" in field.args)
    many = next(
        name for name, field in fields.items() if str(field.type) == f"{kind}Connection!" and "id" not in field.args
    )
    return one, many


def _down(found: dict[str, list[str]], kind: Any, path: str, text: str, through: set[str]) -> None:
    found.setdefault(kind.name, []).append(text)
    for name, field in kind.fields.items():
        below = get_named_type(field.type)
        many = "nodes" in getattr(below, "fields", {})
        starred = f"{path}.*" in through and not many and "Node" in str(getattr(below, "interfaces", ""))
        if not (f"{path}.{name}" in through or starred or (f"{path}.*" in through and is_union_type(below))):
            continue
        if not is_composite_type(below) or below.name == "Code":
            continue
        if "nodes" in getattr(below, "fields", {}):
            node = get_named_type(below.fields["nodes"].type)
            _down(found, node, f"{path}.{name}", text % f"{name} {{ nodes {{ %s }} }}", through)
        else:
            for member in SCHEMA.get_possible_types(below) if not isinstance(below, GraphQLObjectType) else [below]:
                inner = f"{name} {{ ... on {member.name} {{ %s }} }}"
                _down(found, member, f"{path}.{name}", text % inner, through)


def asked(name: str, field: Any) -> list[str]:
    """A leaf with the arguments that it needs; masked too, where it can be."""
    below = " { __typename }" if is_composite_type(get_named_type(field.type)) else ""
    given = {"years": ["years: 18", "years: 60"], "holder": [f'holder: "{ID}"'], "unitCode": ['unitCode: "48"']}
    wanted = [argument for argument in field.args if argument in given]
    texts = [f"{name}({said})" for argument in wanted for said in given[argument]] or [name]
    return [f"{text}{below}" for text in [*texts, *([f"{name}(mask: true)"] if "mask" in field.args else [])]]


@pytest.mark.parametrize("name", SETS)
def test_each_fact_that_is_shown_may_be_asked_and_each_that_is_hidden_may_not(name: str, documents: Documents) -> None:
    given, made = SETS[name], seen(name)
    shown = hidden = 0
    for type_name, openings in levels(given).items():
        kind: Any = SCHEMA.type_map[type_name]
        left = getattr(made.type_map.get(type_name), "fields", {})
        for field_name, field in kind.fields.items():
            if field.extensions["declared"] in {"version"} or "nodes" in getattr(
                get_named_type(field.type), "fields", {}
            ):
                continue
            texts = [opening % said for opening in openings for said in asked(field_name, field)]
            may = any(allowed(documents, text, given) for text in texts)
            assert may is (field_name in left), (type_name, field_name, texts[:3])
            shown, hidden = shown + may, hidden + (not may)
    assert hidden
    assert shown


@pytest.mark.parametrize("name", SETS)
def test_orders_and_keys_agree_with_the_check(name: str, documents: Documents) -> None:
    given, made = SETS[name], seen(name)
    for entity in DECLARATIONS.entities.values():
        kind = entity.full_name.rpartition(".")[2].title().replace("_", "")
        one, many = _roots(kind)
        assert made.query_type is not None
        whole: Any = SCHEMA.query_type.fields[one] if SCHEMA.query_type else None
        left = made.query_type.fields.get(one)
        by_id = allowed(documents, f'{{ {one}(id: "{ID}") {{ __typename }} }}', given)
        assert by_id is (left is not None and "id" in left.args), (one, sorted(left.args) if left else None)
        assert whole is not None
        orders: Any = SCHEMA.type_map.get(f"{kind}Order")
        shown = set(getattr(made.type_map.get(f"{kind}Order"), "values", {}))
        if many in made.query_type.fields and f"{kind}Connection" in made.type_map:
            for value in orders.values if orders else ():
                texts = [opening for opening in levels(given)[kind] if "nodes" in opening]
                assert texts
                may = allowed(documents, f"{{ {many}(orderBy: [{value}]) {{ totalCount }} }}", given)
                assert may <= (value in shown), (kind, value)


def test_a_person_s_filter_has_what_may_be_compared(documents: Documents) -> None:
    made = seen("one field")
    filters: Any = made.type_map["PersonFilter"]
    assert set(filters.fields) == {"and", "or", "not", "fullName"}
    assert (
        "PersonFilter" not in seen("masked").type_map
        or "fullName" not in seen("masked").type_map["PersonFilter"].fields
    )  # type: ignore[attr-defined]
    assert "mask" in seen("masked").type_map["Person"].fields["fullName"].args  # type: ignore[attr-defined]


def test_mutations_and_subscriptions_are_told_to_whom_they_are_granted() -> None:
    assert seen("nobody").mutation_type is None
    assert seen("nobody").subscription_type is None
    acts: Any = seen("writing").type_map["ActInput"]
    assert set(acts.fields) == {
        *("registerRight", "changeRight", "endRight", "retractRight"),
        *("registerParcel", "changeParcel", "retractParcel"),
    }
    assert acts.is_one_of
    assert seen("in a unit").mutation_type is None, "a grant bound to units lets nobody state changes"
    past = seen("past").subscription_type
    assert past is not None
    assert set(past.fields) == {"parcelChanges"}
    ledger = seen("ledger").subscription_type
    assert ledger is not None
    assert set(ledger.fields) == {"ledger"}


def test_views_of_the_log_are_told_field_by_field() -> None:
    query = seen("agency").query_type
    assert query is not None
    view = query.fields["agencyAccess"]
    assert {"case", "purpose"} <= set(view.args)
    assert "official" not in view.args
    page: Any = get_named_type(view.type)
    assert set(page.fields["nodes"].type.of_type.of_type.of_type.fields) == {"at", "caseId", "records"}
    assert "accessLog" not in query.fields
    subject = seen("subject").query_type
    assert subject is not None
    assert "subjectAccess" in subject.fields


def test_possible_types_are_those_that_remain() -> None:
    made = seen("deep")
    holder: Any = made.type_map["RightHolder"]
    assert {kind.name for kind in holder.types} >= {"Person", "PartyGroup"}
    node: Any = made.type_map["Node"]
    public = {
        entity.full_name.rpartition(".")[2].title().replace("_", "")
        for entity in DECLARATIONS.entities.values()
        if any(item.sensitivity is Sensitivity.PUBLIC for item in entity.attributes)
    }
    assert {kind.name for kind in made.get_possible_types(node)} >= public
    assert "Household" not in {kind.name for kind in made.get_possible_types(node)}


def test_what_is_anybody_s_is_all_that_the_anonymous_see() -> None:
    made = seen("nobody")
    for entity in DECLARATIONS.entities.values():
        kind: Any = made.type_map.get(entity.full_name.rpartition(".")[2].title().replace("_", ""))
        for attribute in entity.attributes:
            if kind is not None and attribute.sensitivity is not Sensitivity.PUBLIC:
                name = (
                    attribute.name.split("_")[0]
                    + attribute.name.title().replace("_", "")[len(attribute.name.split("_")[0]) :]
                )
                assert name not in kind.fields, (kind.name, name)
                assert mask_of(attribute) is None or isinstance(attribute.kind, Reference) or name not in kind.fields


# --- through the door --------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def client(
    running_cluster: cluster.Cluster, template: Any, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Client]:
    """The small world and the service over it."""
    with empty_world(running_cluster, template) as world:
        build(world)
        with client_of(world, tmp_path_factory.mktemp("data")) as made:
            yield made


def test_the_explorer_is_told_what_its_caller_may_ask(client: Client) -> None:
    query = get_introspection_query(input_value_deprecation=True, specified_by_url=True, one_of=True)
    with known(client, ["person.fullName"]) as asked:
        made = build_client_schema(asked.data(query))
        person: Any = made.type_map["Person"]
        assert set(person.fields) >= {"id", "fullName"}
        assert "birthDate" not in person.fields
        date: Any = made.type_map["Date"] if "Date" in made.type_map else made.type_map["DateTime"]
        assert date.name
        assert asked.data('{ __type(name: "Parcel") { name } }') == {"__type": None}
        mixed = asked.data('{ __type(name: "Person") { fields { name } } persons { totalCount } }')
        assert {"name": "birthDate"} not in mixed["__type"]["fields"]
        assert mixed["persons"]["totalCount"] > 0
    with known(client, ["parcel.*"]) as asked:
        other = build_client_schema(asked.data(query))
        assert "Parcel" in other.type_map
        assert "Person" not in other.type_map
        assert isinstance(get_named_type(other.type_map["Parcel"].fields["id"].type), type(made.type_map["ID"]))  # type: ignore[attr-defined]
        assert isinstance(other.type_map["Parcel"].fields["id"].type, GraphQLNonNull)  # type: ignore[attr-defined]


def test_a_schema_is_made_once_for_each_set(client: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    made: list[bytes] = []
    whole = visible.of

    def counted(schema: GraphQLSchema, given: GrantSet) -> GraphQLSchema:
        made.append(given.digest)
        return whole(schema, given)

    monkeypatch.setattr(visible, "of", counted)
    with known(client, ["person.sex", "person.nationality"]) as asked:
        for number in range(4):
            asked.data(f'{{ a{number}: __type(name: "Person") {{ name }} }}')
    assert len(made) == 1

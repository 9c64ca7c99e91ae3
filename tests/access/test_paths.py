"""What a document needs, path by path, and what a grant then lets through: a table for each form."""

from dataclasses import dataclass
from typing import Any

import pytest
from graphql import GraphQLSchema

from baseregistry import errors
from baseregistry.access import check, paths
from baseregistry.access.granted import NOBODY, Granted, GrantSet, digest_of
from baseregistry.graphql.limits import Limits
from baseregistry.graphql.plans import Plans
from baseregistry.graphql.questions import Translation, translate
from baseregistry.graphql.requests import Asked
from baseregistry.graphql.schema import build
from baseregistry.registries.declarations import DECLARATIONS
from baseregistry.registries.question import Question
from baseregistry.settings import Settings

SCHEMA: GraphQLSchema = build(DECLARATIONS)
ID = "6f1a3c9e-0000-4000-8000-000000000001"


@dataclass
class Documents:
    """Translates documents of the whole schema."""

    plans: Plans

    def read(self, text: str, **variables: Any) -> Translation:
        known = self.plans.known(Asked(text, None, variables))
        return translate(known.operation, known.variables.places(known.variables.coerce(variables)))


@pytest.fixture(scope="module")
def documents() -> Documents:
    def never(*_: Any, **__: Any) -> Any:
        raise AssertionError("nothing is compiled here")

    return Documents(Plans(SCHEMA, never, Limits.of(Settings())))


def grants(*opened: str, units: tuple[str, ...] | None = None, masked: tuple[str, ...] = ()) -> GrantSet:
    """One grant of these paths."""
    one = Granted("g", 1, frozenset(opened), frozenset(masked), units, (), "Luật Đất đai 2024")
    return GrantSet(digest_of((one,)), "H17", "portal", "1.004238", (one,))


def missing(documents: Documents, text: str, given: GrantSet) -> set[str]:
    """The paths that the refusal names; none where it is allowed."""
    questions = documents.read(text).questions
    if all(_open(question, given) for question in questions):
        check.authorised(DECLARATIONS, questions, given)
        return set()
    with pytest.raises(errors.NotGranted, match=given.purpose or "without a purpose") as refused:
        check.authorised(DECLARATIONS, questions, given)
    assert refused.value.code == "access.field_not_granted"
    told = set(refused.value.where["missing"])
    assert told <= set(refused.value.message.replace(",", "").rstrip(".").split())
    return told


def _open(question: Question, given: GrantSet) -> bool:
    needs = paths.needs(DECLARATIONS, question)
    return not isinstance(check.answering(DECLARATIONS, question, needs, given), tuple)


NEEDS = [
    ('{ parcel(id: "%s") { mapSheet } }', {"parcel.id", "parcel.mapSheet"}),
    (
        "{ parcels { nodes { rights { nodes { share holder { ... on Person { fullName } } } } } } }",
        {"parcel.rights.share", "parcel.rights.holder.fullName"},
    ),
    ('{ parcels(where: {mapSheet: {eq: "1"}}) { totalCount } }', {"parcel.mapSheet"}),
    ("{ parcels(orderBy: [MAP_SHEET_ASC]) { nodes { parcelNumber } } }", {"parcel.mapSheet", "parcel.parcelNumber"}),
    (
        '{ parcels(where: {rights: {some: {holder: {person: {fullName: {search: "an"}}}}}}) { totalCount } }',
        {"parcel.rights.holder.fullName"},
    ),
    (
        '{ parcels(where: {geometry: {intersects: {type: "Point", coordinates: [108, 16]}}}) { totalCount } }',
        {"parcel.geometry"},
    ),
    (
        '{ person(personalId: "049156000001") { sex { code } } }',
        {"person.identifiers.number", "person.identifiers.scheme", "person.sex"},
    ),
    ('{ personMatches(oldId: "1") { heldAt } }', {"person.identifiers.history", "person.identifiers.status"}),
    ('{ personHistory(id: "%s") { nodes { sex { code } } } }', {"person.history", "person.sex"}),
    ('{ parcel(id: "%s") { rightsHistory { nodes { share } } } }', {"parcel.rights.history", "parcel.rights.share"}),
    (
        '{ parcelChangesSince(position: "0") { nodes { facts { attributes { new } } } } }',
        {"parcel.changes", "parcel.address", "parcel.commune.id"},
    ),
    ('{ parcelBatch(id: ["%s"]) { items { node { address } } notFound } }', {"parcel.id", "parcel.address"}),
    ('{ parcel(id: "%s") { version { validFrom change { reason } } } }', {"parcel.version"}),
    (
        '{ change(position: "1") { recordedBy writes { nodes { facts { effect } } } } }',
        {"change.recordedBy", "change.writes.facts"},
    ),
]


@pytest.mark.parametrize(("text", "needed"), NEEDS)
def test_each_form_needs_what_it_tells_and_what_it_looks_at(documents: Documents, text: str, needed: set[str]) -> None:
    text = text.replace("%s", ID)
    found = {need.path for one in documents.read(text).questions for need in paths.needs(DECLARATIONS, one)}
    assert needed <= found
    refused = missing(documents, text, grants("unit.name"))
    assert needed <= refused, "every path is named, delivered or condition"
    assert missing(documents, text, grants(*found, *needed)) == set()
    for one in needed - {"parcel.id"}:
        assert one in missing(documents, text, grants(*(found - {one})))


def test_anybody_may_ask_what_is_public_and_reached_over_what_is_public(documents: Documents) -> None:
    public = "{ enterprises { nodes { name commune { name } representatives { nodes { position { code } } } } } }"
    assert missing(documents, public, NOBODY) == set()
    assert missing(documents, "{ enterprises { nodes { charterCapital } } }", NOBODY) == {"enterprise.charterCapital"}
    through = "{ enterprises { nodes { representatives { nodes { person { id } } } } } }"
    assert missing(documents, through, NOBODY) == {"enterprise.representatives.person.id"}
    assert missing(documents, "{ units { nodes { parcels { totalCount } } } }", NOBODY) == {"unit.parcels.__typename"}


def test_a_star_does_not_open_what_is_masked(documents: Documents) -> None:
    given = grants("person.*", masked=("person.fullName",))
    assert missing(documents, "{ persons { nodes { id sex { code } } } }", given) == set()
    assert missing(documents, "{ persons { nodes { fullName } } }", given) == {"person.fullName"}
    ordered = "{ persons(orderBy: [FULL_NAME_ASC]) { nodes { id } } }"
    assert missing(documents, ordered, given) == {"person.fullName"}


def test_a_star_is_one_level_and_a_masked_path_no_condition(documents: Documents) -> None:
    deep = "{ parcels { nodes { address commune { id name } } } }"
    assert missing(documents, deep, grants("parcel.*")) == {"parcel.commune.name"}
    count = '{ people: persons(where: {fullName: {search: "an"}}) { totalCount } }'
    assert "person.fullName" in missing(
        documents, count, grants("person.*", "person.fullName", masked=("person.*", "person.fullName"))
    )


def test_a_derived_field_is_opened_by_itself_or_by_all_it_is_made_of(documents: Documents) -> None:
    text = "{ persons { nodes { ageIsAtLeast(years: 18) } } }"
    assert missing(documents, text, grants("person.ageIsAtLeast.years18")) == set()
    assert missing(documents, text, grants("person.ageIsAtLeast")) == {"person.ageIsAtLeast"}
    assert missing(documents, text, grants("person.birthDate")) == set()
    assert missing(documents, text, grants("person.sex")) == {"person.ageIsAtLeast"}


def test_a_territory_holds_no_question_of_what_lies_nowhere(documents: Documents) -> None:
    text = '{ change(position: "1") { kind writes { nodes { effect } } } }'
    given = ("change.*", "change.writes.*")
    assert missing(documents, text, grants(*given)) == set()
    assert missing(documents, text, grants(*given, units=("u",))) != set()


def test_node_finds_what_the_caller_may_know_of_and_nothing_else(documents: Documents) -> None:
    (root,) = documents.read('{ node(id: "%s") { id ... on Parcel { mapSheet } } }'.replace("%s", ID)).asked.values()
    kept = check.narrowed(DECLARATIONS, root, grants("parcel.mapSheet"))
    assert "land.parcel" in {one.entity for one in kept}
    assert "population.person" not in {one.entity for one in kept}
    (many,) = documents.read('{ nodes(ids: ["%s"]) { id ... on Parcel { mapSheet } } }'.replace("%s", ID)).questions
    (one,) = check.narrowed(DECLARATIONS, (many,), grants("parcel.mapSheet"))
    assert one.among is not None
    assert "land.parcel" in one.among
    assert "population.person" not in one.among

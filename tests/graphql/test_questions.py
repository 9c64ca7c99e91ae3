"""Documents become questions: declared names, values in slots, what is wrong said with a code."""

from typing import Any

import pytest
from graphql import FragmentDefinitionNode, OperationDefinitionNode, parse, validate

from baseregistry.errors import BadInput
from baseregistry.graphql import limits
from baseregistry.graphql.limits import Limits
from baseregistry.graphql.plans import Known, Plans
from baseregistry.graphql.questions import Constant, Operation, Translation, translate
from baseregistry.graphql.refusals import Rejected
from baseregistry.graphql.requests import Asked
from baseregistry.graphql.schema import build
from baseregistry.graphql.variables import Variables
from baseregistry.registries.declarations import DECLARATIONS
from baseregistry.registries.question import (
    Comparison,
    Either,
    Every,
    Field,
    Form,
    Never,
    Operator,
    Order,
    Question,
)
from baseregistry.settings import Settings

SCHEMA = build(DECLARATIONS)
ID = "01890a5d-ac96-774b-bcce-b302099a8057"


def understood(text: str) -> tuple[Operation, Variables]:
    document = parse(text)
    assert validate(SCHEMA, document) == []
    fragments = {item.name.value: item for item in document.definitions if isinstance(item, FragmentDefinitionNode)}
    node = next(item for item in document.definitions if isinstance(item, OperationDefinitionNode))
    return Operation(SCHEMA, node, fragments), Variables(SCHEMA, node)


def translated(text: str, **given: Any) -> tuple[Translation, list[Any]]:
    operation, variables = understood(text)
    coerced = variables.coerce(given)
    translation = translate(operation, variables.places(coerced))
    return translation, translation.slots.fill(coerced)


def question(text: str, **given: Any) -> tuple[Question, list[Any]]:
    translation, values = translated(text, **given)
    (only,) = translation.questions
    return only, values


def names(fields: tuple[Field, ...]) -> list[tuple[str, str]]:
    return [(field.key, field.name) for field in fields]


def test_values_of_variables_and_of_the_document_stand_in_slots() -> None:
    text = 'query($id: ID!, $crs: CRS!) { parcel(id: $id, asOf: {position: 7, validAt: "2025-07-01"}) { geometry(crs: $crs) } }'
    asked, values = question(text, id=ID.upper(), crs="EPSG:5899")
    assert (asked.entity, asked.form, asked.key_name) == ("land.parcel", Form.ONE, "id")
    assert values[asked.key_values[0].slot] == ID
    assert asked.as_of.position is not None
    assert asked.as_of.valid_at is not None
    assert values[asked.as_of.position.slot] == 7
    assert values[asked.as_of.valid_at.slot] == "2025-07-01"
    assert asked.fields[0].crs is not None
    assert values[asked.fields[0].crs.slot] == 5899


def test_fragments_aliases_and_repeated_selections_are_merged_in_order() -> None:
    asked, _ = question(
        """query { parcel(id: "%s") { n: parcelNumber ...F commune { name } ... on Parcel { mapSheet n: parcelNumber } } }
        fragment F on Parcel { commune { id code } id }""".replace("%s", ID)
    )
    assert names(asked.fields) == [
        ("n", "parcel_number"),
        ("commune", "commune"),
        ("id", "id"),
        ("mapSheet", "map_sheet"),
    ]
    assert names(asked.fields[1].fields) == [("id", "id"), ("code", "code"), ("name", "name")]


@pytest.mark.parametrize(("included", "keys"), [(True, ["id", "address"]), (False, ["id"])])
def test_skip_and_include_belong_to_the_shape(included: bool, keys: list[str]) -> None:
    text = (
        'query($yes: Boolean!) { parcel(id: "%s") { id address @include(if: $yes) mapSheet @skip(if: true) } }'.replace(
            "%s", ID
        )
    )
    asked, _ = question(text, yes=included)
    assert [field.key for field in asked.fields] == keys


def test_a_union_asks_each_target_for_its_own_fields() -> None:
    asked, _ = question(
        """query { right(id: "%s") { holder { __typename ... on Person { fullName } ... on Node { id }
        ... on Enterprise { t: __typename } } } }""".replace("%s", ID)
    )
    found = {(next(iter(field.on or ())), field.key, field.name) for field in asked.fields[0].fields}
    assert found == {
        ("population.person", "__typename", "__typename"),
        ("population.person", "fullName", "full_name"),
        ("population.person", "id", "id"),
        ("enterprise.enterprise", "__typename", "__typename"),
        ("enterprise.enterprise", "id", "id"),
        ("enterprise.enterprise", "t", "__typename"),
        ("land.party_group", "__typename", "__typename"),
        ("land.party_group", "id", "id"),
    }
    assert {field.type_name for field in asked.fields[0].fields if field.name == "__typename"} == {
        "Person",
        "Enterprise",
        "PartyGroup",
    }


def test_filters_become_conditions() -> None:
    asked, values = question(
        """query($sheets: [String!]!, $area: Decimal) { parcels(
          where: {mapSheet: {in: $sheets}, or: [{documentedArea: {gte: $area, lt: "9.5"}}, {nationalParcelId: {isNull: true}}],
                  not: {commune: {eq: "%s"}}, and: []},
          orderBy: [PARCEL_NUMBER_DESC, MAP_SHEET_ASC, PARCEL_NUMBER_ASC]) { nodes { id } } }""".replace("%s", ID),
        sheets=["1", "2"],
        area=4,
    )
    assert asked.order == (Order("parcel_number", True), Order("map_sheet"))
    assert isinstance(asked.where, Every)
    every, either, never, sheet = asked.where.of
    assert every == Every(())
    assert isinstance(either, Either)
    assert isinstance(never, Never)
    assert isinstance(sheet, Comparison)
    assert (sheet.attribute, sheet.operator) == ("map_sheet", Operator.IN)
    assert sheet.value is not None
    assert sheet.value.many
    assert values[sheet.value.slot] == ["1", "2"]
    area, missing = either.of
    assert missing == Comparison("national_parcel_id", Operator.IS_NULL)
    assert isinstance(area, Every)
    assert [(term.attribute, term.operator.value) for term in area.of if isinstance(term, Comparison)] == [
        ("documented_area", "lt"),
        ("documented_area", "gte"),
    ]


def test_a_list_may_mix_variables_and_literals() -> None:
    asked, values = question(
        'query($a: String!) { units(where: {code: {in: [$a, "48", "49"]}}) { nodes { id } } }', a="50"
    )
    assert isinstance(asked.where, Comparison)
    assert asked.where.value is not None
    assert values[asked.where.value.slot] == ["50", "48", "49"]


def test_a_whole_filter_in_a_variable_is_looked_up_by_its_path() -> None:
    text = "query($w: UnitFilter, $as: AsOf) { units(where: $w, asOf: $as) { nodes { id } } }"
    operation, variables = understood(text)
    first = variables.coerce({"w": {"or": [{"code": {"eq": "48"}}, {"name": {"prefix": "q"}}]}})
    other = variables.coerce({"w": {"or": [{"code": {"eq": "49"}}, {"name": {"prefix": "đà"}}]}})
    fewer = variables.coerce({"w": {"or": [{"code": {"eq": "48"}}]}, "as": None})
    assert variables.shape(first) == variables.shape(other) != variables.shape(fewer)
    slots = translate(operation, variables.places(first)).slots
    assert slots.fill(other)[-2:] == ["49", "đà"]


def test_the_shape_leaves_out_values_and_lengths_but_not_flags_and_orders() -> None:
    _, variables = understood(
        "query($in: [String!], $null: Boolean, $o: [UnitOrder!]) {"
        " units(where: {code: {in: $in, isNull: $null}}, orderBy: $o) { nodes { id } } }"
    )

    def shape(**given: Any) -> Any:
        return variables.shape(variables.coerce(given))

    assert shape(**{"in": ["1"]}) == shape(**{"in": ["1", "2"]})
    assert len({shape(), shape(null=None), shape(null=True), shape(null=False), shape(**{"in": None})}) == 5
    assert shape(o=["CODE_ASC"]) != shape(o=["CODE_DESC"]) != shape(o=["CODE_DESC", "NAME_ASC"])


def test_roots_without_a_statement_are_told_apart() -> None:
    translation, _ = translated('{ __typename a: __schema { description } unit(code: "48") { id } }')
    assert list(translation.roots) == ["__typename", "a", "unit"]
    assert translation.roots["__typename"] is Constant.TYPENAME
    assert translation.roots["a"] is Constant.INTROSPECTION


def test_variables_have_defaults_and_an_absent_one_leaves_the_argument_out() -> None:
    text = (
        'query($n: Int = 7, $m: Int) { units(first: $n, where: {code: {eq: "1"}}) { nodes { id } }'
        " b: units(first: $m) { nodes { id } } }"
    )
    translation, values = translated(text)
    firsts = [values[asked.page.first.slot] for asked in translation.questions if asked.page]
    assert firsts == [7, limits.DEFAULT_PAGE]


@pytest.mark.parametrize(
    ("text", "given", "code"),
    [
        ("{ person { id } }", {}, "question.key_needed"),
        ('{ person(id: "%s", personalId: "001056000001") { id } }'.replace("%s", ID), {}, "question.key_needed"),
        ("query($p: String) { person(personalId: $p) { id } }", {"p": None}, "question.key_needed"),
        ('{ unit(code: "1", asOf: {position: 1, knownAt: "2025-01-01"}) { id } }', {}, "question.known_twice"),
        ('{ unit(code: "1", asOf: {ledgerHash: "00"}) { id } }', {}, "question.hash_without_position"),
        ("{ units(where: {code: {eq: null}}) { nodes { id } } }", {}, "question.null_comparison"),
        (
            "query($l: [String!]) { units(where: {code: {in: $l}}) { nodes { id } } }",
            {"l": ["1"] * 1001},
            "input.list_too_long",
        ),
    ],
)
def test_what_cannot_be_asked_is_told_with_a_code(text: str, given: dict[str, Any], code: str) -> None:
    with pytest.raises(BadInput) as refused:
        translated(text, **given)
    assert refused.value.code == code


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("{", "question.syntax"),
        ("{ units { nope } }", "question.invalid"),
        ("query A { __typename } query B { __typename }", "question.invalid"),
        ("mutation { a }", "question.invalid"),
        ("{ a: __typename ...F } fragment F on Query { ...F }", "question.invalid"),
        ("{" * 3000 + "a" + "}" * 3000, "question.syntax"),
        ("{ " + "a " * 6000 + "}", "question.syntax"),
    ],
)
def test_a_document_that_is_none_of_this_schema_is_rejected(text: str, code: str) -> None:
    with pytest.raises(Rejected) as refused:
        plans().known(Asked(text))
    assert refused.value.code == code


@pytest.mark.parametrize(
    "text",
    [
        "{ units { nodes { " + "parent { " * 15 + "id" + " }" * 15 + " } } }",
        "{ " + " ".join(f"a{number}: __typename" for number in range(101)) + " }",
        "{ __typename " + "@include(if: true) " * 101 + "}",
        "{ units { nodes { ...A } } }"
        + "".join(
            f" fragment {name} on Unit {{ p: parent {{ ...{inner} }} q: parent {{ ...{inner} }} }}"
            for name, inner in zip("ABCDEFGHI", "BCDEFGHIJ", strict=True)
        )
        + " fragment J on Unit { id code }",
    ],
)
def test_a_document_beyond_a_limit_is_refused_before_it_is_validated(text: str) -> None:
    with pytest.raises(BadInput) as refused:
        plans().known(Asked(text))
    assert refused.value.code == "question.too_large"


def test_too_many_comparisons_are_refused() -> None:
    with pytest.raises(BadInput) as refused:
        translated("{ units(where: {or: [" + '{code: {eq: "1"}}' * 101 + "]}) { nodes { id } } }")
    assert refused.value.code == "question.too_large"


def test_too_many_roots_are_refused() -> None:
    made = plans()
    known = made.known(
        Asked("{ " + " ".join(f'a{number}: unit(code: "{number}") {{ id }}' for number in range(21)) + " }")
    )
    with pytest.raises(BadInput) as refused:
        made.prepared(known, {})
    assert refused.value.code == "question.too_large"


@pytest.mark.parametrize("given", [{}, {"id": None}, {"id": "x"}, {"id": [ID]}, {"id": {"a": 1}}])
def test_variables_are_coerced_or_rejected(given: dict[str, Any]) -> None:
    _, variables = understood("query($id: ID!) { parcel(id: $id) { id } }")
    with pytest.raises(Rejected) as refused:
        variables.coerce(given)
    assert refused.value.code == "input.bad_variables"


def test_a_value_nested_without_end_is_rejected() -> None:
    _, variables = understood("query($w: UnitFilter) { units(where: $w) { nodes { id } } }")
    for levels in (100, 400, 900, 100_000):
        deep: dict[str, Any] = {}
        for _ in range(levels):
            deep = {"not": deep}
        with pytest.raises((Rejected, BadInput)) as refused:
            variables.shape(variables.coerce({"w": deep}))
        assert getattr(refused.value, "code", "") in {"question.too_large", "input.bad_variables"}
    with pytest.raises(BadInput):
        translated("{ units(where: " + "{not: " * 30 + "{}" + "}" * 30 + ") { nodes { id } } }")


def test_documents_are_remembered_up_to_a_number(monkeypatch: pytest.MonkeyPatch) -> None:
    made = plans()
    first = made.known(Asked("{ __typename }"))
    assert made.known(Asked("{ __typename }")) is first
    made._known.most = 2
    for number in range(3):
        made.known(Asked(f"{{ a{number}: __typename }}"))
    assert len(made._known) == 2
    assert made.known(Asked("{ __typename }")) is not first


def plans() -> Plans:
    def unneeded(_: object) -> Any:
        raise AssertionError

    return Plans(SCHEMA, unneeded, Limits.of(Settings()))


def test_an_operation_is_chosen_by_name() -> None:
    text = "query A { __typename } query B { b: __typename }"
    chosen: Known = plans().known(Asked(text, "B"))
    assert chosen.operation.node.name is not None
    assert chosen.operation.node.name.value == "B"
    with pytest.raises(Rejected):
        plans().known(Asked(text, "C"))

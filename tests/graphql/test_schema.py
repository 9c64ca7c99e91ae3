"""The schema says what the declarations say: nothing forgotten, everything described, the committed text fresh."""

from dataclasses import replace

import pytest
from graphql import (
    GraphQLInputObjectType,
    GraphQLInterfaceType,
    GraphQLNonNull,
    GraphQLObjectType,
    GraphQLUnionType,
    build_schema,
    is_introspection_type,
    is_specified_scalar_type,
)

from baseregistry import naming
from baseregistry.errors import DeclarationError
from baseregistry.graphql.schema import COMMITTED, build, sdl
from baseregistry.registries import derived
from baseregistry.registries.declarations import DECLARATIONS
from baseregistry.registries.declare import Attribute, Declarations, Entity, Reference, Registry

SCHEMA = build(DECLARATIONS)
ATTRIBUTES = [
    pytest.param(entity, attribute, id=f"{entity.full_name}.{attribute.name}")
    for entity in DECLARATIONS.entities.values()
    for attribute in entity.attributes
]


def object_type(entity: Entity) -> GraphQLObjectType:
    found = SCHEMA.type_map[naming.type_name(entity.full_name)]
    assert isinstance(found, GraphQLObjectType)
    return found


def test_the_committed_schema_is_fresh() -> None:
    assert COMMITTED.read_text(encoding="utf-8") == sdl(SCHEMA), "run `make generated` and commit schema.graphql"


def test_the_committed_schema_can_be_read_back() -> None:
    assert build_schema(COMMITTED.read_text(encoding="utf-8")).query_type is not None


@pytest.mark.parametrize(("entity", "attribute"), ATTRIBUTES)
def test_every_attribute_is_a_field_that_may_be_null(entity: Entity, attribute: Attribute) -> None:
    field = object_type(entity).fields[naming.field(attribute.name)]
    assert field.extensions["declared"] == attribute.name
    assert not isinstance(field.type, GraphQLNonNull)
    assert field.description is not None
    for said in (attribute.title.vi, attribute.title.en, attribute.description, attribute.source):
        assert said in field.description
    assert attribute.sensitivity.value in field.description
    if isinstance(attribute.kind, Reference) and len(attribute.kind.to) > 1:
        assert isinstance(field.type, GraphQLUnionType)
        assert [member.extensions["entity"] for member in field.type.types] == list(attribute.kind.to)


def test_every_reference_has_its_way_back() -> None:
    for entity in DECLARATIONS.entities.values():
        for attribute, reference in entity.references:
            for target in reference.to:
                field = object_type(DECLARATIONS.entities[target]).fields[naming.field(reference.back)]
                assert str(field.type) == f"{naming.type_name(entity.full_name)}Connection!", attribute.name


def test_every_type_field_and_argument_is_described() -> None:
    silent = []
    for name, kind in SCHEMA.type_map.items():
        if is_introspection_type(kind) or is_specified_scalar_type(kind):
            continue
        silent += [] if kind.description else [name]
        if isinstance(kind, GraphQLObjectType | GraphQLInterfaceType | GraphQLInputObjectType):
            for field_name, field in kind.fields.items():
                silent += [] if field.description else [f"{name}.{field_name}"]
                for arg_name, arg in getattr(field, "args", {}).items():
                    silent += [] if arg.description else [f"{name}.{field_name}.{arg_name}"]
    assert silent == []


def test_roots_offer_the_declared_keys() -> None:
    assert SCHEMA.query_type is not None
    roots = SCHEMA.query_type.fields
    assert list(roots["unit"].args) == ["id", "code", "asOf"]
    assert list(roots["parcel"].args) == ["id", "nationalParcelId", "asOf"]
    assert {"id", "personalId", "asOf"} < set(roots["person"].args)
    assert {"id", "taxCode", "asOf"} & set(roots["enterprise"].args) >= {"id", "asOf"}
    assert set(roots["parcels"].args) == {"where", "orderBy", "first", "after", "asOf"}
    assert set(roots["parcelHistory"].args) == {
        "id",
        "nationalParcelId",
        "asOf",
        "between",
        "includeSuperseded",
        "first",
        "after",
    }


def test_every_entity_takes_lists_of_its_single_keys() -> None:
    assert SCHEMA.query_type is not None
    roots = SCHEMA.query_type.fields
    for name, entity in DECLARATIONS.entities.items():
        single = {naming.field(key.attributes[0]) for key in entity.keys if key.unique and len(key.attributes) == 1}
        lookups = {naming.field(lookup.name) for lookup in entity.lookups}
        args = roots[f"{naming.root(name)}Batch"].args
        assert set(args) == {"id", "asOf"} | single | lookups
        assert {str(arg.type) for key, arg in args.items() if key != "asOf"} <= {"[ID!]", "[String!]"}
        assert (f"{naming.root(name)}Matches" in roots) == bool(lookups)


def test_every_derived_field_says_of_what_it_is_made_and_whose_word_that_is() -> None:
    for entity in DECLARATIONS.entities.values():
        for item in entity.derived:
            field = object_type(entity).fields[naming.field(item.name)]
            assert not isinstance(field.type, GraphQLNonNull)
            made = derived.made_of(DECLARATIONS, entity, item)
            assert made
            for said in (item.title.vi, item.title.en, item.description, *(attribute.source for attribute in made)):
                assert said in (field.description or "")
            highest = derived.sensitivity(DECLARATIONS, entity, item).value
            assert f"Sensitivity: {highest}." in (field.description or "")


def test_two_entities_of_one_name_are_refused() -> None:
    unit = DECLARATIONS.entities["administration.unit"]
    again = replace(unit, registry="other", attributes=unit.attributes[:1], keys=())
    registry = DECLARATIONS.registries[0]
    with pytest.raises((DeclarationError, TypeError)):
        build(Declarations((registry, Registry("other", registry.title, "", (again,)))))

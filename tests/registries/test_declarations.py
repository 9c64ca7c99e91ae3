"""What the registers promise in their declarations, as the law and the issue say it."""

import csv
from collections.abc import Callable
from pathlib import Path

import pytest

from baseregistry import naming
from baseregistry.registries import codes
from baseregistry.registries.declarations import DECLARATIONS, REGISTRIES
from baseregistry.registries.declare import At, Code, Reference, Sensitivity, Text

ENTITIES = DECLARATIONS.entities


def reference(place: str) -> Reference:
    entity, _, attribute = place.rpartition(".")
    kind = ENTITIES[entity].by_name[attribute].kind
    assert isinstance(kind, Reference)
    return kind


def test_the_entities_are_those_of_the_registers() -> None:
    names = ["administration", "land", "population", "enterprise", "access"]
    assert [registry.name for registry in REGISTRIES] == names
    assert [naming.type_name(name) for name in ENTITIES] == [
        *("Unit", "Succession"),
        *("Parcel", "LandUse", "PartyGroup", "GroupMember", "Right", "Certificate", "Block", "Asset", "Lineage"),
        *("Person", "Identifier", "Residence", "Household", "HouseholdMember", "CivilEvent", "Relation"),
        *("Enterprise", "Representative", "Owner", "BusinessLine", "DependentUnit", "HouseholdBusiness"),
        *("Agency", "Client", "Official", "Purpose", "Grant", "GrantedPath", "GrantedUnit"),
        *("Manifest", "TrustedDocument"),
    ]


@pytest.mark.parametrize(
    ("target", "ways"),
    [
        ("land.parcel", {"rights", "land_uses", "blocks", "assets", "children", "parents"}),
        ("administration.unit", {"children", "parcels", "numbered_parcels", "successors", "predecessors", "births"}),
        ("population.person", {"identifiers", "residences", "memberships", "rights", "relations", "civil_events"}),
        ("enterprise.enterprise", {"rights", "representatives", "owners", "business_lines", "dependent_units"}),
        ("land.party_group", {"rights", "members"}),
    ],
)
def test_ways_back_have_names_a_reader_expects(target: str, ways: set[str]) -> None:
    assert ways <= set(DECLARATIONS.ways_back(ENTITIES[target]))


def test_a_holder_is_a_person_an_enterprise_or_a_group() -> None:
    assert reference("land.right.holder").to == ("population.person", "enterprise.enterprise", "land.party_group")


def test_what_may_have_ended_is_looked_at_as_it_last_was() -> None:
    latest = {
        f"{entity.full_name}.{attribute.name}"
        for entity in ENTITIES.values()
        for attribute, kind in entity.references
        if kind.at is At.LATEST
    }
    assert latest == {
        *("administration.succession.predecessor", "administration.succession.successor"),
        *("land.parcel.numbering_commune", "land.lineage.parent", "land.certificate.replaces"),
        *("population.person.birthplace", "population.person.native_place"),
        *("population.civil_event.place", "access.granted_unit.unit"),
    }


def test_relations_end_and_people_parcels_and_enterprises_have_a_status() -> None:
    for entity in ENTITIES.values():
        assert not (entity.relation and "status" in entity.by_name), entity.full_name
    assert ENTITIES["administration.unit"].relation  # its code is free for a new unit only when it has ended
    for name in ("land.parcel", "population.person", "enterprise.enterprise", "land.certificate"):
        assert "status" in ENTITIES[name].by_name


@pytest.mark.parametrize(
    ("entity", "key", "attributes", "unique"),
    [
        ("administration.unit", "code", ("code",), True),
        ("land.parcel", "label", ("numbering_commune", "map_sheet", "parcel_number"), False),
        ("land.parcel", "national_parcel_id", ("national_parcel_id",), True),
        ("land.certificate", "serial", ("serial",), True),
        ("population.identifier", "number", ("scheme", "number"), True),
        ("enterprise.enterprise", "tax_code", ("tax_code",), True),
        ("enterprise.household_business", "tax_code", ("tax_code",), False),
    ],
)
def test_keys_are_unique_or_labels(entity: str, key: str, attributes: tuple[str, ...], unique: bool) -> None:
    (found,) = [known for known in ENTITIES[entity].keys if known.name == key]
    assert (found.attributes, found.unique) == (attributes, unique)


def test_names_and_numbers_of_persons_are_personal_everywhere() -> None:
    assert all(a.sensitivity is Sensitivity.PERSONAL for a in ENTITIES["population.person"].attributes)
    for entity in ENTITIES.values():
        for attribute, kind in entity.references:
            if "population.person" in kind.to:
                assert attribute.sensitivity is Sensitivity.PERSONAL, f"{entity.full_name}.{attribute.name}"


def test_every_declared_name_can_be_searched_without_diacritics() -> None:
    for name in ("administration.unit.name", "population.person.full_name", "enterprise.enterprise.name"):
        entity, _, attribute = name.rpartition(".")
        kind = ENTITIES[entity].by_name[attribute].kind
        assert isinstance(kind, Text)
        assert kind.name


# --- code lists ------------------------------------------------------------------------------------


def listed(name: str) -> dict[tuple[str, str], codes.CodeEntry]:
    return {(entry.edition, entry.code): entry for entry in codes.entries(DECLARATIONS.code_lists[name])}


def test_every_list_is_used_or_is_a_list_of_events() -> None:
    used = {a.kind.list for entity in ENTITIES.values() for a in entity.attributes if isinstance(a.kind, Code)}
    assert set(DECLARATIONS.code_lists) - used == {"land.change_event"}


def test_a_purpose_keeps_the_name_of_its_edition_and_a_retired_one_stays_readable() -> None:
    purposes = listed("land.purpose")
    assert purposes["legacy", "LUC"].title_vi == "Đất chuyên trồng lúa nước"
    assert purposes["2024", "LUC"].title_vi == "Đất chuyên trồng lúa"
    assert ("legacy", "LUN") in purposes
    assert ("2024", "LUN") not in purposes
    assert purposes["office", "KĐD"].title_vi == "Đất cơ sở bảo tồn đa dạng sinh học"
    legacy, new, _ = DECLARATIONS.code_lists["land.purpose"].editions
    assert legacy.in_force_to == new.in_force_from


def test_there_are_54_peoples_and_every_state_once() -> None:
    assert len(listed("population.ethnicity")) == 54
    states = [code for _, code in listed("population.nationality")]
    assert len(states) == len(set(states)) == 250
    assert listed("population.nationality")["iso-3166-1", "VN"].title_vi == "Việt Nam"


@pytest.mark.parametrize(
    ("name", "edition", "file", "column"),
    [
        ("land.origin", "certificate", "land_origin_codes.csv", "code"),
        ("land.change_event", "procedures", "land_change_events.csv", "key"),
        ("enterprise.status", "2021", "enterprise_status.csv", "key"),
        ("population.civil_event_kind", "2014", "civil_status_events.csv", "key"),
    ],
)
def test_lists_hold_every_code_of_their_source(
    test_data: Callable[[str], Path], name: str, edition: str, file: str, column: str
) -> None:
    with test_data(f"vietnam/{file}").open(encoding="utf-8", newline="") as source:
        wanted = {(edition, row[column]): row["name_vi"] for row in csv.DictReader(source)}
    assert {key: entry.title_vi for key, entry in listed(name).items()} == wanted

"""What is generated is visible, and the committed dictionary is what the declarations say."""

import re
from pathlib import Path
from uuid import UUID

import pytest

from baseregistry import db, errors
from baseregistry.registries import codes, derived, dictionary, show
from baseregistry.registries.acts import Period
from baseregistry.registries.declarations import DECLARATIONS, RULES
from baseregistry.registries.declare import Sensitivity
from baseregistry.registries.show import Chosen
from tests.conftest import Database
from tests.registries.scene import START, Scene, box

PAGES = dictionary.pages(DECLARATIONS, RULES)
COMMITTED = Path(__file__).parents[2] / "docs" / "dictionary"


def test_the_committed_dictionary_is_what_the_declarations_say() -> None:
    assert dictionary.stale(DECLARATIONS, RULES, COMMITTED) == [], "run `baseregistry generate`"


def test_a_stale_missing_or_left_over_page_is_named(tmp_path: Path) -> None:
    dictionary.publish(DECLARATIONS, RULES, tmp_path)
    assert dictionary.stale(DECLARATIONS, RULES, tmp_path) == []
    (tmp_path / "land.md").write_text("old", encoding="utf-8")
    (tmp_path / "population.md").unlink()
    (tmp_path / "taxes.md").write_text("left over", encoding="utf-8")
    assert dictionary.stale(DECLARATIONS, RULES, tmp_path) == ["land.md", "population.md", "taxes.md"]
    dictionary.publish(DECLARATIONS, RULES, tmp_path)
    assert dictionary.stale(DECLARATIONS, RULES, tmp_path) == []


@pytest.mark.parametrize("name", DECLARATIONS.entities)
def test_every_attribute_stands_in_its_entry_in_both_languages(name: str) -> None:
    entity = DECLARATIONS.entities[name]
    entry = dictionary.entity_entry(DECLARATIONS, entity, RULES)
    assert entry in PAGES[f"{entity.registry}.md"]
    for attribute in entity.attributes:
        (line,) = [line for line in entry.splitlines() if line.startswith(f"| `{attribute.name}`")]
        assert f"{attribute.title.vi} · {attribute.title.en}" in line
        assert dictionary.SENSITIVITY[attribute.sensitivity] in line
    for field in entity.derived:
        (line,) = [line for line in entry.splitlines() if line.startswith(f"| `{field.name}`")]
        assert f"{field.title.vi} · {field.title.en}" in line
        assert field.description in line
        assert dictionary.SENSITIVITY[derived.sensitivity(DECLARATIONS, entity, field)] in line


def test_a_derived_field_is_as_sensitive_as_the_most_sensitive_fact_behind_it() -> None:
    entities = DECLARATIONS.entities
    said = {
        (name, field.name): derived.sensitivity(DECLARATIONS, entities[name], field)
        for name in ("land.parcel", "population.residence", "enterprise.enterprise")
        for field in entities[name].derived
    }
    assert said == {
        ("land.parcel", "address_line"): Sensitivity.OFFICIAL,
        ("land.parcel", "is_held_by"): Sensitivity.PERSONAL,
        ("population.residence", "address_line"): Sensitivity.PERSONAL,
        ("enterprise.enterprise", "address_line"): Sensitivity.PUBLIC,
        ("enterprise.enterprise", "holds_right_in"): Sensitivity.PERSONAL,
    }


@pytest.mark.parametrize("name", DECLARATIONS.code_lists)
def test_every_code_stands_in_its_list(name: str) -> None:
    entry = dictionary.code_list_entry(DECLARATIONS.code_lists[name])
    for code in codes.entries(DECLARATIONS.code_lists[name]):
        assert f"| `{code.code}` | {code.title_vi} | {code.title_en} |" in entry


def test_tables_have_one_number_of_cells_and_links_lead_to_headings() -> None:
    headings = {
        f"{name}#{line[3:].replace('.', '')}"
        for name, page in PAGES.items()
        for line in page.splitlines()
        if line.startswith("## ")
    }
    for name, page in PAGES.items():
        for block in page.split("\n\n"):
            if block.startswith("|"):
                assert len({len(re.findall(r"(?<!\\)\|", line)) for line in block.splitlines()}) == 1, (name, block)
        assert set(re.findall(r"\]\(([a-z-]+\.md#[^)]+)\)", page)) <= headings


# --- one thing -------------------------------------------------------------------------------------


def test_a_table_is_shown_as_the_database_has_it(database: Database) -> None:
    shown = show.table(DECLARATIONS, "land.parcel")
    with database.engine.begin() as connection:
        connection.exec_driver_sql("CREATE SCHEMA other")
        connection.exec_driver_sql("SET LOCAL search_path TO other, baseregistry, public")
        connection.exec_driver_sql(shown)
        columns = (
            "SELECT string_agg(column_name || ' ' || udt_name, ', ' ORDER BY ordinal_position)"
            " FROM information_schema.columns WHERE table_name = 'land_parcel' AND table_schema = '{}'"
        )
        here, there = (
            connection.exec_driver_sql(columns.format(schema)).scalar_one() for schema in ("other", "baseregistry")
        )
    assert here == there


def test_an_entry_is_found_by_name_and_a_misspelt_name_is_answered_with_others(database: Database) -> None:
    assert show.entry(database.installation, "land.right").startswith("## land.right\n")
    assert show.entry(database.installation, "land.purpose").startswith("## land.purpose\n")
    assert show.entry(database.installation, "land").startswith("# Đất đai · Land\n")
    with pytest.raises(errors.NotFound, match=r"'land\.parcl'") as refused:
        show.entry(database.installation, "land.parcl")
    assert "land.parcel" in (refused.value.hint or "")


def test_all_names_can_be_shown(database: Database) -> None:
    names = [name for name, _, _ in show.names(DECLARATIONS)]
    assert (
        len(names)
        == len(set(names))
        == len(DECLARATIONS.registries) + len(DECLARATIONS.entities) + len(DECLARATIONS.code_lists)
    )
    assert all(show.entry(database.installation, name) for name in names)


# --- findings --------------------------------------------------------------------------------------


def listed(database: Database, chosen: Chosen = Chosen()) -> list[tuple[str, UUID]]:
    with db.reading(database.engine) as reading:
        found = show.findings(reading, database.installation, chosen)
        return [(finding.code, finding.record_id) for finding in found]


def test_findings_are_chosen_by_entity_rule_and_unit(database: Database) -> None:
    scene = Scene(database)
    province = scene.state("administration.unit", code="48", name="Đà Nẵng", level="PROVINCE")
    ended = scene.state("administration.unit", Period(None, START), code="9", name="Xã Chín", level="COMMUNE")
    there = scene.state("administration.unit", code="9", name="Xã Mới", level="COMMUNE", parent=province)
    here_parcel = scene.parcel("1", geometry=box(0, 0, 10, 10), documented_area=500)
    there_parcel = scene.parcel("2", commune=there)
    scene.tell()
    both = [("land.documented_area_differs", here_parcel), ("land.area_missing", there_parcel)]
    assert listed(database) == both
    assert listed(database, Chosen(entity="land.parcel")) == both
    assert listed(database, Chosen(entity="land.right")) == []
    assert listed(database, Chosen(code="land.area_missing")) == both[1:]
    assert listed(database, Chosen(within="20410")) == both[:1]
    assert listed(database, Chosen(within="48")) == both[1:]
    assert listed(database, Chosen(within="9")) == both[1:]
    assert listed(database, Chosen(within=str(ended))) == []


def test_every_entity_that_lies_somewhere_can_be_narrowed_to_a_unit(database: Database) -> None:
    scene = Scene(database)
    parcel = scene.parcel("1")
    right = scene.right(parcel)
    scene.tell()
    with db.reading(database.engine) as reading:
        units = show.unit_and_below(reading, "20410")
        inside = {
            name: set(reading.execute(show.inside(DECLARATIONS, entity, units)).scalars())
            for name, entity in DECLARATIONS.entities.items()
            if show.lies_somewhere(entity)
        }
    assert {name for name, records in inside.items() if records} == {"administration.unit", "land.parcel", "land.right"}
    assert (inside["land.parcel"], inside["land.right"]) == ({parcel}, {right})


@pytest.mark.parametrize(
    ("chosen", "code"),
    [
        (Chosen(entity="land.plot"), "register.no_such_name"),
        (Chosen(code="land.nothing"), "register.no_such_rule"),
        (Chosen(within="00000"), "register.no_such_unit"),
        (Chosen(entity="population.person", within="48"), "question.no_territory"),
    ],
)
def test_what_cannot_be_chosen_is_refused(database: Database, chosen: Chosen, code: str) -> None:
    with pytest.raises(errors.RegisterError) as refused:
        listed(database, chosen)
    assert refused.value.code == code
    assert refused.value.hint

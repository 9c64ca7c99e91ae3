"""Each rule finds what breaks it, and only that."""

import json
from collections.abc import Callable
from datetime import UTC, datetime
from decimal import Decimal
from fractions import Fraction
from pathlib import Path
from uuid import UUID

import numpy
import pytest
import shapely
from hypothesis import example, given
from hypothesis import strategies as st
from psycopg.types.range import DateRange
from pyproj import Transformer

from baseregistry import db, errors
from baseregistry.registries import shares, values
from baseregistry.registries.acts import Period, change, end
from baseregistry.registries.declarations import DECLARATIONS, RULES
from baseregistry.registries.declare import PartialDay
from baseregistry.registries.installation import opened
from baseregistry.registries.land.overlaps import SMALLEST, overlaps
from tests.conftest import Database
from tests.registries.scene import ORIGIN, START, Scene, box, entity, placed

LATER = datetime(2022, 1, 1, tzinfo=UTC)
MUCH_LATER = datetime(2024, 1, 1, tzinfo=UTC)


@pytest.fixture
def scene(database: Database) -> Scene:
    return Scene(database)


def born(text: str) -> DateRange:
    return values.read(PartialDay(), text, place="born")


def found(scene: Scene, code: str) -> dict[UUID, str]:
    return {finding.record_id: finding.message for finding in scene.findings(code)}


def test_rules_have_codes_of_their_own_and_entities_that_exist() -> None:
    assert len({(rule.code, rule.entity) for rule in RULES}) == len(RULES) == len({rule.code for rule in RULES})
    assert {rule.entity for rule in RULES} <= set(DECLARATIONS.entities)


def test_every_rule_runs_on_all_and_on_some_records(scene: Scene) -> None:
    scene.tell()
    for rule in RULES:
        assert scene.findings(rule.code) == []
        assert scene.findings(rule.code, "(SELECT record_id FROM record) AS few") == []


# --- parcels ---------------------------------------------------------------------------------------


def test_area_is_held_against_the_geometry_as_its_boundary_points_are_known(scene: Scene) -> None:
    """Within 1 m², 1 %, or 2 · 0.15 m · √area: of 10, 200 and 3600 m² that is 1, 4.2 and 36 m²."""
    small = scene.parcel("1", geometry=box(0, 0, 5, 2), documented_area="10.9", surveyed_area="11.1")
    within = scene.parcel("2", geometry=box(30, 0, 20, 10), documented_area="204.2", surveyed_area="195.9")
    wrong = scene.parcel("3", geometry=box(60, 0, 20, 10), documented_area="204.4", surveyed_area="200")
    large = scene.parcel("4", geometry=box(90, 0, 60, 60), documented_area="3636", surveyed_area="3563")
    scene.tell()
    assert found(scene, "land.documented_area_differs") == {
        wrong: "The documented area is 204.40 m², that of the geometry 200.00 m²."
    }
    assert set(found(scene, "land.surveyed_area_differs")) == {small, large}
    assert {within, small}.isdisjoint(found(scene, "land.area_missing"))
    place = scene.findings("land.documented_area_differs")[0].place
    assert place is not None
    assert shapely.from_wkt(place).equals(shapely.Point(ORIGIN[0] + 70, ORIGIN[1] + 5))


def test_how_exact_boundary_points_are_is_a_setting(database: Database, scene: Scene) -> None:
    off = scene.parcel("1", geometry=box(0, 0, 20, 10), documented_area="206")
    scene.tell()
    found = {}
    for accuracy in ("0.07", "0.30"):
        settings = database.settings.model_copy(update={"boundary_accuracy": Decimal(accuracy)})
        with db.reading(database.engine) as reading:
            (rule,) = (one for one in opened(reading, settings).rules if one.code == "land.documented_area_differs")
            found[accuracy] = [finding.record_id for finding in rule.find(reading, None)]
    assert found == {"0.07": [off], "0.30": []}


def test_a_parcel_without_any_area_is_found(scene: Scene) -> None:
    bare = scene.parcel("1")
    scene.parcel("2", surveyed_area=10)
    scene.tell()
    assert list(found(scene, "land.area_missing")) == [bare]


def test_an_invalid_ring_is_found_with_the_place_where_it_crosses(scene: Scene) -> None:
    x, y = ORIGIN
    bow = shapely.Polygon([(x, y), (x + 10, y + 10), (x + 10, y), (x, y + 10)])
    crossed = scene.parcel("1", geometry=placed(shapely.MultiPolygon([bow])))
    scene.parcel("2", geometry=box(20, 0, 10, 10))
    scene.tell()
    (finding,) = scene.findings("land.ring_invalid")
    assert finding.record_id == crossed
    assert "Self-intersection" in finding.message
    assert finding.place == f"POINT({x + 5:.0f} {y + 5:.0f})"


def test_overlaps_are_found_on_both_parcels_with_area_and_place(scene: Scene) -> None:
    one = scene.parcel("1", geometry=box(0, 0, 10, 10))
    two = scene.parcel("2", geometry=box(9, 0, 10, 10))
    scene.parcel("3", geometry=box(19, 0, 10, 10))
    scene.parcel("4", geometry=box(0, 0, 30, 10), status="RETIRED")
    scene.tell()
    findings = scene.findings("land.parcel_overlaps")
    assert {finding.record_id for finding in findings} == {one, two}
    assert found(scene, "land.parcel_overlaps")[one] == f"Parcel 7/1 overlaps parcel 7/2 ({two}) by 10.000 m²."
    assert shapely.from_wkt(findings[0].place or "").area == pytest.approx(10)
    some = f"(SELECT '{two}'::uuid AS record_id) AS few"
    assert [finding.record_id for finding in scene.findings("land.parcel_overlaps", some)] == [two]


def test_parcels_that_only_touch_do_not_overlap_in_one_commune_nor_in_two(scene: Scene) -> None:
    other = scene.state("administration.unit", code="20413", name="Phường Hội An Tây", level="COMMUNE")
    scene.parcel("1", geometry=box(0, 0, 10, 10))
    scene.parcel("2", geometry=box(10, 0, 10, 10))
    scene.parcel("3", geometry=box(20, 0, 10, 10), commune=other)
    scene.tell()
    assert scene.findings("land.parcel_overlaps") == []


def test_overlaps_across_the_border_of_communes_are_found_on_both_parcels(scene: Scene) -> None:
    other = scene.state("administration.unit", code="20413", name="Phường Hội An Tây", level="COMMUNE")
    third = scene.state("administration.unit", code="20416", name="Phường Hội An Đông", level="COMMUNE")
    one = scene.parcel("1", geometry=box(0, 0, 10, 10))
    two = scene.parcel("2", geometry=box(9, 0, 10, 10), commune=other)
    inner = scene.parcel("3", geometry=box(12, 2, 2, 2), commune=third)
    scene.parcel("4", geometry=box(0, 0, 30, 10), commune=third, status="RETIRED")
    scene.parcel("5")  # without a geometry
    scene.tell()
    findings = scene.findings("land.parcel_overlaps")
    assert [finding.record_id for finding in findings].count(two) == 2
    assert {finding.record_id for finding in findings} == {one, two, inner}
    assert found(scene, "land.parcel_overlaps")[one] == f"Parcel 7/1 overlaps parcel 7/2 ({two}) by 10.000 m²."
    some = f"(SELECT '{one}'::uuid AS record_id) AS few"
    assert [finding.record_id for finding in scene.findings("land.parcel_overlaps", some)] == [one]


def test_two_current_parcels_of_one_label_are_found(scene: Scene) -> None:
    one, two = scene.parcel("12"), scene.parcel("12")
    scene.parcel("12", status="RETIRED")
    scene.parcel("12", map_sheet="8")
    scene.tell()
    assert found(scene, "land.label_shared") == {
        one: f"Parcel 7/12 of this commune of numbering is also {two}.",
        two: f"Parcel 7/12 of this commune of numbering is also {one}.",
    }


def test_a_national_parcel_id_is_a_geohash_that_lies_in_its_parcel(scene: Scene) -> None:
    geometry = box(0, 0, 20, 10)
    scene.tell()
    with scene.database.engine.connect() as connection:
        point = f"ST_Transform(ST_SetSRID(ST_MakePoint({ORIGIN[0] + 10}, {ORIGIN[1] + 5}), 5899), 4326)"
        inside = connection.exec_driver_sql(f"SELECT ST_GeoHash({point}, 12)").scalar_one()
    scene.parcel("1", geometry=geometry, national_parcel_id=inside)
    misspelt = scene.parcel("2", geometry=geometry, national_parcel_id=inside[:-1] + "a")
    short = scene.parcel("3", geometry=geometry, national_parcel_id=inside[:-1])
    elsewhere = scene.parcel("4", geometry=box(300, 0, 20, 10), national_parcel_id=inside[:-1] + "0")
    scene.tell()
    assert set(found(scene, "land.parcel_id_form")) == {misspelt, short}
    assert found(scene, "land.parcel_id_outside") == {elsewhere: f"{inside[:-1]}0 lies 290.1 m outside the parcel."}


def test_a_parcel_outside_its_commune_is_found_where_the_boundary_is_known(scene: Scene) -> None:
    known = scene.state("administration.unit", code="1", name="Xã Một", level="COMMUNE", boundary=box(0, 0, 1000, 1000))
    scene.parcel("1", commune=known, geometry=box(990, 0, 15, 10))
    away = scene.parcel("2", commune=known, geometry=box(1090, 0, 20, 10))
    scene.parcel("3", geometry=box(5000, 0, 20, 10))
    scene.tell()
    assert found(scene, "land.outside_commune") == {away: "The parcel lies 100 m outside Xã Một."}


def test_an_unknown_area_of_a_use_is_left_out_and_never_zero(scene: Scene) -> None:
    parcel = scene.parcel("1")
    scene.state("land.land_use", parcel=parcel, purpose="ONT")
    scene.tell()
    scene.state("land.land_use", parcel=parcel, purpose="CLN", area=0)
    with pytest.raises(errors.RuleBroken) as refused:
        scene.tell()
    assert refused.value.code == "land.use_area_zero"


# --- shares ----------------------------------------------------------------------------------------


def test_shares_that_sum_to_one_at_every_moment_are_kept(scene: Scene) -> None:
    parcel = scene.parcel("1")
    scene.right(parcel, "1/3")
    scene.right(parcel, "1/3")
    scene.right(parcel, "1/3", Period(START, LATER))
    scene.right(parcel, "1/3", Period(LATER))
    scene.right(parcel, "1/1", kind="MORTGAGE")
    scene.tell()
    assert scene.findings("land.shares_exceed_one") == []


def test_shares_that_exceed_one_at_a_single_moment_are_refused(scene: Scene) -> None:
    parcel = scene.parcel("1")
    scene.right(parcel, "1/2")
    scene.right(parcel, "1/2", Period(START, LATER))
    scene.tell()
    scene.right(parcel, "1/1000000000", Period(datetime(2021, 12, 31, tzinfo=UTC)))
    with pytest.raises(errors.RuleBroken, match=r"sum to 1000000001/1000000000\.") as refused:
        scene.tell()
    assert refused.value.code == "land.shares_exceed_one"


def test_a_sale_of_a_share_in_one_change_is_kept(scene: Scene) -> None:
    parcel = scene.parcel("1")
    whole = scene.right(parcel, "1/1")
    scene.tell()
    scene.right(parcel, "1/4", Period(LATER))
    scene.tell([change(entity("land.right"), whole, Period(LATER), {"share": Fraction(3, 4)})])
    assert scene.findings("land.shares_exceed_one") == []
    scene.right(parcel, "1/4", Period(MUCH_LATER))
    with pytest.raises(errors.RuleBroken, match=r"sum to 5/4\."):
        scene.tell()
    scene.right(parcel, "3/4", Period(MUCH_LATER))
    scene.tell([end(entity("land.right"), whole, MUCH_LATER)])


def test_joint_holders_count_as_one_with_the_share_they_state(scene: Scene) -> None:
    parcel, other = scene.parcel("1"), scene.parcel("2")
    for _ in range(2):
        scene.right(parcel, "1/2", joint=True)
        scene.right(other, joint=True)
    scene.right(parcel, "1/2")
    scene.right(other, "1/2")
    scene.right(other)  # a share that is not known adds nothing
    scene.tell()
    scene.right(parcel, "1/10")
    with pytest.raises(errors.RuleBroken, match=r"sum to 11/10\."):
        scene.tell()


def test_an_unbounded_begin_is_a_moment_too(scene: Scene) -> None:
    unit = scene.state("administration.unit", Period(), code="1", name="Xã Một", level="COMMUNE")
    parcel = scene.state(
        "land.parcel",
        Period(),
        commune=unit,
        numbering_commune=unit,
        map_sheet="1",
        parcel_number="1",
        status="CURRENT",
    )
    holder = scene.state("population.person", Period(), full_name="Trần Thị Ba", status="ALIVE")
    scene.right(parcel, "2/3", Period(), holder=holder)
    scene.right(parcel, "2/3", Period(), holder=holder)
    with pytest.raises(errors.RuleBroken, match=r"sum to 4/3\."):
        scene.tell()


def test_members_of_a_group_share_at_most_the_whole(scene: Scene) -> None:
    group = scene.state("land.party_group", kind="COUPLE")
    for _ in range(2):
        scene.state("land.group_member", party_group=group, member=scene.person(), share=Fraction(1, 2))
    scene.tell()
    scene.state("land.group_member", party_group=group, member=scene.person(), share=Fraction(1, 9))
    with pytest.raises(errors.RuleBroken) as refused:
        scene.tell()
    assert refused.value.code == "land.group_shares_exceed_one"


FRACTIONS = st.fractions(min_value=0, max_value=1, max_denominator=10**6).filter(bool)


@given(st.lists(FRACTIONS, max_size=6), st.lists(FRACTIONS, max_size=3))
def test_sums_are_exact(several: list[Fraction], jointly: list[Fraction]) -> None:
    words = ["+".join(f"{share.numerator}/{share.denominator}" for share in part) for part in (several, jointly)]
    assert shares.total(*words) == sum(several) + max(jointly, default=Fraction())


# --- numbers of persons, tax codes -----------------------------------------------------------------


@pytest.mark.parametrize(("scheme", "number"), [("PERSONAL_ID", "04919000012"), ("OLD_ID", "2011111112")])
def test_a_number_without_its_structure_is_refused(scene: Scene, scheme: str, number: str) -> None:
    scene.state("population.identifier", person=scene.person(), scheme=scheme, number=number, status="IN_USE")
    with pytest.raises(errors.RuleBroken) as refused:
        scene.tell()
    assert refused.value.code == "population.identifier_form"


@pytest.mark.parametrize(
    ("number", "sex", "birth", "doubts"),
    [
        ("049056000001", "M", "1956", ""),
        ("049156000001", "F", "1956-03-12", ""),
        ("049304000001", "F", "2004-12-31", ""),
        ("049304000001", "X", None, ""),
        ("049304000001", "M", "2004", "sex"),
        ("049156000001", "F", "1957-01", "year"),
        ("049156000001", "M", "2056", "sex year"),
    ],
)
def test_a_personal_id_that_disagrees_with_the_person_is_a_warning(
    scene: Scene, number: str, sex: str, birth: str | None, doubts: str
) -> None:
    person = scene.person(sex=sex, birth_date=born(birth) if birth else None)
    identifier = scene.state(
        "population.identifier", person=person, scheme="PERSONAL_ID", number=number, status="IN_USE"
    )
    scene.state("population.identifier", person=person, scheme="PASSPORT", number="C1234567", status="IN_USE")
    scene.tell()
    messages = found(scene, "population.identifier_doubtful")
    assert set(messages) == ({identifier} if doubts else set())
    assert all(word in messages[identifier] for word in doubts.split())


@pytest.mark.parametrize("code", ["0100109106", "0300588569", "0101248141", "0100112437"])
def test_real_tax_codes_are_taken(scene: Scene, code: str) -> None:
    scene.state("enterprise.enterprise", tax_code=code, name="Công ty", legal_form="CP", status="DANG_HOAT_DONG")
    scene.tell()


def test_a_wrong_check_digit_is_refused(scene: Scene) -> None:
    scene.state("enterprise.enterprise", tax_code="0100109107", name="Công ty", legal_form="CP", status="TAM_NGUNG")
    with pytest.raises(errors.RuleBroken, match="0100109107 is no tax code") as refused:
        scene.tell()
    assert refused.value.code == "enterprise.enterprise_tax_code"


def test_a_branch_carries_its_enterprises_code_and_a_household_business_its_owners_number(scene: Scene) -> None:
    status = "DANG_HOAT_DONG"
    firm = scene.state("enterprise.enterprise", tax_code="0100109106", name="A", legal_form="CP", status=status)
    unit = {"enterprise": firm, "kind": "CN", "name": "Chi nhánh", "status": status}
    scene.state("enterprise.dependent_unit", tax_code="0100109106-001", **unit)
    scene.state("enterprise.dependent_unit", **(unit | {"kind": "DDKD"}), location_number="00001")
    stray = scene.state("enterprise.dependent_unit", tax_code="0300588569-001", **unit)
    owner = scene.person()
    scene.state("population.identifier", person=owner, scheme="PERSONAL_ID", number="049056000001", status="IN_USE")
    shop = {"owner": owner, "name": "Tạp hóa", "status": status, "commune": scene.commune}
    scene.state("enterprise.household_business", registration_number="1", tax_code="049056000001", **shop)
    other = scene.state("enterprise.household_business", registration_number="2", tax_code="049056000002", **shop)
    scene.tell()
    assert set(found(scene, "enterprise.not_the_parents_code")) == {stray}
    assert set(found(scene, "enterprise.not_the_owners_id")) == {other}


# --- overlaps, without a database ------------------------------------------------------------------


def test_the_one_overlap_in_a_grid_of_ten_thousand_parcels_is_found() -> None:
    corners = [(x * 10.0, y * 10.0) for x in range(100) for y in range(100)]
    shapes = numpy.array([shapely.box(x, y, x + 10, y + 10) for x, y in corners], dtype=object)
    shapes[5050] = shapely.box(corners[5050][0], corners[5050][1], corners[5050][0] + 10.5, corners[5050][1] + 10)
    pairs = overlaps(shapes)
    assert [(one, other, round(where.area, 6)) for one, other, where in pairs] == [(5050, 5150, 5.0)]


def test_the_real_cadastre_has_three_overlaps(test_data: Callable[[str], Path]) -> None:
    features = json.loads(test_data("parcels/cadastre-91216-parcelles.json").read_text(encoding="utf-8"))["features"]
    shapes = shapely.from_geojson([json.dumps(feature["geometry"]) for feature in features])
    project = Transformer.from_crs(4326, 2154, always_xy=True).transform
    shapes = shapely.transform(shapes, lambda points: numpy.column_stack(project(*points.T)))
    pairs = overlaps(shapes)
    assert [round(where.area, 3) for _, _, where in pairs] == [0.027, 0.001, 0.13]


@example([(0, 0, 3, 3), (1, 1, 1, 1)])  # one within the other, no edge in common
@given(st.lists(st.tuples(st.integers(0, 20), st.integers(0, 20), st.integers(1, 8), st.integers(1, 8)), max_size=12))
def test_overlaps_are_those_of_every_pair(boxes: list[tuple[int, int, int, int]]) -> None:
    shapes = numpy.empty(len(boxes), dtype=object)
    shapes[:] = [shapely.box(x, y, x + width, y + height) for x, y, width, height in boxes]
    pairs = {(i, j) for i, j, _ in overlaps(shapes)}
    every = {
        (i, j)
        for i in range(len(boxes))
        for j in range(i + 1, len(boxes))
        if shapely.intersection(shapes[i], shapes[j]).area > SMALLEST
    }
    assert pairs == every

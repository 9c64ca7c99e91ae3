"""Derived fields: ages of partly known birth dates, full addresses through time, shares in per cent, who holds rights where."""

import json
from datetime import UTC, date, datetime, timedelta
from fractions import Fraction
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from baseregistry import errors
from baseregistry.registries import acts
from baseregistry.registries.acts import Period
from baseregistry.registries.days import partial_day
from baseregistry.registries.ledger import Kind
from baseregistry.registries.question import Field, Form
from tests.conftest import Database
from tests.registries.answer.asking import Asker, Slots, want
from tests.registries.scene import START, Scene, entity

REFORM = datetime(2025, 6, 30, 17, tzinfo=UTC)  # the first instant of 2025-07-01 in the register's zone
BEFORE, AFTER = {"valid_at": "2025-06-30"}, {"valid_at": "2025-07-01"}


class World(Scene):
    """A commune that moves from a district to a province on 2025-07-01 and is called otherwise; who holds land there."""

    def __init__(self, database: Database) -> None:
        super().__init__(database)
        unit = "administration.unit"
        self.old_province = self.state(unit, code="49", name="Tỉnh Quảng Nam", level="PROVINCE")
        self.province = self.state(unit, code="48", name="Thành phố Đà Nẵng", level="PROVINCE")
        self.district = self.state(
            unit, code="503", name="Thành phố Hội An", level="DISTRICT", parent=self.old_province
        )
        self.ward = self.state(unit, code="20404", name="Phường Cẩm Phô", level="COMMUNE", parent=self.district)
        self.land, self.bare = self.parcel("1", commune=self.ward, address="10 Trần Phú"), self.parcel("2")
        self.an, self.binh, self.chi = (self.person(name) for name in ("An", "Bình", "Chi"))
        self.home = self.state(
            "population.residence", person=self.an, kind="PERMANENT", commune=self.ward, address="5 Lê Lợi"
        )
        self.nowhere = self.state("population.residence", person=self.binh, kind="PERMANENT", commune=self.commune)
        self.couple = self.state("land.party_group", kind="COUPLE", name="Ông An và bà Chi")
        member = {"party_group": self.couple, "member": self.chi}
        self.member = self.state("land.group_member", Period(START, REFORM), **member, joint=True)
        self.shared = self.right(self.land, "1/3", holder=self.binh)
        self.joint = self.right(self.land, "1/2", holder=self.couple, joint=True)
        self.mortgage = self.right(self.bare, holder=self.binh, kind="MORTGAGE")
        self.first = self.tell(kind=Kind.REGISTRATION).position
        moved = {"parent": self.province, "name": "Phường Hội An"}
        ends = [acts.end(entity(unit), ended, REFORM) for ended in (self.district, self.old_province)]
        self.tell([acts.change(entity(unit), self.ward, Period(REFORM), moved), *ends], Kind.REORGANISATION)


@pytest.fixture(scope="module")
def world(shared: Database) -> World:
    return World(shared)


def derived(asker: Asker, path: str, record: Any, as_of: dict[str, Any] | None = None, **said: Any) -> Any:
    """A derived field of one record (``land.parcel.is_held_by``), asked with the arguments said."""
    slots, (which, _, field) = Slots(), path.rpartition(".")
    arguments = tuple((name, slots.bind(value)) for name, value in said.items())
    wanted = (Field("it", field, want("at_least at_most") if field == "age" else (), arguments=arguments),)
    question, slots = asker.question(Form.ONE, which, wanted, slots=slots, key={"id": record}, as_of=as_of)
    (data,) = asker.answer([question], slots.values).data
    return json.loads(data)["it"]


# --- ages ------------------------------------------------------------------------------------------

AGES = [
    ("2004-03-15", "2022-03-14", "NO"),
    ("2004-03-15", "2022-03-15", "YES"),
    ("2004-02-29", "2022-02-27", "NO"),
    ("2004-02-29", "2022-02-28", "YES"),  # the year has no 29 February: its last day of February
    ("2004-02-28", "2022-02-28", "YES"),
    ("2004-03-01", "2022-02-28", "NO"),
    ("2004-02", "2022-02-28", "YES"),
    ("2004-02", "2022-02-27", "UNKNOWN"),
    ("2004-02", "2022-01-31", "NO"),
    ("2004", "2021-12-31", "NO"),
    ("2004", "2022-01-01", "UNKNOWN"),
    ("2004", "2022-12-30", "UNKNOWN"),
    ("2004", "2022-12-31", "YES"),
    ("2004", "1990-01-01", "NO"),
    (None, "2022-01-01", "UNKNOWN"),
]


def test_whether_someone_is_of_age_is_certain_or_left_open(world: World, asker: Asker) -> None:
    people = {born: world.person(birth_date=partial_day(born, "born") if born else None) for born, _, _ in AGES}
    world.tell(kind=Kind.REGISTRATION)
    for born, on, expected in AGES:
        said = derived(asker, "population.person.age_is_at_least", people[born], years=18, on=on)
        assert said == expected, (born, on)


def test_age_is_between_what_it_may_be(world: World, asker: Asker) -> None:
    year, leap = (
        world.person(birth_date=partial_day("2004", "born")),
        world.person(birth_date=partial_day("2004-02-29", "born")),
    )
    world.tell(kind=Kind.REGISTRATION)
    for person, on, expected in (
        (year, "2022-06-01", {"at_least": 17, "at_most": 18}),
        (year, "2022-12-31", {"at_least": 18, "at_most": 18}),
        (year, "2004-06-01", {"at_least": 0, "at_most": 0}),
        (year, "2003-12-31", None),
        (leap, "2023-02-28", {"at_least": 19, "at_most": 19}),
        (leap, "2024-02-28", {"at_least": 19, "at_most": 19}),
        (world.an, "2024-02-28", None),
    ):
        assert derived(asker, "population.person.age", person, on=on) == expected, on


def test_without_a_day_the_day_of_the_moment_in_the_registers_zone_is_meant(world: World, asker: Asker) -> None:
    person = world.person(birth_date=partial_day("2004-07-01", "born"))
    world.tell(kind=Kind.REGISTRATION)
    for moment, expected in (("2022-06-30T16:59:59.999999Z", "NO"), ("2022-06-30T17:00:00Z", "YES")):
        as_of = {"valid_at": moment}
        assert derived(asker, "population.person.age_is_at_least", person, as_of, years=18) == expected


@pytest.mark.parametrize("years", [-1, 201, 2**31, "18", True])
def test_years_that_nobody_can_have_are_refused(world: World, asker: Asker, years: Any) -> None:
    with pytest.raises(errors.BadQuestion) as refused:
        derived(asker, "population.person.age_is_at_least", world.an, years=years)
    assert refused.value.code == "question.bad_value"


@settings(max_examples=60, deadline=None, derandomize=True, database=None, suppress_health_check=list(HealthCheck))
@given(
    born=st.builds(
        lambda day, known: day.strftime(known),
        st.dates(date(1899, 1, 1), date(2030, 12, 31)),
        st.sampled_from(["%Y", "%Y-%m", "%Y-%m-%d"]),
    ),
    on=st.dates(date(1899, 1, 1), date(2060, 12, 31)),
    years=st.integers(0, 120),
)
def test_every_possible_day_counts(world: World, asker: Asker, born: str, on: date, years: int) -> None:
    """Against counting: yes when all days it may have been are long enough ago, no when none is."""
    person = world.person(birth_date=partial_day(born, "born"))
    world.tell(kind=Kind.REGISTRATION)
    first = date(int(born[:4]), 1, 1)
    days = [day for day in (first + timedelta(n) for n in range(366)) if str(day).startswith(born)]
    passed = {_completed(day, years) <= on for day in days}
    expected = "UNKNOWN" if len(passed) == 2 else "YES" if passed == {True} else "NO"
    said = derived(asker, "population.person.age_is_at_least", person, years=years, on=str(on))
    assert said == expected


def _completed(born: date, years: int) -> date:
    try:
        return born.replace(year=born.year + years)
    except ValueError:
        return date(born.year + years, 2, 28)


# --- addresses and shares --------------------------------------------------------------------------


def test_an_address_is_called_as_it_was_at_the_moment(world: World, asker: Asker) -> None:
    before = "5 Lê Lợi, Phường Cẩm Phô, Thành phố Hội An, Tỉnh Quảng Nam"
    after = "5 Lê Lợi, Phường Hội An, Thành phố Đà Nẵng"
    for as_of, expected in (
        (BEFORE, before),
        (AFTER, after),
        ({**AFTER, "position": world.first}, before),
    ):
        assert derived(asker, "population.residence.address_line", world.home, as_of) == expected
    assert (
        derived(asker, "land.parcel.address_line", world.land, AFTER) == "10 Trần Phú, Phường Hội An, Thành phố Đà Nẵng"
    )
    assert derived(asker, "population.residence.address_line", world.nowhere) == "Phường Hội An"


def test_derived_fields_of_a_page_and_of_a_history(world: World, asker: Asker) -> None:
    """They are made of columns that nobody asked for."""
    found = asker.many(
        "population.residence", "nodes{address_line}", where=lambda s: s.where("person", "eq", str(world.an))
    )
    assert found == {"nodes": [{"address_line": "5 Lê Lợi, Phường Hội An, Thành phố Đà Nẵng"}]}
    batch = asker.ask(Form.BATCH, "population.residence", "items{node{address_line}}", key={"id": [str(world.home)]})
    assert batch["items"][0]["node"] == found["nodes"][0]
    edges = asker.many(
        "land.right", "edges{node{share_percent}}", where=lambda s: s.where("holder", "eq", str(world.binh))
    )
    assert sorted(edge["node"]["share_percent"] or "" for edge in edges["edges"]) == ["", "33.3333"]


def test_a_joint_share_and_none_have_no_percentage(world: World, asker: Asker) -> None:
    for right, expected in ((world.shared, "33.3333"), (world.joint, None), (world.mortgage, None)):
        assert derived(asker, "land.right.share_percent", right) == expected


@settings(max_examples=60, deadline=None, derandomize=True, database=None, suppress_health_check=list(HealthCheck))
@given(
    share=st.fractions(Fraction(1, 10**6), 1, max_denominator=10**9)
    | st.builds(Fraction, st.integers(1, 3), st.just(2 * 10**6))
)
def test_a_share_is_rounded_half_up_exactly(world: World, asker: Asker, share: Fraction) -> None:
    group = world.state("land.party_group", kind="COMMUNITY")
    record = world.state("land.group_member", party_group=group, member=world.an, share=share)
    world.tell(kind=Kind.REGISTRATION)
    ten_thousandths = (share * 10**6 * 2 + 1) // 2  # floor(x + 1/2)
    expected = f"{ten_thousandths // 10**4}.{ten_thousandths % 10**4:04d}"
    assert derived(asker, "land.group_member.share_percent", record) == expected


# --- who holds what --------------------------------------------------------------------------------


def test_whether_someone_holds_a_right_in_a_unit(world: World, asker: Asker) -> None:
    def holds(who: Any, as_of: dict[str, Any], **unit: Any) -> Any:
        return derived(asker, "population.person.holds_right_in", who, as_of, **unit)

    for as_of, code, expected in (
        (BEFORE, "20404", True),
        (BEFORE, "503", True),
        (BEFORE, "49", True),
        (BEFORE, "48", False),
        (AFTER, "48", True),
        (AFTER, "20404", True),
        (AFTER, "49", None),  # no unit bears the code any more
        (AFTER, "'; --", None),
    ):
        assert holds(world.binh, as_of, unit_code=code) == expected, (as_of, code)
    assert holds(world.binh, AFTER, unit=str(world.province)) is True
    assert holds(world.binh, AFTER, unit=str(world.old_province)) is None
    assert holds(world.an, AFTER, unit_code="48") is False
    assert holds(world.binh, AFTER, unit_code="48", kind="MORTGAGE") is False
    assert holds(world.binh, AFTER, unit_code="20410", kind="MORTGAGE") is True


def test_a_group_holds_for_its_members_while_they_belong_to_it(world: World, asker: Asker) -> None:
    for as_of, expected in ((BEFORE, True), (AFTER, False)):
        assert derived(asker, "population.person.holds_right_in", world.chi, as_of, unit_code="20404") is expected
        assert derived(asker, "land.parcel.is_held_by", world.land, as_of, holder=str(world.chi)) is expected


def test_whether_a_parcel_is_held_by_someone(world: World, asker: Asker) -> None:
    def held(parcel: Any, holder: Any, **said: Any) -> Any:
        return derived(asker, "land.parcel.is_held_by", parcel, holder=str(holder), **said)

    assert held(world.land, world.binh) is True
    assert held(world.land, world.couple) is True
    assert held(world.land, world.an) is False
    assert held(world.bare, world.binh, kind="USE") is False
    assert held(world.bare, world.binh, kind="MORTGAGE") is True


def test_rights_outside_the_territory_do_not_count(world: World, asker: Asker) -> None:
    """From a parcel that lies inside, whether its holder holds a right in the province: he does, but elsewhere."""
    for parcel, here, expected in ((world.land, world.ward, True), (world.bare, world.commune, False)):
        slots = Slots()
        in_province = (("unit_code", slots.bind("48")),)
        person = Field("it", "holds_right_in", on=frozenset({"population.person"}), arguments=in_province)
        right = Field("nodes", "nodes", (Field("holder", "holder", (person,)), Field("share", "share")))
        wanted = (Field("rights", "rights", (right,), page=slots.page(9)),)
        said: dict[str, Any] = {"slots": slots, "key": {"id": parcel}, "units": [str(here)]}
        question, slots = asker.question(Form.ONE, "land.parcel", wanted, **said)
        found = json.loads(asker.answer([question], slots.values).data[0])["rights"]["nodes"]
        assert {node["holder"]["it"] for node in found if node["holder"]} == {expected}


@pytest.mark.parametrize("said", [{}, {"unit_code": "48", "unit": "01890a5d-ac96-774b-bcce-b302099a8057"}])
def test_exactly_one_unit_is_to_be_said(world: World, asker: Asker, said: dict[str, Any]) -> None:
    with pytest.raises(errors.BadQuestion) as refused:
        derived(asker, "population.person.holds_right_in", world.an, **said)
    assert refused.value.code == "question.key_needed"

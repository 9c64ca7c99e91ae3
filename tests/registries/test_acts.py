"""What happens to parcels, rights and persons, told as one change each and read back."""

from datetime import UTC, datetime, timedelta
from fractions import Fraction
from uuid import uuid4

import pytest

from baseregistry import errors
from baseregistry.registries import values
from baseregistry.registries.acts import Period, change, end, in_order
from baseregistry.registries.declare import PartialDay
from baseregistry.registries.facts import Fact
from baseregistry.registries.land.acts import Merged, merge, subdivide, transfer
from baseregistry.registries.land.rights import RIGHT
from baseregistry.registries.ledger import Kind
from baseregistry.registries.population.acts import Death, register_death
from tests.conftest import Database
from tests.registries.scene import Scene, box, entity

AT = datetime(2023, 5, 4, 2, tzinfo=UTC)
BEFORE = AT - timedelta(microseconds=1)
HAPPENED = Kind.REAL_WORLD_CHANGE


@pytest.fixture
def scene(database: Database) -> Scene:
    return Scene(database)


def pieces(scene: Scene, *numbers: str) -> dict[object, dict[str, object]]:
    known = {"commune": scene.commune, "numbering_commune": scene.commune, "map_sheet": "7"}
    return {
        uuid4(): known | {"parcel_number": number, "geometry": box(10 * place, 0, 10, 10)}
        for place, number in enumerate(numbers)
    }


def on(scene: Scene, parcel: object) -> list[Fact]:
    return [
        fact for name in ("right", "land_use", "block") for fact in scene.standing(f"land.{name}", "parcel", parcel, AT)
    ]


def test_a_split_retires_the_parent_and_carries_rights_uses_and_mortgages_to_each_piece(scene: Scene) -> None:
    parent = scene.parcel("1", geometry=box(0, 0, 20, 10))
    owner, other, bank = scene.person("A"), scene.person("B"), scene.person("C")
    use = scene.right(parent, "1/2", holder=owner)
    scene.right(parent, "1/2", holder=other)
    scene.right(parent, kind="MORTGAGE", holder=bank, encumbers=use)
    scene.state("land.land_use", parcel=parent, purpose="ONT", area=200)
    scene.tell()
    made = pieces(scene, "2", "3")
    scene.tell(subdivide(parent, made, on(scene, parent), AT, uuid4), HAPPENED)

    was, now = scene.now("land.parcel", parent, BEFORE), scene.now("land.parcel", parent, AT)
    assert was is not None
    assert now == was | {"status": "RETIRED"}
    assert on(scene, parent) == []
    for child in made:
        rights = scene.standing("land.right", "parcel", child, AT)
        uses = {fact.values["holder"]: fact for fact in rights if fact.values["kind"] == "USE"}
        (mortgage,) = [fact for fact in rights if fact.values["kind"] == "MORTGAGE"]
        assert {holder: fact.values["share"] for holder, fact in uses.items()} == {owner: "1/2", other: "1/2"}
        assert mortgage.values["encumbers"] == uses[owner].record_id
        (purpose,) = scene.standing("land.land_use", "parcel", child, AT)
        assert (purpose.values["purpose"], purpose.values["area"]) == ("ONT", None)
        (lineage,) = scene.standing("land.lineage", "child", child, AT)
        assert (lineage.values["parent"], lineage.values["kind"]) == (parent, "SPLIT")
    assert scene.findings("land.parcel_overlaps") == []


def test_a_blocked_parcel_is_not_split_or_merged(scene: Scene) -> None:
    parcel = scene.parcel("1")
    stops = {"stops_certificate": False, "stops_transaction": False, "stops_change": True}
    scene.state("land.block", parcel=parcel, document_number="12/QĐ-THA", **stops)
    scene.tell()
    merged = Merged(uuid4(), {})
    for act in (
        lambda: subdivide(parcel, pieces(scene, "2", "3"), on(scene, parcel), AT, uuid4),
        lambda: merge([parcel], merged, on(scene, parcel), AT, uuid4),
    ):
        with pytest.raises(errors.Refused, match="12/QĐ-THA stops changes") as refused:
            act()
        assert refused.value.code == "land.change_blocked"


def test_a_merger_makes_one_parcel_of_two_with_the_rights_that_are_stated(scene: Scene) -> None:
    owner = scene.person()
    parents = [scene.parcel("1", geometry=box(0, 0, 10, 10)), scene.parcel("2", geometry=box(10, 0, 10, 10))]
    for parent in parents:
        scene.right(parent, "1/1", holder=owner)
    scene.tell()
    known = {"commune": scene.commune, "numbering_commune": scene.commune, "map_sheet": "7", "parcel_number": "3"}
    right = (RIGHT, {"kind": "USE", "holder": owner, "share": Fraction(1)})
    merged = Merged(uuid4(), known | {"geometry": box(0, 0, 20, 10)}, [right])
    carried = [fact for parent in parents for fact in on(scene, parent)]
    scene.tell(merge(parents, merged, carried, AT, uuid4), HAPPENED)

    lineage = scene.standing("land.lineage", "child", merged.record_id, AT)
    assert {fact.values["parent"] for fact in lineage} == set(parents)
    (now,) = scene.standing("land.right", "parcel", merged.record_id, AT)
    assert (now.values["holder"], now.values["share"]) == (owner, "1/1")
    assert [on(scene, parent) for parent in parents] == [[], []]


def test_a_right_passes_on_whole_with_its_mortgage(scene: Scene) -> None:
    parcel, buyer = scene.parcel("1"), scene.person("Lê Thị Tư")
    sold = scene.right(parcel, "1/1")
    mortgage = scene.right(parcel, kind="MORTGAGE", encumbers=sold)
    scene.tell()
    right = next(fact for fact in on(scene, parcel) if fact.record_id == sold)
    burdens = scene.standing("land.right", "encumbers", sold, AT)
    scene.tell(transfer(right, {"holder": buyer}, AT, uuid4, burdens), HAPPENED)
    assert scene.now("land.right", sold, BEFORE) is not None
    assert scene.now("land.right", sold, AT) is None
    rights = {fact.values["kind"]: fact for fact in on(scene, parcel)}
    assert (rights["USE"].values["holder"], rights["USE"].values["share"]) == (buyer, "1/1")
    assert rights["MORTGAGE"].record_id == mortgage
    assert rights["MORTGAGE"].values["encumbers"] == rights["USE"].record_id


def test_a_part_of_a_share_passes_on_and_the_rest_stays(scene: Scene) -> None:
    parcel, buyer = scene.parcel("1"), scene.person("Lê Thị Tư")
    sold = scene.right(parcel, "1/2")
    scene.right(parcel, "1/2")
    scene.tell()
    right = next(fact for fact in on(scene, parcel) if fact.record_id == sold)
    with pytest.raises(errors.Refused) as refused:
        transfer(right, {"holder": buyer, "share": Fraction(2, 3)}, AT, uuid4)
    assert refused.value.code == "land.share_too_large"
    scene.tell(transfer(right, {"holder": buyer, "share": Fraction(1, 6)}, AT, uuid4), HAPPENED)
    shares = {fact.record_id: fact.values["share"] for fact in on(scene, parcel)}
    assert shares[sold] == "1/3"
    assert sorted(shares.values()) == ["1/2", "1/3", "1/6"]
    assert scene.findings("land.shares_exceed_one") == []


def test_a_death_is_a_status_an_event_and_the_end_of_residence(scene: Scene) -> None:
    person, spouse = scene.person("A", marital_status="MARRIED"), scene.person("B", marital_status="MARRIED")
    home = scene.state("population.residence", person=person, kind="PERMANENT", commune=scene.commune)
    right = scene.right(scene.parcel("1"), "1/1", holder=person)
    scene.tell()
    day = values.read(PartialDay(), "2023-05", place="death")
    ending = scene.standing("population.residence", "person", person, AT)
    death = Death(person, day, AT, place=scene.commune, entry_number="17")
    scene.tell(register_death(death, ending, uuid4, spouse), HAPPENED)

    late, left = scene.now("population.person", person, AT), scene.now("population.person", spouse, AT)
    assert late is not None
    assert left is not None
    assert (late["status"], values.write(PartialDay(), late["death_date"])) == ("DECEASED", "2023-05")
    assert (late["marital_status"], left["marital_status"]) == ("MARRIED", "WIDOWED")
    (event,) = scene.standing("population.civil_event", "person", person, AT)
    assert (event.values["kind"], event.values["place"], event.values["entry_number"]) == ("KT", scene.commune, "17")
    assert scene.now("population.residence", home, BEFORE) is not None
    assert scene.now("population.residence", home, AT) is None
    assert scene.now("land.right", right, AT) is not None


def test_acts_known_by_their_day_only_keep_their_order_a_microsecond_apart() -> None:
    one, other, tick = uuid4(), uuid4(), timedelta(microseconds=1)
    acts = [
        change(RIGHT, one, Period(AT), {"kind": "USE"}),
        change(RIGHT, other, Period(AT), {"kind": "USE"}),
        change(RIGHT, one, Period(AT), {"kind": "OWNERSHIP"}),
        change(RIGHT, one, Period(AT, AT + 5 * tick), {"kind": "LEASE"}),
        change(RIGHT, one, Period(), {"kind": "LEASE"}),
        change(RIGHT, one, Period(AT + timedelta(days=1)), {"kind": "LEASE"}),
        end(RIGHT, one, AT),
    ]
    ordered = list(in_order(acts))
    begins = [AT, AT, AT + tick, AT, None, AT + timedelta(days=1), AT + 2 * tick]
    assert [act.valid.begin for act in ordered] == begins
    assert [act.valid.end for act in ordered] == [act.valid.end for act in acts]
    assert [(act.verb, act.record_id, act.values) for act in ordered] == [
        (act.verb, act.record_id, act.values) for act in acts
    ]


def test_a_civil_event_names_its_place_also_when_it_is_put_right_after_the_unit_ended(scene: Scene) -> None:
    person, gone = scene.person(), datetime(2025, 7, 1, tzinfo=UTC)
    ended = scene.state("administration.unit", Period(AT, gone), code="20401", name="Xã Cũ", level="COMMUNE")
    birth = {"person": person, "kind": "KS", "place": ended, "entry_number": "12"}
    event = scene.state("population.civil_event", Period(AT), **birth)
    scene.tell()
    later = datetime(2026, 2, 1, tzinfo=UTC)
    right = change(entity("population.civil_event"), event, Period(later), {"entry_number": "21"})
    scene.tell([right], HAPPENED)
    now = scene.now("population.civil_event", event, later)
    assert now is not None
    assert (now["place"], now["entry_number"]) == (ended, "21")

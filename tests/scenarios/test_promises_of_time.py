"""What the register promises about time, as a province's people would say it."""

from datetime import timedelta
from uuid import uuid4

import pytest

from baseregistry import errors
from baseregistry.registries.acts import Period, change, end, in_order, register, retract
from baseregistry.registries.land.acts import transfer
from baseregistry.registries.ledger import Kind
from tests.registries.answer.asking import Asker
from tests.registries.scene import START, Scene, entity
from tests.scenarios.conftest import day

PARCEL, PERSON, RIGHT, UNIT = map(entity, ("land.parcel", "population.person", "land.right", "administration.unit"))
SINCE = Period(START)


def test_a_correction_leaves_what_was_known_before(scene: Scene, asker: Asker) -> None:
    person = scene.person("Nguyễn Văn Sai")
    before = scene.tell().position
    after = scene.tell([change(PERSON, person, SINCE, {"full_name": "Nguyễn Văn Đúng"})], Kind.CORRECTION).position
    names = [
        asker.one("population.person", "full_name", {"position": str(known), "valid_at": "2024-01-01"}, id=str(person))
        for known in (before, after)
    ]
    assert names == [{"full_name": "Nguyễn Văn Sai"}, {"full_name": "Nguyễn Văn Đúng"}]


def test_a_change_in_the_world_leaves_what_was_so_before(scene: Scene, asker: Asker) -> None:
    person = scene.person("Lê Thị Hoa", marital_status="SINGLE")
    scene.tell()
    scene.tell([change(PERSON, person, Period(day(2024, 5)), {"marital_status": "MARRIED"})], Kind.REAL_WORLD_CHANGE)
    said = [
        asker.one("population.person", "marital_status{code}", {"valid_at": moment}, id=str(person))["marital_status"]
        for moment in ("2024-04-30", "2024-05-01")
    ]
    assert [status["code"] for status in said] == ["SINGLE", "MARRIED"]


def test_three_sales_on_one_day_stay_three_versions(scene: Scene, asker: Asker) -> None:
    buyers = [scene.person(name) for name in ("Một", "Hai", "Ba")]
    right = scene.right(scene.parcel("1"))
    scene.tell()
    since = Period(day(2024, 3, 15))  # all that is known of when they were
    sales = [change(RIGHT, right, since, {"holder": buyer}) for buyer in buyers]
    scene.tell(in_order(sales), Kind.REAL_WORLD_CHANGE)
    told = asker.history("land.right", "holder{id} version{valid_from}", key={"id": str(right)})
    assert [version["holder"]["id"] for version in told[1:]] == [str(buyer) for buyer in buyers]
    assert len({version["version"]["valid_from"] for version in told}) == 4
    last = asker.one("land.right", "holder{id}", {"valid_at": "2024-03-15T00:00:00.000002+07:00"}, id=str(right))
    assert last["holder"]["id"] == str(buyers[-1])


def test_what_nobody_touched_stands_on_the_word_it_stood_on(scene: Scene, asker: Asker) -> None:
    parcel = scene.parcel("1", address="Đường Trần Phú")
    first = scene.tell().position
    year = Period(day(2022), day(2023))
    second = scene.tell([change(PARCEL, parcel, year, {"address": "Đường Lê Lợi"})], Kind.CORRECTION).position
    told = asker.history("land.parcel", "version{change{position} written_by{position}}", key={"id": str(parcel)})
    words = [
        (version["version"]["change"]["position"], version["version"]["written_by"]["position"]) for version in told
    ]
    one, two = str(first), str(second)
    assert words == [(one, two), (two, two), (one, two)]


def test_a_right_that_ended_is_still_answered_for_its_time(scene: Scene, asker: Asker) -> None:
    parcel, seller, buyer = scene.parcel("1"), scene.person("Bán"), scene.person("Mua")
    scene.right(parcel, holder=seller)
    scene.tell()
    [fact] = scene.standing("land.right", "parcel", parcel, day(2024))
    scene.tell(transfer(fact, {"holder": buyer}, day(2024, 6), uuid4), Kind.REAL_WORLD_CHANGE)
    for moment, holder in (("2024-05-31", seller), ("2024-06-01", buyer)):
        told = asker.one("land.parcel", "rights{nodes{holder{id}}}", {"valid_at": moment}, id=str(parcel))
        assert told["rights"]["nodes"] == [{"holder": {"id": str(holder)}}]


def test_an_end_does_not_reach_over_what_is_known_for_later_unless_it_says_so(scene: Scene) -> None:
    right = scene.right(scene.parcel("1"))
    scene.tell()
    joint = change(RIGHT, right, Period(day(2025)), {"joint": True})
    scene.tell([joint], Kind.REAL_WORLD_CHANGE)
    with pytest.raises(errors.Conflict) as refusal:
        scene.tell([end(RIGHT, right, day(2024))], Kind.REAL_WORLD_CHANGE)
    assert refusal.value.code == "versions.later_facts_exist"
    assert scene.tell([end(RIGHT, right, day(2024), across=True)], Kind.REAL_WORLD_CHANGE).changed


def test_what_was_never_so_is_gone_from_now_on_and_kept_for_those_who_relied_on_it(scene: Scene, asker: Asker) -> None:
    right = scene.right(scene.parcel("1"))
    before = scene.tell().position
    scene.tell([retract(RIGHT, right)], Kind.RETRACTION)
    assert asker.one("land.right", "id", {"valid_at": "2024-01-01"}, id=str(right)) is None
    relied = {"valid_at": "2024-01-01", "position": str(before)}
    assert asker.one("land.right", "id", relied, id=str(right)) == {"id": str(right)}


def test_a_recycled_code_names_another_unit_at_another_moment(scene: Scene, asker: Asker) -> None:
    old = scene.state(
        "administration.unit", Period(day(2004), day(2025, 7)), code="20401", name="Xã Cũ", level="COMMUNE"
    )
    new = scene.state("administration.unit", Period(day(2025, 7)), code="20401", name="Phường Mới", level="COMMUNE")
    scene.tell()
    for moment, unit in (("2025-06-30", old), ("2025-07-01", new)):
        assert asker.one("administration.unit", "id", {"valid_at": moment}, code="20401") == {"id": str(unit)}


def test_a_code_is_not_held_twice_at_one_moment(scene: Scene) -> None:
    scene.state("administration.unit", Period(day(2004), day(2025, 7)), code="20401", name="Xã Cũ", level="COMMUNE")
    overlap = Period(day(2025, 7) - timedelta(microseconds=1))
    scene.state("administration.unit", overlap, code="20401", name="Phường Mới", level="COMMUNE")
    with pytest.raises(errors.Conflict) as refusal:
        scene.tell()
    assert refusal.value.code == "versions.duplicate_key"


def test_a_reorganisation_is_one_change_that_moves_everything_or_nothing(scene: Scene, asker: Asker) -> None:
    parcels = [scene.parcel(str(number)) for number in range(1, 6)]
    scene.tell()
    reform, new = day(2025, 7), uuid4()
    acts = [
        register(UNIT, new, Period(reform), {"code": "20420", "name": "Phường Hội An Đông", "level": "COMMUNE"}),
        end(UNIT, scene.commune, reform),
        *(change(PARCEL, parcel, Period(reform), {"commune": new}) for parcel in parcels),
    ]
    with pytest.raises(errors.DanglingReference) as refusal:
        scene.tell(acts[:-1], Kind.REORGANISATION)
    assert refusal.value.where["referrers"] == [str(parcels[-1])]
    receipt = scene.tell(acts, Kind.REORGANISATION)
    before, after = (
        asker.many("land.parcel", "nodes{commune{code} numbering_commune{code}}", {"valid_at": moment})["nodes"]
        for moment in ("2025-06-30", "2025-07-01")
    )
    assert [node["commune"]["code"] for node in before] == ["20410"] * 5
    assert [node["commune"]["code"] for node in after] == ["20420"] * 5
    assert [node["numbering_commune"]["code"] for node in after] == ["20410"] * 5, "the commune of its numbering stays"
    assert receipt.entities["land.parcel"].written == 10

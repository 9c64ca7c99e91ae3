"""What the register promises about whose word it is, and that nobody rewrote it."""

from datetime import timedelta
from uuid import uuid4

import pytest
from psycopg.types.range import DateRange

from baseregistry import db, errors
from baseregistry.registries import changes
from baseregistry.registries.acts import Period, change, end, register, retract
from baseregistry.registries.ledger import Document, Kind, Provenance
from baseregistry.registries.population.acts import Death, register_death
from baseregistry.registries.redaction import Redaction, redact
from baseregistry.registries.verification import verify
from tests.registries.answer.asking import Asker
from tests.registries.scene import START, Scene, entity
from tests.scenarios.conftest import day

PERSON, IDENTIFIER, PARCEL = map(entity, ("population.person", "population.identifier", "land.parcel"))
SINCE = Period(START)


def test_nobody_approves_his_own_correction(scene: Scene) -> None:
    person = scene.person()
    scene.tell()
    alone = Provenance(kind=Kind.CORRECTION, agency="Sở", recorded_by="an", approved_by="an")
    with db.writing(scene.database.engine) as writing, pytest.raises(errors.Refused) as refusal:
        changes.record(
            writing, scene.database.installation, alone, [change(PERSON, person, SINCE, {"full_name": "Khác"})]
        )
    assert refusal.value.code == "ledger.four_eyes"


def test_every_fact_says_on_whose_word_it_stands(scene: Scene, asker: Asker) -> None:
    person = uuid4()
    word = Provenance(
        kind=Kind.REGISTRATION,
        agency="Công an phường Hội An",
        recorded_by="an",
        document=Document("12/GKS", day(2024, 3, 12).date(), bytes(32)),
        legal_basis="Luật 60/2014/QH13",
        source_recorded_at=day(2024, 3, 12),
    )
    with db.writing(scene.database.engine) as writing:
        act = register(PERSON, person, SINCE, {"full_name": "Bé", "status": "ALIVE"})
        changes.record(writing, scene.database.installation, word, [act])
    told = asker.one("population.person", "version{change{agency document_number legal_basis}}", id=str(person))
    assert told["version"]["change"] == {
        "agency": "Công an phường Hội An",
        "document_number": "12/GKS",
        "legal_basis": "Luật 60/2014/QH13",
    }


def test_a_dead_person_is_still_found_and_his_rights_wait_for_the_heirs(scene: Scene, asker: Asker) -> None:
    person, parcel = scene.person("Trần Văn Già"), scene.parcel("1")
    scene.right(parcel, holder=person)
    scene.state("population.residence", person=person, commune=scene.commune, kind="PERMANENT")
    scene.tell()
    ending = scene.standing("population.residence", "person", person, day(2024))
    died = day(2024, 2, 1)
    death = Death(person, DateRange(died.date(), (died + timedelta(days=1)).date()), died, scene.commune)
    scene.tell(register_death(death, ending, uuid4), Kind.REAL_WORLD_CHANGE)
    told = asker.one(
        "population.person", "status{code} residences{nodes{id}} rights{nodes{parcel{id}}}", id=str(person)
    )
    assert told["status"]["code"] == "DECEASED"
    assert told["residences"]["nodes"] == []
    assert told["rights"]["nodes"] == [{"parcel": {"id": str(parcel)}}]


def test_a_personal_id_belongs_to_one_person_at_a_time_and_a_cancelled_one_still_finds_him(
    scene: Scene, asker: Asker
) -> None:
    first, second = scene.person("Thứ Nhất"), scene.person("Thứ Hai")
    held = {"scheme": "PERSONAL_ID", "number": "049095001234", "status": "IN_USE"}
    number = scene.state("population.identifier", person=first, **held)
    scene.tell()
    scene.state("population.identifier", person=second, **held)
    with pytest.raises(errors.Conflict) as refusal:
        scene.tell()
    assert refusal.value.code == "versions.duplicate_key"
    scene.tell([change(IDENTIFIER, number, Period(day(2024)), {"status": "CANCELLED"})], Kind.REAL_WORLD_CHANGE)
    told = asker.one("population.person", "full_name", personal_id="049095001234")
    assert told == {"full_name": "Thứ Nhất"}


def test_nobody_gets_more_of_a_parcel_than_there_is(scene: Scene) -> None:
    parcel = scene.parcel("1")
    scene.right(parcel, "2/3")
    scene.tell()
    scene.right(parcel, "1/3")
    assert scene.tell().changed
    scene.right(parcel, "1/1000000")
    with pytest.raises(errors.RuleBroken) as refusal:
        scene.tell()
    assert refusal.value.code == "land.shares_exceed_one"


def test_a_share_is_a_share_of_its_moment(scene: Scene) -> None:
    """One third ends on the day on which another begins: never more than a whole."""
    parcel = scene.parcel("1")
    scene.right(parcel, "2/3")
    scene.right(parcel, "1/3", Period(START, day(2024)))
    scene.right(parcel, "1/3", Period(day(2024)))
    assert scene.tell().changed
    scene.right(parcel, "1/3", Period(day(2024) - timedelta(microseconds=1), day(2024)))
    with pytest.raises(errors.RuleBroken):
        scene.tell()


def test_what_is_still_referred_to_is_not_taken_away(scene: Scene) -> None:
    parcel = scene.parcel("1")
    scene.right(parcel)
    scene.tell()
    with pytest.raises(errors.DanglingReference) as refusal:
        scene.tell([retract(PARCEL, parcel)], Kind.RETRACTION)
    assert "land.right.parcel" in refusal.value.message


def test_a_death_is_a_status_and_no_record_of_a_person_ends(scene: Scene, asker: Asker) -> None:
    person = scene.person("Trần Văn Già")
    scene.tell()
    with pytest.raises(errors.Refused) as refusal:
        scene.tell([end(PERSON, person, day(2024))], Kind.REAL_WORLD_CHANGE)
    assert refusal.value.code == "acts.not_a_relation"
    scene.tell([change(PERSON, person, Period(day(2024)), {"status": "DECEASED"})], Kind.REAL_WORLD_CHANGE)
    told = asker.one("population.person", "full_name status{code}", {"valid_at": "2025-01-01"}, id=str(person))
    assert told == {"full_name": "Trần Văn Già", "status": {"code": "DECEASED"}}


def test_a_value_destroyed_by_law_is_gone_and_the_ledger_is_still_true(scene: Scene, asker: Asker) -> None:
    person = scene.person("Người Được Bảo Vệ")
    before = scene.tell().position
    law = Provenance(
        kind=Kind.REDACTION, agency="Bộ Công an", recorded_by="an", approved_by="bình", legal_basis="Luật 91/2025/QH15"
    )
    with db.writing(scene.database.engine) as writing:
        redact(writing, scene.database.installation, law, [Redaction(PERSON, person, ("full_name",))])
    for as_of in ({}, {"position": str(before)}):
        told = asker.one("population.person", "full_name status{code} version{redacted}", as_of, id=str(person))
        assert told["full_name"] is None
        assert told["status"]["code"] == "ALIVE"
        assert told["version"]["redacted"] == ["full_name"]
    with db.reading(scene.database.engine) as reading:
        assert verify(reading, scene.database.installation).sound

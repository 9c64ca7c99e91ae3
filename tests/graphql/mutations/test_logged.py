"""What a mutation tells of people is in the access log before it leaves, as every answer is."""

from collections.abc import Iterator
from contextlib import contextmanager
from hashlib import sha256
from typing import Any

import pytest
import sqlalchemy as sa

from baseregistry import db, errors
from baseregistry.access.askers import Askers
from baseregistry.access.log.unpacking import caught_up
from baseregistry.access.log.verification import verify
from baseregistry.graphql.http import Endpoint
from tests.access.known import Opened, asked_by
from tests.graphql.mutations.agency import Agency, change

PATHS = ("person.record", "person.fullName", "person.version", "person.birthDate")
RECORD = """mutation R($input: ChangeInput!) { recordChange(input: $input) {
 position changed { id ... on Person { fullName birthDate } } } }"""
PERSON = {"fullName": "Trần Thị Bình", "birthDate": "1956", "sex": "F", "status": "ALIVE"}
REQUESTS = "SELECT * FROM access_request q JOIN access_context c ON c.digest = q.context ORDER BY position, place"


def person(**values: str) -> dict[str, Any]:
    return {"registerPerson": {"from": "1997-01-01", "values": {**PERSON, **values}}}


@contextmanager
def granted(agency: Agency, *paths: str) -> Iterator[Endpoint]:
    endpoint = agency.service.graphql
    assert isinstance(endpoint, Endpoint)
    with asked_by(endpoint, Askers(endpoint.askers.verifier, Opened(frozenset(paths)))):
        yield endpoint


def rows(agency: Agency, statement: str) -> list[Any]:
    caught_up(agency.database.engine)
    caught_up(agency.database.engine)
    with db.reading(agency.database.engine) as reading:
        assert verify(reading).problems == []
    with agency.database.engine.connect() as connection:
        return list(connection.execute(sa.text(statement)))


def test_the_records_that_are_told_back_are_logged(agency: Agency) -> None:
    with granted(agency, *PATHS):
        said = change(person())
        response = agency.send(RECORD, {"input": said}, headers={"x-purpose": "1.004238", "x-case": "HS-7"})
        again = agency.send(RECORD, {"input": said}, headers={"x-purpose": "1.004238"})
    (told,) = response.json()["data"]["recordChange"]["changed"]
    assert (told["fullName"], b"$k" in response.content) == ("Trần Thị Bình", False)
    first, replayed = rows(agency, REQUESTS)
    assert (first.form, first.case_id, first.status, first.records) == ("change", "HS-7", 200, 1)
    assert bytes(first.answer) == sha256(response.content).digest()
    assert first.grants[0]["law"] == "Luật Đất đai 2024"
    assert first.known == response.json()["data"]["recordChange"]["position"]
    assert (replayed.records, bytes(replayed.answer)) == (1, sha256(again.content).digest()), "told again, logged again"
    seen = rows(agency, "SELECT * FROM access_seen ORDER BY position")
    assert [(one.entity, one.fields, str(one.subject)) for one in seen] == [
        ("population.person", ["full_name", "birth_date"], told["id"])
    ] * 2


def test_of_several_changes_each_level_is_its_own(agency: Agency) -> None:
    text = """mutation R($a: ChangeInput!, $b: ChangeInput!) {
     a: recordChange(input: $a) { changed { ... on Person { fullName } } }
     b: recordChange(input: $b) { changed { ... on Person { birthDate } } } }"""
    with granted(agency, *PATHS):
        said = {"a": change(person()), "b": change(person(fullName="Lê Văn Cường"))}
        data = agency.send(text, said, headers={"x-purpose": "1.004238"}).json()["data"]
    assert (data["a"]["changed"], data["b"]["changed"]) == ([{"fullName": "Trần Thị Bình"}], [{"birthDate": "1956"}])
    seen = rows(agency, "SELECT * FROM access_seen ORDER BY fields")
    assert [one.fields for one in seen] == [["birth_date"], ["full_name"]]
    assert len(rows(agency, REQUESTS)) == 1


def test_what_is_not_granted_is_refused_before_anything_is_recorded(agency: Agency) -> None:
    with granted(agency, "person.record", "person.fullName"):
        body = agency.send(RECORD, {"input": change(person())}, headers={"x-purpose": "1.004238"}).json()
    assert body["errors"][0]["extensions"]["where"]["missing"] == ["person.birthDate"]
    assert agency.head() == 0
    assert [one.form for one in rows(agency, REQUESTS)] == ["refusal"]


def test_what_cannot_be_logged_is_not_told_and_stands(agency: Agency, monkeypatch: pytest.MonkeyPatch) -> None:
    async def away(*_: object) -> None:
        raise errors.Unavailable("The access log cannot be written.", code="access.log_unavailable")

    said = change(person())
    with granted(agency, *PATHS) as endpoint:
        with monkeypatch.context() as patched:
            patched.setattr(endpoint.door.log, "keep", away)
            refused = agency.send(RECORD, {"input": said}, headers={"x-purpose": "1.004238"})
        assert (refused.status_code, "Bình" in refused.text) == (503, False)
        assert agency.head() == 1
        again = agency.send(RECORD, {"input": said}, headers={"x-purpose": "1.004238"}).json()
    assert again["data"]["recordChange"]["changed"][0]["fullName"] == "Trần Thị Bình"


def test_an_answer_is_told_back_as_far_as_it_is_granted(agency: Agency) -> None:
    text = (
        RECORD.replace("{ id ...", "{ ...")
        .replace("fullName birthDate", "ageIsAtLeast(years: $years)")
        .replace("ChangeInput!", "ChangeInput!, $years: Int!")
    )
    with granted(agency, "person.record", "person.ageIsAtLeast.years18"):
        said = {"input": change(person()), "years": 17}
        refused = agency.send(text, said, headers={"x-purpose": "1.004238"}).json()
        assert refused["errors"][0]["extensions"]["where"]["missing"] == ["person.ageIsAtLeast"]
        assert agency.head() == 0

"""Trusted documents: registered after a check, called by their SHA-256 alone, under their purpose, until withdrawn."""

import dataclasses
import json
import time
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa

from baseregistry import db, errors
from baseregistry.access import registering, tokens
from baseregistry.commands import breaking, edge
from baseregistry.migrations import run as migrations
from baseregistry.registries import installation as installations
from baseregistry.registries.declare import Declarations
from baseregistry.registries.verification import verify
from tests.access.register import Register
from tests.access.releases import AREA, CHANGES, SHEET, Release, digest, manifest_file
from tests.commands.test_edge import run
from tests.conftest import Database


@pytest.fixture
def register(database: Database) -> Register:
    """The tax department may see the map sheets of all parcels, and one of them has the number `PARCEL`."""
    made = Register(database)
    made.before()
    made.callers()
    made.grant("sheets", "parcel.nationalParcelId", "parcel.mapSheet", "parcel.changes", "parcel.status")
    where = {"commune": str(made.id("A")), "numbering_commune": str(made.id("A"))}
    said = {"map_sheet": "7", "parcel_number": "1", "status": "CURRENT", "national_parcel_id": "PID-1", **where}
    made.write(made.register("land.parcel", "parcel", **said))
    return made


@pytest.fixture
def release(register: Register, tmp_path: Path) -> Release:
    return Release(register.database, tmp_path)


def trusted_only(register: Register) -> None:
    register.write(register.change("access.client", "tax", datetime.now(UTC), trusted_only=True))


def sheet(response: Any) -> Any:
    assert response.status_code == 200, response.text
    return response.json()["data"]["parcel"]["mapSheet"]


N = {"n": "PID-1"}


def test_a_registered_document_is_called_by_its_hash_under_its_purpose(release: Release) -> None:
    release.register(SHEET)
    with release.serving() as serving:
        assert sheet(serving.call(SHEET, N)) == "7"
        assert sheet(serving.call(SHEET, N, x_purpose="land-tax")) == "7"
        apq = {"persistedQuery": {"version": 1, "sha256Hash": digest(SHEET)}}
        assert sheet(serving.send({"extensions": apq, "variables": N})) == "7"
        by_get = {"documentId": f"sha256:{digest(SHEET)}", "variables": json.dumps(N)}
        assert sheet(serving.send(by_get, "GET")) == "7"
        refused = serving.call(SHEET, N, x_purpose="other")
        assert (refused.status_code, serving.code(refused)) == (403, "access.unknown_purpose")


def test_it_is_found_after_a_restart_and_in_another_worker_without_its_text(release: Release) -> None:
    release.register(SHEET)
    for _ in range(2):
        with release.serving() as serving, release.serving() as other:
            assert sheet(serving.call(SHEET, N)) == "7"
            assert sheet(other.call(SHEET, N)) == "7"


def test_a_purpose_that_contradicts_the_registered_one_is_refused(register: Register, release: Release) -> None:
    other = {"title_vi": "Khác", "kind": "TASK", "legal_basis": "Luật", "status": "ACTIVE"}
    register.write(register.register("access.purpose", "other", code="other", **other))
    said = {"agency": str(register.id("department")), "purpose": str(register.id("other"))}
    grant = register.register(
        "access.grant", "of other", name="of other", legal_basis="Điều 2", everywhere=True, **said
    )
    path = {"of_grant": str(register.id("of other")), "path": "parcel.*", "masked": False}
    register.write(grant, register.register("access.granted_path", "of other *", **path))
    release.register(SHEET)
    with release.serving() as serving:
        refused = serving.call(SHEET, N, x_purpose="other")
        assert (refused.status_code, serving.code(refused)) == (403, "access.other_purpose")
        release.register(SHEET, name="2", purpose="other")
        serving.renew()
        refused = serving.call(SHEET, N)
        assert (refused.status_code, serving.code(refused)) == (400, "access.which_purpose")
        assert sheet(serving.call(SHEET, N, x_purpose="other")) == "7"
        assert sheet(serving.call(SHEET, N, x_purpose="land-tax")) == "7"


def test_a_client_of_trusted_documents_alone_may_ask_nothing_else(register: Register, release: Release) -> None:
    """By every form of a request."""
    release.register(SHEET, CHANGES)
    trusted_only(register)
    unknown, text = {"documentId": "sha256:" + 64 * "0"}, {"query": SHEET, "variables": N}
    both = {**text, "documentId": f"sha256:{digest(SHEET)}"}
    with release.serving() as serving:
        assert sheet(serving.call(SHEET, N)) == "7"
        for said in (unknown, text, both, {"query": "{ __typename }"}, {"query": "mutation M { __typename }"}):
            refused = serving.send(said, x_purpose="land-tax")
            assert (refused.status_code, serving.code(refused)) == (403, "access.not_trusted"), said
        refused = serving.send({"query": "{ __typename }"}, "GET")
        assert (refused.status_code, serving.code(refused)) == (403, "access.not_trusted")
        trusted = {"documentId": f"sha256:{digest(SHEET)}", "variables": N}
        told = serving.send([trusted, text, unknown]).json()
        assert told[0]["data"]["parcel"]["mapSheet"] == "7"
        assert [one["errors"][0]["extensions"]["code"] for one in told[1:]] == ["access.not_trusted"] * 2
        sets = serving.send({**text, "variables": [N, N]}).json()
        assert sets[0]["errors"][0]["extensions"]["code"] == "access.not_trusted"
        sets = serving.send({**trusted, "variables": [N, N]}).json()
        assert [one["data"]["parcel"]["mapSheet"] for one in sets] == ["7", "7"]
        refused = serving.send({"query": CHANGES}, accept="text/event-stream")
        assert (refused.status_code, serving.code(refused)) == (403, "access.not_trusted")


def test_a_refusal_is_in_the_access_log(register: Register, release: Release) -> None:
    release.register(SHEET)
    trusted_only(register)
    with release.serving() as serving:
        assert serving.send({"query": SHEET, "variables": N}, x_purpose="land-tax").status_code == 403
        assert sheet(serving.call(SHEET, N)) == "7"
    found = asked_in_log(register.database, 2)
    assert [(row.status, row.code, row.purpose) for row in found] == [
        (403, "access.not_trusted", "land-tax"),
        (200, None, "land-tax"),
    ]


def asked_in_log(database: Database, count: int) -> list[Any]:
    """The requests in the log, once there are `count`: its rows are filled a moment after the commit."""
    statement = "SELECT status, code, purpose FROM access_request r JOIN access_context c ON c.digest = r.context ORDER BY position, place"
    for _ in range(100):
        with database.engine.connect() as connection:
            found = list(connection.execute(sa.text(statement)))
        if len(found) >= count:
            break
        time.sleep(0.1)
    return found


def test_a_withdrawn_manifest_is_called_no_more_and_others_still_are(register: Register, release: Release) -> None:
    release.register(SHEET, name="1")
    release.register(SHEET, CHANGES, name="2")
    trusted_only(register)
    with release.serving() as serving:
        release.withdraw("1")
        serving.renew()
        assert sheet(serving.call(SHEET, N)) == "7"
        release.withdraw("2")
        serving.renew()
        assert serving.code(serving.call(SHEET, N)) == "access.not_trusted"
    with pytest.raises(errors.NotFound):
        release.withdraw("2")
    with db.reading(register.database.engine) as reading:
        assert registering.listed(reading) == []
        assert verify(reading, register.database.installation).problems == []


def test_a_grant_that_ended_ends_it(register: Register, release: Release) -> None:
    release.register(SHEET)
    with release.serving() as serving:
        assert sheet(serving.call(SHEET, N)) == "7"
        register.write(register.end("access.granted_path", "sheets parcel.mapSheet", datetime.now(UTC)))
        serving.renew()
        refused = serving.call(SHEET, N)
        assert (refused.status_code, serving.code(refused)) == (403, "access.field_not_granted")


def test_registration_refuses_with_the_whole_list_of_what_is_missing(release: Release) -> None:
    person = "query Who($id: ID!) { person(id: $id) { fullName birthDay } }"
    unknown = "query Nothing { nothing }"
    dear = "query Dear { parcels(first: 1000) { nodes { mapSheet rights(first: 1000) { nodes { id } } } } }"
    nameless = "query Two { __typename } query Other { __typename }"
    with pytest.raises(errors.Refused) as refused:
        release.register(SHEET, AREA, person, unknown, dear, nameless)
    assert refused.value.code == "access.manifest_refused"
    said = list(refused.value.where.values())
    assert len(said) == 5
    told = {place.split("(")[1].rstrip(")"): str(reason) for place, reason in refused.value.where.items()}
    assert "parcel.documentedArea" in told["Area"]
    assert "access.field_not_granted" in told["Area"]
    assert "mapSheet" not in told["Area"]
    assert "Cannot query field 'nothing'" in told["Nothing"]
    assert "question.too_many_rows" in told["Dear"] or "question.too_costly" in told["Dear"]
    assert "access.bad_document" in told["Two"]
    assert "Who" in told
    with release.database.engine.connect() as connection:
        assert connection.execute(sa.text("SELECT count(*) FROM access_document")).scalar_one() == 0


def test_what_was_checked_is_frozen_in_the_register(register: Register, release: Release) -> None:
    position = release.register(SHEET, CHANGES)
    assert position is not None
    assert release.register(SHEET, CHANGES) is None  # the same release again
    with pytest.raises(errors.Conflict) as refused:
        release.register(CHANGES)
    assert refused.value.code == "access.manifest_exists"
    with register.database.engine.connect() as connection:
        rows = connection.execute(sa.text("SELECT * FROM access_trusted_document ORDER BY operation")).all()
        ledger = connection.execute(
            sa.text("SELECT recorded_by, approved_by FROM ledger_change WHERE position = :position"),
            {"position": position},
        ).one()
    assert tuple(ledger) == ("lan.tran", "minh.le")
    assert [row.operation for row in rows] == ["Changes", "Sheet"]
    assert rows[1].paths.split() == ["parcel.mapSheet", "parcel.nationalParcelId"]
    assert rows[1].cost > 0
    assert rows[1].sha256 == digest(SHEET)


def test_a_text_cannot_be_another_one_and_is_never_changed(release: Release) -> None:
    release.register(SHEET)
    for statement in (
        "INSERT INTO access_document VALUES (sha256('a'), 'b')",
        "UPDATE access_document SET text = 'b'",
        "DELETE FROM access_document",
        "TRUNCATE access_document",
    ):
        with pytest.raises(sa.exc.DBAPIError), release.database.engine.begin() as connection:
            connection.execute(sa.text(statement))


def lost(declarations: Declarations, entity: str, attribute: str) -> Declarations:
    """The declarations without one attribute."""
    registries = []
    for registry in declarations.registries:
        kept = [
            dataclasses.replace(one, attributes=tuple(a for a in one.attributes if a.name != attribute))
            if one.full_name == entity
            else one
            for one in registry.entities
        ]
        registries.append(dataclasses.replace(registry, entities=tuple(kept)))
    return Declarations(tuple(registries), declarations.edition)


def test_a_migration_that_breaks_a_document_is_refused_with_its_client_and_reason(
    register: Register, release: Release, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    register.grant("areas", "parcel.nationalParcelId", "parcel.mapSheet", "parcel.documentedArea")
    release.register(SHEET, AREA, name="2026.1")
    database, settings = register.database, release.settings
    agreement = breaking.Agreement(settings)
    assert migrations.upgrade(database.engine, database.installation, agreement) == []  # nothing breaks
    changed = lost(database.installation.declarations, "land.parcel", "documented_area")
    monkeypatch.setattr(installations, "DECLARATIONS", changed)
    with pytest.raises(errors.Refused) as refused:
        migrations.upgrade(database.engine, database.installation, agreement)
    assert refused.value.code == "migrations.breaks_documents"
    ((named, reason),) = refused.value.where.items()
    assert named == "tax 2026.1 Area"
    assert "Cannot query field 'documentedArea' on type 'Parcel'" in str(reason)
    migrations.upgrade(database.engine, database.installation, breaking.Agreement(settings, to_break=True))
    assert "broken: tax 2026.1 Area: question.invalid" in capsys.readouterr().err
    release.withdraw("2026.1")
    assert breaking.of_database(database.engine, database.installation, settings) == []


def test_a_refused_migration_leaves_the_database_as_it_was(database: Database) -> None:
    def refuse(connection: sa.Connection) -> None:
        connection.execute(sa.text("CREATE TABLE left_behind ()"))
        raise errors.Refused("no")

    with pytest.raises(errors.Refused):
        migrations.upgrade(database.engine, database.installation, refuse)
    with database.engine.connect() as connection:
        assert connection.execute(sa.text("SELECT to_regclass('left_behind')")).scalar_one() is None


def test_the_commands_register_list_and_withdraw(release: Release, tmp_path: Path) -> None:
    file = manifest_file(tmp_path, SHEET, kind="relay")
    variables = {"BASEREGISTRY_DATABASE_URL": release.database.url, "BASEREGISTRY_DATA": str(tmp_path)}
    ordered = ("access", "manifest", str(file), "--client", "tax", "--purpose", "land-tax", "--name", "1.0")
    alone = run(*ordered, **variables)
    assert (alone.returncode, "access.four_eyes" in alone.stderr) == (edge.REFUSED, True)
    tried = run(*ordered, "--dry-run", "--json", **variables)
    assert tried.returncode == edge.DONE, tried.stderr
    assert json.loads(tried.stdout)["documents"][0]["operation"] == "Sheet"
    signed = []
    for person, option in (("lan.tran", "--token-file"), ("minh.le", "--approved-token-file")):
        token = tmp_path / person
        token.write_text(tokens.issue(release.settings, person, 1, "tax"))
        signed += [option, str(token)]
    done = run(*ordered, *signed, **variables)
    assert done.returncode == edge.DONE, done.stderr
    assert "Registered 1 documents of tax as 1.0" in done.stdout
    (listed,) = json.loads(run("access", "manifests", "--json", **variables).stdout)
    assert (listed["client"], listed["name"], listed["documents"], listed["purposes"]) == ("tax", "1.0", 1, "land-tax")
    withdrawn = run("access", "withdraw", "1.0", "--client", "tax", *signed, **variables)
    assert withdrawn.returncode == edge.DONE, withdrawn.stderr
    assert json.loads(run("access", "manifests", "--json", **variables).stdout) == []

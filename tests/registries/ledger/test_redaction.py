"""A value destroyed by law: gone from every version that held it, and the ledger still true."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date
from typing import Any
from uuid import UUID, uuid4

import pytest
import sqlalchemy as sa

from baseregistry import cluster, db, errors, naming
from baseregistry.db import Reading
from baseregistry.registries.acts import Period, change, register
from baseregistry.registries.changes import Receipt
from baseregistry.registries.ledger import Kind
from baseregistry.registries.redaction import Redaction, redact
from baseregistry.registries.verification import Problem, verify
from tests.registries.ledger.register import LINK, PLACE, SCHEMA, THING, Example, Ground, period, provenance, say

LAW = {"sort": Kind.REDACTION, "legal_basis": "Law 91/2025/QH15, art. 14"}
SINCE = date(1956, 1, 1), date(1957, 1, 1)


def destroy(ground: Ground, *redactions: Redaction, **more: Any) -> Receipt:
    with db.writing(ground.engine) as writing:
        return redact(writing, ground.installation, provenance(**(LAW | more)), redactions)


def problems(ground: Ground) -> list[Problem]:
    with db.reading(ground.engine) as reading:
        return verify(reading, ground.installation).problems


@pytest.fixture
def person(ground: Ground) -> UUID:
    """A thing with three versions, two of them believed, and one more position."""
    record, where = uuid4(), uuid4()
    say(ground, register(PLACE, where, Period(), {"code": where.hex}))
    say(ground, register(THING, record, period(2, None), {"name": "Lê Thị Bí Mật", "n": 7, "place": where}))
    say(ground, change(THING, record, period(5, None), {"n": 8}))
    return record


def versions(ground: Ground, record: UUID, columns: str, table: str = "test_thing") -> list[Any]:
    order = "ORDER BY recorded_from, valid"
    return ground.rows(f"SELECT {columns} FROM {table} WHERE record_id = :record {order}", {"record": record})


def test_a_value_destroyed_is_gone_everywhere_and_all_digests_stay_true(ground: Ground, person: UUID) -> None:
    before = versions(ground, person, "digest, n, place, valid, recorded_from, recorded_to, change")
    receipt = destroy(ground, Redaction(THING, person, ("name",)))
    assert receipt.position == ground.head()
    after = versions(ground, person, "digest, n, place, valid, recorded_from, recorded_to, change")
    assert after == before, "nothing but the value and the salts is touched"
    assert [tuple(row) for row in versions(ground, person, "name, salt")] == [(None, None)] * 3
    for row in versions(ground, person, "salts, redacted"):
        assert set(row.redacted) == {"name"}
        assert set(row.salts) == {"n", "place"}
    assert problems(ground) == []
    assert "Bí Mật" not in str(versions(ground, person, "test_thing.*"))


def test_the_ledger_says_what_was_destroyed_and_by_which_law(ground: Ground, person: UUID) -> None:
    position = destroy(ground, Redaction(THING, person, ("name", "n"))).position
    row = ground.rows("SELECT kind, legal_basis, redactions FROM ledger_change WHERE position = :p", {"p": position})[0]
    assert (row.kind, row.legal_basis) == ("REDACTION", LAW["legal_basis"])
    said = [(item["record"], item["attribute"], item["versions"]) for item in row.redactions]
    assert said == [(str(person), "name", 3), (str(person), "n", 3)]


def test_every_kind_of_value_can_be_destroyed_one_after_the_other(ground: Ground) -> None:
    example, record, owner = Example(), uuid4(), uuid4()
    facts = {"mark": "x", "turn": 1, "share": "1/2", "open": True, "day": SINCE[0]}
    values = {name: example.told(name, value) for name, value in facts.items()}
    spot = {
        name: example.told(name, value) for name, value in (("since", SINCE), ("spot", "POINT (1 2)"), ("size", "1.5"))
    }
    say(ground, register(PLACE, owner, Period(), {"code": owner.hex, **spot}))
    say(ground, register(LINK, record, period(3, 9), values | {"owner": owner}))
    for entity, target in ((LINK, record), (PLACE, owner)):
        for name in [attribute.name for attribute in entity.attributes if attribute.name != "keeper"]:
            destroy(ground, Redaction(entity, target, (name,)))
            assert problems(ground) == [], name
        columns = ", ".join(entity.by_name)
        assert set(versions(ground, target, columns, naming.table(entity.full_name))[0]) == {None}


def test_a_remainder_of_a_redacted_version_stays_redacted(ground: Ground, person: UUID) -> None:
    destroy(ground, Redaction(THING, person, ("name",)))
    say(ground, change(THING, person, period(3, 4), {"n": 9}))
    assert not say(ground, change(THING, person, period(3, 4), {"n": 9})).changed
    rows = versions(ground, person, "name, redacted, recorded_to")
    assert [(row.name, set(row.redacted)) for row in rows if row.recorded_to is None] == [(None, {"name"})] * 4
    assert problems(ground) == []


def test_what_is_stated_anew_is_a_value_again(ground: Ground, person: UUID) -> None:
    destroy(ground, Redaction(THING, person, ("name",)))
    say(ground, change(THING, person, period(2, None), {"name": "Lê Thị Mới"}, across=True))
    believed = [row for row in versions(ground, person, "name, redacted, recorded_to") if row.recorded_to is None]
    assert [(row.name, row.redacted) for row in believed] == [("Lê Thị Mới", None)] * 2
    assert problems(ground) == []
    destroy(ground, Redaction(THING, person, ("name",)))
    assert {row.name for row in versions(ground, person, "name")} == {None}
    assert problems(ground) == []


def test_a_redaction_needs_a_law_an_approver_and_a_value(ground: Ground, person: UUID) -> None:
    name = Redaction(THING, person, ("name",))
    refusals: list[tuple[str, Redaction, dict[str, Any]]] = [
        ("ledger.redaction_needs_law", name, {"legal_basis": None}),
        ("ledger.redaction_needs_law", name, {"legal_basis": " "}),
        ("ledger.redaction_needs_law", name, {"sort": Kind.CORRECTION}),
        ("ledger.four_eyes", name, {"approved_by": "an"}),
        ("versions.nothing_there", Redaction(THING, uuid4(), ("name",)), {}),
        ("versions.nothing_there", Redaction(THING, person, ("name", "last")), {}),
        ("input.unknown_attribute", Redaction(THING, person, ("size",)), {}),
    ]
    for code, redaction, more in refusals:
        before = ground.head()
        with pytest.raises(errors.RegisterError) as refusal:
            destroy(ground, redaction, **more)
        assert refusal.value.code == code
        assert ground.head() == before
    assert {row.name for row in versions(ground, person, "name")} == {"Lê Thị Bí Mật"}


def test_a_refused_redaction_that_the_caller_survives_destroys_nothing(ground: Ground, person: UUID) -> None:
    half = Redaction(THING, person, ("name", "last"))
    with db.writing(ground.engine) as writing, pytest.raises(errors.NotFound):
        redact(writing, ground.installation, provenance(Kind.REDACTION, legal_basis="Law"), [half])
    assert {row.name for row in versions(ground, person, "name")} == {"Lê Thị Bí Mật"}
    assert problems(ground) == []


# --- behind the service's back -------------------------------------------------------------------------


@contextmanager
def behind(running: cluster.Cluster, ground: Ground, *statements: str) -> Iterator[Reading]:
    engine = db.engine(running.url(ground.name, "postgres"), SCHEMA)
    try:
        with engine.connect() as connection:
            connection.exec_driver_sql("SET LOCAL session_replication_role = replica")
            for statement in statements:
                assert connection.execute(sa.text(statement)).rowcount > 0
            yield Reading(connection)
            connection.rollback()
    finally:
        engine.dispose()


def test_a_value_put_back_beside_its_redaction_is_found(
    ground: Ground, running_cluster: cluster.Cluster, person: UUID
) -> None:
    destroy(ground, Redaction(THING, person, ("name",)))
    forged = f"UPDATE test_thing SET name = 'Forged' WHERE record_id = '{person}'"
    with behind(running_cluster, ground, forged) as reading:
        found = verify(reading, ground.installation).problems
    assert {problem.record_id for problem in found} == {str(person)}


def test_a_version_brought_back_from_a_backup_is_found(
    ground: Ground, running_cluster: cluster.Cluster, person: UUID
) -> None:
    """Its digest is right: it is the value that the law destroyed."""
    backup = f"CREATE TABLE backup_{person.hex} AS SELECT * FROM test_thing WHERE record_id = '{person}'"
    with ground.engine.begin() as connection:
        connection.exec_driver_sql(backup)
    destroy(ground, Redaction(THING, person, ("name",)))
    back = (
        f"UPDATE test_thing t SET name = b.name, salt = b.salt, salts = NULL, redacted = NULL FROM backup_{person.hex} b"
        " WHERE b.record_id = t.record_id AND b.recorded_from = t.recorded_from AND b.valid = t.valid"
    )
    with behind(running_cluster, ground, back) as reading:
        found = verify(reading, ground.installation).problems
    assert {problem.record_id for problem in found} == {str(person)}
    assert "destroyed" in found[0].message


def test_a_redaction_that_the_ledger_does_not_know_is_found(
    ground: Ground, running_cluster: cluster.Cluster, person: UUID
) -> None:
    """Done as the service does it, every digest is true; but nobody said by which law."""
    secret = (
        "UPDATE test_thing SET redacted = jsonb_build_object('name', encode(sha256(sha256(salt || 'name'::bytea)"
        " || convert_to(name, 'UTF8')), 'hex')), salts = jsonb_build_object('n', encode(sha256(salt || 'n'::bytea), 'hex'),"
        " 'place', encode(sha256(salt || 'place'::bytea), 'hex')), name = NULL, salt = NULL"
        f" WHERE record_id = '{person}'"
    )
    with behind(running_cluster, ground, secret) as reading:
        found = verify(reading, ground.installation).problems
    assert len({problem.position for problem in found}) == 2
    assert all("ledger does not name" in problem.message for problem in found)


@pytest.mark.parametrize(
    "statement",
    [
        "redacted = jsonb_build_object('n', repeat('00', 32))",
        "redacted = redacted || jsonb_build_object('name', repeat('00', 32))",
        "redacted = redacted || jsonb_build_object('zz', 'zz')",
        "redacted = NULL",
        "redacted = '[]'",
        "redacted = '{}'",
        "salts = salts || jsonb_build_object('name', repeat('00', 32))",
        "salts = salts || jsonb_build_object('last', repeat('00', 32))",
        "salts = salts || jsonb_build_object('zz', 'zz')",
        "salts = salts - 'name'",
        "salts = NULL",
        "salts = '[]'",
        r"salt = '\000'",
        "name = 'x'",
    ],
)
def test_a_byte_of_a_redacted_version_changed_is_found(
    ground: Ground, running_cluster: cluster.Cluster, person: UUID, statement: str
) -> None:
    destroy(ground, Redaction(THING, person, ("n",)))
    written = versions(ground, person, "recorded_from")[0].recorded_from
    changed = f"UPDATE test_thing SET {statement} WHERE record_id = '{person}' AND recorded_from = {written}"
    with behind(running_cluster, ground, changed) as reading:
        found = verify(reading, ground.installation).problems
    assert {(problem.position, problem.record_id) for problem in found} == {(written, str(person))}

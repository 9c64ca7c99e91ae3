"""Who is turned away before it is known what he may ask is in the log too; a flood of him is counted."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa

from baseregistry import db, errors
from baseregistry.access import tokens
from baseregistry.access.askers import Askers
from baseregistry.access.errands import Errand
from baseregistry.access.grants import Grants
from baseregistry.access.log.keeping import now
from baseregistry.access.log.strangers import ALL, EACH, MINUTE, Refused, Stranger, Strangers
from baseregistry.access.log.unpacking import caught_up
from baseregistry.access.log.verification import verify
from baseregistry.access.tokens import Caller
from baseregistry.graphql.http import Endpoint
from tests.access.register import Register
from tests.conftest import Database
from tests.graphql.conftest import Client, client_of
from tests.graphql.world import World

ASK = "{ parcels { nodes { id } } }"
REFUSALS = """SELECT * FROM access_request q JOIN access_context c ON c.digest = q.context
 WHERE form IN ('refusal', 'refusals') ORDER BY position, place"""


@pytest.fixture
def own(database: Database, tmp_path: Path) -> Iterator[Client]:
    """A service whose access register knows one client, `tax`, with one grant."""
    register = Register(database)
    register.before()
    register.callers()
    register.grant("parcels", "parcel.*")
    with client_of(World(database.engine, database.installation), tmp_path) as made:
        yield made


@contextmanager
def strangers(own: Client) -> Iterator[Strangers]:
    """The service with its callers known, as it is served."""
    endpoint = own.service.graphql
    assert isinstance(endpoint, Endpoint)
    assert endpoint.door.log is not None
    grants = Grants(own.world.engine)
    grants.renew(whole=True)
    made = endpoint.door.log._strangers
    before, endpoint.askers = endpoint.askers, Askers(endpoint.askers.verifier, grants, made.turned_away)
    try:
        yield made
    finally:
        endpoint.askers = before


def refusals(own: Client) -> list[Any]:
    caught_up(own.world.engine)
    caught_up(own.world.engine)
    with db.reading(own.world.engine) as reading:
        assert verify(reading).problems == []
    with own.world.engine.connect() as connection:
        return list(connection.execute(sa.text(REFUSALS)))


def code(own: Client, headers: dict[str, str], text: str = ASK) -> str:
    response = own.send(json={"query": text}, headers=headers)
    found: str = response.json()["errors"][0]["extensions"]["code"]
    return found


def bearer(own: Client, client: str, who: str = "lan.tran") -> dict[str, str]:
    settings = own.service.settings
    return {"authorization": f"Bearer {tokens.issue(settings, who, client=client)}"}


def test_who_is_turned_away_is_logged_with_what_is_known(own: Client) -> None:
    with strangers(own):
        assert code(own, {"authorization": "Bearer a.b.c"}) == "access.bad_token"
        assert (
            code(own, {**bearer(own, "nobody"), "x-purpose": "land-tax", "x-case": "HS-9"}) == "access.unknown_client"
        )
        assert code(own, {**bearer(own, "tax"), "x-purpose": "nothing"}) == "access.unknown_purpose"
        assert code(own, {}, "{ persons { nodes { fullName } } }") == "access.field_not_granted"
    bad, unknown, purpose, anonymous = refusals(own)
    assert (bad.status, bad.code, bad.subject, bad.client, bad.paths) == (401, "access.bad_token", "", "", [])
    assert (unknown.code, unknown.client, unknown.subject, unknown.purpose, unknown.case_id) == (
        "access.unknown_client",
        "nobody",
        "lan.tran",
        "land-tax",
        "HS-9",
    )
    assert unknown.paths == ["issuer baseregistry:local"]
    assert (purpose.client, purpose.purpose, purpose.agency) == ("tax", "nothing", "")
    assert (anonymous.code, anonymous.form, anonymous.subject) == ("access.field_not_granted", "refusal", "")


def test_what_cannot_be_read_is_logged_too(own: Client) -> None:
    headers = {**bearer(own, "tax"), "x-purpose": "land-tax", "content-type": "application/json"}
    with strangers(own):
        assert own.send(content=b"{", headers=headers).status_code == 400
        assert own.send(content=b"{", headers={"content-type": "application/json"}).status_code == 400
    known, anonymous = refusals(own)
    assert (known.agency, known.client, known.status, bytes(known.document)) == ("H17.TAX", "tax", 400, bytes(32))
    assert (anonymous.agency, anonymous.client, anonymous.status) == ("", "", 400)


def test_no_token_and_no_word_of_it_is_in_the_log(own: Client) -> None:
    with strangers(own):
        code(own, {"authorization": "Bearer geheim.geheim.geheim", "x-case": "geheim"})
    caught_up(own.world.engine)
    caught_up(own.world.engine)
    with own.world.engine.connect() as connection:
        for table in ("access_context", "access_request", "access_lines", "access_group"):
            said = connection.exec_driver_sql(
                f"SELECT coalesce(string_agg(t::text, ' '), '') FROM {table} t"
            ).scalar_one()
            assert "geheim" not in said


def test_a_flood_of_bad_tokens_is_counted(own: Client) -> None:
    with strangers(own) as kept:
        for number in range(EACH + 30):
            assert code(own, {"authorization": f"Bearer a.b.{number}"}) == "access.bad_token"
        assert code(own, bearer(own, "nobody")) == "access.unknown_client", "another one's is still logged by itself"
        own.runner.run(kept.write())
    found = refusals(own)
    singly = [one for one in found if one.form == "refusal" and one.code == "access.bad_token"]
    together = [one for one in found if one.form == "refusals"]
    assert len(singly) + sum(int(one.known) for one in together) == EACH + 30
    assert len(singly) <= 2 * EACH, "a minute may have ended meanwhile"
    assert {(one.code, one.status) for one in together} == {("access.bad_token", 401)}
    assert [one.code for one in found if one.client == "nobody"] == ["access.unknown_client"]


def flood(own: Client, kept: Strangers, callers: int) -> int:
    """Each is refused once; all in the minute that it answers."""
    minute = now() // MINUTE + 1

    async def ask() -> None:
        for number in range(callers):
            who = Caller(f"who {number}", 0.0, 4e9, "nobody", "https://idp")
            await kept.refused(Stranger(who, Errand()), Refused(403, "access.unknown_client"), minute * MINUTE)

    own.runner.run(ask())
    return minute


def test_many_callers_have_one_bound_together(own: Client) -> None:
    with strangers(own) as kept:
        minute = flood(own, kept, ALL + 50)
        own.runner.run(kept.write())
    found = refusals(own)
    assert len([one for one in found if one.form == "refusal"]) == ALL
    assert [(one.known, one.asked_at.timestamp()) for one in found if one.form == "refusals"] == [("50", minute * 60)]


def test_counts_that_cannot_be_written_wait(own: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    async def away(*_: object) -> None:
        raise errors.Unavailable("away", code="access.log_unavailable")

    with strangers(own) as kept:
        own.runner.run(kept.refused(Stranger(None, Errand()), Refused(503, "access.grants_unknown"), now()))
        with monkeypatch.context() as patched:
            patched.setattr(kept._log, "keep", away)
            own.runner.run(kept.write())
        assert refusals(own) == []
        own.runner.run(kept.write())
    (together,) = refusals(own)
    assert (together.known, together.code, together.status) == ("1", "access.grants_unknown", 503)

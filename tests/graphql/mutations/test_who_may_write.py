"""Who may state a change: nobody by reading alone, and nobody by a grant that is bound to units."""

from collections.abc import Iterable
from dataclasses import replace
from pathlib import Path

import pytest
import sqlalchemy as sa

from baseregistry import errors
from baseregistry.access.askers import Askers
from baseregistry.access.errands import Errand
from baseregistry.access.granted import GrantSet, digest_of
from baseregistry.access.spelling import check_path
from baseregistry.access.tokens import Caller
from baseregistry.graphql.http import Endpoint
from baseregistry.registries import declarations
from tests.access.known import Opened, asked_by
from tests.graphql.mutations.agency import COMMUNE, PROVINCE, Agency, change, unit

HEADERS = {"x-purpose": "dat-dai.01", "x-case": "HS-7"}
RECORD = "mutation R($input: ChangeInput!) { recordChange(input: $input) { position records } }"


class InUnits(Opened):
    """The same paths, in some units only."""

    def of(self, caller: Caller | None, errand: Errand) -> GrantSet:
        (grant,) = super().of(caller, errand).grants
        bound = replace(grant, units=("0199a5b0-0000-7000-8000-000000000001",))
        return GrantSet(digest_of((bound,)), "So TNMT", "land-portal", "dat-dai.01", (bound,))


def state(agency: Agency, granted: Opened) -> dict[str, object]:
    endpoint = agency.service.graphql
    assert isinstance(endpoint, Endpoint)
    acts = [unit(local="province", **PROVINCE), unit(**COMMUNE, parent={"local": "province"})]
    with asked_by(endpoint, Askers(endpoint.askers.verifier, granted)):
        body: dict[str, object] = agency.send(RECORD, {"input": change(*acts)}, headers=HEADERS).json()
    return body


def refused(body: dict[str, object]) -> Iterable[dict[str, object]]:
    found = body.get("errors")
    assert isinstance(found, list)
    return [one["extensions"] for one in found]


def changes(agency: Agency) -> int:
    with agency.database.engine.connect() as connection:
        return int(connection.execute(sa.text("SELECT count(*) FROM ledger_change")).scalar_one())


def test_reading_lets_nobody_write(agency: Agency) -> None:
    (said,) = refused(state(agency, Opened(frozenset({"unit.*", "unit.version", "unit.history"}))))
    assert said["code"] == "access.field_not_granted"
    assert said["where"] == {"paths": "unit.record"}
    assert changes(agency) == 0


def test_a_grant_in_some_units_lets_nobody_write(agency: Agency) -> None:
    (said,) = refused(state(agency, InUnits(frozenset({"unit.*", "unit.record"}))))
    assert said["where"] == {"paths": "unit.record"}


def test_who_is_granted_it_writes(agency: Agency) -> None:
    body = state(agency, Opened(frozenset({"unit.*", "unit.record"})))
    assert "errors" not in body
    assert changes(agency) == 1


STALE = "mutation R($input: ChangeInput!) { recordChange(input: $input, validateOnly: true) { position } }"


@pytest.mark.parametrize(
    ("paths", "told"),
    [
        ({"unit.record"}, False),
        ({"unit.record", "unit.version"}, False),  # a masked or missing fact may be told by the times
        ({"unit.record", "unit.version", "unit.*"}, True),
    ],
)
def test_a_try_tells_of_the_current_version_to_who_may_read_it(agency: Agency, paths: set[str], told: bool) -> None:
    """Whoever may only write expects a version that never was, and is not told since when the current one holds."""
    position = agency.recorded(unit(local="province", **PROVINCE))["position"]
    record = agency.one("SELECT record_id::text FROM administration_unit")
    act = {"changeUnit": {"id": record, "from": "2020-01-01", "values": {"name": "X"}, "expectedVersion": "be" * 32}}
    endpoint = agency.service.graphql
    assert isinstance(endpoint, Endpoint)
    with asked_by(endpoint, Askers(endpoint.askers.verifier, Opened(frozenset(paths)))):
        body = agency.send(STALE, {"input": change(act, kind="REAL_WORLD_CHANGE")}, headers=HEADERS).json()
    (said,) = refused(body)
    assert said["code"] == "versions.stale"
    assert ("current_valid_from" in str(said), "1996-12-31" in str(body), "1997" in str(body)) == (told, told, False)
    assert (f"at position {position}" in str(body)) is told


def test_what_a_try_is_refused_for_quotes_nothing_stored(agency: Agency) -> None:
    agency.recorded(unit(local="province", **PROVINCE))
    endpoint = agency.service.graphql
    assert isinstance(endpoint, Endpoint)
    twice = {"input": change(unit(**{**PROVINCE, "name": "Another"}))}
    record = agency.one("SELECT record_id::text FROM administration_unit")
    with asked_by(endpoint, Askers(endpoint.askers.verifier, Opened(frozenset({"unit.record"})))):
        body = agency.send(STALE, twice, headers=HEADERS).json()
    (said,) = refused(body)
    assert said["code"] == "versions.duplicate_key"
    assert record not in str(body)
    assert str(PROVINCE["name"]) not in str(body)


def test_it_is_granted_at_a_root(tmp_path: Path) -> None:
    check_path(declarations.DECLARATIONS, "parcel.record", "grants.toml")
    with pytest.raises(errors.BadFile, match="below a root"):
        check_path(declarations.DECLARATIONS, "parcel.rights.record", "grants.toml")

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


def test_it_is_granted_at_a_root(tmp_path: Path) -> None:
    check_path(declarations.DECLARATIONS, "parcel.record", "grants.toml")
    with pytest.raises(errors.BadFile, match="below a root"):
        check_path(declarations.DECLARATIONS, "parcel.rights.record", "grants.toml")

"""The access register as it stands now, read whole into memory: who may ask for what, where.

Small (clients, purposes and grants of one province), so it is read again as a whole when it changed.
"""

from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

import sqlalchemy as sa

from baseregistry.access import trusted
from baseregistry.access.granted import Granted, GrantSet
from baseregistry.access.territories import Map
from baseregistry.access.trusted import Documents
from baseregistry.db import Reading

NOW = "recorded_to IS NULL AND valid @> now()"
ACCESS = (
    *("access_agency", "access_client", "access_official", "access_purpose"),
    *("access_grant", "access_granted_path", "access_granted_unit", "access_manifest", "access_trusted_document"),
)
TABLES = (*ACCESS, "administration_unit", "administration_succession")
ACTIVE = "ACTIVE"

HEAD = "SELECT coalesce((SELECT position FROM ledger_change ORDER BY position DESC LIMIT 1), 0)"
WRITTEN = " OR ".join(
    f"EXISTS (SELECT FROM {table} WHERE recorded_from > :since)"
    f" OR EXISTS (SELECT FROM {table} WHERE recorded_to IS NOT NULL AND recorded_to > :since)"
    for table in TABLES
)
CLIENTS = """\
SELECT c.client_id, c.issuer, c.status, coalesce(c.trusted_only, false) AS trusted_only,
  c.requests_per_second, c.burst, c.cost_per_minute, c.personal_records_per_day,
  a.record_id::text AS agency, a.code AS agency_code, a.status AS agency_status
FROM access_client c JOIN access_agency a ON a.record_id = c.agency AND a.recorded_to IS NULL
  AND a.valid @> now()
WHERE c.recorded_to IS NULL AND c.valid @> now()"""
OFFICIALS = f"SELECT agency::text, pseudonym, role, status FROM access_official WHERE {NOW}"
PURPOSES = f"SELECT record_id::text AS record, code, status FROM access_purpose WHERE {NOW}"
GRANTS = f"""\
SELECT record_id::text AS record, recorded_from, agency::text, purpose::text, legal_basis,
  coalesce(everywhere, false) AS everywhere
FROM access_grant WHERE {NOW} ORDER BY name, record_id"""
PATHS = f"SELECT of_grant::text, path, coalesce(masked, true) AS masked FROM access_granted_path WHERE {NOW}"
UNITS = f"SELECT of_grant::text, unit::text FROM access_granted_unit WHERE {NOW}"
TODAY = f"SELECT record_id::text AS unit, parent::text FROM administration_unit WHERE {NOW}"
SUCCESSIONS = f"SELECT predecessor::text AS old, successor::text AS new FROM administration_succession WHERE {NOW}"
BOUNDS = " UNION ALL ".join(
    f"SELECT min({bound}(valid)) AS bound FROM {table} WHERE recorded_to IS NULL AND {bound}(valid) > now()"
    for table in TABLES
    for bound in ("lower", "upper")
)
NEXT = f"SELECT extract(epoch FROM min(bound) - now())::float8 FROM ({BOUNDS}) b"


@dataclass(frozen=True, slots=True)
class Allowed:
    """How much a client may ask; None: what the installation says for all."""

    requests_per_second: int | None = None
    burst: int | None = None
    cost_per_minute: int | None = None
    personal_records_per_day: int | None = None


@dataclass(frozen=True, slots=True)
class Client:
    """A client: the issuer that alone may name it (None: any), its agency (record id, code), how much it may ask, and the
    documents that it may call by their SHA-256."""

    issuer: str | None
    active: bool
    trusted_only: bool
    agency: str
    agency_code: str
    agency_active: bool
    client_id: str = ""
    allowed: Allowed = field(default_factory=Allowed)
    documents: Documents = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Official:
    """An official of an agency: the role, and whether it may be asked for him."""

    role: str
    active: bool


@dataclass(frozen=True, slots=True)
class Purpose:
    """A purpose: its record, and whether it may be asked for."""

    record: str
    active: bool


@dataclass(frozen=True)
class Standing:
    """What stands at a ledger position: clients by id, officials by (agency, pseudonym), purposes by code, grants by
    (agency, purpose); `seconds` until the next period among them begins or ends, None where none does."""

    position: int = 0
    seconds: float | None = None
    clients: Mapping[str, Client] = field(default_factory=dict)
    officials: Mapping[tuple[str, str], Official] = field(default_factory=dict)
    purposes: Mapping[str, Purpose] = field(default_factory=dict)
    grants: Mapping[tuple[str, str], tuple[Granted, ...]] = field(default_factory=dict)
    sets: dict[tuple[str, str, str], GrantSet] = field(default_factory=dict)  # found so far: client, issuer, purpose


def head(reading: Reading) -> int:
    """The ledger's last position."""
    return int(reading.execute(HEAD).scalar_one())


def written(reading: Reading, since: int) -> bool:
    """Whether anything a standing is made of was written after the position `since`."""
    return bool(reading.execute(f"SELECT {WRITTEN}", {"since": since}).scalar_one())


def stands(reading: Reading, at: datetime | None = None) -> Standing:
    """The access register in the snapshot of `reading`, as it holds now, or at the instant `at`."""
    look = _Look(reading, at)
    documents = trusted.documents(reading)
    return Standing(
        position=head(reading),
        seconds=look.rows(NEXT).scalar_one(),
        clients={row.client_id: _client(row, documents.get(row.client_id, {})) for row in look.rows(CLIENTS)},
        officials={
            (row.agency, row.pseudonym): Official(row.role, row.status == ACTIVE) for row in look.rows(OFFICIALS)
        },
        purposes={row.code: Purpose(row.record, row.status == ACTIVE) for row in look.rows(PURPOSES)},
        grants=_grants(look),
    )


def units_today(reading: Reading) -> Map:
    """The units that hold now, and what became of all others."""
    return _units(_Look(reading, None))


@dataclass(frozen=True, slots=True)
class _Look:
    """Reads what holds at one instant; None is now."""

    reading: Reading
    at: datetime | None

    def rows(self, statement: str) -> sa.CursorResult[Any]:
        if self.at is None:
            return self.reading.execute(statement)
        return self.reading.execute(statement.replace("now()", "CAST(:at AS timestamptz)"), {"at": self.at})


def _units(look: _Look) -> Map:
    parents = {row.unit: row.parent for row in look.rows(TODAY)}
    return Map(parents, tuple((row.old, row.new) for row in look.rows(SUCCESSIONS)))


def _client(row: sa.Row[Any], documents: Documents) -> Client:
    return Client(
        row.issuer,
        row.status == ACTIVE,
        row.trusted_only,
        row.agency,
        row.agency_code,
        row.agency_status == ACTIVE,
        row.client_id,
        Allowed(row.requests_per_second, row.burst, row.cost_per_minute, row.personal_records_per_day),
        documents,
    )


def _grants(look: _Look) -> dict[tuple[str, str], tuple[Granted, ...]]:
    """The grants of each agency and purpose, in the order of their names."""
    opened, masked, places = defaultdict(set), defaultdict(set), defaultdict(list)
    for row in look.rows(PATHS):
        opened[row.of_grant].add(row.path)
        if row.masked:
            masked[row.of_grant].add(row.path)
    for row in look.rows(UNITS):
        places[row.of_grant].append(row.unit)
    within = _units(look).within
    made: dict[tuple[str, str], list[Granted]] = defaultdict(list)
    for row in look.rows(GRANTS):
        units, splits = (None, ()) if row.everywhere else within(places[row.record])
        paths = frozenset(opened[row.record]), frozenset(masked[row.record])
        grant = Granted(row.record, row.recorded_from, *paths, units, splits, row.legal_basis or "")
        made[row.agency, row.purpose].append(grant)
    return {key: tuple(grants) for key, grants in made.items()}

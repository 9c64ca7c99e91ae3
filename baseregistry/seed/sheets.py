"""Rows that wait to be staged, by entity: one sort of act each, always the same attributes."""

from collections.abc import Iterable
from typing import Any

from baseregistry.registries.acts import Verb
from baseregistry.registries.changes import Draft

COLUMNS = {
    "administration.unit": "code name kind level parent boundary",
    "administration.succession": "predecessor successor coverage is_default legal_basis",
    "population.person": "full_name sex birth_date birthplace native_place ethnicity nationality marital_status status",
    "population.identifier": "person scheme number issued_on issuer status",
    "population.household": "number commune address status",
    "population.household_member": "household person relation_to_head",
    "population.residence": "person kind commune address",
    "population.relation": "person relative kind",
    "population.civil_event": "person kind counterpart occurred_on registered_on place book entry_number",
    "enterprise.enterprise": "tax_code name short_name legal_form status status_origin charter_capital founded_on commune head_office",
    "enterprise.representative": "enterprise person position",
    "enterprise.owner": "enterprise holder kind share contribution",
    "enterprise.business_line": "enterprise edition code name main",
    "enterprise.dependent_unit": "enterprise kind tax_code location_number name status commune address",
    "enterprise.household_business": "registration_number tax_code owner name status status_origin capital founded_on commune address",
    "land.parcel": "commune numbering_commune map_sheet parcel_number documented_area surveyed_area address status geometry",
    "land.land_use": "parcel purpose area shared long_term term_until origin",
    "land.party_group": "kind name document",
    "land.group_member": "party_group member share joint",
    "land.certificate": "serial register_number issued_on issuer status replaces",
    "land.right": "parcel kind holder share joint certificate encumbers",
    "land.block": "parcel stops_certificate stops_transaction stops_change authority document_number document_date reason",
    "land.asset": "parcel kind construction_area floor_area floors completed_on status geometry",
    "land.lineage": "parent child kind area",
}


class Sheets:
    """What one change registers."""

    def __init__(self) -> None:
        self._rows: dict[str, list[tuple[Any, ...]]] = {}

    def put(self, entity: str, record_id: str, valid: str, *values: Any) -> None:
        """A record of `entity` holds through `valid` (text of a tstzrange) with `values`, as COLUMNS orders them."""
        self._rows.setdefault(entity, []).append((record_id, valid, *values))

    def __len__(self) -> int:
        return sum(map(len, self._rows.values()))

    def __iter__(self) -> Iterable[str]:
        return iter(self._rows)

    def register(self, draft: Draft) -> None:
        """Stage all rows."""
        declared = draft.installation.declarations.entities
        for name, rows in self._rows.items():
            draft.staging.stage_rows(declared[name], Verb.REGISTER, COLUMNS[name].split(), rows)

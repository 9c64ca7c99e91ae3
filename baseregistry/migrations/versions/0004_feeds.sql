CREATE INDEX administration_succession_written_at ON administration_succession (recorded_from, record_id)
;
CREATE INDEX administration_succession_closed_at ON administration_succession (recorded_to, record_id) WHERE recorded_to IS NOT NULL
;
CREATE INDEX administration_unit_written_at ON administration_unit (recorded_from, record_id)
;
CREATE INDEX administration_unit_closed_at ON administration_unit (recorded_to, record_id) WHERE recorded_to IS NOT NULL
;
CREATE INDEX enterprise_business_line_written_at ON enterprise_business_line (recorded_from, record_id)
;
CREATE INDEX enterprise_business_line_closed_at ON enterprise_business_line (recorded_to, record_id) WHERE recorded_to IS NOT NULL
;
CREATE INDEX enterprise_dependent_unit_written_at ON enterprise_dependent_unit (recorded_from, record_id)
;
CREATE INDEX enterprise_dependent_unit_closed_at ON enterprise_dependent_unit (recorded_to, record_id) WHERE recorded_to IS NOT NULL
;
CREATE INDEX enterprise_enterprise_written_at ON enterprise_enterprise (recorded_from, record_id)
;
CREATE INDEX enterprise_enterprise_closed_at ON enterprise_enterprise (recorded_to, record_id) WHERE recorded_to IS NOT NULL
;
CREATE INDEX enterprise_household_business_written_at ON enterprise_household_business (recorded_from, record_id)
;
CREATE INDEX enterprise_household_business_closed_at ON enterprise_household_business (recorded_to, record_id) WHERE recorded_to IS NOT NULL
;
CREATE INDEX enterprise_owner_written_at ON enterprise_owner (recorded_from, record_id)
;
CREATE INDEX enterprise_owner_closed_at ON enterprise_owner (recorded_to, record_id) WHERE recorded_to IS NOT NULL
;
CREATE INDEX enterprise_representative_written_at ON enterprise_representative (recorded_from, record_id)
;
CREATE INDEX enterprise_representative_closed_at ON enterprise_representative (recorded_to, record_id) WHERE recorded_to IS NOT NULL
;
CREATE INDEX land_asset_written_at ON land_asset (recorded_from, record_id)
;
CREATE INDEX land_asset_closed_at ON land_asset (recorded_to, record_id) WHERE recorded_to IS NOT NULL
;
CREATE INDEX land_block_written_at ON land_block (recorded_from, record_id)
;
CREATE INDEX land_block_closed_at ON land_block (recorded_to, record_id) WHERE recorded_to IS NOT NULL
;
CREATE INDEX land_certificate_written_at ON land_certificate (recorded_from, record_id)
;
CREATE INDEX land_certificate_closed_at ON land_certificate (recorded_to, record_id) WHERE recorded_to IS NOT NULL
;
CREATE INDEX land_group_member_written_at ON land_group_member (recorded_from, record_id)
;
CREATE INDEX land_group_member_closed_at ON land_group_member (recorded_to, record_id) WHERE recorded_to IS NOT NULL
;
CREATE INDEX land_land_use_written_at ON land_land_use (recorded_from, record_id)
;
CREATE INDEX land_land_use_closed_at ON land_land_use (recorded_to, record_id) WHERE recorded_to IS NOT NULL
;
CREATE INDEX land_lineage_written_at ON land_lineage (recorded_from, record_id)
;
CREATE INDEX land_lineage_closed_at ON land_lineage (recorded_to, record_id) WHERE recorded_to IS NOT NULL
;
CREATE INDEX land_parcel_written_at ON land_parcel (recorded_from, record_id)
;
CREATE INDEX land_parcel_closed_at ON land_parcel (recorded_to, record_id) WHERE recorded_to IS NOT NULL
;
CREATE INDEX land_party_group_written_at ON land_party_group (recorded_from, record_id)
;
CREATE INDEX land_party_group_closed_at ON land_party_group (recorded_to, record_id) WHERE recorded_to IS NOT NULL
;
CREATE INDEX land_right_written_at ON land_right (recorded_from, record_id)
;
CREATE INDEX land_right_closed_at ON land_right (recorded_to, record_id) WHERE recorded_to IS NOT NULL
;
CREATE INDEX population_civil_event_written_at ON population_civil_event (recorded_from, record_id)
;
CREATE INDEX population_civil_event_closed_at ON population_civil_event (recorded_to, record_id) WHERE recorded_to IS NOT NULL
;
CREATE INDEX population_household_written_at ON population_household (recorded_from, record_id)
;
CREATE INDEX population_household_closed_at ON population_household (recorded_to, record_id) WHERE recorded_to IS NOT NULL
;
CREATE INDEX population_household_member_written_at ON population_household_member (recorded_from, record_id)
;
CREATE INDEX population_household_member_closed_at ON population_household_member (recorded_to, record_id) WHERE recorded_to IS NOT NULL
;
CREATE INDEX population_identifier_written_at ON population_identifier (recorded_from, record_id)
;
CREATE INDEX population_identifier_closed_at ON population_identifier (recorded_to, record_id) WHERE recorded_to IS NOT NULL
;
CREATE INDEX population_person_written_at ON population_person (recorded_from, record_id)
;
CREATE INDEX population_person_closed_at ON population_person (recorded_to, record_id) WHERE recorded_to IS NOT NULL
;
CREATE INDEX population_relation_written_at ON population_relation (recorded_from, record_id)
;
CREATE INDEX population_relation_closed_at ON population_relation (recorded_to, record_id) WHERE recorded_to IS NOT NULL
;
CREATE INDEX population_residence_written_at ON population_residence (recorded_from, record_id)
;
CREATE INDEX population_residence_closed_at ON population_residence (recorded_to, record_id) WHERE recorded_to IS NOT NULL
;
CREATE INDEX ledger_change_of_agency ON ledger_change (agency, position)
;
CREATE INDEX ledger_change_of_case ON ledger_change (case_id, position) WHERE case_id IS NOT NULL
;
CREATE INDEX ledger_change_of_kind ON ledger_change (kind, position)
;
DROP INDEX administration_succession_recorded_from
;
DROP INDEX administration_succession_recorded_to
;
DROP INDEX administration_unit_recorded_from
;
DROP INDEX administration_unit_recorded_to
;
DROP INDEX enterprise_business_line_recorded_from
;
DROP INDEX enterprise_business_line_recorded_to
;
DROP INDEX enterprise_dependent_unit_recorded_from
;
DROP INDEX enterprise_dependent_unit_recorded_to
;
DROP INDEX enterprise_enterprise_recorded_from
;
DROP INDEX enterprise_enterprise_recorded_to
;
DROP INDEX enterprise_household_business_recorded_from
;
DROP INDEX enterprise_household_business_recorded_to
;
DROP INDEX enterprise_owner_recorded_from
;
DROP INDEX enterprise_owner_recorded_to
;
DROP INDEX enterprise_representative_recorded_from
;
DROP INDEX enterprise_representative_recorded_to
;
DROP INDEX land_asset_recorded_from
;
DROP INDEX land_asset_recorded_to
;
DROP INDEX land_block_recorded_from
;
DROP INDEX land_block_recorded_to
;
DROP INDEX land_certificate_recorded_from
;
DROP INDEX land_certificate_recorded_to
;
DROP INDEX land_group_member_recorded_from
;
DROP INDEX land_group_member_recorded_to
;
DROP INDEX land_land_use_recorded_from
;
DROP INDEX land_land_use_recorded_to
;
DROP INDEX land_lineage_recorded_from
;
DROP INDEX land_lineage_recorded_to
;
DROP INDEX land_parcel_recorded_from
;
DROP INDEX land_parcel_recorded_to
;
DROP INDEX land_party_group_recorded_from
;
DROP INDEX land_party_group_recorded_to
;
DROP INDEX land_right_recorded_from
;
DROP INDEX land_right_recorded_to
;
DROP INDEX population_civil_event_recorded_from
;
DROP INDEX population_civil_event_recorded_to
;
DROP INDEX population_household_recorded_from
;
DROP INDEX population_household_recorded_to
;
DROP INDEX population_household_member_recorded_from
;
DROP INDEX population_household_member_recorded_to
;
DROP INDEX population_identifier_recorded_from
;
DROP INDEX population_identifier_recorded_to
;
DROP INDEX population_person_recorded_from
;
DROP INDEX population_person_recorded_to
;
DROP INDEX population_relation_recorded_from
;
DROP INDEX population_relation_recorded_to
;
DROP INDEX population_residence_recorded_from
;
DROP INDEX population_residence_recorded_to
;

CREATE FUNCTION {SCHEMA}.name_words(words text) RETURNS text[] LANGUAGE plpgsql IMMUTABLE STRICT PARALLEL SAFE AS $body$
DECLARE
  folded text[] := string_to_array({SCHEMA}.fold(words COLLATE pg_catalog."C"), ' ');
BEGIN
  RETURN CASE WHEN cardinality(folded) > 0 THEN folded END;
END
$body$
;
CREATE FUNCTION {SCHEMA}.name_written(words text) RETURNS text[] LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE AS $body$
  SELECT string_to_array('"' || replace(lower(words COLLATE pg_catalog."vi-x-icu"), ' ', ' "'), ' ')
$body$
;
CREATE FUNCTION {SCHEMA}.name_whole(words text[]) RETURNS text LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE AS $body$
  SELECT '=' || array_to_string(ARRAY(SELECT word FROM unnest(words) word ORDER BY word COLLATE pg_catalog."C"), ' ')
$body$
;
CREATE FUNCTION {SCHEMA}.name_part(id uuid) RETURNS integer LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE AS $body$
  SELECT get_byte(uuid_send(id), 15) & 127
$body$
;
CREATE FUNCTION {SCHEMA}.name_in_part(part integer, words text[]) RETURNS text[] LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE AS $body$
  SELECT string_to_array(part || ':' || array_to_string(words, ' ' || part || ':'), ' ')
$body$
;
CREATE FUNCTION {SCHEMA}.name_keys(name text, id uuid) RETURNS text[] LANGUAGE plpgsql IMMUTABLE STRICT PARALLEL SAFE COST 500 AS $body$
DECLARE
  words text[] := {SCHEMA}.name_words(name);
  keys text[] := words || {SCHEMA}.name_written(name);
BEGIN
  RETURN keys || {SCHEMA}.name_in_part({SCHEMA}.name_part(id), keys) || {SCHEMA}.name_whole(words);
END
$body$
;
CREATE INDEX administration_unit_code_prefix ON administration_unit (code text_pattern_ops)
;
CREATE INDEX administration_unit_name_words ON administration_unit USING gin (name_keys(name, record_id)) WITH (gin_pending_list_limit = 256)
;
CREATE INDEX land_parcel_map_sheet_prefix ON land_parcel (map_sheet text_pattern_ops)
;
CREATE INDEX land_parcel_national_parcel_id_prefix ON land_parcel (national_parcel_id text_pattern_ops)
;
CREATE INDEX land_parcel_parcel_number_prefix ON land_parcel (parcel_number text_pattern_ops)
;
CREATE INDEX land_party_group_name_words ON land_party_group USING gin (name_keys(name, record_id)) WITH (gin_pending_list_limit = 256)
;
CREATE INDEX land_certificate_register_number_prefix ON land_certificate (register_number text_pattern_ops)
;
CREATE INDEX land_certificate_serial_prefix ON land_certificate (serial text_pattern_ops)
;
CREATE INDEX land_block_document_number_prefix ON land_block (document_number text_pattern_ops)
;
CREATE INDEX population_person_full_name_given ON population_person (split_part(full_name, ' ', -1), full_name, record_id)
;
CREATE INDEX population_person_full_name_words ON population_person USING gin (name_keys(full_name, record_id)) WITH (gin_pending_list_limit = 256)
;
CREATE INDEX population_person_other_name_words ON population_person USING gin (name_keys(other_name, record_id)) WITH (gin_pending_list_limit = 256)
;
CREATE INDEX population_identifier_number_prefix ON population_identifier (number text_pattern_ops)
;
CREATE INDEX population_household_number_prefix ON population_household (number text_pattern_ops)
;
CREATE INDEX population_civil_event_entry_number_prefix ON population_civil_event (entry_number text_pattern_ops)
;
CREATE INDEX enterprise_enterprise_foreign_name_words ON enterprise_enterprise USING gin (name_keys(foreign_name, record_id)) WITH (gin_pending_list_limit = 256)
;
CREATE INDEX enterprise_enterprise_name_words ON enterprise_enterprise USING gin (name_keys(name, record_id)) WITH (gin_pending_list_limit = 256)
;
CREATE INDEX enterprise_enterprise_short_name_words ON enterprise_enterprise USING gin (name_keys(short_name, record_id)) WITH (gin_pending_list_limit = 256)
;
CREATE INDEX enterprise_enterprise_tax_code_prefix ON enterprise_enterprise (tax_code text_pattern_ops)
;
CREATE INDEX enterprise_business_line_code_prefix ON enterprise_business_line (code text_pattern_ops)
;
CREATE INDEX enterprise_dependent_unit_location_number_prefix ON enterprise_dependent_unit (location_number text_pattern_ops)
;
CREATE INDEX enterprise_dependent_unit_name_words ON enterprise_dependent_unit USING gin (name_keys(name, record_id)) WITH (gin_pending_list_limit = 256)
;
CREATE INDEX enterprise_dependent_unit_tax_code_prefix ON enterprise_dependent_unit (tax_code text_pattern_ops)
;
CREATE INDEX enterprise_household_business_name_words ON enterprise_household_business USING gin (name_keys(name, record_id)) WITH (gin_pending_list_limit = 256)
;
CREATE INDEX enterprise_household_business_registration_number_prefix ON enterprise_household_business (registration_number text_pattern_ops)
;
CREATE INDEX enterprise_household_business_tax_code_prefix ON enterprise_household_business (tax_code text_pattern_ops)
;

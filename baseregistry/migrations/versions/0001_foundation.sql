CREATE FUNCTION {SCHEMA}.fold(words text) RETURNS text LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE AS $body$
  SELECT trim(regexp_replace(lower(public.unaccent('public.unaccent'::regdictionary, normalize(words, NFC))), '[^a-z0-9]+', ' ', 'g'))
$body$
;
CREATE FUNCTION {SCHEMA}.refuse_rewriting() RETURNS trigger LANGUAGE plpgsql AS $body$
BEGIN
  RAISE EXCEPTION 'The register''s past is never rewritten: % on % is refused.', TG_OP, TG_TABLE_NAME
    USING ERRCODE = 'BR001', HINT = 'Record a change: register, change, correct, end, retract or redact.';
END
$body$
;
CREATE FUNCTION {SCHEMA}.allow_only_redaction() RETURNS trigger LANGUAGE plpgsql AS $body$
DECLARE
  gone text[] := ARRAY(SELECT jsonb_object_keys(coalesce(NEW.redacted, '{}'::jsonb)));
  keys text[] := ARRAY(SELECT k FROM jsonb_object_keys(to_jsonb(NEW)) k WHERE k LIKE 'key\_%');
  apart text[] := ARRAY['salt', 'salts', 'redacted'] || gone || keys;
BEGIN
  IF (to_jsonb(NEW) - apart) IS DISTINCT FROM (to_jsonb(OLD) - apart)
     OR NEW.salt IS NOT NULL OR NEW.salts IS NULL OR NOT coalesce(NEW.redacted, '{}'::jsonb) @> coalesce(OLD.redacted, '{}'::jsonb)
     OR EXISTS (SELECT 1 FROM unnest(gone) g WHERE to_jsonb(NEW) ->> g IS NOT NULL OR NEW.salts ? g) THEN
    RAISE EXCEPTION 'The register''s past is never rewritten: an update on % is refused.', TG_TABLE_NAME
      USING ERRCODE = 'BR001', HINT = 'Record a change: register, change, correct, end, retract or redact.';
  END IF;
  RETURN NEW;
END
$body$
;
CREATE TABLE code (
	list TEXT NOT NULL, 
	code TEXT NOT NULL, 
	edition TEXT NOT NULL, 
	title_vi TEXT NOT NULL, 
	title_en TEXT, 
	in_force DATERANGE NOT NULL, 
	note TEXT, 
	PRIMARY KEY (list, code, edition)
)
;
CREATE TABLE installation (
	one BOOLEAN NOT NULL CONSTRAINT installation_one CHECK (one), 
	srid INTEGER NOT NULL, 
	time_zone TEXT NOT NULL, 
	schema_edition TEXT NOT NULL, 
	PRIMARY KEY (one)
)
;
CREATE TABLE ledger_change (
	position BIGINT NOT NULL, 
	recorded_at TIMESTAMP WITH TIME ZONE NOT NULL, 
	kind TEXT NOT NULL, 
	event TEXT, 
	agency TEXT NOT NULL, 
	document_number TEXT, 
	document_date DATE, 
	document_digest BYTEA, 
	legal_basis TEXT, 
	reason TEXT, 
	case_id TEXT, 
	recorded_by TEXT NOT NULL, 
	approved_by TEXT, 
	source_recorded_at TIMESTAMP WITH TIME ZONE, 
	feed BOOLEAN NOT NULL, 
	synthetic BOOLEAN NOT NULL, 
	schema_edition TEXT NOT NULL, 
	redactions JSONB, 
	digest BYTEA NOT NULL, 
	head BYTEA NOT NULL, 
	PRIMARY KEY (position), 
	CONSTRAINT ledger_change_kind CHECK (kind IN ('REGISTRATION', 'REAL_WORLD_CHANGE', 'CORRECTION', 'REORGANISATION', 'RETRACTION', 'REDACTION')), 
	CONSTRAINT ledger_change_four_eyes CHECK (kind NOT IN ('CORRECTION', 'RETRACTION', 'REDACTION') OR feed OR (approved_by IS NOT NULL AND approved_by <> recorded_by AND btrim(approved_by) <> '')), 
	CONSTRAINT ledger_change_position CHECK (position > 0), 
	UNIQUE (recorded_at)
)
;
CREATE TABLE record (
	record_id UUID NOT NULL, 
	entity TEXT NOT NULL, 
	PRIMARY KEY (record_id)
)
;
CREATE TABLE administration_succession (
	record_id UUID NOT NULL, 
	valid TSTZRANGE NOT NULL, 
	recorded_from BIGINT NOT NULL, 
	recorded_to BIGINT, 
	change BIGINT NOT NULL, 
	salt BYTEA, 
	salts JSONB, 
	redacted JSONB, 
	digest BYTEA NOT NULL, 
	predecessor UUID, 
	successor UUID, 
	coverage TEXT, 
	is_default BOOLEAN, 
	legal_basis TEXT, 
	PRIMARY KEY (record_id, recorded_from, valid), 
	CONSTRAINT administration_succession_bounded CHECK (NOT isempty(valid) AND (lower_inf(valid) OR (lower_inc(valid) AND lower(valid) BETWEEN '0001-01-01 00:00:00+00' AND '9999-12-31 00:00:00+00')) AND (upper_inf(valid) OR (NOT upper_inc(valid) AND upper(valid) BETWEEN '0001-01-01 00:00:00+00' AND '9999-12-31 00:00:00+00'))), 
	CONSTRAINT administration_succession_recorded CHECK (recorded_to > recorded_from), 
	CONSTRAINT administration_succession_predecessor CHECK ((predecessor IS NOT NULL OR coalesce(redacted ? 'predecessor', false))), 
	CONSTRAINT administration_succession_successor CHECK ((successor IS NOT NULL OR coalesce(redacted ? 'successor', false))), 
	CONSTRAINT administration_succession_coverage CHECK ((coverage IS NOT NULL OR coalesce(redacted ? 'coverage', false))), 
	CONSTRAINT administration_succession_legal_basis CHECK (char_length(legal_basis) BETWEEN 1 AND 200), 
	CONSTRAINT administration_succession_one_belief EXCLUDE USING gist (greatest(record_id) WITH =, valid WITH &&) WHERE (recorded_to IS NULL), 
	FOREIGN KEY(record_id) REFERENCES record (record_id), 
	FOREIGN KEY(predecessor) REFERENCES record (record_id), 
	FOREIGN KEY(successor) REFERENCES record (record_id)
)
;
CREATE INDEX administration_succession_coverage_index ON administration_succession (coverage, record_id)
;
CREATE INDEX administration_succession_predecessor_index ON administration_succession (predecessor, record_id)
;
CREATE INDEX administration_succession_recorded_from ON administration_succession (recorded_from)
;
CREATE INDEX administration_succession_recorded_to ON administration_succession (recorded_to) WHERE recorded_to IS NOT NULL
;
CREATE INDEX administration_succession_successor_index ON administration_succession (successor, record_id)
;
CREATE TABLE administration_unit (
	record_id UUID NOT NULL, 
	valid TSTZRANGE NOT NULL, 
	recorded_from BIGINT NOT NULL, 
	recorded_to BIGINT, 
	change BIGINT NOT NULL, 
	salt BYTEA, 
	salts JSONB, 
	redacted JSONB, 
	digest BYTEA NOT NULL, 
	code TEXT, 
	name TEXT COLLATE "vi-x-icu", 
	kind TEXT, 
	level TEXT, 
	parent UUID, 
	boundary geometry(MULTIPOLYGON,{SRID}), 
	key_code UUID GENERATED ALWAYS AS (md5(code::text)::uuid) STORED, 
	PRIMARY KEY (record_id, recorded_from, valid), 
	CONSTRAINT administration_unit_bounded CHECK (NOT isempty(valid) AND (lower_inf(valid) OR (lower_inc(valid) AND lower(valid) BETWEEN '0001-01-01 00:00:00+00' AND '9999-12-31 00:00:00+00')) AND (upper_inf(valid) OR (NOT upper_inc(valid) AND upper(valid) BETWEEN '0001-01-01 00:00:00+00' AND '9999-12-31 00:00:00+00'))), 
	CONSTRAINT administration_unit_recorded CHECK (recorded_to > recorded_from), 
	CONSTRAINT administration_unit_code CHECK (char_length(code) BETWEEN 1 AND 20 AND (code IS NOT NULL OR coalesce(redacted ? 'code', false))), 
	CONSTRAINT administration_unit_name CHECK (char_length(name) BETWEEN 1 AND 200 AND (name IS NOT NULL OR coalesce(redacted ? 'name', false))), 
	CONSTRAINT administration_unit_level CHECK ((level IS NOT NULL OR coalesce(redacted ? 'level', false))), 
	CONSTRAINT administration_unit_one_belief EXCLUDE USING gist (greatest(record_id) WITH =, valid WITH &&) WHERE (recorded_to IS NULL), 
	CONSTRAINT administration_unit_key_code EXCLUDE USING gist (key_code WITH =, valid WITH &&) WHERE (recorded_to IS NULL), 
	FOREIGN KEY(record_id) REFERENCES record (record_id), 
	FOREIGN KEY(parent) REFERENCES record (record_id)
)
;
CREATE INDEX administration_unit_boundary_index ON administration_unit USING gist (boundary)
;
CREATE INDEX administration_unit_code_key ON administration_unit (code, record_id)
;
CREATE INDEX administration_unit_kind_index ON administration_unit (kind, record_id)
;
CREATE INDEX administration_unit_level_index ON administration_unit (level, record_id)
;
CREATE INDEX administration_unit_name_fold ON administration_unit (fold(name) text_pattern_ops)
;
CREATE INDEX administration_unit_name_index ON administration_unit (name, record_id)
;
CREATE INDEX administration_unit_parent_index ON administration_unit (parent, record_id)
;
CREATE INDEX administration_unit_recorded_from ON administration_unit (recorded_from)
;
CREATE INDEX administration_unit_recorded_to ON administration_unit (recorded_to) WHERE recorded_to IS NOT NULL
;
CREATE TABLE enterprise_business_line (
	record_id UUID NOT NULL, 
	valid TSTZRANGE NOT NULL, 
	recorded_from BIGINT NOT NULL, 
	recorded_to BIGINT, 
	change BIGINT NOT NULL, 
	salt BYTEA, 
	salts JSONB, 
	redacted JSONB, 
	digest BYTEA NOT NULL, 
	enterprise UUID, 
	edition TEXT, 
	code TEXT, 
	name TEXT, 
	main BOOLEAN, 
	PRIMARY KEY (record_id, recorded_from, valid), 
	CONSTRAINT enterprise_business_line_bounded CHECK (NOT isempty(valid) AND (lower_inf(valid) OR (lower_inc(valid) AND lower(valid) BETWEEN '0001-01-01 00:00:00+00' AND '9999-12-31 00:00:00+00')) AND (upper_inf(valid) OR (NOT upper_inc(valid) AND upper(valid) BETWEEN '0001-01-01 00:00:00+00' AND '9999-12-31 00:00:00+00'))), 
	CONSTRAINT enterprise_business_line_recorded CHECK (recorded_to > recorded_from), 
	CONSTRAINT enterprise_business_line_enterprise CHECK ((enterprise IS NOT NULL OR coalesce(redacted ? 'enterprise', false))), 
	CONSTRAINT enterprise_business_line_edition CHECK ((edition IS NOT NULL OR coalesce(redacted ? 'edition', false))), 
	CONSTRAINT enterprise_business_line_code CHECK (char_length(code) BETWEEN 1 AND 5 AND code ~ '^[0-9]{4,5}$' AND (code IS NOT NULL OR coalesce(redacted ? 'code', false))), 
	CONSTRAINT enterprise_business_line_name CHECK (char_length(name) BETWEEN 1 AND 400), 
	CONSTRAINT enterprise_business_line_one_belief EXCLUDE USING gist (greatest(record_id) WITH =, valid WITH &&) WHERE (recorded_to IS NULL), 
	FOREIGN KEY(record_id) REFERENCES record (record_id), 
	FOREIGN KEY(enterprise) REFERENCES record (record_id)
)
;
CREATE INDEX enterprise_business_line_code_index ON enterprise_business_line (code, record_id)
;
CREATE INDEX enterprise_business_line_edition_index ON enterprise_business_line (edition, record_id)
;
CREATE INDEX enterprise_business_line_enterprise_index ON enterprise_business_line (enterprise, record_id)
;
CREATE INDEX enterprise_business_line_main_index ON enterprise_business_line (main, record_id)
;
CREATE INDEX enterprise_business_line_recorded_from ON enterprise_business_line (recorded_from)
;
CREATE INDEX enterprise_business_line_recorded_to ON enterprise_business_line (recorded_to) WHERE recorded_to IS NOT NULL
;
CREATE TABLE enterprise_dependent_unit (
	record_id UUID NOT NULL, 
	valid TSTZRANGE NOT NULL, 
	recorded_from BIGINT NOT NULL, 
	recorded_to BIGINT, 
	change BIGINT NOT NULL, 
	salt BYTEA, 
	salts JSONB, 
	redacted JSONB, 
	digest BYTEA NOT NULL, 
	enterprise UUID, 
	kind TEXT, 
	tax_code TEXT, 
	location_number TEXT, 
	name TEXT COLLATE "vi-x-icu", 
	status TEXT, 
	commune UUID, 
	address TEXT, 
	key_tax_code UUID GENERATED ALWAYS AS (md5(tax_code::text)::uuid) STORED, 
	PRIMARY KEY (record_id, recorded_from, valid), 
	CONSTRAINT enterprise_dependent_unit_bounded CHECK (NOT isempty(valid) AND (lower_inf(valid) OR (lower_inc(valid) AND lower(valid) BETWEEN '0001-01-01 00:00:00+00' AND '9999-12-31 00:00:00+00')) AND (upper_inf(valid) OR (NOT upper_inc(valid) AND upper(valid) BETWEEN '0001-01-01 00:00:00+00' AND '9999-12-31 00:00:00+00'))), 
	CONSTRAINT enterprise_dependent_unit_recorded CHECK (recorded_to > recorded_from), 
	CONSTRAINT enterprise_dependent_unit_enterprise CHECK ((enterprise IS NOT NULL OR coalesce(redacted ? 'enterprise', false))), 
	CONSTRAINT enterprise_dependent_unit_kind CHECK ((kind IS NOT NULL OR coalesce(redacted ? 'kind', false))), 
	CONSTRAINT enterprise_dependent_unit_tax_code CHECK (char_length(tax_code) BETWEEN 1 AND 14 AND tax_code ~ '^[0-9]{10}-[0-9]{3}$'), 
	CONSTRAINT enterprise_dependent_unit_location_number CHECK (char_length(location_number) BETWEEN 1 AND 5 AND location_number ~ '^[0-9]{5}$'), 
	CONSTRAINT enterprise_dependent_unit_name CHECK (char_length(name) BETWEEN 1 AND 400 AND (name IS NOT NULL OR coalesce(redacted ? 'name', false))), 
	CONSTRAINT enterprise_dependent_unit_status CHECK ((status IS NOT NULL OR coalesce(redacted ? 'status', false))), 
	CONSTRAINT enterprise_dependent_unit_address CHECK (char_length(address) BETWEEN 1 AND 300), 
	CONSTRAINT enterprise_dependent_unit_one_belief EXCLUDE USING gist (greatest(record_id) WITH =, valid WITH &&) WHERE (recorded_to IS NULL), 
	CONSTRAINT enterprise_dependent_unit_key_tax_code EXCLUDE USING gist (key_tax_code WITH =, valid WITH &&) WHERE (recorded_to IS NULL), 
	FOREIGN KEY(record_id) REFERENCES record (record_id), 
	FOREIGN KEY(enterprise) REFERENCES record (record_id), 
	FOREIGN KEY(commune) REFERENCES record (record_id)
)
;
CREATE INDEX enterprise_dependent_unit_commune_index ON enterprise_dependent_unit (commune, record_id)
;
CREATE INDEX enterprise_dependent_unit_kind_index ON enterprise_dependent_unit (kind, record_id)
;
CREATE INDEX enterprise_dependent_unit_location_key ON enterprise_dependent_unit (enterprise, location_number, record_id)
;
CREATE INDEX enterprise_dependent_unit_location_number_index ON enterprise_dependent_unit (location_number, record_id)
;
CREATE INDEX enterprise_dependent_unit_name_fold ON enterprise_dependent_unit (fold(name) text_pattern_ops)
;
CREATE INDEX enterprise_dependent_unit_name_index ON enterprise_dependent_unit (name, record_id)
;
CREATE INDEX enterprise_dependent_unit_recorded_from ON enterprise_dependent_unit (recorded_from)
;
CREATE INDEX enterprise_dependent_unit_recorded_to ON enterprise_dependent_unit (recorded_to) WHERE recorded_to IS NOT NULL
;
CREATE INDEX enterprise_dependent_unit_status_index ON enterprise_dependent_unit (status, record_id)
;
CREATE INDEX enterprise_dependent_unit_tax_code_key ON enterprise_dependent_unit (tax_code, record_id)
;
CREATE TABLE enterprise_enterprise (
	record_id UUID NOT NULL, 
	valid TSTZRANGE NOT NULL, 
	recorded_from BIGINT NOT NULL, 
	recorded_to BIGINT, 
	change BIGINT NOT NULL, 
	salt BYTEA, 
	salts JSONB, 
	redacted JSONB, 
	digest BYTEA NOT NULL, 
	tax_code TEXT, 
	name TEXT COLLATE "vi-x-icu", 
	foreign_name TEXT COLLATE "vi-x-icu", 
	short_name TEXT COLLATE "vi-x-icu", 
	legal_form TEXT, 
	status TEXT, 
	status_origin TEXT, 
	charter_capital NUMERIC(18, 0), 
	founded_on DATE, 
	commune UUID, 
	head_office TEXT, 
	key_tax_code UUID GENERATED ALWAYS AS (md5(tax_code::text)::uuid) STORED, 
	PRIMARY KEY (record_id, recorded_from, valid), 
	CONSTRAINT enterprise_enterprise_bounded CHECK (NOT isempty(valid) AND (lower_inf(valid) OR (lower_inc(valid) AND lower(valid) BETWEEN '0001-01-01 00:00:00+00' AND '9999-12-31 00:00:00+00')) AND (upper_inf(valid) OR (NOT upper_inc(valid) AND upper(valid) BETWEEN '0001-01-01 00:00:00+00' AND '9999-12-31 00:00:00+00'))), 
	CONSTRAINT enterprise_enterprise_recorded CHECK (recorded_to > recorded_from), 
	CONSTRAINT enterprise_enterprise_tax_code CHECK (char_length(tax_code) BETWEEN 1 AND 14 AND tax_code ~ '^[0-9]{10}(-[0-9]{3})?$' AND (tax_code IS NOT NULL OR coalesce(redacted ? 'tax_code', false))), 
	CONSTRAINT enterprise_enterprise_name CHECK (char_length(name) BETWEEN 1 AND 400 AND (name IS NOT NULL OR coalesce(redacted ? 'name', false))), 
	CONSTRAINT enterprise_enterprise_foreign_name CHECK (char_length(foreign_name) BETWEEN 1 AND 400), 
	CONSTRAINT enterprise_enterprise_short_name CHECK (char_length(short_name) BETWEEN 1 AND 200), 
	CONSTRAINT enterprise_enterprise_legal_form CHECK ((legal_form IS NOT NULL OR coalesce(redacted ? 'legal_form', false))), 
	CONSTRAINT enterprise_enterprise_status CHECK ((status IS NOT NULL OR coalesce(redacted ? 'status', false))), 
	CONSTRAINT enterprise_enterprise_charter_capital CHECK (charter_capital BETWEEN 0 AND 999999999999999999), 
	CONSTRAINT enterprise_enterprise_founded_on CHECK (founded_on BETWEEN '0001-01-01' AND '9999-12-31'), 
	CONSTRAINT enterprise_enterprise_head_office CHECK (char_length(head_office) BETWEEN 1 AND 300), 
	CONSTRAINT enterprise_enterprise_one_belief EXCLUDE USING gist (greatest(record_id) WITH =, valid WITH &&) WHERE (recorded_to IS NULL), 
	CONSTRAINT enterprise_enterprise_key_tax_code EXCLUDE USING gist (key_tax_code WITH =, valid WITH &&) WHERE (recorded_to IS NULL), 
	FOREIGN KEY(record_id) REFERENCES record (record_id), 
	FOREIGN KEY(commune) REFERENCES record (record_id)
)
;
CREATE INDEX enterprise_enterprise_charter_capital_index ON enterprise_enterprise (charter_capital, record_id)
;
CREATE INDEX enterprise_enterprise_commune_index ON enterprise_enterprise (commune, record_id)
;
CREATE INDEX enterprise_enterprise_foreign_name_fold ON enterprise_enterprise (fold(foreign_name) text_pattern_ops)
;
CREATE INDEX enterprise_enterprise_foreign_name_index ON enterprise_enterprise (foreign_name, record_id)
;
CREATE INDEX enterprise_enterprise_founded_on_index ON enterprise_enterprise (founded_on, record_id)
;
CREATE INDEX enterprise_enterprise_legal_form_index ON enterprise_enterprise (legal_form, record_id)
;
CREATE INDEX enterprise_enterprise_name_fold ON enterprise_enterprise (fold(name) text_pattern_ops)
;
CREATE INDEX enterprise_enterprise_name_index ON enterprise_enterprise (name, record_id)
;
CREATE INDEX enterprise_enterprise_recorded_from ON enterprise_enterprise (recorded_from)
;
CREATE INDEX enterprise_enterprise_recorded_to ON enterprise_enterprise (recorded_to) WHERE recorded_to IS NOT NULL
;
CREATE INDEX enterprise_enterprise_short_name_fold ON enterprise_enterprise (fold(short_name) text_pattern_ops)
;
CREATE INDEX enterprise_enterprise_short_name_index ON enterprise_enterprise (short_name, record_id)
;
CREATE INDEX enterprise_enterprise_status_index ON enterprise_enterprise (status, record_id)
;
CREATE INDEX enterprise_enterprise_tax_code_key ON enterprise_enterprise (tax_code, record_id)
;
CREATE TABLE enterprise_household_business (
	record_id UUID NOT NULL, 
	valid TSTZRANGE NOT NULL, 
	recorded_from BIGINT NOT NULL, 
	recorded_to BIGINT, 
	change BIGINT NOT NULL, 
	salt BYTEA, 
	salts JSONB, 
	redacted JSONB, 
	digest BYTEA NOT NULL, 
	registration_number TEXT, 
	tax_code TEXT, 
	owner UUID, 
	name TEXT COLLATE "vi-x-icu", 
	status TEXT, 
	status_origin TEXT, 
	capital NUMERIC(18, 0), 
	founded_on DATE, 
	commune UUID, 
	address TEXT, 
	key_registration_number UUID GENERATED ALWAYS AS (md5(registration_number::text)::uuid) STORED, 
	PRIMARY KEY (record_id, recorded_from, valid), 
	CONSTRAINT enterprise_household_business_bounded CHECK (NOT isempty(valid) AND (lower_inf(valid) OR (lower_inc(valid) AND lower(valid) BETWEEN '0001-01-01 00:00:00+00' AND '9999-12-31 00:00:00+00')) AND (upper_inf(valid) OR (NOT upper_inc(valid) AND upper(valid) BETWEEN '0001-01-01 00:00:00+00' AND '9999-12-31 00:00:00+00'))), 
	CONSTRAINT enterprise_household_business_recorded CHECK (recorded_to > recorded_from), 
	CONSTRAINT enterprise_household_business_registration_number CHECK (char_length(registration_number) BETWEEN 1 AND 40 AND (registration_number IS NOT NULL OR coalesce(redacted ? 'registration_number', false))), 
	CONSTRAINT enterprise_household_business_tax_code CHECK (char_length(tax_code) BETWEEN 1 AND 14 AND tax_code ~ '^([0-9]{10}(-[0-9]{3})?|[0-9]{12})$'), 
	CONSTRAINT enterprise_household_business_owner CHECK ((owner IS NOT NULL OR coalesce(redacted ? 'owner', false))), 
	CONSTRAINT enterprise_household_business_name CHECK (char_length(name) BETWEEN 1 AND 400 AND (name IS NOT NULL OR coalesce(redacted ? 'name', false))), 
	CONSTRAINT enterprise_household_business_status CHECK ((status IS NOT NULL OR coalesce(redacted ? 'status', false))), 
	CONSTRAINT enterprise_household_business_capital CHECK (capital BETWEEN 0 AND 999999999999999999), 
	CONSTRAINT enterprise_household_business_founded_on CHECK (founded_on BETWEEN '0001-01-01' AND '9999-12-31'), 
	CONSTRAINT enterprise_household_business_commune CHECK ((commune IS NOT NULL OR coalesce(redacted ? 'commune', false))), 
	CONSTRAINT enterprise_household_business_address CHECK (char_length(address) BETWEEN 1 AND 300), 
	CONSTRAINT enterprise_household_business_one_belief EXCLUDE USING gist (greatest(record_id) WITH =, valid WITH &&) WHERE (recorded_to IS NULL), 
	CONSTRAINT enterprise_household_business_key_registration_number EXCLUDE USING gist (key_registration_number WITH =, valid WITH &&) WHERE (recorded_to IS NULL), 
	FOREIGN KEY(record_id) REFERENCES record (record_id), 
	FOREIGN KEY(owner) REFERENCES record (record_id), 
	FOREIGN KEY(commune) REFERENCES record (record_id)
)
;
CREATE INDEX enterprise_household_business_commune_index ON enterprise_household_business (commune, record_id)
;
CREATE INDEX enterprise_household_business_name_fold ON enterprise_household_business (fold(name) text_pattern_ops)
;
CREATE INDEX enterprise_household_business_name_index ON enterprise_household_business (name, record_id)
;
CREATE INDEX enterprise_household_business_owner_index ON enterprise_household_business (owner, record_id)
;
CREATE INDEX enterprise_household_business_recorded_from ON enterprise_household_business (recorded_from)
;
CREATE INDEX enterprise_household_business_recorded_to ON enterprise_household_business (recorded_to) WHERE recorded_to IS NOT NULL
;
CREATE INDEX enterprise_household_business_registration_number_key ON enterprise_household_business (registration_number, record_id)
;
CREATE INDEX enterprise_household_business_status_index ON enterprise_household_business (status, record_id)
;
CREATE INDEX enterprise_household_business_tax_code_key ON enterprise_household_business (tax_code, record_id)
;
CREATE TABLE enterprise_owner (
	record_id UUID NOT NULL, 
	valid TSTZRANGE NOT NULL, 
	recorded_from BIGINT NOT NULL, 
	recorded_to BIGINT, 
	change BIGINT NOT NULL, 
	salt BYTEA, 
	salts JSONB, 
	redacted JSONB, 
	digest BYTEA NOT NULL, 
	enterprise UUID, 
	holder UUID, 
	kind TEXT, 
	share TEXT, 
	contribution NUMERIC(18, 0), 
	PRIMARY KEY (record_id, recorded_from, valid), 
	CONSTRAINT enterprise_owner_bounded CHECK (NOT isempty(valid) AND (lower_inf(valid) OR (lower_inc(valid) AND lower(valid) BETWEEN '0001-01-01 00:00:00+00' AND '9999-12-31 00:00:00+00')) AND (upper_inf(valid) OR (NOT upper_inc(valid) AND upper(valid) BETWEEN '0001-01-01 00:00:00+00' AND '9999-12-31 00:00:00+00'))), 
	CONSTRAINT enterprise_owner_recorded CHECK (recorded_to > recorded_from), 
	CONSTRAINT enterprise_owner_enterprise CHECK ((enterprise IS NOT NULL OR coalesce(redacted ? 'enterprise', false))), 
	CONSTRAINT enterprise_owner_holder CHECK ((holder IS NOT NULL OR coalesce(redacted ? 'holder', false))), 
	CONSTRAINT enterprise_owner_kind CHECK ((kind IS NOT NULL OR coalesce(redacted ? 'kind', false))), 
	CONSTRAINT enterprise_owner_share CHECK (CASE WHEN NOT share ~ '^[1-9][0-9]*/[1-9][0-9]*$' THEN false ELSE split_part(share, '/', 1)::numeric <= split_part(share, '/', 2)::numeric AND gcd(split_part(share, '/', 1)::numeric, split_part(share, '/', 2)::numeric) = 1 END), 
	CONSTRAINT enterprise_owner_contribution CHECK (contribution BETWEEN 0 AND 999999999999999999), 
	CONSTRAINT enterprise_owner_one_belief EXCLUDE USING gist (greatest(record_id) WITH =, valid WITH &&) WHERE (recorded_to IS NULL), 
	FOREIGN KEY(record_id) REFERENCES record (record_id), 
	FOREIGN KEY(enterprise) REFERENCES record (record_id), 
	FOREIGN KEY(holder) REFERENCES record (record_id)
)
;
CREATE INDEX enterprise_owner_enterprise_index ON enterprise_owner (enterprise, record_id)
;
CREATE INDEX enterprise_owner_holder_index ON enterprise_owner (holder, record_id)
;
CREATE INDEX enterprise_owner_kind_index ON enterprise_owner (kind, record_id)
;
CREATE INDEX enterprise_owner_recorded_from ON enterprise_owner (recorded_from)
;
CREATE INDEX enterprise_owner_recorded_to ON enterprise_owner (recorded_to) WHERE recorded_to IS NOT NULL
;
CREATE TABLE enterprise_representative (
	record_id UUID NOT NULL, 
	valid TSTZRANGE NOT NULL, 
	recorded_from BIGINT NOT NULL, 
	recorded_to BIGINT, 
	change BIGINT NOT NULL, 
	salt BYTEA, 
	salts JSONB, 
	redacted JSONB, 
	digest BYTEA NOT NULL, 
	enterprise UUID, 
	person UUID, 
	position TEXT, 
	PRIMARY KEY (record_id, recorded_from, valid), 
	CONSTRAINT enterprise_representative_bounded CHECK (NOT isempty(valid) AND (lower_inf(valid) OR (lower_inc(valid) AND lower(valid) BETWEEN '0001-01-01 00:00:00+00' AND '9999-12-31 00:00:00+00')) AND (upper_inf(valid) OR (NOT upper_inc(valid) AND upper(valid) BETWEEN '0001-01-01 00:00:00+00' AND '9999-12-31 00:00:00+00'))), 
	CONSTRAINT enterprise_representative_recorded CHECK (recorded_to > recorded_from), 
	CONSTRAINT enterprise_representative_enterprise CHECK ((enterprise IS NOT NULL OR coalesce(redacted ? 'enterprise', false))), 
	CONSTRAINT enterprise_representative_person CHECK ((person IS NOT NULL OR coalesce(redacted ? 'person', false))), 
	CONSTRAINT enterprise_representative_one_belief EXCLUDE USING gist (greatest(record_id) WITH =, valid WITH &&) WHERE (recorded_to IS NULL), 
	FOREIGN KEY(record_id) REFERENCES record (record_id), 
	FOREIGN KEY(enterprise) REFERENCES record (record_id), 
	FOREIGN KEY(person) REFERENCES record (record_id)
)
;
CREATE INDEX enterprise_representative_enterprise_index ON enterprise_representative (enterprise, record_id)
;
CREATE INDEX enterprise_representative_person_index ON enterprise_representative (person, record_id)
;
CREATE INDEX enterprise_representative_position_index ON enterprise_representative (position, record_id)
;
CREATE INDEX enterprise_representative_recorded_from ON enterprise_representative (recorded_from)
;
CREATE INDEX enterprise_representative_recorded_to ON enterprise_representative (recorded_to) WHERE recorded_to IS NOT NULL
;
CREATE TABLE land_asset (
	record_id UUID NOT NULL, 
	valid TSTZRANGE NOT NULL, 
	recorded_from BIGINT NOT NULL, 
	recorded_to BIGINT, 
	change BIGINT NOT NULL, 
	salt BYTEA, 
	salts JSONB, 
	redacted JSONB, 
	digest BYTEA NOT NULL, 
	parcel UUID, 
	kind TEXT, 
	name TEXT, 
	construction_area NUMERIC(12, 2), 
	floor_area NUMERIC(12, 2), 
	floors INTEGER, 
	completed_on DATERANGE, 
	status TEXT, 
	geometry geometry(MULTIPOLYGON,{SRID}), 
	PRIMARY KEY (record_id, recorded_from, valid), 
	CONSTRAINT land_asset_bounded CHECK (NOT isempty(valid) AND (lower_inf(valid) OR (lower_inc(valid) AND lower(valid) BETWEEN '0001-01-01 00:00:00+00' AND '9999-12-31 00:00:00+00')) AND (upper_inf(valid) OR (NOT upper_inc(valid) AND upper(valid) BETWEEN '0001-01-01 00:00:00+00' AND '9999-12-31 00:00:00+00'))), 
	CONSTRAINT land_asset_recorded CHECK (recorded_to > recorded_from), 
	CONSTRAINT land_asset_parcel CHECK ((parcel IS NOT NULL OR coalesce(redacted ? 'parcel', false))), 
	CONSTRAINT land_asset_kind CHECK ((kind IS NOT NULL OR coalesce(redacted ? 'kind', false))), 
	CONSTRAINT land_asset_name CHECK (char_length(name) BETWEEN 1 AND 200), 
	CONSTRAINT land_asset_construction_area CHECK (construction_area BETWEEN 0 AND 9999999999.99), 
	CONSTRAINT land_asset_floor_area CHECK (floor_area BETWEEN 0 AND 9999999999.99), 
	CONSTRAINT land_asset_floors CHECK (floors BETWEEN 0 AND 999), 
	CONSTRAINT land_asset_completed_on CHECK (NOT isempty(completed_on) AND completed_on <@ daterange('0001-01-01', '9999-12-31') AND (upper(completed_on) = lower(completed_on) + 1 OR (extract(day FROM lower(completed_on)) = 1 AND upper(completed_on) = lower(completed_on) + interval '1 month') OR (extract(doy FROM lower(completed_on)) = 1 AND upper(completed_on) = lower(completed_on) + interval '1 year'))), 
	CONSTRAINT land_asset_status CHECK ((status IS NOT NULL OR coalesce(redacted ? 'status', false))), 
	CONSTRAINT land_asset_one_belief EXCLUDE USING gist (greatest(record_id) WITH =, valid WITH &&) WHERE (recorded_to IS NULL), 
	FOREIGN KEY(record_id) REFERENCES record (record_id), 
	FOREIGN KEY(parcel) REFERENCES record (record_id)
)
;
CREATE INDEX land_asset_geometry_index ON land_asset USING gist (geometry)
;
CREATE INDEX land_asset_kind_index ON land_asset (kind, record_id)
;
CREATE INDEX land_asset_parcel_index ON land_asset (parcel, record_id)
;
CREATE INDEX land_asset_recorded_from ON land_asset (recorded_from)
;
CREATE INDEX land_asset_recorded_to ON land_asset (recorded_to) WHERE recorded_to IS NOT NULL
;
CREATE INDEX land_asset_status_index ON land_asset (status, record_id)
;
CREATE TABLE land_block (
	record_id UUID NOT NULL, 
	valid TSTZRANGE NOT NULL, 
	recorded_from BIGINT NOT NULL, 
	recorded_to BIGINT, 
	change BIGINT NOT NULL, 
	salt BYTEA, 
	salts JSONB, 
	redacted JSONB, 
	digest BYTEA NOT NULL, 
	parcel UUID, 
	stops_certificate BOOLEAN, 
	stops_transaction BOOLEAN, 
	stops_change BOOLEAN, 
	authority TEXT, 
	document_number TEXT, 
	document_date DATE, 
	reason TEXT, 
	PRIMARY KEY (record_id, recorded_from, valid), 
	CONSTRAINT land_block_bounded CHECK (NOT isempty(valid) AND (lower_inf(valid) OR (lower_inc(valid) AND lower(valid) BETWEEN '0001-01-01 00:00:00+00' AND '9999-12-31 00:00:00+00')) AND (upper_inf(valid) OR (NOT upper_inc(valid) AND upper(valid) BETWEEN '0001-01-01 00:00:00+00' AND '9999-12-31 00:00:00+00'))), 
	CONSTRAINT land_block_recorded CHECK (recorded_to > recorded_from), 
	CONSTRAINT land_block_parcel CHECK ((parcel IS NOT NULL OR coalesce(redacted ? 'parcel', false))), 
	CONSTRAINT land_block_stops_certificate CHECK ((stops_certificate IS NOT NULL OR coalesce(redacted ? 'stops_certificate', false))), 
	CONSTRAINT land_block_stops_transaction CHECK ((stops_transaction IS NOT NULL OR coalesce(redacted ? 'stops_transaction', false))), 
	CONSTRAINT land_block_stops_change CHECK ((stops_change IS NOT NULL OR coalesce(redacted ? 'stops_change', false))), 
	CONSTRAINT land_block_authority CHECK (char_length(authority) BETWEEN 1 AND 200), 
	CONSTRAINT land_block_document_number CHECK (char_length(document_number) BETWEEN 1 AND 100), 
	CONSTRAINT land_block_document_date CHECK (document_date BETWEEN '0001-01-01' AND '9999-12-31'), 
	CONSTRAINT land_block_reason CHECK (char_length(reason) BETWEEN 1 AND 400), 
	CONSTRAINT land_block_one_belief EXCLUDE USING gist (greatest(record_id) WITH =, valid WITH &&) WHERE (recorded_to IS NULL), 
	FOREIGN KEY(record_id) REFERENCES record (record_id), 
	FOREIGN KEY(parcel) REFERENCES record (record_id)
)
;
CREATE INDEX land_block_document_number_index ON land_block (document_number, record_id)
;
CREATE INDEX land_block_parcel_index ON land_block (parcel, record_id)
;
CREATE INDEX land_block_recorded_from ON land_block (recorded_from)
;
CREATE INDEX land_block_recorded_to ON land_block (recorded_to) WHERE recorded_to IS NOT NULL
;
CREATE INDEX land_block_stops_certificate_index ON land_block (stops_certificate, record_id)
;
CREATE INDEX land_block_stops_change_index ON land_block (stops_change, record_id)
;
CREATE INDEX land_block_stops_transaction_index ON land_block (stops_transaction, record_id)
;
CREATE TABLE land_certificate (
	record_id UUID NOT NULL, 
	valid TSTZRANGE NOT NULL, 
	recorded_from BIGINT NOT NULL, 
	recorded_to BIGINT, 
	change BIGINT NOT NULL, 
	salt BYTEA, 
	salts JSONB, 
	redacted JSONB, 
	digest BYTEA NOT NULL, 
	serial TEXT, 
	register_number TEXT, 
	issued_on DATE, 
	issuer TEXT, 
	status TEXT, 
	replaces UUID, 
	key_serial UUID GENERATED ALWAYS AS (md5(serial::text)::uuid) STORED, 
	PRIMARY KEY (record_id, recorded_from, valid), 
	CONSTRAINT land_certificate_bounded CHECK (NOT isempty(valid) AND (lower_inf(valid) OR (lower_inc(valid) AND lower(valid) BETWEEN '0001-01-01 00:00:00+00' AND '9999-12-31 00:00:00+00')) AND (upper_inf(valid) OR (NOT upper_inc(valid) AND upper(valid) BETWEEN '0001-01-01 00:00:00+00' AND '9999-12-31 00:00:00+00'))), 
	CONSTRAINT land_certificate_recorded CHECK (recorded_to > recorded_from), 
	CONSTRAINT land_certificate_serial CHECK (char_length(serial) BETWEEN 1 AND 20 AND serial ~ '^[A-ZĐ]{1,2} ?[0-9]{6,8}$' AND (serial IS NOT NULL OR coalesce(redacted ? 'serial', false))), 
	CONSTRAINT land_certificate_register_number CHECK (char_length(register_number) BETWEEN 1 AND 60), 
	CONSTRAINT land_certificate_issued_on CHECK (issued_on BETWEEN '0001-01-01' AND '9999-12-31'), 
	CONSTRAINT land_certificate_issuer CHECK (char_length(issuer) BETWEEN 1 AND 200), 
	CONSTRAINT land_certificate_status CHECK ((status IS NOT NULL OR coalesce(redacted ? 'status', false))), 
	CONSTRAINT land_certificate_one_belief EXCLUDE USING gist (greatest(record_id) WITH =, valid WITH &&) WHERE (recorded_to IS NULL), 
	CONSTRAINT land_certificate_key_serial EXCLUDE USING gist (key_serial WITH =, valid WITH &&) WHERE (recorded_to IS NULL), 
	FOREIGN KEY(record_id) REFERENCES record (record_id), 
	FOREIGN KEY(replaces) REFERENCES record (record_id)
)
;
CREATE INDEX land_certificate_issued_on_index ON land_certificate (issued_on, record_id)
;
CREATE INDEX land_certificate_recorded_from ON land_certificate (recorded_from)
;
CREATE INDEX land_certificate_recorded_to ON land_certificate (recorded_to) WHERE recorded_to IS NOT NULL
;
CREATE INDEX land_certificate_register_number_index ON land_certificate (register_number, record_id)
;
CREATE INDEX land_certificate_replaces_index ON land_certificate (replaces, record_id)
;
CREATE INDEX land_certificate_serial_key ON land_certificate (serial, record_id)
;
CREATE INDEX land_certificate_status_index ON land_certificate (status, record_id)
;
CREATE TABLE land_group_member (
	record_id UUID NOT NULL, 
	valid TSTZRANGE NOT NULL, 
	recorded_from BIGINT NOT NULL, 
	recorded_to BIGINT, 
	change BIGINT NOT NULL, 
	salt BYTEA, 
	salts JSONB, 
	redacted JSONB, 
	digest BYTEA NOT NULL, 
	party_group UUID, 
	member UUID, 
	share TEXT, 
	joint BOOLEAN, 
	PRIMARY KEY (record_id, recorded_from, valid), 
	CONSTRAINT land_group_member_bounded CHECK (NOT isempty(valid) AND (lower_inf(valid) OR (lower_inc(valid) AND lower(valid) BETWEEN '0001-01-01 00:00:00+00' AND '9999-12-31 00:00:00+00')) AND (upper_inf(valid) OR (NOT upper_inc(valid) AND upper(valid) BETWEEN '0001-01-01 00:00:00+00' AND '9999-12-31 00:00:00+00'))), 
	CONSTRAINT land_group_member_recorded CHECK (recorded_to > recorded_from), 
	CONSTRAINT land_group_member_party_group CHECK ((party_group IS NOT NULL OR coalesce(redacted ? 'party_group', false))), 
	CONSTRAINT land_group_member_member CHECK ((member IS NOT NULL OR coalesce(redacted ? 'member', false))), 
	CONSTRAINT land_group_member_share CHECK (CASE WHEN NOT share ~ '^[1-9][0-9]*/[1-9][0-9]*$' THEN false ELSE split_part(share, '/', 1)::numeric <= split_part(share, '/', 2)::numeric AND gcd(split_part(share, '/', 1)::numeric, split_part(share, '/', 2)::numeric) = 1 END), 
	CONSTRAINT land_group_member_one_belief EXCLUDE USING gist (greatest(record_id) WITH =, valid WITH &&) WHERE (recorded_to IS NULL), 
	FOREIGN KEY(record_id) REFERENCES record (record_id), 
	FOREIGN KEY(party_group) REFERENCES record (record_id), 
	FOREIGN KEY(member) REFERENCES record (record_id)
)
;
CREATE INDEX land_group_member_member_index ON land_group_member (member, record_id)
;
CREATE INDEX land_group_member_party_group_index ON land_group_member (party_group, record_id)
;
CREATE INDEX land_group_member_recorded_from ON land_group_member (recorded_from)
;
CREATE INDEX land_group_member_recorded_to ON land_group_member (recorded_to) WHERE recorded_to IS NOT NULL
;
CREATE TABLE land_land_use (
	record_id UUID NOT NULL, 
	valid TSTZRANGE NOT NULL, 
	recorded_from BIGINT NOT NULL, 
	recorded_to BIGINT, 
	change BIGINT NOT NULL, 
	salt BYTEA, 
	salts JSONB, 
	redacted JSONB, 
	digest BYTEA NOT NULL, 
	parcel UUID, 
	purpose TEXT, 
	area NUMERIC(12, 2), 
	shared BOOLEAN, 
	long_term BOOLEAN, 
	term_until DATERANGE, 
	origin TEXT, 
	origin_note TEXT, 
	PRIMARY KEY (record_id, recorded_from, valid), 
	CONSTRAINT land_land_use_bounded CHECK (NOT isempty(valid) AND (lower_inf(valid) OR (lower_inc(valid) AND lower(valid) BETWEEN '0001-01-01 00:00:00+00' AND '9999-12-31 00:00:00+00')) AND (upper_inf(valid) OR (NOT upper_inc(valid) AND upper(valid) BETWEEN '0001-01-01 00:00:00+00' AND '9999-12-31 00:00:00+00'))), 
	CONSTRAINT land_land_use_recorded CHECK (recorded_to > recorded_from), 
	CONSTRAINT land_land_use_parcel CHECK ((parcel IS NOT NULL OR coalesce(redacted ? 'parcel', false))), 
	CONSTRAINT land_land_use_purpose CHECK ((purpose IS NOT NULL OR coalesce(redacted ? 'purpose', false))), 
	CONSTRAINT land_land_use_area CHECK (area BETWEEN 0 AND 9999999999.99), 
	CONSTRAINT land_land_use_term_until CHECK (NOT isempty(term_until) AND term_until <@ daterange('0001-01-01', '9999-12-31') AND (upper(term_until) = lower(term_until) + 1 OR (extract(day FROM lower(term_until)) = 1 AND upper(term_until) = lower(term_until) + interval '1 month') OR (extract(doy FROM lower(term_until)) = 1 AND upper(term_until) = lower(term_until) + interval '1 year'))), 
	CONSTRAINT land_land_use_origin_note CHECK (char_length(origin_note) BETWEEN 1 AND 400), 
	CONSTRAINT land_land_use_one_belief EXCLUDE USING gist (greatest(record_id) WITH =, valid WITH &&) WHERE (recorded_to IS NULL), 
	FOREIGN KEY(record_id) REFERENCES record (record_id), 
	FOREIGN KEY(parcel) REFERENCES record (record_id)
)
;
CREATE INDEX land_land_use_parcel_index ON land_land_use (parcel, record_id)
;
CREATE INDEX land_land_use_purpose_index ON land_land_use (purpose, record_id)
;
CREATE INDEX land_land_use_recorded_from ON land_land_use (recorded_from)
;
CREATE INDEX land_land_use_recorded_to ON land_land_use (recorded_to) WHERE recorded_to IS NOT NULL
;
CREATE TABLE land_lineage (
	record_id UUID NOT NULL, 
	valid TSTZRANGE NOT NULL, 
	recorded_from BIGINT NOT NULL, 
	recorded_to BIGINT, 
	change BIGINT NOT NULL, 
	salt BYTEA, 
	salts JSONB, 
	redacted JSONB, 
	digest BYTEA NOT NULL, 
	parent UUID, 
	child UUID, 
	kind TEXT, 
	area NUMERIC(12, 2), 
	PRIMARY KEY (record_id, recorded_from, valid), 
	CONSTRAINT land_lineage_bounded CHECK (NOT isempty(valid) AND (lower_inf(valid) OR (lower_inc(valid) AND lower(valid) BETWEEN '0001-01-01 00:00:00+00' AND '9999-12-31 00:00:00+00')) AND (upper_inf(valid) OR (NOT upper_inc(valid) AND upper(valid) BETWEEN '0001-01-01 00:00:00+00' AND '9999-12-31 00:00:00+00'))), 
	CONSTRAINT land_lineage_recorded CHECK (recorded_to > recorded_from), 
	CONSTRAINT land_lineage_parent CHECK ((parent IS NOT NULL OR coalesce(redacted ? 'parent', false))), 
	CONSTRAINT land_lineage_child CHECK ((child IS NOT NULL OR coalesce(redacted ? 'child', false))), 
	CONSTRAINT land_lineage_kind CHECK ((kind IS NOT NULL OR coalesce(redacted ? 'kind', false))), 
	CONSTRAINT land_lineage_area CHECK (area BETWEEN 0 AND 9999999999.99), 
	CONSTRAINT land_lineage_one_belief EXCLUDE USING gist (greatest(record_id) WITH =, valid WITH &&) WHERE (recorded_to IS NULL), 
	FOREIGN KEY(record_id) REFERENCES record (record_id), 
	FOREIGN KEY(parent) REFERENCES record (record_id), 
	FOREIGN KEY(child) REFERENCES record (record_id)
)
;
CREATE INDEX land_lineage_child_index ON land_lineage (child, record_id)
;
CREATE INDEX land_lineage_kind_index ON land_lineage (kind, record_id)
;
CREATE INDEX land_lineage_parent_index ON land_lineage (parent, record_id)
;
CREATE INDEX land_lineage_recorded_from ON land_lineage (recorded_from)
;
CREATE INDEX land_lineage_recorded_to ON land_lineage (recorded_to) WHERE recorded_to IS NOT NULL
;
CREATE TABLE land_parcel (
	record_id UUID NOT NULL, 
	valid TSTZRANGE NOT NULL, 
	recorded_from BIGINT NOT NULL, 
	recorded_to BIGINT, 
	change BIGINT NOT NULL, 
	salt BYTEA, 
	salts JSONB, 
	redacted JSONB, 
	digest BYTEA NOT NULL, 
	commune UUID, 
	numbering_commune UUID, 
	map_sheet TEXT, 
	parcel_number TEXT, 
	national_parcel_id TEXT, 
	documented_area NUMERIC(12, 2), 
	surveyed_area NUMERIC(12, 2), 
	address TEXT, 
	status TEXT, 
	geometry geometry(MULTIPOLYGON,{SRID}), 
	key_national_parcel_id UUID GENERATED ALWAYS AS (md5(national_parcel_id::text)::uuid) STORED, 
	PRIMARY KEY (record_id, recorded_from, valid), 
	CONSTRAINT land_parcel_bounded CHECK (NOT isempty(valid) AND (lower_inf(valid) OR (lower_inc(valid) AND lower(valid) BETWEEN '0001-01-01 00:00:00+00' AND '9999-12-31 00:00:00+00')) AND (upper_inf(valid) OR (NOT upper_inc(valid) AND upper(valid) BETWEEN '0001-01-01 00:00:00+00' AND '9999-12-31 00:00:00+00'))), 
	CONSTRAINT land_parcel_recorded CHECK (recorded_to > recorded_from), 
	CONSTRAINT land_parcel_commune CHECK ((commune IS NOT NULL OR coalesce(redacted ? 'commune', false))), 
	CONSTRAINT land_parcel_numbering_commune CHECK ((numbering_commune IS NOT NULL OR coalesce(redacted ? 'numbering_commune', false))), 
	CONSTRAINT land_parcel_map_sheet CHECK (char_length(map_sheet) BETWEEN 1 AND 20 AND (map_sheet IS NOT NULL OR coalesce(redacted ? 'map_sheet', false))), 
	CONSTRAINT land_parcel_parcel_number CHECK (char_length(parcel_number) BETWEEN 1 AND 20 AND (parcel_number IS NOT NULL OR coalesce(redacted ? 'parcel_number', false))), 
	CONSTRAINT land_parcel_national_parcel_id CHECK (char_length(national_parcel_id) BETWEEN 1 AND 40), 
	CONSTRAINT land_parcel_documented_area CHECK (documented_area BETWEEN 0 AND 9999999999.99), 
	CONSTRAINT land_parcel_surveyed_area CHECK (surveyed_area BETWEEN 0 AND 9999999999.99), 
	CONSTRAINT land_parcel_address CHECK (char_length(address) BETWEEN 1 AND 300), 
	CONSTRAINT land_parcel_status CHECK ((status IS NOT NULL OR coalesce(redacted ? 'status', false))), 
	CONSTRAINT land_parcel_one_belief EXCLUDE USING gist (greatest(record_id) WITH =, valid WITH &&) WHERE (recorded_to IS NULL), 
	CONSTRAINT land_parcel_key_national_parcel_id EXCLUDE USING gist (key_national_parcel_id WITH =, valid WITH &&) WHERE (recorded_to IS NULL), 
	FOREIGN KEY(record_id) REFERENCES record (record_id), 
	FOREIGN KEY(commune) REFERENCES record (record_id), 
	FOREIGN KEY(numbering_commune) REFERENCES record (record_id)
)
;
CREATE INDEX land_parcel_commune_index ON land_parcel (commune, record_id)
;
CREATE INDEX land_parcel_documented_area_index ON land_parcel (documented_area, record_id)
;
CREATE INDEX land_parcel_geometry_index ON land_parcel USING gist (geometry)
;
CREATE INDEX land_parcel_label_key ON land_parcel (numbering_commune, map_sheet, parcel_number, record_id)
;
CREATE INDEX land_parcel_map_sheet_index ON land_parcel (map_sheet, record_id)
;
CREATE INDEX land_parcel_national_parcel_id_key ON land_parcel (national_parcel_id, record_id)
;
CREATE INDEX land_parcel_parcel_number_index ON land_parcel (parcel_number, record_id)
;
CREATE INDEX land_parcel_recorded_from ON land_parcel (recorded_from)
;
CREATE INDEX land_parcel_recorded_to ON land_parcel (recorded_to) WHERE recorded_to IS NOT NULL
;
CREATE INDEX land_parcel_status_index ON land_parcel (status, record_id)
;
CREATE INDEX land_parcel_surveyed_area_index ON land_parcel (surveyed_area, record_id)
;
CREATE TABLE land_party_group (
	record_id UUID NOT NULL, 
	valid TSTZRANGE NOT NULL, 
	recorded_from BIGINT NOT NULL, 
	recorded_to BIGINT, 
	change BIGINT NOT NULL, 
	salt BYTEA, 
	salts JSONB, 
	redacted JSONB, 
	digest BYTEA NOT NULL, 
	kind TEXT, 
	name TEXT COLLATE "vi-x-icu", 
	document TEXT, 
	PRIMARY KEY (record_id, recorded_from, valid), 
	CONSTRAINT land_party_group_bounded CHECK (NOT isempty(valid) AND (lower_inf(valid) OR (lower_inc(valid) AND lower(valid) BETWEEN '0001-01-01 00:00:00+00' AND '9999-12-31 00:00:00+00')) AND (upper_inf(valid) OR (NOT upper_inc(valid) AND upper(valid) BETWEEN '0001-01-01 00:00:00+00' AND '9999-12-31 00:00:00+00'))), 
	CONSTRAINT land_party_group_recorded CHECK (recorded_to > recorded_from), 
	CONSTRAINT land_party_group_kind CHECK ((kind IS NOT NULL OR coalesce(redacted ? 'kind', false))), 
	CONSTRAINT land_party_group_name CHECK (char_length(name) BETWEEN 1 AND 300), 
	CONSTRAINT land_party_group_document CHECK (char_length(document) BETWEEN 1 AND 200), 
	CONSTRAINT land_party_group_one_belief EXCLUDE USING gist (greatest(record_id) WITH =, valid WITH &&) WHERE (recorded_to IS NULL), 
	FOREIGN KEY(record_id) REFERENCES record (record_id)
)
;
CREATE INDEX land_party_group_kind_index ON land_party_group (kind, record_id)
;
CREATE INDEX land_party_group_name_fold ON land_party_group (fold(name) text_pattern_ops)
;
CREATE INDEX land_party_group_name_index ON land_party_group (name, record_id)
;
CREATE INDEX land_party_group_recorded_from ON land_party_group (recorded_from)
;
CREATE INDEX land_party_group_recorded_to ON land_party_group (recorded_to) WHERE recorded_to IS NOT NULL
;
CREATE TABLE land_right (
	record_id UUID NOT NULL, 
	valid TSTZRANGE NOT NULL, 
	recorded_from BIGINT NOT NULL, 
	recorded_to BIGINT, 
	change BIGINT NOT NULL, 
	salt BYTEA, 
	salts JSONB, 
	redacted JSONB, 
	digest BYTEA NOT NULL, 
	parcel UUID, 
	kind TEXT, 
	holder UUID, 
	share TEXT, 
	joint BOOLEAN, 
	certificate UUID, 
	encumbers UUID, 
	PRIMARY KEY (record_id, recorded_from, valid), 
	CONSTRAINT land_right_bounded CHECK (NOT isempty(valid) AND (lower_inf(valid) OR (lower_inc(valid) AND lower(valid) BETWEEN '0001-01-01 00:00:00+00' AND '9999-12-31 00:00:00+00')) AND (upper_inf(valid) OR (NOT upper_inc(valid) AND upper(valid) BETWEEN '0001-01-01 00:00:00+00' AND '9999-12-31 00:00:00+00'))), 
	CONSTRAINT land_right_recorded CHECK (recorded_to > recorded_from), 
	CONSTRAINT land_right_parcel CHECK ((parcel IS NOT NULL OR coalesce(redacted ? 'parcel', false))), 
	CONSTRAINT land_right_kind CHECK ((kind IS NOT NULL OR coalesce(redacted ? 'kind', false))), 
	CONSTRAINT land_right_holder CHECK ((holder IS NOT NULL OR coalesce(redacted ? 'holder', false))), 
	CONSTRAINT land_right_share CHECK (CASE WHEN NOT share ~ '^[1-9][0-9]*/[1-9][0-9]*$' THEN false ELSE split_part(share, '/', 1)::numeric <= split_part(share, '/', 2)::numeric AND gcd(split_part(share, '/', 1)::numeric, split_part(share, '/', 2)::numeric) = 1 END), 
	CONSTRAINT land_right_one_belief EXCLUDE USING gist (greatest(record_id) WITH =, valid WITH &&) WHERE (recorded_to IS NULL), 
	FOREIGN KEY(record_id) REFERENCES record (record_id), 
	FOREIGN KEY(parcel) REFERENCES record (record_id), 
	FOREIGN KEY(holder) REFERENCES record (record_id), 
	FOREIGN KEY(certificate) REFERENCES record (record_id), 
	FOREIGN KEY(encumbers) REFERENCES record (record_id)
)
;
CREATE INDEX land_right_certificate_index ON land_right (certificate, record_id)
;
CREATE INDEX land_right_encumbers_index ON land_right (encumbers, record_id)
;
CREATE INDEX land_right_holder_index ON land_right (holder, record_id)
;
CREATE INDEX land_right_kind_index ON land_right (kind, record_id)
;
CREATE INDEX land_right_parcel_index ON land_right (parcel, record_id)
;
CREATE INDEX land_right_recorded_from ON land_right (recorded_from)
;
CREATE INDEX land_right_recorded_to ON land_right (recorded_to) WHERE recorded_to IS NOT NULL
;
CREATE TABLE population_civil_event (
	record_id UUID NOT NULL, 
	valid TSTZRANGE NOT NULL, 
	recorded_from BIGINT NOT NULL, 
	recorded_to BIGINT, 
	change BIGINT NOT NULL, 
	salt BYTEA, 
	salts JSONB, 
	redacted JSONB, 
	digest BYTEA NOT NULL, 
	person UUID, 
	kind TEXT, 
	counterpart UUID, 
	occurred_on DATERANGE, 
	registered_on DATE, 
	place UUID, 
	book TEXT, 
	entry_number TEXT, 
	document TEXT, 
	PRIMARY KEY (record_id, recorded_from, valid), 
	CONSTRAINT population_civil_event_bounded CHECK (NOT isempty(valid) AND (lower_inf(valid) OR (lower_inc(valid) AND lower(valid) BETWEEN '0001-01-01 00:00:00+00' AND '9999-12-31 00:00:00+00')) AND (upper_inf(valid) OR (NOT upper_inc(valid) AND upper(valid) BETWEEN '0001-01-01 00:00:00+00' AND '9999-12-31 00:00:00+00'))), 
	CONSTRAINT population_civil_event_recorded CHECK (recorded_to > recorded_from), 
	CONSTRAINT population_civil_event_person CHECK ((person IS NOT NULL OR coalesce(redacted ? 'person', false))), 
	CONSTRAINT population_civil_event_kind CHECK ((kind IS NOT NULL OR coalesce(redacted ? 'kind', false))), 
	CONSTRAINT population_civil_event_occurred_on CHECK (NOT isempty(occurred_on) AND occurred_on <@ daterange('0001-01-01', '9999-12-31') AND (upper(occurred_on) = lower(occurred_on) + 1 OR (extract(day FROM lower(occurred_on)) = 1 AND upper(occurred_on) = lower(occurred_on) + interval '1 month') OR (extract(doy FROM lower(occurred_on)) = 1 AND upper(occurred_on) = lower(occurred_on) + interval '1 year'))), 
	CONSTRAINT population_civil_event_registered_on CHECK (registered_on BETWEEN '0001-01-01' AND '9999-12-31'), 
	CONSTRAINT population_civil_event_book CHECK (char_length(book) BETWEEN 1 AND 40), 
	CONSTRAINT population_civil_event_entry_number CHECK (char_length(entry_number) BETWEEN 1 AND 40), 
	CONSTRAINT population_civil_event_document CHECK (char_length(document) BETWEEN 1 AND 200), 
	CONSTRAINT population_civil_event_one_belief EXCLUDE USING gist (greatest(record_id) WITH =, valid WITH &&) WHERE (recorded_to IS NULL), 
	FOREIGN KEY(record_id) REFERENCES record (record_id), 
	FOREIGN KEY(person) REFERENCES record (record_id), 
	FOREIGN KEY(counterpart) REFERENCES record (record_id), 
	FOREIGN KEY(place) REFERENCES record (record_id)
)
;
CREATE INDEX population_civil_event_counterpart_index ON population_civil_event (counterpart, record_id)
;
CREATE INDEX population_civil_event_entry_number_index ON population_civil_event (entry_number, record_id)
;
CREATE INDEX population_civil_event_kind_index ON population_civil_event (kind, record_id)
;
CREATE INDEX population_civil_event_occurred_on_index ON population_civil_event (occurred_on, record_id)
;
CREATE INDEX population_civil_event_person_index ON population_civil_event (person, record_id)
;
CREATE INDEX population_civil_event_place_index ON population_civil_event (place, record_id)
;
CREATE INDEX population_civil_event_recorded_from ON population_civil_event (recorded_from)
;
CREATE INDEX population_civil_event_recorded_to ON population_civil_event (recorded_to) WHERE recorded_to IS NOT NULL
;
CREATE TABLE population_household (
	record_id UUID NOT NULL, 
	valid TSTZRANGE NOT NULL, 
	recorded_from BIGINT NOT NULL, 
	recorded_to BIGINT, 
	change BIGINT NOT NULL, 
	salt BYTEA, 
	salts JSONB, 
	redacted JSONB, 
	digest BYTEA NOT NULL, 
	number TEXT, 
	commune UUID, 
	address TEXT, 
	status TEXT, 
	key_number UUID GENERATED ALWAYS AS (md5(number::text)::uuid) STORED, 
	PRIMARY KEY (record_id, recorded_from, valid), 
	CONSTRAINT population_household_bounded CHECK (NOT isempty(valid) AND (lower_inf(valid) OR (lower_inc(valid) AND lower(valid) BETWEEN '0001-01-01 00:00:00+00' AND '9999-12-31 00:00:00+00')) AND (upper_inf(valid) OR (NOT upper_inc(valid) AND upper(valid) BETWEEN '0001-01-01 00:00:00+00' AND '9999-12-31 00:00:00+00'))), 
	CONSTRAINT population_household_recorded CHECK (recorded_to > recorded_from), 
	CONSTRAINT population_household_number CHECK (char_length(number) BETWEEN 1 AND 30 AND (number IS NOT NULL OR coalesce(redacted ? 'number', false))), 
	CONSTRAINT population_household_commune CHECK ((commune IS NOT NULL OR coalesce(redacted ? 'commune', false))), 
	CONSTRAINT population_household_address CHECK (char_length(address) BETWEEN 1 AND 300), 
	CONSTRAINT population_household_status CHECK ((status IS NOT NULL OR coalesce(redacted ? 'status', false))), 
	CONSTRAINT population_household_one_belief EXCLUDE USING gist (greatest(record_id) WITH =, valid WITH &&) WHERE (recorded_to IS NULL), 
	CONSTRAINT population_household_key_number EXCLUDE USING gist (key_number WITH =, valid WITH &&) WHERE (recorded_to IS NULL), 
	FOREIGN KEY(record_id) REFERENCES record (record_id), 
	FOREIGN KEY(commune) REFERENCES record (record_id)
)
;
CREATE INDEX population_household_commune_index ON population_household (commune, record_id)
;
CREATE INDEX population_household_number_key ON population_household (number, record_id)
;
CREATE INDEX population_household_recorded_from ON population_household (recorded_from)
;
CREATE INDEX population_household_recorded_to ON population_household (recorded_to) WHERE recorded_to IS NOT NULL
;
CREATE INDEX population_household_status_index ON population_household (status, record_id)
;
CREATE TABLE population_household_member (
	record_id UUID NOT NULL, 
	valid TSTZRANGE NOT NULL, 
	recorded_from BIGINT NOT NULL, 
	recorded_to BIGINT, 
	change BIGINT NOT NULL, 
	salt BYTEA, 
	salts JSONB, 
	redacted JSONB, 
	digest BYTEA NOT NULL, 
	household UUID, 
	person UUID, 
	relation_to_head TEXT, 
	PRIMARY KEY (record_id, recorded_from, valid), 
	CONSTRAINT population_household_member_bounded CHECK (NOT isempty(valid) AND (lower_inf(valid) OR (lower_inc(valid) AND lower(valid) BETWEEN '0001-01-01 00:00:00+00' AND '9999-12-31 00:00:00+00')) AND (upper_inf(valid) OR (NOT upper_inc(valid) AND upper(valid) BETWEEN '0001-01-01 00:00:00+00' AND '9999-12-31 00:00:00+00'))), 
	CONSTRAINT population_household_member_recorded CHECK (recorded_to > recorded_from), 
	CONSTRAINT population_household_member_household CHECK ((household IS NOT NULL OR coalesce(redacted ? 'household', false))), 
	CONSTRAINT population_household_member_person CHECK ((person IS NOT NULL OR coalesce(redacted ? 'person', false))), 
	CONSTRAINT population_household_member_relation_to_head CHECK ((relation_to_head IS NOT NULL OR coalesce(redacted ? 'relation_to_head', false))), 
	CONSTRAINT population_household_member_one_belief EXCLUDE USING gist (greatest(record_id) WITH =, valid WITH &&) WHERE (recorded_to IS NULL), 
	FOREIGN KEY(record_id) REFERENCES record (record_id), 
	FOREIGN KEY(household) REFERENCES record (record_id), 
	FOREIGN KEY(person) REFERENCES record (record_id)
)
;
CREATE INDEX population_household_member_household_index ON population_household_member (household, record_id)
;
CREATE INDEX population_household_member_person_index ON population_household_member (person, record_id)
;
CREATE INDEX population_household_member_recorded_from ON population_household_member (recorded_from)
;
CREATE INDEX population_household_member_recorded_to ON population_household_member (recorded_to) WHERE recorded_to IS NOT NULL
;
CREATE INDEX population_household_member_relation_to_head_index ON population_household_member (relation_to_head, record_id)
;
CREATE TABLE population_identifier (
	record_id UUID NOT NULL, 
	valid TSTZRANGE NOT NULL, 
	recorded_from BIGINT NOT NULL, 
	recorded_to BIGINT, 
	change BIGINT NOT NULL, 
	salt BYTEA, 
	salts JSONB, 
	redacted JSONB, 
	digest BYTEA NOT NULL, 
	person UUID, 
	scheme TEXT, 
	number TEXT, 
	issued_on DATE, 
	issuer TEXT, 
	status TEXT, 
	key_number UUID GENERATED ALWAYS AS (md5(scheme::text || chr(31) || number::text)::uuid) STORED, 
	PRIMARY KEY (record_id, recorded_from, valid), 
	CONSTRAINT population_identifier_bounded CHECK (NOT isempty(valid) AND (lower_inf(valid) OR (lower_inc(valid) AND lower(valid) BETWEEN '0001-01-01 00:00:00+00' AND '9999-12-31 00:00:00+00')) AND (upper_inf(valid) OR (NOT upper_inc(valid) AND upper(valid) BETWEEN '0001-01-01 00:00:00+00' AND '9999-12-31 00:00:00+00'))), 
	CONSTRAINT population_identifier_recorded CHECK (recorded_to > recorded_from), 
	CONSTRAINT population_identifier_person CHECK ((person IS NOT NULL OR coalesce(redacted ? 'person', false))), 
	CONSTRAINT population_identifier_scheme CHECK ((scheme IS NOT NULL OR coalesce(redacted ? 'scheme', false))), 
	CONSTRAINT population_identifier_number CHECK (char_length(number) BETWEEN 1 AND 30 AND (number IS NOT NULL OR coalesce(redacted ? 'number', false))), 
	CONSTRAINT population_identifier_issued_on CHECK (issued_on BETWEEN '0001-01-01' AND '9999-12-31'), 
	CONSTRAINT population_identifier_issuer CHECK (char_length(issuer) BETWEEN 1 AND 200), 
	CONSTRAINT population_identifier_status CHECK ((status IS NOT NULL OR coalesce(redacted ? 'status', false))), 
	CONSTRAINT population_identifier_one_belief EXCLUDE USING gist (greatest(record_id) WITH =, valid WITH &&) WHERE (recorded_to IS NULL), 
	CONSTRAINT population_identifier_key_number EXCLUDE USING gist (key_number WITH =, valid WITH &&) WHERE (recorded_to IS NULL), 
	FOREIGN KEY(record_id) REFERENCES record (record_id), 
	FOREIGN KEY(person) REFERENCES record (record_id)
)
;
CREATE INDEX population_identifier_number_key ON population_identifier (scheme, number, record_id)
;
CREATE INDEX population_identifier_person_index ON population_identifier (person, record_id)
;
CREATE INDEX population_identifier_recorded_from ON population_identifier (recorded_from)
;
CREATE INDEX population_identifier_recorded_to ON population_identifier (recorded_to) WHERE recorded_to IS NOT NULL
;
CREATE INDEX population_identifier_status_index ON population_identifier (status, record_id)
;
CREATE TABLE population_person (
	record_id UUID NOT NULL, 
	valid TSTZRANGE NOT NULL, 
	recorded_from BIGINT NOT NULL, 
	recorded_to BIGINT, 
	change BIGINT NOT NULL, 
	salt BYTEA, 
	salts JSONB, 
	redacted JSONB, 
	digest BYTEA NOT NULL, 
	full_name TEXT COLLATE "vi-x-icu", 
	other_name TEXT COLLATE "vi-x-icu", 
	sex TEXT, 
	birth_date DATERANGE, 
	birthplace UUID, 
	native_place UUID, 
	ethnicity TEXT, 
	nationality TEXT, 
	marital_status TEXT, 
	death_date DATERANGE, 
	status TEXT, 
	PRIMARY KEY (record_id, recorded_from, valid), 
	CONSTRAINT population_person_bounded CHECK (NOT isempty(valid) AND (lower_inf(valid) OR (lower_inc(valid) AND lower(valid) BETWEEN '0001-01-01 00:00:00+00' AND '9999-12-31 00:00:00+00')) AND (upper_inf(valid) OR (NOT upper_inc(valid) AND upper(valid) BETWEEN '0001-01-01 00:00:00+00' AND '9999-12-31 00:00:00+00'))), 
	CONSTRAINT population_person_recorded CHECK (recorded_to > recorded_from), 
	CONSTRAINT population_person_full_name CHECK (char_length(full_name) BETWEEN 1 AND 200 AND (full_name IS NOT NULL OR coalesce(redacted ? 'full_name', false))), 
	CONSTRAINT population_person_other_name CHECK (char_length(other_name) BETWEEN 1 AND 200), 
	CONSTRAINT population_person_birth_date CHECK (NOT isempty(birth_date) AND birth_date <@ daterange('0001-01-01', '9999-12-31') AND (upper(birth_date) = lower(birth_date) + 1 OR (extract(day FROM lower(birth_date)) = 1 AND upper(birth_date) = lower(birth_date) + interval '1 month') OR (extract(doy FROM lower(birth_date)) = 1 AND upper(birth_date) = lower(birth_date) + interval '1 year'))), 
	CONSTRAINT population_person_death_date CHECK (NOT isempty(death_date) AND death_date <@ daterange('0001-01-01', '9999-12-31') AND (upper(death_date) = lower(death_date) + 1 OR (extract(day FROM lower(death_date)) = 1 AND upper(death_date) = lower(death_date) + interval '1 month') OR (extract(doy FROM lower(death_date)) = 1 AND upper(death_date) = lower(death_date) + interval '1 year'))), 
	CONSTRAINT population_person_status CHECK ((status IS NOT NULL OR coalesce(redacted ? 'status', false))), 
	CONSTRAINT population_person_one_belief EXCLUDE USING gist (greatest(record_id) WITH =, valid WITH &&) WHERE (recorded_to IS NULL), 
	FOREIGN KEY(record_id) REFERENCES record (record_id), 
	FOREIGN KEY(birthplace) REFERENCES record (record_id), 
	FOREIGN KEY(native_place) REFERENCES record (record_id)
)
;
CREATE INDEX population_person_birth_date_index ON population_person (birth_date, record_id)
;
CREATE INDEX population_person_birthplace_index ON population_person (birthplace, record_id)
;
CREATE INDEX population_person_full_name_fold ON population_person (fold(full_name) text_pattern_ops)
;
CREATE INDEX population_person_full_name_index ON population_person (full_name, record_id)
;
CREATE INDEX population_person_nationality_index ON population_person (nationality, record_id)
;
CREATE INDEX population_person_native_place_index ON population_person (native_place, record_id)
;
CREATE INDEX population_person_other_name_fold ON population_person (fold(other_name) text_pattern_ops)
;
CREATE INDEX population_person_other_name_index ON population_person (other_name, record_id)
;
CREATE INDEX population_person_recorded_from ON population_person (recorded_from)
;
CREATE INDEX population_person_recorded_to ON population_person (recorded_to) WHERE recorded_to IS NOT NULL
;
CREATE INDEX population_person_sex_index ON population_person (sex, record_id)
;
CREATE INDEX population_person_status_index ON population_person (status, record_id)
;
CREATE TABLE population_relation (
	record_id UUID NOT NULL, 
	valid TSTZRANGE NOT NULL, 
	recorded_from BIGINT NOT NULL, 
	recorded_to BIGINT, 
	change BIGINT NOT NULL, 
	salt BYTEA, 
	salts JSONB, 
	redacted JSONB, 
	digest BYTEA NOT NULL, 
	person UUID, 
	relative UUID, 
	kind TEXT, 
	PRIMARY KEY (record_id, recorded_from, valid), 
	CONSTRAINT population_relation_bounded CHECK (NOT isempty(valid) AND (lower_inf(valid) OR (lower_inc(valid) AND lower(valid) BETWEEN '0001-01-01 00:00:00+00' AND '9999-12-31 00:00:00+00')) AND (upper_inf(valid) OR (NOT upper_inc(valid) AND upper(valid) BETWEEN '0001-01-01 00:00:00+00' AND '9999-12-31 00:00:00+00'))), 
	CONSTRAINT population_relation_recorded CHECK (recorded_to > recorded_from), 
	CONSTRAINT population_relation_person CHECK ((person IS NOT NULL OR coalesce(redacted ? 'person', false))), 
	CONSTRAINT population_relation_relative CHECK ((relative IS NOT NULL OR coalesce(redacted ? 'relative', false))), 
	CONSTRAINT population_relation_kind CHECK ((kind IS NOT NULL OR coalesce(redacted ? 'kind', false))), 
	CONSTRAINT population_relation_one_belief EXCLUDE USING gist (greatest(record_id) WITH =, valid WITH &&) WHERE (recorded_to IS NULL), 
	FOREIGN KEY(record_id) REFERENCES record (record_id), 
	FOREIGN KEY(person) REFERENCES record (record_id), 
	FOREIGN KEY(relative) REFERENCES record (record_id)
)
;
CREATE INDEX population_relation_kind_index ON population_relation (kind, record_id)
;
CREATE INDEX population_relation_person_index ON population_relation (person, record_id)
;
CREATE INDEX population_relation_recorded_from ON population_relation (recorded_from)
;
CREATE INDEX population_relation_recorded_to ON population_relation (recorded_to) WHERE recorded_to IS NOT NULL
;
CREATE INDEX population_relation_relative_index ON population_relation (relative, record_id)
;
CREATE TABLE population_residence (
	record_id UUID NOT NULL, 
	valid TSTZRANGE NOT NULL, 
	recorded_from BIGINT NOT NULL, 
	recorded_to BIGINT, 
	change BIGINT NOT NULL, 
	salt BYTEA, 
	salts JSONB, 
	redacted JSONB, 
	digest BYTEA NOT NULL, 
	person UUID, 
	kind TEXT, 
	commune UUID, 
	address TEXT, 
	PRIMARY KEY (record_id, recorded_from, valid), 
	CONSTRAINT population_residence_bounded CHECK (NOT isempty(valid) AND (lower_inf(valid) OR (lower_inc(valid) AND lower(valid) BETWEEN '0001-01-01 00:00:00+00' AND '9999-12-31 00:00:00+00')) AND (upper_inf(valid) OR (NOT upper_inc(valid) AND upper(valid) BETWEEN '0001-01-01 00:00:00+00' AND '9999-12-31 00:00:00+00'))), 
	CONSTRAINT population_residence_recorded CHECK (recorded_to > recorded_from), 
	CONSTRAINT population_residence_person CHECK ((person IS NOT NULL OR coalesce(redacted ? 'person', false))), 
	CONSTRAINT population_residence_kind CHECK ((kind IS NOT NULL OR coalesce(redacted ? 'kind', false))), 
	CONSTRAINT population_residence_commune CHECK ((commune IS NOT NULL OR coalesce(redacted ? 'commune', false))), 
	CONSTRAINT population_residence_address CHECK (char_length(address) BETWEEN 1 AND 300), 
	CONSTRAINT population_residence_one_belief EXCLUDE USING gist (greatest(record_id) WITH =, valid WITH &&) WHERE (recorded_to IS NULL), 
	FOREIGN KEY(record_id) REFERENCES record (record_id), 
	FOREIGN KEY(person) REFERENCES record (record_id), 
	FOREIGN KEY(commune) REFERENCES record (record_id)
)
;
CREATE INDEX population_residence_commune_index ON population_residence (commune, record_id)
;
CREATE INDEX population_residence_kind_index ON population_residence (kind, record_id)
;
CREATE INDEX population_residence_person_index ON population_residence (person, record_id)
;
CREATE INDEX population_residence_recorded_from ON population_residence (recorded_from)
;
CREATE INDEX population_residence_recorded_to ON population_residence (recorded_to) WHERE recorded_to IS NOT NULL
;
CREATE TRIGGER append_only BEFORE DELETE OR TRUNCATE ON administration_unit FOR EACH STATEMENT EXECUTE FUNCTION {SCHEMA}.refuse_rewriting()
;
CREATE TRIGGER close_once BEFORE UPDATE OF recorded_to ON administration_unit FOR EACH ROW WHEN (OLD.recorded_to IS NOT NULL OR NEW.recorded_to IS NULL) EXECUTE FUNCTION {SCHEMA}.refuse_rewriting()
;
CREATE TRIGGER only_redaction BEFORE UPDATE OF record_id, valid, recorded_from, change, salt, salts, redacted, digest, code, name, kind, level, parent, boundary ON administration_unit FOR EACH ROW EXECUTE FUNCTION {SCHEMA}.allow_only_redaction()
;
CREATE TRIGGER append_only BEFORE DELETE OR TRUNCATE ON administration_succession FOR EACH STATEMENT EXECUTE FUNCTION {SCHEMA}.refuse_rewriting()
;
CREATE TRIGGER close_once BEFORE UPDATE OF recorded_to ON administration_succession FOR EACH ROW WHEN (OLD.recorded_to IS NOT NULL OR NEW.recorded_to IS NULL) EXECUTE FUNCTION {SCHEMA}.refuse_rewriting()
;
CREATE TRIGGER only_redaction BEFORE UPDATE OF record_id, valid, recorded_from, change, salt, salts, redacted, digest, predecessor, successor, coverage, is_default, legal_basis ON administration_succession FOR EACH ROW EXECUTE FUNCTION {SCHEMA}.allow_only_redaction()
;
CREATE TRIGGER append_only BEFORE DELETE OR TRUNCATE ON land_parcel FOR EACH STATEMENT EXECUTE FUNCTION {SCHEMA}.refuse_rewriting()
;
CREATE TRIGGER close_once BEFORE UPDATE OF recorded_to ON land_parcel FOR EACH ROW WHEN (OLD.recorded_to IS NOT NULL OR NEW.recorded_to IS NULL) EXECUTE FUNCTION {SCHEMA}.refuse_rewriting()
;
CREATE TRIGGER only_redaction BEFORE UPDATE OF record_id, valid, recorded_from, change, salt, salts, redacted, digest, commune, numbering_commune, map_sheet, parcel_number, national_parcel_id, documented_area, surveyed_area, address, status, geometry ON land_parcel FOR EACH ROW EXECUTE FUNCTION {SCHEMA}.allow_only_redaction()
;
CREATE TRIGGER append_only BEFORE DELETE OR TRUNCATE ON land_land_use FOR EACH STATEMENT EXECUTE FUNCTION {SCHEMA}.refuse_rewriting()
;
CREATE TRIGGER close_once BEFORE UPDATE OF recorded_to ON land_land_use FOR EACH ROW WHEN (OLD.recorded_to IS NOT NULL OR NEW.recorded_to IS NULL) EXECUTE FUNCTION {SCHEMA}.refuse_rewriting()
;
CREATE TRIGGER only_redaction BEFORE UPDATE OF record_id, valid, recorded_from, change, salt, salts, redacted, digest, parcel, purpose, area, shared, long_term, term_until, origin, origin_note ON land_land_use FOR EACH ROW EXECUTE FUNCTION {SCHEMA}.allow_only_redaction()
;
CREATE TRIGGER append_only BEFORE DELETE OR TRUNCATE ON land_party_group FOR EACH STATEMENT EXECUTE FUNCTION {SCHEMA}.refuse_rewriting()
;
CREATE TRIGGER close_once BEFORE UPDATE OF recorded_to ON land_party_group FOR EACH ROW WHEN (OLD.recorded_to IS NOT NULL OR NEW.recorded_to IS NULL) EXECUTE FUNCTION {SCHEMA}.refuse_rewriting()
;
CREATE TRIGGER only_redaction BEFORE UPDATE OF record_id, valid, recorded_from, change, salt, salts, redacted, digest, kind, name, document ON land_party_group FOR EACH ROW EXECUTE FUNCTION {SCHEMA}.allow_only_redaction()
;
CREATE TRIGGER append_only BEFORE DELETE OR TRUNCATE ON land_group_member FOR EACH STATEMENT EXECUTE FUNCTION {SCHEMA}.refuse_rewriting()
;
CREATE TRIGGER close_once BEFORE UPDATE OF recorded_to ON land_group_member FOR EACH ROW WHEN (OLD.recorded_to IS NOT NULL OR NEW.recorded_to IS NULL) EXECUTE FUNCTION {SCHEMA}.refuse_rewriting()
;
CREATE TRIGGER only_redaction BEFORE UPDATE OF record_id, valid, recorded_from, change, salt, salts, redacted, digest, party_group, member, share, joint ON land_group_member FOR EACH ROW EXECUTE FUNCTION {SCHEMA}.allow_only_redaction()
;
CREATE TRIGGER append_only BEFORE DELETE OR TRUNCATE ON land_right FOR EACH STATEMENT EXECUTE FUNCTION {SCHEMA}.refuse_rewriting()
;
CREATE TRIGGER close_once BEFORE UPDATE OF recorded_to ON land_right FOR EACH ROW WHEN (OLD.recorded_to IS NOT NULL OR NEW.recorded_to IS NULL) EXECUTE FUNCTION {SCHEMA}.refuse_rewriting()
;
CREATE TRIGGER only_redaction BEFORE UPDATE OF record_id, valid, recorded_from, change, salt, salts, redacted, digest, parcel, kind, holder, share, joint, certificate, encumbers ON land_right FOR EACH ROW EXECUTE FUNCTION {SCHEMA}.allow_only_redaction()
;
CREATE TRIGGER append_only BEFORE DELETE OR TRUNCATE ON land_certificate FOR EACH STATEMENT EXECUTE FUNCTION {SCHEMA}.refuse_rewriting()
;
CREATE TRIGGER close_once BEFORE UPDATE OF recorded_to ON land_certificate FOR EACH ROW WHEN (OLD.recorded_to IS NOT NULL OR NEW.recorded_to IS NULL) EXECUTE FUNCTION {SCHEMA}.refuse_rewriting()
;
CREATE TRIGGER only_redaction BEFORE UPDATE OF record_id, valid, recorded_from, change, salt, salts, redacted, digest, serial, register_number, issued_on, issuer, status, replaces ON land_certificate FOR EACH ROW EXECUTE FUNCTION {SCHEMA}.allow_only_redaction()
;
CREATE TRIGGER append_only BEFORE DELETE OR TRUNCATE ON land_block FOR EACH STATEMENT EXECUTE FUNCTION {SCHEMA}.refuse_rewriting()
;
CREATE TRIGGER close_once BEFORE UPDATE OF recorded_to ON land_block FOR EACH ROW WHEN (OLD.recorded_to IS NOT NULL OR NEW.recorded_to IS NULL) EXECUTE FUNCTION {SCHEMA}.refuse_rewriting()
;
CREATE TRIGGER only_redaction BEFORE UPDATE OF record_id, valid, recorded_from, change, salt, salts, redacted, digest, parcel, stops_certificate, stops_transaction, stops_change, authority, document_number, document_date, reason ON land_block FOR EACH ROW EXECUTE FUNCTION {SCHEMA}.allow_only_redaction()
;
CREATE TRIGGER append_only BEFORE DELETE OR TRUNCATE ON land_asset FOR EACH STATEMENT EXECUTE FUNCTION {SCHEMA}.refuse_rewriting()
;
CREATE TRIGGER close_once BEFORE UPDATE OF recorded_to ON land_asset FOR EACH ROW WHEN (OLD.recorded_to IS NOT NULL OR NEW.recorded_to IS NULL) EXECUTE FUNCTION {SCHEMA}.refuse_rewriting()
;
CREATE TRIGGER only_redaction BEFORE UPDATE OF record_id, valid, recorded_from, change, salt, salts, redacted, digest, parcel, kind, name, construction_area, floor_area, floors, completed_on, status, geometry ON land_asset FOR EACH ROW EXECUTE FUNCTION {SCHEMA}.allow_only_redaction()
;
CREATE TRIGGER append_only BEFORE DELETE OR TRUNCATE ON land_lineage FOR EACH STATEMENT EXECUTE FUNCTION {SCHEMA}.refuse_rewriting()
;
CREATE TRIGGER close_once BEFORE UPDATE OF recorded_to ON land_lineage FOR EACH ROW WHEN (OLD.recorded_to IS NOT NULL OR NEW.recorded_to IS NULL) EXECUTE FUNCTION {SCHEMA}.refuse_rewriting()
;
CREATE TRIGGER only_redaction BEFORE UPDATE OF record_id, valid, recorded_from, change, salt, salts, redacted, digest, parent, child, kind, area ON land_lineage FOR EACH ROW EXECUTE FUNCTION {SCHEMA}.allow_only_redaction()
;
CREATE TRIGGER append_only BEFORE DELETE OR TRUNCATE ON population_person FOR EACH STATEMENT EXECUTE FUNCTION {SCHEMA}.refuse_rewriting()
;
CREATE TRIGGER close_once BEFORE UPDATE OF recorded_to ON population_person FOR EACH ROW WHEN (OLD.recorded_to IS NOT NULL OR NEW.recorded_to IS NULL) EXECUTE FUNCTION {SCHEMA}.refuse_rewriting()
;
CREATE TRIGGER only_redaction BEFORE UPDATE OF record_id, valid, recorded_from, change, salt, salts, redacted, digest, full_name, other_name, sex, birth_date, birthplace, native_place, ethnicity, nationality, marital_status, death_date, status ON population_person FOR EACH ROW EXECUTE FUNCTION {SCHEMA}.allow_only_redaction()
;
CREATE TRIGGER append_only BEFORE DELETE OR TRUNCATE ON population_identifier FOR EACH STATEMENT EXECUTE FUNCTION {SCHEMA}.refuse_rewriting()
;
CREATE TRIGGER close_once BEFORE UPDATE OF recorded_to ON population_identifier FOR EACH ROW WHEN (OLD.recorded_to IS NOT NULL OR NEW.recorded_to IS NULL) EXECUTE FUNCTION {SCHEMA}.refuse_rewriting()
;
CREATE TRIGGER only_redaction BEFORE UPDATE OF record_id, valid, recorded_from, change, salt, salts, redacted, digest, person, scheme, number, issued_on, issuer, status ON population_identifier FOR EACH ROW EXECUTE FUNCTION {SCHEMA}.allow_only_redaction()
;
CREATE TRIGGER append_only BEFORE DELETE OR TRUNCATE ON population_residence FOR EACH STATEMENT EXECUTE FUNCTION {SCHEMA}.refuse_rewriting()
;
CREATE TRIGGER close_once BEFORE UPDATE OF recorded_to ON population_residence FOR EACH ROW WHEN (OLD.recorded_to IS NOT NULL OR NEW.recorded_to IS NULL) EXECUTE FUNCTION {SCHEMA}.refuse_rewriting()
;
CREATE TRIGGER only_redaction BEFORE UPDATE OF record_id, valid, recorded_from, change, salt, salts, redacted, digest, person, kind, commune, address ON population_residence FOR EACH ROW EXECUTE FUNCTION {SCHEMA}.allow_only_redaction()
;
CREATE TRIGGER append_only BEFORE DELETE OR TRUNCATE ON population_household FOR EACH STATEMENT EXECUTE FUNCTION {SCHEMA}.refuse_rewriting()
;
CREATE TRIGGER close_once BEFORE UPDATE OF recorded_to ON population_household FOR EACH ROW WHEN (OLD.recorded_to IS NOT NULL OR NEW.recorded_to IS NULL) EXECUTE FUNCTION {SCHEMA}.refuse_rewriting()
;
CREATE TRIGGER only_redaction BEFORE UPDATE OF record_id, valid, recorded_from, change, salt, salts, redacted, digest, number, commune, address, status ON population_household FOR EACH ROW EXECUTE FUNCTION {SCHEMA}.allow_only_redaction()
;
CREATE TRIGGER append_only BEFORE DELETE OR TRUNCATE ON population_household_member FOR EACH STATEMENT EXECUTE FUNCTION {SCHEMA}.refuse_rewriting()
;
CREATE TRIGGER close_once BEFORE UPDATE OF recorded_to ON population_household_member FOR EACH ROW WHEN (OLD.recorded_to IS NOT NULL OR NEW.recorded_to IS NULL) EXECUTE FUNCTION {SCHEMA}.refuse_rewriting()
;
CREATE TRIGGER only_redaction BEFORE UPDATE OF record_id, valid, recorded_from, change, salt, salts, redacted, digest, household, person, relation_to_head ON population_household_member FOR EACH ROW EXECUTE FUNCTION {SCHEMA}.allow_only_redaction()
;
CREATE TRIGGER append_only BEFORE DELETE OR TRUNCATE ON population_civil_event FOR EACH STATEMENT EXECUTE FUNCTION {SCHEMA}.refuse_rewriting()
;
CREATE TRIGGER close_once BEFORE UPDATE OF recorded_to ON population_civil_event FOR EACH ROW WHEN (OLD.recorded_to IS NOT NULL OR NEW.recorded_to IS NULL) EXECUTE FUNCTION {SCHEMA}.refuse_rewriting()
;
CREATE TRIGGER only_redaction BEFORE UPDATE OF record_id, valid, recorded_from, change, salt, salts, redacted, digest, person, kind, counterpart, occurred_on, registered_on, place, book, entry_number, document ON population_civil_event FOR EACH ROW EXECUTE FUNCTION {SCHEMA}.allow_only_redaction()
;
CREATE TRIGGER append_only BEFORE DELETE OR TRUNCATE ON population_relation FOR EACH STATEMENT EXECUTE FUNCTION {SCHEMA}.refuse_rewriting()
;
CREATE TRIGGER close_once BEFORE UPDATE OF recorded_to ON population_relation FOR EACH ROW WHEN (OLD.recorded_to IS NOT NULL OR NEW.recorded_to IS NULL) EXECUTE FUNCTION {SCHEMA}.refuse_rewriting()
;
CREATE TRIGGER only_redaction BEFORE UPDATE OF record_id, valid, recorded_from, change, salt, salts, redacted, digest, person, relative, kind ON population_relation FOR EACH ROW EXECUTE FUNCTION {SCHEMA}.allow_only_redaction()
;
CREATE TRIGGER append_only BEFORE DELETE OR TRUNCATE ON enterprise_enterprise FOR EACH STATEMENT EXECUTE FUNCTION {SCHEMA}.refuse_rewriting()
;
CREATE TRIGGER close_once BEFORE UPDATE OF recorded_to ON enterprise_enterprise FOR EACH ROW WHEN (OLD.recorded_to IS NOT NULL OR NEW.recorded_to IS NULL) EXECUTE FUNCTION {SCHEMA}.refuse_rewriting()
;
CREATE TRIGGER only_redaction BEFORE UPDATE OF record_id, valid, recorded_from, change, salt, salts, redacted, digest, tax_code, name, foreign_name, short_name, legal_form, status, status_origin, charter_capital, founded_on, commune, head_office ON enterprise_enterprise FOR EACH ROW EXECUTE FUNCTION {SCHEMA}.allow_only_redaction()
;
CREATE TRIGGER append_only BEFORE DELETE OR TRUNCATE ON enterprise_representative FOR EACH STATEMENT EXECUTE FUNCTION {SCHEMA}.refuse_rewriting()
;
CREATE TRIGGER close_once BEFORE UPDATE OF recorded_to ON enterprise_representative FOR EACH ROW WHEN (OLD.recorded_to IS NOT NULL OR NEW.recorded_to IS NULL) EXECUTE FUNCTION {SCHEMA}.refuse_rewriting()
;
CREATE TRIGGER only_redaction BEFORE UPDATE OF record_id, valid, recorded_from, change, salt, salts, redacted, digest, enterprise, person, position ON enterprise_representative FOR EACH ROW EXECUTE FUNCTION {SCHEMA}.allow_only_redaction()
;
CREATE TRIGGER append_only BEFORE DELETE OR TRUNCATE ON enterprise_owner FOR EACH STATEMENT EXECUTE FUNCTION {SCHEMA}.refuse_rewriting()
;
CREATE TRIGGER close_once BEFORE UPDATE OF recorded_to ON enterprise_owner FOR EACH ROW WHEN (OLD.recorded_to IS NOT NULL OR NEW.recorded_to IS NULL) EXECUTE FUNCTION {SCHEMA}.refuse_rewriting()
;
CREATE TRIGGER only_redaction BEFORE UPDATE OF record_id, valid, recorded_from, change, salt, salts, redacted, digest, enterprise, holder, kind, share, contribution ON enterprise_owner FOR EACH ROW EXECUTE FUNCTION {SCHEMA}.allow_only_redaction()
;
CREATE TRIGGER append_only BEFORE DELETE OR TRUNCATE ON enterprise_business_line FOR EACH STATEMENT EXECUTE FUNCTION {SCHEMA}.refuse_rewriting()
;
CREATE TRIGGER close_once BEFORE UPDATE OF recorded_to ON enterprise_business_line FOR EACH ROW WHEN (OLD.recorded_to IS NOT NULL OR NEW.recorded_to IS NULL) EXECUTE FUNCTION {SCHEMA}.refuse_rewriting()
;
CREATE TRIGGER only_redaction BEFORE UPDATE OF record_id, valid, recorded_from, change, salt, salts, redacted, digest, enterprise, edition, code, name, main ON enterprise_business_line FOR EACH ROW EXECUTE FUNCTION {SCHEMA}.allow_only_redaction()
;
CREATE TRIGGER append_only BEFORE DELETE OR TRUNCATE ON enterprise_dependent_unit FOR EACH STATEMENT EXECUTE FUNCTION {SCHEMA}.refuse_rewriting()
;
CREATE TRIGGER close_once BEFORE UPDATE OF recorded_to ON enterprise_dependent_unit FOR EACH ROW WHEN (OLD.recorded_to IS NOT NULL OR NEW.recorded_to IS NULL) EXECUTE FUNCTION {SCHEMA}.refuse_rewriting()
;
CREATE TRIGGER only_redaction BEFORE UPDATE OF record_id, valid, recorded_from, change, salt, salts, redacted, digest, enterprise, kind, tax_code, location_number, name, status, commune, address ON enterprise_dependent_unit FOR EACH ROW EXECUTE FUNCTION {SCHEMA}.allow_only_redaction()
;
CREATE TRIGGER append_only BEFORE DELETE OR TRUNCATE ON enterprise_household_business FOR EACH STATEMENT EXECUTE FUNCTION {SCHEMA}.refuse_rewriting()
;
CREATE TRIGGER close_once BEFORE UPDATE OF recorded_to ON enterprise_household_business FOR EACH ROW WHEN (OLD.recorded_to IS NOT NULL OR NEW.recorded_to IS NULL) EXECUTE FUNCTION {SCHEMA}.refuse_rewriting()
;
CREATE TRIGGER only_redaction BEFORE UPDATE OF record_id, valid, recorded_from, change, salt, salts, redacted, digest, registration_number, tax_code, owner, name, status, status_origin, capital, founded_on, commune, address ON enterprise_household_business FOR EACH ROW EXECUTE FUNCTION {SCHEMA}.allow_only_redaction()
;
CREATE TRIGGER append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON record FOR EACH STATEMENT EXECUTE FUNCTION {SCHEMA}.refuse_rewriting()
;
CREATE TRIGGER append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON ledger_change FOR EACH STATEMENT EXECUTE FUNCTION {SCHEMA}.refuse_rewriting()
;

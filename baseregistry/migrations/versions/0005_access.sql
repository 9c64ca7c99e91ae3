CREATE TABLE access_agency (
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
	name_vi TEXT COLLATE "vi-x-icu", 
	name_en TEXT, 
	status TEXT, 
	key_code UUID GENERATED ALWAYS AS (md5(code::text)::uuid) STORED, 
	PRIMARY KEY (record_id, recorded_from, valid), 
	CONSTRAINT access_agency_bounded CHECK (NOT isempty(valid) AND (lower_inf(valid) OR (lower_inc(valid) AND lower(valid) BETWEEN '0001-01-01 00:00:00+00' AND '9999-12-31 00:00:00+00')) AND (upper_inf(valid) OR (NOT upper_inc(valid) AND upper(valid) BETWEEN '0001-01-01 00:00:00+00' AND '9999-12-31 00:00:00+00'))), 
	CONSTRAINT access_agency_recorded CHECK (recorded_to > recorded_from), 
	CONSTRAINT access_agency_code CHECK (char_length(code) BETWEEN 1 AND 35 AND code ~ '^[A-Z0-9]+(\.[A-Z0-9]+)*$' AND (code IS NOT NULL OR coalesce(redacted ? 'code', false))), 
	CONSTRAINT access_agency_name_vi CHECK (char_length(name_vi) BETWEEN 1 AND 200 AND (name_vi IS NOT NULL OR coalesce(redacted ? 'name_vi', false))), 
	CONSTRAINT access_agency_name_en CHECK (char_length(name_en) BETWEEN 1 AND 200), 
	CONSTRAINT access_agency_status CHECK ((status IS NOT NULL OR coalesce(redacted ? 'status', false))), 
	CONSTRAINT access_agency_one_belief EXCLUDE USING gist (greatest(record_id) WITH =, valid WITH &&) WHERE (recorded_to IS NULL), 
	CONSTRAINT access_agency_key_code EXCLUDE USING gist (key_code WITH =, valid WITH &&) WHERE (recorded_to IS NULL), 
	FOREIGN KEY(record_id) REFERENCES record (record_id)
)
;
CREATE INDEX access_agency_closed_at ON access_agency (recorded_to, record_id) WHERE recorded_to IS NOT NULL
;
CREATE INDEX access_agency_code_key ON access_agency (code, record_id)
;
CREATE INDEX access_agency_code_prefix ON access_agency (code text_pattern_ops)
;
CREATE INDEX access_agency_name_vi_fold ON access_agency (fold(name_vi) text_pattern_ops)
;
CREATE INDEX access_agency_name_vi_index ON access_agency (name_vi, record_id)
;
CREATE INDEX access_agency_name_vi_words ON access_agency USING gin (name_keys(name_vi, record_id)) WITH (gin_pending_list_limit = 256)
;
CREATE INDEX access_agency_status_index ON access_agency (status, record_id)
;
CREATE INDEX access_agency_written_at ON access_agency (recorded_from, record_id)
;
CREATE TABLE access_client (
	record_id UUID NOT NULL, 
	valid TSTZRANGE NOT NULL, 
	recorded_from BIGINT NOT NULL, 
	recorded_to BIGINT, 
	change BIGINT NOT NULL, 
	salt BYTEA, 
	salts JSONB, 
	redacted JSONB, 
	digest BYTEA NOT NULL, 
	client_id TEXT, 
	agency UUID, 
	name TEXT COLLATE "vi-x-icu", 
	issuer TEXT, 
	status TEXT, 
	trusted_only BOOLEAN, 
	key_client_id UUID GENERATED ALWAYS AS (md5(client_id::text)::uuid) STORED, 
	PRIMARY KEY (record_id, recorded_from, valid), 
	CONSTRAINT access_client_bounded CHECK (NOT isempty(valid) AND (lower_inf(valid) OR (lower_inc(valid) AND lower(valid) BETWEEN '0001-01-01 00:00:00+00' AND '9999-12-31 00:00:00+00')) AND (upper_inf(valid) OR (NOT upper_inc(valid) AND upper(valid) BETWEEN '0001-01-01 00:00:00+00' AND '9999-12-31 00:00:00+00'))), 
	CONSTRAINT access_client_recorded CHECK (recorded_to > recorded_from), 
	CONSTRAINT access_client_client_id CHECK (char_length(client_id) BETWEEN 1 AND 100 AND client_id ~ '^[A-Za-z0-9][A-Za-z0-9._:-]*$' AND (client_id IS NOT NULL OR coalesce(redacted ? 'client_id', false))), 
	CONSTRAINT access_client_agency CHECK ((agency IS NOT NULL OR coalesce(redacted ? 'agency', false))), 
	CONSTRAINT access_client_name CHECK (char_length(name) BETWEEN 1 AND 200 AND (name IS NOT NULL OR coalesce(redacted ? 'name', false))), 
	CONSTRAINT access_client_issuer CHECK (char_length(issuer) BETWEEN 1 AND 300), 
	CONSTRAINT access_client_status CHECK ((status IS NOT NULL OR coalesce(redacted ? 'status', false))), 
	CONSTRAINT access_client_one_belief EXCLUDE USING gist (greatest(record_id) WITH =, valid WITH &&) WHERE (recorded_to IS NULL), 
	CONSTRAINT access_client_key_client_id EXCLUDE USING gist (key_client_id WITH =, valid WITH &&) WHERE (recorded_to IS NULL), 
	FOREIGN KEY(record_id) REFERENCES record (record_id), 
	FOREIGN KEY(agency) REFERENCES record (record_id)
)
;
CREATE INDEX access_client_agency_index ON access_client (agency, record_id)
;
CREATE INDEX access_client_client_id_key ON access_client (client_id, record_id)
;
CREATE INDEX access_client_client_id_prefix ON access_client (client_id text_pattern_ops)
;
CREATE INDEX access_client_closed_at ON access_client (recorded_to, record_id) WHERE recorded_to IS NOT NULL
;
CREATE INDEX access_client_name_fold ON access_client (fold(name) text_pattern_ops)
;
CREATE INDEX access_client_name_index ON access_client (name, record_id)
;
CREATE INDEX access_client_name_words ON access_client USING gin (name_keys(name, record_id)) WITH (gin_pending_list_limit = 256)
;
CREATE INDEX access_client_status_index ON access_client (status, record_id)
;
CREATE INDEX access_client_written_at ON access_client (recorded_from, record_id)
;
CREATE TABLE access_grant (
	record_id UUID NOT NULL, 
	valid TSTZRANGE NOT NULL, 
	recorded_from BIGINT NOT NULL, 
	recorded_to BIGINT, 
	change BIGINT NOT NULL, 
	salt BYTEA, 
	salts JSONB, 
	redacted JSONB, 
	digest BYTEA NOT NULL, 
	agency UUID, 
	purpose UUID, 
	name TEXT, 
	legal_basis TEXT, 
	everywhere BOOLEAN, 
	key_name UUID GENERATED ALWAYS AS (md5(agency::text || chr(31) || purpose::text || chr(31) || name::text)::uuid) STORED, 
	PRIMARY KEY (record_id, recorded_from, valid), 
	CONSTRAINT access_grant_bounded CHECK (NOT isempty(valid) AND (lower_inf(valid) OR (lower_inc(valid) AND lower(valid) BETWEEN '0001-01-01 00:00:00+00' AND '9999-12-31 00:00:00+00')) AND (upper_inf(valid) OR (NOT upper_inc(valid) AND upper(valid) BETWEEN '0001-01-01 00:00:00+00' AND '9999-12-31 00:00:00+00'))), 
	CONSTRAINT access_grant_recorded CHECK (recorded_to > recorded_from), 
	CONSTRAINT access_grant_agency CHECK ((agency IS NOT NULL OR coalesce(redacted ? 'agency', false))), 
	CONSTRAINT access_grant_purpose CHECK ((purpose IS NOT NULL OR coalesce(redacted ? 'purpose', false))), 
	CONSTRAINT access_grant_name CHECK (char_length(name) BETWEEN 1 AND 100 AND (name IS NOT NULL OR coalesce(redacted ? 'name', false))), 
	CONSTRAINT access_grant_legal_basis CHECK (char_length(legal_basis) BETWEEN 1 AND 400 AND (legal_basis IS NOT NULL OR coalesce(redacted ? 'legal_basis', false))), 
	CONSTRAINT access_grant_everywhere CHECK ((everywhere IS NOT NULL OR coalesce(redacted ? 'everywhere', false))), 
	CONSTRAINT access_grant_one_belief EXCLUDE USING gist (greatest(record_id) WITH =, valid WITH &&) WHERE (recorded_to IS NULL), 
	CONSTRAINT access_grant_key_name EXCLUDE USING gist (key_name WITH =, valid WITH &&) WHERE (recorded_to IS NULL), 
	FOREIGN KEY(record_id) REFERENCES record (record_id), 
	FOREIGN KEY(agency) REFERENCES record (record_id), 
	FOREIGN KEY(purpose) REFERENCES record (record_id)
)
;
CREATE INDEX access_grant_closed_at ON access_grant (recorded_to, record_id) WHERE recorded_to IS NOT NULL
;
CREATE INDEX access_grant_name_key ON access_grant (agency, purpose, name, record_id)
;
CREATE INDEX access_grant_name_prefix ON access_grant (name text_pattern_ops)
;
CREATE INDEX access_grant_purpose_index ON access_grant (purpose, record_id)
;
CREATE INDEX access_grant_written_at ON access_grant (recorded_from, record_id)
;
CREATE TABLE access_granted_path (
	record_id UUID NOT NULL, 
	valid TSTZRANGE NOT NULL, 
	recorded_from BIGINT NOT NULL, 
	recorded_to BIGINT, 
	change BIGINT NOT NULL, 
	salt BYTEA, 
	salts JSONB, 
	redacted JSONB, 
	digest BYTEA NOT NULL, 
	of_grant UUID, 
	path TEXT, 
	masked BOOLEAN, 
	key_path UUID GENERATED ALWAYS AS (md5(of_grant::text || chr(31) || path::text)::uuid) STORED, 
	PRIMARY KEY (record_id, recorded_from, valid), 
	CONSTRAINT access_granted_path_bounded CHECK (NOT isempty(valid) AND (lower_inf(valid) OR (lower_inc(valid) AND lower(valid) BETWEEN '0001-01-01 00:00:00+00' AND '9999-12-31 00:00:00+00')) AND (upper_inf(valid) OR (NOT upper_inc(valid) AND upper(valid) BETWEEN '0001-01-01 00:00:00+00' AND '9999-12-31 00:00:00+00'))), 
	CONSTRAINT access_granted_path_recorded CHECK (recorded_to > recorded_from), 
	CONSTRAINT access_granted_path_of_grant CHECK ((of_grant IS NOT NULL OR coalesce(redacted ? 'of_grant', false))), 
	CONSTRAINT access_granted_path_path CHECK (char_length(path) BETWEEN 1 AND 400 AND path ~ '^[a-z][A-Za-z0-9]*(\.[a-z][A-Za-z0-9]*)*(\.\*)?$' AND (path IS NOT NULL OR coalesce(redacted ? 'path', false))), 
	CONSTRAINT access_granted_path_masked CHECK ((masked IS NOT NULL OR coalesce(redacted ? 'masked', false))), 
	CONSTRAINT access_granted_path_one_belief EXCLUDE USING gist (greatest(record_id) WITH =, valid WITH &&) WHERE (recorded_to IS NULL), 
	CONSTRAINT access_granted_path_key_path EXCLUDE USING gist (key_path WITH =, valid WITH &&) WHERE (recorded_to IS NULL), 
	FOREIGN KEY(record_id) REFERENCES record (record_id), 
	FOREIGN KEY(of_grant) REFERENCES record (record_id)
)
;
CREATE INDEX access_granted_path_closed_at ON access_granted_path (recorded_to, record_id) WHERE recorded_to IS NOT NULL
;
CREATE INDEX access_granted_path_path_key ON access_granted_path (of_grant, path, record_id)
;
CREATE INDEX access_granted_path_path_prefix ON access_granted_path (path text_pattern_ops)
;
CREATE INDEX access_granted_path_written_at ON access_granted_path (recorded_from, record_id)
;
CREATE TABLE access_granted_unit (
	record_id UUID NOT NULL, 
	valid TSTZRANGE NOT NULL, 
	recorded_from BIGINT NOT NULL, 
	recorded_to BIGINT, 
	change BIGINT NOT NULL, 
	salt BYTEA, 
	salts JSONB, 
	redacted JSONB, 
	digest BYTEA NOT NULL, 
	of_grant UUID, 
	unit UUID, 
	key_unit UUID GENERATED ALWAYS AS (md5(of_grant::text || chr(31) || unit::text)::uuid) STORED, 
	PRIMARY KEY (record_id, recorded_from, valid), 
	CONSTRAINT access_granted_unit_bounded CHECK (NOT isempty(valid) AND (lower_inf(valid) OR (lower_inc(valid) AND lower(valid) BETWEEN '0001-01-01 00:00:00+00' AND '9999-12-31 00:00:00+00')) AND (upper_inf(valid) OR (NOT upper_inc(valid) AND upper(valid) BETWEEN '0001-01-01 00:00:00+00' AND '9999-12-31 00:00:00+00'))), 
	CONSTRAINT access_granted_unit_recorded CHECK (recorded_to > recorded_from), 
	CONSTRAINT access_granted_unit_of_grant CHECK ((of_grant IS NOT NULL OR coalesce(redacted ? 'of_grant', false))), 
	CONSTRAINT access_granted_unit_unit CHECK ((unit IS NOT NULL OR coalesce(redacted ? 'unit', false))), 
	CONSTRAINT access_granted_unit_one_belief EXCLUDE USING gist (greatest(record_id) WITH =, valid WITH &&) WHERE (recorded_to IS NULL), 
	CONSTRAINT access_granted_unit_key_unit EXCLUDE USING gist (key_unit WITH =, valid WITH &&) WHERE (recorded_to IS NULL), 
	FOREIGN KEY(record_id) REFERENCES record (record_id), 
	FOREIGN KEY(of_grant) REFERENCES record (record_id), 
	FOREIGN KEY(unit) REFERENCES record (record_id)
)
;
CREATE INDEX access_granted_unit_closed_at ON access_granted_unit (recorded_to, record_id) WHERE recorded_to IS NOT NULL
;
CREATE INDEX access_granted_unit_unit_index ON access_granted_unit (unit, record_id)
;
CREATE INDEX access_granted_unit_unit_key ON access_granted_unit (of_grant, unit, record_id)
;
CREATE INDEX access_granted_unit_written_at ON access_granted_unit (recorded_from, record_id)
;
CREATE TABLE access_official (
	record_id UUID NOT NULL, 
	valid TSTZRANGE NOT NULL, 
	recorded_from BIGINT NOT NULL, 
	recorded_to BIGINT, 
	change BIGINT NOT NULL, 
	salt BYTEA, 
	salts JSONB, 
	redacted JSONB, 
	digest BYTEA NOT NULL, 
	pseudonym TEXT, 
	agency UUID, 
	role TEXT, 
	status TEXT, 
	key_pseudonym UUID GENERATED ALWAYS AS (md5(agency::text || chr(31) || pseudonym::text)::uuid) STORED, 
	PRIMARY KEY (record_id, recorded_from, valid), 
	CONSTRAINT access_official_bounded CHECK (NOT isempty(valid) AND (lower_inf(valid) OR (lower_inc(valid) AND lower(valid) BETWEEN '0001-01-01 00:00:00+00' AND '9999-12-31 00:00:00+00')) AND (upper_inf(valid) OR (NOT upper_inc(valid) AND upper(valid) BETWEEN '0001-01-01 00:00:00+00' AND '9999-12-31 00:00:00+00'))), 
	CONSTRAINT access_official_recorded CHECK (recorded_to > recorded_from), 
	CONSTRAINT access_official_pseudonym CHECK (char_length(pseudonym) BETWEEN 1 AND 64 AND pseudonym ~ '^[A-Za-z0-9][A-Za-z0-9._:-]*$' AND (pseudonym IS NOT NULL OR coalesce(redacted ? 'pseudonym', false))), 
	CONSTRAINT access_official_agency CHECK ((agency IS NOT NULL OR coalesce(redacted ? 'agency', false))), 
	CONSTRAINT access_official_role CHECK ((role IS NOT NULL OR coalesce(redacted ? 'role', false))), 
	CONSTRAINT access_official_status CHECK ((status IS NOT NULL OR coalesce(redacted ? 'status', false))), 
	CONSTRAINT access_official_one_belief EXCLUDE USING gist (greatest(record_id) WITH =, valid WITH &&) WHERE (recorded_to IS NULL), 
	CONSTRAINT access_official_key_pseudonym EXCLUDE USING gist (key_pseudonym WITH =, valid WITH &&) WHERE (recorded_to IS NULL), 
	FOREIGN KEY(record_id) REFERENCES record (record_id), 
	FOREIGN KEY(agency) REFERENCES record (record_id)
)
;
CREATE INDEX access_official_closed_at ON access_official (recorded_to, record_id) WHERE recorded_to IS NOT NULL
;
CREATE INDEX access_official_pseudonym_key ON access_official (agency, pseudonym, record_id)
;
CREATE INDEX access_official_pseudonym_prefix ON access_official (pseudonym text_pattern_ops)
;
CREATE INDEX access_official_role_index ON access_official (role, record_id)
;
CREATE INDEX access_official_status_index ON access_official (status, record_id)
;
CREATE INDEX access_official_written_at ON access_official (recorded_from, record_id)
;
CREATE TABLE access_purpose (
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
	title_vi TEXT COLLATE "vi-x-icu", 
	title_en TEXT, 
	kind TEXT, 
	procedure TEXT, 
	legal_basis TEXT, 
	status TEXT, 
	key_code UUID GENERATED ALWAYS AS (md5(code::text)::uuid) STORED, 
	PRIMARY KEY (record_id, recorded_from, valid), 
	CONSTRAINT access_purpose_bounded CHECK (NOT isempty(valid) AND (lower_inf(valid) OR (lower_inc(valid) AND lower(valid) BETWEEN '0001-01-01 00:00:00+00' AND '9999-12-31 00:00:00+00')) AND (upper_inf(valid) OR (NOT upper_inc(valid) AND upper(valid) BETWEEN '0001-01-01 00:00:00+00' AND '9999-12-31 00:00:00+00'))), 
	CONSTRAINT access_purpose_recorded CHECK (recorded_to > recorded_from), 
	CONSTRAINT access_purpose_code CHECK (char_length(code) BETWEEN 1 AND 64 AND code ~ '^[A-Za-z0-9][A-Za-z0-9._-]*$' AND (code IS NOT NULL OR coalesce(redacted ? 'code', false))), 
	CONSTRAINT access_purpose_title_vi CHECK (char_length(title_vi) BETWEEN 1 AND 300 AND (title_vi IS NOT NULL OR coalesce(redacted ? 'title_vi', false))), 
	CONSTRAINT access_purpose_title_en CHECK (char_length(title_en) BETWEEN 1 AND 300), 
	CONSTRAINT access_purpose_kind CHECK ((kind IS NOT NULL OR coalesce(redacted ? 'kind', false))), 
	CONSTRAINT access_purpose_procedure CHECK (char_length(procedure) BETWEEN 1 AND 20 AND procedure ~ '^[0-9]\.[0-9]{6}$'), 
	CONSTRAINT access_purpose_legal_basis CHECK (char_length(legal_basis) BETWEEN 1 AND 400 AND (legal_basis IS NOT NULL OR coalesce(redacted ? 'legal_basis', false))), 
	CONSTRAINT access_purpose_status CHECK ((status IS NOT NULL OR coalesce(redacted ? 'status', false))), 
	CONSTRAINT access_purpose_one_belief EXCLUDE USING gist (greatest(record_id) WITH =, valid WITH &&) WHERE (recorded_to IS NULL), 
	CONSTRAINT access_purpose_key_code EXCLUDE USING gist (key_code WITH =, valid WITH &&) WHERE (recorded_to IS NULL), 
	FOREIGN KEY(record_id) REFERENCES record (record_id)
)
;
CREATE INDEX access_purpose_closed_at ON access_purpose (recorded_to, record_id) WHERE recorded_to IS NOT NULL
;
CREATE INDEX access_purpose_code_key ON access_purpose (code, record_id)
;
CREATE INDEX access_purpose_code_prefix ON access_purpose (code text_pattern_ops)
;
CREATE INDEX access_purpose_kind_index ON access_purpose (kind, record_id)
;
CREATE INDEX access_purpose_procedure_index ON access_purpose (procedure, record_id)
;
CREATE INDEX access_purpose_procedure_prefix ON access_purpose (procedure text_pattern_ops)
;
CREATE INDEX access_purpose_status_index ON access_purpose (status, record_id)
;
CREATE INDEX access_purpose_title_vi_fold ON access_purpose (fold(title_vi) text_pattern_ops)
;
CREATE INDEX access_purpose_title_vi_index ON access_purpose (title_vi, record_id)
;
CREATE INDEX access_purpose_title_vi_words ON access_purpose USING gin (name_keys(title_vi, record_id)) WITH (gin_pending_list_limit = 256)
;
CREATE INDEX access_purpose_written_at ON access_purpose (recorded_from, record_id)
;
CREATE TRIGGER append_only BEFORE DELETE OR TRUNCATE ON access_agency FOR EACH STATEMENT EXECUTE FUNCTION {SCHEMA}.refuse_rewriting()
;
CREATE TRIGGER close_once BEFORE UPDATE OF recorded_to ON access_agency FOR EACH ROW WHEN (OLD.recorded_to IS NOT NULL OR NEW.recorded_to IS NULL) EXECUTE FUNCTION {SCHEMA}.refuse_rewriting()
;
CREATE TRIGGER only_redaction BEFORE UPDATE OF record_id, valid, recorded_from, change, salt, salts, redacted, digest, code, name_vi, name_en, status ON access_agency FOR EACH ROW EXECUTE FUNCTION {SCHEMA}.allow_only_redaction()
;
CREATE TRIGGER append_only BEFORE DELETE OR TRUNCATE ON access_client FOR EACH STATEMENT EXECUTE FUNCTION {SCHEMA}.refuse_rewriting()
;
CREATE TRIGGER close_once BEFORE UPDATE OF recorded_to ON access_client FOR EACH ROW WHEN (OLD.recorded_to IS NOT NULL OR NEW.recorded_to IS NULL) EXECUTE FUNCTION {SCHEMA}.refuse_rewriting()
;
CREATE TRIGGER only_redaction BEFORE UPDATE OF record_id, valid, recorded_from, change, salt, salts, redacted, digest, client_id, agency, name, issuer, status, trusted_only ON access_client FOR EACH ROW EXECUTE FUNCTION {SCHEMA}.allow_only_redaction()
;
CREATE TRIGGER append_only BEFORE DELETE OR TRUNCATE ON access_official FOR EACH STATEMENT EXECUTE FUNCTION {SCHEMA}.refuse_rewriting()
;
CREATE TRIGGER close_once BEFORE UPDATE OF recorded_to ON access_official FOR EACH ROW WHEN (OLD.recorded_to IS NOT NULL OR NEW.recorded_to IS NULL) EXECUTE FUNCTION {SCHEMA}.refuse_rewriting()
;
CREATE TRIGGER only_redaction BEFORE UPDATE OF record_id, valid, recorded_from, change, salt, salts, redacted, digest, pseudonym, agency, role, status ON access_official FOR EACH ROW EXECUTE FUNCTION {SCHEMA}.allow_only_redaction()
;
CREATE TRIGGER append_only BEFORE DELETE OR TRUNCATE ON access_purpose FOR EACH STATEMENT EXECUTE FUNCTION {SCHEMA}.refuse_rewriting()
;
CREATE TRIGGER close_once BEFORE UPDATE OF recorded_to ON access_purpose FOR EACH ROW WHEN (OLD.recorded_to IS NOT NULL OR NEW.recorded_to IS NULL) EXECUTE FUNCTION {SCHEMA}.refuse_rewriting()
;
CREATE TRIGGER only_redaction BEFORE UPDATE OF record_id, valid, recorded_from, change, salt, salts, redacted, digest, code, title_vi, title_en, kind, procedure, legal_basis, status ON access_purpose FOR EACH ROW EXECUTE FUNCTION {SCHEMA}.allow_only_redaction()
;
CREATE TRIGGER append_only BEFORE DELETE OR TRUNCATE ON access_grant FOR EACH STATEMENT EXECUTE FUNCTION {SCHEMA}.refuse_rewriting()
;
CREATE TRIGGER close_once BEFORE UPDATE OF recorded_to ON access_grant FOR EACH ROW WHEN (OLD.recorded_to IS NOT NULL OR NEW.recorded_to IS NULL) EXECUTE FUNCTION {SCHEMA}.refuse_rewriting()
;
CREATE TRIGGER only_redaction BEFORE UPDATE OF record_id, valid, recorded_from, change, salt, salts, redacted, digest, agency, purpose, name, legal_basis, everywhere ON access_grant FOR EACH ROW EXECUTE FUNCTION {SCHEMA}.allow_only_redaction()
;
CREATE TRIGGER append_only BEFORE DELETE OR TRUNCATE ON access_granted_path FOR EACH STATEMENT EXECUTE FUNCTION {SCHEMA}.refuse_rewriting()
;
CREATE TRIGGER close_once BEFORE UPDATE OF recorded_to ON access_granted_path FOR EACH ROW WHEN (OLD.recorded_to IS NOT NULL OR NEW.recorded_to IS NULL) EXECUTE FUNCTION {SCHEMA}.refuse_rewriting()
;
CREATE TRIGGER only_redaction BEFORE UPDATE OF record_id, valid, recorded_from, change, salt, salts, redacted, digest, of_grant, path, masked ON access_granted_path FOR EACH ROW EXECUTE FUNCTION {SCHEMA}.allow_only_redaction()
;
CREATE TRIGGER append_only BEFORE DELETE OR TRUNCATE ON access_granted_unit FOR EACH STATEMENT EXECUTE FUNCTION {SCHEMA}.refuse_rewriting()
;
CREATE TRIGGER close_once BEFORE UPDATE OF recorded_to ON access_granted_unit FOR EACH ROW WHEN (OLD.recorded_to IS NOT NULL OR NEW.recorded_to IS NULL) EXECUTE FUNCTION {SCHEMA}.refuse_rewriting()
;
CREATE TRIGGER only_redaction BEFORE UPDATE OF record_id, valid, recorded_from, change, salt, salts, redacted, digest, of_grant, unit ON access_granted_unit FOR EACH ROW EXECUTE FUNCTION {SCHEMA}.allow_only_redaction()
;

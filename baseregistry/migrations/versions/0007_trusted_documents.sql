ALTER TABLE access_client ADD COLUMN requests_per_second INTEGER, ADD COLUMN burst INTEGER, ADD COLUMN cost_per_minute INTEGER, ADD COLUMN personal_records_per_day INTEGER
;
ALTER TABLE access_client ADD CONSTRAINT access_client_requests_per_second CHECK (requests_per_second BETWEEN 1 AND 999999)
;
ALTER TABLE access_client ADD CONSTRAINT access_client_burst CHECK (burst BETWEEN 1 AND 999999)
;
ALTER TABLE access_client ADD CONSTRAINT access_client_cost_per_minute CHECK (cost_per_minute BETWEEN 1 AND 999999999)
;
ALTER TABLE access_client ADD CONSTRAINT access_client_personal_records_per_day CHECK (personal_records_per_day BETWEEN 1 AND 999999999)
;
DROP TRIGGER only_redaction ON access_client
;
CREATE TRIGGER only_redaction BEFORE UPDATE OF record_id, valid, recorded_from, change, salt, salts, redacted, digest, client_id, agency, name, issuer, status, trusted_only, requests_per_second, burst, cost_per_minute, personal_records_per_day ON access_client FOR EACH ROW EXECUTE FUNCTION {SCHEMA}.allow_only_redaction()
;
CREATE TABLE access_allowance (
	client TEXT NOT NULL, 
	allowance TEXT NOT NULL, 
	used DOUBLE PRECISION NOT NULL, 
	at TIMESTAMP WITH TIME ZONE NOT NULL, 
	PRIMARY KEY (client, allowance)
)
 WITH (fillfactor = 50)
;
CREATE TABLE access_document (
	sha256 BYTEA NOT NULL, 
	text TEXT NOT NULL, 
	PRIMARY KEY (sha256), 
	CONSTRAINT access_document_own CHECK (sha256 = sha256(convert_to(text, 'UTF8')))
)
;
CREATE TABLE access_manifest (
	record_id UUID NOT NULL, 
	valid TSTZRANGE NOT NULL, 
	recorded_from BIGINT NOT NULL, 
	recorded_to BIGINT, 
	change BIGINT NOT NULL, 
	salt BYTEA, 
	salts JSONB, 
	redacted JSONB, 
	digest BYTEA NOT NULL, 
	client UUID, 
	name TEXT, 
	sha256 TEXT, 
	schema TEXT, 
	key_name UUID GENERATED ALWAYS AS (md5(client::text || chr(31) || name::text)::uuid) STORED, 
	PRIMARY KEY (record_id, recorded_from, valid), 
	CONSTRAINT access_manifest_bounded CHECK (NOT isempty(valid) AND (lower_inf(valid) OR (lower_inc(valid) AND lower(valid) BETWEEN '0001-01-01 00:00:00+00' AND '9999-12-31 00:00:00+00')) AND (upper_inf(valid) OR (NOT upper_inc(valid) AND upper(valid) BETWEEN '0001-01-01 00:00:00+00' AND '9999-12-31 00:00:00+00'))), 
	CONSTRAINT access_manifest_recorded CHECK (recorded_to > recorded_from), 
	CONSTRAINT access_manifest_client CHECK ((client IS NOT NULL OR coalesce(redacted ? 'client', false))), 
	CONSTRAINT access_manifest_name CHECK (char_length(name) BETWEEN 1 AND 100 AND name ~ '^[A-Za-z0-9][A-Za-z0-9._+-]*$' AND (name IS NOT NULL OR coalesce(redacted ? 'name', false))), 
	CONSTRAINT access_manifest_sha256 CHECK (char_length(sha256) BETWEEN 1 AND 64 AND sha256 ~ '^[0-9a-f]{64}$' AND (sha256 IS NOT NULL OR coalesce(redacted ? 'sha256', false))), 
	CONSTRAINT access_manifest_schema CHECK (char_length(schema) BETWEEN 1 AND 64 AND schema ~ '^[0-9a-f]{64}$' AND (schema IS NOT NULL OR coalesce(redacted ? 'schema', false))), 
	CONSTRAINT access_manifest_one_belief EXCLUDE USING gist (greatest(record_id) WITH =, valid WITH &&) WHERE (recorded_to IS NULL), 
	CONSTRAINT access_manifest_key_name EXCLUDE USING gist (key_name WITH =, valid WITH &&) WHERE (recorded_to IS NULL), 
	FOREIGN KEY(record_id) REFERENCES record (record_id), 
	FOREIGN KEY(client) REFERENCES record (record_id)
)
;
CREATE INDEX access_manifest_closed_at ON access_manifest (recorded_to, record_id) WHERE recorded_to IS NOT NULL
;
CREATE INDEX access_manifest_name_key ON access_manifest (client, name, record_id)
;
CREATE INDEX access_manifest_name_prefix ON access_manifest (name text_pattern_ops)
;
CREATE INDEX access_manifest_written_at ON access_manifest (recorded_from, record_id)
;
CREATE TABLE access_trusted_document (
	record_id UUID NOT NULL, 
	valid TSTZRANGE NOT NULL, 
	recorded_from BIGINT NOT NULL, 
	recorded_to BIGINT, 
	change BIGINT NOT NULL, 
	salt BYTEA, 
	salts JSONB, 
	redacted JSONB, 
	digest BYTEA NOT NULL, 
	of_manifest UUID, 
	sha256 TEXT, 
	operation TEXT, 
	purpose UUID, 
	cost INTEGER, 
	paths TEXT, 
	key_document UUID GENERATED ALWAYS AS (md5(of_manifest::text || chr(31) || sha256::text)::uuid) STORED, 
	PRIMARY KEY (record_id, recorded_from, valid), 
	CONSTRAINT access_trusted_document_bounded CHECK (NOT isempty(valid) AND (lower_inf(valid) OR (lower_inc(valid) AND lower(valid) BETWEEN '0001-01-01 00:00:00+00' AND '9999-12-31 00:00:00+00')) AND (upper_inf(valid) OR (NOT upper_inc(valid) AND upper(valid) BETWEEN '0001-01-01 00:00:00+00' AND '9999-12-31 00:00:00+00'))), 
	CONSTRAINT access_trusted_document_recorded CHECK (recorded_to > recorded_from), 
	CONSTRAINT access_trusted_document_of_manifest CHECK ((of_manifest IS NOT NULL OR coalesce(redacted ? 'of_manifest', false))), 
	CONSTRAINT access_trusted_document_sha256 CHECK (char_length(sha256) BETWEEN 1 AND 64 AND sha256 ~ '^[0-9a-f]{64}$' AND (sha256 IS NOT NULL OR coalesce(redacted ? 'sha256', false))), 
	CONSTRAINT access_trusted_document_operation CHECK (char_length(operation) BETWEEN 1 AND 200 AND operation ~ '^[_A-Za-z][_0-9A-Za-z]*$' AND (operation IS NOT NULL OR coalesce(redacted ? 'operation', false))), 
	CONSTRAINT access_trusted_document_purpose CHECK ((purpose IS NOT NULL OR coalesce(redacted ? 'purpose', false))), 
	CONSTRAINT access_trusted_document_cost CHECK (cost BETWEEN 0 AND 999999999 AND (cost IS NOT NULL OR coalesce(redacted ? 'cost', false))), 
	CONSTRAINT access_trusted_document_paths CHECK (char_length(paths) BETWEEN 1 AND 60000), 
	CONSTRAINT access_trusted_document_one_belief EXCLUDE USING gist (greatest(record_id) WITH =, valid WITH &&) WHERE (recorded_to IS NULL), 
	CONSTRAINT access_trusted_document_key_document EXCLUDE USING gist (key_document WITH =, valid WITH &&) WHERE (recorded_to IS NULL), 
	FOREIGN KEY(record_id) REFERENCES record (record_id), 
	FOREIGN KEY(of_manifest) REFERENCES record (record_id), 
	FOREIGN KEY(purpose) REFERENCES record (record_id)
)
;
CREATE INDEX access_trusted_document_closed_at ON access_trusted_document (recorded_to, record_id) WHERE recorded_to IS NOT NULL
;
CREATE INDEX access_trusted_document_document_key ON access_trusted_document (of_manifest, sha256, record_id)
;
CREATE INDEX access_trusted_document_purpose_index ON access_trusted_document (purpose, record_id)
;
CREATE INDEX access_trusted_document_sha256_prefix ON access_trusted_document (sha256 text_pattern_ops)
;
CREATE INDEX access_trusted_document_written_at ON access_trusted_document (recorded_from, record_id)
;
CREATE TRIGGER append_only BEFORE DELETE OR TRUNCATE ON access_manifest FOR EACH STATEMENT EXECUTE FUNCTION {SCHEMA}.refuse_rewriting()
;
CREATE TRIGGER close_once BEFORE UPDATE OF recorded_to ON access_manifest FOR EACH ROW WHEN (OLD.recorded_to IS NOT NULL OR NEW.recorded_to IS NULL) EXECUTE FUNCTION {SCHEMA}.refuse_rewriting()
;
CREATE TRIGGER only_redaction BEFORE UPDATE OF record_id, valid, recorded_from, change, salt, salts, redacted, digest, client, name, sha256, schema ON access_manifest FOR EACH ROW EXECUTE FUNCTION {SCHEMA}.allow_only_redaction()
;
CREATE TRIGGER append_only BEFORE DELETE OR TRUNCATE ON access_trusted_document FOR EACH STATEMENT EXECUTE FUNCTION {SCHEMA}.refuse_rewriting()
;
CREATE TRIGGER close_once BEFORE UPDATE OF recorded_to ON access_trusted_document FOR EACH ROW WHEN (OLD.recorded_to IS NOT NULL OR NEW.recorded_to IS NULL) EXECUTE FUNCTION {SCHEMA}.refuse_rewriting()
;
CREATE TRIGGER only_redaction BEFORE UPDATE OF record_id, valid, recorded_from, change, salt, salts, redacted, digest, of_manifest, sha256, operation, purpose, cost, paths ON access_trusted_document FOR EACH ROW EXECUTE FUNCTION {SCHEMA}.allow_only_redaction()
;
CREATE TRIGGER append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON access_document FOR EACH STATEMENT EXECUTE FUNCTION {SCHEMA}.refuse_rewriting()
;
CREATE FUNCTION {SCHEMA}.access_take(whose text, what text, needed bigint, wanted bigint, capacity bigint, rate double precision, zone text,
  OUT granted bigint, OUT remaining bigint, OUT seconds double precision) RETURNS record LANGUAGE plpgsql
  SECURITY DEFINER SET search_path TO pg_catalog, pg_temp AS $body$
DECLARE
  held {SCHEMA}.access_allowance;
  moment timestamptz;
  midnight timestamp;
BEGIN
  IF rate IS NOT NULL THEN
    PERFORM set_config('synchronous_commit', 'off', true);
  END IF;
  INSERT INTO {SCHEMA}.access_allowance VALUES (whose, what, 0, clock_timestamp()) ON CONFLICT DO NOTHING;
  SELECT * INTO held FROM {SCHEMA}.access_allowance a WHERE a.client = whose AND a.allowance = what FOR UPDATE;
  moment := greatest(clock_timestamp(), held.at);
  midnight := date_trunc('day', moment AT TIME ZONE coalesce(zone, 'UTC'));
  IF rate IS NOT NULL THEN
    held.used := greatest(0, held.used - rate * extract(epoch FROM moment - held.at));
  ELSIF held.at < midnight AT TIME ZONE zone THEN
    held.used := 0;
  END IF;
  granted := CASE
    WHEN wanted < 0 THEN greatest(wanted, -floor(held.used)::bigint)
    WHEN floor(capacity - held.used) < needed THEN 0
    ELSE least(wanted, floor(capacity - held.used)::bigint) END;
  UPDATE {SCHEMA}.access_allowance a SET used = held.used + granted, at = moment WHERE a.client = whose AND a.allowance = what;
  remaining := greatest(0, floor(capacity - held.used)::bigint - granted);
  seconds := CASE
    WHEN rate IS NULL THEN extract(epoch FROM (midnight + interval '1 day') AT TIME ZONE zone - moment)
    ELSE greatest(0, held.used + granted + needed - capacity) / rate END;
END
$body$

ALTER TABLE access_purpose ADD COLUMN disclosure_delay integer, ADD COLUMN delay_basis text
;
ALTER TABLE access_purpose ADD CONSTRAINT access_purpose_disclosure_delay CHECK (disclosure_delay BETWEEN 1 AND 99999)
;
ALTER TABLE access_purpose ADD CONSTRAINT access_purpose_delay_basis CHECK (char_length(delay_basis) BETWEEN 1 AND 400)
;
DROP TRIGGER only_redaction ON access_purpose
;
CREATE TRIGGER only_redaction BEFORE UPDATE OF record_id, valid, recorded_from, change, salt, salts, redacted, digest, code, title_vi, title_en, kind, procedure, legal_basis, status, disclosure_delay, delay_basis ON access_purpose FOR EACH ROW EXECUTE FUNCTION {SCHEMA}.allow_only_redaction()
;
CREATE INDEX access_request_of_time ON access_request (asked_at)
;
CREATE INDEX access_request_of_case ON access_request (case_id, asked_at) WHERE case_id IS NOT NULL
;
DROP INDEX access_record_of_group
;
CREATE INDEX access_record_of_group ON access_record USING brin (position) WITH (pages_per_range = 16, autosummarize = on)
;
CREATE INDEX access_record_of_record ON access_record (record_id, asked_at) WHERE subject IS DISTINCT FROM record_id
;

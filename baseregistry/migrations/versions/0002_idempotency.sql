CREATE TABLE idempotency (
	caller TEXT NOT NULL, 
	key TEXT NOT NULL, 
	digest BYTEA NOT NULL, 
	position BIGINT NOT NULL, 
	result JSONB NOT NULL, 
	recorded_at TIMESTAMP WITH TIME ZONE NOT NULL, 
	kept_until TIMESTAMP WITH TIME ZONE NOT NULL, 
	PRIMARY KEY (caller, key), 
	CONSTRAINT idempotency_kept CHECK (kept_until > recorded_at)
)
;
CREATE INDEX idempotency_kept_until ON idempotency (kept_until)
;
CREATE TRIGGER append_only BEFORE UPDATE OR TRUNCATE ON idempotency FOR EACH STATEMENT EXECUTE FUNCTION {SCHEMA}.refuse_rewriting()
;
CREATE TRIGGER kept BEFORE DELETE ON idempotency FOR EACH ROW WHEN (OLD.kept_until > now()) EXECUTE FUNCTION {SCHEMA}.refuse_rewriting()
;

CREATE TABLE access_context (
	digest BYTEA NOT NULL CHECK (length(digest) = 16), 
	agency TEXT NOT NULL, 
	client TEXT NOT NULL, 
	subject TEXT NOT NULL, 
	official TEXT NOT NULL, 
	role TEXT NOT NULL, 
	purpose TEXT NOT NULL, 
	form TEXT NOT NULL, 
	operation TEXT NOT NULL, 
	document BYTEA NOT NULL, 
	grants JSONB NOT NULL, 
	paths JSONB NOT NULL, 
	levels JSONB NOT NULL, 
	PRIMARY KEY (digest)
)
;
CREATE INDEX access_context_of_agency ON access_context (agency)
;
CREATE TABLE access_request (
	asked_at TIMESTAMP WITH TIME ZONE NOT NULL, 
	position BIGINT NOT NULL, 
	place INTEGER NOT NULL, 
	answered_at TIMESTAMP WITH TIME ZONE NOT NULL, 
	context BYTEA NOT NULL, 
	case_id TEXT, 
	asked BYTEA, 
	known TEXT, 
	valid_at TEXT, 
	answer BYTEA NOT NULL, 
	status SMALLINT NOT NULL, 
	code TEXT, 
	records INTEGER NOT NULL
) PARTITION BY RANGE (asked_at)
;
CREATE INDEX access_request_of_group ON access_request (position, place)
;
CREATE INDEX access_request_of_context ON access_request (context, asked_at)
;
CREATE TABLE access_record (
	register TEXT NOT NULL, 
	asked_at TIMESTAMP WITH TIME ZONE NOT NULL, 
	position BIGINT NOT NULL, 
	place INTEGER NOT NULL, 
	level SMALLINT NOT NULL, 
	record_id UUID NOT NULL, 
	recorded_from BIGINT NOT NULL, 
	subject UUID
) PARTITION BY LIST (register)
;
CREATE INDEX access_record_of_subject ON access_record (subject, asked_at) WHERE subject IS NOT NULL
;
CREATE INDEX access_record_of_group ON access_record USING brin (position)
;
CREATE TABLE access_group (
	position BIGINT NOT NULL CHECK (position > 0), 
	at TIMESTAMP WITH TIME ZONE NOT NULL, 
	parts TEXT NOT NULL, 
	head BYTEA NOT NULL, 
	PRIMARY KEY (position)
)
;
CREATE TABLE access_checkpoint (
	register TEXT NOT NULL, 
	month DATE NOT NULL, 
	first_position BIGINT NOT NULL, 
	last_position BIGINT NOT NULL, 
	rows BIGINT NOT NULL, 
	digest BYTEA NOT NULL, 
	position BIGINT NOT NULL REFERENCES access_group (position), 
	PRIMARY KEY (register, month)
)
;
CREATE TRIGGER append_only BEFORE UPDATE OR DELETE ON access_request FOR EACH ROW EXECUTE FUNCTION {SCHEMA}.refuse_rewriting()
;
CREATE TRIGGER append_only BEFORE UPDATE OR DELETE ON access_record FOR EACH ROW EXECUTE FUNCTION {SCHEMA}.refuse_rewriting()
;
CREATE TRIGGER never_emptied BEFORE TRUNCATE ON access_request FOR EACH STATEMENT EXECUTE FUNCTION {SCHEMA}.refuse_rewriting()
;
CREATE TRIGGER never_emptied BEFORE TRUNCATE ON access_record FOR EACH STATEMENT EXECUTE FUNCTION {SCHEMA}.refuse_rewriting()
;
CREATE TRIGGER append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON access_context FOR EACH STATEMENT EXECUTE FUNCTION {SCHEMA}.refuse_rewriting()
;
CREATE TRIGGER append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON access_group FOR EACH STATEMENT EXECUTE FUNCTION {SCHEMA}.refuse_rewriting()
;
CREATE TRIGGER append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON access_checkpoint FOR EACH STATEMENT EXECUTE FUNCTION {SCHEMA}.refuse_rewriting()
;
CREATE FUNCTION {SCHEMA}.access_micros(at timestamptz) RETURNS bigint LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE AS $body$
  SELECT (extract(epoch FROM at) * 1000000)::bigint
$body$
;
CREATE FUNCTION {SCHEMA}.access_chained(previous bytea, place bigint, at timestamptz, parts text) RETURNS bytea LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE AS $body$
  SELECT sha256(previous || int8send(place) || int8send((extract(epoch FROM at) * 1000000)::bigint) || convert_to(parts, 'UTF8'))
$body$
;
CREATE FUNCTION {SCHEMA}.access_append(parts text) RETURNS bigint LANGUAGE plpgsql AS $body$
DECLARE
  last record;
  at timestamptz;
BEGIN
  IF current_setting('synchronous_commit') NOT IN ('on', 'remote_apply') THEN
    PERFORM set_config('synchronous_commit', 'on', true);
  END IF;
  PERFORM pg_advisory_xact_lock(hashtextextended('{SCHEMA}.access_group', 0));
  SELECT g.position, g.at, g.head INTO last FROM {SCHEMA}.access_group g ORDER BY g.position DESC LIMIT 1;
  IF NOT FOUND THEN
    SELECT 0::bigint AS position, '-infinity'::timestamptz AS at, decode(repeat('00', 32), 'hex') AS head INTO last;
  END IF;
  at := greatest(clock_timestamp(), last.at);
  INSERT INTO {SCHEMA}.access_group VALUES
    (last.position + 1, at, parts, {SCHEMA}.access_chained(last.head, last.position + 1, at, parts));
  RETURN last.position + 1;
END
$body$
;
CREATE FUNCTION {SCHEMA}.access_keep(contexts jsonb, parts text, asked_at bigint[], answered_at bigint[], context bytea[], case_id text[], asked bytea[], known text[], valid_at text[], answer bytea[], status smallint[], code text[], records integer[], register text[], place integer[], level smallint[], record_id uuid[], recorded_from bigint[], subject uuid[]) RETURNS bigint LANGUAGE plpgsql AS $body$
DECLARE
  here bigint;
BEGIN
  here := {SCHEMA}.access_append(parts);
  IF contexts IS NOT NULL THEN
    INSERT INTO {SCHEMA}.access_context SELECT * FROM jsonb_populate_recordset(NULL::{SCHEMA}.access_context, contexts)
      ON CONFLICT (digest) DO NOTHING;
  END IF;
  INSERT INTO {SCHEMA}.access_request
    SELECT timestamptz 'epoch' + r.a * interval '1 microsecond', here, r.n, timestamptz 'epoch' + r.b * interval '1 microsecond',
      r.c, r.d, r.e, r.f, r.g, r.h, r.i, r.j, r.k
    FROM unnest(asked_at, answered_at, context, case_id, asked, known, valid_at, answer, status, code, records)
      WITH ORDINALITY AS r (a, b, c, d, e, f, g, h, i, j, k, n);
  IF cardinality(register) > 0 THEN
    INSERT INTO {SCHEMA}.access_record
      SELECT r.a, timestamptz 'epoch' + asked_at[r.p] * interval '1 microsecond', here, r.p, r.l, r.i, r.f, r.s
      FROM unnest(register, place, level, record_id, recorded_from, subject) AS r (a, p, l, i, f, s);
  END IF;
  RETURN here;
END
$body$
;
CREATE FUNCTION {SCHEMA}.access_prepare(registers text[], first date, months integer) RETURNS void LANGUAGE plpgsql AS $body$
DECLARE
  part record;
BEGIN
  PERFORM pg_advisory_xact_lock(hashtextextended('{SCHEMA}.access_prepare', 0));
  FOR part IN SELECT 'access_record_' || r AS named, r AS register FROM unnest(registers) r LOOP
    IF to_regclass(format('{SCHEMA}.%I', part.named)) IS NULL THEN
      EXECUTE format('CREATE TABLE {SCHEMA}.%I (LIKE {SCHEMA}.access_record INCLUDING ALL) PARTITION BY RANGE (asked_at)', part.named);
      EXECUTE format('ALTER TABLE {SCHEMA}.access_record ATTACH PARTITION {SCHEMA}.%I FOR VALUES IN (%L)', part.named, part.register);
    END IF;
  END LOOP;
  FOR part IN
    SELECT p.parent, p.parent || to_char(m, '_YYYY_MM') AS named, m AT TIME ZONE 'UTC' AS begins, (m + interval '1 month') AT TIME ZONE 'UTC' AS ends
    FROM generate_series(date_trunc('month', first::timestamp), date_trunc('month', first::timestamp) + (months - 1) * interval '1 month', interval '1 month') m,
      (SELECT 'access_request' AS parent UNION ALL SELECT 'access_record_' || r FROM unnest(registers) r) p
  LOOP
    CONTINUE WHEN to_regclass(format('{SCHEMA}.%I', part.named)) IS NOT NULL;
    EXECUTE format('CREATE TABLE {SCHEMA}.%I (LIKE {SCHEMA}.%I INCLUDING ALL)', part.named, part.parent);
    EXECUTE format('CREATE TRIGGER never_emptied BEFORE TRUNCATE ON {SCHEMA}.%I FOR EACH STATEMENT EXECUTE FUNCTION {SCHEMA}.refuse_rewriting()', part.named);
    EXECUTE format('ALTER TABLE {SCHEMA}.%I ATTACH PARTITION {SCHEMA}.%I FOR VALUES FROM (%L) TO (%L)', part.parent, part.named, part.begins, part.ends);
  END LOOP;
END
$body$
;
CREATE VIEW access_seen AS
  SELECT r.register, r.asked_at, q.answered_at, c.agency, c.client, c.subject AS caller, c.official, c.role, c.purpose, c.grants, q.case_id,
    c.operation, c.document, c.levels -> r.level::integer ->> 'entity' AS entity, c.levels -> r.level::integer -> 'fields' AS fields,
    c.levels -> r.level::integer -> 'conditions' AS conditions,
    CASE WHEN (c.levels -> r.level::integer ->> 'opened')::boolean THEN 'OPENED' ELSE 'SEARCH_HIT' END AS how,
    r.record_id, r.recorded_from, r.subject, q.known, q.valid_at, q.status, r.position, r.place
  FROM access_record r
  LEFT JOIN access_request q ON q.asked_at = r.asked_at AND q.position = r.position AND q.place = r.place
  LEFT JOIN access_context c ON c.digest = q.context

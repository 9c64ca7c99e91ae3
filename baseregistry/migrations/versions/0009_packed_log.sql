CREATE TABLE access_lines (
	register TEXT NOT NULL, 
	month DATE NOT NULL, 
	position BIGINT NOT NULL, 
	lines TEXT NOT NULL
) PARTITION BY LIST (register)
;
ALTER TABLE access_lines ALTER COLUMN lines SET STORAGE EXTERNAL
;
CREATE INDEX access_lines_of_group ON access_lines (position)
;
CREATE TRIGGER append_only BEFORE UPDATE OR DELETE ON access_lines FOR EACH ROW EXECUTE FUNCTION {SCHEMA}.refuse_rewriting()
;
CREATE TRIGGER never_emptied BEFORE TRUNCATE ON access_lines FOR EACH STATEMENT EXECUTE FUNCTION {SCHEMA}.refuse_rewriting()
;
CREATE TABLE access_unpacked (
	one BOOLEAN DEFAULT true NOT NULL CHECK (one), 
	position BIGINT NOT NULL, 
	PRIMARY KEY (one)
)
;
INSERT INTO access_unpacked (position) SELECT coalesce(max(position), 0) FROM access_group
;
DROP FUNCTION {SCHEMA}.access_keep
;
CREATE FUNCTION {SCHEMA}.access_keep(contexts jsonb, parts text, VARIADIC lines text[]) RETURNS bigint LANGUAGE plpgsql AS $body$
DECLARE
  here bigint;
BEGIN
  IF contexts IS NOT NULL THEN
    INSERT INTO {SCHEMA}.access_context SELECT * FROM jsonb_populate_recordset(NULL::{SCHEMA}.access_context, contexts)
      ON CONFLICT (digest) DO NOTHING;
  END IF;
  here := {SCHEMA}.access_append(parts);
  INSERT INTO {SCHEMA}.access_lines
    SELECT split_part(p.said, ' ', 2), to_date(split_part(p.said, ' ', 3), 'YYYY-MM'), here, p.lines
    FROM unnest(string_to_array(parts, E'\n'), lines) AS p (said, lines);
  RETURN here;
END
$body$
;
CREATE FUNCTION {SCHEMA}.access_unpack(most bigint, wait boolean, OUT done bigint, OUT last bigint, OUT behind double precision) LANGUAGE plpgsql AS $body$
DECLARE
  before bigint;
  lock bigint := hashtextextended('{SCHEMA}.access_unpacked', 0);
BEGIN
  IF pg_is_in_recovery() THEN
    SELECT u.position INTO done FROM {SCHEMA}.access_unpacked u;
    SELECT coalesce(max(g.position), 0) INTO last FROM {SCHEMA}.access_group g;
    RETURN;
  ELSIF wait THEN
    PERFORM pg_advisory_xact_lock(lock);
  ELSIF NOT pg_try_advisory_xact_lock(lock) THEN
    RETURN;
  END IF;
  PERFORM set_config('synchronous_commit', 'off', true);
  SELECT u.position INTO before FROM {SCHEMA}.access_unpacked u;
  SELECT coalesce(max(g.position), 0) INTO last FROM {SCHEMA}.access_group g;
  SELECT coalesce(max(t.position), before) INTO done FROM (
    SELECT g.position, sum(coalesce(s.size, 0)) OVER (ORDER BY g.position) AS size
    FROM (SELECT g.position FROM {SCHEMA}.access_group g WHERE g.position > before ORDER BY g.position LIMIT 1000) g
    LEFT JOIN (SELECT l.position, sum(octet_length(l.lines)) AS size FROM {SCHEMA}.access_lines l
      WHERE l.position > before AND l.position <= before + 1000 GROUP BY l.position) s ON s.position = g.position
  ) t WHERE t.size <= most OR t.position = before + 1;
  IF done = before THEN
    RETURN;
  END IF;
  INSERT INTO {SCHEMA}.access_request
    SELECT timestamptz 'epoch' + (r.said ->> 1)::bigint * interval '1 microsecond', l.position, (r.said ->> 0)::integer,
      timestamptz 'epoch' + (r.said ->> 2)::bigint * interval '1 microsecond', decode(r.said ->> 3, 'hex'), r.said ->> 4,
      decode(r.said ->> 5, 'hex'), r.said ->> 6, r.said ->> 7, decode(r.said ->> 8, 'hex'), (r.said ->> 9)::smallint,
      r.said ->> 10, (r.said ->> 11)::integer
    FROM {SCHEMA}.access_lines l CROSS JOIN LATERAL jsonb_array_elements(l.lines::jsonb) AS r (said)
    WHERE l.register = 'request' AND l.position > before AND l.position <= done;
  INSERT INTO {SCHEMA}.access_record
    WITH told AS MATERIALIZED (
      SELECT l.register, l.position, split_part(b.said, ' ', 1)::integer AS place,
        timestamptz 'epoch' + split_part(b.said, ' ', 2)::bigint * interval '1 microsecond' AS asked_at,
        split_part(split_part(b.said, E'\n', 1), ' ', 3) AS own, k.said
      FROM {SCHEMA}.access_lines l
      CROSS JOIN LATERAL unnest(string_to_array(substr(l.lines, 2), E'\n@')) AS b (said)
      CROSS JOIN LATERAL unnest((string_to_array(translate(b.said, ' ', E'\n'), E'\n'))[4:]) AS k (said)
      WHERE l.register <> 'request' AND l.position > before AND l.position <= done
    ), single AS (
      SELECT t.register, t.position, t.place, t.asked_at, t.own, string_to_array(t.said, '.') AS key FROM told t
      WHERE strpos(t.said, ':') = 0
    ), packed AS MATERIALIZED (
      SELECT t.register, t.position, t.place, t.asked_at, t.own, split_part(t.said, '/', 1) AS level,
        split_part(split_part(t.said, ':', 1), '/', 2)::integer AS subjects, decode(split_part(t.said, ':', 2), 'base64') AS keys
      FROM told t WHERE strpos(t.said, ':') > 0
    ), taken AS (
      SELECT p.*, substr(p.keys, o.n + 1, 24 + 16 * p.subjects) AS key
      FROM packed p CROSS JOIN LATERAL generate_series(0, length(p.keys) - 1, 24 + 16 * p.subjects) AS o (n)
    )
    SELECT s.register, s.asked_at, s.position, s.place, s.key[1]::smallint, s.key[2]::uuid, s.key[3]::bigint,
      CASE WHEN s.key[1] = ANY (string_to_array(s.own, ',')) THEN s.key[2]::uuid ELSE o.subject END
    FROM single s LEFT JOIN LATERAL (
      SELECT u.subject::uuid AS subject FROM unnest(s.key[4:]) AS u (subject) WHERE u.subject <> '') o ON true
    UNION
    SELECT t.register, t.asked_at, t.position, t.place, t.level::smallint, encode(substr(t.key, 1, 16), 'hex')::uuid,
      ('x' || encode(substr(t.key, 17, 8), 'hex'))::bit(64)::bigint,
      CASE WHEN t.level = ANY (string_to_array(t.own, ',')) THEN encode(substr(t.key, 1, 16), 'hex')::uuid ELSE o.subject END
    FROM taken t LEFT JOIN LATERAL (
      SELECT encode(substr(t.key, 25 + 16 * i, 16), 'hex')::uuid AS subject
      FROM generate_series(0, t.subjects - 1) AS i
      WHERE substr(t.key, 25 + 16 * i, 16) <> '\x00000000000000000000000000000000') o ON true;
  UPDATE {SCHEMA}.access_unpacked SET position = done;
  SELECT extract(epoch FROM clock_timestamp() - g.at) INTO behind FROM {SCHEMA}.access_group g WHERE g.position = done + 1;
END
$body$
;
CREATE OR REPLACE FUNCTION {SCHEMA}.access_prepare(registers text[], first date, months integer) RETURNS void LANGUAGE plpgsql AS $body$
DECLARE
  part record;
BEGIN
  PERFORM pg_advisory_xact_lock(hashtextextended('{SCHEMA}.access_prepare', 0));
  FOR part IN SELECT t.parent, t.parent || '_' || r.register AS named, r.register, t.key
    FROM (VALUES ('access_record', 'asked_at'), ('access_lines', 'month')) t (parent, key),
      (SELECT unnest(registers) UNION ALL SELECT 'request') r (register)
    WHERE (t.parent, r.register) <> ('access_record', 'request')
  LOOP
    IF to_regclass(format('{SCHEMA}.%I', part.named)) IS NULL THEN
      EXECUTE format('CREATE TABLE {SCHEMA}.%I (LIKE {SCHEMA}.%I INCLUDING ALL) PARTITION BY RANGE (%I)', part.named, part.parent, part.key);
      EXECUTE format('ALTER TABLE {SCHEMA}.%I ATTACH PARTITION {SCHEMA}.%I FOR VALUES IN (%L)', part.parent, part.named, part.register);
    END IF;
  END LOOP;
  FOR part IN
    SELECT p.parent, p.parent || to_char(m, '_YYYY_MM') AS named,
      CASE WHEN p.days THEN m::date::text ELSE (m AT TIME ZONE 'UTC')::text END AS begins,
      CASE WHEN p.days THEN (m + interval '1 month')::date::text ELSE ((m + interval '1 month') AT TIME ZONE 'UTC')::text END AS ends
    FROM generate_series(date_trunc('month', first::timestamp), date_trunc('month', first::timestamp) + (months - 1) * interval '1 month', interval '1 month') m,
      (SELECT 'access_request' AS parent, false AS days UNION ALL SELECT 'access_record_' || r, false FROM unnest(registers) r
       UNION ALL SELECT 'access_lines_request', true UNION ALL SELECT 'access_lines_' || r, true FROM unnest(registers) r) p
  LOOP
    CONTINUE WHEN to_regclass(format('{SCHEMA}.%I', part.named)) IS NOT NULL;
    EXECUTE format('CREATE TABLE {SCHEMA}.%I (LIKE {SCHEMA}.%I INCLUDING ALL)', part.named, part.parent);
    EXECUTE format('CREATE TRIGGER never_emptied BEFORE TRUNCATE ON {SCHEMA}.%I FOR EACH STATEMENT EXECUTE FUNCTION {SCHEMA}.refuse_rewriting()', part.named);
    EXECUTE format('ALTER TABLE {SCHEMA}.%I ATTACH PARTITION {SCHEMA}.%I FOR VALUES FROM (%L) TO (%L)', part.parent, part.named, part.begins, part.ends);
  END LOOP;
END
$body$

SELECT (SELECT coalesce(json_agg(row_to_json(r$11)), '[]'::json) AS coalesce_1
FROM (SELECT (SELECT row_to_json(r$9) AS row_to_json_1
FROM (SELECT v$8.full_name AS full_name
FROM population_person AS v$8
WHERE v$8.record_id = m$7.target$ AND v$8.recorded_to IS NULL AND (v$8.valid @> statement_timestamp())) AS r$9) AS record, (SELECT row_to_json(r$10) AS row_to_json_2
FROM (SELECT m$7.number AS number) AS r$10) AS matched, m$7.held$ AS held
FROM (SELECT v$6.person AS target$, coalesce((v$6.valid @> statement_timestamp()) AND v$6.status = 'IN_USE'::text, false) AS held$, lower_inf(v$6.valid) OR lower(v$6.valid) <= statement_timestamp() AS begun$, row_number() OVER (PARTITION BY v$6.record_id, v$6.person ORDER BY (lower_inf(v$6.valid) OR lower(v$6.valid) <= statement_timestamp()) DESC, CASE WHEN (lower_inf(v$6.valid) OR lower(v$6.valid) <= statement_timestamp()) THEN lower(v$6.valid) END DESC NULLS LAST, lower(v$6.valid) ASC) AS n$, v$6.record_id AS record_id, v$6.valid AS valid, v$6.recorded_from AS recorded_from, v$6.recorded_to AS recorded_to, v$6.change AS change, v$6.redacted AS redacted, v$6.digest AS digest, v$6.number AS number
FROM population_identifier AS v$6
WHERE v$6.person IS NOT NULL AND v$6.scheme = 'PERSONAL_ID'::text AND v$6.number = CAST($1 AS TEXT) AND v$6.recorded_to IS NULL) AS m$7
WHERE m$7.n$ = 1 ORDER BY m$7.held$ DESC, m$7.begun$ DESC, lower(m$7.valid) DESC NULLS LAST, m$7.record_id, m$7.target$) AS r$11) AS data_0, CAST(s$4.position AS TEXT) AS taken_0, to_char(s$4.recorded_at AT TIME ZONE 'UTC'::text, 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"'::text) AS taken_1, encode(s$4.head, 'hex'::text) AS taken_2, CAST(s$4.last AS TEXT) AS taken_3, to_char(statement_timestamp() AT TIME ZONE 'UTC'::text, 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"'::text) AS taken_4
FROM (SELECT coalesce(k$2.position, 0) AS position, k$2.recorded_at AS recorded_at, coalesce(k$2.head, '\xb9c85ea46133d9428404d473c9cf20994a81a15b8a22753ca81c870c1d1a2015'::bytea) AS head, NULL::bigint AS last
FROM (SELECT 1 AS one) AS o$3 LEFT OUTER JOIN (SELECT l$1.position AS position, l$1.recorded_at AS recorded_at, l$1.head AS head
FROM ledger_change AS l$1 ORDER BY l$1.position DESC
 LIMIT 1) AS k$2 ON true) AS s$4

SELECT (SELECT row_to_json(r$13) AS row_to_json_1
FROM (SELECT t$12.f0 AS items, t$12.f1 AS not_found
FROM (SELECT coalesce(json_agg((SELECT row_to_json(r$11) AS row_to_json_2
FROM (SELECT b$9.key$ AS key, (SELECT row_to_json(r$10) AS row_to_json_3
FROM (SELECT b$9.full_name AS full_name
WHERE b$9.record_id IS NOT NULL) AS r$10) AS node) AS r$11)), '[]'::json) AS f0, coalesce(json_agg(b$9.key$) FILTER (WHERE b$9.record_id IS NULL), '[]'::json) AS f1, count(*) AS "all"
FROM (SELECT CAST(k$6.key AS TEXT) AS key$, l$8.record_id AS record_id, l$8.valid AS valid, l$8.recorded_from AS recorded_from, l$8.recorded_to AS recorded_to, l$8.change AS change, l$8.redacted AS redacted, l$8.digest AS digest, l$8.full_name AS full_name
FROM unnest(CAST($1 AS TEXT[])) WITH ORDINALITY AS k$6(key, n) LEFT OUTER JOIN LATERAL (SELECT v$5.record_id AS record_id, v$5.valid AS valid, v$5.recorded_from AS recorded_from, v$5.recorded_to AS recorded_to, v$5.change AS change, v$5.redacted AS redacted, v$5.digest AS digest, v$5.full_name AS full_name
FROM population_person AS v$5
WHERE v$5.record_id = (SELECT v$7.person
FROM population_identifier AS v$7
WHERE v$7.scheme = 'PERSONAL_ID'::text AND v$7.number = k$6.key AND v$7.recorded_to IS NULL AND (v$7.valid @> statement_timestamp())) AND v$5.recorded_to IS NULL AND (v$5.valid @> statement_timestamp())) AS l$8 ON true ORDER BY k$6.n) AS b$9) AS t$12) AS r$13) AS data_0, CAST(s$4.position AS TEXT) AS taken_0, to_char(s$4.recorded_at AT TIME ZONE 'UTC'::text, 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"'::text) AS taken_1, encode(s$4.head, 'hex'::text) AS taken_2, CAST(s$4.last AS TEXT) AS taken_3, to_char(statement_timestamp() AT TIME ZONE 'UTC'::text, 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"'::text) AS taken_4
FROM (SELECT coalesce(k$2.position, 0) AS position, k$2.recorded_at AS recorded_at, coalesce(k$2.head, '\xb9c85ea46133d9428404d473c9cf20994a81a15b8a22753ca81c870c1d1a2015'::bytea) AS head, NULL::bigint AS last
FROM (SELECT 1 AS one) AS o$3 LEFT OUTER JOIN (SELECT l$1.position AS position, l$1.recorded_at AS recorded_at, l$1.head AS head
FROM ledger_change AS l$1 ORDER BY l$1.position DESC
 LIMIT 1) AS k$2 ON true) AS s$4

SELECT (SELECT row_to_json(r$10) AS row_to_json_1
FROM (SELECT v$5.record_id AS id, v$5.name AS name, (SELECT row_to_json(r$7) AS row_to_json_2
FROM (SELECT v$5.level AS code, c$6.title_vi AS title_vi
FROM code AS c$6
WHERE c$6.list = 'administration.unit_level'::text AND c$6.code = v$5.level
 LIMIT 1) AS r$7) AS level, (SELECT row_to_json(r$9) AS row_to_json_3
FROM (SELECT v$8.name AS name
FROM administration_unit AS v$8
WHERE v$8.record_id = v$5.parent AND v$8.recorded_to IS NULL AND (v$8.valid @> statement_timestamp())) AS r$9) AS parent
FROM administration_unit AS v$5
WHERE v$5.code = CAST($1 AS TEXT) AND v$5.recorded_to IS NULL AND (v$5.valid @> statement_timestamp())) AS r$10) AS data_0, CAST(s$4.position AS TEXT) AS taken_0, to_char(s$4.recorded_at AT TIME ZONE 'UTC'::text, 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"'::text) AS taken_1, encode(s$4.head, 'hex'::text) AS taken_2, CAST(s$4.last AS TEXT) AS taken_3, to_char(statement_timestamp() AT TIME ZONE 'UTC'::text, 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"'::text) AS taken_4
FROM (SELECT coalesce(k$2.position, 0) AS position, k$2.recorded_at AS recorded_at, coalesce(k$2.head, '\xb9c85ea46133d9428404d473c9cf20994a81a15b8a22753ca81c870c1d1a2015'::bytea) AS head, NULL::bigint AS last
FROM (SELECT 1 AS one) AS o$3 LEFT OUTER JOIN (SELECT l$1.position AS position, l$1.recorded_at AS recorded_at, l$1.head AS head
FROM ledger_change AS l$1 ORDER BY l$1.position DESC
 LIMIT 1) AS k$2 ON true) AS s$4

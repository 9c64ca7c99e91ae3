SELECT (SELECT row_to_json(r$10) AS row_to_json_1
FROM (SELECT v$6.full_name AS full_name, (SELECT row_to_json(r$8) AS row_to_json_2
FROM (SELECT v$7.name AS name
FROM administration_unit AS v$7
WHERE v$7.record_id = v$6.birthplace AND v$7.recorded_from <= CAST($1 AS BIGINT) AND (v$7.recorded_to > CAST($1 AS BIGINT) OR v$7.recorded_to IS NULL) AND (lower_inf(v$7.valid) OR coalesce(s$5.recorded_at, statement_timestamp()) >= lower(v$7.valid)) ORDER BY v$7.valid DESC
 LIMIT 1) AS r$8) AS birthplace
FROM population_person AS v$6
WHERE v$6.record_id = (SELECT v$9.person
FROM population_identifier AS v$9
WHERE v$9.scheme = 'PERSONAL_ID'::text AND v$9.number = CAST($2 AS TEXT) AND v$9.recorded_from <= CAST($1 AS BIGINT) AND (v$9.recorded_to > CAST($1 AS BIGINT) OR v$9.recorded_to IS NULL) AND (v$9.valid @> coalesce(s$5.recorded_at, statement_timestamp()))) AND v$6.recorded_from <= CAST($1 AS BIGINT) AND (v$6.recorded_to > CAST($1 AS BIGINT) OR v$6.recorded_to IS NULL) AND (v$6.valid @> coalesce(s$5.recorded_at, statement_timestamp()))) AS r$10) AS data_0, CAST(s$5.position AS TEXT) AS taken_0, to_char(s$5.recorded_at AT TIME ZONE 'UTC'::text, 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"'::text) AS taken_1, encode(s$5.head, 'hex'::text) AS taken_2, CAST(s$5.last AS TEXT) AS taken_3, to_char(coalesce(s$5.recorded_at, statement_timestamp()) AT TIME ZONE 'UTC'::text, 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"'::text) AS taken_4
FROM (SELECT coalesce(k$3.position, CASE WHEN (CAST($1 AS BIGINT) = 0) THEN 0 END) AS position, k$3.recorded_at AS recorded_at, coalesce(k$3.head, '\xb9c85ea46133d9428404d473c9cf20994a81a15b8a22753ca81c870c1d1a2015'::bytea) AS head, coalesce((SELECT max(l$2.position) AS max_1
FROM ledger_change AS l$2), 0) AS last
FROM (SELECT 1 AS one) AS o$4 LEFT OUTER JOIN (SELECT l$1.position AS position, l$1.recorded_at AS recorded_at, l$1.head AS head
FROM ledger_change AS l$1
WHERE l$1.position = CAST($1 AS BIGINT)) AS k$3 ON true) AS s$5

SELECT (SELECT row_to_json(r$17) AS row_to_json_1
FROM (SELECT t$16.f0 AS nodes
FROM (SELECT coalesce(json_agg(row_to_json(n$15)), '[]'::json) AS f0
FROM (SELECT q$13.record_id AS record_id, q$13.valid AS valid, q$13.recorded_from AS recorded_from, q$13.recorded_to AS recorded_to, q$13.change AS change, q$13.redacted AS redacted, q$13.digest AS digest, q$13.o$0 AS o$0, q$13.o$1 AS o$1
FROM (SELECT u$12.record_id AS record_id, u$12.valid AS valid, u$12.recorded_from AS recorded_from, u$12.recorded_to AS recorded_to, u$12.change AS change, u$12.redacted AS redacted, u$12.digest AS digest, u$12.o$0 AS o$0, u$12.o$1 AS o$1
FROM (SELECT p$7.record_id AS record_id, p$7.valid AS valid, p$7.recorded_from AS recorded_from, p$7.recorded_to AS recorded_to, p$7.change AS change, p$7.redacted AS redacted, p$7.digest AS digest, p$7.o$0 AS o$0, p$7.o$1 AS o$1
FROM (SELECT q$6.record_id AS record_id, q$6.valid AS valid, q$6.recorded_from AS recorded_from, q$6.recorded_to AS recorded_to, q$6.change AS change, q$6.redacted AS redacted, q$6.digest AS digest, q$6.o$0 AS o$0, q$6.o$1 AS o$1, row_number() OVER () AS n$
FROM (SELECT v$5.record_id AS record_id, v$5.valid AS valid, v$5.recorded_from AS recorded_from, v$5.recorded_to AS recorded_to, v$5.change AS change, v$5.redacted AS redacted, v$5.digest AS digest, v$5.documented_area AS o$0, v$5.record_id AS o$1
FROM land_parcel AS v$5
WHERE v$5.recorded_to IS NULL AND (v$5.valid @> statement_timestamp()) AND (v$5.documented_area, v$5.record_id) < (CAST($1 AS NUMERIC), CAST($2 AS UUID)) ORDER BY v$5.documented_area DESC NULLS FIRST, v$5.record_id DESC NULLS FIRST
 LIMIT 1001) AS q$6) AS p$7
WHERE p$7.n$ <= CAST($3 AS BIGINT) UNION ALL SELECT p$9.record_id AS record_id, p$9.valid AS valid, p$9.recorded_from AS recorded_from, p$9.recorded_to AS recorded_to, p$9.change AS change, p$9.redacted AS redacted, p$9.digest AS digest, p$9.o$0 AS o$0, p$9.o$1 AS o$1
FROM (SELECT q$8.record_id AS record_id, q$8.valid AS valid, q$8.recorded_from AS recorded_from, q$8.recorded_to AS recorded_to, q$8.change AS change, q$8.redacted AS redacted, q$8.digest AS digest, q$8.o$0 AS o$0, q$8.o$1 AS o$1, row_number() OVER () AS n$
FROM (SELECT v$5.record_id AS record_id, v$5.valid AS valid, v$5.recorded_from AS recorded_from, v$5.recorded_to AS recorded_to, v$5.change AS change, v$5.redacted AS redacted, v$5.digest AS digest, v$5.documented_area AS o$0, v$5.record_id AS o$1
FROM land_parcel AS v$5
WHERE v$5.recorded_to IS NULL AND (v$5.valid @> statement_timestamp()) AND v$5.documented_area IS NULL AND CAST($1 AS NUMERIC) IS NULL AND (v$5.documented_area < CAST($1 AS NUMERIC) OR CAST($1 AS NUMERIC) IS NULL AND v$5.documented_area IS NOT NULL OR v$5.documented_area IS NOT DISTINCT FROM CAST($1 AS NUMERIC) AND v$5.record_id < CAST($2 AS UUID)) ORDER BY v$5.documented_area DESC NULLS FIRST, v$5.record_id DESC NULLS FIRST
 LIMIT 1001) AS q$8) AS p$9
WHERE p$9.n$ <= CAST($3 AS BIGINT) UNION ALL SELECT p$11.record_id AS record_id, p$11.valid AS valid, p$11.recorded_from AS recorded_from, p$11.recorded_to AS recorded_to, p$11.change AS change, p$11.redacted AS redacted, p$11.digest AS digest, p$11.o$0 AS o$0, p$11.o$1 AS o$1
FROM (SELECT q$10.record_id AS record_id, q$10.valid AS valid, q$10.recorded_from AS recorded_from, q$10.recorded_to AS recorded_to, q$10.change AS change, q$10.redacted AS redacted, q$10.digest AS digest, q$10.o$0 AS o$0, q$10.o$1 AS o$1, row_number() OVER () AS n$
FROM (SELECT v$5.record_id AS record_id, v$5.valid AS valid, v$5.recorded_from AS recorded_from, v$5.recorded_to AS recorded_to, v$5.change AS change, v$5.redacted AS redacted, v$5.digest AS digest, v$5.documented_area AS o$0, v$5.record_id AS o$1
FROM land_parcel AS v$5
WHERE v$5.recorded_to IS NULL AND (v$5.valid @> statement_timestamp()) AND v$5.documented_area IS NOT NULL AND CAST($1 AS NUMERIC) IS NULL ORDER BY v$5.documented_area DESC NULLS FIRST, v$5.record_id DESC NULLS FIRST
 LIMIT 1001) AS q$10) AS p$11
WHERE p$11.n$ <= CAST($3 AS BIGINT)) AS u$12 ORDER BY u$12.o$0 DESC NULLS FIRST, u$12.o$1 DESC NULLS FIRST) AS q$13
 LIMIT CAST($3 AS BIGINT)) AS p$14 JOIN LATERAL (SELECT p$14.record_id AS id) AS n$15 ON true
WHERE true) AS t$16) AS r$17) AS data_0, CAST(s$4.position AS TEXT) AS taken_0, to_char(s$4.recorded_at AT TIME ZONE 'UTC'::text, 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"'::text) AS taken_1, encode(s$4.head, 'hex'::text) AS taken_2, CAST(s$4.last AS TEXT) AS taken_3, to_char(statement_timestamp() AT TIME ZONE 'UTC'::text, 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"'::text) AS taken_4
FROM (SELECT coalesce(k$2.position, 0) AS position, k$2.recorded_at AS recorded_at, coalesce(k$2.head, '\xb9c85ea46133d9428404d473c9cf20994a81a15b8a22753ca81c870c1d1a2015'::bytea) AS head, NULL::bigint AS last
FROM (SELECT 1 AS one) AS o$3 LEFT OUTER JOIN (SELECT l$1.position AS position, l$1.recorded_at AS recorded_at, l$1.head AS head
FROM ledger_change AS l$1 ORDER BY l$1.position DESC
 LIMIT 1) AS k$2 ON true) AS s$4

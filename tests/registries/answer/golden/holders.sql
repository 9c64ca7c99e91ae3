SELECT (SELECT row_to_json(r$19) AS row_to_json_1
FROM (SELECT (SELECT row_to_json(r$18) AS row_to_json_2
FROM (SELECT t$16.f0 AS nodes, (SELECT row_to_json(r$17) AS row_to_json_3
FROM (SELECT t$16.has_next_page AS has_next_page) AS r$17) AS page_info
FROM (SELECT count(*) > CAST($1 AS BIGINT) AS has_next_page, coalesce(json_agg(row_to_json(n$15)) FILTER (WHERE p$8.n$ <= CAST($1 AS BIGINT)), '[]'::json) AS f0
FROM (SELECT q$7.record_id AS record_id, q$7.valid AS valid, q$7.recorded_from AS recorded_from, q$7.recorded_to AS recorded_to, q$7.change AS change, q$7.redacted AS redacted, q$7.digest AS digest, q$7.holder AS holder, q$7.share AS share, q$7.o$0 AS o$0, row_number() OVER () AS n$
FROM (SELECT v$6.record_id AS record_id, v$6.valid AS valid, v$6.recorded_from AS recorded_from, v$6.recorded_to AS recorded_to, v$6.change AS change, v$6.redacted AS redacted, v$6.digest AS digest, v$6.holder AS holder, v$6.share AS share, v$6.record_id AS o$0
FROM land_right AS v$6
WHERE v$6.parcel = v$5.record_id AND v$6.recorded_to IS NULL AND (v$6.valid @> statement_timestamp()) ORDER BY v$6.record_id ASC NULLS LAST
 LIMIT 1001) AS q$7) AS p$8 JOIN LATERAL (SELECT p$8.share AS share, coalesce((SELECT row_to_json(r$10) AS row_to_json_4
FROM (SELECT v$9.record_id AS id
FROM population_person AS v$9
WHERE v$9.record_id = p$8.holder AND v$9.recorded_to IS NULL AND (v$9.valid @> statement_timestamp())) AS r$10), (SELECT row_to_json(r$12) AS row_to_json_5
FROM (SELECT v$11.record_id AS id
FROM enterprise_enterprise AS v$11
WHERE v$11.record_id = p$8.holder AND v$11.recorded_to IS NULL AND (v$11.valid @> statement_timestamp())) AS r$12), (SELECT row_to_json(r$14) AS row_to_json_6
FROM (SELECT v$13.record_id AS id
FROM land_party_group AS v$13
WHERE v$13.record_id = p$8.holder AND v$13.recorded_to IS NULL AND (v$13.valid @> statement_timestamp())) AS r$14)) AS holder) AS n$15 ON true
WHERE p$8.n$ <= CAST($1 AS BIGINT) + 1) AS t$16) AS r$18) AS rights
FROM land_parcel AS v$5
WHERE v$5.record_id = CAST($2 AS UUID) AND v$5.recorded_to IS NULL AND (v$5.valid @> statement_timestamp())) AS r$19) AS data_0, CAST(s$4.position AS TEXT) AS taken_0, to_char(s$4.recorded_at AT TIME ZONE 'UTC'::text, 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"'::text) AS taken_1, encode(s$4.head, 'hex'::text) AS taken_2, CAST(s$4.last AS TEXT) AS taken_3, to_char(statement_timestamp() AT TIME ZONE 'UTC'::text, 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"'::text) AS taken_4
FROM (SELECT coalesce(k$2.position, 0) AS position, k$2.recorded_at AS recorded_at, coalesce(k$2.head, '\xb9c85ea46133d9428404d473c9cf20994a81a15b8a22753ca81c870c1d1a2015'::bytea) AS head, NULL::bigint AS last
FROM (SELECT 1 AS one) AS o$3 LEFT OUTER JOIN (SELECT l$1.position AS position, l$1.recorded_at AS recorded_at, l$1.head AS head
FROM ledger_change AS l$1 ORDER BY l$1.position DESC
 LIMIT 1) AS k$2 ON true) AS s$4

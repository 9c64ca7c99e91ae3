-- What PostGraphile is shown: views of what is believed and valid now, in a schema of their own.  They add nothing to
-- the registers' schema; keys and references are told by smart comments, so that it plans with the same indexes.
-- `{schema}` is the registers' schema.
DROP SCHEMA IF EXISTS bench_peer CASCADE;
CREATE SCHEMA bench_peer;

CREATE VIEW bench_peer.change AS
SELECT position, recorded_at, kind, agency, document_number, recorded_by FROM {schema}.ledger_change;
COMMENT ON VIEW bench_peer.change IS E'@primaryKey position';

CREATE VIEW bench_peer.person AS
SELECT p.record_id AS id, i.number AS personal_id, p.full_name, p.other_name,
  left(lower(p.birth_date)::text, CASE WHEN upper(p.birth_date) - lower(p.birth_date) > 31 THEN 4
    WHEN upper(p.birth_date) - lower(p.birth_date) > 1 THEN 7 ELSE 10 END) AS birth_date,
  p.sex, p.status, lower(p.valid) AS valid_from, p.change
FROM {schema}.population_identifier i JOIN {schema}.population_person p ON p.record_id = i.person
WHERE i.scheme = 'PERSONAL_ID' AND i.recorded_to IS NULL AND i.valid @> now()
  AND p.recorded_to IS NULL AND p.valid @> now();
COMMENT ON VIEW bench_peer.person IS E'@primaryKey id\n@unique personal_id\n@foreignKey (change) references change (position)';

CREATE VIEW bench_peer.parcel AS
SELECT record_id AS id, commune, map_sheet, parcel_number, documented_area, surveyed_area, national_parcel_id, address,
  status
FROM {schema}.land_parcel WHERE recorded_to IS NULL AND valid @> now();
COMMENT ON VIEW bench_peer.parcel IS E'@primaryKey id';

CREATE VIEW bench_peer.land_right AS
SELECT record_id AS id, holder, parcel, kind, share
FROM {schema}.land_right WHERE recorded_to IS NULL AND valid @> now();
COMMENT ON VIEW bench_peer.land_right IS
  E'@primaryKey id\n@foreignKey (holder) references person (id)\n@foreignKey (parcel) references parcel (id)';

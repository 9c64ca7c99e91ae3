CREATE FUNCTION {SCHEMA}.only_at_the_head() RETURNS trigger LANGUAGE plpgsql SET search_path TO pg_catalog, pg_temp AS $body$
DECLARE
  next bigint := (SELECT coalesce(max(position), 0) + 1 FROM {SCHEMA}.ledger_change);
BEGIN
  IF has_table_privilege(TG_RELID, 'DELETE') THEN
    RETURN NEW;
  END IF;
  IF TG_OP = 'UPDATE' THEN
    IF NEW.recorded_to = next THEN
      RETURN NEW;
    END IF;
  ELSIF NOT EXISTS (SELECT 1 FROM written WHERE recorded_from <> next OR recorded_to IS NOT NULL) THEN
    RETURN NULL;
  END IF;
  RAISE EXCEPTION 'The register''s past is never rewritten: % on % is at position % only.', TG_OP, TG_TABLE_NAME, next
    USING ERRCODE = 'BR001', HINT = 'Record a change: register, change, correct, end, retract or redact.';
END
$body$
;
CREATE FUNCTION {SCHEMA}.only_chained() RETURNS trigger LANGUAGE plpgsql SET search_path TO pg_catalog, pg_temp AS $body$
DECLARE
  last {SCHEMA}.ledger_change;
BEGIN
  IF has_table_privilege(TG_RELID, 'DELETE') THEN
    RETURN NEW;
  END IF;
  SELECT * INTO last FROM {SCHEMA}.ledger_change ORDER BY position DESC LIMIT 1;
  IF NEW.position = coalesce(last.position, 0) + 1 AND NEW.recorded_at > coalesce(last.recorded_at, '-infinity')
     AND NEW.head = sha256('\x01'::bytea || coalesce(last.head, sha256('baseregistry ledger'))
       || sha256('\x00'::bytea || NEW.digest)) THEN
    RETURN NEW;
  END IF;
  RAISE EXCEPTION 'The register''s past is never rewritten: a change that does not follow the last one is refused.'
    USING ERRCODE = 'BR001', HINT = 'Record a change: register, change, correct, end, retract or redact.';
END
$body$
;
CREATE FUNCTION {SCHEMA}.tell_planner(name text) RETURNS void LANGUAGE plpgsql
  SECURITY DEFINER SET search_path TO pg_catalog, pg_temp AS $body$
BEGIN
  IF NOT EXISTS (SELECT 1 FROM pg_attribute a JOIN pg_class c ON c.oid = a.attrelid WHERE c.relnamespace = '{SCHEMA}'::regnamespace
      AND c.relkind = 'r' AND c.relname = name AND a.attname = 'recorded_from') THEN
    RAISE EXCEPTION '% holds no versions.', name USING ERRCODE = '42501';
  END IF;
  EXECUTE format('ANALYZE {SCHEMA}.%I', name);
END
$body$
;
CREATE TRIGGER at_the_head AFTER INSERT ON access_agency REFERENCING NEW TABLE AS written FOR EACH STATEMENT EXECUTE FUNCTION {SCHEMA}.only_at_the_head()
;
CREATE TRIGGER close_at_the_head BEFORE UPDATE OF recorded_to ON access_agency FOR EACH ROW WHEN (NOT has_table_privilege(OLD.tableoid, 'DELETE')) EXECUTE FUNCTION {SCHEMA}.only_at_the_head()
;
CREATE TRIGGER at_the_head AFTER INSERT ON access_client REFERENCING NEW TABLE AS written FOR EACH STATEMENT EXECUTE FUNCTION {SCHEMA}.only_at_the_head()
;
CREATE TRIGGER close_at_the_head BEFORE UPDATE OF recorded_to ON access_client FOR EACH ROW WHEN (NOT has_table_privilege(OLD.tableoid, 'DELETE')) EXECUTE FUNCTION {SCHEMA}.only_at_the_head()
;
CREATE TRIGGER at_the_head AFTER INSERT ON access_grant REFERENCING NEW TABLE AS written FOR EACH STATEMENT EXECUTE FUNCTION {SCHEMA}.only_at_the_head()
;
CREATE TRIGGER close_at_the_head BEFORE UPDATE OF recorded_to ON access_grant FOR EACH ROW WHEN (NOT has_table_privilege(OLD.tableoid, 'DELETE')) EXECUTE FUNCTION {SCHEMA}.only_at_the_head()
;
CREATE TRIGGER at_the_head AFTER INSERT ON access_granted_path REFERENCING NEW TABLE AS written FOR EACH STATEMENT EXECUTE FUNCTION {SCHEMA}.only_at_the_head()
;
CREATE TRIGGER close_at_the_head BEFORE UPDATE OF recorded_to ON access_granted_path FOR EACH ROW WHEN (NOT has_table_privilege(OLD.tableoid, 'DELETE')) EXECUTE FUNCTION {SCHEMA}.only_at_the_head()
;
CREATE TRIGGER at_the_head AFTER INSERT ON access_granted_unit REFERENCING NEW TABLE AS written FOR EACH STATEMENT EXECUTE FUNCTION {SCHEMA}.only_at_the_head()
;
CREATE TRIGGER close_at_the_head BEFORE UPDATE OF recorded_to ON access_granted_unit FOR EACH ROW WHEN (NOT has_table_privilege(OLD.tableoid, 'DELETE')) EXECUTE FUNCTION {SCHEMA}.only_at_the_head()
;
CREATE TRIGGER at_the_head AFTER INSERT ON access_manifest REFERENCING NEW TABLE AS written FOR EACH STATEMENT EXECUTE FUNCTION {SCHEMA}.only_at_the_head()
;
CREATE TRIGGER close_at_the_head BEFORE UPDATE OF recorded_to ON access_manifest FOR EACH ROW WHEN (NOT has_table_privilege(OLD.tableoid, 'DELETE')) EXECUTE FUNCTION {SCHEMA}.only_at_the_head()
;
CREATE TRIGGER at_the_head AFTER INSERT ON access_official REFERENCING NEW TABLE AS written FOR EACH STATEMENT EXECUTE FUNCTION {SCHEMA}.only_at_the_head()
;
CREATE TRIGGER close_at_the_head BEFORE UPDATE OF recorded_to ON access_official FOR EACH ROW WHEN (NOT has_table_privilege(OLD.tableoid, 'DELETE')) EXECUTE FUNCTION {SCHEMA}.only_at_the_head()
;
CREATE TRIGGER at_the_head AFTER INSERT ON access_purpose REFERENCING NEW TABLE AS written FOR EACH STATEMENT EXECUTE FUNCTION {SCHEMA}.only_at_the_head()
;
CREATE TRIGGER close_at_the_head BEFORE UPDATE OF recorded_to ON access_purpose FOR EACH ROW WHEN (NOT has_table_privilege(OLD.tableoid, 'DELETE')) EXECUTE FUNCTION {SCHEMA}.only_at_the_head()
;
CREATE TRIGGER at_the_head AFTER INSERT ON access_trusted_document REFERENCING NEW TABLE AS written FOR EACH STATEMENT EXECUTE FUNCTION {SCHEMA}.only_at_the_head()
;
CREATE TRIGGER close_at_the_head BEFORE UPDATE OF recorded_to ON access_trusted_document FOR EACH ROW WHEN (NOT has_table_privilege(OLD.tableoid, 'DELETE')) EXECUTE FUNCTION {SCHEMA}.only_at_the_head()
;
CREATE TRIGGER at_the_head AFTER INSERT ON administration_succession REFERENCING NEW TABLE AS written FOR EACH STATEMENT EXECUTE FUNCTION {SCHEMA}.only_at_the_head()
;
CREATE TRIGGER close_at_the_head BEFORE UPDATE OF recorded_to ON administration_succession FOR EACH ROW WHEN (NOT has_table_privilege(OLD.tableoid, 'DELETE')) EXECUTE FUNCTION {SCHEMA}.only_at_the_head()
;
CREATE TRIGGER at_the_head AFTER INSERT ON administration_unit REFERENCING NEW TABLE AS written FOR EACH STATEMENT EXECUTE FUNCTION {SCHEMA}.only_at_the_head()
;
CREATE TRIGGER close_at_the_head BEFORE UPDATE OF recorded_to ON administration_unit FOR EACH ROW WHEN (NOT has_table_privilege(OLD.tableoid, 'DELETE')) EXECUTE FUNCTION {SCHEMA}.only_at_the_head()
;
CREATE TRIGGER at_the_head AFTER INSERT ON enterprise_business_line REFERENCING NEW TABLE AS written FOR EACH STATEMENT EXECUTE FUNCTION {SCHEMA}.only_at_the_head()
;
CREATE TRIGGER close_at_the_head BEFORE UPDATE OF recorded_to ON enterprise_business_line FOR EACH ROW WHEN (NOT has_table_privilege(OLD.tableoid, 'DELETE')) EXECUTE FUNCTION {SCHEMA}.only_at_the_head()
;
CREATE TRIGGER at_the_head AFTER INSERT ON enterprise_dependent_unit REFERENCING NEW TABLE AS written FOR EACH STATEMENT EXECUTE FUNCTION {SCHEMA}.only_at_the_head()
;
CREATE TRIGGER close_at_the_head BEFORE UPDATE OF recorded_to ON enterprise_dependent_unit FOR EACH ROW WHEN (NOT has_table_privilege(OLD.tableoid, 'DELETE')) EXECUTE FUNCTION {SCHEMA}.only_at_the_head()
;
CREATE TRIGGER at_the_head AFTER INSERT ON enterprise_enterprise REFERENCING NEW TABLE AS written FOR EACH STATEMENT EXECUTE FUNCTION {SCHEMA}.only_at_the_head()
;
CREATE TRIGGER close_at_the_head BEFORE UPDATE OF recorded_to ON enterprise_enterprise FOR EACH ROW WHEN (NOT has_table_privilege(OLD.tableoid, 'DELETE')) EXECUTE FUNCTION {SCHEMA}.only_at_the_head()
;
CREATE TRIGGER at_the_head AFTER INSERT ON enterprise_household_business REFERENCING NEW TABLE AS written FOR EACH STATEMENT EXECUTE FUNCTION {SCHEMA}.only_at_the_head()
;
CREATE TRIGGER close_at_the_head BEFORE UPDATE OF recorded_to ON enterprise_household_business FOR EACH ROW WHEN (NOT has_table_privilege(OLD.tableoid, 'DELETE')) EXECUTE FUNCTION {SCHEMA}.only_at_the_head()
;
CREATE TRIGGER at_the_head AFTER INSERT ON enterprise_owner REFERENCING NEW TABLE AS written FOR EACH STATEMENT EXECUTE FUNCTION {SCHEMA}.only_at_the_head()
;
CREATE TRIGGER close_at_the_head BEFORE UPDATE OF recorded_to ON enterprise_owner FOR EACH ROW WHEN (NOT has_table_privilege(OLD.tableoid, 'DELETE')) EXECUTE FUNCTION {SCHEMA}.only_at_the_head()
;
CREATE TRIGGER at_the_head AFTER INSERT ON enterprise_representative REFERENCING NEW TABLE AS written FOR EACH STATEMENT EXECUTE FUNCTION {SCHEMA}.only_at_the_head()
;
CREATE TRIGGER close_at_the_head BEFORE UPDATE OF recorded_to ON enterprise_representative FOR EACH ROW WHEN (NOT has_table_privilege(OLD.tableoid, 'DELETE')) EXECUTE FUNCTION {SCHEMA}.only_at_the_head()
;
CREATE TRIGGER at_the_head AFTER INSERT ON land_asset REFERENCING NEW TABLE AS written FOR EACH STATEMENT EXECUTE FUNCTION {SCHEMA}.only_at_the_head()
;
CREATE TRIGGER close_at_the_head BEFORE UPDATE OF recorded_to ON land_asset FOR EACH ROW WHEN (NOT has_table_privilege(OLD.tableoid, 'DELETE')) EXECUTE FUNCTION {SCHEMA}.only_at_the_head()
;
CREATE TRIGGER at_the_head AFTER INSERT ON land_block REFERENCING NEW TABLE AS written FOR EACH STATEMENT EXECUTE FUNCTION {SCHEMA}.only_at_the_head()
;
CREATE TRIGGER close_at_the_head BEFORE UPDATE OF recorded_to ON land_block FOR EACH ROW WHEN (NOT has_table_privilege(OLD.tableoid, 'DELETE')) EXECUTE FUNCTION {SCHEMA}.only_at_the_head()
;
CREATE TRIGGER at_the_head AFTER INSERT ON land_certificate REFERENCING NEW TABLE AS written FOR EACH STATEMENT EXECUTE FUNCTION {SCHEMA}.only_at_the_head()
;
CREATE TRIGGER close_at_the_head BEFORE UPDATE OF recorded_to ON land_certificate FOR EACH ROW WHEN (NOT has_table_privilege(OLD.tableoid, 'DELETE')) EXECUTE FUNCTION {SCHEMA}.only_at_the_head()
;
CREATE TRIGGER at_the_head AFTER INSERT ON land_group_member REFERENCING NEW TABLE AS written FOR EACH STATEMENT EXECUTE FUNCTION {SCHEMA}.only_at_the_head()
;
CREATE TRIGGER close_at_the_head BEFORE UPDATE OF recorded_to ON land_group_member FOR EACH ROW WHEN (NOT has_table_privilege(OLD.tableoid, 'DELETE')) EXECUTE FUNCTION {SCHEMA}.only_at_the_head()
;
CREATE TRIGGER at_the_head AFTER INSERT ON land_land_use REFERENCING NEW TABLE AS written FOR EACH STATEMENT EXECUTE FUNCTION {SCHEMA}.only_at_the_head()
;
CREATE TRIGGER close_at_the_head BEFORE UPDATE OF recorded_to ON land_land_use FOR EACH ROW WHEN (NOT has_table_privilege(OLD.tableoid, 'DELETE')) EXECUTE FUNCTION {SCHEMA}.only_at_the_head()
;
CREATE TRIGGER at_the_head AFTER INSERT ON land_lineage REFERENCING NEW TABLE AS written FOR EACH STATEMENT EXECUTE FUNCTION {SCHEMA}.only_at_the_head()
;
CREATE TRIGGER close_at_the_head BEFORE UPDATE OF recorded_to ON land_lineage FOR EACH ROW WHEN (NOT has_table_privilege(OLD.tableoid, 'DELETE')) EXECUTE FUNCTION {SCHEMA}.only_at_the_head()
;
CREATE TRIGGER at_the_head AFTER INSERT ON land_parcel REFERENCING NEW TABLE AS written FOR EACH STATEMENT EXECUTE FUNCTION {SCHEMA}.only_at_the_head()
;
CREATE TRIGGER close_at_the_head BEFORE UPDATE OF recorded_to ON land_parcel FOR EACH ROW WHEN (NOT has_table_privilege(OLD.tableoid, 'DELETE')) EXECUTE FUNCTION {SCHEMA}.only_at_the_head()
;
CREATE TRIGGER at_the_head AFTER INSERT ON land_party_group REFERENCING NEW TABLE AS written FOR EACH STATEMENT EXECUTE FUNCTION {SCHEMA}.only_at_the_head()
;
CREATE TRIGGER close_at_the_head BEFORE UPDATE OF recorded_to ON land_party_group FOR EACH ROW WHEN (NOT has_table_privilege(OLD.tableoid, 'DELETE')) EXECUTE FUNCTION {SCHEMA}.only_at_the_head()
;
CREATE TRIGGER at_the_head AFTER INSERT ON land_right REFERENCING NEW TABLE AS written FOR EACH STATEMENT EXECUTE FUNCTION {SCHEMA}.only_at_the_head()
;
CREATE TRIGGER close_at_the_head BEFORE UPDATE OF recorded_to ON land_right FOR EACH ROW WHEN (NOT has_table_privilege(OLD.tableoid, 'DELETE')) EXECUTE FUNCTION {SCHEMA}.only_at_the_head()
;
CREATE TRIGGER at_the_head AFTER INSERT ON population_civil_event REFERENCING NEW TABLE AS written FOR EACH STATEMENT EXECUTE FUNCTION {SCHEMA}.only_at_the_head()
;
CREATE TRIGGER close_at_the_head BEFORE UPDATE OF recorded_to ON population_civil_event FOR EACH ROW WHEN (NOT has_table_privilege(OLD.tableoid, 'DELETE')) EXECUTE FUNCTION {SCHEMA}.only_at_the_head()
;
CREATE TRIGGER at_the_head AFTER INSERT ON population_household REFERENCING NEW TABLE AS written FOR EACH STATEMENT EXECUTE FUNCTION {SCHEMA}.only_at_the_head()
;
CREATE TRIGGER close_at_the_head BEFORE UPDATE OF recorded_to ON population_household FOR EACH ROW WHEN (NOT has_table_privilege(OLD.tableoid, 'DELETE')) EXECUTE FUNCTION {SCHEMA}.only_at_the_head()
;
CREATE TRIGGER at_the_head AFTER INSERT ON population_household_member REFERENCING NEW TABLE AS written FOR EACH STATEMENT EXECUTE FUNCTION {SCHEMA}.only_at_the_head()
;
CREATE TRIGGER close_at_the_head BEFORE UPDATE OF recorded_to ON population_household_member FOR EACH ROW WHEN (NOT has_table_privilege(OLD.tableoid, 'DELETE')) EXECUTE FUNCTION {SCHEMA}.only_at_the_head()
;
CREATE TRIGGER at_the_head AFTER INSERT ON population_identifier REFERENCING NEW TABLE AS written FOR EACH STATEMENT EXECUTE FUNCTION {SCHEMA}.only_at_the_head()
;
CREATE TRIGGER close_at_the_head BEFORE UPDATE OF recorded_to ON population_identifier FOR EACH ROW WHEN (NOT has_table_privilege(OLD.tableoid, 'DELETE')) EXECUTE FUNCTION {SCHEMA}.only_at_the_head()
;
CREATE TRIGGER at_the_head AFTER INSERT ON population_person REFERENCING NEW TABLE AS written FOR EACH STATEMENT EXECUTE FUNCTION {SCHEMA}.only_at_the_head()
;
CREATE TRIGGER close_at_the_head BEFORE UPDATE OF recorded_to ON population_person FOR EACH ROW WHEN (NOT has_table_privilege(OLD.tableoid, 'DELETE')) EXECUTE FUNCTION {SCHEMA}.only_at_the_head()
;
CREATE TRIGGER at_the_head AFTER INSERT ON population_relation REFERENCING NEW TABLE AS written FOR EACH STATEMENT EXECUTE FUNCTION {SCHEMA}.only_at_the_head()
;
CREATE TRIGGER close_at_the_head BEFORE UPDATE OF recorded_to ON population_relation FOR EACH ROW WHEN (NOT has_table_privilege(OLD.tableoid, 'DELETE')) EXECUTE FUNCTION {SCHEMA}.only_at_the_head()
;
CREATE TRIGGER at_the_head AFTER INSERT ON population_residence REFERENCING NEW TABLE AS written FOR EACH STATEMENT EXECUTE FUNCTION {SCHEMA}.only_at_the_head()
;
CREATE TRIGGER close_at_the_head BEFORE UPDATE OF recorded_to ON population_residence FOR EACH ROW WHEN (NOT has_table_privilege(OLD.tableoid, 'DELETE')) EXECUTE FUNCTION {SCHEMA}.only_at_the_head()
;
CREATE TRIGGER chained BEFORE INSERT ON ledger_change FOR EACH ROW EXECUTE FUNCTION {SCHEMA}.only_chained()
;

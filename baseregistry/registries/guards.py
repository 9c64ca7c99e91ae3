"""Triggers that make the past append-only: a version can be closed once and redacted by law, and nothing else.

Function bodies name their schema, so that a restored dump works.  `verify` finds what a superuser did in
spite of them.
"""

from collections.abc import Iterator

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql
from sqlalchemy.schema import CreateIndex, CreateTable

from baseregistry.registries import allowances, names
from baseregistry.registries.tables import Installation

FOLD = """\
CREATE FUNCTION {schema}.fold(words text) RETURNS text LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE AS $body$
  SELECT trim(regexp_replace(lower(public.unaccent('public.unaccent'::regdictionary, normalize(words, NFC))), '[^a-z0-9]+', ' ', 'g'))
$body$"""

REFUSE = """\
CREATE FUNCTION {schema}.refuse_rewriting() RETURNS trigger LANGUAGE plpgsql AS $body$
BEGIN
  RAISE EXCEPTION 'The register''s past is never rewritten: % on % is refused.', TG_OP, TG_TABLE_NAME
    USING ERRCODE = 'BR001', HINT = 'Record a change: register, change, correct, end, retract or redact.';
END
$body$"""

REDACTING = """\
CREATE FUNCTION {schema}.allow_only_redaction() RETURNS trigger LANGUAGE plpgsql AS $body$
DECLARE
  gone text[] := ARRAY(SELECT jsonb_object_keys(coalesce(NEW.redacted, '{{}}'::jsonb)));
  keys text[] := ARRAY(SELECT k FROM jsonb_object_keys(to_jsonb(NEW)) k WHERE k LIKE 'key\\_%');
  apart text[] := ARRAY['salt', 'salts', 'redacted'] || gone || keys;
BEGIN
  IF (to_jsonb(NEW) - apart) IS DISTINCT FROM (to_jsonb(OLD) - apart)
     OR NEW.salt IS NOT NULL OR NEW.salts IS NULL OR NOT coalesce(NEW.redacted, '{{}}'::jsonb) @> coalesce(OLD.redacted, '{{}}'::jsonb)
     OR EXISTS (SELECT 1 FROM unnest(gone) g WHERE to_jsonb(NEW) ->> g IS NOT NULL OR NEW.salts ? g) THEN
    RAISE EXCEPTION 'The register''s past is never rewritten: an update on % is refused.', TG_TABLE_NAME
      USING ERRCODE = 'BR001', HINT = 'Record a change: register, change, correct, end, retract or redact.';
  END IF;
  RETURN NEW;
END
$body$"""


AT_THE_HEAD = """\
CREATE FUNCTION {schema}.only_at_the_head() RETURNS trigger LANGUAGE plpgsql SET search_path TO pg_catalog, pg_temp AS $body$
DECLARE
  next bigint := (SELECT coalesce(max(position), 0) + 1 FROM {schema}.ledger_change);
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
$body$"""

CHAINED = """\
CREATE FUNCTION {schema}.only_chained() RETURNS trigger LANGUAGE plpgsql SET search_path TO pg_catalog, pg_temp AS $body$
DECLARE
  last {schema}.ledger_change;
BEGIN
  IF has_table_privilege(TG_RELID, 'DELETE') THEN
    RETURN NEW;
  END IF;
  SELECT * INTO last FROM {schema}.ledger_change ORDER BY position DESC LIMIT 1;
  IF NEW.position = coalesce(last.position, 0) + 1 AND NEW.recorded_at > coalesce(last.recorded_at, '-infinity')
     AND NEW.head = sha256('\\x01'::bytea || coalesce(last.head, sha256('baseregistry ledger'))
       || sha256('\\x00'::bytea || NEW.digest)) THEN
    RETURN NEW;
  END IF;
  RAISE EXCEPTION 'The register''s past is never rewritten: a change that does not follow the last one is refused.'
    USING ERRCODE = 'BR001', HINT = 'Record a change: register, change, correct, end, retract or redact.';
END
$body$"""

PLANNER = """\
CREATE FUNCTION {schema}.tell_planner(name text) RETURNS void LANGUAGE plpgsql
  SECURITY DEFINER SET search_path TO pg_catalog, pg_temp AS $body$
BEGIN
  IF NOT EXISTS (SELECT 1 FROM pg_attribute a JOIN pg_class c ON c.oid = a.attrelid WHERE c.relnamespace = '{schema}'::regnamespace
      AND c.relkind = 'r' AND c.relname = name AND a.attname = 'recorded_from') THEN
    RAISE EXCEPTION '% holds no versions.', name USING ERRCODE = '42501';
  END IF;
  EXECUTE format('ANALYZE {schema}.%I', name);
END
$body$"""


def ddl(installation: Installation) -> Iterator[str]:
    """Every statement that makes the tables of `installation`, in order; names unqualified, functions in its schema."""
    dialect = postgresql.dialect()  # type: ignore[no-untyped-call]
    yield FOLD.format(schema=installation.schema)
    yield from names.functions(installation.schema)
    yield REFUSE.format(schema=installation.schema)
    yield REDACTING.format(schema=installation.schema)
    for table in installation.tables.metadata.sorted_tables:
        yield str(CreateTable(table).compile(dialect=dialect)).strip()
        for index in sorted(table.indexes, key=lambda index: str(index.name)):
            yield str(CreateIndex(index).compile(dialect=dialect)).strip()
    yield from (text.format(schema=installation.schema) for text in (AT_THE_HEAD, CHAINED, PLANNER))
    for table in installation.tables.versions.values():
        yield from _version_guards(installation.schema, table)
        yield from head_guards(installation.schema, table.name)
    yield (
        "CREATE TRIGGER chained BEFORE INSERT ON ledger_change FOR EACH ROW"
        f" EXECUTE FUNCTION {installation.schema}.only_chained()"
    )
    for name in ("record", "ledger_change"):
        yield _statement_guard(installation.schema, name, "UPDATE OR DELETE OR TRUNCATE")
    yield _statement_guard(installation.schema, "access_document", "UPDATE OR DELETE OR TRUNCATE")
    yield allowances.TAKE.format(schema=installation.schema)
    yield _statement_guard(installation.schema, "idempotency", "UPDATE OR TRUNCATE")
    yield (
        "CREATE TRIGGER kept BEFORE DELETE ON idempotency FOR EACH ROW WHEN (OLD.kept_until > now())"
        f" EXECUTE FUNCTION {installation.schema}.refuse_rewriting()"
    )


def _version_guards(schema: str, table: sa.Table) -> Iterator[str]:
    others = ", ".join(
        column.name for column in table.columns if column.name != "recorded_to" and column.computed is None
    )
    yield _statement_guard(schema, table.name, "DELETE OR TRUNCATE")
    yield (
        f"CREATE TRIGGER close_once BEFORE UPDATE OF recorded_to ON {table.name} FOR EACH ROW"
        " WHEN (OLD.recorded_to IS NOT NULL OR NEW.recorded_to IS NULL)"
        f" EXECUTE FUNCTION {schema}.refuse_rewriting()"
    )
    yield (
        f"CREATE TRIGGER only_redaction BEFORE UPDATE OF {others} ON {table.name} FOR EACH ROW"
        f" EXECUTE FUNCTION {schema}.allow_only_redaction()"
    )


def head_guards(schema: str, table: str) -> Iterator[str]:
    """Who does not own the table (only its owner may delete, as far as privileges go) writes and closes at the next
    position alone; the owner could take the guards away."""
    yield (
        f"CREATE TRIGGER at_the_head AFTER INSERT ON {table} REFERENCING NEW TABLE AS written FOR EACH STATEMENT"
        f" EXECUTE FUNCTION {schema}.only_at_the_head()"
    )
    yield (
        f"CREATE TRIGGER close_at_the_head BEFORE UPDATE OF recorded_to ON {table} FOR EACH ROW"
        " WHEN (NOT has_table_privilege(OLD.tableoid, 'DELETE'))"
        f" EXECUTE FUNCTION {schema}.only_at_the_head()"
    )


def _statement_guard(schema: str, table: str, operations: str) -> str:
    return (
        f"CREATE TRIGGER append_only BEFORE {operations} ON {table} FOR EACH STATEMENT"
        f" EXECUTE FUNCTION {schema}.refuse_rewriting()"
    )

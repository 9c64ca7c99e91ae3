"""Triggers that make the past append-only: a version can be closed once and redacted by law, and nothing else.

Function bodies name their schema, so that a restored dump works.  `verify` finds what a superuser did in
spite of them.
"""

from collections.abc import Iterator

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql
from sqlalchemy.schema import CreateIndex, CreateTable

from baseregistry.registries import names
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
    for table in installation.tables.versions.values():
        yield from _version_guards(installation.schema, table)
    for name in ("record", "ledger_change"):
        yield _statement_guard(installation.schema, name, "UPDATE OR DELETE OR TRUNCATE")
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


def _statement_guard(schema: str, table: str, operations: str) -> str:
    return (
        f"CREATE TRIGGER append_only BEFORE {operations} ON {table} FOR EACH STATEMENT"
        f" EXECUTE FUNCTION {schema}.refuse_rewriting()"
    )

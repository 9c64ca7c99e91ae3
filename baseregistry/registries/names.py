"""How names are searched: functions of PostgreSQL that take a name apart into the keys of one inverted index.

A name is found by its words folded (no diacritics, lower case), by its words as written (after a quotation mark), and by
all of them at once, folded and sorted.  Each word also stands under one of 128 parts of the register, drawn from the
record's id: the first page of the commonest name is read from one part, a 128th of the hits.
"""

from baseregistry.registries.tables import NAME_COLLATION

WORDS = """\
CREATE FUNCTION {schema}.name_words(words text) RETURNS text[] LANGUAGE plpgsql IMMUTABLE STRICT PARALLEL SAFE AS $body$
DECLARE
  folded text[] := string_to_array({schema}.fold(words COLLATE pg_catalog."C"), ' ');
BEGIN
  RETURN CASE WHEN cardinality(folded) > 0 THEN folded END;
END
$body$"""

WRITTEN = f"""\
CREATE FUNCTION {{schema}}.name_written(words text) RETURNS text[] LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE AS $body$
  SELECT string_to_array('"' || replace(lower(words COLLATE pg_catalog."{NAME_COLLATION}"), ' ', ' "'), ' ')
$body$"""

WHOLE = """\
CREATE FUNCTION {schema}.name_whole(words text[]) RETURNS text LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE AS $body$
  SELECT '=' || array_to_string(ARRAY(SELECT word FROM unnest(words) word ORDER BY word COLLATE pg_catalog."C"), ' ')
$body$"""

PART = """\
CREATE FUNCTION {schema}.name_part(id uuid) RETURNS integer LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE AS $body$
  SELECT get_byte(uuid_send(id), 15) & 127
$body$"""

IN_PART = """\
CREATE FUNCTION {schema}.name_in_part(part integer, words text[]) RETURNS text[] LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE AS $body$
  SELECT string_to_array(part || ':' || array_to_string(words, ' ' || part || ':'), ' ')
$body$"""

KEYS = """\
CREATE FUNCTION {schema}.name_keys(name text, id uuid) RETURNS text[] LANGUAGE plpgsql IMMUTABLE STRICT PARALLEL SAFE COST 500 AS $body$
DECLARE
  words text[] := {schema}.name_words(name);
  keys text[] := words || {schema}.name_written(name);
BEGIN
  RETURN keys || {schema}.name_in_part({schema}.name_part(id), keys) || {schema}.name_whole(words);
END
$body$"""


def functions(schema: str) -> list[str]:
    """The statements that make the functions, in the order in which they need one another."""
    return [made.format(schema=schema) for made in (WORDS, WRITTEN, WHOLE, PART, IN_PART, KEYS)]

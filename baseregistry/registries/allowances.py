"""Two plain tables beside the access register: the texts of trusted documents by SHA-256, and what clients have used of
their limits.

A text is never changed and cannot be another one's.  What was used is no fact of the register: one row for each client
and limit, from which workers take slices (`access_take`).
"""

import sqlalchemy as sa

TEXT_IS_ITS_OWN = "sha256 = sha256(convert_to(text, 'UTF8'))"

TAKE = """\
CREATE FUNCTION {schema}.access_take(whose text, what text, needed bigint, wanted bigint, capacity bigint, rate double precision, zone text,
  OUT granted bigint, OUT remaining bigint, OUT seconds double precision) RETURNS record LANGUAGE plpgsql
  SECURITY DEFINER SET search_path TO pg_catalog, pg_temp AS $body$
DECLARE
  held {schema}.access_allowance;
  moment timestamptz;
  midnight timestamp;
BEGIN
  IF rate IS NOT NULL THEN
    PERFORM set_config('synchronous_commit', 'off', true);
  END IF;
  INSERT INTO {schema}.access_allowance VALUES (whose, what, 0, clock_timestamp()) ON CONFLICT DO NOTHING;
  SELECT * INTO held FROM {schema}.access_allowance a WHERE a.client = whose AND a.allowance = what FOR UPDATE;
  moment := greatest(clock_timestamp(), held.at);
  midnight := date_trunc('day', moment AT TIME ZONE coalesce(zone, 'UTC'));
  IF rate IS NOT NULL THEN
    held.used := greatest(0, held.used - rate * extract(epoch FROM moment - held.at));
  ELSIF held.at < midnight AT TIME ZONE zone THEN
    held.used := 0;
  END IF;
  granted := CASE
    WHEN wanted < 0 THEN greatest(wanted, -floor(held.used)::bigint)
    WHEN floor(capacity - held.used) < needed THEN 0
    ELSE least(wanted, floor(capacity - held.used)::bigint) END;
  UPDATE {schema}.access_allowance a SET used = held.used + granted, at = moment WHERE a.client = whose AND a.allowance = what;
  remaining := greatest(0, floor(capacity - held.used)::bigint - granted);
  seconds := CASE
    WHEN rate IS NULL THEN extract(epoch FROM (midnight + interval '1 day') AT TIME ZONE zone - moment)
    ELSE greatest(0, held.used + granted + needed - capacity) / rate END;
END
$body$"""


def document_texts(metadata: sa.MetaData) -> sa.Table:
    """The text of each trusted document, once."""
    return sa.Table(
        "access_document",
        metadata,
        sa.Column("sha256", sa.LargeBinary(), primary_key=True),
        sa.Column("text", sa.Text(), nullable=False),
        sa.CheckConstraint(TEXT_IS_ITS_OWN, name="access_document_own"),
    )


def allowances(metadata: sa.MetaData) -> sa.Table:
    """What a client has used of a limit, as of a moment; what drains away since is reckoned when it is looked at."""
    return sa.Table(
        "access_allowance",
        metadata,
        sa.Column("client", sa.Text(), primary_key=True),
        sa.Column("allowance", sa.Text(), primary_key=True),
        sa.Column("used", sa.Double(), nullable=False),
        sa.Column("at", sa.TIMESTAMP(timezone=True), nullable=False),
        postgresql_with={"fillfactor": "50"},
    )

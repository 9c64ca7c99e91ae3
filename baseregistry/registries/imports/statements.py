"""The pieces of SQL that matching and writing share.  In all of them ``s`` is a row that waits, ``t`` a believed version,
``m`` what was decided about the row."""

from collections.abc import Iterable

from baseregistry import naming
from baseregistry.db import Writing
from baseregistry.registries.declare import Geometry
from baseregistry.registries.imports.plan import Lane, Way

# A UUID version 7 (RFC 9562): milliseconds since 1970, then random bits.
NEW_ID = (
    "encode(set_bit(set_bit(overlay(uuid_send(gen_random_uuid()) PLACING substring(int8send("
    "floor(extract(epoch FROM clock_timestamp()) * 1000)::bigint) FROM 3) FROM 1 FOR 6), 52, 1), 53, 1), 'hex')::uuid"
)


REFUSED = 'import_refused ("row", line, code, attribute, reason)'  # where refused rows are noted


def match_table(lane: Lane) -> str:
    """The temporary table that says which record each row of the lane speaks of, and what is to be done."""
    return f"match_{lane.number}"


def versions(lane: Lane) -> str:
    return naming.table(lane.entity.full_name)


def equal(names: Iterable[str], one: str = "t", other: str = "s") -> str:
    """All of the attributes are the same, absent ones too."""
    return " AND ".join(f"{one}.{name} IS NOT DISTINCT FROM {other}.{name}" for name in names) or "true"


def same_meaning(lane: Lane) -> str:
    """What the row states is what the version says.  Where a ring starts and which way it runs means nothing: a
    Shapefile turns every ring."""
    terms = []
    for name in lane.stated:
        term = f"t.{name} IS NOT DISTINCT FROM s.{name}"
        if isinstance(lane.entity.by_name[name].kind, Geometry):
            term = f"({term} OR coalesce(ST_Normalize(t.{name}) = ST_Normalize(s.{name}), false))"
        terms.append(term)
    return " AND ".join(terms) or "true"


def joined(names: Iterable[str], one: str = "t", other: str = "s") -> str:
    """All of the attributes are known and the same: a condition that an index or a hash serves."""
    return " AND ".join(f"{one}.{name} = {other}.{name}" for name in names) or "true"


def pending_columns(lane: Lane) -> list[str]:
    return [f"s.pending_{pointer.attribute.name}" for pointer in lane.pointers]


def identity(ways: Iterable[Way], alias: str = "s") -> str:
    """SQL for what tells new records apart: a digest of the first key that the row fills; NULL if it fills none."""
    cases = []
    for number, way in enumerate(ways):
        if way.lookup is not None:
            cases.append(f"WHEN by_{number}.word IS NOT NULL THEN md5('{number}' || by_{number}.word)")
        elif way.attributes:
            known = " AND ".join(f"{alias}.{name} IS NOT NULL" for name in way.attributes)
            words = " || chr(31) || ".join(f"{alias}.{name}::text" for name in way.attributes)
            cases.append(f"WHEN {known} THEN md5('{number}' || {words})")
    return f"CASE {' '.join(cases)} END" if cases else "NULL::text"


def later_row(lane: Lane) -> str:
    """Whether another row of the file speaks of the record for later."""
    return (
        f'EXISTS (SELECT 1 FROM {match_table(lane)} n JOIN {lane.table} o ON o."row" = n."row"'
        " WHERE n.record_id = m.record_id AND lower(o.valid) >= upper(s.valid))"
    )


STALE = """SELECT coalesce(n_mod_since_analyze > 0.2 * n_live_tup, true) FROM pg_stat_user_tables
WHERE relid = to_regclass(:table)"""


def refresh_statistics(writing: Writing, tables: Iterable[str], *, anyway: bool = False) -> None:
    """New statistics for tables that have changed much, so that PostgreSQL does not plan for the empty tables they were."""
    for table in tables:
        if anyway or writing.execute(STALE, {"table": table}).scalar():
            writing.execute(f"ANALYZE {table}")

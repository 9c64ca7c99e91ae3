"""References held in time: a target must be there when its referrer looks at it.

Checked under the ledger's lock after all entities of a change are written, in both directions: what the
change wrote must find its targets, and what still refers to a target that shrank must find it too.
"""

from collections.abc import Iterable, Sequence

from baseregistry import errors, naming
from baseregistry.db import Writing
from baseregistry.registries.declare import At, Entity, WayBack
from baseregistry.registries.tables import Installation

LISTED = 20


def check(writing: Writing, installation: Installation, changed: Sequence[Entity], position: int) -> None:
    """Refuse the change at `position` if it leaves a reference without its target.

    Raises errors.DanglingReference with up to 20 referrers.
    """
    for entity in changed:
        for attribute, reference in entity.references:
            way = WayBack(reference.back, entity, attribute, reference)
            _found(writing, way, f"r.recorded_from = {position}")
    for target in changed:
        ways = installation.declarations.ways_back(target).values()
        if not ways or not _shrunk(writing, target, position):
            continue
        for way in ways:
            among = f"r.recorded_to IS NULL AND r.{way.attribute.name} IN (SELECT record_id FROM shrunk)"
            _found(writing, way, among)


def _shrunk(writing: Writing, target: Entity, position: int) -> int:
    """Gather in `shrunk` the records of `target` that are believed for less of the world's time than before."""
    table = naming.table(target.full_name)
    writing.execute("CREATE TEMP TABLE IF NOT EXISTS shrunk (record_id uuid) ON COMMIT DELETE ROWS")
    writing.execute("TRUNCATE shrunk")
    return writing.execute(
        f"INSERT INTO shrunk SELECT c.record_id FROM (SELECT record_id, range_agg(valid) AS was FROM {table}"
        f" WHERE recorded_to = :position GROUP BY record_id) c LEFT JOIN LATERAL (SELECT range_agg(valid) AS now"
        f" FROM {table} t WHERE t.record_id = c.record_id AND t.recorded_to IS NULL) n ON true"
        f" WHERE NOT coalesce(n.now @> c.was, false)",
        {"position": position},
    ).rowcount


def _found(writing: Writing, way: WayBack, among: str) -> None:
    """Refuse if some referrer of `among` (a condition on its row `r`) does not find its target.

    First those that no single version of a target serves; only of these is asked whether several do together.
    """
    entity, attribute, reference = way.entity, way.attribute, way.reference
    targets = [naming.table(name) for name in reference.to]
    column = f"r.{attribute.name}"
    absent = " AND ".join(_absent(table, column, reference.at) for table in targets)
    unpieced = " AND ".join(_unpieced(table, column) for table in targets) if reference.at is At.SAME else "true"
    rows = writing.execute(
        f"WITH missing AS MATERIALIZED (SELECT r.record_id, {column}, r.valid FROM {naming.table(entity.full_name)} r"
        f" WHERE {among} AND {column} IS NOT NULL AND {absent})"
        f" SELECT r.record_id, {column} AS target, r.valid::text FROM missing r WHERE {unpieced} LIMIT {LISTED}"
    ).all()
    if rows:
        place = f"{entity.full_name}.{attribute.name}"
        raise errors.DanglingReference(
            f"{place} of {rows[0].record_id} in {rows[0].valid} refers to {rows[0].target},"
            f" which is no {_or(reference.to)} {WHEN[reference.at]}.",
            hint="Handle the referrers in the same change, or correct the period.",
            where={
                "attribute": place,
                "referrers": [str(row.record_id) for row in rows],
                "targets": [str(row.target) for row in rows],
            },
        )


def _absent(table: str, column: str, at: At) -> str:
    believed = f"FROM {table} t WHERE t.record_id = {column} AND t.recorded_to IS NULL"
    match at:
        case At.SAME:
            return f"NOT EXISTS (SELECT 1 {believed} AND t.valid @> r.valid)"
        case At.BEGIN:
            return f"NOT EXISTS (SELECT 1 {believed} AND (lower_inf(r.valid) OR t.valid @> lower(r.valid)))"
        case At.LATEST:
            early = "(lower_inf(r.valid) OR lower_inf(t.valid) OR lower(t.valid) <= lower(r.valid))"
            return f"NOT EXISTS (SELECT 1 {believed} AND {early})"


def _unpieced(table: str, column: str) -> str:
    """That the target's versions together do not cover the referrer's period either."""
    believed = f"FROM {table} t WHERE t.record_id = {column} AND t.recorded_to IS NULL"
    return f"NOT coalesce((SELECT range_agg(t.valid) @> r.valid {believed}), false)"


WHEN = {
    At.SAME: "through that whole period",
    At.BEGIN: "at the moment when that begins",
    At.LATEST: "at or before the moment when that begins",
}


def _or(names: Iterable[str]) -> str:
    return " or ".join(names)

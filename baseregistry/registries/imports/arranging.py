"""Which rows are written, and in which order: ``import_todo(row, line, record_id, level, place)``."""

from baseregistry.db import Writing
from baseregistry.registries.imports.order import BATCH
from baseregistry.registries.imports.plan import Plan
from baseregistry.registries.imports.statements import match_table

MOST_LEVELS = 50  # of rows that point to rows of the same file; deeper ones are left to the writer's checks


def arrange(writing: Writing, plan: Plan) -> int:
    """Number the good rows that say something new; a row comes after the rows it points to.  Returns how many."""
    also = "".join(
        f' OR EXISTS (SELECT 1 FROM {match_table(lane)} x WHERE x."row" = m."row" AND x.verdict <> \'SAME\')'
        for lane in plan.lanes[1:]
    )
    writing.execute("DROP TABLE IF EXISTS import_todo")
    count = writing.execute(
        f'CREATE TEMP TABLE import_todo AS SELECT m."row", s.line, m.record_id, 0 AS level,'
        f' row_number() OVER (ORDER BY m."row") AS place FROM match_0 m JOIN {plan.lane.table} s ON s."row" = m."row"'
        f" WHERE (m.verdict <> 'SAME'{also})"
        ' AND NOT EXISTS (SELECT 1 FROM import_refused r WHERE r."row" = m."row")'
    ).rowcount
    if count > BATCH and any(pointer for pointer in plan.lane.pointers) and _raise_levels(writing):
        writing.execute(
            'UPDATE import_todo d SET place = n.place FROM (SELECT "row", row_number() OVER (ORDER BY level, "row")'
            ' AS place FROM import_todo) n WHERE n."row" = d."row"'
        )
    writing.execute("CREATE INDEX ON import_todo (place)")
    writing.execute("ANALYZE import_todo")
    if count > BATCH:  # a change picks its rows by these, not by reading all of them each time
        for table in (*(lane.table for lane in plan.lanes), *map(match_table, plan.lanes)):
            writing.execute(f'CREATE INDEX ON {table} ("row")')
    return int(count)


def _raise_levels(writing: Writing) -> bool:
    """Put each row one level above the rows it points to; says whether there are any."""
    for level in range(MOST_LEVELS):
        raised = writing.execute(
            'UPDATE import_todo d SET level = x.level + 1 FROM (SELECT e."row", max(o.level) AS level'
            ' FROM import_edge e JOIN import_todo o ON o."row" = e.target GROUP BY e."row") x'
            ' WHERE x."row" = d."row" AND d.level <= x.level'
        ).rowcount
        if not raised:
            return level > 0
    return True

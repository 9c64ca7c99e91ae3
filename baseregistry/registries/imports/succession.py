"""Rows of one record that follow each other in one file: each that states no end ends where the next begins.

Events that are known by their day only keep the file's order, one microsecond apart.
"""

from collections.abc import Iterator
from dataclasses import dataclass

from baseregistry.db import Writing
from baseregistry.registries.days import TICK_SQL
from baseregistry.registries.imports.plan import Lane, Plan
from baseregistry.registries.imports.statements import match_table, pending_columns


@dataclass(frozen=True, slots=True)
class Succession:
    """The periods of a lane's rows, when their records are known.  Related records follow the file's own lane."""

    writing: Writing
    plan: Plan
    lane: Lane

    def settle(self) -> list[str]:
        """Set the periods of rows that others of the same record follow; returns notes of how many."""
        self._make_one()
        return list(self._cut()) if self.lane.number == 0 else []

    def _make_one(self) -> None:
        """New rows of a relation are one record as long as no row before them states an end."""
        if not self.lane.entity.relation:
            return
        ended = "NOT upper_inf(s.valid)"
        if self.lane.number:
            ended += ' AND NOT EXISTS (SELECT 1 FROM import_cut c WHERE c."row" = s."row")'
        self.writing.execute(
            f'WITH line AS (SELECT m."row", m.record_id, m.word, lower(s.valid) AS begin, coalesce(lag({ended}) OVER w,'
            f' true) AS apart FROM {match_table(self.lane)} m JOIN {self.lane.table} s ON s."row" = m."row"'
            f" WHERE m.verdict = 'NEW' AND m.word IS NOT NULL"
            f' WINDOW w AS (PARTITION BY m.word ORDER BY lower(s.valid) NULLS FIRST, m."row")),'
            f" island AS (SELECT *, count(*) FILTER (WHERE apart) OVER (PARTITION BY word"
            f' ORDER BY begin NULLS FIRST, "row") AS number FROM line),'
            f' named AS (SELECT "row", first_value(record_id) OVER (PARTITION BY word, number'
            f' ORDER BY begin NULLS FIRST, "row") AS record_id FROM island)'
            f" UPDATE {match_table(self.lane)} m SET record_id = n.record_id FROM named n"
            f' WHERE n."row" = m."row" AND n.record_id <> m.record_id'
        )

    def _cut(self) -> Iterator[str]:
        self.writing.execute("DROP TABLE IF EXISTS import_cut")
        self.writing.execute(
            f'CREATE TEMP TABLE import_cut AS SELECT "row", begin, coalesce(upper(held), next) AS until,'
            f" moved FROM ({self._followed()}) f"
            f" WHERE moved OR (upper_inf(held) AND next IS NOT NULL)"
        )
        for lane in self.plan.lanes:
            self.writing.execute(
                f"UPDATE {lane.table} s SET valid = tstzrange(c.begin, c.until) FROM import_cut c"
                f' WHERE c."row" = s."row"'
            )
        counts = self.writing.execute(
            "SELECT count(*) FILTER (WHERE until IS NOT NULL) AS ended, count(*) FILTER (WHERE moved) AS moved"
            " FROM import_cut"
        ).one()
        if counts.ended:
            yield f"{counts.ended} rows state no end, and end where a later row of the same record begins."
        if counts.moved:
            yield f"{counts.moved} rows of one record and one day keep the file's order, 1 µs apart."

    def _followed(self) -> str:
        """Of each row of a record that has several: its begin, moved within its day, and the next one's."""
        table, stated = match_table(self.lane), [f"s.{name}" for name in self.lane.stated]
        said = ", ".join([*stated, *pending_columns(self.lane)])
        return (
            f"WITH crowd AS MATERIALIZED (SELECT record_id FROM {table} WHERE record_id IS NOT NULL GROUP BY record_id"
            f' HAVING count(*) > 1), rows AS (SELECT s."row", m.record_id, s.valid AS held, lower(s.valid) AS said,'
            f' s.by_day AND upper_inf(s.valid) AS loose, min(s."row") OVER (PARTITION BY m.record_id, s.valid, {said})'
            f' AS first FROM {table} m JOIN crowd USING (record_id) JOIN {self.lane.table} s ON s."row" = m."row"),'
            f" days AS (SELECT *, dense_rank() OVER (PARTITION BY record_id, said ORDER BY first) - 1 AS place,"
            f" bool_and(loose) OVER (PARTITION BY record_id, said) AS orderly FROM rows),"
            f" begun AS (SELECT *, CASE WHEN orderly THEN said + place * {TICK_SQL} ELSE said END AS begin FROM days)"
            f' SELECT "row", held, begin, begin IS DISTINCT FROM said AS moved, min(begin) OVER (PARTITION BY record_id'
            f" ORDER BY begin NULLS FIRST RANGE BETWEEN {TICK_SQL} FOLLOWING AND UNBOUNDED FOLLOWING) AS next FROM begun"
        )

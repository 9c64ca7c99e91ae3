"""Which record of the register each row speaks of, and whether the row says anything new.

All rows at once, in SQL: candidates by each way to recognise a record, the one that is meant, new records, and for
what is neither new nor the same, what exactly differs.  A row that the register says already costs one join.
"""

from dataclasses import dataclass

from baseregistry.db import Writing
from baseregistry.registries.imports.intake import GIVEN_ID
from baseregistry.registries.imports.plan import Lane, Plan, Way
from baseregistry.registries.imports.statements import (
    NEW_ID,
    equal,
    identity,
    joined,
    later_row,
    match_table,
    pending_columns,
    same_meaning,
    versions,
)

BEGINS = "(CASE WHEN lower_inf(s.valid) THEN lower_inf(t.valid) ELSE t.valid @> lower(s.valid) END)"


@dataclass(frozen=True, slots=True)
class Matching:
    """Matches one lane; a related lane after the file's own.

    Leaves ``match_N(row, record_id, verdict, differs, uncovered, closing)``: verdict is NEW, CHANGED, SAME or, until
    it is looked at, NULL; `uncovered` are the parts of the row's period of which the register believes nothing yet;
    `closing` says that the record ends with the row's period, and the register does not know it.
    """

    writing: Writing
    plan: Plan
    lane: Lane

    @property
    def table(self) -> str:
        return match_table(self.lane)

    def match(self) -> None:
        """Decide about every row of the lane."""
        self._point_to_own()
        keys = {name for way in self.lane.ways for name in way.attributes}
        columns = ", ".join(['"row"', *sorted(keys), *([GIVEN_ID] if self.lane.record_id else [])])
        self.writing.execute(f"ANALYZE {self.lane.table} ({columns})")  # geometries would take longer than all the rest
        self._candidates()
        self._choose()
        if self.lane.record_id is None:
            self._begin_new()
        self.writing.execute(f"ANALYZE {self.table}")

    def compare(self) -> None:
        """For each row that is not simply the same: what differs, and what is not covered."""
        if self.plan.valid_to is not None:
            self._find_closing()
        self.writing.execute(
            f"UPDATE {self.table} m SET differs = k.differs, uncovered = k.uncovered, several = k.several,"
            f" ended = k.ended, redacted = k.redacted, verdict = CASE WHEN k.differs OR NOT isempty(k.uncovered)"
            f" OR m.closing THEN 'CHANGED' ELSE 'SAME' END FROM ({self._differences()}) k WHERE k.\"row\" = m.\"row\""
        )

    def _differences(self) -> str:
        """What the register believes about the record of each row that is not simply the same."""
        meets = "t.valid && s.valid"
        return (
            f'SELECT x."row", coalesce(bool_or({meets} AND NOT ({same_meaning(self.lane)})), false) AS differs,'
            f" tstzmultirange(s.valid) - coalesce(range_agg(t.valid), '{{}}') AS uncovered,"
            f" count(*) FILTER (WHERE {meets}) > 1 AS several,"
            f" coalesce(bool_or({meets}), false) AND NOT upper_inf(range_agg(t.valid)) AS ended,"
            f" coalesce(bool_or({meets} AND {self._redacted()}), false) AS redacted"
            f' FROM {self.table} x JOIN {self.lane.table} s ON s."row" = x."row" LEFT JOIN {versions(self.lane)} t'
            f" ON t.record_id = x.record_id AND t.recorded_to IS NULL WHERE x.verdict IS NULL AND x.record_id IS NOT NULL"
            f' GROUP BY x."row", s.valid'
        )

    # --- recognising ---------------------------------------------------------------------------------

    def _point_to_own(self) -> None:
        """A related record refers to the record of its row."""
        if self.lane.reference:
            self.writing.execute(
                f"UPDATE {self.lane.table} s SET {self.lane.reference} = m.record_id FROM match_0 m"
                f' WHERE m."row" = s."row"'
            )

    def _candidates(self) -> None:
        hits = f"hit_{self.lane.number}"
        self.writing.execute(f"DROP TABLE IF EXISTS {hits}")
        self.writing.execute(f'CREATE TEMP TABLE {hits} ("row" bigint, record_id uuid, begins boolean, exact boolean)')
        if self.lane.record_id is not None:
            self._add_hits("s.given_id = t.record_id", "true")
        before: list[Way] = []
        for way in self.lane.ways:
            self._by(way, before)
            before.append(way)
        if not self.lane.entity.relation:
            for way in self.lane.ways:
                self._by(way, before, at_any_time=True)

    def _by(self, way: Way, before: list[Way], *, at_any_time: bool = False) -> None:
        """Add the records that a row may speak of by one way, for rows that no earlier way recognised."""
        free = f'NOT EXISTS (SELECT 1 FROM hit_{self.lane.number} h WHERE h."row" = s."row")' if before else "true"
        agrees = "".join(
            f" AND (t.{name} IS NULL OR s.{name} IS NULL OR t.{name} = s.{name})"
            for higher in before
            if higher.unique and higher != way
            for name in higher.attributes
        )
        moment = "true" if at_any_time else "t.valid && s.valid"
        if way.lookup is None:
            self._add_hits(f"{joined(way.attributes)} AND {moment}", f"{free}{agrees}")
            return
        lane = self.plan.lanes[way.lane]
        same = "".join(f" AND i.{name} = x.{name}" for name, _ in way.lookup.fixed)
        through = (
            f' JOIN {lane.table} x ON x."row" = s."row" JOIN {versions(lane)} i ON i.recorded_to IS NULL'
            f" AND i.{way.lookup.attribute} = x.{way.lookup.attribute}{same}"
        )
        self._add_hits(f"t.record_id = i.{way.lookup.reference} AND {moment}", f"{free}{agrees}", through)

    def _add_hits(self, on: str, where: str, through: str = "") -> None:
        waits = "".join(f" AND {column} IS NULL" for column in pending_columns(self.lane))
        exact = f"t.valid @> s.valid AND {equal(self.lane.stated)}{waits}"
        retired = self.lane.entity.retired
        there = f"{BEGINS} AND t.{retired[0]} IS DISTINCT FROM '{retired[1]}'" if retired else BEGINS
        self.writing.execute(
            f'INSERT INTO hit_{self.lane.number} SELECT s."row", t.record_id, {there}, {exact}'
            f" FROM {self.lane.table} s{through} JOIN {versions(self.lane)} t ON t.recorded_to IS NULL AND {on}"
            f" WHERE {where}"
        )

    def _choose(self) -> None:
        """Of several candidates the one that is there, and not retired, when the row begins; none if several are."""
        self.writing.execute(f"DROP TABLE IF EXISTS {self.table}")
        self.writing.execute(
            f'CREATE TEMP TABLE {self.table} AS SELECT "row", (array_agg(record_id))[1] AS record_id,'
            f" CASE WHEN bool_or(exact) THEN 'SAME' END AS verdict, count(*) AS candidates, false AS differs,"
            f" NULL::tstzmultirange AS uncovered, false AS closing, false AS several, false AS ended,"
            f' false AS redacted, NULL::text AS word FROM hit_{self.lane.number} GROUP BY "row"'
        )
        self.writing.execute(
            f"UPDATE {self.table} m SET record_id = k.record_id, verdict = CASE WHEN k.one THEN m.verdict END"
            f' FROM (SELECT h."row", count(DISTINCT h.record_id) = 1 AS one,'
            f" CASE WHEN count(DISTINCT h.record_id) = 1 THEN (array_agg(h.record_id))[1]"
            f" WHEN count(DISTINCT h.record_id) FILTER (WHERE h.begins) = 1"
            f" THEN (array_agg(h.record_id) FILTER (WHERE h.begins))[1] END AS record_id"
            f' FROM hit_{self.lane.number} h JOIN {self.table} x ON x."row" = h."row" AND x.candidates > 1'
            f' GROUP BY h."row") k WHERE k."row" = m."row"'
        )

    # --- new records ---------------------------------------------------------------------------------

    def _begin_new(self) -> None:
        """Give rows that nothing matched their records: rows with one key are one record, unless such records end."""
        lookups = [(number, way) for number, way in enumerate(self.lane.ways) if way.lookup is not None]
        through = "".join(
            f' LEFT JOIN (SELECT x."row", x.{way.lookup.attribute}::text AS word FROM {self.plan.lanes[way.lane].table} x)'
            f' by_{number} ON by_{number}."row" = s."row"'
            for number, way in lookups
            if way.lookup is not None
        )
        apart = """ || '#' || s."row\"""" if self.lane.entity.relation else ""
        word = identity(self.lane.ways)
        self.writing.execute(
            f'WITH fresh AS MATERIALIZED (SELECT s."row", {word} AS word, {word}{apart} AS one FROM {self.lane.table} s'
            f'{through} WHERE NOT EXISTS (SELECT 1 FROM {self.table} m WHERE m."row" = s."row")),'
            f" named AS MATERIALIZED (SELECT one, {NEW_ID} AS record_id FROM fresh WHERE word IS NOT NULL GROUP BY one)"
            f' INSERT INTO {self.table} ("row", record_id, verdict, differs, closing, word)'
            f" SELECT f.\"row\", n.record_id, 'NEW', true, false, f.word FROM fresh f JOIN named n USING (one)"
        )

    # --- what differs --------------------------------------------------------------------------------

    def _redacted(self) -> str:
        """Whether the row states an attribute that was destroyed by law."""
        terms = [f"(t.redacted ? '{name}' AND s.{name} IS NOT NULL)" for name in self.lane.stated]
        return f"t.redacted IS NOT NULL AND ({' OR '.join(terms)})"

    def _find_closing(self) -> None:
        """A record's last row has an end: if the register believes the record beyond it, it is to be closed there."""
        entity = self.lane.entity
        if entity.relation:
            beyond = "true"
        elif entity.retired is not None:
            beyond = f"t.{entity.retired[0]} IS DISTINCT FROM '{entity.retired[1]}'"
        else:
            return
        self.writing.execute(
            f"UPDATE {self.table} m SET closing = true, verdict = nullif(m.verdict, 'SAME') FROM {self.lane.table} s"
            f' WHERE s."row" = m."row" AND NOT upper_inf(s.valid) AND (m.verdict IS DISTINCT FROM \'NEW\')'
            f" AND EXISTS (SELECT 1 FROM {versions(self.lane)} t WHERE t.record_id = m.record_id"
            f" AND t.recorded_to IS NULL AND t.valid && tstzrange(upper(s.valid), NULL) AND {beyond})"
            f" AND NOT {later_row(self.lane)}"
        )

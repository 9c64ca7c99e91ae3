"""References from row to row of one file: a unit's parent that stands in the same file.

They are resolved when every row has its record.  A row is written in no earlier change than the rows it points to.
"""

from dataclasses import dataclass

from baseregistry.db import Writing
from baseregistry.registries.declare import At, Key, Reference
from baseregistry.registries.imports.plan import Lane, Pointer
from baseregistry.registries.imports.pointers import JOINED
from baseregistry.registries.imports.statements import REFUSED

MOMENTS = {
    At.SAME: "CASE WHEN lower_inf(s.valid) THEN lower_inf(o.valid) ELSE o.valid @> lower(s.valid) END",
    At.BEGIN: "(lower_inf(s.valid) OR o.valid @> lower(s.valid))",
    At.LATEST: "(lower_inf(s.valid) OR lower_inf(o.valid) OR lower(o.valid) <= lower(s.valid))",
}


@dataclass(frozen=True, slots=True)
class OwnTargets:
    """The references of the file's own lane to records of the same entity."""

    writing: Writing
    lane: Lane

    def resolve(self) -> None:
        """Fill in the targets that are rows of this file, and note them in ``import_edge(row, target)``."""
        self.writing.execute("DROP TABLE IF EXISTS import_edge")
        self.writing.execute('CREATE TEMP TABLE import_edge ("row" bigint, target bigint)')
        for pointer in self.lane.pointers:
            self._resolve(pointer)

    def refuse_unresolved(self) -> None:
        """Refuse rows whose target is neither in the register nor a good row of the file, and theirs in turn."""
        for pointer in self.lane.pointers:
            name = pointer.attribute.name
            said = f"replace(s.pending_{name}, '{JOINED}', ' / ')"
            target = " or ".join(finder.target.full_name for finder in pointer.finders)
            self._refuse(
                pointer,
                f"format('{pointer.place}: {target} %s is known neither to the register nor to this file at that"
                f" moment.', {said})",
                f"{self.lane.table} s WHERE s.pending_{name} IS NOT NULL AND s.{name} IS NULL",
            )

    def refuse_followers(self) -> int:
        """Refuse rows that point to refused rows; returns how many."""
        return self.writing.execute(
            f'INSERT INTO {REFUSED} SELECT DISTINCT ON (s."row") s."row", s.line, \'versions.dangling_reference\','
            " NULL, 'It refers to a row of this file that is refused.' FROM import_edge e"
            f' JOIN {self.lane.table} s ON s."row" = e."row" WHERE e.target IN (SELECT "row" FROM import_refused)'
            ' AND e."row" NOT IN (SELECT "row" FROM import_refused WHERE "row" IS NOT NULL)'
        ).rowcount

    def _resolve(self, pointer: Pointer) -> None:
        kind, name = pointer.attribute.kind, pointer.attribute.name
        assert isinstance(kind, Reference)
        for finder in pointer.finders:
            if finder.target is not self.lane.entity or not isinstance(finder.by, Key):
                continue
            if not set(finder.by.attributes) <= set(self.lane.stated):
                continue
            word = f" || '{JOINED}' || ".join(f"o.{attribute}::text" for attribute in finder.by.attributes)
            self.writing.execute(
                f'WITH found AS MATERIALIZED (SELECT DISTINCT ON (s."row") s."row", o."row" AS target, m.record_id'
                f" FROM {self.lane.table} s JOIN {self.lane.table} o ON {word} = s.pending_{name}"
                f' AND {MOMENTS[kind.at]} JOIN match_0 m ON m."row" = o."row" WHERE s.pending_{name} IS NOT NULL'
                f' ORDER BY s."row", lower(o.valid) DESC NULLS LAST),'
                f' noted AS (INSERT INTO import_edge SELECT "row", target FROM found)'
                f' UPDATE {self.lane.table} s SET {name} = found.record_id FROM found WHERE found."row" = s."row"'
            )

    def _refuse(self, pointer: Pointer, words: str, rows: str) -> None:
        self.writing.execute(
            f"INSERT INTO {REFUSED} SELECT s.\"row\", s.line, 'versions.dangling_reference', :place, {words}"
            f" FROM {rows}",
            {"place": pointer.place},
        )

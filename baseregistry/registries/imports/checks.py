"""Why a row that can be read is refused all the same, told before anything is written: one statement for each reason.

Each names the rows of a lane with a code, an attribute and words.  What only the writer can know (a rule across facts,
another writer's change in between) is refused there, see `writing`.
"""

from collections.abc import Iterator
from dataclasses import dataclass

from baseregistry.db import Writing
from baseregistry.registries.declare import Geometry
from baseregistry.registries.imports.order import SAY_THE_KIND
from baseregistry.registries.imports.plan import Lane, Plan, Way
from baseregistry.registries.imports.statements import (
    REFUSED,
    equal,
    identity,
    joined,
    match_table,
    same_meaning,
    versions,
)
from baseregistry.registries.ledger import Kind, Provenance


@dataclass(frozen=True, slots=True)
class Checks:
    """The checks of one lane."""

    writing: Writing
    plan: Plan
    lane: Lane

    @property
    def matched(self) -> str:
        """Each row with what was decided about it."""
        return f'{self.lane.table} s JOIN {match_table(self.lane)} m ON m."row" = s."row"'

    def recognised(self) -> None:
        """Every row speaks of one record."""
        lane = self.lane
        if lane.record_id is not None:
            self._refuse(
                "versions.no_such_record", "record_id", "'No record has this id at any moment.'", self._unmatched
            )
        else:
            self._refuse("input.no_key", None, f"'{self._keys()}'", self._unmatched)
        words = "'Several records of the register are meant by this row; none is told apart.'"
        self._refuse("versions.ambiguous_key", None, words, f"{self.matched} WHERE m.record_id IS NULL")

    def alone(self) -> None:
        """No two rows say something of one record, or under one key, at one moment."""
        stated, table = set(self.lane.stated), match_table(self.lane)
        for key in self.lane.entity.keys:
            if key.unique and set(key.attributes) <= stated:
                self._refuse_pairs(self._same_key(key.attributes))
        for name in ("record_id", "word"):
            several = f"SELECT {name} FROM {table} WHERE {name} IS NOT NULL GROUP BY {name} HAVING count(*) > 1"
            self._refuse_pairs(f'SELECT "row", {name}::text AS word FROM {table} WHERE {name} IN ({several})')

    def sound(self) -> None:
        """What is to be written contradicts nothing that is known."""
        if not self.plan.across:
            words = "'The register has facts that begin later than this row; its open end would go over them.'"
            later = f"{self.matched} WHERE m.verdict = 'CHANGED' AND upper_inf(s.valid) AND m.differs AND m.several"
            self._refuse("versions.later_facts_exist", None, words, later)
            words = "'The register knows when this ended; the row says that it goes on.'"
            ended = (
                f"{self.matched} WHERE m.verdict = 'CHANGED' AND upper_inf(s.valid) AND m.ended"
                f" AND upper_inf(m.uncovered)"
            )
            self._refuse("versions.later_facts_exist", None, words, ended)
        words = "'The row states what was destroyed by law in the register.'"
        self._refuse("versions.redacted", None, words, f"{self.matched} WHERE m.verdict = 'CHANGED' AND m.redacted")
        for name, code, message, where in self._missing():
            self._refuse(code, f"{self.lane.entity.full_name}.{name}", message, f"{self.matched} WHERE {where}")
        self._keys_free()
        self._still_retired()

    def of_kind(self, word: Provenance) -> None:
        """The kind of change allows what the rows would do to facts that are believed already."""
        if word.kind is not Kind.REGISTRATION and (word.feed or word.kind is not Kind.REAL_WORLD_CHANGE):
            return
        where, words = "m.differs OR m.closing", f"'It alters what the register holds. {SAY_THE_KIND}'"
        if word.kind is not Kind.REGISTRATION:
            where = (
                f"m.differs AND EXISTS (SELECT 1 FROM {versions(self.lane)} t WHERE t.record_id = m.record_id"
                f" AND t.recorded_to IS NULL AND t.valid && s.valid AND NOT ({same_meaning(self.lane)})"
                " AND (lower_inf(s.valid) OR lower(t.valid) >= lower(s.valid)))"
            )
            words = f"'It replaces a fact from its very begin, so it says that this was wrong. {SAY_THE_KIND}'"
        self._refuse("import.kind_needed", None, words, f"{self.matched} WHERE m.verdict = 'CHANGED' AND ({where})")

    # --- the parts -----------------------------------------------------------------------------------

    @property
    def _unmatched(self) -> str:
        table = match_table(self.lane)
        return f'{self.lane.table} s WHERE NOT EXISTS (SELECT 1 FROM {table} m WHERE m."row" = s."row")'

    def _keys(self) -> str:
        ways = (way.lookup.name if way.lookup else ", ".join(way.attributes) for way in self.lane.ways)
        return f"The row fills no key of {self.lane.entity.full_name}: {'; or '.join(ways)}."

    def _same_key(self, names: tuple[str, ...]) -> str:
        """The rows of which several bear one key."""
        key = ", ".join(f"o.{name}" for name in names)
        return (
            f'SELECT r."row", {identity([Way(names)], "r")} AS word FROM {self.lane.table} r JOIN (SELECT {key}'
            f" FROM {self.lane.table} o GROUP BY {key} HAVING count(*) > 1) k ON {joined(names, 'r', 'k')}"
        )

    def _refuse_pairs(self, rows: str) -> None:
        """Refuse rows that meet in time under one word; of rows that say the same, all but the first."""
        same = f"a.valid = b.valid AND {equal(self.lane.stated, 'a', 'b')}"
        self.writing.execute(
            f'WITH crowd AS MATERIALIZED ({rows}), pair AS MATERIALIZED (SELECT a."row" AS one, a.line AS one_line,'
            f' b."row" AS other, b.line AS other_line, a.valid = b.valid AS whole, {same} AS repeated FROM crowd r'
            f' JOIN crowd q ON q.word = r.word AND q."row" > r."row" JOIN {self.lane.table} a ON a."row" = r."row"'
            f' JOIN {self.lane.table} b ON b."row" = q."row" AND a.valid && b.valid)'
            f" INSERT INTO {REFUSED} SELECT other, other_line, 'input.repeated_row', NULL,"
            f" format('The row says what line %s says already.', one_line) FROM pair WHERE repeated"
            f" UNION ALL SELECT v.n, v.line, CASE WHEN whole THEN 'versions.duplicate_key' ELSE"
            f" 'versions.second_belief' END, NULL, format('Line %s says something else of the same record at the same"
            f" moment.', v.of) FROM pair, LATERAL (VALUES (one, one_line, other_line), (other, other_line, one_line))"
            f" v (n, line, of) WHERE NOT repeated"
        )

    def _missing(self) -> Iterator[tuple[str, str, str, str]]:
        """Required attributes that would be absent: attribute, code, words, condition."""
        begins = "(m.verdict = 'NEW' OR (m.verdict = 'CHANGED' AND NOT isempty(m.uncovered)))"
        stated = set(self.lane.stated)
        for attribute in self.lane.entity.attributes:
            name = attribute.name
            if not attribute.required or isinstance(attribute.kind, Geometry):
                continue
            if name in stated:
                yield name, "input.required_missing", "'It is required.'", f"s.{name} IS NULL AND m.verdict <> 'SAME'"
            elif name in self.lane.copies:
                other = self.lane.copies[name]
                yield name, "input.required_missing", "'It is required.'", f"s.{other} IS NULL AND {begins}"
            elif name not in self.lane.defaults:
                words = "'It is required for a new record, and no column or default fills it.'"
                yield name, "input.required_missing", words, begins

    def _keys_free(self) -> None:
        """No unique key that the row states belongs to another record in the row's period."""
        for key in self.lane.entity.keys:
            if not key.unique or not set(key.attributes) <= set(self.lane.stated):
                continue
            words = f"format('The key {key.name} belongs to the record %s in %s.', t.record_id, t.valid)"
            self._refuse(
                "versions.duplicate_key",
                f"{self.lane.entity.full_name}.{key.attributes[-1]}",
                words,
                f"{self.matched} JOIN {versions(self.lane)} t ON t.recorded_to IS NULL AND {joined(key.attributes)}"
                f" AND t.valid && s.valid AND t.record_id <> m.record_id WHERE m.verdict IN ('NEW', 'CHANGED')"
                f" AND NOT EXISTS (SELECT 1 FROM {match_table(self.lane)} x WHERE x.record_id = t.record_id"
                f" AND x.verdict = 'CHANGED' AND x.differs)",
            )

    def _still_retired(self) -> None:
        """A row says nothing of the status of a record that the register holds to be gone at the end of its period."""
        retired = self.lane.entity.retired
        if retired is None or retired[0] in self.lane.stated or self.lane.number:
            return
        name, code = retired
        words = (
            f"'The register says that it is gone ({name}: {code}). If it is back, state {name} in the file, or in the"
            " map under [constants], and since when.'"
        )
        self._refuse(
            "import.retired",
            f"{self.lane.entity.full_name}.{name}",
            words,
            f"{self.matched} WHERE m.verdict <> 'NEW' AND EXISTS (SELECT 1 FROM {versions(self.lane)} t"
            f" WHERE t.record_id = m.record_id AND t.recorded_to IS NULL AND t.valid && s.valid AND t.{name} = '{code}'"
            " AND (upper_inf(t.valid) OR upper(t.valid) >= upper(s.valid)))",
        )

    def _refuse(self, code: str, attribute: str | None, words: str, rows: str) -> None:
        """Refuse the rows that ``FROM … WHERE …`` answers; ``s`` is the row."""
        self.writing.execute(
            f'INSERT INTO {REFUSED} SELECT s."row", s.line, :code, :attribute, {words} FROM {rows}',
            {"code": code, "attribute": attribute},
        )

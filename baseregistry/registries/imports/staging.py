"""The acts of one change, out of the rows whose turn it is.

A new record is registered; of a known one, what differs is changed and what was not believed is registered; what ends
with its row is ended, or retired by its status.
"""

from dataclasses import dataclass

from baseregistry.registries.acts import Verb
from baseregistry.registries.imports.plan import Lane, Plan
from baseregistry.registries.imports.statements import later_row, match_table, versions
from baseregistry.registries.staging import Staging

TURN = "d.place > :begin AND d.place <= :end"


@dataclass(frozen=True, slots=True)
class Turn:
    """The rows at places in (begin, end] of ``import_todo``, as acts of one lane."""

    staging: Staging
    plan: Plan
    lane: Lane
    begin: int
    end: int

    def stage(self) -> None:
        """Stage all acts of the lane."""
        lane = self.lane
        begun = {name: f"s.{lane.copies.get(name, name)}" for name in lane.registered}
        stated = {name: f"s.{name}" for name in lane.stated}
        self._acts(Verb.REGISTER, "s.valid", begun, "m.verdict = 'NEW'")
        if self.plan.valid_to is not None:
            self._close(begun)
        if not self._any_changed():
            return
        pieces = " CROSS JOIN LATERAL unnest(m.uncovered) u (valid)"
        self._acts(Verb.REGISTER, "u.valid", begun, "m.verdict = 'CHANGED'", pieces)
        held = (
            f"s.valid * (SELECT range_merge(range_agg(t.valid)) FROM {versions(lane)} t"
            " WHERE t.record_id = m.record_id AND t.recorded_to IS NULL AND t.valid && s.valid)"
        )
        self._acts(Verb.CHANGE, held, stated, "m.verdict = 'CHANGED' AND m.differs")

    def _any_changed(self) -> bool:
        found: bool = self.staging.writing.execute(
            f'SELECT EXISTS (SELECT 1 FROM import_todo d JOIN {match_table(self.lane)} m ON m."row" = d."row"'
            f" WHERE {TURN} AND m.verdict = 'CHANGED')",
            {"begin": self.begin, "end": self.end},
        ).scalar_one()
        return found

    def _close(self, begun: dict[str, str]) -> None:
        """A relation ends with its last row; another record goes on as retired, also one that is new."""
        lane, beyond = self.lane, "tstzrange(upper(s.valid), NULL)"
        if lane.entity.relation:
            self._acts(Verb.END, beyond, {}, "m.closing")
        elif lane.entity.retired is not None:
            name, code = lane.entity.retired
            self._acts(Verb.CHANGE, beyond, {name: f"'{code}'"}, "m.closing")
            last = f"m.verdict = 'NEW' AND NOT upper_inf(s.valid) AND NOT {later_row(lane)}"
            self._acts(Verb.REGISTER, beyond, begun | {name: f"'{code}'"}, last)

    def _acts(self, verb: Verb, valid: str, values: dict[str, str], where: str, through: str = "") -> None:
        """Acts of one sort: `values` is SQL for each attribute they name, `valid` for their period."""
        lane = self.lane
        columns = "".join(f", {value} AS {name}" for name, value in values.items())
        self.staging.stage_query(
            lane.entity,
            verb,
            tuple(values),
            f"SELECT m.record_id, {valid} AS valid{columns} FROM import_todo d JOIN {match_table(lane)} m"
            f' ON m."row" = d."row" JOIN {lane.table} s ON s."row" = d."row"{through}'
            f" WHERE {TURN} AND {where} ORDER BY d.place",
            {"begin": self.begin, "end": self.end},
            across=self.plan.across,
        )

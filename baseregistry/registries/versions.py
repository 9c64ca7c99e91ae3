"""The two times of a version, and the only place that compares them.

A version says when its facts held (`valid`) and from which ledger position the register believed them
(`recorded`).  Nothing is overwritten: what was believed is closed, what is believed instead is written,
and what nobody touched is written again on the word it already stood on.  One record or a million: the
same statements.
"""

from collections.abc import Mapping
from dataclasses import dataclass

from baseregistry import errors, naming
from baseregistry.db import Writing
from baseregistry.registries.declare import Entity
from baseregistry.registries.digests import version_digest
from baseregistry.registries.staging import columns_of, staging_table

LEFT = "(NOT lower_inf(a.valid) AND (lower_inf(w.valid) OR lower(w.valid) < lower(a.valid)))"
RIGHT = "(NOT upper_inf(a.valid) AND (upper_inf(w.valid) OR upper(w.valid) > upper(a.valid)))"
FEW = 500  # rows for which the planner's guess does


@dataclass(frozen=True, slots=True)
class Written:
    """How many versions of one entity a change wrote and closed."""

    written: int
    closed: int


@dataclass(frozen=True, slots=True)
class Pen:
    """What writing a version needs to know: the position, the schema edition, and SQL for a fresh salt."""

    position: int
    edition: str
    salt: str = "uuid_send(gen_random_uuid())"


class Timeline:
    """The beliefs about the staged records of one entity, as they will be when this change is written."""

    def __init__(self, writing: Writing, entity: Entity) -> None:
        self.writing = writing
        self.entity = entity
        self.table = naming.table(entity.full_name)
        self.acts = staging_table(entity)
        self.work = f"work_{self.table}"
        self.columns = columns_of(entity)

    def compose(self, corrects: bool = True) -> None:
        """Lay out what is believed, then apply the acts, the k-th of every record at a time.

        Without `corrects`, a change that would replace a belief from its very begin is refused.
        """
        self._believed()
        rounds = self.writing.execute(f"SELECT coalesce(max(round), 0) FROM {self.acts}").scalar_one()
        for number in range(1, rounds + 1):
            self._refuse(number, REFUSALS if corrects else REFUSALS | CORRECTIONS)
            self._apply(number)
            if number == rounds > 1:
                self._restore_words()
            self._join_neighbours()

    def write(self, pen: Pen) -> Written:
        """Close what is no longer believed and write what is believed instead."""
        closed = self.writing.execute(
            f"UPDATE {self.table} t SET recorded_to = :position FROM (SELECT DISTINCT record_id FROM {self.acts}) s"
            f" WHERE t.record_id = s.record_id AND t.recorded_to IS NULL AND NOT EXISTS (SELECT 1 FROM {self.work} w"
            f" WHERE w.record_id = t.record_id AND w.base_from = t.recorded_from AND w.valid = t.valid)",
            {"position": pen.position},
        ).rowcount
        written = self._insert(pen)
        if written > FEW:
            self._tell_planner(written)
        return Written(written, closed)

    def _tell_planner(self, written: int) -> None:
        """A table that has doubled gets new statistics, before references are looked up in it by those of the empty one."""
        known = self.writing.execute(
            "SELECT reltuples FROM pg_class WHERE oid = to_regclass(:table)", {"table": self.table}
        ).scalar_one()
        if known < written:
            self.writing.execute("SELECT tell_planner(:table)", {"table": self.table})

    def _insert(self, pen: Pen) -> int:
        fresh = (
            f"SELECT w.record_id, w.valid, coalesce(w.change, :position) AS change, {pen.salt} AS salt,"
            f" NULL::jsonb AS salts, w.redacted{columns_of(self.entity, 'w')} FROM {self.work} w"
            f" WHERE NOT EXISTS (SELECT 1 FROM {self.table} t WHERE t.record_id = w.record_id"
            f" AND t.recorded_from = w.base_from AND t.valid = w.valid) ORDER BY w.record_id"
        )  # The primary key, all of it; with "recorded_to IS NULL" the planner took the exclusion's index: 50 times slower.
        # In order, so that indexes grow where they were touched last.
        edition = f"'{pen.edition}'"
        return self.writing.execute(
            f"INSERT INTO {self.table} (record_id, valid, recorded_from, change, salt, redacted, digest{self.columns})"
            f" SELECT v.record_id, v.valid, :position, v.change, v.salt, v.redacted,"
            f" {version_digest(self.entity, edition, 'v')}{columns_of(self.entity, 'v')} FROM ({fresh} OFFSET 0) v",
            {"position": pen.position},
        ).rowcount

    def _believed(self) -> None:
        self.writing.execute(
            f"CREATE TEMP TABLE IF NOT EXISTS {self.work} ON COMMIT DELETE ROWS AS SELECT record_id, valid, change,"
            f" recorded_from AS base_from, redacted{self.columns} FROM {self.table} WITH NO DATA"
        )
        self.writing.execute(f"TRUNCATE {self.work}")
        laid = self.writing.execute(
            f"INSERT INTO {self.work} SELECT t.record_id, t.valid, t.change, t.recorded_from, t.redacted"
            f"{columns_of(self.entity, 't')} FROM {self.table} t WHERE t.recorded_to IS NULL"
            f" AND t.record_id IN (SELECT record_id FROM {self.acts})"
        ).rowcount
        if laid > FEW:
            self.writing.execute(f"ANALYZE {self.work}")

    def _apply(self, number: int) -> None:
        """One round: cut each version that an act really alters into what is left, what is patched, what is right of it."""
        same = "hit.change, NULL::bigint, hit.redacted" + columns_of(self.entity, "hit")
        self.writing.execute(
            f"WITH hit AS (DELETE FROM {self.work} w USING {self.acts} a WHERE a.round = :round AND a.verb <> 'register'"
            f" AND w.record_id = a.record_id AND w.valid && a.valid AND (a.verb <> 'change' OR {self._alters()})"
            f" RETURNING w.*, a.valid AS act_valid, a.verb, {LEFT} AS has_left, {RIGHT} AS has_right,"
            f" {self._patched_redaction()} AS new_redacted{self._patched()})"
            f" INSERT INTO {self.work} (record_id, valid, change, base_from, redacted{self.columns})"
            f" SELECT record_id, tstzrange(lower(valid), lower(act_valid)), {same} FROM hit WHERE has_left"
            f" UNION ALL SELECT record_id, tstzrange(upper(act_valid), upper(valid)), {same} FROM hit WHERE has_right"
            f" UNION ALL SELECT record_id, valid * act_valid, NULL::bigint, NULL::bigint, new_redacted"
            f"{''.join(f', new_{a.name}' for a in self.entity.attributes)} FROM hit WHERE verb = 'change'"
            f" UNION ALL SELECT record_id, valid, NULL::bigint, NULL::bigint, NULL::jsonb{self.columns} FROM {self.acts}"
            f" WHERE round = :round AND verb = 'register'",
            {"round": number},
        )

    def _patched(self) -> str:
        """Each attribute after the act: the act's value where its bit is set, else what it was."""
        return "".join(
            f", CASE WHEN a.mask & {1 << place} <> 0 THEN a.{attribute.name} ELSE w.{attribute.name} END AS new_{attribute.name}"
            for place, attribute in enumerate(self.entity.attributes)
        )

    def _patched_redaction(self) -> str:
        """What stays redacted: an attribute that the act states anew is no longer."""
        stated = "".join(
            f" || CASE WHEN a.mask & {1 << place} <> 0 THEN ARRAY['{attribute.name}'] ELSE '{{}}'::text[] END"
            for place, attribute in enumerate(self.entity.attributes)
        )
        return f"CASE WHEN w.redacted IS NOT NULL THEN nullif(w.redacted - ('{{}}'::text[]{stated}), '{{}}'::jsonb) END"

    def _alters(self) -> str:
        terms = (
            f"(a.mask & {1 << place} <> 0 AND (a.{attribute.name} IS DISTINCT FROM w.{attribute.name}"
            f" OR w.redacted ? '{attribute.name}'))"
            for place, attribute in enumerate(self.entity.attributes)
        )
        return f"({' OR '.join(terms)})"

    def _same(self, one: str, other: str) -> str:
        names = ["redacted", *(attribute.name for attribute in self.entity.attributes)]
        return " AND ".join(f"{one}.{name} IS NOT DISTINCT FROM {other}.{name}" for name in names)

    def _restore_words(self) -> None:
        """What several acts changed away and back again was not changed: it stands on the word it stood on."""
        sides = f"NULL::bigint, hit.redacted{columns_of(self.entity, 'hit')}"
        statement = (
            f"WITH hit AS (DELETE FROM {self.work} w USING {self.table} a WHERE w.change IS NULL AND a.recorded_to IS NULL"
            f" AND a.record_id = w.record_id AND w.valid && a.valid AND {self._same('w', 'a')}"
            f" RETURNING w.*, a.valid AS act_valid, a.change AS word, a.recorded_from AS old_from,"
            f" {LEFT} AS has_left, {RIGHT} AS has_right)"
            f" INSERT INTO {self.work} (record_id, valid, change, base_from, redacted{self.columns})"
            f" SELECT record_id, tstzrange(lower(valid), lower(act_valid)), NULL::bigint, {sides} FROM hit WHERE has_left"
            f" UNION ALL SELECT record_id, tstzrange(upper(act_valid), upper(valid)), NULL::bigint, {sides} FROM hit WHERE has_right"
            f" UNION ALL SELECT record_id, valid * act_valid, word,"
            f" CASE WHEN valid @> act_valid THEN old_from END, redacted{self.columns} FROM hit"
        )
        while self.writing.execute(statement).rowcount:
            pass

    def _join_neighbours(self) -> None:
        """Pieces that meet, say the same and stand on the same word are one version."""
        meets = (
            f"a.record_id = b.record_id AND upper(a.valid) = lower(b.valid) AND a.change IS NOT DISTINCT FROM b.change"
            f" AND (a.base_from IS NULL OR b.base_from IS NULL)"
            f" AND {self._same('a', 'b')}"
        )
        pair = f"SELECT 1 FROM {self.work} a JOIN {self.work} b ON {meets}"
        while self.writing.execute(f"SELECT EXISTS ({pair})").scalar_one():
            self.writing.execute(
                f"WITH pair AS (SELECT DISTINCT ON (a.record_id) a.record_id, a.valid AS one, b.valid AS other"
                f" FROM {self.work} a JOIN {self.work} b ON {meets} ORDER BY a.record_id, lower(a.valid) NULLS FIRST),"
                f" gone AS (DELETE FROM {self.work} w USING pair p WHERE w.record_id = p.record_id AND w.valid = p.other)"
                f" UPDATE {self.work} w SET valid = p.one + p.other, base_from = (SELECT t.recorded_from"
                f" FROM {self.table} t WHERE t.record_id = w.record_id AND t.recorded_to IS NULL"
                f" AND t.valid = p.one + p.other AND t.change = w.change)"
                f" FROM pair p WHERE w.record_id = p.record_id AND w.valid = p.one"
            )

    def _refuse(self, number: int, refusals: Mapping[str, tuple[str, str, str]]) -> None:
        """Acts that contradict what is believed: a second belief, a patch of nothing, an open end over later facts."""
        for code, (condition, message, hint) in refusals.items():
            rows = self.writing.execute(
                f"SELECT a.record_id, a.verb, a.valid::text, a.seq FROM {self.acts} a WHERE a.round = :round"
                f" AND {condition.format(work=self.work)} ORDER BY a.seq LIMIT 20",
                {"round": number},
            ).all()
            if rows:
                first = rows[0]
                raise errors.Conflict(
                    message.format(
                        entity=self.entity.full_name, record=first.record_id, valid=first.valid, verb=first.verb
                    ),
                    code=code,
                    hint=hint,
                    where={"entity": self.entity.full_name, "records": [str(row.record_id) for row in rows]},
                )


OVERLAPPING = "EXISTS (SELECT 1 FROM {work} w WHERE w.record_id = a.record_id AND w.valid && a.valid)"
REFUSALS = {
    "versions.second_belief": (
        f"a.verb = 'register' AND {OVERLAPPING}",
        "{entity} {record} is already registered somewhere in {valid}.",
        "State what changed as a change or a correction of the record; register only where nothing is believed.",
    ),
    "versions.nothing_there": (
        f"a.verb <> 'register' AND NOT {OVERLAPPING}",
        "{entity} {record} is not believed anywhere in {valid}: there is nothing to {verb}.",
        "Check the period against the record's history.",
    ),
    "versions.later_facts_exist": (
        "a.verb IN ('change', 'end') AND NOT a.across AND upper_inf(a.valid) AND EXISTS (SELECT 1 FROM {work} w"
        " WHERE w.record_id = a.record_id AND w.valid && a.valid"
        " AND (NOT lower_inf(w.valid) AND (lower_inf(a.valid) OR lower(w.valid) > lower(a.valid))))",
        "{entity} {record} has facts that begin later than {valid}; an open end would go over them.",
        "Give the period an end, or say on purpose that it goes across later facts.",
    ),
}
EARLIER = (
    "EXISTS (SELECT 1 FROM {work} w WHERE w.record_id = a.record_id AND w.valid && a.valid"
    " AND NOT lower_inf(a.valid) AND (lower_inf(w.valid) OR lower(w.valid) < lower(a.valid)))"
)
BELIEVED = (
    "EXISTS (SELECT 1 FROM {work} w WHERE w.record_id = a.record_id AND w.valid && a.valid AND w.base_from IS NOT NULL)"
)
CORRECTIONS = {
    "versions.correction_needs_its_kind": (
        f"a.verb = 'change' AND {BELIEVED} AND NOT {EARLIER}",
        "{entity} {record}: a change through {valid} would replace what is believed from its very begin.",
        "If that was never so, say CORRECTION, with a reason and an approver; if it happened later, begin later.",
    ),
}

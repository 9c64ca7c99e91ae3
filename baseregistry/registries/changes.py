"""A change: acts that are believed together, or not at all.  The only writer of the registers.

Acts are staged and checked first.  Then the ledger is held, from the statement that compares to the
commit: the change gets the next position, the versions are written, references and rules are checked,
and the digests are chained.
"""

import time
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime

from sqlalchemy.exc import DBAPIError

from baseregistry import errors, naming
from baseregistry.db import Writing
from baseregistry.registries import ledger, references
from baseregistry.registries.acts import Act, Verb
from baseregistry.registries.days import TICK
from baseregistry.registries.declare import Entity
from baseregistry.registries.ledger import Entry, Head, Invented, Kind, Provenance
from baseregistry.registries.staging import Staging, staging_table
from baseregistry.registries.tables import Installation
from baseregistry.registries.versions import Pen, Timeline, Written


@dataclass(frozen=True, slots=True)
class Receipt:
    """What a change did.  `changed` is false when the register already said all of it: then nothing was written.

    `held_since` is when the ledger was taken for it, by time.monotonic; it is given back at the commit.
    """

    position: int
    recorded_at: datetime | None
    head: bytes
    entities: dict[str, Written] = field(default_factory=dict)
    changed: bool = True
    held_since: float = 0.0


def record(
    writing: Writing,
    installation: Installation,
    provenance: Provenance,
    acts: Iterable[Act],
    invented: Invented | None = None,
) -> Receipt:
    """Record one change made of `acts`.  It is believed when the transaction of `writing` commits."""
    draft = Draft(writing, installation, invented)
    with writing.connection.begin_nested():
        draft.staging.stage(acts)
    return draft.record(provenance)


class Draft:
    """One change being prepared: stage acts with `staging`, then `record` it."""

    def __init__(self, writing: Writing, installation: Installation, invented: Invented | None = None) -> None:
        self.writing = writing
        self.installation = installation
        self.invented = invented
        self.staging = Staging(writing, installation)
        self._held: float | None = None

    def hold(self) -> Head:
        """Hold the ledger from now to the commit, and tell its head: for acts staged out of what the registers say.

        Raises errors.Busy as `ledger.hold`.  `record` holds it in any case; held earlier, nothing changes between the
        reading and the writing, and other writers wait for longer.
        """
        last = ledger.hold(self.writing, self.installation)
        self._held = self._held or time.monotonic()
        return last

    def record(self, provenance: Provenance) -> Receipt:
        """Write the change; all checks, under the lock, until the commit at the edge.

        Raises errors.Refused and its kin when a rule, key, reference or belief stands in the way,
        errors.Busy when another writer holds the ledger.
        """
        verbs = self._verbs()
        ledger.check_provenance(provenance, verbs)
        refuse_ends(self.installation, verbs)
        self.staging.settle()
        with self.writing.connection.begin_nested() as attempt:  # a refusal that the caller survives leaves nothing
            receipt = self._believe(provenance)
            if not receipt.changed:
                attempt.rollback()
        return receipt

    def _believe(self, provenance: Provenance) -> Receipt:
        entities = self._staged_entities()
        last = self.hold()
        pen = Pen(
            last.position + 1,
            self.installation.declarations.edition,
            *([self.invented.salt()] if self.invented else []),
        )
        for entity in entities:  # all identities first: what is registered together may refer to each other
            identify(self.writing, entity)
        written = {entity.full_name: self._write(entity, pen, provenance) for entity in entities}
        written = {name: counts for name, counts in written.items() if counts.written or counts.closed}
        if not written:
            return Receipt(last.position, last.recorded_at, last.head, changed=False)
        changed = [entity for entity in entities if entity.full_name in written]
        references.check(self.writing, self.installation, changed, pen.position)
        keep_rules(self.writing, self.installation, changed, pen.position)
        # As late as can be: knownAt counts on hardly a moment lying between it and the commit.
        recorded_at = self._now(last)
        entry = Entry(pen.position, recorded_at, provenance, synthetic=self.invented is not None)
        chained = ledger.append(self.writing, self.installation, entry, changed, last)
        return Receipt(pen.position, recorded_at, chained, written, held_since=self._held or 0.0)

    def _staged_entities(self) -> list[Entity]:
        declared = self.installation.declarations.entities
        return [entity for name, entity in declared.items() if self.staging.counts.get(name)]

    def _verbs(self) -> dict[str, set[Verb]]:
        return {
            entity.full_name: {
                Verb(verb)
                for verb in self.writing.execute(f"SELECT DISTINCT verb FROM {staging_table(entity)}").scalars()
            }
            for entity in self._staged_entities()
        }

    def _now(self, last: Head) -> datetime:
        if self.invented is None:
            return ledger.now(self.writing, last)
        if last.position and not last.synthetic:
            raise errors.Refused(
                "A clock was given, but this ledger holds real history.",
                code="ledger.not_synthetic",
                hint="Sample data goes into an empty database only.",
            )
        moment = self.invented.clock()
        return moment if last.recorded_at is None else max(moment, last.recorded_at + TICK)

    def _write(self, entity: Entity, pen: Pen, provenance: Provenance) -> Written:
        timeline = Timeline(self.writing, entity)
        try:
            timeline.compose(corrects=provenance.feed or provenance.kind is not Kind.REAL_WORLD_CHANGE)
            return timeline.write(pen)
        except DBAPIError as failure:
            raise refusal(entity, failure) from failure


def refuse_ends(installation: Installation, verbs: dict[str, set[Verb]]) -> None:
    """Only a relation ends; what else ceases gets a status, and stays valid to be asked about."""
    for name, said in verbs.items():
        if Verb.END in said and not installation.declarations.entities[name].relation:
            raise errors.Refused(
                f"A record of {name} does not end: only relations (a right, a residence, a membership) do.",
                code="acts.not_a_relation",
                hint="State what became of it (a death, a dissolution, a retirement) as a change of its status.",
                where={"entity": name},
            )


def identify(writing: Writing, entity: Entity) -> None:
    """List new identities; refuse an act on a record that does not exist or is of another entity."""
    staged = staging_table(entity)
    writing.execute(
        f"INSERT INTO record (record_id, entity) SELECT DISTINCT record_id, :entity FROM {staged}"
        " WHERE verb = 'register' ON CONFLICT (record_id) DO NOTHING",
        {"entity": entity.full_name},
    )
    stranger = writing.execute(
        f"SELECT a.record_id, r.entity FROM {staged} a LEFT JOIN record r USING (record_id)"
        " WHERE r.entity IS DISTINCT FROM :entity LIMIT 1",
        {"entity": entity.full_name},
    ).one_or_none()
    if stranger:
        raise errors.NotFound(
            f"{stranger.record_id} is {'a ' + stranger.entity if stranger.entity else 'no record'}, not a {entity.full_name}.",
            code="versions.no_such_record",
            hint="Register it first, or check the id.",
            where={"entity": entity.full_name, "record": str(stranger.record_id)},
        )


def refusal(entity: Entity, failure: DBAPIError) -> Exception:
    """A constraint's refusal in the register's words."""
    state = getattr(failure.orig, "sqlstate", None)
    diagnosis = getattr(failure.orig, "diag", None)
    name = getattr(diagnosis, "constraint_name", None) or ""
    detail = str(getattr(diagnosis, "message_detail", None) or "")
    where = {"entity": entity.full_name, "constraint": name}
    if state == "23P01" and "_key_" in name:
        key = name.rpartition("_key_")[2]
        return errors.Conflict(
            f"Two records of {entity.full_name} would hold the same {key} at one moment.",
            code="versions.duplicate_key",
            hint="Look the key up first; correct the record that holds it, or end that one's period.",
            where=where | {"key": key},
        )
    if state == "23P01":
        return errors.Conflict(
            f"A second belief about one moment of {entity.full_name}.", code="versions.second_belief", where=where
        )
    if state == "23503":
        return errors.DanglingReference(
            f"{entity.full_name} refers to a record that does not exist. {detail}",
            hint="Register the target first, or in the same change.",
            where=where,
        )
    if state in {"23514", "23502", "0A000"} or (state or "").startswith("22"):
        # 23502 and 0A000: a value without canonical bytes, so without a digest
        attribute = name.removeprefix(f"{naming.table(entity.full_name)}_") or "valid"
        return errors.BadValue(
            f"{entity.full_name}.{'valid' if attribute == 'bounded' else attribute}: a value is missing or not of its kind.",
            code="input.bad_value",
            hint=f"`baseregistry show {entity.full_name}` says what the attribute takes.",
            where=where | {"attribute": attribute},
        )
    return failure


def keep_rules(writing: Writing, installation: Installation, changed: list[Entity], position: int) -> None:
    """Refuse the change if a rule of severity "refuse" finds something among the records it wrote."""
    for entity in changed:
        kept = [rule for rule in installation.rules if rule.severity == "refuse" and rule.entity == entity.full_name]
        if not kept:
            continue
        writing.execute("CREATE TEMP TABLE IF NOT EXISTS touched (record_id uuid) ON COMMIT DELETE ROWS")
        writing.execute("TRUNCATE touched")
        writing.execute(
            f"INSERT INTO touched SELECT DISTINCT record_id FROM {naming.table(entity.full_name)}"
            " WHERE recorded_from = :position",
            {"position": position},
        )
        writing.execute("ANALYZE touched")
        for rule in kept:
            findings = rule.find(writing, "touched")
            if findings:
                raise errors.RuleBroken(
                    findings[0].message,
                    code=rule.code,
                    hint=rule.summary,
                    where={
                        "entity": entity.full_name,
                        "records": [str(finding.record_id) for finding in findings[:20]],
                    },
                )

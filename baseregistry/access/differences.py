"""What has to be recorded so that the access register says what the files say: compared as an import compares.

Who is in no file any more gets the status ENDED; a grant, path or unit ends now.  What has begun is not moved: a grant
for another past needs another name.
"""

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from uuid import UUID

from baseregistry import errors, naming
from baseregistry.access.files import KEYS, RECORDS, AccessFiles, Key, Said, SaidGrant
from baseregistry.db import Reading
from baseregistry.registries import acts
from baseregistry.registries.acts import Act, Period
from baseregistry.registries.declare import Declarations, Entity, Reference
from baseregistry.registries.identities import Identities

UNIT = "SELECT record_id FROM administration_unit WHERE code = :code AND recorded_to IS NULL AND valid @> now()"
HOLDS = "recorded_to IS NULL AND (upper_inf(valid) OR upper(valid) > :now)"


@dataclass(frozen=True, slots=True)
class Held:
    """What the register holds of a record, now or to come: the last version's values, and when it begins and ends."""

    record: UUID
    values: Mapping[str, Any]
    begin: datetime | None
    end: datetime | None


@dataclass(frozen=True, slots=True)
class Whole:
    """A grant whose paths and units are compared: its record, what the file says, since when new parts of it hold."""

    record: UUID
    said: SaidGrant
    begin: datetime


@dataclass(slots=True)
class Difference:
    """The acts, how many records of each entity are new, changed, ended and unchanged, and a line for each act."""

    acts: list[Act] = field(default_factory=list)
    counts: dict[str, Counter[str]] = field(default_factory=dict)
    lines: list[str] = field(default_factory=list)

    def count(self, table: str, what: str, named: str) -> None:
        self.counts.setdefault(table, Counter())[what] += 1
        if what != "unchanged":
            self.lines.append(f"{what} {table} {named}")


class Comparison:
    """Compares a set of files with the register, as `reading` sees it at the instant `now`."""

    def __init__(self, reading: Reading, declarations: Declarations, now: datetime) -> None:
        self.reading = reading
        self.now = now
        self.entities = {
            name: declarations.entities[f"access.{name}"] for name in (*KEYS, "granted_path", "granted_unit")
        }
        self.ids = Identities()
        self.records: dict[tuple[str, Key], UUID] = {}
        self.found = Difference()

    def of(self, files: AccessFiles) -> Difference:
        """The difference.  Raises errors.NotFound for a unit that does not hold today, errors.Refused for a period that
        cannot be reached."""
        for table in RECORDS:
            self._records(table, files.records[table])
        self._grants(files.grants)
        return self.found

    # --- agencies, clients, officials, purposes --------------------------------------------------------

    def _records(self, table: str, said: Mapping[Key, Said]) -> None:
        held = self._held(table)
        for key, one in said.items():
            self._record(table, key, one, held.get(key))
        for key, gone in held.items():
            if key not in said and gone.values["status"] != "ENDED":
                self._change(table, key, gone, {"status": "ENDED"}, "ended")

    def _record(self, table: str, key: Key, said: Said, held: Held | None) -> None:
        values = self._resolved(table, said.values)
        if held is None:
            # Nobody dates an agency or a purpose here; a client and an official ask from now on.
            since = Period(self.now if table in {"client", "official"} else None)
            self._register(table, key, since, values)
        else:
            self._align(table, key, held, values)

    def _align(self, table: str, key: Key, held: Held, values: Mapping[str, Any]) -> None:
        """Change what differs, from now on or from when it begins."""
        self.records[table, key] = held.record
        other = {name: values.get(name) for name in held.values if values.get(name) != held.values[name]}
        if other:
            self._change(table, key, held, other, "changed")
        else:
            self.found.count(table, "unchanged", " ".join(key))

    def _register(self, table: str, key: Key, period: Period, values: Mapping[str, Any]) -> None:
        record = self.records.setdefault((table, key), self.ids.new())
        given = {name: value for name, value in values.items() if value is not None}
        self.found.acts.append(acts.register(self.entities[table], record, period, given))
        self.found.count(table, "new", " ".join(key))

    def _change(self, table: str, key: Key, held: Held, values: Mapping[str, Any], what: str) -> None:
        period = Period(self._from_now(held), held.end)
        self.found.acts.append(acts.change(self.entities[table], held.record, period, values))
        self.found.count(table, what, " ".join(key))

    def _from_now(self, held: Held) -> datetime:
        return max(self.now, held.begin) if held.begin else self.now

    # --- grants ----------------------------------------------------------------------------------------

    def _grants(self, said: Mapping[Key, SaidGrant]) -> None:
        held = self._held("grant")
        paths, units = self._parts("granted_path", "path"), self._parts("granted_unit", "unit")
        for key, grant in said.items():
            found = held.get(key)
            self._grant(key, grant, found)
            owner = self.records["grant", key]
            whole = Whole(owner, grant, grant.begin if found is None else max(self.now, grant.begin))
            opened = {path: {"path": path, "masked": masked} for path, masked in grant.paths.items()}
            self._align_parts("granted_path", whole, opened, paths.pop(owner, {}))
            places = {str(record): {"unit": record} for record in map(self._unit, grant.units)}
            self._align_parts("granted_unit", whole, places, units.pop(owner, {}))
        for key, gone in held.items():
            if key not in said:
                self._end("grant", " ".join(key), gone, self.now)
        for table, rest in (("granted_path", paths), ("granted_unit", units)):
            for named, part in (item for parts in rest.values() for item in parts.items()):
                self._end(table, named, part, self.now)

    def _grant(self, key: Key, said: SaidGrant, held: Held | None) -> None:
        values = self._resolved("grant", said.values)
        if held is None:
            self._register("grant", key, Period(said.begin, said.end), values)
            return
        if held.begin != said.begin:
            raise errors.Refused(
                f"{said.place}: the grant holds from {held.begin}, and the file says {said.begin}.",
                code="access.begun_otherwise",
                hint="Leave `from` as it is; what is to hold in another period gets a grant of another name.",
                where={"place": said.place},
            )
        self._align("grant", key, held, values)
        self._reach(("grant", " ".join(key)), held, said, values)

    def _reach(self, what: tuple[str, str], held: Held, said: SaidGrant, values: Mapping[str, Any]) -> None:
        """Let what is held end when the file says: sooner by an end, later by one more period."""
        table, named = what
        if held.end == said.end:
            return
        if said.end is not None and (held.end is None or said.end < held.end):
            self._end(table, named, held, said.end)
        elif held.end is not None:
            period = Period(held.end, said.end)
            self.found.acts.append(acts.register(self.entities[table], held.record, period, values))
            self.found.count(table, "changed", named)

    def _align_parts(
        self, table: str, whole: Whole, wanted: Mapping[str, Mapping[str, Any]], held: Mapping[str, Held]
    ) -> None:
        """The paths or units of one grant."""
        for named, own in wanted.items():
            values, key = {"of_grant": whole.record, **own}, (str(whole.record), named)
            if named in held:
                self._align(table, key, held[named], values)
                self._reach((table, named), held[named], whole.said, values)
            else:
                self._register(table, key, Period(whole.begin, whole.said.end), values)
        for named, gone in held.items():
            if named not in wanted:
                self._end(table, named, gone, self.now)

    def _end(self, table: str, named: str, held: Held, at: datetime) -> None:
        at = max(at, held.begin) if held.begin else at
        self.found.acts.append(acts.end(self.entities[table], held.record, at, across=True))
        self.found.count(table, "ended" if at <= self.now else "changed", named)

    def _unit(self, code: str) -> UUID:
        records = self.reading.execute(UNIT, {"code": code}).scalars().all()
        if not records:
            raise errors.NotFound(
                f"No unit of today has the code {code}.",
                code="access.unknown_unit",
                hint="Give the code of a unit as it holds today: `{ units { nodes { code name } } }`.",
                where={"unit": code},
            )
        return UUID(str(records[0]))

    # --- what the register holds ------------------------------------------------------------------------

    def _resolved(self, table: str, values: Mapping[str, Any]) -> dict[str, Any]:
        """The values with records for the codes of agencies and purposes."""
        kinds = self.entities[table].by_name
        return {
            name: self.records[name, (value,)] if isinstance(kinds[name].kind, Reference) else value
            for name, value in values.items()
        }

    def _held(self, table: str) -> dict[Key, Held]:
        """All records of an entity by their key, references as codes; what was ended comes as it last was."""
        codes = {str(record): key[0] for (_, key), record in self.records.items() if len(key) == 1}
        held = {}
        for record, last in self._rows(self.entities[table]):
            key = tuple(codes.get(str(last.values[name]), str(last.values[name])) for name in KEYS[table])
            self.records[table, key] = record
            held[key] = last
        return held

    def _parts(self, table: str, name: str) -> dict[UUID, dict[str, Held]]:
        """Paths or units by grant, each by what it is."""
        parts: dict[UUID, dict[str, Held]] = {}
        for _, held in self._rows(self.entities[table]):
            parts.setdefault(held.values["of_grant"], {})[str(held.values[name])] = held
        return parts

    def _rows(self, entity: Entity) -> Iterator[tuple[UUID, Held]]:
        """Each record that holds now or later: its last version's values, the begin of the first, the end of the last."""
        names, table = ", ".join(entity.by_name), naming.table(entity.full_name)
        rows = self.reading.execute(
            f"SELECT DISTINCT ON (record_id) record_id, {names}, upper(valid) AS until, (SELECT lower(f.valid) FROM {table} f"
            " WHERE f.record_id = t.record_id AND f.recorded_to IS NULL ORDER BY f.valid LIMIT 1) AS since"
            f" FROM {table} t WHERE {HOLDS} ORDER BY record_id, valid DESC",
            {"now": self.now},
        )
        for row in rows:
            values = {name: getattr(row, name) for name in entity.by_name}
            yield row.record_id, Held(row.record_id, values, row.since, row.until)


def told(difference: Difference) -> Iterable[str]:
    """The counts, a line for each entity."""
    for table, counts in difference.counts.items():
        yield f"{table:14}" + "".join(f"{counts[what]:>6} {what}" for what in ("new", "changed", "ended", "unchanged"))

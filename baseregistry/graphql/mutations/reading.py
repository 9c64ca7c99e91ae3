"""From a coerced `ChangeInput` to acts and provenance: every value read by its kind, every name resolved.

Nothing is asked of the database.  What cannot be read is gathered, each with the path at which it was said
(``acts[3].changeParcel.values.status``), and refused together.
"""

from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from baseregistry import errors, naming
from baseregistry.graphql.mutations.inputs import MOST_ACTS, MOST_ON_ONE, said_by
from baseregistry.graphql.mutations.problems import Problems
from baseregistry.graphql.mutations.provenance import read_key, read_provenance
from baseregistry.graphql.mutations.shapes import Shapes
from baseregistry.registries.acts import Act, Period, Verb, in_order
from baseregistry.registries.codes import known
from baseregistry.registries.days import DAY, instant
from baseregistry.registries.declare import Attribute, Declarations, Entity, Geometry, Reference, Text
from baseregistry.registries.expectations import Expected
from baseregistry.registries.identities import Identities
from baseregistry.registries.ledger import Provenance
from baseregistry.registries.values import Codes, read

DIGEST = Text(64, pattern="[0-9a-f]{64}")
LOCAL = Text(200)
NOTHING_FIT = UUID(int=0)  # stands where a reference could not be read; what was read with it is never used

Given = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Said:
    """A change as it was said: its acts in order, and for each the path in the input."""

    key: str
    provenance: Provenance
    acts: tuple[Act, ...]
    paths: tuple[str, ...]
    expected: tuple[Expected, ...]


class Reader:
    """Reads the changes of one installation: its zone, its storage CRS (an EPSG code), the codes of its lists."""

    def __init__(self, declarations: Declarations, zone: str, srid: int) -> None:
        self.zone = zone
        self.codes: Codes = known(declarations)
        self.said_by = said_by(declarations)
        self.shapes = Shapes(srid)

    def read(self, given: Given, recorded_by: str) -> Said:
        """What `given` says, recorded by somebody.  Raises `Unreadable`, and errors.BadInput for too many acts."""
        if not 1 <= len(given["acts"]) <= MOST_ACTS:
            raise errors.BadInput(
                f"The change has {len(given['acts']):,} acts.",
                code="input.acts_out_of_bounds",
                hint=f"A change has from 1 to {MOST_ACTS:,} acts; `baseregistry import` takes files of any size.",
            )
        return _Reading(self, Problems()).change(given, recorded_by)


class _Reading:
    """One change being read."""

    def __init__(self, reader: Reader, problems: Problems) -> None:
        self.reader = reader
        self.problems = problems
        self.identities = Identities()
        self.locals: dict[str, UUID] = {}
        self.expected: list[Expected] = []

    def change(self, given: Given, recorded_by: str) -> Said:
        key = read_key(given["key"], self.problems)
        provenance = read_provenance(given["provenance"], recorded_by, self.reader.zone, self.problems)
        said = [self._chosen(number, act) for number, act in enumerate(given["acts"])]
        records = [self._identity(path, verb, act) for path, verb, _, act in said]
        acts = [self._act(item, record) for item, record in zip(said, records, strict=True)]
        self.problems.settle()
        _refuse_too_many(records)
        days = [_by_day(act) for *_, act in said]
        return Said(
            key, provenance, tuple(_ordered(acts, days)), tuple(path for path, *_ in said), tuple(self.expected)
        )

    def _chosen(self, number: int, act: Given) -> tuple[str, Verb, Entity, Given]:
        ((name, said),) = act.items()
        return f"acts[{number}].{name}", *self.reader.said_by[name], said

    def _identity(self, path: str, verb: Verb, said: Given) -> UUID:
        """Which record an act speaks of; a name given to it is known to all acts of the change."""
        record = UUID(said["id"]) if said.get("id") else self.identities.new()
        if verb is Verb.REGISTER and said.get("local") is not None:
            self._name(f"{path}.local", said["local"], record)
        return record

    def _name(self, path: str, given: str, record: UUID) -> None:
        name = self.problems.reading(path, lambda: read(LOCAL, given, place=path))
        if name is not None and self.locals.setdefault(name, record) != record:
            hint = "Give each record of the change a name of its own."
            self.problems.refuse(path, f"names a second record {name!r}", "input.local_twice", hint)

    def _act(self, item: tuple[str, Verb, Entity, Given], record: UUID) -> Act:
        path, verb, entity, said = item
        valid = self._period(path, verb, said)
        if said.get("expected") is not None:
            self._expect(path, entity, record, valid, said["expected"])
        values = dict(self._values(f"{path}.values", verb, entity, said["values"])) if "values" in said else {}
        if verb is Verb.CHANGE and not said["values"]:
            self.problems.refuse(f"{path}.values", "says nothing", "input.nothing_said", "Name what changes.")
        across = verb is Verb.RETRACT or bool(said.get("across"))
        return Act(verb, entity, record, valid, values, across)

    def _period(self, path: str, verb: Verb, said: Given) -> Period:
        ends = {"begin": "at"} if verb is Verb.END else {"begin": "begin", "end": "end"}
        names = {"begin": "from", "end": "to", "at": "at"}
        read_ends = {
            end: self.problems.reading(f"{path}.{names[name]}", lambda name=name: self._instant(said[name]))  # type: ignore[misc]
            for end, name in ends.items()
            if said.get(name) is not None
        }
        return self.problems.reading(path, lambda: Period(**read_ends)) or Period()

    def _instant(self, given: str) -> Any:
        return instant(given, self.reader.zone, place="the moment")

    def _expect(self, path: str, entity: Entity, record: UUID, valid: Period, given: str) -> None:
        where = f"{path}.expectedVersion"
        digest = self.problems.reading(where, lambda: read(DIGEST, given.lower(), place=where))
        if digest is not None:
            self.expected.append(Expected(entity, record, valid.begin, bytes.fromhex(digest), path))

    # --- values ----------------------------------------------------------------------------------------

    def _values(self, path: str, verb: Verb, entity: Entity, given: Given) -> Iterator[tuple[str, Any]]:
        for name, raw in given.items():
            attribute, where = entity.by_name[name], f"{path}.{naming.field(name)}"
            if raw is not None:
                yield name, self._value(where, entity, attribute, raw)
            elif attribute.required:
                hint = "It is a required attribute: a record is not kept without it."
                self.problems.refuse(where, "would be emptied", "input.required", hint)
            elif verb is Verb.CHANGE:
                yield name, None

    def _value(self, path: str, entity: Entity, attribute: Attribute, raw: Any) -> Any:
        place = f"{entity.full_name}.{attribute.name}"
        match attribute.kind:
            case Reference():
                return self._referred(path, raw)
            case Geometry():
                return self.problems.reading(path, lambda: self.reader.shapes.read(entity, attribute, raw))
            case kind:
                return self.problems.reading(path, lambda: read(kind, raw, place=place, codes=self.reader.codes))

    def _referred(self, path: str, given: Given) -> UUID:
        if "id" in given:
            return UUID(given["id"])
        name = self.problems.reading(path, lambda: read(LOCAL, given["local"], place=path))
        if name in self.locals:
            return self.locals[name]
        if name is not None:
            hint = "Name a record that this change registers with that `local`, or give an `id`."
            self.problems.refuse(
                path, f"refers to {name!r}, which this change does not register", "input.unknown_local", hint
            )
        return NOTHING_FIT


def _refuse_too_many(records: list[UUID]) -> None:
    ((record, count),) = Counter(records).most_common(1)
    if count > MOST_ON_ONE:
        raise errors.BadInput(
            f"The change has {count:,} acts on the record {record}.",
            code="input.acts_out_of_bounds",
            hint=f"At most {MOST_ON_ONE} acts of one change are on one record; say the others in changes of their own.",
            where={"record": str(record)},
        )


def _by_day(said: Given) -> bool:
    """Whether an act says its begin by a day alone."""
    return DAY.fullmatch(said.get("begin") or said.get("at") or "") is not None


def _ordered(acts: list[Act], by_day: list[bool]) -> Iterator[Act]:
    """The acts, those known by their day only in the order in which they happened."""
    placed = in_order(act for act, day in zip(acts, by_day, strict=True) if day)
    return (next(placed) if day else act for act, day in zip(acts, by_day, strict=True))

"""References of a batch: the records that natural keys mean, at the moment the reference looks at its target.

Each different (key, period) is asked once, all of a batch in one statement.  A target that is a new record of the same
file is left for `matching`.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy.dialects import postgresql

from baseregistry import errors, naming
from baseregistry.db import Reading
from baseregistry.registries import values
from baseregistry.registries.declare import At, Attribute, Lookup, Reference
from baseregistry.registries.imports.cells import FactReader, Refuse
from baseregistry.registries.imports.plan import Fact, Finder, Pointer
from baseregistry.registries.imports.sources import Batch
from baseregistry.registries.tables import Installation, column_type

REMEMBERED = 100_000
JOINED = "\x1f"

Key = tuple[str, ...]  # the key's values, then the period
Found = str | errors.RegisterError | None  # a record id, why there is none, or None: perhaps a row of this file


@dataclass(frozen=True, slots=True)
class Column:
    """A pointer of every row: the record, or the key of a row of the same file."""

    records: list[str | None]
    pending: list[str | None]


class PointerReader:
    """Reads one pointer of every row.  `within`: the file's own entity, whose new records may be targets too."""

    def __init__(self, pointer: Pointer, installation: Installation, codes: values.Codes, within: str) -> None:
        self.pointer = pointer
        kind = pointer.attribute.kind
        assert isinstance(kind, Reference)
        self.finders = [FinderReader(pointer, finder, installation, codes, within) for finder in pointer.finders]

    def column(self, reading: Reading, batch: Batch, periods: Sequence[str | None], refuse: Refuse) -> Column:
        """The targets of a batch, one statement for each way to find them."""
        records: list[str | None] = [None] * len(periods)
        pending: list[str | None] = [None] * len(periods)
        for finder in self.finders:
            for place, key, found in finder.column(reading, batch, periods, refuse):
                if isinstance(found, errors.RegisterError):
                    refuse(place, found)
                elif records[place] is not None or pending[place] is not None:
                    refuse(place, self._twice())
                else:
                    records[place] = found
                    pending[place] = JOINED.join(key[:-1]) if found is None else None
        return Column(records, pending)

    def _twice(self) -> errors.BadValue:
        said = f"{self.pointer.place}: two columns name a record for it."
        return errors.BadValue(said, code="input.two_targets", where={"attribute": self.pointer.place})


class FinderReader:
    """Reads the keys of one finder and asks the register for their records."""

    def __init__(
        self, pointer: Pointer, finder: Finder, installation: Installation, codes: values.Codes, within: str
    ) -> None:
        self.pointer, self.finder, self.installation = pointer, finder, installation
        kind = pointer.attribute.kind
        assert isinstance(kind, Reference)
        self.reference = kind
        self.parts: list[FactReader | PointerReader] = [
            FactReader(part, codes) if isinstance(part, Fact) else PointerReader(part, installation, codes, "")
            for part in finder.parts
        ]
        plain = all(isinstance(part, Fact) for part in finder.parts)
        self.pending = finder.target.full_name == within and plain and not isinstance(finder.by, Lookup)
        self._found: dict[Key, Found] = {}

    def column(
        self, reading: Reading, batch: Batch, periods: Sequence[str | None], refuse: Refuse
    ) -> Iterator[tuple[int, Key, Found]]:
        """Each row that fills this finder: its place, its key, and what is found."""
        keys = self._keys(reading, batch, periods, refuse)
        asked = {key for key in keys if key is not None and key not in self._found}
        if len(self._found) + len(asked) > REMEMBERED:
            self._found.clear()
            asked = {key for key in keys if key is not None}
        if asked:
            self._found.update(self._ask(reading, sorted(asked)))
        for place, key in enumerate(keys):
            if key is not None:
                yield place, key, self._found[key]

    def _keys(self, reading: Reading, batch: Batch, periods: Sequence[str | None], refuse: Refuse) -> list[Key | None]:
        columns = [
            part.column(batch, refuse)
            if isinstance(part, FactReader)
            else part.column(reading, batch, periods, refuse).records
            for part in self.parts
        ]
        keys: list[Key | None] = []
        for place, (*values_, period) in enumerate(zip(*columns, periods, strict=True)):
            if period is None or any(value is None for value in values_):
                keys.append(None)
                if period is not None and any(value is not None for value in values_):
                    refuse(place, self._incomplete())
            else:
                keys.append((*values_, period))
        return keys

    # --- asking --------------------------------------------------------------------------------------

    def _ask(self, reading: Reading, keys: list[Key]) -> dict[Key, Found]:
        candidates: dict[int, list[Any]] = {}
        columns = {f"k{number}": list(column) for number, column in enumerate(zip(*keys, strict=True))}
        for row in reading.execute(self._statement(), columns):
            candidates.setdefault(row.n - 1, []).append(row)
        return {key: self._chosen(key, candidates.get(number, [])) for number, key in enumerate(keys)}

    def _statement(self) -> str:
        """Every believed version that bears a key, in order of time, with what there is to know for the choice."""
        width = len(self.finder.parts)
        arrays = ", ".join(f"CAST(:k{n} AS text[])" for n in range(width)) + f", CAST(:k{width} AS tstzrange[])"
        names = ", ".join(f"k{n}" for n in range(width))
        return (
            f"SELECT k.n, t.record_id, {self._moment()} AS there, upper(t.valid)::text AS until,"
            f" lower(t.valid)::text AS since, coalesce((SELECT range_agg(v.valid) @> k.valid FROM {self._table()} v"
            f" WHERE v.record_id = t.record_id AND v.recorded_to IS NULL), false) AS lasts, {self._named()} AS named"
            f" FROM unnest({arrays}) WITH ORDINALITY AS k ({names}, valid, n) JOIN {self._bearers()}"
            f" ORDER BY k.n, lower(t.valid) DESC NULLS LAST"
        )

    def _bearers(self) -> str:
        """The versions that bear the key: the target's own, or those of who refers to it."""
        if isinstance(self.finder.by, Lookup):
            lookup = self.finder.by
            fixed = "".join(f" AND i.{name} = '{value}'" for name, value in lookup.fixed)
            via = f"{naming.table(lookup.via)} i ON i.recorded_to IS NULL AND i.{lookup.attribute} = k.k0{fixed}"
            return f"{via} JOIN {self._table()} t ON t.recorded_to IS NULL AND t.record_id = i.{lookup.reference}"
        if self.finder.by is None:
            return f"{self._table()} t ON t.recorded_to IS NULL AND t.record_id = CAST(k.k0 AS uuid)"
        same = " AND ".join(
            f"t.{name} = CAST(k.k{n} AS {self._type(self.finder.target.by_name[name])})"
            for n, name in enumerate(self.finder.by.attributes)
        )
        return f"{self._table()} t ON t.recorded_to IS NULL AND {same}"

    def _table(self) -> str:
        if self.finder.by is not None or len(self.reference.to) == 1:
            return naming.table(self.finder.target.full_name)
        every = (f"SELECT record_id, valid, recorded_to FROM {naming.table(name)}" for name in self.reference.to)
        return f"({' UNION ALL '.join(every)})"

    def _type(self, attribute: Attribute) -> str:
        dialect = postgresql.dialect()  # type: ignore[no-untyped-call]
        return column_type(attribute.kind, self.installation.srid).compile(dialect=dialect).partition(" COLLATE")[0]

    def _moment(self) -> str:
        """Whether the version is there when the reference looks."""
        begins = "CASE WHEN lower_inf(k.valid) THEN lower_inf(t.valid) ELSE t.valid @> lower(k.valid) END"
        match self.reference.at:
            case At.SAME:
                return begins
            case At.BEGIN:
                return f"(lower_inf(k.valid) OR {begins})"
            case At.LATEST:
                return "(lower_inf(k.valid) OR lower_inf(t.valid) OR lower(t.valid) <= lower(k.valid))"

    def _named(self) -> str:
        """Whether the key named the record at that moment: of several, this one is meant."""
        if isinstance(self.finder.by, Lookup):
            return "(lower_inf(k.valid) OR i.valid @> lower(k.valid))"
        return "true"

    # --- choosing ------------------------------------------------------------------------------------

    def _chosen(self, key: Key, rows: list[Any]) -> Found:
        there = [row for row in rows if row.there]
        if self.reference.at is At.LATEST:
            there = there[:1]
        records = {row.record_id for row in there if row.named} or {row.record_id for row in there}
        if len(records) > 1:
            return self._refusal(key, f"means {len(records)} records", "versions.ambiguous_reference")
        if not records:
            if self.pending:
                return None
            other = f"; it is known from {rows[0].since} on" if rows and rows[0].since else ""
            return self._refusal(key, f"is not known at {_begin(key)}{other}", "versions.dangling_reference")
        record = records.pop()
        if self.reference.at is At.SAME and not next(row.lasts for row in there if row.record_id == record):
            until = max((row.until or "" for row in rows if row.record_id == record), default="")
            return self._refusal(key, f"is known until {until} only", "versions.dangling_reference")
        return str(record)

    def _refusal(self, key: Key, said: str, code: str) -> errors.RegisterError:
        words = " / ".join(key[:-1])
        return errors.DanglingReference(
            f"{self.pointer.place}: {self.finder.target.full_name} {words} {said}.",
            code=code,
            hint="Register it first, give the record id, or correct the period.",
            where={"attribute": self.pointer.place, "value": words},
        )

    def _incomplete(self) -> errors.BadValue:
        return errors.BadValue(
            f"{self.pointer.place}: only a part of the key of {self.finder.target.full_name} is given.",
            code="input.incomplete_key",
            where={"attribute": self.pointer.place},
        )


def _begin(key: Key) -> str:
    return key[-1][1:].partition(",")[0] or "all times"

"""What a statement being compiled consists of: aliases, placeholders, constants, JSON objects.

Every sub-select names its own tables and takes everything else from around it (`correlate_except`), so
expressions of outer rows may be used at any depth.  Aliases contain ``$``, which no key of a JSON object can:
``row_to_json(r$1)`` would otherwise mean a column called r$1.
"""

import json
from dataclasses import dataclass
from dataclasses import field as field_of
from itertools import count
from typing import Any, Literal

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql as pg
from sqlalchemy.dialects.postgresql.base import PGDialect
from sqlalchemy.sql.selectable import NamedFromClause

from baseregistry import errors
from baseregistry.registries.answer.aliases import alias
from baseregistry.registries.answer.plan import Parameter, Told
from baseregistry.registries.answer.values import Expects, Reader, reader
from baseregistry.registries.question import Bind, Field, Scope
from baseregistry.registries.tables import Installation

Expression = sa.ColumnElement[Any]
Pairs = list[tuple[str, Expression]]

DIALECT: sa.Dialect = PGDialect(paramstyle="numeric_dollar")  # type: ignore[no-untyped-call]
LONGEST_NAME = 63  # bytes; PostgreSQL cuts longer identifiers without a word
EVERYWHERE = Scope()
SETS = "sets$"  # the sets of values, where there are many: a row each
NOTHING = sa.table("_")  # to correlate everything: a sub-select without tables of its own
UTC_MICROSECONDS = 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"'


@dataclass(frozen=True, slots=True)
class Together:
    """Rows whose records the access log is told of together, and the bytes that tell of one: see told.py."""

    rows: sa.FromClause | None
    keys: dict[str, Expression] = field_of(default_factory=dict)


@dataclass
class Draft:
    """A statement on its way: it hands out names and placeholders, and remembers what they stand for."""

    installation: Installation
    scope: Scope = EVERYWHERE
    parameters: dict[str, Parameter] = field_of(default_factory=dict)
    sets: bool = False  # whether it answers many sets of values at once: see sets.py
    told: bool = False  # whether the keys of the access log are in the answer: see told.py
    opened: bool = False  # whether its records are opened, not found by a search
    levels: list[Told] = field_of(default_factory=list)
    together: Together | None = None
    _numbers: "count[int]" = field_of(default_factory=lambda: count(1))

    def level(self, told: Told) -> int:
        """The number of a level that is told to the access log."""
        if told not in self.levels:
            self.levels.append(told)
        return self.levels.index(told)

    def name(self, letter: str) -> str:
        """A name used nowhere else in the statement."""
        return f"{letter}${next(self._numbers)}"

    def versions(self, entity: str) -> sa.FromClause:
        """The versions of an entity, under a name of their own."""
        return alias(self.installation.tables.versions[entity], self.name("v"))

    def ledger(self) -> sa.FromClause:
        """The changes of the ledger, likewise."""
        return alias(self.installation.tables.ledger_change, self.name("l"))

    def codes(self) -> sa.FromClause:
        """The codes of all lists, likewise."""
        return alias(self.installation.tables.code, self.name("c"))

    def identities(self) -> sa.FromClause:
        """The identities of all records, likewise."""
        return alias(self.installation.tables.record, self.name("i"))

    def bind(self, bind: Bind, expects: Expects) -> Expression:
        """The placeholder of a slot that expects this; `bind.many` makes it an array."""
        name = f"s{bind.slot}_{expects.name.lower()}{'_many' if bind.many else ''}"
        made = reader(expects, self.installation.zone, many=bind.many)
        return self.placeholder(name, Parameter(bind.slot, made), expects.column_type, many=bind.many)

    def placeholder(
        self, name: str, parameter: Parameter, kind: sa.types.TypeEngine[Any], *, many: bool = False
    ) -> Expression:
        """A placeholder cast to `kind`; the same name is the same placeholder."""
        self.parameters.setdefault(name, parameter)
        value = sa.literal_column(f"{SETS}.{name}") if self.sets else sa.bindparam(name, type_=sa.types.NullType())
        return sa.cast(value, pg.ARRAY(kind) if many else kind)

    def part(self, bind: Bind, part: str, read: Reader, kind: sa.types.TypeEngine[Any]) -> Expression:
        """A placeholder that takes one part of what a slot holds."""
        return self.placeholder(f"s{bind.slot}_{part}", Parameter(bind.slot, read), kind)

    def object(self, pairs: Pairs, source: sa.Select[Any]) -> Expression:
        """``(SELECT {…} FROM source)``: one JSON object, null where `source` has no row."""
        if not _nameable(pairs):
            return source.with_only_columns(written_out(pairs)).scalar_subquery()
        row = source.with_only_columns(*labelled(pairs)).subquery(self.name("r"))
        return sa.select(row_to_json(row)).select_from(row).correlate_except(row).scalar_subquery()

    def array(self, pairs: Pairs, source: sa.Select[Any]) -> Expression:
        """``(SELECT [{…}, …] FROM source)``: a JSON array in the order of `source`, empty where it has no row."""
        columns = labelled(pairs) if _nameable(pairs) else [written_out(pairs).label("o")]
        rows = source.with_only_columns(*columns).subquery(self.name("r"))
        item = row_to_json(rows) if _nameable(pairs) else rows.c.o
        return sa.select(json_array(item)).select_from(rows).correlate_except(rows).scalar_subquery()

    def beside(self, pairs: Pairs, source: sa.FromClause) -> tuple[sa.FromClause, Expression]:
        """A JSON object for each row of `source`, computed beside it: what to select from, and the object."""
        if not _nameable(pairs):
            return source, written_out(pairs)
        made = nothing_of_its_own().add_columns(*labelled(pairs)).lateral(self.name("n"))
        return source.join(made, sa.true()), row_to_json(made)


def row_to_json(row: NamedFromClause) -> Expression:
    """A row as a JSON object: the keys are its columns, in order (0.63 of json_build_object's cost, and no limit of 50)."""
    return sa.func.row_to_json(row.table_valued(), type_=sa.JSON())


def json_array(item: Expression, where: Expression | None = None) -> Expression:
    """All items as a JSON array, ``[]`` if there are none."""
    items = sa.func.json_agg(item)
    return sa.func.coalesce(items if where is None else items.filter(where), constant("[]", "json"))


def labelled(pairs: Pairs) -> list[sa.Label[Any]]:
    return [value.label(key) for key, value in pairs]


def written_out(pairs: Pairs) -> Expression:
    """The object as text that is put together, for keys longer than an identifier may be; any number of fields."""
    parts: list[Expression] = [constant("{")]
    for place, (key, value) in enumerate(pairs):
        parts.append(constant(f"{', ' if place else ''}{json.dumps(key, ensure_ascii=False)}:"))
        parts.append(sa.func.coalesce(sa.cast(sa.func.to_json(value), sa.Text()), constant("null")))
    parts.append(constant("}"))
    return sa.cast(sa.func.array_to_string(pg.array(parts), constant("")), sa.JSON())


def _nameable(pairs: Pairs) -> bool:
    return bool(pairs) and all(len(key.encode()) <= LONGEST_NAME for key, _ in pairs)


def constant(value: str, kind: Literal["text", "json", "jsonb", "bytea", "interval"] = "text") -> Expression:
    """Text of ours as a literal of the statement; never what a client sent."""
    quoted = value.replace("'", "''")
    return sa.literal_column(
        f"'{quoted}'::{kind}" if "\\" not in value else f"E'{quoted.replace(chr(92), chr(92) * 2)}'::{kind}"
    )


def type_name(field: Field, owner: str, name: str | None = None) -> Expression:
    """What ``__typename`` answers: the door's own name, or `name`.  Raises errors.BadQuestion for any other field."""
    said = field.type_name or name
    if field.name != "__typename" or said is None:
        raise errors.BadQuestion(f"{owner} has no field {field.name!r}.", code="question.unknown_field")
    return constant(said)


def number(value: int) -> Expression:
    """A whole number of ours as a literal of the statement."""
    return sa.literal_column(str(value), sa.BigInteger())


def instant_text(moment: Expression) -> Expression:
    """An instant as ISO 8601 in UTC with six decimals."""
    return sa.func.to_char(moment.op("AT TIME ZONE")(constant("UTC")), constant(UTC_MICROSECONDS))


def hexadecimal(value: Expression) -> Expression:
    """Bytes as lower-case hexadecimal text."""
    return sa.func.encode(value, constant("hex"))


def nothing_of_its_own() -> sa.Select[Any]:
    """A SELECT without tables: its columns come from around it."""
    return sa.select().correlate_except(NOTHING)


def from_only(source: sa.FromClause, *where: Expression) -> sa.Select[Any]:
    """``SELECT … FROM source WHERE …``, with everything else taken from around it."""
    return sa.select().select_from(source).where(*where).correlate_except(source)

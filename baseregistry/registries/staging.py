"""Where acts wait before they are written: temporary tables of the session, checked before the ledger is held.

One table per entity, emptied when the transaction ends.  Acts of one change are composed in the order they
were said; what a column would round or not know is refused here, by name.
"""

from collections.abc import Iterable, Mapping, Sequence
from fractions import Fraction as ExactFraction
from typing import Any

import psycopg
import shapely
from psycopg import sql
from psycopg.types.range import TimestamptzRange
from shapely.geometry.base import BaseGeometry

from baseregistry import errors, naming
from baseregistry.db import Writing
from baseregistry.registries.acts import Act, Period, Verb
from baseregistry.registries.declare import Code, Entity, Number
from baseregistry.registries.tables import Installation

STAGED = ("seq", "verb", "record_id", "valid", "across", "mask", "round")


def mask(entity: Entity, attributes: Iterable[str]) -> int:
    """The attributes as bits, in declared order."""
    places = {attribute.name: place for place, attribute in enumerate(entity.attributes)}
    return sum(1 << places[name] for name in attributes)


class Staging:
    """The acts of one change, in temporary tables of this session: one per entity, emptied at the transaction's end."""

    def __init__(self, writing: Writing, installation: Installation) -> None:
        self.writing = writing
        self.installation = installation
        self.counts: dict[str, int] = {}
        self._seq = 0

    def stage(self, acts: Iterable[Act]) -> None:
        """Stage acts one by one, each with its own attributes."""
        by_entity: dict[str, list[Act]] = {}
        for act in acts:
            _check_names(act)
            by_entity.setdefault(act.entity.full_name, []).append(act)
        for group in by_entity.values():
            entity = group[0].entity
            names = [attribute.name for attribute in entity.attributes]
            self._copy(entity, names, (self._row(act, names) for act in group))

    def stage_rows(
        self,
        entity: Entity,
        verb: Verb,
        attributes: Sequence[str],
        rows: Iterable[Sequence[Any]],
        *,
        across: bool = False,
    ) -> None:
        """Stage many acts of one sort: each row is record_id, Period or range, then the values of `attributes`."""
        bits = mask(entity, attributes)
        self._copy(
            entity,
            attributes,
            (
                (self._next(), verb.value, row[0], _range(row[1]), across, bits, 1, *map(_plain, row[2:]))
                for row in rows
            ),
        )

    def stage_query(  # noqa: PLR0913 - as stage_rows, with the values of the SELECT
        self,
        entity: Entity,
        verb: Verb,
        attributes: Sequence[str],
        select: str,
        values: Mapping[str, Any] | None = None,
        *,
        across: bool = True,
    ) -> int:
        """Stage what a SELECT answers: record_id, valid, then `attributes`; by default across later facts.

        A SELECT over registers that others write needs `Draft.hold` first; else what it read may be old when it is written.
        """
        table, columns = self._table(entity), "".join(f", {name}" for name in attributes)
        inner = "".join(f", q.{name}" for name in attributes)
        staged = self.writing.execute(
            f"INSERT INTO {table} (seq, verb, record_id, valid, across, mask, round{columns})"
            f" SELECT :seq + row_number() OVER (), '{verb.value}', q.record_id, q.valid, {across},"
            f" {mask(entity, attributes)}, 1{inner} FROM ({select}) q",
            {"seq": self._seq, **(values or {})},
        ).rowcount
        self._seq += staged
        self._count(entity, staged)
        return staged

    def settle(self) -> None:
        """Number the rounds (the k-th act of each record), refresh statistics, check codes: all before the ledger is held."""
        for name, staged in self.counts.items():
            entity = self.installation.declarations.entities[name]
            table = staging_table(entity)
            if staged > 1:
                self.writing.execute(
                    f"UPDATE {table} a SET round = n.round FROM (SELECT seq, row_number() OVER (PARTITION BY record_id"
                    f" ORDER BY seq) AS round FROM {table}) n WHERE n.seq = a.seq AND n.round > 1"
                )
            if staged > 500:
                self.writing.execute(f"ANALYZE {table}")
            self._check_codes(entity, table)
            self._check_decimals(entity, table)

    def _check_codes(self, entity: Entity, table: str) -> None:
        for attribute in entity.attributes:
            if not isinstance(attribute.kind, Code):
                continue
            unknown = self.writing.execute(
                f"SELECT DISTINCT a.{attribute.name} FROM {table} a WHERE a.{attribute.name} IS NOT NULL AND NOT EXISTS"
                f" (SELECT 1 FROM code c WHERE c.list = :list AND c.code = a.{attribute.name}) LIMIT 20",
                {"list": attribute.kind.list},
            ).scalars()
            for code in unknown:
                raise errors.BadValue(
                    f"{entity.full_name}.{attribute.name}: {code!r} is no code of the list {attribute.kind.list}.",
                    code="input.unknown_code",
                    hint=f"`baseregistry show {attribute.kind.list}` lists the codes of every edition.",
                    where={"entity": entity.full_name, "attribute": attribute.name, "value": code},
                )

    def _check_decimals(self, entity: Entity, table: str) -> None:
        """A number is never rounded into its column."""
        for attribute in entity.attributes:
            if not isinstance(attribute.kind, Number):
                continue
            column, scale = f"a.{attribute.name}", attribute.kind.scale
            value = self.writing.execute(
                f"SELECT {column}::text FROM {table} a WHERE {column} <> round({column}, {scale}) LIMIT 1"
            ).scalar()
            if value is not None:
                raise errors.BadValue(
                    f"{entity.full_name}.{attribute.name}: {value} has more than {scale} decimals.",
                    code="input.too_many_decimals",
                    hint="Round it where it comes from: the register does not.",
                    where={"entity": entity.full_name, "attribute": attribute.name, "value": value},
                )

    def _copy(self, entity: Entity, attributes: Sequence[str], rows: Iterable[Sequence[Any]]) -> None:
        table = self._table(entity)
        columns = sql.SQL(", ").join(map(sql.Identifier, [*STAGED, *attributes]))
        statement = sql.SQL("COPY {} ({}) FROM STDIN").format(sql.Identifier(table), columns)
        staged = 0
        try:
            with self.writing.driver.cursor() as cursor, cursor.copy(statement) as copy:
                for row in rows:
                    copy.write_row(row)
                    staged += 1
        except (psycopg.DataError, psycopg.InternalError, UnicodeEncodeError) as failure:
            raise errors.BadValue(
                f"{entity.full_name}: a value is not of its kind: {str(failure).splitlines()[0]}.",
                hint=f"`baseregistry show {entity.full_name}` says what its attributes take.",
                where={"entity": entity.full_name, "act": staged + 1},
            ) from failure
        self._count(entity, staged)

    def _row(self, act: Act, names: Sequence[str]) -> list[Any]:
        bits = mask(act.entity, act.values)
        head = [self._next(), act.verb.value, act.record_id, act.valid.range, act.across_later_facts, bits, 1]
        return head + [_plain(act.values.get(name)) for name in names]

    def _next(self) -> int:
        self._seq += 1
        return self._seq

    def _count(self, entity: Entity, staged: int) -> None:
        self.counts[entity.full_name] = self.counts.get(entity.full_name, 0) + staged

    def _table(self, entity: Entity) -> str:
        table = staging_table(entity)
        if entity.full_name not in self.counts:
            self.writing.execute(
                f"CREATE TEMP TABLE IF NOT EXISTS {table} ON COMMIT DELETE ROWS AS SELECT 0::bigint AS seq, ''::text AS verb,"
                f" record_id, valid, false AS across, 0::bigint AS mask, 1 AS round{_as_given(entity)}"
                f" FROM {naming.table(entity.full_name)} WITH NO DATA"
            )
            self.writing.execute(f"TRUNCATE {table}")
            self.counts[entity.full_name] = 0
        return table


def staging_table(entity: Entity) -> str:
    """The temporary table in which acts on `entity` wait."""
    return f"staged_{naming.table(entity.full_name)}"


def columns_of(entity: Entity, alias: str = "") -> str:
    """``, a, b, c``: the attributes of `entity` as further columns of a statement."""
    prefix = f"{alias}." if alias else ""
    return "".join(f", {prefix}{attribute.name}" for attribute in entity.attributes)


def _as_given(entity: Entity) -> str:
    """`columns_of` for staging: numbers with all the decimals they came with."""
    return "".join(
        f", {attribute.name}::numeric AS {attribute.name}"
        if isinstance(attribute.kind, Number)
        else f", {attribute.name}"
        for attribute in entity.attributes
    )


def _check_names(act: Act) -> None:
    for name in act.values:
        if name not in act.entity.by_name:
            raise errors.BadValue(
                f"{act.entity.full_name} has no attribute {name!r}.",
                code="input.unknown_attribute",
                hint=f"`baseregistry show {act.entity.full_name}` lists its attributes.",
                where={"entity": act.entity.full_name, "attribute": name},
            )


def _range(period: Period | TimestamptzRange) -> TimestamptzRange:
    return period.range if isinstance(period, Period) else period


def _plain(value: Any) -> Any:
    """A value as COPY takes it: geometry as hexadecimal EWKB (its SRID inside), a fraction as its text."""
    if isinstance(value, BaseGeometry):
        if shapely.get_srid(value) == 0:
            raise errors.BadValue(
                f"{value.geom_type} {value.bounds} says no CRS.",
                code="input.no_crs",
                hint="Set its SRID to the storage CRS's EPSG code after transforming it there.",
            )
        return shapely.to_wkb(value, hex=True, include_srid=True)
    if isinstance(value, ExactFraction):
        return f"{value.numerator}/{value.denominator}"
    return value

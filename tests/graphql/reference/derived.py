"""Derived fields, from the record and what lies around it."""

from calendar import monthrange
from collections.abc import Iterator
from datetime import date, timedelta
from decimal import Decimal
from fractions import Fraction
from typing import TYPE_CHECKING, Any
from uuid import UUID

from graphql import GraphQLError

from baseregistry import naming
from baseregistry.registries.derivations import Age, AgeAtLeast, HeldBy, Holding, HoldsIn, Line, Percent

if TYPE_CHECKING:
    from tests.graphql.reference.records import Arguments, Record

UNIT = "administration.unit"


def value(record: "Record", name: str, args: "Arguments") -> Any:
    """The value of the derived field called so."""
    rule = next(item.rule for item in record.entity.derived if naming.field(item.name) == name)
    match rule:
        case AgeAtLeast(born=born):
            return _of_age(record.row[born], args["years"], _on(record, args))
        case Age(born=born):
            return _age(record.row[born], _on(record, args))
        case Line(first=first, path=path, name=called):
            parts = [record.row[first], *(one.row[called] for one in _along(record, path))]
            return ", ".join(part for part in parts if part) or None
        case Percent(share=share, joint=joint):
            return None if joint and record.row[joint] else _percent(record.row[share])
        case HoldsIn(holding=holding, place=place):
            return _holds_in(record, holding, place, args)
        case HeldBy(holding=holding):
            rights = _rights(record, holding, UUID(args["holder"]), args)
            return any(right.row[holding.of] == record.row["record_id"] for right in rights)


def _on(record: "Record", args: "Arguments") -> date:
    given = args.get("on")
    return date.fromisoformat(given) if given else record.reader.rows.day(record.asked.at)


def _completed(born: date, years: int) -> date:
    """The day on which the years are completed."""
    year = born.year + years
    if year > date.max.year:
        return date.max
    return born.replace(year=year, day=min(born.day, monthrange(year, born.month)[1]))


def _years(born: date, on: date) -> int:
    years = on.year - born.year
    return years - (_completed(born, years) > on)


def _of_age(born: Any, years: int, on: date) -> str:
    if born is None:
        return "UNKNOWN"
    if _completed(born.upper - timedelta(days=1), years) <= on:
        return "YES"
    return "NO" if _completed(born.lower, years) > on else "UNKNOWN"


def _age(born: Any, on: date) -> dict[str, int] | None:
    if born is None or born.lower > on:
        return None
    return {"atLeast": max(_years(born.upper - timedelta(days=1), on), 0), "atMost": _years(born.lower, on)}


def _percent(share: str | None) -> str | None:
    """Per cent with four decimals, a half rounded up."""
    if share is None:
        return None
    ten_thousandths = int(Fraction(share) * 1_000_000 + Fraction(1, 2))
    return f"{Decimal(ten_thousandths).scaleb(-4):.4f}"


def _along(record: "Record", path: tuple[str, ...]) -> "Iterator[Record]":
    for name in path:
        found = record.target(naming.field(name))
        if found is None:
            return
        record = found
        yield record


def _holds_in(record: "Record", holding: Holding, place: tuple[str, ...], args: "Arguments") -> bool | None:
    by_id, by_code = args.get("unit"), args.get("unitCode")
    units = list(record.reader.at(UNIT, record.asked))
    named = [one for one in units if str(one.row["record_id"]) == by_id or (by_code and one.row["code"] == by_code)]
    if (by_id is None) == (by_code is None) or len(named) > 1:
        raise GraphQLError("not exactly one unit")
    if not named:
        return None
    rights = _rights(record, holding, record.row["record_id"], args)
    return any(_lies_in(right, place, named[0].row["record_id"]) for right in rights)


def _lies_in(record: "Record", path: tuple[str, ...], unit: UUID) -> bool:
    """The path leads to the unit, or through it; a unit that is named and cannot be seen counts too."""
    pointed = [(record, path[0])]
    pointed += list(zip(_along(record, path[:-1]), path[1:], strict=False))
    return any(one.row[name] == unit for one, name in pointed)


def _rights(record: "Record", holding: Holding, who: UUID, args: "Arguments") -> "Iterator[Record]":
    """The rights that somebody holds at the moment, himself or through a group."""
    reader, asked, grouping = record.reader, record.asked, holding.grouping
    groups = {row[grouping.group] for row in reader.rows.at(grouping.entity, asked) if row[grouping.member] == who}
    for right in reader.at(holding.relation, asked):
        said = args.get("kind") in {None, right.row[holding.kind]}
        if said and right.row[holding.holder] in {who, *groups}:
            yield right

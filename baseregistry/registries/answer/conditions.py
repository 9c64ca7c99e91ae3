"""Conditions of a question as SQL over one version: its row, and the moment at which it is seen.

Comparisons are written so that the tables' indexes serve them in a generic plan, with nothing known about the values.
"""

import sqlalchemy as sa

from baseregistry import errors
from baseregistry.registries.answer.draft import Draft, Expression, constant, from_only
from baseregistry.registries.answer.moments import Seen
from baseregistry.registries.answer.places import placed
from baseregistry.registries.answer.relations import back, refers
from baseregistry.registries.answer.values import Expects
from baseregistry.registries.answer.words import check_name, holds, keys_of, words_of
from baseregistry.registries.declare import (
    Attribute,
    Code,
    Day,
    Entity,
    Flag,
    Fraction,
    Geometry,
    Kind,
    Number,
    PartialDay,
    Reference,
    Text,
)
from baseregistry.registries.question import (
    Back,
    Comparison,
    Condition,
    Either,
    Every,
    Never,
    Operator,
    Placed,
    Refers,
)

LAST_CHARACTER = "\U0010ffff"


def met(draft: Draft, seen: Seen, said: Condition) -> Expression:
    """`said` about the version seen."""
    match said:
        case Comparison():
            return _comparison(draft, attribute_of(seen.entity, said.attribute), seen.row, said)
        case Every(of=parts):
            return sa.and_(sa.true(), *[met(draft, seen, part) for part in parts])
        case Either(of=parts):
            return sa.or_(sa.false(), *[met(draft, seen, part) for part in parts])
        case Never(of=part):
            return met(draft, seen, part).is_not(sa.true())
        case Refers():
            return refers(draft, seen, said, met)
        case Back():
            return back(draft, seen, said, met)
        case Placed():
            return placed(draft, seen, said)


def attribute_of(entity: Entity, name: str) -> Attribute:
    """The attribute by its declared name.  Raises errors.BadQuestion if there is none."""
    if name not in entity.by_name:
        raise errors.BadQuestion(
            f"{entity.full_name} has no attribute {name!r}.",
            code="question.unknown_field",
            hint=f"`baseregistry show {entity.full_name}` lists its attributes.",
        )
    return entity.by_name[name]


def expects(kind: Kind) -> Expects:
    """What a value to compare with must be."""
    match kind:
        case Text() | Code():
            return Expects.TEXT
        case Number(scale=0, digits=digits) if digits <= 9:
            return Expects.INTEGER
        case Number():
            return Expects.NUMERIC
        case Flag():
            return Expects.FLAG
        case Day():
            return Expects.DAY
        case PartialDay():
            return Expects.PARTIAL_DAY
        case Fraction():
            return Expects.FRACTION
        case Reference():
            return Expects.UUID
        case Geometry():
            raise errors.BadQuestion(
                "A geometry can be asked for, not compared.",
                code="question.not_comparable",
                hint="Ask whether it is there (is_null).",
            )


def _comparison(draft: Draft, attribute: Attribute, row: sa.FromClause, said: Comparison) -> Expression:
    column: Expression = row.c[attribute.name]
    if said.operator is Operator.IS_NULL:
        return column.is_not(None) if said.negated else column.is_(None)
    if said.value is None:
        raise errors.BadQuestion(f"{attribute.name} is compared with nothing.", code="question.bad")
    if said.operator is Operator.SEARCH:
        check_name(attribute)
        made = holds(keys_of(row, attribute.name), words_of(draft, said.value))
        return made.is_not(sa.true()) if said.negated else made
    value = draft.bind(said.value, expects(attribute.kind))
    if isinstance(attribute.kind, Code) and said.operator is Operator.PREFIX:
        made = column == sa.func.any(code_prefix(draft, attribute.kind, value))
    else:
        made = _compared(attribute.kind, column, said, value)
    return made.is_not(sa.true()) if said.negated else made


def _compared(kind: Kind, column: Expression, said: Comparison, value: Expression) -> Expression:
    match kind, said.operator:
        case PartialDay(), Operator.PREFIX:
            raise _senseless(kind, said)
        case PartialDay(), _:
            return _partial_day(column, said, value)
        case _, Operator.IN:
            return column == sa.func.any(value)
        case _, Operator.EQ:
            return column == value
        case Text(), Operator.PREFIX:
            return _prefix(kind, column, value)
        case Fraction(), (Operator.LT | Operator.LE | Operator.GT | Operator.GE):
            return _ordered(said.operator, *_cross(column, value))
        case ((Text() | Code() | Number() | Day()), (Operator.LT | Operator.LE | Operator.GT | Operator.GE)):
            return _ordered(said.operator, column, value)
        case _:
            raise _senseless(kind, said)


def _senseless(kind: Kind, said: Comparison) -> errors.BadQuestion:
    return errors.BadQuestion(
        f"{said.attribute} is a {type(kind).__name__} and cannot be compared by {said.operator.value!r}.",
        code="question.not_comparable",
        hint="Compare it by eq, in or is_null.",
    )


def _ordered(operator: Operator, left: Expression, right: Expression) -> Expression:
    match operator:
        case Operator.LT:
            return left < right
        case Operator.LE:
            return left <= right
        case Operator.GT:
            return left > right
        case _:
            return left >= right


def code_prefix(draft: Draft, kind: Code, value: Expression) -> Expression:
    """The codes of a list that begin so, as an array: few, and found once, so the codes' own index serves them."""
    known = draft.codes()
    begin = from_only(known, known.c.list == constant(kind.list), _begins(known.c.code, value))
    return sa.func.array(begin.with_only_columns(known.c.code).scalar_subquery())


def _prefix(kind: Text, column: Expression, value: Expression) -> Expression:
    """Begins with: a range in byte order, which an index serves even when the value is not known to the plan."""
    if kind.name:
        folded = sa.select(sa.func.fold(value)).scalar_subquery()  # once: a thousand accents take milliseconds
        said = sa.or_(folded != constant(""), value == constant(""))  # "😀" folds to nothing, and names nobody
        return sa.and_(said, _begins(sa.func.fold(column), folded))
    return _begins(column, value)


def _begins(column: Expression, value: Expression) -> Expression:
    after = value.op("||")(constant(LAST_CHARACTER))
    return sa.and_(column.op("~>=~", is_comparison=True)(value), column.op("~<~", is_comparison=True)(after))


def _cross(column: Expression, value: Expression) -> tuple[Expression, Expression]:
    """Two shares as whole numbers that compare as they do: a/b ? c/d is a·d ? c·b, exactly."""

    def part(share: Expression, place: int) -> Expression:
        return sa.cast(sa.func.split_part(share, constant("/"), sa.literal_column(str(place))), sa.Numeric())

    return part(column, 1) * part(value, 2), part(value, 1) * part(column, 2)


def share_value(column: Expression) -> Expression:
    """A share as a number, to put shares in order."""
    top, bottom = (sa.func.split_part(column, constant("/"), sa.literal_column(place)) for place in "12")
    return sa.cast(top, sa.Numeric()) / sa.cast(bottom, sa.Numeric())


def _partial_day(column: Expression, said: Comparison, value: Expression) -> Expression:
    """Ranges of possible days: `certainly` holds for every day it may have been, `possibly` for one of them.

    A partial day lies within one year, so each comparison also bounds where its range begins; that serves the index.
    """
    test, first, end = _possibly(column, said, value) if said.possibly else _certainly(column, said, value)
    bounds = [column >= _from(first)] if first is not None else []
    bounds += [column < _from(end)] if end is not None else []
    return sa.and_(*bounds, test)


Bounds = tuple[Expression, Expression | None, Expression | None]


def _certainly(column: Expression, said: Comparison, value: Expression) -> Bounds:
    """The comparison, and between which days (half-open) a range must begin to pass it."""
    first, after = sa.func.lower(value), sa.func.upper(value)
    match said.operator:
        case Operator.EQ:
            return _ranges(column, "<@", value), first, after
        case Operator.IN:
            return _ranges(column, "<@", sa.func.any(value)), None, None
        case Operator.LT:
            return _ranges(column, "<<", value), None, first
        case Operator.LE:
            return _ranges(column, "&<", value), None, after
        case Operator.GT:
            return _ranges(column, ">>", value), after, None
        case _:
            return _ranges(column, "&>", value), first, None


def _possibly(column: Expression, said: Comparison, value: Expression) -> Bounds:
    """As `_certainly`; a range that reaches a day begins in that day's year."""
    first, after = sa.func.lower(value), sa.func.upper(value)
    match said.operator:
        case Operator.EQ:
            return _ranges(column, "&&", value), _year_of(first), after
        case Operator.IN:
            return _ranges(column, "&&", sa.func.any(value)), None, None
        case Operator.LT:
            return sa.func.lower(column) < first, None, first
        case Operator.LE:
            return sa.func.lower(column) < after, None, after
        case Operator.GT:
            return sa.func.upper(column) > after, _year_of(after), None
        case _:
            return sa.func.upper(column) > first, _year_of(first), None


def _ranges(column: Expression, operator: str, other: Expression) -> Expression:
    return column.op(operator, is_comparison=True)(other)


def _year_of(day: Expression) -> Expression:
    return sa.cast(sa.func.date_trunc(constant("year"), sa.cast(day, sa.TIMESTAMP())), sa.Date())


def _from(day: Expression) -> Expression:
    """The smallest range that begins on `day`: ranges are ordered by their first day, then by their last."""
    return sa.func.daterange(day, day + sa.literal_column("1"))

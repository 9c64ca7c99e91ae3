"""Derived fields as SQL over the version that was found: one `match` over the derivations.

Everything is seen at the moment of the record it stands on; a day that is not said is the day of that moment in the
register's zone.
"""

import sqlalchemy as sa

from baseregistry import errors
from baseregistry.registries.answer import territory
from baseregistry.registries.answer.draft import (
    Draft,
    Expression,
    Pairs,
    constant,
    from_only,
    nothing_of_its_own,
    number,
    type_name,
)
from baseregistry.registries.answer.moments import Seen, reach
from baseregistry.registries.answer.values import Expects
from baseregistry.registries.declare import Derived, Reference
from baseregistry.registries.derivations import Age, AgeAtLeast, HeldBy, Holding, HoldsIn, Line, Percent
from baseregistry.registries.derived import UNIT
from baseregistry.registries.question import Bind, Field

MOST_YEARS = 200
BETWEEN = constant(", ")


def value(draft: Draft, seen: Seen, derived: Derived, field: Field) -> Expression:
    """The value of a derived field.  Raises errors.BadQuestion for arguments that do not make one."""
    match derived.rule:
        case AgeAtLeast(born=born):
            return _age_at_least(draft, seen, born, field)
        case Age(born=born):
            return _age(draft, seen, born, field)
        case Line(first=first, path=path, name=name):
            names = [seen.row.c[first], *_names(draft, seen, path, name)]
            return sa.func.nullif(sa.func.concat_ws(BETWEEN, *names), constant(""))
        case Percent(share=share, joint=joint):
            made = _percent(seen.row.c[share])
            return made if joint is None else sa.case((seen.row.c[joint].is_(sa.true()), sa.null()), else_=made)
        case HoldsIn(holding=holding, place=place):
            return _holds_in(draft, seen, holding, place, field)
        case HeldBy(holding=holding):
            return _held_by(draft, seen, holding, field)


def _given(field: Field, name: str) -> Bind | None:
    return dict(field.arguments).get(name)


# --- ages ------------------------------------------------------------------------------------------


def _age_at_least(draft: Draft, seen: Seen, born: str, field: Field) -> Expression:
    """Of the first and the last day it may have been, on which the years are completed: a partial day is a range."""
    asked, on = _given(field, "years"), _on(draft, seen, field)
    if asked is None:
        raise errors.BadQuestion(f"{field.key} does not say how many years.", code="question.bad_value")
    years, days = draft.part(asked, "years", _years, sa.Integer()), seen.row.c[born]
    return sa.case(
        (_completed(sa.func.upper(days) - number_of_days(1), years) <= on, constant("YES")),
        (_completed(sa.func.lower(days), years) > on, constant("NO")),
        else_=constant("UNKNOWN"),
    )


def _age(draft: Draft, seen: Seen, born: str, field: Field) -> Expression:
    """``at_least`` and ``at_most``; null where nothing is known of the day, or it had not come."""
    days, on = seen.row.c[born], _on(draft, seen, field)
    first, last = sa.func.lower(days), sa.func.upper(days) - number_of_days(1)
    said = {"at_least": sa.func.greatest(_years_between(last, on), number(0)), "at_most": _years_between(first, on)}
    pairs: Pairs = [
        (inner.key, said[inner.name] if inner.name in said else type_name(inner, "An age")) for inner in field.fields
    ]
    return draft.object(pairs, nothing_of_its_own().where(first <= on))


def _on(draft: Draft, seen: Seen, field: Field) -> Expression:
    given = _given(field, "on")
    if given is not None:
        return draft.bind(given, Expects.DAY)
    zone = constant(draft.installation.zone)
    return sa.cast(seen.moment.valid.op("AT TIME ZONE")(zone), sa.Date())


def _completed(born: Expression, years: Expression) -> Expression:
    """The day on which the years are completed; of a day that year does not have (29 February), the last of the month."""
    return sa.cast(born + sa.func.make_interval(years), sa.Date())


def _years_between(born: Expression, on: Expression) -> Expression:
    """The completed years, less than 0 for a day before."""
    years = sa.cast(sa.extract("year", on) - sa.extract("year", born), sa.Integer())
    return years - sa.cast(_completed(born, years) > on, sa.Integer())


def _years(value: object) -> bytes | None:
    if type(value) is int and 0 <= value <= MOST_YEARS:
        return b"%d" % value
    raise errors.BadQuestion(
        f"{value!r} is no number of years that a person can have.",
        code="question.bad_value",
        hint=f"Give a whole number from 0 to {MOST_YEARS}.",
    )


def number_of_days(days: int) -> Expression:
    """Days to add to a date."""
    return sa.literal_column(str(days), sa.Integer())


# --- lines and shares ------------------------------------------------------------------------------


def _names(draft: Draft, seen: Seen, path: tuple[str, ...], name: str) -> list[Expression]:
    """What each record along the path is called, each seen through its reference; joined as far as the path leads."""
    if not path:
        return []
    below, source = _step(draft, seen, path[0])
    said = sa.func.concat_ws(BETWEEN, below.row.c[name], *_names(draft, below, path[1:], name))
    return [source.with_only_columns(said).scalar_subquery()]


def _step(draft: Draft, seen: Seen, name: str) -> tuple[Seen, "sa.Select[tuple[object, ...]]"]:
    """Where a reference leads: the version seen there, and what selects it."""
    kind = seen.entity.by_name[name].kind
    assert isinstance(kind, Reference)
    (to,) = kind.to
    target = draft.versions(to)
    found = reach(kind.at, seen, target)
    source = from_only(target, target.c.record_id == seen.row.c[name], *found.where)
    if found.order is not None:
        source = source.order_by(found.order).limit(number(1))
    return Seen(draft.installation.declarations.entities[to], target, found.below), source


def _percent(share: Expression) -> Expression:
    """``1/3`` as ``33.3333``: whole numbers all the way, so that a half is a half."""
    top, bottom = (
        sa.cast(sa.func.split_part(share, constant("/"), sa.literal_column(place)), sa.Numeric()) for place in "12"
    )
    ten_thousandths = sa.func.div(top * number(2_000_000) + bottom, bottom * number(2))
    return sa.cast(ten_thousandths * sa.literal_column("0.0001", sa.Numeric()), sa.Text())


# --- who holds what --------------------------------------------------------------------------------


def _holds_in(draft: Draft, seen: Seen, holding: Holding, place: tuple[str, ...], field: Field) -> Expression:
    """Null where no such unit holds at the moment; codes are recycled, so a code means the unit that bears it then."""
    unit, source = _unit(draft, seen, field)
    relation = _relation(draft, seen, holding)
    lies = _lies_in(draft, relation, place, unit)
    holder = _is_holder(draft, relation, holding, seen.row.c.record_id)
    held = from_only(relation.row, holder, lies, *_counts(draft, relation, holding, field))
    return source.with_only_columns(held.with_only_columns(number(1)).exists()).scalar_subquery()


def _held_by(draft: Draft, seen: Seen, holding: Holding, field: Field) -> Expression:
    given = _given(field, "holder")
    if given is None:
        raise errors.BadQuestion(f"{field.key} does not say who.", code="question.bad_value")
    relation = _relation(draft, seen, holding)
    holder = _is_holder(draft, relation, holding, draft.bind(given, Expects.UUID))
    own = relation.row.c[holding.of] == seen.row.c.record_id
    held = from_only(relation.row, own, holder, *_counts(draft, relation, holding, field))
    return held.with_only_columns(number(1)).exists()


def _relation(draft: Draft, seen: Seen, holding: Holding) -> Seen:
    entity = draft.installation.declarations.entities[holding.relation]
    return Seen(entity, draft.versions(holding.relation), seen.moment)


def _counts(draft: Draft, relation: Seen, holding: Holding, field: Field) -> list[Expression]:
    """That the relation holds at the moment, is of the kind asked for, and lies where the caller may look."""
    row, kind = relation.row, _given(field, "kind")
    said = [] if kind is None else [row.c[holding.kind] == draft.bind(kind, Expects.TEXT)]
    return [
        relation.moment.believed(row),
        relation.moment.holds(row),
        *said,
        *territory.inside_if_placed(draft, relation),
    ]


def _is_holder(draft: Draft, relation: Seen, holding: Holding, who: Expression) -> Expression:
    """`who` holds it, or a group to which `who` belongs; one array, so that the index on the holder serves both."""
    grouping, moment = holding.grouping, relation.moment
    row = draft.versions(grouping.entity)
    groups = from_only(row, row.c[grouping.member] == who, moment.believed(row), moment.holds(row))
    listed = sa.func.array(groups.with_only_columns(row.c[grouping.group]).scalar_subquery())
    return relation.row.c[holding.holder] == sa.func.any(sa.func.array_append(listed, who))


def _unit(draft: Draft, seen: Seen, field: Field) -> tuple[Expression, "sa.Select[tuple[object, ...]]"]:
    """The unit asked about, by id or by the code it bears at the moment, and what selects it."""
    by_id, by_code = _given(field, "unit"), _given(field, "unit_code")
    row, moment = draft.versions(UNIT), seen.moment
    if by_id is not None and by_code is None:
        named = row.c.record_id == draft.bind(by_id, Expects.UUID)
    elif by_code is not None and by_id is None:
        named = row.c.code == draft.bind(by_code, Expects.TEXT)
    else:
        raise errors.BadQuestion(
            f"{field.key} was given {'two units' if by_id else 'no unit'} to look in.",
            code="question.key_needed",
            hint="Give exactly one of: `unit`; `unitCode`.",
        )
    return row.c.record_id, from_only(row, named, moment.believed(row), moment.holds(row))


def _lies_in(draft: Draft, seen: Seen, path: tuple[str, ...], unit: Expression) -> Expression:
    """Whether the path leads to the unit, or through it to one above."""
    kind = seen.entity.by_name[path[0]].kind
    assert isinstance(kind, Reference)
    here: list[Expression] = [seen.row.c[path[0]] == unit] if kind.to == (UNIT,) else []
    if len(path) == 1:
        return sa.or_(sa.false(), *here)
    below, source = _step(draft, seen, path[0])
    further = source.with_only_columns(_lies_in(draft, below, path[1:], unit)).scalar_subquery()
    return sa.or_(*here, sa.func.coalesce(further, sa.false()))

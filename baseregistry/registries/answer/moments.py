"""Which version of a record is seen: believed at a position, holding at a moment.

A root's `asOf` gives a `Moment`; every nested field inherits one through its reference (SAME, BEGIN, LATEST).
The head is asked as ``recorded_to IS NULL``, so that partial indexes serve it.
"""

from dataclasses import dataclass, replace

import sqlalchemy as sa

from baseregistry.registries.answer.draft import Expression, constant
from baseregistry.registries.declare import At, Entity

MICROSECOND = constant("1 microsecond", "interval")


@dataclass(frozen=True, slots=True)
class Moment:
    """`valid`: the instant in the world.  `known`: the ledger position, None for the head.  `recorded`: the position asked
    for by the root (the head's, too), beyond which nothing is told."""

    valid: Expression
    known: Expression | None
    recorded: Expression
    histories: int = 0  # how many histories it lies in

    def believed(self, versions: sa.FromClause) -> Expression:
        """What the register believed at the position."""
        if self.known is None:
            return versions.c.recorded_to.is_(None)
        still = versions.c.recorded_to > self.known
        return sa.and_(versions.c.recorded_from <= self.known, sa.or_(still, versions.c.recorded_to.is_(None)))

    def holds(self, versions: sa.FromClause) -> Expression:
        """What held at the moment."""
        return versions.c.valid.op("@>", is_comparison=True)(self.valid)

    def recorded_to(self, versions: sa.FromClause) -> Expression:
        """The position at which belief ended, as far as that was known at the position asked for."""
        ended = versions.c.recorded_to
        return sa.case((ended <= self.recorded, ended), else_=sa.null())


@dataclass(frozen=True, slots=True)
class Seen:
    """A version that was found: the row it stands in, and the moment at which it is seen."""

    entity: Entity
    row: sa.FromClause
    moment: Moment
    by: tuple[str, ...] = ()  # the declared names and paths by which it was found, as far as they are told: see told.py
    by_personal: bool = False  # whether one of them is personal


@dataclass(frozen=True, slots=True)
class Reach:
    """How a target is found: conditions on its versions, which of several is meant, and the moment below it."""

    where: tuple[Expression, ...]
    order: Expression | None
    below: Moment


def reach(at: At, seen: Seen, target: sa.FromClause) -> Reach:
    """Which version of `target` a reference looks at (DESIGN, section 1)."""
    moment, believed = seen.moment, seen.moment.believed(target)
    seen_at: Expression
    match at:
        case At.SAME:
            return Reach((believed, moment.holds(target)), None, moment)
        case At.BEGIN:
            begin = sa.func.lower(seen.row.c.valid)
            then = sa.or_(sa.func.lower_inf(seen.row.c.valid), target.c.valid.op("@>", is_comparison=True)(begin))
            seen_at = sa.func.coalesce(begin, begin_of(target, moment.valid))
            return Reach((believed, then), target.c.valid.asc(), replace(moment, valid=seen_at))
        case At.LATEST:
            begun = sa.or_(sa.func.lower_inf(target.c.valid), sa.func.lower(target.c.valid) <= moment.valid)
            seen_at = sa.func.least(moment.valid, sa.func.upper(target.c.valid) - MICROSECOND)
            return Reach((believed, begun), target.c.valid.desc(), replace(moment, valid=seen_at))


def begin_of(versions: sa.FromClause, otherwise: Expression) -> Expression:
    """The first instant of a version; just before its end if it has none; `otherwise` if it has neither."""
    last = sa.func.upper(versions.c.valid) - MICROSECOND
    return sa.func.coalesce(sa.func.lower(versions.c.valid), last, otherwise)


@dataclass(frozen=True, slots=True)
class Interval:
    """A half-open interval of the world that is asked about; None is an open end."""

    begin: Expression | None = None
    end: Expression | None = None

    def meets(self, versions: sa.FromClause) -> tuple[Expression, ...]:
        """Conditions that a version held at some moment of it."""
        if self.begin is None and self.end is None:
            return ()
        ends = [sa.null() if end is None else end for end in (self.begin, self.end)]
        return (versions.c.valid.op("&&", is_comparison=True)(sa.func.tstzrange(*ends)),)

    def first_of(self, versions: sa.FromClause, otherwise: Expression) -> Expression:
        """The first instant in it of a version that meets it; as `begin_of` where there is none."""
        if self.begin is None and self.end is None:
            return begin_of(versions, otherwise)
        begin, end = sa.func.lower(versions.c.valid), sa.func.upper(versions.c.valid)
        first = begin if self.begin is None else sa.func.greatest(begin, self.begin)
        last = (end if self.end is None else sa.func.least(end, self.end)) - MICROSECOND
        return sa.func.coalesce(first, last, otherwise)


def of_version(versions: sa.FromClause, moment: Moment, between: Interval, *, superseded: bool) -> Moment:
    """The moment at which a version in a history is answered: the first of its moments that was asked for, as known at
    the position asked for; one that was no longer believed then is answered as it was known when it was written."""
    begin, inside = between.first_of(versions, moment.valid), moment.histories + 1
    if not superseded:
        return replace(moment, valid=begin, histories=inside)
    asked = moment.recorded if moment.known is None else moment.known
    given_up = versions.c.recorded_to <= asked
    then = sa.case((given_up, versions.c.recorded_from), else_=asked)
    return replace(moment, valid=begin, known=then, histories=inside)


def of_history(versions: sa.FromClause, moment: Moment, *, superseded: bool) -> Expression:
    """Which versions a history shows."""
    if not superseded:
        return moment.believed(versions)
    return sa.true() if moment.known is None else versions.c.recorded_from <= moment.known

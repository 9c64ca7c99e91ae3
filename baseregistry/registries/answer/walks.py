"""A walk through the ledger in its order, page by page: what feeds and the list of changes have in common.

A page under a filter looks through a bounded number of candidates and may end before it is full; then it says that
more follow, and from where.  So no page costs more than another, however rare what is asked for.
"""

from abc import abstractmethod
from dataclasses import replace

import sqlalchemy as sa

from baseregistry.registries.answer.draft import (
    Draft,
    Expression,
    from_only,
    nothing_of_its_own,
    number,
    type_name,
)
from baseregistry.registries.answer.histories import interval
from baseregistry.registries.answer.moments import Moment
from baseregistry.registries.answer.plan import Check, Known, Row, told
from baseregistry.registries.answer.slices import Nodes, Slice
from baseregistry.registries.answer.snapshots import Snapshots
from baseregistry.registries.answer.touches import (
    LAST_RECORD,
    Resumed,
    Stretch,
    bind_or,
    check_ledger,
    cursor,
    head_at,
    resumed,
    same_ledger,
)
from baseregistry.registries.answer.values import LONGEST_PAGE, Expects
from baseregistry.registries.question import AsOf, Bind, Changes, Field, Question

LOOKED_AT = 2_000  # candidates that a page looks through for those that lie where it asks: some 50 ms
LOOKED_THROUGH = 20_000  # the same, for those whose change is of the kind asked for: some 15 ms
OF_PAGE = {"has_next_page", "end_cursor", "up_to"}


class Walk(Slice):
    """One page of a walk.  `rows` has position, record, kind and time of each change, and what `beside` adds."""

    def __init__(self, draft: Draft, name: str, moment: Moment, question: Question) -> None:
        page = question.page
        first = draft.bind(page.first, Expects.COUNT) if page else number(LONGEST_PAGE)
        super().__init__(draft, question.fields, first, after=bool(page and page.after))
        self.name = name
        self.changes = question.changes or Changes()
        place = resumed(draft, page.after, name) if page and page.after else None
        self.stretch = within(draft, self.changes, moment.recorded, place)
        self.ahead = bool(self.wanted & OF_PAGE)
        self.looks_at = 0  # how many candidates are looked through one by one; none, where all of them pass

    @abstractmethod
    def candidates(self, stretch: Stretch, most: int) -> sa.Subquery:
        """The first `most` places of a stretch, as ``position`` and ``record_id``, in order."""

    @abstractmethod
    def beside(
        self, found: sa.Subquery, change: sa.FromClause
    ) -> tuple[sa.FromClause, dict[str, Expression], list[Expression]]:
        """The candidates with their changes and whatever else: from where, which columns more, which of them pass."""

    def rows(self) -> sa.Subquery:
        """What the page holds, numbered."""
        change = self.draft.ledger()
        found = self.candidates(self.stretch, self.looks_at or LONGEST_PAGE + 1)
        source, more, passes = self.beside(found, change)
        position, record_id = found.c.position, found.c.record_id
        columns = {
            "position": position,
            "record_id": record_id,
            "kind": change.c.kind,
            "recorded_at": change.c.recorded_at,
            "n$": sa.func.row_number().over(order_by=(position, record_id)),
            "cursor$": cursor(self.name, position, record_id, change.c.head),
        }
        labelled = [column.label(name) for name, column in {**columns, **more}.items()]
        selected = sa.select(*labelled).select_from(source).where(*passes, *self.stretch.of_change(change.c.position))
        return selected.correlate_except(*_tables(source)).subquery(self.draft.name("p"))

    def asked(self, change: sa.FromClause) -> list[Expression]:
        """Conditions on the change itself."""
        draft, said, made = self.draft, self.changes, list[Expression]()
        if said.kinds:
            made.append(change.c.kind == sa.func.any(kinds(draft, said.kinds)))
        if said.agency:
            made.append(change.c.agency == draft.bind(said.agency, Expects.TEXT))
        if said.case:
            made.append(change.c.case_id == draft.bind(said.case, Expects.TEXT))
        return made

    def json(self, rows: sa.Subquery, nodes: Nodes) -> Expression:
        """The page as one JSON object."""
        collected = self.collect(rows, nodes)
        stopped = self._stopped(collected) if collected is not None and self.ahead and self.looks_at else None
        place = self._place(collected, stopped) if collected is not None and self.ahead else None
        pairs = [(field.key, self._field(field, number, collected, place)) for number, field in enumerate(self.fields)]
        if collected is None:
            return self.draft.object(pairs, nothing_of_its_own())
        if stopped is None:
            return self.draft.object(pairs, from_only(collected))
        source = sa.select().select_from(collected.outerjoin(stopped, sa.true()))
        return self.draft.object(pairs, source.correlate_except(collected, stopped))

    def gathered(self, rows: sa.Subquery) -> dict[str, Expression]:
        """Whether more pass, and the last place that is shown."""
        if not self.ahead:
            return {}
        down = rows.c["n$"].desc()
        return {
            "more": sa.func.count() > self.first,
            "position": self.of_one(rows, "position", down),
            "record_id": self.of_one(rows, "record_id", down),
        }

    def _stopped(self, collected: sa.FromClause) -> sa.FromClause:
        """The last candidate that was looked at, where the page is not full and more candidates follow."""
        found = self.candidates(self.stretch, self.looks_at)
        last = from_only(found, sa.not_(collected.c.more)).with_only_columns(found.c.position, found.c.record_id)
        last = last.order_by(found.c.position, found.c.record_id)
        return last.offset(number(self.looks_at - 1)).limit(number(1)).lateral(self.draft.name("z"))

    def _place(self, collected: sa.FromClause, stopped: sa.FromClause | None) -> "_Place":
        """Where the next page begins."""
        place, more = self.stretch.resumed, collected.c.more
        start = (place.position, place.record_id) if place else (self.stretch.since, LAST_RECORD)
        end = (stopped.c.position, stopped.c.record_id) if stopped is not None else (sa.null(), sa.null())
        shown = [sa.func.coalesce(collected.c[name], begun) for name, begun in zip(PLACE, start, strict=True)]
        ended = [sa.func.coalesce(at, last) for at, last in zip(end, (self.stretch.until, LAST_RECORD), strict=True)]
        position, record_id = (sa.case((more, here), else_=there) for here, there in zip(shown, ended, strict=True))
        follows = more if stopped is None else sa.or_(more, stopped.c.position.is_not(None))
        return _Place(position, record_id, follows)

    def _field(self, field: Field, number: int, collected: sa.FromClause | None, place: "_Place | None") -> Expression:
        if field.name != "page_info" or place is None:
            return self.field(field, number, collected)
        pairs = [(inner.key, self._of_place(inner, place)) for inner in field.fields]
        return self.draft.object(pairs, nothing_of_its_own())

    def _of_place(self, field: Field, place: "_Place") -> Expression:
        match field.name:
            case "has_next_page":
                return place.follows
            case "end_cursor":
                return cursor(self.name, place.position, place.record_id, head_at(self.draft, place.position))
            case "up_to":
                whole = sa.func.greatest(self.stretch.since, place.position - number(1))
                return sa.cast(sa.case((place.record_id == LAST_RECORD, place.position), else_=whole), sa.Text())
            case _:
                return type_name(field, "A page of a feed")


PLACE = ("position", "record_id")


class _Place:
    """A place in the ledger's order, and whether something follows it."""

    def __init__(self, position: Expression, record_id: Expression, follows: Expression) -> None:
        self.position = position
        self.record_id = record_id
        self.follows = follows


def kinds(draft: Draft, said: Bind) -> Expression:
    """The kinds of change asked for, as an array."""
    return draft.bind(replace(said, many=True), Expects.TEXT)


def within(draft: Draft, said: Changes, known: Expression, place: Resumed | None) -> Stretch:
    """The stretch that is asked for; a period of recorded time is one of positions, as both always grow."""
    period = interval(draft, said.recorded)
    since, until = bind_or(draft, said.since, 0), known
    if period.begin is not None:
        since = sa.func.greatest(since, _last_before(draft, period.begin))
    if period.end is not None:
        until = sa.func.least(until, _last_before(draft, period.end))
    return Stretch(since, until, place)


def _last_before(draft: Draft, moment: Expression) -> Expression:
    """The last position that was recorded before a moment; 0 if none was."""
    change = draft.ledger()
    found = from_only(change, change.c.recorded_at < moment).with_only_columns(change.c.position)
    last = found.order_by(change.c.recorded_at.desc()).limit(number(1)).scalar_subquery()
    return sa.func.coalesce(last, number(0))


def checks(draft: Draft, taken: Snapshots, question: Question, beside: int) -> tuple[Check, ...]:
    """What must hold of the place from which it is asked: it has come, and the ledger is the same one there.

    `beside`: how many columns of the statement stand before those of `taken`.
    """
    said, page, made = question.changes, question.page, list[Check]()
    if said is None:
        return ()
    if said.since is not None:
        _, known, _ = taken.of(AsOf(position=said.since, ledger_hash=said.ledger_hash))
        made.append(_must_have_come(replace(known, column=beside + known.column)))
    if page is not None and page.after is not None:
        column = taken.tell(same_ledger(draft, resumed(draft, page.after, question.entity)))
        made.append(check_ledger(beside + column))
    return tuple(made)


def _must_have_come(known: Known) -> Check:
    def check(row: Row, values: object) -> None:
        told(known, row, values)  # type: ignore[arg-type]

    return check


def _tables(source: sa.FromClause) -> list[sa.FromClause]:
    return [*_tables(source.left), *_tables(source.right)] if isinstance(source, sa.Join) else [source]

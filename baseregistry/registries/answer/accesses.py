"""Pages of the access log: which requests a view shows, newest first; what it shows of each is in `requests.py`.

Whatever is asked, an index finds where to begin: the subject's accesses, a case's, those of each context (agency, client,
official, purpose), or all by their time.  What the law delays is left out before the page is counted.
"""

from collections.abc import Iterator
from functools import partial
from typing import Any, NamedTuple

import sqlalchemy as sa

from baseregistry import errors
from baseregistry.registries.accesses import View
from baseregistry.registries.answer import keys
from baseregistry.registries.answer.bookmarks import LARGEST, Part, encoded, part_of
from baseregistry.registries.answer.draft import (
    Draft,
    Expression,
    Pairs,
    constant,
    from_only,
    nothing_of_its_own,
    number,
)
from baseregistry.registries.answer.histories import interval
from baseregistry.registries.answer.moments import Moment, Seen
from baseregistry.registries.answer.plan import Told
from baseregistry.registries.answer.requests import CONTEXT, RECORD, REQUEST, Shown, purposes, table
from baseregistry.registries.answer.slices import CURSORS, Slice, parts
from baseregistry.registries.answer.told import OPENING, PERSON
from baseregistry.registries.answer.values import LONGEST_PAGE, Expects
from baseregistry.registries.question import Accesses, Bind, Question

PARTS = (Part(sa.BigInteger(), least=0, most=LARGEST), Part(sa.Text()))
DAY, MICROSECOND = constant("1 day", "interval"), constant("1 microsecond", "interval")
EPOCH = sa.literal_column("timestamptz 'epoch'", sa.TIMESTAMP(timezone=True))


class Found(NamedTuple):
    """Where requests are read: the whole source, and in it the columns of the request and of its context; what must hold."""

    source: sa.FromClause
    request: sa.FromClause
    context: sa.FromClause
    where: list[Expression]


def answered(draft: Draft, moment: Moment, question: Question) -> Expression:
    """The page as one JSON object.  Raises errors.BadQuestion where nobody is said whose requests are meant."""
    asked = question.accesses
    if asked is None or (asked.view is View.AGENCY and asked.agency is None):
        raise errors.BadQuestion(
            "An agency's own requests are asked for by one of its clients.",
            code="access.no_agency",
            hint="Ask with a token of the agency's client, and its purpose.",
        )
    return _Page(draft, moment, question, asked).connection()


class _Page(Slice):
    """One page of a view."""

    def __init__(self, draft: Draft, moment: Moment, question: Question, asked: Accesses) -> None:
        page = question.page
        self.cursor = page.after if page else None
        first = draft.bind(page.first, Expects.COUNT) if page else number(LONGEST_PAGE)
        super().__init__(draft, question.fields, first, after=self.cursor is not None)
        self.moment = moment
        self.asked = asked
        self.question = question
        self.subject = self._person() if asked.view is View.SUBJECT else self._of(asked.subject, Expects.UUID)

    def connection(self) -> Expression:
        """The page as one JSON object; the subject's begins with the log key of its being read."""
        shown = Shown(self.draft, self.moment, self.asked, self.subject)
        collected = self.collect(self._rows(), shown.pairs)
        fields = [(field.key, self.field(field, place, collected)) for place, field in enumerate(self.fields)]
        source = nothing_of_its_own() if collected is None else from_only(collected)
        return self.draft.object([*self._key(), *fields], source)

    def _key(self) -> Pairs:
        if not self.draft.told or self.asked.view is not View.SUBJECT or self.subject is None:
            return []
        by = self.question.key_name
        told = Told(PERSON, ("accesses",), () if by in {None, "id"} else (str(by),), opened=True)
        text = sa.func.concat(constant(f"{self.draft.level(told)}."), self.subject, constant("."), self.moment.recorded)
        return [(OPENING, sa.case((self.subject.is_not(None), text), else_=constant("")))]

    # --- which requests ---------------------------------------------------------------------------------

    def _rows(self) -> sa.Subquery:
        """The requests of the page in order, each with its number ``n$`` and its cursor."""
        found = self._found()
        said = [column.label(f"c_{column.name}") for column in found.context.c]
        newest = [column.desc() for column in _order(found.request)]
        selected = sa.select(*found.request.c, *said, _tie(found.request).label("tie$")).select_from(found.source)
        selected = selected.where(*found.where).correlate_except(*parts(found.source)).order_by(*newest)
        rows = selected.limit(number(LONGEST_PAGE + 1)).subquery(self.draft.name("q"))
        numbered: list[Expression] = [*rows.c, sa.func.row_number().over().label("n$")]
        if self.wanted & CURSORS:
            numbered.append(encoded(self.asked.view.value, [_micros(rows), rows.c["tie$"]]).label("cursor$"))
        return from_only(rows).with_only_columns(*numbered).subquery(self.draft.name("p"))

    def _found(self) -> Found:
        asked, draft = self.asked, self.draft
        request, context = table(draft, REQUEST), table(draft, CONTEXT)
        named, joined = self._named(context), context.c.digest == request.c.context
        if asked.view is View.SUBJECT:
            return self._disclosed(request, context)
        said = [] if asked.case is None else [request.c.case_id == self._of(asked.case, Expects.TEXT)]
        if asked.record is not None or asked.subject is not None:
            source = self._of_records(request, self._about()).join(context, joined)
            return Found(source, request, context, [*said, *named])
        if said:
            return Found(request.join(context, joined), request, context, [*said, *named, *self._onward(request)])
        if named:
            newest = self._of_context(context).lateral(draft.name("u"))
            return Found(context.join(newest, sa.true()), newest, context, named)
        return Found(request.join(context, joined), request, context, self._onward(request))

    def _disclosed(self, request: sa.FromClause, context: sa.FromClause) -> Found:
        """What the subject is shown: what was told of him, once the time for which the law keeps it from him has passed."""
        record = table(self.draft, RECORD)
        mine = from_only(record, record.c.subject == self.subject, *self._onward(record))
        source = self._of_records(request, mine).join(context, context.c.digest == request.c.context)
        purpose = purposes(self.draft, context.c.purpose, request.c.asked_at).lateral(self.draft.name("a"))
        late = request.c.asked_at + purpose.c.disclosure_delay * DAY <= sa.func.statement_timestamp()
        disclosed = sa.or_(purpose.c.disclosure_delay.is_(None), late)
        return Found(source.outerjoin(purpose, sa.true()), request, context, [disclosed])

    def _of_context(self, context: sa.FromClause) -> sa.Select[Any]:
        """The newest requests of a context, as many as the page could hold."""
        request = table(self.draft, REQUEST)
        found = from_only(request, request.c.context == context.c.digest, *self._onward(request))
        newest = [column.desc() for column in _order(request)]
        return found.with_only_columns(*request.c).order_by(*newest).limit(self.first + number(1))

    def _of_records(self, request: sa.FromClause, record: sa.Select[Any]) -> sa.Join:
        """The requests that told of records, each once."""
        (source,) = record.get_final_froms()
        place = [source.c[name] for name in ("asked_at", "position", "place")]
        rows = record.with_only_columns(*place).distinct().subquery(self.draft.name("d"))
        return rows.join(request, sa.and_(*(request.c[column.name] == rows.c[column.name] for column in place)))

    def _about(self) -> sa.Select[Any]:
        """The records asked for: of one that is its own subject by the index of subjects, of others by that of records."""
        record, asked = table(self.draft, RECORD), self.asked
        said, about = self._onward(record), [record.c.subject == self.subject] if asked.subject is not None else []
        if asked.record is None:
            return from_only(record, *about, *said)
        wanted = self._of(asked.record, Expects.UUID)
        own = sa.and_(record.c.subject == wanted, record.c.record_id == wanted)
        others = sa.and_(record.c.record_id == wanted, record.c.subject.is_distinct_from(record.c.record_id))
        either = sa.union_all(
            *[from_only(record, one, *about, *said).with_only_columns(*record.c) for one in (own, others)]
        )
        return from_only(either.subquery(self.draft.name("e")))

    def _named(self, context: sa.FromClause) -> list[Expression]:
        """What must hold of the context."""
        asked = self.asked
        given = {"agency": asked.agency, "client": asked.client, "official": asked.official, "purpose": asked.purpose}
        made = [context.c[name] == self._of(bind, Expects.TEXT) for name, bind in given.items() if bind is not None]
        if asked.forms is not None:
            made.append(context.c.form == sa.func.any(self.draft.bind(Bind(asked.forms.slot, many=True), Expects.TEXT)))
        return made

    def _onward(self, rows: sa.FromClause) -> list[Expression]:
        """What must hold of the time, and of what comes after the cursor."""
        period, at = interval(self.draft, self.asked.asked), rows.c.asked_at
        made = [at >= period.begin] if period.begin is not None else []
        made += [at < period.end] if period.end is not None else []
        if self.cursor is None:
            return made
        micros, tie = (self._part(self.cursor, place) for place in range(len(PARTS)))
        then = EPOCH + micros * MICROSECOND
        return [*made, at <= then, sa.or_(at < then, _tie(rows) < tie)]

    def _part(self, cursor: Bind, place: int) -> Expression:
        view = self.asked.view.value
        read = partial(part_of, view, PARTS, place)
        return self.draft.part(cursor, f"{view}_{place}", read, PARTS[place].kind)

    def _person(self) -> Expression:
        """The record id of the person whose accesses are asked for; null where the key finds nobody."""
        question, entity = self.question, self.draft.installation.declarations.entities[PERSON]
        if question.key_name == "id":
            return self.draft.bind(question.key_values[0], Expects.UUID)
        rows = self.draft.versions(PERSON)
        seen = Seen(entity, rows, self.moment)
        found = (*keys.named(self.draft, seen, question), self.moment.believed(rows), self.moment.holds(rows))
        return from_only(rows, *found).with_only_columns(rows.c.record_id).scalar_subquery()

    def _of(self, bind: Bind | None, expects: Expects) -> Expression:
        return sa.null() if bind is None else self.draft.bind(bind, expects)


def _order(rows: sa.FromClause) -> Iterator[Expression]:
    yield rows.c.asked_at
    yield _tie(rows)


def _tie(rows: sa.FromClause) -> Expression:
    """What tells requests of one microsecond apart, and says nothing of how many there were."""
    return sa.func.md5(sa.func.concat(rows.c.position, constant("."), rows.c.place))


def _micros(rows: sa.FromClause) -> Expression:
    return sa.func.access_micros(rows.c.asked_at, type_=sa.BigInteger())

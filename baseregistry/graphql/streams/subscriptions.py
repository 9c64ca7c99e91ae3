"""One subscription: what it follows, from where, and the events it is told; whichever transport carries them.

Events are pulled: the next page is read when the last event of this one has been taken.
"""

import asyncio
import time
from collections.abc import AsyncGenerator, Awaitable, Callable, Hashable, Mapping
from dataclasses import dataclass, replace
from typing import Any

from graphql import OperationType

from baseregistry import errors
from baseregistry.access.askers import Asker, Askers
from baseregistry.access.grants import GrantSet
from baseregistry.access.log.keeping import Said, now
from baseregistry.access.rates import COST
from baseregistry.access.tokens import HINT
from baseregistry.graphql import cost, limits, logged, permits
from baseregistry.graphql.cost import Cost
from baseregistry.graphql.limits import Limits
from baseregistry.graphql.logged import About, Logged
from baseregistry.graphql.permits import Held
from baseregistry.graphql.plans import Compile, Known
from baseregistry.graphql.questions import Translation, translate
from baseregistry.graphql.recent import Recent
from baseregistry.graphql.requests import Asked
from baseregistry.graphql.slots import Slots
from baseregistry.graphql.streams.pages import Pages
from baseregistry.graphql.variables import Given
from baseregistry.registries.answer import following
from baseregistry.registries.answer.following import Item, Page
from baseregistry.registries.answer.plan import Plan, Snapshot, Told
from baseregistry.registries.answer.told import without
from baseregistry.registries.heads import Heads
from baseregistry.registries.question import Changes, Question
from baseregistry.registries.question import Page as Paged

PAGE = 50  # items read at once
SINCE, AFTER, FIRST = "$since", "$after", "$first"  # no variable of a client is called so
LONGEST_WAIT = 3600.0  # seconds until a silent ledger is looked at again
Spend = Callable[[Asker, str, int], Awaitable[None]]
MOST_KEPT, HEAVIEST_KEPT = 1_000, 16_000_000  # plans, and characters of their SQL


@dataclass(frozen=True, slots=True)
class Event:
    """One response, and the cursor after which it can be gone on; None for what is answered once."""

    response: bytes
    cursor: str | None = None


@dataclass(frozen=True, slots=True)
class Followed:
    """A subscription compiled for one shape of its variables: the page it begins with, and those it goes on with."""

    key: bytes
    begins: Plan
    goes_on: Plan
    slots: Slots
    cost: Cost
    from_head: bool  # where the document says no place to begin after
    held: Held | None  # what was decided about it; None where access is left out

    def told(self, place: "Place") -> tuple[Told, ...]:
        """The levels of the log keys in the page that begins at a place."""
        return (self.begins if place.begins else self.goes_on).told


@dataclass(frozen=True, slots=True)
class Subscription:
    """One subscriber: what it follows, with which variables, on whose word."""

    known: Known
    followed: Followed
    coerced: Mapping[str, Any]
    asker: Asker


@dataclass(frozen=True, slots=True)
class Place:
    """Where a page begins: the value of its slot, and whether it is the first of a subscription."""

    said: Mapping[str, Any]
    begins: bool = False


@dataclass(frozen=True, slots=True)
class Compiled:
    """What makes plans, how much they may cost, and who tells what is granted."""

    compile: Compile
    limits: Limits
    askers: Askers
    log: Callable[[], Logged | None]


class Subscriptions:
    """The subscriptions of one service."""

    def __init__(self, by: Compiled, pages: Pages, heads: Heads) -> None:
        self._compile = by.compile
        self._limits = by.limits
        self._askers = by.askers
        self._log = by.log
        self._pages = pages
        self._heads = heads
        self._kept: Recent[tuple[Hashable, ...], Followed] = Recent(MOST_KEPT, HEAVIEST_KEPT)

    async def open(self, known: Known, asked: Asked, asker: Asker, after: str | None) -> AsyncGenerator[Event, None]:
        """The events of a subscription: after the cursor `after` if it is given (Last-Event-ID), else from where the
        document says, else from now on.

        Raises `Rejected` or a `RegisterError` for what cannot be followed; the events raise a `RegisterError` when it
        cannot be gone on: access.token_expired, access.field_not_granted, ledger.forked, register.unavailable.
        """
        coerced = known.variables.coerce(asked.variables)
        followed = self._followed(known, coerced, asker.grants)
        subscription = Subscription(known, followed, coerced, asker)
        place = Place({AFTER: after})
        if after is None:
            since = following.head(await self._pages.row(following.HEAD, [])) if followed.from_head else None
            place = Place({SINCE: since}, begins=True)
        return self._events(subscription, place, await self._page(subscription, place, self._askers.spend))

    def _followed(self, known: Known, coerced: Mapping[str, Any], grants: GrantSet | None) -> Followed:
        key: tuple[Hashable, ...] = (known.digest, known.name, known.variables.shape(coerced))  # as in plans.py
        if grants is not None:
            key = (*key, grants.digest)
        found = self._kept.get(key)
        if found is None:
            found = self._follow(known, coerced, grants)
            self._kept.keep(key, found, len(found.begins.sql) + len(found.goes_on.sql))
        return found

    def _follow(self, known: Known, coerced: Mapping[str, Any], grants: GrantSet | None) -> Followed:
        translation = translate(known.operation, known.variables.places(coerced))
        (question,), slots = translation.questions, translation.slots
        changes, first = question.changes or Changes(), slots.bind(Given(FIRST))
        if changes.ledger_hash and not changes.since:
            raise errors.BadQuestion(
                "`ledgerHash` is given without `since`.",
                code="question.hash_without_position",
                hint="Give both as they were told; a cursor (`after`) knows its ledger itself.",
            )
        after = question.page.after if question.page else None
        from_head = not (changes.since or after)
        begins = replace(changes, since=slots.bind(Given(SINCE))) if from_head else changes
        goes_on = replace(changes, since=None, ledger_hash=None)
        asked = replace(question, fields=following.fields(question.fields))
        one = replace(asked, changes=begins, page=Paged(first, after))
        other = replace(asked, changes=goes_on, page=Paged(first, slots.bind(Given(AFTER))))
        (one, other), held = _held(known, (one, other), slots, grants)
        key, counted = question.key.encode(), cost.counted((one,))
        return Followed(key, self._plan(one), self._plan(other), slots, counted, from_head, held)

    def _plan(self, question: Question) -> Plan:
        return following.taken_apart(self._compile((question,)))

    async def _events(self, subscription: Subscription, place: Place, page: Page) -> AsyncGenerator[Event, None]:
        opening = b'{"data":{"%b":' % subscription.followed.key
        while True:
            told = subscription.followed.told(place)
            for item in page.items:
                if self._now(subscription) is not subscription:
                    break  # what is granted has changed since this page was read
                yield await self._leaving(subscription, opening, item, told)
                place = Place({AFTER: item.cursor})
            else:
                place = Place({AFTER: page.cursor})
                if not page.more:
                    await self._later(subscription, page.head)
            subscription = self._now(subscription)
            page = await self._page(subscription, place, self._patiently)

    async def _leaving(self, subscription: Subscription, opening: bytes, item: Item, told: tuple[Told, ...]) -> Event:
        """An item as the event that leaves, which is in the access log by then.  Raises errors.Unavailable."""
        asker, held = subscription.asker, subscription.followed.held
        if held is None or asker.grants is None:
            return leaving(asker, opening, item)
        asked_at, keys = now(), list[bytes]()
        event = leaving(asker, opening, replace(item, data=without(item.data, keys)))
        log = self._log()
        if log is None:
            raise logged.away()
        about = About(told, subscription.known.digest, subscription.known.name, "stream", told)
        snapshots = (Snapshot(item.position, None, "", ""),)
        said = Said(asked_at, event.response, asker.errand.case, snapshots=snapshots, keys=keys)
        await log.keep(asker, held.of(asker.grants), about, said)
        return event

    def _now(self, subscription: Subscription) -> Subscription:
        """The same by what is granted at this moment.  Raises errors.NotAllowed where it is no more."""
        asker = self._askers.again(subscription.asker)
        if asker is subscription.asker:
            return subscription
        followed = self._followed(subscription.known, subscription.coerced, asker.grants)
        return replace(subscription, asker=asker, followed=followed)

    async def _later(self, subscription: Subscription, head: int) -> None:
        """Wait for the ledger to go on, or the token to end."""
        try:
            async with asyncio.timeout(min(left(subscription.asker), LONGEST_WAIT)):
                await self._heads.beyond(head)
        except TimeoutError:
            left(subscription.asker)

    async def _patiently(self, asker: Asker, what: str, amount: int) -> None:
        """Spend as soon as there is enough: a stream that asks too much is late, not ended."""
        while True:
            try:
                await self._askers.spend(asker, what, amount)
            except errors.TooMuch as refusal:
                if amount > refusal.where["most"]:
                    raise
                await asyncio.sleep(min(refusal.where["retry_after_seconds"], left(asker)))
            else:
                return

    async def _page(self, subscription: Subscription, place: Place, spend: Spend) -> Page:
        """A page that begins after a place, when what it costs is spent."""
        followed, grants = subscription.followed, subscription.asker.grants
        plan = followed.begins if place.begins else followed.goes_on
        values = followed.slots.fill({**subscription.coerced, FIRST: PAGE, SINCE: None, AFTER: None, **place.said})
        if followed.held is not None and grants is not None:
            values += followed.held.territories(grants)
        if (points := followed.cost.of(values)) > self._limits.cost:
            raise limits.too_costly(points, self._limits.cost)
        await spend(subscription.asker, COST, points)
        page = following.read(plan, await self._pages.row(plan, plan.bind(values)), values)
        self._heads.saw(page.head)
        return page


def _held(
    known: Known, questions: tuple[Question, Question], slots: Slots, grants: GrantSet | None
) -> tuple[tuple[Question, ...], Held | None]:
    """The questions as they may be asked under `grants`.  Raises errors.NotGranted."""
    if grants is None:
        return questions, None
    declarations = known.operation.schema.extensions["declarations"]
    translation = Translation({str(place): (question,) for place, question in enumerate(questions)}, slots)
    translation, held = permits.hold(declarations, translation, grants)
    return translation.questions, held


def follows(known: Known) -> bool:
    """Whether the operation is a subscription."""
    return known.operation.node.operation is OperationType.SUBSCRIPTION


def leaving(asker: Asker, opening: bytes, item: Item) -> Event:
    """An item as the response that leaves now: the one place that every pushed event passes.

    Here its caller is held to be allowed it at this moment; where callers are known, it is then logged, before a byte of
    it goes out.
    """
    left(asker)
    told = f'"position":"{item.position}","cursor":"{item.cursor}"'.encode()
    return Event(b'%b%b},"extensions":{%b}}' % (opening, item.data, told), item.cursor)


def left(asker: Asker) -> float:
    """For how many seconds the caller's token still holds; raises errors.NotAllowed when it has ended."""
    if asker.caller is None:
        return LONGEST_WAIT
    seconds = asker.caller.expires + asker.caller.leeway - time.time()
    if seconds <= 0:
        raise errors.NotAllowed("The token has ended.", code="access.token_expired", hint=HINT)
    return seconds

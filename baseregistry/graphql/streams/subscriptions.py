"""One subscription: what it follows, from where, and the events it is told; whichever transport carries them.

Events are pulled: the next page is read when the last event of this one has been taken.
"""

import asyncio
import time
from collections.abc import AsyncGenerator, Hashable, Mapping
from dataclasses import dataclass, replace
from typing import Any

from graphql import OperationType

from baseregistry import errors
from baseregistry.access.tokens import HINT, LEEWAY, Caller
from baseregistry.graphql import cost, limits
from baseregistry.graphql.cost import Cost
from baseregistry.graphql.limits import Limits
from baseregistry.graphql.plans import Compile, Known
from baseregistry.graphql.questions import translate
from baseregistry.graphql.recent import Recent
from baseregistry.graphql.requests import Asked
from baseregistry.graphql.slots import Slots
from baseregistry.graphql.streams.pages import Pages
from baseregistry.graphql.variables import Given
from baseregistry.registries.answer import following
from baseregistry.registries.answer.following import Item, Page
from baseregistry.registries.answer.plan import Plan
from baseregistry.registries.heads import Heads
from baseregistry.registries.question import Changes, Question
from baseregistry.registries.question import Page as Paged

PAGE = 50  # items read at once
SINCE, AFTER, FIRST = "$since", "$after", "$first"  # no variable of a client is called so
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


@dataclass(frozen=True, slots=True)
class Subscription:
    """One subscriber: what it follows, with which variables, on whose word."""

    followed: Followed
    coerced: Mapping[str, Any]
    caller: Caller


class Subscriptions:
    """The subscriptions of one service."""

    def __init__(self, compile_questions: Compile, most: Limits, pages: Pages, heads: Heads) -> None:
        self._compile = compile_questions
        self._limits = most
        self._pages = pages
        self._heads = heads
        self._kept: Recent[tuple[bytes, str | None, Hashable], Followed] = Recent(MOST_KEPT, HEAVIEST_KEPT)

    async def open(self, known: Known, asked: Asked, caller: Caller, after: str | None) -> AsyncGenerator[Event, None]:
        """The events of a subscription: after the cursor `after` if it is given (Last-Event-ID), else from where the
        document says, else from now on.

        Raises `Rejected` or a `RegisterError` for what cannot be followed; the events raise a `RegisterError` when it
        cannot be gone on: access.token_expired, ledger.forked, register.unavailable.
        """
        coerced = known.variables.coerce(asked.variables)
        followed = self._followed(known, coerced)
        subscription = Subscription(followed, coerced, caller)
        if after is not None:
            return self._events(subscription, await self._page(subscription, followed.goes_on, {AFTER: after}))
        since = following.head(await self._pages.row(following.HEAD, [])) if followed.from_head else None
        return self._events(subscription, await self._page(subscription, followed.begins, {SINCE: since}))

    def _followed(self, known: Known, coerced: Mapping[str, Any]) -> Followed:
        key = (known.digest, known.name, known.variables.shape(coerced))  # as in plans.py
        found = self._kept.get(key)
        if found is None:
            found = self._follow(known, coerced)
            self._kept.keep(key, found, len(found.begins.sql) + len(found.goes_on.sql))
        return found

    def _follow(self, known: Known, coerced: Mapping[str, Any]) -> Followed:
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
        key, counted = question.key.encode(), cost.counted((one,))
        return Followed(key, self._plan(one), self._plan(other), slots, counted, from_head)

    def _plan(self, question: Question) -> Plan:
        return following.taken_apart(self._compile((question,)))

    async def _events(self, subscription: Subscription, page: Page) -> AsyncGenerator[Event, None]:
        opening = b'{"data":{"%b":' % subscription.followed.key
        while True:
            for item in page.items:
                yield leaving(subscription.caller, opening, item)
            if not page.more:
                await self._later(subscription, page.head)
            page = await self._page(subscription, subscription.followed.goes_on, {AFTER: page.cursor})

    async def _later(self, subscription: Subscription, head: int) -> None:
        """Wait for the ledger to go on, or the token to end."""
        try:
            async with asyncio.timeout(left(subscription.caller)):
                await self._heads.beyond(head)
        except TimeoutError:
            left(subscription.caller)

    async def _page(self, subscription: Subscription, plan: Plan, place: Mapping[str, Any]) -> Page:
        """A page that begins after a place."""
        followed = subscription.followed
        values = followed.slots.fill({**subscription.coerced, FIRST: PAGE, SINCE: None, AFTER: None, **place})
        if (points := followed.cost.of(values)) > self._limits.cost:
            raise limits.too_costly(points, self._limits.cost)
        page = following.read(plan, await self._pages.row(plan, plan.bind(values)), values)
        self._heads.saw(page.head)
        return page


def follows(known: Known) -> bool:
    """Whether the operation is a subscription."""
    return known.operation.node.operation is OperationType.SUBSCRIPTION


def leaving(caller: Caller, opening: bytes, item: Item) -> Event:
    """An item as the response that leaves now: the one place that every pushed event passes.

    Here its caller is held to be allowed it at this moment, and here it is logged, before a byte of it goes out.
    """
    left(caller)
    told = f'"position":"{item.position}","cursor":"{item.cursor}"'.encode()
    return Event(b'%b%b},"extensions":{%b}}' % (opening, item.data, told), item.cursor)


def left(caller: Caller) -> float:
    """For how many seconds the caller's token still holds; raises errors.NotAllowed when it has ended."""
    seconds = caller.expires + LEEWAY - time.time()
    if seconds <= 0:
        raise errors.NotAllowed("The token has ended.", code="access.token_expired", hint=HINT)
    return seconds

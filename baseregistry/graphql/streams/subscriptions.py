"""One subscription: what it follows, from where, and the events it is told; whichever transport carries them.

Events are pulled: the next page is read when the last event of this one has been taken.
"""

import asyncio
import time
from collections.abc import AsyncGenerator, Hashable, Mapping
from dataclasses import dataclass
from typing import Any

import orjson
from graphql import OperationType

from baseregistry import errors
from baseregistry.access.tokens import HINT, LEEWAY, Caller
from baseregistry.graphql.plans import Known
from baseregistry.graphql.questions import translate
from baseregistry.graphql.recent import Recent
from baseregistry.graphql.requests import Asked
from baseregistry.graphql.slots import Slots
from baseregistry.graphql.streams.pages import Pages
from baseregistry.graphql.variables import Given
from baseregistry.registries.answer import following
from baseregistry.registries.answer.following import Following, Item, Page, Place
from baseregistry.registries.answer.plan import Plan
from baseregistry.registries.heads import Heads
from baseregistry.registries.question import Changes, Question
from baseregistry.registries.tables import Installation

PAGE = 50  # items read at once
SINCE, FIRST = "$since", "$first"  # no variable of a client is called so
ANY = ""  # a ledger hash that nobody told
MOST_KEPT, HEAVIEST_KEPT = 1_000, 16_000_000  # plans, and characters of their SQL


@dataclass(frozen=True, slots=True)
class Event:
    """One response, and the place after which it can be gone on; None for what is answered once."""

    response: bytes
    place: str | None = None


@dataclass(frozen=True, slots=True)
class Followed:
    """A subscription compiled for one shape of its variables."""

    plan: Plan
    slots: Slots
    question: Question


@dataclass(slots=True)
class Subscription:
    """One subscriber: what it follows with which values, on whose word, and how far it was told."""

    followed: Followed
    coerced: Mapping[str, Any]
    caller: Caller
    place: Place


class Subscriptions:
    """The subscriptions of one service."""

    def __init__(self, installation: Installation, pages: Pages, heads: Heads) -> None:
        self._installation = installation
        self._pages = pages
        self._heads = heads
        self._head = following.head(installation)
        self._kept: Recent[tuple[Known, Hashable], Followed] = Recent(MOST_KEPT, HEAVIEST_KEPT)

    async def open(
        self, known: Known, asked: Asked, caller: Caller, after: Place | None = None
    ) -> AsyncGenerator[Event, None]:
        """The events of a subscription, from `after` if it is given (as Last-Event-ID), else from the document's `since`.

        Raises `Rejected` or a `RegisterError` for what cannot be followed; the events raise a `RegisterError` when it
        cannot be gone on: access.token_expired, ledger.forked, register.unavailable.
        """
        coerced = known.variables.coerce(asked.variables)
        followed = self._followed(known, coerced)
        place = after or since(followed, coerced) or (await self._pages.read(self._head, [], following.page)).head
        subscription = Subscription(followed, coerced, caller, place)
        return self._events(subscription, await self._page(subscription))

    def _followed(self, known: Known, coerced: Mapping[str, Any]) -> Followed:
        key = (known, known.variables.shape(coerced))
        found = self._kept.get(key)
        if found is None:
            translation = translate(known.operation, known.variables.places(coerced))
            (question,) = translation.questions
            slots = translation.slots
            wanted = Following(question.fields, slots.bind(Given(SINCE)), slots.bind(Given(FIRST)))
            found = Followed(following.follow(self._installation, wanted), slots, question)
            self._kept.keep(key, found, len(found.plan.sql))
        return found

    async def _events(self, subscription: Subscription, page: Page) -> AsyncGenerator[Event, None]:
        opening = b'{"data":{%b:' % orjson.dumps(subscription.followed.question.key)
        while True:
            for item in page.items:
                yield leaving(subscription.caller, opening, item)
            if len(page.items) < PAGE:
                await self._later(subscription)
            page = await self._page(subscription)

    async def _later(self, subscription: Subscription) -> None:
        """Wait for the ledger to go on, or the token to end."""
        try:
            async with asyncio.timeout(left(subscription.caller)):
                await self._heads.beyond(subscription.place.position)
        except TimeoutError:
            left(subscription.caller)

    async def _page(self, subscription: Subscription) -> Page:
        """The next page; the subscription then stands at its end, which is the head when it was not full."""
        followed, place = subscription.followed, subscription.place
        values = followed.slots.fill({**subscription.coerced, SINCE: place.position, FIRST: PAGE})
        page = await self._pages.read(followed.plan, followed.plan.bind(values), following.page)
        same_ledger(place, page)
        self._heads.saw(page.head.position)
        subscription.place = page.items[-1].place if len(page.items) == PAGE else page.head
        return page


def follows(known: Known) -> bool:
    """Whether the operation is a subscription."""
    return known.operation.node.operation is OperationType.SUBSCRIPTION


def since(followed: Followed, coerced: Mapping[str, Any]) -> Place | None:
    """The place that the document says to begin after."""
    changes, values = followed.question.changes or Changes(), followed.slots.fill({**coerced, SINCE: 0, FIRST: PAGE})
    if changes.since is None:
        return None
    ledger_hash = values[changes.ledger_hash.slot].lower() if changes.ledger_hash else ANY
    return Place(int(values[changes.since.slot]), ledger_hash)


def leaving(caller: Caller, opening: bytes, item: Item) -> Event:
    """An item as the response that leaves now: the one place that every pushed event passes.

    Here its caller is held to be allowed it at this moment, and here it is logged, before a byte of it goes out.
    """
    left(caller)
    position, ledger_hash = str(item.place.position), item.place.ledger_hash
    snapshot = f'"snapshot":{{"position":"{position}","ledgerHash":"{ledger_hash}"}}'.encode()
    return Event(b'%b%b},"extensions":{%b}}' % (opening, item.data, snapshot), f"{position}:{ledger_hash}")


def left(caller: Caller) -> float:
    """For how many seconds the caller's token still holds; raises errors.NotAllowed when it has ended."""
    seconds = caller.expires + LEEWAY - time.time()
    if seconds <= 0:
        raise errors.NotAllowed("The token has ended.", code="access.token_expired", hint=HINT)
    return seconds


def same_ledger(place: Place, page: Page) -> None:
    """Refuse to begin after a place that has not come, or to go on in another ledger."""
    if page.found is None and place.ledger_hash == ANY:
        raise errors.BadQuestion(
            f"The ledger has no position {place.position} yet; its last one is {page.head.position}.",
            code="question.future_position",
            hint="Give the last position you were told, or leave it out for what comes from now on.",
            where={"position": str(place.position), "head": str(page.head.position)},
        )
    if place.ledger_hash not in {page.found, ANY}:
        raise errors.Forked(
            f"At position {place.position} this ledger's hash is {page.found or 'none'}, not {place.ledger_hash}.",
            hint="The database was restored from a backup, or is another one: what was read from the old one may not"
            " hold here. Read it anew.",
            where={"position": str(place.position), "ledger_hash": page.found or ""},
        )

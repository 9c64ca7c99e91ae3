"""What a stream carries: the events of a subscription, or the one answer to anything else."""

import asyncio
from collections.abc import AsyncGenerator, AsyncIterator
from contextlib import aclosing, asynccontextmanager
from functools import partial

from baseregistry import errors
from baseregistry.access.tokens import Caller
from baseregistry.graphql.door import Door
from baseregistry.graphql.requests import Asked
from baseregistry.graphql.streams.pages import Pages, Pool
from baseregistry.graphql.streams.subscriptions import Event, Subscriptions, follows, left
from baseregistry.registries.answer import compile as compile_questions
from baseregistry.registries.answer import following
from baseregistry.registries.heads import Heads, Hints
from baseregistry.registries.tables import Installation
from baseregistry.settings import Settings

Events = AsyncGenerator[Event, None]


class Streams:
    """Opens what clients ask for over a stream, at most `most` subscriptions at once; `ending` is set when the service ends."""

    def __init__(self, door: Door, subscriptions: Subscriptions, most: int) -> None:
        self.door = door
        self.ending = asyncio.Event()
        self._subscriptions = subscriptions
        self._most = most
        self.open = 0

    @asynccontextmanager
    async def opened(self, asked: Asked, caller: Caller, after: str | None = None) -> AsyncIterator[Events]:
        """The events of an operation while the block lasts; a subscription goes on `after` a cursor.

        Raises `Rejected` or a `RegisterError`, here and from the events, when it cannot be answered or gone on.
        """
        left(caller)
        known = self.door.plans.known(asked)
        if not follows(known):
            async with aclosing(self._once(asked, caller)) as events:
                yield events
            return
        if self.open >= self._most:
            raise errors.Unavailable(
                f"{self.open:,} subscriptions are open; no more are taken here.",
                code="stream.too_many_subscriptions",
                hint="Repeat later, or ask for the changes since your position from time to time.",
            )
        self.open += 1
        try:
            async with aclosing(await self._subscriptions.open(known, asked, caller, after)) as events:
                yield events
        finally:
            self.open -= 1

    async def _once(self, asked: Asked, caller: Caller) -> Events:
        yield Event(await self.door.answer(asked, caller))


@asynccontextmanager
async def opened(
    installation: Installation, door: Door, pool: Pool, url: str, settings: Settings
) -> AsyncIterator[Streams]:
    """The streams of a service while the block lasts; subscriptions take a part of the pool's connections at once."""
    pages = Pages(pool, turns=max(1, settings.read_connections // 4))

    async def look() -> int:
        return following.head(await pool.row(following.HEAD, []))

    heads = Heads(look, Hints(url, installation.schema))
    try:
        yield Streams(
            door,
            Subscriptions(partial(compile_questions, installation), door.limits, pages, heads),
            settings.subscriptions,
        )
    finally:
        await heads.close()
        await pages.close()

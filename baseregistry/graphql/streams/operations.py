"""What a stream carries: the events of a subscription, or the one answer to anything else; counted as requests are."""

import asyncio
from collections import Counter
from collections.abc import AsyncGenerator, AsyncIterator, Awaitable, Callable, Mapping
from contextlib import aclosing, asynccontextmanager
from dataclasses import dataclass

from baseregistry import errors
from baseregistry.access.askers import Asker, Askers
from baseregistry.errors import RegisterError
from baseregistry.graphql import media
from baseregistry.graphql.asking import Asking, refused
from baseregistry.graphql.calls import Calls
from baseregistry.graphql.door import Door
from baseregistry.graphql.plans import Compile
from baseregistry.graphql.refusals import BadRequest, Rejected, code_of
from baseregistry.graphql.requests import Asked
from baseregistry.graphql.streams.pages import Pages, Pool
from baseregistry.graphql.streams.subscriptions import Compiled, Event, Subscriptions, follows, left
from baseregistry.registries.answer import following
from baseregistry.registries.heads import Heads, Hints
from baseregistry.settings import Settings
from baseregistry.telemetry.requests import Request, Requests

Events = AsyncGenerator[Event, None]
Headers = Mapping[bytes, bytes]
Beyond = Callable[[int], Awaitable[None]]


class Streams:
    """Opens what clients ask for over a stream, at most `most` subscriptions at once.

    `ending` is set when the service ends; `open` and `pushed` (by operation) tell how many subscriptions there are, and
    how many events they were told.
    """

    def __init__(self, door: Door, subscriptions: Subscriptions, requests: Requests, by: "Ground") -> None:
        self.door = door
        self.ending = asyncio.Event()
        self.open = 0
        self.pushed: Counter[str] = Counter()
        self._subscriptions = subscriptions
        self._requests = requests
        self._asking = Asking(door, requests)
        self._calls = Calls(lambda: by.askers)
        self._most = by.settings.subscriptions
        self.beyond: Beyond = _never

    @asynccontextmanager
    async def opened(
        self, asked: Asked, asker: Asker, headers: Headers, after: str | None = None
    ) -> AsyncIterator[Events]:
        """The events of an operation while the block lasts; a subscription goes on `after` a cursor.

        Raises `BadRequest`, `Rejected` or a `RegisterError`, here and from the events, when it cannot be answered or
        gone on.
        """
        request = self._requests.begin(headers)
        async with self._counted(request, asked, asker):
            left(asker)
            asked, asker = await self._calls.let_in(asked, asker)
        async with self._counted(request, asked, asker):
            known = self.door.plans.known(asked)
            self._asking.name(asked, request)
            subscribes = follows(known)
            if subscribes and self.open >= self._most:
                raise self._full()
        self.open += subscribes
        try:
            async with self._counted(request, asked, asker):
                source = self._once(asked, asker, request)
                if subscribes:
                    source = await self._subscriptions.open(known, asked, asker, after)
            async with aclosing(self._told(request, source, asked, asker)) as events:
                yield events
        finally:
            self.open -= subscribes

    async def refuse(self, asker: Asker, refusal: BadRequest | RegisterError) -> None:
        """Log that nothing was opened, before that is told."""
        await self._asking.refuse(None, asker, refusal)

    def _full(self) -> errors.Unavailable:
        return errors.Unavailable(
            f"{self.open:,} subscriptions are open; no more are taken here.",
            code="stream.too_many_subscriptions",
            hint="Repeat later, or ask for the changes since your position from time to time.",
        )

    async def _once(self, asked: Asked, asker: Asker, request: Request) -> Events:
        bound = self._asking.bound(asked, request, asker)
        await self._calls.afford(asker, bound.cost)
        yield Event(await self.door.answered(bound))

    async def _told(self, request: Request, source: Events, asked: Asked, asker: Asker) -> Events:
        async with self._counted(request, asked, asker), aclosing(source):
            async for event in source:
                if event.cursor is None:
                    self._requests.answered(request, 200, event.response)
                elif request.tally:
                    self.pushed[request.tally.operation] += 1
                yield event

    @asynccontextmanager
    async def _counted(self, request: Request, asked: Asked, asker: Asker) -> AsyncIterator[None]:
        """Count and log what is refused, or fails; a refusal is in the access log before it is told."""
        try:
            yield
        except (BadRequest, Rejected, RegisterError) as refusal:
            self._requests.refused(request, refused(refusal, media.GRAPHQL)[0], code_of(refusal))
            await self._asking.refuse(asked, asker, refusal)
            raise
        except Exception as failure:
            self._requests.failed(request, 500, failure)
            raise


async def _never(position: int) -> None:
    """Who hears nothing of the ledger waits until he is called off."""
    await asyncio.Event().wait()


@dataclass(frozen=True, slots=True)
class Ground:
    """What streams stand on: the read pool, what makes plans for it, the database's URL, the settings, who asks."""

    pool: Pool
    compile: Compile
    url: str
    settings: Settings
    askers: Askers


@asynccontextmanager
async def opened(door: Door, ground: Ground, requests: Requests) -> AsyncIterator[Streams]:
    """The streams of a service while the block lasts; subscriptions take a part of the pool's connections at once."""
    settings = ground.settings
    pages = Pages(ground.pool, turns=max(1, settings.read_connections // 4))

    async def look() -> int:
        return following.head(await ground.pool.row(following.HEAD, []))

    heads = Heads(look, Hints(ground.url, settings.schema_name))
    subscriptions = Subscriptions(Compiled(ground.compile, door.limits, ground.askers, lambda: door.log), pages, heads)
    streams = Streams(door, subscriptions, requests, ground)
    streams.beyond = heads.beyond
    try:
        yield streams
    finally:
        streams.beyond = _never
        await heads.close()
        await pages.close()

"""GraphQL over server-sent events, one connection for each operation ("distinct connections mode").

The `id` of an event is its cursor: a client that comes back with it as ``Last-Event-ID`` misses nothing.
A stream that the service has to end is cut off, not completed: so clients come back, to the next one that serves.
"""

import asyncio
import re
from collections.abc import Mapping
from contextlib import AbstractAsyncContextManager, suppress
from typing import NamedTuple

from baseregistry.access.askers import Asker, Askers
from baseregistry.errors import NotAllowed, RegisterError, TooMuch
from baseregistry.graphql import media
from baseregistry.graphql.asking import failed, refused
from baseregistry.graphql.http import PRIVATE, Send, respond
from baseregistry.graphql.refusals import BadRequest, Rejected
from baseregistry.graphql.requests import Asked, Receive, Scope, asked
from baseregistry.graphql.streams.connections import Connections
from baseregistry.graphql.streams.operations import Events, Streams
from baseregistry.graphql.streams.subscriptions import Event
from baseregistry.status import status_of

KEEP_ALIVE = 15.0  # seconds of silence until a comment is sent
STALLED = 60.0  # seconds that a client may leave an event unread, before it is given up
FAREWELL = 2.0  # seconds that it may leave the end unread
CURSOR = re.compile(rb"[A-Za-z0-9_-]{1,1000}")
JSON = (b"content-type", b"application/json; charset=utf-8")
HEADERS = [
    (b"content-type", media.EVENTS + b"; charset=utf-8"),
    (b"cache-control", b"private, no-store"),
    (b"x-accel-buffering", b"no"),  # what nginx would keep back, it passes on
]
ALLOW = [(b"allow", b"GET, POST")]
COMMENT, COMPLETE = b":\n\n", b"event: complete\ndata:\n\n"


class Wire(NamedTuple):
    """The two ends of a request."""

    receive: Receive
    send: Send


class EventStreams:
    """Answers requests that accept ``text/event-stream``."""

    def __init__(self, streams: Streams, askers: Askers, connections: Connections) -> None:
        self._streams = streams
        self._askers = askers
        self._connections = connections

    async def __call__(self, scope: Scope, headers: Mapping[bytes, bytes], receive: Receive, send: Send) -> None:
        """One request, for as long as its client listens; never raises for what a client sent."""
        try:
            with self._connections.opened():
                await self._answer(scope, headers, receive, send)
        except (BadRequest, RegisterError) as refusal:
            status, more, body = refused(refusal, media.GRAPHQL)
            await respond(send, status, [JSON, PRIVATE, *more], body)

    async def _answer(self, scope: Scope, headers: Mapping[bytes, bytes], receive: Receive, send: Send) -> None:
        """The same.  Raises `BadRequest` and what else is refused before anything has been sent."""
        asker = await self._askers.of(headers, scope["headers"])
        try:
            await self._opened(asker, scope, headers, Wire(receive, send))
        except (BadRequest, RegisterError) as refusal:
            await self._streams.refuse(asker, refusal)
            raise

    async def _opened(self, asker: Asker, scope: Scope, headers: Mapping[bytes, bytes], wire: "Wire") -> None:
        receive, send = wire
        if scope["method"] == "HEAD":
            raise BadRequest(405, "http.bad_method", "A stream is asked for by GET or POST.", ALLOW)
        said = await asked(scope, headers, receive, self._streams.door.limits)
        if not isinstance(said, Asked) or said.sets is not None:
            raise BadRequest(400, "http.bad_request", "A stream carries one operation, with one set of variables.")
        after = last_event(headers.get(b"last-event-id"))
        with self._connections.of(asker.caller):
            await self._until_over(Stream(self._streams.opened(said, asker, headers, after), send), receive)

    async def _until_over(self, stream: "Stream", receive: Receive) -> None:
        """Until all is told, the client hangs up, or the service ends."""
        tasks = [asyncio.create_task(work) for work in (stream.tell(), gone(receive), self._streams.ending.wait())]
        try:
            await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
        finally:
            for task in tasks:
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)
        await stream.end()


class Stream:
    """One response: opened with the first event, or with a status where there will be none."""

    def __init__(self, opened: AbstractAsyncContextManager[Events], send: Send) -> None:
        self._opened = opened
        self._send = send
        self._begun = self._stalled = False

    async def tell(self) -> None:
        """Send all events, and that they are complete; or why they end."""
        try:
            async with self._opened as events:
                await self._begin()
                await self._each(events)
                await self._write(COMPLETE)
        except (BadRequest, Rejected, RegisterError) as refusal:
            await self._refuse(refusal)
        except TimeoutError:
            self._stalled = True
        except Exception as failure:  # noqa: BLE001 - the edge; it has been logged
            await self._unanswered(*failed(failure, media.GRAPHQL))

    async def end(self) -> None:
        """End the response, if it has begun and its client still reads."""
        if self._begun and not self._stalled:
            with suppress(TimeoutError):
                async with asyncio.timeout(FAREWELL):
                    await self._send({"type": "http.response.body", "body": b""})

    async def _begin(self) -> None:
        self._begun = True
        await self._send({"type": "http.response.start", "status": 200, "headers": HEADERS})
        await self._write(COMMENT)

    async def _each(self, events: Events) -> None:
        while True:
            coming = asyncio.ensure_future(anext(events, None))
            try:
                while not (await asyncio.wait({coming}, timeout=KEEP_ALIVE))[0]:
                    await self._write(COMMENT)
            finally:
                if coming.cancel():
                    await asyncio.wait({coming})
            event = coming.result()
            if event is None:
                return
            await self._write(written(event))

    async def _refuse(self, refusal: BadRequest | Rejected | RegisterError) -> None:
        """As an event, which every client is shown; but as a status what another server, token or moment may answer."""
        for_later = isinstance(refusal, RegisterError) and (status_of(refusal) >= 500 or isinstance(refusal, TooMuch))
        if not self._begun and (for_later or isinstance(refusal, BadRequest | NotAllowed)):
            await self._unanswered(*refused(refusal, media.GRAPHQL))
            return
        if not self._begun:
            await self._begin()
        await self._write(written(Event(refused(refusal, media.GRAPHQL)[2])))
        if not for_later:  # what is complete, no client asks for again
            await self._write(COMPLETE)

    async def _unanswered(self, status: int, more: list[tuple[bytes, bytes]], body: bytes) -> None:
        if not self._begun:
            await respond(self._send, status, [JSON, PRIVATE, *more], body)

    async def _write(self, body: bytes) -> None:
        async with asyncio.timeout(STALLED):
            await self._send({"type": "http.response.body", "body": body, "more_body": True})


def last_event(header: bytes | None) -> str | None:
    """The cursor in a ``Last-Event-ID``; raises `BadRequest` when it cannot be one."""
    if not header:
        return None
    if not CURSOR.fullmatch(header):
        raise BadRequest(400, "stream.bad_event_id", "The Last-Event-ID is not the `id` of an event of this service.")
    return header.decode()


def written(event: Event) -> bytes:
    """An event as it goes over the wire; JSON may have line ends between its words."""
    place = f"id: {event.cursor}\n".encode() if event.cursor else b""
    return b"%bevent: next\ndata: %b\n\n" % (place, event.response.replace(b"\n", b"\ndata: "))


async def gone(receive: Receive) -> None:
    """Until the client hangs up."""
    while (await receive())["type"] != "http.disconnect":
        pass

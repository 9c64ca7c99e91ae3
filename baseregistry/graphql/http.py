"""GraphQL over HTTP, as a raw ASGI endpoint: requests in, status and media type out.

Nothing stands between the server and the door on the hot path: headers are looked at once, a known
token costs one look-up, and the answer's bytes are sent as the database made them.
"""

import asyncio
from collections.abc import Awaitable, Callable, Mapping, MutableMapping
from typing import Any

from baseregistry.access.askers import Askers
from baseregistry.errors import RegisterError
from baseregistry.graphql import compression, media, page
from baseregistry.graphql.asking import Asking, Reply, failed, refused
from baseregistry.graphql.bulk import Bulk
from baseregistry.graphql.calls import Calls
from baseregistry.graphql.door import Bound, Door
from baseregistry.graphql.hangups import Hangups
from baseregistry.graphql.refusals import BadRequest, Headers, Rejected, code_of
from baseregistry.graphql.requests import Receive, Scope, asked
from baseregistry.telemetry.requests import Request, Requests

Send = Callable[[MutableMapping[str, Any]], Awaitable[None]]
Events = Callable[[Scope, Mapping[bytes, bytes], Receive, Send], Awaitable[None]]

PRIVATE = (b"cache-control", b"private, no-store")
ASKED_AGAIN = (
    b"cache-control",
    b"private, no-cache",
)  # of nobody, with a tag: the client may keep it, and asks each time
VARY = (b"vary", b"accept, accept-encoding, authorization")
CONTENT_TYPES = {
    kind: (b"content-type", kind + b"; charset=utf-8") for kind in (media.JSON, media.GRAPHQL, media.JSONL)
}


class HungUp(Exception):
    """Nobody waits for the answer any more."""


class Endpoint:
    """The ASGI application at ``/graphql``."""

    def __init__(self, door: Door, askers: Askers, requests: Requests, events: Events) -> None:
        self.door = door
        self.askers = askers
        self.requests = requests
        self._events = events
        self._hangups = Hangups()
        self._asking = Asking(door, requests)
        self._calls = Calls(lambda: self.askers)
        self._bulk = Bulk(self._asking, self._calls)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """One request; never raises for what a client sent."""
        headers = dict(scope["headers"])
        if scope["method"] == "GET" and not scope["query_string"] and media.wants_page(headers.get(b"accept")):
            await respond(send, 200, *page.page())
            return
        kind = media.accepted(headers.get(b"accept"))
        if kind is media.EVENTS:
            await self._events(scope, headers, receive, send)
            return
        request = self.requests.begin(headers)
        try:
            status, more, body = await self._reply(scope, request, receive, kind)
        except HungUp:
            self.requests.given_up(request)
            return
        except (BadRequest, Rejected, RegisterError) as refusal:
            status, more, body = refused(refusal, kind)
            self.requests.refused(request, status, code_of(refusal))
        except Exception as failure:  # noqa: BLE001 - the edge: a client gets an answer, the log gets the rest
            status, more, body = failed(failure, kind)
            self.requests.failed(request, status, failure)
        else:
            self.requests.answered(request, status, body)
        self.requests.statuses[status] += 1
        if ASKED_AGAIN not in more:
            more = [PRIVATE, *more]
        more = [CONTENT_TYPES[kind or media.JSON], (b"x-request-id", request.id), *more]
        large = len(body) >= compression.SMALLEST
        if large or scope["method"] != "POST":  # what answers a POST no cache keeps
            more.append(VARY)
        if large and (coding := compression.coding(headers.get(b"accept-encoding", b""))):
            body = await compression.compressed(body, coding)
            more.append((b"content-encoding", coding))
        await respond(send, status, more, body)

    async def _reply(self, scope: Scope, request: Request, receive: Receive, kind: bytes | None) -> Reply:
        headers = request.headers
        if kind is None:
            raise BadRequest(406, "http.not_acceptable", f"Accept {media.GRAPHQL.decode()} or {media.JSON.decode()}.")
        asker = await self.askers.of(headers, scope["headers"])
        try:
            said = await asked(scope, headers, receive, self.door.limits)
        except BadRequest as refusal:
            await self._asking.refuse(None, asker, refusal)
            raise
        task = self._hangups.begin(receive)
        try:
            if isinstance(said, list) or said.sets is not None or kind is media.JSONL:
                return await self._bulk.answer(said, kind, request, asker)
            said, asker = await self._calls.let_in(said, asker)
            bound = self._asking.bound(said, request, asker)
            await self._calls.afford(asker, bound.cost)
            if said.by_get and bound.prepared.fixed:
                return await self._fixed(bound, headers)
            return 200, [], await self.door.answered(bound)
        except (BadRequest, Rejected, RegisterError) as refusal:
            await self._asking.refuse(None if isinstance(said, list) else said, asker, refusal)
            raise
        except asyncio.CancelledError:
            if not self._hangups.gone(task):
                raise
            task.uncancel()
            raise HungUp from None
        finally:
            self._hangups.end(task)

    async def _fixed(self, bound: Bound, headers: Mapping[bytes, bytes]) -> Reply:
        """The answer at a position, which never changes but by redaction: with its tag, or 304 to who has it already."""
        tag = await self.door.tag(bound)
        if tag is None:
            return 200, [], await self.door.answered(bound)
        plan = bound.prepared.plan
        told = [(b"etag", tag)] if plan and plan.told else [(b"etag", tag), ASKED_AGAIN]
        if tag in media.tags(headers.get(b"if-none-match")):
            await self.door.unchanged(bound)
            return 304, told, b""
        return 200, told, await self.door.answered(bound)


async def respond(send: Send, status: int, headers: Headers, body: bytes) -> None:
    """Send one whole response."""
    if status != 304:  # which has no content of its own
        headers = [*headers, (b"content-length", b"%d" % len(body))]
    await send({"type": "http.response.start", "status": status, "headers": headers})
    await send({"type": "http.response.body", "body": body})

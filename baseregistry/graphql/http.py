"""GraphQL over HTTP, as a raw ASGI endpoint: requests in, status and media type out.

Nothing stands between the server and the door on the hot path: headers are looked at once, a known
token costs one look-up, and the answer's bytes are sent as the database made them.
"""

import logging
from collections.abc import Awaitable, Callable, Mapping, MutableMapping
from typing import Any

import orjson

from baseregistry.access.tokens import Verifier
from baseregistry.errors import NotAllowed, RegisterError
from baseregistry.graphql import media, page
from baseregistry.graphql.door import Door
from baseregistry.graphql.refusals import Rejected, described
from baseregistry.graphql.requests import BadRequest, Headers, Receive, Scope, asked
from baseregistry.status import status_of

Send = Callable[[MutableMapping[str, Any]], Awaitable[None]]

PRIVATE = (b"cache-control", b"private, no-cache")
VARY = (b"vary", b"accept, authorization")
CONTENT_TYPES = {kind: (b"content-type", kind + b"; charset=utf-8") for kind in (media.JSON, media.GRAPHQL)}
INTERNAL = b'{"errors":[{"message":"Something went wrong here.","extensions":{"code":"register.internal"}}]}'
logger = logging.getLogger(__name__)


class Endpoint:
    """The ASGI application at ``/graphql``."""

    def __init__(self, door: Door, verifier: Verifier) -> None:
        self.door = door
        self.verifier = verifier

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """One request; never raises for what a client sent."""
        headers = dict(scope["headers"])
        if scope["method"] == "GET" and not scope["query_string"] and media.wants_page(headers.get(b"accept")):
            await respond(send, 200, *page.page())
            return
        kind = media.accepted(headers.get(b"accept"))
        try:
            status, more, body = await self._answer(scope, headers, receive, kind)
        except Exception:
            logger.exception("A question failed")
            status, more, body = 500, [], INTERNAL
        await respond(send, status, [CONTENT_TYPES[kind or media.JSON], PRIVATE, VARY, *more], body)

    async def _answer(
        self, scope: Scope, headers: Mapping[bytes, bytes], receive: Receive, kind: bytes | None
    ) -> tuple[int, Headers, bytes]:
        try:
            if kind is None:
                raise BadRequest(
                    406, "http.not_acceptable", f"Accept {media.GRAPHQL.decode()} or {media.JSON.decode()}."
                )
            self.verifier.caller(headers.get(b"authorization"))
            return 200, [], await self.door.answer(await asked(scope, headers, receive))
        except BadRequest as refusal:
            return refusal.status, refusal.headers, refusal.body
        except (Rejected, RegisterError) as refusal:
            status, more = refused(refusal, kind)
            return status, more, orjson.dumps({"errors": described(refusal)})


def refused(refusal: Rejected | RegisterError, kind: bytes | None) -> tuple[int, Headers]:
    """The status and headers of a refusal.  Under ``application/json`` what GraphQL refuses is still a 200."""
    status = status_of(refusal) if isinstance(refusal, RegisterError) else 400
    if isinstance(refusal, NotAllowed):
        return status, [(b"www-authenticate", b'Bearer realm="baseregistry"')]
    if status == 503:
        return status, [(b"retry-after", b"5")]
    return (200 if kind == media.JSON and status < 500 else status), []


async def respond(send: Send, status: int, headers: Headers, body: bytes) -> None:
    """Send one whole response."""
    length = (b"content-length", b"%d" % len(body))
    await send({"type": "http.response.start", "status": status, "headers": [*headers, length]})
    await send({"type": "http.response.body", "body": body})

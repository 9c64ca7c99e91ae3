"""GraphQL over WebSocket: the sub-protocol ``graphql-transport-ws``, many operations on one connection.

The token comes with the handshake or with ``connection_init``; when it ends, so does the connection, also an idle one.
Each operation is asked by whoever its caller is at that moment.  A connection ends with a close code of the protocol;
one that the server ends because it restarts, with 1012, on which clients come back.
"""

import asyncio
from collections.abc import Mapping, Sequence
from contextlib import ExitStack, suppress
from typing import Any

import orjson

from baseregistry.access.askers import Asker, Askers
from baseregistry.errors import BadInput, NotAllowed, NotGranted, RegisterError, TooMuch, Unavailable
from baseregistry.graphql import media
from baseregistry.graphql.asking import Reply, failed, refused
from baseregistry.graphql.bodies import read
from baseregistry.graphql.http import Send
from baseregistry.graphql.refusals import BadRequest, Rejected
from baseregistry.graphql.requests import Asked, Receive, Scope, checked
from baseregistry.graphql.streams.connections import Connections
from baseregistry.graphql.streams.operations import Streams
from baseregistry.graphql.streams.subscriptions import left

Received = Sequence[tuple[bytes, bytes]]

PROTOCOL = "graphql-transport-ws"
HEADERS = frozenset({"authorization", "x-purpose", "x-case", "x-official"})  # that the payload may say instead
INITIALISE = 10.0  # seconds until ``connection_init`` has to have come
STALLED = 60.0  # seconds that a client may leave a message unread
LOOK = 60.0  # seconds between two looks whether an idle caller may still ask
FAREWELL = 2.0  # seconds that it may leave the last one unread
MOST_OPERATIONS = 100  # at once on one connection
LONGEST_ID = 256  # characters
LONGEST_REASON = 123  # bytes (RFC 6455)
ERROR = b'{"id":%b,"type":"error","payload":%b}'


class Closing(Exception):
    """The connection ends, with a close code; without one, because the client has left."""

    def __init__(self, code: int | None = None, reason: str = "") -> None:
        super().__init__(reason)
        self.code = code
        self.reason = reason


class WebSockets:
    """The ASGI application at ``/graphql`` for WebSocket connections."""

    def __init__(self, streams: Streams, askers: Askers, connections: Connections) -> None:
        self.streams = streams
        self.askers = askers
        self.connections = connections

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """One connection; never raises for what a client sent."""
        await receive()
        if PROTOCOL not in scope["subprotocols"]:
            await send({"type": "websocket.accept"})
            await close(send, Closing(4406, "Subprotocol not acceptable"))
            return
        await send({"type": "websocket.accept", "subprotocol": PROTOCOL})
        connection = Connection(self, scope["headers"], receive, send)
        try:
            with self.connections.opened():
                await connection.live()
        except* Unavailable as refusals:
            await close(send, Closing(1013, str(refusals.exceptions[0])))
        except* Closing as endings:
            await close(send, next(ending for ending in endings.exceptions if isinstance(ending, Closing)))


class Connection:
    """One connection of one caller, with the operations under way on it by their ids."""

    def __init__(self, sockets: WebSockets, received: Received, receive: Receive, send: Send) -> None:
        self._streams = sockets.streams
        self._askers = sockets.askers
        self._connections = sockets.connections
        self._received = received
        self._headers = dict(received)
        self._receive = receive
        self._send = send
        self._operations: dict[str, asyncio.Task[None]] = {}

    async def live(self) -> None:
        """Until it ends; always by raising `Closing`, in a group."""
        async with asyncio.TaskGroup() as group:
            try:
                async with asyncio.timeout(INITIALISE):
                    asker = await self._initialised()
            except TimeoutError:
                raise Closing(4408, "Connection initialisation timeout") from None
            with ExitStack() as held:
                await self._hold(held, asker)
                await self._say(b'{"type":"connection_ack"}')
                group.create_task(self._until_ended(asker))
                while True:
                    await self._take(await self._message(), group)

    async def _hold(self, held: ExitStack, asker: Asker) -> None:
        """One connection more of this caller.  Raises `Unavailable`, logged, where he has as many as he may."""
        try:
            held.enter_context(self._connections.of(asker.caller))
        except Unavailable as refusal:
            await self._streams.refuse(asker, refusal)
            raise

    async def _initialised(self) -> Asker:
        while True:
            message = await self._message()
            match message["type"]:
                case "connection_init":
                    self._introduced(message.get("payload") or {})
                    return await self._asker()
                case "subscribe":
                    raise Closing(4401, "Unauthorized")
                case _:
                    await self._heed(message)

    def _introduced(self, payload: Mapping[str, Any]) -> None:
        """Take what the payload says of `HEADERS`, in any case of letters, for what the headers of the handshake say."""
        if not isinstance(payload, dict):
            raise Closing(4400, "The payload of connection_init is not an object")
        said = [(name.lower().encode(), value) for name, value in payload.items() if name.lower() in HEADERS]
        pairs = [(name, value.encode()) for name, value in said if isinstance(value, str)]
        if len(dict(said)) < len(said):
            raise Closing(4400, "The payload of connection_init says `authorization` or an errand twice")
        self._received = [*self._received, *(pair for pair in pairs if pair[0] not in self._headers)]
        self._headers |= dict(pairs)

    async def _asker(self) -> Asker:
        """Who asks, by what is granted at this moment."""
        try:
            return await self._askers.of(self._headers, self._received)
        except (NotAllowed, BadInput) as refusal:
            raise Closing(4403, f"Forbidden: {refusal.message}") from refusal
        except Unavailable as failure:
            raise Closing(1013, failure.message) from failure

    async def _until_ended(self, asker: Asker) -> None:
        """Until the token ends, or its caller may ask nothing any more, though he asks nothing now."""
        try:
            while True:
                await asyncio.sleep(min(left(asker), LOOK))
                left(asker)
                with suppress(Unavailable):
                    asker = await self._askers.of(self._headers, self._received)
        except (NotAllowed, BadInput) as refusal:
            raise Closing(4403, f"Forbidden: {refusal.message}") from refusal

    async def _take(self, message: Mapping[str, Any], group: asyncio.TaskGroup) -> None:
        match message["type"]:
            case "subscribe":
                name, asked = operation(message)
                if name in self._operations:
                    raise Closing(4409, f"Subscriber for {name} already exists")
                if len(self._operations) >= MOST_OPERATIONS:
                    await self._refuse(name, _too_many())
                    return
                self._operations[name] = group.create_task(self._operate(name, asked))
            case "connection_init":
                raise Closing(4429, "Too many initialisation requests")
            case _:
                await self._heed(message)

    async def _refuse(self, name: str, refusal: RegisterError) -> None:
        """Tell that an operation is not begun, which is in the access log by then."""
        await self._streams.refuse(await self._asker(), refusal)
        await self._say(ERROR % (orjson.dumps(name), errors(refused(refusal, media.GRAPHQL))))

    async def _heed(self, message: Mapping[str, Any]) -> None:
        """What may come at any time; a `complete` of what has ended already means nothing."""
        match message["type"]:
            case "ping":
                payload = orjson.dumps(message["payload"]) if message.get("payload") else b"null"
                await self._say(b'{"type":"pong","payload":%b}' % payload)
            case "pong":
                pass
            case "complete" if isinstance(message.get("id"), str):
                if task := self._operations.pop(message["id"], None):
                    task.cancel()
            case _:
                raise Closing(4400, "Invalid message")

    async def _operate(self, name: str, asked: Asked) -> None:
        """Answer one operation to its end; raises `Closing` where the whole connection has to end."""
        quoted = orjson.dumps(name)
        try:
            asker = await self._askers.of(self._headers, self._received)
            async with self._streams.opened(asked, asker, self._headers) as events:
                async for event in events:
                    await self._say(b'{"id":%b,"type":"next","payload":%b}' % (quoted, event.response))
            ending = b'{"id":%b,"type":"complete"}' % quoted
        except Closing:
            raise
        except NotGranted as refusal:
            ending = ERROR % (quoted, errors(refused(refusal, media.GRAPHQL)))
        except NotAllowed as refusal:
            raise Closing(4403, f"Forbidden: {refusal.message}") from refusal
        except (BadRequest, Rejected, RegisterError) as refusal:
            ending = ERROR % (quoted, errors(refused(refusal, media.GRAPHQL)))
        except Exception as failure:  # noqa: BLE001 - the edge; it has been logged
            ending = ERROR % (quoted, errors(failed(failure, media.GRAPHQL)))
        self._operations.pop(name, None)  # before it is said: its id may be used again then
        await self._say(ending)

    async def _message(self) -> dict[str, Any]:
        event = await self._receive()
        if event["type"] == "websocket.disconnect":
            raise Closing
        try:
            message = read((event.get("text") or "").encode(), "The message")
        except (BadRequest, UnicodeEncodeError):
            message = None
        if not isinstance(message, dict) or not isinstance(message.get("type"), str):
            raise Closing(4400, "Invalid message")
        return message

    async def _say(self, message: bytes) -> None:
        try:
            async with asyncio.timeout(STALLED):
                await self._send({"type": "websocket.send", "text": message.decode()})
        except TimeoutError:
            raise Closing(1008, "Messages are not read") from None
        except OSError:  # it has left, or uvicorn has closed it
            raise Closing from None


def operation(message: Mapping[str, Any]) -> tuple[str, Asked]:
    """The id and the question of a ``subscribe``."""
    name, payload = message.get("id"), message.get("payload")
    if not isinstance(name, str) or not 0 < len(name) <= LONGEST_ID or not isinstance(payload, dict):
        raise Closing(4400, "Invalid message")
    try:
        asked = checked(payload)
        if asked.sets is not None:
            raise BadRequest(400, "http.bad_request", "An operation has one set of variables.")
        return name, asked
    except BadRequest as refusal:
        raise Closing(4400, f"Invalid message: {refusal}") from refusal


def _too_many() -> TooMuch:
    return TooMuch(
        f"{MOST_OPERATIONS} operations are under way on this connection.",
        code="stream.too_many_operations",
        hint="Complete some, or open another connection.",
    )


def errors(reply: Reply) -> bytes:
    """The `errors` of what would be a response over HTTP."""
    return orjson.dumps(orjson.loads(reply[2])["errors"])


async def close(send: Send, ending: Closing) -> None:
    """Close the connection, unless its client has left, or reads nothing."""
    if ending.code is not None:
        reason = ending.reason.encode()[:LONGEST_REASON].decode(errors="ignore")
        with suppress(TimeoutError, OSError):
            async with asyncio.timeout(FAREWELL):
                await send({"type": "websocket.close", "code": ending.code, "reason": reason})

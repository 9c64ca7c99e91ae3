"""The one place where parts are put together: settings → database → pool → doors → application.

It speaks plain HTTP, so it answers this machine only, where a proxy ends TLS: it refuses any other address at start,
and any request that came in by one.
"""

import asyncio
import logging
import socket
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator, MutableMapping
from contextlib import AsyncExitStack, asynccontextmanager, contextmanager
from datetime import timedelta
from functools import lru_cache, partial
from ipaddress import ip_address
from pathlib import Path
from typing import Any

import sqlalchemy as sa
import uvicorn
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import HTMLResponse, Response
from starlette.routing import Mount, Route
from starlette.staticfiles import StaticFiles

from baseregistry import cluster, db, garbage, headers
from baseregistry.access import grants, rates
from baseregistry.access.askers import Askers
from baseregistry.access.log.auditing import auditing
from baseregistry.access.log.keeping import opened as log_opened
from baseregistry.access.log.strangers import Strangers
from baseregistry.access.tokens import Verifier
from baseregistry.errors import BadInput, Refused
from baseregistry.graphql import page
from baseregistry.graphql.door import Door
from baseregistry.graphql.http import Endpoint
from baseregistry.graphql.limits import Limits as MostAsked
from baseregistry.graphql.logged import Logged
from baseregistry.graphql.mutations.session import recording
from baseregistry.graphql.schema import build
from baseregistry.graphql.streams.connections import Connections, Protocol
from baseregistry.graphql.streams.events import EventStreams
from baseregistry.graphql.streams.operations import Ground, Streams
from baseregistry.graphql.streams.operations import opened as streams_opened
from baseregistry.graphql.streams.websocket import WebSockets
from baseregistry.migrations import rights
from baseregistry.registries import crs
from baseregistry.registries.answer import Limits, Pool, standing
from baseregistry.registries.answer import compile as compile_questions
from baseregistry.registries.installation import opened as installation_in
from baseregistry.registries.recording import Recorder
from baseregistry.roles import Role, Urls, place
from baseregistry.settings import Settings
from baseregistry.telemetry import logs
from baseregistry.telemetry.metrics import Metrics, Pulse
from baseregistry.telemetry.pages import pages
from baseregistry.telemetry.readiness import Readiness, look
from baseregistry.telemetry.requests import Requests

Scope = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[MutableMapping[str, Any]]]
Send = Callable[[MutableMapping[str, Any]], Awaitable[None]]
Application = Callable[[Scope, Receive, Send], Awaitable[None]]

logger = logging.getLogger(__name__)
HOME = Path(__file__).with_name("home.html")
GRAPHQL = "/graphql"
FOREIGN = b'{"errors":[{"message":"Only this machine is answered.","extensions":{"code":"access.not_loopback"}}]}'


def app(settings: Settings | None = None, *, without_access: bool = False) -> Application:
    """The service as an ASGI application (``uvicorn --factory baseregistry.server:app``); what it needs opens with its
    lifespan.  `without_access`, for benches and tests alone: whoever has a token may ask everything, and nothing of it is
    in the access log.  Raises BadInput for an address that is not this machine's own."""
    settings = settings or Settings()
    refuse_public(settings.host)
    logs.configure(settings)
    return Service(settings, without_access=without_access)


def refuse_public(host: str) -> None:
    """Raise BadInput when `host` can be reached from another machine."""
    if not is_loopback(host):
        raise BadInput(
            f"The server does not bind {host}: it speaks plain HTTP, in which tokens and answers would cross the network.",
            code="access.not_loopback",
            hint="Set BASEREGISTRY_HOST to 127.0.0.1 or ::1, and let a proxy on this machine end TLS in front of it"
            " (docs/how-to/put-it-behind-tls.md); to try it from another machine, come in by a tunnel (ssh -L).",
        )


@lru_cache(maxsize=64)
def is_loopback(host: str) -> bool:
    """Whether an address is one of this machine's own; a path is a Unix socket."""
    try:
        return host == "localhost" or host.startswith("/") or ip_address(host).is_loopback
    except ValueError:
        return False


class Service:
    """The application: dispatches to the doors, and opens and closes what they stand on.  `without_access`: as `app`."""

    def __init__(self, settings: Settings, *, without_access: bool = False) -> None:
        self.settings = settings
        self._without_access = without_access
        self._headers = headers.every(settings)
        self.graphql: Application | None = None
        self.pages: Application | None = None
        self.sockets: Application | None = None
        self.streams: Streams | None = None

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """One request, or the life of the server."""
        if scope["type"] == "lifespan":
            await self._live(receive, send)
        elif scope["type"] == "http" and self.graphql and self.pages:
            answer = self.graphql if scope["path"] == GRAPHQL else self.pages
            answer = answer if is_loopback(scope["server"][0]) else _foreign
            await answer(scope, receive, headers.sending(send, self._headers))
        elif scope["type"] == "websocket" and self.sockets:
            here = scope["path"] == GRAPHQL and is_loopback(scope["server"][0])
            await (self.sockets if here else _no_socket)(scope, receive, send)

    def end_streams(self) -> None:
        """Let go of those who listen for what is to come: the server ends."""
        if self.streams:
            self.streams.ending.set()

    async def _live(self, receive: Receive, send: Send) -> None:
        await receive()
        async with AsyncExitStack() as stack:
            try:
                await stack.enter_async_context(self.opened())
            except Exception as failure:
                refusal = db.worded(failure)
                if refusal is None:
                    raise
                said = f"{refusal.code}: {refusal.message} {refusal.hint or ''}".rstrip()
                await send({"type": "lifespan.startup.failed", "message": said})
                return
            stack.enter_context(garbage.kept_for_good())
            await send({"type": "lifespan.startup.complete"})
            await receive()
        await send({"type": "lifespan.shutdown.complete"})

    @asynccontextmanager
    async def opened(self) -> AsyncIterator["Service"]:
        """The service, answering while the block lasts.  Raises Unavailable when the database is not ready for it, or
        takes the storage CRS to WGS 84 otherwise than by the named operation."""
        with cluster.connected(self.settings) as urls, _engines(urls, self.settings) as (engine, primary):
            with db.reading(engine) as reading:
                installation = installation_in(reading, self.settings)
                crs.check_transform(reading, installation.srid)
            await asyncio.to_thread(_refuse_owner, urls, self.settings)
            pool = await Pool.open(urls.of(Role.READING), installation.schema, _limits(self.settings))
            requests = Requests(self.settings)
            pulse, sweeping = Pulse(), garbage.Sweeping(partial(_idle, pool), requests.count)
            try:
                schema = build(installation.declarations)
                compilers = partial(compile_questions, installation), partial(standing, installation)
                door = Door(schema, *compilers, pool, MostAsked.of(self.settings))
                verifier = Verifier(self.settings)
                recorder = Recorder(installation, timedelta(days=self.settings.idempotency_days))
                async with (
                    verifier.kept(),
                    grants.kept(primary, self._beyond) as in_force,
                    log_opened(urls.of(Role.LOGGING), installation, self.settings) as log,
                    Strangers(log).kept() as strangers,
                    rates.kept(urls.of(Role.LOGGING), installation, self.settings) as allowed,
                    auditing(
                        urls.auditing, installation.schema, self.settings.limit_seconds, log.caught_up
                    ) as door.auditing,
                    _written(urls, pool, self.settings) as written,
                    recording(primary, recorder, written, self.settings) as door.mutations,
                ):
                    door.log = Logged(log, strangers, allowed)
                    granted = None if self._without_access else in_force
                    askers = Askers(verifier, granted, strangers.turned_away, allowed)
                    ground = Ground(pool, compilers[0], urls.of(Role.READING), self.settings, askers)
                    async with streams_opened(door, ground, requests) as self.streams:
                        held = Connections(self.settings.limit_connections, self.settings.limit_caller_connections)
                        self.graphql = Endpoint(door, askers, requests, EventStreams(self.streams, askers, held))
                        self.sockets = WebSockets(self.streams, askers, held)
                        packing = log.writer.unpacking
                        metrics = Metrics(requests, pool, pulse, self.streams, packing)
                        readiness = partial(look, engine)
                        self.pages = _pages(metrics, Readiness(readiness))
                        yield self
            finally:
                pulse.stop()
                sweeping.stop()
                await pool.close()

    async def _beyond(self, position: int) -> None:
        """Wait until the ledger is past a position."""
        if self.streams is None:
            await asyncio.sleep(grants.LOOK)
        else:
            await self.streams.beyond(position)


def _idle(pool: Pool) -> bool:
    """Whether no question is with the database, or on its way there."""
    counts = pool.counts()
    return not (counts["shared"] or counts["taken"] or counts["waiting"])


def _limits(settings: Settings) -> Limits:
    return Limits(connections=settings.read_connections, statement=settings.limit_seconds)


@contextmanager
def _engines(urls: Urls, settings: Settings) -> Iterator[tuple[sa.Engine, sa.Engine]]:
    """Where is read, and the primary."""
    engines = [db.engine(urls.of(role), settings.schema_name) for role in (Role.READING, Role.WRITING)]
    try:
        yield engines[0], engines[1]
    finally:
        for engine in engines:
            engine.dispose()


@asynccontextmanager
async def _written(urls: Urls, pool: Pool, settings: Settings) -> AsyncIterator[Pool]:
    """Where what a change wrote is read: a replica may not have it yet."""
    reading, writing = urls.of(Role.READING), urls.of(Role.WRITING)
    if place(reading) == place(writing):
        yield pool
        return
    limits = Limits(connections=settings.write_connections, statement=settings.limit_seconds)
    primary = await Pool.open(writing, settings.schema_name, limits)
    try:
        yield primary
    finally:
        await primary.close()


def _refuse_owner(urls: Urls, settings: Settings) -> None:
    """Raise Refused in production when the service could change the past: when it connects as the schema's owner."""
    serving = {urls.of(role) for role in (Role.READING, Role.WRITING, Role.LOGGING)}
    for url in serving | ({urls.auditing} if urls.auditing else set()):
        engine = db.engine(url, settings.schema_name)
        try:
            with db.reading(engine) as reading:
                owner = rights.owns(reading, settings.schema_name)
        finally:
            engine.dispose()
        if owner and settings.production:
            raise Refused(
                "The service would connect to the database as the owner of its schema, who can change the past.",
                code="register.owner_serves",
                hint="Set BASEREGISTRY_READING_URL, BASEREGISTRY_WRITING_URL and BASEREGISTRY_LOGGING_URL.",
            )
        if owner:
            logger.info("The service connects as the owner of its schema; with roles of its own it could do less.")


def _pages(metrics: Metrics, readiness: Readiness) -> Starlette:
    static = [
        Mount(f"{GRAPHQL}/{folder.name}", StaticFiles(directory=folder, check_dir=False))
        for folder in (page.STATIC, page.PAGE)
    ]
    return Starlette(routes=[Route("/", _home), *pages(metrics, readiness), *static])


async def _home(_: Request) -> Response:
    return HTMLResponse(HOME.read_text(encoding="utf-8"), headers={"content-security-policy": headers.PAGE.decode()})


async def _foreign(_: Scope, __: Receive, send: Send) -> None:
    said = [(b"content-type", b"application/json"), (b"content-length", b"%d" % len(FOREIGN))]
    await send({"type": "http.response.start", "status": 403, "headers": said})
    await send({"type": "http.response.body", "body": FOREIGN})


async def _no_socket(_: Scope, __: Receive, send: Send) -> None:
    await send({"type": "websocket.close"})  # before it is accepted: 403


class Server(uvicorn.Server):
    """uvicorn's, but those who listen for what is to come do not hold up its end."""

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        """As uvicorn's, after the streams are let go."""
        if isinstance(self.config.app, Service):
            self.config.app.end_streams()
        await super().shutdown(sockets)


def configured(settings: Settings, *, without_access: bool = False) -> uvicorn.Config:
    """How the service is run: one worker, the fast loop and parser, no log line per request.  Raises as `app` does."""
    return uvicorn.Config(
        app(settings, without_access=without_access),
        host=settings.host,
        port=settings.port,
        loop="uvloop",
        http="httptools",
        ws=Protocol,
        ws_max_size=settings.limit_body,
        ws_per_message_deflate=False,  # a window of memory for each of many who mostly wait
        lifespan="on",
        access_log=False,
        proxy_headers=False,  # whom to believe of who stands in front, `access.certificates` knows
        log_config=None,
        server_header=False,
        timeout_graceful_shutdown=10,
    )

"""What is in force now: for each caller and errand its set of grants, kept in memory and renewed as the ledger moves.

Deny by default: who or what is unknown, ended or suspended is refused; so is everybody when the register could not be
read for a minute.
"""

import asyncio
import logging
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from typing import NoReturn

import psycopg
import sqlalchemy as sa

from baseregistry import db, errors
from baseregistry.access import standing
from baseregistry.access.errands import Errand
from baseregistry.access.granted import NOBODY, Granted, GrantSet, digest_of
from baseregistry.access.standing import Client, Standing
from baseregistry.access.tokens import Caller

__all__ = ["NOBODY", "GrantSet", "Granted", "Grants", "in_force", "kept"]

LOOK = 5.0  # seconds between two looks, whether or not the ledger was heard to move
SOONEST = 0.05  # seconds between two looks at the least
HELD = 60.0  # seconds for which a set that cannot be renewed still counts
logger = logging.getLogger(__name__)

EMPTY = (
    "The access register has no client yet: load a first set with `baseregistry access load DIR`."
    " That of the sample province is `baseregistry/seed/access`."
)

Beyond = Callable[[int], Awaitable[None]]


class Grants:
    """The grants in force; of an empty register, none."""

    def __init__(self, engine: sa.Engine) -> None:
        self._engine = engine
        self._standing = Standing()
        self._seen = 0  # the ledger's position at the last look
        self._turns: float | None = None  # when a period begins or ends, by the monotonic clock
        self._good_until = float("-inf")

    def of(self, caller: Caller | None, errand: Errand) -> GrantSet:
        """What a caller has for an errand; `NOBODY` without a token, and for a client without a purpose.

        Raises errors.NotGranted for a client, purpose or official that is unknown or not active, or a purpose for which
        nothing is granted; errors.Unavailable when what is in force could not be read for too long.
        """
        if time.monotonic() > self._good_until:
            raise errors.Unavailable(
                "What is granted could not be read for a while, so nothing is answered.",
                code="access.grants_unknown",
                hint="Repeat in a few seconds; if it lasts, look at the database.",
            )
        return in_force(self._standing, caller, errand)

    def client(self, caller: Caller) -> Client:
        """The client that a token names.  Raises errors.NotGranted when it is unknown or not active."""
        return _client(self._standing, caller)

    def known(self, caller: Caller) -> Client | None:
        """The client that a token names, None where it names none; `of` refuses one that may not ask."""
        return self._standing.clients.get(caller.client or "")

    def granted_to(self, client: str, purpose: str) -> GrantSet:
        """What a registered client has for a purpose.  Raises errors.NotGranted as `of`."""
        known = self._standing.clients.get(client)
        return self.of(Caller(client, 0, 0, client, (known.issuer if known else None) or ""), Errand(purpose))

    def role(self, client: str, official: str) -> str | None:
        """The role of an official of the client's agency, None when nobody is called so."""
        known = self._standing.clients.get(client)
        found = known and self._standing.officials.get((known.agency, official))
        return found.role if found else None

    # --- kept up to date -------------------------------------------------------------------------------

    def renew(self, *, whole: bool = False) -> None:
        """Look whether something changed, a period began or ended (or read all of it anyway), and take it over.

        Raises as `db.reading`; then what was in force stays so until `HELD` seconds after the last good look.
        """
        begun = time.monotonic()
        with db.reading(self._engine) as reading:
            position, turned = standing.head(reading), self._turns is not None and begun >= self._turns
            if whole or turned or position < self._seen or standing.written(reading, self._seen):
                self._take(standing.stands(reading), begun)
        self._seen = position
        self._good_until = begun + HELD

    def _take(self, new: Standing, begun: float) -> None:
        self._standing = new
        self._turns = None if new.seconds is None else begun + new.seconds

    def pause(self) -> float:
        """Seconds until the next look, if nothing is heard before."""
        if self._turns is None:
            return LOOK
        return min(LOOK, max(SOONEST, self._turns - time.monotonic()))

    async def watch(self, beyond: Beyond | None = None) -> None:
        """Renew for ever: when the ledger is heard to go `beyond` a position, and every few seconds."""
        while True:
            try:
                async with asyncio.timeout(self.pause()):
                    await (beyond(self._seen) if beyond else asyncio.sleep(LOOK))
            except TimeoutError:
                pass
            try:
                await _whole(asyncio.create_task(asyncio.to_thread(self.renew)))
            except (errors.RegisterError, sa.exc.SQLAlchemyError, psycopg.Error, OSError) as failure:
                logger.warning("What is granted cannot be read.", exc_info=failure)
                await asyncio.sleep(min(1.0, LOOK))


def in_force(now: Standing, caller: Caller | None, errand: Errand) -> GrantSet:
    """What a caller has for an errand as the register stands; raises errors.NotGranted as `Grants.of`."""
    if caller is None or not caller.subject:
        return NOBODY
    if errand.purpose is None:
        _client(now, caller)
        return NOBODY
    found = now.sets.get((caller.client or "", caller.issuer, errand.purpose))
    if found is None:
        found = _find(now, caller, errand.purpose)
    if errand.official is not None:
        _check_official(now, caller.client or "", errand.official)
    return found


async def _whole(look: "asyncio.Task[None]") -> None:
    """A look to its end, also when nobody waits for it any more: its connection must be back before the engine closes."""
    try:
        await asyncio.shield(look)
    except asyncio.CancelledError:
        await asyncio.gather(look, return_exceptions=True)
        raise


@asynccontextmanager
async def kept(engine: sa.Engine, beyond: Beyond | None = None) -> AsyncIterator[Grants]:
    """The grants in force, kept up to date while the block lasts; `beyond` waits until the ledger is past a position
    (`Heads.beyond`).  Raises errors.Unavailable when they cannot be read at first."""
    grants = Grants(engine)
    await asyncio.to_thread(grants.renew, whole=True)
    watching = asyncio.get_running_loop().create_task(grants.watch(beyond))
    try:
        yield grants
    finally:
        watching.cancel()
        await asyncio.gather(watching, return_exceptions=True)


def _client(now: Standing, caller: Caller) -> Client:
    client = now.clients.get(caller.client or "")
    if client is None or client.issuer not in {None, caller.issuer}:
        _refuse(
            "unknown_client",
            f"The token names the client {caller.client or 'none'}, which is not registered for its issuer.",
            "Have the client registered in the access register, with the issuer of its tokens."
            if now.clients
            else EMPTY,
        )
    if not client.active:
        _refuse("client_not_active", f"The client {caller.client} is suspended or has ended.")
    if not client.agency_active:
        _refuse("agency_not_active", f"The agency {client.agency_code} is suspended or has ended.")
    return client


def _find(now: Standing, caller: Caller, code: str) -> GrantSet:
    client, purpose = _client(now, caller), now.purposes.get(code)
    if purpose is None:
        hint = "Name a purpose of the access register; those who keep it tell which your agency has."
        _refuse("unknown_purpose", f"The purpose {code} is not registered.", hint)
    if not purpose.active:
        _refuse("purpose_not_active", f"The purpose {code} is suspended or has ended.")
    grants = now.grants.get((client.agency, purpose.record))
    if grants is None:
        hint = "Have it granted, with the law that allows it; or ask without a purpose for what is public."
        _refuse("no_grant", f"Nothing is granted to the agency {client.agency_code} for {code} now.", hint)
    found = GrantSet(digest_of(grants), client.agency_code, caller.client or "", code, grants)
    now.sets[caller.client or "", caller.issuer, code] = found
    return found


def _check_official(now: Standing, client: str, pseudonym: str) -> None:
    official = now.officials.get((now.clients[client].agency, pseudonym))
    if official is None or not official.active:
        _refuse(
            "unknown_official",
            "The official in X-Official is not registered as one of the client's agency, or not active.",
            "Have the official registered under this pseudonym, or leave the header out.",
        )


def _refuse(code: str, message: str, hint: str | None = None) -> NoReturn:
    hint = hint or "Ask those who keep the access register."
    raise errors.NotGranted(message, code=f"access.{code}", hint=hint)

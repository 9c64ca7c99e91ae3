"""The keys of one issuer (JWK Set, RFC 7517), kept in memory and fetched beside the event loop.

They are fetched by age, and at most every ten seconds for a key that is not known yet.  When the issuer cannot be
reached, the known ones keep working until `good_until`; after that nothing of his is believed.
"""

import asyncio
import time
from collections.abc import Callable, Mapping
from contextlib import suppress
from http.client import HTTPException
from math import inf
from pathlib import Path
from typing import Any
from urllib.error import HTTPError
from urllib.request import HTTPRedirectHandler, ProxyHandler, Request, build_opener

from joserfc.errors import JoseError
from joserfc.jwk import Key, import_key

from baseregistry.access import objects
from baseregistry.errors import NotAllowed, Unavailable
from baseregistry.telemetry import logs

LARGEST = 262_144  # bytes
MOST_KEYS = 100
TIMEOUT = 5.0  # seconds of silence
DEADLINE = 10.0  # seconds for the whole
PAUSE = 10.0  # seconds between fetches that requests cause, and between those that fail
SHORTEST_RSA = 2048  # bits (RFC 7518, section 3.3)
ASYMMETRIC = ("RSA", "EC", "OKP")
LOG = logs.logger("issuers")


class UnknownKey(NotAllowed):
    """No key of the token's id: it may have come since `keys` were fetched."""

    def __init__(self, keys: "Keys") -> None:
        super().__init__(
            "The token is signed with a key that its issuer does not publish.",
            code="access.bad_token",
            hint="Ask the identity provider for another token.",
        )
        self.keys = keys


class KeysUnreachable(Unavailable):
    """The issuer's keys were never had, or are too old."""

    def __init__(self, keys: "Keys") -> None:
        super().__init__(
            "The keys of the token's issuer cannot be fetched, so no token of his can be checked.",
            code="access.keys_unreachable",
            hint="Repeat later; whoever runs the service finds the reason in its log.",
        )
        self.keys = keys


class Keys:
    """The keys at a location: an ``https`` URL, a URL on this machine, or a file."""

    def __init__(self, location: str, keep: float, changed: Callable[[], None] = lambda: None) -> None:
        self.location = location
        self.good_until = 0.0  # seconds since 1970
        self.changed = changed
        self._keep = keep
        self._known: Mapping[str, Key] = {}
        self._published: bytes = b""
        self._tried = -inf
        self._fetching: asyncio.Task[bool] | None = None

    @classmethod
    def fixed(cls, known: Mapping[str, Key]) -> "Keys":
        """Keys that never change."""
        keys = cls("", inf)
        keys._known, keys.good_until, keys._tried = known, inf, inf
        return keys

    def find(self, kid: str) -> Key:
        """The key of an id.  Raises `UnknownKey` or `KeysUnreachable`."""
        if time.time() >= self.good_until:
            raise KeysUnreachable(self)
        found = self._known.get(kid)
        if found is None:
            raise UnknownKey(self)
        return found

    def may_ask(self) -> bool:
        """Whether a request may cause, or join, a fetch now."""
        return self._fetching is not None or time.monotonic() - self._tried >= PAUSE

    async def refresh(self) -> bool:
        """Fetch the keys; whoever asks meanwhile waits for the same answer.  Whether they could be had."""
        if self._fetching is None:
            self._fetching = asyncio.create_task(self._fetch())
        return await asyncio.shield(self._fetching)

    async def keep_fresh(self, every: float) -> None:
        """Fetch the keys again and again, for as long as it is not cancelled."""
        had = True
        while True:
            await asyncio.sleep(every if had else min(every, PAUSE))
            had = await self.refresh()

    async def close(self) -> None:
        """Give up a fetch that is under way."""
        if self._fetching:
            self._fetching.cancel()
            with suppress(asyncio.CancelledError):
                await self._fetching

    async def _fetch(self) -> bool:
        self._tried = time.monotonic()
        try:
            raw = await asyncio.wait_for(asyncio.to_thread(fetched, self.location), DEADLINE + TIMEOUT)
            known = read(raw)
        except (OSError, HTTPException, ValueError) as failure:
            LOG.warning("keys_unreachable", location=self.location, reason=type(failure).__name__)
            return False
        finally:
            self._fetching = None
        self.good_until = time.time() + self._keep
        if raw != self._published:
            self._known, self._published = known, raw
            LOG.info("keys_changed", location=self.location, keys=sorted(known))
            self.changed()
        return True


def fetched(location: str) -> bytes:
    """What stands at a location, at most `LARGEST` bytes; redirects are not followed.

    Raises OSError or HTTPException when it cannot be had, ValueError when it is larger.
    """
    if location.startswith("/"):
        with Path(location).open("rb") as file:
            return _bounded(file.read, location)
    proxies = [ProxyHandler({})] if location.startswith("http:") else []  # what stays on this machine stays there
    asked = Request(location, headers={"Accept": "application/jwk-set+json, application/json"})
    try:
        with build_opener(_Stay, *proxies).open(asked, timeout=TIMEOUT) as response:
            return _bounded(response.read1, location)
    except HTTPError as failure:
        failure.close()
        raise OSError(f"status {failure.code}") from None


class _Stay(HTTPRedirectHandler):
    """Who may redirect us could name a server of his own."""

    def redirect_request(self, *_: Any) -> None:
        return None


def _bounded(take: Callable[[int], bytes], location: str) -> bytes:
    ends, got = time.monotonic() + DEADLINE, bytearray()
    while more := take(65_536):
        got += more
        if len(got) > LARGEST:
            raise ValueError(f"more than {LARGEST:,} bytes at {location}")
        if time.monotonic() > ends:
            raise TimeoutError(f"{location} sends too slowly")
    return bytes(got)


def read(raw: bytes) -> dict[str, Key]:
    """The keys of a JWK Set that can verify a signature, by their ids; of an id that stands twice, none.

    What cannot be used is left out (RFC 7517, section 5).  Raises ValueError for what is no JWK Set.
    """
    published = objects.read(raw).get("keys")
    if not isinstance(published, list) or len(published) > MOST_KEYS:
        raise ValueError("not a JWK Set")
    ids = [one.get("kid") for one in published if isinstance(one, dict)]
    return {
        one["kid"]: key
        for one in published
        if isinstance(one, dict) and ids.count(one.get("kid")) == 1 and (key := _usable(one))
    }


def _usable(given: Mapping[str, Any]) -> Key | None:
    """A key whose owner means it to verify signatures, and that is public and long enough."""
    operations = given.get("key_ops", ["verify"])
    usable = (
        isinstance(given.get("kid"), str)
        and given.get("kty") in ASYMMETRIC
        and given.get("use", "sig") == "sig"
        and isinstance(operations, list)
        and "verify" in operations
        and "d" not in given
        and not (given["kty"] == "RSA" and len(str(given.get("n"))) * 6 < SHORTEST_RSA)
    )
    try:
        return import_key(dict(given)) if usable else None
    except (JoseError, ValueError, TypeError):
        return None

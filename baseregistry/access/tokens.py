"""Who calls: bearer tokens (JWT) of the configured issuers, or of the local one where none is configured.

A token is verified once; after that a request costs one look-up and a comparison of times.  Whatever changes an
issuer's keys empties the memory, and no entry outlives the keys it was verified with.
"""

import asyncio
import time
from collections import OrderedDict
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from math import inf
from typing import NamedTuple

from joserfc.jwk import OKPKey

from baseregistry.access import issuers
from baseregistry.access.certificates import SECRET, Certificates, thumbprint
from baseregistry.access.issuers import BadToken, Issuer, proves
from baseregistry.access.jwks import Keys, KeysUnreachable, UnknownKey
from baseregistry.access.local import AUDIENCE, BELIEVED, ISSUER, KEY_FILE, issue, signing_key
from baseregistry.errors import NotAllowed
from baseregistry.settings import Settings

__all__ = ["ANONYMOUS", "AUDIENCE", "ISSUER", "KEY_FILE", "Caller", "Verifier", "issue", "signing_key"]

LARGEST_TOKEN = 8192  # bytes
MOST_REMEMBERED = 4096
LEEWAY = 5  # seconds by which clocks may differ, where no setting says otherwise
HINT = "Make a token with `baseregistry token` and send it as `Authorization: Bearer …`."
ASK = "Ask the identity provider for a token and send it as `Authorization: Bearer …`."
ONCE = {b"authorization", SECRET, b"x-purpose", b"x-case", b"x-official"}  # headers on which access rests


@dataclass(frozen=True, slots=True)
class Caller:
    """Who asks: the subject of the token, and until when the token holds (seconds since 1970).

    A subject is one only together with its issuer: two issuers may name two people alike.  `key` is the id of the key
    that signed, `leeway` the seconds by which clocks may differ.
    """

    subject: str
    not_before: float
    expires: float
    client: str | None = None
    issuer: str = ""
    key: str = ""
    leeway: float = LEEWAY

    @property
    def person(self) -> tuple[str, str]:
        """Who it is, among all issuers."""
        return self.issuer, self.subject


ANONYMOUS = Caller("", -inf, inf)


class Remembered(NamedTuple):
    """A verified token: between these moments it holds without another look."""

    caller: Caller
    since: float
    until: float


class Verifier:
    """Tells who calls from the headers of a request; remembers the tokens it has verified, up to a number.

    Raises Refused or Unavailable when made, where there is neither an issuer nor a key of the local one.
    """

    def __init__(self, settings: Settings) -> None:
        self._remembered: OrderedDict[bytes | tuple[bytes, bytes], Remembered] = OrderedDict()
        self._leeway = settings.token_leeway
        self._every = settings.keys_refresh_seconds
        self._certificates = Certificates(settings)
        self._once = ONCE | {self._certificates.header}
        self._hint = ASK if settings.issuers else HINT
        believed = [
            Issuer(each, Keys(each.keys, settings.keys_keep_seconds, self._remembered.clear), self._leeway)
            for each in settings.issuers
        ] or [local(settings)]
        self._issuers = {each.believed.issuer: each for each in believed}

    @asynccontextmanager
    async def kept(self) -> AsyncIterator["Verifier"]:
        """The issuers' keys are fetched, and kept fresh while the block lasts; who is not reached is asked again."""
        all_keys = [each.keys for each in self._issuers.values() if each.keys.location]
        await asyncio.gather(*(keys.refresh() for keys in all_keys))
        tasks = [asyncio.create_task(keys.keep_fresh(self._every)) for keys in all_keys]
        try:
            yield self
        finally:
            for task in tasks:
                task.cancel()
            await asyncio.gather(*tasks, *(keys.close() for keys in all_keys), return_exceptions=True)

    async def asking(self, headers: Mapping[bytes, bytes], received: Sequence[tuple[bytes, bytes]]) -> Caller:
        """Who sends these headers (`received`: as they came, also those that came twice).

        For a key that is not known yet, its issuer is asked once.  Raises `NotAllowed`, or `Unavailable` when his keys
        cannot be had.
        """
        certificate = self._presented(headers, received)
        header = headers.get(b"authorization")
        try:
            return self.caller(header, certificate)
        except (UnknownKey, KeysUnreachable) as failure:
            if not failure.keys.may_ask():
                raise
            await failure.keys.refresh()
            return self.caller(header, certificate)

    async def caller_or_anonymous(
        self, headers: Mapping[bytes, bytes], received: Sequence[tuple[bytes, bytes]]
    ) -> Caller:
        """As `asking`; who sends no `Authorization` at all is `ANONYMOUS`.  A token that does not hold is refused."""
        if b"authorization" in headers:
            return await self.asking(headers, received)
        self._presented(headers, received)
        return ANONYMOUS

    def caller(self, header: bytes | None, certificate: bytes | None = None) -> Caller:
        """The caller named by an ``Authorization`` header, by what is known now; `certificate`: what the trusted proxy
        says of his.  Raises `NotAllowed` when there is none, or none that holds now, and `KeysUnreachable`."""
        if header is None:
            raise NotAllowed("The request has no token.", code="access.no_token", hint=self._hint)
        found = self._remembered.get(header if certificate is None else (header, certificate))
        if found is None or not found.since <= time.time() < found.until:
            found = self._looked_at(header, certificate, found)
        return found.caller

    def hold(self, caller: Caller) -> None:
        """Raise `UnknownKey` or `KeysUnreachable` when the key that signed a caller's token is believed no more."""
        issuer = self._issuers.get(caller.issuer)
        if issuer is not None and caller.key:
            issuer.keys.find(caller.key)

    def _presented(self, headers: Mapping[bytes, bytes], received: Sequence[tuple[bytes, bytes]]) -> bytes | None:
        if len(headers) != len(received):
            self._refuse_repeated(received)
        return self._certificates.presented(headers) if self._certificates.header else None

    def _refuse_repeated(self, received: Sequence[tuple[bytes, bytes]]) -> None:
        names = [name for name, _ in received if name in self._once]
        if len(names) != len(set(names)):
            raise NotAllowed(
                "A header that says who asks, or what for, came twice.",
                code="access.repeated_header",
                hint="Send it once; between client and service, let no proxy add another.",
            )

    def _looked_at(self, header: bytes, certificate: bytes | None, last: Remembered | None) -> Remembered:
        key = header if certificate is None else (header, certificate)
        self._remembered.pop(key, None)
        if (
            last
            and not last.caller.not_before - self._leeway <= (now := time.time()) < last.caller.expires + self._leeway
        ):
            reason = "does not hold yet" if now < last.caller.expires else "has ended"
            raise NotAllowed(f"The token {reason}.", code="access.token_expired", hint=self._hint)
        found = self._remembered[key] = self._verified(header, certificate)
        while len(self._remembered) > MOST_REMEMBERED:
            self._remembered.popitem(last=False)
        return found

    def _verified(self, header: bytes, certificate: bytes | None) -> Remembered:
        scheme, _, text = header.partition(b" ")
        if scheme.lower() != b"bearer" or not text or len(text) > LARGEST_TOKEN:
            raise NotAllowed("The Authorization header holds no bearer token.", code="access.no_token", hint=self._hint)
        try:
            token = issuers.read(text.strip(b" "))
            issuer = self._issuers.get(token.issuer)
            if issuer is None:
                raise BadToken("iss")
            said = issuer.verified(token)
        except BadToken:
            raise NotAllowed(
                "The token is not one that is believed here, or does not hold now.",
                code="access.bad_token",
                hint=self._hint,
            ) from None
        if not proves(said.bound, thumbprint(certificate) if certificate else None):
            raise NotAllowed(
                "The token is bound to a certificate that the request does not come with.",
                code="access.wrong_certificate",
                hint="Connect with the certificate with which the token was asked for (RFC 8705).",
            )
        caller = Caller(said.subject, said.not_before, said.expires, said.client, token.issuer, token.kid, self._leeway)
        until = min(said.expires + self._leeway, issuer.keys.good_until)
        return Remembered(caller, said.not_before - self._leeway, until)


def local(settings: Settings) -> Issuer:
    """The local issuer.  Raises as `signing_key`."""
    private = signing_key(settings)
    public = OKPKey.import_key(private.as_dict(private=False))
    return Issuer(BELIEVED, Keys.fixed({private.thumbprint(): public}), settings.token_leeway)

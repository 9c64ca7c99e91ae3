"""Tokens of the local issuer: who calls, said by a signed JWT (RFC 7519, Ed25519 after RFC 9864).

The embedded mode has no identity provider, so the service keeps a signing key of its own in its data
folder.  A token is verified once; after that a request costs one look-up and a comparison of times.
"""

import os
import time
import uuid
from collections import OrderedDict
from dataclasses import dataclass
from pathlib import Path

import orjson
from joserfc import jwt
from joserfc.errors import JoseError
from joserfc.jwk import OKPKey

from baseregistry.errors import NotAllowed, Unavailable
from baseregistry.settings import Settings

ISSUER = "baseregistry:local"
AUDIENCE = "baseregistry"
ALGORITHMS = ["Ed25519"]
KEY_FILE = "issuer.jwk"
LARGEST_TOKEN = 8192  # bytes
MOST_REMEMBERED = 4096
LEEWAY = 5  # seconds by which clocks may differ
HINT = "Make a token with `baseregistry token` and send it as `Authorization: Bearer …`."


@dataclass(frozen=True, slots=True)
class Caller:
    """Who asks: the subject of the token, and until when the token holds (seconds since 1970)."""

    subject: str
    not_before: float
    expires: float


def issue(settings: Settings, subject: str, hours: float = 12) -> str:
    """A token for `subject`, good for `hours` from now."""
    now = int(time.time())
    claims = {
        "iss": ISSUER,
        "aud": AUDIENCE,
        "sub": subject,
        "iat": now,
        "nbf": now,
        "exp": now + int(hours * 3600),
        "jti": str(uuid.uuid4()),
    }
    key = signing_key(settings)
    return jwt.encode({"alg": "Ed25519", "typ": "at+jwt", "kid": key.thumbprint()}, claims, key, algorithms=ALGORITHMS)


def signing_key(settings: Settings) -> OKPKey:
    """The issuer's private key (mode 0600), made when first needed.  Raises Unavailable when others could read it."""
    path = settings.data / KEY_FILE
    try:
        if not path.exists():
            _make(path)
        if path.stat().st_mode & 0o077:
            raise Unavailable(
                f"The signing key {path} can be read by others.",
                code="access.key_exposed",
                hint="Delete it (all tokens end) or, if nobody else was there, set its mode to 0600.",
            )
        return OKPKey.import_key(orjson.loads(path.read_bytes()))
    except (OSError, ValueError, JoseError) as failure:
        raise Unavailable(
            f"The signing key {path} cannot be used: {failure}",
            code="access.key_unreadable",
            hint="Check the data folder (BASEREGISTRY_DATA); a deleted key is made anew and all tokens end.",
        ) from failure


def _make(path: Path) -> None:
    """Write a new key; of two processes that try at once, the first one's key stands."""
    path.parent.mkdir(parents=True, exist_ok=True)
    draft = path.with_suffix(f".{os.getpid()}")
    key = OKPKey.generate_key("Ed25519")
    with os.fdopen(os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "wb") as file:
        file.write(orjson.dumps(key.as_dict(private=True)))
    try:
        os.link(draft, path)
    except FileExistsError:
        pass
    finally:
        draft.unlink()


class Verifier:
    """Tells who calls from an ``Authorization`` header; remembers the tokens it has verified, up to a number."""

    def __init__(self, settings: Settings) -> None:
        private = signing_key(settings)
        self._key = OKPKey.import_key(private.as_dict(private=False))
        self._rules = jwt.JWTClaimsRegistry(
            leeway=LEEWAY,
            iss={"essential": True, "value": ISSUER},
            aud={"essential": True, "value": AUDIENCE},
            sub={"essential": True},
            exp={"essential": True},
            nbf={"essential": True},
        )
        self._remembered: OrderedDict[bytes, Caller] = OrderedDict()

    def caller(self, header: bytes | None) -> Caller:
        """The caller named by the header; raises `NotAllowed` when there is none, or none that holds now."""
        if header is None:
            raise NotAllowed("The request has no token.", code="access.no_token", hint=HINT)
        caller = self._remembered.get(header)
        if caller is None:
            caller = self._remember(header)
        if not caller.not_before - LEEWAY <= time.time() < caller.expires + LEEWAY:
            self._remembered.pop(header, None)
            raise NotAllowed("The token has ended or does not hold yet.", code="access.token_expired", hint=HINT)
        return caller

    def _remember(self, header: bytes) -> Caller:
        caller = self._verified(header)
        self._remembered[header] = caller
        while len(self._remembered) > MOST_REMEMBERED:
            self._remembered.popitem(last=False)
        return caller

    def _verified(self, header: bytes) -> Caller:
        scheme, _, token = header.partition(b" ")
        if scheme.lower() != b"bearer" or not token or len(token) > LARGEST_TOKEN:
            raise NotAllowed("The Authorization header holds no bearer token.", code="access.no_token", hint=HINT)
        try:
            claims = jwt.decode(token.strip(), self._key, algorithms=ALGORITHMS).claims
            self._rules.validate(claims)
            return Caller(str(claims["sub"]), float(claims["nbf"]), float(claims["exp"]))
        except (JoseError, ValueError, TypeError) as failure:
            raise NotAllowed(
                "The token is not one of this service's, or does not hold now.", code="access.bad_token", hint=HINT
            ) from failure

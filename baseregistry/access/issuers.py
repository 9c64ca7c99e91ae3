"""Whom we believe, and what must hold of a token (RFC 7519 and 8725; RFC 9068, and what Keycloak sends).

The token's text names an issuer and a key; which issuers, algorithms and keys there are, only the settings and the
issuer's own key set say.  Nothing a token brings along (a key, the address of one) is ever looked at.
"""

import hmac
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from joserfc import jws, jwt
from joserfc.errors import JoseError
from joserfc.util import urlsafe_b64decode

from baseregistry.access import objects
from baseregistry.access.jwks import Keys
from baseregistry.settings import Issuer as Believed

UNDERSTOOD = {"alg", "kid", "typ", "x5t", "x5t#S256"}  # jwk, jku, x5c, x5u, crit, b64 are refused, known or not
TYPES = {"at+jwt", "application/at+jwt", "jwt"}
BEARER = (None, "Bearer")  # Keycloak's `typ`; its ID, refresh and DPoP tokens have others
LONGEST_NAME = 255
LAST_MOMENT = 253_402_300_800  # the year 10000


class BadToken(ValueError):
    """The token is not what it should be; says nothing of what stands in it."""


@dataclass(frozen=True, slots=True)
class Read:
    """A token taken apart and not yet believed."""

    text: bytes
    kid: str
    algorithm: str
    claims: Mapping[str, Any]

    @property
    def issuer(self) -> str:
        """Who is said to have issued it."""
        return str(self.claims.get("iss"))


@dataclass(frozen=True, slots=True)
class Verified:
    """What a token says, once it is believed; `bound`: thumbprint of the certificate without which it is worth nothing."""

    subject: str
    client: str | None
    not_before: float
    expires: float
    bound: str | None


def read(token: bytes) -> Read:
    """Take a token apart.  Raises `BadToken`."""
    try:
        first, second, _ = token.split(b".")
        header, claims = objects.read(urlsafe_b64decode(first)), objects.read(urlsafe_b64decode(second))
    except (ValueError, TypeError):
        raise BadToken("not a JWT") from None
    kid, algorithm, kind = header.get("kid"), header.get("alg"), header.get("typ")
    if not header.keys() <= UNDERSTOOD or not (isinstance(kid, str) and isinstance(algorithm, str)):
        raise BadToken("header")
    if not isinstance(kind, str) or kind.lower() not in TYPES:
        raise BadToken("typ")
    return Read(token, kid, algorithm, claims)


class Issuer:
    """One issuer of the settings, and his keys."""

    def __init__(self, believed: Believed, keys: Keys, leeway: int) -> None:
        self.believed = believed
        self.keys = keys
        self._registry = jws.JWSRegistry(algorithms=believed.algorithms)
        self._rules = jwt.JWTClaimsRegistry(
            leeway=leeway,
            iss={"essential": True, "value": believed.issuer},
            aud={"essential": True, "value": believed.audience},
            exp={"essential": True},
        )

    def verified(self, token: Read) -> Verified:
        """What the token says, if it is his and holds now.

        Raises `BadToken`, `UnknownKey` or `KeysUnreachable`.
        """
        if token.algorithm not in self.believed.algorithms:
            raise BadToken("alg")
        key = self.keys.find(token.kid)
        try:
            jws.deserialize_compact(token.text, key, registry=self._registry)
            self._rules.validate(dict(token.claims))
        except (JoseError, ValueError, TypeError) as failure:
            raise BadToken(type(failure).__name__) from None
        return self._said(token.claims)

    def _said(self, claims: Mapping[str, Any]) -> Verified:
        subject = claims.get(self.believed.subject_claim)
        begins = [claims[name] for name in ("nbf", "iat") if name in claims]
        expires = claims["exp"]
        if not _is_name(subject) or not begins or claims.get("typ") not in BEARER:
            raise BadToken("claims")
        if not all(0 <= moment < LAST_MOMENT for moment in (*begins, expires)):
            raise BadToken("times")
        if expires - max(begins) > self.believed.longest_hours * 3600:
            raise BadToken("good for too long")
        return Verified(str(subject), self._client(claims), float(begins[0]), float(expires), self._bound(claims))

    def _client(self, claims: Mapping[str, Any]) -> str | None:
        said = next((claims[name] for name in self.believed.client_claims if claims.get(name) is not None), None)
        if said is not None and not _is_name(said):
            raise BadToken("client")
        return said

    def _bound(self, claims: Mapping[str, Any]) -> str | None:
        """RFC 8705; a confirmation of another kind (RFC 9449: DPoP) is one that is not checked here."""
        if "cnf" not in claims:
            if self.believed.bound:
                raise BadToken("not bound")
            return None
        match claims["cnf"]:
            case {"x5t#S256": str(said), **more} if said and not more:
                return said
        raise BadToken("cnf")


def proves(bound: str | None, thumbprint: str | None) -> bool:
    """Whether a caller with this certificate may use a token that is bound so."""
    return bound is None or (
        thumbprint is not None and hmac.compare_digest(bound.encode(errors="replace"), thumbprint.encode())
    )


def _is_name(said: object) -> bool:
    return isinstance(said, str) and 0 < len(said) <= LONGEST_NAME and said.isprintable()

"""Tokens that must open nothing: each differs in one thing from one that holds."""

import hmac
import json
import time
from collections.abc import Callable
from datetime import timedelta
from hashlib import sha256, sha512
from typing import Any

from joserfc.util import urlsafe_b64encode

from tests.access.provider import ISSUER, assembled, claims, rsa, signed

NOW = int(time.time())
FOREIGN = rsa("one-of-another")


def by_header(**header: Any) -> Callable[[], str]:
    return lambda: signed(rsa(), claims(), **header)


def by_claims(**changed: Any) -> Callable[[], str]:
    return lambda: signed(rsa(), claims(**changed))


def by_payload(payload: bytes) -> Callable[[], str]:
    return lambda: signed(rsa(), payload)


def unsigned(name: str) -> str:
    """A token without a signature, whose header says so."""
    header = urlsafe_b64encode(json.dumps({"alg": name, "typ": "JWT", "kid": "one"}).encode())
    return f"{header.decode()}.{signed(rsa(), claims()).split('.')[1]}."


def confused(name: str) -> str:
    """Signed with the text of the public key, as if it were a shared secret (which joserfc would not sign)."""
    header = urlsafe_b64encode(json.dumps({"alg": name, "typ": "JWT", "kid": "one"}).encode())
    text = header + b"." + urlsafe_b64encode(json.dumps(claims()).encode())
    digest = hmac.new(rsa().as_pem(private=False), text, {"HS256": sha256, "HS512": sha512}[name]).digest()
    return (text + b"." + urlsafe_b64encode(digest)).decode()


JWK = FOREIGN.as_dict(private=False)
FORGED: dict[str, Callable[[], str]] = {
    "none": lambda: unsigned("none"),
    "None": lambda: unsigned("None"),
    "no signature": lambda: signed(rsa(), claims()).rsplit(".", 1)[0] + ".",
    "HS256 by the public key": lambda: confused("HS256"),
    "HS512 by the public key": lambda: confused("HS512"),
    "RS512, not listed": lambda: signed(rsa("one"), claims(), "RS512"),
    "PS256, which the key is not for": lambda: signed(rsa("one"), claims(), "PS256"),
    "a foreign key": lambda: signed(FOREIGN, claims()),
    "a foreign key under a known id": lambda: signed(FOREIGN, claims(), kid="one"),
    "a key brought along": lambda: signed(FOREIGN, claims(), kid="one", jwk=JWK),
    "its own key brought along": by_header(jwk=rsa().as_dict(private=False)),
    "the address of keys": lambda: signed(FOREIGN, claims(), jku="https://evil.example/keys"),
    "the address of its own keys": by_header(jku="https://id.example/keys"),
    "the address of a certificate": by_header(x5u="https://evil.example/cert"),
    "a certificate": by_header(x5c=["MIIB"]),
    "critical b64": by_header(crit=["b64"], b64=True),
    "critical exp": by_header(crit=["exp"], exp=NOW + 60),
    "nothing critical": by_header(crit=[]),
    "b64": by_header(b64=True),
    "an unknown header": by_header(zip="DEF"),
    "no kid": by_header(kid=None),
    "a kid that is no text": by_header(kid=1),
    "an unknown kid": by_header(kid="two"),
    "a path as kid": by_header(kid="../../dev/null"),
    "no typ": by_header(typ=None),
    "a token of another kind": by_header(typ="logout+jwt"),
    "a header twice": lambda: assembled(
        rsa(), b'{"alg":"RS256","alg":"RS256","typ":"JWT","kid":"one"}', json.dumps(claims()).encode()
    ),
    "another issuer": by_claims(iss="https://evil.example"),
    "an issuer but for a slash": by_claims(iss=ISSUER + "/"),
    "no issuer": by_claims(iss=None),
    "issuers in a list": by_claims(iss=[ISSUER]),
    "another audience": by_claims(aud="account"),
    "other audiences": by_claims(aud=["account", "baseregistry2"]),
    "no audience": by_claims(aud=None),
    "an empty audience": by_claims(aud=[]),
    "an audience that is no text": by_claims(aud={"baseregistry": 1}),
    "no subject": by_claims(sub=None),
    "an empty subject": by_claims(sub=""),
    "a subject that is no text": by_claims(sub=7),
    "a subject with a line end": by_claims(sub="an\nbinh"),
    "half a character": by_claims(sub="\ud800"),
    "a long subject": by_claims(sub="a" * 256),
    "a client that is no text": by_claims(client_id=["tax"]),
    "expired": by_claims(exp=timedelta(seconds=-60)),
    "expired just beyond the leeway": by_claims(exp=timedelta(seconds=-6)),
    "no end": by_claims(exp=None),
    "an end that is text": by_claims(exp=str(NOW + 300)),
    "an end that is true": by_claims(exp=True),
    "an end beyond numbers": by_claims(exp=10**400),
    "an end that is no number": by_payload(
        json.dumps(claims()).replace(f'"exp": {claims()["exp"]}', '"exp": NaN').encode()
    ),
    "not yet valid": by_claims(nbf=timedelta(seconds=60)),
    "from the future": by_claims(iat=timedelta(seconds=60)),
    "of no time": by_claims(iat=None),
    "before all times": by_claims(nbf=-(10**400)),
    "good for too long": by_claims(exp=timedelta(hours=25)),
    "an ID token": by_claims(typ="ID"),
    "a refresh token": by_claims(typ="Refresh"),
    "bound by DPoP": by_claims(cnf={"jkt": "0ZcOCORZNYy-DWpqq30jZyJGHTN0d2HglBV3uiguA4I"}),
    "bound to nothing": by_claims(cnf={}),
    "a claim twice": by_payload(json.dumps(claims()).replace('"sub"', '"sub": "admin", "sub"').encode()),
    "a nested claim twice": by_payload(json.dumps(claims()).replace('"roles"', '"roles": [], "roles"', 1).encode()),
    "no object": by_payload(b"[1]"),
    "no JSON": by_payload(b"{"),
    "no UTF-8": by_payload(b'{"iss": "\xff"}'),
    "deep": by_payload(b'{"a":' + b"[" * 5000),
    "truncated": lambda: signed(rsa(), claims())[:-1],
    "two parts": lambda: ".".join(signed(rsa(), claims()).split(".")[:2]),
    "four parts": lambda: signed(rsa(), claims()) + ".e30",
    "padded": lambda: signed(rsa(), claims()) + "=",
    "not ASCII": lambda: signed(rsa(), claims()) + "é",
    "encrypted": lambda: "e30.e30.e30.e30.e30",
}

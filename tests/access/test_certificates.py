"""Tokens bound to a certificate (RFC 8705): worth nothing without it, and only the proxy may say who has it."""

import asyncio
from base64 import b64encode, urlsafe_b64encode
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from functools import cache
from hashlib import sha256
from pathlib import Path
from typing import Any
from urllib.parse import quote

import pytest
from cryptography import x509
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import Encoding
from cryptography.x509.oid import NameOID
from pydantic import ValidationError

from baseregistry.access.certificates import thumbprint
from baseregistry.access.tokens import Verifier
from baseregistry.errors import NotAllowed
from baseregistry.settings import Settings
from tests.access.provider import bearer, claims, knowing, published, rsa, signed

SECRET = "a-secret-that-only-the-proxy-knows"
HEADER = b"x-client-cert"


@cache
def certificate(name: str) -> x509.Certificate:
    """A certificate of this client's own making."""
    key, who = Ed25519PrivateKey.generate(), x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])
    made = x509.CertificateBuilder(who, who, key.public_key(), x509.random_serial_number())
    now = datetime.now(UTC)
    return made.not_valid_before(now).not_valid_after(now + timedelta(days=1)).sign(key, None)


def der(name: str = "tax") -> bytes:
    return certificate(name).public_bytes(Encoding.DER)


def pem(name: str = "tax") -> bytes:
    return certificate(name).public_bytes(Encoding.PEM)


def told(name: str = "tax") -> str:
    return urlsafe_b64encode(sha256(der(name)).digest()).rstrip(b"=").decode()


def nginx(name: str = "tax") -> bytes:
    return quote(pem(name)).encode()


def bound(name: str = "tax", **changed: Any) -> bytes:
    return bearer(signed(rsa(), claims(cnf={"x5t#S256": told(name)}, **changed)))


@pytest.fixture
def verifier(tmp_path: Path) -> Verifier:
    return knowing(tmp_path, published(rsa()), certificate_header="X-Client-Cert", proxy_secret=SECRET)


def come(verifier: Verifier, token: bytes, *more: tuple[bytes, bytes]) -> str:
    """The client, or the code of the refusal."""
    received: Sequence[tuple[bytes, bytes]] = [(b"authorization", token), *more]
    try:
        return str(asyncio.run(verifier.asking(dict(received), received)).client)
    except NotAllowed as refusal:
        return refusal.code if refusal.hint else "no hint"


def by_proxy(said: bytes) -> list[tuple[bytes, bytes]]:
    return [(HEADER, said), (b"x-proxy-secret", SECRET.encode())]


@pytest.mark.parametrize(
    "said",
    [
        nginx(),
        quote(pem(), safe="").encode(),
        pem().replace(b"\n", b"\t"),  # nginx's older variable
        quote(pem() + pem("another")).encode(),  # a chain, its own first
        b64encode(der()),
        quote(b64encode(der())).encode(),
        b":" + b64encode(der()) + b":",  # RFC 9440
        sha256(der()).hexdigest().encode(),
        sha256(der()).hexdigest().upper().encode(),
        told().encode(),
    ],
    ids=lambda _: "said",
)
def test_a_certificate_is_known_in_every_proxys_words(verifier: Verifier, said: bytes) -> None:
    assert thumbprint(said) == told()
    for _ in range(2):  # the second from memory
        assert come(verifier, bound(), *by_proxy(said)) == "land-office"


@pytest.mark.parametrize("said", [b"", b"%", b"-----BEGIN CERTIFICATE-----", b"::", b"\xff", b"AAA", pem()[:-40]])
def test_what_is_no_certificate_proves_nothing(verifier: Verifier, said: bytes) -> None:
    assert thumbprint(said) is None
    assert come(verifier, bound(), *by_proxy(said)) == "access.wrong_certificate"


def test_a_bound_token_is_worth_nothing_without_its_certificate(verifier: Verifier) -> None:
    token = bound()
    assert come(verifier, token) == "access.wrong_certificate"
    assert come(verifier, token, *by_proxy(nginx("another"))) == "access.wrong_certificate"
    assert come(verifier, token, *by_proxy(nginx())) == "land-office"
    assert come(verifier, token) == "access.wrong_certificate"  # although it is remembered
    assert come(verifier, token, *by_proxy(nginx("another"))) == "access.wrong_certificate"
    assert come(verifier, token, (b"x-proxy-secret", SECRET.encode())) == "access.wrong_certificate"


def test_a_header_that_no_proxy_sent_is_refused(verifier: Verifier) -> None:
    plain = bearer(signed(rsa(), claims()))
    for token in (plain, bound()):
        for forged in ([], [(b"x-proxy-secret", b"")], [(b"x-proxy-secret", SECRET.encode() + b"x")]):
            assert come(verifier, token, (HEADER, nginx()), *forged) == "access.untrusted_certificate"
    assert come(verifier, plain) == "land-office"
    assert come(verifier, plain, *by_proxy(nginx())) == "land-office"
    assert come(verifier, plain, (HEADER, nginx("another")), *by_proxy(nginx())) == "access.repeated_header"
    with pytest.raises(NotAllowed) as refusal:
        asyncio.run(verifier.caller_or_anonymous({HEADER: nginx()}, [(HEADER, nginx())]))
    assert refusal.value.code == "access.untrusted_certificate"


def test_no_header_is_believed_where_none_is_set(tmp_path: Path) -> None:
    verifier = knowing(tmp_path, published(rsa()))
    assert come(verifier, bound(), *by_proxy(nginx())) == "access.wrong_certificate"
    with pytest.raises(ValidationError, match="header alone"):
        Settings(certificate_header="X-Client-Cert")
    with pytest.raises(ValidationError):
        Settings(certificate_header="X-Client-Cert", proxy_secret="short")


def test_an_issuer_may_have_to_bind(tmp_path: Path) -> None:
    settings = {"certificate_header": "X-Client-Cert", "proxy_secret": SECRET, "bound": True}
    verifier = knowing(tmp_path, published(rsa()), **settings)
    assert come(verifier, bearer(signed(rsa(), claims())), *by_proxy(nginx())) == "access.bad_token"
    assert come(verifier, bound(), *by_proxy(nginx())) == "land-office"

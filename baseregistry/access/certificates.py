"""The client's certificate (RFC 8705), as the proxy that ended the TLS connection passes it on in a header.

A header can be sent by anybody, so the proxy proves itself with a secret that only it and the service know: an
address would prove nothing where every process of the machine has it.
"""

import binascii
import hmac
import re
from base64 import b64decode, urlsafe_b64encode
from collections.abc import Mapping
from hashlib import sha256
from urllib.parse import unquote_to_bytes

from baseregistry.errors import NotAllowed
from baseregistry.settings import Settings

SECRET = b"x-proxy-secret"
HEX = re.compile(rb"[0-9A-Fa-f]{64}")
BASE64URL = re.compile(rb"[A-Za-z0-9_-]{43}")
PEM = re.compile(rb"-----BEGIN CERTIFICATE-----(.+?)-----END CERTIFICATE-----", re.DOTALL)


class Certificates:
    """Reads the header of the settings, and only of the proxy that knows the secret."""

    def __init__(self, settings: Settings) -> None:
        self.header = (settings.certificate_header or "").lower().encode()
        self._secret = settings.proxy_secret.get_secret_value().encode() if settings.proxy_secret else b""

    def presented(self, headers: Mapping[bytes, bytes]) -> bytes | None:
        """What the proxy says of the client's certificate.  Raises `NotAllowed` when somebody else says it."""
        said = headers.get(self.header) if self.header else None
        if not said:
            return None
        if not self._secret or not hmac.compare_digest(headers.get(SECRET, b""), self._secret):
            raise NotAllowed(
                "The request carries a certificate in a header, but does not come from the trusted proxy.",
                code="access.untrusted_certificate",
                hint="Leave the header out; the proxy sets it.",
            )
        return said


def thumbprint(said: bytes) -> str | None:
    """The SHA-256 thumbprint (base64url) in a header; None when there is none in it.

    Understood: PEM, also escaped as in a URL (nginx); DER in base64, also between colons (RFC 9440) or escaped; a
    thumbprint in hexadecimal or base64url.  Of a chain, the first.
    """
    value = unquote_to_bytes(said).strip()
    if HEX.fullmatch(value):
        return _told(bytes.fromhex(value.decode()))
    if BASE64URL.fullmatch(value):
        return value.decode()
    found = PEM.search(value)
    body = b"".join((found[1] if found else value.strip(b":")).split())
    try:
        der = b64decode(body, validate=True)
    except binascii.Error:
        return None
    return _told(sha256(der).digest()) if der else None


def _told(digest: bytes) -> str:
    return urlsafe_b64encode(digest).rstrip(b"=").decode()

"""An identity provider for the tests: keys, tokens as Keycloak makes them, and a real server that publishes the keys."""

import asyncio
import json
import threading
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from datetime import timedelta
from functools import cache
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest
from joserfc import jws
from joserfc.jwk import ECKey, OKPKey, RSAKey
from joserfc.util import urlsafe_b64encode

from baseregistry.access.tokens import Verifier
from baseregistry.errors import NotAllowed
from baseregistry.settings import Issuer, Settings

Private = RSAKey | ECKey | OKPKey
ISSUER = "https://id.example/realms/province"
AUDIENCE = "baseregistry"


@cache
def rsa(name: str = "one", bits: int = 2048) -> RSAKey:
    """A key that is made once for each name."""
    return RSAKey.generate_key(bits, {"kid": name, "use": "sig", "alg": "RS256"})


def claims(**changed: Any) -> dict[str, Any]:
    """What a service account of Keycloak's has in its access token.

    A claim changed to None is left out; a moment given as a time span is that far from now.
    """
    now = int(time.time())
    changed = {n: now + int(v.total_seconds()) if isinstance(v, timedelta) else v for n, v in changed.items()}
    said = {
        "exp": now + 300,
        "iat": now,
        "jti": "trrtcc:6b4b6a3e-93f8-4a57-8b6e-6c2f6a7f1f3d",
        "iss": ISSUER,
        "aud": [AUDIENCE, "account"],
        "sub": "f7a0d9f2-6e9d-4b69-9c43-4d2c2d6a5f60",
        "typ": "Bearer",
        "azp": "land-office",
        "acr": "1",
        "realm_access": {"roles": ["default-roles-province", "offline_access", "uma_authorization"]},
        "resource_access": {"account": {"roles": ["manage-account", "view-profile"]}},
        "scope": "profile email",
        "clientHost": "10.1.2.3",
        "email_verified": False,
        "preferred_username": "service-account-land-office",
        "clientAddress": "10.1.2.3",
        "client_id": "land-office",
    }
    return {name: value for name, value in {**said, **changed}.items() if value is not None}


def signed(key: Any, said: Mapping[str, Any] | bytes, algorithm: str = "RS256", **header: Any) -> str:
    """A token of these claims (or of these bytes); a header changed to None is left out."""
    whole = {"alg": algorithm, "typ": "JWT", "kid": getattr(key, "kid", None), **header}
    shown = {name: value for name, value in whole.items() if value is not None}
    return assembled(key, json.dumps(shown).encode(), said if isinstance(said, bytes) else json.dumps(said).encode())


def assembled(key: Any, header: bytes, payload: bytes) -> str:
    """A token of these very bytes, signed as its header says, whatever else it says."""
    text = urlsafe_b64encode(header) + b"." + urlsafe_b64encode(payload)
    algorithm = jws.JWSRegistry.algorithms[json.loads(header)["alg"]]
    return (text + b"." + urlsafe_b64encode(algorithm.sign(text, key))).decode()


def bearer(token: str) -> bytes:
    """The value of the header."""
    return b"Bearer " + token.encode()


def published(*keys: Private) -> bytes:
    """A JWK Set."""
    return json.dumps({"keys": [key.as_dict(private=False) for key in keys]}).encode()


@dataclass
class Provider:
    """What the server answers next, and how often it was asked."""

    body: bytes
    status: int = 200
    headers: dict[str, str] = field(default_factory=dict)
    delay: float = 0
    asked: int = 0
    url: str = ""


@contextmanager
def serving(body: bytes) -> Iterator[Provider]:
    """A provider on a free port of this machine."""
    provider = Provider(body)

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            provider.asked += 1
            time.sleep(provider.delay)
            self.send_response(provider.status)
            for name, value in provider.headers.items():
                self.send_header(name, value)
            self.send_header("Content-Length", str(len(provider.body)))
            self.end_headers()
            with suppress(BrokenPipeError, ConnectionResetError):  # whoever asked has given up
                self.wfile.write(provider.body)

        def log_message(self, *_: Any) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    provider.url = f"http://127.0.0.1:{server.server_port}/certs"
    thread = threading.Thread(target=server.serve_forever, args=(0.05,))
    thread.start()
    try:
        yield provider
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


def settings(keys: str, data: Any = "/nowhere", **changed: Any) -> Settings:
    """Settings that believe this provider; what is no setting of the service is one of the issuer."""
    ours = {name: changed.pop(name) for name in list(changed) if name in Settings.model_fields}
    issuer = Issuer(**{"issuer": ISSUER, "audience": AUDIENCE, "keys": keys, **changed})
    return Settings(**{"data": data, "issuers": (issuer,), **ours})


def knowing(folder: Path, body: bytes, **changed: Any) -> Verifier:
    """A verifier that has fetched this JWK Set from a file."""
    path = folder / "keys.json"
    path.write_bytes(body)
    verifier = Verifier(settings(str(path), **changed))
    asyncio.run(fetched(verifier))
    return verifier


async def fetched(verifier: Verifier) -> None:
    """Let it fetch its issuers' keys."""
    async with verifier.kept():
        pass


def refused(verifier: Verifier, token: str | bytes, certificate: bytes | None = None) -> str:
    """The code of the refusal."""
    header = token if isinstance(token, bytes) else bearer(token)
    with pytest.raises(NotAllowed) as refusal:
        verifier.caller(header, certificate)
    assert refusal.value.hint
    return refusal.value.code

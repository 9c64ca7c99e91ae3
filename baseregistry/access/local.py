"""The local issuer: a signing key in the data folder, for the time before an identity provider is connected.

Whoever may read the data folder can be anybody, so it is closed as soon as an issuer is configured or the
installation says that it is a production one.
"""

import os
import time
import uuid
from pathlib import Path
from typing import Final

import orjson
from joserfc import jwt
from joserfc.errors import JoseError
from joserfc.jwk import OKPKey

from baseregistry.errors import Refused, Unavailable
from baseregistry.settings import Issuer, Settings

ISSUER = "baseregistry:local"
AUDIENCE = "baseregistry"
CLIENT = "local"
ALGORITHM: Final = "Ed25519"  # RFC 9864
KEY_FILE = "issuer.jwk"
LONGEST = 24 * 366  # hours
BELIEVED = Issuer.model_construct(
    issuer=ISSUER, audience=AUDIENCE, keys="", algorithms=(ALGORITHM,), longest_hours=LONGEST
)


def issue(settings: Settings, subject: str, hours: float = 12, client: str = CLIENT) -> str:
    """A token for `subject` at `client`, good for `hours` from now.  Raises as `signing_key`."""
    now = int(time.time())
    claims = {
        "iss": ISSUER,
        "aud": AUDIENCE,
        "sub": subject,
        "client_id": client,
        "iat": now,
        "nbf": now,
        "exp": now + int(hours * 3600),
        "jti": str(uuid.uuid4()),
    }
    key = signing_key(settings)
    return jwt.encode({"alg": ALGORITHM, "typ": "at+jwt", "kid": key.thumbprint()}, claims, key, algorithms=[ALGORITHM])


def refuse_where_closed(settings: Settings) -> None:
    """Raise Refused where tokens come from an identity provider."""
    if settings.issuers or settings.production:
        found = "BASEREGISTRY_ISSUERS" if settings.issuers else "BASEREGISTRY_PRODUCTION"
        raise Refused(
            f"The local issuer is closed: {found} is set.",
            code="access.local_issuer_closed",
            hint="Ask the identity provider for a token; BASEREGISTRY_ISSUERS says which ones are believed.",
        )


def signing_key(settings: Settings) -> OKPKey:
    """The issuer's private key (mode 0600), made when first needed.

    Raises Refused where the local issuer is closed, Unavailable when others could read the key.
    """
    refuse_where_closed(settings)
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

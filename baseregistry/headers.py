"""Headers that every response carries, whichever door made it: what a browser may do with it, and nobody else's page.

A response that says something of its own (the pages have a policy with styles) keeps it.
"""

from collections.abc import Awaitable, Callable, MutableMapping
from typing import Any

from baseregistry.settings import Settings

Send = Callable[[MutableMapping[str, Any]], Awaitable[None]]
Headers = list[tuple[bytes, bytes]]

NOTHING = b"default-src 'none'; frame-ancestors 'none'; base-uri 'none'; form-action 'none'"
PAGE = (
    b"default-src 'none'; style-src 'self'; img-src data:; frame-ancestors 'none'; base-uri 'none'; form-action 'none'"
)
EVERY: Headers = [
    (b"x-content-type-options", b"nosniff"),
    (b"content-security-policy", NOTHING),
    (b"referrer-policy", b"no-referrer"),
    (b"cross-origin-resource-policy", b"same-origin"),
    (b"cross-origin-opener-policy", b"same-origin"),
]


def every(settings: Settings) -> Headers:
    """The headers of an installation: with ``Strict-Transport-Security`` where a proxy ends TLS in front."""
    if not settings.hsts_seconds:
        return EVERY
    return [*EVERY, (b"strict-transport-security", b"max-age=%d; includeSubDomains" % settings.hsts_seconds)]


def sending(send: Send, more: Headers) -> Send:
    """`send`, with the headers that a response does not have itself."""

    async def sent(message: MutableMapping[str, Any]) -> None:
        if message["type"] == "http.response.start":
            given = message["headers"]
            names = {name for name, _ in given}
            message["headers"] = [*given, *[header for header in more if header[0] not in names]]
        await send(message)

    return sent

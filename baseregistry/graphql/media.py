"""Which media type a response to a GraphQL request has, and which status (GraphQL over HTTP, draft of 2025).

Under ``application/json`` a request that was understood as HTTP is answered 200, whatever GraphQL
said; under ``application/graphql-response+json`` the status tells.
"""

from functools import lru_cache

JSON = b"application/json"
GRAPHQL = b"application/graphql-response+json"
JSONL = b"application/jsonl"
HTML = b"text/html"
EVENTS = b"text/event-stream"
RANGES = {
    b"*/*": JSON,
    b"application/*": JSON,
    JSON: JSON,
    GRAPHQL: GRAPHQL,
    JSONL: JSONL,
    EVENTS: EVENTS,
}


@lru_cache(maxsize=256)
def accepted(accept: bytes | None) -> bytes | None:
    """The media type to answer in, by the client's weights, then its order; None when it accepts neither."""
    if not accept:
        return JSON
    best, weight = None, 0.0
    for kind, q in weighted(accept):
        if q > weight and kind in RANGES:
            best, weight = RANGES[kind], q
    return best


@lru_cache(maxsize=256)
def wants_page(accept: bytes | None) -> bool:
    """Whether a browser asks: HTML ranks above what we answer in."""
    weights = dict(reversed(weighted(accept or b"")))
    ours = max(weights.get(JSON, 0.0), weights.get(GRAPHQL, 0.0))
    return weights.get(HTML, 0.0) > ours


@lru_cache(maxsize=256)
def is_json(content_type: bytes | None) -> bool:
    """Whether a body is JSON in UTF-8, as far as its Content-Type says."""
    kind, _, parameters = (content_type or b"").partition(b";")
    charset = parameters.replace(b" ", b"").replace(b'"', b"").lower()
    return kind.strip().lower() == JSON and charset in (b"", b"charset=utf-8")


def weighted(accept: bytes) -> list[tuple[bytes, float]]:
    """The terms of a header such as Accept, each with its weight, in the order given."""
    found = []
    for term in accept.lower().split(b","):
        kind, *parameters = (part.strip() for part in term.split(b";"))
        found.append((kind, _weight(parameters)))
    return found


def _weight(parameters: list[bytes]) -> float:
    for parameter in parameters:
        if parameter.startswith(b"q="):
            try:
                return float(parameter[2:])
            except ValueError:
                return 0.0
    return 1.0


def tags(if_none_match: bytes | None) -> list[bytes]:
    """The entity tags that a client has kept (RFC 9110, 13.1.2), as weak ones; ``*`` names none of ours."""
    if not if_none_match:
        return []
    found = [tag.strip().removeprefix(b"W/") for tag in if_none_match.split(b",")]
    return [b"W/" + tag for tag in found]

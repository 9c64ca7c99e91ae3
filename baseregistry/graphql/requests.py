"""From an HTTP request to what it asks, or to why it asks nothing (GraphQL over HTTP, sections on GET and POST)."""

from collections.abc import Awaitable, Callable, Mapping, MutableMapping
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import parse_qsl

import orjson

from baseregistry.graphql import limits, media

Scope = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[MutableMapping[str, Any]]]
Headers = list[tuple[bytes, bytes]]

TYPES = (("operationName", str), ("variables", dict), ("extensions", dict))


class BadRequest(Exception):
    """A request that is wrong as HTTP, before GraphQL sees it: its status, and the headers that go with it."""

    def __init__(self, status: int, code: str, message: str, headers: Headers | None = None) -> None:
        super().__init__(message)
        self.status = status
        self.headers = headers or []
        self.body = orjson.dumps({"errors": [{"message": message, "extensions": {"code": code}}]})


@dataclass(frozen=True, slots=True)
class Asked:
    """What a request asks."""

    text: str
    operation_name: str | None = None
    variables: Mapping[str, Any] = field(default_factory=dict)


async def asked(scope: Scope, headers: Mapping[bytes, bytes], receive: Receive) -> Asked:
    """What the request asks; raises `BadRequest`."""
    match scope["method"]:
        case "POST":
            return _posted(headers, await _body(headers, receive))
        case "GET" | "HEAD":
            return _got(scope["query_string"])
        case _:
            raise BadRequest(405, "http.bad_method", "Ask by POST or GET.", [(b"allow", b"GET, POST")])


def _posted(headers: Mapping[bytes, bytes], body: bytes) -> Asked:
    if not media.is_json(headers.get(b"content-type")):
        raise BadRequest(415, "http.bad_content_type", "Send the question as application/json in UTF-8.")
    try:
        given = orjson.loads(body)
    except orjson.JSONDecodeError as failure:
        raise BadRequest(400, "http.bad_json", f"The body is not JSON: {failure}.") from failure
    if not isinstance(given, dict):
        raise BadRequest(400, "http.bad_request", "The body is not a JSON object with a `query`.")
    return _checked(given)


def _got(query_string: bytes) -> Asked:
    given: dict[str, Any] = dict(parse_qsl(query_string.decode("latin-1"), keep_blank_values=True))
    for name in ("variables", "extensions"):
        try:
            given[name] = orjson.loads(given.get(name) or "null")
        except orjson.JSONDecodeError as failure:
            raise BadRequest(400, "http.bad_json", f"`{name}` is not JSON: {failure}.") from failure
    return _checked(given)


def _checked(given: Mapping[str, Any]) -> Asked:
    text = given.get("query")
    if not isinstance(text, str) or not text:
        raise BadRequest(400, "http.no_query", "The request has no `query` text.")
    for name, kind in TYPES:
        value = given.get(name)
        if value is not None and not isinstance(value, kind):
            raise BadRequest(400, "http.bad_request", f"`{name}` is of the wrong JSON type.")
    return Asked(text, given.get("operationName") or None, given.get("variables") or {})


async def _body(headers: Mapping[bytes, bytes], receive: Receive) -> bytes:
    length = headers.get(b"content-length", b"0")
    if length.isdigit() and int(length) > limits.LARGEST_BODY:
        raise _too_large()
    message = await receive()
    body: bytes = message.get("body", b"")
    if not message.get("more_body"):
        return body
    parts, size = [body], len(body)
    while message.get("more_body"):
        message = await receive()
        parts.append(message.get("body", b""))
        size += len(parts[-1])
        if size > limits.LARGEST_BODY:
            raise _too_large()
    return b"".join(parts)


def _too_large() -> BadRequest:
    return BadRequest(413, "http.too_large", f"The request is larger than {limits.LARGEST_BODY:,} bytes.")

"""From an HTTP request to what it asks, or to why it asks nothing (GraphQL over HTTP, sections on GET and POST).

A request names its document by its text, by the SHA-256 of a text that is known (`documentId`, or Apollo's
`persistedQuery`), or by both, which must agree.  A POST may hold a list of requests.
"""

import re
from collections.abc import Awaitable, Callable, Mapping, MutableMapping, Sequence
from hashlib import sha256
from types import MappingProxyType
from typing import Any, NamedTuple
from urllib.parse import parse_qsl

from baseregistry.graphql import media
from baseregistry.graphql.bodies import read
from baseregistry.graphql.limits import LARGEST_LIST, Limits
from baseregistry.graphql.refusals import BadRequest

Scope = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[MutableMapping[str, Any]]]

TYPES: dict[str, type | tuple[type, ...]] = {
    "operationName": str,
    "variables": (dict, list),
    "extensions": dict,
    "documentId": str,
}
SHA256 = re.compile("[0-9a-f]{64}", re.ASCII)
MOST_PARAMETERS = 20  # of a query string
NOTHING: Mapping[str, Any] = MappingProxyType({})


class Asked(NamedTuple):
    """What a request asks: the text of a document, or the digest of one, or both; `by_get`: nothing may change."""

    text: str
    operation_name: str | None = None
    variables: Mapping[str, Any] = NOTHING
    digest: bytes | None = None
    apollo: bool = False  # the digest came as Apollo's clients send it, and is answered in their words
    by_get: bool = False
    sets: Sequence[Mapping[str, Any]] | None = None  # of variables: the question is asked once for each


Batch = list["Asked | BadRequest"]


async def asked(scope: Scope, headers: Mapping[bytes, bytes], receive: Receive, limits: Limits) -> Asked | Batch:
    """What the request asks, or the list of what it asks; raises `BadRequest`."""
    match scope["method"]:
        case "POST":
            if not media.is_json(headers.get(b"content-type")):
                raise BadRequest(415, "http.bad_content_type", "Send the question as application/json in UTF-8.")
            return _posted(read(await _body(headers, receive, limits.body)), limits.batch)
        case "GET" | "HEAD":
            return _got(scope["query_string"], limits.body)
        case _:
            raise BadRequest(405, "http.bad_method", "Ask by POST or GET.", [(b"allow", b"GET, POST")])


def _posted(given: Any, most: int) -> Asked | Batch:
    if isinstance(given, dict):
        return checked(given)
    if not isinstance(given, list) or not given or not most:
        raise BadRequest(400, "http.bad_request", "The body is not a JSON object with a `query`.")
    if len(given) > most:
        raise BadRequest(
            400, "http.batch_too_long", f"The list holds {len(given):,} requests; at most {most:,} are answered."
        )
    return [_one_of_many(item) for item in given]


def _one_of_many(given: Any) -> "Asked | BadRequest":
    """One request of a list; a wrong one spoils no other."""
    try:
        if not isinstance(given, dict):
            raise BadRequest(400, "http.bad_request", "This item of the list is not a JSON object with a `query`.")
        return checked(given)
    except BadRequest as refusal:
        return refusal


def _got(query_string: bytes, most: int) -> Asked:
    if len(query_string) > most:
        raise BadRequest(414, "http.too_large", f"The request is larger than {most:,} bytes.")
    try:
        pairs = parse_qsl(
            query_string.decode("ascii"), keep_blank_values=True, errors="strict", max_num_fields=MOST_PARAMETERS
        )
    except ValueError as failure:
        raise BadRequest(
            400, "http.bad_request", f"The parameters are not UTF-8, escaped, at most {MOST_PARAMETERS}."
        ) from failure
    given: dict[str, Any] = dict(pairs)
    if len(given) < len(pairs):
        raise BadRequest(400, "http.bad_request", "A parameter is given twice.")
    for name in ("variables", "extensions"):
        given[name] = read(given[name].encode(), f"`{name}`") if given.get(name) else None
    if isinstance(given["variables"], list):
        raise BadRequest(400, "http.bad_request", "A list of `variables` is asked by POST.")
    return checked(given)._replace(by_get=True)


def checked(given: Mapping[str, Any]) -> Asked:
    """What one JSON object asks; raises `BadRequest`."""
    for name, value in given.items():
        if value is not None and name in TYPES and not isinstance(value, TYPES[name]):
            raise BadRequest(400, "http.bad_request", f"`{name}` is of the wrong JSON type.")
    text, variables, sets = given.get("query"), given.get("variables"), None
    if isinstance(variables, list):
        sets, variables = _sets(variables), None
    digest, apollo = None, False
    if given.get("extensions") or given.get("documentId"):
        digest, apollo = _digest(given.get("documentId"), given.get("extensions") or {})
    if not isinstance(text, str) or not text:
        if text or digest is None:
            raise BadRequest(400, "http.no_query", "The request has no `query` text.")
        text = ""
    elif digest is not None and sha256(text.encode()).digest() != digest:
        raise BadRequest(400, "http.hash_mismatch", "The `query` is another text than the one of this SHA-256.")
    return Asked(text, given.get("operationName") or None, variables or NOTHING, digest, apollo, sets=sets)


def _sets(given: list[Any]) -> list[Mapping[str, Any]]:
    if not given or not all(isinstance(one, dict) for one in given):
        raise BadRequest(400, "http.bad_request", "`variables` is neither an object nor a list of objects.")
    if len(given) > LARGEST_LIST:
        raise BadRequest(
            400,
            "http.batch_too_long",
            f"`variables` holds {len(given):,} sets; at most {LARGEST_LIST:,} are answered at once.",
        )
    return given


def _digest(document_id: str | None, extensions: Mapping[str, Any]) -> tuple[bytes | None, bool]:
    """The SHA-256 that a document is named by, and whether in Apollo's way."""
    persisted = extensions.get("persistedQuery")
    if persisted is None and document_id is None:
        return None, False
    if persisted is not None and document_id is not None:
        raise BadRequest(400, "http.bad_request", "The document is named twice, by `documentId` and `persistedQuery`.")
    if persisted is not None and (not isinstance(persisted, dict) or persisted.get("version") != 1):
        raise BadRequest(400, "http.bad_request", "`persistedQuery` is not of version 1.")
    said = persisted.get("sha256Hash") if persisted is not None else (document_id or "").removeprefix("sha256:")
    if (document_id or "sha256:").startswith("sha256:") and isinstance(said, str) and SHA256.fullmatch(said):
        return bytes.fromhex(said), persisted is not None
    raise BadRequest(
        400, "http.bad_request", "A document is named by its SHA-256 in 64 hexadecimal digits, lower case."
    )


async def _body(headers: Mapping[bytes, bytes], receive: Receive, most: int) -> bytes:
    length = headers.get(b"content-length", b"0")
    if length.isdigit() and int(length) > most:
        raise _too_large(most)
    message = await receive()
    body: bytes = message.get("body", b"")
    if not message.get("more_body"):
        return body
    parts, size = [body], len(body)
    while message.get("more_body"):
        message = await receive()
        parts.append(message.get("body", b""))
        size += len(parts[-1])
        if size > most:
            raise _too_large(most)
    return b"".join(parts)


def _too_large(most: int) -> BadRequest:
    return BadRequest(413, "http.too_large", f"The request is larger than {most:,} bytes.")

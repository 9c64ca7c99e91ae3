"""A request that GraphQL itself refuses, and how every refusal looks in a response.

A refused request has no `data`.  Codes are stable; a scalar's own code and hint win over the general ones.
"""

from collections.abc import Sequence
from typing import Any

import orjson
from graphql import GraphQLError

from baseregistry.errors import RegisterError

Headers = list[tuple[bytes, bytes]]

SYNTAX = "question.syntax"
INVALID = "question.invalid"
VARIABLES = "input.bad_variables"
UNKNOWN_DOCUMENT = "question.unknown_document"
NOT_FOUND = "PERSISTED_QUERY_NOT_FOUND"  # Apollo's own code and message: its clients look for either


class BadRequest(Exception):
    """A request that is wrong as HTTP, before GraphQL sees it: its status, and the headers that go with it."""

    def __init__(self, status: int, code: str, message: str, headers: Headers | None = None) -> None:
        super().__init__(message)
        self.status = status
        self.code = code
        self.headers = headers or []
        self.body = orjson.dumps({"errors": [{"message": message, "extensions": {"code": code}}]})


class Rejected(Exception):
    """The document, or the values given for its variables, are not a question of this schema."""

    status = 400
    retry_after = 5  # seconds, where the status is 429 or 503

    def __init__(self, code: str, errors: Sequence[GraphQLError]) -> None:
        super().__init__(errors[0].message)
        self.code = code
        self.errors = tuple(errors)


def retry_after(refusal: Rejected | RegisterError) -> int:
    """After how many seconds to ask again, where the status is 429 or 503."""
    return refusal.retry_after if isinstance(refusal, Rejected) else int(refusal.where.get("retry_after_seconds", 5))


def described(refusal: Rejected | RegisterError) -> list[dict[str, Any]]:
    """The entries of `errors`, each with `extensions.code`; never a statement of SQL, never a stack."""
    if isinstance(refusal, Rejected):
        return [
            {**error.formatted, "extensions": {"code": refusal.code, **(error.extensions or {})}}
            for error in refusal.errors
        ]
    extensions: dict[str, Any] = {"code": refusal.code}
    if refusal.hint:
        extensions["hint"] = refusal.hint
    if refusal.where:
        extensions["where"] = {name: _place(place) for name, place in refusal.where.items()}
    return [{"message": refusal.message, "extensions": extensions}]


def _place(place: object) -> str | list[str]:
    """A place as JSON: a tuple as a list."""
    return [str(one) for one in place] if isinstance(place, tuple) else str(place)


def unknown_document(apollo: bool) -> Rejected:
    """A document asked for by a digest that is not known; the client has to send its text once."""
    if apollo:
        return Rejected(NOT_FOUND, [GraphQLError("PersistedQueryNotFound")])
    said = "No document of this SHA-256 is known; send its `query` once, beside the `documentId`."
    return Rejected(UNKNOWN_DOCUMENT, [GraphQLError(said)])


def code_of(refusal: BadRequest | Rejected | RegisterError) -> str:
    """The code that its response says first."""
    if isinstance(refusal, Rejected):
        return str((refusal.errors[0].extensions or {}).get("code", refusal.code))
    return refusal.code

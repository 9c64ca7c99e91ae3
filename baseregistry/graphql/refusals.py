"""A request that GraphQL itself refuses, and how every refusal looks in a response.

A refused request has no `data`.  Codes are stable; a scalar's own code and hint win over the general ones.
"""

from collections.abc import Sequence
from typing import Any

from graphql import GraphQLError

from baseregistry.errors import RegisterError

SYNTAX = "question.syntax"
INVALID = "question.invalid"
VARIABLES = "input.bad_variables"


class Rejected(Exception):
    """The document, or the values given for its variables, are not a question of this schema."""

    def __init__(self, code: str, errors: Sequence[GraphQLError]) -> None:
        super().__init__(errors[0].message)
        self.code = code
        self.errors = tuple(errors)


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
        extensions["where"] = {name: str(place) for name, place in refusal.where.items()}
    return [{"message": refusal.message, "extensions": extensions}]

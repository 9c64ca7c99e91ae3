"""What became of changes that were not recorded, as GraphQL reports it: each error with the path of its root field.

A request of which nothing was recorded has no `data`, and the status of its first error; of one that recorded a part
every root field tells what became of it.
"""

import re
from collections.abc import Iterator, Sequence
from typing import Any

from graphql import GraphQLError

from baseregistry import db
from baseregistry.errors import RegisterError
from baseregistry.graphql.mutations.problems import Unreadable
from baseregistry.graphql.refusals import VARIABLES, Rejected, described, retry_after
from baseregistry.status import status_of
from baseregistry.telemetry import logs

PLACE = re.compile(r" has invalid value at \.?([\w.\[\]]+): ", re.ASCII)

INTERNAL: dict[str, Any] = {"message": "Something went wrong here.", "extensions": {"code": "register.internal"}}
logger = logs.logger("mutations")

Causes = Sequence[Rejected | RegisterError]


class Unrecorded(Rejected):
    """A request of which nothing was recorded; `status` is that of its first error, `retry_after` in seconds."""

    def __init__(self, errors: Sequence[GraphQLError]) -> None:
        told = [error for found in errors for error in worded(found)]
        super().__init__(VARIABLES, told)
        first = next(iter(causes(errors[0])), None)
        if first is not None:
            self.status = status_of(first) if isinstance(first, RegisterError) else first.status
            self.retry_after = retry_after(first)


def causes(error: GraphQLError) -> Causes:
    """The refusals behind an error of the execution; none where GraphQL itself refused a value.

    Raises what is behind it otherwise: that is a fault of the program.
    """
    match error.original_error:
        case Unreadable(found=found):
            return found
        case Rejected() | RegisterError() as refusal:
            return (refusal,)
        case None | GraphQLError():
            return ()
        case fault:
            raise fault


def _place(error: GraphQLError) -> dict[str, dict[str, str]]:
    """Where in a variable the value stands that GraphQL refuses, as its message has it."""
    found = PLACE.search(error.message)
    return {"where": {"path": found[1]}} if found else {}


def worded(error: GraphQLError) -> Iterator[GraphQLError]:
    """The errors of a response that an error of the execution stands for: with code, hint, place, and path."""
    behind = causes(error)
    if not behind:
        said = {"code": VARIABLES, **_place(error), **(error.extensions or {})}
        yield GraphQLError(error.message, nodes=error.nodes, path=error.path, extensions=said)
    for refusal in behind:
        for said in described(refusal):
            yield GraphQLError(said["message"], nodes=error.nodes, path=error.path, extensions=said["extensions"])


def beside(error: GraphQLError) -> Iterator[GraphQLError]:
    """As `worded`, where other changes of the request stand recorded and must be told: a fault of the program is logged,
    and told without a word of its own."""
    fault = _fault(error)
    if fault is None:
        yield from worded(error)
        return
    logger.error("failed", path=error.path, exc_info=fault)
    known = db.worded(fault)
    (said,) = described(known) if known else (INTERNAL,)
    yield GraphQLError(said["message"], nodes=error.nodes, path=error.path, extensions=said["extensions"])


def _fault(error: GraphQLError) -> Exception | None:
    match error.original_error:
        case None | GraphQLError() | Unreadable() | Rejected() | RegisterError():
            return None
        case fault:
            return fault

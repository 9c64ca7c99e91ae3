"""What all forms of a request share: a question is bound and named for the counts, a refusal becomes a response."""

import orjson

from baseregistry import db
from baseregistry.access.askers import Asker
from baseregistry.access.log.keeping import now
from baseregistry.errors import NotAllowed, NotGranted, RegisterError
from baseregistry.graphql import media
from baseregistry.graphql.door import Bound, Door
from baseregistry.graphql.plans import Known
from baseregistry.graphql.refusals import BadRequest, Headers, Rejected, code_of, described, retry_after
from baseregistry.graphql.requests import Asked
from baseregistry.status import status_of
from baseregistry.telemetry.requests import Request, Requests
from baseregistry.telemetry.tallies import Tally

Reply = tuple[int, Headers, bytes]

INTERNAL = b'{"errors":[{"message":"Something went wrong here.","extensions":{"code":"register.internal"}}]}'


class Asking:
    """The door, and the counts of what goes through it."""

    def __init__(self, door: Door, requests: Requests) -> None:
        self.door = door
        self.requests = requests

    def bound(self, asked: Asked, request: Request, asker: Asker) -> Bound:
        """`Door.bound`; the request is told which operation it is, also of one that is understood and refused."""
        try:
            bound = self.door.bound(asked, asker)
        except (BadRequest, Rejected, RegisterError):
            self.name(asked, request)
            raise
        request.tally, request.cost = self._tally(bound.known, asked), bound.cost
        return bound

    async def refuse(self, asked: Asked | None, asker: Asker, refusal: BadRequest | Rejected | RegisterError) -> None:
        """Log that a request was refused.  Raises errors.Unavailable where that fails."""
        if asker.grants is not None and self.door.log is not None:
            why = refused(refusal, media.GRAPHQL)[0], code_of(refusal) or ""
            await self.door.log.refused(asker, asked, why, now())

    def name(self, asked: Asked, request: Request) -> None:
        """Tell the request which operation it is, if that was understood."""
        known = self.door.plans.recalled(asked)
        request.tally = self._tally(known, asked) if known else None

    def _tally(self, known: Known, asked: Asked) -> Tally:
        tallies = self.requests.tallies
        found = tallies.of(known.digest, asked.operation_name)
        if found is None:
            name = known.operation.node.name
            found = tallies.add(known.digest, asked.operation_name, name.value if name else None)
        return found


def refused(refusal: BadRequest | Rejected | RegisterError, kind: bytes | None) -> Reply:
    """The response to what is not answered.  Under ``application/json`` what GraphQL refuses is still a 200."""
    if isinstance(refusal, BadRequest):
        return refusal.status, refusal.headers, refusal.body
    status = status_of(refusal) if isinstance(refusal, RegisterError) else refusal.status
    more: Headers = []
    if isinstance(refusal, NotAllowed) and not isinstance(refusal, NotGranted):
        more = [(b"www-authenticate", b'Bearer realm="baseregistry"')]
    elif status in {429, 503}:
        more = [(b"retry-after", b"%d" % retry_after(refusal))]
    elif kind == media.JSON and status < 500:
        status = 200
    return status, more, orjson.dumps({"errors": described(refusal)})


def failed(failure: Exception, kind: bytes | None) -> Reply:
    """The response to what nobody foresaw: where the database is at fault, in its words; else no word of ours or its."""
    worded = db.worded(failure)
    return refused(worded, kind) if worded else (500, [], INTERNAL)

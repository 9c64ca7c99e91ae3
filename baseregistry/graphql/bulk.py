"""Many questions in one request: a list of requests, a list of sets of variables, or both (GraphQL over HTTP, appendix
on batching).

The responses come in the order of the questions, as a JSON array or as JSON lines, each with its place.  One that is
refused spoils no other.
"""

import asyncio
from collections.abc import Callable
from functools import partial
from typing import NamedTuple

from baseregistry.access.askers import Asker
from baseregistry.errors import RegisterError
from baseregistry.graphql import limits, media, sets
from baseregistry.graphql.asking import Asking, Reply, failed, refused
from baseregistry.graphql.calls import Calls
from baseregistry.graphql.refusals import BadRequest, Rejected, code_of
from baseregistry.graphql.requests import Asked, Batch
from baseregistry.telemetry.requests import Request

Refusal = BadRequest | Rejected | RegisterError


class Told(NamedTuple):
    """A response and its place: which request of the list, which set of variables of that one."""

    body: bytes
    request: int | None = None
    variables: int | None = None


class Bulk:
    """Answers requests that hold many questions; `media_type` is what the client accepts."""

    def __init__(self, asking: Asking, calls: Calls) -> None:
        self.asking = asking
        self._calls = calls

    async def answer(self, said: Asked | Batch, media_type: bytes, request: Request, asker: Asker) -> Reply:
        """All responses, one after the other: a list has no more of the database than a single question."""
        told: list[Told] = []
        if isinstance(said, list):
            for place, item in enumerate(said):
                told += [one._replace(request=place) for one in await self._of(item, media_type, request, asker)]
        else:
            told = await self._of(said, media_type, request, asker)
        return 200, [], _lines(told) if media_type == media.JSONL else _array(told)

    async def _of(self, item: Asked | BadRequest, media_type: bytes, whole: Request, asker: Asker) -> list[Told]:
        if isinstance(item, Asked) and item.sets is not None:
            return await self._sets(item, media_type, whole, asker)
        return [Told(await self._one(item, media_type, whole, asker))]

    async def _one(self, item: Asked | BadRequest, media_type: bytes, whole: Request, asker: Asker) -> bytes:
        part = self.asking.requests.part(whole)
        try:
            if isinstance(item, BadRequest):
                raise item
            item, asker = await self._calls.let_in(item, asker)
            bound = self.asking.bound(item, part, asker)
            await self._within(whole, asker, bound.cost)
            body = await self.asking.door.answered(bound)
        except (BadRequest, Rejected, RegisterError) as refusal:
            await self.asking.refuse(item if isinstance(item, Asked) else None, asker, refusal)
            return self._refused(refusal, media_type, part)
        except Exception as failure:  # noqa: BLE001 - the edge: a client gets an answer, the log gets the rest
            status, _, body = failed(failure, media_type)
            self.asking.requests.failed(part, status, failure)
            return body
        self.asking.requests.answered(part, 200, body)
        return body

    async def _within(self, whole: Request, asker: Asker, cost: int) -> None:
        """Refuse what makes a list dearer than a single question may be, or than the client can afford now."""
        most = self.asking.door.limits.cost
        if whole.cost + cost > most:
            raise limits.too_costly(whole.cost + cost, most)
        await self._calls.afford(asker, cost)
        whole.cost += cost

    async def _sets(self, item: Asked, media_type: bytes, whole: Request, asker: Asker) -> list[Told]:
        """The responses to one question for each of its sets of variables."""
        assert item.sets is not None
        part = self.asking.requests.part(whole)
        try:
            item, asker = await self._calls.let_in(item, asker)
            assert item.sets is not None
            found = await sets.each(self.asking.door, item, item.sets, asker, partial(self._within, whole, asker))
        except (BadRequest, Rejected, RegisterError) as refusal:
            await self.asking.refuse(item, asker, refusal)
            return [Told(self._refused(refusal, media_type, part), variables=0)]
        except Exception as failure:  # noqa: BLE001 - as above
            status, _, body = failed(failure, media_type)
            self.asking.requests.failed(part, status, failure)
            return [Told(body, variables=0)]
        self.asking.name(item, part)
        spoilt = [self.asking.refuse(item, asker, one) for one in found if not isinstance(one, bytes)]
        await asyncio.gather(*spoilt)
        return [
            Told(self._settled(response, media_type, part), variables=place) for place, response in enumerate(found)
        ]

    def _settled(self, response: bytes | Refusal, media_type: bytes, part: Request) -> bytes:
        if not isinstance(response, bytes):
            return self._refused(response, media_type, part)
        self.asking.requests.answered(part, 200, response)
        return response

    def _refused(self, refusal: Refusal, media_type: bytes, part: Request) -> bytes:
        status, _, body = refused(refusal, media_type)
        self.asking.requests.refused(part, status, code_of(refusal))
        return body


def _array(told: list[Told]) -> bytes:
    """A JSON array.  Of a plain list of requests the place is the item's own, as Apollo's clients read it."""
    placed: Callable[[Told], bytes] = _placed if any(one.variables is not None for one in told) else _bare
    return b"[" + b",".join(map(placed, told)) + b"]"


def _lines(told: list[Told]) -> bytes:
    """JSON lines."""
    return b"\n".join(map(_placed, told)) + b"\n"


def _bare(told: Told) -> bytes:
    return told.body


def _placed(told: Told) -> bytes:
    """The response with the indices that the appendix asks for."""
    places = b"" if told.request is None else b'"requestIndex":%d,' % told.request
    places += b"" if told.variables is None else b'"variableIndex":%d,' % told.variables
    return b"{" + places + told.body[1:]

"""Variable batching: one document, a list of variables, one statement for each of their shapes.

Each set of variables is answered, or refused, as if it had been asked alone; the answers come in the order of the sets
(GraphQL over HTTP, appendix on batching).
"""

import asyncio
from collections.abc import Awaitable, Callable, Mapping, Sequence
from typing import Any

from baseregistry.access.askers import Asker
from baseregistry.access.log.keeping import now
from baseregistry.errors import RegisterError
from baseregistry.graphql.door import Bound, Door, one_each
from baseregistry.graphql.refusals import BadRequest, Rejected
from baseregistry.graphql.requests import Asked
from baseregistry.registries.answer import sets as statements
from baseregistry.registries.answer.plan import Answer

Refusal = BadRequest | Rejected | RegisterError
Within = Callable[[int], Awaitable[None]]  # refuses what makes a request dearer than one may be


async def each(
    door: Door, asked: Asked, variables: Sequence[Mapping[str, Any]], asker: Asker, within: Within
) -> list[bytes | Refusal]:
    """The response to each set, or why there is none; `within` is told what all together cost.  Raises what it raises."""
    bound = [_bound(door, asked._replace(variables=one), asker) for one in variables]
    await within(sum(one.cost for one in bound if isinstance(one, Bound)))
    told: list[bytes | Refusal] = [b"" if isinstance(one, Bound) else one for one in bound]
    for places in _alike(bound):
        together = [one for one in (bound[place] for place in places) if isinstance(one, Bound)]
        for place, response in zip(places, await _answered(door, together), strict=True):
            told[place] = response
    return told


def _bound(door: Door, asked: Asked, asker: Asker) -> Bound | Refusal:
    try:
        return door.bound(asked, asker)
    except (BadRequest, Rejected, RegisterError) as refusal:
        return refusal


def _alike(bound: Sequence[Bound | Refusal]) -> list[list[int]]:
    """The places of those that one plan serves, for each plan."""
    found: dict[int, list[int]] = {}
    for place, one in enumerate(bound):
        if isinstance(one, Bound):
            found.setdefault(id(one.prepared), []).append(place)
    return list(found.values())


async def _answered(door: Door, together: Sequence[Bound]) -> list[bytes | Refusal]:
    """The responses to sets of one shape."""
    prepared = together[0].prepared
    plan = prepared.plan
    if plan is None or prepared.introspects:
        return [await _alone(door, one) for one in together]
    if not (plan.parameters or plan.checked):  # nothing asked depends on the variables
        return [await _alone(door, together[0])] * len(together)
    many = door.plans.for_sets(prepared)
    asked_at = now()
    found = await statements.answers(door.pool_of(plan), plan, many, [one.values for one in together])
    leaving = [_left(door, one, asked_at, answer) for one, answer in zip(together, found, strict=True)]
    return await asyncio.gather(*leaving)  # so that they are logged together


async def _left(door: Door, bound: Bound, asked_at: int, answer: Answer | RegisterError) -> bytes | Refusal:
    if isinstance(answer, RegisterError):
        return answer
    try:
        return await door.left(bound, asked_at, one_each(bound.prepared, answer) if bound.prepared.shares else answer)
    except RegisterError as refusal:
        return refusal


async def _alone(door: Door, bound: Bound) -> bytes | Refusal:
    try:
        return await door.answered(bound)
    except (BadRequest, Rejected, RegisterError) as refusal:
        return refusal

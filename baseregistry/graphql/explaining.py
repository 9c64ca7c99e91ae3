"""What the service would say to a document, and why: it is asked as the door asks, and nothing runs.

The verdict is the door's own; what is told beside it are the questions that it was decided on.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from graphql import OperationType

from baseregistry.access import check, explain
from baseregistry.access.askers import Asker
from baseregistry.access.explain import Root
from baseregistry.access.grants import GrantSet
from baseregistry.access.needs import RECORD
from baseregistry.errors import RegisterError
from baseregistry.graphql import cost, limits, permits, supposed
from baseregistry.graphql.door import Door
from baseregistry.graphql.mutations.changed import check_changed
from baseregistry.graphql.plans import Known
from baseregistry.graphql.questions import Questions, Translation, translate
from baseregistry.graphql.refusals import BadRequest, Rejected, code_of
from baseregistry.graphql.requests import Asked
from baseregistry.registries.answer import following
from baseregistry.registries.answer.plan import Told


@dataclass(frozen=True, slots=True)
class Refusal:
    """Why it would not be answered."""

    code: str
    message: str
    hint: str | None = None
    where: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Verdict:
    """What is allowed: the cost in points, and the levels that the log would be told."""

    points: int = 0
    told: tuple[Told, ...] = ()


@dataclass(frozen=True, slots=True)
class Explanation:
    """What the service would do with one operation of a document under a set of grants, and why.

    `supposed`: the variables that were not given, for which any value was put.  `states`: of a mutation, the paths
    ``<root>.record`` that are granted.
    """

    refusal: Refusal | None
    roots: tuple[Root, ...] = ()
    verdict: Verdict = Verdict()
    most_points: int = 0
    supposed: tuple[str, ...] = ()
    states: tuple[str, ...] = ()

    @property
    def allowed(self) -> bool:
        """Whether it would be answered."""
        return self.refusal is None


def explained(door: Door, asked: Asked, grants: GrantSet) -> Explanation:
    """What `door` would say to `asked` under `grants`."""
    try:
        known = door.plans.known(asked)
        given = supposed.variables(known, asked.variables)
    except (BadRequest, Rejected, RegisterError) as failure:
        return Explanation(refused(failure))
    put, asked = tuple(sorted(set(given) - set(asked.variables))), asked._replace(variables=given)
    try:
        verdict, refusal = _judged(door, known, asked, grants), None
    except (BadRequest, Rejected, RegisterError) as failure:
        verdict, refusal = Verdict(), refused(failure)
    roots = explain.roots(_declared(known), _questions(known, asked, grants), grants)
    states = _states(grants) if known.mutates else ()
    return Explanation(refusal, roots, verdict, door.limits.cost, put, states)


def refused(failure: BadRequest | Rejected | RegisterError) -> Refusal:
    """Why it would not be answered, in the words of its response."""
    if isinstance(failure, RegisterError):
        return Refusal(failure.code, failure.message, failure.hint, failure.where)
    return Refusal(code_of(failure), str(failure))


def _judged(door: Door, known: Known, asked: Asked, grants: GrantSet) -> Verdict:
    """The door's verdict.  Raises what it refuses with."""
    if known.operation.node.operation is OperationType.SUBSCRIPTION:
        return _followed(door, known, asked, grants)
    if known.mutates:
        check_changed(known, asked, grants)
        return Verdict()
    bound = door.bound(asked, Asker(grants=grants))
    plan = bound.prepared.plan
    return Verdict(bound.cost, plan.told if plan else ())


def _followed(door: Door, known: Known, asked: Asked, grants: GrantSet) -> Verdict:
    """Of a subscription: one page of what it follows."""
    translation = _followed_feed(known, asked)
    values = translation.slots.fill(known.variables.coerce(asked.variables))
    held, _ = permits.hold(_declared(known), translation, grants)
    points = cost.counted(held.questions).of(values)
    if points > door.limits.cost:
        raise limits.too_costly(points, door.limits.cost)
    return Verdict(points, door.plans.plan(held.questions).told)


def _followed_feed(known: Known, asked: Asked) -> Translation:
    translation = _translated(known, asked)
    roots = {
        key: tuple(replace(one, fields=following.fields(one.fields)) for one in root)
        for key, root in translation.asked.items()
    }
    return Translation({**roots}, translation.slots)


def _questions(known: Known, asked: Asked, grants: GrantSet) -> Questions:
    """The questions that were decided on; none of a mutation, or where the variables make none."""
    if known.mutates:
        return ()
    try:
        if known.operation.node.operation is OperationType.SUBSCRIPTION:
            return _followed_feed(known, asked).questions
        translation = _translated(known, asked)
    except (BadRequest, Rejected, RegisterError):
        return ()
    narrowed = (check.narrowed(_declared(known), root, grants) for root in translation.asked.values())
    return tuple(question for root in narrowed for question in root)


def _translated(known: Known, asked: Asked) -> Translation:
    variables = known.variables
    return translate(known.operation, variables.places(variables.coerce(asked.variables)))


def _states(grants: GrantSet) -> tuple[str, ...]:
    found = {path for grant in grants.grants if grant.units is None for path in grant.paths}
    return tuple(sorted(path for path in found if path.endswith(f".{RECORD}")))


def _declared(known: Known) -> Any:
    return known.operation.schema.extensions["declarations"]

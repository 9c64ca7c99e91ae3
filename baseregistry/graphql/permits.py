"""What was decided about an operation for a set of grants, once, and what each request adds: the units of now.

A question under a grant that is bound to units takes them from a slot after those of the document, so units may change
without another plan.
"""

from collections.abc import Iterable
from dataclasses import dataclass, replace

from baseregistry.access import check
from baseregistry.access.check import Permit
from baseregistry.access.grants import Granted, GrantSet
from baseregistry.graphql.questions import Questions, Translation
from baseregistry.graphql.recent import Recent
from baseregistry.registries.accesses import View
from baseregistry.registries.declare import Declarations
from baseregistry.registries.question import Bind, Question, Scope, Territory

_TERRITORIES: Recent[int, tuple[Granted, Territory]] = Recent(2_000, 64_000_000)  # by the identity of the grant


@dataclass(frozen=True, slots=True)
class Held:
    """`under`: for each question the place of its grant in the set, None where all is public; `bound`: the places of those
    with a territory, in the order of their slots; `agency`: whether the slot after those holds the code of his agency."""

    permit: Permit
    under: tuple[int | None, ...]
    bound: tuple[int, ...]
    agency: bool = False

    def of(self, grants: GrantSet) -> Permit:
        """The permit under `grants`, of the same digest."""
        if grants is self.permit.grants:
            return self.permit
        by_root = tuple(None if place is None else grants.grants[place] for place in self.under)
        return Permit(grants, by_root, self.permit.fields)

    def values(self, grants: GrantSet) -> list[Territory | str]:
        """The values of the slots."""
        return [*self.territories(grants), grants.agency] if self.agency else [*self.territories(grants)]

    def territories(self, grants: GrantSet) -> list[Territory]:
        """Those of the territories."""
        return [territory(grants.grants[place]) for place in self.bound]


def hold(declarations: Declarations, translation: Translation, grants: GrantSet) -> tuple[Translation, Held]:
    """The questions as they may be asked under `grants`.  Raises errors.NotGranted."""
    roots = {
        key: check.narrowed(declarations, root, grants) if isinstance(root, tuple) else root
        for key, root in translation.roots.items()
    }
    asked = replace(translation, roots=roots)
    held = _held(check.authorised(declarations, asked.questions, grants))
    held = replace(held, agency=any(map(_own_agency, asked.questions)))
    scoped = iter(scopes(asked.questions, held, len(translation.slots.looks)))
    bound = {key: _next(scoped, root) if isinstance(root, tuple) else root for key, root in roots.items()}
    return replace(translation, roots=bound), held


def scopes(questions: Questions, held: Held, first: int) -> Iterable[Question]:
    """The questions, each within the territory of its grant; the slots of territories begin at `first`."""
    for question, place, grant in zip(questions, held.under, held.permit.by_root, strict=True):
        question = replace(question, told=True)
        if question.accesses is not None and _own_agency(question):
            question = replace(question, accesses=replace(question.accesses, agency=Bind(first + len(held.bound))))
        if grant is None or place is None or grant.units is None:
            yield question
        else:
            slot = Bind(first + held.bound.index(place), many=True)
            yield replace(question, scope=Scope(slot, slot if grant.splits else None, granted=True))


def _own_agency(question: Question) -> bool:
    """Whether it asks for the requests of the caller's own agency, which he does not get to name."""
    return question.accesses is not None and question.accesses.view is View.AGENCY


def territory(grant: Granted) -> Territory:
    """The units of a grant as arrays ready to be sent; made once for each."""
    found = _TERRITORIES.get(id(grant))
    if found is not None and found[0] is grant:
        return found[1]
    made = Territory(
        _array(grant.units or ()), _array(old for old, _ in grant.splits), _array(new for _, new in grant.splits)
    )
    _TERRITORIES.keep(id(grant), (grant, made), sum(map(len, made)))
    return made


def _held(permit: Permit) -> Held:
    places = {id(grant): place for place, grant in enumerate(permit.grants.grants)}
    under = tuple(None if grant is None else places[id(grant)] for grant in permit.by_root)
    bound = dict.fromkeys(
        place for place in under if place is not None and permit.grants.grants[place].units is not None
    )
    return Held(permit, under, tuple(bound))


def _next(scoped: Iterable[Question], root: Questions) -> Questions:
    return tuple(question for _, question in zip(root, scoped, strict=False))


def _array(ids: Iterable[str]) -> bytes:
    return b"{" + ",".join(ids).encode() + b"}"

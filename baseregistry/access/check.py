"""Who may ask what: decided on the questions alone, before anything is compiled, for a set of grants.

A root is answered under one grant that opens all of its paths, or under none where all of them are public.  Asking for
one path too many refuses the whole request, with all that is missing; what is used to find, count or order is held to
the same as what is delivered.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from typing import NamedTuple

from baseregistry import errors, naming
from baseregistry.access import paths
from baseregistry.access.entries import LEDGER
from baseregistry.access.grants import Granted, GrantSet
from baseregistry.access.needs import STAR, Need, Sort, opened
from baseregistry.registries import derived, territories
from baseregistry.registries.declare import Declarations
from baseregistry.registries.masks import mask_of
from baseregistry.registries.question import Field, Form, Question

PLAIN = frozenset({"id", "__typename"})
WRITES = f"{LEDGER}.writes"


class Limit(NamedTuple):
    """What an answer may be asked with: the slot of its argument, the values that are granted, the answer's path."""

    slot: int
    values: frozenset[str]
    path: str
    argument: str


@dataclass(frozen=True, slots=True)
class Permit:
    """What a request is answered under: for each question its grant (None: all of it is public), and all paths it asks;
    and within which limits the values of its slots have to lie."""

    grants: GrantSet
    by_root: tuple[Granted | None, ...]
    fields: tuple[str, ...]
    limits: tuple[Limit, ...] = ()


def authorised(declarations: Declarations, questions: tuple[Question, ...], grants: GrantSet) -> Permit:
    """The permit for `questions`.  Raises errors.NotGranted (``access.field_not_granted``) with every path missing."""
    by_root: list[Granted | None] = []
    bounds: list[Limit] = []
    missing: dict[Need, None] = {}
    asked: set[str] = set()
    for question in questions:
        needs = paths.needs(declarations, question)
        asked.update(need.logged for need in needs if need.sort is not Sort.TOLD)
        found = answering(declarations, question, needs, grants)
        if isinstance(found, tuple):
            missing.update(dict.fromkeys(found))
        else:
            by_root.append(found)
            bounds += limits(needs, found) if found else ()
    if missing:
        raise _refused(declarations, grants, tuple(missing))
    return Permit(grants, tuple(by_root), tuple(sorted(asked)), tuple(dict.fromkeys(bounds)))


def limits(needs: Iterable[Need], grant: Granted) -> Iterator[Limit]:
    """What the answers among `needs` may be asked with, where `grant` does not open all that they are made of."""
    opens = opened(grant.paths, grant.masked)
    for need in needs:
        if need.sort is Sort.ANSWER and not need.public and not all(map(opens.opens, need.instead)):
            for argument, slot in need.given:
                values = opens.values(need.path, argument)
                if values is not None:
                    yield Limit(slot, values, need.path, argument)


def held(permit: Permit, values: Sequence[object]) -> None:
    """Raise errors.NotGranted where an answer is asked with a value that is not granted; `values` stand at their slots."""
    if outside := [limit for limit in permit.limits if str(values[limit.slot]) not in limit.values]:
        said = (f"{one.path} for {one.argument} {', '.join(sorted(one.values, key=_natural))}" for one in outside)
        raise errors.NotGranted(
            f"An answer is asked with a value that is not granted: {', '.join(sorted({one.path for one in outside}))}.",
            hint=f"Granted: {'; '.join(dict.fromkeys(said))}.",
            where={"purpose": permit.grants.purpose, "missing": tuple(sorted({one.path for one in outside}))},
        )


def _natural(value: str) -> tuple[int, str]:
    return len(value), value


def answering(
    declarations: Declarations, question: Question, needs: Iterable[Need], grants: GrantSet
) -> Granted | tuple[Need, ...] | None:
    """The grant that answers `question`, None where all of it is public; else what is missing of the nearest grant."""
    wanted = tuple(need for need in needs if not need.public)
    nearest = tuple(need for need in wanted if need.sort is not Sort.TOLD)
    if not nearest:
        return None
    for grant in in_order(grants):
        lacking = lacking_of(declarations, question, wanted, grant)
        if not lacking:
            return grant
        if len(lacking) < len(nearest):
            nearest = lacking
    return nearest


def in_order(grants: GrantSet) -> list[Granted]:
    """The grants as they are tried: those without a territory first."""
    return sorted(grants.grants, key=lambda grant: grant.units is not None)


def lacking_of(
    declarations: Declarations, question: Question, wanted: tuple[Need, ...], grant: Granted
) -> tuple[Need, ...]:
    """What of `wanted` one grant does not open: all of it where the question cannot be held to its territory."""
    if grant.units is not None and not _within(declarations, question):
        return tuple(need for need in wanted if need.sort is not Sort.TOLD)
    opens = opened(grant.paths, grant.masked).opens
    return tuple(need for need in wanted if not opens(need))


def _within(declarations: Declarations, question: Question) -> bool:
    """Whether a question can be held to a territory: each of its records lies in a unit.  The ledger lies nowhere; what a
    change wrote in all registers is not told, the rest of its entry is.  Nor does the access log."""
    if question.form is Form.ACCESS:
        return False
    if question.form in {Form.CHANGE, Form.CHANGES}:
        return not any(need.level == WRITES for need in paths.needs(declarations, question))
    names = paths.entities(declarations, question)
    return all(territories.placed(declarations, declarations.entities[name]) for name in names)


def narrowed(declarations: Declarations, root: tuple[Question, ...], grants: GrantSet) -> tuple[Question, ...]:
    """A root that may find records of any entity, left with those entities of which the caller may know at all.

    Of an entity asked for nothing but its id and type, and of which nothing is granted, records are as if there were none:
    so ``node`` serves whoever has something, and tells nobody of the rest.
    """
    if len(root) > 1:
        return known(declarations, root, grants) or root
    if root and root[0].form is Form.NODES:
        return (_nodes(declarations, root[0], grants),)
    return root


def known(declarations: Declarations, questions: tuple[Question, ...], grants: GrantSet) -> tuple[Question, ...]:
    """Those questions of which the caller may know at all: that ask for more than id and type, or are open to him."""
    return tuple(one for one in questions if not _plain(one.entity, one.fields) or _open(declarations, one, grants))


def _nodes(declarations: Declarations, question: Question, grants: GrantSet) -> Question:
    explicit = tuple(name for name in declarations.entities if not _plain(name, question.fields))
    for grant in (*in_order(grants), None):
        alone = replace(grants, grants=(grant,) if grant else ())
        if not explicit or _open(declarations, replace(question, among=explicit), alone):
            others = (name for name in declarations.entities if name not in explicit)
            among = [*explicit, *(one for one in others if _open(declarations, replace(question, among=(one,)), alone))]
            if among:
                return replace(question, among=tuple(among))
    return replace(question, among=explicit) if explicit else question


def _plain(entity: str, fields: tuple[Field, ...]) -> bool:
    return all(field.name in PLAIN for field in fields if field.on is None or entity in field.on)


def _open(declarations: Declarations, question: Question, grants: GrantSet) -> bool:
    found = answering(declarations, question, paths.needs(declarations, question), grants)
    return not isinstance(found, tuple)


def _refused(declarations: Declarations, grants: GrantSet, lacking: tuple[Need, ...]) -> errors.NotGranted:
    purpose = f"for the purpose {grants.purpose}" if grants.purpose else "without a purpose (X-Purpose)"
    missing = tuple(sorted({need.path for need in lacking}))
    masked, answers = only_masked(declarations, grants, lacking), answered_instead(declarations, grants, lacking)
    hint = (
        "Leave these out, also of conditions and orders, or have them granted; each root needs one grant for all of it."
    )
    if masked:
        hint += f" Granted masked, with `mask: true`: {', '.join(masked)}."
    if answers:
        hint += f" Granted as an answer instead of data: {', '.join(answers)}."
    said = {"masked": masked, "answers": answers}
    return errors.NotGranted(
        f"What is asked is not granted {purpose}: {', '.join(missing)}.",
        hint=hint,
        where={"purpose": grants.purpose, "missing": missing, **{word: found for word, found in said.items() if found}},
    )


def only_masked(declarations: Declarations, grants: GrantSet, lacking: tuple[Need, ...]) -> tuple[str, ...]:
    """The paths that some grant opens if they are asked for masked; a condition never is."""
    could = [need for need in lacking if need.sort is Sort.FACT and not need.condition and not need.instead]
    found = {need.path for need in could if _maskable(declarations, need) and _masks(grants, need)}
    return tuple(sorted(found))


def _maskable(declarations: Declarations, need: Need) -> bool:
    entity = declarations.entities.get(need.entity)
    attribute = entity.by_name.get(need.name) if entity else None
    return attribute is not None and mask_of(attribute) is not None


def _masks(grants: GrantSet, need: Need) -> bool:
    return any(path in grant.masked for grant in grants.grants for path in (need.path, f"{need.level}.{STAR}"))


def answered_instead(declarations: Declarations, grants: GrantSet, lacking: tuple[Need, ...]) -> tuple[str, ...]:
    """The derived fields that some grant opens beside what is missing, and that are made of it."""
    found = set[str]()
    for need in lacking:
        entity = declarations.entities.get(need.entity)
        for item in entity.derived if entity else ():
            path = f"{need.level}.{naming.field(item.name)}"
            if entity and need.name in derived.own(declarations, entity, item) and _names(grants, path):
                found.add(path)
    return tuple(sorted(found))


def _names(grants: GrantSet, path: str) -> bool:
    found = (opened(grant.paths, grant.masked) for grant in grants.grants)
    return any(path in one.paths or path in one.above for one in found)

"""Whether a granted path leads anywhere: its root, each reference and way back, and the field at its end.

A path that opens nothing would be granted in vain, and one misspelled would be believed to open something; so both are
refused when they are loaded, with the nearest names.
"""

from collections.abc import Iterable
from difflib import get_close_matches

from baseregistry import errors, naming
from baseregistry.access import answers, viewing
from baseregistry.access.entries import CHANGE, LEDGER
from baseregistry.access.needs import BESIDE, RECORD, STAR
from baseregistry.registries.declare import Declarations, Derived, Entity, Reference
from baseregistry.registries.masks import mask_of

PLAIN = "id"


def check_path(declarations: Declarations, path: str, place: str, *, masked: bool = False) -> None:
    """Raise errors.BadFile ``access.no_such_path`` when `path`, said at `place`, leads nowhere, or (`masked`) to nothing
    that can be masked."""
    root, *steps = path.split(".")
    roots = {naming.root(name): entity for name, entity in declarations.entities.items()}
    if not steps:
        raise _bad(path, place, "names a root and nothing of it", [f"{root}.{STAR}"])
    if root == LEDGER:
        _check_ledger(path, steps, place)
    elif root in viewing.ROOTS:
        _check_view(path, steps, place, masked=masked)
    elif root not in roots:
        raise _unknown(path, place, root, {*roots, LEDGER, *viewing.ROOTS})
    elif steps[-1] == RECORD and len(steps) > 1:
        raise _bad(path, place, "states changes below a root", [f"{root}.{RECORD}"])
    else:
        here = [roots[root]]
        for step in steps[:-2]:
            here = _follow(declarations, here, step) or _lost(declarations, here, path, step, place)
        _check_steps(declarations, here, path, steps[-2:], place)
        if masked:
            _check_masked(_ends(declarations, here, steps), path, steps[-1], place)


def _check_steps(declarations: Declarations, here: list[Entity], path: str, steps: list[str], place: str) -> None:
    """The last two steps: a field of what the last but one leads to, or what an answer is asked with."""
    *_, before, end = ("", *steps)
    if before and (answering := _answering(here, before)):
        _check_answer(answering, path, end, place)
        return
    if before:
        here = _follow(declarations, here, before) or _lost(declarations, here, path, before, place)
    _check_end(declarations, here, path, end, place)
    if answering := _answering(here, end):
        _check_answer(answering, path, None, place)


def _ends(declarations: Declarations, here: list[Entity], steps: list[str]) -> list[Entity]:
    return _follow(declarations, here, steps[-2]) if len(steps) > 1 else here


def _check_ledger(path: str, steps: list[str], place: str) -> None:
    known = {naming.field(name.removesuffix("_id")) for name in CHANGE} | {naming.field(name) for name in CHANGE}
    if len(steps) > 1 or steps[0] not in known | {STAR, "writes"}:
        raise _unknown(path, place, steps[-1], known)


def _check_view(path: str, steps: list[str], place: str, *, masked: bool) -> None:
    known = set(viewing.ROOTS[path.partition(".")[0]])
    if masked:
        raise _bad(path, place, "ends with what cannot be told masked", [])
    if len(steps) > 1 or steps[0] not in known | {STAR}:
        raise _unknown(path, place, steps[-1], known)


def _follow(declarations: Declarations, here: list[Entity], step: str) -> list[Entity]:
    """The entities to which a reference or a way back of some of `here` leads; none when there is none."""
    found = dict[str, Entity]()
    for entity in here:
        for attribute, reference in entity.references:
            if naming.field(attribute.name) == step:
                found |= {name: declarations.entities[name] for name in reference.to}
        for name, way in declarations.ways_back(entity).items():
            if naming.field(name) == step:
                found[way.entity.full_name] = way.entity
    return list(found.values())


def _check_end(declarations: Declarations, here: list[Entity], path: str, end: str, place: str) -> None:
    if end in {STAR, PLAIN, *BESIDE} or end in _facts(here):
        return
    if _follow(declarations, here, end):
        below = sorted(_facts(_follow(declarations, here, end)))
        raise _bad(path, place, "ends with records and names nothing of them", [f"{path}.{name}" for name in below])
    raise _unknown(path, place, end, _facts(here) | {STAR, *BESIDE} | _ways(declarations, here))


def _answering(here: list[Entity], name: str) -> list[Derived]:
    """The answers that are called so, and have to be granted with what they are asked."""
    found = [item for entity in here for item in entity.derived if naming.field(item.name) == name]
    return [item for item in found if answers.arguments(item.rule) is not None]


def _check_answer(answering: list[Derived], path: str, step: str | None, place: str) -> None:
    """Raise unless an answer is granted with an argument (or, where none can be, without): ``ageIsAtLeast.years18``."""
    known = sorted({one for item in answering for one in answers.paths(item)})
    name = naming.field(answering[0].name)
    if step is None and name not in known:
        raise _bad(path, place, "names an answer, and not what may be asked of it", known)
    if step is not None and not any(answers.grantable(item, step) for item in answering):
        raise _bad(path, place, f"says {step!r}, with which {name} is not granted", known)


def _check_masked(here: list[Entity], path: str, end: str, place: str) -> None:
    known = {naming.field(item.name) for entity in here for item in entity.attributes if mask_of(item)}
    if end not in known | {STAR} or not known:
        raise _bad(path, place, "ends with what cannot be told masked", sorted(known))


def _facts(here: Iterable[Entity]) -> set[str]:
    """What each of `here` has at its own level: stored attributes (of a reference the id) and derived ones."""
    return {naming.field(name) for entity in here for name in (*entity.by_name, *entity.derived_by_name)}


def _ways(declarations: Declarations, here: Iterable[Entity]) -> set[str]:
    ways = {naming.field(name) for entity in here for name in declarations.ways_back(entity)}
    return ways | {
        naming.field(attribute.name)
        for entity in here
        for attribute in entity.attributes
        if isinstance(attribute.kind, Reference)
    }


def _lost(declarations: Declarations, here: list[Entity], path: str, step: str, place: str) -> list[Entity]:
    if step in _facts(here):
        raise _bad(path, place, f"goes on after {step!r}, which is a value", [path.partition(f"{step}.")[0] + step])
    raise _unknown(path, place, step, _ways(declarations, here))


def _unknown(path: str, place: str, name: str, known: set[str]) -> errors.BadFile:
    near = get_close_matches(name, sorted(known), n=5, cutoff=0.5) or sorted(known)
    return _bad(path, place, f"says {name!r}, which is unknown there", near)


def _bad(path: str, place: str, said: str, near: list[str]) -> errors.BadFile:
    named = ", ".join(near[:12]) + (" …" if len(near) > 12 else "")
    return errors.BadFile(
        f"{place}: the path {path} {said}.",
        code="access.no_such_path",
        hint=f"There is: {named}.",
        where={"place": place, "path": path},
    )

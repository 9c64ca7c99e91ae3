"""What a change wrote, as a question: the selection of `changed`, for each entity of which versions were written.

What was read so is told apart from its log keys; the whole request is then logged as one, before its answer leaves.
"""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any, NamedTuple

from graphql import (
    FieldNode,
    FragmentSpreadNode,
    GraphQLResolveInfo,
    GraphQLSchema,
    InlineFragmentNode,
    SelectionSetNode,
)

from baseregistry.access import check
from baseregistry.access.askers import Asker
from baseregistry.access.check import Permit
from baseregistry.access.grants import GrantSet
from baseregistry.access.log.keeping import Said
from baseregistry.graphql import limits, permits
from baseregistry.graphql.limits import Limits
from baseregistry.graphql.logged import About
from baseregistry.graphql.permits import Held
from baseregistry.graphql.plans import Compile, Known
from baseregistry.graphql.questions import Operation, Translation, WrittenBy, translate_written
from baseregistry.graphql.requests import Asked
from baseregistry.registries.answer.plan import Answer, Plan, Snapshot, Told

LEVEL = re.compile(rb"[0-9]+")


@dataclass(frozen=True, slots=True)
class Reading:
    """What makes plans, how much may be asked, and what is granted; None: access is left out."""

    compile_questions: Compile
    limits: Limits
    grants: GrantSet | None


class Written(NamedTuple):
    """What reads it, the values of its slots, and under which permit (None: access is left out)."""

    plan: Plan
    values: list[Any]
    permit: Permit | None


class Changed(NamedTuple):
    """What of a change was told, without its log keys, and these."""

    written: Written
    answer: Answer
    keys: list[bytes]


def changed_plan(reading: Reading, by: WrittenBy, info: GraphQLResolveInfo[Any]) -> Written | None:
    """What reads it at the change's position: one root, an array, per entity.  None where the caller may know of none.

    Raises errors.BadQuestion, errors.BadValue, errors.NotGranted.
    """
    operation = Operation(info.schema, info.operation, info.fragments)
    translation = translate_written(operation, info.variable_values, info.field_nodes, by)
    values = translation.slots.fill({})
    if translation.slots.nested:
        limits.rows(translation.slots.rows(values), reading.limits.rows)
    permit = None
    if reading.grants is not None:
        translation, held = _held(info.schema, translation, reading.grants)
        check.held(held.permit, values)
        values, permit = values + held.territories(reading.grants), held.of(reading.grants)
    if not translation.questions:
        return None
    return Written(reading.compile_questions(translation.questions), values, permit)


def check_changed(known: Known, asked: Asked, grants: GrantSet) -> None:
    """Refuse a mutation, before anything is recorded, whose `changed` asks what is not granted (errors.NotGranted).

    Which entities it will write is not known yet, so it is held to all that it could.
    """
    operation = known.operation
    nodes = list(_selected(operation, operation.node.selection_set))
    if nodes:
        coerced = known.variables.coerce(asked.variables)
        by = WrittenBy(0, tuple(operation.schema.extensions["declarations"].entities), 1)
        translation = translate_written(operation, known.variables.places(coerced), nodes, by)
        _, held = _held(operation.schema, translation, grants)
        check.held(held.permit, translation.slots.fill(coerced))


def about(known: Known, changes: Sequence[Changed]) -> About:
    """What a mutation told, as one: the levels of all its changes, one after the other."""
    told = tuple(level for one in changes for level in one.written.plan.told)
    return About(_the_same(told), known.digest, known.name, "change", _the_same(told))


def permit(grants: GrantSet, changes: Sequence[Changed]) -> Permit:
    """Under which grants it told them."""
    permits = [one.written.permit for one in changes if one.written.permit]
    by_root = tuple(dict.fromkeys(grant for one in permits for grant in one.by_root))
    return Permit(grants, by_root, tuple(sorted({path for one in permits for path in one.fields})))


def said(asker: Asker, asked_at: int, changes: Sequence[Changed], body: bytes) -> Said:
    """What it said, with the log keys of all of it."""
    keys: list[bytes] = []
    values: list[Any] = []
    snapshots: list[Snapshot] = []
    before = 0
    for one in changes:
        plan = one.written.plan
        keys += [_moved(key, before) for key in one.keys]
        values += [one.written.values[slot] for slot in plan.secrets]
        snapshots += one.answer.snapshots
        before += len(plan.told)
    return Said(asked_at, body, asker.errand.case, values, snapshots, keys)


def _moved(key: bytes, before: int) -> bytes:
    """A log key whose level comes after so many others; it begins with the number of its level."""
    level = LEVEL.match(key)
    assert level is not None
    return b"%d%b" % (int(level[0]) + before, key[level.end() :])


@lru_cache(maxsize=1_000)
def _the_same(told: tuple[Told, ...]) -> tuple[Told, ...]:
    """Equal levels as one object, by which their context is remembered."""
    return told


def _held(schema: GraphQLSchema, translation: Translation, grants: GrantSet) -> tuple[Translation, Held]:
    """The questions as they may be asked; of entities of which the caller may not even know, nothing was written."""
    declarations = schema.extensions["declarations"]
    open_to_him = {one.entity: (one,) for one in check.known(declarations, translation.questions, grants)}
    return permits.hold(declarations, Translation(dict(open_to_him), translation.slots), grants)


def _selected(operation: Operation, selected: SelectionSetNode) -> Iterator[FieldNode]:
    """Every selection of `changed`, by fragments too."""
    for selection in selected.selections:
        match selection:
            case FragmentSpreadNode(name=name):
                yield from _selected(operation, operation.fragments[name.value].selection_set)
            case FieldNode(name=name) if name.value == "changed":
                yield selection
            case FieldNode(selection_set=inner) | InlineFragmentNode(selection_set=inner) if inner is not None:
                yield from _selected(operation, inner)

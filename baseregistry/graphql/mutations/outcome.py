"""`Mutation`, and what it answers: where a change was recorded, and what it wrote.

Who really records stands in the context of the execution; a field here only asks it.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Protocol

from graphql import (
    GraphQLArgument,
    GraphQLBoolean,
    GraphQLDefaultInput,
    GraphQLEnumType,
    GraphQLField,
    GraphQLInt,
    GraphQLList,
    GraphQLNonNull,
    GraphQLObjectType,
    GraphQLOutputType,
    GraphQLResolveInfo,
    GraphQLString,
    get_named_type,
)

from baseregistry.graphql import limits
from baseregistry.graphql.entities import Entities
from baseregistry.graphql.mutations.inputs import ChangeInputs
from baseregistry.registries.recording import Outcome

SAID = (
    "Records one change: all of its acts are believed together from one position of the ledger on, or none is. "
    "Null where it was refused, with the reasons among `errors`; of several, each is a change of its own, in order."
)
DRY = "Only try it: everything is checked as if it were recorded, and nothing is written, nor is the key used."


@dataclass(frozen=True, slots=True)
class Recorded:
    """What `recordChange` resolves to."""

    outcome: Outcome
    only_try: bool

    @property
    def settled(self) -> Outcome | None:
        """What stands in the ledger; None when it was only tried."""
        return None if self.only_try else self.outcome


class Session(Protocol):
    """Who records, for one request; the context of its execution."""

    def record(self, given: Mapping[str, Any], *, only_try: bool) -> Outcome: ...

    def changed(self, outcome: Outcome, info: GraphQLResolveInfo[Any], first: int) -> Any: ...


def mutation_type(types: Entities) -> GraphQLObjectType:
    """``Mutation``."""
    inputs = ChangeInputs(types.declarations, types.scalars, _change_kind(types))
    dry = GraphQLArgument(
        GraphQLNonNull(GraphQLBoolean), default=GraphQLDefaultInput(False), out_name="only_try", description=DRY
    )
    change = GraphQLArgument(GraphQLNonNull(inputs.change()), out_name="given", description="What is to be recorded.")
    field = GraphQLField(
        _recorded_type(types), args={"input": change, "validateOnly": dry}, resolve=_record, description=SAID
    )
    return GraphQLObjectType(
        "Mutation", {"recordChange": field}, description="What a source agency states. Asked by POST only."
    )


def _change_kind(types: Entities) -> GraphQLEnumType:
    change = get_named_type(types.version.fields["change"].type)
    assert isinstance(change, GraphQLObjectType)
    kind = get_named_type(change.fields["kind"].type)
    assert isinstance(kind, GraphQLEnumType)
    return kind


def _recorded_type(types: Entities) -> GraphQLObjectType:
    yes_or_no, scalars = GraphQLNonNull(GraphQLBoolean), types.scalars
    records = GraphQLNonNull(GraphQLList(GraphQLNonNull(scalars["ID"])))
    return GraphQLObjectType(
        "RecordedChange",
        {
            "position": _field(
                scalars["Position"],
                lambda it: it.settled and str(it.outcome.position),
                "Its place in the ledger; null when it was only tried, as are `recordedAt` and `head`.",
            ),
            "recordedAt": _field(
                scalars["DateTime"], lambda it: it.settled and it.outcome.recorded_at, "When it was recorded."
            ),
            "head": _field(
                GraphQLString, lambda it: it.settled and it.outcome.head, "The head of the ledger's chain after it."
            ),
            "written": _field(
                yes_or_no,
                lambda it: it.outcome.written,
                "Whether it wrote anything (only tried: whether it would); else the register already said all of it.",
            ),
            "replayed": _field(
                yes_or_no,
                lambda it: it.outcome.replayed,
                "Whether an earlier request with the key was recorded, not this.",
            ),
            "records": _field(
                records,
                lambda it: [str(one) for one in it.outcome.records],
                "The record of each act, in their order; only tried, ids that were made are made anew next time.",
            ),
            "changed": _changed_field(types),
        },
        description="A change that was recorded.",
    )


def _field(kind: GraphQLOutputType, tell: Callable[[Recorded], Any], description: str) -> GraphQLField:
    return GraphQLField(kind, resolve=lambda recorded, _: tell(recorded), description=description)


def _changed_field(types: Entities) -> GraphQLField:
    first = GraphQLArgument(
        GraphQLNonNull(GraphQLInt),
        default=GraphQLDefaultInput(limits.DEFAULT_PAGE),
        description=f"How many at most of each entity, from 0 to {limits.LARGEST_PAGE:,}.",
    )
    return GraphQLField(
        GraphQLList(GraphQLNonNull(types.node)),
        args={"first": first},
        resolve=_changed,
        description="Every version that the change wrote, by entity, record and valid time: known at its position, each "
        "as it is when it begins. What was cut at its side, and stands on an earlier word, is among them.",
    )


def _record(_: Any, info: GraphQLResolveInfo[Session], *, given: Mapping[str, Any], only_try: bool) -> Recorded:
    return Recorded(info.context.record(given, only_try=only_try), only_try)


def _changed(recorded: Recorded, info: GraphQLResolveInfo[Session], *, first: int) -> Any:
    return info.context.changed(recorded.outcome, info, first) if recorded.settled and recorded.outcome.written else []

"""From a validated document to `Question`s: what is wanted, in declared names, with every value in a slot.

graphql-core collects the fields and coerces the arguments (fragments, merging, directives, defaults);
the variables it is handed hold `Given` marks, so that what comes out says where each value will be found.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from enum import Enum
from typing import Any

from graphql import (
    FieldNode,
    FragmentDefinitionNode,
    GraphQLError,
    GraphQLField,
    GraphQLNamedType,
    GraphQLObjectType,
    GraphQLOutputType,
    GraphQLSchema,
    OperationDefinitionNode,
    get_named_type,
    is_abstract_type,
    is_interface_type,
    is_object_type,
)
from graphql.execution.collect_fields import (
    FieldDetails,
    FieldDetailsList,
    FragmentDetails,
    collect_fields,
    collect_subfields,
)
from graphql.execution.values import VariableValues, get_argument_values

from baseregistry import naming
from baseregistry.errors import BadQuestion
from baseregistry.graphql import limits
from baseregistry.graphql.conditions import Conditions, order
from baseregistry.graphql.refusals import INVALID, Rejected
from baseregistry.graphql.roots import Root
from baseregistry.graphql.slots import Slots
from baseregistry.registries.accesses import View
from baseregistry.registries.question import Accesses, AsOf, Bind, Changes, Field, Form, Page, Period, Question

Questions = tuple[Question, ...]

BOUND = ("since", "ledger_hash", "units", "kinds", "agency", "case")  # of `Changes`
NARROWED = (
    "agency",
    "client",
    "official",
    "purpose",
    "case",
    "record",
    "subject",
    "forms",
    "own_cases",
)  # of `Accesses`


class Constant(Enum):
    """Roots that no statement answers."""

    TYPENAME = "__typename"
    INTROSPECTION = "introspection"


@dataclass(frozen=True, slots=True)
class Translation:
    """An operation, translated: what stands under each response key, in order, and the slots.

    A root is several questions where only its answer tells the entity (``node``): at most one of them finds a record.
    """

    roots: dict[str, "Questions | Constant"]
    slots: Slots

    @property
    def questions(self) -> "Questions":
        return tuple(question for asked in self.asked.values() for question in asked)

    @property
    def asked(self) -> dict[str, "Questions"]:
        """The roots that the statement answers."""
        return {key: root for key, root in self.roots.items() if isinstance(root, tuple)}


@dataclass(frozen=True, slots=True)
class Operation:
    """One operation of a validated document."""

    schema: GraphQLSchema
    node: OperationDefinitionNode
    fragments: Mapping[str, FragmentDefinitionNode]


def translate(operation: Operation, variables: VariableValues) -> Translation:
    """The questions of `operation`; raises `Rejected` or `BadQuestion` when its arguments make none."""
    reader = _Reader(operation, variables)
    try:
        return Translation(reader.roots(), reader.slots)
    except GraphQLError as refused:
        raise Rejected(INVALID, [refused]) from refused


@dataclass(frozen=True, slots=True)
class WrittenBy:
    """What a change wrote: its position, the entities, and how many versions of each are wanted at most."""

    position: int
    entities: tuple[str, ...]
    first: int


def translate_written(
    operation: Operation, variables: VariableValues, nodes: Iterable[FieldNode], by: WrittenBy
) -> Translation:
    """The questions for what a change wrote, one for each entity; the fields `nodes` select it."""
    reader, details = _Reader(operation, variables), [FieldDetails(node, None) for node in nodes]
    return Translation({name: (reader.written(name, details, by),) for name in by.entities}, reader.slots)


@dataclass(slots=True)
class _Reader:
    operation: Operation
    variables: VariableValues
    slots: Slots = field(default_factory=Slots)
    fragments: dict[str, FragmentDetails] = field(init=False)

    def __post_init__(self) -> None:
        self.fragments = {name: FragmentDetails(node) for name, node in self.operation.fragments.items()}

    def roots(self) -> dict[str, Questions | Constant]:
        schema, node = self.operation.schema, self.operation.node
        query = schema.get_root_type(node.operation)
        assert query is not None
        collected = collect_fields(schema, self.fragments, self.variables, query, node)
        return {key: self._root(query, key, details) for key, details in collected.grouped_field_set.items()}

    def written(self, entity: str, details: FieldDetailsList, by: WrittenBy) -> Question:
        """What a change wrote of one entity."""
        kind = self.operation.schema.type_map[naming.type_name(entity)]
        assert is_object_type(kind)
        position, page = self.slots.bind(by.position), Page(self.slots.bind(by.first))
        with self.slots.inside(page):
            fields = self._selection(kind, details)
        as_of = AsOf(position=position)
        return Question(entity, entity, Form.WRITTEN, fields, as_of=as_of, key_values=(position,), page=page)

    def _root(self, query: GraphQLObjectType, key: str, details: FieldDetailsList) -> Questions | Constant:
        node = details[0].node
        if node.name.value == "__typename":
            return Constant.TYPENAME
        if node.name.value.startswith("__"):
            return Constant.INTROSPECTION
        definition = query.fields[node.name.value]
        named = get_named_type(definition.type)
        root: Root = definition.extensions["root"]
        several = is_interface_type(named) and root.form is Form.ONE
        members = self.operation.schema.get_possible_types(named) if several else [named]
        return tuple(self._question(definition, member, key, details) for member in members)

    def _question(
        self, definition: GraphQLField, kind: GraphQLOutputType, key: str, details: FieldDetailsList
    ) -> Question:
        """What a root asks of one entity; `kind` is the type of its answer."""
        root: Root = definition.extensions["root"]
        args = get_argument_values(definition, details[0].node, self.variables)
        key_name, key_values = self._key(root, details[0].node.name.value, args)
        with self.slots.inside(self._page(args, kind), key_values) as page:
            fields = self._selection(kind, details)
        return Question(
            key=key,
            entity="" if root.form is Form.NODES else root.entity or _entity(get_named_type(kind)),
            form=root.form,
            fields=fields,
            as_of=self._as_of(args.get("as_of") or _until(args)),
            key_name=key_name,
            key_values=key_values,
            where=Conditions(self.slots).read(args.get("where")),
            order=order(args.get("order_by")),
            page=page,
            include_superseded=args.get("include_superseded", False),
            between=self._period(args.get("between")),
            changes=self._changes(args) if root.form in {Form.FEED, Form.CHANGES} else None,
            accesses=self._accesses(root.view, args) if root.view else None,
        )

    def _key(self, root: Root, name: str, args: Mapping[str, Any]) -> tuple[str | None, tuple[Bind, ...]]:
        if not root.keys:
            return None, ()
        possible = {arg for way in root.keys.values() for arg in way}
        given = {arg for arg in possible if args.get(arg) is not None}
        for key_name, way in root.keys.items():
            if given == set(way):
                return key_name, tuple(self.slots.bind(args[arg]) for arg in way)
        ways = "; ".join(" with ".join(f"`{naming.field(arg)}`" for arg in way) for way in root.keys.values())
        said = ", ".join(f"`{naming.field(arg)}`" for arg in sorted(given)) or "nothing"
        raise BadQuestion(
            f"`{name}` was given {said} to find a record by.",
            code="question.key_needed",
            hint=f"Give exactly one of: {ways}.",
        )

    def _as_of(self, given: Mapping[str, Any] | None) -> AsOf:
        said = {name: value for name, value in (given or {}).items() if value is not None}
        if "position" in said and "known_at" in said:
            raise BadQuestion(
                "`asOf` has both `position` and `knownAt`.",
                code="question.known_twice",
                hint="Give one: a position is exact, a moment stands for the last position before it.",
            )
        if "ledger_hash" in said and "position" not in said:
            raise BadQuestion(
                "`asOf` has a `ledgerHash` without a `position`.",
                code="question.hash_without_position",
                hint="Give both as they came in `extensions.snapshot`.",
            )
        return AsOf(**{name: self.slots.bind(value) for name, value in said.items()})

    def _changes(self, args: Mapping[str, Any]) -> Changes:
        said = {**args, **(args.get("changes") or {})}
        given = {name: said[name] for name in BOUND if said.get(name) is not None}
        period = self._period(said.get("recorded"))
        return Changes(**{name: self.slots.bind(value) for name, value in given.items()}, recorded=period or Period())

    def _accesses(self, view: View, args: Mapping[str, Any]) -> Accesses:
        given = {name: args[name] for name in NARROWED if args.get(name) is not None}
        asked = self._period(args.get("asked"))
        return Accesses(
            view, **{name: self.slots.bind(value) for name, value in given.items()}, asked=asked or Period()
        )

    def _period(self, given: Mapping[str, Any] | None) -> Period | None:
        said = {end: self.slots.bind(value) for end, value in (given or {}).items() if value is not None}
        return Period(**said) if said else None

    def _selection(self, kind: GraphQLOutputType, details: FieldDetailsList) -> tuple[Field, ...]:
        named = get_named_type(kind)
        if is_abstract_type(named):
            types = self.operation.schema.get_possible_types(named)
            members = ((member, frozenset({_entity(member)})) for member in types)
            return tuple(wanted for member, on in members for wanted in self._fields(member, details, on))
        return tuple(self._fields(named, details)) if is_object_type(named) else ()

    def _fields(
        self, parent: GraphQLObjectType, details: FieldDetailsList, on: frozenset[str] | None = None
    ) -> Iterable[Field]:
        operation = self.operation
        collected = collect_subfields(operation.schema, self.fragments, self.variables, operation.node, parent, details)
        for key, found in collected.grouped_field_set.items():
            yield self._field(parent, key, found, on)

    def _field(
        self, parent: GraphQLObjectType, key: str, details: FieldDetailsList, on: frozenset[str] | None
    ) -> Field:
        node = details[0].node
        if node.name.value == "__typename":
            return Field(key, "__typename", on=on, type_name=parent.name)
        definition = parent.fields[node.name.value]
        args = get_argument_values(definition, node, self.variables) if definition.args else {}
        with self.slots.inside(self._page(args, definition.type)) as page:
            fields = self._selection(definition.type, details)
        return Field(
            key,
            definition.extensions["declared"],
            fields=fields,
            on=on,
            where=Conditions(self.slots).read(args.get("where")),
            order=order(args.get("order_by")),
            page=page,
            crs=self.slots.bind(args["crs"]) if "crs" in args else None,
            include_superseded=args.get("include_superseded", False),
            between=self._period(args.get("between")),
            masked=args.get("mask", False),
            arguments=self._arguments(args) if "derived" in definition.extensions else (),
        )

    def _arguments(self, args: Mapping[str, Any]) -> tuple[tuple[str, Bind], ...]:
        """The arguments of a derived field; null is as if it were not given."""
        return tuple((name, self.slots.bind(value)) for name, value in args.items() if value is not None)

    def _page(self, args: Mapping[str, Any], kind: GraphQLOutputType) -> Page | None:
        first, after = args.get("first"), args.get("after")
        if "first" not in args and after is None:
            return None
        return Page(
            self.slots.bind(limits.DEFAULT_PAGE if first is None else first),
            None if after is None else self.slots.bind(after),
        )


def _until(args: Mapping[str, Any]) -> dict[str, Any]:
    """The known side of a root that takes no `asOf` but a position, itself included."""
    return {"position": args.get("until"), "ledger_hash": args.get("until_hash")}


def _entity(member: GraphQLNamedType) -> str:
    entity: str = member.extensions["entity"]
    return entity

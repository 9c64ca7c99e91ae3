"""Documents that were understood, and the plans made for them: what makes the second request cheap.

Parsing and validating cost two milliseconds, a request thirty microseconds.  A document is known by the SHA-256 of
its text, and may be asked for by that alone; under it, one plan per shape of its variables.  The schema is fixed while
the service runs, so its edition is no part of the key.
"""

from collections.abc import Hashable, Mapping
from dataclasses import dataclass
from hashlib import sha256
from typing import Any, Protocol

from graphql import (
    DocumentNode,
    FragmentDefinitionNode,
    GraphQLError,
    GraphQLSchema,
    OperationDefinitionNode,
    OperationType,
)

from baseregistry.access.grants import GrantSet
from baseregistry.errors import BadQuestion
from baseregistry.graphql import cost, limits, permits, visible
from baseregistry.graphql.cost import Cost
from baseregistry.graphql.documents import understood
from baseregistry.graphql.limits import Limits
from baseregistry.graphql.permits import Held
from baseregistry.graphql.questions import Constant, Operation, Translation, translate
from baseregistry.graphql.recent import Recent
from baseregistry.graphql.refusals import INVALID, Rejected, unknown_document
from baseregistry.graphql.requests import Asked
from baseregistry.graphql.slots import Slots
from baseregistry.graphql.variables import Variables
from baseregistry.registries.answer.plan import Plan
from baseregistry.registries.question import Question

MOST_DOCUMENTS, HEAVIEST_DOCUMENTS = 2_000, 4_000_000  # characters; a parsed document takes some 80 times its text
MOST_PLANS, HEAVIEST_PLANS = 5_000, 64_000_000  # characters of SQL
MOST_SEEN = 50  # schemas of sets of grants; each keeps some MB
MOST_DESCRIPTIONS, HEAVIEST_DESCRIPTIONS = 20, 8_000_000  # bytes of answers about the schema


class Compile(Protocol):
    """Makes a plan of the questions of an operation; with `sets`, for many sets of values at once."""

    def __call__(self, questions: tuple[Question, ...], /, *, sets: bool = False) -> Plan: ...


@dataclass(frozen=True, slots=True)
class Prepared:
    """An operation for one shape of its variables: the compiled statement, and how its answers become a response.

    `openings` are the bytes before each compiled root; a root without a statement (``__typename``) is in them.
    `shares` tells how many of the statement's answers belong to each root, where it is not one.  `fixed` holds the slots
    of the position, and of the ledger's hash if one was given, where all roots are asked at one position.
    """

    plan: Plan | None
    translation: Translation
    keys: tuple[bytes, ...]
    openings: tuple[bytes, ...]
    closing: bytes
    introspects: bool
    cost: Cost
    shares: tuple[int, ...] = ()
    fixed: tuple[int, ...] = ()
    held: Held | None = None  # what was decided about it; None where access is left out


@dataclass(frozen=True, slots=True, eq=False)
class Known:
    """A validated operation of a document, the SHA-256 of its text, and the name it was asked for by.  No plan keeps one
    alive."""

    digest: bytes
    name: str | None
    document: DocumentNode
    operation: Operation
    variables: Variables
    mutates: bool  # whether it states something: then it has no plan


MUTATES = Prepared(None, Translation({}, Slots()), (), (), b"", introspects=False, cost=cost.counted(()))


class Plans:
    """The documents one schema has understood."""

    def __init__(self, schema: GraphQLSchema, compile_questions: Compile, most: Limits) -> None:
        self.schema = schema
        self.limits = most
        self._compile = compile_questions
        self._texts: Recent[bytes, str] = Recent(MOST_DOCUMENTS, HEAVIEST_DOCUMENTS)
        self._known: Recent[tuple[bytes, str | None], Known] = Recent(MOST_DOCUMENTS, HEAVIEST_DOCUMENTS)
        self._prepared: Recent[tuple[Hashable, ...], Prepared] = Recent(MOST_PLANS, HEAVIEST_PLANS)
        self._compiled: Recent[tuple[tuple[Question, ...], bool], Plan] = Recent(MOST_PLANS, HEAVIEST_PLANS)
        self.descriptions: Recent[tuple[Known, bytes], bytes] = Recent(MOST_DESCRIPTIONS, HEAVIEST_DESCRIPTIONS)
        self._seen: Recent[bytes, GraphQLSchema] = Recent(MOST_SEEN, MOST_SEEN)

    def known(self, asked: Asked) -> Known:
        """The operation that is asked for; raises `Rejected` or `BadQuestion` when it is none of this schema."""
        digest = asked.digest or sha256(asked.text.encode()).digest()
        key = (digest, asked.operation_name)
        found = self._known.get(key)
        if found is None:
            text = asked.text or self._texts.get(digest)
            if text is None:
                raise unknown_document(asked.apollo)
            found = self._understand(digest, text, asked.operation_name)
            self._texts.keep(digest, text, len(text))
            self._known.keep(key, found, len(text))
        return found

    def recalled(self, asked: Asked) -> Known | None:
        """The operation that is asked for, if it was understood before."""
        return self._known.get((asked.digest or sha256(asked.text.encode()).digest(), asked.operation_name))

    def prepared(self, known: Known, coerced: Mapping[str, Any], grants: GrantSet | None = None) -> Prepared:
        """The plan for these variables under `grants`.  Raises errors.NotGranted where they do not open all of it."""
        key: tuple[Hashable, ...] = (
            known.digest,
            known.name,
            known.variables.shape(coerced),
        )  # not `known`: see `Known`
        if grants is not None:
            key = (*key, grants.digest)
        found = self._prepared.get(key)
        if found is None:
            found = self._prepare(known, coerced, grants)
            self._prepared.keep(key, found, len(found.plan.sql) if found.plan else 0)
        return found

    def seen(self, grants: GrantSet | None) -> GraphQLSchema:
        """The schema of which whoever has `grants` is told; made once for each set, in some 60 ms."""
        if grants is None:
            return self.schema
        return self._seen.get(grants.digest) or self._seen.keep(grants.digest, visible.of(self.schema, grants), 1)

    def for_sets(self, prepared: Prepared) -> Plan:
        """The plan that answers the same for many sets of variables."""
        return self.plan(prepared.translation.questions, sets=True)

    def plan(self, questions: tuple[Question, ...], *, sets: bool = False) -> Plan:
        """The plan of these questions; another document may have asked them, in other words or with other values."""
        found = self._compiled.get((questions, sets))
        if found is None:
            found = self._compile(questions, sets=sets)
            self._compiled.keep((questions, sets), found, len(found.sql))
        return found

    def _understand(self, digest: bytes, text: str, operation_name: str | None) -> Known:
        document = understood(self.schema, text, self.limits)
        operation = operation_of(self.schema, document, operation_name)
        mutates = operation.node.operation is OperationType.MUTATION
        return Known(digest, operation_name, document, operation, Variables(self.schema, operation.node), mutates)

    def _prepare(self, known: Known, coerced: Mapping[str, Any], grants: GrantSet | None) -> Prepared:
        if known.operation.node.operation is OperationType.SUBSCRIPTION:
            raise BadQuestion(
                "A subscription has no end, so no single response answers it.",
                code="question.needs_a_stream",
                hint="Accept text/event-stream, or ask over WebSocket (graphql-transport-ws).",
            )
        translation = translate(known.operation, known.variables.places(coerced))
        limits.roots(len(translation.roots), self.limits.roots)
        held = None
        if grants is not None:
            translation, held = permits.hold(self.schema.extensions["declarations"], translation, grants)
        questions = translation.questions
        plan = self.plan(questions) if questions else None
        asked = translation.asked
        keys, shares = tuple(key.encode() for key in asked), tuple(map(len, asked.values()))
        openings, closing = _envelope(translation)
        introspects = Constant.INTROSPECTION in translation.roots.values()
        several = shares if len(questions) > len(asked) else ()
        dear, fixed = cost.counted(questions), _fixed(questions)
        return Prepared(plan, translation, keys, openings, closing, introspects, dear, several, fixed, held)


def operation_of(schema: GraphQLSchema, document: DocumentNode, name: str | None) -> Operation:
    """The operation of a validated document that is asked for by a name; raises `Rejected` when it has no such one."""
    fragments = {item.name.value: item for item in document.definitions if isinstance(item, FragmentDefinitionNode)}
    return Operation(schema, _chosen(document, name), fragments)


def _chosen(document: DocumentNode, name: str | None) -> OperationDefinitionNode:
    operations = [item for item in document.definitions if isinstance(item, OperationDefinitionNode)]
    named = [item for item in operations if name is None or (item.name is not None and item.name.value == name)]
    if len(named) == 1:
        return named[0]
    if name is None:
        raise Rejected(INVALID, [GraphQLError("The document has several operations; say which by `operationName`.")])
    raise Rejected(INVALID, [GraphQLError(f'The document has no operation "{name}".')])


def _fixed(questions: tuple[Question, ...]) -> tuple[int, ...]:
    """The slots of the one position, and hash, that all roots are asked at; empty where it is not one."""
    asked = {(question.as_of.position, question.as_of.ledger_hash) for question in questions}
    slots = asked.pop() if len(asked) == 1 else ()
    return tuple(bind.slot for bind in slots if bind) if slots and slots[0] else ()


def _envelope(translation: Translation) -> tuple[tuple[bytes, ...], bytes]:
    openings, passed = [], b'{"data":{'
    for number, (key, root) in enumerate(translation.roots.items()):
        passed += (b"," if number else b"") + b'"' + key.encode() + b'":'
        if isinstance(root, tuple):
            openings.append(passed)
            passed = b""
        elif root is Constant.TYPENAME:
            passed += b'"Query"'
    return tuple(openings), passed + b"}"

"""Documents that were understood, and the plans made for them: what makes the second request cheap.

Parsing and validating cost two milliseconds, a request thirty microseconds.  A document is known by
the SHA-256 of its text; under it, one plan per shape of its variables.  Both are bounded: the least
recently used go first.
"""

from collections import OrderedDict
from collections.abc import Callable, Hashable, Mapping
from dataclasses import dataclass, field
from hashlib import sha256
from typing import Any, Generic, TypeVar

from graphql import (
    DocumentNode,
    FragmentDefinitionNode,
    GraphQLError,
    GraphQLSchema,
    OperationDefinitionNode,
    parse,
    validate,
)

from baseregistry.graphql import limits
from baseregistry.graphql.questions import Constant, Operation, Translation, translate
from baseregistry.graphql.refusals import INVALID, SYNTAX, Rejected
from baseregistry.graphql.variables import Variables
from baseregistry.registries.answer.plan import Plan
from baseregistry.registries.question import Question

MOST_DOCUMENTS = 2_000
MOST_SHAPES = 100  # plans of one document
MOST_ERRORS = 20  # of validation

Compile = Callable[[tuple[Question, ...]], Plan]
Key = TypeVar("Key", bound=Hashable)
Kept = TypeVar("Kept")


class Recent(Generic[Key, Kept]):
    """What was used last, up to a number."""

    def __init__(self, most: int) -> None:
        self.most = most
        self.kept: OrderedDict[Key, Kept] = OrderedDict()

    def get(self, key: Key) -> Kept | None:
        found = self.kept.get(key)
        if found is not None:
            self.kept.move_to_end(key)
        return found

    def keep(self, key: Key, value: Kept) -> Kept:
        self.kept[key] = value
        while len(self.kept) > self.most:
            self.kept.popitem(last=False)
        return value


@dataclass(frozen=True, slots=True)
class Prepared:
    """An operation for one shape of its variables: the compiled statement, and how its answers become a response.

    `openings` are the bytes before each compiled root; a root without a statement (``__typename``) is in them.
    `shares` tells how many of the statement's answers belong to each root, where it is not one.
    """

    plan: Plan | None
    translation: Translation
    keys: tuple[bytes, ...]
    openings: tuple[bytes, ...]
    closing: bytes
    introspects: bool
    shares: tuple[int, ...] = ()


@dataclass(slots=True)
class Known:
    """A validated operation, and its plans by the shape of the variables."""

    document: DocumentNode
    operation: Operation
    variables: Variables
    plans: Recent[Hashable, Prepared] = field(default_factory=lambda: Recent(MOST_SHAPES))
    introspection: bytes | None = None  # the answer, where it depends on nothing


class Plans:
    """The documents one schema has understood."""

    def __init__(self, schema: GraphQLSchema, compile_questions: Compile) -> None:
        self.schema = schema
        self._compile = compile_questions
        self._known: Recent[tuple[bytes, str | None], Known] = Recent(MOST_DOCUMENTS)

    def known(self, text: str, operation_name: str | None) -> Known:
        """The operation of that name in a document; raises `Rejected` or `BadQuestion` when it is none of this schema."""
        key = (sha256(text.encode()).digest(), operation_name)
        return self._known.get(key) or self._known.keep(key, self._understand(text, operation_name))

    def prepared(self, known: Known, coerced: Mapping[str, Any]) -> Prepared:
        """The plan for these variables."""
        shape = known.variables.shape(coerced)
        return known.plans.get(shape) or known.plans.keep(shape, self._prepare(known, coerced))

    def _understand(self, text: str, operation_name: str | None) -> Known:
        try:
            document = parse(text, no_location=False, max_tokens=limits.LARGEST_TOKENS)
        except (GraphQLError, RecursionError) as refused:
            error = refused if isinstance(refused, GraphQLError) else GraphQLError("The document is nested too deeply.")
            raise Rejected(SYNTAX, [error]) from refused
        limits.check(document)
        refusals = validate(self.schema, document, max_errors=MOST_ERRORS)
        if refusals:
            raise Rejected(INVALID, refusals)
        node = _chosen(document, operation_name)
        fragments = {item.name.value: item for item in document.definitions if isinstance(item, FragmentDefinitionNode)}
        return Known(document, Operation(self.schema, node, fragments), Variables(self.schema, node))

    def _prepare(self, known: Known, coerced: Mapping[str, Any]) -> Prepared:
        translation = translate(known.operation, known.variables.places(coerced))
        questions = translation.questions
        plan = self._compile(questions) if questions else None
        asked = translation.asked
        keys, shares = tuple(key.encode() for key in asked), tuple(map(len, asked.values()))
        openings, closing = _envelope(translation)
        introspects = Constant.INTROSPECTION in translation.roots.values()
        several = shares if len(questions) > len(asked) else ()
        return Prepared(plan, translation, keys, openings, closing, introspects, several)


def _chosen(document: DocumentNode, name: str | None) -> OperationDefinitionNode:
    operations = [item for item in document.definitions if isinstance(item, OperationDefinitionNode)]
    named = [item for item in operations if name is None or (item.name is not None and item.name.value == name)]
    if len(named) == 1:
        return named[0]
    if name is None:
        raise Rejected(INVALID, [GraphQLError("The document has several operations; say which by `operationName`.")])
    raise Rejected(INVALID, [GraphQLError(f'The document has no operation "{name}".')])


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

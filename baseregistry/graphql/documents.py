"""Documents read and checked against the schema, so that none takes long: what is dear to check is counted first.

Validation compares each pair of fields that share a response key, and each pair of fragments used together; that
grows with the square of a document, and is held by limits of its own.
"""

from collections.abc import Iterator

from graphql import (
    ASTValidationRule,
    DocumentNode,
    FragmentDefinitionNode,
    GraphQLError,
    GraphQLSchema,
    parse,
    specified_rules,
    validate,
)
from graphql.language import FieldNode, FragmentSpreadNode, OperationDefinitionNode, SelectionSetNode
from graphql.language.visitor import EnterLeaveVisitor

from baseregistry.graphql import introspection, limits
from baseregistry.graphql.limits import Limits
from baseregistry.graphql.refusals import INVALID, SYNTAX, Rejected

MOST_ERRORS = 5  # told of a document; each may search the whole schema for what was meant
LEAVES = 20  # pairs of fields without selections that take as long as one pair with

Fragments = dict[str, FragmentDefinitionNode]
Merged = tuple[list[SelectionSetNode], frozenset[str]]  # selection sets of one object, inside these fragments


def _prompt(rule: type[ASTValidationRule]) -> type[ASTValidationRule]:
    """The rule, which looks up what it does with each kind of node once, and not for each document: a quarter of the time
    that validating took."""
    known: dict[str, list[str | None]] = {}

    class Prompt(rule):  # type: ignore[misc, valid-type]
        def get_enter_leave_for_kind(self, kind: str) -> EnterLeaveVisitor:
            """The methods for a kind of node."""
            if kind not in known:
                known[kind] = [does.__name__ if does else None for does in super().get_enter_leave_for_kind(kind)]
            return EnterLeaveVisitor(*[getattr(self, name) if name else None for name in known[kind]])

    return Prompt


RULES = tuple(map(_prompt, specified_rules))  # all of GraphQL's


def understood(schema: GraphQLSchema, text: str, most: Limits) -> DocumentNode:
    """The document, valid for the schema; raises `Rejected`, or `BadQuestion` (``question.too_large``)."""
    limits.within("characters", len(text), most.document)
    document = _parsed(text, most)
    fragments = {item.name.value: item for item in document.definitions if isinstance(item, FragmentDefinitionNode)}
    operations = [item for item in document.definitions if isinstance(item, OperationDefinitionNode)]
    limits.within("fragments", len(fragments), limits.LARGEST_FRAGMENTS)
    limits.within("operations", len(operations), limits.LARGEST_OPERATIONS)
    limits.check(document, most)
    pairs = sum(_pairs(operation, fragments) for operation in operations)
    limits.within("pairs of fields under one key", pairs, limits.LARGEST_PAIRS)
    introspection.check(schema, operations, fragments)
    refusals = validate(schema, document, RULES, max_errors=MOST_ERRORS)
    if refusals:
        raise Rejected(INVALID, refusals)
    return document


def _parsed(text: str, most: Limits) -> DocumentNode:
    try:
        return parse(text, no_location=False, max_tokens=most.tokens)
    except (GraphQLError, RecursionError) as refused:
        error = refused if isinstance(refused, GraphQLError) else GraphQLError("The document is nested too deeply.")
        raise Rejected(SYNTAX, [error]) from refused


def _pairs(operation: OperationDefinitionNode, fragments: Fragments) -> int:
    """The pairs of fields with selections that share a response key of one object; other pairs weigh less."""
    found, leaves = 0, 0
    left: list[Merged] = [([operation.selection_set], frozenset())]
    while left:
        sets, inside = left.pop()
        by_key: dict[str, list[SelectionSetNode | None]] = {}
        used = set(inside)
        for field in (field for item in sets for field in _fields(item, fragments, used)):
            key = (field.alias or field.name).value
            by_key.setdefault(key, []).append(field.selection_set)
        for selections in by_key.values():
            pairs = len(selections) * (len(selections) - 1) // 2
            inner = [item for item in selections if item is not None]
            if inner:
                left.append((inner, frozenset(used)))
            found, leaves = (found + pairs, leaves) if inner else (found, leaves + pairs)
    return found + leaves // LEAVES


def _fields(selections: SelectionSetNode, fragments: Fragments, used: set[str]) -> Iterator[FieldNode]:
    """The fields of a selection set, with each fragment written out the first time it is used."""
    for selection in selections.selections:
        if isinstance(selection, FieldNode):
            yield selection
        elif not isinstance(selection, FragmentSpreadNode):
            yield from _fields(selection.selection_set, fragments, used)  # type: ignore[attr-defined]
        elif selection.name.value not in used and selection.name.value in fragments:
            used.add(selection.name.value)
            yield from _fields(fragments[selection.name.value].selection_set, fragments, used)

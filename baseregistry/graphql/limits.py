"""How large a question may be: what an installation sets (`Limits`), and what is fixed.  All of it is published
in docs/reference/limits.md and told in the messages.

Counted on the document before it is validated (validation is the dear part), and on the values when they are bound.
"""

from dataclasses import dataclass, field, fields

from graphql.language import (
    DocumentNode,
    FieldNode,
    FragmentDefinitionNode,
    FragmentSpreadNode,
    OperationDefinitionNode,
    SelectionNode,
    SelectionSetNode,
)

from baseregistry.errors import BadQuestion
from baseregistry.registries.answer.values import LONGEST_PAGE
from baseregistry.settings import Settings

LARGEST_FRAGMENTS = 50  # fragments of a document
LARGEST_OPERATIONS = 50  # operations of a document
LARGEST_PAIRS = 2_000  # pairs of fields that share a response key: 9 µs each to compare
LARGEST_CONDITIONS = 100  # comparisons in one filter
LARGEST_RELATED = 10  # conditions on other records in one filter
LARGEST_NESTING = 20  # filters inside one another
LARGEST_LIST = 1_000  # values in one list
DEFAULT_PAGE = 50
LARGEST_PAGE = LONGEST_PAGE  # rows of one connection


@dataclass(frozen=True, slots=True)
class Limits:
    """What an installation may set otherwise: ``BASEREGISTRY_LIMIT_<NAME>``, where its words and defaults stand."""

    body: int
    batch: int
    document: int
    tokens: int
    depth: int
    fields: int
    aliases: int
    directives: int
    roots: int
    rows: int
    cost: int
    seconds: float

    @classmethod
    def of(cls, settings: Settings) -> "Limits":
        """The limits that the settings say."""
        return cls(**{limit.name: getattr(settings, f"limit_{limit.name}") for limit in fields(cls)})


@dataclass(slots=True)
class Size:
    """What was counted in a selection set; `depth` is the deepest, the others add up."""

    fields: int = 0
    aliases: int = 0
    directives: int = 0
    depth: int = 0

    def add(self, other: "Size", deeper: int = 0) -> None:
        self.fields += other.fields
        self.aliases += other.aliases
        self.directives += other.directives
        self.depth = max(self.depth, other.depth + deeper)


@dataclass(slots=True)
class _Count:
    """Counts a document's fragments once each; a fragment inside itself counts as nothing (validation refuses it)."""

    fragments: dict[str, FragmentDefinitionNode]
    counted: dict[str, Size] = field(default_factory=dict)

    def selections(self, selection_set: SelectionSetNode) -> Size:
        size = Size()
        for selection in selection_set.selections:
            size.directives += len(selection.directives or ())
            self._selection(selection, size)
        return size

    def _selection(self, selection: SelectionNode, size: Size) -> None:
        if isinstance(selection, FragmentSpreadNode):
            size.add(self._fragment(selection.name.value))
            return
        if isinstance(selection, FieldNode):
            size.fields += 1
            size.aliases += selection.alias is not None
        inner: SelectionSetNode | None = getattr(selection, "selection_set", None)
        if inner is not None:
            size.add(self.selections(inner), deeper=isinstance(selection, FieldNode))

    def _fragment(self, name: str) -> Size:
        if name not in self.counted:
            self.counted[name] = Size()
            definition = self.fragments.get(name)
            if definition is not None:
                self.counted[name] = self.selections(definition.selection_set)
        return self.counted[name]


def check(document: DocumentNode, limits: Limits) -> None:
    """Raise `BadQuestion` (``question.too_large``) when an operation of the document is beyond a limit."""
    found = document.definitions
    count = _Count({item.name.value: item for item in found if isinstance(item, FragmentDefinitionNode)})
    for operation in found:
        if isinstance(operation, OperationDefinitionNode):
            size = count.selections(operation.selection_set)
            within("fields", size.fields, limits.fields)
            within("aliases", size.aliases, limits.aliases)
            within("directives", size.directives, limits.directives)
            within("levels", size.depth, limits.depth)


def roots(count: int, most: int) -> None:
    """Refuse an operation of too many root fields."""
    within("root fields", count, most)


def conditions(count: int) -> None:
    """Refuse a filter of too many comparisons."""
    within("comparisons in one filter", count, LARGEST_CONDITIONS)


def related(count: int) -> None:
    """Refuse a filter of too many conditions on other records: each is a join."""
    within("conditions on other records in one filter", count, LARGEST_RELATED)


def nesting(depth: int) -> None:
    """Refuse filters too deep inside one another."""
    within("filters inside one another", depth, LARGEST_NESTING)


def page(first: int) -> None:
    """Refuse a page of fewer than no rows, or of too many, even where no row of it is asked for."""
    if not 0 <= first <= LARGEST_PAGE:
        raise BadQuestion(
            f"A page cannot hold {first:,} rows.",
            code="question.bad_page",
            hint=f"Ask for 0 to {LARGEST_PAGE:,} rows, and for the next page by `after` with `pageInfo.endCursor`.",
        )


def rows(total: int, most: int) -> None:
    """Refuse a question whose nested pages could hold too many rows together."""
    if total > most:
        raise BadQuestion(
            f"The answer could hold {total:,} rows; at most {most:,} are answered at once.",
            code="question.too_many_rows",
            hint="Give `first` in the outer or in the inner pages.",
        )


def too_costly(cost: int, most: int) -> BadQuestion:
    """The refusal of a question that is dearer than is answered at once."""
    return BadQuestion(
        f"The question costs {cost:,} points; at most {most:,} are answered at once.",
        code="question.too_costly",
        hint="Ask for fewer rows by `first`, for fewer fields, or in several questions; `extensions.cost` tells the cost.",
        where={"cost": cost, "most": most},
    )


def within(what: str, count: int, largest: int) -> None:
    """Refuse a question that has more of something than is answered."""
    if count > largest:
        raise BadQuestion(
            f"The question has {count:,} {what}; at most {largest:,} are answered.",
            code="question.too_large",
            hint="Ask in several smaller questions.",
        )

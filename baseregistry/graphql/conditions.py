"""What `where` and `orderBy` say, once coerced: conditions over declared names, with their values in slots."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from baseregistry import naming
from baseregistry.errors import BadQuestion
from baseregistry.graphql import limits
from baseregistry.graphql.slots import Slots
from baseregistry.registries.question import Comparison, Condition, Either, Every, Never, Operator, Order


@dataclass(slots=True)
class Conditions:
    """Reads one filter."""

    slots: Slots
    count: int = 0

    def read(self, where: Mapping[str, Any] | None) -> Condition | None:
        """The condition of a filter; None when there is none."""
        return None if where is None else self._every(where, 1)

    def _every(self, where: Mapping[str, Any], depth: int) -> Condition:
        limits.nesting(depth)
        return _one_or(Every, tuple(self._terms(where, depth + 1)))

    def _terms(self, where: Mapping[str, Any], depth: int) -> Iterator[Condition]:
        for name, said in where.items():
            if said is None:
                continue
            match name:
                case "and":
                    yield _one_or(Every, tuple(self._every(item, depth) for item in said))
                case "or":
                    yield Either(tuple(self._every(item, depth) for item in said))
                case "not":
                    yield Never(self._every(said, depth))
                case _:
                    yield from self._comparisons(name, said)

    def _comparisons(self, attribute: str, said: Mapping[str, Any]) -> Iterator[Comparison]:
        possibly = said.get("possibly") or False
        for word, value in said.items():
            if word == "possibly":
                continue
            self.count += 1
            limits.conditions(self.count)
            if value is None:
                raise BadQuestion(
                    f"`{naming.field(attribute)}` is compared with null by `{naming.field(word)}`.",
                    code="question.null_comparison",
                    hint="Say `isNull: true` to find what has no value, or leave the comparison out.",
                )
            if word == "is_null":
                yield Comparison(attribute, Operator.IS_NULL, negated=not value)
            else:
                yield Comparison(attribute, Operator(word), self.slots.bind(value), possibly=possibly)


def order(said: list[Order] | None) -> tuple[Order, ...]:
    """The order asked for; of a term said twice, the first counts."""
    terms: dict[str, Order] = {}
    for term in said or ():
        terms.setdefault(term.attribute, term)
    return tuple(terms.values())


def _one_or(kind: type[Every], terms: tuple[Condition, ...]) -> Condition:
    return terms[0] if len(terms) == 1 else kind(terms)

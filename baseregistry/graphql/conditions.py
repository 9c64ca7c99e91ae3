"""What `where` and `orderBy` say, once coerced: conditions over declared names, with their values in slots."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from baseregistry import naming
from baseregistry.errors import BadQuestion
from baseregistry.graphql import limits
from baseregistry.graphql.inputs import AT
from baseregistry.graphql.slots import Slots
from baseregistry.registries.question import (
    Back,
    Comparison,
    Condition,
    Either,
    Every,
    Never,
    Operator,
    Order,
    Placed,
    Quantifier,
    Refers,
    Relation,
)

QUANTIFIERS = {quantifier.value for quantifier in Quantifier}
PLACES = {"intersects", "within", "bbox", "distance"}
CRS84 = 4326


@dataclass(slots=True)
class Conditions:
    """Reads one filter."""

    slots: Slots
    count: int = 0
    related: int = 0

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
                    yield from self._of_attribute(name, said, depth)

    def _of_attribute(self, name: str, said: Mapping[str, Any], depth: int) -> Iterator[Condition]:
        """What is said about an attribute or a way back; the words tell which it is."""
        possibly = said.get("possibly") or False
        for word, value in said.items():
            if word in {"possibly", "crs"}:
                continue
            self.count += 1
            limits.conditions(self.count)
            if value is None:
                raise _null(name, word)
            if word in QUANTIFIERS:
                yield Back(name, Quantifier(word), self._related(value, depth))
            elif word.startswith(AT):
                yield Refers(name, word.removeprefix(AT), self._related(value, depth))
            elif word in PLACES:
                yield self._placed(name, word, value, said.get("crs"))
            elif word == "is_null":
                yield Comparison(name, Operator.IS_NULL, negated=not value)
            else:
                yield Comparison(name, Operator(word), self.slots.bind(value), possibly=possibly)

    def _related(self, where: Mapping[str, Any], depth: int) -> Condition:
        self.related += 1
        limits.related(self.related)
        return self._every(where, depth)

    def _placed(self, name: str, word: str, value: Any, crs: Any) -> Placed:
        """The shape and its CRS share a slot: only together can they be read."""
        code = CRS84 if crs is None else crs
        match word:
            case "bbox":
                corners = value if isinstance(value, list) else [value]
                return Placed(name, Relation.INTERSECTS, self.slots.bind([*corners, code]))
            case "distance":
                shape, metres = self.slots.bind([value["of"], code]), self.slots.bind(value["meters"])
                return Placed(name, Relation.DISTANCE, shape, metres)
            case _:
                return Placed(name, Relation(word), self.slots.bind([value, code]))


def _null(name: str, word: str) -> BadQuestion:
    said = naming.field(word) if not word.startswith(AT) else "is"
    return BadQuestion(
        f"`{naming.field(name)}` is compared with null by `{said}`.",
        code="question.null_comparison",
        hint="Say `isNull: true` to find what has no value, or leave the comparison out.",
    )


def order(said: list[Order] | None) -> tuple[Order, ...]:
    """The order asked for; of a term said twice, the first counts."""
    terms: dict[tuple[str, bool], Order] = {}
    for term in said or ():
        terms.setdefault((term.attribute, term.given), term)
    return tuple(terms.values())


def _one_or(kind: type[Every], terms: tuple[Condition, ...]) -> Condition:
    return terms[0] if len(terms) == 1 else kind(terms)

"""Connections: what is found, in a total order, a page of it, and the places that cursors name."""

from dataclasses import dataclass
from fractions import Fraction as Share
from typing import TYPE_CHECKING, Any
from uuid import UUID

from baseregistry.registries.declare import Attribute, Entity, Fraction, PartialDay, Text
from tests.graphql.reference.conditions import meets, rank, searched

if TYPE_CHECKING:
    from tests.graphql.reference.records import Arguments, Reader, Record

PAGE, MOST = 50, 1000  # rows: when nothing is said; at most


class Mark(str):
    """A cursor: nobody looks into it, so it stands here for the version at its place."""

    __slots__ = ()

    @classmethod
    def of(cls, record: "Record", *, within: str | None = None) -> "Mark":
        """The place of a record in an order; in a history, where a record stands several times, `within` tells more."""
        row = record.row
        return cls(row["record_id"] if within is None else f"{within} {row['begin']} {row['end']}")


def found(records: "list[Record]", args: "Arguments") -> "list[Record]":
    """Those for which `where` holds."""
    where = args.get("where")
    return [one for one in records if where is None or meets(one, where)]


def listing(reader: "Reader", entity: Entity, records: "list[Record]", args: "Arguments") -> dict[str, Any]:
    """A page of records that are found, in the order asked for; of a search, the best first."""
    terms, search = _once(args.get("orderBy") or []), searched(args.get("where"))
    shown = found(records, args)
    if search and not terms:
        name, said = search
        shown.sort(key=lambda one: _relevance(one, one.attributes[name].name, said))
    else:
        down = bool(terms) and terms[-1].endswith("_DESC")
        shown.sort(key=lambda one: one.row["record_id"].bytes, reverse=down)
        for term in reversed(_terms(entity, terms)):
            shown.sort(key=term.key, reverse=term.descending)
    return page(reader, shown, args)


def _once(said: list[str]) -> list[str]:
    """Of a term said twice, the first counts."""
    terms: dict[str, str] = {}
    for term in said:
        terms.setdefault(term.rpartition("_")[0], term)
    return list(terms.values())


def _relevance(record: "Record", attribute: str, said: str) -> tuple[int, int, bytes]:
    identity = record.row["record_id"].bytes
    return rank(record.row[attribute], said), identity[15] & 127, identity


@dataclass(frozen=True)
class Term:
    """One term of an order: the attribute, the column by which it is sorted, the direction."""

    attribute: Attribute
    column: str
    descending: bool

    def key(self, record: "Record") -> tuple[bool, Any]:
        """Null is larger than every value."""
        value, kind = record.row[self.column], self.attribute.kind
        if record.row[self.attribute.name] is None:
            return True, 0
        if isinstance(kind, Fraction):
            return False, Share(value)
        if isinstance(kind, PartialDay):
            return False, (value.lower, value.upper)
        return False, value.bytes if isinstance(value, UUID) else value


def _terms(entity: Entity, said: list[str]) -> list[Term]:
    """A name goes by the rank that PostgreSQL gave it; a given name, then by the whole.  Of a term said twice the first counts."""
    terms, by_name = [], {item.name.upper(): item for item in entity.attributes}
    for term in said:
        name, _, direction = term.rpartition("_")
        attribute, descending = by_name.get(name) or by_name[name.removesuffix("_GIVEN")], direction == "DESC"
        named = isinstance(attribute.kind, Text) and attribute.kind.name
        if name not in by_name:
            terms.append(Term(attribute, f"{attribute.name}$given", descending))
        terms.append(Term(attribute, f"{attribute.name}$" if named else attribute.name, descending))
    return terms


def page(
    reader: "Reader", shown: "list[Record]", args: "Arguments", marks: "list[Mark] | None" = None
) -> dict[str, Any]:
    """At most `first` of what is shown, after the place of a cursor."""
    after, first = args.get("after"), args.get("first")
    first = (MOST if "first" not in args and after is None else PAGE) if first is None else first
    if after is not None and after not in reader.learned:  # no cursor is read where no row is
        return {"totalCount": len(shown), "pageInfo": {"hasPreviousPage": True}}
    marks = marks or [Mark.of(one) for one in shown]
    begin = 0 if after is None else marks.index(reader.learned[after]) + 1
    nodes, cursors = shown[begin : begin + first], marks[begin : begin + first]
    return {
        "nodes": nodes,
        "edges": [{"cursor": cursor, "node": node} for cursor, node in zip(cursors, nodes, strict=True)],
        "totalCount": len(shown),
        "pageInfo": {
            "hasNextPage": len(shown) > begin + first,
            "hasPreviousPage": after is not None,
            "startCursor": cursors[0] if cursors else None,
            "endCursor": cursors[-1] if cursors else None,
        },
    }

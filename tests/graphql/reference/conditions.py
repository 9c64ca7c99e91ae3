"""Whether what `where` says holds for one record, found out by looking at it."""

import re
import unicodedata
from collections.abc import Callable
from datetime import date
from decimal import Decimal
from fractions import Fraction as Share
from typing import TYPE_CHECKING, Any
from uuid import UUID

import shapely

from baseregistry import naming
from baseregistry.registries import declare as kinds
from baseregistry.registries.answer import shapes
from baseregistry.registries.days import partial_day

if TYPE_CHECKING:
    from tests.graphql.reference.records import Record

Span = tuple[date, date]  # half-open
CRS84 = 4326


def meets(record: "Record", where: dict[str, Any]) -> bool:
    """All that is said holds; what is compared with an unknown value does not."""
    return all(_holds(record, name, said) for name, said in where.items() if said is not None)


def _holds(record: "Record", name: str, said: Any) -> bool:
    match name:
        case "and":
            return all(meets(record, part) for part in said)
        case "or":
            return any(meets(record, part) for part in said)
        case "not":
            return not meets(record, said)
    if name in record.ways:
        found = list(record.back(name))
        return all(_quantified(word, [meets(one, where) for one in found]) for word, where in said.items())
    attribute = record.attributes[name]
    if isinstance(attribute.kind, kinds.Reference):
        return all(_refers(record, name, word, value) for word, value in said.items())
    value = record.row[attribute.name]
    return all(_compared(record, attribute.kind, value, said, word) for word in said if word not in {"possibly", "crs"})


def _quantified(word: str, met: list[bool]) -> bool:
    return {"some": any(met), "every": all(met), "none": not any(met)}[word]


def _refers(record: "Record", name: str, word: str, value: Any) -> bool:
    pointed = record.row[record.attributes[name].name]
    match word:
        case "isNull":
            return bool((pointed is None) == value)
        case "eq":
            return bool(pointed == UUID(value))
        case "in":
            return pointed in [UUID(one) for one in value]
    kind = record.attributes[name].kind
    assert isinstance(kind, kinds.Reference)
    (to,) = kind.to if word == "is" else [entity for entity in kind.to if naming.root(entity) == word]
    target = record.target(name, (to,))
    return target is not None and meets(target, value)


def _compared(record: "Record", kind: kinds.Kind, value: Any, said: dict[str, Any], word: str) -> bool:
    if word == "isNull":
        return bool((value is None) == said[word])
    if value is None:
        return False
    match kind:
        case kinds.Text(name=True) if word in {"prefix", "search"}:
            return _named(value, word, said[word])
        case kinds.PartialDay():
            return _partial(value, word, said[word], bool(said.get("possibly")))
        case kinds.Geometry():
            return _placed(record, value, said, word)
        case _ if word == "prefix":
            return bool(value.startswith(_nfc(said[word])))
    read = READ.get(type(kind), lambda given: given)
    here = read(value)
    if word == "in":
        return here in [read(one) for one in said[word]]
    return bool(ORDERED[word](here, read(said[word])))


def _nfc(given: Any) -> str:
    return unicodedata.normalize("NFC", given)


READ: dict[type, Callable[[Any], Any]] = {
    kinds.Text: _nfc,
    kinds.Code: _nfc,
    kinds.Number: lambda given: Decimal(str(given)),
    kinds.Fraction: Share,
    kinds.Day: lambda given: given if isinstance(given, date) else date.fromisoformat(given),
}
ORDERED: dict[str, Callable[[Any, Any], bool]] = {
    "eq": lambda here, there: bool(here == there),
    "lt": lambda here, there: bool(here < there),
    "lte": lambda here, there: bool(here <= there),
    "gt": lambda here, there: bool(here > there),
    "gte": lambda here, there: bool(here >= there),
}

# --- days that are half known ------------------------------------------------------------------------


def _partial(value: Any, word: str, given: Any, possibly: bool) -> bool:
    if word == "in":
        return any(_partial(value, "eq", one, possibly) for one in given)
    span = partial_day(given, "day")
    possible, wanted = (value.lower, value.upper), (span.lower, span.upper)
    return (POSSIBLY if possibly else CERTAINLY)[word](possible, wanted)


CERTAINLY: dict[str, Callable[[Span, Span], bool]] = {
    "eq": lambda here, there: there[0] <= here[0] and here[1] <= there[1],
    "lt": lambda here, there: here[1] <= there[0],
    "lte": lambda here, there: here[1] <= there[1],
    "gt": lambda here, there: here[0] >= there[1],
    "gte": lambda here, there: here[0] >= there[0],
}
POSSIBLY: dict[str, Callable[[Span, Span], bool]] = {
    "eq": lambda here, there: here[0] < there[1] and there[0] < here[1],
    "lt": lambda here, there: here[0] < there[0],
    "lte": lambda here, there: here[0] < there[1],
    "gt": lambda here, there: here[1] > there[1],
    "gte": lambda here, there: here[1] > there[0],
}

# --- names -------------------------------------------------------------------------------------------


def fold(name: str) -> str:
    """Without diacritics, in lower case, words of letters and digits with one space between them."""
    plain = unicodedata.normalize("NFKD", _nfc(name)).replace("đ", "d").replace("Đ", "D")
    bare = "".join(letter for letter in plain if not unicodedata.combining(letter))
    return re.sub("[^a-z0-9]+", " ", bare.lower()).strip()


def _named(name: str, word: str, given: str) -> bool:
    if word == "prefix":
        folded = fold(given)
        return fold(name).startswith(folded) and bool(folded or not given)
    wanted = set(fold(given).split())
    return bool(wanted) and wanted <= set(fold(name).split())


def rank(name: str, given: str) -> int:
    """How well a name that is found meets a search: 0 the whole name as written, 1 the same words, 2 all words as written."""
    folded, written = sorted(fold(given).split()), {*given.lower().split(), *fold(given).split()}
    same = sorted(fold(name).split()) == folded
    as_written = {_nfc(word) for word in written} <= {*name.lower().split(), *fold(name).split()}
    return (0 if same else 2) if as_written else (1 if same else 3)


Search = tuple[str, str]


def searched(where: dict[str, Any] | None) -> Search | None:
    """The name and the words of the search that must be met and so puts the page in order: the first of several."""
    said = _said(where or {})
    return next((part for part in (said if isinstance(said, list) else [said]) if isinstance(part, tuple)), None)


def _said(where: dict[str, Any]) -> Search | list[Any] | None:
    """What a filter says, each part by itself; what stands alone stands without a list around it."""
    parts: list[Any] = []
    for name, said in where.items():
        if name == "and" and said is not None:
            parts.append(_alone([_said(part) for part in said]))
        elif name in {"or", "not"}:
            parts += [None] if said is not None else []
        else:
            words = (word for word in said or () if word not in {"possibly", "crs"})
            parts += [(name, said[word]) if word == "search" else None for word in words]
    return _alone(parts)


def _alone(parts: list[Any]) -> Any:
    return parts[0] if len(parts) == 1 else parts


# --- places ------------------------------------------------------------------------------------------


def _placed(record: "Record", here: Any, said: dict[str, Any], word: str) -> bool:
    """What is given is read as the service reads it (its refusals have tests of their own); how it lies, Shapely says."""
    given, crs = said[word], said.get("crs") or "CRS84"
    shape = given["of"] if word == "distance" else given
    code = CRS84 if crs == "CRS84" else int(crs.removeprefix("EPSG:"))
    raw = [*shape, code] if word == "bbox" else [shapes.from_geojson(shape), code]
    there = shapely.from_wkb(shapes.in_storage(raw, record.reader.rows.srid).decode())
    match word:
        case "within":
            return bool(there.covers(here))
        case "distance":
            return bool(here.distance(there) <= given["meters"])
        case _:
            return bool(here.intersects(there))

"""What a hostile or broken client sends: each by name, made anew for each time so that no cache answers for it."""

import json
import unicodedata
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from urllib.parse import quote

from bench.client import Request, question

MEGABYTE = 1_048_576
PERSON = "query P($key: String!) { person(personalId: $key) { id } }"
PARCELS = "query P($where: ParcelFilter) { parcels(where: $where, first: 10) { nodes { id } } }"
PAGE = "query P($after: String) { parcels(first: 10, after: $after) { nodes { id } } }"
PREFIX = "query P($name: String!) { persons(where: {fullName: {prefix: $name}}, first: 5) { nodes { fullName } } }"
INJECTIONS = (
    "'; DROP TABLE record; --",
    "' OR '1'='1",
    '"; SELECT pg_sleep(10); --',
    "\\'; COPY record TO PROGRAM 'id'; --",
    "$1); DELETE FROM record WHERE (1=1",
    "%s %(key)s {0} :key ?",
)


@dataclass(frozen=True)
class Hostile:
    """An input, the n-th of its sort; `refused` says whether it must be: the others are harmless when they are answered."""

    name: str
    make: Callable[[int], Request]
    refused: bool = True


def inputs(key: str, full_name: str) -> Iterator[Hostile]:
    """All of them; `key` is somebody's personal ID, `full_name` a name in the register."""
    yield from _documents(key)
    yield from _bodies()
    yield from _variables(key)
    yield from _strings(full_name)
    yield from _geometries()


# --- documents ---------------------------------------------------------------------------------------


def _documents(key: str) -> Iterator[Hostile]:
    for depth in (17, 200, 1_600):
        yield _document(f"{depth:,} levels deep", _deep(depth))
    yield _document("10,000 fields wide", "{ units(first: 1) { nodes { " + "id " * 10_000 + "} } }")
    yield _document("1,000 aliases of one field", _aliases(1_000, "fullName", key))
    yield _document("200 aliases of one root", "{" + " ".join(f"a{n}: __typename" for n in range(200)) + "}")
    yield _document("40 roots", "{" + " ".join(f"r{n}: units(first: 1) {{ nodes {{ id }} }}" for n in range(40)) + "}")
    yield _document("cyclic fragments", "{ ...A } fragment A on Query { ...B } fragment B on Query { ...A }")
    yield _document("a fragment in itself", "{ node(id: 1) { ...A } } fragment A on Node { id ...A }")
    yield _document("fragments that double 25 times", _doubling(25))
    yield _document("1,000 directives", "{ __typename " + "@include(if: true) " * 1_000 + "}")
    yield _document("introspection in circles", "{ __schema { types { " + _circle(12) + " } } }")
    yield _document("nested pages of 1,000", _nested_pages())
    yield _document("a million open braces", "{" * 1_000_000)
    yield _document("a string of a megabyte", '{ person(personalId: "' + "x" * 1_000_000 + '") { id } }')
    yield _document("a comment of a megabyte", "{ nope } #" + "x" * 1_000_000)
    yield _document("300,000 variables declared", "query (" + "$a:ID " * 150_000 + ") { __typename }")


def _document(name: str, text: str) -> Hostile:
    return Hostile(name, lambda number: question(f"{text} #{number}"))


def _deep(depth: int) -> str:
    return '{ unit(code: "1") {' + "parent {" * (depth - 2) + "id" + "}" * (depth - 2) + "} }"


def _aliases(count: int, field: str, key: str) -> str:
    said = " ".join(f"a{number}: {field}" for number in range(count))
    return f'{{ person(personalId: "{key}") {{ {said} }} }}'


def _doubling(times: int) -> str:
    fragments = [f"fragment F{n} on Query {{ ...F{n + 1} x{n}: __typename ...F{n + 1} }}" for n in range(times)]
    return "{ ...F0 } " + " ".join(fragments) + f" fragment F{times} on Query {{ __typename }}"


def _circle(times: int) -> str:
    return "fields { type { " * times + "name" + " } }" * times


def _nested_pages() -> str:
    return (
        "{ units(first: 1000) { nodes { parcels(first: 1000) { nodes { rights(first: 1000) { nodes { id } } } } } } }"
    )


# --- bodies ------------------------------------------------------------------------------------------


def _bodies() -> Iterator[Hostile]:
    one = {"query": "{ __typename }"}
    yield Hostile("a list of 1,000 requests", lambda number: _json([one] * 1_000, number))
    yield Hostile("an empty list of requests", lambda number: Request(b"[]" + b" " * number))
    yield Hostile("more than a megabyte", lambda number: Request(b'{"query":"' + b"#" * (MEGABYTE + number) + b'"}'))
    yield Hostile("no JSON", lambda number: Request(b'{"query": "{ __typename }", ' + b"x" * number))
    yield Hostile("100,000 open brackets", lambda number: Request(b"[" * (100_000 + number)))
    yield Hostile("no UTF-8", lambda number: Request(b'{"query": "{ __typename } #\xff\xfe' + b"x" * number + b'"}'))
    yield Hostile("NaN", lambda number: Request(b'{"query": "{ __typename }", "variables": {"n%d": NaN}}' % number))
    yield Hostile("variables that are a string", lambda number: _json({**one, "variables": "x"}, number))
    yield Hostile("an operation that is an object", lambda number: _json({**one, "operationName": {}}, number))
    yield Hostile("another media type", lambda number: Request(b"{}", headers={"Content-Type": f"text/{number}"}))
    yield Hostile("PUT", lambda number: Request(b"{}" + b" " * number, method="PUT"))
    get = "?query=" + quote("{ person(personalId: ") + "%00"
    yield Hostile("GET with a NUL", lambda number: Request(None, method="GET", path=f"{get}{number}"))


def _json(said: object, number: int) -> Request:
    return Request(json.dumps(said).encode() + b" " * number)


# --- variables ---------------------------------------------------------------------------------------


def _variables(key: str) -> Iterator[Hostile]:
    wrong: dict[str, object] = {
        "a variable of the wrong type": {"key": {"eq": key}},
        "a list for a scalar": {"key": [key] * 1_000},
        "a megabyte as key": {"key": "9" * 1_000_000},
        "no variable": {},
        "a null": {"key": None},
    }
    for name, variables in wrong.items():
        yield _asked(name, PERSON, variables, refused=name != "a megabyte as key")
    filters: dict[str, object] = {
        "filters 300 levels deep": _nots(300),
        "500 comparisons": {"or": [{"mapSheet": {"eq": str(n)}} for n in range(500)]},
        "10,000 values": {"mapSheet": {"in": [str(n) for n in range(10_000)]}},
        "a number beyond all bounds": {"documentedArea": {"gt": "1e999999999"}},
        "a number of 100,000 digits": {"documentedArea": {"gt": "9" * 100_000}},
        "not a number": {"documentedArea": {"gt": "NaN"}},
        "an unknown attribute": {"password": {"eq": "x"}},
        "an id that is none": {"commune": {"eq": "../../etc/passwd"}},
    }
    for name, where in filters.items():
        yield _asked(name, PARCELS, {"where": where})
    for first in ("-1", "2147483648", "1e309", "1001"):
        text = f"{{ parcels(first: {first}) {{ nodes {{ id }} }} }}"
        yield _document(f"first: {first}", text)
    for name, after in CURSORS.items():
        yield _asked(f"a cursor {name}", PAGE, {"after": after})
    for said in ('validAt: "99999-01-01"', 'position: "-1"', 'position: "9999999999999999999"', 'knownAt: "x"'):
        yield _document(f"asOf: {{{said}}}", f'{{ unit(code: "1", asOf: {{{said}}}) {{ id }} }}')


CURSORS = {
    "of noise": "AAAA////",
    "of JSON": "WyJ4Il0=",
    "of SQL": "JzsgRFJPUCBUQUJMRSByZWNvcmQ7IC0t",
    "of another alphabet": "trang kế tiếp",
    "of a megabyte": "A" * 1_000_000,
    "that is empty": "",
}


def _asked(name: str, text: str, variables: object, *, refused: bool = True) -> Hostile:
    return Hostile(name, lambda number: question(f"{text} #{number}", variables), refused)


def _nots(depth: int) -> object:
    said: object = {"mapSheet": {"eq": "1"}}
    for _ in range(depth):
        said = {"not": said}
    return said


# --- strings -----------------------------------------------------------------------------------------


def _strings(full_name: str) -> Iterator[Hostile]:
    for number, said in enumerate(INJECTIONS):
        yield _asked(f"SQL as key ({number})", PERSON, {"key": said}, refused=False)
        yield _asked(f"SQL as prefix ({number})", PREFIX, {"name": said}, refused=False)
        yield _asked(f"SQL in a filter ({number})", PARCELS, {"where": {"mapSheet": {"in": [said]}}}, refused=False)
    yield _document("SQL as order", "{ parcels(orderBy: [ID_ASC__DROP_TABLE_record]) { nodes { id } } }")
    yield _asked("NUL in a key", PERSON, {"key": "04908\x000012345"})
    yield _document("NUL in a literal", '{ person(personalId: "1\\u00002") { id } }')
    yield Hostile("an unpaired surrogate in JSON", _surrogate)
    yield _document("an unpaired surrogate in a literal", '{ person(personalId: "\\uD800") { id } }')
    yield _asked("NFD against NFC", PREFIX, {"name": unicodedata.normalize("NFD", full_name)}, refused=False)
    yield _asked("a thousand combining marks", PREFIX, {"name": "a" + "\u0301" * 1_000}, refused=False)
    yield _asked("text turned around", PREFIX, {"name": "\u202egnuh\u202c"}, refused=False)


def _surrogate(number: int) -> Request:
    body = json.dumps({"query": f"{PERSON} #{number}", "variables": {"key": "SURROGATE"}})
    return Request(body.replace("SURROGATE", "\\ud800").encode())


# --- geometries --------------------------------------------------------------------------------------


def _geometries() -> Iterator[Hostile]:
    ring = [[108.0 + n * 1e-7, 15.8 + (n % 2) * 1e-5] for n in range(20_000)]
    shapes: dict[str, object] = {
        "a polygon of 20,000 corners that crosses itself": {"type": "Polygon", "coordinates": [[*ring, ring[0]]]},
        "a bow tie": {"type": "Polygon", "coordinates": [[[108, 15], [109, 16], [109, 15], [108, 16], [108, 15]]]},
        "an open ring": {"type": "Polygon", "coordinates": [[[108, 15], [109, 16], [109, 15]]]},
        "coordinates beyond the world": {"type": "Point", "coordinates": [1e300, -1e300]},
        "coordinates that are words": {"type": "Point", "coordinates": ["x'; --", "y"]},
        "a collection in 300 collections": _collections(300),
        "no geometry": {"type": "Parcel", "coordinates": None},
        "brackets without end": {"type": "Polygon", "coordinates": _brackets(300)},
    }
    for name, shape in shapes.items():
        yield _asked(name, PARCELS, {"where": {"geometry": {"intersects": shape}}})


def _collections(depth: int) -> object:
    shape: object = {"type": "Point", "coordinates": [108.3, 15.9]}
    for _ in range(depth):
        shape = {"type": "GeometryCollection", "geometries": [shape]}
    return shape


def _brackets(depth: int) -> object:
    return json.loads("[" * depth + "]" * depth)

"""A feed that is followed: the statement that answers it as a question, its page taken apart into items.

Each item is text, so what is pushed is byte for byte what was read, and carries the cursor to go on after it.
"""

import hashlib
from dataclasses import dataclass, replace

import orjson

from baseregistry.registries.answer.plan import Plan, Row
from baseregistry.registries.question import Field

HEAD = Plan("SELECT coalesce(max(position), 0)::text FROM ledger_change", b"head", (), ("position",), ())
TAKEN_APART = """\
WITH w AS MATERIALIZED ({sql}) SELECT json_build_object(
 'items', (SELECT coalesce(json_agg(json_build_array(i.edge->>'cursor', i.place->>'position', (i.edge->'node')::text)
   ORDER BY i.number), '[]'::json)
  FROM ROWS FROM (json_array_elements(w.data_0->'edges'), json_array_elements(w.data_0->'places'))
   WITH ORDINALITY AS i (edge, place, number)),
 'more', w.data_0->'page'->'more', 'cursor', w.data_0->'page'->'cursor'){others} FROM w"""


@dataclass(frozen=True, slots=True)
class Item:
    """One thing that happened: its ledger position, the cursor after which it is gone on, its JSON."""

    position: int
    cursor: str
    data: bytes


@dataclass(frozen=True, slots=True)
class Page:
    """What came after a place, read when the ledger stood at position `head`; the next page begins after `cursor`."""

    items: tuple[Item, ...]
    cursor: str
    more: bool
    head: int


def fields(wanted: tuple[Field, ...]) -> tuple[Field, ...]:
    """What a page that is followed asks of the feed; `wanted` is asked of each item."""
    page = (Field("more", "has_next_page"), Field("cursor", "end_cursor"))
    return (
        Field("edges", "edges", (Field("cursor", "cursor"), Field("node", "node", wanted))),
        Field("places", "nodes", (Field("position", "position"),)),
        Field("page", "page_info", page),
    )


def taken_apart(plan: Plan) -> Plan:
    """The plan of one feed, asked for `fields`, so that `read` reads its rows."""
    others = "".join(f", w.{name}" for name in plan.columns[1:])
    sql = TAKEN_APART.format(sql=plan.sql, others=others)
    return replace(plan, sql=sql, name=b"f" + hashlib.sha256(sql.encode()).hexdigest()[:32].encode(), bounded=False)


def read(plan: Plan, row: Row, values: list[object]) -> Page:
    """The page in a row.  Raises as `Plan.read` does: for a place that has not come, and for another ledger."""
    answer = plan.read(row, values)
    page = orjson.loads(answer.data[0])
    items = tuple([Item(int(position), cursor, text.encode()) for cursor, position, text in page["items"]])
    return Page(items, page["cursor"], page["more"], answer.snapshots[0].position)


def head(row: Row) -> int:
    """The position in a row of `HEAD`."""
    return int(row[0] or 0)

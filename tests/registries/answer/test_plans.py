"""Indexes drive conditions on other records, on places, on beginnings and on names, with nothing known about the values.

On tables large enough that a scan would be dearer; plans are generic, as the pool's are.
"""

import json
import re
from collections.abc import Callable
from dataclasses import replace
from typing import Any
from uuid import uuid4

import psycopg
import pytest

from baseregistry.registries import answer
from baseregistry.registries.answer import narrowing, pages
from baseregistry.registries.question import (
    Back,
    Comparison,
    Every,
    Form,
    Operator,
    Order,
    Placed,
    Quantifier,
    Refers,
    Relation,
)
from tests.conftest import Database
from tests.registries.answer.asking import Asker, Slots
from tests.registries.answer.test_statement import FILL, ROWS

SCAN = re.compile(r"Seq Scan on (\w+)")
BOX = [562_000.0, 1_756_000.0, 562_100.0, 1_756_100.0, 5899]
Where = Callable[[Slots], Any]
FEW = 100
READ = 6 * FEW  # rows at most: two conditions, each counted twice, one read


@pytest.fixture(scope="module")
def filled(shared: Database) -> Database:
    """The tables that conditions walk over, with rows enough."""
    with psycopg.connect(psycopg.conninfo.make_conninfo(shared.url, user="postgres"), autocommit=True) as administrator:
        administrator.execute(f"SET search_path = {shared.settings.schema_name}, public")
        administrator.execute(FILL.encode())
    return shared


def holder(slots: Slots) -> Any:
    person = Refers("holder", "population.person", slots.where("full_name", "eq", "Người 77"))
    return Back("rights", Quantifier.SOME, person)


def searched(slots: Slots) -> Comparison:
    return Comparison("full_name", Operator.SEARCH, slots.bind("77 nguoi"))


ASKED: dict[str, tuple[str, Where, str]] = {
    "the holder of a right": (
        "land.parcel",
        lambda s: Back("rights", Quantifier.SOME, s.where("holder", "eq", str(uuid4()))),
        "land_right_holder_index",
    ),
    "the name of a holder": ("land.parcel", holder, "population_person_full_name_index"),
    "the code of a commune": (
        "land.parcel",
        lambda s: Refers("commune", "administration.unit", s.where("code", "eq", "7")),
        "administration_unit_code_key",
    ),
    "the name of the commune of numbering": (
        "land.parcel",
        lambda s: Refers("numbering_commune", "administration.unit", s.where("name", "eq", "Xã 7")),
        "administration_unit_name_index",
    ),
    "a parcel without rights": (
        "land.parcel",
        lambda s: Back("rights", Quantifier.NONE, Every(())),
        "land_right_parcel_index",
    ),
    "all its holders are called so": (
        "land.parcel",
        lambda s: Back("rights", Quantifier.EVERY, Refers("holder", "population.person", searched(s))),
        "land_right_parcel_index",
    ),
    "words of a name": ("population.person", searched, "population_person_full_name_words"),
    "words of the name of a holder": (
        "land.parcel",
        lambda s: Back("rights", Quantifier.SOME, Refers("holder", "population.person", searched(s))),
        "population_person_full_name_words",
    ),
    "how a number begins": (
        "land.parcel",
        lambda s: s.where("parcel_number", "prefix", "77"),
        "land_parcel_parcel_number_prefix",
    ),
    "where it lies": (
        "land.parcel",
        lambda s: Placed("geometry", Relation.INTERSECTS, s.bind(BOX)),
        "land_parcel_geometry_index",
    ),
    "in which it lies": (
        "land.parcel",
        lambda s: Placed("geometry", Relation.WITHIN, s.bind(BOX)),
        "land_parcel_geometry_index",
    ),
    "how far it lies": (
        "land.parcel",
        lambda s: Placed("geometry", Relation.DISTANCE, s.bind(BOX), s.bind(100.0)),
        "land_parcel_geometry_index",
    ),
}


@pytest.mark.parametrize("asked", ASKED)
@pytest.mark.parametrize("as_of", [{}, {"position": 3}])
def test_an_index_drives_it(filled: Database, asker: Asker, asked: str, as_of: dict[str, Any]) -> None:
    entity, where, index = ASKED[asked]
    question, slots = asker.question(Form.MANY, entity, "nodes{id} page_info{has_next_page}", where=where, as_of=as_of)
    shown = explained(asker, answer.compile(asker.installation, (question,)), slots.values)
    if not (as_of and asked == "words of the name of a holder"):  # so few rights here that the plan may begin at them
        assert index in shown, shown
    assert not SCAN.findall(shown), shown


def test_given_names_are_read_in_order(filled: Database, asker: Asker) -> None:
    question, slots = asker.question(Form.MANY, "population.person", "nodes{id}", first=20)
    plan = answer.compile(asker.installation, (given(question),))
    shown = explained(asker, plan, slots.values)
    assert "Index Scan using population_person_full_name_given" in shown, shown
    assert "Sort" not in shown, shown


def given(question: Any) -> Any:
    return replace(question, order=(Order("full_name", given=True),))


PLANNED: dict[str, tuple[str, Where, tuple[str, ...]]] = {
    "a rare value among values": ("land.parcel", lambda s: s.where("parcel_number", "in", ["zz"]), ()),
    "a rare code": ("land.parcel", lambda s: s.where("status", "in", ["zz"]), ()),
    "values that all have": ("land.parcel", lambda s: s.where("status", "in", ["CURRENT", "RETIRED"]), ()),
    "a sheet that all have, in its order": ("land.parcel", lambda s: s.where("map_sheet", "in", ["1"]), ("-map_sheet",)),
    "a sheet that all have": ("land.parcel", lambda s: s.where("map_sheet", "in", ["1", "2"]), ()),
    "rare communes": ("land.parcel", lambda s: s.where("commune", "in", [str(uuid4())]), ()),
    "a rare sheet, by area": ("land.parcel", lambda s: s.where("map_sheet", "eq", "zz"), ("documented_area",)),
    "an area that none has": ("land.parcel", lambda s: s.where("documented_area", "gt", "10"), ()),
    "how all names begin": ("population.person", lambda s: s.where("full_name", "prefix", "nguoi"), ()),
    "how few names begin": ("population.person", lambda s: s.where("full_name", "prefix", "nguoi 77"), ()),
    "born after all others": ("population.person", lambda s: s.where("birth_date", "gt", "2100"), ()),
    "two that all meet": (
        "land.parcel",
        lambda s: Every((s.where("map_sheet", "in", ["1"]), s.where("status", "eq", "CURRENT"))),
        (),
    ),
}  # fmt: skip


@pytest.mark.parametrize("asked", PLANNED)
def test_a_page_reads_no_more_than_it_must(
    filled: Database, asker: Asker, asked: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Not of a value that none has, and not of one that all have."""
    monkeypatch.setattr(narrowing, "FEW", FEW)
    monkeypatch.setattr(narrowing, "FEW_IN_ORDER", FEW)
    monkeypatch.setattr(pages, "LONGEST_PAGE", FEW // 10)  # as much less than there is as it is of a province
    entity, where, order = PLANNED[asked]
    slots = Slots()
    question, slots = asker.question(
        Form.MANY, entity, "nodes{id} page_info{has_next_page}", slots, where=where, order=order, first=10
    )
    plan = answer.compile(asker.installation, (question,))
    shown = json.loads(explained(asker, plan, slots.values, "ANALYZE, FORMAT JSON"))
    read = sum(map(rows_read, nodes(shown[0]["Plan"])))
    assert read <= READ < ROWS, json.dumps(shown, indent=1)


def nodes(plan: dict[str, Any]) -> list[dict[str, Any]]:
    return [plan, *(inner for part in plan.get("Plans", []) for inner in nodes(part))]


def rows_read(node: dict[str, Any]) -> float:
    """The rows of versions that a node of a plan looked at."""
    if "land_parcel" not in (name := node.get("Relation Name", "")) and "population_person" not in name:
        return 0
    removed = node.get("Rows Removed by Filter", 0) + node.get("Rows Removed by Index Recheck", 0)
    return float((node["Actual Rows"] + removed) * node["Actual Loops"])


def explained(asker: Asker, plan: Any, values: list[Any], options: str = "COSTS OFF") -> str:
    """The plan of a prepared statement."""
    asker.row(plan, values)
    bound = [value if value is None else value.decode().replace("'", "''") for value in plan.bind(values)]
    given = ", ".join("NULL" if value is None else f"'{value}'" for value in bound)
    name = plan.name.decode()
    rows = asker.connection.execute(f"EXPLAIN ({options}) EXECUTE {name}({given})", prepare=False).fetchall()
    return "\n".join(row[0] if isinstance(row[0], str) else json.dumps(row[0]) for row in rows)

"""The plans of feeds, changes and histories on filled tables: indexes serve them, and a page reads little more than it shows."""

import json
import re
from typing import Any

import psycopg
import pytest

from baseregistry.registries import answer
from baseregistry.registries.answer.walks import LOOKED_AT, LOOKED_THROUGH
from baseregistry.registries.question import AsOf, Field, Form, Question
from tests.registries.answer.asking import Asker, Slots, want
from tests.registries.answer.test_statement import executed_scans, filled
from tests.registries.answer.walking import ITEM, PAGE, asked

__all__ = ["filled"]

LARGE = {"land_parcel", "land_right", "population_person", "population_identifier"}  # the others hold next to nothing
READS = re.compile(r"Scan using \w+_(?:written_at|closed_at) on \S+ \S+ \(actual rows=(\d+)")
ITEMS = f"nodes{{{ITEM}}} {PAGE}"
FEEDS: dict[str, dict[str, Any]] = {
    "from the begin": {"first": 10},
    "in a territory": {"first": 10, "units": True},
    "of some kinds": {"first": 10, "kinds": ["CORRECTION"]},
    "after a cursor": {"first": 10, "after": True},
}


@pytest.fixture(scope="module")
def ledger(filled: Asker) -> Asker:
    """The filled tables with a ledger to join them to: what wrote them, and the closing of half of the parcels."""
    filled.connection.execute(
        "INSERT INTO ledger_change (position, recorded_at, kind, agency, recorded_by, feed, synthetic, schema_edition, digest, head)"
        " SELECT n, '2020-01-01'::timestamptz + n * interval '1 hour', 'REGISTRATION', 'x', 'x', true, true, '1', '', sha256('')"
        " FROM generate_series(1 + (SELECT coalesce(max(position), 0) FROM ledger_change), 20000) n"
    )
    filled.connection.execute(
        "UPDATE land_parcel SET recorded_to = 2000 WHERE parcel_number::int % 2 = 0 AND recorded_to IS NULL"
    )
    filled.connection.execute("ANALYZE land_parcel, ledger_change")
    return filled


@pytest.mark.parametrize("name", FEEDS)
def test_indexes_serve_feeds_in_a_generic_plan(ledger: Asker, name: str) -> None:
    said = dict(FEEDS[name])
    if said.get("units"):
        said["units"] = [
            str(row[0]) for row in ledger.connection.execute("SELECT DISTINCT commune FROM land_parcel LIMIT 2")
        ]
    if said.get("after"):
        first, slots = asked(Form.FEED, "land.parcel", "edges{cursor}", first=700)
        said["after"] = answer_of(ledger, first, slots)["edges"][-1]["cursor"]
    plan = explained(ledger, *asked(Form.FEED, "land.parcel", ITEMS, **said))
    assert not executed_scans(plan) & LARGE, plan
    read = [int(rows) for rows in READS.findall(plan)]
    assert read, plan
    looked_at = LOOKED_AT if said.get("units") else LOOKED_THROUGH if said.get("kinds") else 40
    assert max(read) <= looked_at, plan  # without a filter: ten items, each with a version written or closed


def test_indexes_serve_what_a_change_wrote(ledger: Asker) -> None:
    """Also of a change that closed thousands of versions: only the page's records are looked at closely."""
    slots = Slots()
    writes = "nodes{entity record_id effect facts{effect attributes{attribute old new}}} page_info{has_next_page}"
    fields = (Field("writes", "writes", want(writes), page=slots.page(10)),)
    question = Question("root", "ledger", Form.CHANGE, fields, as_of=AsOf(position=slots.bind(2000)))
    assert len(answer_of(ledger, question, slots)["writes"]["nodes"]) == 10
    plan = explained(ledger, question, slots)
    assert not executed_scans(plan) & LARGE, plan


def test_indexes_serve_histories_of_ways_back(ledger: Asker) -> None:
    slots = Slots()
    field = Field("all", "rights_history", want("nodes{share holder{id}} total_count"), page=slots.page(10))
    (parcel,) = ledger.connection.execute("SELECT parcel FROM land_right LIMIT 1").fetchone() or (None,)
    question = Question("root", "land.parcel", Form.ONE, (field,), key_name="id", key_values=(slots.bind(str(parcel)),))
    plan = explained(ledger, question, slots)
    assert not executed_scans(plan) & LARGE, plan
    assert "land_right_parcel_index" in plan


@pytest.mark.parametrize(("said", "index"), [({"case": "HS-1"}, "of_case"), ({"kinds": ["CORRECTION"]}, "of_kind")])
def test_indexes_serve_the_list_of_changes(ledger: Asker, said: dict[str, Any], index: str) -> None:
    plan = explained(ledger, *asked(Form.CHANGES, "ledger", f"nodes{{position}} {PAGE}", **said))
    assert f"ledger_change_{index}" in plan, plan


def answer_of(asker: Asker, question: Question, slots: Slots) -> Any:
    return json.loads(asker.answer([question], slots.values).data[0])


def explained(asker: Asker, question: Question, slots: Slots) -> str:
    plan = answer.compile(asker.installation, (question,))
    asker.connection.execute(f"PREPARE asked AS {plan.sql}".encode())
    given = ", ".join(psycopg.sql.quote(value.decode()) for value in plan.bind(slots.values) if value is not None)
    rows = asker.connection.execute(
        f"EXPLAIN (ANALYZE, TIMING OFF, COSTS OFF) EXECUTE asked ({given})".encode()
    ).fetchall()
    asker.connection.execute("DEALLOCATE asked")
    return "\n".join(row[0] for row in rows)

"""The statements themselves: what they look like, and that indexes serve them when nothing is known about the values.

Golden files are written anew with ``BASEREGISTRY_TEST_GOLDEN=write``.
"""

import json
import os
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import psycopg
import pytest

from baseregistry.registries import answer
from baseregistry.registries.declarations import DECLARATIONS
from baseregistry.registries.question import Field, Form, Question
from baseregistry.registries.tables import Installation
from tests.conftest import Database
from tests.registries.answer.asking import Asker, Slots, connect, want

SCAN = re.compile(r"Seq Scan on (\w+)")
GOLDEN = Path(__file__).parent / "golden"
ROWS = 4000
FILL = f"""
SET session_replication_role = replica;
CREATE FUNCTION pg_temp.id(kind text, n bigint) RETURNS uuid IMMUTABLE LANGUAGE sql AS $$ SELECT md5(kind || n)::uuid $$;
INSERT INTO ledger_change (position, recorded_at, kind, agency, recorded_by, feed, synthetic, schema_edition, digest, head)
  SELECT n, timestamptz '2020-01-01' + n * interval '1 hour', 'REGISTRATION', 'a', 'b', false, true, '1', '\\x00', '\\x00'
  FROM generate_series(1, {ROWS}) n;
INSERT INTO administration_unit (record_id, valid, recorded_from, change, digest, code, name, level)
  SELECT pg_temp.id('u', n), '[2000-01-01,)', 1, 1, '\\x00', n::text, 'Xã ' || n, 'COMMUNE' FROM generate_series(1, {ROWS}) n;
INSERT INTO population_person (record_id, valid, recorded_from, recorded_to, change, digest, full_name, birth_date, birthplace, status)
  SELECT pg_temp.id('p', n), '[2000-01-01,)', 1 + k, nullif(k + 2, 4), 1, '\\x00', 'Người ' || n,
    daterange(date '1950-01-01' + n::int, date '1950-01-02' + n::int), pg_temp.id('u', n), 'ALIVE'
  FROM generate_series(1, {ROWS}) n, generate_series(0, 2) k;
INSERT INTO population_identifier (record_id, valid, recorded_from, change, digest, person, scheme, number, status)
  SELECT pg_temp.id('i', n), '[2000-01-01,)', 1, 1, '\\x00', pg_temp.id('p', n), 'PERSONAL_ID', lpad(n::text, 12, '0'), 'IN_USE'
  FROM generate_series(1, {ROWS}) n;
INSERT INTO land_parcel (record_id, valid, recorded_from, change, digest, commune, numbering_commune, map_sheet, parcel_number, status)
  SELECT pg_temp.id('l', n), '[2000-01-01,)', 1, 1, '\\x00', pg_temp.id('u', n / 50), pg_temp.id('u', n / 50), '1', n::text, 'CURRENT'
  FROM generate_series(1, {ROWS}) n;
INSERT INTO land_right (record_id, valid, recorded_from, change, digest, parcel, kind, holder)
  SELECT pg_temp.id('r', n), '[2000-01-01,)', 1, 1, '\\x00', pg_temp.id('l', n / 2), 'USE', pg_temp.id('p', n)
  FROM generate_series(1, {ROWS}) n;
INSERT INTO record SELECT record_id, 'land.parcel' FROM land_parcel;
ANALYZE;
"""
PERSON = "id full_name birth_date status{code title_vi} birthplace{name} version{valid_from change{position recorded_at agency}}"
UNIT, PARCEL, HOLDER = ("5f4dcc3b-5aa7-65d6-1d83-27deb882cf99",) * 3
NUMBER = {"personal_id": "000000000077"}
ASKED: dict[str, dict[str, Any]] = {
    "by_number": {"said": (Form.ONE, "population.person", PERSON), "key": NUMBER},
    "by_number_at_a_position": {"said": (Form.ONE, "population.person", PERSON), "key": NUMBER, "as_of": {"position": 3}},
    "by_number_known_at": {"said": (Form.ONE, "population.person", PERSON), "key": NUMBER, "as_of": {"known_at": "2020-02-01T00:00:00Z"}},
    "by_id": {"said": (Form.ONE, "land.parcel", "parcel_number commune{name}"), "key": {"id": PARCEL}},
    "history": {"said": (Form.HISTORY, "population.person", PERSON), "key": {"id": HOLDER}, "superseded": True},
    "rights_of_a_person": {
        "said": (Form.ONE, "population.person", "rights{nodes{parcel{parcel_number rights{nodes{id}}}}}"), "key": NUMBER,
    },
    "a_page_of_parcels": {
        "said": (Form.MANY, "land.parcel", "nodes{parcel_number status{code title_vi}} page_info{has_next_page end_cursor}"),
        "where": lambda slots: slots.where("commune", "eq", UNIT), "first": 20,
    },
    "a_page_by_name": {
        "said": (Form.MANY, "population.person", "nodes{full_name} page_info{has_next_page}"), "order": ("full_name",), "first": 20,
    },
    "names_that_begin_so": {
        "said": (Form.MANY, "population.person", "nodes{full_name}"),
        "where": lambda slots: slots.where("full_name", "prefix", "nguoi 77"), "first": 20,
    },
    "born_in_a_month": {
        "said": (Form.MANY, "population.person", "nodes{full_name}"),
        "where": lambda slots: slots.where("birth_date", "eq", "1956-03"), "first": 20,
    },
    "a_batch_of_numbers": {
        "said": (Form.BATCH, "population.person", "items{key node{full_name status{code title_vi}}} not_found"),
        "key": {"personal_id": [f"{number:012d}" for number in range(1, 201)]},
    },
    "a_batch_of_numbers_at_a_position": {
        "said": (Form.BATCH, "population.person", "items{key node{full_name}} not_found"), "key": {"personal_id": ["000000000077"]},
        "as_of": {"position": 3},
    },
    "a_batch_of_ids": {"said": (Form.BATCH, "land.parcel", "items{node{parcel_number commune{name}}}"), "key": {"id": [PARCEL]}},
    "whose_number_it_ever_was": {
        "said": (Form.MATCHES, "population.person", "record{full_name} matched{number status} held"), "key": NUMBER,
    },
    "by_label": {"said": (Form.MANY, "land.parcel", "nodes{id}"), "key": {"label": (UNIT, "1", "77")}},
}  # fmt: skip


@pytest.fixture(scope="module")
def filled(shared: Database) -> Iterator[Asker]:
    """A few thousand rows of each sort, written past the service: only the plans are looked at."""
    parts = psycopg.conninfo.conninfo_to_dict(shared.url)
    with psycopg.connect(psycopg.conninfo.make_conninfo(shared.url, user="postgres"), autocommit=True) as administrator:
        administrator.execute(f"SET search_path = {shared.settings.schema_name}, public")
        for statement in FILL.strip().split(";\n"):
            administrator.execute(statement.encode())
    assert parts["dbname"] == shared.name
    with connect(
        shared.url, shared.installation.schema, plan_cache_mode="force_generic_plan", random_page_cost="1.1"
    ) as connection:
        yield Asker(shared.installation, connection)


@pytest.mark.parametrize("name", ASKED)
def test_indexes_serve_the_hot_questions_in_a_generic_plan(filled: Asker, name: str) -> None:
    plan = explained(filled, dict(ASKED[name]))
    scanned = set(re.findall(r"Seq Scan on (\w+)", plan))
    assert scanned <= {"code", "enterprise_enterprise", "land_party_group"}, plan  # these hold a page or nothing
    assert not re.search(r"Index Cond: \(record_id IS NOT NULL\)", plan)


def test_indexes_serve_derived_fields(filled: Asker) -> None:
    slots, at = Slots(), {"position": 3, "valid_at": "2021-01-01"}
    person, parcel = (
        filled.connection.execute(f"SELECT {name} FROM land_right").fetchone()[0] for name in ("holder", "parcel")
    )
    in_unit, holder = (("unit_code", slots.bind("77")),), (("holder", slots.bind(person)),)
    for which, record, field in (
        ("population.person", person, Field("it", "holds_right_in", arguments=in_unit)),
        ("land.parcel", parcel, Field("it", "is_held_by", arguments=holder)),
        ("land.parcel", parcel, Field("it", "address_line")),
    ):
        for as_of in ({}, at):
            asked = {"said": (Form.ONE, which, (field,)), "slots": slots, "key": {"id": record}, "as_of": as_of}
            plan = explained(filled, asked)
            assert "actual rows=1" in plan
            assert not executed_scans(plan) - {"land_group_member"}, plan  # nobody belongs to a group here


def test_indexes_serve_ids_of_any_entity(filled: Asker) -> None:
    ids = filled.connection.execute("SELECT record_id FROM land_parcel LIMIT 50").fetchall()
    asked = {"said": (Form.NODES, "", "id"), "key": {"id": [str(record) for (record,) in ids]}}
    assert not executed_scans(explained(filled, asked))


def executed_scans(plan: str) -> set[str]:
    """The tables that were read from end to end; what is only planned for (a branch not taken) does not count."""
    return {found[1] for line in plan.splitlines() if "never executed" not in line and (found := SCAN.search(line))}


@pytest.mark.parametrize("order", ["full_name", "-full_name"])
def test_a_page_in_the_middle_is_read_from_its_place(filled: Asker, order: str) -> None:
    first = filled.many("population.person", "page_info{end_cursor}", order=(order,), first=500)
    after = first["page_info"]["end_cursor"]
    said = (Form.MANY, "population.person", "nodes{full_name} page_info{has_next_page}")
    plan = explained(filled, {"said": said, "order": (order,), "first": 20, "after": after})
    assert "Seq Scan" not in plan, plan
    skipped = [int(rows) for rows in re.findall(r"Rows Removed by Filter: (\d+)", plan)]
    assert max(skipped, default=0) < 200, plan  # each person has two superseded versions


def explained(asker: Asker, asked: dict[str, Any]) -> str:
    question, slots = asker.question(*asked.pop("said"), **asked)
    plan = answer.compile(asker.installation, (question,))
    name = plan.name.decode()
    connection = asker.connection
    connection.execute(f"PREPARE {name} AS {plan.sql}".encode())
    values = [psycopg.sql.quote((value or b"").decode()) for value in plan.bind(slots.values)]
    given = f"({', '.join(values)})" if values else ""
    rows = connection.execute(f"EXPLAIN (ANALYZE, TIMING OFF, COSTS OFF) EXECUTE {name}{given}".encode()).fetchall()
    connection.execute(f"DEALLOCATE {name}".encode())
    return "\n".join(row[0] for row in rows)


INSTALLATION = Installation(DECLARATIONS, "baseregistry", 5899, "Asia/Ho_Chi_Minh")
GOLDENS: dict[str, dict[str, Any]] = {
    "unit_by_code": {"said": (Form.ONE, "administration.unit", "id name level{code title_vi} parent{name}"), "key": {"code": "1"}},
    "person_at_a_position": {
        "said": (Form.ONE, "population.person", "full_name birthplace{name}"), "key": NUMBER, "as_of": {"position": 3},
    },
    "a_batch_by_number": {
        "said": (Form.BATCH, "population.person", "items{key node{full_name}} not_found"), "key": {"personal_id": ["1"]},
    },
    "whose_number_it_ever_was": {"said": (Form.MATCHES, "population.person", "record{full_name} matched{number} held"), "key": NUMBER},
    "holders": {"said": (Form.ONE, "land.parcel", "rights{nodes{share holder{id}} page_info{has_next_page}}"), "key": {"id": PARCEL}},
    "parcels_after": {"said": (Form.MANY, "land.parcel", "nodes{id}"), "order": ("-documented_area",), "after": "x"},
}  # fmt: skip


@pytest.mark.parametrize("name", GOLDENS)
def test_statements_are_what_they_were(name: str) -> None:
    asked = dict(GOLDENS[name])
    question, _ = Asker(INSTALLATION, None).question(*asked.pop("said"), **asked)  # type: ignore[arg-type]
    said = answer.compile(INSTALLATION, (question,)).sql.replace(" \n", "\n") + "\n"
    path = GOLDEN / f"{name}.sql"
    if os.environ.get("BASEREGISTRY_TEST_GOLDEN") == "write":
        path.parent.mkdir(exist_ok=True)
        path.write_text(said, encoding="utf-8")
    assert said == path.read_text(encoding="utf-8")


def test_one_shape_is_one_statement() -> None:
    """No value is part of the statement, so its text and name are the same for every request."""
    plans = []
    for value in ("1", "2'; DROP TABLE record; --"):
        slots = Slots()
        question = Question(
            "unit",
            "administration.unit",
            Form.ONE,
            (Field("id", "id"),),
            key_name="code",
            key_values=(slots.bind(value),),
        )
        plans.append(answer.compile(INSTALLATION, (question,)))
    assert plans[0].sql == plans[1].sql
    assert plans[0].name == plans[1].name
    assert "DROP" not in plans[1].sql
    assert len(plans[0].parameters) == 1


def test_every_placeholder_is_cast() -> None:
    for asked in [*ASKED.values(), *GOLDENS.values()]:
        said = dict(asked)
        question, _ = Asker(INSTALLATION, None).question(*said.pop("said"), **said)  # type: ignore[arg-type]
        plan = answer.compile(INSTALLATION, (question,))
        placeholders = re.findall(r"(?<!\w)\$\d+", plan.sql)
        assert placeholders == re.findall(r"CAST\((\$\d+) AS ", plan.sql)
        assert len(set(placeholders)) == len(plan.parameters)


def test_every_field_of_every_entity_compiles_and_runs(alone: Asker) -> None:
    """Nothing declared is left out: each attribute, way back and word, in one question per entity."""
    for name, entity in DECLARATIONS.entities.items():
        slots = Slots()
        fields = [Field(item.name, item.name, _inside(item.kind)) for item in entity.attributes]
        nodes = (Field("nodes", "nodes", want("id")),)
        fields += [Field(way, way, nodes, page=slots.page(3)) for way in DECLARATIONS.ways_back(entity)]
        fields += want("version{digest change{position}} history{nodes{id}}")
        question = Question("all", name, Form.MANY, (Field("nodes", "nodes", tuple(fields)),), page=slots.page(1))
        assert json.loads(alone.answer([question], slots.values).data[0]) == {"nodes": []}


def _inside(kind: Any) -> tuple[Field, ...]:
    match type(kind).__name__:
        case "Reference":
            return (Field("id", "id"), Field("__typename", "__typename"))
        case "Code":
            return tuple(Field(name, name) for name in ("code", "title_vi", "title_en", "edition", "retired"))
        case _:
            return ()

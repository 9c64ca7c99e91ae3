"""The sample province keeps the promises of a register: in space, in both times, and byte for byte."""

from datetime import UTC, datetime
from itertools import pairwise
from uuid import uuid4

import pytest
import shapely
from stdnum.vn import mst

from baseregistry import db, errors, naming
from baseregistry.registries import changes, ledger, verification
from baseregistry.registries.acts import Period, register
from baseregistry.registries.declarations import DECLARATIONS
from baseregistry.registries.declare import At
from baseregistry.registries.ledger import Kind, Provenance
from baseregistry.seed import seed
from tests.conftest import Database, MakeDatabase
from tests.seed.conftest import PEOPLE, Province

BEFORE = datetime(2024, 6, 1, tzinfo=UTC)
SINCE = datetime(2026, 6, 1, tzinfo=UTC)
MERGER = datetime(2025, 6, 30, 17, tzinfo=UTC)  # midnight in Việt Nam
HOA_LIEN = "20296"
MILLIMETRES = 1e-6  # m²: what a coordinate's last digits make of two parcels that touch


def test_equal_seeds_write_equal_bytes_and_another_seed_others(make_database: MakeDatabase) -> None:
    databases = [make_database() for _ in range(3)]
    heads = [
        seed(database.engine, database.installation, 60, number=number).head
        for database, number in zip(databases, (1, 1, 2), strict=True)
    ]
    assert heads[0] == heads[1] != heads[2]


def test_it_goes_into_an_empty_ledger_only(province: Province, database: Database) -> None:
    with pytest.raises(errors.Refused) as refused:
        seed(province.database.engine, province.database.installation, 60)
    assert refused.value.code == "seed.ledger_not_empty"
    with db.writing(database.engine) as writing:
        unit = DECLARATIONS.entities["administration.unit"]

        act = register(unit, uuid4(), Period(), {"code": "1", "name": "Xã Một", "level": "COMMUNE"})
        changes.record(
            writing, database.installation, Provenance(kind=Kind.REGISTRATION, agency="a", recorded_by="b"), [act]
        )
    with pytest.raises(errors.Refused):
        seed(database.engine, database.installation, 60)


def test_people_are_as_many_as_were_asked_for(province: Province) -> None:
    ((living,),) = province.ask(
        "SELECT count(*) FROM population_person WHERE recorded_to IS NULL AND valid @> cast('2019-06-01' AS timestamptz)"
    )
    assert living == PEOPLE == province.summary.people


def test_the_ledger_says_what_it_is_and_counts_the_years_from_2019_to_2026(province: Province) -> None:
    rows = province.ask("SELECT position, recorded_at, synthetic, reason FROM ledger_change ORDER BY position")
    assert all(row.synthetic for row in rows)
    assert "no real person" in rows[0].reason
    assert [row.position for row in rows] == list(range(1, province.summary.positions + 1))
    assert all(one.recorded_at < other.recorded_at for one, other in pairwise(rows))
    assert (rows[0].recorded_at.year, rows[-1].recorded_at.year) == (2019, 2026)


def test_every_sort_of_change_is_there_and_corrections_were_approved_by_another(province: Province) -> None:
    rows = province.ask("SELECT kind, recorded_by, approved_by FROM ledger_change")
    kinds = [row.kind for row in rows]
    assert set(kinds) == {kind.value for kind in Kind} - {"REDACTION"}
    assert kinds.count("REORGANISATION") == 1
    corrected = [row for row in rows if row.kind in {"CORRECTION", "RETRACTION"}]
    assert corrected
    assert all(row.approved_by and row.approved_by != row.recorded_by for row in corrected)


def test_verify_finds_nothing(province: Province) -> None:
    with db.reading(province.database.engine) as reading:
        verdict = verification.verify(reading, province.database.installation)
    assert not verdict.problems
    assert verdict.head == province.summary.head.hex()


def test_progress_is_told_every_step(province: Province) -> None:
    assert province.watch.steps["People, firms and parcels"] == PEOPLE
    assert {"Until the reorganisation", "Reorganisation", "Since the reorganisation"} <= set(province.watch.steps)
    assert sum(phase.rows for phase in province.summary.phases) == sum(province.summary.rows.values())
    assert 0 < province.summary.reorganisation_held_s < 60


def test_the_reorganisation_holds_the_ledger_before_it_reads_what_it_moves(province: Province) -> None:
    said = ["lock" if "pg_advisory_xact_lock" in one else one for one in province.statements]
    first = next(place for place, one in enumerate(said) if "JOIN successor" in one)
    began = max(place for place in range(first) if "INSERT INTO ledger_change" in said[place])
    assert "lock" in said[began:first]


# --- in space --------------------------------------------------------------------------------------


@pytest.mark.parametrize(("moment", "first", "last"), [(BEFORE, 279, 281), (SINCE, 94, 94)])
def test_every_parcel_lies_in_a_commune_of_its_time(
    province: Province, moment: datetime, first: int, last: int
) -> None:
    rows = province.ask(
        "SELECT p.record_id, u.record_id AS unit, ST_Covers(u.boundary, p.geometry) AS inside FROM land_parcel p"
        " LEFT JOIN administration_unit u ON u.record_id = p.commune AND u.recorded_to IS NULL AND u.valid @> :moment"
        " AND u.level = 'COMMUNE' WHERE p.recorded_to IS NULL AND p.valid @> :moment",
        moment=moment,
    )
    assert len(rows) > PEOPLE / 4
    assert all(row.inside for row in rows)
    ((communes,),) = province.ask(
        "SELECT count(*) FROM administration_unit WHERE recorded_to IS NULL AND valid @> :moment AND level = 'COMMUNE'",
        moment=moment,
    )
    assert first <= communes <= last


@pytest.mark.parametrize("moment", [BEFORE, SINCE])
def test_parcels_never_overlap(province: Province, moment: datetime) -> None:
    rows = province.ask(
        "SELECT ST_AsBinary(geometry) AS shape FROM land_parcel WHERE recorded_to IS NULL AND valid @> :moment"
        " AND status = 'CURRENT'",
        moment=moment,
    )
    parcels = shapely.from_wkb([bytes(row.shape) for row in rows])
    one, other = shapely.STRtree(parcels).query(parcels, predicate="intersects")
    pairs = one < other
    laps = shapely.area(shapely.intersection(parcels[one[pairs]], parcels[other[pairs]]))
    assert len(laps) > len(parcels) / 2, "neighbours touch"
    assert laps.max() < MILLIMETRES
    assert shapely.is_valid(parcels).all()


def test_the_split_commune_went_to_both_its_successors(province: Province) -> None:
    rows = province.ask(
        "SELECT DISTINCT u.code FROM land_parcel old JOIN administration_unit was ON was.record_id = old.commune"
        " AND was.code = :code AND was.valid @> :before JOIN land_parcel new ON new.record_id = old.record_id"
        " AND new.recorded_to IS NULL AND new.valid @> :since"
        " JOIN administration_unit u ON u.record_id = new.commune AND u.recorded_to IS NULL"
        " WHERE old.recorded_to IS NULL AND old.valid @> :before",
        code=HOA_LIEN,
        before=BEFORE,
        since=SINCE,
    )
    assert {row.code for row in rows} == {"20194", "20197"}


# --- in both times ---------------------------------------------------------------------------------


def test_nothing_refers_to_an_old_unit_since_the_merger(province: Province) -> None:
    moved = 0
    for entity in DECLARATIONS.entities.values():
        for attribute, reference in entity.references:
            if reference.to != ("administration.unit",) or reference.at is not At.SAME:
                continue
            table = naming.table(entity.full_name)
            ((stray,),) = province.ask(
                f"SELECT count(*) FROM {table} r WHERE r.recorded_to IS NULL AND upper_inf(r.valid) AND NOT EXISTS"
                f" (SELECT 1 FROM administration_unit u WHERE u.record_id = r.{attribute.name} AND u.recorded_to IS NULL"
                f" AND upper_inf(u.valid)) AND r.{attribute.name} IS NOT NULL"
            )
            assert stray == 0, f"{entity.full_name}.{attribute.name}"
            moved += 1
    assert moved >= 7


def test_before_the_merger_was_recorded_nobody_knew_of_it(province: Province) -> None:
    ((position,),) = province.ask("SELECT position FROM ledger_change WHERE kind = 'REORGANISATION'")
    ((known,),) = province.ask(
        "SELECT count(*) FROM administration_unit WHERE valid @> :since AND level = 'COMMUNE' AND parent IS NOT NULL"
        " AND recorded_from < :position AND (recorded_to >= :position OR recorded_to IS NULL)",
        since=SINCE,
        position=position,
    )
    assert known == 280, "the old communes went on, as far as the register knew"
    ((begun,),) = province.ask(
        "SELECT DISTINCT lower(valid) FROM administration_unit WHERE recorded_from = :position AND upper_inf(valid)",
        position=position,
    )
    assert begun == MERGER


def test_no_reference_dangles(province: Province) -> None:
    checked = 0
    for entity in DECLARATIONS.entities.values():
        for attribute, reference in entity.references:
            targets = " UNION ALL ".join(
                f"SELECT record_id, valid FROM {naming.table(name)} WHERE recorded_to IS NULL" for name in reference.to
            )
            holds = "range_agg(t.valid) @> r.valid" if reference.at is At.SAME else "count(*) > 0"
            ((dangling,),) = province.ask(
                f"SELECT count(*) FROM {naming.table(entity.full_name)} r WHERE r.recorded_to IS NULL"
                f" AND r.{attribute.name} IS NOT NULL AND NOT coalesce((SELECT {holds} FROM ({targets}) t"
                f" WHERE t.record_id = r.{attribute.name}), false)"
            )
            assert dangling == 0, f"{entity.full_name}.{attribute.name}"
            checked += 1
    assert checked > 30


# --- what is said ----------------------------------------------------------------------------------


@pytest.mark.parametrize("moment", [BEFORE, SINCE])
def test_shares_of_one_kind_in_one_parcel_are_never_more_than_the_whole(province: Province, moment: datetime) -> None:
    rows = province.ask(
        "SELECT sum(coalesce(split_part(share, '/', 1)::numeric / split_part(share, '/', 2)::numeric, 1)) AS whole,"
        " count(*) AS holders FROM land_right WHERE recorded_to IS NULL AND valid @> :moment GROUP BY parcel, kind",
        moment=moment,
    )
    assert max(row.whole for row in rows) <= 1.000001
    assert max(row.holders for row in rows) > 1


def test_rules_find_only_what_was_put_there_on_purpose(province: Province) -> None:
    with db.reading(province.database.engine) as reading:
        found = {rule.code: len(rule.find(reading, None)) for rule in province.database.installation.rules}
    deliberate = {"land.documented_area_differs", "land.label_shared", "land.parcel_without_geometry"}
    assert {code for code, count in found.items() if count} <= deliberate, found


def test_tax_codes_are_valid(province: Province) -> None:
    codes = [row[0] for row in province.ask("SELECT DISTINCT tax_code FROM enterprise_enterprise")]
    assert codes
    assert all(mst.is_valid(code) for code in codes)


def test_personal_ids_are_unique_and_say_province_sex_and_year(province: Province) -> None:
    rows = province.ask(
        "SELECT i.number, i.person, min(p.sex) AS sex, min(extract(year FROM lower(p.birth_date)))::integer AS year"
        " FROM population_identifier i JOIN population_person p ON p.record_id = i.person AND p.recorded_to IS NULL"
        " WHERE i.recorded_to IS NULL AND i.scheme = 'PERSONAL_ID' GROUP BY i.number, i.person"
    )
    assert len({row.number for row in rows}) == len(rows) > PEOPLE / 2
    for row in rows:
        century = (row.year // 100 - 19) * 2 + (row.sex == "F")
        assert row.number[:6] in {f"0{place}{century}{row.year % 100:02d}" for place in ("48", "49")}


def test_national_parcel_ids_name_a_point_inside_their_parcel(province: Province) -> None:
    rows = province.ask(
        "SELECT national_parcel_id AS name, ST_Contains(geometry, ST_Transform("
        "ST_SetSRID(ST_PointFromGeoHash(national_parcel_id), 4326), ST_SRID(geometry))) AS inside FROM land_parcel"
        " WHERE recorded_to IS NULL AND national_parcel_id IS NOT NULL"
    )
    assert rows
    assert all(row.inside and len(row.name) == 12 for row in rows)


def test_the_head_is_the_ledgers(province: Province) -> None:
    with db.reading(province.database.engine) as reading:
        head = ledger.head(reading)
    assert (head.position, head.head) == (province.summary.positions, province.summary.head)


def test_it_fits_a_database_made_for_another_country(make_database: MakeDatabase) -> None:
    database = make_database(srid=2154)
    summary = seed(database.engine, database.installation, 60)
    with db.reading(database.engine) as reading:
        row = reading.execute(
            "SELECT count(*) AS parcels, bool_and(ST_SRID(p.geometry) = 2154 AND ST_Covers(u.boundary, p.geometry)) AS inside"
            " FROM land_parcel p JOIN administration_unit u ON u.record_id = p.commune AND u.recorded_to IS NULL"
            " WHERE p.recorded_to IS NULL AND upper_inf(p.valid) AND upper_inf(u.valid)"
        ).one()
    assert summary.people == 60
    assert row.parcels > 10
    assert row.inside

"""What is given is read exactly or refused with a code; what is written is read back as the same value."""

import math
import unicodedata
from datetime import UTC, date, datetime, timedelta, timezone
from decimal import Decimal
from fractions import Fraction as ExactFraction
from typing import Any
from uuid import UUID, uuid4

import numpy
import pytest
import shapely
import sqlalchemy as sa
from hypothesis import example, given
from hypothesis import strategies as st
from psycopg.types.range import DateRange

from baseregistry.errors import BadInput, BadValue
from baseregistry.registries import codes, values
from baseregistry.registries.declarations import DECLARATIONS
from baseregistry.registries.declare import (
    Code,
    Day,
    Flag,
    Fraction,
    Geometry,
    Kind,
    Number,
    PartialDay,
    Reference,
    Text,
)
from tests.conftest import Database

SAIGON = "Asia/Ho_Chi_Minh"
SQUARE = "POLYGON ((0 0, 0 1, 1 1, 1 0, 0 0))"
AREA = Number(12, 2, unit="m2")
RECORD = UUID("01890000-0000-7000-8000-00000000000a")


def read(kind: Kind, raw: Any) -> Any:
    return values.read(kind, raw, place="land.parcel.it")


# --- what is read ----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("kind", "raw", "value"),
    [
        (Text(), " Nguyễn Thị Ánh ", " Nguyễn Thị Ánh "),
        (Text(), "Hoà Liên", "Hoà Liên"),
        (Text(20), 12, "12"),
        (Text(20), 12.0, "12"),
        (Text(20), numpy.int64(7), "7"),
        (Text(14, pattern=r"^[0-9]{10}$"), "0100109106", "0100109106"),
        (Code("land.purpose"), "KĐD", "KĐD"),
        (AREA, "153.4", Decimal("153.40")),
        (AREA, "0100", Decimal("100.00")),
        (AREA, 153.4, Decimal("153.40")),
        (AREA, numpy.float64(0.1), Decimal("0.10")),
        (AREA, 9_999_999_999, Decimal("9999999999.00")),
        (AREA, "-0", Decimal("0.00")),
        (Number(18), "123456789012345678", Decimal("123456789012345678")),
        (Number(5, minimum=None), "-12", Decimal(-12)),
        (Flag(), True, True),
        (Flag(), "FALSE", False),
        (Flag(), 0, False),
        (Flag(), "có", True),
        (Day(), "2025-07-01", date(2025, 7, 1)),
        (Day(), numpy.datetime64("2025-07-01"), date(2025, 7, 1)),
        (PartialDay(), "1956", DateRange(date(1956, 1, 1), date(1957, 1, 1), "[)")),
        (PartialDay(), 1956, DateRange(date(1956, 1, 1), date(1957, 1, 1), "[)")),
        (PartialDay(), "1956-02", DateRange(date(1956, 2, 1), date(1956, 3, 1), "[)")),
        (PartialDay(), "1956-12", DateRange(date(1956, 12, 1), date(1957, 1, 1), "[)")),
        (PartialDay(), "1956-02-29", DateRange(date(1956, 2, 29), date(1956, 3, 1), "[)")),
        (Fraction(), "2/6", ExactFraction(1, 3)),
        (Fraction(), "1", ExactFraction(1)),
        (Fraction(), 1, ExactFraction(1)),
        (Reference(("land.parcel",), "x"), "01890000-0000-7000-8000-00000000000A", RECORD),
    ],
)  # fmt: skip
def test_values_are_read_exactly(kind: Kind, raw: Any, value: Any) -> None:
    found = read(kind, raw)
    assert (found, type(found)) == (value, type(value))
    if isinstance(value, Decimal):
        assert str(found) == str(value)


def test_text_is_put_into_nfc_and_nothing_else_is_changed() -> None:
    spelled = unicodedata.normalize("NFD", "Đặng Thị Hường")
    assert read(Text(), spelled) == "Đặng Thị Hường"
    assert read(Text(14), spelled) == "Đặng Thị Hường"  # the length counts after NFC


@pytest.mark.parametrize("raw", [SQUARE, f"MULTIPOLYGON ({SQUARE.removeprefix('POLYGON ')})"])
def test_a_polygon_becomes_a_multipolygon_of_one(raw: str) -> None:
    found = read(Geometry("MultiPolygon"), raw)
    assert found.geom_type == "MultiPolygon"
    assert found.wkt == "MULTIPOLYGON (((0 0, 0 1, 1 1, 1 0, 0 0)))"


def test_geometry_is_read_from_geojson_wkb_and_shapely_alike() -> None:
    square = shapely.from_wkt(SQUARE)
    spoken = shapely.to_geojson(square)
    given = [
        spoken,
        square.wkt,
        square.wkb_hex,
        {"type": "Polygon", "coordinates": [list(square.exterior.coords)]},
        square.wkb,
        square,
    ]
    assert len({read(Geometry("MultiPolygon"), raw).wkb for raw in given}) == 1


def test_a_ring_that_crosses_itself_is_read_as_it_is() -> None:
    bow = read(Geometry("MultiPolygon"), "POLYGON ((0 0, 1 1, 1 0, 0 1, 0 0))")
    assert not bow.is_valid


# --- what is refused -------------------------------------------------------------------------------

DEEP = {"type": "Polygon", "coordinates": [[[0, 0, 5], [0, 1, 5], [1, 1, 5], [0, 0, 5]]]}
REFUSED: list[tuple[Kind, Any, str]] = [
    (Text(), "", "empty"),
    (Text(), None, "not_text"),
    (Text(), True, "not_text"),
    (Text(), 1.5, "not_text"),
    (Text(), "a\x00b", "control_character"),
    (Text(), "a\nb", "control_character"),
    (Text(), "a\ud800b", "control_character"),
    (Text(3), "abcd", "too_long"),
    (Text(14, pattern=r"^[0-9]{10}$"), "010010910", "bad_pattern"),
    (Text(14, pattern=r"^[0-9]{10}$"), "0100109106 ", "bad_pattern"),
    (AREA, "153,4", "not_a_number"),
    (AREA, "1_000", "not_a_number"),
    (AREA, " 12", "not_a_number"),
    (AREA, "١٢", "not_a_number"),
    (AREA, "1e3", "not_a_number"),
    (AREA, "NaN", "not_a_number"),
    (AREA, math.nan, "not_a_number"),
    (AREA, math.inf, "not_a_number"),
    (AREA, Decimal("Infinity"), "not_a_number"),
    (AREA, Decimal("1E+999999"), "not_a_number"),
    (AREA, True, "not_a_number"),
    (AREA, "12.345", "too_precise"),
    (AREA, 0.1 + 0.2, "too_precise"),
    (AREA, "10000000000", "too_large"),
    (AREA, "-1", "too_small"),
    (Flag(), "yes?", "not_a_flag"),
    (Flag(), 2, "not_a_flag"),
    (Flag(), None, "not_a_flag"),
    (Day(), "01/07/2025", "bad_day"),
    (Day(), "2025-02-29", "bad_day"),
    (Day(), "20250701", "bad_day"),
    (Day(), datetime(2025, 7, 1), "bad_day"),
    (PartialDay(), "56", "bad_partial_day"),
    (PartialDay(), "1956-13", "bad_partial_day"),
    (PartialDay(), "1956-02-30", "bad_partial_day"),
    (PartialDay(), "0000", "bad_partial_day"),
    (PartialDay(), "9999", "bad_partial_day"),
    (PartialDay(), True, "bad_partial_day"),
    (Fraction(), "0/3", "not_a_share"),
    (Fraction(), "4/3", "not_a_share"),
    (Fraction(), "1/0", "not_a_share"),
    (Fraction(), "0.33", "not_a_share"),
    (Fraction(), 0.5, "not_a_share"),
    (Fraction(), 2, "not_a_share"),
    (Geometry("MultiPolygon"), "POLYGON EMPTY", "empty_geometry"),
    (Geometry("MultiPolygon"), "POLYGON ((0 0, 0 1, 1 1", "bad_geometry"),
    (Geometry("MultiPolygon"), "POLYGON ((0 0, 0 1, 1 1, 1 0))", "bad_geometry"),
    (Geometry("MultiPolygon"), {"type": "Polygon", "coordinates": [[[0, 0], [0, 1], [1, 1]]]}, "bad_geometry"),
    (Geometry("MultiPolygon"), {"type": "Polygon"}, "bad_geometry"),
    (Geometry("Point"), {"type": "Point", "coordinates": [0, math.inf]}, "bad_geometry"),
    (Geometry("MultiPolygon"), b"\x01\x02", "bad_geometry"),
    (Geometry("MultiPolygon"), 7, "bad_geometry"),
    (Geometry("MultiPolygon"), "POINT (1 2)", "other_shape"),
    (Geometry("MultiPolygon"), "GEOMETRYCOLLECTION (POINT (1 2))", "other_shape"),
    (Geometry("MultiPolygon"), DEEP, "not_flat"),
    (Geometry("Point"), "POINT M (1 2 3)", "not_flat"),
    (Geometry("Point"), shapely.Point(math.inf, 1), "bad_geometry"),
    (Reference(("land.parcel",), "x"), "0100109106", "bad_id"),
    (Reference(("land.parcel",), "x"), "{01890000-0000-7000-8000-00000000000a}", "bad_id"),
    (Reference(("land.parcel",), "x"), 7, "bad_id"),
]  # fmt: skip


@pytest.mark.parametrize(("kind", "raw", "code"), REFUSED)
def test_what_cannot_be_read_is_refused_with_code_place_and_hint(kind: Kind, raw: Any, code: str) -> None:
    with pytest.raises(BadValue) as refused:
        read(kind, raw)
    assert refused.value.code == f"input.{code}"
    assert refused.value.message.startswith("land.parcel.it: ")
    assert refused.value.where["attribute"] == "land.parcel.it"
    assert refused.value.hint or refused.value.__cause__


def test_a_long_value_is_shown_in_part() -> None:
    with pytest.raises(BadValue) as refused:
        read(Text(10), "x" * 10_000)
    assert len(refused.value.message) < 200


def test_a_code_must_be_of_its_list_when_the_lists_are_given() -> None:
    lists = codes.known(DECLARATIONS)
    kind = Code("land.purpose")
    assert values.read(kind, "LUN", place="p", codes=lists) == "LUN"  # retired in 2024, still readable
    with pytest.raises(BadValue, match=r"no code of the list land\.purpose") as refused:
        values.read(kind, "XYZ", place="p", codes=lists)
    assert refused.value.code == "input.unknown_code"


# --- round trips -----------------------------------------------------------------------------------

ORDINARY = st.text(st.characters(exclude_categories=("Cc", "Cs")), min_size=1, max_size=50)
LAST = date(9997, 12, 31)


@given(ORDINARY)
def test_text_comes_back_and_is_nfc(text: str) -> None:
    once = read(Text(400), text)
    assert unicodedata.is_normalized("NFC", once)
    assert read(Text(400), values.write(Text(400), once)) == once


@given(st.integers(1, 30), st.data())
def test_numbers_come_back_to_the_last_digit(digits: int, data: st.DataObject) -> None:
    scale = data.draw(st.integers(0, digits))
    kind = Number(digits, scale, minimum=None)
    units = data.draw(st.integers(-(10**digits) + 1, 10**digits - 1))
    number = Decimal(f"{units}E-{scale}")
    found = read(kind, str(f"{number:f}"))
    assert found == number
    assert read(kind, values.write(kind, found)) == found
    assert -found.as_tuple().exponent == scale


@given(st.floats(allow_nan=False, allow_infinity=False))
@example(153.39999999999998)
@example(1e26)
def test_a_float_is_read_as_its_shortest_decimal_or_refused(number: float) -> None:
    kind = Number(12, 2, minimum=None)
    try:
        found = read(kind, number)
    except BadValue:
        assert round(number, 2) != number or abs(number) >= 1e10
    else:
        assert float(found) == number


@given(st.dates(min_value=date(1, 1, 1), max_value=LAST), st.sampled_from([4, 7, 10]))
def test_partial_days_come_back(day: date, length: int) -> None:
    text = day.isoformat()[:length]
    days = read(PartialDay(), text)
    assert days.lower <= day < days.upper
    assert values.write(PartialDay(), days) == text


def test_a_range_of_days_that_is_no_calendar_unit_is_written_as_an_interval() -> None:
    assert values.write(PartialDay(), DateRange(date(1956, 1, 2), date(1956, 1, 9))) == "1956-01-02/1956-01-09"


@given(st.dates())
def test_days_come_back(day: date) -> None:
    assert read(Day(), values.write(Day(), day)) == day


@given(st.fractions(min_value=0, max_value=1, max_denominator=10**9).filter(bool))
def test_shares_come_back(share: ExactFraction) -> None:
    assert read(Fraction(), values.write(Fraction(), share)) == share
    assert "/" in values.write(Fraction(), share)


@given(st.booleans())
def test_flags_come_back(flag: bool) -> None:
    assert read(Flag(), values.write(Flag(), flag)) is flag


@given(st.lists(st.tuples(*[st.floats(-1e7, 1e7)] * 2), min_size=3, max_size=8, unique=True))
def test_geometries_come_back_byte_for_byte(corners: list[tuple[float, float]]) -> None:
    kind = Geometry("MultiPolygon")
    shape = read(kind, shapely.Polygon(corners))
    assert read(kind, values.write(kind, shape)).wkb == shape.wkb


def test_references_come_back() -> None:
    kind, record = Reference(("land.parcel",), "x"), uuid4()
    assert read(kind, values.write(kind, record)) == record


# --- instants --------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("raw", "said"),
    [
        ("2025-07-01", "2025-06-30T17:00:00+00:00"),
        (date(2025, 7, 1), "2025-06-30T17:00:00+00:00"),
        (numpy.datetime64("2025-07-01"), "2025-06-30T17:00:00+00:00"),
        ("1970-01-01", "1969-12-31T16:00:00+00:00"),  # Saigon kept +08 until 1975-06-13
        ("2025-07-01T08:30:00.000001+07:00", "2025-07-01T01:30:00.000001+00:00"),
        ("2025-07-01 08:30Z", "2025-07-01T08:30:00+00:00"),
        (datetime(2025, 7, 1, tzinfo=timezone(timedelta(hours=7))), "2025-06-30T17:00:00+00:00"),
    ],
)
def test_instants_are_read_with_their_microseconds(raw: Any, said: str) -> None:
    found = values.instant(raw, SAIGON)
    assert (found, found.tzinfo) == (datetime.fromisoformat(said), UTC)


@pytest.mark.parametrize(
    ("raw", "code"),
    [
        ("2025-07-01T08:30:00", "naive_timestamp"),
        (datetime(2025, 7, 1), "naive_timestamp"),
        (numpy.datetime64("2025-07-01T08:30"), "naive_timestamp"),
        ("infinity", "infinite_time"),
        ("-Infinity", "infinite_time"),
        ("2025-07-01T08:30:00.1234567Z", "too_precise"),
        ("2025-07-01T08:30:00+17:00", "bad_instant"),
        ("2025-07-01T24:01:00Z", "bad_instant"),
        ("2025-02-30", "bad_instant"),
        ("0001-01-01", "bad_instant"),
        ("01/07/2025", "bad_instant"),
        ("", "bad_instant"),
        (None, "bad_instant"),
        (numpy.datetime64("NaT"), "bad_instant"),
        (20250701, "bad_instant"),
    ],
)
def test_what_is_no_instant_is_refused(raw: Any, code: str) -> None:
    with pytest.raises(BadValue) as refused:
        values.instant(raw, SAIGON)
    assert refused.value.code == f"input.{code}"


def test_an_unknown_zone_is_named() -> None:
    with pytest.raises(BadInput, match="'Asia/Saigon2' is no time zone") as refused:
        values.instant("2025-07-01", "Asia/Saigon2")
    assert refused.value.code == "input.bad_zone"


@pytest.mark.parametrize("zone", [SAIGON, "Europe/Paris", "America/Sao_Paulo"])
def test_a_day_begins_where_postgresql_says_it_does(database: Database, zone: str) -> None:
    """Also before zones had whole hours, and where clocks were put forward at midnight."""
    with database.engine.connect() as connection:
        rows = connection.execute(
            sa.text(
                "SELECT day::date, extract(epoch FROM day AT TIME ZONE :zone)::bigint AS seconds"
                " FROM generate_series('1890-01-01'::timestamp, '2030-12-31', '1 day') day"
            ),
            {"zone": zone},
        ).all()
    told = [(row.day, int(values.instant(row.day, zone).timestamp())) for row in rows]
    assert told == [(row.day, row.seconds) for row in rows]


@given(st.datetimes(min_value=datetime(2, 1, 1), max_value=datetime(9998, 12, 31), timezones=st.just(UTC)))
def test_instants_come_back(moment: datetime) -> None:
    assert values.instant(moment.isoformat(), SAIGON) == moment

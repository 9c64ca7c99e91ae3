"""Scalars lose nothing, and refuse what they cannot keep."""

from functools import partial

import pytest
from graphql import GraphQLError, GraphQLScalarType, parse_const_value
from hypothesis import given
from hypothesis import strategies as st

from baseregistry.graphql.scalars import scalars

SCALARS = scalars()
INSTANT = "2025-07-01T08:30:00.000001+07:00"
GOOD = [
    ("Position", "1204", 1204),
    ("Position", 0, 0),
    ("Position", str(2**63 - 1), 2**63 - 1),
    ("Decimal", "153.40", "153.40"),
    ("Decimal", "-0.5", "-0.5"),
    ("Decimal", 12, "12"),
    ("DateTime", INSTANT, INSTANT),
    ("DateTime", "2025-07-01 08:30z", "2025-07-01T08:30Z"),
    ("DateTime", "2025-07-01", "2025-07-01"),
    ("DateTime", "0001-01-01T00:00:00-14:00", "0001-01-01T00:00:00-14:00"),
    ("Date", "2024-02-29", "2024-02-29"),
    ("PartialDate", "1956", "1956"),
    ("PartialDate", "1956-03", "1956-03"),
    ("PartialDate", "9998-12", "9998-12"),
    ("PartialDate", "1956-03-12", "1956-03-12"),
    ("Fraction", "2/6", "1/3"),
    ("Fraction", "1/1", "1/1"),
    ("CRS", "CRS84", 4326),
    ("CRS", "EPSG:5899", 5899),
    ("ID", "01890A5D-AC96-774B-BCCE-B302099A8057", "01890a5d-ac96-774b-bcce-b302099a8057"),
]
BAD = [
    ("Position", -1, "input.bad_position"),
    ("Position", "1.0", "input.bad_position"),
    ("Position", True, "input.bad_position"),
    ("Position", str(2**63), "input.bad_position"),
    ("Position", "٣", "input.bad_position"),
    ("Decimal", 1.5, "input.bad_decimal"),
    ("Decimal", "1e5", "input.bad_decimal"),
    ("Decimal", "NaN", "input.bad_decimal"),
    ("DateTime", "2025-07-01T08:30:00", "input.naive_timestamp"),
    ("DateTime", "2025-07-01T08:30:00.0000001Z", "input.bad_instant"),
    ("DateTime", "2025-02-30", "input.bad_instant"),
    ("DateTime", "2025-02-30T00:00:00Z", "input.bad_instant"),
    ("DateTime", "2025-07-01T08:30:00+17:00", "input.bad_instant"),
    ("DateTime", "0001-01-01T00:00:00+14:00", "input.bad_instant"),
    ("DateTime", "9999-12-31T23:59:59-14:00", "input.bad_instant"),
    ("DateTime", "infinity", "input.bad_instant"),
    ("DateTime", "now", "input.bad_instant"),
    ("DateTime", 1751331600, "input.bad_instant"),
    ("Date", "2025-7-1", "input.bad_date"),
    ("Date", "2025-02-29", "input.bad_date"),
    ("PartialDate", "1956-13", "input.bad_partial_date"),
    ("PartialDate", "9999", "input.bad_partial_date"),
    ("PartialDate", "9999-12", "input.bad_partial_date"),
    ("PartialDate", "0000", "input.bad_partial_date"),
    ("PartialDate", 1956, "input.bad_partial_date"),
    ("Fraction", "4/3", "input.bad_fraction"),
    ("Fraction", "0/3", "input.bad_fraction"),
    ("Fraction", "1/0", "input.bad_fraction"),
    ("CRS", "+proj=longlat", "input.bad_crs"),
    ("CRS", "EPSG:0", "input.bad_crs"),
    ("CRS", "EPSG:6959", "input.swapped_crs"),
    ("ID", "7", "input.bad_id"),
    ("GeoJSON", {"type": "Point"}, "input.bad_geojson"),
]


@pytest.mark.parametrize(("name", "value", "kept"), GOOD)
def test_what_can_be_kept_is_kept(name: str, value: object, kept: object) -> None:
    assert SCALARS[name].coerce_input_value(value) == kept


@pytest.mark.parametrize(("name", "value", "code"), BAD)
def test_what_would_be_lost_is_refused_with_a_code_and_a_hint(name: str, value: object, code: str) -> None:
    with pytest.raises(GraphQLError) as refused:
        SCALARS[name].coerce_input_value(value)
    assert refused.value.extensions is not None
    assert refused.value.extensions["code"] == code
    assert refused.value.extensions["hint"]


@pytest.mark.parametrize(
    ("name", "literal", "kept"),
    [("Position", "12", 12), ("Position", '"12"', 12), ("Decimal", '"1.50"', "1.50"), ("Fraction", '"1/3"', "1/3")],
)
def test_a_literal_is_read_as_a_value_is(name: str, literal: str, kept: object) -> None:
    read = SCALARS[name].coerce_input_literal
    assert read is not None
    assert read(parse_const_value(literal)) == kept


@pytest.mark.parametrize("literal", ["1.5", "true", "[1]", "{a: 1}", "ENUM", "null", "9" * 400])
def test_a_literal_of_another_kind_is_refused(literal: str) -> None:
    for scalar in SCALARS.values():
        read = scalar.coerce_input_literal
        assert read is not None
        if scalar.name == "Decimal" and literal.isdigit():
            continue
        with pytest.raises(GraphQLError):
            read(parse_const_value(literal))


@given(st.text() | st.integers() | st.floats() | st.booleans() | st.none() | st.lists(st.text()))
def test_a_scalar_answers_or_refuses_whatever_it_is_given(value: object) -> None:
    assert all(outcome is not None for outcome in map(partial(tried, value), SCALARS.values()))


def tried(value: object, scalar: GraphQLScalarType) -> object:
    try:
        return scalar.coerce_input_value(value)
    except GraphQLError as refused:
        return str((refused.extensions or {})["code"])

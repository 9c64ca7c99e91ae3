"""What schemathesis needs to know of the service: values of our scalars, and what every response must be.

Half of the values are ones that the service has; a refusal is no failure when it has a code of ours.
"""

import re
from typing import Any

import schemathesis
from hypothesis import strategies as st
from schemathesis.graphql import nodes

CODE = re.compile(
    r"(input|question|http|ledger|versions|register|land|population|stream|administration|enterprise|access)\.[a-z_]+"
)
INSIDE = ("Traceback", "psycopg", "sqlalchemy", "SELECT ", 'File "', "baseregistry/")
IDS = ["00000000-0000-4000-8000-000000000000", "01890a5d-ac96-774b-bcce-b302099a8057", "7", ""]
MOMENTS = [
    "2025-07-01",
    "2025-06-30T00:00:00.000001+07:00",
    "2025-07-01T00:00:00",
    "0001-01-01",
    "9999-12-31T23:59:59Z",
    "x",
]
SHAPES = [
    '{"type":"Point","coordinates":[108.3,15.9]}',
    '{"type":"Polygon","coordinates":[[[0,0],[1,1],[0,1],[1,0],[0,0]]]}',
    "{}",
]


def texts(*values: str) -> st.SearchStrategy[Any]:
    return (st.sampled_from(values) | st.text(max_size=20)).map(nodes.String)


SCALARS: dict[str, st.SearchStrategy[Any]] = {
    "ID": texts(*IDS),
    "Position": st.integers(-1, 2**64).map(nodes.Int) | st.integers(0, 8).map(str).map(nodes.String),
    "Decimal": texts("1", "153.40", "1e9", "NaN", "-0"),
    "DateTime": texts(*MOMENTS),
    "Date": texts("2025-07-01", "2025-02-30"),
    "PartialDate": texts("1956", "1956-03", "9999-12", "1956-13"),
    "Fraction": texts("1/3", "2/6", "1/0", "3/2"),
    "CRS": texts("CRS84", "EPSG:5899", "EPSG:6956", "EPSG:99999999"),
    "GeoJSON": texts(*SHAPES),
}
for name, values in SCALARS.items():
    schemathesis.graphql.scalar(name, values)


@schemathesis.check
def answered_or_refused_with_a_code(_: Any, response: Any, __: Any) -> None:
    """Nothing is a fault of the program, and no word of the inside is told."""
    body = response.json()
    assert response.status_code < 500, body
    assert set(body) in ({"errors"}, {"data"}, {"data", "extensions"}), set(body)
    for error in body.get("errors", ()):
        assert CODE.fullmatch(error["extensions"]["code"]), error
        assert error["extensions"]["code"] != "register.internal"
    assert not [word for word in INSIDE if word in response.text], response.text

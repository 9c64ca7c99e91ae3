"""Files are read feature by feature and row by row, with their lines, whatever program wrote them."""

import json
import struct
import tempfile
from pathlib import Path
from typing import Any

import numpy
import pyogrio
import pytest
import shapely
from hypothesis import given
from hypothesis import strategies as st

from baseregistry import errors
from baseregistry.registries.declarations import DECLARATIONS
from baseregistry.registries.declare import Attribute, Geometry, Sensitivity, Title
from baseregistry.registries.imports import geojson as reader
from baseregistry.registries.imports.files import opened
from baseregistry.registries.imports.geometries import GeometryReader
from baseregistry.registries.imports.names import names_of, plain
from baseregistry.registries.imports.plan import Cell, Fact
from baseregistry.registries.imports.sources import Batch

FEATURES = [
    {"type": "Feature", "id": n, "properties": {"tên": f"Thửa {n}, “a\\b”", "n": n}, "geometry": None} for n in range(5)
]
COLLECTION = {"type": "FeatureCollection", "name": "x", "features": FEATURES, "totalFeatures": 5}


def read(path: Path, size: int = 2, **how: Any) -> list[Batch]:
    return list(opened(path, **how).batches(size))


@pytest.mark.parametrize("indent", [None, 0, 2])
@pytest.mark.parametrize("chunk", [7, 64, 2**20])
def test_geojson_on_one_line_or_many_through_any_window(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, indent: int | None, chunk: int
) -> None:
    monkeypatch.setattr(reader, "CHUNK", chunk)
    path = tmp_path / "a.geojson"
    path.write_text("\ufeff" + json.dumps(COLLECTION, indent=indent, ensure_ascii=False), encoding="utf-8")
    batches = read(path)
    assert [list(batch.numbers) for batch in batches] == [[1, 2], [3, 4], [5]]
    assert [name for batch in batches for name in batch.columns["tên"]] == [f["properties"]["tên"] for f in FEATURES]
    assert [value for batch in batches for value in batch.columns["id"]] == list(range(5))
    lines = [line for batch in batches for line in batch.lines]
    if indent is None:
        assert lines == [1] * 5
    else:
        text = path.read_text(encoding="utf-8-sig").split("\n")
        assert all(text[line - 1].strip() == "{" for line in lines)
        assert lines == sorted(set(lines))


JSON = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**53), 2**53) | st.text(max_size=9),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=3), inner, max_size=3),
    max_leaves=8,
)


@given(JSON)
def test_geojson_gives_properties_as_json_does(value: Any) -> None:
    text = json.dumps({"features": [{"type": "Feature", "properties": {"v": value}, "geometry": None}]})
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "a.json"
        path.write_text(text, encoding="utf-8")
        assert read(path)[0].columns["v"] == [json.loads(json.dumps(value))]


def test_a_crs_after_the_features_is_too_late(tmp_path: Path) -> None:
    path = tmp_path / "a.geojson"
    crs = {"type": "name", "properties": {"name": "urn:ogc:def:crs:EPSG::5899"}}
    path.write_text(json.dumps({"features": FEATURES, "crs": crs}), encoding="utf-8")
    with pytest.raises(errors.BadFile, match="too late") as failure:
        read(path)
    assert "--crs EPSG:5899" in str(failure.value.hint)
    path.write_text(json.dumps({"crs": crs, "features": FEATURES}), encoding="utf-8")
    assert opened(path).crs == "EPSG:5899"


def test_what_is_no_feature_is_a_broken_row(tmp_path: Path) -> None:
    path = tmp_path / "a.geojson"
    path.write_text('{"features": [\n{"type": "Feature", "properties": null, "geometry": null},\n7,\n{}\n]}', "utf-8")
    (batch,) = read(path, 10)
    assert (list(batch.numbers), [(broken.row, broken.line) for broken in batch.broken]) == ([1], [(2, 3), (3, 4)])


@pytest.mark.parametrize("delimiter", [",", ";", "\t", "|"])
def test_csv_of_any_delimiter_with_lines_where_records_begin(tmp_path: Path, delimiter: str) -> None:
    path = tmp_path / "a.csv"
    rows = [["tên", "b"], ['"x\ny"', "1"], ["z", "2"]]
    path.write_text("\r\n".join(delimiter.join(row) for row in rows), encoding="utf-8-sig", newline="")
    (batch,) = read(path, 10)
    assert batch.columns == {"tên": ("x\ny", "z"), "b": ("1", "2")}
    assert list(batch.lines) == [2, 4]


def _shapefile(path: Path, name: str, encoding: str) -> Path:
    pyogrio.raw.write(
        path,
        shapely.to_wkb([shapely.Point(0, 0)]),
        [numpy.array([name], dtype=object), numpy.array(["2015-03-01"], dtype="datetime64[D]")],
        ["TEN", "NGAY"],
        geometry_type="Point",
        crs="EPSG:5899",
        driver="ESRI Shapefile",
        encoding=encoding,
    )
    return path


def test_a_shapefile_without_its_encoding_is_utf_8_and_never_guessed(tmp_path: Path) -> None:
    path = _shapefile(tmp_path / "a.shp", "Phường Hội An", "UTF-8")
    assert read(path)[0].columns["TEN"] == ["Phường Hội An"]
    path.with_suffix(".cpg").unlink()
    table = path.with_suffix(".dbf")
    header = bytearray(table.read_bytes())
    header[29] = 0
    table.write_bytes(bytes(header))
    (batch,) = read(path)
    assert (batch.columns["TEN"], batch.columns["NGAY"]) == (["Phường Hội An"], ["2015-03-01"])
    old = _shapefile(tmp_path / "b.shp", "Xã A", "cp1252")
    old.with_suffix(".cpg").unlink(missing_ok=True)
    header = bytearray(old.with_suffix(".dbf").read_bytes())
    header[29] = 0
    old.with_suffix(".dbf").write_bytes(bytes(header))
    with pytest.raises(errors.BadFile) as failure:
        read(old)
    assert failure.value.code == "input.bad_encoding"
    assert read(old, encoding="cp1252")[0].columns["TEN"] == ["Xã A"]


def test_a_geopackage_goes_on_after_the_last_feature_and_asks_which_layer(tmp_path: Path) -> None:
    path = tmp_path / "a.gpkg"
    many = shapely.to_wkb([shapely.Point(n, n) for n in range(5)])
    for layer in ("thua", "nha"):
        pyogrio.raw.write(
            path,
            many,
            [numpy.array([1.5, numpy.nan, 3, 4, 5]), numpy.array(["2015-03-01T08:00:00"] * 5, dtype="datetime64[ms]")],
            ["area", "at"],
            layer=layer,
            append=path.exists(),
            geometry_type="Point",
            crs="EPSG:4756",
            driver="GPKG",
        )
    with pytest.raises(errors.BadFile, match="thua, nha|nha, thua") as failure:
        opened(path)
    assert failure.value.code == "input.which_layer"
    batches = read(path, layer="thua")
    assert [list(batch.numbers) for batch in batches] == [[1, 2], [3, 4], [5]]
    assert [value for batch in batches for value in batch.columns["area"]] == [1.5, None, 3.0, 4.0, 5.0]
    assert batches[0].columns["at"][0].startswith("2015-03-01T08:00:00")
    with pytest.raises(errors.BadFile):
        opened(path, layer="nowhere")


def test_geometries_are_read_as_wkt_wkb_and_geojson() -> None:
    entity = DECLARATIONS.entities["land.parcel"]
    kind = Attribute("geometry", Geometry("MultiPolygon"), Title("", ""), "", Sensitivity.PUBLIC, "")
    square = shapely.box(562_000, 1_756_000, 562_010, 1_756_010)
    refused: dict[int, errors.RegisterError] = {}
    for raws in (
        [square.wkt, None, " "],
        [shapely.to_wkb(square), None, None],
        [shapely.to_wkb(square, hex=True), None, ""],
        [shapely.to_geojson(square), None, ""],
    ):
        made = GeometryReader(Fact(entity, kind, Cell("geometry")), 5899, 5899, swap=False, flatten=False)
        first, *others = made.column(raws, refused.__setitem__)
        assert first is not None
        assert shapely.from_wkb(first) == shapely.MultiPolygon([square])
        assert struct.unpack("<I", bytes.fromhex(first)[5:9])[0] == 5899
        assert others == [None, None]
    assert not refused


def test_every_attribute_is_known_by_its_names_and_no_name_means_two() -> None:
    for entity in DECLARATIONS.entities.values():
        known = names_of(entity)
        for attribute in entity.attributes:
            assert known[plain(attribute.name)] == (attribute.name,), entity.full_name
    assert plain("Số_Tờ-Bản đồ") == plain("SOTOBANDO")

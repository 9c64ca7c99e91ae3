"""CRS by EPSG code, by named operations, and agreement between PostGIS and this program."""

import psycopg
import pytest

from baseregistry import db, errors
from baseregistry.cluster import Cluster
from baseregistry.registries import crs
from tests.conftest import Database


def test_the_published_check_point_of_da_nang() -> None:
    """WGS 84 108.3350 E 15.8794 N is E 562452.0611, N 1756322.6278 in EPSG:5899 by EPSG:6960."""
    lon, lat = crs.transformer(5899, 4326).transform(562452.0611, 1756322.6278)
    assert (lon, lat) == pytest.approx((108.3350, 15.8794), abs=2e-9)


def test_vn_2000_is_taken_to_wgs_84_by_epsg_6960_and_not_by_its_rival() -> None:
    assert "VN-2000 to WGS 84 (2)" in crs.transformer(5899, 4326).description
    assert "VN-2000 to WGS 84 (2)" in crs.transformer(4326, 9213).description


def test_an_unknown_code_says_what_to_give() -> None:
    with pytest.raises(errors.BadInput) as refused:
        crs.transformer(5899, 123456)
    assert refused.value.code == "input.unknown_crs"
    assert "EPSG:5899" in (refused.value.hint or "")


@pytest.mark.parametrize(("code", "instead"), [(6956, 5896), (6957, 5897), (6958, 5898), (6959, 5899)])
def test_a_code_with_swapped_axes_names_the_one_that_replaced_it(code: int, instead: int) -> None:
    with pytest.raises(errors.BadInput) as refused:
        crs.named(code)
    assert refused.value.code == "input.swapped_crs"
    assert f"EPSG:{instead} replaced it" in (refused.value.hint or "")
    assert crs.is_metric(instead)


@pytest.mark.parametrize(("code", "metric"), [(5899, True), (2154, True), (4756, False), (4326, False), (2229, False)])
def test_areas_are_square_metres_in_a_plane_in_metres_only(code: int, metric: bool) -> None:
    assert crs.is_metric(code) is metric


def test_the_area_of_use_tells_swapped_axes() -> None:
    hoi_an = (562452.0, 1756322.0, 562500.0, 1756400.0)
    swapped = (1756322.0, 562452.0, 1756400.0, 562500.0)
    assert crs.extent(5899).holds(hoi_an)
    assert not crs.extent(5899).holds(swapped)


@pytest.mark.parametrize("srid", [5899, 2154, 9213])
def test_postgis_and_the_named_operation_agree_within_a_tenth_of_a_millimetre(database: Database, srid: int) -> None:
    with db.reading(database.engine) as reading:
        assert crs.check_transform(reading, srid) < crs.TOLERANCE_M


def test_a_server_that_transforms_otherwise_is_not_served_from(database: Database, running_cluster: Cluster) -> None:
    """The rotation signs of VN-2000 unflipped, as 8 of 11 public sources have them: 0.64 m off."""
    wrong = (
        "+proj=tmerc +lat_0=0 +lon_0=107.75 +k=0.9999 +x_0=500000 +y_0=0 +ellps=WGS84 +units=m +no_defs"
        " +towgs84=-191.90441429,-39.30318279,-111.45032835,-0.00928836,0.01975479,-0.00427372,0.252906278"
    )
    with psycopg.connect(running_cluster.url(database.name, "postgres"), autocommit=True) as administrator:
        row = "auth_name = NULL, auth_srid = NULL, srtext = '', proj4text = %s"
        administrator.execute(f"UPDATE public.spatial_ref_sys SET {row} WHERE srid = 5899", [wrong])
    with pytest.raises(errors.Unavailable) as refused, db.reading(database.engine) as reading:
        crs.check_transform(reading, 5899)
    assert refused.value.code == "register.crs_disagrees"

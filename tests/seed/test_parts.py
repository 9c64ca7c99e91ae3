"""The parts of the sample province, one by one: chance, numbers, plan, ground, streets."""

from collections import Counter
from datetime import UTC, date, datetime
from itertools import islice
from random import Random
from uuid import UUID

import pytest
import shapely
from stdnum.vn import mst

from baseregistry import errors
from baseregistry.registries import crs
from baseregistry.seed import cells, gazetteer, plan
from baseregistry.seed.chance import Identities, Urn, stream
from baseregistry.seed.families import Register
from baseregistry.seed.footprints import area, halves
from baseregistry.seed.numbering import Numbers, geohash
from baseregistry.seed.plane import plane
from baseregistry.seed.streets import Ground, lots

MOMENT = datetime(2019, 3, 4, tzinfo=UTC)
PLACES = gazetteer.read()
CELLS = cells.draw(PLACES, plane(5899))


def test_streams_repeat_and_differ_by_name() -> None:
    assert stream(1, "a").random() == stream(1, "a").random() != stream(1, "b").random()


def test_record_ids_are_uuids_of_version_7_at_the_invented_moment() -> None:
    ids = Identities(Random(1), MOMENT)
    made = [UUID(ids.new()) for _ in range(200)]
    assert len(set(made)) == 200
    assert {one.version for one in made} == {7}
    assert {one.int >> 80 for one in made} == {int(MOMENT.timestamp() * 1000)}


def test_an_urn_gives_each_as_often_as_its_weight() -> None:
    random, urn = Random(1), Urn({"often": 9, "seldom": 1})
    drawn = Counter(urn.draw(random) for _ in range(5000))
    assert 400 < drawn["seldom"] < 600


def test_geohash_of_a_known_point() -> None:
    assert geohash(10.40744, 57.64911, 11) == "u4pruydqqvj"


def test_numbers_never_repeat_and_keep_their_rules() -> None:
    numbers = Numbers(Random(1))
    personal = [numbers.personal_id("49", "F", date(2003, 5, 1)) for _ in range(3000)]
    assert len(set(personal)) == 3000
    assert {one[:6] for one in personal} == {"049303"}
    assert all(mst.is_valid(numbers.tax_code()) for _ in range(500))
    serials = [numbers.certificate(date(year, 3, 1)) for year in range(1994, 2027) for _ in range(50)]
    assert len(set(serials)) == len(serials)


def test_the_gazetteer_has_the_units_and_the_one_split() -> None:
    assert (len(PLACES.old), len(PLACES.new), len(PLACES.communes)) == (307, 95, 280)
    parts = [one for one in PLACES.successors if not one.whole]
    assert {(one.old, one.new, one.default) for one in parts} == {("20296", "20194", False), ("20296", "20197", True)}
    assert {one.old for one in PLACES.successors if one.default} >= {place.code for place in PLACES.communes}


def test_cells_tile_and_their_unions_are_the_units_of_today() -> None:
    communes = shapely.union_all([CELLS.old[place.code] for place in PLACES.communes])
    assert sum(CELLS.old[place.code].area for place in PLACES.communes) == pytest.approx(communes.area, rel=1e-9)
    new = [CELLS.new[place.code] for place in PLACES.new.values() if place.level == "COMMUNE"]
    assert sum(cell.area for cell in new) == pytest.approx(CELLS.new["48"].area, rel=1e-6)
    assert all(shapely.is_valid(cell) for cell in (*CELLS.old.values(), *CELLS.new.values()))


def test_each_commune_contains_its_point() -> None:
    assert all(CELLS.old[code].contains(shapely.Point(point)) for code, point in CELLS.points.items())
    assert len(set(CELLS.points.values())) == 280


@pytest.mark.parametrize("people", [1, 20, 60, 300, 4_321, 20_000, 1_500_000])
def test_the_plan_shares_everybody_out(people: int) -> None:
    portions = plan.portions(PLACES, CELLS, people)
    settlements = [one for portion in portions for one in portion]
    assert sum(one.people for one in settlements) == people
    assert max(sum(one.people for one in portion) for portion in portions) <= plan.PORTION
    if people >= 300:
        assert sum(one.people for one in settlements if one.place.code == "20296") >= 75


def test_households_have_exactly_the_people_asked_for() -> None:
    register = Register(PLACES.old["20233"], Random(1), Identities(Random(1), MOMENT))
    households = list(register.households(1000))
    assert sum(len(one.members) for one in households) == 1000
    assert all(one.head.age() > 20 and one.formed >= one.head.born for one in households)
    assert all(child.father is None or child.born > child.father.born for one in households for child in one.members)


@pytest.mark.parametrize("code", ["20233", "20296", "20440"])  # a ward, the split commune, a mountain commune
def test_lots_tile_their_blocks_and_stay_in_one_piece_of_the_cell(code: str) -> None:
    ground = Ground(PLACES.old[code], CELLS.points[code], CELLS.pieces(code), 5899)
    drawn = list(islice(lots(ground, 400, Random(1)), 400))
    shapes = shapely.polygons([one.corners for one in drawn])
    assert shapely.is_valid(shapes).all()
    assert len({(one.sheet, one.number) for one in drawn}) == 400
    assert all(any(piece.contains(shape) for piece in CELLS.pieces(code)) for shape in shapes)
    one, other = shapely.STRtree(shapes).query(shapes, predicate="intersects")
    laps = shapely.area(shapely.intersection(shapes[one[one < other]], shapes[other[one < other]]))
    assert laps.max() < 1e-6


def test_a_full_cell_ends_its_lots() -> None:
    tiny = shapely.box(0, 0, 200, 120)
    ground = Ground(PLACES.old["20233"], (100, 60), [tiny], 5899)
    assert 0 < len(list(lots(ground, 1000, Random(1)))) < 200


def test_halves_make_the_whole() -> None:
    lot = [(0.0, 0.0), (10.0, 1.0), (11.0, 21.0), (1.0, 20.0)]
    one, other = halves(lot, 0.4)
    assert area(one) + area(other) == pytest.approx(area(lot))
    assert 0.35 < area(one) / area(lot) < 0.45


@pytest.mark.parametrize("srid", [5899, 3405, 2154, 32649])
def test_any_metric_crs_will_do_and_distances_stay_true(srid: int) -> None:
    ground = plane(srid)
    here, there = ground.at(108.20, 16.05), ground.at(108.20, 16.06)
    assert abs(((here[0] - there[0]) ** 2 + (here[1] - there[1]) ** 2) ** 0.5 - 1106.5) < 3
    assert crs.extent(srid).holds((*here, *there))


def test_degrees_are_refused() -> None:
    with pytest.raises(errors.Refused) as refused:
        plane(4326)
    assert refused.value.code == "seed.crs_not_metric"

"""What a law changed for everybody on one day, written as one change over whatever was believed; and the national
parcel IDs, issued to some parcels in the spring of 2026."""

from collections.abc import Sequence
from datetime import UTC, date, datetime

import shapely

from baseregistry.registries.acts import Verb
from baseregistry.registries.changes import Draft
from baseregistry.registries.ledger import Kind, Provenance
from baseregistry.seed.agencies import provenance
from baseregistry.seed.gazetteer import REORGANISED
from baseregistry.seed.numbering import geohash
from baseregistry.seed.rights import Holding
from baseregistry.seed.world import World

OLD_CARDS_END = date(2025, 1, 1)
PARCEL_IDS_BEGIN = date(2026, 3, 30)
MOST_PARCEL_IDS = 9_000
PRECISION_M = 0.01


def old_cards_end() -> tuple[datetime, Provenance]:
    """Cards with a number of 9 digits lost validity after 2024-12-31."""
    moment = datetime(2025, 1, 2, 1, 30, tzinfo=UTC)
    basis = "Luật Căn cước 26/2023/QH15, Điều 46"
    return moment, provenance("population", "49", moment, Kind.REAL_WORLD_CHANGE, legal_basis=basis, feed=True)


def end_old_cards(world: World, draft: Draft) -> int:
    """The numbers stay a look-up; their cards are expired."""
    since = world.spans.since(OLD_CARDS_END)
    return draft.staging.stage_query(
        draft.installation.declarations.entities["population.identifier"],
        Verb.CHANGE,
        ("status",),
        f"SELECT record_id, '{since}'::tstzrange AS valid, 'EXPIRED' AS status FROM population_identifier"
        " WHERE recorded_to IS NULL AND scheme = 'OLD_ID' AND status = 'IN_USE' AND upper_inf(valid)",
    )


def tax_codes_change() -> tuple[datetime, Provenance]:
    """The personal ID becomes the tax code of persons and household businesses."""
    moment = datetime(2025, 7, 2, 2, 15, tzinfo=UTC)
    return moment, Provenance(
        kind=Kind.REAL_WORLD_CHANGE,
        agency="Thuế thành phố Đà Nẵng",
        recorded_by="can-bo.thue.01",
        legal_basis="Luật Quản lý thuế 38/2019/QH14, Điều 35; Thông tư 86/2024/TT-BTC",
        reason="Số định danh cá nhân thay cho mã số thuế của hộ kinh doanh",
        feed=True,
    )


def change_tax_codes(world: World, draft: Draft) -> int:
    """Every household business whose owner has a personal ID."""
    since = world.spans.since(REORGANISED)
    return draft.staging.stage_query(
        draft.installation.declarations.entities["enterprise.household_business"],
        Verb.CHANGE,
        ("tax_code",),
        f"SELECT b.record_id, '{since}'::tstzrange AS valid, i.number AS tax_code FROM enterprise_household_business b"
        " JOIN population_identifier i ON i.person = b.owner AND i.recorded_to IS NULL AND i.scheme = 'PERSONAL_ID'"
        " AND upper_inf(i.valid) WHERE b.recorded_to IS NULL AND upper_inf(b.valid)",
    )


def parcel_ids_begin() -> tuple[datetime, Provenance]:
    """The first parcels get national IDs."""
    moment = datetime(2026, 4, 15, 3, 0, tzinfo=UTC)
    basis = "Thông tư 19/2026/TT-BNNMT, Phụ lục I"
    return moment, provenance("land", "49", moment, Kind.REAL_WORLD_CHANGE, legal_basis=basis, feed=True)


def give_parcel_ids(world: World, draft: Draft, holdings: Sequence[Holding]) -> None:
    """A GeoHash of 12 letters of the point farthest from the parcel's edges."""
    since = world.spans.since(PARCEL_IDS_BEGIN)
    entity = draft.installation.declarations.entities["land.parcel"]
    rows = [(holding.id, since, parcel_id(world, holding)) for holding in holdings]
    draft.staging.stage_rows(entity, Verb.CHANGE, ("national_parcel_id",), rows)


def parcel_id(world: World, holding: Holding) -> str:
    """As the circular describes it: an interior point, in degrees, as a GeoHash."""
    point = shapely.maximum_inscribed_circle(shapely.Polygon(holding.lot.corners), PRECISION_M).coords[0]
    return geohash(*world.plane.degrees(point[0], point[1]))

"""What must, or should, be true of parcels, areas, numbers and shares.

Geometry is judged as it is valid now: an overlap that a later change resolved is nobody's task.  How far an area
may be from its geometry's has three parts; the most lenient holds (docs/explanation/findings.md).
"""

from decimal import Decimal

from baseregistry.registries.land.overlaps import overlapping
from baseregistry.registries.rules import Rule, judged, stated
from baseregistry.registries.shares import SharesOf, rule_of_shares

ABSOLUTE, RELATIVE = "1", "0.01"  # m², as areas are rounded in older documents; 1 % as FAO's SOLA has it
BOUNDARY_ACCURACY = Decimal("0.15")  # m, standard error of a boundary point on a map of 1:1000
POSITIONAL = "1"  # m: the accuracy of EPSG:6960, through which the national parcel ID was made

NOW = "FROM land_parcel v WHERE v.recorded_to IS NULL AND v.valid @> now() AND v.status = 'CURRENT'{among}"
GEOHASH = "'^[0-9b-hj-km-np-z]{12}$'"  # no a, i, l, o

AREA_DIFFERS = f"""
SELECT v.record_id, v.valid::text, ST_AsText(ST_Centroid(v.geometry), 3) AS place,
       format('The %s area is %s m², that of the geometry %s m².', '%(word)s', v.%(column)s,
              round(ST_Area(v.geometry)::numeric, 2)) AS message
{NOW} AND abs(ST_Area(v.geometry)::numeric - v.%(column)s)
    > greatest({ABSOLUTE}, {RELATIVE} * v.%(column)s, 2 * %(accuracy)s * sqrt(v.%(column)s))"""

AREA_MISSING = f"""
SELECT v.record_id, v.valid::text, ST_AsText(ST_Centroid(v.geometry), 3) AS place,
       'Neither a documented nor a surveyed area is known.' AS message
{NOW} AND v.documented_area IS NULL AND v.surveyed_area IS NULL"""

RING_INVALID = f"""
SELECT v.record_id, v.valid::text, ST_AsText((d).location, 3) AS place, 'The boundary is not valid: ' || (d).reason AS message
FROM (SELECT v.record_id, v.valid, ST_IsValidDetail(v.geometry) AS d {NOW} AND NOT ST_IsValid(v.geometry)) v"""

LABEL_SHARED = """
SELECT v.record_id, v.valid::text, NULL AS place,
       format('Parcel %s/%s of this commune of numbering is also %s.', v.map_sheet, v.parcel_number,
              string_agg(DISTINCT o.record_id::text, ', ')) AS message
FROM land_parcel v JOIN land_parcel o USING (numbering_commune, map_sheet, parcel_number)
WHERE v.recorded_to IS NULL AND o.recorded_to IS NULL AND v.status = 'CURRENT' AND o.status = 'CURRENT'
  AND o.record_id <> v.record_id AND o.valid && v.valid{among}
GROUP BY v.record_id, v.valid, v.map_sheet, v.parcel_number"""

PARCEL_ID_FORM = f"""
SELECT v.record_id, v.valid::text, NULL AS place,
       format('%s is no GeoHash of 12 characters.', v.national_parcel_id) AS message
{NOW} AND v.national_parcel_id !~ {GEOHASH}"""

PARCEL_ID_OUTSIDE = f"""
SELECT v.record_id, v.valid::text, ST_AsText(v.point, 3) AS place,
       format('%s lies %s m outside the parcel.', v.national_parcel_id,
              round(ST_Distance(v.point, v.geometry)::numeric, 1)) AS message
FROM (SELECT v.*, CASE WHEN v.national_parcel_id ~ {GEOHASH} THEN ST_Transform(
        ST_SetSRID(ST_PointFromGeoHash(v.national_parcel_id), 4326), ST_SRID(v.geometry)) END AS point {NOW}
        AND v.national_parcel_id IS NOT NULL) v
WHERE NOT ST_DWithin(v.point, v.geometry, {POSITIONAL})"""

OUTSIDE_COMMUNE = (
    """
SELECT v.record_id, v.valid::text, ST_AsText(v.point, 3) AS place,
       format('The parcel lies %s m outside %s.', round(ST_Distance(v.point, u.boundary)::numeric), u.name) AS message
FROM (SELECT v.record_id, v.valid, v.commune, ST_Centroid(v.geometry) AS point """
    + NOW
    + """) v
JOIN administration_unit u ON u.record_id = v.commune AND u.recorded_to IS NULL AND u.valid @> now()
WHERE NOT ST_Intersects(v.point, u.boundary)"""
)

USE_AREA_ZERO = """
SELECT v.record_id, v.valid::text, NULL AS place, 'A land use has the area 0.' AS message
FROM land_land_use v WHERE v.recorded_to IS NULL AND v.area = 0{among}"""


def _area_differs(word: str, accuracy: Decimal) -> Rule:
    """Boundary points known to `accuracy` m leave a standard error of accuracy · √area m²; twice that is allowed."""
    select = AREA_DIFFERS.replace("%(word)s", word).replace("%(column)s", f"{word}_area")
    return stated(
        f"land.{word}_area_differs",
        "land.parcel",
        "warn",
        f"The {word} area is that of the geometry, within 1 m², 1 % or twice what the accuracy of its boundary points"
        " (a setting) makes of it.",
        select.replace("%(accuracy)s", f"{accuracy:f}"),
    )


def _parcel(code: str, summary: str, select: str) -> Rule:
    return stated(f"land.{code}", "land.parcel", "warn", summary, select)


OTHER_RULES = (
    _parcel("ring_invalid", "A boundary's rings do not cross themselves or each other.", RING_INVALID),
    judged(
        "land.parcel_overlaps", "land.parcel", "warn", "Parcels do not overlap, in one commune or in two.", overlapping
    ),
    _parcel("area_missing", "A parcel's area is documented or surveyed.", AREA_MISSING),
    _parcel("label_shared", "Sheet and number name one current parcel of a commune of numbering.", LABEL_SHARED),
    _parcel("parcel_id_form", "A national parcel ID is a GeoHash of 12 characters.", PARCEL_ID_FORM),
    _parcel("parcel_id_outside", "A national parcel ID decodes to a point of its parcel.", PARCEL_ID_OUTSIDE),
    _parcel("outside_commune", "A parcel lies in its commune, where the boundary is known.", OUTSIDE_COMMUNE),
    stated(
        "land.use_area_zero",
        "land.land_use",
        "refuse",
        "An area that is not known is left out; it is never zero.",
        USE_AREA_ZERO,
    ),
    rule_of_shares(
        "land.shares_exceed_one",
        "land.right",
        "refuse",
        "Shares of the rights of one kind in one parcel sum to at most one at every moment.",
        SharesOf("land_right", ("parcel", "kind")),
    ),
    rule_of_shares(
        "land.group_shares_exceed_one",
        "land.group_member",
        "refuse",
        "Shares of the members of one group sum to at most one at every moment.",
        SharesOf("land_group_member", ("party_group",)),
    ),
)


AREAS = ("documented", "surveyed")


def land_rules(accuracy: Decimal = BOUNDARY_ACCURACY) -> tuple[Rule, ...]:
    """The rules, for an installation whose boundary points are known to `accuracy` metres."""
    return tuple(_area_differs(word, accuracy) for word in AREAS) + OTHER_RULES

"""Parcels and what lies on them: land use, attached assets, lineage (LADM: LA_SpatialUnit and what describes it)."""

from functools import partial

from baseregistry.registries.declare import (
    At,
    Attribute,
    Code,
    Derived,
    Entity,
    Flag,
    Geometry,
    Key,
    Number,
    PartialDay,
    Reference,
    Sensitivity,
    Text,
    Title,
)
from baseregistry.registries.derivations import HeldBy
from baseregistry.registries.land.holding import LAND, address_line

fact = partial(Attribute, sensitivity=Sensitivity.OFFICIAL, source="Văn phòng đăng ký đất đai")
AREA = Number(12, 2, unit="m2")

PARCEL = Entity(
    registry="land",
    name="parcel",
    title=Title("Thửa đất", "Parcel"),
    description="A parcel of the cadastral map (LADM: LA_SpatialUnit).  One that was split or merged is retired by "
    "its status and stays readable.",
    attributes=(
        fact(
            "commune",
            Reference(("administration.unit",), back="parcels"),
            Title("Xã, phường", "Commune"),
            "The commune in which the parcel lies at the moment asked.",
            required=True,
        ),
        # LATEST, not BEGIN: each later version of the parcel begins after the old commune has ended.
        fact(
            "numbering_commune",
            Reference(("administration.unit",), back="numbered_parcels", at=At.LATEST),
            Title("Xã, phường khi đánh số", "Commune of numbering"),
            "The commune in which sheet and parcel number were given; it may have ended, the numbers go on.",
            required=True,
        ),
        fact(
            "map_sheet",
            Text(20),
            Title("Số hiệu tờ bản đồ", "Map sheet"),
            "Sheet of the cadastral map; sheets restart in each commune of numbering.",
            required=True,
            indexed=True,
        ),
        fact(
            "parcel_number",
            Text(20),
            Title("Số thứ tự thửa đất", "Parcel number"),
            "Number of the parcel on its sheet.",
            required=True,
            indexed=True,
        ),
        fact(
            "national_parcel_id",
            Text(40),
            Title("Mã thửa đất", "National parcel ID"),
            "As issued, never recomputed: a GeoHash of 12 characters (Circular 19/2026/TT-BNNMT, Annex I).",
        ),
        fact(
            "documented_area",
            AREA,
            Title("Diện tích pháp lý", "Documented area"),
            "Area in the documents, in m² (LADM: officialArea).",
            indexed=True,
        ),
        fact(
            "surveyed_area",
            AREA,
            Title("Diện tích đo đạc", "Surveyed area"),
            "Area as surveyed, in m² (LADM: calculatedArea).",
            indexed=True,
        ),
        fact("address", Text(300), Title("Địa chỉ thửa đất", "Address"), "Address of the parcel as registered."),
        fact(
            "status",
            Code("land.parcel_status"),
            Title("Trạng thái", "Status"),
            "Whether the parcel is current, or retired by a split, a merger or recovery.",
            required=True,
            indexed=True,
        ),
        fact(
            "geometry",
            Geometry("MultiPolygon"),
            Title("Ranh giới thửa đất", "Geometry"),
            "Boundary as surveyed, in the storage CRS (metres; VN-2000 / TM-3 by default).",
        ),
    ),
    keys=(
        Key("label", ("numbering_commune", "map_sheet", "parcel_number"), unique=False),
        Key("national_parcel_id", ("national_parcel_id",)),
    ),
    territory="commune",
    retired=("status", "RETIRED"),
    derived=(
        address_line("address"),
        Derived(
            "is_held_by",
            HeldBy(LAND),
            Title("Thuộc về", "Is held by"),
            "Whether a person, an enterprise or a group, named by its id, holds a right in it, itself or through a party group.",
        ),
    ),
)

LAND_USE = Entity(
    registry="land",
    name="land_use",
    title=Title("Mục đích sử dụng đất", "Land use"),
    description="One purpose for which a parcel is used; a parcel may have several, each with area, term and origin.",
    attributes=(
        fact(
            "parcel",
            Reference(("land.parcel",), back="land_uses"),
            Title("Thửa đất", "Parcel"),
            "The parcel that is used.",
            required=True,
        ),
        fact(
            "purpose",
            Code("land.purpose"),
            Title("Mục đích sử dụng", "Purpose"),
            "Code of the purpose in the edition under which it was registered (ONT, LUC …).",
            required=True,
            indexed=True,
        ),
        fact(
            "area",
            AREA,
            Title("Diện tích", "Area"),
            "Area of this purpose in m²; absent when not known (house and garden land before 2004-07-01), never zero.",
        ),
        fact(
            "shared",
            Flag(),
            Title("Sử dụng chung", "Shared use"),
            "Used in common with others (chung), or by the holder alone (riêng).",
        ),
        fact("long_term", Flag(), Title("Lâu dài", "Long term"), "Stable and long-term: the use has no end date."),
        fact(
            "term_until",
            PartialDay(),
            Title("Thời hạn đến", "Term until"),
            "The last day of the term; often only its year is written.",
        ),
        fact(
            "origin",
            Code("land.origin"),
            Title("Nguồn gốc", "Origin"),
            "How the use came about (allocated, recognised, leased …).",
        ),
        fact(
            "origin_note",
            Text(400),
            Title("Ghi chú nguồn gốc", "Origin as written"),
            "The origin as written, where one code does not say all of it.",
        ),
    ),
    territory="parcel.commune",
    relation=True,
)

ASSET = Entity(
    registry="land",
    name="asset",
    title=Title("Tài sản gắn liền với đất", "Attached asset"),
    description="A house, works or planted forest on a parcel, as certified.",
    attributes=(
        fact(
            "parcel",
            Reference(("land.parcel",), back="assets"),
            Title("Thửa đất", "Parcel"),
            "The parcel on which it stands.",
            required=True,
        ),
        fact(
            "kind",
            Code("land.asset_kind"),
            Title("Loại tài sản", "Kind"),
            "House, apartment, works, forest.",
            required=True,
            indexed=True,
        ),
        fact("name", Text(200), Title("Tên tài sản", "Name"), "Name, where it has one."),
        fact("construction_area", AREA, Title("Diện tích xây dựng", "Construction area"), "Ground covered, in m²."),
        fact("floor_area", AREA, Title("Diện tích sàn", "Floor area"), "All floors together, in m²."),
        fact("floors", Number(3), Title("Số tầng", "Floors"), "Number of floors."),
        fact(
            "completed_on",
            PartialDay(),
            Title("Thời gian hoàn thành", "Completed on"),
            "When it was finished; often only the year.",
        ),
        fact(
            "status",
            Code("land.asset_status"),
            Title("Trạng thái", "Status"),
            "Whether it stands or is gone.",
            required=True,
            indexed=True,
        ),
        fact(
            "geometry",
            Geometry("MultiPolygon"),
            Title("Hình dạng", "Geometry"),
            "Footprint in the storage CRS (metres).",
        ),
    ),
    territory="parcel.commune",
    retired=("status", "GONE"),
)

LINEAGE = Entity(
    registry="land",
    name="lineage",
    title=Title("Nguồn gốc thửa đất", "Lineage"),
    description="That a parcel came out of another one: valid from the split or merger, for good.",
    attributes=(
        fact(
            "parent",
            Reference(("land.parcel",), back="children", at=At.LATEST),
            Title("Thửa trước", "Parent parcel"),
            "The parcel that was changed.",
            required=True,
        ),
        fact(
            "child",
            Reference(("land.parcel",), back="parents"),
            Title("Thửa sau", "Child parcel"),
            "The parcel that came out of it.",
            required=True,
        ),
        fact(
            "kind",
            Code("land.lineage_kind"),
            Title("Loại", "Kind"),
            "Split, merger, re-parcelling.",
            required=True,
            indexed=True,
        ),
        fact(
            "area",
            AREA,
            Title("Diện tích chuyển sang", "Area passed on"),
            "Area that passed from parent to child, in m².",
        ),
    ),
    territory="child.commune",
)

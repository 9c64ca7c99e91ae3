"""Who holds what in a parcel, on which paper, and what stops it (LADM: LA_Party, LA_RRR, LA_AdministrativeSource)."""

from functools import partial

from baseregistry.registries.declare import (
    At,
    Attribute,
    Code,
    Day,
    Entity,
    Flag,
    Fraction,
    Key,
    Reference,
    Sensitivity,
    Text,
    Title,
)
from baseregistry.registries.land.holding import SHARE_PERCENT

fact = partial(Attribute, sensitivity=Sensitivity.OFFICIAL, source="Văn phòng đăng ký đất đai")
personal = partial(Attribute, sensitivity=Sensitivity.PERSONAL, source="Văn phòng đăng ký đất đai")
HOLDERS = ("population.person", "enterprise.enterprise", "land.party_group")

PARTY_GROUP = Entity(
    registry="land",
    name="party_group",
    title=Title("Nhóm người sử dụng đất", "Party group"),
    description="Several who hold land as one (LADM: LA_GroupParty): a couple, a community, a household as it was when "
    "land was granted to it, which is not the household in which people live today.",
    attributes=(
        fact(
            "kind",
            Code("land.group_kind"),
            Title("Loại nhóm", "Kind"),
            "Couple, household at grant, community, other.",
            required=True,
            indexed=True,
        ),
        personal("name", Text(300, name=True), Title("Tên", "Name"), "Name as on the certificate (Hộ ông …)."),
        personal(
            "document",
            Text(200),
            Title("Giấy tờ", "Document"),
            "What proves the group: marriage registration, list of members at grant.",
        ),
    ),
    relation=True,  # a couple's or a community's holding together ends
    placed_by="rights",
)

GROUP_MEMBER = Entity(
    registry="land",
    name="group_member",
    title=Title("Thành viên nhóm", "Group member"),
    description="That someone belongs to a party group, and with which share (LADM: LA_PartyMember).",
    attributes=(
        personal(
            "party_group",
            Reference(("land.party_group",), back="members"),
            Title("Nhóm", "Group"),
            "The group.",
            required=True,
        ),
        personal(
            "member",
            Reference(("population.person", "enterprise.enterprise"), back="group_memberships"),
            Title("Thành viên", "Member"),
            "The person or enterprise that belongs to it.",
            required=True,
        ),
        personal(
            "share",
            Fraction(),
            Title("Tỷ lệ", "Share"),
            "Exact share in what the group holds; absent when it is joint or not known.",
        ),
        personal(
            "joint",
            Flag(),
            Title("Sở hữu chung hợp nhất", "Joint"),
            "Held jointly, without shares (Civil Code 91/2015/QH13, art. 210).",
        ),
    ),
    relation=True,
    derived=(SHARE_PERCENT,),
    placed_by="party_group",
)

CERTIFICATE = Entity(
    registry="land",
    name="certificate",
    title=Title("Giấy chứng nhận", "Certificate"),
    description="Certificate of land-use right and ownership of attached assets.  One may cover several parcels, and "
    "several may cover one.  It is revoked or replaced by its status.",
    attributes=(
        personal(
            "serial",
            Text(20, pattern=r"^[A-ZĐ]{1,2} ?[0-9]{6,8}$"),
            Title("Số phát hành", "Serial"),
            "Printed serial: one or two letters and six digits, since 2025 two letters and eight.",
            required=True,
        ),
        fact(
            "register_number",
            Text(60),
            Title("Số vào sổ", "Register number"),
            "Number in the book of certificates, as written.",
            indexed=True,
        ),
        fact("issued_on", Day(), Title("Ngày cấp", "Issued on"), "Day of issue.", indexed=True),
        fact("issuer", Text(200), Title("Cơ quan cấp", "Issuer"), "The authority that signed it."),
        fact(
            "status",
            Code("land.certificate_status"),
            Title("Trạng thái", "Status"),
            "In force, replaced, lost or revoked.",
            required=True,
            indexed=True,
        ),
        fact(
            "replaces",
            Reference(("land.certificate",), back="replacements", at=At.LATEST),
            Title("Thay cho", "Replaces"),
            "The earlier certificate in whose place it was issued.",
        ),
    ),
    keys=(Key("serial", ("serial",)),),
    placed_by="rights",
)

RIGHT = Entity(
    registry="land",
    name="right",
    title=Title("Quyền đối với thửa đất", "Right"),
    description="A right in a parcel and its holder (LADM: LA_Right, LA_Mortgage).  Rights of one kind in one parcel "
    "never sum to more than the whole.",
    attributes=(
        fact(
            "parcel",
            Reference(("land.parcel",), back="rights"),
            Title("Thửa đất", "Parcel"),
            "The parcel.",
            required=True,
        ),
        fact(
            "kind",
            Code("land.right_kind"),
            Title("Loại quyền", "Kind"),
            "Use right, ownership of assets, lease, mortgage …",
            required=True,
            indexed=True,
        ),
        personal(
            "holder",
            Reference(HOLDERS, back="rights"),
            Title("Người có quyền", "Holder"),
            "A person, an enterprise or a party group.",
            required=True,
        ),
        personal(
            "share",
            Fraction(),
            Title("Tỷ lệ", "Share"),
            "Exact share (LADM: share); absent when it is the whole, joint or not known.",
        ),
        personal(
            "joint",
            Flag(),
            Title("Sở hữu chung hợp nhất", "Joint"),
            "Held jointly with the other joint holders of the same kind, without shares.",
        ),
        fact(
            "certificate",
            Reference(("land.certificate",), back="rights"),
            Title("Giấy chứng nhận", "Certificate"),
            "The certificate that shows the right.",
        ),
        fact(
            "encumbers",
            Reference(("land.right",), back="encumbrances"),
            Title("Quyền bị ràng buộc", "Encumbers"),
            "For a mortgage or a lease: the right that it burdens, where it is not the whole parcel.",
        ),
    ),
    territory="parcel.commune",
    relation=True,
    derived=(SHARE_PERCENT,),
)

BLOCK = Entity(
    registry="land",
    name="block",
    title=Title("Ngăn chặn", "Block"),
    description="An order that stops one or more of three things about a parcel (LADM: LA_Restriction).",
    attributes=(
        fact(
            "parcel",
            Reference(("land.parcel",), back="blocks"),
            Title("Thửa đất", "Parcel"),
            "The parcel that is blocked.",
            required=True,
        ),
        fact(
            "stops_certificate",
            Flag(),
            Title("Ngăn cấp Giấy chứng nhận", "Stops certificates"),
            "No certificate may be issued.",
            required=True,
            indexed=True,
        ),
        fact(
            "stops_transaction",
            Flag(),
            Title("Ngăn giao dịch", "Stops transactions"),
            "No sale, gift, mortgage.",
            required=True,
            indexed=True,
        ),
        fact(
            "stops_change",
            Flag(),
            Title("Ngăn biến động", "Stops changes"),
            "No split, merger or change of purpose.",
            required=True,
            indexed=True,
        ),
        fact("authority", Text(200), Title("Cơ quan yêu cầu", "Authority"), "The court or authority that ordered it."),
        fact(
            "document_number", Text(100), Title("Số văn bản", "Document number"), "Number of the order.", indexed=True
        ),
        fact("document_date", Day(), Title("Ngày văn bản", "Document date"), "Date of the order."),
        fact("reason", Text(400), Title("Lý do", "Reason"), "The reason given."),
    ),
    territory="parcel.commune",
    relation=True,
)

"""Who stands behind an enterprise, and what it does: representatives, owners, business lines."""

from functools import partial

from baseregistry.registries.declare import (
    Attribute,
    Code,
    Derived,
    Entity,
    Flag,
    Fraction,
    Number,
    Reference,
    Sensitivity,
    Text,
    Title,
)
from baseregistry.registries.derivations import Percent

fact = partial(Attribute, sensitivity=Sensitivity.PUBLIC, source="Cơ quan đăng ký kinh doanh cấp tỉnh")
personal = partial(Attribute, sensitivity=Sensitivity.PERSONAL, source="Cơ quan đăng ký kinh doanh cấp tỉnh")

REPRESENTATIVE = Entity(
    registry="enterprise",
    name="representative",
    title=Title("Người đại diện theo pháp luật", "Representative"),
    description="A legal representative of an enterprise; a company may have several.",
    attributes=(
        fact(
            "enterprise",
            Reference(("enterprise.enterprise",), back="representatives"),
            Title("Doanh nghiệp", "Enterprise"),
            "The enterprise that is represented.",
            required=True,
        ),
        personal(
            "person",
            Reference(("population.person",), back="representations"),
            Title("Người đại diện", "Person"),
            "The person who represents it.",
            required=True,
        ),
        fact(
            "position",
            Code("enterprise.representative_position"),
            Title("Chức danh", "Position"),
            "Position in the enterprise.",
            indexed=True,
        ),
    ),
    territory="enterprise.commune",
    relation=True,
)

OWNER = Entity(
    registry="enterprise",
    name="owner",
    title=Title("Chủ sở hữu, thành viên góp vốn", "Owner"),
    description="That a person or an enterprise owns an enterprise or a part of it.",
    attributes=(
        personal(
            "enterprise",
            Reference(("enterprise.enterprise",), back="owners"),
            Title("Doanh nghiệp", "Enterprise"),
            "The enterprise that is owned.",
            required=True,
        ),
        personal(
            "holder",
            Reference(("population.person", "enterprise.enterprise"), back="holdings"),
            Title("Chủ sở hữu", "Holder"),
            "The person or enterprise that owns.",
            required=True,
        ),
        personal(
            "kind",
            Code("enterprise.owner_kind"),
            Title("Loại", "Kind"),
            "Sole owner, member, founding shareholder, partner.",
            required=True,
            indexed=True,
        ),
        personal("share", Fraction(), Title("Tỷ lệ", "Share"), "Exact share in the charter capital."),
        personal("contribution", Number(18), Title("Phần vốn góp", "Contribution"), "In Vietnamese đồng."),
    ),
    territory="enterprise.commune",
    relation=True,
    derived=(
        Derived(
            "share_percent",
            Percent("share"),
            Title("Tỷ lệ phần trăm", "Share in per cent"),
            "The share in per cent, rounded half up to four decimals; none where there is no share.",
        ),
    ),
)

BUSINESS_LINE = Entity(
    registry="enterprise",
    name="business_line",
    title=Title("Ngành, nghề kinh doanh", "Business line"),
    description="A line of business at level 4 of VSIC.  One code can mean two things in two editions: both are kept.",
    attributes=(
        fact(
            "enterprise",
            Reference(("enterprise.enterprise",), back="business_lines"),
            Title("Doanh nghiệp", "Enterprise"),
            "The enterprise.",
            required=True,
        ),
        fact(
            "edition",
            Code("enterprise.vsic_edition"),
            Title("Phiên bản", "Edition"),
            "Edition of VSIC to which the code belongs.",
            required=True,
            indexed=True,
        ),
        fact(
            "code",
            Text(5, pattern=r"^[0-9]{4,5}$"),
            Title("Mã ngành", "Code"),
            "Code of the line, four digits (a detail may have five).",
            required=True,
            indexed=True,
        ),
        fact("name", Text(400), Title("Tên ngành", "Name"), "Name of the line as registered."),
        fact("main", Flag(), Title("Ngành chính", "Main line"), "The main line of the enterprise.", indexed=True),
    ),
    territory="enterprise.commune",
    relation=True,
)

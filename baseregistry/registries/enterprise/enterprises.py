"""An enterprise and its dependent units; a household business, which is registered at the commune."""

from functools import partial

from baseregistry.registries.declare import (
    Attribute,
    Code,
    Day,
    Entity,
    Key,
    Number,
    Reference,
    Sensitivity,
    Text,
    Title,
)
from baseregistry.registries.land.holding import HOLDS_RIGHT_IN, address_line

fact = partial(Attribute, sensitivity=Sensitivity.PUBLIC, source="Cơ quan đăng ký kinh doanh cấp tỉnh")
official = partial(Attribute, sensitivity=Sensitivity.OFFICIAL, source="Cơ quan đăng ký kinh doanh cấp tỉnh")
communal = partial(Attribute, sensitivity=Sensitivity.OFFICIAL, source="Ủy ban nhân dân cấp xã")
personal = partial(Attribute, sensitivity=Sensitivity.PERSONAL, source="Ủy ban nhân dân cấp xã")
DONG = Number(18)  # Vietnamese đồng; UCUM has no currencies

ENTERPRISE = Entity(
    registry="enterprise",
    name="enterprise",
    title=Title("Doanh nghiệp", "Enterprise"),
    description="An enterprise by its code, which is its tax code and is never issued again.  Dissolution is a status.",
    attributes=(
        fact(
            "tax_code",
            Text(14, pattern=r"^[0-9]{10}(-[0-9]{3})?$"),
            Title("Mã số doanh nghiệp (mã số thuế)", "Enterprise (tax) code"),
            "Ten digits with a check digit; one code for enterprise, tax and social insurance (Decree 168/2025/NĐ-CP).",
            required=True,
        ),
        fact("name", Text(400, name=True), Title("Tên doanh nghiệp", "Name"), "Name in Vietnamese.", required=True),
        fact(
            "foreign_name",
            Text(400, name=True),
            Title("Tên bằng tiếng nước ngoài", "Foreign name"),
            "Name in a foreign language.",
        ),
        fact("short_name", Text(200, name=True), Title("Tên viết tắt", "Short name"), "Abbreviated name."),
        fact(
            "legal_form",
            Code("enterprise.legal_form"),
            Title("Loại hình", "Legal form"),
            "Company with one or more members, joint-stock …",
            required=True,
            indexed=True,
        ),
        fact(
            "status",
            Code("enterprise.status"),
            Title("Tình trạng pháp lý", "Legal status"),
            "One of seven (Decree 01/2021/NĐ-CP, art. 41).",
            required=True,
            indexed=True,
        ),
        fact(
            "status_origin",
            Code("enterprise.status_origin"),
            Title("Nguồn của tình trạng", "Origin of the status"),
            "Whose word the status is: two of the seven come from the tax authority.",
        ),
        official("charter_capital", DONG, Title("Vốn điều lệ", "Charter capital"), "In Vietnamese đồng.", indexed=True),
        fact(
            "founded_on", Day(), Title("Ngày thành lập", "Founded on"), "Day of the first registration.", indexed=True
        ),
        fact(
            "commune",
            Reference(("administration.unit",), back="enterprises"),
            Title("Xã, phường của trụ sở", "Commune of the head office"),
            "The commune in which the head office lies at the moment asked.",
        ),
        fact(
            "head_office",
            Text(300),
            Title("Địa chỉ trụ sở chính", "Head office"),
            "Address of the head office as registered.",
        ),
    ),
    keys=(Key("tax_code", ("tax_code",)),),
    territory="commune",
    derived=(address_line("head_office"), HOLDS_RIGHT_IN),
)

DEPENDENT_UNIT = Entity(
    registry="enterprise",
    name="dependent_unit",
    title=Title("Đơn vị phụ thuộc, địa điểm kinh doanh", "Dependent unit"),
    description="A branch, representative office or business location of an enterprise.",
    attributes=(
        fact(
            "enterprise",
            Reference(("enterprise.enterprise",), back="dependent_units"),
            Title("Doanh nghiệp", "Enterprise"),
            "The enterprise it belongs to.",
            required=True,
        ),
        fact(
            "kind",
            Code("enterprise.dependent_unit_kind"),
            Title("Loại", "Kind"),
            "Branch, representative office, business location.",
            required=True,
            indexed=True,
        ),
        fact(
            "tax_code",
            Text(14, pattern=r"^[0-9]{10}-[0-9]{3}$"),
            Title("Mã số đơn vị phụ thuộc", "Tax code"),
            "Thirteen digits: the enterprise's code and a serial; a business location has none.",
        ),
        fact(
            "location_number",
            Text(5, pattern=r"^[0-9]{5}$"),
            Title("Mã số địa điểm kinh doanh", "Location number"),
            "Five digits under the enterprise, for a business location; not a tax code.",
            indexed=True,
        ),
        fact("name", Text(400, name=True), Title("Tên", "Name"), "Name as registered.", required=True),
        fact(
            "status",
            Code("enterprise.status"),
            Title("Tình trạng", "Status"),
            "Legal status.",
            required=True,
            indexed=True,
        ),
        fact(
            "commune",
            Reference(("administration.unit",), back="dependent_units"),
            Title("Xã, phường", "Commune"),
            "The commune in which it lies at the moment asked.",
        ),
        fact("address", Text(300), Title("Địa chỉ", "Address"), "Address as registered."),
    ),
    keys=(Key("tax_code", ("tax_code",)), Key("location", ("enterprise", "location_number"), unique=False)),
    territory="commune",
    derived=(address_line("address"),),
)

HOUSEHOLD_BUSINESS = Entity(
    registry="enterprise",
    name="household_business",
    title=Title("Hộ kinh doanh", "Household business"),
    description="A business of a person or of a household's members.  Since 2025-07-01 its tax code is its owner's "
    "personal ID, so what protects persons protects it.",
    attributes=(
        communal(
            "registration_number",
            Text(40),
            Title("Số đăng ký hộ kinh doanh", "Registration number"),
            "Number of the certificate of business registration.",
            required=True,
        ),
        personal(
            "tax_code",
            Text(14, pattern=r"^([0-9]{10}(-[0-9]{3})?|[0-9]{12})$"),
            Title("Mã số thuế", "Tax code"),
            "The owner's personal ID of 12 digits; before 2025-07-01 a tax code of ten or thirteen.",
        ),
        personal(
            "owner",
            Reference(("population.person",), back="household_businesses"),
            Title("Chủ hộ kinh doanh", "Owner"),
            "The person who owns it or represents its members.",
            required=True,
        ),
        communal(
            "name", Text(400, name=True), Title("Tên hộ kinh doanh", "Name"), "Name as registered.", required=True
        ),
        communal(
            "status",
            Code("enterprise.status"),
            Title("Tình trạng", "Status"),
            "Legal status.",
            required=True,
            indexed=True,
        ),
        communal(
            "status_origin",
            Code("enterprise.status_origin"),
            Title("Nguồn của tình trạng", "Origin of the status"),
            "Whose word the status is.",
        ),
        communal("capital", DONG, Title("Vốn kinh doanh", "Capital"), "In Vietnamese đồng."),
        communal("founded_on", Day(), Title("Ngày đăng ký", "Founded on"), "Day of the first registration."),
        communal(
            "commune",
            Reference(("administration.unit",), back="household_businesses"),
            Title("Xã, phường", "Commune"),
            "The commune in which it lies at the moment asked.",
            required=True,
        ),
        communal("address", Text(300), Title("Địa chỉ", "Address"), "Address as registered."),
    ),
    keys=(
        Key("registration_number", ("registration_number",)),
        Key(
            "tax_code", ("tax_code",), unique=False
        ),  # an owner may close one business and open another under the same ID
    ),
    territory="commune",
    derived=(address_line("address"),),
)

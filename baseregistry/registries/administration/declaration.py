"""Administrative units and their successions.

A unit's code is recycled: 93 of the 94 communes of Đà Nẵng since 2025-07-01 carry the code of a commune that
ended on that day.  So an old unit ends (its code is free for another record), and a succession says what became of it.
"""

from functools import partial
from pathlib import Path

from baseregistry.registries.declare import (
    At,
    Attribute,
    Code,
    CodeList,
    Edition,
    Entity,
    Flag,
    Geometry,
    Key,
    Reference,
    Registry,
    Sensitivity,
    Text,
    Title,
)

_CODES = Path(__file__).parent / "codes"
_OWN = Edition("1", "Danh mục của hệ thống, theo Luật Tổ chức chính quyền địa phương")

UNIT_KIND = CodeList(
    "administration.unit_kind", Title("Loại đơn vị hành chính", "Kind of unit"), (_OWN,), _CODES / "unit_kind.csv"
)
UNIT_LEVEL = CodeList(
    "administration.unit_level", Title("Cấp hành chính", "Level of unit"), (_OWN,), _CODES / "unit_level.csv"
)
COVERAGE = CodeList(
    "administration.coverage", Title("Phạm vi kế thừa", "Coverage of a succession"), (_OWN,), _CODES / "coverage.csv"
)

fact = partial(Attribute, sensitivity=Sensitivity.PUBLIC, source="Cục Thống kê, Bộ Tài chính")
decided = partial(Attribute, sensitivity=Sensitivity.PUBLIC, source="Ủy ban Thường vụ Quốc hội")
mapped = partial(Attribute, sensitivity=Sensitivity.PUBLIC, source="Bộ Nông nghiệp và Môi trường")

UNIT = Entity(
    registry="administration",
    name="unit",
    title=Title("Đơn vị hành chính", "Administrative unit"),
    description="A province, district or commune.  It ends when dissolved; its code may then name another record.",
    attributes=(
        fact(
            "code",
            Text(20),
            Title("Mã đơn vị", "Code"),
            "Code of the statistics office: 2 digits for a province, 3 for a district, 5 for a commune.",
            required=True,
        ),
        decided(
            "name",
            Text(200, name=True),
            Title("Tên", "Name"),
            "Full name with its kind (Phường Hội An).",
            required=True,
        ),
        decided(
            "kind",
            Code("administration.unit_kind"),
            Title("Loại", "Kind"),
            "What the unit is called by law (ward, commune, special zone …).",
            indexed=True,
        ),
        decided(
            "level",
            Code("administration.unit_level"),
            Title("Cấp", "Level"),
            "Province, district (none since 2025-07-01) or commune.",
            required=True,
            indexed=True,
        ),
        decided(
            "parent",
            Reference(("administration.unit",), back="children"),
            Title("Đơn vị cấp trên", "Parent"),
            "The unit of the next level up in which it lies.",
        ),
        mapped(
            "boundary",
            Geometry("MultiPolygon"),
            Title("Ranh giới", "Boundary"),
            "Boundary in the storage CRS (metres), where it is known.",
        ),
    ),
    keys=(Key("code", ("code",)),),
    relation=True,  # not a relation, and yet it ends: a unit that stayed valid would keep its code from its successor
)

SUCCESSION = Entity(
    registry="administration",
    name="succession",
    title=Title("Kế thừa đơn vị hành chính", "Succession"),
    description="What became of a unit: valid from the day of the reorganisation, for good.",
    attributes=(
        decided(
            "predecessor",
            Reference(("administration.unit",), back="successors", at=At.LATEST),
            Title("Đơn vị trước", "Predecessor"),
            "The unit that ended; seen as it last was.",
            required=True,
        ),
        decided(
            "successor",
            Reference(("administration.unit",), back="predecessors", at=At.LATEST),
            Title("Đơn vị sau", "Successor"),
            "The unit that took over; it may itself have ended since, so it is seen as it last was.",
            required=True,
        ),
        decided(
            "coverage",
            Code("administration.coverage"),
            Title("Phạm vi", "Coverage"),
            "Whether the whole predecessor went to this successor, or a part of it.",
            required=True,
            indexed=True,
        ),
        decided(
            "is_default",
            Flag(),
            Title("Mặc định", "Default"),
            "Of several successors, the one to take when nothing says which part is meant.",
        ),
        decided("legal_basis", Text(200), Title("Căn cứ pháp lý", "Legal basis"), "The resolution that decided it."),
    ),
    territory="successor",
)

ADMINISTRATION = Registry(
    name="administration",
    title=Title("Đơn vị hành chính", "Administrative units"),
    description="Units of every level through time, and their successions.  Nothing is renumbered back in time.",
    entities=(UNIT, SUCCESSION),
    code_lists=(UNIT_KIND, UNIT_LEVEL, COVERAGE),
)

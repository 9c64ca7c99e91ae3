"""What may be asked: purposes, and the grants that open paths to an agency for a purpose.

A grant holds for its valid time; its paths and units are records of their own, so that each has a history and a law.
"""

from baseregistry.registries.access.callers import ENDED, said, standing
from baseregistry.registries.declare import At, Code, Entity, Flag, Key, Number, Reference, Text, Title

PURPOSE = Entity(
    registry="access",
    name="purpose",
    title=Title("Mục đích khai thác", "Purpose"),
    description="What is asked for: an administrative procedure, or a task set out by law.",
    attributes=(
        said(
            "code",
            Text(64, pattern=r"^[A-Za-z0-9][A-Za-z0-9._-]*$"),
            Title("Mã mục đích", "Code"),
            "What a request names in the header `X-Purpose`.",
            required=True,
        ),
        said(
            "title_vi",
            Text(300, name=True),
            Title("Tên", "Title"),
            "Title in Vietnamese, as shown to those whose data were read.",
            required=True,
        ),
        said("title_en", Text(300), Title("Tên tiếng Anh", "Title in English"), "Title in English."),
        said(
            "kind",
            Code("access.purpose_kind"),
            Title("Loại", "Kind"),
            "A procedure, or a task.",
            required=True,
            indexed=True,
        ),
        said(
            "procedure",
            Text(20, pattern=r"^[0-9]\.[0-9]{6}$"),
            Title("Mã thủ tục", "Procedure"),
            "Code of the procedure in the national catalogue (1.001193).",
            indexed=True,
        ),
        said(
            "legal_basis",
            Text(400),
            Title("Căn cứ pháp lý", "Legal basis"),
            "The law that sets the procedure or the task.",
            required=True,
        ),
        standing("anyone with this purpose"),
        said(
            "disclosure_delay",
            Number(5, unit="d", minimum=1),
            Title("Thời hạn chậm thông báo", "Disclosure delay"),
            "Days after which those whose data were read are shown it; without one, at once.",
        ),
        said(
            "delay_basis",
            Text(400),
            Title("Căn cứ chậm thông báo", "Legal basis of the delay"),
            "The law that lets it be shown later.",
        ),
    ),
    keys=(Key("code", ("code",)),),
    retired=ENDED,
)

GRANT = Entity(
    registry="access",
    name="grant",
    title=Title("Quyền khai thác", "Grant"),
    description="What an agency may ask for a purpose; in force through its valid time.",
    attributes=(
        said(
            "agency",
            Reference(("access.agency",), back="grants"),
            Title("Cơ quan", "Agency"),
            "The agency whose clients may ask.",
            required=True,
        ),
        said(
            "purpose",
            Reference(("access.purpose",), back="grants"),
            Title("Mục đích", "Purpose"),
            "The purpose for which they may.",
            required=True,
        ),
        said(
            "name",
            Text(100),
            Title("Tên", "Name"),
            "Tells it from other grants of the agency for the purpose.",
            required=True,
        ),
        said(
            "legal_basis",
            Text(400),
            Title("Căn cứ pháp lý", "Legal basis"),
            "The law that lets the agency read these data for this purpose.",
            required=True,
        ),
        said(
            "everywhere",
            Flag(),
            Title("Toàn tỉnh", "Everywhere"),
            "Whether it is bound to no territory; otherwise it holds in its units, and without one nowhere.",
            required=True,
        ),
    ),
    keys=(Key("name", ("agency", "purpose", "name")),),
    relation=True,
)

GRANTED_PATH = Entity(
    registry="access",
    name="granted_path",
    title=Title("Trường được khai thác", "Granted path"),
    description="A path that a grant opens, as a document says it.",
    attributes=(
        said(
            "of_grant",
            Reference(("access.grant",), back="paths"),
            Title("Quyền khai thác", "Grant"),
            "The grant that opens it.",
            required=True,
        ),
        said(
            "path",
            Text(400, pattern=r"^[a-z][A-Za-z0-9]*(\.[a-z][A-Za-z0-9]*)*(\.\*)?$"),
            Title("Đường dẫn", "Path"),
            "Root and field names with full stops between: `parcel.rights.holder.fullName`; `*` is one level's attributes.",
            required=True,
        ),
        said(
            "masked",
            Flag(),
            Title("Chỉ dạng che", "Masked only"),
            "Whether its values are only told masked (048*******45).",
            required=True,
        ),
    ),
    keys=(Key("path", ("of_grant", "path")),),
    relation=True,
)

GRANTED_UNIT = Entity(
    registry="access",
    name="granted_unit",
    title=Title("Địa bàn được khai thác", "Granted unit"),
    description="A unit in which a grant holds, with all that lies in it today and all that went into it.",
    attributes=(
        said(
            "of_grant",
            Reference(("access.grant",), back="units"),
            Title("Quyền khai thác", "Grant"),
            "The grant that holds there.",
            required=True,
        ),
        said(
            "unit",
            # LATEST, not SAME: a grant must not stand in the way of a reorganisation; a unit that ended opens nothing.
            Reference(("administration.unit",), back="granted_units", at=At.LATEST),
            Title("Đơn vị hành chính", "Unit"),
            "The unit: a record, never a code, for codes are used again.  One that has ended opens nothing.",
            required=True,
        ),
    ),
    keys=(Key("unit", ("of_grant", "unit")),),
    relation=True,
)

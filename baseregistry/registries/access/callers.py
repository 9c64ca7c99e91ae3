"""Who asks: agencies, the programs through which they ask, and the officials on whose behalf.

A program is known by the client named in its token; an official by a pseudonym that only his agency can resolve.
"""

from functools import partial

from baseregistry.registries.declare import (
    Attribute,
    Code,
    Entity,
    Flag,
    Key,
    Number,
    Reference,
    Sensitivity,
    Text,
    Title,
)

said = partial(Attribute, sensitivity=Sensitivity.OFFICIAL, source="Cơ quan quản lý cơ sở dữ liệu")
ENDED = ("status", "ENDED")


def standing(whose: str) -> Attribute:
    """Whether it may ask at all."""
    return said(
        "status",
        Code("access.status"),
        Title("Trạng thái", "Status"),
        f"Whether {whose} may ask: only while active.",
        required=True,
        indexed=True,
    )


AGENCY = Entity(
    registry="access",
    name="agency",
    title=Title("Cơ quan khai thác", "Agency"),
    description="A public body that may ask the registers, through its clients.",
    attributes=(
        said(
            "code",
            Text(35, pattern=r"^[A-Z0-9]+(\.[A-Z0-9]+)*$"),
            Title("Mã định danh", "Code"),
            "Electronic identifier of the agency (Decision 20/2020/QĐ-TTg): groups separated by full stops.",
            required=True,
        ),
        said(
            "name_vi",
            Text(200, name=True),
            Title("Tên", "Name"),
            "Name of the agency in Vietnamese.",
            required=True,
        ),
        said("name_en", Text(200), Title("Tên tiếng Anh", "Name in English"), "Name of the agency in English."),
        standing("the agency"),
    ),
    keys=(Key("code", ("code",)),),
    retired=ENDED,
)

CLIENT = Entity(
    registry="access",
    name="client",
    title=Title("Ứng dụng khai thác", "Client"),
    description="A program through which an agency asks, as its tokens name it.",
    attributes=(
        said(
            "client_id",
            Text(100, pattern=r"^[A-Za-z0-9][A-Za-z0-9._:-]*$"),
            Title("Mã ứng dụng", "Client id"),
            "The client a token names (claim `client_id`, else `azp`).",
            required=True,
        ),
        said(
            "agency",
            Reference(("access.agency",), back="clients"),
            Title("Cơ quan", "Agency"),
            "The agency that answers for it.",
            required=True,
        ),
        said("name", Text(200, name=True), Title("Tên", "Name"), "What people call it.", required=True),
        said(
            "issuer",
            Text(300),
            Title("Nơi cấp mã truy cập", "Issuer"),
            "The only issuer whose tokens may name it; any configured one where none is said.",
        ),
        standing("the client"),
        said(
            "trusted_only",
            Flag(),
            Title("Chỉ văn bản tin cậy", "Trusted documents only"),
            "Whether it may ask only by documents registered beforehand.",
        ),
        said(
            "requests_per_second",
            Number(6, minimum=1),
            Title("Số yêu cầu mỗi giây", "Requests per second"),
            "How many requests it may send each second, in the long run; the installation's default where none is said.",
        ),
        said(
            "burst",
            Number(6, minimum=1),
            Title("Số yêu cầu dồn", "Burst"),
            "How many requests it may send at once after a pause; ten seconds' worth where none is said.",
        ),
        said(
            "cost_per_minute",
            Number(9, minimum=1),
            Title("Chi phí mỗi phút", "Cost per minute"),
            "How many points its questions may cost in a minute; the installation's default where none is said.",
        ),
        said(
            "personal_records_per_day",
            Number(9, minimum=1),
            Title("Số bản ghi cá nhân mỗi ngày", "Personal records per day"),
            "How many records with personal data it may be told in a day; the installation's default where none is said.",
        ),
    ),
    keys=(Key("client_id", ("client_id",)),),
    retired=ENDED,
)

OFFICIAL = Entity(
    registry="access",
    name="official",
    title=Title("Cán bộ khai thác", "Official"),
    description="A person in an agency on whose behalf is asked, under a pseudonym; the name is the agency's to keep.",
    attributes=(
        said(
            "pseudonym",
            Text(64, pattern=r"^[A-Za-z0-9][A-Za-z0-9._:-]*$"),
            Title("Bí danh", "Pseudonym"),
            "What the agency calls the official towards this service.",
            required=True,
        ),
        said(
            "agency",
            Reference(("access.agency",), back="officials"),
            Title("Cơ quan", "Agency"),
            "The agency the official works for.",
            required=True,
        ),
        said(
            "role",
            Code("access.role"),
            Title("Vai trò", "Role"),
            "What the official does in a procedure.",
            required=True,
            indexed=True,
        ),
        standing("the official"),
    ),
    keys=(Key("pseudonym", ("agency", "pseudonym")),),
    retired=ENDED,
)

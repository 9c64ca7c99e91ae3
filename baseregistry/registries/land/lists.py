"""The code lists of the land register.

Purposes and origins are read off certificates and live systems (secondary sources; ``codes/README.md`` says which);
the other lists are this service's own until the State publishes one.
"""

from datetime import date
from pathlib import Path

from baseregistry.registries.declare import CodeList, Edition, Title

_CODES = Path(__file__).parent / "codes"
_OWN = Edition("1", "Danh mục của hệ thống; chưa có danh mục nhà nước")
_NEW_PURPOSES = date(2024, 8, 1)  # Circular 08/2024 in force (general knowledge; its annex was not seen)


def _own(name: str, vi: str, en: str) -> CodeList:
    return CodeList(f"land.{name}", Title(vi, en), (_OWN,), _CODES / f"{name}.csv")


LAND_LISTS = (
    CodeList(
        "land.purpose",
        Title("Loại đất (mục đích sử dụng)", "Land-use purpose"),
        (
            Edition("legacy", "Thông tư 28/2014/TT-BTNMT, Thông tư 27/2018/TT-BTNMT", None, _NEW_PURPOSES),
            Edition("2024", "Thông tư 08/2024/TT-BTNMT, Phụ lục II", _NEW_PURPOSES),
            Edition("office", "Danh sách 82 mã đang dùng tại văn phòng đăng ký đất đai"),
        ),
        _CODES / "purpose.csv",
    ),
    CodeList(
        "land.origin",
        Title("Nguồn gốc sử dụng đất", "Origin of the land use"),
        (Edition("certificate", "Ký hiệu nguồn gốc sử dụng đất ghi trên Giấy chứng nhận"),),
        _CODES / "origin.csv",
    ),
    CodeList(
        "land.change_event",
        Title("Loại biến động đất đai", "Kind of registered change"),
        (Edition("procedures", "Danh mục thủ tục hành chính quốc gia, tháng 7 năm 2026"),),
        _CODES / "change_event.csv",
    ),
    _own("parcel_status", "Trạng thái thửa đất", "Status of a parcel"),
    _own("group_kind", "Loại nhóm người sử dụng đất", "Kind of party group"),
    _own("right_kind", "Loại quyền", "Kind of right"),
    _own("certificate_status", "Trạng thái Giấy chứng nhận", "Status of a certificate"),
    _own("asset_kind", "Loại tài sản gắn liền với đất", "Kind of attached asset"),
    _own("asset_status", "Trạng thái tài sản", "Status of an attached asset"),
    _own("lineage_kind", "Loại quan hệ nguồn gốc thửa đất", "Kind of lineage"),
)

"""The code lists of the access register.  ``codes/README.md`` names the source of each."""

from pathlib import Path

from baseregistry.registries.declare import CodeList, Edition, Title

_CODES = Path(__file__).parent / "codes"
_OWN = Edition("1", "Danh mục của hệ thống; chưa có danh mục nhà nước")


def _list(name: str, vi: str, en: str) -> CodeList:
    return CodeList(f"access.{name}", Title(vi, en), (_OWN,), _CODES / f"{name}.csv")


ACCESS_LISTS = (
    _list("status", "Trạng thái tham gia khai thác", "Standing of one who asks"),
    _list("role", "Vai trò của cán bộ", "Role of an official"),
    _list("purpose_kind", "Loại mục đích khai thác", "Kind of purpose"),
)

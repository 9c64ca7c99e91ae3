"""The code lists of the enterprise register.  ``codes/README.md`` names the source of each."""

from pathlib import Path

from baseregistry.registries.declare import CodeList, Edition, Title

_CODES = Path(__file__).parent / "codes"
_OWN = Edition("1", "Danh mục của hệ thống; chưa có danh mục nhà nước")
_LAW = Edition("2020", "Luật Doanh nghiệp 59/2020/QH14")


def _list(name: str, vi: str, en: str, edition: Edition = _OWN) -> CodeList:
    return CodeList(f"enterprise.{name}", Title(vi, en), (edition,), _CODES / f"{name}.csv")


ENTERPRISE_LISTS = (
    _list("legal_form", "Loại hình doanh nghiệp", "Legal form", _LAW),
    _list("status", "Tình trạng pháp lý", "Legal status", Edition("2021", "Nghị định 01/2021/NĐ-CP, Điều 41")),
    _list("status_origin", "Nguồn của tình trạng pháp lý", "Origin of a legal status"),
    _list("representative_position", "Chức danh người đại diện", "Position of a representative"),
    _list("owner_kind", "Loại chủ sở hữu", "Kind of owner"),
    _list("vsic_edition", "Phiên bản hệ thống ngành kinh tế", "Edition of the industry classification (VSIC)"),
    _list("dependent_unit_kind", "Loại đơn vị phụ thuộc", "Kind of dependent unit", _LAW),
)

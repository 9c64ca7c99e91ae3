"""The code lists of the population register.  ``codes/README.md`` names the source of each."""

from datetime import date
from pathlib import Path

from baseregistry.registries.declare import CodeList, Edition, Title

_CODES = Path(__file__).parent / "codes"
_OWN = Edition("1", "Danh mục của hệ thống; chưa có danh mục nhà nước")


def _list(name: str, vi: str, en: str, edition: Edition = _OWN) -> CodeList:
    return CodeList(f"population.{name}", Title(vi, en), (edition,), _CODES / f"{name}.csv")


POPULATION_LISTS = (
    _list("sex", "Giới tính", "Sex"),
    _list(
        "ethnicity",
        "Dân tộc",
        "Ethnicity",
        Edition("1979", "Quyết định 121-TCTK/PPCĐ ngày 02/3/1979", date(1979, 3, 2)),
    ),
    _list("nationality", "Quốc tịch", "Nationality", Edition("iso-3166-1", "ISO 3166-1 alpha-2")),
    _list("marital_status", "Tình trạng hôn nhân", "Marital status"),
    _list("person_status", "Trạng thái của người", "Status of a person"),
    _list("identifier_scheme", "Loại số định danh", "Identifier scheme"),
    _list("identifier_status", "Trạng thái số định danh", "Status of an identifier"),
    _list("residence_kind", "Loại cư trú", "Kind of residence"),
    _list("household_status", "Trạng thái hộ gia đình", "Status of a household"),
    _list("relation_to_head", "Quan hệ với chủ hộ", "Relation to the head of household"),
    _list(
        "civil_event_kind",
        "Loại việc hộ tịch",
        "Kind of civil status event",
        Edition("2014", "Luật Hộ tịch 60/2014/QH13, Điều 3"),
    ),
    _list("relation_kind", "Loại quan hệ", "Kind of relation"),
)

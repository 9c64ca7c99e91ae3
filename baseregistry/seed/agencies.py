"""On whose word the changes of the sample stand: agencies as they were called at the time, and role accounts."""

from datetime import date, datetime
from typing import Any

from baseregistry.registries.ledger import Kind, Provenance
from baseregistry.seed.gazetteer import REORGANISED

PROVINCES = {"48": "thành phố Đà Nẵng", "49": "tỉnh Quảng Nam"}
SECTIONS = {
    "population": ("Công an", "dan-cu"),
    "land": ("Văn phòng đăng ký đất đai", "dat-dai"),
    "enterprise": ("Phòng Đăng ký kinh doanh", "doanh-nghiep"),
}


def agency(section: str, province: str, day: date) -> str:
    """``Công an tỉnh Quảng Nam``; from the merger on, of the city of Đà Nẵng."""
    return f"{SECTIONS[section][0]} {PROVINCES['48' if day >= REORGANISED else province]}"


def provenance(section: str, province: str, moment: datetime, kind: Kind, **said: Any) -> Provenance:
    """A change by an agency's officer; corrections and retractions are approved by another."""
    account = f"can-bo.{SECTIONS[section][1]}.{1 + moment.day % 7:02d}"
    if kind in {Kind.CORRECTION, Kind.RETRACTION}:
        said = {"approved_by": f"lanh-dao.{SECTIONS[section][1]}.01", **said}
    return Provenance(
        kind=kind,
        agency=agency(section, province, moment.date()),
        recorded_by=account,
        source_recorded_at=moment,
        **said,
    )

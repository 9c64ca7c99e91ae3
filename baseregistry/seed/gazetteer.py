"""The real units of Quảng Nam and Đà Nẵng before and from 2025-07-01, and what became of each.

Read from two tables beside this module; README.md names their source and licence.  A code is no key: 93
communes of today carry the code of one that ended.
"""

import csv
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from pathlib import Path

REORGANISED = date(2025, 7, 1)
BASIS = "Nghị quyết 1659/NQ-UBTVQH15, Nghị quyết 202/2025/QH15"
LEVELS = {"P": "PROVINCE", "D": "DISTRICT", "W": "COMMUNE"}
KINDS = {
    ("P", "Tỉnh"): "TINH",
    ("P", "Thành phố"): "THANH_PHO_TW",
    ("D", "Thành phố"): "THANH_PHO",
    ("D", "Thị xã"): "THI_XA",
    ("D", "Quận"): "QUAN",
    ("D", "Huyện"): "HUYEN",
    ("W", "Phường"): "PHUONG",
    ("W", "Xã"): "XA",
    ("W", "Thị trấn"): "THI_TRAN",
    ("W", "Đặc khu"): "DAC_KHU",
}
HIGH_DISTRICTS = frozenset({"504", "505", "510", "511", "515", "516"})


@dataclass(frozen=True, slots=True)
class Place:
    """A unit of one of the two times.  `longitude`, `latitude` are degrees (WGS 84), 0 where the table has none."""

    code: str
    name: str
    kind: str
    level: str
    parent: str
    longitude: float
    latitude: float
    area_km2: float

    @property
    def urban(self) -> bool:
        return self.kind in {"PHUONG", "THI_TRAN"}

    @property
    def mountain(self) -> bool:
        return self.parent in HIGH_DISTRICTS


@dataclass(frozen=True, slots=True)
class Successor:
    """Where an old unit, or a part of it, went.  `default`: the one to take when nothing says which part is meant."""

    old: str
    new: str
    whole: bool
    default: bool


@dataclass(frozen=True, slots=True)
class Gazetteer:
    """Old and new units by their codes, and the successions of communes, districts and provinces."""

    old: dict[str, Place]
    new: dict[str, Place]
    successors: tuple[Successor, ...]

    @property
    def communes(self) -> list[Place]:
        """The old communes, district by district."""
        communes = [place for place in self.old.values() if place.level == "COMMUNE"]
        return sorted(communes, key=lambda place: (place.parent, place.code))


def read() -> Gazetteer:
    """Read the two tables."""
    rows = list(_rows("admin_units_48_49.csv"))
    old = {row["code"]: _place(row) for row in rows if row["valid_to"]}
    new = {row["code"]: _place(row) for row in rows if not row["valid_to"]}
    return Gazetteer(old, new, tuple(_successors(old, new)))


def _place(row: dict[str, str]) -> Place:
    return Place(
        code=row["code"],
        name=row["name"],
        kind=KINDS[row["level"], row["type"].capitalize()],
        level=LEVELS[row["level"]],
        parent=row["parent_code"],
        longitude=float(row["lon"] or 0),
        latitude=float(row["lat"] or 0),
        area_km2=float(row["area_km2"] or 0),
    )


def _successors(old: dict[str, Place], new: dict[str, Place]) -> Iterator[Successor]:
    """Every row of the table; and each old province whole into the one that shares its land."""
    for row in _rows("admin_unit_mapping_2025_48_49.csv"):
        whole = row["coverage"] == "whole"
        default = whole or row["default_successor"] == "1"
        yield Successor(row["old_code"] or row["old_district_code"], row["new_code"], whole, default)
    (province,) = [place.code for place in new.values() if place.level == "PROVINCE"]
    for place in old.values():
        if place.level == "PROVINCE":
            yield Successor(place.code, province, whole=True, default=True)


def _rows(name: str) -> Iterator[dict[str, str]]:
    with (Path(__file__).parent / name).open(encoding="utf-8", newline="") as file:
        yield from csv.DictReader(file)

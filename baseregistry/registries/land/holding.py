"""What follows from rights in parcels and from where records lie; the registers that hold persons, enterprises and
addresses derive it too, in the same words."""

from baseregistry.registries.declare import Derived, Title
from baseregistry.registries.derivations import Grouping, Holding, HoldsIn, Line, Percent

LAND = Holding(
    relation="land.right",
    holder="holder",
    of="parcel",
    kind="kind",
    grouping=Grouping("land.group_member", member="member", group="party_group"),
)
HOLDS_RIGHT_IN = Derived(
    "holds_right_in",
    HoldsIn(LAND, ("parcel", "commune", "parent", "parent")),
    Title("Có quyền đối với đất tại", "Holds a right in"),
    "Whether it holds a right in a parcel that lies in the unit (a commune, or any in a district or province), itself or "
    "through a party group to which it belongs.  Null where there is no such unit at the moment asked.",
)
SHARE_PERCENT = Derived(
    "share_percent",
    Percent("share", joint="joint"),
    Title("Tỷ lệ phần trăm", "Share in per cent"),
    "The share in per cent, rounded half up to four decimals; none where it is joint or there is no share.",
)


def address_line(first: str) -> Derived:
    """The full address of a record that has a commune; `first` holds house number and street."""
    return Derived(
        "address_line",
        Line(first, ("commune", "parent", "parent")),
        Title("Địa chỉ đầy đủ", "Full address"),
        "In one line: house number, street, hamlet; then the commune, the district where there was one, the province, each as "
        "it was called at the moment asked.",
    )

"""Where people live and with whom.  The household of today is not the one granted land (`land.party_group`)."""

from functools import partial

from baseregistry.registries.declare import Attribute, Code, Entity, Key, Reference, Sensitivity, Text, Title
from baseregistry.registries.land.holding import address_line

personal = partial(Attribute, sensitivity=Sensitivity.PERSONAL, source="Công an cấp xã")

RESIDENCE = Entity(
    registry="population",
    name="residence",
    title=Title("Nơi cư trú", "Residence"),
    description="Where a person lives, registered as permanent, temporary or current (Law on Residence 68/2020/QH14).",
    attributes=(
        personal(
            "person",
            Reference(("population.person",), back="residences"),
            Title("Người", "Person"),
            "Who lives there.",
            required=True,
        ),
        personal(
            "kind",
            Code("population.residence_kind"),
            Title("Loại cư trú", "Kind"),
            "Permanent, temporary or current.",
            required=True,
            indexed=True,
        ),
        personal(
            "commune",
            Reference(("administration.unit",), back="residences"),
            Title("Xã, phường", "Commune"),
            "The commune in which the address lies at the moment asked.",
            required=True,
        ),
        personal("address", Text(300), Title("Địa chỉ", "Address"), "House number, street, hamlet, as registered."),
    ),
    territory="commune",
    relation=True,
    derived=(address_line("address"),),
)

HOUSEHOLD = Entity(
    registry="population",
    name="household",
    title=Title("Hộ gia đình", "Household"),
    description="People registered as living together; dissolved by its status.",
    attributes=(
        personal(
            "number", Text(30), Title("Số hộ", "Number"), "Number of the household's residence file.", required=True
        ),
        personal(
            "commune",
            Reference(("administration.unit",), back="households"),
            Title("Xã, phường", "Commune"),
            "The commune in which it lives at the moment asked.",
            required=True,
        ),
        personal("address", Text(300), Title("Địa chỉ", "Address"), "House number, street, hamlet, as registered."),
        personal(
            "status",
            Code("population.household_status"),
            Title("Trạng thái", "Status"),
            "Active or dissolved.",
            required=True,
            indexed=True,
        ),
    ),
    keys=(Key("number", ("number",)),),
    territory="commune",
    retired=("status", "DISSOLVED"),
    derived=(address_line("address"),),
)

HOUSEHOLD_MEMBER = Entity(
    registry="population",
    name="household_member",
    title=Title("Thành viên hộ gia đình", "Household member"),
    description="That a person belongs to a household, and as what.",
    attributes=(
        personal(
            "household",
            Reference(("population.household",), back="members"),
            Title("Hộ gia đình", "Household"),
            "The household.",
            required=True,
        ),
        personal(
            "person",
            Reference(("population.person",), back="memberships"),
            Title("Người", "Person"),
            "The member.",
            required=True,
        ),
        personal(
            "relation_to_head",
            Code("population.relation_to_head"),
            Title("Quan hệ với chủ hộ", "Relation to head"),
            "What the member is to the head of the household.",
            required=True,
            indexed=True,
        ),
    ),
    territory="household.commune",
    relation=True,
)

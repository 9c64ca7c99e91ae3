"""The land register, after ISO 19152 (LADM): parcels, parties, rights and the papers they stand on."""

from baseregistry.registries.declare import Registry, Title
from baseregistry.registries.land.lists import LAND_LISTS
from baseregistry.registries.land.parcels import ASSET, LAND_USE, LINEAGE, PARCEL
from baseregistry.registries.land.rights import BLOCK, CERTIFICATE, GROUP_MEMBER, PARTY_GROUP, RIGHT

LAND = Registry(
    name="land",
    title=Title("Đất đai", "Land"),
    description="Parcels, their use, rights in them, what stands in the way.  A register fact never replaces consent.",
    entities=(PARCEL, LAND_USE, PARTY_GROUP, GROUP_MEMBER, RIGHT, CERTIFICATE, BLOCK, ASSET, LINEAGE),
    code_lists=LAND_LISTS,
)

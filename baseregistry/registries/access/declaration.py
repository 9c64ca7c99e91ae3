"""The access register: agencies, their clients and officials, purposes, grants with their paths and units, and trusted documents."""

from baseregistry.registries.access.callers import AGENCY, CLIENT, OFFICIAL
from baseregistry.registries.access.lists import ACCESS_LISTS
from baseregistry.registries.access.manifests import MANIFEST, TRUSTED_DOCUMENT
from baseregistry.registries.access.permissions import GRANT, GRANTED_PATH, GRANTED_UNIT, PURPOSE
from baseregistry.registries.declare import Registry, Title

ACCESS = Registry(
    name="access",
    title=Title("Quyền khai thác dữ liệu", "Access"),
    description="Who may ask what, for which purpose, where and by which law; versioned like everything else.",
    entities=(AGENCY, CLIENT, OFFICIAL, PURPOSE, GRANT, GRANTED_PATH, GRANTED_UNIT, MANIFEST, TRUSTED_DOCUMENT),
    code_lists=ACCESS_LISTS,
)

"""Every name passes through here: from a declared name to its table, its GraphQL type and field.

A declaration names things once, in snake_case (``land.land_use``); each target has its own
spelling, and this module is the only place that knows it.
"""

HISTORY = "_history"  # after the name of a way back: its history


def table(entity: str) -> str:
    """``land.land_use`` → ``land_land_use``: the versions table of an entity."""
    return entity.replace(".", "_")


def key_column(key: str) -> str:
    """``number`` → ``key_number``: the generated column that holds the digest of a unique key."""
    return f"key_{key}"


def field(name: str) -> str:
    """``map_sheet`` → ``mapSheet``: a GraphQL field or argument."""
    head, *tail = name.split("_")
    return head + "".join(part[:1].upper() + part[1:] for part in tail)


def type_name(entity: str) -> str:
    """``land.land_use`` → ``LandUse``: a GraphQL object type."""
    camel = field(entity.rpartition(".")[2])
    return camel[:1].upper() + camel[1:]


def union_name(entity: str, attribute: str) -> str:
    """``land.right``, ``holder`` → ``RightHolder``: the GraphQL union of the entities a reference may point to."""
    camel = field(attribute)
    return type_name(entity) + camel[:1].upper() + camel[1:]


def enum_value(name: str) -> str:
    """``real_world_change`` → ``REAL_WORLD_CHANGE``."""
    return name.upper()


def plural(name: str) -> str:
    """English plural of a declared name: ``unit`` → ``units``, ``party`` → ``parties``, ``address`` → ``addresses``."""
    if name.endswith("y") and name[-2:-1] not in "aeiou":
        return name[:-1] + "ies"
    if name.endswith(("s", "x", "ch", "sh")):
        return name + "es"
    return name + "s"


def root(entity: str) -> str:
    """``land.parcel`` → ``parcel``: the GraphQL root field that answers one record."""
    return field(entity.rpartition(".")[2])


def root_plural(entity: str) -> str:
    """``land.land_use`` → ``landUses``: the GraphQL root field that answers many records."""
    return field(plural(entity.rpartition(".")[2]))

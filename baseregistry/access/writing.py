"""Who may state a change: whoever is granted ``<root>.record`` for each entity that it writes of.

A grant that is bound to units opens nothing here: where a record lies can be what the change says of it.
"""

from collections.abc import Iterable

from baseregistry import errors, naming
from baseregistry.access.granted import GrantSet
from baseregistry.access.needs import RECORD
from baseregistry.registries.acts import Act


def refuse_ungranted(acts: Iterable[Act], grants: GrantSet) -> None:
    """Raise errors.NotGranted ``access.field_not_granted`` with every path that the acts lack."""
    needed = {f"{naming.root(act.entity.full_name)}.{RECORD}" for act in acts}
    granted = {path for grant in grants.grants if grant.units is None for path in grant.paths}
    if missing := sorted(needed - granted):
        raise errors.NotGranted(
            f"Changes of these are not yours to state for this purpose: {', '.join(missing)}.",
            hint="Have these paths granted, everywhere; a grant bound to units lets nobody state changes.",
            where={"paths": " ".join(missing)},
        )

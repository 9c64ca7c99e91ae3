"""Who may state a change: whoever is granted ``<root>.record`` for each entity that it writes of.

A grant that is bound to units opens nothing here: where a record lies can be what the change says of it.
"""

from collections.abc import Iterable

from baseregistry import errors, naming
from baseregistry.access.granted import GrantSet
from baseregistry.access.needs import RECORD, STAR, VERSION
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


def reserved(refusal: errors.StaleVersion, acts: Iterable[Act], grants: GrantSet) -> errors.StaleVersion:
    """The refusal of a version that is not current any more, as far as the caller may know what is: its times and digest
    are told to whoever is granted ``<root>.*`` and ``<root>.version`` of all that the change writes of, everywhere."""
    roots = {naming.root(act.entity.full_name) for act in acts}
    needed = {f"{root}.{step}" for root in roots for step in (STAR, VERSION)}
    granted = {path for grant in grants.grants if grant.units is None for path in grant.paths}
    if needed <= granted:
        return refusal
    where = {name: value for name, value in refusal.where.items() if not name.startswith("current")}
    record = f"{where.get('record')} is not, or not any more, as it was expected to be."
    return errors.StaleVersion(record, hint=refusal.hint, where=where)

"""Before a migration is believed: whether this program still understands every trusted document that can be called.

All of it happens in the migration's transaction, so that a refused one leaves the database as it was.
"""

import sys
from dataclasses import dataclass
from typing import TYPE_CHECKING

from baseregistry import errors

if TYPE_CHECKING:
    import sqlalchemy as sa

    from baseregistry.db import Reading
    from baseregistry.registries.tables import Installation
    from baseregistry.settings import Settings


@dataclass(frozen=True, slots=True)
class Broken:
    """A document that this program does not understand, of which client and manifest, and why."""

    client: str
    manifest: str
    operation: str
    sha256: str
    reason: str

    @property
    def named(self) -> str:
        """``one-stop 2026.11 OwnerOfParcel``."""
        return f"{self.client} {self.manifest} {self.operation}"


@dataclass(frozen=True, slots=True)
class Agreement:
    """What a migration asks for before it is committed; `to_break`: broken documents are told on stderr, and no reason to
    stop."""

    settings: "Settings"
    to_break: bool = False

    def __call__(self, connection: "sa.Connection") -> None:
        """Raises as `refuse`."""
        from baseregistry.db import Reading
        from baseregistry.registries.installation import declared

        found = broken(Reading(connection), declared(self.settings), self.settings)
        if not self.to_break:
            refuse(found)
        tell(found)


def broken(reading: "Reading", installation: "Installation", settings: "Settings") -> list[Broken]:
    """The documents in force, or to come, that this program would refuse: what the schema has no more, what costs more
    than may be asked.  What is granted is not asked: a grant may end."""
    from baseregistry.access import registering
    from baseregistry.access.manifests import Listed
    from baseregistry.commands.manifests import checker_of
    from baseregistry.graphql.trusted import check_all

    found = registering.texts(reading)
    if not found:
        return []
    listed = {one["sha256"]: Listed(one["operation"], one["sha256"], one["text"]) for one in found}
    _, faults = check_all(checker_of(installation, settings), listed.values())
    why = {one.listed.sha256: f"{one.code}: {one.message}" for one in faults}
    return [
        Broken(one["client"], one["manifest"], one["operation"], one["sha256"], why[one["sha256"]])
        for one in found
        if one["sha256"] in why
    ]


def refuse(found: list[Broken]) -> None:
    """Raise errors.Refused ``migrations.breaks_documents`` with each document and its reason."""
    if found:
        raise errors.Refused(
            f"{len(found)} trusted documents that clients call would break; nothing was migrated.",
            code="migrations.breaks_documents",
            hint="Keep what they ask in the schema, or have the clients register new manifests and withdraw these;"
            " `migrate --break-documents` goes on, and their calls are refused.",
            where={one.named: one.reason for one in found},
        )


def tell(found: list[Broken]) -> None:
    """A line for each, on stderr."""
    for one in found:
        print(f"broken: {one.named}: {one.reason}", file=sys.stderr)


def of_database(engine: "sa.Engine", installation: "Installation", settings: "Settings") -> list[Broken]:
    """`broken` in a database as it stands; none where it has no trusted documents yet (before migration 0008)."""
    from baseregistry import db

    with db.reading(engine) as reading:
        if reading.execute("SELECT to_regclass('access_trusted_document')").scalar() is None:
            return []
        return broken(reading, installation, settings)

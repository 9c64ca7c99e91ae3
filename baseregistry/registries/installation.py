"""Opening an installation: the declarations of this program, held against what the database was made with."""

from dataclasses import dataclass

from baseregistry import errors
from baseregistry.db import Reading
from baseregistry.registries.check import check
from baseregistry.registries.declarations import DECLARATIONS, rules
from baseregistry.registries.rules import Rule
from baseregistry.registries.tables import Installation
from baseregistry.settings import Settings


@dataclass(frozen=True, slots=True)
class Stored:
    """What a database was made with: storage CRS (EPSG code), zone, schema edition."""

    srid: int
    time_zone: str
    schema_edition: str


def declared(settings: Settings) -> Installation:
    """What the settings describe, for a database that is still to be made.  Raises errors.DeclarationError."""
    check(DECLARATIONS)
    return Installation(DECLARATIONS, settings.schema_name, settings.srid, settings.time_zone, _rules(settings))


def opened(reading: Reading, settings: Settings) -> Installation:
    """The installation in the database; its storage CRS and zone are the database's own.

    Raises errors.Unavailable when it was never migrated or holds an edition this program does not know,
    errors.DeclarationError when a declaration contradicts itself.
    """
    check(DECLARATIONS)
    row = stored(reading)
    return Installation(DECLARATIONS, settings.schema_name, row.srid, row.time_zone, _rules(settings))


def stored(reading: Reading) -> Stored:
    """What the database was made with.  Raises errors.Unavailable when it was never migrated or holds another edition."""
    row = reading.execute("SELECT srid, time_zone, schema_edition FROM installation").one_or_none()
    if row is None:
        raise errors.Unavailable(
            "The database has no registers yet.", code="register.not_migrated", hint="Run `baseregistry migrate` first."
        )
    if row.schema_edition != DECLARATIONS.edition:
        raise errors.Unavailable(
            f"The database holds schema edition {row.schema_edition}; this program knows {DECLARATIONS.edition}.",
            code="register.unknown_edition",
            hint="Run `baseregistry migrate` with the newer of the two programs, then start that one.",
        )
    return Stored(row.srid, row.time_zone, row.schema_edition)


def _rules(settings: Settings) -> tuple[Rule, ...]:
    return rules(settings.boundary_accuracy)

"""The registers of this service, put together.  Nothing registers itself: what is served is what stands here."""

from decimal import Decimal

from baseregistry.registries.access.declaration import ACCESS
from baseregistry.registries.administration.declaration import ADMINISTRATION
from baseregistry.registries.declare import Declarations
from baseregistry.registries.enterprise.declaration import ENTERPRISE
from baseregistry.registries.enterprise.rules import ENTERPRISE_RULES
from baseregistry.registries.land.declaration import LAND
from baseregistry.registries.land.rules import BOUNDARY_ACCURACY, land_rules
from baseregistry.registries.population.declaration import POPULATION
from baseregistry.registries.population.rules import POPULATION_RULES
from baseregistry.registries.rules import Rule

REGISTRIES = (ADMINISTRATION, LAND, POPULATION, ENTERPRISE, ACCESS)
DECLARATIONS = Declarations(REGISTRIES)


def rules(boundary_accuracy: Decimal = BOUNDARY_ACCURACY) -> tuple[Rule, ...]:
    """The rules of an installation whose boundary points are known to so many metres."""
    return land_rules(boundary_accuracy) + POPULATION_RULES + ENTERPRISE_RULES


RULES = rules()

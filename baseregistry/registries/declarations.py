"""The registers of this service, put together.  Nothing registers itself: what is served is what stands here."""

from baseregistry.registries.administration.declaration import ADMINISTRATION
from baseregistry.registries.declare import Declarations
from baseregistry.registries.enterprise.declaration import ENTERPRISE
from baseregistry.registries.enterprise.rules import ENTERPRISE_RULES
from baseregistry.registries.land.declaration import LAND
from baseregistry.registries.land.rules import LAND_RULES
from baseregistry.registries.population.declaration import POPULATION
from baseregistry.registries.population.rules import POPULATION_RULES
from baseregistry.registries.rules import Rule

REGISTRIES = (ADMINISTRATION, LAND, POPULATION, ENTERPRISE)
DECLARATIONS = Declarations(REGISTRIES)
RULES: tuple[Rule, ...] = LAND_RULES + POPULATION_RULES + ENTERPRISE_RULES

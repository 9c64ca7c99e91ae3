"""The population register: persons, their numbers, residence, household, civil status."""

from baseregistry.registries.declare import Registry, Title
from baseregistry.registries.population.households import HOUSEHOLD, HOUSEHOLD_MEMBER, RESIDENCE
from baseregistry.registries.population.lists import POPULATION_LISTS
from baseregistry.registries.population.persons import CIVIL_EVENT, IDENTIFIER, PERSON, RELATION

POPULATION = Registry(
    name="population",
    title=Title("Dân cư", "Population"),
    description="Natural persons.  Personal data throughout (Law 91/2025/QH15): answered for a purpose, and logged.",
    entities=(PERSON, IDENTIFIER, RESIDENCE, HOUSEHOLD, HOUSEHOLD_MEMBER, CIVIL_EVENT, RELATION),
    code_lists=POPULATION_LISTS,
)

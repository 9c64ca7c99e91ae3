"""The enterprise register: enterprises, who owns and represents them, their parts; household businesses."""

from baseregistry.registries.declare import Registry, Title
from baseregistry.registries.enterprise.enterprises import DEPENDENT_UNIT, HOUSEHOLD_BUSINESS
from baseregistry.registries.enterprise.enterprises import ENTERPRISE as ENTERPRISE_ENTITY
from baseregistry.registries.enterprise.lists import ENTERPRISE_LISTS
from baseregistry.registries.enterprise.people import BUSINESS_LINE, OWNER, REPRESENTATIVE

ENTERPRISE = Registry(
    name="enterprise",
    title=Title("Doanh nghiệp", "Enterprises"),
    description="Enterprises under Law 59/2020/QH14 and household businesses.",
    entities=(ENTERPRISE_ENTITY, REPRESENTATIVE, OWNER, BUSINESS_LINE, DEPENDENT_UNIT, HOUSEHOLD_BUSINESS),
    code_lists=ENTERPRISE_LISTS,
)

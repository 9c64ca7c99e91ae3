"""What must, or should, be true of tax codes and of shares in an enterprise."""

from functools import lru_cache

from stdnum.vn import mst

from baseregistry.db import Reading
from baseregistry.registries.rules import Finding, Rule, among, judged, stated
from baseregistry.registries.shares import SharesOf, rule_of_shares

# A business location has no code; a household business may have its owner's personal ID (12 digits).
CODED = ("enterprise", "dependent_unit", "household_business")


@lru_cache(maxsize=20_000)
def is_tax_code(code: str) -> bool:
    """Ten digits with a true check digit, or thirteen with a dash (Circular 105/2020/TT-BTC, art. 5)."""
    return bool(mst.is_valid(code))


def _wrong_check_digit(rule: Rule, reading: Reading, touched: str | None) -> list[Finding]:
    table = rule.entity.replace(".", "_")
    rows = reading.execute(
        f"SELECT v.record_id, v.valid::text, v.tax_code FROM {table} v WHERE v.recorded_to IS NULL"
        f" AND length(v.tax_code) <> 12{among(touched, 'v.record_id')}"
    )
    return [
        rule.finding(row.record_id, f"{row.tax_code} is no tax code: its check digit is wrong.", None, row.valid)
        for row in rows
        if not is_tax_code(row.tax_code)
    ]


NOT_THE_PARENTS = """
SELECT v.record_id, v.valid::text, NULL AS place,
       format('%s does not begin with the code %s of its enterprise.', v.tax_code, e.tax_code) AS message
FROM enterprise_dependent_unit v
JOIN enterprise_enterprise e ON e.record_id = v.enterprise AND e.recorded_to IS NULL AND e.valid && v.valid
WHERE v.recorded_to IS NULL AND left(v.tax_code, 10) <> left(e.tax_code, 10){among}"""

NOT_THE_OWNERS = """
SELECT v.record_id, v.valid::text, NULL AS place, 'The tax code of 12 digits is no personal ID of the owner.' AS message
FROM enterprise_household_business v
WHERE v.recorded_to IS NULL AND length(v.tax_code) = 12{among} AND NOT EXISTS (
  SELECT 1 FROM population_identifier i WHERE i.recorded_to IS NULL AND i.scheme = 'PERSONAL_ID'
  AND i.number = v.tax_code AND i.person = v.owner)"""

ENTERPRISE_RULES = (
    *(
        judged(
            f"enterprise.{name}_tax_code",
            f"enterprise.{name}",
            "refuse",
            "A tax code has a true check digit (ten digits, or thirteen with a dash).",
            _wrong_check_digit,
        )
        for name in CODED
    ),
    stated(
        "enterprise.not_the_parents_code",
        "enterprise.dependent_unit",
        "warn",
        "A dependent unit's code begins with its enterprise's.",
        NOT_THE_PARENTS,
    ),
    stated(
        "enterprise.not_the_owners_id",
        "enterprise.household_business",
        "warn",
        "A household business's code of 12 digits is its owner's personal ID.",
        NOT_THE_OWNERS,
    ),
    rule_of_shares(
        "enterprise.shares_exceed_one",
        "enterprise.owner",
        "warn",
        "Shares of the owners of one enterprise sum to at most one at every moment.",
        SharesOf("enterprise_owner", ("enterprise",), joint=False),
    ),
)

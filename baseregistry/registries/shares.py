"""Shares of one thing, which together are never more than the whole, at any moment.

Those who hold jointly count as one holder, with the share they state (the greatest, if they differ); joint
holders who state none hold what is left.  A share that is absent is not known and adds nothing.
PostgreSQL shortlists moment by moment; Python's Fraction decides exactly, once per sum.
"""

from fractions import Fraction

from baseregistry.db import Reading
from baseregistry.registries.rules import Finding, Rule, Severity, judged

NEARLY_WHOLE = "0.999999"  # numeric division is cut after some 16 digits: from here on only an exact sum decides


def rule_of_shares(code: str, entity: str, severity: Severity, summary: str, of: "SharesOf") -> Rule:
    """A rule that the shares among the versions described by `of` never sum to more than one."""
    return judged(code, entity, severity, summary, of.exceeding)


class SharesOf:
    """Shares in `table` of what `whole` names: ``SharesOf("land_right", ("parcel", "kind"))``."""

    def __init__(self, table: str, whole: tuple[str, ...], joint: bool = True) -> None:
        self.table = table
        self.whole = ", ".join(whole)
        self.thing = whole[0]
        self.joint = "coalesce(joint, false)" if joint else "false"

    def exceeding(self, rule: Rule, reading: Reading, touched: str | None) -> list[Finding]:
        """One finding per whole that is exceeded: at the first such moment, on the version that began last by then."""
        sums = reading.execute(f"{self._held(touched)} SELECT DISTINCT several, jointly FROM held").all()
        exceeded = [f"{row.several}|{row.jointly}" for row in sums if total(row.several, row.jointly) > 1]
        if not exceeded:
            return []
        rows = reading.execute(
            f"{self._held(touched)} SELECT DISTINCT ON ({self.whole}) {self.thing} AS thing, several, jointly,"
            " last, tstzrange(at, NULL)::text AS valid FROM held WHERE several || '|' || jointly = ANY(:exceeded)"
            f" ORDER BY {self.whole}, at NULLS FIRST",
            {"exceeded": exceeded},
        )
        return [
            rule.finding(row.last, f"Shares in {row.thing} sum to {total(row.several, row.jointly)}.", None, row.valid)
            for row in rows
        ]

    def _held(self, touched: str | None) -> str:
        """WITH held: at each moment at which a share begins, all shares of the whole, as ``1/2+1/3``."""
        narrowed = ""
        if touched:
            narrowed = (
                f" AND {self.thing} IN (SELECT t.{self.thing} FROM {self.table} t WHERE t.recorded_to IS NULL"
                f" AND t.record_id IN (SELECT record_id FROM {touched}))"
            )
        part = "split_part(share, '/', 1)::numeric / split_part(share, '/', 2)::numeric"
        return (
            f"WITH claim AS (SELECT record_id, {self.whole}, valid, share, {part} AS part, {self.joint} AS joint"
            f" FROM {self.table} WHERE recorded_to IS NULL AND share IS NOT NULL{narrowed}),"
            f" moment AS (SELECT DISTINCT {self.whole}, lower(valid) AS at FROM claim),"
            f" held AS (SELECT {self.whole}, at,"
            " coalesce(string_agg(share, '+' ORDER BY share) FILTER (WHERE NOT joint), '') AS several,"
            " coalesce(string_agg(share, '+' ORDER BY share) FILTER (WHERE joint), '') AS jointly,"
            " (array_agg(record_id ORDER BY lower(valid) DESC NULLS LAST, record_id))[1] AS last"
            f" FROM moment JOIN claim USING ({self.whole})"
            " WHERE CASE WHEN at IS NULL THEN lower_inf(valid) ELSE valid @> at END"
            f" GROUP BY {self.whole}, at HAVING coalesce(sum(part) FILTER (WHERE NOT joint), 0)"
            f" + coalesce(max(part) FILTER (WHERE joint), 0) > {NEARLY_WHOLE})"
        )


def total(several: str, jointly: str) -> Fraction:
    """``1/2+1/3`` held severally and the greatest of ``1/6+1/6`` held jointly: exactly 1."""
    shares = [Fraction(share) for share in several.split("+") if share]
    return sum(shares, Fraction()) + max((Fraction(share) for share in jointly.split("+") if share), default=Fraction())

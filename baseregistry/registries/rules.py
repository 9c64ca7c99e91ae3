"""Rules of meaning: what must, or should, be true across facts.  Each is a plain function over believed versions.

A rule of severity "refuse" is kept by every change, under the ledger's lock; one of severity "warn" makes
findings that can be listed, with their place.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal
from uuid import UUID

from baseregistry.db import Reading

Severity = Literal["refuse", "warn"]
Find = Callable[[Reading, str | None], "list[Finding]"]


@dataclass(frozen=True, slots=True)
class Finding:
    """One place where a rule is not kept.

    `place` is WKT in the storage CRS, `valid` PostgreSQL's text of a tstzrange.
    """

    code: str
    severity: str
    entity: str
    record_id: UUID
    message: str
    place: str | None = None
    valid: str | None = None


@dataclass(frozen=True, slots=True)
class Rule:
    """A rule of `entity`.

    ``find(reading, touched)`` answers its findings: of all believed versions, or only of the records in `touched`,
    a table or sub-select with a column record_id.
    """

    code: str
    entity: str
    severity: Severity
    summary: str
    find: Find

    def finding(self, record_id: UUID, message: str, place: str | None = None, valid: str | None = None) -> Finding:
        """A finding of this rule."""
        return Finding(self.code, self.severity, self.entity, record_id, message, place, valid)


def among(touched: str | None, column: str) -> str:
    """SQL that narrows `column` to the records in `touched`; empty when all are meant."""
    return f" AND {column} IN (SELECT record_id FROM {touched})" if touched else ""


def stated(code: str, entity: str, severity: Severity, summary: str, select: str) -> Rule:
    """A rule that one SELECT states: it answers record_id, message, place and valid of what breaks the rule.

    The versions it judges are those of the alias ``v``; ``{among}`` stands where they are narrowed.
    """

    def find(reading: Reading, touched: str | None) -> list[Finding]:
        rows = reading.execute(select.replace("{among}", among(touched, "v.record_id")))
        return [rule.finding(row.record_id, row.message, row.place, row.valid) for row in rows]

    rule = Rule(code, entity, severity, summary, find)
    return rule


def judged(code: str, entity: str, severity: Severity, summary: str, judge: "Judge") -> Rule:
    """A rule that a function keeps: ``judge(rule, reading, touched)``."""

    def find(reading: Reading, touched: str | None) -> list[Finding]:
        return judge(rule, reading, touched)

    rule = Rule(code, entity, severity, summary, find)
    return rule


Judge = Callable[[Rule, Reading, str | None], list[Finding]]

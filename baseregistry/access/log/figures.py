"""Figures of one month of the access log, for the review that whoever answers for the data holds every month.

Counts by agency, purpose and client, and nobody's name: a person who is asked for often is a number to be looked into.
"""

from collections import defaultdict
from collections.abc import Iterator
from dataclasses import asdict, dataclass, field
from datetime import date, datetime
from typing import Any
from zoneinfo import ZoneInfo

from baseregistry.db import Reading

MOST_ASKED = 10  # persons about whom most was asked, as numbers of requests
MONTH = """
  SELECT q.asked_at, q.position, q.place, q.case_id, q.status, coalesce(q.code, '') AS code, q.known,
    c.agency, c.purpose, c.client, c.form, c.levels
  FROM access_request q JOIN access_context c ON c.digest = q.context
  WHERE q.asked_at >= CAST(:begin AS timestamptz) AND q.asked_at < CAST(:end AS timestamptz)"""
REQUESTS = f"""
SELECT agency, purpose, client, count(*) AS requests, count(*) FILTER (WHERE form = 'change') AS changes,
  count(*) FILTER (WHERE form = 'stream') AS events, count(DISTINCT case_id) AS cases,
  count(*) FILTER (WHERE extract(isodow FROM at) > 5 OR at::time NOT BETWEEN '07:00' AND '18:00') AS out_of_hours
FROM (SELECT m.*, m.asked_at AT TIME ZONE CAST(:zone AS text) AS at FROM ({MONTH}) m
      WHERE form NOT IN ('refusal', 'refusals')) m GROUP BY agency, purpose, client"""
REFUSALS = f"""
SELECT agency, purpose, client, code, sum(CASE WHEN form = 'refusals' THEN known::bigint ELSE 1 END)::bigint AS refused
FROM ({MONTH}) m WHERE form IN ('refusal', 'refusals') GROUP BY agency, purpose, client, code"""
RECORDS = f"""
SELECT agency, purpose, client, count(*) FILTER (WHERE opened) AS opened, count(*) FILTER (WHERE NOT opened) AS search_hits
FROM (SELECT DISTINCT m.agency, m.purpose, m.client, m.position, m.place, r.level, r.record_id, r.recorded_from,
        (m.levels -> r.level::integer ->> 'opened')::boolean AS opened
      FROM ({MONTH}) m JOIN access_record r ON r.asked_at = m.asked_at AND r.position = m.position AND r.place = m.place
      WHERE r.asked_at >= CAST(:begin AS timestamptz) AND r.asked_at < CAST(:end AS timestamptz)) r
GROUP BY agency, purpose, client"""
SUBJECTS = f"""
SELECT agency, purpose, client, count(*) AS subjects,
  (array_agg(asked ORDER BY asked DESC))[1:{MOST_ASKED}] AS most_asked
FROM (SELECT m.agency, m.purpose, m.client, r.subject, count(DISTINCT (r.position, r.place)) AS asked
      FROM ({MONTH}) m JOIN access_record r ON r.asked_at = m.asked_at AND r.position = m.position AND r.place = m.place
      WHERE r.asked_at >= CAST(:begin AS timestamptz) AND r.asked_at < CAST(:end AS timestamptz) AND r.subject IS NOT NULL
      GROUP BY m.agency, m.purpose, m.client, r.subject) s
GROUP BY agency, purpose, client"""


@dataclass
class Figures:
    """What one client asked for one purpose: requests that were answered (of these changes stated, events pushed), in how
    many cases, how many out of working hours; records opened and found, persons they told of; refusals by code.

    `most_asked`: in how many requests those persons occur who occur most, without names.
    """

    agency: str
    purpose: str
    client: str
    requests: int = 0
    changes: int = 0
    events: int = 0
    cases: int = 0
    out_of_hours: int = 0
    opened: int = 0
    search_hits: int = 0
    subjects: int = 0
    most_asked: list[int] = field(default_factory=list)
    refusals: dict[str, int] = field(default_factory=dict)

    @property
    def out_of_hours_share(self) -> float:
        """Of all requests that were answered."""
        return round(self.out_of_hours / self.requests, 3) if self.requests else 0.0

    def told(self) -> dict[str, Any]:
        """As JSON says it."""
        return {**asdict(self), "out_of_hours_share": self.out_of_hours_share}


def figures(reading: Reading, month: date, zone: str) -> list[Figures]:
    """The figures of the month that begins with `month` in `zone`; who was turned away unknown stands under empty names."""
    said = {"begin": _begin(month, zone), "end": _begin(following(month), zone), "zone": zone}
    found: dict[tuple[str, str, str], dict[str, Any]] = defaultdict(dict)
    for statement in (REQUESTS, RECORDS, SUBJECTS):
        for row in reading.execute(statement, said):
            found[row.agency, row.purpose, row.client] |= row._asdict()
    for row in reading.execute(REFUSALS, said):
        found[row.agency, row.purpose, row.client].setdefault("refusals", {})[row.code] = row.refused
    named = ({"agency": agency, "purpose": purpose, "client": client} for agency, purpose, client in sorted(found))
    return [Figures(**(key | found[key["agency"], key["purpose"], key["client"]])) for key in named]


def following(month: date) -> date:
    """The first day of the next month."""
    return date(month.year + month.month // 12, month.month % 12 + 1, 1)


def columns(all_of_it: list[Figures]) -> Iterator[list[str]]:
    """The same as a table of texts, its header first; refusals as ``code=number``, apart by spaces."""
    plain = (
        "agency",
        "purpose",
        "client",
        "requests",
        "changes",
        "events",
        "cases",
        "opened",
        "search_hits",
        "subjects",
    )
    yield [*plain, "out_of_hours_share", "refused", "refusals", "most_asked"]
    for one in all_of_it:
        codes = " ".join(f"{code or 'other'}={number}" for code, number in sorted(one.refusals.items()))
        share, refused = f"{one.out_of_hours_share:.3f}", str(sum(one.refusals.values()))
        yield [*(str(getattr(one, name)) for name in plain), share, refused, codes, " ".join(map(str, one.most_asked))]


def _begin(month: date, zone: str) -> datetime:
    return datetime(month.year, month.month, 1, tzinfo=ZoneInfo(zone))

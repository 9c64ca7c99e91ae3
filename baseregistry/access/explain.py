"""Why a question is or is not allowed: each path it needs beside the grants that open it, and what could be asked instead.

It decides nothing: `check` does, and is asked here once more for each path and grant.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from zoneinfo import ZoneInfo

from baseregistry.access import check, paths
from baseregistry.access.granted import Granted, GrantSet
from baseregistry.access.needs import Need, Sort, opened
from baseregistry.db import Reading
from baseregistry.registries.declare import Declarations
from baseregistry.registries.question import Question

HOLDING = """\
SELECT g.record_id::text AS record, g.name, g.legal_basis, lower(g.valid) AS since, upper(g.valid) AS until,
  a.code AS agency, coalesce(g.everywhere, false) AS everywhere,
  ARRAY(SELECT u.code || ' ' || u.name FROM access_granted_unit w
    JOIN administration_unit u ON u.record_id = w.unit AND u.recorded_to IS NULL AND u.valid @> CAST(:at AS timestamptz)
    WHERE w.of_grant = g.record_id AND w.recorded_to IS NULL AND w.valid @> CAST(:at AS timestamptz) ORDER BY 1) AS units
FROM access_grant g JOIN access_agency a ON a.record_id = g.agency AND a.recorded_to IS NULL
  AND a.valid @> CAST(:at AS timestamptz)
WHERE g.recorded_to IS NULL AND g.valid @> CAST(:at AS timestamptz) AND g.record_id = ANY(CAST(:records AS uuid[]))
ORDER BY g.name, g.record_id"""


@dataclass(frozen=True, slots=True)
class Opening:
    """A grant (its record) that opens a path: ``plain``, ``masked`` only, or an ``answer`` without what it is made of."""

    grant: str
    how: str


@dataclass(frozen=True, slots=True)
class Path:
    """A path that a question needs, delivered or (`condition`) used to find: public, or opened by grants, or by none.

    `masked`: it could be asked with ``mask: true``.  `answers`: what is granted instead of it.
    """

    path: str
    condition: bool
    public: bool
    openings: tuple[Opening, ...]
    masked: bool = False
    answers: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Root:
    """One root: what it asks, whether it is allowed, and (None: all of it is public) the grant it is answered under."""

    key: str
    entity: str
    form: str
    allowed: bool
    under: str | None
    paths: tuple[Path, ...]


@dataclass(frozen=True, slots=True)
class Law:
    """A grant that was in force: since and until when, where (None: everywhere), by which law."""

    record: str
    name: str
    agency: str
    legal_basis: str
    since: datetime | None
    until: datetime | None
    units: tuple[str, ...] | None


def roots(declarations: Declarations, questions: Sequence[Question], grants: GrantSet) -> tuple[Root, ...]:
    """Each question, path by path."""
    return tuple(_root(declarations, question, grants) for question in questions)


def _root(declarations: Declarations, question: Question, grants: GrantSet) -> Root:
    needs = paths.needs(declarations, question)
    found = check.answering(declarations, question, needs, grants)
    told = tuple(dict.fromkeys(_paths(declarations, question, needs, grants)))
    under = found.record_id if isinstance(found, Granted) else None
    entity = question.entity or ", ".join(question.among or ())
    return Root(question.key, entity, question.form.value, not isinstance(found, tuple), under, told)


def _paths(declarations: Declarations, question: Question, needs: Sequence[Need], grants: GrantSet) -> Iterator[Path]:
    for need in needs:
        openings = tuple(_openings(declarations, question, need, grants))
        if need.sort is Sort.TOLD and len(openings) == len(grants.grants):
            continue  # nobody looks at it
        if need.public or openings:
            yield Path(need.logged, need.condition, need.public, openings)
        else:
            masked = bool(check.only_masked(declarations, grants, (need,)))
            answers = check.answered_instead(declarations, grants, (need,))
            yield Path(need.logged, need.condition, need.public, (), masked, answers)


def _openings(declarations: Declarations, question: Question, need: Need, grants: GrantSet) -> Iterator[Opening]:
    for grant in () if need.public else grants.grants:
        if not check.lacking_of(declarations, question, (need,), grant):
            yield Opening(grant.record_id, _how(need, grant))


def _how(need: Need, grant: Granted) -> str:
    opens = opened(grant.paths, grant.masked).opens
    if need.masked and not opens(replace(need, masked=False)):
        return "masked"
    if need.instead and not all(map(opens, need.instead)):
        return "answer"
    return "plain"


def laws(reading: Reading, grants: GrantSet, at: datetime, zone: str) -> tuple[Law, ...]:
    """What is known of the grants, as they held at the instant `at`; their begins and ends as seen in `zone`."""
    place = ZoneInfo(zone)
    rows = reading.execute(HOLDING, {"at": at, "records": [grant.record_id for grant in grants.grants]})
    return tuple(
        Law(
            row.record,
            row.name,
            row.agency,
            row.legal_basis,
            row.since and row.since.astimezone(place),
            row.until and row.until.astimezone(place),
            None if row.everywhere else tuple(row.units),
        )
        for row in rows
    )

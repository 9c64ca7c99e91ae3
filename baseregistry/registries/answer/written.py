"""What one change wrote of an entity: every version that is believed since its position, as it was known then."""

from dataclasses import replace

import sqlalchemy as sa

from baseregistry.registries.answer.draft import Draft, Expression, from_only
from baseregistry.registries.answer.moments import Seen, begin_of
from baseregistry.registries.answer.objects import record
from baseregistry.registries.answer.territory import inside
from baseregistry.registries.answer.values import Expects
from baseregistry.registries.question import Question


def written(draft: Draft, seen: Seen, question: Question) -> Expression:
    """The versions in order of record and valid time, each answered as of its begin; the key's one slot is a position."""
    (position,), rows = question.key_values, seen.row
    moment = replace(seen.moment, valid=begin_of(rows, seen.moment.valid), histories=seen.moment.histories + 1)
    below = replace(seen, moment=moment)
    source = from_only(
        rows, rows.c.recorded_from == draft.bind(position, Expects.POSITION), *inside(draft, below)
    ).order_by(sa.func.greatest(rows.c.record_id), rows.c.valid)  # said so that no index of records is walked for it
    if question.page is not None:
        source = source.limit(draft.bind(question.page.first, Expects.COUNT))
    return draft.array(record(draft, below, question.fields), source)

"""One question for many sets of values: one statement, a row for each set (variable batching).

The placeholders become columns of a table that holds the sets; what is compiled around them is the same.  A set that
cannot be answered is told its error; the others are answered.
"""

from collections.abc import Sequence
from typing import Any, Protocol

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql as pg

from baseregistry import errors
from baseregistry.registries.answer.draft import SETS, Draft
from baseregistry.registries.answer.plan import Answer, Plan, Row

Values = Sequence[object]


class Pool(Protocol):
    """What runs plans: one for a single set of values, one for many."""

    async def run(self, plan: Plan, values: Values, points: int = 0) -> Answer: ...

    async def rows(self, plan: Plan, parameters: list[bytes | None]) -> list[Row]: ...


def for_each(draft: Draft, selected: sa.Select[Any], sources: Sequence[sa.FromClause]) -> sa.Select[Any]:
    """`selected` once for each set of values, in their order.  Raises errors.BadQuestion where nothing takes a value."""
    if not draft.parameters:
        raise errors.BadQuestion(
            "Nothing in this question depends on its variables.",
            code="question.no_variables",
            hint="Ask it once.",
        )
    arrays = [sa.cast(sa.bindparam(name, type_=sa.types.NullType()), pg.ARRAY(sa.Text())) for name in draft.parameters]
    unnested = sa.func.unnest(*arrays).table_valued(*draft.parameters, with_ordinality="nth$")
    sets = unnested.render_derived(name=SETS)
    return selected.select_from(sets, *sources).order_by(sets.c["nth$"])


async def answers(pool: Pool, one: Plan, many: Plan, sets: Sequence[Values]) -> list[Answer | errors.RegisterError]:
    """An answer, or what is wrong with it, for each set: `many` is the plan for all, `one` for a single one.

    Raises as `Pool.run` does for what concerns all of them.
    """
    bound = [_tried(many.bind, values) for values in sets]
    good = [place for place, found in enumerate(bound) if not isinstance(found, errors.RegisterError)]
    told: list[Any] = list(bound)
    for place, answer in zip(
        good, await _answered(pool, one, many, [(sets[at], bound[at]) for at in good]), strict=True
    ):
        told[place] = answer
    return told


async def _answered(
    pool: Pool, one: Plan, many: Plan, asked: Sequence[tuple[Values, Any]]
) -> list[Answer | errors.RegisterError]:
    if not asked:
        return []
    try:
        rows = await pool.rows(many, many.bind_sets([parameters for _, parameters in asked]))
    except errors.BadQuestion:  # one that only PostgreSQL finds wrong spoils the statement: each by itself, then
        return [await _alone(pool, one, values) for values, _ in asked]
    return [_tried(many.read, row, values) for row, (values, _) in zip(rows, asked, strict=True)]


async def _alone(pool: Pool, one: Plan, values: Values) -> Answer | errors.RegisterError:
    try:
        return await pool.run(one, values)
    except (errors.BadQuestion, errors.Forked) as refusal:
        return refusal


def _tried(work: Any, *arguments: Any) -> Any:
    try:
        return work(*arguments)
    except (errors.BadQuestion, errors.Forked) as refusal:
        return refusal

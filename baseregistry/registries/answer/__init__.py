"""Answers: a question compiled to one SQL statement that returns JSON, and the pool that runs it.

The only place that answers from a versions table: `compile` makes a `Plan`, `Pool.run` gives its `Answer`.
"""

from baseregistry.registries.answer.plan import Answer, Plan, Snapshot
from baseregistry.registries.answer.standing import standing
from baseregistry.registries.answer.statement import compile  # noqa: A004 - what it does
from baseregistry.registries.answer.values import LONGEST_PAGE
from baseregistry.registries.answer.wire import Limits, Pool

__all__ = ["LONGEST_PAGE", "Answer", "Limits", "Plan", "Pool", "Snapshot", "compile", "standing"]

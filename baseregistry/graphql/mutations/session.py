"""Mutations of one schema: each request runs whole in a writer's thread, by graphql-core's own executor.

Its root fields are executed one after the other, as GraphQL has it, each a change of its own.  What a change wrote is
then read by the same compiler as every question, at the change's position.
"""

import asyncio
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from functools import partial
from typing import Any

import orjson
import sqlalchemy as sa
from graphql import FragmentSpreadNode, GraphQLResolveInfo, InlineFragmentNode, SelectionSetNode, execute_sync

from baseregistry import errors
from baseregistry.access.askers import Asker
from baseregistry.access.four_eyes import refuse_alone
from baseregistry.access.grants import GrantSet
from baseregistry.access.tokens import Caller
from baseregistry.access.writing import refuse_ungranted, reserved
from baseregistry.errors import RegisterError
from baseregistry.graphql import limits
from baseregistry.graphql.executor import FragmentExecutor
from baseregistry.graphql.limits import Limits
from baseregistry.graphql.mutations.changed import Changed, Reading, changed_plan, check_changed
from baseregistry.graphql.mutations.reading import Reader, Said
from baseregistry.graphql.mutations.refused import Unrecorded, beside
from baseregistry.graphql.mutations.writers import WriteLimits, Writers
from baseregistry.graphql.plans import Compile, Known
from baseregistry.graphql.questions import Operation, WrittenBy
from baseregistry.graphql.requests import Asked
from baseregistry.registries import idempotency
from baseregistry.registries.answer import Pool, told
from baseregistry.registries.answer import compile as compile_questions
from baseregistry.registries.idempotency import Request
from baseregistry.registries.recording import Order, Outcome, Recorder
from baseregistry.settings import Settings

MOST_ERRORS = 20  # of values that GraphQL itself refuses


@dataclass(frozen=True, slots=True)
class Mutations:
    """What mutations of one installation need."""

    reader: Reader
    writers: Writers
    compile_questions: Compile
    pool: Pool
    limits: Limits

    async def answer(self, known: Known, asked: Asked, asker: Asker) -> tuple[bytes, list[Changed]]:
        """The whole response, and what it tells of its changes, which is to be logged before it leaves.

        Raises `Rejected` when nothing at all was recorded, errors.Busy when no turn came.
        """
        limits.roots(_roots(known.operation, known.operation.node.selection_set), self.limits.roots)
        caller = asker.caller
        if caller is None or (asker.grants is not None and not asker.grants.client):
            raise errors.NotAllowed(
                "Nobody stands for what is stated here.", hint="Send mutations by POST, each with its token."
            )
        if asker.grants is not None:
            check_changed(known, asked, asker.grants)
        session = Session(self, caller, asyncio.get_running_loop(), grants=asker.grants)
        return await self.writers.run(lambda: _executed(known, asked, session)), session.changes


@asynccontextmanager
async def recording(engine: sa.Engine, recorder: Recorder, pool: Pool, settings: Settings) -> AsyncIterator[Mutations]:
    """Mutations of an installation, while the block lasts; at its end what is being written is written first."""
    installation, most = recorder.installation, Limits.of(settings)
    limited = WriteLimits(connections=settings.write_connections, seconds=settings.write_seconds)
    reader = Reader(installation.declarations, installation.zone, installation.srid)
    writers = Writers(engine, recorder, limited)
    try:
        yield Mutations(reader, writers, partial(compile_questions, installation), pool, most)
    finally:
        await writers.close()


def _roots(operation: Operation, selected: SelectionSetNode) -> int:
    """How many root fields are selected, by fragments too."""
    count = 0
    for selection in selected.selections:
        match selection:
            case FragmentSpreadNode(name=name):
                count += _roots(operation, operation.fragments[name.value].selection_set)
            case InlineFragmentNode(selection_set=inner):
                count += _roots(operation, inner)
            case _:
                count += 1
    return count


def _executed(known: Known, asked: Asked, session: "Session") -> bytes:
    result = execute_sync(
        known.operation.schema,
        known.document,
        context_value=session,
        variable_values=dict(asked.variables),
        operation_name=asked.operation_name,
        executor_class=FragmentExecutor,
        max_coercion_errors=MOST_ERRORS,
        hide_suggestions=True,
    )
    if not result.errors:
        return orjson.dumps({"data": result.data})
    if not session.recorded:
        raise Unrecorded(result.errors)
    told = [entry.formatted for error in result.errors for entry in beside(error)]
    return orjson.dumps({"data": result.data, "errors": told})


@dataclass(slots=True)
class Session:
    """One request: who sends it, and how many of its changes are settled."""

    mutations: Mutations
    caller: Caller
    loop: asyncio.AbstractEventLoop
    recorded: int = field(default=0)
    grants: GrantSet | None = None
    changes: list[Changed] = field(default_factory=list)

    def record(self, given: Mapping[str, Any], *, only_try: bool) -> Outcome:
        """Record one change, or only try it.  Raises `Unreadable` and the register's errors."""
        said = self.mutations.reader.read(given, self.caller.subject)
        refuse_alone(said.acts)
        if self.grants is not None:
            refuse_ungranted(said.acts, self.grants)
        order, writers = Order(said.provenance, said.acts, said.expected), self.mutations.writers
        try:
            outcome = writers.tried(order) if only_try else writers.record(order, self._request(said, given))
        except RegisterError as refusal:
            if self.grants is not None and isinstance(refusal, errors.StaleVersion):
                refusal = reserved(refusal, said.acts, self.grants)
            _place(refusal, said)
            raise refusal from None
        self.recorded += 1
        return outcome

    def _request(self, said: Said, given: Mapping[str, Any]) -> Request:
        content = {name: value for name, value in given.items() if name != "key"}
        return Request(self.caller.subject, said.key, idempotency.digest(content), self.caller.issuer)

    def changed(self, outcome: Outcome, info: GraphQLResolveInfo[Any], first: int) -> orjson.Fragment:
        """The versions that a change wrote, read at its position: a JSON array, passed on as it is."""
        by = WrittenBy(outcome.position, outcome.entities, first)
        made = self.mutations
        written = changed_plan(Reading(made.compile_questions, made.limits, self.grants), by, info)
        if written is None:
            return orjson.Fragment(b"[]")
        reading = asyncio.run_coroutine_threadsafe(self.mutations.pool.run(written.plan, written.values), self.loop)
        found, keys = told.taken(reading.result())
        self.changes.append(Changed(written, found, keys))
        arrays = (text.strip()[1:-1] for text in found.data)
        return orjson.Fragment(b"[" + b",".join(filter(None, arrays)) + b"]")


def _place(refusal: RegisterError, said: Said) -> None:
    """Tell the path of the first act on a record that the refusal names."""
    named = {str(refusal.where.get("record"))}
    for name in ("records", "referrers"):
        named |= {str(one) for one in refusal.where.get(name) or ()}
    for act, path in zip(said.acts, said.paths, strict=True):
        if str(act.record_id) in named:
            refusal.where["path"] = path
            return

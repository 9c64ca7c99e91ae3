"""From a request to the bytes of its answer: parse, compile, bind, run, render.

Who may ask is decided on the parsed document, before anything is compiled; what was delivered is logged between the
statement and the answer.  Both lanes run the same statement: alone in the fast lane, before graphql-core where the
document also asks about the schema.  So they cannot differ in what they say about a record.
"""

from collections.abc import Sequence
from hashlib import sha256
from operator import attrgetter
from typing import Any, NamedTuple, Protocol

import orjson
from graphql import GraphQLSchema, OperationType, print_schema

from baseregistry import __version__
from baseregistry.access import check
from baseregistry.access.askers import Asker
from baseregistry.access.check import Permit
from baseregistry.access.errands import Errand
from baseregistry.access.log.keeping import now
from baseregistry.access.tokens import Caller
from baseregistry.graphql import executor, limits, logged
from baseregistry.graphql.limits import Limits
from baseregistry.graphql.logged import Logged
from baseregistry.graphql.mutations import changed
from baseregistry.graphql.mutations.session import Mutations
from baseregistry.graphql.plans import MUTATES, Compile, Known, Plans, Prepared
from baseregistry.graphql.refusals import BadRequest
from baseregistry.graphql.requests import Asked
from baseregistry.registries.answer import told
from baseregistry.registries.answer.plan import Answer, Plan, Row, Snapshot


class Standing(Protocol):
    """Compiles what tells whether an answer taken at a position still stands."""

    def __call__(self, *, hashed: bool) -> Plan: ...


class Pool(Protocol):
    """What runs a plan: one statement on one connection of the read pool."""

    async def run(self, plan: Plan, values: Sequence[object], points: int = 0) -> Answer: ...

    async def rows(self, plan: Plan, parameters: list[bytes | None]) -> list[Row]: ...


class Bound(NamedTuple):
    """A question that can run: what was asked, what it was understood as, and the value of each slot; who asks it, and
    under which permit (None: access is left out)."""

    asked: Asked
    known: Known
    prepared: Prepared
    values: list[Any]
    cost: int
    asker: Asker
    permit: Permit | None = None

    @property
    def caller(self) -> Caller | None:
        """Who asks."""
        return self.asker.caller

    @property
    def errand(self) -> Errand:
        """What for."""
        return self.asker.errand


class Door:
    """Answers the questions of one schema."""

    def __init__(
        self, schema: GraphQLSchema, compile_questions: Compile, standing: Standing, pool: Pool, most: Limits
    ) -> None:
        self.schema = schema
        self.limits = most
        self._edition = sha256(f"{__version__}\n{print_schema(schema)}".encode()).digest()
        self._standing = {1: standing(hashed=False), 2: standing(hashed=True)}  # by what is given
        self.plans = Plans(schema, compile_questions, most)
        self.pool = pool
        self.mutations: Mutations | None = None
        self.log: Logged | None = None
        self.auditing: Pool | None = None

    async def answer(self, asked: Asked, asker: Asker) -> bytes:
        """The whole response; raises `Rejected` or a `RegisterError`, and then there is no `data`."""
        return await self.answered(self.bound(asked, asker))

    def bound(self, asked: Asked, asker: Asker) -> Bound:
        """The question, parsed, held against what is granted, compiled for the shape of its variables, and bound; nothing
        has run yet."""
        known = self.plans.known(asked)
        if asked.by_get and known.operation.node.operation is OperationType.MUTATION:
            raise BadRequest(405, "http.bad_method", "What changes something is asked by POST.", [(b"allow", b"POST")])
        if known.mutates:
            return Bound(asked, known, MUTATES, [], 0, asker)
        coerced = known.variables.coerce(asked.variables)
        prepared = self.plans.prepared(known, coerced, asker.grants)
        slots = prepared.translation.slots
        values = slots.fill(coerced)
        if slots.nested:
            limits.rows(slots.rows(values), self.limits.rows)
        cost = prepared.cost.of(values)
        if cost > self.limits.cost:
            raise limits.too_costly(cost, self.limits.cost)
        if prepared.held is None or asker.grants is None:
            return Bound(asked, known, prepared, values, cost, asker)
        if prepared.held.permit.limits:
            check.held(prepared.held.permit, values)
        values += prepared.held.values(asker.grants)
        return Bound(asked, known, prepared, values, cost, asker, prepared.held.of(asker.grants))

    async def answered(self, bound: Bound) -> bytes:
        """The response to a question that can run."""
        prepared = bound.prepared
        if prepared is MUTATES and self.mutations:
            return await self._stated(bound, self.mutations)
        if prepared.plan is None:
            return self._described(bound)
        asked_at = now()
        return await self.left(bound, asked_at, await self._found(prepared.plan, bound))

    async def _stated(self, bound: Bound, mutations: Mutations) -> bytes:
        """The response to a mutation.  Where it cannot be logged, what was recorded stands, and the same key tells of it
        again."""
        asked_at, asker = now(), bound.asker
        body, changes = await mutations.answer(bound.known, bound.asked, asker)
        if asker.grants is not None:
            permit, about = changed.permit(asker.grants, changes), changed.about(bound.known, changes)
            await self._log.keep(asker, permit, about, changed.said(asker, asked_at, changes, body))
        return body

    async def left(self, bound: Bound, asked_at: int, answer: Answer) -> bytes:
        """The response that leaves: what it tells of people is in the access log by then."""
        render = self._executed if bound.prepared.introspects else spliced
        if bound.permit is None:
            return render(bound, answer)
        answer, keys = told.taken(answer)
        body = render(bound, answer)
        await self._log.keep(
            bound.asker, bound.permit, logged.about(bound), logged.said(bound, asked_at, answer, keys, body)
        )
        return body

    async def unchanged(self, bound: Bound) -> None:
        """Log that a caller is told that the answer he has still stands: the same records as the answer itself."""
        if bound.permit is not None and bound.prepared.plan is not None:
            asked_at = now()
            answer, keys = told.taken(await self._found(bound.prepared.plan, bound))
            said = logged.said(bound, asked_at, answer, keys, b"")._replace(status=304)
            await self._log.keep(bound.asker, bound.permit, logged.about(bound), said)

    @property
    def _log(self) -> Logged:
        if self.log is None:
            raise logged.away()
        return self.log

    async def tag(self, bound: Bound) -> bytes | None:
        """The weak entity tag of the answer to a question at one position: what was asked, and of which ledger.

        Learnt without the question's own statement; raises what it would, for a position that has not come or another
        ledger.  None for the empty ledger, whose moment is now.
        """
        values = [bound.values[slot] for slot in bound.prepared.fixed]
        stands = await self.pool.run(self._standing[len(values)], values)
        taken, asked = stands.snapshots[0], bound.asked
        if taken.recorded_at is None:
            return None
        variables = orjson.dumps(dict(asked.variables), option=orjson.OPT_SORT_KEYS)
        parts = (bound.known.digest, (asked.operation_name or "").encode(), variables, taken.ledger_hash.encode())
        return (
            b'W/"%b"'
            % sha256(b"\0".join((self._edition, *parts, *permitted(bound), stands.data[0]))).hexdigest()[:32].encode()
        )

    async def executed(self, asked: Asked, asker: Asker) -> bytes:
        """The same by way of the executor lane, for a document of either lane: what the tests compare."""
        bound = self.bound(asked, asker)
        plan = bound.prepared.plan
        return self._executed(bound, await self._found(plan, bound) if plan else None)

    async def _found(self, plan: Plan, bound: Bound) -> Answer:
        answer = await self.pool_of(plan).run(plan, bound.values, bound.cost)
        return one_each(bound.prepared, answer) if bound.prepared.shares else answer

    def pool_of(self, plan: Plan) -> Pool:
        """Where a plan is run: what looks into the access log, as the role that audits it."""
        return self.auditing if plan.audits and self.auditing else self.pool

    def _described(self, bound: Bound) -> bytes:
        """What depends on no record; where it depends on no variable either, it is made once."""
        known, prepared = bound.known, bound.prepared
        if not prepared.introspects:
            return prepared.closing + b"}"
        grants = bound.asker.grants
        key = known, b"" if grants is None else grants.digest
        kept = None if known.variables.declared else self.plans.descriptions.get(key)
        if kept is None:
            kept = self._executed(bound, None)
            self.plans.descriptions.keep(key, kept, len(kept))
        return kept

    def _executed(self, bound: Bound, answer: Answer | None) -> bytes:
        asked, seen = bound.asked, self.plans.seen(bound.asker.grants)
        answers = executor.Answers(rooted(bound.prepared, answer), seen)
        data = executor.run(self.schema, bound.known.document, asked.operation_name, asked.variables, answers)
        response = orjson.dumps({"data": data})
        return response[:-1] + extensions(bound, answer) if answer else response


def permitted(bound: Bound) -> tuple[bytes, ...]:
    """What an answer depends on of who asks: what is granted, and in which units."""
    grants, held = bound.asker.grants, bound.prepared.held
    if grants is None or held is None:
        return ()
    return (grants.digest, *(b"\0".join(territory) for territory in held.territories(grants)))


def one_each(prepared: Prepared, answer: Answer) -> Answer:
    """One answer per root: of several questions under one key, at most one has found a record."""
    data, snapshots, begin = [], [], 0
    for share in prepared.shares:
        texts = answer.data[begin : begin + share]
        data.append(next((text for text in texts if text != b"null"), b"null"))
        snapshots.append(answer.snapshots[begin])
        begin += share
    return Answer(tuple(data), tuple(snapshots))


def rooted(prepared: Prepared, answer: Answer | None) -> dict[str, bytes]:
    """The compiled roots of an answer, by response key."""
    return dict(zip((key.decode() for key in prepared.keys), answer.data if answer else (), strict=True))


def spliced(bound: Bound, answer: Answer) -> bytes:
    """The response of the fast lane: the bytes of each root between the bytes that never change."""
    prepared = bound.prepared
    parts: list[bytes] = []
    for opening, root in zip(prepared.openings, answer.data, strict=True):
        parts += (opening, root)
    parts += (prepared.closing, extensions(bound, answer))
    return b"".join(parts)


def extensions(bound: Bound, answer: Answer) -> bytes:
    """The rest of a response: what it cost, and what it was taken from.  Asked again with that, `data` is the same.

    Each root has its own moment in the world; what was known is said once, and again only by a root that asked for
    something else than the latest.
    """
    if len(answer.snapshots) == 1:
        latest, key = answer.snapshots[0], bound.prepared.keys[0]
        last = (bound.cost, _known(latest), key, latest.valid_at.encode())
        return b',"extensions":{"cost":%d,"snapshot":{%b,"roots":{"%b":{"validAt":"%b"}}}}}' % last
    latest = max(answer.snapshots, key=attrgetter("position"))
    roots = [
        b'"%b":{%b"validAt":"%b"}'
        % (key, b"" if _same(taken, latest) else _known(taken) + b",", taken.valid_at.encode())
        for key, taken in zip(bound.prepared.keys, answer.snapshots, strict=True)
    ]
    return b',"extensions":{"cost":%d,"snapshot":{%b,"roots":{%b}}}}' % (bound.cost, _known(latest), b",".join(roots))


def _same(one: Snapshot, other: Snapshot) -> bool:
    return one is other or one.position == other.position


def _known(taken: Snapshot) -> bytes:
    known = f'"{taken.recorded_at}"' if taken.recorded_at else "null"
    return f'"position":"{taken.position}","known":{known},"ledgerHash":"{taken.ledger_hash}"'.encode()

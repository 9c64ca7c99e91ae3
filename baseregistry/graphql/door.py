"""From a request to the bytes of its answer: known document, plan for its shape, one statement, splice.

Both lanes run the same statement: alone in the fast lane, before graphql-core where the document also
asks about the schema.  So they cannot differ in what they say about a record.
"""

from collections.abc import Mapping
from operator import attrgetter
from typing import Any, Protocol

import orjson
from graphql import GraphQLSchema

from baseregistry.graphql import executor
from baseregistry.graphql.plans import Compile, Known, Plans, Prepared
from baseregistry.graphql.requests import Asked
from baseregistry.registries.answer.plan import Answer, Plan, Snapshot


class Pool(Protocol):
    """What runs a plan: one statement on one connection of the read pool."""

    async def run(self, plan: Plan, values: list[Any]) -> Answer: ...


class Door:
    """Answers the questions of one schema."""

    def __init__(self, schema: GraphQLSchema, compile_questions: Compile, pool: Pool) -> None:
        self.schema = schema
        self.plans = Plans(schema, compile_questions)
        self._pool = pool

    async def answer(self, asked: Asked) -> bytes:
        """The whole response; raises `Rejected` or a `RegisterError`, and then there is no `data`."""
        known = self.plans.known(asked.text, asked.operation_name)
        coerced = known.variables.coerce(asked.variables)
        prepared = self.plans.prepared(known, coerced)
        if prepared.plan is None:
            return self._described(asked, known, prepared)
        answer = await self._found(prepared, coerced)
        return self._executed(asked, known, prepared, answer) if prepared.introspects else spliced(prepared, answer)

    async def executed(self, asked: Asked) -> bytes:
        """The same by way of the executor lane, for a document of either lane: what the tests compare."""
        known = self.plans.known(asked.text, asked.operation_name)
        coerced = known.variables.coerce(asked.variables)
        prepared = self.plans.prepared(known, coerced)
        answer = await self._found(prepared, coerced) if prepared.plan else None
        return self._executed(asked, known, prepared, answer)

    async def _found(self, prepared: Prepared, coerced: Mapping[str, Any]) -> Answer:
        assert prepared.plan is not None
        answer = await self._pool.run(prepared.plan, prepared.translation.slots.fill(coerced))
        return one_each(prepared, answer) if prepared.shares else answer

    def _described(self, asked: Asked, known: Known, prepared: Prepared) -> bytes:
        """What depends on no record; where it depends on no variable either, it is made once."""
        if not prepared.introspects:
            return prepared.closing + b"}"
        kept = None if known.variables.declared else self.plans.descriptions.get(known)
        if kept is None:
            kept = self._executed(asked, known, prepared, None)
            self.plans.descriptions.keep(known, kept, len(kept))
        return kept

    def _executed(self, asked: Asked, known: Known, prepared: Prepared, answer: Answer | None) -> bytes:
        answers = rooted(prepared, answer)
        data = executor.run(self.schema, known.document, asked.operation_name, asked.variables, answers)
        response = orjson.dumps({"data": data})
        return response[:-1] + snapshot(prepared, answer) if answer else response


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


def spliced(prepared: Prepared, answer: Answer) -> bytes:
    """The response of the fast lane: the bytes of each root between the bytes that never change."""
    parts: list[bytes] = []
    for opening, root in zip(prepared.openings, answer.data, strict=True):
        parts += (opening, root)
    parts += (prepared.closing, snapshot(prepared, answer))
    return b"".join(parts)


def snapshot(prepared: Prepared, answer: Answer) -> bytes:
    """``extensions``: what the answer was taken from.  Asked again with it, `data` is the same.

    Each root has its own moment in the world; what was known is said once, and again only by a root that asked for
    something else than the latest.
    """
    latest = max(answer.snapshots, key=attrgetter("position"))
    roots = [
        b'"%b":{%b"validAt":"%b"}'
        % (key, b"" if _same(taken, latest) else _known(taken) + b",", taken.valid_at.encode())
        for key, taken in zip(prepared.keys, answer.snapshots, strict=True)
    ]
    return b',"extensions":{"snapshot":{%b,"roots":{%b}}}}' % (_known(latest), b",".join(roots))


def _same(one: Snapshot, other: Snapshot) -> bool:
    return one is other or one.position == other.position


def _known(taken: Snapshot) -> bytes:
    known = f'"{taken.recorded_at}"' if taken.recorded_at else "null"
    return f'"position":"{taken.position}","known":{known},"ledgerHash":"{taken.ledger_hash}"'.encode()

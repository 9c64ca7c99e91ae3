"""What of a GraphQL request the access log is told, and when: after the statement, before a byte of the answer leaves.

There is no way past it, but for benches and tests that leave access out as a whole.
"""

from collections.abc import Awaitable, Callable, Sequence
from functools import partial
from hashlib import sha256
from typing import TYPE_CHECKING, NamedTuple

from baseregistry import errors
from baseregistry.access.askers import Asker
from baseregistry.access.check import Permit
from baseregistry.access.log.keeping import AccessLog, Asking, Said
from baseregistry.access.log.strangers import UNREAD, Refused, Stranger, Strangers
from baseregistry.access.rates import RECORDS, Rates
from baseregistry.graphql.requests import Asked
from baseregistry.registries.answer.plan import Answer, Told
from baseregistry.registries.answer.told import count

if TYPE_CHECKING:
    from baseregistry.graphql.door import Bound

NOBODY = ""
TOO_MUCH = 429
UNAVAILABLE = "access.log_unavailable"
Refusal = tuple[int, str]  # status and code


class About(NamedTuple):
    """What is asked: the SHA-256 of the document, the operation's name, the form of supply, the levels that are told.

    `part` is kept as long as its context is remembered: what was prepared, or whatever else stands for it.
    """

    part: object
    digest: bytes
    operation: str | None
    form: str
    told: tuple[Told, ...] = ()


class Logged:
    """The access log as the door tells it."""

    def __init__(self, log: AccessLog, strangers: Strangers, rates: Rates | None = None) -> None:
        self._log = log
        self._strangers = strangers
        self._rates = rates

    def keep(self, asker: Asker, permit: Permit, about: About, said: Said) -> Awaitable[None]:
        """Keep what is about to leave, as far as the client may still be told so many records today: to be awaited.

        Raises errors.Unavailable (``access.log_unavailable``), TooMuch (``access.quota_exhausted``): then it may not.
        """
        if said.keys and self._rates is not None:
            waiting = self._rates.spend(asker.client, RECORDS, count(said.keys))
            if waiting is not None:
                return _after(waiting, partial(self._keep, asker, permit, about, said))
        return self._keep(asker, permit, about, said)

    def _keep(self, asker: Asker, permit: Permit, about: About, said: Said) -> Awaitable[None]:
        subject, official = asker.caller.subject if asker.caller else NOBODY, asker.errand.official
        key = (
            id(about.part),
            about.digest,
            about.operation,
            about.form,
            id(permit.grants),
            subject,
            official,
            asker.role,
        )

        def asking() -> Asking:
            operation, under, paths = about.operation or "", permit.by_root, permit.fields
            return Asking(
                subject,
                official,
                permit.grants,
                about.form,
                operation,
                about.digest,
                about.told,
                under,
                paths,
                asker.role,
            )

        return self._log.keep(self._log.context(key, (about.part, permit), asking), said)

    async def refused(self, asker: Asker, asked: Asked | None, refusal: Refusal, asked_at: int) -> None:
        """Keep that a request was refused; not that the log itself could not be written."""
        status, code = refusal
        if asker.grants is None or code == UNAVAILABLE:
            return
        digest = asked.digest or sha256(asked.text.encode()).digest() if asked else UNREAD
        operation = asked.operation_name if asked else None
        if not asker.grants.client or status == TOO_MUCH:  # nothing bounds how often he asks
            stranger = Stranger(asker.caller, asker.errand, digest, operation or "")
            await self._strangers.refused(stranger, Refused(status, code), asked_at)
            return
        about = About(None, digest, operation, "refusal")
        said = Said(asked_at, b"", asker.errand.case, status=status, code=code)
        await self.keep(asker, Permit(asker.grants, (), ()), about, said)


async def _after(waiting: Awaitable[None], keep: Callable[[], Awaitable[None]]) -> None:
    await waiting
    await keep()


def about(bound: "Bound") -> About:
    """What a question is about."""
    prepared, known = bound.prepared, bound.known
    told = prepared.plan.told if prepared.plan else ()
    return About(prepared, known.digest, bound.asked.operation_name, "answer", told)


def said(bound: "Bound", asked_at: int, answer: Answer, keys: Sequence[bytes], body: bytes) -> Said:
    """What the answer to a question says."""
    plan = bound.prepared.plan
    values = [bound.values[slot] for slot in plan.secrets] if plan else ()
    return Said(asked_at, body, bound.asker.errand.case, values, answer.snapshots, keys)


def away() -> errors.Unavailable:
    """Where access is enforced and there is no log: nothing is answered."""
    return errors.Unavailable("The access log is not open, so nothing is answered.", code=UNAVAILABLE)

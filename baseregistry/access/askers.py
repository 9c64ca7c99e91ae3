"""Who asks, what for, and what is granted for that: read once from a request, held again by whatever lasts longer."""

from collections.abc import Mapping, Sequence
from typing import NamedTuple, Protocol

from baseregistry.access import errands
from baseregistry.access.errands import UNSAID, Errand
from baseregistry.access.grants import GrantSet
from baseregistry.access.log.strangers import Stranger, TurnedAway
from baseregistry.access.tokens import Caller, Verifier
from baseregistry.errors import RegisterError

Received = Sequence[tuple[bytes, bytes]]


class InForce(Protocol):
    """The grants in force now."""

    def of(self, caller: Caller, errand: Errand) -> GrantSet: ...

    def role(self, client: str, official: str) -> str | None: ...


class Asker(NamedTuple):
    """One caller and errand; `grants` is None only where a bench or a test has left access out."""

    caller: Caller | None = None
    errand: Errand = UNSAID
    grants: GrantSet | None = None
    role: str = ""  # of the official, in the caller's agency


UNCHECKED = Asker()  # of benches and tests, which leave access out


class Askers:
    """Reads requests.  Without `grants` whoever has a token may ask everything: for benches and tests alone.

    `turned_away` is told of everybody who is refused here, before he is told himself.
    """

    def __init__(self, verifier: Verifier, grants: InForce | None, turned_away: TurnedAway | None = None) -> None:
        self.verifier = verifier
        self._grants = grants
        self._turned_away = turned_away

    async def of(self, headers: Mapping[bytes, bytes], received: Received) -> Asker:
        """Who sends these headers.  Raises as `Verifier.asking`, and what `errands.said` and `InForce.of` raise."""
        if self._grants is None:
            return Asker(await self.verifier.asking(headers, received))
        caller, errand = None, UNSAID
        try:
            caller = await self.verifier.caller_or_anonymous(headers, received)
            errand = errands.said(headers)
            grants = self._grants.of(caller, errand)
            role = self._grants.role(grants.client, errand.official) if errand.official else None
        except RegisterError as refusal:
            if self._turned_away is not None:
                await self._turned_away(Stranger(caller, errand), refusal)
            raise
        return Asker(caller, errand, grants, role or "")

    def again(self, asker: Asker) -> Asker:
        """The same one by what is granted now.  Raises NotAllowed where nothing is any more, or the token's key has left
        its issuer's set, and Unavailable where either cannot be told."""
        if asker.caller is None:
            return asker
        self.verifier.hold(asker.caller)
        if self._grants is None:
            return asker
        grants = self._grants.of(asker.caller, asker.errand)
        return asker if grants is asker.grants or grants == asker.grants else asker._replace(grants=grants)

"""Who asks, what for, and what is granted for that: read once from a request, held again by whatever lasts longer."""

from collections.abc import Mapping, Sequence
from typing import NamedTuple, Protocol

from baseregistry.access import errands, trusted
from baseregistry.access.errands import UNSAID, Errand
from baseregistry.access.grants import GrantSet
from baseregistry.access.log.strangers import Stranger, TurnedAway
from baseregistry.access.rates import Rates
from baseregistry.access.standing import Client
from baseregistry.access.tokens import Caller, Verifier
from baseregistry.errors import RegisterError

Received = Sequence[tuple[bytes, bytes]]


class InForce(Protocol):
    """The grants in force now."""

    def of(self, caller: Caller, errand: Errand) -> GrantSet: ...

    def role(self, client: str, official: str) -> str | None: ...

    def known(self, caller: Caller) -> Client | None: ...


class Asker(NamedTuple):
    """One caller and errand; `grants` is None only where a bench or a test has left access out."""

    caller: Caller | None = None
    errand: Errand = UNSAID
    grants: GrantSet | None = None
    role: str = ""  # of the official, in the caller's agency
    client: Client | None = None  # as it is registered
    document: bytes | None = None  # the SHA-256 of the trusted document that is called


UNCHECKED = Asker()  # of benches and tests, which leave access out


class Askers:
    """Reads requests.  Without `grants` whoever has a token may ask everything: for benches and tests alone.

    `turned_away` is told of everybody who is refused here, before he is told himself; without `rates` nobody asks too much.
    """

    def __init__(
        self,
        verifier: Verifier,
        grants: InForce | None,
        turned_away: TurnedAway | None = None,
        rates: Rates | None = None,
    ) -> None:
        self.verifier = verifier
        self._grants = grants
        self._turned_away = turned_away
        self._rates = rates

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
        return Asker(caller, errand, grants, role or "", self._grants.known(caller))

    def calling(self, asker: Asker, digest: bytes | None, *, text: bool) -> tuple[Asker, str | None]:
        """Who calls a document of this SHA-256, sent with or without its text; of a trusted one the text, and the caller
        as he stands under its purpose.

        Raises errors.NotGranted: ``access.not_trusted`` to a client that may ask nothing else, and as `trusted.purpose`
        and `InForce.of`.
        """
        client = asker.client
        if client is None or not (client.documents or client.trusted_only):
            return asker, None
        found = None if text or digest is None else client.documents.get(digest)
        if found is None:
            if client.trusted_only:
                raise trusted.not_trusted(client.client_id, text=text)
            return asker, None
        purpose = trusted.purpose(found, asker.errand.purpose)
        if purpose == asker.errand.purpose:
            return asker._replace(document=digest), found.text
        errand = asker.errand._replace(purpose=purpose)
        return self._under(asker._replace(errand=errand, document=digest)), found.text

    def _under(self, asker: Asker) -> Asker:
        """The same caller with what is granted for his errand."""
        assert self._grants is not None
        assert asker.caller is not None
        grants, official = self._grants.of(asker.caller, asker.errand), asker.errand.official
        role = self._grants.role(grants.client, official) if official else None
        return asker._replace(grants=grants, role=role or "")

    async def spend(self, asker: Asker, what: str, amount: int) -> None:
        """Spend of the caller's allowance, if it has an end; raises as `Rates.spend`."""
        if self._rates is not None and asker.grants is not None:
            waiting = self._rates.spend(asker.client, what, amount)
            if waiting is not None:
                await waiting

    def again(self, asker: Asker) -> Asker:
        """The same one by what is granted now.  Raises NotAllowed where nothing is any more, or the token's key has left
        its issuer's set, and Unavailable where either cannot be told."""
        if asker.caller is None:
            return asker
        self.verifier.hold(asker.caller)
        if self._grants is None:
            return asker
        grants, client = self._grants.of(asker.caller, asker.errand), self._grants.known(asker.caller)
        if client is not asker.client:
            asker = asker._replace(client=client)
            _still_trusted(asker)
        return asker if grants is asker.grants or grants == asker.grants else asker._replace(grants=grants)


def _still_trusted(asker: Asker) -> None:
    """Raise NotGranted where what a caller goes on with is no trusted document of his any more, and has to be."""
    client, digest = asker.client, asker.document
    if client is None or (digest is None and not client.trusted_only):
        return
    found = client.documents.get(digest) if digest else None
    if found is None or asker.errand.purpose not in found.purposes:
        raise trusted.not_trusted(client.client_id, text=digest is None)

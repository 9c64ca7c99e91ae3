"""What every question passes, by whichever door, once it is known what it asks and before anything of it is understood:
it is one of the client's trusted documents, or the client may ask others too; and it is within the client's limits.
"""

from collections.abc import Callable

from baseregistry.access.askers import Asker, Askers
from baseregistry.access.rates import COST, REQUESTS
from baseregistry.graphql.requests import Asked


class Calls:
    """Lets questions in; `askers` tells who calls, at the moment."""

    def __init__(self, askers: Callable[[], Askers]) -> None:
        self._askers = askers

    async def let_in(self, asked: Asked, asker: Asker) -> tuple[Asked, Asker]:
        """The question with its text, where it is a trusted document, and who asks it, under its purpose.

        Raises errors.NotGranted and BadInput as `Askers.calling`, TooMuch as `Rates.spend`.
        """
        askers = self._askers()
        await askers.spend(asker, REQUESTS, 1 if asked.sets is None else len(asked.sets))
        if asker.client is None:
            return asked, asker
        asker, text = askers.calling(asker, asked.digest, text=bool(asked.text))
        return (asked if text is None else asked._replace(text=text)), asker

    async def afford(self, asker: Asker, points: int) -> None:
        """Spend what a question costs, before it runs.  Raises errors.TooMuch as `Rates.spend`."""
        await self._askers().spend(asker, COST, points)

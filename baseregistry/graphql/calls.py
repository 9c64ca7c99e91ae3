"""What every question passes, by whichever door, once it is known what it asks and before anything of it is understood:
it is one of the client's trusted documents, or the client may ask others too; and it is within the client's limits.
"""

from collections.abc import Callable

from baseregistry.access.askers import Asker, Askers
from baseregistry.graphql.requests import Asked


class Calls:
    """Lets questions in; `askers` tells who calls, at the moment."""

    def __init__(self, askers: Callable[[], Askers]) -> None:
        self._askers = askers

    async def let_in(self, asked: Asked, asker: Asker) -> tuple[Asked, Asker]:
        """The question with its text, where it is a trusted document, and who asks it, under its purpose.

        Raises errors.NotGranted and BadInput as `Askers.calling`.
        """
        if asker.client is None:
            return asked, asker
        asker, text = self._askers().calling(asker, asked.digest, text=bool(asked.text))
        return (asked if text is None else asked._replace(text=text)), asker

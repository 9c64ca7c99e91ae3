"""What a root field says of itself in its `extensions`, for `questions` to read."""

from collections.abc import Mapping
from dataclasses import dataclass

from baseregistry.registries.accesses import View
from baseregistry.registries.question import Form


@dataclass(frozen=True, slots=True)
class Root:
    """What a root field asks: an entity, in a form.  `keys` are the ways to name one record, each with its arguments.

    No entity: that of whichever record is found.
    """

    entity: str | None
    form: Form
    keys: Mapping[str, tuple[str, ...]]
    view: View | None = None  # of the access log, where that is asked

"""Two pairs of eyes on the access register: one caller alone changes nothing of it, whatever he says in `approvedBy`.

A second person approves with a token of his own, which a request over GraphQL cannot carry; `baseregistry access load`
takes both tokens.
"""

from collections.abc import Iterable

from baseregistry import errors
from baseregistry.registries.acts import Act

REGISTRY = "access"


def refuse_alone(acts: Iterable[Act]) -> None:
    """Raise errors.NotGranted ``access.four_eyes`` for an act on the access register, said by one caller."""
    touched = sorted({act.entity.full_name for act in acts if act.entity.registry == REGISTRY})
    if touched:
        raise errors.NotGranted(
            f"One caller alone changes nothing of the access register ({', '.join(touched)}).",
            code="access.four_eyes",
            hint="`baseregistry access load DIR` with the tokens of two people: --token-file and --approved-token-file.",
            where={"entities": touched},
        )

"""What a masked value still shows: one rule for each sort of personal value (docs/reference/query-language.md).

It is enough to recognise a value that one has already, and too little to learn it.
"""

from enum import Enum

from baseregistry.registries.declare import Attribute, PartialDay, Sensitivity, Text

LONGEST_NUMBER = 40  # characters; what may be longer is told in words


class Mask(Enum):
    """How a value is masked, in the words of the schema."""

    NUMBER = "the first three and the last two characters (`048*******45`); of less than nine only the last two, of less than five none"
    NAME = "the initials (`N. V. A.`)"
    WORDS = "that there is a value (`***`)"
    YEAR = "the year"


def mask_of(attribute: Attribute) -> Mask | None:
    """How an attribute's value is masked; None where it cannot be: not personal, or of another kind."""
    if attribute.sensitivity is not Sensitivity.PERSONAL:
        return None
    match attribute.kind:
        case Text(name=True):
            return Mask.NAME
        case Text(max_length=longest):
            return Mask.NUMBER if longest <= LONGEST_NUMBER else Mask.WORDS
        case PartialDay():
            return Mask.YEAR
        case _:
            return None

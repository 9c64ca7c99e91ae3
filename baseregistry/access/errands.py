"""What a request says it is for: its purpose, its case, and the official on whose behalf it asks.

They come as headers; over WebSocket also in the payload of ``connection_init``, under the same names.
"""

import re
from collections.abc import Mapping
from functools import lru_cache
from typing import NamedTuple

from baseregistry.errors import BadInput

PURPOSE, CASE, OFFICIAL = b"x-purpose", b"x-case", b"x-official"
LONGEST = {PURPOSE: 64, CASE: 128, OFFICIAL: 128}  # characters
CODE = re.compile(r"[A-Za-z0-9][A-Za-z0-9._:/-]*", re.ASCII)


class Errand(NamedTuple):
    """The purpose (its code), the case, and the official (a pseudonym), as far as they were said."""

    purpose: str | None = None
    case: str | None = None
    official: str | None = None


UNSAID = Errand()


def said(headers: Mapping[bytes, bytes]) -> Errand:
    """What the headers say (names in lower case).  Raises BadInput (``access.bad_errand``) for what no code or case is."""
    purpose, case, official = headers.get(PURPOSE), headers.get(CASE), headers.get(OFFICIAL)
    return Errand(
        None if purpose is None else _purpose(purpose),
        None if case is None else _read(CASE, case),
        None if official is None else _read(OFFICIAL, official),
    )


@lru_cache(maxsize=1_000)
def _purpose(given: bytes) -> str:
    """Of purposes there are few, and a refused one is not remembered."""
    return _read(PURPOSE, given)


def _read(name: bytes, given: bytes) -> str:
    try:
        text = given.decode("utf-8").strip()
    except UnicodeDecodeError:
        text = ""
    if text and len(text) <= LONGEST[name] and text.isprintable() and (name != PURPOSE or CODE.fullmatch(text)):
        return text
    raise BadInput(
        f"The header {name.decode().title()} is empty, longer than {LONGEST[name]} characters or not printable.",
        code="access.bad_errand",
        hint="X-Purpose takes the code of a purpose; X-Case and X-Official printable text in UTF-8.",
    )

"""JSON as a signer must have meant it: one object, in which no name stands twice (RFC 8725, section 2.4).

Of two equal names one reader takes the first and another the last; what was checked would not be what is used.
"""

import json
from collections.abc import Iterable
from typing import Any, NoReturn


def read(raw: bytes) -> dict[str, Any]:
    """The JSON object in `raw` (UTF-8).  Raises ValueError for anything else, and for numbers that are none."""
    try:
        found = json.loads(raw.decode("utf-8"), object_pairs_hook=_once, parse_constant=_no_number)
    except RecursionError:
        raise ValueError("nested too deeply") from None
    if not isinstance(found, dict):
        raise ValueError("not an object")
    return found


def _once(pairs: Iterable[tuple[str, Any]]) -> dict[str, Any]:
    found: dict[str, Any] = {}
    for name, value in pairs:
        if name in found:
            raise ValueError("a name stands twice")
        found[name] = value
    return found


def _no_number(_: str) -> NoReturn:
    raise ValueError("NaN and Infinity are no JSON")

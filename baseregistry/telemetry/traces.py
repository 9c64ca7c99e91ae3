"""W3C Trace Context: the trace a request belongs to, as its caller says in ``traceparent``.

It is read where a line is logged, not on the way of an answer.  Nothing is passed on to the database: a comment would
make another statement of a prepared one, and an application name costs a round trip.
"""

import re
import secrets
from dataclasses import dataclass

_PARENT = re.compile(rb"([0-9a-f]{2})-([0-9a-f]{32})-([0-9a-f]{16})-([0-9a-f]{2})(-.*)?", re.ASCII | re.DOTALL)
LONGEST = 512  # bytes: what a later version may add to it is not read


@dataclass(frozen=True, slots=True)
class Trace:
    """A trace, the caller's span in it, and the one of this request."""

    trace_id: str
    parent_id: str
    span_id: str


def trace(traceparent: bytes | None) -> Trace | None:
    """The trace that a header names; None where there is none, or it is not one (Trace Context, level 2, 3.2)."""
    if traceparent is None or len(traceparent) > LONGEST:
        return None
    found = _PARENT.fullmatch(traceparent)
    if found is None:
        return None
    version, trace_id, parent_id, _, later = found.groups()
    if version == b"ff" or not trace_id.strip(b"0") or not parent_id.strip(b"0") or (version == b"00" and later):
        return None
    return Trace(trace_id.decode(), parent_id.decode(), secrets.token_hex(8))

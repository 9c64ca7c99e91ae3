"""Answers made smaller for clients that ask for it; small answers are sent as they are.

The quickest level of each: a list of a thousand parcels shrinks to an eighth, and a better level would take longer
than the network saves.  What takes more than a moment is done beside the event loop.
"""

import asyncio
import zlib
from collections.abc import Callable
from functools import lru_cache

import zstandard

from baseregistry.graphql.media import weighted

SMALLEST = 4_096  # bytes; below, compressing costs more than it saves
LARGE = 65_536  # bytes; from here on in a thread (both libraries let the others run meanwhile)
GZIP = 31  # zlib's word for gzip's own header


def _gzip(body: bytes) -> bytes:
    return zlib.compress(body, 1, GZIP)


def _zstd(body: bytes) -> bytes:
    return zstandard.ZstdCompressor(level=1).compress(body)


# gzip before zstd where a client does not care: some say that they take zstd and fail on it (Node 20), though it is
# five times as quick.  Who wants it says so: ``zstd, gzip;q=0.5``.
CODINGS: dict[bytes, Callable[[bytes], bytes]] = {b"gzip": _gzip, b"zstd": _zstd}


@lru_cache(maxsize=256)
def coding(accept_encoding: bytes) -> bytes | None:
    """The content coding to answer in (RFC 9110, 12.5.3): the client's heaviest, among equals the first of ours."""
    weights = dict(reversed(weighted(accept_encoding)))
    others = weights.get(b"*", 0.0)
    best = max(CODINGS, key=lambda name: weights.get(name, others))
    weight = weights.get(best, others)
    return best if weight > 0 and weight >= weights.get(b"identity", 0.0) else None


async def compressed(body: bytes, name: bytes) -> bytes:
    """The body in a coding."""
    work = CODINGS[name]
    return await asyncio.to_thread(work, body) if len(body) >= LARGE else work(body)

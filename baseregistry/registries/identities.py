"""New identities: UUIDs of version 7 (RFC 9562), which sort by when they were made."""

import os
import time
from uuid import UUID


class Identities:
    """Makes record ids, each greater than the one before."""

    def __init__(self) -> None:
        self._last = 0

    def new(self) -> UUID:
        """A record id: milliseconds since 1970 and twelve bits below them, then 62 random bits."""
        milliseconds, rest = divmod(time.time_ns(), 1_000_000)
        self._last = max(self._last + 1, milliseconds << 12 | rest * 4096 // 1_000_000)
        time_and_order = (self._last >> 12) << 16 | 0x7 << 12 | self._last & 0xFFF
        return UUID(int=time_and_order << 64 | 0x2 << 62 | int.from_bytes(os.urandom(8)) >> 2)

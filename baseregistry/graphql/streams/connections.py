"""How many connections of streams a worker holds, and how many of them one caller has.

A connection holds memory and a place for as long as its client likes, so it is counted before anything is read from it;
whose it is, is counted once that is known.  Those who say no name are counted together.
"""

from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager

from uvicorn.protocols.websockets.websockets_sansio_impl import WebSocketsSansIOProtocol

from baseregistry import errors
from baseregistry.access.tokens import ANONYMOUS, Caller

HINT = "Repeat later; one WebSocket carries many operations, and changes may also be asked for from time to time."
PONG = b"\x8a"  # how such a frame begins


class Connections:
    """The connections of streams in this worker: at most `most`, of one caller at most `most_of_one`."""

    def __init__(self, most: int, most_of_one: int) -> None:
        self.open = 0
        self._most = most
        self._most_of_one = most_of_one
        self._of: Counter[tuple[str, str]] = Counter()

    @contextmanager
    def opened(self) -> Iterator[None]:
        """One more while the block lasts.  Raises errors.Unavailable (stream.too_many_connections)."""
        if self.open >= self._most:
            raise _full(f"{self.open:,} streams are open; no more are taken here.")
        self.open += 1
        try:
            yield
        finally:
            self.open -= 1

    @contextmanager
    def of(self, caller: Caller | None) -> Iterator[None]:
        """It is this caller's.  Raises errors.Unavailable (stream.too_many_connections)."""
        person = (caller or ANONYMOUS).person
        if self._of[person] >= self._most_of_one:
            raise _full(f"{self._most_of_one:,} streams of this caller are open; no more are taken here.")
        self._of[person] += 1
        try:
            yield
        finally:
            self._of[person] -= 1
            if not self._of[person]:
                del self._of[person]


class Protocol(WebSocketsSansIOProtocol):
    """uvicorn's; but of the pings that have come, the last one is answered, and none whose sender does not read: else a
    hundred thousand of them would pile up as many answers (RFC 6455, 5.5.3)."""

    def handle_ping(self) -> None:
        """Called for each ping; the answers to all that came with it lie ready at the first."""
        frames = self.conn.data_to_send()
        pongs = [frame for frame in frames if frame[:1] == PONG]
        said = [frame for frame in frames if frame[:1] != PONG]
        if self.writable.is_set():
            said = [*pongs[-1:], *said]
        self.transport.write(b"".join(said))


def _full(said: str) -> errors.Unavailable:
    return errors.Unavailable(said, code="stream.too_many_connections", hint=HINT)

"""Running the server from a command: says when it answers, ends well on Ctrl-C and SIGTERM."""

import logging
import socket
from collections.abc import Callable
from contextlib import suppress

import uvicorn

from baseregistry import errors, server
from baseregistry.settings import Settings

Tell = Callable[[str], None]


class Announced(server.Server):
    """A server that tells its address once it answers there."""

    def __init__(self, config: uvicorn.Config, tell: Tell) -> None:
        super().__init__(config)
        self.tell = tell

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        """As uvicorn's, and tells."""
        await super().startup(sockets)
        if self.started:
            host, port = self.servers[0].sockets[0].getsockname()[:2]
            self.tell(f"http://[{host}]:{port}" if ":" in host else f"http://{host}:{port}")


def serve(settings: Settings, place: socket.socket, tell: Tell) -> None:
    """Serve on a socket until Ctrl-C or SIGTERM.  Raises Unavailable ``service.not_started``."""
    running = Announced(server.configured(settings), tell)
    logging.getLogger("uvicorn.error").setLevel(logging.WARNING)
    with suppress(KeyboardInterrupt, SystemExit):  # how uvicorn hands on the signal that ended it
        running.run([place])
    if not running.started:
        raise errors.Unavailable(
            "The server did not start.", code="service.not_started", hint="The lines above say why."
        )

"""A real server in a thread, on a free port, that connects to its database by role."""

import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import uvicorn
from pydantic import SecretStr

from baseregistry.server import configured
from baseregistry.settings import Settings
from tests.conftest import Database, by_role


def settings_of(database: Database, folder: Path, **more: Any) -> Settings:
    """Settings of a service over the database."""
    said = {"database_url": SecretStr(database.url), "data": folder, "port": 0, "read_connections": 2}
    return Settings(**{**said, **by_role(database.url), **more})


@contextmanager
def served(settings: Settings) -> Iterator[str]:
    """Its address while the block lasts."""
    server = uvicorn.Server(configured(settings))
    thread = threading.Thread(target=server.run)
    thread.start()
    while not server.started and thread.is_alive():
        time.sleep(0.01)
    assert server.started, "the server did not start"
    host, port = server.servers[0].sockets[0].getsockname()
    try:
        yield f"http://{host}:{port}"
    finally:
        server.should_exit = True
        thread.join(15)
        assert not thread.is_alive()

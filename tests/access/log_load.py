"""A service under load in a process of its own: tells the digest of each answer in the moment in which it has it whole.

``python -m tests.access.log_load URL FOLDER ID…``; it goes on, whatever is refused, until it is killed.
"""

import asyncio
import os
import sys
from hashlib import sha256
from pathlib import Path

from pydantic import SecretStr

from baseregistry import errors
from baseregistry.access.askers import Asker
from baseregistry.access.errands import Errand
from baseregistry.access.tokens import Caller
from baseregistry.graphql.door import Door
from baseregistry.graphql.http import Endpoint
from baseregistry.graphql.requests import Asked
from baseregistry.server import Service
from baseregistry.settings import Settings
from tests.access.known import PATHS, Opened

DOCUMENT = "query($id: ID!) { person(id: $id) { fullName } }"
CLIENTS = 16


async def load(url: str, folder: str, ids: list[str]) -> None:
    """Ask and ask again."""
    service = Service(Settings(database_url=SecretStr(url), data=Path(folder), read_connections=2), without_access=True)
    async with service.opened():
        endpoint = service.graphql
        assert isinstance(endpoint, Endpoint)
        grants = Opened(frozenset(PATHS)).of(None, Errand())
        async with asyncio.TaskGroup() as group:
            for number in range(CLIENTS):
                asker = Asker(Caller(f"client {number}", 0, 4e9), Errand(), grants)
                group.create_task(ask(endpoint.door, asker, ids[number % len(ids)]))


async def ask(door: Door, asker: Asker, one: str) -> None:
    """One client."""
    while True:
        try:
            answer = await door.answer(Asked(DOCUMENT, None, {"id": one}), asker)
        except errors.RegisterError:
            await asyncio.sleep(0.05)
        else:
            os.write(1, sha256(answer).hexdigest().encode() + b"\n")


if __name__ == "__main__":
    asyncio.run(load(sys.argv[1], sys.argv[2], sys.argv[3:]))

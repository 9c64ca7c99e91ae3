"""Our server with grants and without the access log, which no setting can make: what the log alone costs is the rest.

`python -m bench.without_log`, with the settings of `baseregistry serve`.  The statement still tells the keys.
"""

from typing import Any

from baseregistry import server
from baseregistry.commands import edge
from baseregistry.graphql.logged import Logged


class Unlogged(Logged):
    """Keeps nothing of what is answered."""

    async def keep(self, *_: Any, **__: Any) -> None:
        return None


def main() -> None:
    """Serve until SIGTERM."""
    server.Logged = Unlogged  # type: ignore[attr-defined]
    server.Server(server.configured(edge.settings())).run()


if __name__ == "__main__":
    main()

"""Our server without access, which no setting can make: whoever has a token is answered everything, nothing is logged.

`python -m bench.without_access`, with the settings of `baseregistry serve`.
"""

from baseregistry.commands import edge
from baseregistry.server import Server, configured


def main() -> None:
    """Serve until SIGTERM."""
    Server(configured(edge.settings(), without_access=True)).run()


if __name__ == "__main__":
    main()

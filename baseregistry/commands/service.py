"""Commands of the service: the demonstration, the server, a token to ask it with."""

from typing import Annotated

import typer

from baseregistry.commands import edge


def token(
    subject: Annotated[str, typer.Option("--subject", help="Who asks; stands in the token as `sub`.")] = "somebody",
    hours: Annotated[float, typer.Option("--hours", min=0.01, max=24 * 366, help="How long it is good for.")] = 12,
) -> None:
    """Print a token to ask with (`Authorization: Bearer …`)."""
    from baseregistry import cluster
    from baseregistry.access import tokens

    settings = edge.settings()
    cluster.of(settings).folder.make()
    print(tokens.issue(settings, subject, hours))

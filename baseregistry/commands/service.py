"""Commands of the service: the demonstration, the server, a token to ask it with."""

import json
import socket
from typing import TYPE_CHECKING, Annotated

import typer

from baseregistry import errors
from baseregistry.commands import edge

if TYPE_CHECKING:
    from baseregistry.settings import Settings

QUESTION = """\
{ parcel(nationalParcelId: "PARCEL") { mapSheet parcelNumber documentedArea commune { name } \
rights { nodes { kind { code } share holder { ... on Person { fullName } ... on Enterprise { name } \
... on PartyGroup { kind { titleVi } members { nodes { member { ... on Person { fullName } } } } } } } } \
version { validFrom change { position agency documentNumber } } } }"""

PURPOSE, CASE = "land-transfer", "DEMO-1"  # of the sample set
UNITS = "{ units(first: 5) { nodes { code name kind { titleVi } version { change { position agency } } } } }"


def demo(
    people: Annotated[int, typer.Option("--people", min=1, help="How many people the sample province has.")] = 20_000,
) -> None:
    """Migrate, load the sample province, and serve it."""
    from baseregistry.access import local, tokens
    from baseregistry.commands import running, sample

    settings = edge.settings()
    local.refuse_where_closed(settings)
    with _place(settings) as place, edge.database(settings) as engine:
        sample.prepare(engine, settings, people)
        parcel, token = sample.parcel(engine), tokens.issue(settings, "demo")
        running.serve(settings, place, lambda address: _introduce(address, token, parcel))


def serve() -> None:
    """Serve the registers on http://127.0.0.1:8000.

    BASEREGISTRY_HOST, BASEREGISTRY_PORT or PORT say where.
    """
    from baseregistry import db
    from baseregistry.commands import running
    from baseregistry.registries.installation import opened
    from baseregistry.roles import Role

    settings = edge.settings()
    with _place(settings) as place, edge.database(settings, Role.READING) as engine:
        with db.reading(engine) as reading:
            opened(reading, settings)
        running.serve(settings, place, lambda address: print(f"Serving on {address}", flush=True))


def token(
    subject: Annotated[str, typer.Option("--subject", help="Who asks; stands in the token as `sub`.")] = "somebody",
    client: Annotated[
        str, typer.Option("--client", help="For which client; stands in the token as `client_id`.")
    ] = "local",
    hours: Annotated[float, typer.Option("--hours", min=0.01, max=24 * 366, help="How long it is good for.")] = 12,
) -> None:
    """Print a token to ask with (`Authorization: Bearer …`)."""
    from baseregistry import cluster
    from baseregistry.access import local, tokens

    settings = edge.settings()
    local.refuse_where_closed(settings)
    cluster.of(settings).folder.make()
    print(tokens.issue(settings, subject, hours, client))


def _place(settings: "Settings") -> socket.socket:
    """The socket to serve on, taken at once: a port that cannot be had is told before minutes of loading."""
    taken = socket.socket(socket.AF_INET6 if ":" in settings.host else socket.AF_INET)
    taken.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        taken.bind((settings.host, settings.port))
    except OSError as failure:
        taken.close()
        raise errors.Unavailable(
            f"Port {settings.port} of {settings.host} cannot be had: {failure.strerror}.",
            code="service.port_taken",
            hint="Choose another with PORT=8001, or end what listens there.",
        ) from None
    return taken


def _introduce(address: str, token: str, parcel: str | None) -> None:
    """What to look at, and one line that asks about a real parcel of the sample."""
    print(f"\nServing {address}\n  GraphQL  {address}/graphql  (a page in the browser)\n  health   {address}/healthz\n")
    print(f"A token to try, good for 12 hours:\n{token}\n")
    body = json.dumps({"query": QUESTION.replace("PARCEL", parcel) if parcel else UNITS})
    print("A question:")
    print(
        f"curl -s {address}/graphql -H 'Content-Type: application/json' -H 'Authorization: Bearer {token}'"
        f" -H 'X-Purpose: {PURPOSE}' -H 'X-Case: {CASE}' -d '{body}'\n"
    )
    print("Ctrl-C ends it.", flush=True)

"""The pages for those who run the service: does the process live, is it ready, what has it counted."""

from typing import Any

from prometheus_client.exposition import CONTENT_TYPE_PLAIN_0_0_4
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from baseregistry import __version__
from baseregistry.errors import RegisterError
from baseregistry.status import status_of
from baseregistry.telemetry.metrics import Metrics
from baseregistry.telemetry.readiness import Readiness

FRESH = {"cache-control": "no-store"}


def pages(metrics: Metrics, readiness: Readiness) -> list[Route]:
    """The routes of one worker."""

    async def living(_: Request) -> Response:
        return JSONResponse({"status": "ok", "version": __version__}, headers=FRESH)

    async def ready(_: Request) -> Response:
        try:
            seen = await readiness.ask()
        except RegisterError as refusal:
            return problem(refusal)
        said = {
            "status": "ready",
            "position": str(seen.position),
            "schemaEdition": seen.schema_edition,
            "crsDifferenceMetres": round(seen.crs_difference_m, 9),
        }
        return JSONResponse(said, headers=FRESH)

    async def counted(_: Request) -> Response:
        return Response(metrics.text(), headers=FRESH, media_type=CONTENT_TYPE_PLAIN_0_0_4)

    return [Route("/healthz", living), Route("/readyz", ready), Route("/metrics", counted)]


def problem(refusal: RegisterError) -> Response:
    """A refusal as a problem document (RFC 9457)."""
    status = status_of(refusal)
    said: dict[str, Any] = {
        "type": f"urn:baseregistry:error:{refusal.code}",
        "title": refusal.message,
        "detail": refusal.hint,
        "status": status,
    }
    return JSONResponse(said, status, headers=FRESH, media_type="application/problem+json")

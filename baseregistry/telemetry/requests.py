"""What is counted and told of each request: always counted; told when it was refused, failed or slow, or all are told.

The way of an answer pays for two readings of a clock, an id and a tally (some 2 µs in all); headers are looked into
and lines are made only where there is a line.
"""

import re
import secrets
from collections import defaultdict
from collections.abc import Mapping
from itertools import count
from time import perf_counter
from typing import Any

from baseregistry.settings import Settings
from baseregistry.telemetry import logs
from baseregistry.telemetry.tallies import NONE, Tallies, Tally
from baseregistry.telemetry.traces import trace

_SANE = re.compile(rb"[A-Za-z0-9._:/+=@-]{1,128}")
Headers = Mapping[bytes, bytes]


class Request:
    """A request under way: since when, under which id, and which operation it was understood as."""

    __slots__ = ("began", "cost", "headers", "id", "tally")

    def __init__(self, headers: Headers, identity: bytes) -> None:
        self.began = perf_counter()
        self.headers = headers
        self.id = identity
        self.tally: Tally | None = None
        self.cost = 0


class Requests:
    """The requests of one worker."""

    def __init__(self, settings: Settings) -> None:
        self.tallies = Tallies()
        self.statuses: defaultdict[int, int] = defaultdict(int)
        self.hung_up = 0
        self._slow = settings.slow_seconds
        self._told_from = 0.0 if settings.log_requests else settings.slow_seconds
        self._log = logs.logger("requests")
        self._worker, self._numbers = secrets.token_hex(8).encode(), count(1)

    def count(self) -> int:
        """How many have ended so far."""
        return sum(self.statuses.values()) + self.hung_up

    def begin(self, headers: Headers) -> Request:
        """A request has come; its id is the caller's own (``X-Request-Id``) where that is harmless, else a new one."""
        given = headers.get(b"x-request-id")
        if given is None or not _SANE.fullmatch(given):
            given = b"%b-%x" % (self._worker, next(self._numbers))
        return Request(headers, given)

    def part(self, whole: Request) -> Request:
        """One of a list of questions that came as one request: under its id, counted for itself."""
        return Request(whole.headers, whole.id)

    def answered(self, request: Request, status: int, body: bytes) -> None:
        """It was answered with `body`."""
        seconds = perf_counter() - request.began
        if request.tally is not None:
            request.tally.answered(seconds, request.cost, body)
        if seconds >= self._told_from:
            event = "slow" if seconds >= self._slow else "answered"
            level = self._log.warning if event == "slow" else self._log.info
            level(event, **self._said(request, status), bytes=len(body))

    def refused(self, request: Request, status: int, code: str) -> None:
        """It was understood, or not, and refused for what it says."""
        self._tally(request).refusals[code] += 1
        self._log.warning("refused", **self._said(request, status), code=code)

    def failed(self, request: Request, status: int, failure: Exception) -> None:
        """It failed, and nobody foresaw how."""
        self._tally(request).failures += 1
        self._log.error("failed", **self._said(request, status), exc_info=failure)

    def given_up(self, request: Request) -> None:
        """Its client hung up."""
        self.hung_up += 1
        if self._told_from == 0.0:
            self._log.info("given up", **self._said(request, None))

    def _tally(self, request: Request) -> Tally:
        return request.tally or self.tallies.named(NONE)

    def _said(self, request: Request, status: int | None) -> dict[str, Any]:
        milliseconds = round((perf_counter() - request.began) * 1000, 3)
        said: dict[str, Any] = {"request_id": request.id.decode(), "operation": _operation(request)}
        if status is not None:
            said["status"] = status
        said |= {"milliseconds": milliseconds, "cost": request.cost}
        found = trace(request.headers.get(b"traceparent"))
        if found is not None:
            said |= {"trace_id": found.trace_id, "parent_id": found.parent_id, "span_id": found.span_id}
        return said


def _operation(request: Request) -> str:
    return request.tally.operation if request.tally else NONE

"""Log lines: JSON for machines, colours for people at a terminal; one format for ours and for the server's own.

A line names what happened and where, never what somebody asked with or was answered: of an error it has the class and
the places in the program, not the message, which may quote a value.
"""

import logging
import sys
import traceback
from collections.abc import MutableMapping
from types import TracebackType
from typing import Any, TextIO

import structlog
from structlog.stdlib import ProcessorFormatter
from structlog.typing import Processor

from baseregistry.settings import Settings

OURS, SERVERS = "baseregistry", "uvicorn"
Event = MutableMapping[str, Any]


def configure(settings: Settings) -> None:
    """Send what this program and its server log to stderr, in the format of the settings."""
    handler = _Stderr()
    handler.setFormatter(_formatter(as_json=_as_json(settings)))
    for name in (OURS, SERVERS):
        logger = logging.getLogger(name)
        logger.handlers = [handler]
    logging.getLogger(OURS).setLevel(logging.INFO)


def logger(name: str) -> structlog.stdlib.BoundLogger:
    """A logger whose lines are an event and its fields."""
    made: structlog.stdlib.BoundLogger = structlog.wrap_logger(
        logging.getLogger(f"{OURS}.{name}"),
        processors=[structlog.stdlib.filter_by_level, ProcessorFormatter.wrap_for_formatter],
        wrapper_class=structlog.stdlib.BoundLogger,
    )
    return made


class _Stderr(logging.StreamHandler[TextIO]):
    """To stderr as it is when a line is written."""

    def __init__(self) -> None:
        logging.Handler.__init__(self)

    @property
    def stream(self) -> TextIO:  # type: ignore[override]
        return sys.stderr

    def handleError(self, record: logging.LogRecord) -> None:  # noqa: N802 (overrides)
        """A line that cannot be written: the standard library would quote its fields."""
        sys.stderr.write(f"A line of {record.name} could not be logged.\n")


def _as_json(settings: Settings) -> bool:
    return settings.log_format == "json" or (settings.log_format == "auto" and not sys.stderr.isatty())


def _formatter(*, as_json: bool) -> ProcessorFormatter:
    common: list[Processor] = [
        structlog.stdlib.add_log_level,
        structlog.stdlib.add_logger_name,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
        without_messages,
    ]
    last: Processor = structlog.processors.JSONRenderer() if as_json else structlog.dev.ConsoleRenderer()
    drawn = [ProcessorFormatter.remove_processors_meta, last]
    return ProcessorFormatter(
        processors=[*common, *drawn], foreign_pre_chain=[structlog.stdlib.PositionalArgumentsFormatter()]
    )


def without_messages(_: Any, __: str, event: Event) -> Event:
    """Of an exception its class and where it came from, and those of what caused it; no message."""
    told = event.pop("exc_info", None)
    failure = told[1] if isinstance(told, tuple) else told if isinstance(told, BaseException) else None
    if failure is None and told:
        failure = sys.exc_info()[1]
    if failure is not None:
        event["exceptions"] = _chain(failure)
    return event


def _chain(failure: BaseException) -> list[dict[str, Any]]:
    chain: list[dict[str, Any]] = []
    cause: BaseException | None = failure
    while cause is not None and len(chain) < 10:
        kind = type(cause)
        chain.append({"type": f"{kind.__module__}.{kind.__qualname__}", "frames": _frames(cause.__traceback__)})
        cause = cause.__cause__ or (None if cause.__suppress_context__ else cause.__context__)
    return chain


def _frames(stack: TracebackType | None) -> list[str]:
    return [f"{frame.filename}:{frame.lineno} {frame.name}" for frame in traceback.extract_tb(stack)][-30:]

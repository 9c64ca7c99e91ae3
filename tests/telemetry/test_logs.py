"""Log lines: one format for all, and no message of an error, which may quote a value."""

import json
import logging

import pytest

from baseregistry.settings import Settings
from baseregistry.telemetry import logs

SECRET = "048099001234"


def fail() -> None:
    try:
        int(SECRET + "x")
    except ValueError as failure:
        raise RuntimeError(f"no person {SECRET}") from failure


def test_a_line_of_ours_and_of_the_server_is_one_json_object(capsys: pytest.CaptureFixture[str]) -> None:
    logs.configure(Settings(log_format="json"))
    logs.logger("requests").warning("refused", code="question.bad", cost=3)
    try:
        fail()
    except RuntimeError:
        logging.getLogger("uvicorn.error").exception("Exception in %s", "ASGI application")
    refused, failed = map(json.loads, capsys.readouterr().err.splitlines())
    assert refused | {"timestamp": ""} == {
        "event": "refused",
        "code": "question.bad",
        "cost": 3,
        "level": "warning",
        "logger": "baseregistry.requests",
        "timestamp": "",
    }
    assert refused["timestamp"].endswith("Z")
    assert (failed["event"], failed["level"]) == ("Exception in ASGI application", "error")
    assert [cause["type"] for cause in failed["exceptions"]] == ["builtins.RuntimeError", "builtins.ValueError"]
    assert failed["exceptions"][0]["frames"][-1].endswith(" fail")
    assert SECRET not in json.dumps(failed)


def test_people_at_a_terminal_read_text_without_values_too(capsys: pytest.CaptureFixture[str]) -> None:
    logs.configure(Settings(log_format="console"))
    try:
        fail()
    except RuntimeError as failure:
        logs.logger("requests").error("failed", operation="Person", exc_info=failure)
    said = capsys.readouterr().err
    assert "failed" in said
    assert "builtins.RuntimeError" in said
    assert SECRET not in said
    with pytest.raises(json.JSONDecodeError):
        json.loads(said)


def test_without_a_terminal_lines_are_json(capsys: pytest.CaptureFixture[str]) -> None:
    logs.configure(Settings())
    logs.logger("requests").info("answered")
    assert json.loads(capsys.readouterr().err)["event"] == "answered"


def test_a_line_that_cannot_be_written_quotes_nothing(capsys: pytest.CaptureFixture[str]) -> None:
    logs.configure(Settings(log_format="json"))
    (handler,) = logging.getLogger("uvicorn").handlers
    handler.handle(logging.LogRecord("uvicorn.error", logging.WARNING, "", 0, "%d people", (SECRET,), None))
    assert capsys.readouterr().err == "A line of uvicorn.error could not be logged.\n"

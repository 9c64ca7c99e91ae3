"""One client on one kept connection: what load generators do not tell, status and body of every answer, is looked at here."""

import json
import time
from dataclasses import dataclass, field
from http.client import HTTPConnection, HTTPException
from typing import Any

from bench.servers import Target

STATUS_TELLS = "application/graphql-response+json"  # under application/json a refused question is a 200
PATIENCE = 60.0  # seconds


@dataclass(frozen=True)
class Request:
    """What is sent; `path` is added to the target's, for GET."""

    body: bytes | None
    method: str = "POST"
    path: str = ""
    headers: dict[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Answer:
    """What came back, and the seconds from the first byte sent to the last one read."""

    status: int
    headers: dict[str, str]
    body: bytes
    seconds: float

    @property
    def said(self) -> Any:
        return json.loads(self.body)

    @property
    def codes(self) -> tuple[str, ...]:
        """The codes of its errors; empty for an answer that has none, `no code` for one that says none."""
        try:
            said = self.said
        except ValueError:
            return ("no JSON",)
        found = said.get("errors", []) if isinstance(said, dict) else []
        return tuple(error.get("extensions", {}).get("code") or "no code" for error in found)


class Client:
    """Asks a target, one request after the other; connects again where the server closed."""

    def __init__(self, target: Target) -> None:
        self._target = target
        self._connection = HTTPConnection("127.0.0.1", target.port, timeout=PATIENCE)
        self._headers = {
            "Content-Type": "application/json",
            "Accept": STATUS_TELLS,
            "Authorization": target.authorization,
            **target.headers,
        }

    def ask(self, query: str, variables: Any = None) -> Answer:
        """A question by POST."""
        return self.send(question(query, variables))

    def send(self, request: Request) -> Answer:
        """One request.  Raises OSError or HTTPException when there is no answer."""
        began = time.perf_counter()
        try:
            return self._sent(request, began)
        except (OSError, HTTPException):
            self._connection.close()
            raise

    def _sent(self, request: Request, began: float) -> Answer:
        path = self._target.path + request.path
        self._connection.request(request.method, path, request.body, self._headers | request.headers)
        response = self._connection.getresponse()
        body = response.read()
        headers = {name.lower(): value for name, value in response.getheaders()}
        return Answer(response.status, headers, body, time.perf_counter() - began)

    def close(self) -> None:
        self._connection.close()


def question(query: str, variables: Any = None) -> Request:
    """The request that asks a question by POST."""
    return Request(json.dumps({"query": query, "variables": variables}).encode())

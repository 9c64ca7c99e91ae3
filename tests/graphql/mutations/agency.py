"""A source agency that states things over HTTP, as its systems would."""

import asyncio
from dataclasses import dataclass, field
from typing import Any
from uuid import uuid4

import httpx

from baseregistry.server import Service
from tests.conftest import Database

JSON, GRAPHQL = "application/json", "application/graphql-response+json"
RECORD = """
mutation Record($input: ChangeInput!, $only: Boolean! = false) {
  recordChange(input: $input, validateOnly: $only) {
    position recordedAt head written replayed records
    changed {
      __typename id
      ... on Unit { name }
      ... on Parcel { documentedArea commune { name } version { validFrom validTo digest } }
    }
  }
}
"""
PROVINCE = {"code": "48", "name": "Thành phố Đà Nẵng", "level": "PROVINCE", "kind": "THANH_PHO_TW"}
COMMUNE = {"code": "20194", "name": "Phường Hải Châu", "level": "COMMUNE", "kind": "PHUONG"}


@dataclass
class Agency:
    """Sends requests with a token."""

    runner: asyncio.Runner
    service: Service
    tokens: dict[str, str]
    database: Database
    ids: dict[str, str] = field(default_factory=dict)

    def send(self, text: str, variables: dict[str, Any], who: str = "lan.tran", **said: Any) -> httpx.Response:
        """One request by POST."""
        return self.runner.run(self.sending(text, variables, who, **said))

    async def sending(self, text: str, variables: dict[str, Any], who: str = "lan.tran", **said: Any) -> httpx.Response:
        """The same, to be awaited with others."""
        headers = {"authorization": f"Bearer {self.tokens[who]}", "accept": GRAPHQL, **said.pop("headers", {})}
        transport = httpx.ASGITransport(self.service)
        async with httpx.AsyncClient(transport=transport, base_url="http://127.0.0.1:8000") as client:
            body = {"query": text, "variables": variables, **said}
            return await client.post("/graphql", json=body, headers=headers)

    def got(self, text: str, who: str = "lan.tran") -> httpx.Response:
        """The same by GET."""

        async def get() -> httpx.Response:
            transport = httpx.ASGITransport(self.service)
            async with httpx.AsyncClient(transport=transport, base_url="http://127.0.0.1:8000") as client:
                headers = {"authorization": f"Bearer {self.tokens[who]}", "accept": GRAPHQL}
                return await client.get("/graphql", params={"query": text}, headers=headers)

        return self.runner.run(get())

    def posted(self, body: Any, headers: dict[str, str]) -> httpx.Response:
        """A body as it is, by POST."""

        async def post() -> httpx.Response:
            transport = httpx.ASGITransport(self.service)
            async with httpx.AsyncClient(transport=transport, base_url="http://127.0.0.1:8000") as client:
                return await client.post("/graphql", json=body, headers=headers)

        return self.runner.run(post())

    def record(self, *acts: dict[str, Any], only: bool = False, who: str = "lan.tran", **said: Any) -> httpx.Response:
        """One change."""
        return self.send(RECORD, {"input": change(*acts, **said), "only": only}, who)

    def recorded(self, *acts: dict[str, Any], **said: Any) -> Any:
        """A change that must be recorded."""
        response = self.record(*acts, **said)
        body = response.json()
        assert response.status_code == 200, body
        assert "errors" not in body, body
        return body["data"]["recordChange"]

    def refused(self, *acts: dict[str, Any], **said: Any) -> tuple[int, dict[str, Any]]:
        """A change that must be refused, with nothing written: its status, and the first error's extensions."""
        before = self.head()
        response = self.record(*acts, **said)
        body = response.json()
        assert "data" not in body, body
        assert self.head() == before
        return response.status_code, body["errors"][0]["extensions"]

    def data(self, text: str, **variables: Any) -> Any:
        """The answer to a question."""
        body = self.send(text, variables).json()
        assert "errors" not in body, body["errors"]
        return body["data"]

    def head(self) -> int:
        """The last position."""
        return self.one("SELECT coalesce(max(position), 0) FROM ledger_change")

    def one(self, statement: str) -> Any:
        """One value from the database."""
        with self.database.engine.connect() as connection:
            return connection.exec_driver_sql(statement).scalar_one()


def change(*acts: dict[str, Any], **said: Any) -> dict[str, Any]:
    """A `ChangeInput`; what is not said of its provenance is a registration by an office."""
    key = said.pop("key", None) or str(uuid4())
    provenance = {"kind": "REGISTRATION", "agency": "Văn phòng đăng ký đất đai", **said}
    return {"idempotencyKey": key, "provenance": provenance, "acts": list(acts)}


def unit(**values: Any) -> dict[str, Any]:
    """A province or commune, from 1997 on; ``local`` and ``id`` name it."""
    named = {name: values.pop(name) for name in ("local", "id") if name in values}
    return {"registerUnit": {**named, "from": "1997-01-01", "values": values}}


def parcel(commune: dict[str, str], number: str, begin: str = "2010-05-06", **values: Any) -> dict[str, Any]:
    """A parcel in a commune."""
    named = {name: values.pop(name) for name in ("local", "id") if name in values}
    said = {"mapSheet": "12", "parcelNumber": number, "status": "CURRENT"}
    placed = {"commune": commune, "numberingCommune": commune}
    return {"registerParcel": {**named, "from": begin, "values": {**placed, **said, **values}}}


def person(name: str, **values: Any) -> dict[str, Any]:
    """A living person, of whom the register knows no begin."""
    named = {key: values.pop(key) for key in ("local", "id") if key in values}
    return {"registerPerson": {**named, "values": {"fullName": name, "status": "ALIVE", **values}}}

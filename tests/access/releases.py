"""A client's release for tests: its documents, registered as the command registers them, and a service that is asked."""

import asyncio
import json
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path
from typing import Any

import httpx
from pydantic import SecretStr

from baseregistry.access import registering, tokens
from baseregistry.access.loading import People
from baseregistry.access.manifests import APOLLO_FORMAT, read_manifest
from baseregistry.access.registering import Decision
from baseregistry.commands.manifests import Checking, ManifestOrder
from baseregistry.graphql.http import Endpoint
from baseregistry.server import Service
from baseregistry.settings import Settings
from tests.conftest import Database

SHEET = "query Sheet($n: String!) { parcel(nationalParcelId: $n) { mapSheet } }"
AREA = "query Area($n: String!) { parcel(nationalParcelId: $n) { mapSheet documentedArea } }"
CHANGES = 'subscription Changes { parcelChanges(since: "0") { recordId status versions { mapSheet } } }'
PEOPLE = People("lan.tran", "minh.le")


def digest(text: str) -> str:
    return sha256(text.encode()).hexdigest()


def manifest_file(folder: Path, *texts: str, kind: str = "apollo") -> Path:
    """A manifest of these texts; each begins with the type and the name of its operation."""
    operations = []
    for text in texts:
        kind_of, name = text.split("(")[0].split("{")[0].split()
        operations.append({"id": digest(text), "name": name, "type": kind_of, "body": text})
    apollo = {"format": APOLLO_FORMAT, "version": 1, "operations": operations}
    made = folder / "manifest.json"
    made.write_text(json.dumps(apollo if kind == "apollo" else {digest(text): text for text in texts}))
    return made


@dataclass
class Release:
    """Registers and withdraws for one database; `folder` holds files and keys."""

    database: Database
    folder: Path

    @property
    def settings(self) -> Settings:
        return Settings(database_url=SecretStr(self.database.url), data=self.folder, read_connections=2)

    def register(self, *texts: str, name: str = "1", purpose: str = "land-tax", client: str = "tax") -> int | None:
        file = manifest_file(self.folder, *texts)
        order = ManifestOrder(file, client, purpose, name=name)
        checking = Checking(order, read_manifest(file), self.database.engine)
        installation = self.database.installation
        checked = checking.checked(installation, self.settings)
        return registering.register(self.database.engine, installation, checked, PEOPLE)

    def withdraw(self, name: str = "1", client: str = "tax") -> int:
        engine, installation = self.database.engine, self.database.installation
        return registering.withdraw(engine, installation, (client, name), Decision(), PEOPLE)

    @contextmanager
    def serving(self) -> Iterator["Serving"]:
        """A service of its own over the database, in this process."""
        service = Service(self.settings)
        with asyncio.Runner() as runner:
            opened = service.opened()
            runner.run(opened.__aenter__())
            try:
                yield Serving(runner, service, tokens.issue(self.settings, "lan.tran", 1, "tax"))
            finally:
                runner.run(opened.__aexit__(None, None, None))


@dataclass
class Serving:
    """Asks as the client `tax`."""

    runner: asyncio.Runner
    service: Service
    token: str

    def send(self, said: Any, method: str = "POST", **headers: str) -> httpx.Response:
        return self.runner.run(self._send(said, method, headers))

    def call(self, text: str, variables: Mapping[str, Any] | None = None, **headers: str) -> httpx.Response:
        """A call by `documentId` alone."""
        return self.send({"documentId": f"sha256:{digest(text)}", "variables": variables or {}}, **headers)

    def code(self, response: httpx.Response) -> str:
        """The code of a refusal."""
        said: str = response.json()["errors"][0]["extensions"]["code"]
        return said

    def renew(self) -> None:
        """Take over what changed in the access register, as the service does a moment later."""
        endpoint = self.service.graphql
        assert isinstance(endpoint, Endpoint)
        grants: Any = endpoint.askers._grants
        grants.renew(whole=True)

    async def _send(self, said: Any, method: str, headers: dict[str, str]) -> httpx.Response:
        sent = {
            "authorization": f"Bearer {self.token}",
            "accept": "application/graphql-response+json",
            **{name.replace("_", "-"): value for name, value in headers.items()},
        }
        transport = httpx.ASGITransport(self.service)
        async with httpx.AsyncClient(transport=transport, base_url="http://127.0.0.1:8000") as client:
            if method == "GET":
                return await client.get("/graphql", params=said, headers=sent)
            return await client.post("/graphql", json=said, headers=sent)

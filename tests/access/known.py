"""A service whose callers are known: the small world behind grants that open some paths to one client."""

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import orjson
import sqlalchemy as sa

from baseregistry.access.askers import Askers
from baseregistry.access.errands import Errand
from baseregistry.access.granted import digest_of
from baseregistry.access.grants import Granted, GrantSet
from baseregistry.access.log.unpacking import caught_up
from baseregistry.access.tokens import Caller
from baseregistry.graphql.http import Endpoint
from tests.access.log import uuid
from tests.graphql.conftest import Client

PATHS = (
    *("person.*", "person.identifiers.*", "person.history", "parcel.*", "parcel.commune.*", "parcel.rights.*"),
    *("parcel.rights.holder.*", "parcel.version", "person.changes", "person.version", "right.*", "right.changes"),
)


@dataclass(frozen=True)
class Opened:
    """Grants in force: these paths, everywhere, for whoever has a token."""

    paths: frozenset[str]

    def of(self, caller: Caller | None, errand: Errand) -> GrantSet:
        grant = Granted(uuid(9), 3, self.paths, frozenset(), None, (), "Luật Đất đai 2024")
        made = SETS.get(self.paths)
        if made is None:
            made = SETS[self.paths] = GrantSet(digest_of((grant,)), "So TNMT", "land-portal", "1.004238", (grant,))
        return made

    def role(self, client: str, official: str) -> str | None:
        return "OFFICER"

    def known(self, caller: Caller) -> None:
        return None


SETS: dict[frozenset[str], GrantSet] = {}


@contextmanager
def known(client: Client, paths: Iterable[str] = PATHS) -> Iterator["Known"]:
    """The client's service, asked by a known caller while the block lasts."""
    endpoint = client.service.graphql
    assert isinstance(endpoint, Endpoint)
    with asked_by(endpoint, Askers(endpoint.askers.verifier, Opened(frozenset(paths)))):
        yield Known(client, len(logged(client)))


@contextmanager
def unchecked(client: Client) -> Iterator[None]:
    """The client's service, with access left out."""
    endpoint = client.service.graphql
    assert isinstance(endpoint, Endpoint)
    with asked_by(endpoint, Askers(endpoint.askers.verifier, None)):
        yield


@contextmanager
def asked_by(endpoint: Endpoint, askers: Askers) -> Iterator[None]:
    before, endpoint.askers = endpoint.askers, askers
    try:
        yield
    finally:
        endpoint.askers = before


@dataclass
class Known:
    """The service, and how long its log was before."""

    client: Client
    before: int

    def ask(self, text: str, **said: Any) -> Any:
        """A response to a question with an errand."""
        headers = {"x-purpose": "1.004238", "x-case": "HS-7", "x-official": "can-bo-7", **said.pop("headers", {})}
        return self.client.ask(text, headers, **said)

    def data(self, text: str, **said: Any) -> Any:
        body = orjson.loads(self.ask(text, **said).content)
        assert "errors" not in body, body["errors"]
        return body["data"]

    def new(self) -> list[Any]:
        """The requests logged since."""
        return logged(self.client)[self.before :]

    def seen(self) -> list[Any]:
        """The records logged since, with their requests."""
        caught_up(self.client.world.engine)
        with self.client.world.engine.connect() as connection:
            return list(
                connection.execute(
                    sa.text("SELECT * FROM access_seen ORDER BY position, place, register, entity, record_id, subject")
                )
            )


def logged(client: Client) -> list[Any]:
    """All requests in the log, in order."""
    caught_up(client.world.engine)
    statement = "SELECT * FROM access_request JOIN access_context c ON c.digest = context ORDER BY position, place"
    with client.world.engine.connect() as connection:
        return list(connection.execute(sa.text(statement)))

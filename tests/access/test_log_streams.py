"""What is refused over a stream is in the access log, as what is refused to a single request."""

from collections.abc import Iterator
from hashlib import sha256
from typing import Any

import orjson
import pytest

from baseregistry import cluster, db, errors
from baseregistry.access.askers import Asker
from baseregistry.access.errands import Errand
from baseregistry.access.log.verification import verify
from baseregistry.access.tokens import Caller
from baseregistry.graphql.http import Endpoint
from baseregistry.graphql.requests import Asked
from baseregistry.graphql.streams.events import EventStreams
from tests.access.known import Known, Opened, known
from tests.graphql.conftest import Client, client_of, empty_world
from tests.graphql.world import build

REASONS = "subscription { ledger { position reason } }"
PERSON = "query($id: ID!) { person(id: $id) { fullName } }"


@pytest.fixture(scope="module")
def own(running_cluster: cluster.Cluster, template: Any, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Client]:
    """A world with a log of its own."""
    with empty_world(running_cluster, template) as world:
        build(world)
        with client_of(world, tmp_path_factory.mktemp("data")) as client:
            yield client


@pytest.fixture
def caller(own: Client, monkeypatch: pytest.MonkeyPatch) -> Iterator[Known]:
    """One who may ask for birth dates and nothing else, over streams too."""
    endpoint = own.service.graphql
    assert isinstance(endpoint, Endpoint)
    assert isinstance(endpoint._events, EventStreams)
    with known(own, ("person.birthDate",)) as made:
        monkeypatch.setattr(endpoint._events, "_askers", endpoint.askers)
        yield made
        with db.reading(own.world.engine) as reading:
            assert verify(reading).problems == []


@pytest.mark.parametrize(("text", "said"), [(REASONS, {}), (PERSON, {"id": "binh"})], ids=["subscription", "query"])
def test_what_is_refused_over_a_stream_is_logged(own: Client, caller: Known, text: str, said: dict[str, str]) -> None:
    variables = {name: str(own.world.id(value)) for name, value in said.items()}
    response = caller.ask(text, headers={"accept": "text/event-stream"}, **variables)
    assert "access.field_not_granted" in response.text
    (entry,) = caller.new()
    assert (entry.form, entry.status, entry.code) == ("refusal", 403, "access.field_not_granted")
    assert (entry.client, entry.purpose, entry.case_id) == ("land-portal", "1.004238", "HS-7")


def test_a_document_of_another_schema_is_logged_once(caller: Known) -> None:
    caller.ask("subscription { nothing }", headers={"accept": "text/event-stream"})
    assert [entry.form for entry in caller.new()] == ["refusal"]


def event(own: Client, document: str) -> bytes:
    """The first event of a subscription, as it leaves."""
    grants = Opened(frozenset({"person.fullName", "person.changes"})).of(None, Errand())
    asker = Asker(Caller("tester", 0, 4e9), Errand("1.004238", "HS-7"), grants)

    async def first() -> bytes:
        assert own.service.streams is not None
        async with own.service.streams.opened(Asked(document, None, {}), asker, {}) as events:
            return (await anext(events)).response

    return own.runner.run(first())


CHANGES = 'subscription { personChanges(since: "0") { recordId versions { fullName } } }'


def test_a_pushed_event_is_in_the_log(own: Client, caller: Known) -> None:
    response = event(own, CHANGES)
    told = orjson.loads(response)["data"]["personChanges"]
    (entry,) = caller.new()
    assert (entry.form, entry.records, bytes(entry.answer)) == ("stream", 1, sha256(response).digest())
    (seen,) = [one for one in caller.seen() if one.position == entry.position]
    assert (str(seen.subject), seen.fields, seen.case_id) == (told["recordId"], ["full_name"], "HS-7")


def test_no_event_is_pushed_that_cannot_be_logged(own: Client, caller: Known, monkeypatch: pytest.MonkeyPatch) -> None:
    async def away(*_: object) -> None:
        raise errors.Unavailable("The access log cannot be written.", code="access.log_unavailable")

    endpoint = own.service.graphql
    assert isinstance(endpoint, Endpoint)
    monkeypatch.setattr(endpoint.door.log, "keep", away)
    with pytest.raises(errors.Unavailable, match="cannot be written"):
        event(own, CHANGES)
